"""The geometric transforms of tensors (..., C, H, W), in flambeau's own operations, so that gradients pass through them."""

import math

import flambeau
import flambeau.nn.functional as nnf
from flambeau import Tensor


def dimensions(image: Tensor) -> list[int]:
    if image.ndim < 2:
        raise TypeError(f"an image has at least two dimensions (..., H, W), got a tensor of shape {tuple(image.shape)}")
    return [1 if image.ndim == 2 else image.shape[-3], *image.shape[-2:]]


def check_channels(image: Tensor, permitted=(1, 3)) -> None:
    channels = dimensions(image)[0]
    if channels not in permitted:
        raise TypeError(f"Input image tensor permitted channel values are {list(permitted)}, but found {channels}")


def as_float(image: Tensor):
    """(float image of 4 dimensions, the function that undoes it on a result, rounding to integers where there were any)."""
    dtype, squeeze = image.dtype, image.ndim < 4
    shape = image.shape
    if squeeze:
        image = image.reshape((1,) * (4 - image.ndim) + tuple(shape))
    elif image.ndim > 4:
        image = image.reshape((-1, *shape[-3:]))
    if dtype not in (flambeau.float32, flambeau.float64):
        image = image.to(flambeau.float32)

    def back(result: Tensor) -> Tensor:
        result = result.reshape((*shape[:-2], *result.shape[-2:]))
        if dtype == result.dtype:
            return result
        return (result if dtype.is_floating_point else result.round()).to(dtype)

    return image, back


def crop(image: Tensor, top, left, height, width) -> Tensor:
    _, h, w = dimensions(image)
    right, bottom = left + width, top + height
    if left < 0 or top < 0 or right > w or bottom > h:
        outside = [
            max(-left + min(0, right), 0),
            max(-top + min(0, bottom), 0),
            max(right - max(w, left), 0),
            max(bottom - max(h, top), 0),
        ]
        return pad(image[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)], outside, 0, "constant")
    return image[..., top:bottom, left:right]


def pad(image: Tensor, padding, fill, mode: str) -> Tensor:
    """padding: (left, top, right, bottom), negative to crop. fill: a number, or one for each channel."""
    left, top, right, bottom = padding
    if mode == "symmetric":
        return _pad_symmetric(image, left, top, right, bottom)
    if isinstance(fill, (list, tuple)):
        if len(set(fill)) > 1:
            return _pad_channels(image, padding, fill)
        fill = fill[0]
    borders = [left, right, top, bottom]
    if mode == "constant":
        return nnf.pad(image, borders, value=float(fill or 0))
    floats, back = as_float(image)
    return back(nnf.pad(floats, borders, mode={"edge": "replicate"}.get(mode, mode)))


def _pad_channels(image: Tensor, padding, fill) -> Tensor:
    """Pads every channel with its own value."""
    if len(fill) != image.shape[-3]:
        raise ValueError(f"fill has {len(fill)} values for an image of {image.shape[-3]} channels")
    inside = pad(flambeau.ones_like(image[..., :1, :, :], dtype=flambeau.bool), padding, 0, "constant")
    colour = flambeau.tensor(list(fill)).to(image.dtype).reshape(-1, 1, 1)
    return flambeau.where(inside, pad(image, padding, 0, "constant"), colour)


def _pad_symmetric(image: Tensor, left, top, right, bottom) -> Tensor:
    h, w = image.shape[-2:]
    image = image[..., max(-top, 0) : h - max(-bottom, 0), max(-left, 0) : w - max(-right, 0)]
    h, w = image.shape[-2:]

    def positions(size, before, after):
        before, after = max(before, 0), max(after, 0)
        return flambeau.tensor([*range(before - 1, -1, -1), *range(size), *range(size - 1, size - 1 - after, -1)])

    return image.index_select(-2, positions(h, top, bottom)).index_select(-1, positions(w, left, right))


def resize(image: Tensor, size, mode: str, antialias: bool) -> Tensor:
    floats, back = as_float(image)
    smooth = mode in ("bilinear", "bicubic")
    options = {"align_corners": False, "antialias": bool(antialias)} if smooth else {}
    result = nnf.interpolate(floats, size=tuple(size), mode=mode, **options)
    if mode == "bicubic" and image.dtype == flambeau.uint8:
        result = result.clamp(0, 255)
    return back(result)


