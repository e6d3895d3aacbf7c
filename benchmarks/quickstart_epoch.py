"""An epoch of the Quickstart, loader and ToTensor and steps together, takes a fifth of PyTorch's time or less.

The tutorial's own loop: Fashion-MNIST (or noise of its shape) in batches of 64, 784-512-512-10, cross entropy, SGD, a loss printed every 100 batches.
PyTorch reads its pictures as torchvision does: see loader.py. Both begin with the same weights and must end with the same losses.

    python benchmarks/quickstart_epoch.py [--rounds 7] [--images 60000] [--threads 2] [--no-log]
"""
from __future__ import annotations

import argparse

import common
import loader
import numpy as np
from quickstart_step import BATCH, build

import flambeau
from flambeau.utils.data import DataLoader
from flambeau.vision.transforms import ToTensor

EVERY = 100     # batches from one look at the loss to the next


def train(batches, model, loss_fn, optimizer) -> list[float]:
    """The tutorial's `train`, with its losses in a list."""
    losses = []
    model.train()
    for number, (x, y) in enumerate(batches):
        x, y = x.to("cpu"), y.to("cpu")
        prediction = model(x)
        loss = loss_fn(prediction, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if number % EVERY == 0:
            losses.append(loss.item())
    next(iter(model.parameters())).sum().item()     # the last step has been computed
    return losses


def main() -> None:
    """Race."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--threads", type=int, help="of both engines; 1 is what a machine that others use can give")
    parser.add_argument("--no-log", action="store_true", help="leave RESULTS.md alone")
    options = parser.parse_args()
    if options.threads:
        flambeau.set_num_threads(options.threads)
    data, targets, what = loader.fashion()
    data, targets = data[: options.images], targets[: options.images]
    flambeau.manual_seed(0)
    model, loss_fn, optimizer = build(flambeau)
    weights = {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}
    ours = DataLoader(loader.Array(data, targets, ToTensor()), batch_size=BATCH)
    engines = {common.OURS: lambda: train(ours, model, loss_fn, optimizer)}
    if (torch := common.peer("torch")) is not None:
        theirs, their_loss, their_optimizer = build(torch)
        theirs.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
        batches = torch.utils.data.DataLoader(loader.Pictures(data, targets, loader.to_tensor), batch_size=BATCH)
        engines["torch eager"] = lambda: train(batches, theirs, their_loss, their_optimizer)
    losses = {name: engine() for name, engine in engines.items()}
    common.agree("losses of the first epoch", losses, rtol=1e-3)
    common.race(f"Quickstart epoch, {len(data):,} images of {what}", engines, rounds=options.rounds, unit="s", warm=0, budget=1e9)
    print(f"  last losses of the first epoch: {', '.join(f'{name} {np.mean(found[-3:]):.4f}' for name, found in losses.items())}")


if __name__ == "__main__":
    main()
