"""Gamma and Dirichlet samples as differentiable functions of their concentrations.

A sample x of a distribution with the cumulative distribution function F(x; a) moves with a as ``dx/da = -(dF/da) / (dF/dx)``
while its rank F stays. For these F, which have no closed form, the quotient is approximated piece by piece, as M. Jankowiak
and F. Obermeyer do ("Pathwise derivatives beyond the reparameterization trick", 2018, arXiv:1806.01851) and PyTorch after
them: by Taylor series near the ends, by saddle-point expansions for large concentrations, and between by rational functions
fitted to numeric values, whose coefficients are theirs. All is computed in double.
"""

import itertools
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.autograd import Function
from flambeau.autograd.function import once_differentiable

__all__ = ["sample_dirichlet", "sample_gamma"]


def sample_gamma(concentration: Tensor) -> Tensor:
    """Gamma samples of rate 1, one for each concentration, with gradients."""
    return _Gamma.apply(concentration)


def sample_dirichlet(concentration: Tensor) -> Tensor:
    """Dirichlet samples (..., k), one for each vector of concentrations (..., k), with gradients."""
    return _Dirichlet.apply(concentration)


class _Gamma(Function):
    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        x = flambeau._standard_gamma(concentration)
        ctx.save_for_backward(x, concentration)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        x, concentration = ctx.saved_tensors
        return grad * _gamma_slope(x.double(), concentration.double()).to(grad.dtype)


class _Dirichlet(Function):
    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        # In double, since gamma numbers of small concentrations are too small for less.
        gamma = flambeau._standard_gamma(concentration.double())
        limits = flambeau.finfo(concentration.dtype)
        x = (gamma / gamma.sum(-1, True)).clamp(min=limits.tiny).to(concentration.dtype).clamp(max=1 - limits.eps / 2)
        ctx.save_for_backward(x, concentration)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        x, concentration = ctx.saved_tensors
        wide = concentration.double()
        slope = _beta_slope(x.double(), wide, wide.sum(-1, True).expand_as(wide)).to(grad.dtype)
        return slope * (grad - (x * grad).sum(-1, True))


# -- gamma ----------------------------------------------------------------------------------------------------------------


def _gamma_slope(x: Tensor, a: Tensor) -> Tensor:
    """dx/da of a gamma sample x of concentration a."""
    close = (x >= 0.9 * a) & (x <= 1.1 * a)
    large = flambeau.where(close, _gamma_at_mean(x, a), _gamma_saddle(x, a))
    return flambeau.where(x < 0.8, _gamma_small(x, a), flambeau.where(a > 8, large, _gamma_fitted(x, a)))


def _gamma_small(x: Tensor, a: Tensor) -> Tensor:
    """By the series ``F(x) = x**a / Gamma(a) * sum over i of (-x)**i / i! / (a + i)``."""
    term, total, total_slope = flambeau.ones_like(x), 1 / a, 1 / a**2
    for i in range(1, 6):
        term = term * (-x / i)
        total = total + term / (a + i)
        total_slope = total_slope + term / (a + i) ** 2
    power = x**a
    slope = (x.log() - flambeau.digamma(a)) * power * total - power * total_slope
    return _nan_is_zero(-slope / (x ** (a - 1) * (-x).exp()))


def _gamma_saddle(x: Tensor, a: Tensor) -> Tensor:
    """For large a, away from x = a."""
    root = (8 * a).sqrt()
    power = (x - a - a * (x / a).log()) ** -1.5
    bracket = root / (a - x) + flambeau.where(x < a, -power, power)
    term = (x / a).log() * bracket - (2 / a).sqrt() * (a + x) / (a - x) ** 2
    stirling = 1 + 1 / (12 * a) * (1 + 1 / (24 * a))
    return -stirling * x * term / root


def _gamma_at_mean(x: Tensor, a: Tensor) -> Tensor:
    """For large a, near x = a, where the expansion has a removable singularity."""
    first = 1 + 24 * a * (1 + 12 * a)
    second = 1440 * a**2 + 6 * x * (53 - 120 * x) - 65 * x**2 / a + a * (107 + 3600 * x)
    return first * second / (1244160 * a**4)


# For each power of u: the coefficients of powers of v in the numerator, then in the denominator.
_GAMMA_FIT = (
    ((0.16009398, -0.094634809, 0.025146376, -0.0030648343), (1, 0.32668115, 0.10406089, 0.0014179084)),
    ((0.53487893, 0.1298071, 0.065735949, -0.0015649758), (0.16639465, 0.020070113, -0.0035938915, -0.00058392623)),
    ((0.040121004, -0.0065914022, -0.0026286047, -0.0013441777), (0.017050642, -0.0021309326, 0.00085092367, -1.5247877e-07)),
)


def _gamma_fitted(x: Tensor, a: Tensor) -> Tensor:
    u, v = (x / a).log(), a.log()
    numerator, denominator = (sum(u**i * _polynomial(v, row[part]) for i, row in enumerate(_GAMMA_FIT)) for part in (0, 1))
    return (numerator / denominator).exp()


