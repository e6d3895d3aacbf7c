"""Dropout and activations with noise: what is kept, how it is scaled, when nothing happens."""
import pytest

import flambeau as torch
import flambeau.nn.functional as F


@pytest.fixture
def x():
    return torch.linspace(1, 2, 240).reshape(6, 8, 5)


def test_what_is_kept_is_scaled(x):
    y = F.dropout(x, 0.25)
    kept = y != 0
    assert 0 < kept.sum() < x.numel()
    assert torch.allclose(y[kept], x[kept] / 0.75)


def test_nothing_happens_without_training_or_chance(x):
    assert F.dropout(x, 0.5, training=False) is x and F.dropout(x, 0.0) is x and torch.dropout(x, 0.5, False) is x
    assert F.alpha_dropout(x) is x and F.feature_alpha_dropout(x, 0.5) is x
    assert not F.dropout(x, 1.0).any()


def test_the_gradient_passes_the_same_mask(x):
    x.requires_grad_()
    y = F.dropout(x, 0.5)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach() / x.detach())
    assert type(y.grad_fn).__name__ == "MulBackward0"


def test_in_place(x):
    y = x.clone()
    assert F.dropout(y, 0.5, inplace=True) is y and (y == 0).any()
    assert torch.dropout_(y, 1.0, True) is y and not y.any()
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        F.dropout(torch.ones(3, requires_grad=True), 0.5, inplace=True)


@pytest.mark.parametrize("function, shape", [(F.dropout1d, (6, 8, 5)), (F.dropout1d, (8, 30)), (F.dropout2d, (2, 8, 3, 5)), (F.dropout3d, (2, 8, 3, 5, 1)),
                                             (F.dropout3d, (8, 2, 3, 5))])
def test_whole_channels(function, shape):
    y = function(torch.ones(shape), 0.5)
    channels = y.flatten(-2) if function is F.dropout1d else y
    lead = len(shape) - {F.dropout1d: 1, F.dropout2d: 2, F.dropout3d: 3}[function]
    flat = (y if function is F.dropout1d else channels).reshape(*shape[:lead], -1)
    assert ((flat == 0).all(-1) | (flat == 2).all(-1)).all()


def test_alpha_dropout_keeps_mean_and_variance():
    y = F.alpha_dropout(torch.randn(200_000), 0.3, training=True)
    assert abs(y.mean()) < 0.02 and abs(y.var() - 1) < 0.02


@pytest.mark.parametrize("call, error, message", [
    (lambda: F.dropout(torch.ones(2), 1.5), ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
    (lambda: torch.dropout(torch.ones(2), -1.0, True), RuntimeError, "dropout probability has to be between 0 and 1, but got -1"),
    (lambda: F.dropout(torch.arange(4)), RuntimeError, "result type Float can't be cast to the desired output type Long"),
    (lambda: F.dropout1d(torch.ones(3)), RuntimeError, "dropout1d: Expected 2D or 3D input, but received a 1D input"),
    (lambda: torch.feature_dropout(torch.ones(3), 0.5, True), RuntimeError, "Feature dropout requires at least 2 dimensions in the input"),
    (lambda: F.dropout([1.0]), TypeError, "dropout\\(\\): argument 'input' must be Tensor, not list"),
    (lambda: F.rrelu(torch.ones(2), 2.0, 1.0), RuntimeError, "Lower bound should be less than or equal to the upper bound"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_shapes_that_are_read_in_another_way_are_told():
    with pytest.warns(UserWarning, match="dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout"):
        F.dropout2d(torch.ones(2, 3, 4))
    with pytest.warns(UserWarning, match="dropout3d: Received a 3-D input to dropout3d"):
        F.dropout3d(torch.ones(2, 3, 4))


def test_masks_follow_the_order_of_memory():
    torch.manual_seed(1)
    plain = F.dropout(torch.ones(5, 6))
    torch.manual_seed(1)
    assert torch.equal(F.dropout(torch.ones(5, 6).t()).t(), plain)


def test_native_dropout_returns_its_mask():
    y, mask = torch.native_dropout(torch.ones(100), 0.5, True)
    assert mask.dtype is torch.bool and torch.equal(y, mask * 2.0)


def test_rrelu():
    x = torch.linspace(-1, 1, 101)
    y = F.rrelu(x, 0.2, 0.4, training=True)
    slopes = (y / x)[x < 0]
    assert slopes.min() >= 0.2 and slopes.max() < 0.4 and slopes.unique().numel() > 10 and torch.equal(y[x > 0], x[x > 0])
    assert torch.allclose(F.rrelu(x, 0.2, 0.4)[x < 0], x[x < 0] * 0.3)
    assert F.rrelu_(x, 0.2, 0.4) is x and (x >= -0.31).all()


def test_gumbel_softmax():
    logits = torch.randn(50, 4, requires_grad=True)
    soft, hard = F.gumbel_softmax(logits, 0.5), F.gumbel_softmax(logits, 0.5, hard=True)
    assert torch.allclose(soft.sum(-1), torch.ones(50)) and ((hard.detach() - hard.detach().round()).abs() < 1e-6).all()
    (hard * torch.arange(4.0)).sum().backward()
    assert logits.grad.abs().sum() > 0
    with pytest.warns(UserWarning, match="eps"):
        F.gumbel_softmax(logits, eps=1e-3)
