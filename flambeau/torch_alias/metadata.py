"""Versions that packages ask for: `importlib.metadata.version("torch")`."""
from __future__ import annotations

import importlib
from importlib.metadata import Distribution
from pathlib import Path

from flambeau.version import PYTORCH


class AliasDistribution(Distribution):
    """Stands for the installed `torch` or `torchvision`: a name and a version, no files."""

    def __init__(self, name: str):
        version = f"{PYTORCH}+flambeau" if name == "torch" else importlib.import_module(name).__version__
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: flambeau, by the name of {name}\n"

    def read_text(self, filename):
        """The text of METADATA; None for the files that there are not."""
        return self._text if filename == "METADATA" else None

    def locate_file(self, path):
        """Where a file of the package would be: beside flambeau."""
        return Path(__file__).resolve().parent.parent / path
