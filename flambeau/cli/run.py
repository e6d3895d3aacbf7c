"""`flambeau run script.py [args]`, `flambeau run -m module [args]`: a PyTorch program, unmodified, on flambeau."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from flambeau import torch_alias


def main(arguments) -> int:
    """Hand the program to a Python in which `torch` and `torchvision` are flambeau; its exit status is ours."""
    if not arguments.program:
        raise ValueError("which program? flambeau run script.py [arguments], or flambeau run -m module [arguments]")
    first = arguments.program[0]
    if not arguments.module and first != "-" and not Path(first).exists():
        raise FileNotFoundError(f"there is no file {first}; a module is run by flambeau run -m {first}")
    options = [f"-W{option}" for option in sys.warnoptions] + ["-m"] * arguments.module
    command, environment = [sys.executable, *options, *arguments.program], torch_alias.environment(dict(os.environ))
    if os.name == "posix":          # the program takes this process's place: signals, terminal and exit status are its own
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, env=environment).returncode
