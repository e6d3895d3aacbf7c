"""spawn: one function in several processes, whose errors arrive here."""
from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import sys
import tempfile
import traceback
import weakref
from collections.abc import Callable
from typing import Any


class ProcessException(Exception):
    """A process did not end well. `error_index`: which; `error_pid`: its number in the system."""

    def __init__(self, msg: str, error_index: int, pid: int):
        super().__init__(msg)
        self.msg, self.error_index, self.pid = msg, error_index, pid
        self.error_pid = pid

    def __reduce__(self):
        return type(self), (self.msg, self.error_index, self.pid)


class ProcessRaisedException(ProcessException):
    """A process ended with an exception; its traceback is in the message."""


class ProcessExitedException(ProcessException):
    """A process was ended by a signal, or ended itself with `exit_code`."""

    def __init__(self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None):
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self):
        return type(self), (self.msg, self.error_index, self.error_pid, self.exit_code, self.signal_name)


def _run(fn, i: int, args: tuple, error_file: str) -> None:
    """What each process does: the function, and if that fails, a note of why."""
    try:
        fn(i, *args)
    except KeyboardInterrupt:
        sys.exit(1)                         # the parent has it too, and says so
    except Exception:
        with open(error_file, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(traceback.format_exc())
        sys.exit(1)


class ProcessContext:
    """The processes that `start_processes` began."""

    def __init__(self, processes: list[Any], error_files: list[str]):
        self.processes, self.error_files = processes, error_files
        self.sentinels = {process.sentinel: k for k, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """The processes' numbers in the system."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until a process ends: True once all have ended well, False if some still run.

        Args:
            timeout: seconds to wait at most; None is without end.
            grace_period: seconds that the others have to end by themselves after a failure, before they are ended.

        Raises:
            ProcessRaisedException: a process raised an exception; the others are ended.
            ProcessExitedException: a process was ended otherwise.
        """
        if not self.sentinels:
            return True
        failed = None
        for sentinel in multiprocessing.connection.wait(self.sentinels.keys(), timeout=timeout):
            k = self.sentinels.pop(sentinel)
            self.processes[k].join()
            if self.processes[k].exitcode != 0:
                failed = k
                break
        if failed is None:
            return not self.sentinels
        for process in self.processes:
            if process.is_alive() and grace_period is not None:
                process.join(grace_period)
            if process.is_alive():
                process.terminate()
            process.join(30)
            if process.is_alive():
                process.kill()
                process.join()
        self._raise(failed)

    def _raise(self, k: int) -> None:
        process, error_file = self.processes[k], self.error_files[k]
        if not os.path.exists(error_file) or not os.path.getsize(error_file):
            if process.exitcode < 0:
                name = signal.Signals(-process.exitcode).name
                raise ProcessExitedException(f"process {k} terminated with signal {name}", k, process.pid, process.exitcode, name)
            raise ProcessExitedException(f"process {k} terminated with exit code {process.exitcode}", k, process.pid, process.exitcode)
        with open(error_file, encoding="utf-8") as file:
            text = file.read()
        raise ProcessRaisedException(f"\n\n-- Process {k} terminated with the following error:\n{text}", k, process.pid)


SpawnContext = ProcessContext


def start_processes(fn: Callable, args: tuple = (), nprocs: int = 1, join: bool = True, daemon: bool = False, start_method: str = "spawn") -> Any:
    """Run `fn(i, *args)` in `nprocs` processes, i from 0 on.

    Args:
        join: wait for all to end; else return a `ProcessContext` at once.
        daemon: end the processes when this one ends.
        start_method: how Python starts them, "spawn", "fork" or "forkserver".

    Raises:
        ProcessRaisedException, ProcessExitedException: see `ProcessContext.join`.
    """
    context = multiprocessing.get_context(start_method)
    folder = tempfile.mkdtemp(prefix="flambeau-spawn-")
    processes, error_files = [], []
    for k in range(nprocs):
        error_files.append(os.path.join(folder, f"error-{k}"))
        process = context.Process(target=_run, args=(fn, k, args, error_files[-1]), daemon=daemon)
        process.start()
        processes.append(process)
    made = ProcessContext(processes, error_files)
    weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
    if not join:
        return made
    while not made.join():
        pass
    return None


def spawn(fn: Callable, args: tuple = (), nprocs: int = 1, join: bool = True, daemon: bool = False, start_method: str = "spawn") -> Any:
    """`start_processes`, by its usual name."""
    return start_processes(fn, args, nprocs, join, daemon, start_method="spawn")


__all__ = ["ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException", "SpawnContext", "spawn", "start_processes"]
