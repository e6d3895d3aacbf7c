"""How flambeau was made (torch.__config__): it was not compiled, and chooses its kernels where it runs."""
from __future__ import annotations

import flambeau


def show() -> str:
    """What computes here, as text."""
    lines = ["flambeau, in Python:", *(f"  - backend {name}: {state}" for name, state in flambeau.backends.status().items())]
    return "\n".join(lines) + "\n"


def parallel_info() -> str:
    """How many threads compute, as text."""
    return f"flambeau parallel info:\n\tget_num_threads() : {flambeau.get_num_threads()}\n\tget_num_interop_threads() : {flambeau.get_num_interop_threads()}\n"
