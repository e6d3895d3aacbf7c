"""Where a pass over a loader stands, and how to return there.

A pass is given by the random state at its beginning, because the samplers draw from it, and by how many of the sampler's items were
used. To resume, that state is put back, the sampler is run over the items that were used, without reading the dataset, and the
default generators are put back to where the program had them. A sampler, a dataset or an iterator that has `state_dict` and
`load_state_dict` is asked instead. Workers send the states of their generators, where they change, along with each batch.
"""
from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import flambeau

from . import seeding
from .fetch import has_state
from .sampler import BatchSampler

__all__ = ["IndexStream", "Position", "WorkerPosition"]

VERSION = 1

_RANDOM = ("before", "first")  # the parts of an order that are states of generators


@dataclass
class WorkerPosition:
    """One worker as of its last batch that the program has seen: batches, its generators, its dataset's own state."""

    batches: int = 0
    states: dict | None = None
    own: Any = None


@dataclass
class Position:
    """A pass as of the last batch that the program has seen."""

    base_seed: int
    batches: int = 0
    finished: bool = False
    in_order: bool = True
    order: dict = field(default_factory=dict)             # what IndexStream needs
    own: Callable[[], Any] | None = None                  # asks the dataset for its own state, without workers
    last_worker: int = -1
    workers: list[WorkerPosition] = field(default_factory=list)
    shared_seed: int | None = None                        # of data pipes, the same in all workers

    def state_dict(self) -> dict[str, Any]:
        """All of it in values that `flambeau.save` takes."""
        if not self.in_order:
            raise RuntimeError("a loader with in_order=False cannot be saved within a pass: which batches have come depends on the "
                               "workers' speed; use in_order=True")
        return {
            "version": VERSION,
            "batches": self.batches,
            "base_seed": self.base_seed,
            "order": {**self.order, **{name: seeding.plain(self.order[name]) for name in _RANDOM}},
            "own": None if self.own is None else self.own(),
            "last_worker": self.last_worker,
            "shared_seed": self.shared_seed,
            "workers": [{"batches": w.batches, "states": seeding.plain(w.states), "own": w.own} for w in self.workers],
        }

    @classmethod
    def between_passes(cls) -> dict[str, Any]:
        """The state of a loader that is not being read: the next pass begins as any other."""
        return {"version": VERSION, "batches": None}

    @classmethod
    def from_state_dict(cls, state: dict[str, Any]) -> Position | None:
        """The position; None between passes. Raises ValueError for what is no loader's state."""
        if not isinstance(state, dict) or state.get("version") != VERSION or "batches" not in state:
            raise ValueError(f"this is not what DataLoader.state_dict() of this version returned: expected a dict with version={VERSION} "
                             f"and batches, found {sorted(state) if isinstance(state, dict) else type(state).__name__}")
        if state["batches"] is None:
            return None
        own, order = state["own"], state["order"]
        return cls(
            base_seed=state["base_seed"], batches=state["batches"],
            order={**order, **{name: seeding.from_plain(order[name]) for name in _RANDOM}},
            own=None if own is None else lambda: own, last_worker=state["last_worker"], shared_seed=state.get("shared_seed"),
            workers=[WorkerPosition(w["batches"], seeding.from_plain(w["states"]), w["own"]) for w in state["workers"]],
        )


class IndexStream:
    """The items of a loader's sampler in one pass. `order` says how to draw them again."""

    def __init__(self, sampler: Any, generator: Any) -> None:
        self._sampler = sampler
        self._asked = _stateful(sampler)
        self._generators = _generators(sampler, generator)
        self._items: Iterator | None = None
        self._drawn = 0
        self._after: dict[int, Any] = {}  # the sampler's own state after each item that is not yet yielded
        self.order: dict[str, Any] = {}

    def begin(self) -> None:
        """Start the pass: the sampler may draw now, or at its first item; the states before both are remembered."""
        self.order = {"before": self._capture(), "first": None, "drawn": False, "sampler": None}
        self._items = iter(self._sampler)

    def seeded(self) -> None:
        """The base seed, which comes between, has been drawn."""
        self.order["first"] = self._capture()

    def __next__(self) -> Any:
        if not self.order["drawn"]:
            self.order.update(first=self._capture(), drawn=True)
        item = next(self._items)
        self._drawn += 1
        if self._asked is not None:
            self._after[self._drawn] = copy.deepcopy(self._asked.state_dict())
        return item

    def yielded(self, count: int) -> None:
        """The program has the first `count` items."""
        if self._asked is not None:
            self.order["sampler"] = self._after.pop(count, self.order["sampler"])

    def resume(self, order: dict, count: int) -> Any:
        """Start the pass behind its first `count` items; returns the last of these."""
        program = seeding.capture()
        item = None
        try:
            self._restore(order["before"])
            if order["sampler"] is not None and self._asked is not None:
                self._asked.load_state_dict(order["sampler"])
                self._items = iter(self._sampler)
            else:
                self._items = iter(self._sampler)
                self._restore(order["first"])
                for _ in range(count):
                    item = next(self._items)
                if count == 0 and order["drawn"]:  # ahead, by a loader with workers: from this very state, not from the program's
                    self._items = itertools.chain(list(itertools.islice(self._items, 1)), self._items)
        finally:
            seeding.restore(program)
        self.order, self._drawn = order, count
        return item

    def _capture(self) -> dict:
        return {"global": seeding.capture(), "own": [generator.get_state().numpy().tobytes() for generator in self._generators]}

    def _restore(self, states: dict) -> None:
        seeding.restore(states["global"])
        for generator, state in zip(self._generators, states["own"], strict=False):
            generator.set_state(seeding.tensor_of(state))


def _stateful(sampler: Any) -> Any:
    """The sampler that keeps its own position: itself, or the one that a BatchSampler, which keeps none, cuts into batches."""
    if has_state(sampler):
        return sampler
    inner = sampler.sampler if type(sampler) is BatchSampler else None
    return inner if has_state(inner) else None


def _generators(sampler: Any, generator: Any) -> list:
    """The generators, besides the default one, that the order is drawn from."""
    found: list = []
    for candidate in (generator, getattr(sampler, "generator", None), getattr(getattr(sampler, "sampler", None), "generator", None)):
        known = candidate is flambeau.default_generator or any(candidate is one for one in found)
        if isinstance(candidate, flambeau.Generator) and not known:
            found.append(candidate)
    return found
