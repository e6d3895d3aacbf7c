"""Logs that TensorBoard shows. Writing them needs no other package; looking at them does: `pip install tensorboard`, then
`tensorboard --logdir runs`."""
from __future__ import annotations

from .writer import FileWriter, SummaryWriter

__all__ = ["FileWriter", "SummaryWriter"]
