"""What runs in a worker process: take indices from the pipe, read the dataset, send batches back.

A listening thread reads the pipe, so the main process never waits for a busy worker, and an end of the main process, however it
comes, ends the worker too.
"""
from __future__ import annotations

import contextlib
import gc
import os
import pickle
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import flambeau

from . import seeding
from .datapipes.pipe import IterDataPipe, MapDataPipe, apply_random_seed, apply_sharding
from .dataset import IterableDataset
from .fetch import make_fetcher
from .info import WorkerInfo, set_stacker, set_worker_info
from .transport import Sender

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["BATCH", "BEGUN", "END", "ERROR", "Failure", "Job", "Reply", "Resume", "Start", "Task", "run"]

BATCH, END, ERROR, BEGUN = "batch", "end", "error", "begun"   # what a reply holds

PARENT_CHECK = 1.0   # seconds between looks at whether the main process lives, for platforms where the pipe does not tell
LAST_CALL = 5.0      # seconds that a worker may go on with its sample once the main process is gone


@dataclass
class Job:
    """What all workers of one loader are told at their start."""

    dataset: Any
    batched: bool
    collate_fn: Callable
    drop_last: bool
    base_seed: int
    worker_init_fn: Callable[[int], None] | None
    num_workers: int


@dataclass
class Resume:
    """Where a worker stood when its loader was saved: what its fetcher's `resume` takes, and the generators' states."""

    fetcher: tuple[Any, int, Any]
    states: dict | None


@dataclass
class Start:
    """Message: begin a pass. Tasks of earlier passes are void. `report`: answer BEGUN, with the states of the generators.
    shared_seed: of data pipes."""

    epoch: int
    resume: Resume | None = None
    report: bool = False
    shared_seed: int | None = None


@dataclass
class Task:
    """Message: load one batch. `unused`: blocks of shared memory to be used again."""

    epoch: int
    number: int
    index: Any
    unused: list[int]


@dataclass
class Reply:
    """Message: the answer to a task: BATCH and the batch, END of the stream and None, or ERROR and a Failure; the dataset's own
    state after it; and the states of the generators, if they have changed. Or, without a task, BEGUN."""

    epoch: int
    number: int
    what: str
    content: Any
    own: Any = None
    states: dict | None = None


class Failure:
    """An exception on its way to the main process: its type, and the traceback as text."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.where = where
        self.text = "".join(traceback.format_exception(error))
        self.kind = next(kind for kind in type(error).__mro__ if _travels(kind))
        self.kind_name = type(error).__name__

    def raise_again(self) -> None:
        """Raise an exception of the type, with the traceback in its message; RuntimeError (or MemoryError) where the type takes no message."""
        message = f"Caught {self.kind_name} {self.where}.\nOriginal {self.text}"
        if self.kind is KeyError:
            raise KeyError(_Verbatim(message))
        try:
            error = self.kind(message)
        except Exception:
            error = (MemoryError if issubclass(self.kind, MemoryError) else RuntimeError)(message)  # NumPy's wants a shape and a dtype
        raise error


class _Verbatim(str):
    """A message that KeyError, which prints the repr of its argument, prints as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _travels(kind: type) -> bool:
    try:
        return pickle.loads(pickle.dumps(kind)) is kind
    except Exception:  # a class that pickle cannot find by its name, such as one defined in a function
        return False


def run(worker_id: int, connection: Connection, job: Job, inherited: list[Connection]) -> None:
    """The life of a worker. `inherited`: the main process's ends of pipes, which a fork copies and which must not stay open here."""
    for end in inherited:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)   # Ctrl-C is the main process's to answer; it ends the workers
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # it was held back until here
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not the handler that the program may have set for itself
    gc.freeze()  # the collector does not write to pages that are shared with the parent
    flambeau.set_num_threads(1)
    worker = _Worker(worker_id, connection, job)
    threading.Thread(target=worker.listen, args=(os.getppid(),), daemon=True).start()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the main process has stopped listening: nothing is left to do
        worker.serve()


