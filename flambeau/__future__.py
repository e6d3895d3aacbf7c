"""PyTorch's settings for behaviour to come (torch.__future__): kept, and without effect."""
from __future__ import annotations

_settings = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Whether `module.to(…)` makes new parameters instead of changing their data: they keep their identity here."""
    _settings["overwrite"] = value


def get_overwrite_module_params_on_conversion() -> bool:
    """As set."""
    return _settings["overwrite"]


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Whether `module.to(…)` and `load_state_dict` swap parameters with new ones: they keep their identity in any case."""
    _settings["swap"] = value


def get_swap_module_params_on_conversion() -> bool:
    """As set."""
    return _settings["swap"]
