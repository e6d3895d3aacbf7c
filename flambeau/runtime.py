"""realize: run what a trace has pending.

The trie entry that the trace has reached names its structure. With each structure go the programs made for it, one for each set of results
that somebody still holds. Which tier runs a program depends on the structure and on how often it was seen, never on a clock.
"""
from __future__ import annotations

import sys

from . import backends, compiler
from .core import graph

_refcounts_tell = not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()


def realize(trace: graph.Trace) -> None:
    """Make every pending node of `trace` concrete, and begin the trace anew. If it fails, everything is still pending."""
    with trace.lock:
        nodes, leaves, entry = trace.nodes, trace.leaves, trace.entry
        if not nodes:
            return
        plans = entry.plans
        if plans is None:
            plans = entry.plans = {"references": _references(leaves, nodes), "programs": {}}
        live, spare = _held(plans["references"], leaves, nodes)
        key = (live, spare)
        run = plans["programs"].get(key)
        if run is None:
            program = compiler.compile(leaves, nodes, live, spare)
            run = plans["programs"][key] = (backends.get("numpy").prepare(program), [k for k, _ in program.results])
        execute, results = run
        entry.count += 1
        interrupted = None
        try:
            outputs = execute([leaf.buffer for leaf in leaves])
        except backends.Interrupted as stop:
            outputs, interrupted = stop.args[0], KeyboardInterrupt()
        for k, buffer in zip(results, outputs, strict=True):
            nodes[k].buffer = buffer
        for n in nodes:
            n.entry, n.inputs, n.trace = None, (), None
        trace.begin()
    if interrupted is not None:
        raise interrupted


def _references(leaves, nodes) -> tuple[list[int], list[int]]:
    """How many references each node has from within the trace alone."""
    uses = dict.fromkeys(nodes, 0) | dict.fromkeys(leaves, 0)
    for n in nodes:
        for i in n.inputs:
            uses[i] += 1
    return [uses[n] for n in nodes], [uses[n] for n in leaves]


def _held(references, leaves, nodes) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Which nodes somebody outside the trace holds, and which leaves nobody does."""
    if not _refcounts_tell:
        return (True,) * len(nodes), (False,) * len(leaves)
    count = sys.getrefcount
    inner, entered = references
    live = tuple([count(n) > used + _NODE for n, used in zip(nodes, inner, strict=True)])
    spare = tuple([count(n) <= used + _LEAF for n, used in zip(leaves, entered, strict=True)])
    return live, spare


def _calibrate() -> tuple[int, int]:
    """The references that the counting itself, the trace's lists and (for leaves) its dictionary hold; Python versions differ."""
    probes = [graph.Node((), None)]
    values = [*probes]
    node = [sys.getrefcount(n) for n, _ in zip(probes, [0], strict=True)][0]
    positions = {probes[0]: 0}
    leaf = [sys.getrefcount(n) for n, _ in zip(probes, [0], strict=True)][0]
    del values, positions
    return node, leaf


_NODE, _LEAF = _calibrate()
graph.register_runtime(realize)
