"""The training loop of `flambeau train`, which can be killed at any instant and goes on as if it had not been.

last.pt holds everything that the rest of the run depends on: weights, optimizer, schedule, the loader's place, the generators, the
sums of the epoch under way. It appears whole or not at all. best.pt is the network of the best epoch so far, for use.
"""
from __future__ import annotations

import dataclasses
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import flambeau
from flambeau import nn, optim
from flambeau.utils.data import DataLoader, seeding

from .config import Config
from .models import build
from .saved import package
from .tasks import Task

__all__ = ["Trainer"]

FORMAT = "flambeau run 1"
EVALUATED_AT_ONCE = 500
SHORTEST = 10  # steps of a cycle: the rise takes a fifth of them, and must take more than one
STALE = re.compile(r"\.[0-9a-f]{16}\.tmp")  # what a killed process leaves of a file that it was writing


class Quiet:
    """What a trainer tells of its progress: nothing. Others override."""

    def begin(self, epoch: int, samples: int) -> None:
        """An epoch begins."""

    def step(self, samples: int, loss: float) -> None:
        """Samples were learned."""

    def end(self, entry: dict[str, Any], is_best: bool) -> None:
        """An epoch has ended; its line of the history."""

    def say(self, text: str) -> None:
        """Something worth a line."""


