"""Activations: functions of each element."""

import warnings

import flambeau
from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn import init
from flambeau.nn.modules.attention import MultiheadAttention
from flambeau.nn.modules.module import Module
from flambeau.nn.modules.softmax import LogSoftmax, Softmax, Softmax2d, Softmin
from flambeau.nn.parameter import Parameter

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "MultiheadAttention",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]

# Unless a class says otherwise, shapes are x (*) -> y (*).


class _Activation(Module):
    """An activation that prints the attributes in ``_shown``, and ``inplace`` where it is on."""

    _shown: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The options."""
        shown = [f"{name}={getattr(self, name)}" for name in self._shown]
        return ", ".join([*shown, "inplace=True"] if getattr(self, "inplace", False) else shown)


class _InPlaceActivation(_Activation):
    """An activation whose one option is to write into its input."""

    __constants__ = ["inplace"]

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class Threshold(_Activation):
    """y = x where x > threshold, value elsewhere.

    Args:
        threshold, value: of the formula.
        inplace: write into the input.
    """

    __constants__ = ["threshold", "value", "inplace"]
    _shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.threshold(input, self.threshold, self.value, self.inplace)


class ReLU(_InPlaceActivation):
    """y = max(0, x).

    Args:
        inplace: write into the input.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.relu(input, inplace=self.inplace)


class RReLU(_Activation):
    """y = x where x >= 0, a x elsewhere, with a drawn for each element between lower and upper in training, their mean in evaluation
    (Xu et al., 2015, arXiv:1505.00853).

    Args:
        lower, upper: of a.
        inplace: write into the input.
    """

    __constants__ = ["lower", "upper", "inplace"]
    _shown = ("lower", "upper")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class Hardtanh(_Activation):
    """y = min(max(x, min_val), max_val).

    Args:
        min_val, max_val: of the formula.
        inplace: write into the input.
        min_value, max_value: older names of min_val and max_val.

    Raises:
        AssertionError: max_val is not greater than min_val.
    """

    __constants__ = ["min_val", "max_val", "inplace"]
    _shown = ("min_val", "max_val")

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False, min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        if min_value is not None:
            warnings.warn("keyword argument `min_value` is deprecated and renamed to `min_val`", FutureWarning, stacklevel=2)
            min_val = min_value
        if max_value is not None:
            warnings.warn("keyword argument `max_value` is deprecated and renamed to `max_val`", FutureWarning, stacklevel=2)
            max_val = max_value
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace
        if max_val <= min_val:
            raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """y = min(max(0, x), 6).

    Args:
        inplace: write into the input.
    """

    _shown = ()

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class Sigmoid(Module):
    """y = 1 / (1 + exp(-x))."""

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return flambeau.sigmoid(input)


class Hardsigmoid(_InPlaceActivation):
    """y = min(max(x / 6 + 1/2, 0), 1).

    Args:
        inplace: write into the input.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing."""
        return ""


class Tanh(Module):
    """y = tanh(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return flambeau.tanh(input)


class SiLU(_InPlaceActivation):
    """y = x sigmoid(x), also called swish (Hendrycks & Gimpel, 2016, arXiv:1606.08415; Ramachandran et al., 2017, arXiv:1710.05941).

    Args:
        inplace: write into the input.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.silu(input, inplace=self.inplace)


class Mish(_InPlaceActivation):
    """y = x tanh(softplus(x)) (Misra, 2019, arXiv:1908.08681).

    Args:
        inplace: write into the input.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.mish(input, inplace=self.inplace)


class Hardswish(_InPlaceActivation):
    """y = x min(max(x + 3, 0), 6) / 6 (Howard et al., 2019, arXiv:1905.02244).

    Args:
        inplace: write into the input.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing."""
        return ""


class ELU(_Activation):
    """y = x where x > 0, alpha (exp(x) - 1) elsewhere (Clevert et al., 2015, arXiv:1511.07289).

    Args:
        alpha: of the formula.
        inplace: write into the input.
    """

    __constants__ = ["alpha", "inplace"]
    _shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.elu(input, self.alpha, self.inplace)


class CELU(_Activation):
    """y = max(0, x) + min(0, alpha (exp(x / alpha) - 1)) (Barron, 2017, arXiv:1704.07483).

    Args:
        alpha: of the formula.
        inplace: write into the input.
    """

    __constants__ = ["alpha", "inplace"]
    _shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.celu(input, self.alpha, self.inplace)


class SELU(_InPlaceActivation):
    """y = scale (max(0, x) + min(0, alpha (exp(x) - 1))), with scale 1.0507… and alpha 1.6733… such that mean 0 and variance 1 are
    kept (Klambauer et al., 2017, arXiv:1706.02515).

    Args:
        inplace: write into the input.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.selu(input, self.inplace)


class GLU(_Activation):
    """y = a sigmoid(b), where a and b are the halves of x along an axis: x (*, 2 D, *) -> (*, D, *).

    Args:
        dim: the axis.
    """

    __constants__ = ["dim"]
    _shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """(*, 2 D, *) -> (*, D, *)."""
        return F.glu(input, self.dim)


class GELU(Module):
    """y = x Φ(x), with Φ the normal distribution function (Hendrycks & Gimpel, 2016, arXiv:1606.08415).

    Args:
        approximate: ``"none"``, or ``"tanh"`` for x/2 (1 + tanh(sqrt(2/π) (x + 0.044715 x³))).
    """

    __constants__ = ["approximate"]

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """The approximation."""
        return f"approximate={self.approximate!r}"


class Hardshrink(Module):
    """y = x where |x| > lambd, 0 elsewhere.

    Args:
        lambd: of the formula.
    """

    __constants__ = ["lambd"]

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """lambd."""
        return f"{self.lambd}"


class LeakyReLU(_Activation):
    """y = max(0, x) + negative_slope min(0, x).

    Args:
        negative_slope: of the formula.
        inplace: write into the input.
    """

    __constants__ = ["inplace", "negative_slope"]
    _shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class LogSigmoid(Module):
    """y = log(1 / (1 + exp(-x)))."""

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.logsigmoid(input)


class Softplus(_Activation):
    """y = log(1 + exp(beta x)) / beta; x itself where beta x > threshold.

    Args:
        beta, threshold: of the formula.
    """

    __constants__ = ["beta", "threshold"]
    _shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.softplus(input, self.beta, self.threshold)


class Softshrink(Module):
    """y = x - lambd where x > lambd, x + lambd where x < -lambd, 0 elsewhere.

    Args:
        lambd: of the formula, 0 or more.
    """

    __constants__ = ["lambd"]

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """lambd."""
        return str(self.lambd)


class PReLU(_Activation):
    """y = max(0, x) + weight min(0, x), with a learned weight (He et al., 2015, arXiv:1502.01852): x (N, C, *) -> (N, C, *).

    Args:
        num_parameters: 1, or C for a weight each channel.
        init: the weight's first value.
        device, dtype: of the weight.
    """

    __constants__ = ["num_parameters"]
    _shown = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(flambeau.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The weight's first value."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.prelu(input, self.weight)


class Softsign(Module):
    """y = x / (1 + |x|)."""

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.softsign(input)


class Tanhshrink(Module):
    """y = x - tanh(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """x -> y."""
        return F.tanhshrink(input)
