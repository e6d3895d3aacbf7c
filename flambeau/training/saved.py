"""A trained network on disk: weights and all that is needed to use them on new files."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import flambeau
from flambeau import nn
from flambeau.vision import datasets

from .models import build
from .tables import Encoder, read_table
from .tasks import image_transform

__all__ = ["FORMAT", "Saved", "load_saved", "package"]

FORMAT = "flambeau model 1"
BATCH = 64


def package(model: nn.Module, name: str, shape: tuple[int, ...], outputs: int, classes: list[str] | None, inputs: dict, result: dict) -> dict[str, Any]:
    """What is written: plain values and tensors, which load without running code."""
    return {"format": FORMAT, "model": name, "shape": list(shape), "outputs": outputs, "classes": classes, "inputs": inputs, "result": result,
            "weights": model.state_dict()}


@dataclass
class Saved:
    """A network that was loaded, ready to predict."""

    model: nn.Module
    content: dict[str, Any]

    @property
    def classes(self) -> list[str] | None:
        """The names of the classes; None for a quantity."""
        return self.content["classes"]

    def predict(self, files: list[str]) -> Iterator[tuple[str, list[tuple[str, float]]]]:
        """(file, or file and row; the classes with their probabilities, the likeliest first, or one ("", value)) for images or CSV tables."""
        inputs = self.content["inputs"]
        if inputs["kind"] == "table":
            encoder = Encoder(inputs["encoder"])
            for file in files:
                table = read_table(file)
                yield from self._named([f"{file}:{row + 1}" for row in range(len(table.rows))], flambeau.tensor(encoder.features(table)))
            return
        transform = image_transform(inputs)
        for first in range(0, len(files), BATCH):
            part = files[first : first + BATCH]
            yield from self._named(part, flambeau.stack([transform(datasets.folder.pil_loader(file)) for file in part]))

    def _named(self, names: list[str], samples: flambeau.Tensor) -> Iterator[tuple[str, list[tuple[str, float]]]]:
        outputs = []
        with flambeau.no_grad():
            for first in range(0, len(samples), BATCH):
                outputs.append(self.model(samples[first : first + BATCH]))
            values = flambeau.cat(outputs)
            if self.classes is not None:
                values = values.softmax(1)
        for name, row in zip(names, values.numpy(), strict=True):
            if self.classes is None:
                target = self.content["inputs"]["encoder"]
                yield name, [("", float(row[0]) * target["std"] + target["mean"])]
            else:
                yield name, [(self.classes[number], float(row[number])) for number in np.argsort(-row, kind="stable")]


def load_saved(path) -> Saved:
    """The network in a file, or in best.pt of a run's folder. ValueError for a file that `flambeau train` has not written."""
    path = Path(path)
    file = path / "best.pt" if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}; `flambeau train` writes best.pt into its --out folder")
    content = flambeau.load(file)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{file} is no model of `flambeau train`; use best.pt of a run's folder")
    model = build(content["model"], tuple(content["shape"]), content["outputs"])
    model.load_state_dict(content["weights"])
    return Saved(model.eval(), content)
