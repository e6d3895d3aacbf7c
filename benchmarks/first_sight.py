"""The very first step of the Quickstart's network, which no program is made for yet: not much slower than PyTorch's first.

Each time is a step of a fresh model in a structure that flambeau has not seen (another batch size each time), so that recording, interpreting and
all that a first sight costs are in it.
"""
from __future__ import annotations

import common
import numpy as np
from quickstart_step import build

import flambeau

TURNS = 9


def first_steps(torch):
    """An engine that trains a fresh model for one step on a batch of a new size; what it returns is the loss."""
    sizes = iter(range(64, 64 + 100))
    random = np.random.default_rng(0)

    def engine():
        torch.manual_seed(0)
        model, loss_fn, optimizer = build(torch)
        size = next(sizes)
        x, y = torch.tensor(random.random((size, 1, 28, 28), np.float32)), torch.tensor(random.integers(0, 10, size))
        if torch is flambeau:
            flambeau.run_pending()              # the making of weights is not part of a step
        start = common.time.perf_counter()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss = loss.item()
        return common.time.perf_counter() - start, loss
    return engine


def main() -> None:
    """Take turns."""
    engines = {common.OURS: first_steps(flambeau)}
    if (torch := common.peer("torch")) is not None:
        engines["torch eager"] = first_steps(torch)
    times = {name: [] for name in engines}
    for turn in range(TURNS + 1):
        found = {}
        for name, engine in engines.items():
            common.time.sleep(common.PAUSE)
            found[name] = engine()
            if turn:
                times[name].append(found[name][0])
        common.agree("the first loss", {name: loss for name, (_, loss) in found.items()})
    common.report("Quickstart, first sight of a step", times)


if __name__ == "__main__":
    main()
