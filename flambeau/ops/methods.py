"""The one table that binds operator functions to Tensor's methods and operators.

Everything here is a name: the module that has the function loads when the method is first used.
"""
from __future__ import annotations

import functools

from ..core.lazy import install
from ..core.record import in_place
from ..core.tensor import Tensor

# functions that are methods too, by module; a trailing ":_" means that there is an in-place form
METHODS = {
    "elementwise": "add:_ sub:_ subtract:_ mul:_ multiply:_ true_divide:_ neg:_ negative:_ exp:_ log:_ sqrt:_ conj conj_physical:_ positive",
    "powers": "float_power float_power_ pow:_ reciprocal:_ rsqrt:_ square:_",
    "exponential": "exp2:_ expm1:_ log10:_ log1p:_ log2:_ logaddexp logaddexp2 logit:_ sigmoid:_ xlogy:_",
    "trigonometric": "acos:_ acosh:_ arccos:_ arccosh:_ arcsin:_ arcsinh:_ arctan:_ arctan2:_ arctanh:_ asin:_ asinh:_ atan:_ atan2:_ atanh:_ cos:_ cosh:_ "
                   "deg2rad:_ hypot:_ rad2deg:_ sin:_ sinc:_ sinh:_ tan:_ tanh:_",
    "magnitude": "abs:_ absolute:_ angle clamp:_ clamp_max:_ clamp_min:_ clip:_ copysign:_ fmax fmin isfinite isinf isnan isneginf isposinf isreal maximum "
               "minimum nan_to_num:_ nextafter:_ sgn:_ sign:_ signbit",
    "comparison": "allclose eq:_ ge:_ greater:_ greater_equal:_ gt:_ isclose le:_ less:_ less_equal:_ logical_and:_ logical_not:_ logical_or:_ "
                "logical_xor:_ lt:_ ne:_ not_equal:_",
    "error_functions": "erf:_ erfc:_ erfinv:_",
    "gamma": "digamma:_ igamma:_ igammac:_ lgamma:_ mvlgamma:_",
    "bessel": "i0:_",
    "rounding": "ceil:_ div:_ divide:_ fix:_ floor:_ floor_divide:_ fmod:_ frac:_ remainder:_ round:_ trunc:_",
    "bitwise": "bitwise_and:_ bitwise_left_shift:_ bitwise_not:_ bitwise_or:_ bitwise_right_shift:_ bitwise_xor:_ gcd:_ lcm:_",
    "movement": "view view_as reshape reshape_as flatten unflatten ravel permute transpose swapaxes swapdims t adjoint movedim moveaxis expand expand_as "
              "broadcast_to squeeze unsqueeze",
    "parts": "as_strided narrow select diagonal unfold",
    "index": "index_put index_put_",
    "gather": "gather index_select take take_along_dim",
    "scatter": "scatter:_ scatter_add:_ scatter_reduce:_ index_add:_ index_copy:_ index_fill:_ index_reduce:_ put:_",
    "masked": "masked_fill:_ masked_select masked_scatter:_ nonzero nonzero_static argwhere count_nonzero",
    "arrange": "flip fliplr flipud repeat repeat_interleave roll rot90 tile",
    "diagonal": "diag diag_embed diagflat fill_diagonal_ tril:_ triu:_",
    "restructure": "as_strided_ squeeze_ swapaxes_ swapdims_ t_ transpose_ unsqueeze_",
    "inset": "as_strided_scatter diagonal_scatter select_scatter slice_scatter",
    "search": "unique unique_consecutive",
    "copies": "narrow_copy",
    "split": "chunk dsplit hsplit split_with_sizes tensor_split unbind unsafe_chunk unsafe_split unsafe_split_with_sizes vsplit",
    "reduce": "all any hash_tensor mean nanmean nansum prod sum",
    "extremes": "amax amin aminmax argmax argmin max min",
    "scan": "cummax cummin cumprod:_ cumsum:_ logcumsumexp",
    "softmax": "log_softmax logsumexp softmax",
    "moments": "corrcoef cov std var",
    "norms": "dist renorm:_",
    "matrix_norms": "norm",
    "order": "argsort kthvalue median mode msort nanmedian sort topk",
    "differences": "diff",
    "quantile": "nanquantile quantile",
    "histogram": "bincount histc histogram",
    "contract": "matmul mm bmm mv dot",
    "addition": "addbmm:_ addmm:_ addmv:_ addr:_ baddbmm:_",
    "linalg_cholesky": "cholesky cholesky_inverse cholesky_solve",
    "linalg_det": "det logdet slogdet",
    "linalg_solve": "inverse",
    "linalg_qr": "geqrf orgqr ormqr qr",
    "linalg_svd": "svd",
    "linalg_pinv": "pinverse",
    "linalg_power": "matrix_exp matrix_power",
    "linalg_removed": "eig lstsq solve symeig",
    "spectral": "istft stft",
    "linalg_lu": "lu lu_solve",
    "linalg_triangular": "triangular_solve",
    "product": "cross ger inner kron outer trace vdot",
    "activation": "hardshrink prelu relu relu_",
    "blend": "addcdiv:_ addcmul:_ frexp heaviside:_ ldexp:_ lerp:_",
    "random": "uniform_ normal_ random_ bernoulli_ bernoulli exponential_ cauchy_ geometric_ log_normal_ multinomial",
    "create": "new_tensor new_zeros new_ones new_empty new_full new_empty_strided",
    "sizes": "resize_as_ sum_to_size",
    "common": "resize_",
    "each": "apply_ map_ map2_",
    "storages": "storage storage_type",
    "queries": "is_conj is_neg is_nonzero is_same_size dim_order as_subclass new resize resize_as record_stream const_data_ptr",
    "convert": "clone contiguous to type_as cpu cuda copy_ fill_ zero_ set_ detach_ equal",
}


