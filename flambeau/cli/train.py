"""`flambeau train DATA` and `flambeau predict MODEL FILES`: a network without writing a program."""
from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from flambeau import training
from flambeau.training.loop import Quiet
from flambeau.training.report import write_report


class Watch(Quiet):
    """Prints a line an epoch, with a progress bar below where standard error is a terminal."""

    def __init__(self, epochs: int):
        self.epochs, self.bar = epochs, None

    def begin(self, epoch: int, samples: int) -> None:
        if sys.stderr.isatty():
            with contextlib.suppress(ImportError):
                from tqdm import tqdm
                self.bar = tqdm(total=samples, desc=f"epoch {epoch}/{self.epochs}", unit="sample", leave=False, file=sys.stderr)

    def step(self, samples: int, loss: float) -> None:
        if self.bar is not None:
            self.bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
            self.bar.update(samples)

    def end(self, entry: dict[str, Any], is_best: bool) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
        accuracies = "".join(f", {split} accuracy {100 * entry[f'{split} accuracy']:.2f} %"
                             for split in ("training", "validation") if f"{split} accuracy" in entry)
        print(f"epoch {entry['epoch']:>3}/{self.epochs}: training loss {entry['training loss']:.4f}, validation loss {entry['validation loss']:.4f}"
              f"{accuracies}{'  *' if is_best else ''}", flush=True)


def train(arguments) -> int:
    """Train, measure, report; says where the files are."""
    fields = training.Config.__dataclass_fields__
    given = {name: value for name, value in vars(arguments).items() if name in fields and value is not None}
    config = training.Config(**given | {"root": str(arguments.root)})
    task = training.find_task(config)
    out = arguments.out or Path("flambeau-train") / task.name
    print(f"Data: {task.origin}: {len(task.training):,} samples to train on, {len(task.validation):,} to choose by, {len(task.test):,} to test on")
    for leak in task.leaks:
        print(f"warning: {leak}", file=sys.stderr)
    for note in task.notes:
        print(note)
    trainer = training.Trainer(config, task, out, resume=arguments.resume)
    trainer.watch = Watch(trainer.options["epochs"])
    weights = sum(p.numel() for p in trainer.model.parameters())
    print(f"Model: {trainer.options['model']}, {weights:,} weights; {', '.join(f'{name} {value}' for name, value in trainer.options.items() if name != 'model')}")
    if trainer.steps:
        print(f"Resumed at epoch {trainer.epoch + 1}, after {trainer.steps:,} steps")
    result = trainer.run()
    if trainer.epoch < trainer.options["epochs"]:
        print(f"Stopped: no better epoch in {trainer.config.patience}")
    files = write_report(out, task, result)
    best = f"best epoch {result['best']['epoch']}, {result['seconds']:.0f} s of training"
    if task.classes is not None:
        print(f"Test accuracy {100 * result['test']['accuracy']:.2f} % ({best})")
    else:
        print(f"Test error {result['test']['error']:.5g}, root of the mean square ({best})")
    print(f"Files: {', '.join(map(str, [trainer.best_file, trainer.last, *files]))}")
    return 0


def predict(arguments) -> int:
    """Print each file with its likeliest classes, or each row of a table with its class or value."""
    saved = training.load_saved(arguments.model)
    for name, answers in saved.predict([str(file) for file in arguments.files]):
        if saved.classes is None:
            print(f"{name}\t{answers[0][1]:.6g}")
        else:
            print(f"{name}\t" + "\t".join(f"{label} {100 * share:.1f} %" for label, share in answers[: arguments.top]))
    return 0
