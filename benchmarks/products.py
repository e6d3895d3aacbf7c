"""Products of matrices at the sizes that networks have: GF/s beside PyTorch's, large ones as a scale, thin ones because others forget them.

NN, NT, TN: which operand is read transposed, as a layer's result, its input's gradient and its weight's gradient do.
"""
from __future__ import annotations

import statistics
import time

import common
import numpy as np

import flambeau

ROUNDS, BUDGET = 9, 0.02        # turns of each engine, and seconds of one
SHAPES = (                      # batch, m, n, k, order
    ((), 768, 384, 128, "NT"), ((), 768, 512, 128, "NN"), ((), 768, 128, 512, "NT"), ((), 768, 128, 384, "NN"),
    ((), 512, 128, 768, "TN"), ((), 128, 512, 768, "TN"), ((48,), 64, 64, 32, "NT"), ((48,), 64, 32, 64, "NN"), ((48,), 64, 32, 64, "TN"),
    ((), 64, 512, 784, "NT"), ((), 512, 784, 64, "TN"), ((), 1024, 1024, 1024, "NN"), ((), 1024, 1024, 1024, "NT"),
    ((), 1, 4096, 4096, "NT"), ((), 1, 4096, 4096, "NN"), ((), 4096, 1, 4096, "NN"), ((), 4096, 1, 4096, "TN"),
    ((), 4, 4096, 4096, "NT"), ((), 4096, 4, 4096, "NN"), ((), 4096, 8, 4096, "NN"), ((64,), 1, 256, 256, "NT"), ((64,), 256, 1, 256, "NN"),
)


def operands(batch, m: int, n: int, k: int, order: str) -> list[np.ndarray]:
    """Two arrays as they lie in memory."""
    random = np.random.default_rng(0)
    shapes = [(m, k) if order[0] == "N" else (k, m), (k, n) if order[1] == "N" else (n, k)]
    return [random.standard_normal((*batch, *shape), np.float32) for shape in shapes]


def engine(torch, arrays, order: str):
    """A function of no arguments that has computed the product when it returns."""
    stored = [torch.tensor(x) for x in arrays]

    def run():
        # transposed here: what is transposed and kept would be copied once, outside the clock
        a, b = (x if how == "N" else x.transpose(-1, -2) for x, how in zip(stored, order, strict=True))
        out = a @ b
        if torch is flambeau:
            out.numpy()         # what is lazy is made to finish
        return out
    return run


def main() -> None:
    """Race."""
    torch = common.peer("torch")
    packages = {common.OURS: flambeau} | ({"torch": torch} if torch is not None else {})
    print(f"products ({common.where()})")
    ratios = []
    for batch, m, n, k, order in SHAPES:
        engines = {name: engine(package, operands(batch, m, n, k, order), order) for name, package in packages.items()}
        name = f"{'x'.join(map(str, (*batch, m, n, k)))} {order}"
        common.agree(name, {key: run().numpy() for key, run in engines.items()}, rtol=1e-3, atol=1e-2)
        times: dict[str, list[float]] = {key: [] for key in engines}
        for _ in range(4):
            for run in engines.values():
                run()
        for _ in range(ROUNDS):
            for key, run in engines.items():
                time.sleep(0.02)
                begin, count = time.perf_counter(), 0
                while count < 3 or time.perf_counter() - begin < BUDGET:
                    run()
                    count += 1
                times[key].append((time.perf_counter() - begin) / count)
        flops = 2.0 * np.prod(batch, initial=1) * m * n * k
        figures = "   ".join(f"{key} {flops / statistics.median(t) / 1e9:6.1f} ({flops / min(t) / 1e9:6.1f}) GF/s" for key, t in times.items())
        if torch is not None:
            ratios.append(statistics.median(times[common.OURS]) / statistics.median(times["torch"]))
        print(f"  {name:24} {figures}" + (f"   flambeau / torch, time: {ratios[-1]:.2f}" if ratios else ""), flush=True)
    if ratios:
        print(f"  geometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.2f}")


if __name__ == "__main__":
    main()
