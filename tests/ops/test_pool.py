"""Pooling, unfolding and resampling: values by hand, indices, what is refused; more values are in tests/test_ops.py and tests/parity."""
import pytest

import flambeau as torch
import flambeau.nn.functional as F

X = torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 7.0, 7.0], [9.0, 8.0, 6.0, 1.0], [0.0, 2.0, 2.0, 3.0]]]])


def test_max_pooling():
    y, index = F.max_pool2d(X, 2, return_indices=True)
    assert y.tolist() == [[[[5, 7], [9, 6]]]] and index.tolist() == [[[[1, 6], [8, 10]]]]
    assert F.max_pool2d(X, 3, stride=2, padding=1).tolist() == [[[[5, 7], [9, 8]]]]
    assert F.max_pool2d(X, 3, 2, ceil_mode=True).tolist() == [[[[9, 7], [9, 6]]]]
    assert torch.max_pool1d(X[0, 0], 2).tolist() == [[5, 2], [4, 7], [9, 6], [2, 3]]
    assert torch.max_pool2d(X, 2, 1, dilation=2).tolist() == [[[[9, 8], [7, 7]]]]
    assert F.max_pool2d(X.long(), 2).tolist() == [[[[5, 7], [9, 6]]]]


def test_the_first_of_equals_has_the_gradient_and_nan_is_the_greatest():
    x = torch.zeros(1, 1, 2, 2, requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[1, 0], [0, 0]]]]
    y, index = F.max_pool1d(torch.tensor([[1.0, float("nan"), 3.0]]), 3, return_indices=True)
    assert y.isnan().all() and index.tolist() == [[1]]
    lost = torch.full((1, 3, 3), -float("inf"))
    assert F.max_pool2d(lost, 3, 2, 1, return_indices=True)[1].tolist() == [[[0, 1], [3, 4]]], "what the padding holds is never chosen"


def test_unpooling_is_the_reverse():
    y, index = F.max_pool2d(X, 2, return_indices=True)
    back = F.max_unpool2d(y, index, 2)
    assert back.tolist() == [[[[0, 5, 0, 0], [0, 0, 7, 0], [9, 0, 6, 0], [0, 0, 0, 0]]]]
    assert F.max_unpool2d(y, index, 2, output_size=(1, 1, 5, 5)).shape == (1, 1, 5, 5)


def test_mean_pooling():
    assert F.avg_pool2d(X, 2).tolist() == [[[[3.25, 4], [4.75, 3]]]]
    assert F.avg_pool2d(X, 2, padding=1).tolist()[0][0][0] == [0.25, 1.75, 0]
    assert F.avg_pool2d(X, 2, padding=1, count_include_pad=False).tolist()[0][0][0] == [1, 3.5, 0]
    assert F.avg_pool2d(X, 2, divisor_override=2).tolist() == [[[[6.5, 8], [9.5, 6]]]]
    assert F.avg_pool1d(torch.arange(5.0).reshape(1, 5), 2, ceil_mode=True).tolist() == [[0.5, 2.5, 4]]
    assert torch.allclose(F.lp_pool2d(X, 2, 2)[0, 0, 0, 0], torch.tensor(51.0).sqrt())
    assert F.lp_pool1d(-X[0], float("inf"), 4).flatten().tolist() == [5, 7, 9, 3]


def test_adaptive_pooling():
    assert F.adaptive_avg_pool2d(X, 1).item() == X.mean() and F.adaptive_avg_pool2d(X, (None, 2)).shape == (1, 1, 4, 2)
    assert torch.allclose(F.adaptive_avg_pool1d(torch.arange(5.0).reshape(1, 5), 3), torch.tensor([[0.5, 2, 3.5]]))
    y, index = torch.adaptive_max_pool1d(torch.tensor([[4.0, 1.0, 2.0, 8.0, 3.0]]), 2)
    assert y.tolist() == [[4, 8]] and index.tolist() == [[0, 3]]


def test_fractional_pooling_draws_its_windows():
    y, index = F.fractional_max_pool2d(X, 2, output_size=3, return_indices=True)
    assert y.shape == (1, 1, 3, 3) and torch.equal(X.flatten()[index], y)
    samples = torch.rand(1, 1, 2)
    assert torch.equal(F.fractional_max_pool2d(X, 2, 3, _random_samples=samples), F.fractional_max_pool2d(X, 2, 3, _random_samples=samples))