class _Worker:
    def __init__(self, worker_id: int, connection: Connection, job: Job) -> None:
        self.connection, self.job = connection, job
        self.inbox: queue.SimpleQueue = queue.SimpleQueue()
        self.newest_epoch = -1
        self.sender = Sender(connection)
        self.where = f"in DataLoader worker process {worker_id}"
        self.fetcher: Any = None
        self.ended = True
        self.held: list = []
        self.failure = self.init(worker_id)
        self.states = seeding.capture(self.held)

    def init(self, worker_id: int) -> Failure | None:
        """Seed this process and run the user's part of its start; returns what went wrong, which answers the first task."""
        job = self.job
        seed = seeding.seed_worker(job.base_seed, worker_id)
        set_worker_info(WorkerInfo(worker_id, job.num_workers, seed, job.dataset))
        set_stacker(self.sender.stack)
        try:
            if not isinstance(job.dataset, IterableDataset):  # of a stream, all workers may have to draw the same order
                self.held = seeding.held_generators(job.dataset)
                seeding.spread(self.held, seed)
            if isinstance(job.dataset, (IterDataPipe, MapDataPipe)):
                apply_sharding(job.dataset, job.num_workers, worker_id)
            if job.worker_init_fn is not None:
                job.worker_init_fn(worker_id)
        except Exception as error:
            return Failure(error, self.where)
        return None

    def listen(self, parent: int) -> None:
        """Move messages from the pipe to the inbox, in a thread, until the end; then see to it that the process does end."""
        with contextlib.suppress(EOFError, OSError):  # the pipe is closed
            message = self
            while message is not None and os.getppid() == parent:
                if self.connection.poll(PARENT_CHECK):
                    message = pickle.loads(self.connection.recv_bytes())
                    self.newest_epoch = message.epoch if isinstance(message, Start) else self.newest_epoch
                    self.inbox.put(message)
        self.inbox.put(None)
        time.sleep(LAST_CALL)
        os._exit(1)

    def serve(self) -> None:
        """Answer messages until the main process says None."""
        while (message := self.inbox.get()) is not None:
            if isinstance(message, Start):
                self.ended = False
                self.failure = self.failure or self.begin(message)
                if message.report:
                    self.states = seeding.capture(self.held)
                    self.sender.send(Reply(message.epoch, -1, BEGUN, None, states=self.states))
                continue
            self.sender.release(message.unused)
            if message.epoch == self.newest_epoch and not self.ended:
                self.reply(message)

    def begin(self, start: Start) -> Failure | None:
        """Begin a pass: a new iterator over a stream; where one is resumed, the states that it had."""
        job = self.job
        try:
            if start.shared_seed is not None:
                apply_random_seed(job.dataset, flambeau.Generator().manual_seed(start.shared_seed))
            self.fetcher = make_fetcher(job.dataset, job.batched, job.collate_fn, job.drop_last)
            if start.resume is not None:
                self.fetcher.resume(*start.resume.fetcher)
                if start.resume.states is not None:
                    seeding.restore(start.resume.states, self.held)
        except Exception as error:
            return Failure(error, self.where)
        return None

    def reply(self, task: Task) -> None:
        """Load a batch and send it, or what went wrong."""
        answer = Reply(task.epoch, task.number, *((ERROR, self.failure) if self.failure else self.load(task)))
        states = seeding.capture(self.held)
        if not seeding.same(states, self.states):
            answer.states = self.states = states
        try:
            self.sender.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:
            error.add_note("while sending a batch to the main process: what collate_fn returns must be picklable")
            answer.what, answer.content, answer.own = ERROR, Failure(error, self.where), None
            self.sender.send(answer)

    def load(self, task: Task) -> tuple:
        """(what, content, the dataset's own state) of a task."""
        try:
            return BATCH, self.fetcher.fetch(task.index), self.fetcher.state()
        except StopIteration as error:
            if not isinstance(self.job.dataset, IterableDataset):
                return ERROR, Failure(error, self.where)
            self.ended = True
            return END, None
        except Exception as error:
            return ERROR, Failure(error, self.where)
