"""The base classes of data pipes, how an operation becomes their method, and how a program's pipes are found and set.

A pipe is read by one iterator at a time: to begin a pass resets the pipe (buffers, generators) and ends the validity of the iterator before.
"""
from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import flambeau

from ..dataset import Dataset, IterableDataset
from ..sampler import draw_seed

__all__ = ["DataChunk", "IterDataPipe", "MapDataPipe", "apply_random_seed", "apply_sharding", "apply_shuffle_settings", "functional_datapipe", "pipes_of"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SHUFFLER_ADDED = ("`shuffle=True` was set, but the datapipe does not contain a `Shuffler`. Adding one at the end. "
                  "Be aware that the default buffer size might not be sufficient for your task.")


class DataChunk(list[T]):
    """A list of samples that a pipe has put together; `unbatch` takes it apart."""

    @property
    def items(self) -> list[T]:
        """The samples."""
        return list(self)

    def as_str(self, indent: str = "") -> str:
        """The samples in brackets."""
        return indent + "[" + ", ".join(map(str, self)) + "]"

    def raw_iterator(self) -> Iterator[T]:
        """The samples, one by one."""
        return iter(self)


class _Methods:
    """What both kinds of pipes have in common: operations that were registered are found as methods, `pipe.map(f)` for Mapper(pipe, f)."""

    functions: dict[str, Callable] = {}

    def __getattr__(self, name: str) -> Any:
        function = type(self).functions.get(name)
        if function is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return functools.partial(function, self)

    def __dir__(self):
        return [*super().__dir__(), *self.functions]

    def __repr__(self) -> str:
        return type(self).__qualname__

    @classmethod
    def register_function(cls, function_name: str, function: Callable) -> None:
        """Let pipes of this kind have a method of that name."""
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(cls, function_name: str, cls_to_register: Callable, enable_df_api_tracing: bool = False) -> None:
        """The same for a class of pipes. An Exception where the name is taken."""
        if function_name in cls.functions:
            raise Exception(f"Unable to add DataPipe function name {function_name} as it is already taken")
        cls.functions[function_name] = cls_to_register


class MapDataPipe(_Methods, Dataset[T_co]):
    """A dataset with operations as methods; subclasses define `__getitem__` and `__len__`."""

    functions: dict[str, Callable] = {}


class IterDataPipe(_Methods, IterableDataset[T_co]):
    """A stream with operations as methods; subclasses define `__iter__`, and `reset()` where a pass leaves something behind.

    Within a DataLoader, pipes with `set_seed` get a seed a pass, the same in every worker, and those with `apply_sharding` their share.
    """

    functions: dict[str, Callable] = {}
    _valid_iterator_id: int | None = None
    _number_of_samples_yielded: int = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__iter__" in vars(cls):
            cls.__iter__ = _single(vars(cls)["__iter__"])

    def __iter__(self) -> Iterator[T_co]:
        return self

    def reset(self) -> None:
        """Called when a pass begins."""

    def _begin(self) -> int:
        """Begin a pass; its number."""
        self._valid_iterator_id = 0 if self._valid_iterator_id is None else self._valid_iterator_id + 1
        self._number_of_samples_yielded = 0
        self.reset()
        return self._valid_iterator_id

    def _check(self, number: int) -> None:
        """RuntimeError where another pass has begun since."""
        if self._valid_iterator_id != number:
            raise RuntimeError(f"This iterator has been invalidated because another iterator has been created from the same IterDataPipe: {self!r}. "
                               "There is one iterator for each IterDataPipe at a time: read it to its end first, or use .fork() where two must be "
                               "read side by side")


def _single(function: Callable) -> Callable:
    """An `__iter__` whose iterators are valid one at a time."""
    if inspect.isgeneratorfunction(function):
        @functools.wraps(function)
        def begin_when_read(self):
            number = self._begin()
            for sample in function(self):
                self._number_of_samples_yielded += 1
                yield sample
                self._check(number)
        return begin_when_read

    @functools.wraps(function)
    def begin(self):
        iterator = function(self)
        return _Pass(self, iterator, self._begin())
    return begin


class _Pass:
    """The iterator of a pipe whose `__iter__` is no generator."""

    def __init__(self, pipe: IterDataPipe, iterator: Iterator, number: int) -> None:
        self._pipe, self._iterator, self._number = pipe, iterator, number

    def __iter__(self) -> _Pass:
        return self

    def __next__(self) -> Any:
        self._pipe._check(self._number)
        sample = next(self._iterator)
        self._pipe._number_of_samples_yielded += 1
        return sample

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterator, name)


