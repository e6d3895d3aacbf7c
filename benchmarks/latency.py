"""`(a * b).sum().item()` on eight floats, in a loop: what it costs to compute next to nothing and look at it at once."""
from __future__ import annotations

import common
import numpy as np

import flambeau

STEPS = 2000


def loop(torch, data):
    """The loop, by the names of a package."""
    a, b = (torch.tensor(values) for values in data)

    def engine():
        total = 0.0
        for _ in range(STEPS):
            total = (a * b).sum().item()
        return total
    return engine


def main() -> None:
    """Race."""
    data = np.random.default_rng(0).random((2, 8), np.float32)
    engines = {common.OURS: loop(flambeau, data)}
    if (torch := common.peer("torch")) is not None:
        engines["torch eager"] = loop(torch, data)
    if (jax := common.peer("jax")) is not None:
        a, b = map(jax.numpy.array, data)
        dot = jax.jit(lambda a, b: (a * b).sum())

        def with_jax():
            total = 0.0
            for _ in range(STEPS):
                total = dot(a, b).item()
            return total
        engines["jax.jit"] = with_jax
    common.agree("the sum", {name: engine() for name, engine in engines.items()})
    common.race("(a * b).sum().item() on 8 floats", engines, STEPS, unit="µs")


if __name__ == "__main__":
    main()
