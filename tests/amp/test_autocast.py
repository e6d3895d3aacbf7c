"""autocast: which functions run in which type, what goes through it, and what it leaves alone."""
import threading

import numpy as np
import pytest

import flambeau as torch
from flambeau.nn import functional as F

X, W, V = torch.randn(2, 3), torch.randn(4, 3), torch.randn(3)
IMAGE, KERNEL = torch.randn(1, 2, 5, 5), torch.randn(3, 2, 2, 2)
SHORT, FULL, KEPT = torch.bfloat16, torch.float32, None

CALLS = {  # what float32 arguments give
    "linear": (lambda: F.linear(X, W), SHORT),
    "matmul": (lambda: X @ W.T, SHORT),
    "mm": (lambda: torch.mm(X, W.t()), SHORT),
    "matmul of vectors": (lambda: V @ V, SHORT),
    "addmm": (lambda: torch.addmm(torch.zeros(4), X, W.T), SHORT),
    "einsum": (lambda: torch.einsum("ij,kj->ik", X, W), SHORT),
    "conv2d": (lambda: F.conv2d(IMAGE, KERNEL), SHORT),
    "conv_transpose2d": (lambda: F.conv_transpose2d(IMAGE, KERNEL.transpose(0, 1)), SHORT),
    "attention": (lambda: F.scaled_dot_product_attention(X[None], X[None], X[None]), SHORT),
    "module": (lambda: torch.nn.Linear(3, 2)(X), SHORT),
    "dot": (lambda: torch.dot(V, V), FULL),
    "mv": (lambda: torch.mv(X, V), FULL),
    "add": (lambda: X + 1, FULL),
    "softmax": (lambda: torch.softmax(X, 1), FULL),
    "layer_norm": (lambda: F.layer_norm(X, (3,)), FULL),
}
FULL_CALLS = {  # what bfloat16 arguments give
    "mse_loss": lambda x: F.mse_loss(x, x),
    "cross_entropy": lambda x: F.cross_entropy(x, torch.tensor([0, 1])),
    "binary_cross_entropy": lambda x: F.binary_cross_entropy(x.sigmoid(), torch.ones_like(x)),
    "prod": lambda x: x.prod(),
    "cdist": lambda x: torch.cdist(x, x),
    "inverse": lambda x: torch.linalg.inv(x[:, :2] + 3 * torch.eye(2, dtype=x.dtype)),
}


@pytest.mark.parametrize("name", CALLS)
def test_types_of_float32_calls(name):
    call, expected = CALLS[name]
    assert call().dtype is torch.float32
    with torch.autocast("cpu"):
        assert call().dtype is expected
    assert call().dtype is torch.float32


@pytest.mark.parametrize("name", FULL_CALLS)
def test_types_of_bfloat16_calls(name):
    with torch.autocast("cpu"):
        assert FULL_CALLS[name](X.bfloat16()).dtype is torch.float32


def test_what_is_neither_keeps_its_type():
    with torch.autocast("cpu"):
        assert (X.bfloat16() + 1).dtype is torch.bfloat16
        assert (X.double() @ W.double().T).dtype is torch.float64
        assert (torch.ones(2, 2, dtype=torch.int64) @ torch.ones(2, 2, dtype=torch.int64)).dtype is torch.int64


def test_values_are_those_of_the_short_type():
    with torch.autocast("cpu"):
        found = F.linear(X, W)
    expected = (X.bfloat16().float() @ W.bfloat16().float().T).bfloat16()
    assert torch.equal(found, expected)


def test_float16_and_nesting():
    with torch.autocast("cpu", dtype=torch.float16):
        assert (X @ W.T).dtype is torch.float16
        with torch.autocast("cpu", enabled=False):
            assert (X @ W.T).dtype is torch.float32
            assert not torch.is_autocast_enabled("cpu")
        assert (X @ W.T).dtype is torch.float16 and torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") is torch.float16
    assert not torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") is torch.bfloat16


