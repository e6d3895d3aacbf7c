"""Products added to a tensor: addmm and its kin, beta · input + alpha · (a product)."""
from __future__ import annotations

import functools
import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .autocast import lower_precision
from .common import Tensor, into, need_tensor, record
from .contract import MatMul, Mm, Mv, check_batches, check_inner, exact_out, refuse_bool
from .elementwise import conj_of
from .movement import Expand, transpose, unsqueeze


class Added(Op, abstract=True):
    """out = beta · x + alpha · product(a, b), `x` broadcast to the shape of the product. What has the factor 0 is
    not read: its NaN do not spread."""

    beta: complex = 1
    alpha: complex = 1
    saves = ("a", "b")

    def shape(self, x, a, b):
        return fitting(x, self.product_shape(a, b))

    def product_shape(self, a, b):
        """The shape of the product, of operands that fit."""
        raise NotImplementedError(f"{type(self).__name__} has no product_shape")

    def product(self, a, b):
        """The product in NumPy."""
        return np.matmul(a, b)

    def term(self, i, a, b):
        """One element of the product, in the element language."""
        raise NotImplementedError(f"{type(self).__name__} has no term")

    def reference(self, x, a, b):
        if self.alpha == 0:
            return np.broadcast_to(_scaled(x, self.beta), self.shape(x, a, b))
        result = _scaled(self.product(a, b), self.alpha)
        return result if self.beta == 0 else result + _scaled(x, self.beta)

    def element(self, i, x, a, b):
        product = self.term(i, a, b)
        product = product if self.alpha == 1 else product * self.alpha
        return product if self.beta == 0 else product + (x[i] if self.beta == 1 else x[i] * self.beta)

    def to_a(self, g, a, b):
        """The gradient of `a` from that of the product."""
        raise NotImplementedError(f"{type(self).__name__} has no to_a")

    def to_b(self, g, a, b):
        """The gradient of `b` from that of the product."""
        raise NotImplementedError(f"{type(self).__name__} has no to_b")

    def gradient(self, g, out, x, a, b):
        def scaled(factor):
            return g if factor == 1 else g * conj_of(factor)
        return (lambda: scaled(self.beta)), (lambda: self.to_a(scaled(self.alpha), a, b)), (lambda: self.to_b(scaled(self.alpha), a, b))


def fitting(x, shape) -> tuple[int, ...]:
    """`shape`, to which `x` must broadcast: RuntimeError if it does not."""
    if len(x.shape) > len(shape):
        raise RuntimeError(f"expand(torch.{x.dtype._title}Tensor{{{list(x.shape)}}}, size={list(shape)}): the number of sizes provided ({len(shape)}) must "
                           f"be greater or equal to the number of dimensions in the tensor ({len(x.shape)})")
    if tuple(x.shape) != shape:
        Expand(shape).strided(tuple(x.shape), (0,) * len(x.shape), 0)           # words the error
    return shape


def _scaled(array, factor):
    if factor == 0:
        return np.zeros_like(array)
    return array if factor == 1 else array * array.dtype.type(factor)


class Addmm(Added):
    """out[r, c] = beta · x[r, c] + alpha · Σ_k a[r, k] · b[k, c]"""

    def product_shape(self, a, b): return a.shape[0], b.shape[1]
    def term(self, i, a, b):       return el.total(a.shape[1], lambda k: a[i[0], k] * b[k, i[1]])
    def to_a(self, g, a, b):       return record(Mm(), g, transpose(conj_of(b), 0, 1))
    def to_b(self, g, a, b):       return record(Mm(), transpose(conj_of(a), 0, 1), g)

    samples = lambda: [(normal(2, 4), normal(2, 3), normal(3, 4)), (normal(4), normal(2, 3), normal(3, 4), 0.5, -2.0),
                       (normal(2, 1), normal(2, 0), normal(0, 2)), (normal(), normal(2, 3), normal(3, 4), 0, 3)]


class Addmv(Added):
    """out[r] = beta · x[r] + alpha · Σ_k a[r, k] · b[k]"""

    def product_shape(self, a, b): return (a.shape[0],)
    def term(self, i, a, b):       return el.total(a.shape[1], lambda k: a[i[0], k] * b[k])
    def to_a(self, g, a, b):       return unsqueeze(g, 1) * conj_of(b)
    def to_b(self, g, a, b):       return record(Mv(), transpose(conj_of(a), 0, 1), g)

    samples = lambda: [(normal(2), normal(2, 3), normal(3)), (normal(), normal(2, 3), normal(3), 0.5, -2.0), (normal(2), normal(2, 0), normal(0))]


