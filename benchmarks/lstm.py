"""An LSTM that reads images row by row (28 steps of 28, hidden 128, batch 64, Adam) trains faster than PyTorch's."""
from __future__ import annotations

import common
import numpy as np

BATCH, STEPS = 64, 3


def build(torch):
    """Model, loss and optimizer."""
    nn = torch.nn

    class Reader(nn.Module):
        """The last hidden state, classified."""

        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(28, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x):
            return self.head(self.lstm(x)[0][:, -1])

    model = Reader()
    return model, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)


def main() -> None:
    """Race."""
    random = np.random.default_rng(0)
    data = [(random.random((BATCH, 28, 28), np.float32), random.integers(0, 10, BATCH)) for _ in range(3)]
    engines = common.contenders(build, data, STEPS)
    common.same_losses(engines, rtol=1e-2)
    common.race("LSTM 28x28-128, Adam, batch 64", engines, STEPS, rounds=7, warm=1)


if __name__ == "__main__":
    main()
