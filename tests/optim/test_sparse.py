"""Optimizers of sparse gradients."""

import numpy as np
import pytest

import flambeau
from flambeau import optim


def sparse(rows, values, shape):
    return flambeau.sparse_coo_tensor(flambeau.tensor([rows]), flambeau.tensor(values), shape)


@pytest.mark.parametrize(("name", "options"), [("SGD", {}), ("SparseAdam", {}), ("Adagrad", {"initial_accumulator_value": 0.1})])
def test_touches_only_the_rows_that_the_gradient_has(name, options):
    start = np.arange(8, dtype="float32").reshape(4, 2)
    w = flambeau.tensor(start, requires_grad=True)
    optimizer = getattr(optim, name)([w], lr=0.5, **options)
    w.grad = sparse([2, 0, 2], [[1.0, 2.0], [3.0, -4.0], [1.0, 1.0]], (4, 2))
    optimizer.step()
    after = w.detach().numpy()
    np.testing.assert_array_equal(after[[1, 3]], start[[1, 3]])
    assert (after[[0, 2]] != start[[0, 2]]).all()


def test_sparse_adam_is_adam_on_rows_that_always_come():
    rng = np.random.RandomState(0)
    a, b = (flambeau.ones(3, 2, requires_grad=True) for _ in range(2))
    one, other = optim.SparseAdam([a], lr=0.1), optim.Adam([b], lr=0.1)
    for _ in range(4):
        grad = rng.standard_normal((3, 2)).astype("float32")
        a.grad, b.grad = sparse([0, 1, 2], grad.tolist(), (3, 2)), flambeau.tensor(grad)
        one.step()
        other.step()
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5)
    assert one.state[a]["step"] == 4 and isinstance(one.state[a]["step"], int)


def test_sparse_adam_maximizes():
    w = flambeau.zeros(2, 1, requires_grad=True)
    w.grad = sparse([1], [[2.0]], (2, 1))
    optim.SparseAdam([w], lr=0.5, maximize=True).step()
    np.testing.assert_allclose(w.detach().numpy(), [[0.0], [0.5]], rtol=1e-6)


def test_wants_the_right_kind_of_gradient():
    w = flambeau.zeros(2, 1, requires_grad=True)
    w.grad = flambeau.ones(2, 1)
    with pytest.raises(RuntimeError, match="SparseAdam does not support dense gradients, please consider Adam instead"):
        optim.SparseAdam([w]).step()
    w.grad = sparse([1], [[2.0]], (2, 1))
    with pytest.raises(RuntimeError, match="Adam does not support sparse gradients, please consider SparseAdam instead"):
        optim.Adam([w]).step()
    for name in ("RMSprop", "NAdam", "RAdam", "Adamax", "Adadelta", "Rprop", "ASGD", "Adafactor", "Muon"):
        with pytest.raises(RuntimeError, match=f"{name} does not support sparse gradients"):
            getattr(optim, name)([w]).step()
    with pytest.raises(RuntimeError, match="weight_decay option is not compatible with sparse gradients"):
        optim.Adagrad([w], weight_decay=0.1).step()


def test_sparse_adam_refuses_complex_parameters():
    with pytest.raises(ValueError, match=r"\[\[0, 1\]\]: SparseAdam does not support complex parameters"):
        optim.SparseAdam([flambeau.zeros(2), flambeau.zeros(2, dtype=flambeau.complex64)])
