"""One pass over a DataLoader by worker processes."""
from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from .iterators import LoaderIterator
from .reading import class_name, some
from .resume import IndexStream, Position, WorkerPosition
from .worker import BEGUN, END, ERROR, Job, Reply, Resume, Start, Task
from .workers import WorkerGone, WorkerTeam

if TYPE_CHECKING:
    from .dataloader import DataLoader

__all__ = ["WorkerIterator"]


class WorkerIterator(LoaderIterator):
    """Keeps `prefetch_factor` batches a worker under way; yields them in the sampler's order, or as they come if not `in_order`.

    Tasks go to the workers in turn, leaving out those whose stream has ended. An exception in a worker is raised here in its place
    of the order, and the next call goes on behind it; the end of a worker process that was not told to end is final.
    """

    def __init__(self, loader: DataLoader, resume: Position | None = None) -> None:
        super().__init__(loader, resume)
        if loader.prefetch_factor <= 0:
            raise AssertionError(f"prefetch_factor must be greater than 0 where there are workers, but got {loader.prefetch_factor}")
        self._most_tasks = loader.prefetch_factor * loader.num_workers
        self._timeout = loader.timeout or None
        self._in_order = loader.in_order
        self._persistent = loader.persistent_workers
        self._epoch = -1
        self._sent = 0                       # tasks, counted over all passes
        self.failure: str | None = None      # why there is nothing more to come
        workers = loader.num_workers
        if resume is None:
            self._order.begin()              # once more, as PyTorch does: a sampler that draws when its iterator is made draws twice
            self._seed_pipes(loader)         # and one more seed is drawn for pipes, which no worker sees
            self._order.seeded()
            self.position.order = self._order.order
            self.position.workers = [WorkerPosition() for _ in range(workers)]
        elif len(resume.workers) != workers:
            raise ValueError(f"the loader was saved with num_workers={len(resume.workers)} and has num_workers={workers} now; which "
                             "worker reads what is part of its place, so the numbers must agree")
        job = Job(loader.dataset, loader._auto_collation, loader.collate_fn, loader.drop_last, self.position.base_seed,
                  loader.worker_init_fn, workers)
        self._team = WorkerTeam(job, loader.multiprocessing_context)
        self._begin(None if resume is None else [
            Resume((worker.own, worker.batches, self._resumed_at), worker.states) for worker in resume.workers])

    def reset(self, loader: DataLoader) -> None:
        """Begin another pass with the same workers. No new base seed is drawn, as in PyTorch: their generators go on."""
        self._declared_length = loader._IterableDataset_len_called
        self._num_yielded = 0
        self._order = IndexStream(loader._index_sampler, loader.generator)
        self._order.begin()
        self._order.seeded()
        self.position = Position(self.position.base_seed, in_order=loader.in_order, order=self._order.order, shared_seed=self._seed_pipes(loader),
                                 workers=[WorkerPosition(states=worker.states) for worker in self.position.workers])
        self._begin(None, left_early=bool(self._waiting or self._early))

    def _begin(self, resumes: list[Resume] | None, left_early: bool = False) -> None:
        workers = self._num_workers
        self._epoch += 1
        self._next = self._sent                          # the task whose batch is to be yielded next
        self._waiting: dict[int, tuple[int, Any]] = {}   # task -> (worker, indices), not answered yet
        self._early: dict[int, tuple[int, Reply]] = {}   # task -> (worker, reply), answered before its turn
        self._active = [True] * workers                  # the worker's stream has not ended
        self._load = [0] * workers                       # its tasks that are not yielded yet
        first = self.position.last_worker + 1
        self._turns = itertools.cycle([(first + place) % workers for place in range(workers)])
        for worker in range(workers):
            self._team.send(worker, Start(self._epoch, None if resumes is None else resumes[worker], left_early, self.position.shared_seed))
        waited_for = set(range(workers)) if left_early else set()
        while waited_for:  # they have read on behind the last batch that was yielded: how far their generators are, only they know
            worker, reply = self._receive()
            if reply.what == BEGUN and reply.epoch == self._epoch:
                self.position.workers[worker].states = reply.states
                waited_for.discard(worker)
        for _ in range(self._most_tasks):
            self._hand_out()

    def _hand_out(self) -> None:
        """Send the sampler's next item to the worker whose turn it is."""
        try:
            index = next(self._order)
        except StopIteration:
            return
        for worker in itertools.islice(self._turns, self._num_workers):
            if self._active[worker] and (self._in_order or self._load[worker] < self._most_tasks // sum(self._active)):
                break
        else:
            return
        self._team.send(worker, Task(self._epoch, self._sent, index, []))
        self._waiting[self._sent] = (worker, index)
        self._load[worker] += 1
        self._sent += 1

    def _next_data(self) -> Any:
        worker, reply = self._next_reply()
        self._load[worker] -= 1
        self._hand_out()
        place = self.position.workers[worker]
        if reply.states is not None:
            place.states = reply.states
        self.position.last_worker = worker
        if reply.what == ERROR:
            reply.content.raise_again()
        place.batches += 1
        place.own = reply.own
        return reply.content

    def _next_reply(self) -> tuple[int, Reply]:
        """The reply whose turn it is; without `in_order`, the first to come."""
        while True:
            while self._next < self._sent and self._is_void(self._next):
                self._waiting.pop(self._next, None)
                self._next += 1
            if self._next == self._sent:
                if not self._persistent:
                    self._team.close()
                raise StopIteration
            if self._next in self._early:
                self._next += 1
                return self._early.pop(self._next - 1)
            worker, reply = self._receive()
            if reply.epoch != self._epoch:
                continue  # of a pass that the program left early
            del self._waiting[reply.number]
            if reply.what == END:
                self._active[worker] = False
                self._hand_out()
            elif reply.number == self._next or not self._in_order:
                return worker, reply
            else:
                self._early[reply.number] = worker, reply

    def _is_void(self, task: int) -> bool:
        """No batch will come of it: it is yielded already, or it was sent to a worker whose stream had ended."""
        if task in self._early:
            return False
        return task not in self._waiting or not self._active[self._waiting[task][0]]

    def _receive(self) -> tuple[int, Reply]:
        if self.failure is not None:
            raise RuntimeError(self.failure)
        try:
            received = self._team.receive(self._timeout)
        except WorkerGone as gone:
            at = next((index for worker, index in self._waiting.values() if worker == gone.worker_id), None)
            what = "a batch" if at is None or self._is_stream else f"samples {some(at)}"
            self.failure = f"{gone} It was worker {gone.worker_id}, loading {what} of {class_name(self._dataset)}."
            self._team.kill()
            raise RuntimeError(self.failure) from None
        except BaseException:  # Ctrl-C: leave no process waiting for a loop that has ended
            self.failure = "the workers were ended by an interrupt; begin a new pass over the loader"
            self._team.kill()
            raise
        if received is None:
            raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")
        return received
