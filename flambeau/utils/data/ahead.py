"""Batches made ahead of time by a thread of this process, while the program computes.

Nobody can tell but by the clock:

- Only what a `Recipe` makes is made ahead: no code of the user's runs in the thread, and no generator is drawn from. Random
  transforms are computed from a copy of the default generator's state; the batch is good if the generator is found in that very
  state when the batch is asked for (then it moves on as if it had been drawn from), and else it is thrown away and made anew. A
  program that itself draws in each step (dropout) soon has none made ahead.
- The order is drawn ahead only from samplers whose draws cannot be seen: those from a generator of their own. See `quiet_batches`.
- A dataset that has changed (its transforms, its tensors) since is noticed, and the batch made anew. Writes by NumPy into an array
  that the dataset holds are not: they show up to `DEPTH` batches late.
- What fails in the thread is done again when the batch is asked for, and raises there.
- After a fork the child has no thread, and reads on without one. An iterator that is dropped takes its thread along.

It pays for batches that take longer than to wake a thread, while the program is doing something else, or where a batch takes long enough for two
to be made at once: else, where batches are asked for without a pause, they are made on the spot.
"""
from __future__ import annotations

import os
import queue
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

import flambeau

from .distributed import DistributedSampler
from .recipe import Recipe, tensors
from .sampler import BatchSampler, RandomSampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler
from .words import advance

if TYPE_CHECKING:
    from .fetch import MapFetcher
    from .resume import IndexStream

__all__ = ["DEPTH", "Ahead", "quiet_batches"]

DEPTH = 2        # batches made ahead
PATIENCE = 2     # times in a row that the program may draw in between before no random batch is made ahead any more
LONG = 1e-3      # seconds that a batch takes from which on the thread makes one while the program makes another
PAYS = 2e-4      # seconds that a batch takes below which to hand it over costs more than to make it
WORTH = 0.25     # of the time that a batch takes: a program that pauses for less has no use for a thread


def quiet_batches(batch_sampler: Any) -> float:
    """How many batches of a pass may be drawn early without anybody noticing, once the first is drawn.

    The standard samplers draw at the beginning; RandomSampler once more at its end, which shows if the generator is the user's own.
    """
    if type(batch_sampler) is not BatchSampler:
        return 0
    sampler = batch_sampler.sampler
    if type(sampler) in (SequentialSampler, DistributedSampler, WeightedRandomSampler):
        return float("inf")
    if type(sampler) is SubsetRandomSampler:
        return float("inf") if type(sampler.indices) in (list, tuple, range) else 0
    if type(sampler) is not RandomSampler:
        return 0
    if sampler.generator is None:
        return float("inf")
    whole = not sampler.replacement and sampler.num_samples <= len(sampler.data_source)
    return len(batch_sampler) - 1 if whole else 0


class _Job:
    """One batch: whoever claims it first makes it, the thread or the one who waits for it."""

    def __init__(self, recipe: Recipe | None, indices: Any, before: _Job | bytes | None) -> None:
        self.recipe, self.indices, self.before = recipe, indices, before
        self.claimed, self.done = threading.Lock(), threading.Event()
        self.drawn = threading.Event()       # the state that it leaves is known, or there will be none
        self.failed = False
        self.error: Exception | None = None  # of the sampler, in place of indices
        self.cost = float("inf")             # seconds it took
        self.batch: Any = None
        self.start: bytes | None = None  # states of the default generator that the batch assumes, and leaves
        self.end: bytes | None = None

    def run(self) -> None:
        """Make the batch, unless somebody does already."""
        if not self.claimed.acquire(blocking=False):
            return
        began = time.perf_counter()
        try:
            self._make()
            self.cost = time.perf_counter() - began
        except Exception:  # whatever it is: it comes again, in its place, where the batch is asked for
            self.failed = True
        finally:
            self.before = None
            self.drawn.set()
            self.done.set()

    def give_up(self) -> None:
        """What the batch was based on does not hold: it is to be made when it is asked for."""
        self.recipe = None
        if self.claimed.acquire(blocking=False):
            self.failed = True
            self.drawn.set()
            self.done.set()

    def _make(self) -> None:
        recipe = self.recipe
        each, words = recipe.words_each, None
        if each:
            self.start = self._start_state()
            state = np.frombuffer(self.start, np.uint8).copy()
            words = advance(state, len(self.indices) * each).reshape(len(self.indices), each)
            self.end = state.tobytes()
            self.drawn.set()
        self.batch = recipe.arrays(self.indices, words)

    def _start_state(self) -> bytes:
        if not isinstance(self.before, _Job):
            return self.before
        self.before.drawn.wait()
        if self.before.end is None:
            raise RuntimeError("the batch before this one failed")
        return self.before.end


