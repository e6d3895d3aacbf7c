"""Reductions, softmax and norms over rows, columns and all of a matrix, of 1 to 64 MB: none slower than PyTorch, and near what memory gives.

For each case stand the medians of both, their ratio, and the share of the memory's bandwidth: the bytes that must move (each operand read once, the
result written once) by those that a plain copy of the same size moves a second. `--quick`: 16 MB of float32 only; other words choose cases by name.
"""
from __future__ import annotations

import math
import statistics
import sys
import time

import common
import numpy as np

import flambeau

SIZES = {"1 MB": 1 << 20, "16 MB": 1 << 24, "64 MB": 1 << 26}
TYPES = {"float32": 4, "float64": 8, "bfloat16": 2}
ROUNDS, PAUSE = 9, 0.01


def _backward(formula):
    def run(torch, x, y):
        x = x.detach().requires_grad_()
        formula(torch, x).backward(y)
        return x.grad
    return run


def _norm(torch, x, kind):
    return getattr(torch.nn.functional, kind)(x, x.shape[1:])


def _classes(torch, x):
    return torch.nn.functional.cross_entropy(x, torch.arange(x.shape[0]) % x.shape[1])


def _loss_gradient(torch, x, y):
    x = x.detach().requires_grad_()
    _classes(torch, x).backward()
    return x.grad


# name: (what is computed of x and y, how many times the bytes of x must move)
CASES = {
    "sum, all": (lambda torch, x, y: x.sum(), 1), "sum, rows": (lambda torch, x, y: x.sum(1), 1), "sum, columns": (lambda torch, x, y: x.sum(0), 1),
    "mean, rows": (lambda torch, x, y: x.mean(1), 1), "max, all": (lambda torch, x, y: x.max(), 1), "amax, rows": (lambda torch, x, y: x.amax(1), 1),
    "amax, columns": (lambda torch, x, y: x.amax(0), 1), "max with index, rows": (lambda torch, x, y: x.max(1).values, 1),
    "argmax, rows": (lambda torch, x, y: x.argmax(1), 1), "argmax, columns": (lambda torch, x, y: x.argmax(0), 1),
    "var, rows": (lambda torch, x, y: x.var(1), 1), "std, columns": (lambda torch, x, y: x.std(0), 1),
    "logsumexp, rows": (lambda torch, x, y: torch.logsumexp(x, 1), 1), "softmax": (lambda torch, x, y: torch.softmax(x, 1), 2),
    "softmax, columns": (lambda torch, x, y: torch.softmax(x, 0), 2), "log_softmax": (lambda torch, x, y: torch.log_softmax(x, 1), 2),
    "layer_norm": (lambda torch, x, y: _norm(torch, x, "layer_norm"), 2), "rms_norm": (lambda torch, x, y: _norm(torch, x, "rms_norm"), 2),
    "softmax, forward and backward": (_backward(lambda torch, x: torch.softmax(x, 1)), 3),
    "layer_norm, forward and backward": (_backward(lambda torch, x: _norm(torch, x, "layer_norm")), 3),
    "rms_norm, forward and backward": (_backward(lambda torch, x: _norm(torch, x, "rms_norm")), 3),
    "cross_entropy": (lambda torch, x, y: _classes(torch, x), 1), "cross_entropy, forward and backward": (_loss_gradient, 2),
    "cumsum, rows": (lambda torch, x, y: x.cumsum(1), 2), "cumsum, columns": (lambda torch, x, y: x.cumsum(0), 2)}


def bandwidth(nbytes: int) -> float:
    """Bytes a second that NumPy's copy into memory that is there already reads and writes."""
    source, target = np.ones(nbytes, np.uint8), np.ones(nbytes, np.uint8)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        np.copyto(target, source)
        times.append(time.perf_counter() - start)
    return 2 * nbytes / min(times)


def engine(torch, formula, data, kind):
    """A function that computes one case to its end."""
    x, y = (torch.tensor(part, dtype=getattr(torch, kind)) for part in data)

    def run():
        result = formula(torch, x, y)
        if torch is flambeau:
            flambeau.run_pending()
        return result
    return run


def compare(torch, name: str, kind: str, nbytes: int, speed: float) -> float | None:
    """Race one case; flambeau's time as a part of PyTorch's."""
    formula, moves = CASES[name]
    side = math.isqrt(nbytes // TYPES[kind])
    rng = np.random.default_rng(0)
    data = rng.standard_normal((side, side), np.float32), rng.standard_normal((side, side), np.float32)
    engines = {common.OURS: engine(flambeau, formula, data, kind)} | ({"torch eager": engine(torch, formula, data, kind)} if torch else {})
    found = {}
    for who, run in engines.items():
        for _ in range(3):
            result = run()
        found[who] = result.detach().to((flambeau if who == common.OURS else torch).float64).numpy()
    if "arg" not in name:                               # ties stand elsewhere
        common.agree(f"{name}, {kind}", found, *((0.05, 0.05 * side) if kind == "bfloat16" else (1e-3, 1e-3)))
    times: dict[str, list[float]] = {who: [] for who in engines}
    for _ in range(ROUNDS):
        for who, run in engines.items():
            time.sleep(PAUSE)
            start = time.perf_counter()
            run()
            times[who].append(time.perf_counter() - start)
    middle = {who: statistics.median(values) for who, values in times.items()}
    ours = middle[common.OURS]
    text = f"  {name:36} {ours * 1e3:9.3f} ms   {moves * nbytes / ours / speed:5.0%} of a copy's bandwidth"
    if torch is None:
        print(text, flush=True)
        return None
    print(f"{text}   torch {middle['torch eager'] * 1e3:9.3f} ms   flambeau / torch: {ours / middle['torch eager']:.2f}", flush=True)
    return ours / middle["torch eager"]


def main() -> None:
    """Every case, size and type."""
    torch = common.peer("torch")
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    quick = "--quick" in sys.argv
    for kind in ("float32",) if quick else TYPES:
        for size in ("16 MB",) if quick else SIZES:
            speed = bandwidth(SIZES[size])
            title = f"reductions, {size} of {kind}"
            print(f"{title} ({common.where()}; a copy: {speed / 1e9:.1f} GB/s)")
            ratios = {name: compare(torch, name, kind, SIZES[size], speed) for name in CASES if not words or any(word in name for word in words)}
            known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
            if known and "--no-log" not in sys.argv:
                slowest = max(known, key=known.get)
                common.record(title, f"{len(known)} cases", f"torch eager: geometric mean **{statistics.geometric_mean(known.values()):.3g}**, "
                                                            f"greatest {known[slowest]:.3g} ({slowest})")


if __name__ == "__main__":
    main()
