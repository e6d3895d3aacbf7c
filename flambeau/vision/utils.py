"""Pictures of tensors: grids, files, and drawings on images."""

import math
import os
import warnings
from collections.abc import Sequence

import flambeau
from flambeau import Tensor

from ._files import atomic_write
from ._pillow import pillow
from .transforms import functional as F

__all__ = ["draw_bounding_boxes", "draw_keypoints", "draw_segmentation_masks", "make_grid", "save_image"]

_EXTENSIONS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".gif": "GIF", ".webp": "WEBP", ".bmp": "BMP", ".tiff": "TIFF"}


@flambeau.no_grad()
def make_grid(
    tensor: Tensor | list[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Images (N, C, H, W), or a list of (C, H, W), side by side in one image (3, H', W'), `nrow` in a row.

    padding: pixels between and around, of `pad_value`. normalize: bring the values to 0 to 1, from `value_range` or from the least and
    greatest of all (of each image with `scale_each`). Grey images get three channels; a single image comes back without a border.
    """
    if isinstance(tensor, list):
        for image in tensor:
            if not isinstance(image, Tensor):
                raise TypeError(f"tensor or list of tensors expected, got a list containing {type(image)}")
        tensor = flambeau.stack(tensor, dim=0)
    elif not isinstance(tensor, Tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    if tensor.ndim < 4:
        tensor = tensor.reshape((1,) * (4 - tensor.ndim) + tuple(tensor.shape))
    if tensor.shape[1] == 1:
        tensor = flambeau.cat((tensor, tensor, tensor), 1)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
        tensor = flambeau.stack([_scaled(image, value_range) for image in tensor]) if scale_each else _scaled(tensor, value_range)
    count, channels, height, width = tensor.shape
    if count == 1:
        return tensor.squeeze(0)
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    height, width = height + padding, width + padding
    grid = tensor.new_full((channels, height * rows + padding, width * columns + padding), pad_value)
    for number in range(count):
        top, left = number // columns * height + padding, number % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = tensor[number]
    return grid


def _scaled(image: Tensor, value_range) -> Tensor:
    low, high = value_range if value_range is not None else (float(image.min()), float(image.max()))
    return (image.clamp(low, high) - low) / max(high - low, 1e-5)


@flambeau.no_grad()
def save_image(tensor: Tensor | list[Tensor], fp, format: str | None = None, **kwargs) -> None:
    """Writes an image, or the `make_grid` (with `kwargs`) of several, floats in 0 to 1, to a path or an open binary file.

    format: one of Pillow's; None goes by the file's extension.
    """
    grid = make_grid(tensor, **kwargs)
    pixels = grid.mul(255).add(0.5).clamp(0, 255).permute(1, 2, 0).to("cpu").to(flambeau.uint8).numpy()
    picture = pillow("save_image").fromarray(pixels.copy())
    if hasattr(fp, "write"):
        picture.save(fp, format=format)
        return
    extension = os.path.splitext(fp)[1].lower()
    if format is None and extension not in _EXTENSIONS:
        raise ValueError(f"unknown file extension: {extension or repr(fp)}; give `format`, or one of {', '.join(_EXTENSIONS)}")
    with atomic_write(fp) as file:
        picture.save(file, format=format or _EXTENSIONS[extension])


def _check_image(image, channels: tuple[int, ...], said: str) -> None:
    if not isinstance(image, Tensor):
        raise TypeError(f"The image must be a tensor, got {type(image)}")
    if image.dtype != flambeau.uint8 and not image.is_floating_point():
        raise ValueError(f"The image dtype must be uint8 or float, got {image.dtype}")
    if image.ndim != 3:
        raise ValueError("Pass individual images, not batches")
    if image.shape[0] not in channels:
        raise ValueError(said)


def _palette(count: int) -> list[tuple[int, int, int]]:
    """`count` colours, far apart: multiples of a vector modulo 255. The first is black."""
    return [tuple(number * step % 255 for step in (2**25 - 1, 2**15 - 1, 2**21 - 1)) for number in range(count)]


def _colors(colors, count: int) -> list[tuple[int, int, int]]:
    """One RGB triple (0 to 255) for each of `count` things, from a name or a triple, a list of them, or None for the palette."""
    if colors is None:
        return _palette(count)
    if isinstance(colors, list):
        if len(colors) < count:
            raise ValueError(f"Number of colors must be equal or larger than the number of objects, but got {len(colors)} < {count}.")
    elif not isinstance(colors, (tuple, str)):
        raise ValueError(f"colors must be a tuple or a string, or a list thereof, but got {colors}.")
    elif isinstance(colors, tuple) and len(colors) != 3:
        raise ValueError(f"If passed as tuple, colors should be an RGB triplet, but got {colors}.")
    else:
        colors = [colors] * count
    names = pillow("names of colours", "ImageColor")
    return [names.getrgb(color) if isinstance(color, str) else tuple(color) for color in colors]


def _draw_on(image: Tensor, paint, mode: str | None = None) -> Tensor:
    """paint(ImageDraw) on the image (3, H, W), which keeps its dtype."""
    bytes_ = image if image.dtype == flambeau.uint8 else F.convert_image_dtype(image, flambeau.uint8)
    picture = F.to_pil_image(bytes_)
    paint(pillow("drawing", "ImageDraw").Draw(picture, mode))
    return F.convert_image_dtype(F.pil_to_tensor(picture).contiguous(), image.dtype)


@flambeau.no_grad()
def draw_bounding_boxes(
    image: Tensor,
    boxes: Tensor,
    labels: list[str] | None = None,
    colors=None,
    fill: bool | None = False,
    width: int = 1,
    font: str | None = None,
    font_size: int | None = None,
    label_colors=None,
    label_background_colors=None,
    fill_labels: bool = False,
) -> Tensor:
    """The image (1 or 3, H, W), uint8 or floats in 0 to 1, with `boxes` (N, 4) drawn on it, as (3, H, W).

    boxes: (xmin, ymin, xmax, ymax) in pixels. labels: a text for each. colors: a name, an (r, g, b), or a list of them. fill: tint the
    inside. width: of the lines. font, font_size: a TrueType file and its size. fill_labels: put the texts on a coloured ground.
    """
    _check_image(image, (1, 3), "Only grayscale and RGB images are supported")
    if bool((boxes[:, 0] > boxes[:, 2]).any()) or bool((boxes[:, 1] > boxes[:, 3]).any()):
        raise ValueError("Boxes need to be in (xmin, ymin, xmax, ymax) format: a box has xmin > xmax or ymin > ymax")
    count = boxes.shape[0]
    if count == 0:
        warnings.warn("boxes doesn't contain any box. No box was drawn", stacklevel=2)
        return image
    texts = [None] * count if labels is None else labels
    if len(texts) != count:
        raise ValueError(f"Number of boxes ({count}) and labels ({len(texts)}) mismatch. Please specify labels for each box.")
    colors = _colors(colors, count)
    text_colors = _colors(label_colors or "black", count) if label_colors or fill_labels else colors
    grounds = _colors(label_background_colors, count) if fill_labels and label_background_colors else colors
    fonts = pillow("labels", "ImageFont")
    if font is None and font_size is not None:
        warnings.warn("Argument 'font_size' will be ignored since 'font' is not set.", stacklevel=2)
    face = fonts.load_default() if font is None else fonts.truetype(font=font, size=font_size or 10)

    def paint(draw):
        each = zip(boxes.to(flambeau.int64).tolist(), texts, colors, text_colors, grounds, strict=False)
        for box, text, color, text_color, ground in each:
            draw.rectangle(box, width=width, outline=color, fill=(*color, 100) if fill else None)
            if text is not None:
                corner = (box[0] + width + 1, box[1] + width + 1)
                if fill_labels:
                    left, top, right, bottom = draw.textbbox(corner, text, font=face)
                    draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), fill=ground)
                draw.text(corner, text, fill=text_color, font=face)

    if image.shape[0] == 1:
        image = flambeau.cat((image, image, image), 0)
    return _draw_on(image, paint, "RGBA" if fill else None)


@flambeau.no_grad()
def draw_segmentation_masks(image: Tensor, masks: Tensor, alpha: float = 0.8, colors=None) -> Tensor:
    """The image (3, H, W), uint8 or floats in 0 to 1, with boolean `masks` (H, W) or (N, H, W) painted over it; black where they overlap.

    alpha: 0 leaves the image, 1 hides it. colors: a name, an (r, g, b), or a list of them.
    """
    _check_image(image, (3,), "Pass an RGB image. Other Image formats are not supported")
    masks = masks[None] if masks.ndim == 2 else masks
    if masks.ndim != 3:
        raise ValueError("masks must be of shape (H, W) or (batch_size, H, W)")
    if masks.dtype != flambeau.bool:
        raise ValueError(f"The masks must be of dtype bool. Got {masks.dtype}")
    if masks.shape[-2:] != image.shape[-2:]:
        raise ValueError("The image and the masks must have the same height and width")
    if masks.shape[0] == 0:
        warnings.warn("masks doesn't contain any mask. No mask was drawn", stacklevel=2)
        return image
    white = 1 if image.dtype == flambeau.uint8 else 255
    painted = image.detach()
    for mask, color in zip(masks, _colors(colors, masks.shape[0]), strict=False):
        paint = flambeau.tensor([part / white if white > 1 else part for part in color]).to(image.dtype).reshape(3, 1, 1)
        painted = flambeau.where(mask, paint, painted)
    painted = flambeau.where(masks.sum(0) > 1, flambeau.zeros_like(painted), painted)
    return (image * (1 - alpha) + painted * alpha).to(image.dtype)


@flambeau.no_grad()
def draw_keypoints(
    image: Tensor,
    keypoints: Tensor,
    connectivity: Sequence[tuple[int, int]] | None = None,
    colors=None,
    radius: int = 2,
    width: int = 3,
    visibility: Tensor | None = None,
) -> Tensor:
    """The image (3, H, W), uint8 or floats in 0 to 1, with `keypoints` (N, K, 2), (x, y) in pixels, drawn on it.

    connectivity: pairs of keypoints to join by lines of `width`. visibility: (N, K), which of them to show.
    """
    _check_image(image, (3,), "Pass an RGB image. Other Image formats are not supported")
    if keypoints.ndim != 3:
        raise ValueError("keypoints must be of shape (num_instances, K, 2)")
    shown = flambeau.ones(keypoints.shape[:2], dtype=flambeau.bool) if visibility is None else visibility
    shown = shown.squeeze(-1) if shown.ndim == 3 else shown
    if tuple(shown.shape) != tuple(keypoints.shape[:2]):
        raise ValueError(f"keypoints {tuple(keypoints.shape)} and visibility {tuple(shown.shape)} must agree in their first two sizes")

    def paint(draw):
        for points, visible in zip(keypoints.to(flambeau.int64).tolist(), shown.to(flambeau.bool).tolist(), strict=True):
            for (x, y), yes in zip(points, visible, strict=True):
                if yes:
                    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colors, outline=None, width=0)
            for start, end in connectivity or ():
                if visible[start] and visible[end]:
                    draw.line((*points[start], *points[end]), width=width)

    return _draw_on(image, paint)
