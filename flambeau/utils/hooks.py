"""Handles of hooks: what registering one returns, to take it away again."""
from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["RemovableHandle", "unserializable_hook"]


class RemovableHandle:
    """The key of a hook in a table. `remove()` takes the hook away, and so does leaving a `with` block; a second time does nothing.

    hooks_dict: the table, which the handle does not keep alive. extra_dict: another, or a list of them, with the same key in it.
    `id` is the key; keys of all handles differ and grow.
    """

    _ids = itertools.count()

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.id = next(RemovableHandle._ids)
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        extra = [] if extra_dict is None else [extra_dict] if isinstance(extra_dict, dict) else extra_dict
        self.extra_dict_ref = _references(extra)

    def remove(self) -> None:
        """Take the hook away."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            table = reference()
            if table is not None:
                table.pop(self.id, None)

    def __getstate__(self) -> tuple:
        return self.hooks_dict_ref(), self.id, tuple(reference() for reference in self.extra_dict_ref)

    def __setstate__(self, state: tuple) -> None:
        hooks, self.id, extra = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = _references(extra)
        following = max(next(RemovableHandle._ids), self.id + 1)  # a key that was loaded is not given again
        RemovableHandle._ids = itertools.count(following)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def _references(tables: Iterable[Any]) -> tuple:
    return tuple(weakref.ref(table) for table in tables if table is not None)


def unserializable_hook(function: Callable) -> Callable:
    """Mark a tensor's hook as one that need not be saved with it; as a decorator."""
    function.__torch_unserializable__ = True
    return function
