"""SparseTensor: a tensor that lists its elements, and is an ordinary, dense one to every operator that asks for no list.

The list (places and values) is what PyTorch's sparse tensors show of themselves. The dense memory is made when an operator first reads the
tensor, so everything that takes a Tensor takes this one, with the values that it stands for and the memory of the full matrix. Products with
a large matrix work from the list (`times`) and make no dense memory. What has a sparse result: transposing, copies, sums of two sparse
tensors, products and quotients with numbers, functions that are 0 at 0 (sparse_arithmetic.py); all else is dense.
"""
from __future__ import annotations

import numbers

from ..core import dtype as dt
from ..core import layout as layouts
from ..core.grad import modes
from ..core.printing import append_suffixes
from ..core.shape import Size
from ..core.tensor import Tensor, edge_of
from .common import need_tensor
from .create import as_tensor, tensor, zeros
from .index import index_put
from .masked import nonzero
from .search import unique

DENSE_PRODUCT = 1 << 22         # elements up to which a product with the dense matrix is the faster way


class SparseTensor(Tensor):
    """A tensor that lists its elements: made by `sparse_coo_tensor`, `sparse_csr_tensor` and `to_sparse`."""

    _dense = _places = _entries = None
    _style = layouts.sparse_coo
    _listed_once = False        # whether places are sorted and none is listed twice
    _read_at = -1               # the versions of list and dense memory that agree
    _seen = -1

    # ------------------------------------------------------------------------------------------------- dense memory, when asked for
    @property
    def _storage(self):
        if self._dense is None or self._places is not None and self._entries._version != self._read_at:
            made = densified(self._places, self._entries.detach(), self.shape)
            self._dense, self._read_at, self._seen = made._storage, self._entries._version, made._storage.version
        return self._dense

    @_storage.setter
    def _storage(self, storage):
        self._dense, self._places, self._entries = storage, None, None

    def _list(self) -> tuple[Tensor, Tensor]:
        """Places (d, n) and values (n, …); read off the dense memory where that was written to."""
        if self._places is None or self._dense is not None and self._dense.version != self._seen:
            plain = self.to_dense().detach()
            self._places = nonzero(plain).t()
            self._entries = plain[tuple(self._places.unbind(0))]
            self._listed_once, self._read_at, self._seen = True, self._entries._version, self._dense.version
        return self._places, self._entries

    def to_dense(self, dtype=None, *, masked_grad: bool | None = None) -> Tensor:
        """The tensor as an ordinary one."""
        plain = object.__new__(Tensor)
        plain._storage, plain.shape, plain.dtype = self._storage, self.shape, self.dtype
        plain._grad_fn, plain._output_nr, plain._leaf = self._grad_fn, self._output_nr, False
        if self._leaf and modes.grad:
            plain = Tensor.__add__(self, 0)             # a leaf's gradient comes to the leaf
        return plain.clone() if dtype is None else plain.to(dtype)

    # ------------------------------------------------------------------------------------------------------------- what it lists
    @property
    def layout(self):
        """How elements are listed."""
        return self._style

    @property
    def is_sparse(self) -> bool:
        """Whether elements are listed by their coordinates."""
        return self._style is layouts.sparse_coo

    @property
    def is_sparse_csr(self) -> bool:
        """Whether elements are listed row by row."""
        return self._style is layouts.sparse_csr

    def is_coalesced(self) -> bool:
        """Whether places are sorted and none is listed twice."""
        self._list()
        return self._listed_once

    def coalesce(self) -> Tensor:
        """The tensor with its places sorted, and the values of places that are listed twice added."""
        if self.is_coalesced():
            return self
        places, entries = self._list()
        sizes = [int(n) for n in self.shape[:places.shape[0]]]
        flat = tensor([0] * places.shape[1])
        for row, n in zip(places.unbind(0), sizes, strict=True):
            flat = flat * n + row
        found, number = unique(flat, return_inverse=True)
        summed = zeros((found.shape[0], *entries.shape[1:]), dtype=entries.dtype).index_add(0, number, entries)
        rows = []
        for n in reversed(sizes):
            rows.insert(0, found % n)
            found = found.div(n, rounding_mode="floor")
        where = as_tensor([r.tolist() for r in rows], dtype=dt.int64).reshape(len(rows), -1)
        return listing(where, summed, self.shape, coalesced=True, leaf=self._leaf)

    def _need_coalesced(self, what: str) -> None:
        if self._style is layouts.sparse_coo and not self.is_coalesced():
            raise RuntimeError(f"Cannot get {what} on an uncoalesced tensor, please call .coalesce() first")

    def indices(self) -> Tensor:
        """Places (d, n) of the listed elements. RuntimeError unless the tensor is coalesced."""
        self._need_coalesced("indices")
        return self._list()[0]

    def values(self) -> Tensor:
        """The listed elements (n, …). RuntimeError unless the tensor is coalesced."""
        self._need_coalesced("values")
        return self._list()[1]

    def _indices(self) -> Tensor:
        return self._list()[0]

    def _values(self) -> Tensor:
        return self._list()[1]

    def _nnz(self) -> int:
        return self._list()[0].shape[1]

    def sparse_dim(self) -> int:
        """How many axes the places are listed for."""
        return self._list()[0].shape[0]

    def dense_dim(self) -> int:
        """How many axes each listed value has."""
        return self.ndim - self.sparse_dim()

    def crow_indices(self) -> Tensor:
        """Where in the list each row begins, and the end of the last. RuntimeError unless the layout is CSR."""
        return self._compressed(layouts.sparse_csr, "crow_indices", 0)

    def col_indices(self) -> Tensor:
        """The column of each listed element. RuntimeError unless the layout is CSR."""
        self._need_style(layouts.sparse_csr, "col_indices")
        return self._list()[0][1]

    def ccol_indices(self) -> Tensor:
        """Where in the list each column begins, and the end of the last. RuntimeError unless the layout is CSC."""
        return self._compressed(layouts.sparse_csc, "ccol_indices", 1)

    def row_indices(self) -> Tensor:
        """The row of each listed element. RuntimeError unless the layout is CSC."""
        self._need_style(layouts.sparse_csc, "row_indices")
        return self._list()[0][0]

    def _need_style(self, style, what: str) -> None:
        if self._style is not style:
            raise RuntimeError(f"{what} expected {'row' if style is layouts.sparse_csr else 'column'} compressed tensor layout but got {self._style}")

    def _compressed(self, style, what: str, axis: int) -> Tensor:
        self._need_style(style, what)
        counts = self._list()[0][axis].bincount(minlength=self.shape[axis])
        return tensor([0, *counts.cumsum(0).tolist()])

    # ---------------------------------------------------------------------------------------------------------- sparse from sparse
    def _like(self, entries: Tensor, places: Tensor | None = None, shape=None, coalesced: bool | None = None) -> Tensor:
        return listing(self._list()[0] if places is None else places, entries, self.shape if shape is None else shape,
                       coalesced=self._listed_once if coalesced is None else coalesced, style=self._style)

    def detach(self) -> Tensor:
        """The same list, cut off from autograd."""
        return self._like(self._list()[1].detach())

    data = property(detach, Tensor.data.fset)

    def clone(self, *, memory_format=None) -> Tensor:
        """A copy of the list."""
        return self._like(self._list()[1].clone())

    def __deepcopy__(self, memo) -> Tensor:
        found = memo.get(id(self))
        if found is None:
            if edge_of(self) is not None and not self.is_leaf:
                raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.")
            places, entries = self._list()
            found = memo[id(self)] = self._like(entries.detach().clone(), places.clone())
            found._leaf = self._leaf
        return found

    def to(self, *args, **kwargs) -> Tensor:
        """The list with another dtype or device."""
        entries = self._list()[1]
        moved = entries.to(*args, **kwargs)
        return self if moved is entries else self._like(moved)

    def to_sparse(self, *args, layout=None, **kwargs) -> Tensor:
        """The tensor, listed by coordinates (or in another layout)."""
        return self if layout in (None, self._style) and not args else restyled(self.coalesce() if self.is_sparse else self, layout or layouts.sparse_coo)

    to_sparse_coo = to_sparse

    def to_sparse_csr(self, dense_dim=None) -> Tensor:
        """The matrix, listed row by row."""
        return restyled(self.coalesce() if self.is_sparse else self, layouts.sparse_csr)

    def to_sparse_csc(self, dense_dim=None) -> Tensor:
        """The matrix, listed column by column."""
        return restyled(self.coalesce() if self.is_sparse else self, layouts.sparse_csc)

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """Two axes exchanged."""
        places, entries = self._list()
        order = [*range(places.shape[0])]
        dim0, dim1 = dim0 % self.ndim, dim1 % self.ndim
        if max(dim0, dim1) >= len(order) or self._style is not layouts.sparse_coo:
            return self.to_dense().transpose(dim0, dim1)
        order[dim0], order[dim1] = order[dim1], order[dim0]
        shape = [*self.shape]
        shape[dim0], shape[dim1] = shape[dim1], shape[dim0]
        return self._like(entries, places[order], shape, coalesced=False)

    def t(self) -> Tensor:
        """A matrix with rows and columns exchanged."""
        return self.transpose(0, 1)

    T = property(t)

    def __neg__(self) -> Tensor:
        return self._like(-self._list()[1])

    def __mul__(self, other) -> Tensor:
        if isinstance(other, numbers.Number) or isinstance(other, Tensor) and other.ndim == 0:
            return self._like(self._list()[1] * other)
        if isinstance(other, Tensor) and not isinstance(other, SparseTensor) and other.shape == self.shape and self.is_sparse:
            places, entries = self._list()
            return self._like(entries * other[tuple(places.unbind(0))])
        product = self.to_dense() * (other.to_dense() if isinstance(other, SparseTensor) else other)
        return listed(product) if isinstance(other, Tensor) else product

    __rmul__ = mul = __mul__

    def __truediv__(self, other) -> Tensor:
        return self._like(self._list()[1] / other) if isinstance(other, numbers.Number) or isinstance(other, Tensor) and other.ndim == 0 \
            else self.to_dense() / other

    div = __truediv__

    def __matmul__(self, other) -> Tensor:
        return times(self, other)

    matmul = mm = mv = __matmul__

    # ------------------------------------------------------------------------------------------------------------------- its values
    def numpy(self, *, force: bool = False):
        """TypeError: NumPy has no such arrays."""
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")

    def __repr__(self, *, tensor_contents=None) -> str:
        places, entries = self._list()
        columns = {layouts.sparse_csr: ("crow_indices", "col_indices"), layouts.sparse_csc: ("ccol_indices", "row_indices")}.get(self._style)
        parts = [(name, getattr(self, name)()) for name in columns] if columns else [("indices", places)]
        lines = [f"{name}={_indented(t, len(name) + 8)}" for name, t in (*parts, ("values", entries.detach().to(dt.default_dtype()) if
                                                                                  entries.dtype.is_floating_point else entries.detach()))]
        facts = [f"size={tuple(self.shape)}", f"nnz={self._nnz()}"]
        if self.dtype is not dt.default_dtype() and (self.dtype not in (dt.int64, dt.bool_) or not self._nnz()):
            facts.append(f"dtype={self.dtype}")
        facts.append(f"layout={self._style}")
        producer = self._producer()
        facts += [f"grad_fn=<{producer.name()}>"] if producer is not None else ["requires_grad=True"] if self._leaf else []
        text = "tensor(" + ",\n       ".join(lines)
        if columns:
            return append_suffixes(text, facts, 7)
        return append_suffixes(f"{text},\n       {facts[0]}", facts[1:], 7)


