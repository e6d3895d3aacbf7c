"""The one table that binds operator functions to Tensor's methods and operators."""
from __future__ import annotations

import functools

from ..core.record import in_place
from ..core.tensor import Tensor
from . import (
    activation,
    addition,
    arrange,
    bessel,
    bitwise,
    blend,
    comparison,
    contract,
    convert,
    copies,
    create,
    diagonal,
    differences,
    elementwise,
    error_functions,
    exponential,
    extremes,
    gamma,
    gather,
    histogram,
    index,
    inset,
    magnitude,
    masked,
    moments,
    movement,
    norms,
    order,
    powers,
    product,
    random,
    reduce,
    restructure,
    rounding,
    scan,
    scatter,
    search,
    softmax,
    split,
    subscript,
    trigonometric,
)

# public functions that are methods too, by module; a trailing ":_" means that there is an in-place form
METHODS = {
    elementwise: "add:_ sub:_ subtract:_ mul:_ multiply:_ true_divide:_ neg:_ negative:_ exp:_ log:_ sqrt:_ conj conj_physical:_ positive",
    powers: "float_power float_power_ pow:_ reciprocal:_ rsqrt:_ square:_",
    exponential: "exp2:_ expm1:_ log10:_ log1p:_ log2:_ logaddexp logaddexp2 logit:_ sigmoid:_ xlogy:_",
    trigonometric: "acos:_ acosh:_ arccos:_ arccosh:_ arcsin:_ arcsinh:_ arctan:_ arctan2:_ arctanh:_ asin:_ asinh:_ atan:_ atan2:_ atanh:_ cos:_ cosh:_ "
                   "deg2rad:_ hypot:_ rad2deg:_ sin:_ sinc:_ sinh:_ tan:_ tanh:_",
    magnitude: "abs:_ absolute:_ angle clamp:_ clamp_max:_ clamp_min:_ clip:_ copysign:_ fmax fmin isfinite isinf isnan isneginf isposinf isreal maximum "
               "minimum nan_to_num:_ nextafter:_ sgn:_ sign:_ signbit",
    comparison: "allclose eq:_ ge:_ greater:_ greater_equal:_ gt:_ isclose le:_ less:_ less_equal:_ logical_and:_ logical_not:_ logical_or:_ "
                "logical_xor:_ lt:_ ne:_ not_equal:_",
    error_functions: "erf:_ erfc:_ erfinv:_",
    gamma: "digamma:_ igamma:_ igammac:_ lgamma:_ mvlgamma:_",
    bessel: "i0:_",
    rounding: "ceil:_ div:_ divide:_ fix:_ floor:_ floor_divide:_ fmod:_ frac:_ remainder:_ round:_ trunc:_",
    bitwise: "bitwise_and:_ bitwise_left_shift:_ bitwise_not:_ bitwise_or:_ bitwise_right_shift:_ bitwise_xor:_ gcd:_ lcm:_",
    movement: "as_strided view view_as reshape reshape_as flatten unflatten ravel permute transpose swapaxes swapdims t adjoint movedim moveaxis expand "
              "expand_as broadcast_to squeeze unsqueeze narrow select diagonal unfold",
    index: "index_put index_put_",
    gather: "gather index_select take take_along_dim",
    scatter: "scatter:_ scatter_add:_ scatter_reduce:_ index_add:_ index_copy:_ index_fill:_ index_reduce:_ put:_",
    masked: "masked_fill:_ masked_select masked_scatter:_ nonzero nonzero_static argwhere count_nonzero",
    arrange: "flip fliplr flipud repeat repeat_interleave roll rot90 tile",
    diagonal: "diag diag_embed diagflat tril:_ triu:_",
    restructure: "as_strided_ squeeze_ swapaxes_ swapdims_ t_ transpose_ unsqueeze_",
    inset: "as_strided_scatter diagonal_scatter select_scatter slice_scatter",
    search: "unique unique_consecutive",
    copies: "narrow_copy",
    split: "chunk dsplit hsplit split_with_sizes tensor_split unbind unsafe_chunk unsafe_split unsafe_split_with_sizes vsplit",
    reduce: "all any mean nanmean nansum prod sum",
    extremes: "amax amin aminmax argmax argmin max min",
    scan: "cummax cummin cumprod:_ cumsum:_ logcumsumexp",
    softmax: "log_softmax logsumexp softmax",
    moments: "corrcoef cov std var",
    norms: "dist norm renorm:_",
    order: "argsort kthvalue median mode msort nanmedian sort topk",
    differences: "diff",
    histogram: "bincount histc histogram",
    contract: "matmul mm bmm mv dot",
    addition: "addbmm:_ addmm:_ addmv:_ addr:_ baddbmm:_",
    product: "cross ger inner kron outer trace vdot",
    activation: "celu celu_ hardshrink prelu relu relu_ selu selu_ threshold threshold_",
    blend: "addcdiv:_ addcmul:_ frexp heaviside:_ ldexp:_ lerp:_",
    random: "uniform_ normal_ random_ bernoulli_ bernoulli exponential_ cauchy_ geometric_ log_normal_ multinomial",
    create: "new_tensor new_zeros new_ones new_empty new_full new_empty_strided",
    convert: "clone contiguous to type_as cpu cuda copy_ fill_ zero_ set_ detach_ equal",
}


