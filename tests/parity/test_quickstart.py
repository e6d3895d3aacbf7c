"""The tutorial's Quickstart beside PyTorch's own: same seed, same data, the same program text."""
from __future__ import annotations

import numpy as np
import pytest

import flambeau
from flambeau.vision import datasets
from flambeau.vision.transforms import ToTensor

torch = pytest.importorskip("torch", reason="PyTorch is the oracle here: make parity installs it")


def run(package, loaders, epochs, every):
    """The Quickstart by the names of `package`: its losses of each `every` batches, its initial weights and its batches' first labels."""
    nn = package.nn

    class NeuralNetwork(nn.Module):
        def __init__(self):
            super().__init__()
            self.flatten = nn.Flatten()
            self.linear_relu_stack = nn.Sequential(nn.Linear(28 * 28, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))

        def forward(self, x):
            x = self.flatten(x)
            logits = self.linear_relu_stack(x)
            return logits

    package.manual_seed(0)
    train_loader, test_loader = loaders()
    model = NeuralNetwork()
    start = [p.detach().numpy().copy() for p in model.parameters()]
    loss_fn, optimizer = nn.CrossEntropyLoss(), package.optim.SGD(model.parameters(), lr=1e-3)
    losses, scores, order = [], [], []
    for _ in range(epochs):
        model.train()
        for batch, (X, y) in enumerate(train_loader):
            order.append(y[:4].tolist())
            loss = loss_fn(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            if batch % every == 0:
                losses.append(loss.item())
        model.eval()
        total = correct = 0
        with package.no_grad():
            for X, y in test_loader:
                pred = model(X)
                total += loss_fn(pred, y).item()
                correct += (pred.argmax(1) == y).type(package.float).sum().item()
        losses.append(total / len(test_loader))
        scores.append(100 * correct / len(test_loader.dataset))
    return str(model), start, order, losses, scores


class TorchData(torch.utils.data.Dataset):
    """What torchvision's dataset with ToTensor gives, from the same arrays."""

    def __init__(self, ours):
        self.images, self.labels = ours.data.numpy(), ours.targets.tolist()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.images[i].astype(np.float32) / 255).unsqueeze(0), self.labels[i]


@pytest.mark.parametrize("shuffle", [False, True])
def test_quickstart_prints_the_same(shuffle, quickstart_size):
    epochs, images, tests, every = quickstart_size
    ours = [_data(train) for train in (True, False)]
    def part(package, data, n):
        return package.utils.data.Subset(data, range(min(n, len(data))))
    def our_loaders():
        data = flambeau.utils.data
        return (data.DataLoader(part(flambeau, ours[0], images), batch_size=64, shuffle=shuffle),
                data.DataLoader(part(flambeau, ours[1], tests), batch_size=64))
    def their_loaders():
        data = torch.utils.data
        return (data.DataLoader(part(torch, TorchData(ours[0]), images), batch_size=64, shuffle=shuffle),
                data.DataLoader(part(torch, TorchData(ours[1]), tests), batch_size=64))
    text, start, order, losses, scores = run(flambeau, our_loaders, epochs, every)
    their_text, their_start, their_order, their_losses, their_scores = run(torch, their_loaders, epochs, every)
    assert text == their_text
    for a, b in zip(start, their_start, strict=True):
        np.testing.assert_array_equal(a, b)
    assert order == their_order
    np.testing.assert_allclose(losses, their_losses, rtol=1e-4)
    np.testing.assert_allclose(scores, their_scores, atol=0.1)
    print(f"{len(losses)} losses, largest relative difference {max(abs(a / b - 1) for a, b in zip(losses, their_losses, strict=True)):.1e}; "
          f"accuracies {scores} and {their_scores}")


def _data(train):
    try:
        return datasets.FashionMNIST("data", train=train, transform=ToTensor())
    except RuntimeError:
        return datasets.FashionMNISTSample(train=train, transform=ToTensor())


@pytest.fixture
def quickstart_size(request):
    """(epochs, training images, test images, batches between losses): a short run, or the tutorial's own with `--quickstart=full`."""
    return (5, 60000, 10000, 100) if request.config.getoption("--quickstart") == "full" else (2, 1632, 500, 5)
