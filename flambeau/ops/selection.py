"""The order in which PyTorch leaves equal elements when it sorts and selects.

PyTorch sorts (unless asked for a stable order) and selects on the CPU by the algorithms of the C++ standard library that it is built with, GNU's:
introsort, introselect and heaps, and kthvalue by a quickselect of its own. They are deterministic, so where equal elements land can be told, and
programs that print indices print the same. Here they work on `keys`, whole numbers in one-to-one order with the elements, and return positions; a
partition is a few NumPy calls: the places at which its two scans stop do not depend on its exchanges.

Sources: Musser, Introspective sorting and selection algorithms (1997), in the form of libstdc++'s bits/stl_algo.h and bits/stl_heap.h, for which
`keys` stand in as comparison; Press et al., Numerical Recipes, section 8.5, for the quickselect.
"""
from __future__ import annotations

import numpy as np

SMALL = 16          # parts of so many elements are left to insertion sort, which keeps equals in order
LARGE = 1 << 18     # beyond so many elements, where it would take seconds, equals simply keep their order
RADIX = 1 << 15     # from so many on, PyTorch sorts a vector of integers by their digits, which keeps equals in order


def ordering(x: np.ndarray, dim: int, descending: bool = False) -> np.ndarray:
    """The indices that sort `x` along `dim`, equal elements in their given order."""
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    last = x.shape[dim] - 1
    return last - np.flip(np.argsort(np.flip(x, dim), axis=dim, kind="stable"), dim)


def _equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether neither comes before the other: equals, and NaN beside NaN."""
    return (a == b) | ((a != a) & (b != b))


def ranks(line: np.ndarray, order: np.ndarray) -> np.ndarray:
    """For each element how many different ones come before it in `order`."""
    found = line[order]
    out = np.empty(len(line), np.int64)
    out[order] = np.concatenate([[0], np.cumsum(~_equal(found[1:], found[:-1]))])
    return out


def _settled(x: np.ndarray, dim: int, order: np.ndarray, size: int, settle, near=None) -> np.ndarray:
    """The first `size` of `order` along `dim`; in lines with equal elements (among the places `near`, if given) those that settle(keys, order) tells."""
    lines, orders = np.moveaxis(x, dim, -1), np.moveaxis(order, dim, -1)
    ranked = np.take_along_axis(lines, orders, -1)
    tied = _equal(ranked[..., 1:], ranked[..., :-1])[..., slice(None) if near is None else near].any(-1)
    out = np.array(orders[..., :size])
    for where in zip(*np.nonzero(tied), strict=True) if tied.ndim else [()] * bool(tied):
        out[where] = settle(ranks(lines[where], orders[where]))
    return np.moveaxis(out, -1, dim)


def sorting(x: np.ndarray, dim: int, descending: bool = False) -> np.ndarray:
    """The indices that sort `x` along `dim`, equal elements as PyTorch's sort leaves them."""
    order, n = ordering(x, dim, descending), x.shape[dim]
    if not SMALL < n <= LARGE or n >= RADIX and x.ndim == 1 and x.dtype.kind in "iu" and not descending:
        return order
    return _settled(x, dim, order, n, introsort)


def greatest(x: np.ndarray, dim: int, k: int, largest: bool, in_order: bool) -> np.ndarray:
    """The indices of the `k` greatest (least) along `dim`; equal elements, and what need not be in order, as PyTorch's topk leaves them."""
    order, n = ordering(x, dim, largest), x.shape[dim]
    if n > LARGE or k == 0:
        return np.take(order, np.arange(k), axis=dim)
    if k * 64 <= n:
        return _settled(x, dim, order, k, lambda keys: partial_sort(keys, k), slice(k))

    def settle(keys):
        keys, at = introselect(keys, k - 1)
        if in_order:
            at[:k - 1] = at[:k - 1][introsort(keys[:k - 1])]
        return at[:k]
    if in_order:
        return _settled(x, dim, order, k, settle, slice(k))
    lines, orders = np.moveaxis(x, dim, -1), np.moveaxis(order, dim, -1)
    out = np.array(orders[..., :k])
    for where in np.ndindex(out.shape[:-1]):
        out[where] = settle(ranks(lines[where], orders[where]))
    return np.moveaxis(out, -1, dim)


def kth(x: np.ndarray, dim: int, k: int) -> np.ndarray:
    """The index of the `k`-th least (from 0) along `dim`, of equal elements the one that PyTorch's kthvalue finds."""
    order = ordering(x, dim)
    if x.shape[dim] > LARGE:
        return np.take(order, [k], axis=dim)
    return np.take(_settled(x, dim, order, x.shape[dim], lambda keys: np.full(len(keys), quickselect(keys, k)), slice(max(k - 1, 0), k + 1)), [k], axis=dim)


def _median_to_first(keys: np.ndarray, at: np.ndarray, first: int, last: int) -> None:
    """Exchange the first place with the median of the second, the middle and the last."""
    a, b, c = first + 1, first + (last - first) // 2, last - 1
    x, y, z = keys[a], keys[b], keys[c]
    if x < y:
        best = b if y < z else c if x < z else a
    else:
        best = a if x < z else c if y < z else b
    for array in (keys, at):
        array[first], array[best] = array[best], array[first]


