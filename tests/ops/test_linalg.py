"""Decompositions, equations and norms: what they are defined by, their gradients where only one triangle is read or a phase is arbitrary, their errors."""
import numpy as np
import pytest

import flambeau
from flambeau import linalg
from flambeau.autograd import gradcheck, gradgradcheck

DOUBLE, COMPLEX = flambeau.float64, flambeau.complex128


def matrix(*shape, dtype=DOUBLE):
    return flambeau.randn(*shape, dtype=dtype)


def definite(n, dtype=DOUBLE):
    a = matrix(2, n, n, dtype=dtype)
    return a @ a.mH + n * flambeau.eye(n, dtype=dtype)


def close(a, b, tolerance=1e-9):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), atol=tolerance)


@pytest.fixture(params=[DOUBLE, COMPLEX], ids=str)
def dtype(request):
    return request.param


# --------------------------------------------------------------------------------------------------------------- what they mean
def test_cholesky(dtype):
    a = definite(4, dtype)
    factor = linalg.cholesky(a)
    close(factor @ factor.mH, a)
    close(linalg.cholesky(a, upper=True), factor.mH)
    close(flambeau.cholesky_inverse(factor), linalg.inv(a))
    b = matrix(4, 3, dtype=dtype)
    close(a @ flambeau.cholesky_solve(b, factor), b.expand(2, 4, 3))


@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 2), (2, 2, 4), (0, 3), (2, 0, 0)])
def test_qr_lu_svd_rebuild_the_matrix(shape, dtype):
    a = matrix(*shape, dtype=dtype)
    q, r = linalg.qr(a)
    close(q @ r, a)
    close(q.mH @ q, flambeau.eye(q.shape[-1], dtype=dtype).expand(*shape[:-2], -1, -1))
    p, low, up = linalg.lu(a)
    close(p @ low @ up, a)
    close(low, low.tril())
    for full in (False, True):
        u, s, vh = linalg.svd(a, full_matrices=full)
        k = s.shape[-1]
        close((u[..., :k] * s.unsqueeze(-2)) @ vh[..., :k, :], a)
        assert (u.shape[-1], vh.shape[-2]) == ((shape[-2], shape[-1]) if full else (k, k))
    close(linalg.svdvals(a), s)
    assert (s.diff() <= 0).all()


def test_eigenpairs(dtype):
    a = matrix(2, 4, 4, dtype=dtype)
    levels, v = linalg.eig(a)
    assert levels.dtype is v.dtype is COMPLEX
    close(a.to(COMPLEX) @ v, v * levels.unsqueeze(-2))
    h = a + a.mH
    levels, v = linalg.eigh(h)
    assert levels.dtype is DOUBLE
    close(h @ v, v * levels.unsqueeze(-2))
    close(linalg.eigvalsh(h.tril()), levels)
    close(linalg.eigvalsh(h.triu(), "U"), levels)


def test_equations(dtype):
    a, b = matrix(2, 3, 3, dtype=dtype), matrix(3, 4, dtype=dtype)
    close(a @ linalg.solve(a, b), b.expand(2, 3, 4))
    close(linalg.solve(a, b.mT, left=False) @ a, b.mT.expand(2, 4, 3))
    vector = matrix(2, 3, dtype=dtype)
    close((a @ linalg.solve(a, vector).unsqueeze(-1)).squeeze(-1), vector)
    close(linalg.inv(a) @ a, flambeau.eye(3, dtype=dtype).expand(2, 3, 3))
    factors, pivots = linalg.lu_factor(a)
    for adjoint in (False, True):
        m = a.mH if adjoint else a
        close(m @ linalg.lu_solve(factors, pivots, b, adjoint=adjoint), b.expand(2, 3, 4))
        close(linalg.lu_solve(factors, pivots, b.mT, left=False, adjoint=adjoint) @ m, b.mT.expand(2, 4, 3))
    h = a + a.mH
    close(h @ linalg.ldl_solve(*linalg.ldl_factor(h, hermitian=True), b.expand(2, 3, 4), hermitian=True), b.expand(2, 3, 4))
    t = a.triu() + 2 * flambeau.eye(3, dtype=dtype)
    close(t @ linalg.solve_triangular(t, b, upper=True), b.expand(2, 3, 4))


