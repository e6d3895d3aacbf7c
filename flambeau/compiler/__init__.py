"""From recorded nodes to a program: lower -> simplify -> plan memory -> verify. No operator is named here: pages are all it knows.

The same name space holds PyTorch's `torch.compiler` (front.py).
"""
from __future__ import annotations

from .front import *
from .lower import lower
from .plan import plan
from .program import Program, Step
from .simplify import simplify
from .verify import checked, verify


def compile(leaves, nodes, live, spare) -> Program:
    """The program that computes the `nodes` (recorded in order on `leaves`) for which `live` holds.

    `spare` says of each leaf whether its memory may be written to once it was read for the last time.
    """
    return verify(plan(checked(simplify(checked(lower(leaves, nodes, live)))), spare))


__all__ = ["Program", "Step", "compile", "lower", "plan", "simplify", "verify"]
