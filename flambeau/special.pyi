"""torch.special: special functions, under the names of SciPy's module of that name.

Written by tools/stubs.py: do not edit.
"""

from collections.abc import Sequence

from flambeau.core.dtype import dtype as _dtype
from flambeau.core.tensor import Tensor as Tensor
from flambeau.core.tensor import _bool, _float, _int, _Operand, _Out

def airy_ai(input: Tensor, *, out: _Out = None) -> Tensor:
    """Ai, the Airy function"""
def bessel_j0(input: Tensor, *, out: _Out = None) -> Tensor:
    """J_0, the Bessel function of the first kind of order 0"""
def bessel_j1(input: Tensor, *, out: _Out = None) -> Tensor:
    """J_1, the Bessel function of the first kind of order 1"""
def bessel_y0(input: Tensor, *, out: _Out = None) -> Tensor:
    """Y_0, the Bessel function of the second kind of order 0"""
def bessel_y1(input: Tensor, *, out: _Out = None) -> Tensor:
    """Y_1, the Bessel function of the second kind of order 1"""
def chebyshev_polynomial_t(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """T_n: T_1 = x, T_{k+1} = 2x T_k - T_{k-1}"""
def chebyshev_polynomial_u(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """U_n: U_1 = 2x, U_{k+1} = 2x U_k - U_{k-1}"""
def chebyshev_polynomial_v(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """V_n: V_1 = 2x - 1, V_{k+1} = 2x V_k - V_{k-1}"""
def chebyshev_polynomial_w(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """W_n: W_1 = 2x + 1, W_{k+1} = 2x W_k - W_{k-1}"""
def digamma(input: Tensor, *, out: _Out = None) -> Tensor:
    """Γ'(x) / Γ(x)"""
def entr(input: Tensor, *, out: _Out = None) -> Tensor:
    """-x · log x, 0 at 0, -inf below"""
def erf(input: Tensor, *, out: _Out = None) -> Tensor:
    """2/√π ∫_0^x e^-t² dt"""
def erfc(input: Tensor, *, out: _Out = None) -> Tensor:
    """1 - erf(x), accurate where it is small"""
def erfcx(input: Tensor, *, out: _Out = None) -> Tensor:
    """e^x² · erfc(x), without overflow"""
def erfinv(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number whose error function is x: infinite at -1 and 1, NaN beyond"""
def exp2(input: Tensor, *, out: _Out = None) -> Tensor:
    """2 ** x"""
def expit(input: Tensor, *, out: _Out = None) -> Tensor:
    """1 / (1 + e^-x)"""
def expm1(input: Tensor, *, out: _Out = None) -> Tensor:
    """e^x - 1, accurate near 0"""
def gammainc(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """1/Γ(a) ∫_0^x t^(a-1) e^-t dt"""
def gammaincc(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """1/Γ(a) ∫_x^∞ t^(a-1) e^-t dt"""
def gammaln(input: Tensor, *, out: _Out = None) -> Tensor:
    """log |Γ(x)|"""
def hermite_polynomial_h(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """H_n: H_1 = 2x, H_{k+1} = 2x H_k - 2k H_{k-1}"""
def hermite_polynomial_he(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """He_n: He_1 = x, He_{k+1} = x He_k - k He_{k-1}"""
def i0(input: Tensor, *, out: _Out = None) -> Tensor:
    """I_0, the modified Bessel function of the first kind of order 0"""
def i0e(input: Tensor, *, out: _Out = None) -> Tensor:
    """e^-|x| · I_0(x)"""
def i1(input: Tensor, *, out: _Out = None) -> Tensor:
    """I_1, the modified Bessel function of the first kind of order 1"""
def i1e(input: Tensor, *, out: _Out = None) -> Tensor:
    """e^-|x| · I_1(x)"""
def laguerre_polynomial_l(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """L_n: L_1 = 1 - x, (k + 1) L_{k+1} = (2k + 1 - x) L_k - k L_{k-1}"""
def legendre_polynomial_p(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """P_n: P_1 = x, (k + 1) P_{k+1} = (2k + 1) x P_k - k P_{k-1}"""
def log1p(input: Tensor, *, out: _Out = None) -> Tensor:
    """log(1 + x), accurate near 0"""
def log_ndtr(input: Tensor, *, out: _Out = None) -> Tensor:
    """log Φ(x), accurate where Φ(x) is small"""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: _Out = None) -> Tensor:
    """log(e^x / Σ e^x) along axis `dim`, without overflow; `dtype` converts the input first. NotImplementedError for integers."""
def logit(input: Tensor, eps: _float | None = None, *, out: _Out = None) -> Tensor:
    """log(x / (1 - x)), with x clamped to [eps, 1 - eps] first if `eps` is given."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = False, *, out: _Out = None) -> Tensor:
    """log Σ e^x over the axes `dim`, without overflow."""
def modified_bessel_i0(input: Tensor, *, out: _Out = None) -> Tensor:
    """I_0, under the name that has no derivative in PyTorch"""
def modified_bessel_i1(input: Tensor, *, out: _Out = None) -> Tensor:
    """I_1, under the name that has no derivative in PyTorch"""
def modified_bessel_k0(input: Tensor, *, out: _Out = None) -> Tensor:
    """K_0, the modified Bessel function of the second kind of order 0"""
def modified_bessel_k1(input: Tensor, *, out: _Out = None) -> Tensor:
    """K_1, the modified Bessel function of the second kind of order 1"""
def multigammaln(input: Tensor, p: _int, *, out: _Out = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p. RuntimeError for p below 1."""
def ndtr(input: Tensor, *, out: _Out = None) -> Tensor:
    """Φ(x), the distribution function of the normal distribution"""
def ndtri(input: Tensor, *, out: _Out = None) -> Tensor:
    """The number whose normal distribution function is x: infinite at 0 and 1, NaN beyond"""
def polygamma(n: _int, input: Tensor, *, out: _Out = None) -> Tensor:
    """The n-th derivative of the digamma function. RuntimeError for a negative n."""
def psi(input: Tensor, *, out: _Out = None) -> Tensor:
    """Γ'(x) / Γ(x)"""
def round(input: Tensor, *, decimals: _int = 0, out: _Out = None) -> Tensor:
    """The nearest multiple of 10^-decimals, of two equally near the even one. RuntimeError for integers with decimals."""
def scaled_modified_bessel_k0(input: Tensor, *, out: _Out = None) -> Tensor:
    """e^x · K_0(x)"""
def scaled_modified_bessel_k1(input: Tensor, *, out: _Out = None) -> Tensor:
    """e^x · K_1(x)"""
def shifted_chebyshev_polynomial_t(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """T_n: T_1 = x, T_{k+1} = 2x T_k - T_{k-1}, of 2x - 1"""
def shifted_chebyshev_polynomial_u(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """U_n: U_1 = 2x, U_{k+1} = 2x U_k - U_{k-1}, of 2x - 1"""
def shifted_chebyshev_polynomial_v(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """V_n: V_1 = 2x - 1, V_{k+1} = 2x V_k - V_{k-1}, of 2x - 1"""
def shifted_chebyshev_polynomial_w(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """W_n: W_1 = 2x + 1, W_{k+1} = 2x W_k - W_{k-1}, of 2x - 1"""
def sinc(input: Tensor, *, out: _Out = None) -> Tensor:
    """sin(πx) / πx, 1 at 0"""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: _Out = None) -> Tensor:
    """e^x / Σ e^x along axis `dim`; `dtype` converts the input first. NotImplementedError for integers."""
def spherical_bessel_j0(input: Tensor, *, out: _Out = None) -> Tensor:
    """sin(x) / x, 1 at 0: the spherical Bessel function of the first kind of order 0"""
def xlog1py(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x · log(1 + y), 0 where x is 0 (but NaN for a NaN y)"""
def xlogy(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """x · log y, 0 where x is 0 (but NaN for a NaN y)"""
def zeta(input: _Operand, other: _Operand, *, out: _Out = None) -> Tensor:
    """Σ_{k>=0} 1 / (k + q)^x, the Hurwitz zeta function"""
