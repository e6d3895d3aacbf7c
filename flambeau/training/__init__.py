"""Training without a program: what `flambeau train` and `flambeau predict` do.

    from flambeau import training
    config = training.Config(data="fashion-mnist", epochs=5)
    result = training.Trainer(config, training.find_task(config), "out").run()

tasks finds what to learn from and splits it, models builds the network, loop trains and is resumed at any step, report draws and writes.
"""
from __future__ import annotations

from .config import Config
from .loop import Trainer
from .saved import Saved, load_saved
from .tasks import Task, find_task

__all__ = ["Config", "Saved", "Task", "Trainer", "find_task", "load_saved"]
