"""The sampler for training with several processes, each of which reads its share."""
from __future__ import annotations

import math
from collections.abc import Iterator

import flambeau

from .dataset import Dataset
from .reading import length_of
from .sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index, from `rank` on, of the dataset in an order that all replicas share.

    The order is `randperm` by a generator seeded with `seed + epoch` where `shuffle`, so call `set_epoch(epoch)` before each pass.
    For equal shares the order is filled up from its beginning, or cut at its end if `drop_last`.

    Raises ValueError for a rank outside [0, num_replicas - 1]; RuntimeError where `num_replicas` or `rank` is left out and
    no process group says what they are.
    """

    def __init__(self, dataset: Dataset, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
                 seed: int = 0, drop_last: bool = False) -> None:
        if num_replicas is None:
            num_replicas = _group("num_replicas").get_world_size()
        if rank is None:
            rank = _group("rank").get_rank()
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        n = length_of(dataset, "DistributedSampler")
        self.num_samples = n // num_replicas if drop_last else math.ceil(n / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        n = length_of(self.dataset, "DistributedSampler")
        if self.shuffle:
            generator = flambeau.Generator()
            generator.manual_seed(self.seed + self.epoch)
            order = flambeau.randperm(n, generator=generator).tolist()
        else:
            order = list(range(n))
        if order:
            order *= math.ceil(self.total_size / n)
        mine = order[: self.total_size][self.rank :: self.num_replicas]
        if len(mine) != self.num_samples:
            raise AssertionError(f"the dataset has {n} samples now, which does not give the {self.num_samples} a replica "
                                 "that it gave when the sampler was made")
        return iter(mine)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass: each epoch has its own."""
        self.epoch = epoch


def _group(argument: str):
    """The public `distributed` package, where there is one."""
    distributed = getattr(flambeau, "distributed", None)
    if distributed is None or not distributed.is_available():
        raise RuntimeError(f"Requires distributed package to be available: there is no process group; give {argument}= yourself")
    return distributed
