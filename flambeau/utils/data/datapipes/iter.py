"""Data pipes that are read from their beginning."""
from __future__ import annotations

import copy
import fnmatch
import inspect
import os
import random
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from enum import IntEnum
from typing import Any

from flambeau.absent import absent_class

from ..collate import default_collate
from ..sampler import SequentialSampler, draw_seed
from .pipe import DataChunk, IterDataPipe, checked, functional_datapipe
from .split import DemultiplexerIterDataPipe, ForkerIterDataPipe

__all__ = [
    "Batcher", "Collator", "Concater", "Demultiplexer", "FileLister", "FileOpener", "Filter", "Forker", "Grouper", "IterableWrapper", "Mapper",
    "Multiplexer", "RoutedDecoder", "Sampler", "ShardingFilter", "Shuffler", "StreamReader", "UnBatcher", "Zipper",
]


def _length(pipe: IterDataPipe, *sources: Any) -> list[int]:
    """The lengths of what a pipe reads from; TypeError where one has none."""
    if not all(isinstance(source, Sized) for source in sources):
        raise TypeError(f"{type(pipe).__name__} instance doesn't have valid length")
    return [len(source) for source in sources]


def _arguments(data: Any, columns: Any) -> tuple:
    """What a function is given of a sample: all of it, one of its places or several."""
    if columns is None:
        return (data,)
    return tuple(data[column] for column in columns) if isinstance(columns, (list, tuple)) else (data[columns],)


def _check_function(function: Callable, columns: Any = None) -> Callable:
    """TypeError for what cannot be called, ValueError where it takes another number of arguments than there are columns."""
    if not callable(function):
        raise TypeError(f"A callable function is expected, but {type(function)} is provided.")
    count = len(columns) if isinstance(columns, (list, tuple)) else 1
    try:
        signature = inspect.signature(function)
    except ValueError:  # written in C
        return function
    try:
        signature.bind(*[None] * count)
    except TypeError as error:
        name = getattr(getattr(function, "func", function), "__name__", repr(function))
        raise ValueError(f"The function {name} is called with {count} positional argument{'s' * (count != 1)}, one for each input column: {error}") from None
    return function


class IterableWrapperIterDataPipe(IterDataPipe):
    """The elements of an iterable, which is copied for each pass unless `deepcopy` is False."""

    def __init__(self, iterable: Iterable, deepcopy: bool = True) -> None:
        self.iterable, self.deepcopy = iterable, deepcopy

    def __iter__(self) -> Iterator:
        source = self.iterable
        if self.deepcopy:
            try:
                source = copy.deepcopy(source)
            except TypeError:
                warnings.warn("The input iterable can not be deepcopied, please be aware of in-place modification would affect source data.", stacklevel=2)
        yield from source

    def __len__(self) -> int:
        return _length(self, self.iterable)[0]


@functional_datapipe("map")
class MapperIterDataPipe(IterDataPipe):
    """fn(sample); with `input_col` fn of these places of it, whose result goes to `output_col` (-1: a new last one), or to the first of them."""

    def __init__(self, datapipe: IterDataPipe, fn: Callable, input_col: Any = None, output_col: Any = None) -> None:
        if input_col is None and output_col is not None:
            raise ValueError("`output_col` must be None when `input_col` is None.")
        if isinstance(output_col, (list, tuple)):
            if len(output_col) > 1:
                raise ValueError("`output_col` must be a single-element list or tuple")
            output_col = output_col[0]
        self.datapipe, self.input_col, self.output_col = datapipe, input_col, output_col
        self.fn = _check_function(fn, input_col)

    def _apply_fn(self, data: Any) -> Any:
        result = self.fn(*_arguments(data, self.input_col))
        if self.input_col is None:
            return result
        is_tuple = isinstance(data, tuple)
        data = list(data) if is_tuple else data
        if self.output_col == -1:
            data.append(result)
        elif self.output_col is not None:
            data[self.output_col] = result
        elif isinstance(self.input_col, (list, tuple)):
            data[self.input_col[0]] = result
            for column in sorted(self.input_col[1:], reverse=True):
                del data[column]
        else:
            data[self.input_col] = result
        return tuple(data) if is_tuple else data

    def __iter__(self) -> Iterator:
        for data in self.datapipe:
            yield self._apply_fn(data)

    def __len__(self) -> int:
        return _length(self, self.datapipe)[0]