def _polynomial(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """The constant coefficient comes first."""
    value = flambeau.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = coefficient + x * value
    return value


def _nan_is_zero(x: Tensor) -> Tensor:
    return flambeau.where(x.isnan(), 0.0, x)


# -- beta, of which Dirichlet's elements are ----------------------------------------------------------------------------------


def _beta_slope(x: Tensor, a: Tensor, total: Tensor) -> Tensor:
    """dx/da / (1 - x) of a beta sample x of concentrations a and total - a."""
    b = total - a
    edge = total * x * (1 - x)
    fitted = flambeau.where((a > 6) & (b > 6), _beta_saddle(x, a, b), _beta_fitted(x, a, total))
    near_one = flambeau.where((x >= 0.5) & (edge < 0.75), -_beta_small_b(1 - x, b, a), fitted)
    return flambeau.where((x <= 0.5) & (edge < 2.5), _beta_small_a(x, a, b), near_one)


def _beta_small_a(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """By the Taylor series of F at x = 0, with respect to a."""
    factor = flambeau.digamma(a) - flambeau.digamma(a + b) - x.log()
    term, series = flambeau.ones_like(x), 1 / a * (factor + 1 / a)
    for i in range(1, 11):
        term = term * ((i - b) * x / i)
        series = series + term / (a + i) * (factor + 1 / (a + i))
    return _nan_is_zero(x * (1 - x) ** -b * series)


def _beta_small_b(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """By the Taylor series of F at x = 0, with respect to b."""
    factor = flambeau.digamma(a + b) - flambeau.digamma(b)
    term, product, product_slope = flambeau.ones_like(x), flambeau.ones_like(x), flambeau.zeros_like(x)
    series = factor / a
    for i in range(1, 9):
        term = term * (-x / i)
        product_slope = product_slope * (b - i) + product
        product = product * (b - i)
        series = series + term / (a + i) * (product_slope + factor * product)
    return _nan_is_zero(-((1 - x) ** (1 - b)) * series)


def _beta_saddle(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """For large a and b; near the mean, where the expansion has a removable singularity, by a polynomial."""
    total = a + b
    mean = a / total
    deviation = (a * b / (total + 1)).sqrt() / total

    polynomial = 47 * x * b**4 + a * (
        (43 + 20 * (16 + 27 * b) * x) * b**3
        + a * (3 * (59 + 180 * b - 90 * x) * b**2 + a * ((453 + 1620 * b * (1 - x) - 455 * x) * b + a * (8 * (1 - x) * (135 * b - 11))))
    )
    at_mean = (1 + 12 * a) * (1 + 12 * b) / total**2 / (1 - x) * polynomial / (12960 * a**3 * b**2 * (1 + 12 * total))

    stirling = _stirling(a) * _stirling(b) / _stirling(total)
    off_mean = a * (x - 1) + b * x
    term1 = (2 * a**2 * (x - 1) + a * b * (x - 1) - x * b**2) / ((2 * a / b).sqrt() * total**1.5 * off_mean**2)
    term2 = 0.5 * (a / (total * x)).log()
    term3 = (8 * a * b / total).sqrt() / off_mean
    term4 = (b * (b / (total * (1 - x))).log() + a * (a / (total * x)).log()) ** -1.5
    expansion = -x / (2 * a * b / total).sqrt() * stirling * (term1 + term2 * (term3 + flambeau.where(x < mean, term4, -term4)))
    return flambeau.where((x - mean).abs() <= 0.1 * deviation, at_mean, expansion)


def _stirling(a: Tensor) -> Tensor:
    return 1 + 1 / (12 * a) + 1 / (288 * a * a)


# For each power of u and each of a: the coefficients of powers of b; numerator and denominator.
_BETA_FIT = (
    (
        (
            (1.003668233, -0.01061107488, -0.0657888334, 0.01201642863),
            (0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033),
            (-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013),
        ),
        (
            (0.221950385, -0.3187676331, 0.01799915743, 0.01074823814),
            (-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057),
            (0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-05),
        ),
        (
            (-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565),
            (0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181),
            (0.005900514878, -0.001936558688, -9.495446725e-06, 5.385558597e-05),
        ),
    ),
    (
        (
            (1, -0.02924021934, -0.04438342661, 0.007285809825),
            (0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521),
            (-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149),
        ),
        (
            (0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273),
            (0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956),
            (-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-05),
        ),
        (
            (0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-05),
            (0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-05),
            (-0.0003477407336, 6.959756487e-05, 1.097287507e-05, -1.650964693e-06),
        ),
    ),
)


def _beta_fitted(x: Tensor, a: Tensor, total: Tensor) -> Tensor:
    """An analytic approximation times a fitted correction."""
    u = x.log()
    v = a.log() - u
    w = total.log() - v
    numerator, denominator = (
        sum(u**i * v**j * _polynomial(w, fit[i][j]) for i, j in itertools.product(range(3), repeat=2)) for fit in _BETA_FIT
    )
    return numerator / denominator * x * (flambeau.digamma(total) - flambeau.digamma(a)) / (total - a)