def test_unfold_and_fold():
    columns = F.unfold(X, 2, stride=2)
    assert columns.shape == (1, 4, 4) and columns[0, :, 0].tolist() == [1, 5, 3, 4]
    assert torch.equal(F.fold(columns, 4, 2, stride=2), X)
    overlaps = F.fold(F.unfold(torch.ones(1, 1, 3, 3), 2), 3, 2)
    assert overlaps[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_padding():
    row = torch.arange(1.0, 5.0).reshape(1, 4)
    assert F.pad(row, (1, 2)).tolist() == [[0, 1, 2, 3, 4, 0, 0]]
    assert F.pad(row, (-1, 1), value=9).tolist() == [[2, 3, 4, 9]]
    assert F.pad(row, (2, 1), mode="reflect").tolist() == [[3, 2, 1, 2, 3, 4, 3]]
    assert F.pad(row, (2, 1), mode="replicate").tolist() == [[1, 1, 1, 2, 3, 4, 4]]
    assert F.pad(row, (2, 1), mode="circular").tolist() == [[3, 4, 1, 2, 3, 4, 1]]
    assert F.pad(row, (2, -1), mode="circular").tolist() == [[2, 3, 1, 2, 3]]
    assert torch.constant_pad_nd(row, (0, 0, 1, 0), 5).tolist() == [[5, 5, 5, 5], [1, 2, 3, 4]]
    assert F.pad(torch.tensor([True]), (1, 1), value=True).tolist() == [True, True, True]


def test_interpolation():
    row = torch.tensor([[[0.0, 10.0]]])
    assert F.interpolate(row, 4).flatten().tolist() == [0, 0, 10, 10]
    assert F.interpolate(row, scale_factor=2, mode="linear").flatten().tolist() == [0, 2.5, 7.5, 10]
    assert torch.allclose(F.interpolate(row, 3, mode="linear", align_corners=True).flatten(), torch.tensor([0.0, 5, 10]))
    assert F.interpolate(X, 2, mode="area").tolist() == F.avg_pool2d(X, 2).tolist()
    assert F.interpolate(X, (2, 2), mode="nearest-exact").tolist() == [[[[4, 7], [2, 3]]]]
    assert torch.allclose(F.interpolate(X, 4, mode="bicubic"), X)
    whole = (X * 20).to(torch.uint8)
    assert F.interpolate(whole, 2, mode="bilinear", antialias=True).dtype is torch.uint8
    with pytest.warns(UserWarning, match="deprecated"):
        assert F.upsample_nearest(X, scale_factor=2).shape == (1, 1, 8, 8)


def test_grids():
    identity = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    grid = F.affine_grid(identity, (1, 1, 4, 4), align_corners=False)
    for mode in ("bilinear", "nearest", "bicubic"):
        assert torch.allclose(F.grid_sample(X, grid, mode, align_corners=False), X, atol=1e-5)
    outside = torch.full((1, 1, 1, 2), 3.0)
    assert F.grid_sample(X, outside, align_corners=True).item() == 0
    assert F.grid_sample(X, outside, padding_mode="border", align_corners=True).item() == 3
    assert F.grid_sample(X, outside, padding_mode="reflection", align_corners=True).item() == 1
    with pytest.warns(UserWarning, match="align_corners=False since 1.3.0"):
        F.grid_sample(X, grid)


def test_channels_and_pixels():
    x = torch.arange(16.0).reshape(1, 4, 2, 2)
    assert torch.equal(F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2), x)
    assert F.pixel_shuffle(x, 2)[0, 0, 0].tolist() == [0, 4, 1, 5]
    assert F.channel_shuffle(x, 2)[0, :, 0, 0].tolist() == [0, 8, 4, 12]