class Trainer:
    """Trains a network for a task in the folder `out`; `run()` gives the result.

    A cycle of learning rates (Smith, 2018) with AdamW; label smoothing 0.05 for classes, squared error for quantities. Raises
    ValueError for a folder that holds a run already (unless `resume`), or one of other data or options; RuntimeError where the loss
    is no longer a number.
    """

    def __init__(self, config: Config, task: Task, out, resume: bool = False, watch: Quiet | None = None, clock: Callable[[], float] = time.monotonic):
        self.task, self.out, self.watch, self.clock = task, Path(out), watch or Quiet(), clock
        self.last, self.best_file = self.out / "last.pt", self.out / "best.pt"
        self.out.mkdir(parents=True, exist_ok=True)
        for file in self.out.iterdir():
            if STALE.fullmatch(file.name):
                file.unlink(missing_ok=True)
        state = self._begun(resume)
        self.config = config if state is None else config.resumed(state["config"])
        self.options = {name: default if getattr(self.config, name) is None else getattr(self.config, name) for name, default in task.defaults.items()}
        flambeau.manual_seed(self.config.seed)
        self.model = build(self.options["model"], task.shape, task.outputs)
        self.loader = self._loader(task.training, min(self.options["batch_size"], len(task.training)), training=True)
        steps = len(self.loader) * self.options["epochs"]
        self.optimizer, self.schedule = self._optimizer(self.model, steps)
        self.loss = nn.MSELoss() if task.classes is None else nn.CrossEntropyLoss(label_smoothing=0.05)
        self.epoch, self.steps, self.seconds = 0, 0, 0.0
        self.sums = {"loss": 0.0, "right": 0.0, "samples": 0}
        self.history: list[dict[str, Any]] = []
        self.best: dict[str, Any] | None = None
        seeding.restore(seeding.from_plain(state["generators"])) if state else self._seed()
        if state is not None:
            self._continue(state)

    def _begun(self, resume: bool) -> dict[str, Any] | None:
        if not self.last.is_file():
            return None  # nothing was saved before it was killed: resuming is beginning
        if not resume:
            raise ValueError(f"{self.out} holds a run already: --resume goes on with it, --out begins one in another folder")
        state = flambeau.load(self.last)
        if not isinstance(state, dict) or state.get("format") != FORMAT:
            raise ValueError(f"{self.last} is no checkpoint of `flambeau train`")
        if state["fingerprint"] != self.task.fingerprint:
            raise ValueError(f"{self.out} holds a run on other data: its samples or their splits differ from those of {self.task.name} now")
        return state

    def _seed(self) -> None:
        seeding.seed_worker(self.config.seed, 0)

    def _loader(self, data: Any, batch_size: int, training: bool) -> DataLoader:
        return DataLoader(data, batch_size, shuffle=training, drop_last=training, num_workers=self.config.workers, persistent_workers=self.config.workers > 0)

    def _optimizer(self, model: nn.Module, steps: int) -> tuple[optim.Optimizer, Any]:
        lr = self.options["lr"]
        optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.02)
        return optimizer, optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=max(steps, SHORTEST), pct_start=0.2, div_factor=10)

    def _step(self, model: nn.Module, optimizer: optim.Optimizer, schedule: Any, x: flambeau.Tensor, y: flambeau.Tensor) -> tuple[float, float]:
        """(mean loss, right answers) of a batch that is learned from."""
        outputs = model(x)
        loss = self.loss(outputs, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        right = 0.0 if self.task.classes is None else float((outputs.detach().argmax(1) == y).sum().item())
        return loss.item(), right

    # ---------------------------------------------------------------------------------------------------------------- checkpoints
    def save(self) -> None:
        """Write last.pt."""
        flambeau.save({
            "format": FORMAT, "config": {f.name: getattr(self.config, f.name) for f in dataclasses.fields(self.config)}, "fingerprint": self.task.fingerprint,
            "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict(),
            "loader": self.loader.state_dict(), "generators": seeding.plain(seeding.capture()), "epoch": self.epoch, "steps": self.steps,
            "seconds": self.seconds, "sums": self.sums, "history": self.history, "best": self.best,
        }, self.last)

    def _continue(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.loader.load_state_dict(state["loader"])
        self.epoch, self.steps, self.seconds = state["epoch"], state["steps"], state["seconds"]
        self.sums, self.history, self.best = state["sums"], state["history"], state["best"]

    # --------------------------------------------------------------------------------------------------------------------- running
    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or no better one is expected."""
        return self.epoch >= self.options["epochs"] or self._waited() >= self.config.patience > 0

    def _waited(self) -> int:
        return 0 if self.best is None else self.epoch - self.best["epoch"]

    def run(self) -> dict[str, Any]:
        """Train to the end and measure the best network on the test samples: {"test": …, "confusion": …, "history": …, "best": …}."""
        before = flambeau.get_deterministic_debug_mode()
        flambeau.use_deterministic_algorithms(True)         # a resumed run must compute as the unbroken one does
        try:
            return self._to_the_end()
        finally:
            flambeau.set_deterministic_debug_mode(before)

    def _to_the_end(self) -> dict[str, Any]:
        while not self.finished:
            self._one_epoch()
        best = flambeau.load(self.best_file)
        self.model.load_state_dict(best["weights"])
        test = self.evaluate(self.task.test)
        return {"test": {name: test[name] for name in ("loss", "accuracy", "error") if name in test}, "confusion": test.get("confusion"),
                "history": self.history, "best": self.best, "seconds": self.seconds, "options": self.options}

    def _one_epoch(self) -> None:
        began = saved = self.clock()
        before = self.seconds
        self.model.train()
        self.watch.begin(self.epoch + 1, len(self.loader) * self.loader.batch_size)
        if self.sums["samples"]:
            self.watch.step(self.sums["samples"], self.sums["loss"] / self.sums["samples"])
        for x, y in self.loader:
            loss, right = self._step(self.model, self.optimizer, self.schedule, x, y)
            if not math.isfinite(loss):
                raise RuntimeError(f"the loss is {loss} after {self.steps + 1} steps: try a smaller --lr (it was {self.options['lr']}); "
                                   f"{self.last} holds the last good state, if any")
            self.steps += 1
            self.sums["loss"] += loss * len(x)
            self.sums["right"] += right
            self.sums["samples"] += len(x)
            self.watch.step(len(x), loss)
            now = self.clock()
            if now - saved >= self.config.save_every:
                self.seconds = before + now - began
                self.save()
                saved = self.clock()
        self._end_epoch(before, began)

    def _end_epoch(self, before: float, began: float) -> None:
        found = self.evaluate(self.task.validation)
        self.epoch += 1
        n = self.sums["samples"]
        entry = {"epoch": self.epoch, "lr": self.schedule.get_last_lr()[0], "training loss": self.sums["loss"] / n, "validation loss": found["loss"]}
        if self.task.classes is not None:
            entry |= {"training accuracy": self.sums["right"] / n, "validation accuracy": found["accuracy"]}
        self.sums = {"loss": 0.0, "right": 0.0, "samples": 0}
        self.seconds = before + self.clock() - began
        self.history.append(entry)
        score = (entry.get("validation accuracy", 0.0), -entry["validation loss"])
        is_best = self.best is None or score > tuple(self.best["score"])
        if is_best:
            self.best = {"epoch": self.epoch, "score": list(score)}
            flambeau.save(package(self.model, self.options["model"], self.task.shape, self.task.outputs, self.task.classes, self.task.inputs, dict(entry)),
                          self.best_file)
        self.save()
        self.watch.end(entry, is_best)

    def evaluate(self, data: Any) -> dict[str, Any]:
        """{"loss"} and for classes {"accuracy", "confusion": (true, predicted) counts}, for quantities {"error": root of the mean square, in units of the target}."""
        was_training = self.model.training
        self.model.eval()
        loss, count, right = 0.0, 0, 0
        confusion = np.zeros((self.task.outputs, self.task.outputs), np.int64)
        with flambeau.no_grad():
            for x, y in self._loader(data, EVALUATED_AT_ONCE, training=False):
                outputs = self.model(x)
                loss += self.loss(outputs, y).item() * len(x)
                count += len(x)
                if self.task.classes is not None:
                    guess, truth = outputs.argmax(1).numpy(), y.numpy()
                    np.add.at(confusion, (truth, guess), 1)
                    right += int((guess == truth).sum())
        self.model.train(was_training)
        if self.task.classes is None:
            return {"loss": loss / count, "error": math.sqrt(loss / count) * self.task.inputs["encoder"]["std"]}
        return {"loss": loss / count, "accuracy": right / count, "confusion": confusion.tolist()}