def inplace_form(function):
    """`x.f_(…)` from `f(x, …)`."""
    @functools.wraps(function)
    def method(self, *args, **kwargs):
        return in_place(self, function, *args, **kwargs)
    method.__name__ = method.__qualname__ = function.__name__ + "_"
    method.__doc__ = f"In-place form of `{function.__name__}`: {function.__doc__}"
    return method


def bind() -> None:
    """Give Tensor its methods."""
    for module, names in METHODS.items():
        for entry in names.split():
            name, _, inplace = entry.partition(":")
            function = getattr(module, name)
            setattr(Tensor, name, function)
            if inplace:
                setattr(Tensor, name + "_", inplace_form(function))
    for name, function in convert.casters.items():
        setattr(Tensor, name, function)
    Tensor.type, Tensor.split, Tensor.where = convert.type_, split.split_method, masked.where_method
    Tensor.polygamma, Tensor.polygamma_ = gamma.polygamma_method, inplace_form(gamma.polygamma_method)
    for name in ("resolve_conj", "resolve_neg", "coalesce", "pin_memory", "share_memory_", "to_dense"):
        setattr(Tensor, name, convert.resolve)
    for name, function in OPERATORS.items():
        setattr(Tensor, f"__{name}__", function)
    for name, function in PROPERTIES.items():
        setattr(Tensor, name, property(function))


def _operator(function, reflected=False):
    """An operator that answers NotImplemented to what is no operand, so that the other side gets its turn."""
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


def _inplace_operator(function):
    def method(self, other):
        return in_place(self, function, other)
    return method


OPERATORS = {
    "neg": elementwise.neg,
    "pos": lambda self: self,
    "getitem": subscript.getitem,
    "setitem": subscript.setitem,
    "delitem": subscript.delitem,
    "iter": split.iterate,
    "abs": magnitude.abs,
    "invert": bitwise.invert,
}
for _name, _function in {"add": elementwise.add, "sub": elementwise.sub, "mul": elementwise.mul, "truediv": elementwise.true_divide,
                         "floordiv": rounding.floor_divide, "mod": rounding.remainder, "pow": powers.pow, "matmul": contract.matmul,
                         "and": bitwise.bitwise_and, "or": bitwise.bitwise_or, "xor": bitwise.bitwise_xor, "lshift": bitwise.bitwise_left_shift,
                         "rshift": bitwise.bitwise_right_shift}.items():
    OPERATORS[_name] = _operator(_function)
    OPERATORS["r" + _name] = _operator(_function, reflected=True)
    OPERATORS["i" + _name] = _inplace_operator(_function)
OPERATORS["rsub"] = _operator(elementwise.rsub)
OPERATORS["rtruediv"] = OPERATORS["rdiv"] = _operator(lambda self, other: powers.reciprocal(self) * other)        # rounded as PyTorch does, twice
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    OPERATORS[_name] = _operator(getattr(comparison, _name))

PROPERTIES = {
    "T": lambda self: movement.permute(self, tuple(range(self.ndim))[::-1]),
    "mT": lambda self: movement.transpose(self, -2, -1),
    "H": lambda self: movement.adjoint(self),
    "mH": lambda self: movement.adjoint(self),
    "real": movement.real,
    "imag": movement.imag,
}
