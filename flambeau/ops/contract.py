"""Products summed over an axis: matrix products and linear layers."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.events import pure
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes
from .autocast import lower_precision
from .common import Tensor, into, need_tensor, record
from .elementwise import conj_of
from .movement import reshape, squeeze, sum_to, transpose, unsqueeze


def same_dtype(name: str, *tensors) -> None:
    """Products do not promote: RuntimeError for operands of two dtypes."""
    first = tensors[0]
    for t in tensors[1:]:
        if t.dtype is not first.dtype:
            raise RuntimeError(f"{name}: expected m1 and m2 to have the same dtype, but got: {_plain_name(first)} != {_plain_name(t)}; convert one, "
                               f"e.g. with .to({first.dtype})")


def _plain_name(t) -> str:
    return {"float32": "float", "float64": "double", "int64": "long", "int32": "int", "float16": "c10::Half", "bfloat16": "c10::BFloat16"}.get(
        t.dtype.name, t.dtype.name)


def refuse_bool(name: str, t) -> None:
    """Truth values are not summed: NotImplementedError."""
    if t.dtype is dt.bool_:
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'; convert, e.g. with .float(), or use logical_and and any")


class MatMul(Op):
    """out[…, r, c] = Σ_k a[…, r, k] · b[…, k, c]"""

    axes = "... r k, ... k c -> ... r c"
    types = "same"
    saves = ("a", "b")
    backward = "BmmBackward0"

    def reference(self, a, b):
        return np.matmul(a, b)

    def element(self, i, a, b):
        *n, r, c = i
        return el.total(a.shape[-1], lambda k: a[(*n, r, k)] * b[(*n, k, c)])

    def gradient(self, g, out, a, b):
        return lambda: sum_to(record(_PAGE(), g, transpose(conj_of(b), -2, -1)), a.shape), \
            lambda: sum_to(record(_PAGE(), transpose(conj_of(a), -2, -1), g), b.shape)

    samples = lambda: [(normal(2, 3), normal(3, 4)), (normal(5, 2, 3), normal(3, 4)), (normal(2, 0), normal(0, 3)), (normal(2, 1, 2, 3), normal(4, 3, 1))]
    rejects = lambda: [(normal(2, 3), normal(4, 5), "matmul: axis 'k' is 3 in input 0 (2, 3) but 4 in input 1 (4, 5)")]


_PAGE = MatMul


class Mm(MatMul):
    """out[r, c] = Σ_k a[r, k] · b[k, c]"""

    axes = "r k, k c -> r c"
    backward = "MmBackward0"
    samples = lambda: [(normal(2, 3), normal(3, 4))]
    rejects = lambda: [(normal(2, 3), normal(4, 5), "mm: axis 'k' is 3 in input 0 (2, 3) but 4 in input 1 (4, 5)")]


class MmTransposed(Op):
    """out[r, c] = Σ_k a[k, r] · b[k, c]: the gradient of a layer's weights, without a transposed copy."""

    axes = "k r, k c -> r c"
    saves = ("a", "b")
    backward = "MmBackward0"

    def reference(self, a, b):        return np.matmul(a.T, b)
    def element(self, i, a, b):       return el.total(a.shape[0], lambda k: a[k, i[0]] * b[k, i[1]])
    def gradient(self, g, out, a, b): return lambda: record(Mm(), conj_of(b), transpose(g, 0, 1)), lambda: record(Mm(), conj_of(a), g)

    samples = lambda: [(normal(3, 2), normal(3, 4)), (normal(0, 2), normal(0, 3))]


class Dot(Op):
    """Σ_k a[k] · b[k]"""

    axes = "k, k -> "
    saves = ("a", "b")

    def reference(self, a, b):        return np.dot(a, b)
    def element(self, i, a, b):       return el.total(a.shape[0], lambda k: a[k] * b[k])
    def gradient(self, g, out, a, b): return lambda: g * conj_of(b), lambda: g * conj_of(a)

    samples = lambda: [(normal(4), normal(4, seed=3))]


