"""Points for TensorBoard's projector: tables and a picture in files beside the events, and one file that lists them."""
from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from . import pictures

__all__ = ["Projector"]


class Projector:
    """All embeddings of a run."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._entries: list[str] = []

    def add(self, points: np.ndarray, labels: Any, images: np.ndarray | None, step: int, tag: str, header: list[str] | None) -> None:
        """Write points (N, D), perhaps a label and an image (C, H, W) for each, and the new list."""
        if points.ndim != 2:
            raise AssertionError("mat should be 2D, where mat.size(0) is the number of data points")
        for things, what in ((labels, "labels"), (images, "images")):
            if things is not None and len(things) != len(points):
                raise AssertionError(f"#{what} should equal with #data points: {len(things)} and {len(points)}")
        below = f"{step:05d}/{''.join(f'%{ord(c):02x}' if c in '%/' + chr(92) else c for c in tag)}"
        os.makedirs(os.path.join(self._folder, below), exist_ok=True)
        entry = [f'  tensor_name: "{_quoted(tag)}:{step:05d}"', f'  tensor_path: "{_quoted(below)}/tensors.tsv"']
        self._write(f"{below}/tensors.tsv", "".join("\t".join(map(str, row)) + "\n" for row in points.tolist()).encode())
        if labels is not None:
            self._write(f"{below}/metadata.tsv", _table(labels, header).encode())
            entry.append(f'  metadata_path: "{_quoted(below)}/metadata.tsv"')
        if images is not None:
            self._write(f"{below}/sprite.png", _sprite(images))
            height, width = images.shape[2:]
            entry.append(f'  sprite {{\n    image_path: "{_quoted(below)}/sprite.png"\n    single_image_dim: {width}\n'
                         f"    single_image_dim: {height}\n  }}")
        self._entries.append("embeddings {\n" + "\n".join(entry) + "\n}\n")
        self._write("projector_config.pbtxt", "".join(self._entries).encode())

    def _write(self, name: str, data: bytes) -> None:
        path = os.path.join(self._folder, name)
        with open(f"{path}.new", "wb") as file:
            file.write(data)
        os.replace(f"{path}.new", path)


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"')


def _table(labels: Any, header: list[str] | None) -> str:
    if not header:
        return "".join(f"{label}\n" for label in labels)
    if len(header) != len(labels[0]):
        raise AssertionError(f"len of header must be equal to the number of columns in metadata: {len(header)} and {len(labels[0])}")
    return "".join("\t".join(map(str, row)) + "\n" for row in [header, *labels])


def _sprite(images: np.ndarray) -> bytes:
    """All images in a square picture."""
    arranged = pictures.grid(images, math.ceil(len(images) ** 0.5)).transpose(1, 2, 0)
    square = np.zeros((arranged.shape[1], arranged.shape[1], 3), arranged.dtype)
    square[: arranged.shape[0]] = arranged
    return pictures.png(pictures.as_bytes(square))