def _serve(jobs: queue.SimpleQueue) -> None:
    while (job := jobs.get()) is not None:
        job.run()
        del job  # a batch belongs to who asked for it


class Ahead:
    """The batches of one pass in their order, some of them made in advance."""

    def __init__(self, order: IndexStream, fetcher: MapFetcher, quiet: float) -> None:
        self._order, self._fetcher, self._quiet = order, fetcher, quiet
        self._pending: deque[_Job] = deque()
        self._jobs: queue.SimpleQueue | None = None
        self._owner = os.getpid()
        self._drawn, self._ended = 0, False
        self._given = 0                     # batches
        self._misses = 0                    # batches in a row that were made for nothing
        self._left = time.perf_counter()    # when the last batch was handed over
        self._cost = float("inf")           # seconds that a batch takes at best

    def next(self) -> Any:
        """The next batch. StopIteration at the end; what the dataset raises is raised in its place of the order."""
        paused = time.perf_counter() - self._left
        batch = self._take(self._pending.popleft()) if self._pending else self._now(self._draw())
        self._given += 1
        if self._given > 1 and self._cost > PAYS and (paused > WORTH * self._cost or self._cost > LONG):  # of many passes only the first batch is wanted
            self._refill()
        self._left = time.perf_counter()
        return batch

    def _draw(self) -> Any:
        indices = next(self._order)
        self._drawn += 1
        return indices

    def _now(self, indices: Any) -> Any:
        began = time.perf_counter()
        batch = self._fetcher.fetch(indices)
        self._cost = min(self._cost, time.perf_counter() - began)
        return batch

    def _take(self, job: _Job) -> Any:
        if job.error is not None:
            raise job.error
        if job.recipe is None or self._owner != os.getpid():
            return self._now(job.indices)
        job.run()
        job.done.wait()
        if job.failed or not job.recipe.is_current() or (job.end is not None and job.start != _state()):
            self._misses += 1
            for later in self._pending:
                later.give_up()
            return self._now(job.indices)
        self._misses, self._cost = 0, min(self._cost, job.cost)
        if job.end is not None:
            flambeau.set_rng_state(flambeau.from_numpy(np.frombuffer(job.end, np.uint8).copy()))
        # the thread may hold the job a moment longer: what it still saw would count as memory shared with NumPy, and run what is pending too early
        batch, job.batch = job.batch, None
        return tensors(batch)

    def _refill(self) -> None:
        if self._owner != os.getpid():
            return
        try:
            recipe = self._fetcher.recipe()
        except Exception:  # it comes again where the next batch is asked for
            return
        if recipe is None or (recipe.words_each and self._misses >= PATIENCE):
            return
        while len(self._pending) < DEPTH and not self._ended and self._drawn < self._quiet:
            try:
                indices = self._draw()
            except StopIteration:
                self._ended = True
                return
            except Exception as error:
                self._ended = True
                job = _Job(None, None, None)
                job.error = error
                self._pending.append(job)
                return
            self._pending.append(self._job(recipe, indices))

    def _job(self, recipe: Recipe, indices: Any) -> _Job:
        last = self._pending[-1] if self._pending else None
        if set(map(type, indices)) != {int} or (recipe.words_each and last is not None and last.recipe is not recipe):
            return _Job(None, indices, None)  # made when it is asked for
        before = None if not recipe.words_each else _state() if last is None else last
        job = _Job(recipe, indices, before)
        self._start().put(job)
        return job

    def _start(self) -> queue.SimpleQueue:
        if self._jobs is None:
            self._jobs = queue.SimpleQueue()
            threading.Thread(target=_serve, args=(self._jobs,), daemon=True, name="DataLoader").start()
            weakref.finalize(self, self._jobs.put, None)
        return self._jobs


def _state() -> bytes:
    return flambeau.get_rng_state().numpy().tobytes()
