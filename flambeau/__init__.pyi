"""flambeau: deep learning that reads like PyTorch and runs as compiled whole steps.

Written by tools/stubs.py: do not edit.
"""

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy

from flambeau import return_types as _return_types
from flambeau._dynamo.eval_frame import compile as compile
from flambeau.amp.autocast_mode import autocast as autocast
from flambeau.amp.grad_scaler import GradScaler as GradScaler
from flambeau.autograd.anomaly_mode import is_anomaly_enabled as is_anomaly_enabled
from flambeau.autograd.modes import enable_grad as enable_grad
from flambeau.autograd.modes import inference_mode as inference_mode
from flambeau.autograd.modes import is_grad_enabled as is_grad_enabled
from flambeau.autograd.modes import is_inference_mode_enabled as is_inference_mode_enabled
from flambeau.autograd.modes import no_grad as no_grad
from flambeau.autograd.modes import set_grad_enabled as set_grad_enabled
from flambeau.core.determinism import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from flambeau.core.determinism import get_deterministic_debug_mode as get_deterministic_debug_mode
from flambeau.core.determinism import is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled
from flambeau.core.determinism import set_deterministic_debug_mode as set_deterministic_debug_mode
from flambeau.core.determinism import use_deterministic_algorithms as use_deterministic_algorithms
from flambeau.core.device import device as _device
from flambeau.core.device import device as device
from flambeau.core.device import set_default_device as set_default_device
from flambeau.core.dtype import can_cast as can_cast
from flambeau.core.dtype import dtype as _dtype
from flambeau.core.dtype import dtype as dtype
from flambeau.core.dtype import promote_types as promote_types
from flambeau.core.dtype import set_default_dtype as set_default_dtype
from flambeau.core.errors import AcceleratorError as AcceleratorError
from flambeau.core.errors import OutOfMemoryError as OutOfMemoryError
from flambeau.core.layout import layout as layout
from flambeau.core.limits import finfo as finfo
from flambeau.core.limits import iinfo as iinfo
from flambeau.core.printing import set_printoptions as set_printoptions
from flambeau.core.shape import Size as Size
from flambeau.core.shape import Size as _Size
from flambeau.core.storage import UntypedStorage as UntypedStorage
from flambeau.core.tensor import Tensor as Tensor
from flambeau.core.tensor import _bool, _complex, _DeviceLike, _float, _int, _Operand, _Out, _str
from flambeau.core.threads import get_num_interop_threads as get_num_interop_threads
from flambeau.core.threads import get_num_threads as get_num_threads
from flambeau.core.threads import set_num_interop_threads as set_num_interop_threads
from flambeau.core.threads import set_num_threads as set_num_threads
from flambeau.func.mapping import vmap as vmap
from flambeau.futures import Future as Future
from flambeau.ops.convert import memory_format as _memory_format
from flambeau.ops.convert import memory_format as memory_format
from flambeau.ops.random import Generator as Generator
from flambeau.ops.random import Generator as _Generator
from flambeau.ops.storages import TypedStorage as TypedStorage
from flambeau.serialization.reading import load as load
from flambeau.serialization.writing import save as save
from flambeau.settings import compiled_with_cxx11_abi as compiled_with_cxx11_abi
from flambeau.settings import get_device_module as get_device_module
from flambeau.settings import get_float32_matmul_precision as get_float32_matmul_precision
from flambeau.settings import is_distributed as is_distributed
from flambeau.settings import is_vulkan_available as is_vulkan_available
from flambeau.settings import is_warn_always_enabled as is_warn_always_enabled
from flambeau.settings import seed_everything as seed_everything
from flambeau.settings import set_float32_matmul_precision as set_float32_matmul_precision
from flambeau.settings import set_flush_denormal as set_flush_denormal
from flambeau.settings import set_warn_always as set_warn_always

from . import _C as _C
from . import __config__ as __config__
from . import __future__ as __future__
from . import _dynamo as _dynamo
from . import _inductor as _inductor
from . import _utils as _utils
from . import accelerator as accelerator
from . import amp as amp
from . import ao as ao
from . import array_api as array_api
from . import audio as audio
from . import autograd as autograd
from . import backends as backends
from . import compiler as compiler
from . import cpu as cpu
from . import cuda as cuda
from . import distributed as distributed
from . import distributions as distributions
from . import export as export
from . import fft as fft
from . import func as func
from . import functional as functional
from . import futures as futures
from . import fx as fx
from . import hub as hub
from . import jit as jit
from . import library as library
from . import linalg as linalg
from . import masked as masked
from . import mps as mps
from . import mtia as mtia
from . import multiprocessing as multiprocessing
from . import nested as nested
from . import nn as nn
from . import onnx as onnx
from . import optim as optim
from . import overrides as overrides
from . import package as package
from . import profiler as profiler
from . import quantization as quantization
from . import random as random
from . import return_types as return_types
from . import serialization as serialization
from . import signal as signal
from . import sparse as sparse
from . import special as special
from . import storage as storage
from . import testing as testing
from . import text as text
from . import torch_version as torch_version
from . import training as training
from . import types as types
from . import utils as utils
from . import version as version
from . import vision as vision
from . import xpu as xpu

BFloat16Storage: Any
BFloat16Tensor: Any
BoolStorage: Any
BoolTensor: Any
ByteStorage: Any
ByteTensor: Any
CharStorage: Any
CharTensor: Any
ComplexDoubleStorage: Any
ComplexFloatStorage: Any
DoubleStorage: Any
DoubleTensor: Any
FloatStorage: Any
FloatTensor: Any
HalfStorage: Any
HalfTensor: Any
IntStorage: Any
IntTensor: Any
LongStorage: Any
LongTensor: Any
ShortStorage: Any
ShortTensor: Any
__version__: _str
bfloat16: _dtype
bool: _dtype
cdouble: _dtype
cfloat: _dtype
channels_last: _memory_format
channels_last_3d: _memory_format
complex128: _dtype
complex64: _dtype
contiguous_format: _memory_format
default_generator: _Generator
double: _dtype
e: _float
float: _dtype
float16: _dtype
float32: _dtype
float64: _dtype
half: _dtype
inf: _float
int: _dtype
int16: _dtype
int32: _dtype
int64: _dtype
int8: _dtype
jagged: Any
long: _dtype
nan: _float
newaxis: None
per_channel_affine: Any
per_channel_symmetric: Any
per_tensor_affine: Any
per_tensor_symmetric: Any
pi: _float
preserve_format: _memory_format
qint32: Any
qint8: Any
quantize_per_channel: Any
quantize_per_tensor: Any
quint4x2: Any
quint8: Any
short: _dtype
sparse_bsc: Any
sparse_bsr: Any
sparse_coo: Any
sparse_csc: Any
sparse_csr: Any
strided: Any
uint16: _dtype
uint32: _dtype
uint64: _dtype
uint8: _dtype
def _foreach_adam_(
    params: Any, grads: Any, means: Any, squares: Any, largest: Any, steps: Any, *, lr: _float, beta1: _float, beta2: _float, eps: _float,
    weight_decay: _float, decoupled: _bool, maximize: _bool, group: dict | None = None,
) -> _bool:
    """Adam's step on lists, `largest` None but for amsgrad; counts up `steps`. False, with nothing changed, where it takes the general way."""
def _foreach_add_(self: Any, other: _Operand, *, alpha: _complex = 1.0) -> None:
    """self[k] += alpha * other[k] for every k; `other` is a list of tensors, or a number for all."""
def _foreach_forget_gradients(params: Any) -> None:
    """Let no parameter have a gradient."""
def _foreach_gradients(params: Any) -> tuple[list[Tensor], list[Tensor]]:
    """Those of `params` that have gradients, and these."""
def _foreach_sgd_(
    params: Any, grads: Any, buffers: Any, *, lr: _float, momentum: _float, dampening: _float, weight_decay: _float, nesterov: _bool, maximize: _bool,
    group: dict | None = None,
) -> _bool:
    """SGD's step on lists; `buffers` is None without momentum. False, with nothing changed, where it takes the general way."""
def abs(input: Tensor, *, out: _Out = None) -> Tensor:
    """|x|; the slope at 0 is 0"""
def abs_(input: Tensor) -> Tensor:
    """In-place form of `abs`."""
def absolute(input: Tensor, *, out: _Out = None) -> Tensor:
    """|x|; the slope at 0 is 0"""
def acos(input: Tensor, *, out: _Out = None) -> Tensor:
    """The angle whose cosine is x"""
def acos_(input: Tensor) -> Tensor:
    """In-place form of `acos`."""
