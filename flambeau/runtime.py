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
    """Make every pending node of `trace` concrete, and begin the trace anew.

    Out of memory, everything is still pending. Any other failure is a page's: it is raised here and whenever somebody looks at what it was to
    compute, and all else is computed.
    """
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
        except MemoryError:
            raise
        except Exception as failure:
            _salvage(nodes)
            trace.begin()
            lacking = next((leaf for leaf in leaves if leaf.buffer is None), None)
            raise failure if lacking is None else graph.failure_of(lacking) from None
        for k, buffer in zip(results, outputs, strict=True):
            nodes[k].buffer = buffer
        for n in nodes:
            n.entry, n.inputs, n.trace = None, (), None
        trace.begin()
    if interrupted is not None:
        raise interrupted


def _salvage(nodes) -> None:
    """Compute the nodes one by one; those that fail, and those that depend on them, are marked as failed."""
    for n in nodes:
        try:
            lacking = next((graph.failure_of(i) for i in n.inputs if i.buffer is None), None)
            if lacking is not None:
                raise lacking
            program = compiler.compile(n.inputs, [n], (True,), (False,) * len(n.inputs))
            n.buffer, = backends.get("numpy").prepare(program)([i.buffer for i in n.inputs])
        except Exception as failure:
            graph.mark_failed(n, failure)
        n.entry, n.inputs, n.trace = None, (), None


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
