"""Timer: how long a statement takes, measured often enough to tell."""
from __future__ import annotations

import ast
import enum
import statistics
import textwrap
import timeit
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import flambeau

_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))
_ENOUGH_FOR_QUARTILES = 4


def timer() -> float:
    """Seconds of a clock, once all pending work has run: work that was recorded and not done is not measured as done."""
    flambeau.run_pending()
    return timeit.default_timer()


def unit_of(seconds: float) -> tuple[str, float]:
    """The unit in which a time reads best, and how many seconds it has."""
    return next((unit for unit in _UNITS if seconds >= unit[1]), _UNITS[-1])


class Language(enum.Enum):
    """In what the statement of a Timer is written; flambeau measures Python."""

    PYTHON = 0
    CPP = 1


@dataclass
class Measurement:
    """What a Timer measured.

    number_per_run: how often the statement ran in each run; raw_times: seconds of each run; times: seconds of one statement in each.
    """

    number_per_run: int
    raw_times: list[float]
    stmt: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1
    setup: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> list[float]:
        """Seconds of one statement in each run."""
        return [t / self.number_per_run for t in self.raw_times]

    @property
    def mean(self) -> float:
        """Seconds, on average."""
        return statistics.fmean(self.times)

    @property
    def median(self) -> float:
        """Seconds, the middle run."""
        return statistics.median(self.times)

    @property
    def iqr(self) -> float:
        """Seconds between the quartiles; 0 for fewer than 4 runs."""
        if len(self.times) < _ENOUGH_FOR_QUARTILES:
            return 0.0
        first, _, third = statistics.quantiles(self.times, n=4, method="inclusive")
        return third - first

    @property
    def title(self) -> str:
        """What was measured."""
        return ": ".join(filter(None, [self.label or self.stmt, self.sub_label])) or "Measurement"

    as_row_name = title

    def __repr__(self) -> str:
        unit, scale = unit_of(self.median)
        runs = len(self.times)
        lines = [f"<{__name__.rpartition('.')[0]}.Measurement object at {id(self):#x}>", self.title]
        if self.setup and self.setup != "pass":
            lines.append(f"setup: {self.setup}" if "\n" not in self.setup else "setup:\n" + textwrap.indent(self.setup, "  "))
        lines.append(f"  {'Median' if runs > 1 else 'Time'}: {self.median / scale:.2f} {unit}")
        if runs >= _ENOUGH_FOR_QUARTILES:
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {unit}")
        lines.append(f"  {runs} measurement{'s' if runs > 1 else ''}, {self.number_per_run} run{'s' if self.number_per_run > 1 else ''} per measurement, "
                     f"{self.num_threads} thread{'s' if self.num_threads > 1 else ''}")
        return "\n".join(lines)


def _computed(result: Any = None) -> None:
    """Run what was recorded, while somebody holds the result: what nobody holds is never computed."""
    flambeau.run_pending()


def _with_result_computed(stmt: str | Callable) -> str | Callable:
    """The statement, followed by the computation of its value."""
    if callable(stmt):
        return lambda: _computed(stmt())
    tree = ast.parse(stmt)
    last = tree.body[-1] if tree.body else None
    call = ast.Call(ast.Name("_computed", ast.Load()), [last.value] if isinstance(last, ast.Expr) else [], [])
    tree.body[len(tree.body) - isinstance(last, ast.Expr):] = [ast.Expr(call)]
    return ast.unparse(ast.fix_missing_locations(tree))


class Timer:
    """Measures a statement, as `timeit` does. Its result is computed each time, although nobody looks at it.

        Timer("x @ y", globals={"x": x, "y": y}).blocked_autorange()

    Args:
        stmt, setup: source, or functions without arguments.
        globals: names that the source may use, beside `torch`.
        label, sub_label, description, env: what results are called in a table (`Compare`).
        num_threads: threads that compute while measuring.
    """

    def __init__(self, stmt: str | Callable = "pass", setup: str | Callable = "pass", global_setup: str = "", timer: Callable[[], float] = timer,
                 globals: dict[str, Any] | None = None, label: str | None = None, sub_label: str | None = None, description: str | None = None,
                 env: str | None = None, num_threads: int = 1, language: Any = "python"):
        if str(getattr(language, "name", language)).lower() not in ("python", "py"):
            raise NotImplementedError(f"Timer measures Python here, not {language}")
        self._globals = {"torch": flambeau, "_computed": _computed} | dict(globals or {})
        self._stmt, self._setup = (textwrap.dedent(x).strip() if isinstance(x, str) else x for x in (stmt, setup))
        self._timer = timeit.Timer(_with_result_computed(self._stmt), self._setup, timer=timer, globals=self._globals)
        self._about = {"label": label, "sub_label": sub_label, "description": description, "env": env, "num_threads": num_threads,
                       "stmt": self._stmt if isinstance(stmt, str) else getattr(stmt, "__name__", repr(stmt)),
                       "setup": self._setup if isinstance(setup, str) else getattr(setup, "__name__", repr(setup))}

    def _run(self, number: int) -> float:
        before = flambeau.get_num_threads()
        flambeau.set_num_threads(self._about["num_threads"])
        try:
            return max(self._timer.timeit(number), 1e-9)
        finally:
            flambeau.set_num_threads(before)

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number_per_run=number, raw_times=times, **self._about)

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """One run of `number` statements, after a shorter one that warms up."""
        self._run(max(number // 100, 2))
        return self._measured(number, [self._run(number)])

    def repeat(self, repeat: int = -1, number: int = -1) -> list[float]:
        """NotImplementedError, as in PyTorch: see `timeit` and `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback: Callable[[int, float], Any] | None = None) -> Measurement:
        """NotImplementedError, as in PyTorch: see `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def _block_size(self, min_run_time: float) -> int:
        """So many statements that reading the clock is less than a thousandth of their time, and a run less than a thousandth of all."""
        overhead = statistics.median(self._empty() for _ in range(5))
        number = 1
        while True:
            taken = self._run(number)
            if overhead / taken <= 1e-4 and taken >= min_run_time / 1000 or taken > min_run_time or number * 10 > 2**31:
                return number
            number *= 10

    def _empty(self) -> float:
        clock = self._timer.timer
        start = clock()
        return clock() - start

    def blocked_autorange(self, callback: Callable[[int, float], Any] | None = None, min_run_time: float = 0.2) -> Measurement:
        """Runs of a size found by trial, for `min_run_time` seconds together."""
        number = self._block_size(min_run_time)
        times: list[float] = []
        while not times or sum(times) < min_run_time:
            times.append(self._run(number))
            if callback is not None:
                callback(number, times[-1])
        return self._measured(number, times)

    def adaptive_autorange(self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0,
                           callback: Callable[[int, float], Any] | None = None) -> Measurement:
        """Runs until the quartiles lie closer than `threshold` of the median, or for `max_run_time` seconds."""
        number = self._block_size(0.05)
        times: list[float] = []
        while True:
            times.append(self._run(number))
            if callback is not None:
                callback(number, times[-1])
            found = self._measured(number, times)
            if sum(times) >= max_run_time or sum(times) >= min_run_time and len(times) >= _ENOUGH_FOR_QUARTILES and found.iqr / found.median < threshold:
                return found


__all__ = ["Measurement", "Timer", "timer"]
