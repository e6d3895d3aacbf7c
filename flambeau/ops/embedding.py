"""Embeddings: rows of a table chosen by number, one by one or summed in bags."""
from __future__ import annotations

import math
import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.graph import forget_tape
from ..core.op import Op, normal
from ..core.record import assign, check_writable
from .accumulate import segment_sums
from .common import Tensor, cast, from_array, need_tensor, record, values
from .ranges import note_bounds
from .sparse import sparse_coo_tensor

FEW = 1 << 17           # rows times indices up to which a gradient's rows look through all the indices, in the kernel that makes them
_ROWS = np.array([[1, 0, 3], [3, 3, 2]])


class Embedding(Op):
    """out[…, d] = weight[index[…], d]; the row `padding` (-1: none) gets no gradient

    weight (rows, …), index (…) -> (*index, …). by_frequency: a row's gradient is divided by how often it was read.
    """

    padding: int = -1
    by_frequency: bool = False
    types = "keep"
    saves = ("index",)

    def shape(self, weight, index):
        return (*index.shape, *weight.shape[1:])

    def reference(self, weight, index):
        return weight[index]

    def element(self, i, weight, index):
        n = len(index.shape)
        return weight[(index[tuple(i[:n])], *i[n:])]

    def gradient(self, g, out, weight, index):
        return lambda: record(EmbeddingGradient(weight.shape[0], self.padding, self.by_frequency), g, index), None

    samples = lambda: [(normal(4, 5), _ROWS), (normal(4, 5), np.array(2)), (normal(4, 5), _ROWS, 3), (normal(4, 5), _ROWS, -1, True),
                       (normal(3, 2), _ROWS[:0])]
    no_gradient_test = "padding and by_frequency change the gradient on purpose: tests/ops/test_embedding.py"


class SparseEmbedding(Embedding):
    """The same, whose gradient lists the rows that were read."""

    backward = "EmbeddingBackward0"
    no_samples = "Embedding has them; its gradient is tested by tests/ops/test_sparse_gradients.py"

    def gradient(self, g, out, weight, index):
        return (lambda: self.rows(g, weight, index)), None

    def rows(self, g, weight, index):
        """The gradient, one row after the other as they were read; a row that was read twice stands there twice."""
        if self.by_frequency:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        at, each = index.reshape(1, -1), g.reshape(-1, weight.shape[1])
        if self.padding >= 0:
            kept = from_array(np.flatnonzero(values(index).reshape(-1) != self.padding), dt.int64)
            at, each = at.index_select(1, kept), each.index_select(0, kept)
        return sparse_coo_tensor(at, each, weight.shape)


class EmbeddingGradient(Op):
    """out[r, d] = Σ over index = r of g[…, d]: (rows, …), 0 in the row `padding`; `by_frequency` divides by the number of summands"""

    rows: int
    padding: int = -1
    by_frequency: bool = False
    types = "keep"
    saves = ("index",)
    backward = "EmbeddingDenseBackwardBackward0"

    def shape(self, g, index):
        return (self.rows, *g.shape[len(index.shape):])

    def reference(self, g, index):
        wide = g if g.dtype.itemsize > 2 else g.astype(np.float32)
        tail = g.shape[index.ndim:]
        sums, order, first, rows = np.zeros((self.rows, *tail), wide.dtype), *_grouped(index)
        if len(order):
            each = segment_sums(wide.reshape(-1, *tail)[order], first)
            if self.by_frequency:
                each /= np.diff(np.append(first, len(order))).astype(wide.dtype).reshape(-1, *(1,) * len(tail))
            sums[rows] = each
            if 0 <= self.padding < self.rows:
                sums[self.padding] = 0
        return sums

    def gradient(self, h, out, g, index):
        def spread():
            read = record(Embedding(), h, index)
            if self.by_frequency:
                counts = np.bincount(values(index).reshape(-1), minlength=self.rows)
                scale = 1 / np.maximum(counts[values(index)], 1)
                read = read * from_array(scale.astype(h.dtype.numpy).reshape(*index.shape, *(1,) * (h.ndim - 1)), h.dtype)
            if self.padding >= 0:
                read = read * cast((index != self.padding).reshape(*index.shape, *(1,) * (h.ndim - 1)), h.dtype)
            return read
        return spread, None

    def element(self, i, g, index):
        if self.rows * math.prod(index.shape) > FEW:
            raise el.Inexpressible("every row would look through every index: its reference sorts them")
        if self.by_frequency:
            count = el.total(*index.shape, lambda *k: el.where(index[k].__eq__(i[0]), 1, 0))
        total = el.total(*index.shape, lambda *k: el.where(index[k].__eq__(i[0]), g[(*k, *i[1:])], 0))
        total = total / el.maximum(count, 1) if self.by_frequency else total
        return el.where(i[0].__eq__(self.padding), 0, total) if self.padding >= 0 else total

    samples = lambda: [(normal(2, 3, 5), _ROWS, 4), (normal(2, 3, 5), _ROWS, 5, 3), (normal(2, 3, 5), _ROWS, 5, -1, True), (normal(5), np.array(2), 4)]