def test_least_squares(dtype):
    a, b = matrix(5, 3, dtype=dtype), matrix(5, 2, dtype=dtype)
    found = linalg.lstsq(a, b, driver="gelsd")
    close(a.mH @ (a @ found.solution - b), flambeau.zeros(3, 2, dtype=dtype))
    close(found.residuals, (a @ found.solution - b).abs().square().sum(0))
    close(found.singular_values, linalg.svdvals(a))
    assert found.rank.item() == 3
    assert [tuple(t.shape) for t in linalg.lstsq(a, b)[1:]] == [(0,), (), (0,)]
    assert [tuple(t.shape) for t in linalg.lstsq(a, b, driver="gels")[1:]] == [(2,), (0,), (0,)]
    close(linalg.lstsq(a, b[:, 0]).solution, found.solution[:, 0])


def test_pseudo_inverse_of_a_matrix_of_low_rank(dtype):
    a = matrix(4, 2, dtype=dtype) @ matrix(2, 5, dtype=dtype)
    p = linalg.pinv(a)
    for product, want in ((a @ p @ a, a), (p @ a @ p, p), ((a @ p).mH, a @ p), ((p @ a).mH, p @ a)):
        close(product, want)
    h = a @ a.mH
    close(linalg.pinv(h, hermitian=True), linalg.pinv(h), 1e-7)
    assert linalg.matrix_rank(a).item() == linalg.matrix_rank(h, hermitian=True).item() == 2
    assert linalg.matrix_rank(flambeau.diag(flambeau.tensor([3.0, 1.0, 0.1])), atol=0.5).item() == 2


def test_determinants(dtype):
    a = matrix(3, 4, 4, dtype=dtype)
    sign, size = linalg.slogdet(a)
    close(sign * size.exp(), linalg.det(a))
    close(linalg.det(a), linalg.eigvals(a).prod(-1) if dtype is COMPLEX else linalg.eigvals(a).prod(-1).real)
    assert linalg.det(flambeau.empty(0, 0)).item() == 1.0
    assert flambeau.logdet(-flambeau.eye(3)).isnan() and flambeau.logdet(flambeau.zeros(2, 2)).item() == -float("inf")


def test_det_of_singular_matrices_has_its_cofactors_for_gradient():
    a = flambeau.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=DOUBLE, requires_grad=True)
    linalg.det(a).backward()
    close(a.grad, flambeau.tensor([[4.0, -2.0], [-2.0, 1.0]], dtype=DOUBLE), 1e-12)
    b = flambeau.zeros(3, 3, dtype=DOUBLE, requires_grad=True)
    linalg.det(b).backward()
    assert not b.grad.any()


def test_reflections(dtype):
    a, c = matrix(5, 3, dtype=dtype), matrix(5, 2, dtype=dtype)
    factors, tau = flambeau.geqrf(a)
    q = linalg.householder_product(factors, tau)
    close(q @ factors.triu()[:3], a)
    full, _ = linalg.qr(a, mode="complete")
    close(flambeau.ormqr(factors, tau, c), full @ c)
    close(flambeau.ormqr(factors, tau, c, transpose=True), full.mH @ c)
    close(flambeau.ormqr(factors, tau, c.mT, left=False), c.mT @ full)


def test_powers_and_exponentials(dtype):
    a = matrix(2, 3, 3, dtype=dtype)
    close(linalg.matrix_power(a, 5), a @ a @ a @ a @ a)
    close(linalg.matrix_power(a, -2) @ a @ a, flambeau.eye(3, dtype=dtype).expand(2, 3, 3), 1e-7)
    close(linalg.matrix_power(a, 0), flambeau.eye(3, dtype=dtype).expand(2, 3, 3))
    close(linalg.matrix_exp(a) @ linalg.matrix_exp(-a), flambeau.eye(3, dtype=dtype).expand(2, 3, 3))
    series, term = flambeau.eye(3, dtype=dtype), flambeau.eye(3, dtype=dtype)
    for k in range(1, 30):
        term = term @ a / k
        series = series + term
    close(linalg.matrix_exp(a), series)