def sample_grid(image: Tensor, grid: Tensor, mode: str, fill) -> Tensor:
    """Takes the pixels at `grid` (1, H', W', 2), in -1 to 1 from edge to edge; outside is `fill` (None: zero)."""
    if mode not in ("nearest", "bilinear"):
        raise ValueError(f"Interpolation mode '{mode}' is unsupported with Tensor input")
    channels = dimensions(image)[0]
    if isinstance(fill, (list, tuple)) and len(fill) not in (1, channels):
        raise ValueError(
            f"The number of elements in 'fill' cannot broadcast to match the number of channels of the image ({len(fill)} != {channels})"
        )
    floats, back = as_float(image)
    grid = grid.to(floats.dtype).expand(floats.shape[0], *grid.shape[1:])
    if fill is None:
        return back(nnf.grid_sample(floats, grid, mode=mode, padding_mode="zeros", align_corners=False))
    inside = flambeau.ones_like(floats[:, :1])
    result = nnf.grid_sample(flambeau.cat((floats, inside), 1), grid, mode=mode, padding_mode="zeros", align_corners=False)
    result, inside = result[:, :-1], result[:, -1:]
    values = [float(value) for value in fill] if isinstance(fill, (list, tuple)) else [float(fill)]
    colour = flambeau.tensor(values, dtype=floats.dtype).reshape(1, -1, 1, 1)
    if mode == "nearest":
        return back(flambeau.where(inside < 0.5, colour, result))
    return back(result * inside + (1.0 - inside) * colour)


def _pixel_centres(count: int, first: float) -> Tensor:
    return flambeau.linspace(first, first + count - 1, count)


def affine_grid(matrix, w: int, h: int, out_w: int, out_h: int) -> Tensor:
    """Where the pixels of an out_h x out_w image come from under the 2 x 3 `matrix`, which is about the centre and in pixels."""
    x = _pixel_centres(out_w, -out_w * 0.5 + 0.5).expand(out_h, out_w)
    y = _pixel_centres(out_h, -out_h * 0.5 + 0.5).unsqueeze(-1).expand(out_h, out_w)
    base = flambeau.stack((x, y, flambeau.ones(out_h, out_w)), -1).reshape(1, out_h * out_w, 3)
    theta = flambeau.tensor(matrix, dtype=flambeau.float32).reshape(1, 2, 3)
    scaled = theta.transpose(1, 2) / flambeau.tensor([0.5 * w, 0.5 * h])
    return base.bmm(scaled).reshape(1, out_h, out_w, 2)


def rotated_size(matrix, w: int, h: int) -> tuple[int, int]:
    """(width, height) of the smallest image that holds the whole of a w x h one under `matrix`, rounded up."""
    corners = [(x * 0.5 * w, y * 0.5 * h) for x in (-1, 1) for y in (-1, 1)]
    a, b, c, d, e, f = matrix
    xs = [a * x + b * y + c + 0.5 * w for x, y in corners]
    ys = [d * x + e * y + f + 0.5 * h for x, y in corners]

    def extent(values):
        slack = 1e-4  # pixels: what a rotation by 90 degrees may miss of whole numbers
        low, high = min(values), max(values)
        return math.ceil(high - slack if high > 0 else high) - math.floor(low + slack if low < 0 else low)

    return extent(xs), extent(ys)


def perspective_grid(coefficients, w: int, h: int) -> Tensor:
    """Where the pixels of a h x w image come from under the projective map x' = (a x + b y + c) / (g x + h y + 1)."""
    a, b, c, d, e, f, g, i = coefficients
    x = _pixel_centres(w, 0.5).expand(h, w)
    y = _pixel_centres(h, 0.5).unsqueeze(-1).expand(h, w)
    base = flambeau.stack((x, y, flambeau.ones(h, w)), -1).reshape(1, h * w, 3)
    top = flambeau.tensor([[[a, b, c], [d, e, f]]]).transpose(1, 2) / flambeau.tensor([0.5 * w, 0.5 * h])
    below = flambeau.tensor([[[g, i, 1.0], [g, i, 1.0]]]).transpose(1, 2)
    return (base.bmm(top) / base.bmm(below) - 1.0).reshape(1, h, w, 2)


def identity_grid(h: int, w: int) -> Tensor:
    """The grid that changes nothing, (1, h, w, 2)."""
    y, x = (flambeau.linspace((1 - size) / size, (size - 1) / size, size) for size in (h, w))
    return flambeau.stack((x.expand(h, w), y.unsqueeze(-1).expand(h, w)), -1).unsqueeze(0)


def gaussian_kernel(size: int, sigma: float, dtype) -> Tensor:
    """exp(-x**2 / (2 sigma**2)) at `size` whole steps about 0, summing to 1."""
    half = (size - 1) * 0.5
    density = flambeau.exp(-0.5 * (flambeau.linspace(-half, half, size, dtype=dtype) / sigma).pow(2))
    return density / density.sum()


def gaussian_blur(image: Tensor, kernel_size, sigma) -> Tensor:
    """kernel_size and sigma: (x, y). The borders are reflected."""
    floats, back = as_float(image)
    kx, ky = (gaussian_kernel(size, width, floats.dtype) for size, width in zip(kernel_size, sigma, strict=True))
    channels = floats.shape[-3]
    kernel = (ky[:, None] @ kx[None, :]).expand(channels, 1, kernel_size[1], kernel_size[0])
    x, y = kernel_size[0] // 2, kernel_size[1] // 2
    return back(nnf.conv2d(nnf.pad(floats, [x, x, y, y], mode="reflect"), kernel, groups=channels))