def _grouped(index: np.ndarray):
    """(order, first, rows): the order that sorts the numbers, where each distinct one begins in it, and those numbers."""
    flat = index.reshape(-1)
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(flat) else np.zeros(0, np.int64)
    return order, first, ordered[first] if len(flat) else flat


class BagMax(Op):
    """Which of the numbers (a place in index) has the greatest element in each bag and column, -1 in empty bags

    x (n, d) rows read, bag (n) the bag of each, sorted -> (bags, d) int64
    """

    bags: int
    types = "keep"

    def shape(self, x, bag):
        return (self.bags, x.shape[1])

    def dtype(self, x, bag):
        return dt.int64

    def reference(self, x, bag):
        out = np.full((self.bags, x.shape[1]), -1)
        for b in np.unique(bag):
            here = np.flatnonzero(bag == b)
            out[b] = here[np.argmax(x[here].astype(np.float64), axis=0)]
        return out

    samples = lambda: [(normal(5, 3), np.array([0, 0, 2, 2, 2]), 4)]


# --------------------------------------------------------------------------------------------------------------- the functions
def _numbers(name: str, index: Tensor, rows: int) -> Tensor:
    """The numbers as int64. RuntimeError for other types than int64 and int32, IndexError for numbers out of range."""
    if index.dtype not in (dt.int64, dt.int32):
        raise RuntimeError(f"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got {index.dtype._title} "
                           f"instead (while checking arguments for {name}); convert it with .long()")
    if not index.is_meta:
        note_bounds(index, 0, rows - 1)
        found = values(index)
        if found.size and not 0 <= found.min() <= found.max() < rows:
            bad = int(found.min()) if found.min() < 0 else int(found.max())
            raise IndexError(f"index out of range in self: {name} got the number {bad}, the table has rows 0 … {rows - 1}")
    return index if index.dtype is dt.int64 else cast(index, dt.int64)


def lookup(weight, index, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:
    """Rows of `weight` by number; with `sparse` the gradient of `weight` lists the rows that were read."""
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, got {tuple(weight.shape)}")
    padding = int(padding_idx)
    padding = padding if 0 <= padding < weight.shape[0] else -1
    if sparse:
        forget_tape()                       # a gradient that is a list is no value that a backward could be remembered by
    page = SparseEmbedding if sparse else Embedding
    return record(page(padding, bool(scale_grad_by_freq)), weight, _numbers("embedding", index, weight.shape[0]))


def embedding(input, weight, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
              sparse: bool = False) -> Tensor:
    """Rows of a table: input (…) of int64 or int32, weight (rows, d) -> (…, d).

    padding_idx: the row that gets no gradient. max_norm: rows read whose norm of order `norm_type` is greater are first scaled down to it, in
    place. scale_grad_by_freq: gradients are divided by how often a row was read. sparse: the gradient of weight is a sparse
    tensor of the rows that were read.
    IndexError for numbers out of range, AssertionError for such a padding_idx.
    """
    index, weight = need_tensor(input, "embedding"), need_tensor(weight, "embedding", "weight")
    padding = -1 if padding_idx is None else padding_idx
    if padding_idx is not None:
        if not -weight.shape[0] <= padding_idx < weight.shape[0] and padding_idx != 0:
            raise AssertionError(f"Padding_idx must be within num_embeddings: {padding_idx} is not a row of a table of {weight.shape[0]}")
        padding = padding_idx + weight.shape[0] if padding_idx < 0 else padding_idx
    if max_norm is not None:
        embedding_renorm_(weight.detach(), index, max_norm, norm_type)
    return lookup(weight, index, padding, scale_grad_by_freq, sparse)


def embedding_renorm_(input, indices, max_norm: float, norm_type: float) -> Tensor:
    """Scale, in place, the rows of `input` named by `indices` whose norm is greater than `max_norm` down to it."""
    index = _numbers("embedding_renorm_", indices, input.shape[0])
    rows = np.unique(values(index))
    table = values(input)
    wide = table[rows].astype(np.float64)
    norms = np.linalg.norm(wide, norm_type, axis=1)
    large = norms > max_norm
    if large.any():
        check_writable(input)
        table = table.copy()
        table[rows[large]] = wide[large] * (max_norm / (norms[large] + 1e-7))[:, None]
        assign(input, from_array(table, input.dtype))
    return input


_MODES = {"sum": 0, "mean": 1, "max": 2}


def embedding_bag(input, weight, offsets=None, max_norm: float | None = None, norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean",
                  sparse: bool = False, per_sample_weights=None, include_last_offset: bool = False, padding_idx: int | None = None) -> Tensor:
    """Sums, means or maxima of table rows in bags: weight (rows, d) -> (bags, d), zeros for an empty bag.

    input (bags, n), or (n) with the `offsets` at which bags begin (include_last_offset: and the end of the last). per_sample_weights: a factor
    for each number, with sums. padding_idx: a row that counts for nothing. The other arguments are those of `embedding`.
    ValueError, NotImplementedError for what does not go together, IndexError for numbers out of range.
    """
    if weight.dtype is dt.int64 and input.is_floating_point():
        warnings.warn("Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is deprecated, and should now be "
                      "`embedding_bag(input, weight, ...)`.", UserWarning, stacklevel=2)
        input, weight = weight, input
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the same shape as the input "
                         f"({input.shape})")
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError("if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found "
                             f"offsets of type {type(offsets)}")
        offsets = from_array(np.arange(input.shape[0]) * input.shape[1], dt.int64)
        include_last_offset = False
        input = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    elif input.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    elif offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    elif offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if mode not in _MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and (scale_grad_by_freq or sparse):
        raise ValueError("max mode does not support " + ("scaling the gradient by the frequency" if scale_grad_by_freq else "sparse weights"))
    if max_norm is not None:
        embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError("embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='"
                                  f"{mode}'). Please open a feature request on GitHub.")
    return bags(weight, input, offsets, scale_grad_by_freq, mode, per_sample_weights, include_last_offset, padding_idx, sparse)[0]


