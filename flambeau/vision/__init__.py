"""Images: data sets, transforms, reading and writing, drawing, and models. flambeau's torchvision."""

import importlib
import sys

TORCHVISION = "0.28.0+flambeau"     # what programs that know us as `torchvision` are told: the release that goes with flambeau.version.PYTORCH

__all__ = ["datasets", "fetch", "get_image_backend", "io", "models", "set_image_backend", "transforms", "utils"]

_SUBPACKAGES = ("datasets", "fetch", "io", "models", "transforms", "utils")


def __getattr__(name):
    if name in _SUBPACKAGES:  # loaded on first use
        return importlib.import_module(f".{name}", __name__)
    if name == "__version__":
        return TORCHVISION if sys.modules.get("torchvision") is sys.modules[__name__] else importlib.import_module("flambeau").__version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})


def get_image_backend() -> str:
    """The package that loads images: always "PIL"."""
    return "PIL"


def set_image_backend(backend: str) -> None:
    """Accepts "PIL", the only package that loads images here; raises ValueError for others."""
    if backend != "PIL":
        raise ValueError(f"Invalid backend '{backend}'. Options are 'PIL'")


def disable_beta_transforms_warning() -> None:
    """Does nothing: transforms.v2 is stable, and warns of nothing."""