def test_tensors_as_matrices():
    a = matrix(6, 4, 2, 3, 4)
    x = linalg.tensorsolve(a, b := matrix(6, 4))
    close(flambeau.tensordot(a, x, 3), b)
    close(flambeau.tensordot(linalg.tensorinv(a), b, 2), x)
    close(linalg.vander(flambeau.tensor([2, 3]), N=4).double(), flambeau.tensor([[1.0, 2, 4, 8], [1, 3, 9, 27]], dtype=DOUBLE))


def test_norms():
    a = flambeau.tensor([[3.0, -4.0], [0.0, 0.0]], dtype=DOUBLE)
    orders = ("fro", "nuc", 2, -2, 1, -1, float("inf"), -float("inf"))
    assert [round(linalg.matrix_norm(a, order).item(), 9) for order in orders] == [5, 5, 5, 0, 4, 3, 7, 0]
    assert flambeau.norm(a, "nuc").item() == pytest.approx(5) and a.norm(1, dim=0).tolist() == [3.0, 4.0]
    assert linalg.norm(a, "fro", keepdim=True).shape == (1, 1) and linalg.norm(a[0], 1).item() == 7
    assert linalg.matrix_norm(flambeau.ones(2, 3, 4), "nuc", dim=(0, 2), keepdim=True).shape == (1, 3, 1)
    assert linalg.cond(flambeau.diag(flambeau.tensor([4.0, 2.0]))).item() == 2 and linalg.cond(flambeau.ones(2, 2), 1).item() == float("inf")
    assert linalg.matrix_norm(flambeau.ones(0, 3)).item() == linalg.matrix_norm(flambeau.ones(0, 3), float("inf")).item() == 0


# ------------------------------------------------------------------------------------------------------------------- gradients
def leaf(t):
    return t.detach().clone().requires_grad_()


def sides(dtype, definite_=False):
    """A Hermitian matrix made of a free one, so that finite differences move both triangles."""
    free = leaf(matrix(3, 3, dtype=dtype))
    shift = 4 * flambeau.eye(3, dtype=dtype)
    return free, (lambda a: a @ a.mH + shift) if definite_ else (lambda a: a + a.mH)


@pytest.mark.parametrize("upper", [False, True])
def test_gradient_of_cholesky(dtype, upper):
    free, whole = sides(dtype, definite_=True)
    assert gradcheck(lambda a: linalg.cholesky(whole(a), upper=upper), free)
    assert gradgradcheck(lambda a: linalg.cholesky(whole(a), upper=upper).abs(), free)


def test_gradient_of_what_a_cholesky_factor_solves(dtype):
    factor, b = leaf(matrix(3, 3, dtype=dtype)), leaf(matrix(3, 2, dtype=dtype))

    def triangle(a):
        return a.tril(-1) + flambeau.diag_embed(flambeau.real(a.diagonal()).exp()).to(a.dtype)
    assert gradcheck(lambda a, b: flambeau.cholesky_solve(b, triangle(a)), (factor, b))
    assert gradcheck(lambda a: flambeau.cholesky_inverse(triangle(a).mH, upper=True), factor)


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_gradient_of_eigenvalues_and_vectors_of_hermitian_matrices(dtype, UPLO):
    free, whole = sides(dtype)
    assert gradcheck(lambda a: linalg.eigvalsh(whole(a), UPLO), free)
    assert gradcheck(lambda a: linalg.eigh(whole(a), UPLO).eigenvectors.abs(), free)
    assert gradgradcheck(lambda a: linalg.eigh(whole(a), UPLO).eigenvectors.abs(), free)


def test_gradient_of_singular_and_eigenvectors_up_to_their_phase(dtype):
    for shape in ((3, 3), (4, 2), (2, 4)):
        a = leaf(matrix(*shape, dtype=dtype))
        assert gradcheck(lambda a: [t.abs() for t in linalg.svd(a, full_matrices=False)], a)
    a = leaf(matrix(3, 3, dtype=dtype))
    assert gradcheck(lambda a: linalg.eig(a).eigenvectors.abs().sum(-1), a)


