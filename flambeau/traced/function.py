"""A compiled function: which of its calls are replayed, and which are made."""
from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable
from functools import update_wrapper
from types import CodeType
from typing import Any

from .. import runtime
from ..core import graph
from .arguments import MISS, PLAIN, Arguments, key_of
from .build import Draft, Surroundings, reach_of
from .capture import Capture, Modes
from .observe import Observer, Refused
from .plan import Plan

ATTEMPTS = 4            # calls of a signature that are watched without a plan coming of it, before its calls are only made
TRACES = 32             # plans that are made for one function in all, before its calls are only made


class Unsupported(RuntimeError):
    """A call that fullgraph=True demanded to be replayable, and which is not."""


class Settings:
    """What holds for all compiled functions."""

    limit = 8               # signatures (and within each of them, surroundings) that one function has plans for
    enabled = True          # False while torch.compiler.set_stance says to make all calls


settings = Settings()
_functions: weakref.WeakSet[Compiled] = weakref.WeakSet()


class _Signature:
    """The calls that have one kind of arguments in one kind of modes."""

    __slots__ = ("plans", "attempts", "refused")

    def __init__(self):
        self.plans: list[Plan] = []
        self.attempts, self.refused = 0, None


class Compiled:
    """A function whose calls are replayed where that cannot be told from making them.

    The first call of each kind is made and observed, the next one is captured, and from then on they are replayed. What speaks against it is noted,
    once for each kind of call, and these calls are made as they stand.
    """

    def __init__(self, function: Callable, fullgraph: bool = False, name: str | None = None):
        self.function, self.fullgraph, self.title = function, fullgraph, name or getattr(function, "__qualname__", type(function).__name__)
        self.forget()
        _functions.add(self)

    def forget(self) -> None:
        """Begin anew, without plans."""
        self.signatures: dict[Any, _Signature] = {}
        self.ran: dict[CodeType, dict] = {}
        self.trusted: set[CodeType] = set()
        self.last = _nothing
        self.made, self.told = 0, False

    def __call__(self, /, *args, **kwargs):
        result = self.last.run(args, kwargs)
        return self.find(args, kwargs) if result is MISS else self.function(*args, **kwargs) if result is PLAIN else result

    def find(self, args: tuple, kwargs: dict) -> Any:
        """A call for which the plan that served last is not the right one."""
        trace = graph.current_trace()
        if trace.capture is not None or not settings.enabled or sys.getprofile() is not None:
            return self.function(*args, **kwargs)
        modes = Modes(trace)
        try:
            key = modes, key_of((args, kwargs), {})
            signature = self.signatures.get(key)
        except TypeError:                               # something that cannot be hashed
            return self._refuse(None, Refused("has arguments of which it cannot be told whether they are the same"), args, kwargs)
        if signature is None:
            if len(self.signatures) >= settings.limit:
                if not self.told:
                    self.told = True
                    self._log(f"has been called in {settings.limit} ways; other calls are made as they stand")
                return self.function(*args, **kwargs)
            signature = self.signatures[key] = _Signature()
        for plan in list(signature.plans):
            result = plan.run(args, kwargs)
            if result is MISS and plan.renew():
                result = plan.run(args, kwargs)
            if result is PLAIN:
                return self.function(*args, **kwargs)
            if result is not MISS:
                self.last = plan
                return result
        if signature.refused is not None:
            return self.function(*args, **kwargs)
        if not modes.usual:
            return self._refuse(signature, Refused("runs under a mode (autocast, anomaly detection, hooks on saved tensors, another device)"), args, kwargs)
        signature.plans = [p for p in signature.plans if not p.dead]
        if len(signature.plans) >= settings.limit or self.made >= TRACES:
            return self._refuse(signature, Refused("meets other values around it each time"), args, kwargs)
        return self._capture(signature, args, kwargs)

    def _capture(self, signature: _Signature, args: tuple, kwargs: dict) -> Any:
        """Make a call, watched; and make a plan of it, if all that it ran was known before."""
        graph.flush()
        arguments = Arguments(args, kwargs)
        trace = graph.current_trace()
        capture, around, refused = Capture(trace), None, None
        if self.ran or self.trusted:
            try:
                around = Surroundings(self.function, arguments, self.ran, self.trusted)
            except Refused as why:
                refused = why
        capture.strict = self.fullgraph
        observer = Observer(capture.fail)
        try:
            with capture, observer:
                result = self.function(*args, **kwargs)
            news = not (observer.user.keys() <= self.ran.keys() and observer.trusted <= self.trusted)
            self.ran |= observer.user
            self.trusted = (self.trusted | observer.trusted) - self.ran.keys()
            plan = None
            if around is not None and not news and refused is None and capture.failure is None:
                try:
                    if Modes(trace) != capture.modes:
                        raise Refused("changes a mode")
                    reach = reach_of(self.function, arguments, observer.user, observer.trusted)
                    plan = Plan(Draft(around, capture, result, reach), arguments)
                except Refused as why:
                    refused = why
        except Refused as why:
            raise Unsupported(f"{self.title} cannot be replayed: {why}; leave fullgraph out to have it called as it stands") from None
        del around, observer
        refused = capture.failure or refused
        del capture
        if trace.pending:
            runtime.realize(trace)
        if plan is not None:
            signature.plans.append(plan)
            self.made += 1
            self.last = plan
            self._log(f"is replayed from now on: {len(plan.tiers.program.steps)} steps, {len(plan.edges)} guards", detail=True)
            return result
        signature.attempts += 1
        if refused is not None and signature.attempts >= ATTEMPTS or signature.attempts >= 2 * ATTEMPTS:
            self._settle(signature, refused or Refused("runs other code each time"))
        return result

    def _settle(self, signature: _Signature, why: Refused) -> None:
        signature.refused = why
        self._log(f"is called as it stands: {why}")
        if self.fullgraph:
            raise Unsupported(f"{self.title} cannot be replayed: {why}; leave fullgraph out to have it called as it stands")

    def _refuse(self, signature: _Signature | None, why: Refused, args: tuple, kwargs: dict) -> Any:
        if signature is not None:
            self._settle(signature, why)
        return self.function(*args, **kwargs)

    def _log(self, text: str, detail: bool = False) -> None:
        if "compile" in os.environ.get("FLAMBEAU_LOG", ""):
            print(f"flambeau: {self.title} {text}", file=sys.stderr)


class _Nothing:
    """The plan of a function that has none."""

    @staticmethod
    def run(args, kwargs):
        """It serves no call."""
        return MISS


_nothing = _Nothing()


def compiled(function: Callable, fullgraph: bool = False) -> Callable:
    """A function that replays `function`."""
    inner = Compiled(function, fullgraph)

    def call(*args, **kwargs):
        result = inner.last.run(args, kwargs)
        return inner.find(args, kwargs) if result is MISS else inner.function(*args, **kwargs) if result is PLAIN else result

    update_wrapper(call, function)
    call._torchdynamo_orig_callable = function
    call._compiled = inner
    return call


def reset() -> None:
    """Forget all plans."""
    for function in list(_functions):
        function.forget()
