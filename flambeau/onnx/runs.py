"""A model's runs on examples of several sizes, laid side by side: where they differ in numbers alone, these follow from the sizes."""
from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import graph
from .capture import Captured, capture, example, mapped
from .dynamic import Symbol
from .varying import Differs, Varying, merged


class OnnxExporterError(RuntimeError):
    """A model cannot be written as ONNX."""


class Value:
    """One value of the model: the node that it was in each run, its shape (with Varying sizes) and dtype; `live` if it depends on the inputs."""

    __slots__ = ("nodes", "shape", "dtype", "number", "live")

    def __init__(self, nodes: Sequence, live: bool):
        self.nodes, self.live = nodes, live
        self.shape, self.dtype = merged([tuple(map(tuple, n.shape)) if _several(n) else tuple(map(int, n.shape)) for n in nodes]), nodes[0].dtype
        numbers = [n.number for n in nodes]
        self.number = None if numbers[0] is None else merged(numbers)

    @property
    def varies(self) -> bool:
        """Whether its shape, or the number that it is, changes with the sizes of the inputs."""
        return isinstance(self.number, Varying) or any(isinstance(n, Varying) for n in (itertools.chain(*self.shape) if _several(self) else self.shape))

    def arrays(self) -> list[np.ndarray]:
        """What it is in each run."""
        return [graph.compute(n) for n in self.nodes]


def _several(node) -> bool:
    return isinstance(node.dtype, tuple)


class Page:
    """An operator's page, with attributes that may be Varying. Its methods are there only where none is."""

    def __init__(self, op: Any, changed: dict[str, Any]):
        self.op, self.title, self.changed = op, type(op).__name__, bool(changed)
        self.__dict__.update(changed)

    def __getattr__(self, name: str):
        found = getattr(self.op, name)
        if callable(found) and self.changed:
            raise NotImplementedError(f"its {name} changes with the sizes of the inputs")
        return found


@dataclasses.dataclass
class Step:
    """An operator, what it takes and makes, and the user's line that it comes from."""

    page: Page
    taken: tuple[Value, ...]
    made: Value
    line: Any


@dataclasses.dataclass
class Program:
    """What the model computes; `sizes` are the symbols' values in each run."""

    inputs: list[Value]
    steps: list[Step]
    outputs: list[Value]
    symbols: list[Symbol]
    sizes: list[Varying | int]


def program_of(model: Any, args: tuple, kwargs: dict, symbols: list[Symbol]) -> Program:
    """Run the model at several sizes of its open axes (and twice at one, on other values) and lay the runs side by side.

    OnnxExporterError where the runs differ in more than numbers.
    """
    def run(sizes: dict[str, int], other: bool = False) -> Captured:
        counter = itertools.count()
        axes: dict[int, dict[int, int]] = {}
        for s in symbols:
            for k, axis in s.places:
                axes.setdefault(k, {})[axis] = sizes[s.name]

        def fresh(t):
            k = next(counter)
            return example(t, axes.get(k, {}), other)
        return capture(model, mapped(args, fresh), mapped(kwargs, fresh))

    first = {s.name: max(s.size, min(2, s.high or 2)) for s in symbols}      # at a size of 1 broadcasting would look like something else
    runs = [run(first)]
    sizes = [first]
    if not symbols:
        runs.append(run(first, True))
        sizes.append(first)
    else:
        _probe(run, symbols, first, runs, sizes)
    columns = [merged([s[symbol.name] for s in sizes]) for symbol in symbols]
    return _aligned(runs, symbols, columns)


