"""How each value lies in memory: row-major, unless the kernels that make and read it ask for channels side by side."""
from __future__ import annotations

from ..core.shape import contiguous_strides
from .nests import KERNEL, Call, Nest, Nests
from .products import factors


def channels_last(shape) -> tuple[int, ...]:
    """Strides of (N, C, *spatial) with the channels innermost."""
    order = (0, *range(2, len(shape)), 1)
    strides, step = [0] * len(shape), 1
    for axis in reversed(order):
        strides[axis], step = step, step * max(shape[axis], 1)
    return tuple(strides)


def lay_out(nests: Nests, wants) -> dict[int, tuple[int, ...]]:
    """Strides of every slot. wants(step) -> (which inputs, whether the result) a kernel would have channels-last.

    Leaves and results keep their rows, and so does what a reference or a product reads. Elementwise values follow what they are made of.
    """
    strides = {slot: contiguous_strides(shape) for slot, shape in nests.shapes.items() if nests.dtypes[slot].__class__ is not tuple}
    fixed = set(nests.results) | set(range(nests.leaves))
    asked: set[int] = set()
    for item in nests.items:
        if isinstance(item, Call):
            inputs, output = wants(item.step) if item.reason == KERNEL else ((), False)
            asked.update(item.step.inputs[k] for k in inputs)
            if output:
                asked.add(item.step.output)
            if item.reason != KERNEL:
                fixed.update((*item.step.inputs, *item.slots))
            else:
                fixed.update(i for k, i in enumerate(item.step.inputs) if k not in inputs)
        elif factors(item) is not None:
            fixed.update((item.slot, *item.body.slots))
    if not asked:
        return strides
    chosen: set[int] = set()
    for item in nests.items:
        slot = item.step.output if isinstance(item, Call) else item.slot
        shape = nests.shapes[slot]
        if slot in fixed or len(shape) < 3:
            continue
        follows = isinstance(item, Nest) and item.kind is None and any(s in chosen and nests.shapes[s] == shape for s in item.body.slots)
        if slot in asked or follows:
            chosen.add(slot)
            strides[slot] = channels_last(shape)
    return strides
