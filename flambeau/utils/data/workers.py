"""The worker processes of a loader, seen from the main process: start, talk, notice a death at once, end.

multiprocessing is imported inside functions: a program without workers does not load it.
"""
from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .packed import warn_of_copies
from .transport import Receiver, dumps
from .worker import Job, Reply, Start, Task, run

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

__all__ = ["WorkerTeam", "check_context"]

GRACE = 5.0  # seconds that workers have to finish the batch at hand when a pass ends early; then they are killed

_starting = threading.Lock()
_open_ends: weakref.WeakSet[Connection] = weakref.WeakSet()  # the main process's ends of all pipes: a fork has to close its copies


def check_context(context: Any) -> BaseContext:
    """The multiprocessing context of a name or of itself. ValueError for a name that this system lacks, TypeError for anything else."""
    import multiprocessing

    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(f"multiprocessing_context option should specify a valid start method in {methods!r}, "
                             f"but got multiprocessing_context={context!r}")
        return multiprocessing.get_context(context)
    if not isinstance(context, multiprocessing.context.BaseContext):
        raise TypeError("multiprocessing_context option should be a valid context object or a string specifying the start method, "
                        f"but got multiprocessing_context={context}")
    return context


def _default_context() -> BaseContext:
    """The start method that the program has set, else fork on Linux, where nothing has to be pickled, else the system's."""
    import multiprocessing

    if multiprocessing.get_start_method(allow_none=True) is None and sys.platform == "linux":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context()


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    receiver: Receiver


class _Parcel:
    """A job on its way to a process that is not forked: pickled, by cloudpickle where plain pickle cannot (lambdas, local classes)."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def __reduce__(self) -> tuple:
        from multiprocessing.reduction import ForkingPickler

        try:
            return pickle.loads, (bytes(ForkingPickler.dumps(self.job)),)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            try:
                import cloudpickle
            except ImportError:
                raise type(error)(
                    f"{error}: the dataset, collate_fn and worker_init_fn must be picklable where workers are not forked. Define them "
                    "at the top level of a module, or install cloudpickle (pip install cloudpickle, or flambeau[data]), or use multiprocessing_context='fork'"
                ) from error
            return pickle.loads, (cloudpickle.dumps(self.job),)


class WorkerTeam:
    """`job.num_workers` processes. They end when the team is closed or collected, and when the program ends, in whatever way."""

    def __init__(self, job: Job, context: BaseContext | None) -> None:
        self._workers: list[_Worker] = []
        self._owner = os.getpid()
        self.close = weakref.finalize(self, _end, self._workers, self._owner)
        context = _default_context() if context is None else context
        if context.get_start_method() == "fork":
            warn_of_copies(job.dataset, job.num_workers)
        try:
            with _starting:
                for worker_id in range(job.num_workers):
                    self._workers.append(_start(context, worker_id, job))
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End the workers at once, whatever they are doing."""
        if os.getpid() == self._owner:
            for worker in self._workers:
                worker.process.kill()
        self.close()

    def send(self, worker_id: int, message: Start | Task) -> None:
        """Sends to a worker that is gone are dropped; `receive` reports it."""
        worker = self._workers[worker_id]
        if isinstance(message, Task):
            message.unused = worker.receiver.unused()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            worker.connection.send_bytes(dumps(message))

    def receive(self, timeout: float | None) -> tuple[int, Reply] | None:
        """(worker, its reply) as soon as there is one; None after `timeout` seconds.

        Raises WorkerGone once a worker has ended and all that it sent is received.
        """
        from multiprocessing.connection import wait

        connections = {worker.connection: worker_id for worker_id, worker in enumerate(self._workers)}
        sentinels = {worker.process.sentinel: worker_id for worker_id, worker in enumerate(self._workers)}
        ready = wait([*connections, *sentinels], timeout)
        for end in ready:
            if end in connections:
                worker_id = connections[end]
                try:
                    return worker_id, self._workers[worker_id].receiver.receive()
                except (EOFError, ConnectionResetError):
                    raise WorkerGone(worker_id, self._workers[worker_id].process) from None
        for end in ready:
            raise WorkerGone(sentinels[end], self._workers[sentinels[end]].process)
        return None


class WorkerGone(Exception):
    """A worker has ended though nobody told it to. `how` says by what."""

    def __init__(self, worker_id: int, process: BaseProcess) -> None:
        process.join(GRACE)
        self.worker_id, self.pid, code = worker_id, process.pid, process.exitcode
        if code is not None and code < 0:
            self.how = f"is killed by signal: {signal.strsignal(-code) or -code}."
            if -code == getattr(signal, "SIGKILL", None):
                self.how += " The system does that to a process when memory runs out: fewer workers or smaller batches need less."
        else:
            self.how = f"exited unexpectedly with exit code {code}. Rerunning with num_workers=0 may give a better error trace."
        super().__init__(f"DataLoader worker (pid {self.pid}) {self.how}")


def _start(context: BaseContext, worker_id: int, job: Job) -> _Worker:
    mine, theirs = context.Pipe()
    _open_ends.add(mine)
    forked = context.get_start_method() == "fork"
    arguments = (worker_id, theirs, job if forked else _Parcel(job), list(_open_ends) if forked else [])
    process = context.Process(target=run, args=arguments, daemon=True, name=f"DataLoader worker {worker_id}")
    try:
        with warnings.catch_warnings():
            # Python warns of a fork beside other threads. The worker takes no lock that such a thread may hold.
            warnings.filterwarnings("ignore", message=".*multi-threaded, use of fork", category=DeprecationWarning)
            with _no_interrupt():
                process.start()
    except BaseException:
        mine.close()
        raise
    finally:
        theirs.close()
    return _Worker(process, mine, Receiver(mine))


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold back Ctrl-C, here and in a process started here, until the latter has said that it ignores it (in `worker.run`)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(workers: list[_Worker], owner: int) -> None:
    """Tell the workers to stop and wait for them; kill those that do not."""
    if os.getpid() != owner:
        return  # a fork of the program: the workers are not its own
    for worker in workers:
        with contextlib.suppress(OSError):
            worker.connection.send_bytes(pickle.dumps(None))
        worker.connection.close()
    deadline = time.monotonic() + GRACE
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.exitcode is None:
            worker.process.kill()
            worker.process.join()
        worker.process.close()
    workers.clear()