class Addr(Added):
    """out[r, c] = beta · x[r, c] + alpha · a[r] · b[c]"""

    def product_shape(self, a, b): return a.shape[0], b.shape[0]
    def product(self, a, b):       return np.multiply.outer(a, b)
    def term(self, i, a, b):       return a[i[0]] * b[i[1]]
    def to_a(self, g, a, b):       return record(Mv(), g, conj_of(b))
    def to_b(self, g, a, b):       return record(Mv(), transpose(g, 0, 1), conj_of(a))

    samples = lambda: [(normal(2, 3), normal(2), normal(3)), (normal(3), normal(2), normal(3), 0.5, -2.0), (normal(2, 1), normal(2), normal(0))]


class Baddbmm(Added):
    """out[n, r, c] = beta · x[n, r, c] + alpha · Σ_k a[n, r, k] · b[n, k, c]"""

    def product_shape(self, a, b): return a.shape[0], a.shape[1], b.shape[2]
    def term(self, i, a, b):       return el.total(a.shape[2], lambda k: a[i[0], i[1], k] * b[i[0], k, i[2]])
    def to_a(self, g, a, b):       return record(MatMul(), g, transpose(conj_of(b), 1, 2))
    def to_b(self, g, a, b):       return record(MatMul(), transpose(conj_of(a), 1, 2), g)

    samples = lambda: [(normal(5, 2, 4), normal(5, 2, 3), normal(5, 3, 4)), (normal(4), normal(5, 2, 3), normal(5, 3, 4), 0.5, -2.0),
                       (normal(2, 1, 2), normal(2, 2, 0), normal(2, 0, 2))]


class Addbmm(Added):
    """out[r, c] = beta · x[r, c] + alpha · Σ_n Σ_k a[n, r, k] · b[n, k, c]"""

    def product_shape(self, a, b): return a.shape[1], b.shape[2]
    def product(self, a, b):       return np.tensordot(a, b, ((0, 2), (0, 1)))
    def term(self, i, a, b):       return el.total(a.shape[0], a.shape[2], lambda n, k: a[n, i[0], k] * b[n, k, i[1]])
    def to_a(self, g, a, b):       return record(MatMul(), g, transpose(conj_of(b), 1, 2))
    def to_b(self, g, a, b):       return record(MatMul(), transpose(conj_of(a), 1, 2), g)

    samples = lambda: [(normal(2, 4), normal(5, 2, 3), normal(5, 3, 4)), (normal(4), normal(5, 2, 3), normal(5, 3, 4), 0.5, -2.0),
                       (normal(2, 2), normal(0, 2, 3), normal(0, 3, 2))]


# ------------------------------------------------------------------------------------------------------------- the functions
def _also_numbers_first(function):
    """`function(input, a, b)`, also in PyTorch's older order of arguments: f(beta, input, alpha, a, b), as methods x.f(beta, alpha, a, b)."""
    name = function.__name__

    @functools.wraps(function)
    def ordered(*args, **kwargs):
        factors = [x for x in args if isinstance(x, (int, float, complex))]
        if not factors:
            return function(*args, **kwargs)
        tensors = [x for x in args if not isinstance(x, (int, float, complex))]
        if len(factors) > 2 or len(tensors) != 3:
            raise TypeError(f"{name}() takes (input, a, b, *, beta=1, alpha=1), got {len(tensors)} tensors and {len(factors)} numbers")
        warnings.warn(f"This overload of {name} is deprecated: give the numbers by name, {name}(input, a, b, *, beta=1, alpha=1)", UserWarning, stacklevel=2)
        return function(*tensors, **dict(zip(("beta", "alpha"), factors, strict=False)), **kwargs)
    return ordered


def _factor(value, name: str, argument: str, dtype: dt.dtype):
    """beta or alpha as a number that tensors of `dtype` can be multiplied by."""
    if isinstance(value, Tensor):
        if value.requires_grad or value.numel() != 1:
            raise TypeError(f"{name}(): argument {argument!r} must be a Number, not a Tensor that requires grad or has several elements")
        value = value.item()
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (int, float, complex)):
        raise TypeError(f"{name}(): argument {argument!r} must be a Number, not {type(value).__name__}")
    if dtype.category < 3 and isinstance(value, complex):
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow: {argument} is {value}")
    return int(value) if dtype.category < 2 else value


def _added(page, name: str, input, a, b, beta, alpha, out):
    page = page(_factor(beta, name, "beta", a.dtype), _factor(alpha, name, "alpha", a.dtype))
    return exact_out(out, record(page, input, a, b), name)


def _need(name: str, input, **operands) -> None:
    need_tensor(input, name)
    for argument, t in operands.items():
        need_tensor(t, name, argument)


