"""A compiled function: which of its calls are replayed, and which are made."""
from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from functools import update_wrapper
from types import CodeType
from typing import Any

from .. import runtime
from ..core import graph, settings, tracing
from ..core.tracing import stance
from .arguments import MISS, PLAIN, Arguments, key_of
from .build import OPEN, Draft, Surroundings, reach_of
from .capture import Capture, Modes
from .observe import Observer, Refused
from .plan import Plan

ATTEMPTS = 4            # calls of a signature that are watched without a plan coming of it, before its calls are only made
TRACES = 32             # plans that are made for one function in all, before its calls are only made


class Unsupported(RuntimeError):
    """A call that fullgraph=True demanded to be replayable, and which is not."""


_functions: weakref.WeakSet[Compiled] = weakref.WeakSet()


class _Signature:
    """The calls that have one kind of arguments in one kind of modes. ran, trusted: the code that the last one of them ran that was observed."""

    __slots__ = ("plans", "attempts", "refused", "ran", "trusted")

    def __init__(self):
        self.plans: list[Plan] = []
        self.attempts, self.refused = 0, None
        self.ran: dict[CodeType, dict] = {}
        self.trusted: set[CodeType] = set()


class Compiled:
    """A function whose calls are replayed where that cannot be told from making them.

    The first call of each kind is made and observed, the next one is captured, and from then on they are replayed. What speaks against it is noted,
    once for each kind of call, and these calls are made as they stand.
    """

    def __init__(self, function: Callable, fullgraph: bool, limit: Callable[[], int]):
        self.function, self.fullgraph, self.limit = function, fullgraph, limit
        inside = getattr(function, "__self__", None)
        self.title = getattr(function, "__qualname__", type(function).__name__) if inside is None else type(inside).__name__
        self.forget()
        _functions.add(self)

    def forget(self) -> None:
        """Begin anew, without plans."""
        self.signatures: dict[Any, _Signature] = {}
        self.last = _nothing
        self.made, self.told = 0, False
        self.open = False                       # whether what it returns is for a backward: then its calls are recorded, while gradients are wanted

    def find(self, args: tuple, kwargs: dict) -> Any:
        """A call for which the plan that served last is not the right one."""
        trace = graph.current_trace()
        if trace.capture is not None or self.open and trace.grad or stance[-1] == "force_eager" or sys.getprofile() is not None:
            return self.function(*args, **kwargs)
        modes = Modes(trace)
        try:
            key = modes, key_of((args, kwargs), {})
            signature = self.signatures.get(key)
        except TypeError:                               # something that cannot be hashed
            return self._refuse(None, Refused("has arguments of which it cannot be told whether they are the same", whole=True), args, kwargs)
        if signature is None:
            if len(self.signatures) >= self.limit():
                if not self.told:
                    self.told = True
                    self._log(f"has been called in {len(self.signatures)} ways; other calls are made as they stand")
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
            why = Refused("runs under a mode (autocast, anomaly detection, hooks on saved tensors, another device)", whole=True)
            return self._refuse(signature, why, args, kwargs)
        signature.plans = [p for p in signature.plans if not p.dead]
        if len(signature.plans) >= self.limit() or self.made >= TRACES:
            return self._refuse(signature, Refused("meets other values around it each time", whole=True), args, kwargs)
        return self._capture(signature, args, kwargs)

    def _capture(self, signature: _Signature, args: tuple, kwargs: dict) -> Any:
        """Make a call, watched; and make a plan of it, if all that it ran was known before."""
        graph.flush()
        arguments = Arguments(args, kwargs)
        trace = graph.current_trace()
        capture, around, refused = Capture(trace), None, None
        if signature.ran or signature.trusted:
            try:
                around = Surroundings(self.function, arguments, signature.ran, signature.trusted)
            except Refused as why:
                refused = why
        capture.strict = self.fullgraph
        observer = Observer(capture.fail)
        try:
            with capture, observer:
                result = self.function(*args, **kwargs)
            news = not (observer.user.keys() <= signature.ran.keys() and observer.trusted <= signature.trusted)
            signature.ran, signature.trusted = observer.user, observer.trusted
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
        if trace.waiting():
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
        self.open = self.open or why.reason == OPEN and not any(s.plans for s in self.signatures.values())
        self._log(f"is called as it stands: {why}")
        if self.fullgraph and not why.whole:
            raise Unsupported(f"{self.title} cannot be replayed: {why}; leave fullgraph out to have it called as it stands")

    def _refuse(self, signature: _Signature | None, why: Refused, args: tuple, kwargs: dict) -> Any:
        if signature is not None:
            self._settle(signature, why)
        return self.function(*args, **kwargs)

    def _log(self, text: str, detail: bool = False) -> None:
        if settings.logged("compile"):
            print(f"flambeau: {self.title} {text}", file=sys.stderr)


class _Nothing:
    """The plan of a function that has none."""

    @staticmethod
    def run(args, kwargs):
        """It serves no call."""
        return MISS


_nothing = _Nothing()


def compiled(function: Callable, fullgraph: bool = False, limit: Callable[[], int] = lambda: 8) -> Callable:
    """A function that replays `function`. `limit`: how many kinds of calls it has plans for, and within each of them, surroundings."""
    inner = Compiled(function, fullgraph, limit)

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


tracing.resets.append(reset)
