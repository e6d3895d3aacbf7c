"""Convolutions: arguments, layouts, what is refused; their values are in tests/test_ops.py and tests/parity."""
import pytest

import flambeau as torch
import flambeau.nn.functional as F

X, W, B = torch.randn(2, 3, 8, 8), torch.randn(4, 3, 3, 3), torch.randn(4)


def test_by_hand():
    x = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert F.conv2d(x, torch.ones(1, 1, 2, 2)).tolist() == [[[[8, 12], [20, 24]]]]
    assert F.conv2d(x, torch.ones(1, 1, 2, 2), torch.tensor([1.0]), stride=2, padding=1).tolist() == [[[[1, 4], [10, 25]]]]
    assert F.conv1d(torch.arange(4.0).reshape(1, 4), torch.ones(1, 1, 2), dilation=2).tolist() == [[2, 4]]
    assert F.conv_transpose1d(torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 10.0]]])).tolist() == [[[1, 12, 20]]]


def test_padding_by_name():
    assert F.conv2d(X, W, padding="valid").shape == (2, 4, 6, 6)
    same = F.conv2d(X, W, padding="same", dilation=(1, 2))
    assert same.shape == (2, 4, 8, 8) and torch.equal(same, F.conv2d(X, W, padding=(1, 2), dilation=(1, 2)))
    with pytest.warns(UserWarning, match="even kernel lengths"):
        even = F.conv2d(X, W[..., :2], padding="same")
    assert torch.allclose(even, F.conv2d(F.pad(X, (0, 1, 1, 1)), W[..., :2]), atol=1e-5)


def test_without_a_batch():
    assert torch.allclose(F.conv2d(X[0], W, B), F.conv2d(X, W, B)[0], atol=1e-5)
    assert F.conv_transpose2d(X[0], W.transpose(0, 1)).shape == (4, 10, 10)


def test_groups_are_convolutions_of_their_own():
    x, w = torch.randn(2, 6, 9), torch.randn(4, 3, 3)
    parts = [F.conv1d(x[:, 3 * g:3 * g + 3], w[2 * g:2 * g + 2], stride=2) for g in range(2)]
    assert torch.allclose(F.conv1d(x, w, stride=2, groups=2), torch.cat(parts, 1), atol=1e-5)


def test_a_transposed_convolution_is_the_adjoint():
    x, w = torch.randn(2, 3, 7, 8, dtype=torch.float64), torch.randn(4, 3, 3, 2, dtype=torch.float64)
    options = {"stride": (2, 3), "padding": (1, 0), "dilation": (2, 1)}
    y = F.conv2d(x, w, **options)
    g = torch.randn_like(y)
    back = F.conv_transpose2d(g, w, output_padding=(0, 0), **options)
    sizes = back.shape[2:]
    assert torch.allclose((y * g).sum(), (x[..., :sizes[0], :sizes[1]] * back[..., :7, :8]).sum())


def test_other_orders_of_axes_in_memory():
    last = X.to(memory_format=torch.channels_last)
    assert torch.allclose(F.conv2d(last, W.to(memory_format=torch.channels_last), B), F.conv2d(X, W, B), atol=1e-5)
    assert torch.allclose(F.conv2d(X.transpose(2, 3), W), F.conv2d(X, W.transpose(2, 3)).transpose(2, 3), atol=1e-5)


def test_names_and_time_first():
    y = torch.conv2d(X.clone().requires_grad_(), W, B)
    assert type(y.grad_fn).__name__ == "ConvolutionBackward0"
    assert torch.equal(torch.convolution(X, W, B, [1, 1], [0, 0], [1, 1], False, [0, 0], 1), F.conv2d(X, W, B))
    t, k = torch.randn(5, 2, 3), torch.randn(3, 3, 4)
    assert torch.allclose(torch.conv_tbc(t, k, B, 1), F.conv1d(t.permute(1, 2, 0), k.permute(2, 1, 0), B, padding=1).permute(2, 0, 1), atol=1e-5)


def test_empty_batch_and_integers():
    assert F.conv2d(X[:0], W, B).shape == (0, 4, 6, 6)
    assert F.conv2d(torch.ones(1, 1, 3, 3, dtype=torch.int64), torch.ones(1, 1, 3, 3, dtype=torch.int64)).tolist() == [[[[9]]]]


@pytest.mark.parametrize("call, error, message", [
    (lambda: F.conv2d(X[0, 0], W), RuntimeError, r"Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d, but got input of size: \[8, 8\]"),
    (lambda: F.conv2d(X[:, :1], W), RuntimeError, "to have 3 channels, but got 1 channels instead"),
    (lambda: F.conv2d(torch.zeros(64, 28, 28), torch.zeros(8, 1, 3, 3)), RuntimeError, r"for a batch of one channel add that axis with .unsqueeze\(1\)"),
    (lambda: F.conv2d(X.permute(0, 2, 3, 1), W), RuntimeError, r"if channels are the last axis, move them with .movedim\(-1, 1\)"),
    (lambda: F.conv2d(X, W, B[:2]), RuntimeError, r"expected bias to be 1-dimensional with 4 elements, but got bias of size \[2\]"),
    (lambda: F.conv2d(X[..., :2], W), RuntimeError, r"Calculated padded input size per channel: \(8 x 2\). Kernel size: \(3 x 3\)"),
    (lambda: F.conv2d(X, W, stride=0), RuntimeError, "non-positive stride is not supported"),
    (lambda: F.conv2d(X, W, padding=-1), RuntimeError, "negative padding is not supported"),
    (lambda: F.conv2d(X, W, groups=3), RuntimeError, "expected weight to be divisible by 3 at dimension 0"),
    (lambda: F.conv2d(X, W, stride=(1, 1, 1)), RuntimeError, r"a list of 2 values to match the convolution dimensions, but got stride=\[1, 1, 1\]"),
    (lambda: F.conv2d(X, W, stride=1.5), TypeError, "stride must be an int or a tuple of ints, not 1.5"),
    (lambda: F.conv2d(X, W, padding="same", stride=2), RuntimeError, "padding='same' is not supported for strided convolutions"),
    (lambda: F.conv2d(X, W, padding="full"), RuntimeError, "Invalid padding string: 'full'"),
    (lambda: F.conv2d(X, W.double()), RuntimeError, r"Input type \(torch.FloatTensor\) and weight type \(torch.DoubleTensor\) should be the same"),
    (lambda: F.conv2d([1], W), TypeError, "argument 'input' must be Tensor, not list"),
    (lambda: F.conv_transpose2d(X, W), RuntimeError, "to have 4 channels, but got 3 channels instead"),
    (lambda: F.conv_transpose2d(X, W.transpose(0, 1), output_padding=1), RuntimeError, "output padding must be smaller than either stride or dilation"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
