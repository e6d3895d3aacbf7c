"""Results that come later (torch.futures)."""
from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
S = TypeVar("S")


class Future(Generic[T]):
    """A result that somebody sets and others wait for."""

    def __init__(self, *, devices: list[Any] | None = None):
        self._ready, self._lock = threading.Event(), threading.Lock()
        self._result: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Future], Any]] = []

    def done(self) -> bool:
        """Whether there is a result or an exception."""
        return self._ready.is_set()

    def wait(self) -> T:
        """The result, once it is there; raises the exception that was set instead."""
        self._ready.wait()
        if self._error is not None:
            raise self._error
        return self._result

    def value(self) -> T:
        """The result. RuntimeError if it is not there yet."""
        if not self.done():
            raise RuntimeError("Future.value() was asked before there was a result: use wait()")
        return self.wait()

    def set_result(self, result: T) -> None:
        """Set the result. RuntimeError if there is one."""
        self._finish(result, None)

    def set_exception(self, result: BaseException) -> None:
        """Set the exception that `wait` raises. TypeError for anything else, RuntimeError if the future is complete."""
        if not isinstance(result, BaseException):
            raise TypeError(f"{result} is of type {type(result)}, not an Exception.")
        self._finish(None, result)

    def _finish(self, result, error) -> None:
        with self._lock:
            if self.done():
                raise RuntimeError("Future can only be set once: it has a result already")
            self._result, self._error = result, error
            self._ready.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def then(self, callback: Callable[[Future[T]], S]) -> Future[S]:
        """The future of what `callback` makes of this one."""
        made: Future[S] = Future()

        def run(future):
            try:
                made.set_result(callback(future))
            except Exception as error:
                made.set_exception(error)
        self._when_done(run)
        return made

    def add_done_callback(self, callback: Callable[[Future[T]], None]) -> None:
        """Call `callback` with this future when it is complete."""
        self._when_done(callback)

    def _when_done(self, callback) -> None:
        with self._lock:
            if not self.done():
                self._callbacks.append(callback)
                return
        callback(self)


def collect_all(futures: list[Future]) -> Future[list[Future]]:
    """A future that is complete when all of them are; its result is the list of them."""
    made: Future[list[Future]] = Future()
    missing, lock = [len(futures)], threading.Lock()

    def count(_future):
        with lock:
            missing[0] -= 1
            last = missing[0] == 0
        if last:
            made.set_result(futures)
    if not futures:
        made.set_result(futures)
    for future in futures:
        future.add_done_callback(count)
    return made


def wait_all(futures: list[Future]) -> list[Any]:
    """The results of all; raises the first exception."""
    return [future.wait() for future in collect_all(futures).wait()]


__all__ = ["Future", "collect_all", "wait_all"]
