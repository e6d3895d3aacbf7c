"""`flambeau train fashion-mnist --model cnn` to its end, and the same recipe in PyTorch beside it: minutes and accuracy, epoch by epoch.

Goal: 93.5 % test accuracy or more. Both have the same network from the same seed, the same split, shifts and flips, AdamW with one cycle of learning
rates, label smoothing, and test the network of the epoch with the best validation accuracy. PyTorch reads its pictures as torchvision does: see loader.py.

    python benchmarks/train_fashion.py [--epochs 15] [--threads 1] [--only flambeau|PyTorch] [--root data]

They take turns, an epoch each. On a machine that others use, `--threads 1` disturbs both least.
"""
from __future__ import annotations

import argparse
import copy
import os
import platform
import tempfile
import time

import numpy as np
from loader import Normalize, Pictures, compose, random_crop, random_flip, to_tensor, torch

import flambeau
from flambeau import training
from flambeau.training.loop import EVALUATED_AT_ONCE
from flambeau.vision import datasets

MEAN, STD = (0.286,), (0.353,)  # what `flambeau train` takes for Fashion-MNIST


class Ours:
    """`flambeau train`, an epoch at a time."""

    def __init__(self, config: training.Config, task: training.Task, out: str):
        self.trainer = training.Trainer(config, task, out)

    def epoch(self) -> tuple[float, float]:
        """Train one epoch: (training loss, validation accuracy)."""
        self.trainer._one_epoch()
        entry = self.trainer.history[-1]
        return entry["training loss"], entry["validation accuracy"]

    def test(self) -> float:
        """Accuracy of the best network on the test samples."""
        return self.trainer._to_the_end()["test"]["accuracy"]


class Theirs:
    """The same by PyTorch."""

    def __init__(self, config: training.Config, task: training.Task, epochs: int, root: str):
        halves = [datasets.FashionMNIST(root, train=train) for train in (True, False)]
        (pictures, labels), (test_pictures, test_labels) = ((half.data.numpy(), half.targets.numpy()) for half in halves)
        plain = compose(to_tensor, Normalize(MEAN, STD))
        varied = compose(random_crop(28, 1), random_flip, to_tensor, Normalize(MEAN, STD))
        rows, held = task.training.indices, task.validation.indices
        torch.manual_seed(config.seed)
        self.model = self.best = self.network(config.seed)
        self.score = 0.0
        self.loader = torch.utils.data.DataLoader(Pictures(pictures[rows], labels[rows], varied), task.defaults["batch_size"], shuffle=True, drop_last=True)
        self.held = torch.utils.data.DataLoader(Pictures(pictures[held], labels[held], plain), EVALUATED_AT_ONCE)
        self.tested = torch.utils.data.DataLoader(Pictures(test_pictures, test_labels, plain), EVALUATED_AT_ONCE)
        lr = task.defaults["lr"]
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr, weight_decay=0.02)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, max_lr=lr, total_steps=len(self.loader) * epochs, pct_start=0.2, div_factor=10)
        self.loss = torch.nn.CrossEntropyLoss(label_smoothing=0.05)

    @staticmethod
    def network(seed: int):
        """flambeau.training's CNN, with the same weights at its beginning."""
        def block(inputs, outputs):
            return [torch.nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), torch.nn.BatchNorm2d(outputs), torch.nn.ReLU()]

        features = torch.nn.Sequential(*block(1, 32), torch.nn.MaxPool2d(2), *block(32, 64), torch.nn.MaxPool2d(2), *block(64, 128), *block(128, 128),
                                       torch.nn.MaxPool2d(2))
        head = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.2), torch.nn.Linear(128 * 9, 10))
        model = torch.nn.Sequential(features, head)
        flambeau.manual_seed(seed)
        ours = training.models.build("cnn", (1, 28, 28), 10).state_dict()
        model.load_state_dict({name: torch.from_numpy(value.numpy().copy())
                               for name, value in zip(model.state_dict(), ours.values(), strict=True)})
        return model

    def epoch(self) -> tuple[float, float]:
        """Train one epoch: (training loss, validation accuracy)."""
        self.model.train()
        total = count = 0
        for x, y in self.loader:
            loss = self.loss(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.schedule.step()
            total, count = total + loss.item() * len(x), count + len(x)
        accuracy = self.accuracy(self.model, self.held)
        if accuracy > self.score:
            self.score, self.best = accuracy, copy.deepcopy(self.model)
        return total / count, accuracy

    @staticmethod
    def accuracy(model, loader) -> float:
        """Share of right answers."""
        model.eval()
        with torch.no_grad():
            right = [(model(x).argmax(1) == y).float() for x, y in loader]
        return torch.cat(right).mean().item()

    def test(self) -> float:
        """Accuracy of the best network on the test samples."""
        return self.accuracy(self.best, self.tested)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, help="by default those that `flambeau train` takes")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", choices=("flambeau", "PyTorch"))
    parser.add_argument("--root", default="data", help="the folder of the data, where the system has none")
    options = parser.parse_args()
    flambeau.set_num_threads(options.threads)
    flambeau.use_deterministic_algorithms(True)  # as `flambeau train` does
    config = training.Config(data="fashion-mnist", model="cnn", epochs=options.epochs, root=options.root)
    task = training.find_task(config)
    epochs = options.epochs or task.defaults["epochs"]
    print(f"{platform.processor() or platform.machine()}, {options.threads} threads; Python {platform.python_version()}, NumPy {np.__version__}, "
          f"flambeau {flambeau.__version__}, PyTorch {torch.__version__ if torch else 'absent'}", flush=True)
    with tempfile.TemporaryDirectory() as out:
        runs = {}
        if options.only != "PyTorch":
            runs["flambeau"] = Ours(config, task, out)
        if torch and options.only != "flambeau":
            torch.set_num_threads(options.threads)
            runs["PyTorch"] = Theirs(config, task, epochs, options.root)
        minutes = dict.fromkeys(runs, 0.0)
        for epoch in range(1, epochs + 1):
            for name, run in runs.items():
                began, processor = time.perf_counter(), time.process_time()
                loss, accuracy = run.epoch()
                took, worked = ((now - before) / 60 for now, before in ((time.perf_counter(), began), (time.process_time(), processor)))
                minutes[name] += took
                print(f"epoch {epoch:2d}  {name:9s} {took:6.2f} min ({worked:.2f} of the processor)  training loss {loss:.4f}  "
                      f"validation accuracy {100 * accuracy:.2f} %", flush=True)
        for name, run in runs.items():
            print(f"{name:9s} test accuracy {100 * run.test():.2f} % after {minutes[name]:.1f} min", flush=True)


if __name__ == "__main__":
    main()
