"""Which classes and functions the program has allowed files to name."""
from __future__ import annotations

from collections.abc import Iterable

from .names import full_name

_allowed: dict[str, object] = {}    # what files call it -> what it is; replaced, never changed, so that a load sees one state
_given: dict[str, object] = {}      # the same, as the program gave it


def add_safe_globals(safe_globals: Iterable) -> None:
    """Allow files loaded with weights_only=True to name these classes and functions, to make instances of them and to call them.

    Each is a class or function, or (class or function, "module.name in the file") where the file uses another name than it has here.
    List only what is harmless whatever it is called with: the file chooses the arguments.
    ValueError or TypeError for entries of another form.
    """
    global _allowed, _given
    added, given = {}, {}
    for item in safe_globals:
        obj, full = _entry(item)
        added[full], given[full] = obj, item
    _allowed, _given = {**_allowed, **added}, {**_given, **given}


def get_safe_globals() -> list:
    """What the program has allowed with add_safe_globals, as it was given."""
    return list(_given.values())


def clear_safe_globals() -> None:
    """Forget what add_safe_globals has allowed."""
    global _allowed, _given
    _allowed, _given = {}, {}


class safe_globals:
    """add_safe_globals for the length of a `with` block."""

    def __init__(self, safe_globals: Iterable):
        self.safe_globals = list(safe_globals)

    def __enter__(self) -> None:
        self.before = _allowed, _given
        add_safe_globals(self.safe_globals)

    def __exit__(self, *exc) -> None:
        global _allowed, _given
        names = [_entry(item)[1] for item in self.safe_globals]
        before_allowed, before_given = self.before
        _allowed = _without(_allowed, names, before_allowed)
        _given = _without(_given, names, before_given)


def allowed() -> dict[str, object]:
    """What files may name beyond plain data: name in the file -> class or function."""
    return _allowed


def _without(now: dict, names: list[str], before: dict) -> dict:
    """`now` with `names` as they were before."""
    return {name: before.get(name, value) if name in names else value for name, value in now.items() if name in before or name not in names}


def _entry(item) -> tuple[object, str]:
    if isinstance(item, tuple):
        if len(item) != 2:
            raise ValueError(f"a pair (class or function, 'module.name in the file') is wanted, got a tuple of length {len(item)}")
        obj, full = item
        if not isinstance(full, str):
            raise TypeError(f"the second of the pair is the full name in the file, a str, got {type(full).__name__}")
        module, _, name = full.rpartition(".")
        return obj, full_name(module, name) if module else full
    module, name = getattr(item, "__module__", None), getattr(item, "__qualname__", None)
    if not isinstance(name, str):
        raise TypeError(f"add_safe_globals takes classes and functions, got {type(item).__name__}")
    return item, full_name(module if isinstance(module, str) else "builtins", name)
