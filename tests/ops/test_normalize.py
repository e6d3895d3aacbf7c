"""Normalisation: statistics, running ones, derivatives through mean and variance, shapes that are refused."""
import numpy as np
import pytest

import flambeau as torch
import flambeau.nn.functional as F
from flambeau.autograd import gradcheck, gradgradcheck


@pytest.fixture
def x():
    return torch.randn(4, 6, 5, dtype=torch.float64) * 3 + 2


def parameters(n=6):
    return torch.rand(n, dtype=torch.float64) + 0.5, torch.randn(n, dtype=torch.float64)


CASES = {
    "batch_norm": lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
    "batch_norm in evaluation": lambda x, w, b: F.batch_norm(x, torch.linspace(0, 1, 6).double(), torch.linspace(1, 2, 6).double(), w, b),
    "instance_norm": lambda x, w, b: F.instance_norm(x, weight=w, bias=b),
    "group_norm": lambda x, w, b: F.group_norm(x, 3, w, b),
    "layer_norm": lambda x, w, b: F.layer_norm(x.transpose(1, 2), (6,), w, b),
    "layer_norm without shift": lambda x, w, b: F.layer_norm(x.transpose(1, 2), (6,), w) + b,
    "rms_norm": lambda x, w, b: F.rms_norm(x.transpose(1, 2), (6,), w) + b,
    "no parameters": lambda x, w, b: F.layer_norm(x, (6, 5)) * w[0] + F.rms_norm(x, (5,)) * b[0],
    "local_response_norm": lambda x, w, b: F.local_response_norm(x, 3, alpha=0.5) * w[0] * b[0],
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_the_whole_ones(name, x):
    inputs = [t.requires_grad_() for t in (x, *parameters())]
    assert gradcheck(CASES[name], inputs)
    assert gradgradcheck(CASES[name], inputs, atol=1e-4)


def test_mean_0_and_variance_1(x):
    for y, dims in ((F.batch_norm(x, None, None, training=True), (0, 2)), (F.instance_norm(x), (2,)), (F.layer_norm(x, (6, 5)), (1, 2)),
                    (F.group_norm(x, 2).reshape(4, 2, 3, 5), (2, 3))):
        values = y.numpy()
        assert np.allclose(values.mean(dims), 0, atol=1e-9) and np.allclose(values.var(dims), 1, atol=1e-4)
    assert np.allclose((F.rms_norm(x, (5,)).numpy() ** 2).mean(2), 1)


def test_running_statistics_follow_in_place(x):
    mean, var = torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)
    x.requires_grad_()
    F.batch_norm(x, mean, var, training=True, momentum=0.3)
    values = x.detach().numpy()
    assert np.allclose(mean.numpy(), 0.3 * values.mean((0, 2))) and np.allclose(var.numpy(), 0.7 + 0.3 * values.var((0, 2), ddof=1))
    assert not mean.requires_grad and mean._version == 1
    before = mean.clone()
    F.batch_norm(x, mean, var)
    assert torch.equal(mean, before), "evaluation reads them only"
    mean, var = torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)
    F.instance_norm(x, mean, var, momentum=1.0)
    assert np.allclose(mean.numpy(), values.mean(2).mean(0)) and np.allclose(var.numpy(), values.var(2, ddof=1).mean(0))


def test_half_precision_is_computed_in_single():
    x = (torch.randn(64, 8) * 100 + 1000).half()
    y = F.layer_norm(x, (8,), torch.ones(8), torch.zeros(8))
    assert y.dtype is torch.float16
    assert np.allclose(y.float().numpy(), F.layer_norm(x.float(), (8,)).numpy(), atol=2e-3)


def test_empty_batch():
    y = F.batch_norm(torch.zeros(0, 6, 5), torch.zeros(6), torch.ones(6), training=True)
    assert y.shape == (0, 6, 5)


@pytest.mark.parametrize("norm", [lambda x: F.layer_norm(x, x.shape[1:]), lambda x: F.rms_norm(x, x.shape[1:])])
def test_gradients_of_nothing(norm):
    """Also where each row has no numbers, and 2 / count has none."""
    for shape in ((0, 3), (3, 0), (2, 0, 4)):
        x = torch.zeros(*shape, requires_grad=True)
        norm(x).sum().backward()
        assert x.grad.shape == shape


def test_names_of_derivatives(x):
    x.requires_grad_()
    assert [type(y.grad_fn).__name__ for y in (F.batch_norm(x, None, None, training=True), F.layer_norm(x, (5,)), F.rms_norm(x, (5,)))] == [
        "NativeBatchNormBackward0", "NativeLayerNormBackward0", "MulBackward0"]


def test_native_forms_return_statistics(x):
    y, mean, scale = torch.native_layer_norm(x, (5,), None, None, 1e-5)
    assert mean.shape == scale.shape == (4, 6, 1) and np.allclose(((x - mean) * scale).numpy(), y.numpy())
    y, mean, scale = torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5)
    assert mean.shape == (6,) and np.allclose(mean.numpy(), x.numpy().mean((0, 2)))
    assert torch.native_group_norm(x, None, None, 4, 6, 5, 3, 1e-5)[1].shape == (4, 3)


@pytest.mark.parametrize("call, error, message", [
    (lambda x: F.batch_norm(x[:1, :, :1], None, None, training=True), ValueError, "Expected more than 1 value per channel when training, got input size"),
    (lambda x: F.batch_norm(x, None, None), RuntimeError, "running_mean must be defined in evaluation mode"),
    (lambda x: F.batch_norm(x, torch.zeros(3), torch.zeros(3)), RuntimeError, "running_mean should contain 6 elements not 3"),
    (lambda x: F.batch_norm(x, torch.zeros(6), None, training=True), ValueError, "must either both be None or neither be None"),
    (lambda x: F.batch_norm(x, torch.zeros(6), torch.ones(6)), RuntimeError, "mixed dtype"),
    (lambda x: F.batch_norm(x, torch.zeros(6).double().requires_grad_(), torch.ones(6).double(), training=True), RuntimeError, "not differentiable"),
    (lambda x: F.batch_norm(x.long(), torch.zeros(6), torch.ones(6)), NotImplementedError, "not implemented for 'Long'"),
    (lambda x: F.batch_norm(x, None, None, training=True, eps=0.0), ValueError, "eps must be positive during training"),
    (lambda x: F.instance_norm(x[..., :1]), ValueError, "Expected more than 1 spatial element when training"),
    (lambda x: F.layer_norm(x, (6,)), RuntimeError, r"Given normalized_shape=\[6\], expected input with shape \[\*, 6\]"),
    (lambda x: F.layer_norm(x, 5), TypeError, "must be tuple of ints, not int"),
    (lambda x: F.layer_norm(x, ()), RuntimeError, "at least 1-dimensional"),
    (lambda x: F.layer_norm(x, (5,), torch.ones(6)), RuntimeError, "Expected weight to be of same shape as normalized_shape"),
    (lambda x: F.group_norm(x, 4), RuntimeError, "to be divisible by num_groups"),
    (lambda x: F.group_norm(x, 3, torch.ones(2)), RuntimeError, "Expected weight to be a vector of size equal to the number of channels"),
    (lambda x: F.group_norm(x[:1, :, :1], 6), ValueError, "Expected more than 1 value per channel"),
    (lambda x: F.local_response_norm(x[0], 3), ValueError, "Expected 3D or higher dimensionality"),
])
def test_refused(call, error, message, x):
    with pytest.raises(error, match=message):
        call(x)
