"""Ten elementwise operations in a row, and a softmax over rows, on 4096 x 4096 floats run as fast as memory gives and takes.

Beside the times stands the share of the memory's bandwidth: the bytes that must move (read once, written once) by those that a plain copy moves a second.
"""
from __future__ import annotations

import statistics
import time

import common
import numpy as np

import flambeau

SIDE = 4096
LEAST = 2 * 4 * SIDE * SIDE         # bytes: one array read, one written


def chain(torch, x):
    """Ten operations."""
    return torch.tanh(((x * 0.5 + 0.25).exp() - 1.0).abs() * x).relu() * 2.0 - x


def softmax(torch, x):
    """Over each row."""
    return torch.softmax(x, 1)


def bandwidth() -> float:
    """Bytes a second that NumPy's copy into memory that is there already reads and writes."""
    source, target = np.ones((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        np.copyto(target, source)
        times.append(time.perf_counter() - start)
    return LEAST / min(times)


def main() -> None:
    """Race."""
    torch, jax = common.peer("torch"), common.peer("jax")
    data = np.random.default_rng(0).standard_normal((SIDE, SIDE), np.float32)
    speed = bandwidth()
    for title, formula in (("10 elementwise operations, 4096x4096", chain), ("softmax over rows, 4096x4096", softmax)):
        ours = flambeau.tensor(data)

        def with_flambeau(formula=formula, ours=ours):
            result = formula(flambeau, ours)
            flambeau.run_pending()
            return result
        engines = {common.OURS: with_flambeau}
        if torch is not None:
            theirs = torch.tensor(data)
            engines["torch eager"] = lambda formula=formula, theirs=theirs: formula(torch, theirs)
            try:
                fused = torch.compile(lambda x, formula=formula: formula(torch, x))
                fused(theirs)
                engines["torch.compile"] = lambda fused=fused, theirs=theirs: fused(theirs)
            except Exception as error:
                print(f"  torch.compile is left out: {type(error).__name__}")
        if jax is not None:
            there, jitted = jax.numpy.array(data), jax.jit(_for_jax(jax, formula))
            engines["jax.jit"] = lambda jitted=jitted, there=there: jitted(there).block_until_ready()
        common.agree(title, {name: np.asarray(engine())[::97, ::89] for name, engine in engines.items()}, 1e-4, 1e-5)
        times = common.race(title, engines, warm=2)
        for name, values in times.items():
            print(f"  {name:18} {LEAST / statistics.median(values) / speed:.0%} of the bandwidth of a copy ({speed / 1e9:.1f} GB/s)")


def _for_jax(jax, formula):
    jnp = jax.numpy
    if formula is softmax:
        return lambda x: jax.nn.softmax(x, 1)
    return lambda x: jax.nn.relu(jnp.tanh(jnp.abs(jnp.exp(x * 0.5 + 0.25) - 1.0) * x)) * 2.0 - x


if __name__ == "__main__":
    main()
