"""Sequences of different lengths in one batch."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flambeau
from flambeau import Tensor, nn
from flambeau.utils.data import default_collate

__all__ = ["PadCollate"]


class PadCollate:
    """A collate_fn that fills up short sequences: samples that are 1-d tensors (or tuples, of which some are) become tensors (N, longest).

    padding: what to fill with. lengths: whether each such batch becomes (batch, lengths (N,)). All else is collated as usual.

        DataLoader(data, batch_size=32, collate_fn=PadCollate(vocabulary.padding))
    """

    def __init__(self, padding: int = 0, lengths: bool = False) -> None:
        self.padding, self.lengths = padding, lengths

    def __call__(self, samples: Sequence[Any]) -> Any:
        first = samples[0]
        if isinstance(first, tuple):
            if any(len(sample) != len(first) for sample in samples):
                raise ValueError(f"samples of {sorted({len(sample) for sample in samples})} parts cannot be one batch")
            return [self(column) for column in zip(*samples, strict=True)]
        if not isinstance(first, Tensor) or first.dim() != 1:
            return default_collate(list(samples))
        batch = nn.utils.rnn.pad_sequence(list(samples), batch_first=True, padding_value=self.padding)
        return (batch, flambeau.tensor([len(sample) for sample in samples])) if self.lengths else batch
