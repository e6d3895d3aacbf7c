"""DataLoader: batches of a dataset, in an order, in this process or by workers."""
from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from . import leakcheck
from .collate import default_collate, default_convert
from .datapipes.pipe import IterDataPipe, apply_shuffle_settings
from .dataset import Dataset, IterableDataset
from .info import get_worker_info
from .iterators import LoaderIterator, SingleProcessIterator
from .parallel import WorkerIterator
from .reading import length_of
from .resume import Position
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from .workers import check_context

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)

_FIXED = frozenset(("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"))


class _Endless(Sampler):
    """Stands for the sampler of an iterable dataset, which needs no indices."""

    def __iter__(self):
        while True:
            yield None


class DataLoader(Generic[T_co]):
    """An iterable over the batches of a dataset; each `iter(loader)` is a new pass.

    dataset: map-style or iterable. batch_size: samples a batch; None gives single samples, not batched. shuffle: a new random order
    each pass. sampler: yields indices, in place of shuffle. batch_sampler: yields lists of indices, in place of batch_size, shuffle,
    sampler and drop_last. num_workers: processes that read; 0 reads in this one. collate_fn: from a list of samples to a batch, by
    default `default_collate` (`default_convert` where not batched). pin_memory: put batches into page-locked memory, where there is an
    accelerator. drop_last: leave out a last batch that is not full. timeout: seconds to wait for a worker's batch; 0 is without limit.
    worker_init_fn: called in each worker with its number, after seeding. multiprocessing_context: "fork", "spawn", "forkserver" or a
    context; by default what `multiprocessing.set_start_method` has set, else fork on Linux. generator: draws the order and the workers'
    base seed, by default the default generator. prefetch_factor: batches a worker reads ahead, 2 by default. persistent_workers: keep the
    workers, and their copies of the dataset, from pass to pass. pin_memory_device: deprecated. in_order: if False, with workers, batches
    come as they are ready.

    Random numbers are drawn as by PyTorch: each pass draws a 64-bit base seed; worker k is seeded with base seed + k.

    A dataset that can hand over many samples at once is asked to: see `flambeau.utils.data.dataset` on `__getitems__` and `__getbatch__`.

    `state_dict()` says where the newest pass stands, `load_state_dict(state)` lets the next one begin right behind it.

    Raises ValueError for options that exclude each other or are out of range. What the dataset raises in a worker is raised here with the
    same type, the worker's traceback and the sample's index; RuntimeError if a worker was killed or took longer than `timeout`.
    """

    dataset: Dataset[T_co]
    batch_size: int | None
    num_workers: int
    pin_memory: bool
    drop_last: bool
    timeout: float
    sampler: Sampler | Iterable
    pin_memory_device: str
    prefetch_factor: int | None
    _iterator: LoaderIterator | None
    __initialized = False

    def __init__(
        self,
        dataset: Dataset[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler | Iterable | None = None,
        batch_sampler: Sampler[list] | Iterable[list] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError("prefetch_factor option could only be specified in multiprocessing. "
                             "Let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.")
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")

        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order

        if isinstance(dataset, IterableDataset):
            self._dataset_kind = "iterable"
            if isinstance(dataset, IterDataPipe):
                self.dataset = dataset = apply_shuffle_settings(dataset, shuffle=shuffle)
            elif shuffle not in (False, None):
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle={shuffle}")
            if sampler is not None:
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified sampler option, but got sampler={sampler}")
            if batch_sampler is not None:
                raise ValueError("DataLoader with IterableDataset: expected unspecified batch_sampler option, "
                                 f"but got batch_sampler={batch_sampler}")
        else:
            self._dataset_kind = "map"
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")

        if sampler is None:
            if self._dataset_kind == "iterable":
                sampler = _Endless()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)

        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn if collate_fn is not None else default_collate if self._auto_collation else default_convert
        self.persistent_workers = persistent_workers
        self._IterableDataset_len_called: int | None = None
        self._iterator = None
        self._position: Position | None = None           # of the newest pass
        self._loaded: dict[str, Any] | None = None       # a state for the next pass to begin with
        self.__initialized = True
        self.check_worker_number_rationality()
        leakcheck.register(self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIXED and self.__initialized:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> Any:
        """How workers are started: a context of multiprocessing, or None for the default."""
        return self.__multiprocessing_context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None:
            if self.num_workers == 0:
                raise ValueError("multiprocessing_context can only be used with multi-process loading (num_workers > 0), "
                                 f"but got num_workers={self.num_workers}")
            context = check_context(context)
        self.__multiprocessing_context = context

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self) -> LoaderIterator:
        leakcheck.pass_begins(self)
        resume = None
        if self._loaded is not None:
            resume, self._loaded = Position.from_state_dict(self._loaded), None
        kept = self._iterator if self.persistent_workers else None
        if kept is not None and kept.failure is None and resume is None:
            kept.reset(self)
            iterator = kept
        else:
            self._iterator = None  # ends the workers of a pass that is left for the loaded one
            iterator = self._get_iterator(resume)
            self._iterator = iterator if self.persistent_workers else None
        self._position = iterator.position
        return iterator

    def _get_iterator(self, resume: Position | None = None) -> LoaderIterator:
        if self.num_workers == 0:
            return SingleProcessIterator(self, resume)
        self.check_worker_number_rationality()
        return WorkerIterator(self, resume)

    def __len__(self) -> int:
        """Batches a pass (samples, where not batched). Of an iterable dataset it is computed from len(dataset), if that is defined."""
        if self._dataset_kind == "map":
            return length_of(self._index_sampler, "len(DataLoader)")
        length = self._IterableDataset_len_called = length_of(self.dataset, "len(DataLoader)")
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)

    def state_dict(self) -> dict[str, Any]:
        """Where the newest pass stands: behind the last batch that it has yielded. For `flambeau.save`, pickle or deepcopy.

        The order is part of it, and with workers their generators. The generators of this process are the program's: where transforms
        draw from them (num_workers=0), save `flambeau.get_rng_state()`, `random.getstate()` or `numpy.random.get_state()` as well.
        Raises RuntimeError within a pass with in_order=False.
        """
        if self._loaded is not None:
            return self._loaded
        if self._position is None or self._position.finished:
            return Position.between_passes()
        return self._position.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Let the next pass begin behind the last batch of the saved one; later passes begin as usual.

        The loader must have been made with the same dataset and options. What a map-style dataset was asked before is not read again;
        an iterable dataset is read again up to its place unless it, or its iterator, has `state_dict` and `load_state_dict`.
        Raises ValueError for what `state_dict` has not returned, and when the pass begins if num_workers differs.
        """
        Position.from_state_dict(state_dict)
        self._loaded = state_dict

    def check_worker_number_rationality(self) -> None:
        """Warn where there are more workers than this process has processors."""
        if not self.num_workers:
            return
        knows_cpuset = hasattr(os, "sched_getaffinity")
        available = len(os.sched_getaffinity(0)) if knows_cpuset else os.cpu_count()
        if available is not None and self.num_workers <= available:
            return
        if available is None:
            suggestion = "DataLoader is not able to compute a suggested max number of worker in current system."
        else:
            suggestion = (f"Our suggested max number of worker in current system is {available}"
                          f"{'' if knows_cpuset else ' (`cpuset` is not taken into account)'}, which is smaller than what this "
                          "DataLoader is going to create.")
        warnings.warn(f"This DataLoader will create {self.num_workers} worker processes in total. {suggestion} Please be aware that "
                      "excessive worker creation might get DataLoader running slow or even freeze, lower the worker number to avoid "
                      "potential slowness/freeze if necessary.", stacklevel=3)
