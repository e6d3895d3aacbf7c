"""Pictures for TensorBoard: arrays of any layout to PNG, several to a grid, videos to GIF, figures and boxes to arrays."""
from __future__ import annotations

import io
import math
import struct
import zlib
from typing import Any

import numpy as np

__all__ = ["draw_boxes", "figure_pixels", "gif", "grid", "pixels", "png", "video_frames"]


def grid(images: np.ndarray, columns: int = 8) -> np.ndarray:
    """(N, 1 or 3, H, W) -> (3, rows * H, columns * W); what is left over is black."""
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise AssertionError(f"Input should be a 4D numpy array with 3 channels, or 1: found shape {images.shape}")
    count, _, height, width = images.shape
    columns = max(min(count, columns), 1)
    rows = math.ceil(count / columns)
    canvas = np.zeros((rows * columns, 3, height, width), images.dtype)
    canvas[:count] = images
    return canvas.reshape(rows, columns, 3, height, width).transpose(2, 0, 3, 1, 4).reshape(3, rows * height, columns * width)


def pixels(image: np.ndarray, layout: str) -> np.ndarray:
    """An image, or a batch of them as a grid, of layout "CHW", "HWC", "HW", "NCHW" … -> uint8 (H, W, C).

    uint8 counts as 0 … 255, all else as 0 … 1, and is cut off there.
    """
    layout = layout.upper()
    if len(set(layout)) != len(layout):
        raise AssertionError(f"You can not use the same dimension shorthand twice. input_format: {layout}")
    if image.ndim != len(layout):
        raise AssertionError(f"size of input tensor and input format are different. tensor shape: {image.shape}, input_format: {layout}")
    target = {4: "NCHW", 3: "HWC", 2: "HW"}.get(len(layout), "")
    if set(target) != set(layout):
        raise AssertionError(f"the layout of an image has the letters NCHW, HWC or HW in any order, not {layout!r}")
    image = image.transpose([layout.index(axis) for axis in target])
    if image.ndim == 4:
        image = grid(image).transpose(1, 2, 0)
    elif image.ndim == 2 or image.shape[2] == 1:
        image = np.repeat(image.reshape(*image.shape[:2], 1), 3, 2)
    return as_bytes(image)


def as_bytes(image: np.ndarray) -> np.ndarray:
    """Intensities as uint8."""
    if image.dtype == np.uint8:
        return image
    return (image.astype(np.float32) * 255).clip(0, 255).astype(np.uint8)


def png(image: np.ndarray) -> bytes:
    """uint8 (H, W, 1, 3 or 4) as a PNG file (https://www.w3.org/TR/png-3): no filter, one zlib stream."""
    height, width, channels = image.shape
    kinds = {1: 0, 3: 2, 4: 6}  # grey, RGB, RGBA
    if channels not in kinds:
        raise ValueError(f"an image has 1, 3 or 4 channels, not {channels}")
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row after the number of its filter, 0
    rows[:, 1:] = image.reshape(height, -1)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, kinds[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes())) + chunk(b"IEND", b"")


def video_frames(videos: np.ndarray) -> np.ndarray:
    """(N, T, C, H, W) -> uint8 (T, rows * H, columns * W, C): the N videos side by side, filled up with black to a power of two."""
    if videos.ndim != 5:
        raise AssertionError(f"a video has shape (N, T, C, H, W), not {videos.shape}")
    count, frames, channels, height, width = videos.shape
    room = 1 << (count - 1).bit_length()
    if room > count:
        videos = np.concatenate([videos, np.zeros((room - count, *videos.shape[1:]), videos.dtype)])
    rows = 1 << (count.bit_length() - 1) // 2
    videos = videos.reshape(rows, room // rows, frames, channels, height, width).transpose(2, 0, 4, 1, 5, 3)
    return as_bytes(videos.reshape(frames, rows * height, room // rows * width, channels))


def _pillow(what: str) -> Any:
    try:
        import PIL.Image
        import PIL.ImageDraw
    except ImportError as error:
        raise ImportError(f"{what} needs Pillow: pip install pillow") from error
    return PIL


def gif(frames: np.ndarray, fps: float) -> bytes:
    """uint8 (T, H, W, 1 or 3) as a GIF that repeats. Needs Pillow."""
    pillow = _pillow("add_video")
    pictures = [pillow.Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in frames]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=1000 / fps, loop=0)
    return out.getvalue()


def draw_boxes(image: np.ndarray, boxes: np.ndarray, labels: list[str] | None, rescale: float) -> np.ndarray:
    """uint8 (H, W, C) with red rectangles (x1, y1, x2, y2) in pixels, and their labels at the lower left. Needs Pillow."""
    pillow = _pillow("add_image_with_boxes")
    picture = pillow.Image.fromarray(image)
    pen = pillow.ImageDraw.Draw(picture)
    for place, (left, top, right, bottom) in enumerate(boxes.tolist()):
        pen.line([(left, top), (left, bottom), (right, bottom), (right, top), (left, top)], width=2, fill="red")
        if labels is not None:
            x1, y1, x2, y2 = pen.textbbox((left + 1, bottom), labels[place], anchor="ld")
            pen.rectangle([x1 - 1, y1 - 1, x2 + 1, y2 + 1], fill="red")
            pen.text((left + 1, bottom), labels[place], fill="black", anchor="ld")
    if rescale != 1:
        size = int(picture.width * rescale), int(picture.height * rescale)
        picture = picture.resize(size, pillow.Image.Resampling.LANCZOS)
    return np.asarray(picture)


def figure_pixels(figure: Any, close: bool) -> np.ndarray:
    """A Matplotlib figure drawn: uint8 (3, H, W)."""
    try:
        from matplotlib import pyplot
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError as error:
        raise ImportError("add_figure needs Matplotlib: pip install matplotlib") from error
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = np.asarray(canvas.buffer_rgba())[..., :3].transpose(2, 0, 1).copy()
    if close:
        pyplot.close(figure)
    return image
