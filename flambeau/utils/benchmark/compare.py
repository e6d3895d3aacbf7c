"""Compare: measurements side by side."""
from __future__ import annotations

from collections.abc import Iterable

from .timer import Measurement, unit_of


class Compare:
    """A table of measurements for each label: a row for each sub_label (and env), a column for each description."""

    def __init__(self, results: Iterable[Measurement]):
        self._results = list(results)
        self._trimmed = self._coloured = False

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """More measurements. ValueError for anything else."""
        for result in results:
            if not isinstance(result, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(result)} instead.")
            self._results.append(result)

    def trim_significant_figures(self) -> None:
        """Show two digits fewer."""
        self._trimmed = True

    def colorize(self, rowwise: bool = False) -> None:
        """Mark the fastest of each column (of each row) with a star: text has no colours."""
        self._coloured = True

    highlight_warnings = colorize

    def print(self) -> None:
        """Print the tables."""
        print(self)

    def __str__(self) -> str:
        labels = dict.fromkeys(r.label or r.stmt for r in self._results)
        return "\n".join(self._table(label, [r for r in self._results if (r.label or r.stmt) == label]) for label in labels)

    def _table(self, label: str, results: list[Measurement]) -> str:
        unit, scale = unit_of(min(r.median for r in results))
        columns = list(dict.fromkeys(r.description or "" for r in results))
        threads = sorted({r.num_threads for r in results})
        cells = {(r.num_threads, self._row(r), r.description or ""): r.median / scale for r in results}
        head = ["", *columns]
        lines: list[list[str]] = []
        for count in threads:
            lines.append([f"{count} threads:"])
            for row in dict.fromkeys(self._row(r) for r in results if r.num_threads == count):
                lines.append([f"  {row}", *(self._cell(cells, count, row, column) for column in columns)])
        widths = [max(len(line[k]) for line in (head, *lines) if len(line) == len(head)) for k in range(len(head))]
        total = sum(widths) + 5 * len(columns)

        def text(line):
            first, *rest = line
            if not rest:
                return f"{first} ".ljust(total, "-")
            return "  |  ".join([first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:], strict=True))])
        return "\n".join([f"[{f' {label} '.center(total - 2, '-')}]", text(head), *map(text, lines), "", f"Times are in {_NAMES[unit]} ({unit}).", ""])

    @staticmethod
    def _row(r: Measurement) -> str:
        return " ".join(filter(None, [f"({r.env})" if r.env else "", r.sub_label or r.stmt]))

    def _cell(self, cells, count, row, column) -> str:
        value = cells.get((count, row, column))
        if value is None:
            return ""
        best = min(v for (c, _, d), v in cells.items() if c == count and d == column)
        return (f"{value:.0f}" if self._trimmed and value >= 10 else f"{value:.1f}") + ("*" if self._coloured and value == best else "")


_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}

__all__ = ["Compare"]