def acosh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number, not below 0, whose hyperbolic cosine is x"""
def acosh_(input: Tensor) -> Tensor:
    """In-place form of `acosh`."""
def adaptive_avg_pool1d(input: Tensor, output_size: _int | Sequence[Any]) -> Tensor:
    """Means of `output_size` windows that share out an axis: input (N, C, L) or (C, L)."""
def adaptive_max_pool1d(input: Tensor, output_size: _int | Sequence[Any]) -> tuple[Tensor, Tensor]:
    """The greatest elements of windows that share out an axis, and where they are."""
def add(input: _Operand, other: _Operand, *old: Any, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """input + alpha * other"""
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """beta · input + alpha · Σ_b (batch1[b] @ batch2[b]): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (n, m). RuntimeError for other …"""
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *old: Any, value: _Operand = 1, out: _Out = None) -> Tensor:
    """input + value · tensor1 / tensor2. RuntimeError for an integer divided by an integer."""
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *old: Any, value: _Operand = 1, out: _Out = None) -> Tensor:
    """input + value · tensor1 · tensor2"""
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """beta · input + alpha · (mat1 @ mat2): mat1 (n, k), mat2 (k, m), input broadcasts to (n, m). RuntimeError for other shapes or mixed dtypes."""
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """beta · input + alpha · (mat @ vec): mat (n, k), vec (k), input broadcasts to (n). RuntimeError for other shapes or mixed dtypes."""
def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
    """In-place form of `addmv`."""
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """beta · input + alpha · (vec1 ⊗ vec2): vec1 (n), vec2 (m), input broadcasts to (n, m). Dtypes are promoted; for bool, · is and, + is or."""
def adjoint(input: Tensor) -> Tensor:
    """The last two axes exchanged, complex values conjugated."""
def affine_grid_generator(theta: Tensor, size: _int | Sequence[_int], align_corners: _bool) -> Tensor:
    """The places that affine maps send the pixels of a result to."""
def alias_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `alias` makes a view."""
def all(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """Whether no element over the axes `dim` (all by default) is 0: a bool tensor, for uint8 a uint8 one."""
def allclose(input: _Operand, other: _Operand, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
    """Whether all elements are close, as isclose has it."""
def alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Elements SELU's lower limit with probability `p`, then scaled so that mean and variance stay."""
def alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Elements SELU's lower limit with probability `p`, then scaled so that mean and variance stay. In place."""
def amax(input: Tensor, dim: _int | Sequence[_int] = (), keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """The greatest elements over the axes `dim` (all by default); ties share the gradient."""
def amin(input: Tensor, dim: _int | Sequence[_int] = (), keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """The least elements over the axes `dim` (all by default); ties share the gradient."""
def aminmax(input: Tensor, *, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, out: _Out = None) -> _return_types.aminmax:
    """The least and the greatest elements over axis `dim` (over all by default): (min, max)."""
def angle(input: Tensor, *, out: _Out = None) -> Tensor:
    """The argument of complex numbers in (-π, π]; of real ones 0, or π below 0"""
def any(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """Whether an element over the axes `dim` (all by default) is not 0: a bool tensor, for uint8 a uint8 one."""
def arange(
    start: _Operand | None = None, end: _Operand | None = None, step: _Operand = 1, *, out: _Out = None, dtype: _dtype | None = None,
    layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False,
) -> Tensor:
    """start, start + step, … below end (above, for a negative step); integers give int64, floats the default dtype."""
def arccos(input: Tensor, *, out: _Out = None) -> Tensor:
    """The angle whose cosine is x"""
def arccos_(input: Tensor) -> Tensor:
    """In-place form of `arccos`."""
def arccosh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number, not below 0, whose hyperbolic cosine is x"""
def arccosh_(input: Tensor) -> Tensor:
    """In-place form of `arccosh`."""
def arcsin(input: Tensor, *, out: _Out = None) -> Tensor:
    """The angle whose sine is x"""
def arcsin_(input: Tensor) -> Tensor:
    """In-place form of `arcsin`."""
def arcsinh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number whose hyperbolic sine is x"""
def arcsinh_(input: Tensor) -> Tensor:
    """In-place form of `arcsinh`."""
def arctan(input: Tensor, *, out: _Out = None) -> Tensor:
    """The angle whose tangent is x"""
def arctan2(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The angle of the point (y, x) in (-π, π]"""
def arctan_(input: Tensor) -> Tensor:
    """In-place form of `arctan`."""
def arctanh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number whose hyperbolic tangent is x"""
def arctanh_(input: Tensor) -> Tensor:
    """In-place form of `arctanh`."""
def argmax(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """The index of the greatest element along axis `dim`, the first of equal ones (without `dim`: in the flattened tensor)."""
def argmin(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """The index of the least element along axis `dim`, the first of equal ones (without `dim`: in the flattened tensor)."""
def argsort(input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = False, *, out: _Out = None) -> Tensor:
    """The indices that put the elements in ascending order along axis `dim`."""
def argwhere(input: Tensor) -> Tensor:
    """The places of all elements other than 0, one a row, in row-major order."""
def as_strided(input: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, storage_offset: _int | None = None) -> Tensor:
    """A view of the storage with any shape, strides and offset (in elements). RuntimeError if it would reach outside."""
def as_strided_(input: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, storage_offset: _int | None = None) -> Tensor:
    """In-place form of `as_strided`."""
def as_strided_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `as_strided` makes a view. A view of the storage with any shape, strides and offset (in elements). RuntimeError if it would …"""
def as_strided_scatter(
    input: Tensor, src: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, storage_offset: _int | None = None,
) -> Tensor:
    """`input` with `src` at the elements that `input.as_strided(size, stride, storage_offset)` reads."""
def as_tensor(data: Any, dtype: _dtype | None = None, device: _DeviceLike | None = None) -> Tensor:
    """`data` as a tensor, on the same memory where that is possible (a tensor or NumPy array of the right dtype)."""
def asarray(obj: Any, *, dtype: _dtype | None = None, device: _DeviceLike | None = None, copy: Any = None, requires_grad: _bool = False) -> Tensor:
    """`obj` as a tensor: shared if `copy` is False or None allows it, copied if True."""
def asin(input: Tensor, *, out: _Out = None) -> Tensor:
    """The angle whose sine is x"""
def asin_(input: Tensor) -> Tensor:
    """In-place form of `asin`."""
def asinh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number whose hyperbolic sine is x"""
def asinh_(input: Tensor) -> Tensor:
    """In-place form of `asinh`."""
def atan(input: Tensor, *, out: _Out = None) -> Tensor:
    """The angle whose tangent is x"""
def atan2(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The angle of the point (y, x) in (-π, π]"""
def atan_(input: Tensor) -> Tensor:
    """In-place form of `atan`."""
def atanh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number whose hyperbolic tangent is x"""
def atanh_(input: Tensor) -> Tensor:
    """In-place form of `atanh`."""
def atleast_1d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """A tensor (or several) with at least one axis: numbers become vectors of one element."""
def atleast_2d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """A tensor (or several) with at least two axes: a vector becomes one row."""
def atleast_3d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """A tensor (or several) with at least three axes: (n) becomes (1, n, 1) and (m, n) becomes (m, n, 1)."""
def autocast_decrement_nesting() -> _int:
    """Leave an autocast region; how many there are still."""
def autocast_increment_nesting() -> _int:
    """Enter one more autocast region; how many there are now."""
def avg_pool1d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True,
) -> Tensor:
    """The mean of each window: input (N, C, L) or (C, L). count_include_pad: the padding's zeros count as elements."""
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """beta · input + alpha · (batch1 @ batch2): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (b, n, m). RuntimeError for other shapes …"""
def bartlett_window(
    window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    pin_memory: _bool = False, requires_grad: _bool = False,
) -> Tensor:
    """1 - |2k/N - 1|, one period of it for spectra (`periodic`), or symmetric, with N one less."""
def batch_norm(
    input: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor, running_var: Tensor, training: _bool, momentum: _float, eps: _float,
    cudnn_enabled: _bool = True,
) -> Tensor:
    """Each channel brought to mean 0 and variance 1, then scaled and shifted; see nn.functional.batch_norm."""
def bernoulli(input: Tensor, p: Any = None, *, generator: _Generator | None = None, out: _Out = None) -> Tensor:
    """1 with the probability that each element of `input` gives (or with probability `p`), else 0."""
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """out[…, o] = Σ input1[…, i] · weight[o, i, j] · input2[…, j] + bias[o]"""
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: _int = 1,
) -> Tensor:
    """Binary cross entropy of logits; see nn.functional."""
def bincount(input: Tensor, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
    """How often each whole number from 0 on occurs in a vector, or the sum of the weights of its occurrences."""
def binomial(count: Tensor, prob: Tensor, generator: _Generator | None = None) -> Tensor:
    """How many of `count` trials of probability `prob` succeed."""
def bitwise_and(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The bits set in both"""
def bitwise_left_shift(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x · 2^y, bits beyond the type lost; 0 for a shift that is negative or as wide as the type"""
def bitwise_not(input: Tensor, *, out: _Out = None) -> Tensor:
    """The bits not set; of truth values the opposite"""
def bitwise_or(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The bits set in either"""
def bitwise_right_shift(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """⌊x / 2^y⌋; a shift that is negative or as wide as the type leaves the sign only"""
def bitwise_xor(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The bits set in exactly one"""
def blackman_window(
    window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    pin_memory: _bool = False, requires_grad: _bool = False,
) -> Tensor:
    """0.42 - 0.5 cos(2πk/N) + 0.08 cos(4πk/N), one period of it for spectra (`periodic`), or symmetric, with N one less."""
def block_diag(*tensors: Tensor | Sequence[Tensor]) -> Tensor:
    """The matrices along the diagonal of a matrix of zeros; a vector is one row, a number one element."""
def bmm(input: Tensor, mat2: Tensor, *, out: _Out = None) -> Tensor:
    """Products of matrices in batches: (b, n, k) and (b, k, m) -> (b, n, m)"""
def broadcast_shapes(*shapes: Any) -> _Size:
    """The shape that tensors of these shapes (an int is a shape of one axis) have after broadcasting. RuntimeError where there is none."""
def broadcast_tensors(*tensors: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape: views."""
def broadcast_to(input: Tensor, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, implicit: _bool = False) -> Tensor:
    """Axes of size 1 repeated without copying, to the sizes given; -1 keeps an axis."""
def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Tensor | None = None) -> Tensor:
    """The number of the bucket between sorted `boundaries` into which each element (or one number) falls."""
def cartesian_prod(*tensors: Tensor | Sequence[Tensor]) -> Tensor:
    """Every way of taking one element from each vector, one a row, the last vector's elements changing fastest."""
def cat(tensors: Any, dim: _int = 0, *, out: _Out = None, axis: _int | None = None) -> Tensor:
    """The tensors one after the other along axis `dim`; all other sizes agree, dtypes are promoted."""
def cdist(x1: Tensor, x2: Tensor, p: _float = 2.0, compute_mode: _str = 'use_mm_for_euclid_dist_if_necessary') -> Tensor:
    """Distances of norm `p` between the rows of x1 (…, n, k) and those of x2 (…, m, k) -> (…, n, m)."""
def ceil(input: Tensor, *, out: _Out = None) -> Tensor:
    """The least whole number not below x"""
def ceil_(input: Tensor) -> Tensor:
    """In-place form of `ceil`."""
def celu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor:
    """x above 0, alpha · (e^(x / alpha) - 1) else (Barron, arXiv:1704.07483). RuntimeError for alpha 0."""
def celu_(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor:
    """In-place form of `celu`: x above 0, alpha · (e^(x / alpha) - 1) else (Barron, arXiv:1704.07483). RuntimeError for alpha 0."""
def chain_matmul(*matrices: Tensor, out: _Out = None) -> Tensor:
    """The product of matrices in the order that costs least. Deprecated: linalg.multi_dot is its successor."""
def channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """Channels dealt out in turn from `groups` groups: input (N, C, …). RuntimeError where C is not divisible by `groups`."""
def cholesky(input: Tensor, upper: _bool = False, *, out: _Out = None) -> Tensor:
    """L with input = L Lᴴ, or U with input = Uᴴ U. Deprecated: linalg.cholesky is its successor."""
def cholesky_inverse(input: Tensor, upper: _bool = False, *, out: _Out = None) -> Tensor:
    """The inverse of A from its Cholesky factor `input` (…, n, n), lower or upper. LinAlgError if the factor has a 0 on its diagonal."""
def cholesky_solve(input: Tensor, input2: Tensor, upper: _bool = False, *, out: _Out = None) -> Tensor:
    """X with A X = input, from the Cholesky factor `input2` of A, lower or upper: (…, n, k) and (…, n, n); leading axes broadcast."""
def chunk(input: Tensor, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along axis `dim` (the last may be smaller): views."""
def clamp(input: Tensor, min: _Operand | None = None, max: _Operand | None = None, *, out: _Out = None) -> Tensor:
    """`input` with what is below `min` raised to it and what is above `max` lowered to it; both bounds numbers or both tensors."""
def clamp_(input: Tensor, min: _Operand | None = None, max: _Operand | None = None) -> Tensor:
    """In-place form of `clamp`."""
def clamp_max(input: Tensor, max: _Operand, *, out: _Out = None) -> Tensor:
    """`input` with what is above `max` (a number or a tensor) lowered to it."""
def clamp_max_(input: Tensor, max: _Operand) -> Tensor:
    """In-place form of `clamp_max`."""
def clamp_min(input: Tensor, min: _Operand, *, out: _Out = None) -> Tensor:
    """`input` with what is below `min` (a number or a tensor) raised to it."""
def clamp_min_(input: Tensor, min: _Operand) -> Tensor:
    """In-place form of `clamp_min`."""
def clear_autocast_cache() -> None:
    """Forget the weights that were cast."""
def clip(input: Tensor, min: _Operand | None = None, max: _Operand | None = None, *, out: _Out = None) -> Tensor:
    """`input` with what is below `min` raised to it and what is above `max` lowered to it; both bounds numbers or both tensors."""
def clip_(input: Tensor, min: _Operand | None = None, max: _Operand | None = None) -> Tensor:
    """In-place form of `clip`."""
def clone(input: Tensor, *, memory_format: _memory_format | None = None) -> Tensor:
    """A copy in memory of its own, with the same order of axes in memory unless `memory_format` names another."""
def column_stack(tensors: Any, *, out: _Out = None) -> Tensor:
    """Vectors as columns, matrices side by side."""
def combinations(input: Tensor, r: _int = 2, with_replacement: _bool = False) -> Tensor:
    """The ways of taking `r` elements of a vector, in the order of itertools.combinations, one a row."""
def complex(real: Tensor, imag: Tensor, *, out: _Out = None) -> Tensor:
    """real + i · imag, from two floating tensors of one dtype."""
def concat(tensors: Any, dim: _int = 0, *, out: _Out = None, axis: _int | None = None) -> Tensor:
    """The tensors one after the other along axis `dim`; all other sizes agree, dtypes are promoted."""
def concatenate(tensors: Any, dim: _int = 0, *, out: _Out = None, axis: _int | None = None) -> Tensor:
    """The tensors one after the other along axis `dim`; all other sizes agree, dtypes are promoted."""
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor itself."""
def conj_physical(input: Tensor, *, out: _Out = None) -> Tensor:
    """The complex conjugate; a real tensor itself."""
def conj_physical_(input: Tensor) -> Tensor:
    """In-place form of `conj_physical`."""
def constant_pad_nd(input: Tensor, pad: Any, value: _Operand = 0) -> Tensor:
    """`value` around the last axes: `pad` holds (before, after) of the last axis, of the one before it, …; negative numbers cut off."""
def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, groups: _int = 1,
) -> Tensor:
    """A kernel slid along one axis: input (N, C, L) or (C, L), weight (O, C / groups, K), bias (O) -> (N, O, places)."""
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, groups: _int = 1,
) -> Tensor:
    """A kernel slid over images: input (N, C, H, W) or (C, H, W), weight (O, C / groups, KH, KW), bias (O) -> (N, O, rows, columns)."""
def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, groups: _int = 1,
) -> Tensor:
    """A kernel slid through volumes: input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, KD, KH, KW), bias (O)."""
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: _int = 0) -> Tensor:
    """conv1d with time first: input (T, N, C), weight (K, C, O), bias (O) -> (places, N, O)."""
def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    output_padding: _int | Sequence[Any] = 0, groups: _int = 1, dilation: _int | Sequence[Any] = 1,
) -> Tensor:
    """The adjoint of conv1d: input (N, C, L), weight (C, O / groups, K) -> (N, O, (L - 1) stride - 2 padding + dilation (K - 1) + output_padding …"""
def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    output_padding: _int | Sequence[Any] = 0, groups: _int = 1, dilation: _int | Sequence[Any] = 1,
) -> Tensor:
    """The adjoint of conv2d, which enlarges images: input (N, C, H, W), weight (C, O / groups, KH, KW). Sizes as in conv_transpose1d."""
def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    output_padding: _int | Sequence[Any] = 0, groups: _int = 1, dilation: _int | Sequence[Any] = 1,
) -> Tensor:
    """The adjoint of conv3d: input (N, C, D, H, W), weight (C, O / groups, KD, KH, KW). Sizes as in conv_transpose1d."""
def convolution(
    input: Tensor, weight: Tensor, bias: Tensor, stride: _int | Sequence[Any] | None, padding: _int | _str | Sequence[Any],
    dilation: _int | Sequence[Any], transposed: _bool, output_padding: _int | Sequence[Any], groups: _int,
) -> Tensor:
    """A convolution, transposed or not, over as many axes as the weight has beside its channels."""
def copysign(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """|x| with the sign of y"""
def corrcoef(input: Tensor) -> Tensor:
    """The correlation coefficients of variables in rows (a vector is one variable), in [-1, 1]."""
def cos(input: Tensor, *, out: _Out = None) -> Tensor:
    """The cosine"""
def cos_(input: Tensor) -> Tensor:
    """In-place form of `cos`."""
def cosh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The hyperbolic cosine"""
def cosh_(input: Tensor) -> Tensor:
    """In-place form of `cosh`."""
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0, reduction: _int = 1) -> Tensor:
    """How far cosines are from what targets 1 and -1 ask for; see nn.functional."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = 1e-08) -> Tensor:
    """x1 · x2 / (|x1| |x2|) along an axis, lengths no less than `eps`. RuntimeError for integers."""
def count_nonzero(input: Tensor, dim: _int | Sequence[_int] | None = None) -> Tensor:
    """How many elements other than 0 there are, along the axes `dim` (all by default)."""
def cov(input: Tensor, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
    """The covariance matrix of variables in rows and observations in columns (a vector is one variable)."""
def cross(input: Tensor, other: Tensor, dim: _int | None = None, *, out: _Out = None) -> Tensor:
    """The cross product of vectors along axis `dim`, by default (deprecated) the first axis of size 3."""
def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: _int = 0, reduction: _int = 1, zero_infinity: _bool = False,
) -> Tensor:
    """Connectionist temporal classification; see nn.functional."""
def cummax(input: Tensor, dim: _int, *, out: _Out = None) -> _return_types.cummax:
    """The running greatest values along axis `dim`, and where each last stood: (values, indices)."""
def cummin(input: Tensor, dim: _int, *, out: _Out = None) -> _return_types.cummin:
    """The running least values along axis `dim`, and where each last stood: (values, indices)."""
def cumprod(input: Tensor, dim: _int, *, dtype: _dtype | None = None, out: _Out = None) -> Tensor:
    """The running products Π_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first."""
def cumsum(input: Tensor, dim: _int, *, dtype: _dtype | None = None, out: _Out = None) -> Tensor:
    """The running sums Σ_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first."""
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: _int = -1) -> Tensor:
    """The running integral of samples `y` along axis `dim` by the trapezoidal rule, at the places `x` or `dx` (1) apart."""
def deg2rad(input: Tensor, *, out: _Out = None) -> Tensor:
    """x · π / 180"""
def deg2rad_(input: Tensor) -> Tensor:
    """In-place form of `deg2rad`."""
def det(input: Tensor) -> Tensor:
    """`linalg.det` under its older name."""
def detach(input: Tensor) -> Tensor:
    """The same memory, cut off from autograd."""
def detach_(input: Tensor) -> Tensor:
    """In-place form of `detach`."""
def detach_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `detach` makes a view. The same memory, cut off from autograd."""
def diag(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The matrix with a vector on its diagonal, or the diagonal of a matrix (a copy)."""
def diag_embed(input: Tensor, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
    """The last axis on a diagonal of two new axes, zeros elsewhere."""
def diagflat(input: Tensor, offset: _int = 0) -> Tensor:
    """The matrix with all elements, in row-major order, on its diagonal."""
def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
    """The diagonal of two axes as a last axis: a view."""
def diagonal_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `diagonal` makes a view. The diagonal of two axes as a last axis: a view."""
def diagonal_scatter(input: Tensor, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
    """`input` with `src` on a diagonal of two axes."""
def diff(input: Tensor, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None, *, out: _Out = None) -> Tensor:
    """The `n`-th differences along axis `dim`, out[k] = x[k + 1] - x[k], of the input between `prepend` and `append`."""
def digamma(input: Tensor, *, out: _Out = None) -> Tensor:
    """Γ'(x) / Γ(x)"""
def dist(input: _Operand, other: _Operand, p: Any = 2) -> Tensor:
    """The p-norm of input - other."""
def div(input: _Operand, other: _Operand, *, rounding_mode: _str | None = None, out: _Out = None) -> Tensor:
    """input / other; rounding_mode "floor" rounds the quotient down, "trunc" towards 0 (both keep integers integers)."""
def divide(input: _Operand, other: _Operand, *, rounding_mode: _str | None = None, out: _Out = None) -> Tensor:
    """input / other; rounding_mode "floor" rounds the quotient down, "trunc" towards 0 (both keep integers integers)."""
def dot(input: Tensor, tensor: Tensor, *, out: _Out = None) -> Tensor:
    """Σ input · tensor of two vectors of one length"""
def dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Elements 0 with probability `p`, else divided by 1 - p."""
def dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Elements 0 with probability `p`, else divided by 1 - p. In place."""
def dsmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of a matrix with a matrix or a vector."""
def dsplit(input: Tensor, *args: Any, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
    """Equal pieces, or those between indices, along axis 2: views."""
def dstack(tensors: Any, *, out: _Out = None) -> Tensor:
    """The tensors one behind the other, along axis 2."""
def eig(*args: Any, **kwargs: Any) -> Tensor:
    """Removed: RuntimeError. `torch.linalg.eig(A)` gives complex eigenvalues and eigenvectors, `torch.linalg.eigvals(A)` the eigenvalues alone."""
def einsum(*args: Any) -> Tensor:
    """einsum("ij,jk->ik", a, b): the products of all operands, summed over every letter that the result lacks."""
def embedding(weight: Tensor, indices: Any, padding_idx: _int = -1, scale_grad_by_freq: _bool = False, sparse: _bool = False) -> Tensor:
    """Rows of the table `weight` by number; the row `padding_idx` gets no gradient."""
def embedding_bag(
    weight: Tensor, indices: Any, offsets: Any, scale_grad_by_freq: _bool = False, mode: _int = 0, sparse: _bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: _bool = False, padding_idx: _int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sums (mode 0), means (1) or maxima (2) of rows in bags: (result, bag of each number, size of each bag, places of the maxima)."""
def embedding_renorm_(input: Tensor, indices: Any, max_norm: _float, norm_type: _float) -> Tensor:
    """Scale, in place, the rows of `input` named by `indices` whose norm is greater than `max_norm` down to it."""
def empty(
    *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False, memory_format: _memory_format | None = None,
    names: Any = None,
) -> Tensor:
    """A tensor whose values do not matter (zeros here, so that no secret and no NaN is ever in it)."""
def empty_like(
    input: Tensor, *, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False,
    memory_format: _memory_format | None = None, pin_memory: _bool | None = False,
) -> Tensor:
    """Values that do not matter, of the shape and dtype of `input`."""
def empty_strided(
    size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, *, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False,
) -> Tensor:
    """Memory laid out with the given strides, in elements; values do not matter."""
def eq(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x == y"""
def equal(input: Tensor, other: Tensor) -> _bool:
    """Whether both have the same shape and the same values."""
def erf(input: Tensor, *, out: _Out = None) -> Tensor:
    """2/√π ∫_0^x e^-t² dt"""
def erf_(input: Tensor) -> Tensor:
    """In-place form of `erf`."""
def erfc(input: Tensor, *, out: _Out = None) -> Tensor:
    """1 - erf(x), accurate where it is small"""
def erfc_(input: Tensor) -> Tensor:
    """In-place form of `erfc`."""
def erfinv(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number whose error function is x: infinite at -1 and 1, NaN beyond"""
def exp(input: Tensor, *, out: _Out = None) -> Tensor:
    """e ** input"""
def exp2(input: Tensor, *, out: _Out = None) -> Tensor:
    """2 ** x"""
def exp2_(input: Tensor) -> Tensor:
    """In-place form of `exp2`."""
def exp_(input: Tensor) -> Tensor:
    """In-place form of `exp`."""
def expand_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `expand` makes a view. Axes of size 1 repeated without copying, to the sizes given; -1 keeps an axis."""
def expm1(input: Tensor, *, out: _Out = None) -> Tensor:
    """e^x - 1, accurate near 0"""
def expm1_(input: Tensor) -> Tensor:
    """In-place form of `expm1`."""
def eye(
    n: _int, m: _int | None = None, *, out: _Out = None, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    requires_grad: _bool = False, pin_memory: _bool | None = False,
) -> Tensor:
    """Ones on the diagonal of an n x m matrix of zeros."""
def feature_alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Whole channels SELU's lower limit with probability `p`, then scaled so that mean and variance stay."""
def feature_alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Whole channels SELU's lower limit with probability `p`, then scaled so that mean and variance stay. In place."""
def feature_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p."""
def feature_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p. In place."""
def fill(input: Tensor, value: _Operand) -> Tensor:
    """A tensor like `input` with every element `value` (a number or a 0-d tensor)."""
def fill_(input: Tensor, value: _Operand) -> Tensor:
    """In-place form of `fill`."""
def fix(input: Tensor, *, out: _Out = None) -> Tensor:
    """x without its fraction"""
def fix_(input: Tensor) -> Tensor:
    """In-place form of `fix`."""
def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
    """Axes start_dim … end_dim as one axis."""
def flip(input: Tensor, *args: Any, dims: _int | Sequence[_int] | None = None) -> Tensor:
    """The elements in reverse order along the axes `dims`: a copy."""
def fliplr(input: Tensor) -> Tensor:
    """The elements in reverse order along axis 1."""
def flipud(input: Tensor) -> Tensor:
    """The elements in reverse order along axis 0."""
def float_power(input: _Operand, exponent: _Operand, *, out: _Out = None) -> Tensor:
    """input ** exponent in double precision."""
def floor(input: Tensor, *, out: _Out = None) -> Tensor:
    """The greatest whole number not above x"""
def floor_(input: Tensor) -> Tensor:
    """In-place form of `floor`."""
def floor_divide(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """⌊x / y⌋, for which PyTorch has no derivative. RuntimeError for an integer divided by 0."""
def fmax(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The greater of x and y, the other where one is NaN; of equals the first has the gradient"""
def fmin(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The lesser of x and y, the other where one is NaN; of equals the first has the gradient"""
def fmod(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x - y · trunc(x / y), with the sign of x. RuntimeError for an integer divided by 0."""
def frac(input: Tensor, *, out: _Out = None) -> Tensor:
    """x - trunc(x)"""
def frac_(input: Tensor) -> Tensor:
    """In-place form of `frac`."""
def frexp(input: Tensor, *, out: _Out = None) -> _return_types.frexp:
    """(mantissa, exponent) with input = mantissa · 2^exponent and 1/2 <= |mantissa| < 1. RuntimeError unless floating."""
def frobenius_norm(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """√Σ|x|² over the axes `dim`: `linalg.vector_norm` under an older name."""
def from_dlpack(ext_tensor: Any, *, device: _DeviceLike | None = None, copy: _bool | None = None) -> Tensor:
    """A tensor on the memory of an object with `__dlpack__` (a NumPy, PyTorch or JAX array on the CPU)."""
def from_numpy(array: numpy.ndarray) -> Tensor:
    """A tensor on the memory of `array`: a write through either shows in both."""
def frombuffer(buffer: Any, *, dtype: _dtype | None, count: _int = -1, offset: _int = 0, requires_grad: _bool = False) -> Tensor:
    """A 1-D tensor on the memory of an object with the buffer protocol."""
def full(
    size: _int | Sequence[_int], fill_value: _Operand, *, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False, names: Any = None,
) -> Tensor:
    """Every element `fill_value`, whose type gives the dtype."""
def full_like(
    input: Tensor, fill_value: _Operand, *, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    requires_grad: _bool = False, memory_format: _memory_format | None = None, pin_memory: _bool | None = False,
) -> Tensor:
    """Every element `fill_value`, of the shape and dtype of `input`."""
def gather(input: Tensor, dim: _int, index: Tensor, *, sparse_grad: _bool = False, out: Tensor | None = None) -> Tensor:
    """out[…, k, …] = input[…, index[…, k, …], …] on axis `dim`; the result has the shape of the index."""
def gcd(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The greatest common divisor of |x| and |y|"""
def gcd_(input: _Operand, other: _Operand) -> Tensor:
    """In-place form of `gcd`."""
def ge(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x >= y"""
def geqrf(input: Tensor, *, out: _Out = None) -> _return_types.geqrf:
    """(a, tau) of the QR decomposition in LAPACK's form: R on and above the diagonal of `a`, below it the vectors of the reflections whose …"""
def ger(input: Tensor, vec2: Tensor, *, out: _Out = None) -> Tensor:
    """`outer(input, vec2)` under its older name."""
def get_autocast_cpu_dtype() -> _dtype:
    """Older name of `get_autocast_dtype("cpu")`."""
def get_autocast_dtype(device_type: _str) -> _dtype:
    """The type that autocast takes on a kind of device."""
def get_autocast_gpu_dtype() -> _dtype:
    """Older name of `get_autocast_dtype("cuda")`."""
def get_default_device() -> _device:
    """The device on which new tensors are made."""
def get_default_dtype() -> _dtype:
    """The floating type given to Python floats and to integer results that must become floating (float32 unless set)."""
def get_rng_state() -> Tensor:
    """The default generator's state."""
def gradient(input: Tensor, *, spacing: Any = None, dim: _int | Sequence[_int] | None = None, edge_order: _int = 1) -> tuple[Tensor, ...]:
    """The derivatives of samples on a grid along each of the axes `dim` (all by default), as a tuple, by second-order differences."""
def greater(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x > y"""
def greater_equal(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x >= y"""
def grid_sampler(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool) -> Tensor:
    """Images read at the places of a grid; the modes count those of nn.functional.grid_sample."""
def grid_sampler_2d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool) -> Tensor:
    """Images read at the places of a grid; the modes count those of nn.functional.grid_sample."""
def grid_sampler_3d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool) -> Tensor:
    """Images read at the places of a grid; the modes count those of nn.functional.grid_sample."""
def group_norm(
    input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05, cudnn_enabled: _bool = True,
) -> Tensor:
    """Groups of channels brought to mean 0 and variance 1, then scaled and shifted."""
def gru(*arguments: Any) -> tuple[Tensor, Tensor]:
    """As :func:`rnn_tanh`, of gated units, whose weights have 3 H rows: reset, update, new."""
def gru_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor:
    """One step of :func:`gru`: x (N, F), h (N, H) -> (N, H)."""
def gt(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x > y"""
def hamming_window(
    window_length: _int, periodic: _bool = True, alpha: _float = 0.54, beta: _float = 0.46, *, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, pin_memory: _bool = False, requires_grad: _bool = False,
) -> Tensor:
    """alpha - beta cos(2πk/N), one period of it for spectra (`periodic`), or symmetric, with N one less."""
def hann_window(
    window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    pin_memory: _bool = False, requires_grad: _bool = False,
) -> Tensor:
    """½ - ½ cos(2πk/N), one period of it for spectra (`periodic`), or symmetric, with N one less."""
def hardshrink(input: Tensor, lambd: _float = 0.5, *, out: _Out = None) -> Tensor:
    """x, and 0 in [-lambd, lambd]."""
def hash_tensor(input: Tensor, dim: _int | Sequence[_int] = (), *, keepdim: _bool = False, mode: _int = 0, out: _Out = None) -> Tensor:
    """A hash of the elements over the axes `dim` (all by default): the exclusive or of their bits, uint64. RuntimeError for another mode than 0."""
def heaviside(input: Tensor, values: _Operand, *, out: _Out = None) -> Tensor:
    """0 below 0, `values` at 0, 1 above. RuntimeError for two dtypes."""
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = 1.0, reduction: _int = 1) -> Tensor:
    """The input for targets 1, max(0, margin - input) for -1; see nn.functional."""
def histc(input: Tensor, bins: _int = 100, min: _Operand = 0, max: _Operand = 0, *, out: _Out = None) -> Tensor:
    """How many elements fall into each of `bins` equal bins from `min` to `max` (by default from the least to the greatest element)."""
def histogram(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: _bool = False, out: _Out = None,
) -> _return_types.histogram:
    """How much of `weight` (1 each) falls into each bin: (hist, bin_edges)."""
def histogramdd(
    input: Tensor, bins: Any, range: Any = None, weight: Tensor | None = None, density: _bool = False, *, out: _Out = None,
) -> _return_types.histogramdd:
    """How many points (rows of the last axis) fall into each box: (hist, bin_edges), the edges a tuple with one tensor for each coordinate."""
def hsplit(input: Tensor, *args: Any, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
    """Equal pieces, or those between indices, along axis 1 (axis 0 of a vector): views."""
def hspmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of a matrix with a matrix or a vector."""
def hstack(tensors: Any, *, out: _Out = None) -> Tensor:
    """The tensors side by side: along axis 1, vectors along axis 0."""
def hypot(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """√(x² + y²), without overflow"""
def i0(input: Tensor, *, out: _Out = None) -> Tensor:
    """I_0, the modified Bessel function of the first kind of order 0"""
def i0_(input: Tensor) -> Tensor:
    """In-place form of `i0`."""
def igamma(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """1/Γ(a) ∫_0^x t^(a-1) e^-t dt"""
def igammac(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """1/Γ(a) ∫_x^∞ t^(a-1) e^-t dt"""
def imag(input: Tensor) -> Tensor:
    """The imaginary parts: a view. RuntimeError for a real tensor."""
def index_add(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: _complex = 1, out: Tensor | None = None) -> Tensor:
    """`input` with alpha * source[…, k, …] added at […, index[k], …] on axis `dim`, each repetition counted."""
def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input` with source[…, k, …] written at […, index[k], …] on axis `dim`."""
def index_fill(input: Tensor, dim: _int, index: Tensor, value: _Operand) -> Tensor:
    """`input` with `value` (a number or a 0-d tensor) at […, index[k], …] on axis `dim`."""
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
    """`input` with `values`, broadcast, written at `indices` (one tensor of positions or mask an axis), or added to what is there."""
def index_put_(input: Tensor, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
    """`index_put` in the memory of `input`."""
def index_reduce(
    input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True, out: Tensor | None = None,
) -> Tensor:
    """`input` with the slices of `source` that `index` sends to a place of axis `dim` combined there: 'prod', 'mean', 'amax' or 'amin'."""
def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """out[…, k, …] = input[…, index[k], …] on axis `dim`, for a vector of positions (IndexError if it is none or out of range)."""
def initial_seed() -> _int:
    """The seed from which the default generator started."""
def inner(input: Tensor, other: Tensor, *, out: _Out = None) -> Tensor:
    """Σ over the last axes: (…, k) and (*, k) -> (…, *); a 0-d operand scales the other."""
def instance_norm(
    input: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor, running_var: Tensor, use_input_stats: _bool, momentum: _float, eps: _float,
    cudnn_enabled: _bool = True,
) -> Tensor:
    """Each channel of each sample brought to mean 0 and variance 1; see nn.functional.instance_norm."""
def inverse(input: Tensor, *, out: _Out = None) -> Tensor:
    """`linalg.inv` under its older name."""
def is_autocast_available(device_type: _str) -> _bool:
    """Whether autocast knows this kind of device ("cpu", "cuda" …), whether or not there is one."""
def is_autocast_cache_enabled() -> _bool:
    """Whether a weight is cast once for all its uses inside autocast."""
def is_autocast_cpu_enabled() -> _bool:
    """Older name of `is_autocast_enabled("cpu")`."""
def is_autocast_enabled(device_type: _str = 'cuda') -> _bool:
    """Whether autocast is in force for a kind of device."""
def is_complex(input: Tensor) -> _bool:
    """Whether the dtype is a complex one."""
def is_conj(input: Tensor) -> _bool:
    """Whether conjugation is put off (never here)."""
def is_floating_point(input: Tensor) -> _bool:
    """Whether the dtype is a floating one."""
def is_inference(input: Tensor) -> _bool:
    """Whether it was made under inference_mode."""
def is_neg(input: Tensor) -> _bool:
    """Whether conjugation is put off (never here)."""
def is_nonzero(input: Tensor) -> _bool:
    """Whether the one element is not zero. RuntimeError for any other number of elements."""
def is_same_size(input: Tensor, other: Tensor) -> _bool:
    """Whether two tensors have the same shape."""
def is_signed(input: Tensor) -> _bool:
    """Whether the dtype holds negative numbers."""
def is_storage(obj: Any) -> _bool:
    """Whether `obj` is the bytes under a tensor."""
def is_tensor(obj: Any) -> _bool:
    """Whether `obj` is a tensor."""
def isclose(input: _Operand, other: _Operand, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Tensor:
    """Whether |input - other| <= atol + rtol · |other|, element by element. RuntimeError for two dtypes or negative tolerances."""
def isfinite(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether x is neither infinite nor NaN (in both parts)"""
def isin(elements: Any, test_elements: Any, *, assume_unique: _bool = False, invert: _bool = False, out: Tensor | None = None) -> Tensor:
    """Whether each of `elements` is among `test_elements`; one of the two may be a number. invert: whether it is not."""
def isinf(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether x is infinite (in either part)"""
def isnan(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether x is NaN (in either part)"""
def isneginf(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether x is -inf"""
def isposinf(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether x is +inf"""
def isreal(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether the imaginary part is 0"""
def istft(
    input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Any = None, center: _bool = True,
    normalized: _bool = False, onesided: _bool | None = None, length: _int | None = None, return_complex: _bool = False,
) -> Tensor:
    """The signal whose stft, with the same arguments, is nearest to `input`: windows of the inverse transforms are added up, and divided by the …"""
def kaiser_window(
    window_length: _int, periodic: _bool = True, beta: _float = 12.0, *, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, pin_memory: _bool = False, requires_grad: _bool = False,
) -> Tensor:
    """I₀(beta √(1 - (2k/N - 1)²)) / I₀(beta), one period of it for spectra (`periodic`), or symmetric, with N one less."""
def kl_div(input: Tensor, target: Tensor, reduction: _int = 1, *, log_target: _bool = False) -> Tensor:
    """The divergence of log-probabilities from a target; see nn.functional."""
def kron(input: Tensor, other: Tensor, *, out: _Out = None) -> Tensor:
    """The Kronecker product: every element of `input` times all of `other`, block beside block. Axes are aligned from the last."""
def kthvalue(input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False, *, out: _Out = None) -> _return_types.kthvalue:
    """The `k`-th least element along axis `dim` (counted from 1), and where it stood: (values, indices)."""
def layer_norm(
    input: Tensor, normalized_shape: _int | Sequence[Any], weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05,
    cudnn_enable: _bool = True,
) -> Tensor:
    """The last axes brought to mean 0 and variance 1, then scaled and shifted."""
def lcm(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The least common multiple of |x| and |y|"""
def lcm_(input: _Operand, other: _Operand) -> Tensor:
    """In-place form of `lcm`."""
def ldexp(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x · 2^y; whole exponents of floating numbers never overflow on the way"""
def ldexp_(input: _Operand, other: _Operand) -> Tensor:
    """In-place form of `ldexp`."""
def le(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x <= y"""
def lerp(input: Tensor, end: _Operand, weight: Tensor, *, out: _Out = None) -> Tensor:
    """input + weight · (end - input); `weight` is a number or a tensor. RuntimeError for two dtypes, NotImplementedError for integers."""
def less(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x < y"""
def less_equal(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x <= y"""
def lgamma(input: Tensor, *, out: _Out = None) -> Tensor:
    """log |Γ(x)|"""
def linspace(
    start: _Operand, end: _Operand, steps: _int, *, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False,
) -> Tensor:
    """`steps` values evenly spaced from start to end, both included."""
def lobpcg(
    A: Tensor, k: _int | None = None, B: Tensor | None = None, X: Any = None, n: _int | None = None, iK: Any = None, niter: _int | None = None,
    tol: _float | None = None, largest: _bool | None = None, method: _str | None = None, tracker: Any = None, ortho_iparams: dict | None = None,
    ortho_fparams: dict | None = None, ortho_bparams: dict | None = None,
) -> Tensor:
    """(E, X): the k largest (or smallest) eigenvalues of A x = e B x, A and B symmetric (…, m, m), B positive-definite (1 if not given), and …"""
def log(input: Tensor, *, out: _Out = None) -> Tensor:
    """The natural logarithm of each element"""
def log10(input: Tensor, *, out: _Out = None) -> Tensor:
    """The logarithm to base 10"""
def log10_(input: Tensor) -> Tensor:
    """In-place form of `log10`."""
def log1p(input: Tensor, *, out: _Out = None) -> Tensor:
    """log(1 + x), accurate near 0"""
def log1p_(input: Tensor) -> Tensor:
    """In-place form of `log1p`."""
def log2(input: Tensor, *, out: _Out = None) -> Tensor:
    """The logarithm to base 2"""
def log2_(input: Tensor) -> Tensor:
    """In-place form of `log2`."""
def log_(input: Tensor) -> Tensor:
    """In-place form of `log`."""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: _Out = None) -> Tensor:
    """log(e^x / Σ e^x) along axis `dim`, without overflow; `dtype` converts the input first. NotImplementedError for integers."""
def logaddexp(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """log(e^x + e^y), without overflow"""
def logaddexp2(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """log2(2^x + 2^y), without overflow"""
def logcumsumexp(input: Tensor, dim: _int, *, out: _Out = None) -> Tensor:
    """log of the running sums of e^input along axis `dim`, without overflow."""
def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant of each matrix: NaN where it is negative, -inf where it is 0."""
def logical_and(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """Whether neither is 0"""
def logical_not(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether x is 0"""
def logical_or(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """Whether one is not 0"""
def logical_xor(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """Whether exactly one is 0"""
def logit(input: Tensor, eps: _float | None = None, *, out: _Out = None) -> Tensor:
    """log(x / (1 - x)), with x clamped to [eps, 1 - eps] first if `eps` is given."""
def logit_(input: Tensor, eps: _float | None = None) -> Tensor:
    """In-place form of `logit`."""
def logspace(
    start: _Operand, end: _Operand, steps: _int, base: _float = 10.0, *, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False,
) -> Tensor:
    """base ** (`steps` values evenly spaced from start to end)."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """log Σ e^x over the axes `dim`, without overflow."""
def lstm(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    """As :func:`rnn_tanh`, of long short-term memory, whose weights have 4 H rows: input, forget, cell, output. ``hx`` is (h, c), as are the …"""
def lstm_cell(
    input: Tensor, hx: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of :func:`lstm`: x (N, F), (h, c) each (N, H) -> (h, c)."""
def lstsq(*args: Any, **kwargs: Any) -> Tensor:
    """Removed: RuntimeError. `X = torch.linalg.lstsq(A, B).solution` replaces `X, _ = torch.lstsq(B, A)`: its arguments are the other way round, …"""
def lt(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x < y"""
def lu(A: Tensor, pivot: _bool = True, get_infos: _bool = False, out: _Out = None) -> tuple[Tensor, ...]:
    """(LU, pivots), and with `get_infos` info. Deprecated: linalg.lu_factor is its successor."""
def lu_solve(b: Any, LU_data: Tensor, LU_pivots: Tensor, *, out: _Out = None) -> Tensor:
    """X with A X = b from the results of lu_factor. Deprecated: linalg.lu_solve is its successor."""
def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: _bool = True, unpack_pivots: _bool = True, *, out: _Out = None,
) -> _return_types.lu_unpack:
    """(P, L, U) from the results of lu_factor; P, or L and U, are empty if not asked for. RuntimeError for pivots that are none."""
def manual_seed(seed: _int) -> _Generator:
    """Start the default generator from `seed`."""
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0, reduction: _int = 1) -> Tensor:
    """max(0, -target (input1 - input2) + margin); see nn.functional."""
def masked_fill(input: Tensor, mask: Tensor, value: _Operand) -> Tensor:
    """`value` (a number or a 0-d tensor) where the mask holds, else `input`; in the dtype of `input`."""
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The elements of `source`, one after the other, where the mask holds, else `input`; mask and input are broadcast."""
def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements at which the mask holds, both broadcast, as a vector. Looks at the mask: it decides the shape."""
def matmul(input: Tensor, other: Tensor, *, out: _Out = None) -> Tensor:
    """The matrix product: vectors, matrices, and batches of them by broadcasting, as NumPy's matmul."""
def matrix_exp(input: Tensor) -> Tensor:
    """`linalg.matrix_exp` under its older name."""
def matrix_power(input: Tensor, n: _int, *, out: _Out = None) -> Tensor:
    """`linalg.matrix_power` under its older name."""
def matrix_rank(*args: Any, **kwargs: Any) -> Tensor:
    """Removed: RuntimeError. Please use `torch.linalg.matrix_rank`; the parameter 'symmetric' is called 'hermitian' there."""
@overload
def max(input: Tensor, *, out: _Out = None) -> Tensor:
    """max(input): the greatest element. max(input, dim): (values, indices) along an axis. max(input, other): the greater of two, element by …"""
@overload
def max(input: Tensor, other: Tensor, *, out: _Out = None) -> Tensor: ...
@overload
def max(input: Tensor, dim: _int, keepdim: _bool = False, *, out: _Out = None) -> _return_types.max: ...
def max_pool1d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = (), padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False,
) -> Tensor:
    """The greatest element of each window: input (N, C, L) or (C, L)."""
def max_pool1d_with_indices(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False, return_indices: _bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool1d` and where the greatest elements are."""
def max_pool2d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = (), padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False,
) -> Tensor:
    """The greatest element of each window: input (N, C, H, W) or (C, H, W)."""
def max_pool3d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = (), padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False,
) -> Tensor:
    """The greatest element of each window: input (N, C, D, H, W) or (C, D, H, W)."""
def maximum(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The greater of x and y, NaN if either is; equals share the gradient"""
def mean(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: _Out = None) -> Tensor:
    """The mean over the axes `dim` (all by default) of a floating or complex tensor; `dtype` converts the input first."""
@overload
def median(input: Tensor, *, out: _Out = None) -> Tensor:
    """The median, the lower of two: of all elements, or along an axis with where it stood: (values, indices)."""
@overload
def median(input: Tensor, dim: _int, keepdim: _bool = False, *, out: _Out = None) -> _return_types.median: ...
def meshgrid(*tensors: Tensor | Sequence[Tensor], indexing: _str | None = None) -> tuple[Tensor, ...]:
    """Grids of coordinates: result k has the values of vector k along axis k, repeated along the others. Views."""
@overload
def min(input: Tensor, *, out: _Out = None) -> Tensor:
    """min(input): the least element. min(input, dim): (values, indices) along an axis. min(input, other): the lesser of two, element by element."""
@overload
def min(input: Tensor, other: Tensor, *, out: _Out = None) -> Tensor: ...
@overload
def min(input: Tensor, dim: _int, keepdim: _bool = False, *, out: _Out = None) -> _return_types.min: ...
def minimum(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The lesser of x and y, NaN if either is; equals share the gradient"""
def mm(input: Tensor, mat2: Tensor, *, out: _Out = None) -> Tensor:
    """The product of two matrices (n, k) and (k, m) -> (n, m)"""
def mode(input: Tensor, dim: _int = -1, keepdim: _bool = False, *, out: _Out = None) -> _return_types.mode:
    """The most frequent element along axis `dim`, and where one of it stood: (values, indices)."""
def moveaxis(input: Tensor, source: Tensor, destination: Any) -> Tensor:
    """The axes `source` moved to the places `destination`, the others in order."""
def movedim(input: Tensor, source: Tensor, destination: Any) -> Tensor:
    """The axes `source` moved to the places `destination`, the others in order."""
def msort(input: Tensor, *, out: _Out = None) -> Tensor:
    """The elements in ascending order along the first axis."""
def mul(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """input * other"""
def multinomial(input: Tensor, num_samples: _int, replacement: _bool = False, *, generator: _Generator | None = None, out: _Out = None) -> Tensor:
    """Indices drawn with probability in proportion to the weights in `input` (k) or (rows, k) -> (…, num_samples)."""
def multiply(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """input * other"""
def mv(input: Tensor, vec: Tensor, *, out: _Out = None) -> Tensor:
    """matrix (n, k) · vector (k) -> (n)"""
def mvlgamma(input: Tensor, p: _int, *, out: _Out = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p. RuntimeError for p below 1."""
def nan_to_num(
    input: Tensor, nan: _Operand | None = None, posinf: _Operand | None = None, neginf: _Operand | None = None, *, out: _Out = None,
) -> Tensor:
    """`input` with `nan` (0) for NaN, `posinf` and `neginf` (the greatest and least finite numbers) for the infinities."""
def nan_to_num_(input: Tensor, nan: _Operand | None = None, posinf: _Operand | None = None, neginf: _Operand | None = None) -> Tensor:
    """In-place form of `nan_to_num`."""
def nanmean(
    input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: _Out = None,
) -> Tensor:
    """The mean over the axes `dim` (all by default) of the elements that are not NaN."""
@overload
def nanmedian(input: Tensor, *, out: _Out = None) -> Tensor:
    """The median, the lower of two, of what is not NaN: of all elements, or along an axis with where it stood: (values, indices)."""
@overload
def nanmedian(input: Tensor, dim: _int, keepdim: _bool = False, *, out: _Out = None) -> _return_types.nanmedian: ...
def nanquantile(
    input: Tensor, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: _Out = None,
) -> Tensor:
    """`quantile` of the elements that are not NaN."""
def nansum(
    input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: _Out = None,
) -> Tensor:
    """Σ over the axes `dim` (all by default), NaN counting as 0. RuntimeError for complex tensors."""
def narrow(input: Tensor, dim: _int, start: _Operand, length: _int) -> Tensor:
    """`length` indices of axis `dim` from `start` on."""
def narrow_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `narrow` makes a view. `length` indices of axis `dim` from `start` on."""
def native_batch_norm(
    input: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor, running_var: Tensor, training: _bool, momentum: _float, eps: _float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalisation, with the batch's mean and the reciprocal of its standard deviation (empty in evaluation)."""
def native_channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """Channels dealt out in turn from `groups` groups: input (N, C, …). RuntimeError where C is not divisible by `groups`."""
def native_dropout(input: Tensor, p: _float, train: _bool | None) -> tuple[Tensor, Tensor]:
    """Dropout and its mask: (input · mask / (1 - p), mask); the input and a mask of ones when not `train`."""
def native_group_norm(
    input: Tensor, weight: Tensor, bias: Tensor, N: _int, C: _int, HxW: _int, group: _int, eps: _float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Group normalisation of N samples of C channels of HxW elements, with the means and the reciprocals of the standard deviations."""
def native_layer_norm(
    input: Tensor, normalized_shape: _int | Sequence[Any], weight: Tensor, bias: Tensor, eps: _float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Layer normalisation, with the means and the reciprocals of the standard deviations."""
def ne(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x != y"""
def neg(input: Tensor, *, out: _Out = None) -> Tensor:
    """-input"""
def neg_(input: Tensor) -> Tensor:
    """In-place form of `neg`."""
def negative(input: Tensor, *, out: _Out = None) -> Tensor:
    """-input"""
def negative_(input: Tensor) -> Tensor:
    """In-place form of `negative`."""
def nextafter(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """The number next to x on the way to y"""
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False, out: _Out = None) -> Tensor:
    """The places of all elements other than 0, one a row (n, axes), in row-major order; as_tuple: one vector of positions for each axis."""
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = -1, out: Tensor | None = None) -> Tensor:
    """`nonzero` cut or filled up with rows of `fill_value` to `size` rows."""
def norm(
    input: Tensor, p: Any = 'fro', dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, out: _Out = None, dtype: _dtype | None = None,
) -> Tensor:
    """The norm of all elements, or over the axes `dim`: p is a number, "fro" (2), or for two axes "nuc" (the sum of the singular values)."""
def norm_except_dim(v: Tensor, pow: _int = 2, dim: _int = 0) -> Tensor:
    """The `pow`-norm of each slice along axis `dim`, of size 1 on the others; of all elements for dim -1."""
def normal(
    mean: Any, std: _float = 1.0, size: _int | Sequence[_int] | None = None, *, generator: _Generator | None = None, out: _Out = None,
    dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False,
) -> Tensor:
    """Normal numbers: one for each element of the tensors `mean` and `std`, or of shape `size` for two numbers."""
def not_equal(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x != y"""
def nuclear_norm(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """The sum of the singular values of each matrix that the axes `dim` make: `linalg.matrix_norm(…, "nuc")` under an older name."""
def numel(input: Tensor) -> _int:
    """The number of elements."""
def ones(
    *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False, memory_format: _memory_format | None = None,
    names: Any = None,
) -> Tensor:
    """A tensor of ones."""
def ones_like(
    input: Tensor, *, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False,
    memory_format: _memory_format | None = None, pin_memory: _bool | None = False,
) -> Tensor:
    """Ones of the shape and dtype of `input`."""
def orgqr(input: Tensor, input2: Tensor, *, out: _Out = None) -> Tensor:
    """`linalg.householder_product` under LAPACK's name."""
def ormqr(input: _Operand, tau: Tensor, other: _Operand, left: _bool = True, transpose: _bool = False, *, out: _Out = None) -> Tensor:
    """Q · other (other · Q if not `left`; Qᴴ for Q if `transpose`), Q the product of the reflections (input, tau) that geqrf gives."""
def outer(input: Tensor, vec2: Tensor, *, out: _Out = None) -> Tensor:
    """out[i, j] = input[i] · vec2[j] of two vectors"""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2.0, eps: _float = 1e-06, keepdim: _bool = False) -> Tensor:
    """The norm of order `p` of x1 - x2 + eps over the last axis: (…, d) and (…, d) -> (…)."""
def pca_lowrank(A: Tensor, q: _int | None = None, center: _bool = True, niter: _int = 2) -> Tensor:
    """(U, S, V), the principal components of A (…, m samples, n features), by svd_lowrank of A less the mean of its rows (if `center`): the …"""
def pdist(input: Tensor, p: _float = 2) -> Tensor:
    """Distances of norm `p` between each two rows of a matrix (n, k) -> (n (n - 1) / 2): row 0 with 1, 2, …, then 1 with 2, …"""
def permute(input: Tensor, *order: Any, dims: _int | Sequence[_int] | None = None) -> Tensor:
    """The axes in the order `dims`."""
def permute_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `permute` makes a view. The axes in the order `dims`."""
def pinverse(input: Tensor, rcond: _float = 1e-15) -> Tensor:
    """The Moore-Penrose inverse of each matrix; singular values not above rcond · the greatest count as 0."""
def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor:
    """Channels laid out as r x r pixels: input (…, C · r², H, W) -> (…, C, H · r, W · r), r the factor. RuntimeError for other shapes."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor:
    """r x r pixels as channels: input (…, C, H · r, W · r) -> (…, C · r², H, W), the reverse of pixel_shuffle. RuntimeError for other shapes."""
def poisson(input: Tensor, generator: _Generator | None = None) -> Tensor:
    """Poisson numbers with the rates in `input`."""
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: _bool, full: _bool, eps: _float, reduction: _int) -> Tensor:
    """The negative log-likelihood of Poisson numbers; see nn.functional."""
def polar(abs: Any, angle: Any, *, out: _Out = None) -> Tensor:
    """The complex numbers of given absolute values and angles: two floating tensors of one dtype."""
def polygamma(n: _int, input: Tensor, *, out: _Out = None) -> Tensor:
    """The n-th derivative of the digamma function. RuntimeError for a negative n."""
def positive(input: Tensor) -> Tensor:
    """The tensor itself. RuntimeError for bool tensors."""
def pow(input: _Operand, exponent: _Operand, *, out: _Out = None) -> Tensor:
    """input ** exponent; one of the two may be a number. RuntimeError for an integer tensor to a negative integer number."""
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x above 0, weight · x else: one weight for all, or one for each index of axis 1. RuntimeError for another number of them."""
def prod(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: _Out = None) -> Tensor:
    """Π over the axis `dim` (over all by default). Integers give int64; `dtype` converts the input first."""
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
    """`input` with source[k] written (or added) at the index[k]-th of its elements in row-major order."""
def qr(input: Tensor, some: _bool = True, *, out: _Out = None) -> _return_types.qr:
    """(Q, R), reduced or (not `some`) complete. Deprecated: linalg.qr is its successor."""
def quantile(input: Tensor, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: _Out = None) -> Tensor:
    """The values below which shares `q` (a number or a vector, in [0, 1]) of the elements along `dim` (of all by default) lie."""
def rad2deg(input: Tensor, *, out: _Out = None) -> Tensor:
    """x · 180 / π"""
def rad2deg_(input: Tensor) -> Tensor:
    """In-place form of `rad2deg`."""
def rand(
    *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, generator: _Generator | None = None, names: Any = None,
    out: _Out = None, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False,
    pin_memory: _bool | None = False,
) -> Tensor:
    """Uniform numbers in [0, 1)."""
def rand_like(
    input: Tensor, *, generator: _Generator | None = None, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    requires_grad: _bool = False, memory_format: _memory_format | None = None, pin_memory: _bool | None = False,
) -> Tensor:
    """Uniform numbers in [0, 1), of the shape and dtype of `input`."""
def randint(
    *args: Any, generator: _Generator | None = None, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False, low: Any = None, high: Any = None,
    size: _int | Sequence[_int] | None = None,
) -> Tensor:
    """Integers low <= i < high: randint(high, size) or randint(low, high, size)."""
def randint_like(
    input: Tensor, *args: Any, low: Any = None, high: Any = None, generator: _Generator | None = None, dtype: _dtype | None = None,
    layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False, memory_format: _memory_format | None = None,
) -> Tensor:
    """Integers low <= i < high, of the shape and dtype of `input`."""
def randn(
    *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, generator: _Generator | None = None, names: Any = None,
    out: _Out = None, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False,
    pin_memory: _bool | None = False,
) -> Tensor:
    """Normal numbers of mean 0 and standard deviation 1."""
def randn_like(
    input: Tensor, *, generator: _Generator | None = None, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    requires_grad: _bool = False, memory_format: _memory_format | None = None, pin_memory: _bool | None = False,
) -> Tensor:
    """Normal numbers of mean 0 and standard deviation 1, of the shape and dtype of `input`."""
def randperm(
    n: _int, *, generator: _Generator | None = None, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False,
) -> Tensor:
    """The integers 0 … n - 1 in random order."""
def range(
    start: _Operand = 0, end: _Operand | None = None, step: _Operand = 1, *, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False,
) -> Tensor:
    """start, start + step, … up to and with end: deprecated, use `arange`, which leaves the end out as Python's range does."""
def ravel(input: Tensor) -> Tensor:
    """All elements as one axis."""
def real(input: Tensor) -> Tensor:
    """The real parts: a view (a real tensor is its own)."""
def reciprocal(input: Tensor, *, out: _Out = None) -> Tensor:
    """1 / x"""
def reciprocal_(input: Tensor) -> Tensor:
    """In-place form of `reciprocal`."""
def relu(input: Tensor, inplace: _bool = False) -> Tensor:
    """max(x, 0), with slope 0 at 0. RuntimeError for bool tensors."""
def relu_(input: Tensor, inplace: _bool = False) -> Tensor:
    """In-place form of `relu`: max(x, 0), with slope 0 at 0. RuntimeError for bool tensors."""
def remainder(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x - y · ⌊x / y⌋, with the sign of y. RuntimeError for an integer divided by 0."""
def renorm(input: Tensor, p: Any, dim: _int, maxnorm: Any, *, out: _Out = None) -> Tensor:
    """Each slice along axis `dim` whose p-norm is above `maxnorm` scaled down to it."""
def repeat_interleave(input: Tensor | None = None, repeats: Any = None, dim: _int | None = None, *, output_size: _int | None = None) -> Tensor:
    """Each index of axis `dim` repeated `repeats` times (a number, or one for each index), one after the other."""
def reshape(input: Tensor, *sizes: _int | Sequence[_int], shape: _int | Sequence[_int] | None = None) -> Tensor:
    """The elements in row-major order under another shape: a view where possible, else a copy."""
def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: _memory_format | None = None) -> Tensor:
    """`input.resize_(the_template.shape)`"""
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugation is never put off here."""
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negation is never put off here."""
def result_type(tensor1: Tensor, tensor2: Tensor) -> _dtype:
    """The dtype of an operation on two tensors or numbers."""
def rms_norm(input: Tensor, normalized_shape: _int | Sequence[Any], weight: Tensor | None = None, eps: _float | None = None) -> Tensor:
    """input / √(mean of its squares + eps) · weight over the last axes, whose sizes are `normalized_shape`. eps: the dtype's, unless given."""
def rnn_relu(*arguments: Any) -> tuple[Tensor, Tensor]:
    """As :func:`rnn_tanh`, with max(0, x)."""
def rnn_relu_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor:
    """max(0, w_ih x + b_ih + w_hh h + b_hh): x (N, F), h (N, H) -> (N, H)."""
def rnn_tanh(*arguments: Any) -> tuple[Tensor, Tensor]:
    """(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first), or (data, batch_sizes, hx, params, has_biases, …"""
def rnn_tanh_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor:
    """tanh(w_ih x + b_ih + w_hh h + b_hh): x (N, F), h (N, H) -> (N, H)."""
def roll(input: Tensor, shifts: Any, dims: _int | Sequence[_int] = ()) -> Tensor:
    """The elements moved on by `shifts` along the axes `dims`, those that leave coming in at the other end; without dims, in row-major order."""
def rot90(input: Tensor, k: _int = 1, dims: _int | Sequence[_int] = (0, 1)) -> Tensor:
    """A copy turned k times by 90 degrees in the plane of two axes, from the first towards the second (back, for negative k)."""
def round(input: Tensor, *, decimals: _int = 0, out: _Out = None) -> Tensor:
    """The nearest multiple of 10^-decimals, of two equally near the even one. RuntimeError for integers with decimals."""
def round_(input: Tensor, *, decimals: _int = 0) -> Tensor:
    """In-place form of `round`."""
def row_stack(tensors: Any, *, out: _Out = None) -> Tensor:
    """The tensors one below the other, along axis 0; vectors are rows."""
def rrelu(
    input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333, training: _bool = False, generator: _Generator | None = None,
) -> Tensor:
    """x where it is positive, else x times a slope, drawn while `training`; see nn.functional."""
def rrelu_(
    input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333, training: _bool = False, generator: _Generator | None = None,
) -> Tensor:
    """`rrelu` in place."""
def rsqrt(input: Tensor, *, out: _Out = None) -> Tensor:
    """1 / √x"""
def rsqrt_(input: Tensor) -> Tensor:
    """In-place form of `rsqrt`."""
def rsub(input: _Operand, other: _Operand, *, alpha: _complex = 1) -> Tensor:
    """other - alpha * input"""
def run_pending() -> None:
    """Run what this thread has pending; what is being captured goes on until it is too much."""
def scalar_tensor(
    s: Any, *, dtype: _dtype | None = None, device: _DeviceLike | None = None, requires_grad: _bool = False, layout: Any = None,
    pin_memory: _bool | None = False,
) -> Tensor:
    """A 0-d tensor; the dtype is the default floating type unless given."""
def scatter(
    input: Tensor, dim: _int, index: Tensor, src: _Operand | None = None, *, value: _Operand | None = None, reduce: _str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """`input` with `src` (a tensor, or one number) written at […, index[…, k, …], …] on axis `dim`; reduce: 'add' or 'multiply' instead of …"""
def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input` with `src` added at […, index[…, k, …], …] on axis `dim`, each repetition counted."""
def scatter_reduce(
    input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True, out: Tensor | None = None,
) -> Tensor:
    """`input` with the elements of `src` that `index` sends to a place combined there."""
def searchsorted(
    sorted_sequence: Tensor, input: Tensor, *, out_int32: _bool = False, right: _bool = False, side: _str | None = None, sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """For each element of `input` (or for one number) the first place of the sorted last axis of `sorted_sequence` at which it could stand."""
def seed() -> _int:
    """Start the default generator from a seed that the operating system draws; returns it."""
def select(input: Tensor, dim: _int, index: Any) -> Tensor:
    """The sub-tensor at `index` of axis `dim`."""
def select_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `select` makes a view. The sub-tensor at `index` of axis `dim`."""
def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _int) -> Tensor:
    """`input` with `src` at one index of axis `dim`."""
def selu(input: Tensor, inplace: _bool = False) -> Tensor:
    """scale · elu(x, alpha), with the constants that keep mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515)."""
def selu_(input: Tensor, inplace: _bool = False) -> Tensor:
    """In-place form of `selu`: scale · elu(x, alpha), with the constants that keep mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515)."""
def set_autocast_cache_enabled(enabled: _bool) -> None:
    """Cast a weight once for all its uses inside autocast, or each time."""
def set_autocast_cpu_dtype(dtype: _dtype) -> None:
    """Older name of `set_autocast_dtype("cpu", dtype)`."""
def set_autocast_cpu_enabled(enabled: _bool) -> None:
    """Older name of `set_autocast_enabled("cpu", enabled)`."""
def set_autocast_dtype(device_type: _str, dtype: _dtype) -> None:
    """Make autocast take another type on a kind of device."""
def set_autocast_enabled(device_type: Any, enabled: _bool | None = None) -> None:
    """Turn autocast on or off for a kind of device (`torch.autocast` does, and undoes it); with one argument, for "cuda"."""
def set_autocast_gpu_dtype(dtype: _dtype) -> None:
    """Older name of `set_autocast_dtype("cuda", dtype)`."""
def set_default_tensor_type(t: Any) -> None:
    """The old way to set the default dtype: a type such as torch.DoubleTensor, or its name."""
def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator continue from `new_state`."""
def sgn(input: Tensor, *, out: _Out = None) -> Tensor:
    """x / |x|, 0 at 0: the sign of real numbers, the direction of complex ones"""
def sigmoid(input: Tensor, *, out: _Out = None) -> Tensor:
    """1 / (1 + e^-x)"""
def sigmoid_(input: Tensor) -> Tensor:
    """In-place form of `sigmoid`."""
def sign(input: Tensor, *, out: _Out = None) -> Tensor:
    """-1, 0 or 1: the sign of x"""
def signbit(input: Tensor, *, out: _Out = None) -> Tensor:
    """Whether the sign is minus, also that of -0.0"""
def sin(input: Tensor, *, out: _Out = None) -> Tensor:
    """The sine"""
def sin_(input: Tensor) -> Tensor:
    """In-place form of `sin`."""
def sinc(input: Tensor, *, out: _Out = None) -> Tensor:
    """sin(πx) / πx, 1 at 0"""
def sinc_(input: Tensor) -> Tensor:
    """In-place form of `sinc`."""
def sinh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The hyperbolic sine"""
def sinh_(input: Tensor) -> Tensor:
    """In-place form of `sinh`."""
def slice_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `slice` makes a view."""
def slice_scatter(
    input: Tensor, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, out: Tensor | None = None,
) -> Tensor:
    """`input` with `src` in start:end:step of axis `dim`."""
def slogdet(input: Tensor, *, out: _Out = None) -> _return_types.slogdet:
    """`linalg.slogdet` under its older name."""
def smm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of a matrix with a matrix or a vector."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: _Out = None) -> Tensor:
    """e^x / Σ e^x along axis `dim`; `dtype` converts the input first. NotImplementedError for integers."""
def solve(*args: Any, **kwargs: Any) -> Tensor:
    """Removed: RuntimeError. `X = torch.linalg.solve(A, B)` replaces `X, LU = torch.solve(B, A)`: its arguments are the other way round; the …"""
def sort(input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool | None = None, *, out: _Out = None) -> _return_types.sort:
    """The elements in ascending order along axis `dim`, and where each stood: (values, indices). Equal elements keep their order if `stable`."""
def sparse_coo_tensor(
    indices: Any = None, values: _Operand | None = None, size: _int | Sequence[_int] | None = None, *, dtype: _dtype | None = None,
    device: _DeviceLike | None = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None,
    is_coalesced: _bool | None = None,
) -> Tensor:
    """The sparse tensor with `values` (n, …) at the places `indices` (d, n), summed where places repeat, and zeros elsewhere."""
def sparse_csc_tensor(
    ccol_indices: Any, row_indices: Any, values: _Operand, size: _int | Sequence[_int] | None = None, *, dtype: _dtype | None = None,
    device: _DeviceLike | None = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None,
) -> Tensor:
    """The matrix whose column c holds values[k] in the rows row_indices[k], for k from ccol_indices[c] to ccol_indices[c + 1]."""
def sparse_csr_tensor(
    crow_indices: Any, col_indices: Any, values: _Operand, size: _int | Sequence[_int] | None = None, *, dtype: _dtype | None = None,
    device: _DeviceLike | None = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None,
) -> Tensor:
    """The matrix whose row r holds values[k] in the columns col_indices[k], for k from crow_indices[r] to crow_indices[r + 1]."""
def split(tensor: Tensor, split_size_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]:
    """Pieces of one size (the last may be smaller), or of the sizes in a list, along axis `dim`: views."""
def split_copy(*args: Any, out: _Out = None, **kwargs: Any) -> tuple[Tensor, ...]:
    """A copy where `split` makes a view. Pieces of one size (the last may be smaller), or of the sizes in a list, along axis `dim`: views."""
def split_with_sizes(input: Tensor, split_sizes: Any, dim: _int = 0) -> tuple[Tensor, ...]:
    """Pieces of the given sizes along axis `dim`: views."""
def split_with_sizes_copy(*args: Any, out: _Out = None, **kwargs: Any) -> tuple[Tensor, ...]:
    """A copy where `split_with_sizes` makes a view. Pieces of the given sizes along axis `dim`: views."""
def spmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of a matrix with a matrix or a vector."""
def sqrt(input: Tensor, *, out: _Out = None) -> Tensor:
    """The square root of each element"""
def sqrt_(input: Tensor) -> Tensor:
    """In-place form of `sqrt`."""
def square(input: Tensor, *, out: _Out = None) -> Tensor:
    """input²"""
def square_(input: Tensor) -> Tensor:
    """In-place form of `square`."""
def squeeze(input: Tensor, dim: _int | Sequence[_int] | None = None) -> Tensor:
    """Axes of size 1 left out: all of them, or those among `dim`."""
def squeeze_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `squeeze` makes a view. Axes of size 1 left out: all of them, or those among `dim`."""
def stack(tensors: Any, dim: _int = 0, *, out: _Out = None, axis: _int | None = None) -> Tensor:
    """The tensors, all of one shape, one after the other along a new axis `dim`."""
def std(
    input: Tensor, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *,
    correction: _float | None = None, out: _Out = None,
) -> Tensor:
    """The standard deviation √(Σ |x - mean|² / (count - correction)) over the axes `dim` (all by default); correction is what the count is …"""
def std_mean(
    input: Tensor, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *,
    correction: _float | None = None, out: _Out = None,
) -> tuple[Tensor, Tensor]:
    """(standard deviation, mean) over the axes `dim` (all by default); correction is what the count is lessened by (unbiased: 1 or 0)."""
def stft(
    input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Any = None, center: _bool = True,
    pad_mode: _str = 'reflect', normalized: _bool = False, onesided: _bool | None = None, return_complex: _bool | None = None,
    align_to_window: _bool | None = None,
) -> Tensor:
    """The spectra of windows of a signal: out[…, f, t] = Σ_k window[k] · input[…, t · hop_length + k] exp(-2πi fk/n_fft)"""
def sub(input: _Operand, other: _Operand, *old: Any, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """input - alpha * other"""
def subtract(input: _Operand, other: _Operand, *old: Any, alpha: _complex = 1, out: _Out = None) -> Tensor:
    """input - alpha * other"""
def sum(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: _Out = None) -> Tensor:
    """Σ over the axes `dim` (all by default). Integers give int64; `dtype` converts the input first."""
def svd(input: Tensor, some: _bool = True, compute_uv: _bool = True, *, out: _Out = None) -> _return_types.svd:
    """(U, S, V) with input = U diag(S) Vᴴ, reduced unless `some` is False; with compute_uv False, U and V are zeros. linalg.svd is its successor."""
def svd_lowrank(A: Tensor, q: _int | None = 6, niter: _int | None = 2, M: Any = None) -> Tensor:
    """(U, S, V) with A - M close to U diag(S) Vᴴ: A (…, m, n), U (…, m, q), S (…, q), V (…, n, q); M broadcasts to A."""
def swapaxes(input: Tensor, axis0: _int, axis1: _int) -> Tensor:
    """Axes axis0 and axis1 exchanged."""
def swapdims(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """Axes dim0 and dim1 exchanged."""
def symeig(*args: Any, **kwargs: Any) -> Tensor:
    """Removed: RuntimeError. `torch.linalg.eigh(A, UPLO='U' if upper else 'L')` gives eigenvalues and eigenvectors, `torch.linalg.eigvalsh` the …"""
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; tensors of fewer axes as they are."""
def t_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `t` makes a view. The transpose of a matrix; tensors of fewer axes as they are."""
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements at `index` of the input in row-major order, in the shape of the index."""
def take_along_dim(input: Tensor, indices: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor:
    """`gather` whose input and index are broadcast on the other axes; without `dim`, from the elements in row-major order."""
def tan(input: Tensor, *, out: _Out = None) -> Tensor:
    """The tangent"""
def tan_(input: Tensor) -> Tensor:
    """In-place form of `tan`."""
def tanh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The hyperbolic tangent"""
def tanh_(input: Tensor) -> Tensor:
    """In-place form of `tanh`."""
def tensor(
    data: Any, *, dtype: _dtype | None = None, device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool = False,
) -> Tensor:
    """A tensor on a copy of `data`: a number, nested sequences of numbers, a NumPy array. The dtype is the data's unless given."""
def tensor_split(input: Tensor, indices_or_sections: Any = None, dim: _int = 0, *, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
    """`sections` pieces whose sizes differ by at most one, or the pieces between the given indices, along axis `dim`: views."""
def tensordot(a: Any, b: Any, dims: _int | Sequence[_int] = 2, out: _Out = None) -> Tensor:
    """Σ over pairs of axes: the last `dims` of `a` with the first of `b`, or the axes dims[0] of `a` with the axes dims[1] of `b`."""
def threshold(input: Tensor, threshold: _float, value: _float, inplace: _bool = False) -> Tensor:
    """x above `threshold`, `value` else."""
def threshold_(input: Tensor, threshold: _float, value: _float, inplace: _bool = False) -> Tensor:
    """In-place form of `threshold`: x above `threshold`, `value` else."""
def tile(input: Tensor, *args: Any, dims: _int | Sequence[_int] | None = None) -> Tensor:
    """`repeat` that takes fewer numbers than axes: the first axes are then not repeated."""
def topk(input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True, *, out: _Out = None) -> _return_types.topk:
    """The `k` greatest (or least) elements along axis `dim`, in order if `sorted`, and where they stood: (values, indices)."""
def trace(input: Tensor) -> Tensor:
    """Σ of the diagonal of a matrix; integers give int64."""
def transpose(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """Axes dim0 and dim1 exchanged."""
def transpose_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `transpose` makes a view. Axes dim0 and dim1 exchanged."""
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: _int = -1) -> Tensor:
    """The integral of samples `y` along axis `dim` by the trapezoidal rule, at the places `x` or `dx` (1) apart."""
def trapz(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: _int = -1) -> Tensor:
    """The integral of samples `y` along axis `dim` by the trapezoidal rule, at the places `x` or `dx` (1) apart."""
def triangular_solve(
    input: Tensor, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False, *, out: _Out = None,
) -> _return_types.triangular_solve:
    """(X, copy of A) with A X = input, or Aᵀ X = input. Deprecated: linalg.solve_triangular is its successor."""
def tril(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The lower triangles of the last two axes, up to the given diagonal (0: the main one, above it positive); zeros elsewhere."""
def tril_indices(
    row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None, device: _DeviceLike | None = None, layout: Any = None,
) -> Tensor:
    """Rows and columns (2, n) of the places of the lower triangle of a row x col matrix, in row-major order."""
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = 1.0, p: _float = 2, eps: _float = 1e-06, swap: _bool = False,
    reduction: _int = 1,
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin); see nn.functional."""
def triu(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The upper triangles of the last two axes, from the given diagonal on (0: the main one, above it positive); zeros elsewhere."""
def triu_indices(
    row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None, device: _DeviceLike | None = None, layout: Any = None,
) -> Tensor:
    """Rows and columns (2, n) of the places of the upper triangle of a row x col matrix, in row-major order."""
def true_divide(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """input / other, integers as floating numbers"""
def trunc(input: Tensor, *, out: _Out = None) -> Tensor:
    """x without its fraction"""
def trunc_(input: Tensor) -> Tensor:
    """In-place form of `trunc`."""
def typename(obj: Any) -> _str:
    """The type's name, such as 'torch.FloatTensor'."""
def unbind(input: Tensor, dim: _int = 0) -> tuple[Tensor, ...]:
    """The sub-tensors at every index of axis `dim`: views."""
def unbind_copy(*args: Any, out: _Out = None, **kwargs: Any) -> tuple[Tensor, ...]:
    """A copy where `unbind` makes a view. The sub-tensors at every index of axis `dim`: views."""
def unflatten(input: Tensor, dim: _int, sizes: _int | Sequence[_int]) -> Tensor:
    """Axis `dim` cut into axes of `sizes` (one may be -1)."""
def unfold_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `unfold` makes a view. Windows of `size` elements every `step` along an axis, as a view with a new last axis."""
def unique(input: Tensor, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Tensor:
    """The distinct elements (or sub-tensors along axis `dim`), sorted."""
def unique_consecutive(input: Tensor, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Tensor:
    """The elements (or sub-tensors along axis `dim`) without those that equal the one before."""
def unravel_index(indices: Tensor, shape: _int | Sequence[_int]) -> tuple[Tensor, ...]:
    """For positions in row-major order the positions along each axis of `shape`, one tensor an axis (what is out of range wraps around)."""
def unsafe_chunk(input: Tensor, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
    """`chunk` whose pieces autograd does not treat as views."""
def unsafe_split(input: Tensor, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]:
    """`split` whose pieces autograd does not treat as views: writing to several of them in place is not tracked."""
def unsafe_split_with_sizes(input: Tensor, split_sizes: Any, dim: _int = 0) -> tuple[Tensor, ...]:
    """`split_with_sizes` whose pieces autograd does not treat as views."""
def unsqueeze(input: Tensor, dim: _int) -> Tensor:
    """A new axis of size 1 at `dim`."""
def unsqueeze_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `unsqueeze` makes a view. A new axis of size 1 at `dim`."""
def vander(x: Tensor, N: _int | None = None, increasing: _bool = False) -> Tensor:
    """The powers of the elements of a vector, one a row: x^(N-1) … x^0, or the other way round. N: how many (default: the vector's length)."""
def var(
    input: Tensor, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *,
    correction: _float | None = None, out: _Out = None,
) -> Tensor:
    """The variance Σ |x - mean|² / (count - correction) over the axes `dim` (all by default); correction is what the count is lessened by …"""
def var_mean(
    input: Tensor, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *,
    correction: _float | None = None, out: _Out = None,
) -> tuple[Tensor, Tensor]:
    """(variance, mean) over the axes `dim` (all by default); correction is what the count is lessened by (unbiased: 1 or 0)."""
def vdot(input: Tensor, other: Tensor, *, out: _Out = None) -> Tensor:
    """Σ conj(input) · other of two vectors of one length and dtype"""
def view_as_complex(input: Tensor) -> Tensor:
    """A last axis of two real numbers as one complex number, on the same memory."""
def view_as_complex_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `view_as_complex` makes a view. A last axis of two real numbers as one complex number, on the same memory."""
def view_as_real(input: Tensor) -> Tensor:
    """Complex numbers as a last axis of two real ones, on the same memory."""
def view_as_real_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `view_as_real` makes a view. Complex numbers as a last axis of two real ones, on the same memory."""
def view_copy(*args: Any, out: _Out = None, **kwargs: Any) -> Tensor:
    """A copy where `view` makes a view."""
def vsplit(input: Tensor, *args: Any, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
    """Equal pieces, or those between indices, along axis 0: views."""
def vstack(tensors: Any, *, out: _Out = None) -> Tensor:
    """The tensors one below the other, along axis 0; vectors are rows."""
@overload
def where(condition: Tensor, input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """`input` where the condition holds, else `other`; with the condition alone, the indices at which it holds."""
@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
def xlogy(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x · log y, 0 where x is 0 (but NaN for a NaN y)"""
def xlogy_(input: _Operand, other: _Operand) -> Tensor:
    """In-place form of `xlogy`."""
def zero_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """In-place form of `zero`."""
def zeros(
    *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, out: _Out = None, dtype: _dtype | None = None, layout: Any = None,
    device: _DeviceLike | None = None, requires_grad: _bool = False, pin_memory: _bool | None = False, memory_format: _memory_format | None = None,
    names: Any = None,
) -> Tensor:
    """A tensor of zeros."""
def zeros_like(
    input: Tensor, *, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None, requires_grad: _bool = False,
    memory_format: _memory_format | None = None, pin_memory: _bool | None = False,
) -> Tensor:
    """Zeros of the shape and dtype of `input`."""
