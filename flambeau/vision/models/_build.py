"""The list of models, and what their functions have in common."""

from collections.abc import Callable

from flambeau import nn

_MODELS: dict[str, Callable[..., nn.Module]] = {}


def build(function: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """Puts a function that makes a model on the list."""
    _MODELS[function.__name__] = function
    return function


def no_weights(weights, name: str) -> None:
    """Raises ValueError unless `weights` is None: flambeau downloads none, but loads those of a file."""
    if weights is not None:
        raise ValueError(
            f"{name}: flambeau has no trained weights to download; make the model with weights=None, then "
            f"model.load_state_dict(flambeau.load(FILE)) with a checkpoint of torchvision's {name}"
        )


def list_models() -> list[str]:
    """The names that `get_model` knows."""
    return sorted(_MODELS)


def get_model(name: str, **config) -> nn.Module:
    """The model of that name, made with `config`. Raises ValueError for an unknown name."""
    if name.lower() not in _MODELS:
        raise ValueError(f"Unknown model {name}: choose from {', '.join(list_models())}")
    return _MODELS[name.lower()](**config)
