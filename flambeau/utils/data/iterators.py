"""One pass over a DataLoader, and the kind that reads in this process; the kind with workers is in parallel.py."""
from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import flambeau

from .ahead import Ahead, quiet_batches
from .datapipes.pipe import IterDataPipe, apply_random_seed
from .dataset import IterableDataset
from .fetch import MapFetcher, make_fetcher
from .pin_memory import pin_memory
from .resume import IndexStream, Position
from .sampler import draw_seed

if TYPE_CHECKING:
    from .dataloader import DataLoader

__all__ = ["LoaderIterator", "SingleProcessIterator"]


class LoaderIterator:
    """What the two kinds have in common: the order, the base seed (drawn from the loader's generator after the sampler's iterator is
    made, as in PyTorch), counting, pinning."""

    def __init__(self, loader: DataLoader, resume: Position | None) -> None:
        self._dataset = loader.dataset
        self._is_stream = isinstance(loader.dataset, IterableDataset)
        self._index_sampler = loader._index_sampler
        self._declared_length = loader._IterableDataset_len_called
        self._pin = _may_pin(loader)
        self._num_workers = loader.num_workers
        self._num_yielded = 0
        self._order = IndexStream(loader._index_sampler, loader.generator)
        if resume is None:
            shared_seed = self._seed_pipes(loader)
            self._order.begin()
            self.position = Position(draw_seed(loader.generator), in_order=loader.in_order or not loader.num_workers, shared_seed=shared_seed)
            self._order.seeded()
        else:
            self.position = resume
            self._seed_pipes(loader, resume.shared_seed)
            self._resumed_at = self._order.resume(resume.order, resume.batches)
        self.position.order = self._order.order

    @staticmethod
    def _seed_pipes(loader: DataLoader, seed: int | None = None) -> int | None:
        """Seed the pipes that draw, for a pass; the seed, drawn where there is none yet, or None where the dataset is no pipe."""
        if not isinstance(loader.dataset, IterDataPipe):
            return None
        seed = draw_seed(loader.generator) if seed is None else seed
        apply_random_seed(loader.dataset, flambeau.Generator().manual_seed(seed))
        return seed

    def __iter__(self) -> LoaderIterator:
        return self

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __next__(self) -> Any:
        try:
            data = self._next_data()
        except StopIteration:
            self.position.finished = True
            self.position.own = None
            raise
        position = self.position
        position.batches += 1
        self._order.yielded(position.batches)
        self._num_yielded += 1
        if self._declared_length is not None and self._is_stream and self._num_yielded > self._declared_length:
            self._warn_of_length()
        return pin_memory(data) if self._pin else data

    def _next_data(self) -> Any:
        raise NotImplementedError

    def _warn_of_length(self) -> None:
        message = (f"Length of IterableDataset {self._dataset} was reported to be {self._declared_length}"
                   f"(when accessing len(dataloader)), but {self._num_yielded} samples have been fetched. ")
        if self._num_workers > 0:
            message += ("For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset replica "
                        "at each worker: __iter__ has to yield only the worker's share, see get_worker_info().")
        warnings.warn(message, stacklevel=3)

    def __getstate__(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled; save the loader's state_dict() instead")


def _may_pin(loader: DataLoader) -> bool:
    if not loader.pin_memory:
        return False
    if loader.pin_memory_device:
        warnings.warn("pin_memory_device is deprecated, the current accelerator will be used as the device,"
                      f"ignore pin_memory_device='{loader.pin_memory_device}'.", stacklevel=5)
    if not flambeau.accelerator.is_available():
        warnings.warn("'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
                      stacklevel=5)
        return False
    return True


class SingleProcessIterator(LoaderIterator):
    """Loads each batch when it is asked for, or a little ahead of it where nobody can tell: see ahead.py."""

    def __init__(self, loader: DataLoader, resume: Position | None = None) -> None:
        super().__init__(loader, resume)
        if loader.timeout != 0:
            raise AssertionError(f"timeout is for workers: with num_workers=0 it must be 0, but got timeout={loader.timeout}")
        self._fetcher = make_fetcher(loader.dataset, loader._auto_collation, loader.collate_fn, loader.drop_last)
        if resume is not None:
            self._fetcher.resume(resume.own() if resume.own is not None else None, resume.batches, self._resumed_at)
        self.position.own = self._fetcher.state if self._fetcher.stateful else None
        self._ahead = None
        if isinstance(self._fetcher, MapFetcher) and self._fetcher.recipes and not self._fetcher.stateful:
            self._ahead = Ahead(self._order, self._fetcher, quiet_batches(loader.batch_sampler))

    def _next_data(self) -> Any:
        return self._fetcher.fetch(next(self._order)) if self._ahead is None else self._ahead.next()