def test_a_loss_that_depends_on_an_arbitrary_phase_is_refused():
    a = matrix(3, 3, dtype=COMPLEX).requires_grad_()
    for vectors, words in ((lambda: linalg.svd(a).U, "linalg_svd_backward"), (lambda: linalg.eigh(a + a.mH).eigenvectors, "linalg_eigh_backward"),
                           (lambda: linalg.eig(a).eigenvectors, "linalg_eig_backward")):
        with pytest.raises(RuntimeError, match=words):
            flambeau.real(vectors() * matrix(3, 3, dtype=COMPLEX)).sum().backward()


@pytest.mark.parametrize("make, words", [
    (lambda a: linalg.qr(a, mode="r").R, "depends on Q"), (lambda a: linalg.qr(a, mode="complete").R, "not differentiable when mode='complete'"),
    (lambda a: flambeau.geqrf(a).a, "'geqrf' is not implemented"), (lambda a: linalg.ldl_factor(a[:2]).LD, "ldl_factor_ex is not implemented"),
    (lambda a: linalg.ldl_solve(*linalg.ldl_factor(a.detach()[:2]), a[:2]), "ldl_solve is not implemented"),
])
def test_what_has_no_gradient_says_so(make, words):
    with pytest.raises(RuntimeError, match=words):
        make(flambeau.randn(3, 2, requires_grad=True)).sum().backward()


# ---------------------------------------------------------------------------------------------------------------------- errors
SINGULAR = flambeau.ones(3, 3)


@pytest.mark.parametrize("call, words", [
    (lambda: linalg.cholesky(-flambeau.eye(3)), "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the "
                                                "leading minor of order 1 is not positive-definite)."),
    (lambda: linalg.cholesky(flambeau.stack([flambeau.eye(2), -flambeau.eye(2)])), "linalg.cholesky: (Batch element 1): The factorization"),
    (lambda: linalg.cholesky(flambeau.full((2, 2), float("nan"))), "order 1 is not positive-definite"),
    (lambda: linalg.cholesky_ex(-flambeau.eye(3), check_errors=True), "linalg.cholesky_ex: The factorization"),
    (lambda: linalg.inv(SINGULAR), "linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input matrix is singular."),
    (lambda: linalg.solve(SINGULAR, SINGULAR), "torch.linalg.solve: The solver failed because the input matrix is singular."),
    (lambda: linalg.svd(flambeau.full((2, 2), float("nan"))), "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite"),
    (lambda: linalg.eig(flambeau.full((2, 2), float("inf"))), "input tensor should not contain infs or NaNs"),
    (lambda: flambeau.cholesky_inverse(flambeau.zeros(2, 2)), "cholesky_inverse: The diagonal element 1 is zero"),
    (lambda: linalg.ldl_factor(flambeau.zeros(2, 2)), "D[1,1] is zero"),
])
def test_failures_are_linalg_errors_at_the_call(call, words):
    with pytest.raises(linalg.LinAlgError) as caught:
        call()
    assert words in str(caught.value) and issubclass(linalg.LinAlgError, RuntimeError)


def test_the_ex_forms_tell_instead_of_raising():
    batch = flambeau.stack([flambeau.eye(3), SINGULAR])
    assert linalg.inv_ex(batch).info.tolist() == [0, 2] and linalg.inv_ex(batch).inverse[0].tolist() == flambeau.eye(3).tolist()
    assert linalg.solve_ex(SINGULAR, SINGULAR).info.item() == 2 and not linalg.solve_ex(SINGULAR, SINGULAR).result.isfinite().any()
    assert linalg.cholesky_ex(-batch).info.tolist() == [1, 1]
    assert linalg.lu_factor_ex(batch).info.tolist() == [0, 2] and linalg.ldl_factor_ex(flambeau.zeros(2, 2)).info.item() == 1