def _cast(name: str, target: dt.dtype):
    def method(self) -> Tensor:
        return self.to(target)
    method.__name__, method.__doc__ = name, f"The list with numbers of {target}."
    return method


for _name, _target in {**dt.ALIASES, "bfloat16": dt.bfloat16}.items():
    setattr(SparseTensor, _name, _cast(_name, _target))


def _indented(t: Tensor, by: int) -> str:
    """A tensor's text, whose further lines begin where its first number does."""
    return repr(t).replace("\n", "\n" + " " * by) if t.numel() else f"tensor([], size={tuple(t.shape)})"


def densified(places: Tensor, entries: Tensor, shape) -> Tensor:
    """The ordinary tensor with `entries` at `places`, added where places repeat, and zeros elsewhere."""
    return index_put(zeros(tuple(shape), dtype=entries.dtype), tuple(places.unbind(0)), entries, accumulate=True)


def listing(places: Tensor, entries: Tensor, shape, *, coalesced: bool = False, style=layouts.sparse_coo, leaf: bool = False) -> Tensor:
    """The tensor that lists `entries` (n, …) at `places` (d, n); differentiable in the entries."""
    s = object.__new__(SparseTensor)
    s.shape, s.dtype, s._places, s._entries, s._style, s._listed_once = Size(shape), entries.dtype, places, entries, style, coalesced
    edge = edge_of(entries) if modes.grad else None
    if edge is not None:                # a gradient must find its way from what operators read
        made = densified(places, entries, shape)
        s._grad_fn, s._output_nr = made._grad_fn, made._output_nr
        s._dense, s._read_at, s._seen = made._storage, entries._version, made._storage.version
    s._leaf = leaf
    return s