def _partition(keys: np.ndarray, at: np.ndarray, first: int, last: int) -> int:
    """Put what is below the median of three before what is above, equals on both sides; the place where the second part begins."""
    _median_to_first(keys, at, first, last)
    pivot, part = keys[first], keys[first + 1:last]
    rising = np.flatnonzero(part >= pivot)                      # where the scan from the left stops
    falling = np.flatnonzero(part <= pivot)[::-1]               # where the scan from the right stops
    n = min(len(rising), len(falling))
    crossed = np.flatnonzero(rising[:n] >= falling[:n])
    swaps = int(crossed[0]) if len(crossed) else n
    low, high = rising[:swaps] + first + 1, falling[:swaps] + first + 1
    for array in (keys, at):
        array[low], array[high] = array[high], array[low]
    if swaps < len(rising):
        cut = int(rising[swaps])
        if swaps and cut > falling[swaps - 1]:                  # the scan goes on over what was exchanged, which stops it
            cut = int(falling[swaps - 1])
    else:
        cut = int(falling[swaps - 1])
    return cut + first + 1


def introsort(keys: np.ndarray) -> np.ndarray:
    """The positions of the elements in ascending order, as std::sort leaves them."""
    keys, at = keys.copy(), np.arange(len(keys))
    parts = [(0, len(keys), 2 * (len(keys).bit_length() - 1))]
    while parts:
        first, last, depth = parts.pop()
        while last - first > SMALL:
            if depth == 0:
                _heap_select(keys, at, first, last, last)
                _sort_heap(keys, at, first, last)
                break
            depth -= 1
            cut = _partition(keys, at, first, last)
            parts.append((cut, last, depth))
            last = cut
    return at[np.argsort(keys, kind="stable")]


def introselect(keys: np.ndarray, nth: int) -> tuple[np.ndarray, np.ndarray]:
    """(keys, positions) with the nth in its place, none greater before it and none less after, as std::nth_element leaves them."""
    keys, at = keys.copy(), np.arange(len(keys))
    first, last, depth = 0, len(keys), 2 * (len(keys).bit_length() - 1)
    while last - first > 3:
        if depth == 0:
            _heap_select(keys, at, first, nth + 1, last)
            for array in (keys, at):
                array[first], array[nth] = array[nth], array[first]
            return keys, at
        depth -= 1
        cut = _partition(keys, at, first, last)
        if cut <= nth:
            first = cut
        else:
            last = cut
    order = np.argsort(keys[first:last], kind="stable")
    keys[first:last], at[first:last] = keys[first:last][order], at[first:last][order]
    return keys, at


# ----------------------------------------------------------------------------------------------------------------------- heaps
def _sift(keys, at, first: int, hole: int, size: int, key, position) -> None:
    """Fill the hole of a heap at `first` of `size` with an element: the greater child moves up to the bottom, then the element up from there."""
    top, child = hole, hole
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if keys[first + child] < keys[first + child - 1]:
            child -= 1
        keys[first + hole], at[first + hole] = keys[first + child], at[first + child]
        hole = child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * (child + 1)
        keys[first + hole], at[first + hole] = keys[first + child - 1], at[first + child - 1]
        hole = child - 1
    parent = (hole - 1) // 2
    while hole > top and keys[first + parent] < key:
        keys[first + hole], at[first + hole] = keys[first + parent], at[first + parent]
        hole = parent
        parent = (hole - 1) // 2
    keys[first + hole], at[first + hole] = key, position


def _heap_select(keys, at, first: int, middle: int, last: int) -> None:
    """Make [first, middle) a heap of the least elements of [first, last)."""
    size = middle - first
    for parent in range((size - 2) // 2, -1, -1):
        _sift(keys, at, first, parent, size, keys[first + parent], at[first + parent])
    k = middle
    while k < last:
        below = np.flatnonzero(keys[k:last] < keys[first])
        if not len(below):
            return
        k += int(below[0])
        key, position = keys[k], at[k]
        keys[k], at[k] = keys[first], at[first]
        _sift(keys, at, first, 0, size, key, position)
        k += 1


def _sort_heap(keys, at, first: int, last: int) -> None:
    while last - first > 1:
        last -= 1
        key, position = keys[last], at[last]
        keys[last], at[last] = keys[first], at[first]
        _sift(keys, at, first, 0, last - first, key, position)


def partial_sort(keys: np.ndarray, k: int) -> np.ndarray:
    """The positions of the k least elements in ascending order, as std::partial_sort leaves them."""
    keys, at = keys.copy(), np.arange(len(keys))
    if k:
        _heap_select(keys, at, 0, k, len(keys))
        _sort_heap(keys, at, 0, k)
    return at[:k]


# ------------------------------------------------------------------------------------------------------------------ quickselect
def quickselect(keys: np.ndarray, k: int) -> int:
    """The position of the k-th least element (from 0), as PyTorch's kthvalue finds it."""
    keys, at = keys.copy(), np.arange(len(keys))

    def swap(i, j):
        for array in (keys, at):
            array[i], array[j] = array[j], array[i]

    left, right = 0, len(keys) - 1
    while right > left + 1:
        swap(left + (right - left) // 2, left + 1)
        for i, j in ((left + 1, right), (left, right), (left + 1, left)):
            if keys[i] > keys[j]:
                swap(i, j)
        pivot, i, j = keys[left], left + 1, right
        while True:
            i += 1 + int(np.argmax(keys[i + 1:right + 1] >= pivot))
            j -= 1 + int(np.argmax(keys[left:j][::-1] <= pivot))
            if j < i:
                break
            swap(i, j)
        swap(left, j)
        if j <= k:
            left = i
        if j >= k:
            right = j - 1
    if right == left + 1 and keys[left] > keys[right]:
        swap(left, right)
    return int(at[k])