@pytest.mark.parametrize("call, error, message", [
    (lambda: F.max_pool2d(X[0, 0], 2), RuntimeError, "non-empty 3D or 4D"),
    (lambda: F.max_pool2d(X, 9), RuntimeError, r"Given input size: \(1x4x4\). Calculated output size: \(1x0x0\). Output size is too small"),
    (lambda: F.max_pool2d(X, 2, 0), RuntimeError, "stride should not be zero"),
    (lambda: F.max_pool2d(X, 2, padding=2), RuntimeError, "pad should be at most half of effective kernel size, but got pad=2, kernel_size=2"),
    (lambda: F.max_pool2d(X, 2.5), TypeError, "argument 'kernel_size' must be tuple of ints, not float"),
    (lambda: F.max_pool2d(X, (2, 2, 2)), RuntimeError, "kernel_size must either be a single int, or a tuple of two ints"),
    (lambda: F.max_pool2d(X.bool(), 2), NotImplementedError, "not implemented for 'Bool'"),
    (lambda: F.avg_pool2d(X, 2, divisor_override=0), RuntimeError, "divisor must be not zero"),
    (lambda: F.adaptive_avg_pool2d(X, (1, 1, 1)), RuntimeError, "output_size must be 2"),
    (lambda: F.adaptive_avg_pool2d(X, -1), RuntimeError, "greater than or equal to 0"),
    (lambda: F.adaptive_max_pool2d(X.long(), 2), NotImplementedError, "not implemented for 'Long'"),
    (lambda: F.fractional_max_pool2d(X, 2), ValueError, "requires specifying either an output_size or an output_ratio"),
    (lambda: F.fractional_max_pool2d(X, 2, 4), RuntimeError, "pool height 2 too large relative to input height 4"),
    (lambda: F.max_unpool2d(X, torch.full((1, 1, 4, 4), 64), 2), RuntimeError, "Found an invalid max index: 64"),
    (lambda: F.max_unpool2d(X, X.long()[..., :2], 2), RuntimeError, "Expected shape of indices to be same as that of the input tensor"),
    (lambda: F.max_unpool2d(X, X.long(), 2, output_size=(20, 20)), ValueError, "invalid output_size"),
    (lambda: F.unfold(X, 5), RuntimeError, "its components must be at least one"),
    (lambda: F.unfold(X, 2, dilation=0), RuntimeError, "dilation should be greater than zero"),
    (lambda: F.fold(torch.ones(1, 4, 5), 4, 2, stride=2), RuntimeError, r"sliding blocks 2 \* 2 = 4, but got input.size\(2\)=5"),
    (lambda: F.pad(X, (4, 0), mode="reflect"), NotImplementedError, "Only 2D, 3D, 4D, 5D padding"),
    (lambda: F.pad(X, (4, 0, 0, 0), mode="reflect"), RuntimeError, "Padding size should be less than the corresponding input dimension"),
    (lambda: F.pad(X, (1, 1), mode="reflect", value=1.0), ValueError, "doesn't take in value argument"),
    (lambda: F.pad(X, (1, 1, 1)), RuntimeError, "Length of pad must be even but instead it equals 3"),
    (lambda: F.pad(X, (-5, 0)), RuntimeError, "resulted in a negative output size"),
    (lambda: F.interpolate(X), ValueError, "either size or scale_factor should be defined"),
    (lambda: F.interpolate(X, 2, 2.0), ValueError, "only one of size or scale_factor should be defined"),
    (lambda: F.interpolate(X, 2, mode="linear"), NotImplementedError, "Got 4D input, but linear mode needs 3D input"),
    (lambda: F.interpolate(X, 2, mode="nearest", align_corners=True), ValueError, "align_corners option can only be set"),
    (lambda: F.interpolate(X, 2, mode="lanczos"), ValueError, "Lanczos mode requires antialias=True"),
    (lambda: F.grid_sample(X, torch.zeros(1, 2, 2, 3), align_corners=True), RuntimeError, "expected grid to have size 2 in last dimension"),
    (lambda: F.grid_sample(X, torch.zeros(1, 2, 2, 2), "linear"), ValueError, "expected mode to be 'bilinear'"),
    (lambda: F.pixel_shuffle(X, 2), RuntimeError, "to be divisible by the square of upscale_factor"),
    (lambda: F.channel_shuffle(X, 2), RuntimeError, "Number of channels must be divisible by groups"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_means_of_windows_see_no_infinite_number_outside():
    x = torch.ones(1, 1, 5, 6)
    x[0, 0, 0, 0] = float("inf")
    y = F.adaptive_avg_pool2d(x, (7, 4))
    assert y[0, 0, 0, 0].item() == float("inf") and y.isfinite().sum() == 7 * 4 - 2
    g = torch.zeros(1, 1, 7, 4)
    g[0, 0, 0, 0] = float("inf")
    z = torch.zeros(1, 1, 5, 6, requires_grad=True)
    F.adaptive_avg_pool2d(z, (7, 4)).backward(g)
    assert not z.grad.isnan().any() and z.grad.isinf().sum() == 2