def bags(weight, indices, offsets, by_frequency: bool, mode: str, factors, include_last_offset: bool, padding_idx, sparse: bool = False):
    """(result (bags, d), bag of each number, size of each bag, place of each maximum)."""
    index = _numbers("embedding_bag", indices, weight.shape[0])
    starts = values(offsets).astype(np.int64)
    if starts.size and starts[0] != 0:
        raise RuntimeError(f"offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got {int(starts[0])}")
    if starts.size and starts[-1] > index.numel():
        raise RuntimeError(f"offsets[-1] can not be greater than input's length {index.numel()} but got offsets[-1] of {int(starts[-1])}")
    if include_last_offset:
        if not starts.size:
            raise RuntimeError("include_last_offset: number of offset should be at least 1")
        starts = starts[:-1]
    count, d = len(starts), weight.shape[1]
    bag = np.repeat(np.arange(count), np.diff(np.append(starts, index.numel()))) if count else np.zeros(0, np.int64)
    padding = -1
    if padding_idx is not None:
        if not -weight.shape[0] <= padding_idx < weight.shape[0]:
            raise RuntimeError(f"padding_idx must be within the number of embeddings, 0 through {weight.shape[0] - 1}, but got {padding_idx}")
        padding = padding_idx % weight.shape[0]
    kept = values(index)[:len(bag)] != padding
    sizes = np.bincount(bag[kept], minlength=count)
    used = index[from_array(np.flatnonzero(kept), dt.int64)] if padding >= 0 else index
    rows = lookup(weight, used, -1, by_frequency, sparse)
    of, used_bag = from_array(bag, dt.int64), from_array(bag[kept], dt.int64)
    if mode == "max":
        place = record(BagMax(count), rows.detach(), used_bag)
        filled = cast(place >= 0, rows.dtype)
        result = rows.gather(0, place.clamp(min=0)) * filled if len(rows) else rows.new_zeros((count, d))
        return result, of, from_array(sizes, dt.int64), place
    if factors is not None:
        if factors.dtype is not weight.dtype:
            raise RuntimeError(f"Expected tensor for argument #1 'weight' and per_sample_weights to have the same type, but got {weight.dtype} and "
                               f"{factors.dtype}")
        rows = rows * (factors[from_array(np.flatnonzero(kept), dt.int64)] if padding >= 0 else factors).unsqueeze(1)
    result = record(EmbeddingGradient(count), rows, used_bag) if count else rows.new_zeros((0, d))
    if mode == "mean":
        result = result / from_array(np.maximum(sizes, 1).astype(weight.dtype.numpy).reshape(-1, 1), weight.dtype)
    return result, of, from_array(sizes, dt.int64), from_array(sizes, dt.int64)


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
