"""`flambeau inspect FILE`: what a checkpoint holds."""
from __future__ import annotations

from flambeau import serialization


def main(arguments) -> int:
    """Print the names, dtypes, shapes and sizes in the file; nothing in it is executed."""
    print(serialization.inspect(arguments.file))
    return 0
