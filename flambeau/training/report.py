"""What came of a run: curves and the confusion matrix as PNG, and one page of HTML that holds both."""
from __future__ import annotations

import base64
import html
import io
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import flambeau
from flambeau.serialization.atomic import replacing

from .tasks import Task

__all__ = ["write_report"]

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
h1{font-size:1.5em}h2{font-size:1.1em;margin-top:2em}table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}img{max-width:100%}.warning{background:#fff3cd;padding:.5em 1em}"""


def _png(path: Path, draw: Callable, size: tuple[float, float]) -> bytes | None:
    """Draw a figure into a file, which appears whole; its bytes, or None where matplotlib is absent."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=size, layout="constrained")
    draw(figure)
    stream = io.BytesIO()
    figure.savefig(stream, dpi=110, format="png")
    with replacing(path) as file:
        file.write(stream.getvalue())
    return stream.getvalue()


def _curves(history: list[dict[str, Any]]) -> Callable:
    def draw(figure: Any) -> None:
        kinds = [kind for kind in ("loss", "accuracy") if f"training {kind}" in history[0]]
        for axes, kind in zip(np.atleast_1d(figure.subplots(1, len(kinds))), kinds, strict=True):
            for split in ("training", "validation"):
                axes.plot([entry["epoch"] for entry in history], [entry[f"{split} {kind}"] for entry in history], marker=".", label=split)
            axes.set(xlabel="epoch", ylabel=kind)
            axes.locator_params("x", integer=True)  # no half epochs
            axes.legend()
    return draw


def _matrix(confusion: np.ndarray, classes: list[str]) -> Callable:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        shares = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        places = range(len(classes))
        axes.set_xticks(places, classes, rotation=45, ha="right")
        axes.set_yticks(places, classes)
        axes.set(xlabel="predicted", ylabel="true")
        if len(classes) <= 20:
            for a in places:
                for b in places:
                    if confusion[a, b]:
                        axes.text(b, a, confusion[a, b], ha="center", va="center", fontsize=7, color="white" if shares[a, b] > 0.5 else "black")
    return draw


def _table(head: list[str], rows: list[list[Any]]) -> str:
    def cell(value: Any) -> str:
        return html.escape(f"{value:.4f}" if isinstance(value, float) else str(value))

    lines = ["<tr>" + "".join(f"<th>{cell(name)}</th>" for name in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows]
    return "<table>" + "\n".join(lines) + "</table>"


def _of_classes(confusion: np.ndarray, classes: list[str]) -> str:
    rows = []
    for number, name in enumerate(classes):
        right, is_, said = int(confusion[number, number]), int(confusion[number].sum()), int(confusion[:, number].sum())
        others = confusion[number].copy()
        others[number] = 0
        mistaken = f"{classes[int(others.argmax())]} ({int(others.max())})" if others.any() else "–"
        rows.append([name, is_, right / is_ if is_ else float("nan"), right / said if said else float("nan"), mistaken])
    return _table(["class", "samples", "found (recall)", "right when named (precision)", "most often taken for"], rows)


def write_report(out, task: Task, result: dict[str, Any]) -> list[Path]:
    """Write curves.png, confusion.png (for classes) and report.html into `out`; returns the files, pictures only where matplotlib is there."""
    out, written, parts = Path(out), [], []
    history, test = result["history"], result["test"]
    if task.classes is not None:
        parts.append(f"<p><b>Test accuracy {100 * test['accuracy']:.2f} %</b> on {len(task.test):,} samples, loss {test['loss']:.4f}.</p>")
    else:
        parts.append(f"<p><b>Test error {test['error']:.5g}</b> (root of the mean square, in the target's units) on {len(task.test):,} samples.</p>")
    parts += [f'<p class="warning">{html.escape(str(leak))}.</p>' for leak in task.leaks] + [f"<p>{html.escape(note)}</p>" for note in task.notes]

    def picture(title: str, name: str, draw: Callable, size: tuple[float, float]) -> None:
        content = _png(out / name, draw, size)
        parts.append(f"<h2>{title}</h2>")
        if content is None:
            parts.append("<p>No picture: pip install matplotlib</p>")
        else:
            written.append(out / name)
            parts.append(f'<img alt="{title}" src="data:image/png;base64,{base64.b64encode(content).decode()}">')

    picture("Learning", "curves.png", _curves(history), (9, 3.5))
    if task.classes is not None:
        confusion = np.asarray(result["confusion"])
        side = min(4 + 0.35 * len(task.classes), 20)
        picture("Confusion", "confusion.png", _matrix(confusion, task.classes), (side, side))
        parts += ["<h2>Classes</h2>", _of_classes(confusion, task.classes)]
    names = list(history[0])
    parts += ["<h2>Epochs</h2>", _table(names, [[entry[name] for name in names] for entry in history])]
    about = [["data", task.origin], ["training / validation / test", f"{len(task.training):,} / {len(task.validation):,} / {len(task.test):,}"],
             *([name, value] for name, value in result["options"].items()), ["best epoch", result["best"]["epoch"]],
             ["time of training", f"{result['seconds']:.0f} s"], ["flambeau", flambeau.__version__], ["Python", platform.python_version()]]
    parts += ["<h2>Run</h2>", _table(["", ""], about)]
    title = html.escape(f"{task.name}, {result['options']['model']}")
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\n' + "\n".join(parts) + "</html>\n"
    with replacing(out / "report.html") as file:
        file.write(page.encode())
    return [*written, out / "report.html"]
