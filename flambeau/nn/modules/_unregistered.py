"""Modules that are kept in a plain list: a model does not know of them, and does not say so by itself."""

from typing import Any

from flambeau.nn.modules._where import warn_user

__all__ = ["looks_like_modules", "warn_of_unregistered"]

_INSTEAD = {list: "ModuleList", tuple: "ModuleList", dict: "ModuleDict"}


def looks_like_modules(value: Any, module_type: type) -> bool:
    """Whether a list, tuple or dict holds modules, going by its first element, or may yet be filled with them."""
    kind = type(value)
    if kind is list or kind is tuple:
        return isinstance(value[0], module_type) if value else kind is list
    if kind is dict:
        return isinstance(next(iter(value.values())), module_type) if value else True
    return False


def warn_of_unregistered(root: Any, module_type: type) -> None:
    """Warn once of each list, tuple or dict, in an attribute of ``root`` or of a module below it, that holds modules with parameters
    of which ``root`` does not know.
    """
    unseen = [module for module in root.modules() if "_unseen_lists" in module.__dict__]
    if not unseen:
        return
    known = set(map(id, root.modules()))
    for module in unseen:
        for name in module.__dict__.pop("_unseen_lists"):
            value = module.__dict__.get(name)
            members = list(value.values()) if type(value) is dict else value if type(value) in (list, tuple) else []
            lost = [m for m in members if isinstance(m, module_type) and id(m) not in known and any(True for _ in m.parameters())]
            if lost:
                warn_user(
                    f"{type(module).__name__}.{name} is a plain {type(value).__name__} with {len(lost)} modules that the model does not "
                    f"know of: their parameters are neither trained, saved nor moved. Use nn.{_INSTEAD[type(value)]} instead.")
