"""What recording a training step costs, beside what dispatching it costs PyTorch.

The step is the Quickstart's (batch 64, 784-512-512-10, SGD): forward, loss, backward, step, zero_grad. flambeau records it and nothing is computed (the
pending trace is dropped, the weights put back); PyTorch runs the same step on a network so narrow that its arithmetic hardly counts, so its time is
dispatch. Both take turns in one process, with a pause between; the figure is the median of the rounds' medians.
"""
from __future__ import annotations

import statistics
import time

import flambeau
from flambeau import nn
from flambeau.core import graph

ROUNDS, STEPS = 9, 200


class Network(nn.Module):
    """The Quickstart's network, with `width` in place of 512."""

    def __init__(self, nn, inputs: int, width: int):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))


def steps(package, inputs, width, batch, drop):
    """A function that runs one step, by the names of `package`, and returns the seconds it took."""
    model = type("Network", (package.nn.Module,), dict(Network.__dict__) | {"__init__": _init})(package.nn, inputs, width)
    loss_fn, optimizer = package.nn.CrossEntropyLoss(), package.optim.SGD(model.parameters(), lr=1e-3)
    data, labels = package.rand(batch, 1, 28, inputs // 28), package.randint(0, 10, (batch,))
    parameters = list(model.parameters())
    if drop:
        flambeau.run_pending()              # what made the weights is not part of a step

    def step() -> float:
        kept = [p._storage.value for p in parameters] if drop else None
        start = time.perf_counter()
        loss = loss_fn(model(data), labels)
        loss.backward()
        optimizer.step()
        if drop:
            graph.current_trace().nodes, pending = [], graph.current_trace().nodes      # zero_grad would run what is pending
        optimizer.zero_grad()
        took = time.perf_counter() - start
        if drop:
            for p, value in zip(parameters, kept, strict=True):
                p._storage.value = value
            graph.current_trace().begin()
            del pending
        return took
    return step


def _init(self, nn, inputs, width):
    type(self).__mro__[1].__init__(self)
    self.flatten = nn.Flatten()
    self.linear_relu_stack = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))


def main() -> None:
    """Print both medians and their ratio."""
    ours = steps(flambeau, 784, 512, 64, True)
    try:
        import torch
        torch.set_num_threads(1)
        theirs = steps(torch, 28, 8, 2, False)
    except ImportError:
        theirs = None
        print("PyTorch is not installed: no ratio (make bench installs it)")
    medians: dict[str, list[float]] = {"flambeau": [], "torch": []}
    for _ in range(ROUNDS):
        for name, step in (("flambeau", ours), ("torch", theirs)):
            if step is not None:
                time.sleep(0.05)
                for _ in range(20):
                    step()
                medians[name].append(statistics.median(step() for _ in range(STEPS)) * 1e6)
    recording = statistics.median(medians["flambeau"])
    print(f"recording the Quickstart step: {recording:.0f} µs (least {min(medians['flambeau']):.0f})")
    if theirs is not None:
        dispatch = statistics.median(medians["torch"])
        print(f"PyTorch's dispatch of it:      {dispatch:.0f} µs; ratio {recording / dispatch:.2f}")


if __name__ == "__main__":
    main()
