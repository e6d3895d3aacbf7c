"""Lower: recorded nodes become steps on numbered slots."""
from __future__ import annotations

from .program import Program, Step


def lower(leaves, nodes, live) -> Program:
    """A program with one step for each node; results are the live ones."""
    slot = {leaf: k for k, leaf in enumerate(leaves)}
    steps, results = [], []
    for k, n in enumerate(nodes):
        slot[n] = len(leaves) + k
        steps.append(Step(n.entry.op, tuple([slot[i] for i in n.inputs]), slot[n], n.shape, n.dtype, n.entry.compute, line=n.entry.line))
        if live[k]:
            results.append((k, slot[n]))
    return Program(len(leaves), len(leaves) + len(nodes), steps, results, [(n.shape, n.dtype) for n in leaves],
                   numbers=tuple([None if n.number is None else type(n.number) for n in leaves]))
