"""Decoding and encoding of images."""

import enum
import io
import os

import numpy as np

import flambeau
from flambeau import Tensor

from .._files import atomic_write
from .._pillow import ImageError, open_picture, pillow


class ImageReadMode(enum.Enum):
    """Which channels to give: as the file has them, grey, grey and alpha, red green blue, or those and alpha."""

    UNCHANGED = 0
    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGB_ALPHA = 4
    RGBA = RGB_ALPHA


_PIL_MODES = {ImageReadMode.GRAY: "L", ImageReadMode.GRAY_ALPHA: "LA", ImageReadMode.RGB: "RGB", ImageReadMode.RGB_ALPHA: "RGBA"}
_PLAIN_MODES = ("L", "LA", "RGB", "RGBA", "I;16")  # what UNCHANGED hands out without conversion
_ORIENTATION = 0x0112  # the EXIF tag


def _mode(mode: ImageReadMode | str) -> ImageReadMode:
    if isinstance(mode, str):
        try:
            return ImageReadMode[mode.upper()]
        except KeyError:
            raise KeyError(f"mode {mode!r} is none of {', '.join(ImageReadMode.__members__)}") from None
    return mode


def _pixels(picture, mode: ImageReadMode) -> np.ndarray:
    """The pixels (H, W) or (H, W, C) of a loaded PIL image."""
    wanted = _PIL_MODES.get(mode)
    if wanted is None and picture.mode not in _PLAIN_MODES:
        transparent = "transparency" in picture.info
        wanted = {"1": "L", "P": "RGBA" if transparent else "RGB", "CMYK": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA"}
        wanted = wanted.get(picture.mode, "RGB")
    return np.array(picture if wanted in (None, picture.mode) else picture.convert(wanted))


def _tensor(pixels: np.ndarray) -> Tensor:
    """(H, W) or (H, W, C) -> (C, H, W)."""
    return flambeau.from_numpy(np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)))


def _decode(source, name, mode, apply_exif_orientation: bool, only: tuple[str, ...] | None = None) -> Tensor:
    mode = _mode(mode)

    def read(picture):
        if only is not None and picture.format not in only:
            raise ImageError(f"{name} is a {picture.format} image, not {' or '.join(only)}")
        frames = getattr(picture, "n_frames", 1)
        if frames > 1 and picture.format in ("GIF", "WEBP"):  # all frames of a moving picture, as torchvision gives them
            return _frames(picture, frames, mode)
        if apply_exif_orientation and picture.getexif().get(_ORIENTATION, 1) != 1:
            picture = pillow("turning images upright", "ImageOps").exif_transpose(picture)
        return _tensor(_pixels(picture, mode))

    return open_picture(source, name, read)


def _frames(picture, count: int, mode: ImageReadMode) -> Tensor:
    images = []
    for number in range(count):
        picture.seek(number)
        images.append(_tensor(_pixels(picture.convert("RGB"), mode)))
    return flambeau.stack(images)


def _buffer(input: Tensor):
    if not isinstance(input, Tensor) or input.dtype != flambeau.uint8 or input.ndim != 1:
        found = f"{input.dtype} of shape {tuple(input.shape)}" if isinstance(input, Tensor) else type(input).__name__
        raise RuntimeError(f"expected the bytes of a file as a one-dimensional uint8 tensor, got {found}")
    return io.BytesIO(input.cpu().numpy().tobytes())