def _same(message: str, *tensors) -> None:
    if any(t.dtype is not tensors[0].dtype for t in tensors):
        raise RuntimeError(message.format(*(t.dtype._title for t in tensors)))


@_also_numbers_first
@lower_precision
def addmm(input, mat1, mat2, *, beta=1, alpha=1, out=None):
    """beta · input + alpha · (mat1 @ mat2): mat1 (n, k), mat2 (k, m), input broadcasts to (n, m). RuntimeError for other shapes or mixed dtypes."""
    _need("addmm", input, mat1=mat1, mat2=mat2)
    for k, t in enumerate((mat1, mat2), 1):
        if t.ndim != 2:
            raise RuntimeError(f"mat{k} must be a matrix, got {t.ndim}-D tensor")
    check_inner(mat1, mat2)
    _same("mat1 and mat2 must have the same dtype, but got {} and {}", mat1, mat2)
    _same("self and mat2 must have the same dtype, but got {} and {}", input, mat2)
    refuse_bool("addmm_impl_cpu_", mat1)
    return _added(Addmm, "addmm", input, mat1, mat2, beta, alpha, out)


@_also_numbers_first
def addmv(input, mat, vec, *, beta=1, alpha=1, out=None):
    """beta · input + alpha · (mat @ vec): mat (n, k), vec (k), input broadcasts to (n). RuntimeError for other shapes or mixed dtypes."""
    _need("addmv", input, mat=mat, vec=vec)
    if mat.ndim != 2 or vec.ndim != 1 or input.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != vec.shape[0] or input.numel() not in (1, mat.shape[0]):
        raise RuntimeError(f"size mismatch, got input ({input.numel()}), mat ({mat.shape[0]}x{mat.shape[1]}), vec ({vec.shape[0]})")
    _same("addmv input tensors must have the same dtype, but got {}, {}, and {}", input, mat, vec)
    refuse_bool("addmv_impl_cpu", mat)
    return _added(Addmv, "addmv", input, mat, vec, beta, alpha, out)


@_also_numbers_first
@lower_precision
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1, out=None):
    """beta · input + alpha · (batch1 @ batch2): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (b, n, m). RuntimeError for other shapes
    or mixed dtypes."""
    _need("baddbmm", input, batch1=batch1, batch2=batch2)
    check_batches(batch1, batch2)
    _same("Input dtypes must be the same, got: input {}, batch1: {}, batch2: {}", input, batch1, batch2)
    refuse_bool("baddbmm", batch1)
    return _added(Baddbmm, "baddbmm", input, batch1, batch2, beta, alpha, out)


@_also_numbers_first
@lower_precision
def addbmm(input, batch1, batch2, *, beta=1, alpha=1, out=None):
    """beta · input + alpha · Σ_b (batch1[b] @ batch2[b]): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (n, m). RuntimeError for other
    shapes or mixed dtypes."""
    _need("addbmm", input, batch1=batch1, batch2=batch2)
    check_batches(batch1, batch2)
    _same("self and mat2 must have the same dtype, but got {} and {}", input, batch2)
    _same("mat1 and mat2 must have the same dtype, but got {} and {}", batch1, batch2)
    refuse_bool("addbmm", batch1)
    return _added(Addbmm, "addbmm", input, batch1, batch2, beta, alpha, out)


@_also_numbers_first
def addr(input, vec1, vec2, *, beta=1, alpha=1, out=None):
    """beta · input + alpha · (vec1 ⊗ vec2): vec1 (n), vec2 (m), input broadcasts to (n, m). Dtypes are promoted; for bool, · is and, + is or."""
    _need("addr", input, vec1=vec1, vec2=vec2)
    for k, vec in enumerate((vec1, vec2), 1):
        if vec.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument vec{k}, but got {vec.ndim}-D")
    common = dt.result_dtype([(t.dtype, t.ndim, False) for t in (input, vec1, vec2)])
    for argument, value in (("beta", beta), ("alpha", alpha)):
        if common.category < 2 and isinstance(value, (float, complex)):
            raise RuntimeError(f"For integral input tensors, argument {argument} must not be a floating point number.")
        if isinstance(value, bool) and common is not dt.bool_:
            raise RuntimeError(f"Boolean {argument} only supported for Boolean results.")
    fitting(input, (vec1.shape[0], vec2.shape[0]))
    if common is dt.bool_:
        product = unsqueeze(vec1, 1) & vec2 & bool(alpha)
        return into(out, product | input if beta else product, "addr")
    page = Addr(_factor(beta, "addr", "beta", common), _factor(alpha, "addr", "alpha", common))
    return into(out, record(page, input, vec1, vec2), "addr")


__all__ = ["addbmm", "addmm", "addmv", "addr", "baddbmm"]