def test_left_by_an_exception():
    with pytest.raises(ZeroDivisionError), torch.autocast("cpu"):
        1 / 0  # noqa: B018
    assert not torch.is_autocast_enabled("cpu")


def test_decorator():
    @torch.autocast("cpu")
    def product(a, b):
        """The product."""
        return a @ b
    assert product(X, W.T).dtype is torch.bfloat16 and product.__doc__ == "The product."


def test_gradients_are_of_the_parameters_type_and_close():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    x, y = torch.randn(16, 3), torch.randn(16, 1)

    def gradients():
        model.zero_grad()
        F.mse_loss(model(x), y).backward()
        return [p.grad.clone() for p in model.parameters()]
    exact = gradients()
    with torch.autocast("cpu"):
        loss = F.mse_loss(model(x), y)
    assert loss.dtype is torch.float32
    model.zero_grad()
    loss.backward()
    for p, g in zip(model.parameters(), exact, strict=True):
        assert p.grad.dtype is torch.float32
        np.testing.assert_allclose(p.grad.numpy(), g.numpy(), atol=0.03 * float(g.abs().max()) + 1e-3)


def test_a_weight_that_is_used_twice_is_cast_once_and_anew_when_written():
    w = torch.ones(3, 3, requires_grad=True)
    with torch.autocast("cpu"):
        first = (X @ w).sum()
        with torch.no_grad():
            w.mul_(2)
        second = (X @ w).sum()
    assert second.item() == 2 * first.item()


def test_other_threads_are_not_concerned():
    seen = []
    with torch.autocast("cpu"):
        thread = threading.Thread(target=lambda: seen.append((X @ W.T).dtype))
        thread.start()
        thread.join()
    assert seen == [torch.float32]


def test_out_is_left_alone():
    out = torch.empty(2, 4)
    with torch.autocast("cpu"):
        torch.mm(X, W.T, out=out)
    assert out.dtype is torch.float32 and torch.equal(out, X @ W.T)


def test_cuda_is_not_there():
    with pytest.warns(UserWarning, match="CUDA is not available"):
        region = torch.autocast("cuda")
    with region:
        assert (X @ W.T).dtype is torch.float32 and not torch.is_autocast_enabled("cuda")
    with pytest.warns(FutureWarning, match="torch.amp.autocast"), pytest.warns(UserWarning, match="CUDA is not available"):
        torch.cuda.amp.autocast()
    with torch.cuda.amp.autocast.__mro__[1]("cpu"):
        assert (X @ W.T).dtype is torch.bfloat16


def test_refusals():
    with pytest.raises(ValueError, match="device_type"):
        torch.autocast(3)
    with pytest.raises(RuntimeError, match="unsupported autocast device_type"):
        torch.autocast("meta")
    with pytest.raises(RuntimeError):
        torch.autocast("toaster")
    with pytest.raises(TypeError, match="callable"):
        torch.autocast("cpu")(3)
    with pytest.warns(UserWarning, match="Disabling autocast"):
        assert not torch.autocast("cpu", dtype=torch.float64)._enabled


class Square(torch.autograd.Function):
    """x², that notes the types it saw."""

    seen = []

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx, x):
        ctx.save_for_backward(x)
        Square.seen.append((x.dtype, torch.is_autocast_enabled("cpu")))
        return x * x

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx, g):
        Square.seen.append((g.dtype, torch.is_autocast_enabled("cpu")))
        return 2 * g * ctx.saved_tensors[0]


def test_custom_functions():
    Square.seen.clear()
    x = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    with torch.autocast("cpu"):
        y = Square.apply(x)
    y.sum().backward()
    assert Square.seen == [(torch.float32, False), (torch.float32, False)] and x.grad.tolist() == [2, 2]
    assert Square.apply(torch.ones(1, dtype=torch.bfloat16)).dtype is torch.bfloat16        # outside, nothing is cast