@functional_datapipe("collate")
class CollatorIterDataPipe(MapperIterDataPipe):
    """collate_fn(chunk), by default `default_collate`."""

    def __init__(self, datapipe: IterDataPipe, conversion: Callable = default_collate, collate_fn: Callable | None = None) -> None:
        super().__init__(datapipe, conversion if collate_fn is None else collate_fn)


@functional_datapipe("filter")
class FilterIterDataPipe(IterDataPipe):
    """The samples for which filter_fn says True. ValueError for an answer that is no bool."""

    def __init__(self, datapipe: IterDataPipe, filter_fn: Callable, input_col: Any = None) -> None:
        self.datapipe, self.input_col = datapipe, input_col
        self.filter_fn = _check_function(filter_fn, input_col)

    def __iter__(self) -> Iterator:
        for data in self.datapipe:
            answer = self.filter_fn(*_arguments(data, self.input_col))
            if not isinstance(answer, bool):
                raise ValueError("Boolean output is required for `filter_fn` of FilterIterDataPipe, got", type(answer))
            if answer:
                yield data


@functional_datapipe("batch")
class BatcherIterDataPipe(IterDataPipe):
    """Chunks of `batch_size` samples; the last may be shorter, unless `drop_last`."""

    def __init__(self, datapipe: IterDataPipe, batch_size: int, drop_last: bool = False, wrapper_class: type = DataChunk) -> None:
        if batch_size <= 0:
            raise AssertionError("Batch size is required to be larger than 0!")
        self.datapipe, self.batch_size, self.drop_last, self.wrapper_class = datapipe, batch_size, drop_last, wrapper_class

    def __iter__(self) -> Iterator:
        batch: list = []
        for data in self.datapipe:
            batch.append(data)
            if len(batch) == self.batch_size:
                yield self.wrapper_class(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.wrapper_class(batch)

    def __len__(self) -> int:
        n = _length(self, self.datapipe)[0]
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


@functional_datapipe("unbatch")
class UnBatcherIterDataPipe(IterDataPipe):
    """Lists taken apart, `unbatch_level` deep; -1: all the way. IndexError where there is no list at that depth."""

    def __init__(self, datapipe: IterDataPipe, unbatch_level: int = 1) -> None:
        self.datapipe, self.unbatch_level = datapipe, unbatch_level

    def __iter__(self) -> Iterator:
        if self.unbatch_level < -1:
            raise ValueError("unbatch_level must be -1 or >= 0")
        for data in self.datapipe:
            yield from self._dive(data, self.unbatch_level)

    def _dive(self, data: Any, level: int) -> Iterator:
        if level and isinstance(data, list):
            for inside in data:
                yield from self._dive(inside, max(level - 1, -1) if level > 0 else -1)
        elif level > 0:
            raise IndexError(f"unbatch_level {self.unbatch_level} exceeds the depth of the DataPipe")
        else:
            yield data


@functional_datapipe("groupby")
class GrouperIterDataPipe(IterDataPipe):
    """Chunks of samples with the same group_key_fn(sample), of at most `group_size`; `keep_key` gives (key, chunk).

    At most `buffer_size` samples wait for others: then the largest group is given, or, where it is smaller than
    `guaranteed_group_size`, dropped (`drop_remaining`), or RuntimeError raised. At the end come all groups that are left.
    """

    def __init__(self, datapipe: IterDataPipe, group_key_fn: Callable, *, keep_key: bool = False, buffer_size: int = 10000,
                 group_size: int | None = None, guaranteed_group_size: int | None = None, drop_remaining: bool = False) -> None:
        _check_function(group_key_fn)
        if group_size is not None and not 0 < group_size <= buffer_size:
            raise ValueError("group_size must be > 0 and <= buffer_size")
        if guaranteed_group_size is None:
            guaranteed_group_size = group_size
        elif not (group_size is not None and 0 < guaranteed_group_size <= group_size):
            raise ValueError("guaranteed_group_size must be > 0 and <= group_size and group_size must be set")
        self.datapipe, self.group_key_fn, self.keep_key = datapipe, group_key_fn, keep_key
        self.max_buffer_size, self.group_size, self.guaranteed_group_size = buffer_size, group_size, guaranteed_group_size
        self.drop_remaining, self.wrapper_class = drop_remaining, DataChunk

    def _given(self, key: Any, group: list) -> Any:
        chunk = self.wrapper_class(group)
        return (key, chunk) if self.keep_key else chunk

    def __iter__(self) -> Iterator:
        groups: defaultdict[Any, list] = defaultdict(list)
        waiting = 0
        for data in self.datapipe:
            key = self.group_key_fn(data)
            groups[key].append(data)
            waiting += 1
            if len(groups[key]) == self.group_size:
                waiting -= self.group_size
                yield self._given(key, groups.pop(key))
            if waiting == self.max_buffer_size:
                key = max(groups, key=lambda key: len(groups[key]))
                group = groups.pop(key)
                waiting -= len(group)
                if self.guaranteed_group_size is None or len(group) >= self.guaranteed_group_size:
                    yield self._given(key, group)
                elif not self.drop_remaining:
                    raise RuntimeError("Failed to group items", str(group))
        for key in list(groups):
            yield self._given(key, groups.pop(key))


@functional_datapipe("concat")
class ConcaterIterDataPipe(IterDataPipe):
    """One pipe after another."""

    def __init__(self, *datapipes: IterDataPipe) -> None:
        self.datapipes = checked(datapipes, IterDataPipe)

    def __iter__(self) -> Iterator:
        for pipe in self.datapipes:
            yield from pipe

    def __len__(self) -> int:
        return sum(_length(self, *self.datapipes))


@functional_datapipe("zip")
class ZipperIterDataPipe(IterDataPipe):
    """Tuples of the pipes' samples, until the first pipe ends."""

    def __init__(self, *datapipes: IterDataPipe) -> None:
        self.datapipes = checked(datapipes, IterDataPipe)

    def __iter__(self) -> Iterator[tuple]:
        yield from zip(*self.datapipes, strict=False)

    def __len__(self) -> int:
        return min(_length(self, *self.datapipes))


@functional_datapipe("mux")
class MultiplexerIterDataPipe(IterDataPipe):
    """One sample of each pipe in turn, in whole rounds, until the first pipe ends."""

    def __init__(self, *datapipes: IterDataPipe) -> None:
        self.datapipes = datapipes

    def __iter__(self) -> Iterator:
        for samples in zip(*self.datapipes, strict=False):
            yield from samples

    def __len__(self) -> int:
        return min(_length(self, *self.datapipes)) * len(self.datapipes)


class SamplerIterDataPipe(IterDataPipe):
    """What a sampler of the pipe yields: sampler(*sampler_args, data_source=datapipe, **sampler_kwargs)."""

    def __init__(self, datapipe: IterDataPipe, sampler: Callable = SequentialSampler, sampler_args: tuple | None = None,
                 sampler_kwargs: dict | None = None) -> None:
        if not isinstance(datapipe, Sized):
            raise AssertionError("Sampler class requires input datapipe implemented `__len__`")
        self.datapipe, self.sampler_args = datapipe, sampler_args or ()
        self.sampler_kwargs = {**(sampler_kwargs or {}), "data_source": datapipe}
        self.sampler = sampler(*self.sampler_args, **self.sampler_kwargs)

    def __iter__(self) -> Iterator:
        return iter(self.sampler)

    def __len__(self) -> int:
        return _length(self, self.sampler)[0]


@functional_datapipe("shuffle")
class ShufflerIterDataPipe(IterDataPipe):
    """The samples in random order, as far as a buffer of `buffer_size` of them lets them change places."""

    def __init__(self, datapipe: IterDataPipe, *, buffer_size: int = 10000, unbatch_level: int = 0) -> None:
        if buffer_size <= 0:
            raise AssertionError("buffer_size should be larger than 0")
        self.datapipe = datapipe if unbatch_level == 0 else datapipe.unbatch(unbatch_level=unbatch_level)
        self.buffer_size = buffer_size
        self._enabled, self._seed, self._rng, self._buffer = True, None, random.Random(), []

    def set_shuffle(self, shuffle: bool = True) -> ShufflerIterDataPipe:
        """Shuffle, or let samples pass in their order."""
        self._enabled = shuffle
        return self

    def set_seed(self, seed: int) -> ShufflerIterDataPipe:
        """Of the next pass; others draw one from the default generator."""
        self._seed = seed
        return self

    def __iter__(self) -> Iterator:
        if not self._enabled:
            yield from self.datapipe
            return
        buffer = self._buffer
        for data in self.datapipe:
            if len(buffer) < self.buffer_size:
                buffer.append(data)
                continue
            place = self._rng.randint(0, len(buffer) - 1)
            chosen, buffer[place] = buffer[place], data
            yield chosen
        while buffer:
            yield buffer.pop(self._rng.randint(0, len(buffer) - 1))

    def reset(self) -> None:
        self._buffer = []
        if self._enabled:
            self._rng.seed(draw_seed() if self._seed is None else self._seed)
            self._seed = None

    def __len__(self) -> int:
        return _length(self, self.datapipe)[0]


class SHARDING_PRIORITIES(IntEnum):
    """Who shares out: a group of ranks before a group of workers."""

    DEFAULT = 1
    DISTRIBUTED = 2
    MULTIPROCESSING = 3


@functional_datapipe("sharding_filter")
class ShardingFilterIterDataPipe(IterDataPipe):
    """Every n-th sample, once `apply_sharding(n, k)` has said so: a DataLoader does, for each of its workers."""

    def __init__(self, source_datapipe: IterDataPipe, sharding_group_filter: Any = None) -> None:
        self.source_datapipe, self.sharding_group_filter = source_datapipe, sharding_group_filter
        self.groups: dict[int, tuple[int, int]] = {}
        self.num_of_instances, self.instance_id = 1, 0

    def apply_sharding(self, num_of_instances: int, instance_id: int, sharding_group: int = SHARDING_PRIORITIES.DEFAULT) -> None:
        """Take the samples instance_id, instance_id + num_of_instances, … of what other groups leave."""
        if instance_id >= num_of_instances:
            raise ValueError(f"instance_id({instance_id}) should be smaller than num_of_instances({num_of_instances})")
        default = SHARDING_PRIORITIES.DEFAULT
        if self.groups and (sharding_group == default) != (default in self.groups):
            raise RuntimeError("ShardingFilter cannot mix DEFAULT and non DEFAULT groups")
        self.groups[sharding_group] = num_of_instances, instance_id
        self.num_of_instances, self.instance_id = 1, 0
        for group in sorted(self.groups, reverse=True):
            if self.sharding_group_filter in (None, group):
                instances, own = self.groups[group]
                self.instance_id += self.num_of_instances * own
                self.num_of_instances *= instances

    def __iter__(self) -> Iterator:
        for number, data in enumerate(self.source_datapipe):
            if number % self.num_of_instances == self.instance_id:
                yield data

    def __len__(self) -> int:
        n = _length(self, self.source_datapipe)[0]
        return n // self.num_of_instances + (self.instance_id < n % self.num_of_instances)


@functional_datapipe("list_files")
class FileListerIterDataPipe(IterDataPipe):
    """Paths of the files in folders (or of files) whose names fit one of `masks`; sorted, unless `non_deterministic`."""

    def __init__(self, root: str | Sequence[str] | IterDataPipe = ".", masks: str | list[str] = "", *, recursive: bool = False,
                 abspath: bool = False, non_deterministic: bool = False, length: int = -1) -> None:
        self.datapipe = root if isinstance(root, IterDataPipe) else IterableWrapperIterDataPipe([root] if isinstance(root, str) else root)
        self.masks, self.recursive, self.abspath, self.non_deterministic, self.length = masks, recursive, abspath, non_deterministic, length

    def _fits(self, name: str) -> bool:
        masks = [self.masks] if isinstance(self.masks, str) else self.masks
        return not any(masks) or any(fnmatch.fnmatch(name, mask) for mask in masks)

    def __iter__(self) -> Iterator[str]:
        for root in self.datapipe:
            root = os.path.abspath(root) if self.abspath else root
            if os.path.isfile(root):
                if self._fits(os.path.basename(root)):
                    yield root
                continue
            for folder, folders, files in os.walk(root, onerror=_raise):
                if not self.non_deterministic:
                    files.sort()
                    folders.sort()
                yield from (os.path.join(folder, name) for name in files if self._fits(name))
                if not self.recursive:
                    break

    def __len__(self) -> int:
        return self.length if self.length != -1 else _length(self, None)[0]


def _raise(error: OSError) -> None:
    raise error


@functional_datapipe("open_files")
class FileOpenerIterDataPipe(IterDataPipe):
    """(path, open file) for every path; mode "b" or "t"."""

    def __init__(self, datapipe: Iterable[str], mode: str = "r", encoding: str | None = None, length: int = -1) -> None:
        if mode not in ("b", "t", "rb", "rt", "r"):
            raise ValueError(f"Invalid mode {mode}")
        if "b" in mode and encoding is not None:
            raise ValueError("binary mode doesn't take an encoding argument")
        self.datapipe, self.mode, self.encoding, self.length = datapipe, mode, encoding, length

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for path in self.datapipe:
            if not isinstance(path, str):
                raise TypeError(f"Expected string type for pathname, but got {type(path)}")
            yield path, open(path, "r" + self.mode.removeprefix("r"), encoding=self.encoding)

    def __len__(self) -> int:
        return self.length if self.length != -1 else _length(self, None)[0]


@functional_datapipe("read_from_stream")
class StreamReaderIterDataPipe(IterDataPipe):
    """(name, content) for every (name, open file), or parts of `chunk` characters or bytes; files are closed at their ends."""

    def __init__(self, datapipe: IterDataPipe, chunk: int | None = None) -> None:
        self.datapipe, self.chunk = datapipe, chunk

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for name, stream in self.datapipe:
            while data := stream.read(self.chunk):
                yield name, data
            stream.close()


RoutedDecoder = RoutedDecoderIterDataPipe = absent_class(
    "torch.utils.data.datapipes.iter.RoutedDecoder", "decode with .map(function), for instance flambeau.vision.io.decode_image")

Batcher, Collator, Concater, Demultiplexer = BatcherIterDataPipe, CollatorIterDataPipe, ConcaterIterDataPipe, DemultiplexerIterDataPipe
FileLister, FileOpener, Filter, Forker = FileListerIterDataPipe, FileOpenerIterDataPipe, FilterIterDataPipe, ForkerIterDataPipe
Grouper, IterableWrapper, Mapper, Multiplexer = GrouperIterDataPipe, IterableWrapperIterDataPipe, MapperIterDataPipe, MultiplexerIterDataPipe
Sampler, ShardingFilter, Shuffler = SamplerIterDataPipe, ShardingFilterIterDataPipe, ShufflerIterDataPipe
StreamReader, UnBatcher, Zipper = StreamReaderIterDataPipe, UnBatcherIterDataPipe, ZipperIterDataPipe