def read_file(path) -> Tensor:
    """The bytes of a file, uint8 (N,). Raises ImageError that names the file when it cannot be read or is empty."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise ImageError(f"[Errno {error.errno}] {error.strerror}: {os.fspath(path)!r}") from None
    if len(content) == 0:
        raise ImageError(f"{path} is empty")
    return flambeau.from_numpy(content)


def write_file(filename, data: Tensor) -> None:
    """Writes uint8 (N,) to a file, whole or not at all."""
    content = _buffer(data).getbuffer()
    with atomic_write(filename) as file:
        file.write(content)


def read_image(path, mode: ImageReadMode | str = ImageReadMode.UNCHANGED, apply_exif_orientation: bool = False) -> Tensor:
    """The image in a JPEG, PNG, GIF, WebP … file: uint8 (C, H, W), 0 to 255, with C 1 to 4 as `mode` says.

    16-bit PNGs give uint16; moving GIFs and WebPs give all frames (N, C, H, W). apply_exif_orientation: turn photographs upright.

    Raises ImageError (a RuntimeError and an OSError), naming the file, when it is missing, damaged, no image, or of so many pixels
    that Pillow refuses to unpack it.
    """
    return _decode(os.fspath(path), os.fspath(path), mode, apply_exif_orientation)


def decode_image(input, mode: ImageReadMode | str = ImageReadMode.UNCHANGED, apply_exif_orientation: bool = False) -> Tensor:
    """`read_image` for the bytes of a file, uint8 (N,); a path does as well."""
    if not isinstance(input, Tensor):
        return read_image(input, mode, apply_exif_orientation)
    return _decode(_buffer(input), "the buffer", mode, apply_exif_orientation)


def decode_png(input: Tensor, mode: ImageReadMode | str = ImageReadMode.UNCHANGED, apply_exif_orientation: bool = False) -> Tensor:
    """`decode_image` for PNG only."""
    return _decode(_buffer(input), "the buffer", mode, apply_exif_orientation, ("PNG",))


def decode_jpeg(input, mode: ImageReadMode | str = ImageReadMode.UNCHANGED, device="cpu", apply_exif_orientation: bool = False):
    """`decode_image` for JPEG only; a list of buffers gives a list."""
    if isinstance(input, list):
        if not input:
            raise ValueError("Input list must contain at least one element")
        return [decode_jpeg(part, mode, device, apply_exif_orientation) for part in input]
    return _decode(_buffer(input), "the buffer", mode, apply_exif_orientation, ("JPEG",)).to(device)


def decode_gif(input: Tensor) -> Tensor:
    """`decode_image` for GIF only, in RGB; (N, 3, H, W) when it moves."""
    return _decode(_buffer(input), "the buffer", ImageReadMode.RGB, False, ("GIF",))


def decode_webp(input: Tensor, mode: ImageReadMode | str = ImageReadMode.UNCHANGED) -> Tensor:
    """`decode_image` for WebP only."""
    return _decode(_buffer(input), "the buffer", mode, False, ("WEBP",))


def _encode(input: Tensor, format: str, **options) -> Tensor:
    if not isinstance(input, Tensor) or input.dtype != flambeau.uint8:
        raise RuntimeError(f"Input tensor dtype should be uint8, got {getattr(input, 'dtype', type(input).__name__)}")
    if input.ndim != 3 or input.shape[0] not in (1, 3):
        raise RuntimeError(f"The input should be a tensor (1, H, W) or (3, H, W), got shape {tuple(input.shape)}")
    pixels = input.cpu().numpy()
    pixels = pixels[0] if pixels.shape[0] == 1 else pixels.transpose(1, 2, 0)
    target = io.BytesIO()
    pillow(f"writing {format}").fromarray(np.ascontiguousarray(pixels)).save(target, format, **options)
    return flambeau.from_numpy(np.frombuffer(target.getvalue(), np.uint8).copy())


def encode_png(input: Tensor, compression_level: int = 6) -> Tensor:
    """The bytes of a PNG of uint8 (1 or 3, H, W). compression_level: 0 (none) to 9."""
    if not 0 <= compression_level <= 9:
        raise RuntimeError(f"Compression level should be between 0 and 9, got {compression_level}")
    return _encode(input, "PNG", compress_level=compression_level)


def encode_jpeg(input, quality: int = 75):
    """The bytes of a JPEG of uint8 (1 or 3, H, W), or a list of them for a list. quality: 1 to 100."""
    if not 1 <= quality <= 100:
        raise ValueError(f"Image quality should be a positive number between 1 and 100, got {quality}")
    if isinstance(input, list):
        if not input:
            raise ValueError("encode_jpeg requires at least one input tensor when a list is passed")
        return [encode_jpeg(part, quality) for part in input]
    return _encode(input, "JPEG", quality=quality)


def write_png(input: Tensor, filename, compression_level: int = 6) -> None:
    """Writes uint8 (1 or 3, H, W) as a PNG file, whole or not at all."""
    write_file(filename, encode_png(input, compression_level))


def write_jpeg(input: Tensor, filename, quality: int = 75) -> None:
    """Writes uint8 (1 or 3, H, W) as a JPEG file, whole or not at all."""
    write_file(filename, encode_jpeg(input, quality))
