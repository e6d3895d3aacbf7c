"""Samples as users nest them: tuples, named tuples, lists and dicts, taken apart into leaves and put together again."""

from collections.abc import Callable, Mapping
from typing import Any


def leaves(sample: Any) -> list:
    """The leaves, from left to right."""
    if isinstance(sample, Mapping):
        return [leaf for part in sample.values() for leaf in leaves(part)]
    if isinstance(sample, (tuple, list)):
        return [leaf for part in sample for leaf in leaves(part)]
    return [sample]


def rebuild(sample: Any, values: list) -> Any:
    """A sample of the same form with `values` for its leaves."""
    following = iter(values)
    return _map(sample, lambda leaf: next(following))


def _map(sample: Any, function: Callable) -> Any:
    if isinstance(sample, Mapping):
        items = {key: _map(part, function) for key, part in sample.items()}
        return items if type(sample) is dict else type(sample)(items)
    if isinstance(sample, tuple) and hasattr(sample, "_fields"):
        return type(sample)(*(_map(part, function) for part in sample))
    if isinstance(sample, (tuple, list)):
        return type(sample)(_map(part, function) for part in sample)
    return function(sample)