class Mv(Op):
    """out[r] = Σ_k a[r, k] · b[k]"""

    axes = "r k, k -> r"
    saves = ("a", "b")

    def reference(self, a, b):        return np.matmul(a, b)
    def element(self, i, a, b):       return el.total(a.shape[1], lambda k: a[i[0], k] * b[k])
    def gradient(self, g, out, a, b): return lambda: unsqueeze(g, 1) * conj_of(b), lambda: record(Mv(), transpose(conj_of(a), 0, 1), g)

    samples = lambda: [(normal(2, 3), normal(3))]


class _LinearBase(Op, abstract=True):
    """What the layers with and without bias share: their rules, worded as PyTorch's, and two of the gradients."""

    saves = ("x", "weight")

    @property
    def name(self):
        return "linear"

    def shape(self, x, weight, bias=None):
        if not x.shape:
            raise RuntimeError("linear: both arguments to linear need to be at least 1D, but they are 0D and 2D")
        if x.shape[-1] != weight.shape[-1]:
            rows = x.shape[:-1].numel()
            raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({rows}x{x.shape[-1]} and {weight.shape[-1]}x{weight.shape[0]}): linear takes "
                               f"{weight.shape[-1]} features on the last axis, the input {tuple(x.shape)} has {x.shape[-1]}")
        if bias is not None:
            broadcast_shapes((*x.shape[:-1], weight.shape[0]), bias.shape)
        return (*x.shape[:-1], weight.shape[0])

    def compute(self, x, weight, bias=None):
        same_dtype("linear", x, weight)
        if bias is not None:
            same_dtype("linear", x, bias)
        return x.dtype


class Linear(_LinearBase):
    """out[…, o] = Σ_k x[…, k] · weight[o, k] + bias[o]"""

    axes = "... k, o k, o -> ... o"
    backward = "AddmmBackward0"

    def reference(self, x, weight, bias):
        return np.matmul(x, weight.T) + bias

    def element(self, i, x, weight, bias):
        *n, o = i
        return el.total(x.shape[-1], lambda k: x[(*n, k)] * weight[o, k]) + bias[o]

    def gradient(self, g, out, x, weight, bias):
        return lambda: _input_gradient(g, weight), lambda: _weight_gradient(g, x), lambda: sum_to(g, bias.shape)

    samples = lambda: [(normal(2, 3), normal(4, 3), normal(4)), (normal(2, 5, 3), normal(4, 3), normal(4)), (normal(3), normal(4, 3), normal(4))]
    rejects = lambda: [(normal(2, 3), normal(4, 5), normal(4), "mat1 and mat2 shapes cannot be multiplied (2x3 and 5x4): linear takes 5 features on the last "
                        "axis, the input (2, 3) has 3")]


class LinearNoBias(_LinearBase):
    """out[…, o] = Σ_k x[…, k] · weight[o, k]"""

    axes = "... k, o k -> ... o"
    backward = "MmBackward0"

    def reference(self, x, weight):
        return np.matmul(x, weight.T)

    def element(self, i, x, weight):
        *n, o = i
        return el.total(x.shape[-1], lambda k: x[(*n, k)] * weight[o, k])

    def gradient(self, g, out, x, weight):
        return lambda: _input_gradient(g, weight), lambda: _weight_gradient(g, x)

    samples = lambda: [(normal(2, 3), normal(4, 3)), (normal(2, 5, 3), normal(4, 3))]


def _input_gradient(g, weight):
    if g.ndim == 2:
        return record(Mm(), g, conj_of(weight))
    return record(MatMul(), g, conj_of(weight)) if g.ndim > 1 else record(Mv(), transpose(conj_of(weight), 0, 1), g)


