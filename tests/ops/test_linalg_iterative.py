"""Decompositions by random projection and by iteration: svd_lowrank, pca_lowrank, lobpcg."""
import numpy as np
import pytest

import flambeau
from flambeau import linalg
from flambeau.autograd import gradcheck

DOUBLE = flambeau.float64


def positive(m):
    a = flambeau.randn(m, m, dtype=DOUBLE)
    return a @ a.mT


@pytest.mark.parametrize("shape", [(30, 20), (2, 20, 30)])
def test_svd_of_a_matrix_of_low_rank(shape):
    a = flambeau.randn(*shape[:-1], 4, dtype=DOUBLE) @ flambeau.randn(*shape[:-2], 4, shape[-1], dtype=DOUBLE)
    u, s, v = flambeau.svd_lowrank(a, q=5)
    np.testing.assert_allclose(((u * s.unsqueeze(-2)) @ v.mT).numpy(), a.numpy(), atol=1e-9)
    np.testing.assert_allclose(s[..., :4].numpy(), linalg.svdvals(a)[..., :4].numpy(), rtol=1e-9)
    _, shifted, _ = flambeau.svd_lowrank(a + 3, q=5, M=flambeau.full((1,), 3.0, dtype=DOUBLE))
    np.testing.assert_allclose(shifted[..., :4].numpy(), s[..., :4].numpy(), rtol=1e-9)


def test_principal_components():
    a = flambeau.randn(50, 3, dtype=DOUBLE) @ flambeau.diag(flambeau.tensor([5.0, 1.0, 0.1], dtype=DOUBLE)) + 7
    _, s, v = flambeau.pca_lowrank(a, q=3)
    np.testing.assert_allclose((s.square() / 49).numpy(), np.sort(np.linalg.eigvalsh(np.cov(a.numpy().T)))[::-1], rtol=1e-9)
    assert (v.mT @ v - flambeau.eye(3)).abs().max() < 1e-9
    with pytest.raises(ValueError, match="not greater than min"):
        flambeau.pca_lowrank(a, q=4)
    with pytest.raises(ValueError, match="niter"):
        flambeau.pca_lowrank(a, niter=-1)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("method", ["basic", "ortho"])
def test_eigenpairs_of_a_large_matrix(largest, method):
    a = positive(40)
    levels, vectors = flambeau.lobpcg(a, k=3, largest=largest, method=method, tol=1e-9, niter=2000)
    every = linalg.eigvalsh(a)
    np.testing.assert_allclose(levels.numpy(), (every.flip(0) if largest else every)[:3].numpy(), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose((a @ vectors).numpy(), (vectors * levels).numpy(), atol=1e-5)


def test_generalized_problem_with_a_preconditioner_and_batches():
    a, b = positive(30), positive(30) + 5 * flambeau.eye(30, dtype=DOUBLE)
    levels, vectors = flambeau.lobpcg(a, k=2, B=b, iK=linalg.inv(a + flambeau.eye(30, dtype=DOUBLE)), largest=False, tol=1e-9)
    want = np.sort(np.linalg.eigvals(np.linalg.solve(b.numpy(), a.numpy())).real)[:2]
    np.testing.assert_allclose(levels.numpy(), want, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose((vectors.mT @ b @ vectors).numpy(), np.eye(2), atol=1e-8)
    levels, vectors = flambeau.lobpcg(flambeau.stack([a, 2 * a]), k=2)
    assert vectors.shape == (2, 30, 2)
    np.testing.assert_allclose(levels[1].numpy(), 2 * levels[0].numpy(), rtol=1e-6)


def test_a_tracker_sees_each_step_and_can_stop():
    steps = []

    def tracker(worker):
        steps.append((worker.ivars["istep"], tuple(worker.X.shape), tuple(worker.E.shape), tuple(worker.R.shape)))
        worker.bvars["force_stop"] = worker.ivars["istep"] == 2
    flambeau.lobpcg(positive(20), k=2, tracker=tracker, tol=0.0)
    assert steps == [(k, (20, 2), (2,), (20, 2)) for k in range(3)]


def test_gradients_of_eigenpairs():
    a, start = positive(9).requires_grad_(), flambeau.eye(9, 3, dtype=DOUBLE)

    def pairs(a):
        levels, vectors = flambeau.lobpcg((a + a.mT) / 2, k=2, X=start, tol=1e-13, niter=2000)
        return levels, vectors.abs()
    assert gradcheck(pairs, a, atol=1e-4)


@pytest.mark.parametrize("call, kind, words", [
    (lambda a: flambeau.lobpcg(a, k=3), ValueError, "smaller than 3 x the number of requested eigenpairs"),
    (lambda a: flambeau.lobpcg(a, method="x"), ValueError, "must be 'basic' or 'ortho'"),
    (lambda a: flambeau.lobpcg(a[:3]), RuntimeError, "square matrices of one shape"),
    (lambda a: flambeau.lobpcg(a, X=flambeau.ones(8, 2, dtype=DOUBLE)), linalg.LinAlgError, "must be linearly independent"),
    (lambda a: flambeau.lobpcg(a.requires_grad_(), B=flambeau.eye(8, dtype=DOUBLE)), RuntimeError, "not supported yet with B != I"),
])
def test_refused(call, kind, words):
    with pytest.raises(kind, match=words):
        call(positive(8))