# methods whose function has another name: method -> (module, function)
RENAMED = {
    "type": ("convert", "type_"), "split": ("split", "split_method"), "where": ("masked", "where_method"), "polygamma": ("gamma", "polygamma_method"),
    "__array_wrap__": ("exchange", "array_wrap"), "__array_namespace__": ("exchange", "array_namespace"), "to_device": ("exchange", "to_device"),
    "__dlpack__": ("exchange", "dlpack"), "__dlpack_device__": ("exchange", "dlpack_device"),
    **{name: ("convert", "resolve") for name in ("resolve_conj", "resolve_neg", "coalesce", "pin_memory", "to_dense")},
    "share_memory_": ("sharing", "share_memory_"), "is_shared": ("sharing", "is_shared"),
    **{name: ("sparse", "to_sparse") for name in ("to_sparse", "to_sparse_coo")},
    **{name: ("sparse", "not_sparse") for name in "_indices _values _nnz indices values is_coalesced sparse_dim dense_dim crow_indices col_indices "
                                                  "ccol_indices row_indices".split()},
    "to_sparse_csr": ("sparse", "to_sparse_csr"), "to_sparse_csc": ("sparse", "to_sparse_csc"), "sparse_mask": ("sparse", "sparse_mask"),
    "is_pinned": ("queries", "never"), "is_distributed": ("queries", "never"),
}
CASTS = "float double half bfloat16 int long short char byte bool cfloat cdouble"

# __name__ -> (module, function); the binary ones have reflected and in-place forms
UNARY = {"neg": ("elementwise", "neg"), "pos": ("elementwise", "positive"), "abs": ("magnitude", "abs"), "invert": ("bitwise", "invert"),
         "getitem": ("subscript", "getitem"), "setitem": ("subscript", "setitem"), "delitem": ("subscript", "delitem"), "iter": ("split", "iterate"),
         "reversed": ("arrange", "backwards")}
BINARY = {"add": ("elementwise", "add"), "sub": ("elementwise", "sub"), "mul": ("elementwise", "mul"), "truediv": ("elementwise", "true_divide"),
          "floordiv": ("rounding", "floor_divide"), "mod": ("rounding", "remainder"), "pow": ("powers", "pow"), "matmul": ("contract", "matmul"),
          "and": ("bitwise", "bitwise_and"), "or": ("bitwise", "bitwise_or"), "xor": ("bitwise", "bitwise_xor"), "lshift": ("bitwise", "bitwise_left_shift"),
          "rshift": ("bitwise", "bitwise_right_shift")}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
PROPERTIES = {"T": ("movement", "reversed_axes"), "mT": ("movement", "matrix_transpose"), "H": ("movement", "adjoint"), "mH": ("movement", "adjoint"),
              "real": ("dtype_views", "real"), "imag": ("dtype_views", "imag")}


def inplace_form(function):
    """`x.f_(…)` from `f(x, …)`."""
    @functools.wraps(function)
    def method(self, *args, **kwargs):
        return in_place(self, function, *args, **kwargs)
    method.__name__ = method.__qualname__ = function.__name__ + "_"
    method.__doc__ = f"In-place form of `{function.__name__}`: {function.__doc__}"
    return method


def operator(function, reflected: bool = False):
    """An operator that answers NotImplemented to what is no operand, so that the other side gets its turn."""
    @functools.wraps(function)
    def method(self, other):
        if not isinstance(self, Tensor):
            raise TypeError(f"the operator of a Tensor was called with a {type(self).__name__} in its place")
        try:
            return function(other, self) if reflected else function(self, other)
        except TypeError:
            if isinstance(other, (Tensor, int, float, complex)) or callable(other):
                raise
            return NotImplemented
    return method


def reflected(function):
    """`other op self`."""
    return operator(function, reflected=True)


def inplace_operator(function):
    """`self op= other`."""
    def method(self, other):
        return in_place(self, function, other)
    return method


def _bind(attribute: str, module: str, name: str, make=None) -> None:
    install(Tensor, attribute, f"{__package__}.{module}", name, make)


def bind() -> None:
    """Give Tensor its methods."""
    for module, names in METHODS.items():
        for entry in names.split():
            name, _, inplace = entry.partition(":")
            _bind(name, module, name)
            if inplace:
                _bind(name + "_", module, name, inplace_form)
    for name, (module, function) in RENAMED.items():
        _bind(name, module, function)
    _bind("polygamma_", "gamma", "polygamma_method", inplace_form)
    for name in CASTS.split():
        _bind(name, "convert", f"cast_{name}")
    for name, (module, function) in UNARY.items():
        _bind(f"__{name}__", module, function)
    for name, (module, function) in BINARY.items():
        _bind(f"__{name}__", module, function, operator)
        _bind(f"__r{name}__", module, function, reflected)
        _bind(f"__i{name}__", module, function, inplace_operator)
    _bind("__radd__", "elementwise", "add", operator)       # as x + 2 is, in the graph too: the tensor comes first
    _bind("__rmul__", "elementwise", "mul", operator)
    _bind("__rsub__", "elementwise", "rsub", operator)
    _bind("__rtruediv__", "powers", "reflected_divide", operator)
    _bind("__rdiv__", "powers", "reflected_divide", operator)
    for name in COMPARISONS:
        _bind(f"__{name}__", "comparison", "equals" if name == "eq" else name, operator)
    for name, (module, function) in PROPERTIES.items():
        _bind(name, module, function, property)
