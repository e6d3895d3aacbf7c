"""Reading samples from any dataset: how many there are, many in one call, and which one was at hand when it failed."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["batch_method", "class_name", "explain", "length_of", "many_samples", "noting", "some", "whole_batch"]

NAMED = 8  # indices, and classes of wrapped datasets, named in a message


def length_of(data: Any, needed_by: str) -> int:
    """`len(data)`; a TypeError that names the class where it has no length."""
    if hasattr(type(data), "__len__"):
        return len(data)
    name = type(data).__name__
    raise TypeError(f"object of type '{name}' has no len(): {needed_by} needs the number of samples; "
                    f"define `def __len__(self)` in {name} to return it")


def batch_method(dataset: Any) -> Callable[[list[int]], Any] | None:
    """The dataset's `__getbatch__`, or None where it has none or a subclass reads its samples in another way."""
    method = getattr(dataset, "__getbatch__", None)
    if method is None:
        return None
    for cls in type(dataset).__mro__:
        if "__getbatch__" in vars(cls):
            break
        overrides = "__getitem__" in vars(cls) or "__getitems__" in vars(cls)
        if overrides and any("__getbatch__" in vars(base) for base in cls.__mro__):
            return None
    return method


def whole_batch(dataset: Any, indices: list[int]) -> Any:
    """The collated batch of a dataset that can give one, else NotImplemented."""
    method = batch_method(dataset)
    return NotImplemented if method is None else method(indices)


def many_samples(dataset: Any, indices: Any) -> list:
    """The samples at `indices`: by `__getitems__` where the dataset has it, else one by one."""
    if getattr(dataset, "__getitems__", None):
        with noting("while loading samples {} of {}", indices, dataset):
            return dataset.__getitems__(indices)
    samples: list = []
    index = None
    try:
        for index in indices:
            samples.append(dataset[index])
    except Exception as error:
        explain(error, "while loading sample {} of {}", index, dataset)
        raise
    return samples


@contextmanager
def noting(text: str, index: Any, dataset: Any) -> Iterator[None]:
    """Adds to an error that passes through which sample of which dataset was at hand."""
    try:
        yield
    except StopIteration:
        raise
    except Exception as error:
        explain(error, text, index, dataset)
        raise


def explain(error: Exception, text: str, index: Any, dataset: Any) -> None:
    """Add a note to an error, whose own words stay; the innermost of nested datasets has spoken first.

    Raises a plainer TypeError where the cause is a `__getitem__` that was defined without a parameter for the index.
    """
    if isinstance(error, TypeError) and (plainer := _takes_no_index(dataset)) is not None:
        raise plainer from error
    if not any(note.startswith("while ") for note in getattr(error, "__notes__", ())):
        error.add_note(text.format(some(index), class_name(dataset)))


def _takes_no_index(dataset: Any) -> TypeError | None:
    """The error to raise where `__getitem__` of the dataset, or of one that it wraps, takes nothing but self."""
    while dataset is not None:
        code = getattr(getattr(type(dataset), "__getitem__", None), "__code__", None)
        takes_more = code is None or code.co_argcount != 1 or code.co_flags & 0x04  # CO_VARARGS: there is an *args
        if not takes_more:
            name = type(dataset).__name__
            return TypeError(f"{name}.__getitem__ takes the sample's index: write `def __getitem__(self, index):` in {name}, "
                             f"where `def __getitem__({code.co_varnames[0]}):` was found")
        dataset = getattr(dataset, "dataset", None)
    return None


def class_name(dataset: Any) -> str:
    """The dataset's class, and what it wraps: `Subset of Faces`."""
    names = [type(dataset).__name__]
    while (dataset := getattr(dataset, "dataset", None)) is not None and len(names) < NAMED:
        names.append(type(dataset).__name__)
    return " of ".join(names)


def some(indices: Any) -> str:
    """The indices of a batch, the first few of many."""
    if not isinstance(indices, (list, tuple)):
        return str(indices)
    shown = ", ".join(map(str, indices[:NAMED]))
    return f"[{shown}, … {len(indices)} in all]" if len(indices) > NAMED else f"[{shown}]"
