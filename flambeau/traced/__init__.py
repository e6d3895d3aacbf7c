"""Compiled functions: what stands behind `torch.compile`.

flambeau records and compiles every step of a program without being asked. For a small model the recording is most of the time that is left: so a
function may be given to `torch.compile`, and its calls are then *replayed*. The first call of each kind is made and observed (observe), the next
is captured (capture): everything that its code may read is found (reach), and what it computes, writes and returns is described (build). A plan
made of that (plan) compares all that was read with what is there, runs the program, and hands out the results. What cannot be proved to be
replayable is called as it stands (function).
"""
from __future__ import annotations

from ..compiler.front import disable, is_compiling, reset
from .function import Unsupported, compiled

__all__ = ["Unsupported", "compiled", "disable", "is_compiling", "reset"]
