"""Pillow, when it is there: flambeau.vision works on tensors and arrays without it, and loads it for pictures only."""

import importlib
import sys

import numpy as np


def pillow(purpose: str, module: str = "Image"):
    """PIL.`module`, loaded now. Raises ImportError that names `purpose` and what to install when Pillow is absent."""
    try:
        return importlib.import_module(f"PIL.{module}")
    except ImportError as error:
        raise ImportError(f"{purpose} needs Pillow: pip install pillow (or flambeau[vision])", name="PIL") from error


def has_pillow() -> bool:
    """Whether Pillow can be imported."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        return False
    return True


def is_picture(obj) -> bool:
    """Whether `obj` is a PIL image; never loads Pillow, since without it there are none."""
    image = sys.modules.get("PIL.Image")
    return image is not None and isinstance(obj, image.Image)


def picture_from_array(array: np.ndarray, mode: str | None = None):
    """The PIL image of an array (H, W) or (H, W, C). `mode` None: L, RGB, LA, RGBA for uint8, as Pillow guesses otherwise."""
    image = pillow("making a PIL image")
    if mode is None:
        return image.fromarray(array)
    return image.frombytes(mode, (array.shape[1], array.shape[0]), np.ascontiguousarray(array).tobytes())


class ImageError(RuntimeError, OSError):
    """A file or a buffer that holds no image that can be read; the text names it."""


def open_picture(source, name, use=None):
    """use(image) for the image in a path or an open binary file, read to its last pixel; the loaded image itself without `use`.

    Raises ImageError, naming `name`, when it is missing, no image, cut short, or so large that Pillow takes it for an attack.
    """
    image = pillow(f"reading {name}")
    try:
        with image.open(source) as picture:
            picture.load()
            return picture.copy() if use is None else use(picture)
    except ImageError:
        raise
    except FileNotFoundError:
        raise ImageError(f"[Errno 2] No such file or directory: {str(name)!r}") from None
    except IsADirectoryError:
        raise ImageError(f"{name} is a folder, not an image") from None
    except image.DecompressionBombError as error:
        raise ImageError(f"{name}: {error}; if you trust the file, raise PIL.Image.MAX_IMAGE_PIXELS") from error
    except image.UnidentifiedImageError:
        raise ImageError(f"{name} holds no image that Pillow knows (or only the beginning of one)") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # SyntaxError: how Pillow tells of a broken PNG
        raise ImageError(f"{name} cannot be read as an image: {error}") from error
