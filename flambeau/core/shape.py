"""Shapes: sizes, strides, broadcasting, and the axis strings in which operator pages state their shape rules."""
from __future__ import annotations

import operator
from functools import cache


class Size(tuple):
    """The shape of a tensor: a tuple of sizes, printed as PyTorch does."""

    __slots__ = ()

    def __new__(cls, sizes=()):
        return tuple.__new__(cls, map(operator.index, sizes))

    def numel(self) -> int:
        """The number of elements."""
        return numel(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    __str__ = __repr__

    def __getitem__(self, i):
        got = tuple.__getitem__(self, i)
        return tuple.__new__(Size, got) if type(i) is slice else got

    def __add__(self, other):
        return Size(tuple.__add__(self, other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other):
        return Size(tuple(other) + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, n):
        return Size(tuple.__mul__(self, n))

    __rmul__ = __mul__

    def __reduce__(self):
        return Size, (tuple(self),)


def numel(shape) -> int:
    """The number of elements of `shape`."""
    n = 1
    for size in shape:
        n *= size
    return n


def contiguous_strides(shape) -> tuple[int, ...]:
    """Row-major strides, in elements. An axis of size 0 counts as 1, as in PyTorch."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size or 1
    return tuple(reversed(strides))


def is_contiguous(shape, strides) -> bool:
    """Whether elements lie in row-major order without gaps (axes of size 1 do not matter)."""
    if 0 in shape:
        return True
    step = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1:
            if stride != step:
                return False
            step *= size
    return True


def is_dense(shape, strides) -> bool:
    """Whether the elements fill their memory without gaps or overlap, in whatever order of axes."""
    step = 1
    for stride, size in sorted((t, s) for s, t in zip(shape, strides, strict=True) if s != 1):
        if stride != step:
            return False
        step *= size
    return True


def storage_order(shape, strides) -> tuple[int, ...]:
    """The axes from the outermost to the innermost as the elements lie in memory.

    The rule is PyTorch's: an insertion by stride, the smaller axis inside where two strides are equal, in which a stride of 0 (an expanded
    axis) decides nothing, so that such an axis stays between its neighbours.
    """
    axes = list(range(len(shape)))[::-1]            # to be sorted by stride, the least first
    for place in range(1, len(axes)):
        for below in range(place - 1, -1, -1):
            lower, upper = ((strides[axis], shape[axis]) for axis in (axes[below], axes[place]))
            if not lower[0] or not upper[0]:
                continue
            if lower[0] < upper[0]:
                break
            if lower > upper:
                axes[below], axes[place] = axes[place], axes[below]
                place = below
    return tuple(axes[::-1])


def dense_strides(shape, strides) -> tuple[int, ...]:
    """The strides that a new tensor takes which keeps another's layout: the same if they are dense, else dense ones in the same order."""
    if is_dense(shape, strides):
        return tuple(strides)
    steps, step = [0] * len(shape), 1
    for axis in reversed(storage_order(shape, strides)):
        steps[axis] = step
        step *= max(shape[axis], 1)
    return tuple(steps)


def overlaps(shape, strides) -> bool:
    """Whether two different indices surely name the same element (an expanded axis)."""
    return any(stride == 0 and size > 1 for size, stride in zip(shape, strides, strict=True))


def broadcast_shapes(*shapes) -> tuple[int, ...]:
    """The common shape under the broadcasting rule. RuntimeError, worded as PyTorch's, where there is none."""
    result = list(shapes[0])
    for shape in shapes[1:]:
        if len(shape) > len(result):
            result[:0] = [1] * (len(shape) - len(result))
        for back in range(1, len(shape) + 1):
            a, b = result[-back], shape[-back]
            if a == 1:
                result[-back] = b
            elif b != 1 and a != b:
                where = max(map(len, shapes)) - back
                raise RuntimeError(f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {where}; "
                                   f"shapes {' and '.join(str(tuple(s)) for s in shapes)} do not broadcast")
    return tuple(result)


def wrap_dim(dim: int, ndim: int) -> int:
    """`dim` counted from the front. IndexError outside [-ndim, ndim - 1]; a 0-d tensor has one nominal axis."""
    n = ndim or 1
    try:
        if dim is True or dim is False:
            raise TypeError
        dim = operator.index(dim)
    except TypeError:
        raise TypeError(f"dim must be an int, not {type(dim).__name__}") from None
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim + n if dim < 0 else dim


def wrap_dims(dims, ndim: int) -> tuple[int, ...]:
    """Several axes counted from the front, in the order given. RuntimeError on a repeated one."""
    result = tuple(wrap_dim(d, ndim) for d in ((dims,) if not isinstance(dims, (tuple, list)) else dims))
    if len(set(result)) != len(result):
        twice = next(d for d in result if result.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return result


def reshape_strides(shape, strides, new) -> tuple[int, ...] | None:
    """Strides under which the same memory reads as shape `new`, or None where that needs a copy."""
    if 0 in shape:
        return contiguous_strides(new)
    # group the old axes into runs that lie in memory as one axis, then cut each run into new axes
    result, old = [], [(n, s) for n, s in zip(shape, strides, strict=True) if n != 1]
    new_axes = list(new)
    k = 0
    while old:
        n, stride = old.pop()
        while old and old[-1][1] == n * stride:
            n *= old.pop()[0]
        size = 1
        while size < n:
            k += 1
            axis = new_axes[-k]
            result.append(stride * size)
            size *= axis
        if size != n:
            return None
    step = result[-1] * new_axes[-k] if result else 1
    result.extend([step] * (len(new_axes) - k))         # what is left are axes of size 1
    return tuple(reversed(result))


def infer_size(new, count: int) -> tuple[int, ...]:
    """`new` with its one -1 replaced. RuntimeError where `count` elements do not fit."""
    new = tuple(operator.index(n) for n in new)
    known, hole = 1, None
    for k, n in enumerate(new):
        if n == -1:
            if hole is not None:
                raise RuntimeError("only one dimension can be inferred")
            hole = k
        elif n < 0:
            raise RuntimeError(f"invalid shape dimension {n} at index {k} of shape {list(new)}")
        else:
            known *= n
    if hole is None:
        if known != count:
            raise RuntimeError(f"shape '{list(new)}' is invalid for input of size {count}")
        return new
    if known == 0:
        if count == 0:
            raise RuntimeError(f"cannot reshape tensor of 0 elements into shape {list(new)} because the unspecified dimension size -1 can be "
                               "any value and is ambiguous")
        raise RuntimeError(f"shape '{list(new)}' is invalid for input of size {count}")
    if count % known:
        raise RuntimeError(f"shape '{list(new)}' is invalid for input of size {count}")
    return (*new[:hole], count // known, *new[hole + 1:])


# ------------------------------------------------------------------------------------------------------------ axis strings
@cache
def parse_axes(axes: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """"... r k, ... k c -> ... r c" as ((('...', 'r', 'k'), ('...', 'k', 'c')), ('...', 'r', 'c'))."""
    left, right = axes.split("->")
    return tuple(tuple(term.split()) for term in left.split(",")), tuple(right.split())


def apply_axes(name: str, axes: str, shapes) -> tuple[int, ...]:
    """The result shape that `axes` gives for inputs of `shapes`; RuntimeError naming the operator, the axis and both shapes."""
    terms, right = parse_axes(axes)
    sizes: dict[str, int] = {}
    seen: dict[str, int] = {}
    batches = []
    for k, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        if "..." in term:
            dots, rest = term.index("..."), len(term) - 1
            if len(shape) < rest:
                raise RuntimeError(f"{name}: input {k} needs at least {rest} axes ({' '.join(term)}), got shape {tuple(shape)}")
            middle = len(shape) - rest
            batches.append(tuple(shape[dots:dots + middle]))
            named = (*zip(term[:dots], shape[:dots], strict=True), *zip(term[dots + 1:], shape[dots + middle:], strict=True))
        elif len(term) != len(shape):
            raise RuntimeError(f"{name}: input {k} needs {len(term)} axes ({' '.join(term)}), got shape {tuple(shape)}")
        else:
            named = zip(term, shape, strict=True)
        for axis, size in named:
            if sizes.setdefault(axis, size) != size:
                first = seen[axis]
                raise RuntimeError(f"{name}: axis {axis!r} is {sizes[axis]} in input {first} {tuple(shapes[first])} but {size} in input {k} "
                                   f"{tuple(shape)}")
            seen.setdefault(axis, k)
    batch = broadcast_shapes(*batches) if len(batches) > 1 else batches[0] if batches else ()
    result: list[int] = []
    for axis in right:
        if axis == "...":
            result.extend(batch)
        else:
            result.append(sizes[axis])
    return tuple(result)
