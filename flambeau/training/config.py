"""What a training run was asked for: written into its checkpoints, and asked for again when it is resumed."""
from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

__all__ = ["Config"]


@dataclass
class Config:
    """The options of a run. None stands for what the task recommends.

    lr: the largest learning rate of the cycle, a step. patience: epochs without a better validation result after which training ends.
    validation, test: shares of the samples held out where the data come in one piece. save_every: seconds between checkpoints within an epoch.
    """

    data: str = ""
    model: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    lr: float | None = None
    seed: int = 0
    target: str | None = None
    image_size: int | None = None
    validation: float = 0.05
    test: float = 0.1
    patience: int = 5
    workers: int = 0
    save_every: float = 60.0
    sample: bool = False
    root: str = "data"

    # Options that make no difference to the weights: a resumed run may have others.
    FREE = ("workers", "save_every", "root")

    def resumed(self, saved: dict[str, Any]) -> Config:
        """The options of a saved run, after a look at whether those given now (the others are defaults) agree. ValueError where not."""
        old = Config(**saved)
        for field in dataclasses.fields(self):
            given, was = getattr(self, field.name), getattr(old, field.name)
            if field.name not in self.FREE and given != field.default and given != was:
                raise ValueError(f"the run was begun with {field.name}={was} and cannot be resumed with {field.name}={given}: "
                                 "leave the option out, or begin a new run with another --out")
        return dataclasses.replace(old, **{name: getattr(self, name) for name in self.FREE})