def listed(x: Tensor, sparse_dim: int | None = None) -> Tensor:
    """An ordinary tensor as one that lists what is not zero: elements, or slices along the axes after the first `sparse_dim`."""
    x = need_tensor(x, "to_sparse")
    count = x.ndim if sparse_dim is None else sparse_dim
    rest = tuple(range(count, x.ndim))
    there = x != 0
    places = nonzero(there.any(rest) if rest else there).t()
    return listing(places, x[tuple(places.unbind(0))] if count else x.reshape(1, *x.shape), x.shape, coalesced=True)


def restyled(x: Tensor, style) -> Tensor:
    """A tensor as one that lists its elements in another layout."""
    s = x if isinstance(x, SparseTensor) else listed(x)
    places, entries = s._list()
    if style is layouts.sparse_csc:
        order = (places[1] * s.shape[0] + places[0]).argsort()
        places, entries = places[:, order], entries[order]
    elif s._style is layouts.sparse_csc:
        order = (places[0] * s.shape[1] + places[1]).argsort()
        places, entries = places[:, order], entries[order]
    return listing(places, entries, s.shape, coalesced=True, style=style)


def times(matrix: Tensor, other: Tensor) -> Tensor:
    """The product of a sparse matrix with a matrix or vector: from the list where the dense matrix would be large."""
    if isinstance(other, SparseTensor):
        return listed(times(matrix, other.to_dense()))
    if not isinstance(matrix, SparseTensor) or matrix.ndim != 2 or matrix.numel() <= DENSE_PRODUCT or not isinstance(other, Tensor):
        return Tensor.__matmul__(matrix, other)
    if other.ndim not in (1, 2) or matrix.shape[1] != other.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, matrix.shape))} and {'x'.join(map(str, other.shape))})")
    places, entries = matrix._list()
    weights = entries if other.ndim == 1 else entries.unsqueeze(1)
    return zeros((matrix.shape[0], *other.shape[1:]), dtype=entries.dtype).index_add(0, places[0], other.index_select(0, places[1]) * weights)


__all__: list[str] = []