@pytest.mark.parametrize("call, kind, words", [
    (lambda: linalg.cholesky(flambeau.ones(3, 2)), RuntimeError, "linalg.cholesky: A must be batches of square matrices, but they are 3 by 2 matrices"),
    (lambda: linalg.inv(flambeau.ones(3)), RuntimeError, "linalg.inv: The input tensor A must have at least 2 dimensions."),
    (lambda: linalg.qr(flambeau.ones(2, 2, dtype=flambeau.int32)), RuntimeError, "linalg.qr: Expected a floating point or complex tensor as input. Got Int"),
    (lambda: linalg.eigh(flambeau.eye(2).half()), NotImplementedError, "Low precision dtypes not supported. Got Half"),
    (lambda: linalg.solve(flambeau.eye(3), flambeau.ones(2, 3)), RuntimeError, "Incompatible shapes of A and B for the equation AX = B (3x3 and 2x3)"),
    (lambda: linalg.solve(flambeau.eye(3), flambeau.ones(3, 2).double()), RuntimeError, "Expected A and B to have the same dtype, but found A of type Float"),
    (lambda: linalg.qr(flambeau.eye(2), mode="x"), RuntimeError, "qr received unrecognized mode 'x'"),
    (lambda: linalg.eigh(flambeau.eye(2), "x"), RuntimeError, "Expected UPLO argument to be 'L' or 'U', but got x"),
    (lambda: linalg.lu(flambeau.eye(2), pivot=False), RuntimeError, "LU without pivoting is not implemented on the CPU"),
    (lambda: linalg.lu_factor(SINGULAR), RuntimeError, "U[2,2] is zero"),
    (lambda: flambeau.lu_unpack(flambeau.eye(2), flambeau.tensor([1, 9], dtype=flambeau.int32)), RuntimeError, "pivots passed to lu_unpack must be between"),
    (lambda: linalg.lstsq(flambeau.eye(2), flambeau.ones(2), driver="x"), RuntimeError, "should be one of (gels, gelsy, gelsd, gelss)"),
    (lambda: linalg.matrix_norm(flambeau.eye(2), 3), RuntimeError, "linalg.matrix_norm: Order 3 not supported."),
    (lambda: linalg.norm(flambeau.ones(2, 2, 2), 2), RuntimeError, "the input must be 1D or 2D. Got 3D."),
    (lambda: linalg.cond(flambeau.eye(2), "x"), RuntimeError, "linalg.cond got an invalid norm type: x"),
    (lambda: linalg.tensorinv(flambeau.ones(2, 3), 1), RuntimeError, "prod(self.shape[ind:]) == prod(self.shape[:ind]), but got 3 != 2"),
    (lambda: linalg.vander(flambeau.tensor([True])), RuntimeError, "linalg.vander supports floating point, complex, and integer tensors, but got Bool"),
    (lambda: flambeau.solve(SINGULAR, SINGULAR), RuntimeError, "torch.linalg.solve"),
    (lambda: linalg.inv([[1.0]]), TypeError, "argument 'A' must be Tensor, not list"),
])
def test_refused(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)


def test_results_are_named_tuples_printed_as_pytorchs():
    found = linalg.eigh(flambeau.eye(1))
    assert repr(found) == "torch.return_types.linalg_eigh(\neigenvalues=tensor([1.]),\neigenvectors=tensor([[1.]]))"
    assert type(found).__name__ == "linalg_eigh" and found.eigenvalues is found[0]
    out = flambeau.empty(0), flambeau.empty(0)
    assert linalg.eigh(flambeau.eye(2), out=out).eigenvectors is out[1] and out[0].tolist() == [1.0, 1.0]
    u, s, vh = found = linalg.svd(flambeau.eye(2))
    assert found.U is u and found.S is s and found.Vh is vh


def test_shapes_of_meta_tensors():
    a = flambeau.empty(5, 4, 3, device="meta")
    assert [tuple(t.shape) for t in linalg.svd(a)] == [(5, 4, 4), (5, 3), (5, 3, 3)]
    assert linalg.pinv(a).shape == (5, 3, 4) and linalg.inv(a[..., :3, :]).shape == (5, 3, 3)
    assert linalg.lstsq(a, flambeau.empty(5, 4, 2, device="meta")).solution.shape == (5, 3, 2)
