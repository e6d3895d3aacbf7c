"""Versions: flambeau's own, and that of the PyTorch whose names and behaviour it has (`torch.version`)."""
from __future__ import annotations

VERSION = "0.1.0"                   # flambeau's: the one place where it is written
PYTORCH = "2.13.0"                  # programs that ask which PyTorch they run on take the paths of this one

__version__ = f"{PYTORCH}+flambeau"
debug = False
git_version = "unknown"
cuda = hip = rocm = xpu = None      # computed with none of these
