"""Trains four networks from the same seed in PyTorch and in flambeau, and compares the losses step by step.

    python tools/training_parity.py [--steps 200] [--plot docs/training-parity.svg]

Prints, for each network, the greatest relative difference of the losses over all steps; exits with 1 if one is above 1e-3.
"""
from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

LIMIT = 1e-3


def mlp(torch):
    """A perceptron on noisy points, by SGD with momentum."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3))
    x = torch.randn(256, 10)
    y = (x[:, :3] * x[:, 3:6]).argmax(1)
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), lambda k: nn.functional.cross_entropy(model(_part(x, k)), _part(y, k))


def convnet(torch):
    """A convolutional network with batch normalisation and dropout, by SGD with momentum."""
    nn = torch.nn
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16), nn.ReLU(),
                          nn.Flatten(), nn.Dropout(0.25), nn.Linear(16 * 16, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 4))
    x = torch.randn(128, 1, 12, 12)
    y = x.view(128, 4, 36).mean(2).argmax(1)
    return model, torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9), lambda k: nn.functional.cross_entropy(model(_part(x, k)), _part(y, k))


def lstm(torch):
    """Two layers of LSTM that add up a sequence, by Adam, gradients clipped."""
    nn = torch.nn
    net, head = nn.LSTM(3, 16, num_layers=2, batch_first=True), nn.Linear(16, 1)
    parameters = [*net.parameters(), *head.parameters()]
    x = torch.randn(128, 9, 3)
    y = x.sum((1, 2)).tanh()

    def loss(k):
        return nn.functional.mse_loss(head(net(_part(x, k))[0][:, -1]).squeeze(1), _part(y, k))
    return nn.ModuleList([net, head]), torch.optim.Adam(parameters, lr=3e-3), loss


def gpt(torch):
    """A small GPT on a repeating text of numbers, by AdamW with a schedule."""
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads, self.before, self.middle = heads, nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.1))

        def forward(self, x):
            n, length, width = x.shape
            q, k, v = (t.view(n, length, self.heads, width // self.heads).transpose(1, 2) for t in self.qkv(self.before(x)).split(width, 2))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.transpose(1, 2).contiguous().view(n, length, width))
            return x + self.mlp(self.middle(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(16, 32), nn.Embedding(12, 32)
            self.blocks, self.norm, self.head = nn.ModuleList([Block(32, 4) for _ in range(2)]), nn.LayerNorm(32), nn.Linear(32, 16, bias=False)
            self.head.weight = self.words.weight

        def forward(self, i):
            x = self.words(i) + self.places(torch.arange(i.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    model = GPT()
    text = (torch.arange(128).unsqueeze(1) * 7 + torch.arange(13) ** 2) % 16
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200)

    def loss(k):
        if k:
            schedule.step()
        batch = _part(text, k)
        return F.cross_entropy(model(batch[:, :-1]).reshape(-1, 16), batch[:, 1:].reshape(-1))
    return model, optimizer, loss


NETWORKS = {"mlp": mlp, "convnet": convnet, "lstm": lstm, "gpt": gpt}


def _part(x, k: int, size: int = 32):
    start = k * size % x.shape[0]
    return x[start:start + size]


def losses(package: str, network: str, steps: int, seed: int = 0) -> list[float]:
    """The loss at each of `steps` steps of a network, in "torch" or "flambeau"."""
    torch = importlib.import_module(package)
    torch.manual_seed(seed)
    model, optimizer, loss_of = NETWORKS[network](torch)
    model.train()
    found = []
    for k in range(steps):
        optimizer.zero_grad()
        loss = loss_of(k)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        found.append(loss.item())
    return found


def difference(a: list[float], b: list[float]) -> float:
    """The greatest relative difference of two lists of losses."""
    return max(abs(x - y) / max(abs(y), 1e-12) for x, y in zip(a, b, strict=True))


def draw(path: Path, found: dict[str, tuple[list[float], list[float]]]) -> None:
    """The losses of both, one picture a network."""
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, len(found), figsize=(3.2 * len(found), 2.8), layout="constrained")
    for axis, (name, (ours, theirs)) in zip(axes, found.items(), strict=True):
        axis.plot(theirs, color="#bbbbbb", linewidth=4, label="PyTorch")
        axis.plot(ours, color="#c0392b", linewidth=1, label="flambeau")
        axis.set(title=f"{name}: differ by {difference(ours, theirs):.0e}", xlabel="step", ylabel="loss" if axis is axes[0] else None)
    axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main() -> int:
    """Compare, and draw if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    found, worst = {}, 0.0
    for name in NETWORKS:
        found[name] = ours, theirs = losses("flambeau", name, arguments.steps), losses("torch", name, arguments.steps)
        worst = max(worst, difference(ours, theirs))
        print(f"{name}: loss {theirs[0]:.4f} -> {theirs[-1]:.4f}, greatest relative difference over {arguments.steps} steps {difference(ours, theirs):.1e}")
    if arguments.plot:
        draw(arguments.plot, found)
    return worst > LIMIT


if __name__ == "__main__":
    sys.exit(main())
