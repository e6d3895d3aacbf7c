"""Linear algebra, einsum and Fourier transforms beside PyTorch's: values, gradients and gradients of gradients, for real and complex matrices."""
import math
import warnings

import numpy as np
import pytest

import flambeau

torch = pytest.importorskip("torch", reason="PyTorch is the oracle")

RNG = np.random.default_rng(7)


def matrix(*shape, kind="real"):
    a = RNG.normal(size=shape)
    return a + 1j * RNG.normal(size=shape) if kind == "complex" else a


def hermitian(n, kind="real", definite=False):
    a = matrix(2, n, n, kind=kind)
    adjoint = np.conj(a.swapaxes(-1, -2))
    return a @ adjoint + n * np.eye(n) if definite else a + adjoint


def lower(n, kind):
    return np.tril(matrix(n, n, kind=kind), -1) + np.diag(np.abs(RNG.normal(size=n)) + 1)


def tensors_of(result):
    return [r for r in (result if isinstance(result, (tuple, list)) else [result])]


def run(package, program, arrays):
    """The floating results of a program, the gradients of a fixed combination of them, and those of a fixed combination of the gradients."""
    inputs = [package.tensor(a, requires_grad=True) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = tensors_of(program(package, *inputs))

    def combined(values, seed):
        total = 0
        for k, v in enumerate(values):
            if v is None or not (v.dtype.is_floating_point or v.dtype.is_complex) or not v.requires_grad:
                continue
            size = v * v.conj() if v.dtype.is_complex else v * v * 0.5 + v
            size = package.real(size) if size.dtype.is_complex else size
            total = total + (size * package.tensor(np.random.default_rng(seed + k).normal(size=tuple(v.shape)))).sum()
        return total
    first = package.autograd.grad(combined(results, 1), inputs, create_graph=True, allow_unused=True)
    onward = combined(first, 11)
    second = package.autograd.grad(onward, inputs, allow_unused=True) if getattr(onward, "requires_grad", False) else ()
    return [None if t is None else t.detach().resolve_conj().numpy() for t in (*results, *first, *second)]


REAL = ["real"]
BOTH = ["real", "complex"]
# name -> (kinds, program, arrays by kind); what has an arbitrary sign or phase is made independent of it
CASES = {
    "addmm": (BOTH, lambda p, x, a, b: p.addmm(x, a, b, beta=0.5, alpha=-2), lambda k: [matrix(3, kind=k), matrix(2, 4, kind=k), matrix(4, 3, kind=k)]),
    "addmv": (BOTH, lambda p, x, a, b: p.addmv(x, a, b, beta=2), lambda k: [matrix(2, kind=k), matrix(2, 4, kind=k), matrix(4, kind=k)]),
    "addr": (BOTH, lambda p, x, a, b: p.addr(x, a, b, alpha=3), lambda k: [matrix(2, 4, kind=k), matrix(2, kind=k), matrix(4, kind=k)]),
    "addbmm": (BOTH, lambda p, x, a, b: p.addbmm(x, a, b), lambda k: [matrix(2, 3, kind=k), matrix(5, 2, 4, kind=k), matrix(5, 4, 3, kind=k)]),
    "baddbmm": (BOTH, lambda p, x, a, b: p.baddbmm(x, a, b, beta=0), lambda k: [matrix(2, 3, kind=k), matrix(5, 2, 4, kind=k), matrix(5, 4, 3, kind=k)]),
    "vdot": (BOTH, lambda p, a, b: p.vdot(a, b), lambda k: [matrix(4, kind=k), matrix(4, kind=k)]),
    "vecdot": (BOTH, lambda p, a, b: p.linalg.vecdot(a, b, dim=0), lambda k: [matrix(4, 2, kind=k), matrix(4, 1, kind=k)]),
    "cross": (BOTH, lambda p, a, b: p.linalg.cross(a, b), lambda k: [matrix(2, 3, kind=k), matrix(1, 3, kind=k)]),
    "kron": (BOTH, lambda p, a, b: p.kron(a, b), lambda k: [matrix(2, 3, kind=k), matrix(4, 2, 1, kind=k)]),
    "tensordot": (BOTH, lambda p, a, b: p.tensordot(a, b, dims=([0, 2], [1, 0])), lambda k: [matrix(2, 3, 4, kind=k), matrix(4, 2, 5, kind=k)]),
    "einsum": (BOTH, lambda p, a, b, c: p.einsum("bij,kj,...k->b...i", a, b, c),
               lambda k: [matrix(2, 3, 4, kind=k), matrix(5, 4, kind=k), matrix(6, 5, kind=k)]),
    "bilinear": (REAL, lambda p, a, b, w: p.nn.functional.bilinear(a, b, w), lambda k: [matrix(2, 3), matrix(2, 4), matrix(5, 3, 4)]),
    "cholesky": (BOTH, lambda p, a: p.linalg.cholesky(a), lambda k: [hermitian(3, k, True)]),
    "cholesky upper": (BOTH, lambda p, a: p.linalg.cholesky(a, upper=True), lambda k: [hermitian(3, k, True)]),
    "cholesky_solve": (BOTH, lambda p, b, a: p.cholesky_solve(b, a), lambda k: [matrix(3, 2, kind=k), lower(3, k)]),
    "cholesky_inverse": (BOTH, lambda p, a: p.cholesky_inverse(a, upper=True), lambda k: [lower(3, k).T]),
    "solve_triangular": (BOTH, lambda p, a, b: p.linalg.solve_triangular(a, b, upper=False, left=False), lambda k: [lower(3, k), matrix(2, 4, 3, kind=k)]),
    "solve_triangular unit": (BOTH, lambda p, a, b: p.linalg.solve_triangular(a, b, upper=True, unitriangular=True),
                              lambda k: [lower(3, k).T, matrix(3, 2, kind=k)]),
    "triangular_solve": (BOTH, lambda p, b, a: p.triangular_solve(b, a, upper=False, transpose=True).solution, lambda k: [matrix(3, 2, kind=k), lower(3, k)]),
    "solve": (BOTH, lambda p, a, b: p.linalg.solve(a, b), lambda k: [matrix(2, 3, 3, kind=k), matrix(3, 4, kind=k)]),
    "solve vector": (BOTH, lambda p, a, b: p.linalg.solve(a, b), lambda k: [matrix(2, 3, 3, kind=k), matrix(2, 3, kind=k)]),
    "solve right": (BOTH, lambda p, a, b: p.linalg.solve(a, b, left=False), lambda k: [matrix(3, 3, kind=k), matrix(4, 3, kind=k)]),
    "inv": (BOTH, lambda p, a: p.linalg.inv(a), lambda k: [matrix(2, 3, 3, kind=k)]),
    "det": (BOTH, lambda p, a: p.linalg.det(a), lambda k: [matrix(2, 3, 3, kind=k)]),
    "slogdet": (BOTH, lambda p, a: p.linalg.slogdet(a), lambda k: [matrix(2, 3, 3, kind=k)]),
    "logdet": (BOTH, lambda p, a: p.logdet(a), lambda k: [hermitian(3, k, True)]),
    "lu": (BOTH, lambda p, a: p.linalg.lu(a)[1:], lambda k: [matrix(2, 3, 3, kind=k)]),
    "lu tall": (BOTH, lambda p, a: p.linalg.lu(a)[1:], lambda k: [matrix(4, 2, kind=k)]),
    "lu wide": (BOTH, lambda p, a: p.linalg.lu(a)[1:], lambda k: [matrix(2, 4, kind=k)]),
    "lu_factor": (BOTH, lambda p, a: p.linalg.lu_factor(a).LU, lambda k: [matrix(3, 3, kind=k)]),
    "lu_solve": (BOTH, lambda p, a, b: p.linalg.lu_solve(*p.linalg.lu_factor(a), b), lambda k: [matrix(2, 3, 3, kind=k), matrix(3, 2, kind=k)]),
    "lu_solve adjoint": (BOTH, lambda p, a, b: p.linalg.lu_solve(*p.linalg.lu_factor(a), b, adjoint=True, left=False),
                         lambda k: [matrix(3, 3, kind=k), matrix(2, 3, kind=k)]),
    "qr": (BOTH, lambda p, a: [p.abs(t) for t in p.linalg.qr(a)], lambda k: [matrix(2, 4, 3, kind=k)]),
    "qr wide": (BOTH, lambda p, a: p.abs(p.linalg.qr(a)[1]), lambda k: [matrix(2, 4, kind=k)]),
    "householder_product": (BOTH, lambda p, a, t: p.linalg.householder_product(a, t), lambda k: [matrix(2, 4, 3, kind=k), matrix(2, 2, kind=k)]),
    "ormqr": (REAL, lambda p, a, t, c: p.ormqr(a, t, c, left=False, transpose=True), lambda k: [matrix(4, 3, kind=k), matrix(3, kind=k), matrix(2, 4, kind=k)]),
    "svd": (BOTH, lambda p, a: [p.abs(t) for t in p.linalg.svd(a, full_matrices=False)], lambda k: [matrix(2, 4, 3, kind=k)]),
    "svd wide": (BOTH, lambda p, a: [p.abs(t) for t in p.linalg.svd(a, full_matrices=False)], lambda k: [matrix(2, 4, kind=k)]),
    "svdvals": (BOTH, lambda p, a: p.linalg.svdvals(a), lambda k: [matrix(2, 4, 3, kind=k)]),
    "eigh": (BOTH, lambda p, a: [p.abs(t) for t in p.linalg.eigh(a)], lambda k: [hermitian(3, k)]),
    "eigvalsh": (BOTH, lambda p, a: p.linalg.eigvalsh(a, "U"), lambda k: [hermitian(3, k)]),
    "eig": (BOTH, lambda p, a: p.linalg.eig(a).eigenvectors.abs().sum(-1), lambda k: [matrix(3, 3, kind=k)]),
    "eigvals": (BOTH, lambda p, a: p.linalg.eigvals(a).abs().pow(3).sum(-1), lambda k: [matrix(2, 3, 3, kind=k)]),
    "pinv tall": (BOTH, lambda p, a: p.linalg.pinv(a), lambda k: [matrix(2, 4, 3, kind=k)]),
    "pinv wide": (BOTH, lambda p, a: p.linalg.pinv(a), lambda k: [matrix(2, 4, kind=k)]),
    "pinv of low rank": (BOTH, lambda p, a, b: p.linalg.pinv(a @ b), lambda k: [matrix(4, 2, kind=k), matrix(2, 3, kind=k)]),
    "lstsq": (REAL, lambda p, a, b: p.linalg.lstsq(a, b).solution, lambda k: [matrix(5, 3, kind=k), matrix(5, 2, kind=k)]),
    "lstsq wide": (REAL, lambda p, a, b: p.linalg.lstsq(a, b).solution, lambda k: [matrix(2, 4, kind=k), matrix(2, 2, kind=k)]),
    "matrix_exp": (BOTH, lambda p, a: p.linalg.matrix_exp(a), lambda k: [matrix(2, 3, 3, kind=k)]),
    "matrix_power": (BOTH, lambda p, a: p.linalg.matrix_power(a, 5), lambda k: [matrix(2, 3, 3, kind=k)]),
    "matrix_power negative": (BOTH, lambda p, a: p.linalg.matrix_power(a, -2), lambda k: [matrix(3, 3, kind=k)]),
    "multi_dot": (BOTH, lambda p, *a: p.linalg.multi_dot(a), lambda k: [matrix(3, kind=k), matrix(3, 5, kind=k), matrix(5, 2, kind=k), matrix(2, 4, kind=k)]),
    "tensorinv": (BOTH, lambda p, a: p.linalg.tensorinv(a, 1), lambda k: [matrix(6, 2, 3, kind=k)]),
    "tensorsolve": (BOTH, lambda p, a, b: p.linalg.tensorsolve(a, b, dims=(0,)), lambda k: [matrix(2, 6, 3, kind=k), matrix(6, kind=k)]),
    "vander": (BOTH, lambda p, a: p.linalg.vander(a, N=4), lambda k: [matrix(2, 3, kind=k)]),
    "matrix_norm nuc": (BOTH, lambda p, a: p.linalg.matrix_norm(a, "nuc", dim=(0, 2)), lambda k: [matrix(3, 2, 3, kind=k)]),
    "matrix_norm 2": (BOTH, lambda p, a: p.linalg.matrix_norm(a, 2, keepdim=True), lambda k: [matrix(2, 3, 4, kind=k)]),
    "matrix_norm 1": (BOTH, lambda p, a: p.linalg.matrix_norm(a, 1), lambda k: [matrix(2, 3, 4, kind=k)]),
    "cond": (BOTH, lambda p, a: p.linalg.cond(a), lambda k: [matrix(3, 3, kind=k)]),
    "fft": (BOTH, lambda p, a: p.fft.fft(a, n=7, dim=0, norm="ortho"), lambda k: [matrix(5, 2, kind=k)]),
    "ifft2": (BOTH, lambda p, a: p.fft.ifft2(a, s=(2, 5)), lambda k: [matrix(2, 3, 4, kind=k)]),
    "rfftn": (REAL, lambda p, a: p.fft.rfftn(a, dim=(2, 0)), lambda k: [matrix(4, 2, 5)]),
    "irfftn": (BOTH, lambda p, a: p.fft.irfftn(a, s=(3, 5), norm="forward"), lambda k: [matrix(4, 4, kind=k)]),
    "hfft": (BOTH, lambda p, a: p.fft.hfft(a, 6), lambda k: [matrix(2, 4, kind=k)]),
    "hfft2": (BOTH, lambda p, a: p.fft.hfft2(a), lambda k: [matrix(3, 4, kind=k)]),
    "ihfftn": (REAL, lambda p, a: p.fft.ihfftn(a, norm="ortho"), lambda k: [matrix(3, 4)]),
    "stft": (BOTH, lambda p, a, w: p.stft(a, 8, 3, window=w, normalized=True, return_complex=True), lambda k: [matrix(2, 20, kind=k), np.hanning(10)[1:-1]]),
    "istft": (["complex"], lambda p, a, w: p.istft(a, 8, 2, window=w, length=14), lambda k: [matrix(5, 9, kind=k), np.hanning(10)[1:-1]]),
}


@pytest.mark.parametrize("name, kind", [(n, k) for n, case in CASES.items() for k in case[0]])
def test_values_and_gradients(name, kind):
    _, program, arrays = CASES[name]
    arrays = arrays(kind)
    same(run(flambeau, program, arrays), run(torch, program, arrays))


def same(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        if a is None or b is None:
            assert all(x is None or not x.any() for x in (a, b))
            continue
        assert a.dtype == b.dtype and a.shape == b.shape
        scale = max(1.0, np.abs(b).max(initial=0))
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8 * scale)


@pytest.mark.parametrize("order", [0, 0.5, 1, 1.5, 2, 3, math.inf, -math.inf, -1])
def test_vector_norms(order):
    a = matrix(3, 4, 2)
    for kind in (a, a + 1j * matrix(3, 4, 2)):
        same(*(run(p, lambda p, x: p.linalg.vector_norm(x, order, dim=(0, 2), keepdim=True), [kind]) for p in (flambeau, torch)))


@pytest.mark.parametrize("name", ["hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window"])
@pytest.mark.parametrize("length, periodic", [(0, True), (1, True), (2, False), (7, True), (8, False)])
def test_windows(name, length, periodic):
    ours, theirs = (getattr(p, name)(length, periodic, dtype=p.float64).numpy() for p in (flambeau, torch))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("name, options", [
    ("bartlett", {}), ("blackman", {}), ("cosine", {}), ("exponential", {"tau": 2.0}), ("gaussian", {"std": 0.7}), ("general_cosine", {"a": [0.3, 0.5, 0.2]}),
    ("general_hamming", {"alpha": 0.7}), ("hamming", {}), ("hann", {}), ("kaiser", {"beta": 5.0}), ("nuttall", {}),
])
@pytest.mark.parametrize("length, sym", [(0, True), (1, False), (2, False), (7, True), (8, False)])
def test_signal_windows(name, options, length, sym):
    ours, theirs = (getattr(p.signal.windows, name)(length, sym=sym, dtype=p.float64, **options).numpy() for p in (flambeau, torch))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_eigenpairs_found_by_iteration():
    a = hermitian(12, definite=True)[0]
    found = []
    for p in (flambeau, torch):
        A = p.tensor(a, requires_grad=True)
        levels, vectors = p.lobpcg(A, k=2, largest=False, X=p.tensor(np.eye(12, 3)), tol=1e-12, niter=500)
        weights = p.tensor(np.random.default_rng(3).normal(size=(12, 2)))
        (levels.pow(2).sum() + (vectors.abs() * weights).sum()).backward()
        found.append((levels.detach().numpy(), vectors.detach().abs().numpy(), A.grad.numpy()))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
