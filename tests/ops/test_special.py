"""Special functions by their identities, limits and recurrences; what torch.special is called."""
import math

import numpy as np
import pytest

import flambeau as torch
from flambeau import special

X = torch.tensor([0.1, 0.5, 1.0, 2.5, 7.0], dtype=torch.float64)


def close(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a.numpy(), b.numpy() if isinstance(b, torch.Tensor) else b, rtol=tolerance, atol=tolerance)


def test_error_functions():
    close(special.erf(X) + special.erfc(X), np.ones(5))
    close(special.erf(special.erfinv(torch.tanh(X))), torch.tanh(X))
    close(special.erfcx(X), (X * X).exp() * special.erfc(X), 1e-10)
    close(special.ndtr(special.ndtri(torch.sigmoid(X))), torch.sigmoid(X))
    close(special.log_ndtr(-X), special.ndtr(-X).log())
    assert special.erfinv(torch.tensor([1.0, -1.0, 2.0])).tolist()[:2] == [math.inf, -math.inf]
    assert special.ndtr(torch.tensor([-10.0], dtype=torch.float64)).item() == pytest.approx(7.61985302416052e-24)


def test_gamma_family():
    close(special.gammaln(X + 1), special.gammaln(X) + X.log())
    close(special.digamma(X + 1), special.digamma(X) + 1 / X)
    for n in (1, 2, 3):
        close(special.polygamma(n, X + 1), special.polygamma(n, X) + (-1) ** n * math.factorial(n) / X ** (n + 1), 1e-9)
    close(special.gammainc(X, X) + special.gammaincc(X, X), np.ones(5))
    close(special.multigammaln(X + 1, 1), special.gammaln(X + 1))
    close(special.multigammaln(X + 2, 2), 0.5 * math.log(math.pi) + special.gammaln(X + 2) + special.gammaln(X + 1.5))
    assert special.zeta(torch.tensor([2.0], dtype=torch.float64), 1.0).item() == pytest.approx(math.pi ** 2 / 6)
    assert X.polygamma(1).tolist() == special.polygamma(1, X).tolist()
    with pytest.raises(RuntimeError, match="negative n"):
        special.polygamma(-1, X)
    with pytest.raises(RuntimeError, match="p has to be greater than or equal to 1"):
        torch.mvlgamma(X, 0)
    a = torch.ones(1, requires_grad=True)
    with pytest.raises(NotImplementedError, match="'igamma: input' is not implemented"):
        torch.igamma(a, torch.ones(1)).backward()


def test_bessel_functions():
    close(special.i0e(X), special.i0(X) * (-X).exp())
    close(special.i1e(X), special.i1(X) * (-X).exp())
    close(special.bessel_j1(X) * special.bessel_y0(X) - special.bessel_j0(X) * special.bessel_y1(X), 2 / (math.pi * X))       # Wronskian
    close(special.modified_bessel_i0(X) * special.modified_bessel_k1(X) + special.modified_bessel_i1(X) * special.modified_bessel_k0(X), 1 / X)
    close(special.scaled_modified_bessel_k0(X), special.modified_bessel_k0(X) * X.exp())
    close(special.scaled_modified_bessel_k1(X), special.modified_bessel_k1(X) * X.exp())
    close(special.spherical_bessel_j0(X), X.sin() / X)
    assert special.airy_ai(torch.zeros(1, dtype=torch.float64)).item() == pytest.approx(0.355028053887817)
    zero = torch.zeros(1, requires_grad=True)
    special.i1(zero).backward()
    assert zero.grad.item() == 0.5


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_orthogonal_polynomials(n):
    angle = torch.tensor([0.3, 1.1, 2.0], dtype=torch.float64)
    x = angle.cos()
    close(special.chebyshev_polynomial_t(x, n), (n * angle).cos())
    close(special.chebyshev_polynomial_u(x, n), ((n + 1) * angle).sin() / angle.sin())
    close(special.chebyshev_polynomial_v(x, n), ((n + 0.5) * angle).cos() / (angle / 2).cos())
    close(special.chebyshev_polynomial_w(x, n), ((n + 0.5) * angle).sin() / (angle / 2).sin())
    close(special.shifted_chebyshev_polynomial_t((x + 1) / 2, n), special.chebyshev_polynomial_t(x, n))
    basis = np.polynomial
    for function, coefficients in ((special.hermite_polynomial_h, basis.hermite.hermval), (special.hermite_polynomial_he, basis.hermite_e.hermeval),
                                   (special.laguerre_polynomial_l, basis.laguerre.lagval), (special.legendre_polynomial_p, basis.legendre.legval)):
        close(function(x, n), coefficients(x.numpy(), [0] * n + [1]))
    assert special.legendre_polynomial_p(x, -1).tolist() == [0, 0, 0]
    assert special.hermite_polynomial_h(0.5, torch.tensor([2.0])).item() == -1


def test_logarithms():
    assert special.entr(torch.tensor([0.0, 1.0, -1.0])).tolist() == [0, 0, -math.inf]
    assert special.xlogy(torch.tensor([0.0]), 0.0).item() == 0 and special.xlog1py(0, torch.tensor([-1.0])).item() == 0
    assert math.isnan(special.xlogy(torch.tensor([0.0]), math.nan).item())
    assert special.logit(torch.tensor([0.0, 0.5, 1.0, 2.0])).tolist()[:3] == [-math.inf, 0, math.inf]
    assert special.logit(torch.tensor([1.0]), eps=0.25).item() == pytest.approx(math.log(3))
    close(special.expit(special.logit(torch.sigmoid(X))), torch.sigmoid(X))


def test_names():
    assert special.psi is special.digamma is torch.digamma and special.expit is torch.sigmoid and special.gammainc is torch.igamma
    assert set(special.__all__) <= set(dir(special)) and len(special.__all__) == len(set(special.__all__))