def _candidates(symbol: Symbol, first: int) -> list[int]:
    """Other sizes to try: multiples first, since what a model divides stays divisible by them."""
    tried = [2 * first, 3 * first, first + 1, first + 2, first + 3, 4 * first, first - 1, first // 2, first - 2, first // 4]
    return [n for n in dict.fromkeys(tried) if n >= max(symbol.low, 2) and (symbol.high is None or n <= symbol.high) and n != first]


def _probe(run, symbols, first, runs, sizes) -> None:
    """Runs at other sizes: one symbol at a time, then all together. Symbols that only change together become one."""
    groups = [[s] for s in symbols]
    failures: list[Exception] = []

    def attempt(changed: dict[str, int]) -> bool:
        at = {**first, **changed}
        try:
            captured = run(at, other=len(runs) % 2 == 1)
        except Exception as error:      # the model refuses this size, and says so in whatever way it likes
            failures.append(error)
            return False
        if len(captured.steps) != len(runs[0].steps) or any(type(a[0]) is not type(b[0]) for a, b in zip(captured.steps, runs[0].steps, strict=True)):
            failures.append(_other_path(runs[0], captured, at))
            return False
        runs.append(captured)
        sizes.append(at)
        return True

    alone = []
    for group in groups:
        good = [n for n in _candidates(group[0], first[group[0].name])[:6] if attempt({group[0].name: n})][:2] if len(symbols) > 1 else []
        alone.append(good)
    together = [g[0] for g, good in zip(groups, alone, strict=True) if not good]
    if len(symbols) == 1 or together:
        for rank in range(10):
            changed = {}
            for s in together or symbols:
                options = _candidates(s, first[s.name])
                if rank < len(options):
                    changed[s.name] = options[rank]
            if changed and len(changed) == len(together or symbols):
                attempt(changed)
            if len(runs) >= 4 + 2 * (len(symbols) - len(together or symbols)):
                break
    if len(symbols) > 1 and not together:
        for rank in range(2):           # two at a time, so that products of sizes are told from sums
            attempt({s.name: good[(rank + k) % len(good)] for k, (s, good) in enumerate(zip(symbols, alone, strict=True))})
    unmoved = [s.name for s in symbols if len({at[s.name] for at in sizes}) < 2]
    if unmoved:
        failed = failures[-1] if failures else ValueError("its range leaves no other size")
        raise OnnxExporterError(f"the model does not run at another size of {', '.join(unmoved)} than that of the examples, so the axis cannot be open: "
                                f"{type(failed).__name__}: {failed}") from failed


def _other_path(a: Captured, b: Captured, at: dict[str, int]) -> OnnxExporterError:
    """The error for a run that recorded other operators."""
    for (x, _, _, line), (y, _, _, _) in zip(a.steps, b.steps, strict=False):
        if type(x) is not type(y):
            return OnnxExporterError(f"at the sizes {at} the model computes {type(y).__name__} where it computes {type(x).__name__} at those of the examples"
                                     f"{said(line)}: Python code that depends on a size (a loop, an if) cannot be written; leave that axis fixed")
    longer = max(a.steps, b.steps, key=len)
    line = longer[min(len(a.steps), len(b.steps))][3]
    return OnnxExporterError(f"at the sizes {at} the model computes {len(b.steps)} operators, at those of the examples {len(a.steps)}{said(line)}: Python code "
                             "that depends on a size (a loop, an if) cannot be written; leave that axis fixed")


def said(line) -> str:
    """Where in the user's program something is."""
    return "" if line is None else ' (File "{}", line {}, in {})'.format(*line)


def _aligned(runs: list[Captured], symbols, columns) -> Program:
    """The runs, step by step side by side."""
    known: dict[tuple[int, ...], Value] = {}
    computed: set[int] = set()          # nodes that are inputs, or an operator's, in some run
    keep: list = []

    def same(nodes, line) -> Value:
        """The value that these nodes are; a leaf is met here for the first time."""
        found = known.get(tuple(map(id, nodes)))
        if found is not None:
            return found
        if any(id(n) in computed for n in nodes):
            raise OnnxExporterError(f"what an operator takes depends on the values or sizes of the inputs{said(line)}: Python code that looks at them cannot be "
                                    "written; use torch.where, or pass the choice as an argument")
        equal = _all_equal(nodes)
        if not equal and not symbols:
            raise OnnxExporterError(f"a value of shape {tuple(nodes[0].shape)} depends on the values of the inputs, by other ways than operators on tensors, or is "
                                    f"random{said(line)}: indexing by a mask, nonzero, .item() and random numbers cannot be written. Use torch.where, or pass what is "
                                    "random as an input")
        return add(nodes, not equal, line)

    def add(nodes, live: bool, line) -> Value:
        try:
            value = Value(nodes, live)
        except Differs:
            raise OnnxExporterError(f"a value has another number of axes, or is another kind of number, at other sizes or values of the inputs{said(line)}") from None
        known[tuple(map(id, nodes))] = value
        keep.append(nodes)
        return value

    def make(nodes, live: bool, line) -> Value:
        computed.update(map(id, nodes))
        return add(nodes, live, line)

    if any(len(r.inputs) != len(runs[0].inputs) or len(r.outputs) != len(runs[0].outputs) for r in runs):
        raise OnnxExporterError("the model returns another number of tensors at other sizes or values of its inputs")
    count = len(runs[0].steps)
    if any(len(r.steps) != count for r in runs):
        other = next(r for r in runs if len(r.steps) != count)
        raise _decides(runs[0], other)
    inputs = [make(nodes, True, None) for nodes in zip(*[r.inputs for r in runs], strict=True)]
    steps = []
    for each in zip(*[r.steps for r in runs], strict=True):
        op, taken, _, line = each[0]
        if any(type(e[0]) is not type(op) or len(e[1]) != len(taken) for e in each):
            raise _decides(runs[0], next(r for r, e in zip(runs, each, strict=True) if type(e[0]) is not type(op) or len(e[1]) != len(taken)))
        values = tuple(same([e[1][j] for e in each], line) for j in range(len(taken)))
        page = _page([e[0] for e in each], line)
        made = make([e[2] for e in each], any(v.live for v in values) or page.changed, line)
        made.live = made.live or made.varies
        steps.append(Step(page, values, made, line))
    outputs = [same(nodes, None) for nodes in zip(*[r.outputs for r in runs], strict=True)]
    return Program(inputs, _read(steps, outputs), outputs, symbols, columns)


def _read(steps: list[Step], outputs: list[Value]) -> list[Step]:
    """The steps of which something comes."""
    wanted, kept = set(map(id, outputs)), []
    for step in reversed(steps):
        if id(step.made) in wanted:
            wanted.update(map(id, step.taken))
            kept.append(step)
    return kept[::-1]


def _all_equal(nodes) -> bool:
    """Whether a value that no operator of the model made is the same in each run."""
    first = nodes[0]
    if all(n is first for n in nodes):
        return True
    if any(n.shape != first.shape or n.dtype is not first.dtype for n in nodes):
        return False
    array = graph.compute(first)
    return all(np.array_equal(array, graph.compute(n), equal_nan=array.dtype.kind in "fc") for n in nodes[1:])


def _page(ops, line) -> Page:
    op = ops[0]
    if all(o is op for o in ops):
        return Page(op, {})
    changed = {}
    for name in op._fields:
        given = [getattr(o, name) for o in ops]
        try:
            value = merged(given)
        except Differs:
            raise OnnxExporterError(f"the attribute {name} of {type(op).__name__} is of another kind at other sizes or values of the inputs: {given[:3]}"
                                    f"{said(line)}") from None
        if _has_varying(value):
            changed[name] = value
    return Page(op, changed)


def _has_varying(x) -> bool:
    return isinstance(x, Varying) or isinstance(x, tuple) and any(map(_has_varying, x))


def _decides(a: Captured, b: Captured) -> OnnxExporterError:
    for (x, xs, _, line), (y, ys, _, _) in zip(a.steps, b.steps, strict=False):
        if type(x) is not type(y) or len(xs) != len(ys):
            return OnnxExporterError(f"what the model computes depends on the values of its inputs: {type(x).__name__} or {type(y).__name__}{said(line)}. Python "
                                     "code that looks at values (an if, a loop, .item()) cannot be written: use torch.where, or pass the choice as an argument")
    line = max(a.steps, b.steps, key=len)[min(len(a.steps), len(b.steps))][3]
    return OnnxExporterError(f"how much the model computes depends on the values of its inputs{said(line)}: Python code that looks at values cannot be written")
