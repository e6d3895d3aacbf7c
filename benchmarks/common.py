"""What the benchmarks share: engines that take turns, checks that they compute the same, and figures as ratios.

An engine is a function of no arguments that does one round's work `steps` times and has finished when it returns. `race` lets all engines take
turns, with a pause before each: thread pools of other libraries go on spinning for a while. The figures go to standard output, and as one line to
RESULTS.md, which is the log of what was measured where.
"""
from __future__ import annotations

import datetime
import gc
import importlib
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import numpy as np

import flambeau
from flambeau.cli.env import processor

warnings.filterwarnings("ignore")
RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
PAUSE = 0.3                 # seconds before each turn
OURS = "flambeau"
HEAD = """# What was measured

One line a run of a benchmark: medians (and least) of each engine, and flambeau's median as a part of the peer's: below 1 flambeau is faster.
Written by the scripts themselves (benchmarks/common.py).

| date | benchmark | flambeau | peers (flambeau / peer) | where |
|---|---|---|---|---|
"""


def peer(name: str, hint: str = ""):
    """A peer's package, or None, and it is said that it is absent."""
    try:
        package = importlib.import_module(name)
    except ImportError as error:
        print(f"  {name} is left out: {error}; pip install {hint or name}")
        return None
    if name == "torch":
        package.set_num_threads(flambeau.get_num_threads())
    return package


def contenders(build: Callable, data, steps: int, compile: bool = True, prepare: Callable | None = None) -> dict[str, Callable | None]:
    """Engines that train what `build(torch)` makes (model, loss function, optimizer) on `data` (pairs of arrays), all from the same weights.

    compile: PyTorch also with torch.compile. prepare(torch, model, batches) -> (model, batches) does to PyTorch's what its users would do.
    """
    flambeau.manual_seed(0)
    model, loss_fn, optimizer = build(flambeau)
    engines: dict[str, Callable | None] = {OURS: train(model, loss_fn, optimizer, [tuple(map(flambeau.tensor, pair)) for pair in data], steps)}
    torch = peer("torch")
    if torch is not None:
        weights = {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}
        for name in ("torch eager", "torch.compile")[:1 + compile]:
            theirs, loss_fn, optimizer = build(torch)
            theirs.load_state_dict({key: torch.tensor(value) for key, value in weights.items()})
            batches = [tuple(map(torch.tensor, pair)) for pair in data]
            if prepare is not None:
                theirs, batches = prepare(torch, theirs, batches)
            call = theirs if name == "torch eager" else _compiled(torch, theirs, loss_fn, optimizer, batches[0], weights)
            engines[name] = train(theirs, loss_fn, optimizer, batches, steps, call) if call is not None else None
    return engines


def _compiled(torch, model, loss_fn, optimizer, batch, weights):
    """torch.compile's model, compiled; None, and the reason is printed, where it cannot be."""
    begin = time.perf_counter()
    try:
        call = torch.compile(model)
        loss_fn(call(batch[0]), batch[1]).backward()
    except Exception as error:
        reason = str(error).strip().splitlines() or [""]
        print(f"  torch.compile is left out: {type(error).__name__}: {reason[0][:120]}")
        return None
    optimizer.zero_grad()
    model.load_state_dict({key: torch.tensor(value) for key, value in weights.items()})         # running statistics too
    print(f"  torch.compile took {time.perf_counter() - begin:.1f} s")
    return call


def agree(what: str, values: Mapping[str, object], rtol: float = 1e-3, atol: float = 1e-5) -> None:
    """End the script unless every engine computed what the first did."""
    (first, expected), *others = [(name, np.asarray(value, np.float64)) for name, value in values.items() if value is not None]
    for name, value in others:
        if not np.allclose(value, expected, rtol, atol, equal_nan=True):
            sys.exit(f"  {what}: {name} does not agree with {first}: {value.reshape(-1)[:8]} and {expected.reshape(-1)[:8]}")


def race(title: str, engines: Mapping[str, Callable[[], object] | None], steps: int = 1, rounds: int = 9, unit: str = "ms", warm: int = 2,
         budget: float = 60.0) -> dict[str, list[float]]:
    """Let the engines take turns; print and log the time of a step. An engine that is None is absent. `warm`: turns that do not count.

    `budget`: seconds after which no new round begins (seven are done in any case unless an engine is hopeless: then three).
    """
    engines = {name: engine for name, engine in engines.items() if engine is not None}
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(warm):
        for engine in engines.values():
            engine()
    begin = time.perf_counter()
    gc.collect()
    for done in range(rounds):
        spent = time.perf_counter() - begin
        if (spent > budget and done >= 7) or (spent > 2 * budget and done >= 3):
            break
        for name, engine in engines.items():
            time.sleep(PAUSE)
            start = time.perf_counter()
            engine()
            times[name].append((time.perf_counter() - start) / steps)
    report(title, times, unit)
    return times


def report(title: str, times: Mapping[str, list[float]], unit: str = "ms", log: bool = True) -> None:
    """Print medians, least values, quartiles and ratios, and add them to RESULTS.md. Times are in seconds (sizes, for the unit MB, in bytes)."""
    scale = {"s": 1.0, "ms": 1e3, "µs": 1e6, "MB": 1e-6}[unit]
    print(f"{title} ({where()})")
    ours, peers = statistics.median(times[OURS]), []
    for name, values in times.items():
        middle = statistics.median(values)
        low, high = np.percentile(values, [25, 75])
        ratio = "" if name == OURS else f"   flambeau / {name}: {ours / middle:.3g}"
        print(f"  {name:18} median {_figure(middle * scale)} {unit}   least {_figure(min(values) * scale)}   "
              f"quartiles {_figure(low * scale)}-{_figure(high * scale)}{ratio}")
        if name != OURS:
            peers.append(f"{name} {_figure(middle * scale)} ({_figure(min(values) * scale)}): **{ours / middle:.3g}**")
    if log and "--no-log" not in sys.argv:
        record(title, f"{_figure(ours * scale)} ({_figure(min(times[OURS]) * scale)}) {unit}", "; ".join(peers) or "none was there")


def record(title: str, ours: str, peers: str) -> None:
    """Add a line to RESULTS.md."""
    if not RESULTS.exists():
        RESULTS.write_text(HEAD, encoding="utf-8")
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(f"| {datetime.date.today()} | {title} | {ours} | {peers} | {where()} |\n")


def where() -> str:
    """Processor, threads, load, and the versions of what takes part."""
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "llvmlite", "torch", "jax") if name in sys.modules]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{processor()}, {flambeau.get_num_threads()} threads{load}; Python {platform.python_version()}, {', '.join(versions)}"


def _figure(value: float) -> str:
    return f"{value:.4g}" if value < 1000 else f"{value:.0f}"


def train(model, loss_fn, optimizer, batches, steps: int, call=None) -> Callable[[], float]:
    """`steps` steps of the usual loop, and the last loss: the look at it waits for what is not computed yet."""
    call = model if call is None else call         # not `or`: a compiled network has a length

    def engine() -> float:
        loss = None
        for k in range(steps):
            x, y = batches[k % len(batches)]
            loss = loss_fn(call(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return loss.item()
    return engine


def same_losses(engines: Mapping[str, Callable[[], float] | None], turns: int = 2, rtol: float = 1e-3) -> None:
    """All engines reach the same losses."""
    agree("the loss after some steps", {name: [engine() for _ in range(turns)] for name, engine in engines.items() if engine is not None}, rtol)
