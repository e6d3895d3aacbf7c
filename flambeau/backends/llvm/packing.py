"""Weights of a convolution in the order in which its tiles read them."""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from .ir import Function, Module, Value, size_of
from .kernel import Kernel, Machine, Operand, Temporary
from .region import gather_as, load_as, ramp


@dataclass(frozen=True)
class Panels:
    """For each phase, group and block of results: a row of biases (if there are any), then taps x channels rows of weights, `block` lanes wide.

    Lane o of a panel is the result o of its group (or of all groups, where one panel has lanes of several), zero beyond the last one.
    """

    weight: Operand
    bias: Operand | None
    type: str
    taps: tuple[int, ...]           # where in the weight each tap is, phase after phase
    phases: tuple[int, ...]         # how many taps each phase has
    reduced: int                    # channels summed over
    over: int                       # elements from one to the next
    each: int                       # results of a group
    results: int                    # elements from one to the next
    far: int                        # elements from one group to the next
    groups: int                     # panels of one group each, or 1
    lanes: int
    block: int
    blocks: int
    expanded: int = 0               # rows for each channel, where they are not the taps themselves

    @property
    def head(self) -> int:
        """Rows before the weights."""
        return int(self.bias is not None)

    @property
    def sizes(self) -> list[int]:
        """Elements of one panel of each phase."""
        return [(self.head + (self.expanded or count) * self.reduced) * self.block for count in self.phases]

    @property
    def starts(self) -> list[int]:
        """Where the panels of each phase begin."""
        return list(accumulate((size * self.groups * self.blocks for size in self.sizes), initial=0))[:-1]

    @cached_property
    def memory(self) -> Temporary:
        total = sum(self.sizes) * self.groups * self.blocks
        return Temporary(object(), max(-(-total * size_of(self.type) // 64) * 64, 64))

    def describe(self) -> str:
        w, b = self.weight, self.bias
        bias = f"{b.type}@{b.strides}+{b.offset}" if b else ""
        return (f"{w.type}+{w.offset} {bias} {self.type} {self.taps} {self.phases} {self.reduced} {self.over} {self.each} {self.results} {self.far} "
                f"{self.groups} {self.lanes} {self.block} {self.blocks} {self.expanded}")


def pack_weights(panels: Panels, machine: Machine) -> Kernel:
    """The kernel that packs them."""
    total = sum(panels.sizes) * panels.groups * panels.blocks
    arguments = (panels.memory, panels.weight.slot, *((panels.bias.slot,) if panels.bias else ()))
    return Kernel(f"convolution weights {panels.describe()}", lambda *args: _emit(panels, *args), arguments, total * 0.5, 0,
                  2 * total * size_of(panels.type), "convolution weights")


def _emit(panels: Panels, module: Module, name: str, machine: Machine) -> None:
    f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
    target, source, *bias = (f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(2 + panels.head))
    thread, threads = Value("i64", "%thread"), Value("i64", "%threads")
    width = machine.width(panels.type)
    count = panels.groups * panels.blocks
    rows = []                       # for each tap: where it is, where its first panel has it, size of a panel
    for phase, size, start in zip(panels.phases, panels.sizes, panels.starts, strict=True):
        for k in range(phase):
            rows += [panels.taps[len(rows) // 3], start + (panels.head + k * panels.reduced) * panels.block, size]
    table = module.table(f"{name}.taps", "i64", rows or [0])
    lanes = Lanes(f, panels, width, name)
    start, stop = f.share(count * panels.reduced, thread, threads)
    with f.loop(start, stop) as unit:
        panel, c = f.div(unit, panels.reduced), f.rem(unit, panels.reduced)
        base = f.at(source, f.add(panels.weight.offset, f.mul(c, panels.over)), panels.weight.type)
        for v in range(panels.block // width):
            lanes.begin(panel, v * width)
            with f.loop(0, len(panels.taps)) as tap:
                place, first, size = (f.load("i64", f.at(table, f.add(f.mul(tap, 3), k), "i64")) for k in range(3))
                value = lanes.load(f.at(base, place, panels.weight.type))
                f.store(value, f.at(target, f.add(f.add(first, f.mul(panel, size)), f.add(f.mul(c, panels.block), v * width)), panels.type))
    if bias:
        pack_biases(f, panels, width, bias[0], target, thread, threads, name)
    f.finish()


def pack_biases(f: Function, panels: Panels, width: int, bias: Value, target: Value, thread: Value, threads: Value, name: str) -> None:
    """The first row of each panel."""
    count, step = panels.groups * panels.blocks, panels.bias.strides[0]
    table = f.module.table(f"{name}.heads", "i64", [n for pair in zip(panels.starts, panels.sizes, strict=True) for n in pair])
    base = f.at(bias, panels.bias.offset, panels.bias.type)
    start, stop = f.share(count * len(panels.phases), thread, threads)
    with f.loop(start, stop) as unit:
        phase, panel = f.div(unit, count), f.rem(unit, count)
        first, size = (f.load("i64", f.at(table, f.add(f.mul(phase, 2), k), "i64")) for k in range(2))
        number = f.mul(f.rem(panel, panels.blocks), panels.block)
        channel = f.add(f.mul(f.div(panel, panels.blocks), panels.lanes), number)
        for v in range(panels.block // width):
            left = f.greatest(f.sub(panels.lanes, f.add(number, v * width)), 0)
            value = gather_as(f, panels.bias.type, panels.type, f.at(base, f.mul(f.add(channel, v * width), step), panels.bias.type), ramp(width, step),
                              f.tail(left, width))
            f.store(value, f.at(target, f.add(f.add(first, f.mul(panel, size)), v * width), panels.type))


class Lanes:
    """Loads of the weights of the lanes of a panel."""

    def __init__(self, f: Function, panels: Panels, width: int, name: str):
        self.f, self.panels, self.width = f, panels, width
        self.straight = panels.lanes == panels.each or panels.each == 1 or panels.far == panels.each * panels.results
        if not self.straight:
            places = [o // panels.each * panels.far + o % panels.each * panels.results for o in range(panels.lanes)]
            places += [0] * (panels.blocks * panels.block - panels.lanes)
            self.table = f.module.table(f"{name}.lanes", "i64", places)
        # one step from lane to lane, where there is one
        self.step = panels.far if panels.each == 1 and panels.lanes > 1 else panels.results
        self.whole = panels.lanes % panels.block == 0

    def begin(self, panel: Value, first) -> None:
        """What follows are the lanes from `first` on of a panel."""
        f, panels = self.f, self.panels
        number = f.add(f.mul(f.rem(panel, panels.blocks), panels.block), first)
        self.mask = None if self.whole else f.tail(f.greatest(f.sub(panels.lanes, number), 0), self.width)
        if self.straight:
            self.start = f.add(f.mul(f.div(panel, panels.blocks), panels.far), f.mul(number, self.step))
        else:
            self.start = f.load(f"<{self.width} x i64>", f.at(self.table, number, "i64"))

    def load(self, pointer: Value) -> Value:
        """One tap's weights."""
        f, kind, type = self.f, self.panels.weight.type, self.panels.type
        if not self.straight:
            return gather_as(f, kind, type, pointer, self.start, self.mask)
        pointer = f.at(pointer, self.start, kind)
        if self.step == 1:
            return load_as(f, kind, type, pointer, self.width, self.mask)
        return gather_as(f, kind, type, pointer, ramp(self.width, self.step), self.mask)