def _weight_gradient(g, x):
    rows, columns = reshape(g, (-1, g.shape[-1])) if g.ndim != 2 else g, reshape(conj_of(x), (-1, x.shape[-1])) if x.ndim != 2 else conj_of(x)
    return record(MmTransposed(), rows, columns)


_LINEAR, _LINEAR_NO_BIAS = Linear(), LinearNoBias()


@pure
@lower_precision
def linear(input, weight, bias=None, *, out=None):
    """input (…, in) · weight (out, in)ᵀ + bias (out) -> (…, out)"""
    if not isinstance(input, Tensor):
        need_tensor(input, "linear")
    if len(weight.shape) != 2:
        result = matmul(input, weight if weight.ndim < 2 else weight.mT)
        result = result if bias is None else result + bias
    else:
        result = record(_LINEAR_NO_BIAS, input, weight) if bias is None else record(_LINEAR, input, weight, bias)
    return result if out is None else exact_out(out, result, "linear")


@lower_precision
def mm(input, mat2, *, out=None):
    """The product of two matrices (n, k) and (k, m) -> (n, m)"""
    for t, argument in ((input, "self"), (mat2, "mat2")):
        if need_tensor(t, "mm", argument).ndim != 2:
            raise RuntimeError(f"{argument} must be a matrix: mm takes two 2-D tensors, got shapes {tuple(input.shape)} and {tuple(mat2.shape)}")
    check_inner(input, mat2)
    same_dtype("mm", input, mat2)
    refuse_bool("addmm_impl_cpu_", input)
    return exact_out(out, record(Mm(), input, mat2), "mm")


def check_inner(a, b) -> None:
    """The rule of matrix products, in PyTorch's words."""
    if a.shape[-1] != b.shape[-2]:
        rows = a.shape[:-1].numel()
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({rows}x{a.shape[-1]} and {b.shape[-2]}x{b.shape[-1]}): the last axis of "
                           f"{tuple(a.shape)} must be as long as the one before the last of {tuple(b.shape)}")


def exact_out(out, result, name):
    """`into`, for operators that do not convert to the dtype of `out`."""
    if isinstance(out, Tensor) and out.dtype is not result.dtype:
        raise RuntimeError(f"Expected out tensor to have dtype {result.dtype}, but got {out.dtype} instead")
    return into(out, result, name)


def dot(input, tensor, *, out=None):
    """Σ input · tensor of two vectors of one length"""
    check_vectors(need_tensor(input, "dot"), need_tensor(tensor, "dot", "tensor"))
    return exact_out(out, record(Dot(), input, tensor), "dot")


def check_vectors(input, tensor) -> None:
    """RuntimeError unless both are vectors of one dtype and length."""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if input.dtype is not tensor.dtype:
        raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {input.dtype._title} and {tensor.dtype._title}")
    if input.shape != tensor.shape:
        raise RuntimeError(f"inconsistent tensor size, expected tensor {list(input.shape)} and src {list(tensor.shape)} to have the same number of "
                           f"elements, but got {input.numel()} and {tensor.numel()} elements respectively")
    refuse_bool("dot", input)


def mv(input, vec, *, out=None):
    """matrix (n, k) · vector (k) -> (n)"""
    if need_tensor(input, "mv").ndim != 2 or need_tensor(vec, "mv", "vec").ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    if input.shape[1] != vec.shape[0]:
        raise RuntimeError(f"size mismatch, got input ({input.shape[0]}), mat ({input.shape[0]}x{input.shape[1]}), vec ({vec.shape[0]})")
    same_dtype("mv", input, vec)
    refuse_bool("addmv_impl_cpu", input)
    return exact_out(out, record(Mv(), input, vec), "mv")


@lower_precision
def bmm(input, mat2, *, out=None):
    """Products of matrices in batches: (b, n, k) and (b, k, m) -> (b, n, m)"""
    check_batches(need_tensor(input, "bmm"), need_tensor(mat2, "bmm", "mat2"))
    same_dtype("bmm", input, mat2)
    refuse_bool("bmm", input)
    return exact_out(out, record(MatMul(), input, mat2), "bmm")