class functional_datapipe:
    """Decorates a class of pipes, whose first argument is a pipe, to be a method of all pipes of its kind.

        @functional_datapipe("twice")
        class Twice(IterDataPipe): ...      # and pipe.twice() is Twice(pipe)
    """

    def __init__(self, name: str, enable_df_api_tracing: bool = False) -> None:
        self.name = name

    def __call__(self, cls: type) -> type:
        kind = next((kind for kind in (IterDataPipe, MapDataPipe) if issubclass(cls, kind)), None)
        if kind is None:
            raise TypeError(f"functional_datapipe decorates subclasses of IterDataPipe and MapDataPipe, and {cls.__name__} is neither")
        kind.register_datapipe_as_function(self.name, cls)
        return cls


# ------------------------------------------------------------------------------------------------------------ all pipes of a program
def pipes_of(pipe: Any) -> list:
    """The pipe and all that it reads from, however far, each once."""
    found: dict[int, Any] = {}

    def visit(value: Any) -> None:
        if isinstance(value, (IterDataPipe, MapDataPipe)):
            if id(value) not in found:
                found[id(value)] = value
                for inside in vars(value).values():
                    visit(inside)
        elif isinstance(value, (list, tuple)):
            for inside in value[:64]:    # longer ones are data
                visit(inside)
        elif isinstance(value, dict) and len(value) <= 64:
            for inside in value.values():
                visit(inside)

    visit(pipe)
    return list(found.values())


def apply_random_seed(datapipe: Any, rng: flambeau.Generator) -> Any:
    """Give every pipe that has `set_seed` a seed that `rng` draws."""
    for pipe in pipes_of(datapipe):
        if inspect.ismethod(getattr(pipe, "set_seed", None)):
            pipe.set_seed(draw_seed(rng))
    return datapipe


def apply_shuffle_settings(datapipe: Any, shuffle: bool | None = None) -> Any:
    """Turn every Shuffler on or off; where there is none to be turned on, warn, and return the pipe with one at its end."""
    if shuffle is None:
        return datapipe
    shufflers = [pipe for pipe in pipes_of(datapipe) if all(inspect.ismethod(getattr(pipe, name, None)) for name in ("set_shuffle", "set_seed"))]
    if shuffle and not shufflers:
        warnings.warn(SHUFFLER_ADDED, stacklevel=3)
        datapipe = datapipe.shuffle()
        shufflers = [datapipe]
    for pipe in shufflers:
        pipe.set_shuffle(shuffle)
    return datapipe


def apply_sharding(datapipe: Any, num_of_instances: int, instance_id: int, sharding_group: Any = None) -> Any:
    """Give every pipe that has `apply_sharding` the share `instance_id` of `num_of_instances`. RuntimeError for two on one way."""
    def visit(pipe: Any, before: Any) -> None:
        if inspect.ismethod(getattr(pipe, "apply_sharding", None)):
            if before is not None:
                raise RuntimeError("Sharding twice on a single pipeline is likely unintended and will cause data loss. "
                                   f"Sharding already applied to {before} while trying to apply to {pipe}")
            pipe.apply_sharding(num_of_instances, instance_id, *([] if sharding_group is None else [sharding_group]))
            before = pipe
        for source in _sources(pipe):
            visit(source, before)

    visit(datapipe, None)
    return datapipe


def _sources(pipe: Any) -> Iterable[Any]:
    """The pipes that a pipe reads from itself."""
    for value in vars(pipe).values():
        if isinstance(value, (IterDataPipe, MapDataPipe)):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (inside for inside in value[:64] if isinstance(inside, (IterDataPipe, MapDataPipe)))


def checked(datapipes: tuple, kind: type) -> tuple:
    """Pipes of one kind that are to become one. ValueError for none, TypeError for something else among them."""
    if not datapipes:
        raise ValueError("Expected at least one DataPipe, but got nothing")
    if not all(isinstance(pipe, kind) for pipe in datapipes):
        raise TypeError(f"Expected all inputs to be `{kind.__name__}`")
    return datapipes