def check_batches(batch1, batch2) -> None:
    """RuntimeError unless (b, n, k) and (b, k, m) were given."""
    for k, batch in enumerate((batch1, batch2), 1):
        if batch.ndim != 3:
            raise RuntimeError(f"batch{k} must be a 3D tensor: products in batches take (b, n, k) and (b, k, m), got {tuple(batch1.shape)} and "
                               f"{tuple(batch2.shape)}")
    if batch1.shape[0] != batch2.shape[0] or batch1.shape[2] != batch2.shape[1]:
        raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: [{batch1.shape[0]}, {batch1.shape[2]}] but got: "
                           f"[{batch2.shape[0]}, {batch2.shape[1]}].")


@lower_precision
def matmul(input, other, *, out=None):
    """The matrix product: vectors, matrices, and batches of them by broadcasting, as NumPy's matmul."""
    a, b = need_tensor(input, "matmul"), need_tensor(other, "matmul", "other")
    if a.ndim == 0 or b.ndim == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a.ndim}D and {b.ndim}D")
    same_dtype("matmul", a, b)
    if a.ndim == 1 and b.ndim == 1:
        return dot(a, b, out=out)
    if a.ndim == 2 and b.ndim == 2:
        return mm(a, b, out=out)
    if a.ndim == 2 and b.ndim == 1:
        return mv(a, b, out=out)
    left = unsqueeze(a, 0) if a.ndim == 1 else a
    right = unsqueeze(b, 1) if b.ndim == 1 else b
    check_inner(left, right)
    refuse_bool("bmm", a)
    result = record(MatMul(), left, right)
    if a.ndim == 1:
        result = squeeze(result, -2)
    if b.ndim == 1:
        result = squeeze(result, -1)
    return exact_out(out, result, "matmul")


def bilinear(input1, input2, weight, bias=None):
    """out[…, o] = Σ input1[…, i] · weight[o, i, j] · input2[…, j] + bias[o]

    input1 (…, in1), input2 (…, in2), weight (out, in1, in2), bias (out) -> (…, out). RuntimeError for sizes or dtypes that do not fit.
    """
    x, y = need_tensor(input1, "bilinear", "input1"), need_tensor(input2, "bilinear", "input2")
    _check_bilinear(x, y, weight, bias)
    features, rows, columns = weight.shape
    left = matmul(reshape(x, (-1, rows)), reshape(weight.permute(1, 0, 2), (rows, features * columns)))
    result = matmul(reshape(left, (-1, features, columns)), reshape(y, (-1, columns, 1)))
    result = reshape(result, (*x.shape[:-1], features))
    return result if bias is None else result + bias


def _check_bilinear(x, y, weight, bias) -> None:
    if x.ndim != y.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {x.ndim} and {y.ndim}")
    for d, (a, b) in enumerate(zip(x.shape[:-1], y.shape[:-1], strict=True)):
        if a != b:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {d}: got {a} and {b}")
    for k, (t, axis) in enumerate(((x, 1), (y, 2)), 1):
        if t.shape[-1] != weight.size(axis):
            raise RuntimeError(f"bilinear(): input{k} size does not match weight size: got {t.shape[-1]} but expected {weight.size(axis)}")
    if bias is not None and bias.size(0) != weight.size(0):
        raise RuntimeError(f"bilinear(): bias size does not match weight size: got {bias.size(0)} but expected {weight.size(0)}")
    if not x.dtype is y.dtype is weight.dtype:
        names = ", ".join(f"{name}: {_plain_name(t)}" for name, t in (("input1", x), ("input2", y), ("weight", weight)))
        raise RuntimeError(f"All tensors must have the same dtype, got {names}")


__all__ = ["bilinear", "bmm", "dot", "matmul", "mm", "mv"]
