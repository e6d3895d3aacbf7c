"""`flambeau quickstart`: the whole of the tutorial's first page on real data.

Trains a network of three layers on Fashion-MNIST, prints what the tutorial prints, saves the weights, loads them into a second network,
predicts, and draws the losses and a few test images.
"""
from __future__ import annotations

import contextlib
import sys
import time

import flambeau as torch
from flambeau import nn
from flambeau.utils.data import DataLoader
from flambeau.vision import datasets
from flambeau.vision.transforms import ToTensor

BATCH = 64


class NeuralNetwork(nn.Module):
    """28x28 pixels -> 512 -> 512 -> 10 classes, with ReLU between."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28 * 28, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        """Logits (N, 10) of images (N, 1, 28, 28)."""
        x = self.flatten(x)
        return self.linear_relu_stack(x)


def find_data(root, sample: bool):
    """The training and the test images, and a line that says where they come from."""
    if not sample:
        try:
            halves = [datasets.FashionMNIST(root=root, train=train, download=True, transform=ToTensor()) for train in (True, False)]
            return *halves, f"Data: Fashion-MNIST, {halves[0].source}"
        except (OSError, RuntimeError) as error:
            reason = str(error).split(" (")[0]
            print(f"Fashion-MNIST could not be had: {reason}.", file=sys.stderr)
    halves = [datasets.FashionMNISTSample(train=train, transform=ToTensor()) for train in (True, False)]
    return *halves, ("Data: a SAMPLE of Fashion-MNIST (3,000 + 600 of the 60,000 + 10,000 images) that comes with flambeau. For the whole, install the system "
                     "package dataset-fashion-mnist, or run `flambeau data fashion-mnist` with a network.")


class Progress:
    """A progress bar on the terminal that steps aside for printed lines; nothing where standard error is no terminal."""

    def __init__(self, total: int, what: str):
        self.bar = None
        if sys.stderr.isatty():
            with contextlib.suppress(ImportError):
                from tqdm import tqdm
                self.bar = tqdm(total=total, desc=what, unit="img", leave=False, file=sys.stderr)

    def step(self, n: int) -> None:
        """`n` more images are done."""
        if self.bar is not None:
            self.bar.update(n)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self.bar is not None:
            self.bar.write(text, file=sys.stdout)
        else:
            print(text)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()


def train(loader, model, loss_fn, optimizer, device) -> list[float]:
    """One epoch; the losses that it printed."""
    size, losses = len(loader.dataset), []
    model.train()
    progress = Progress(size, "train")
    for batch, (X, y) in enumerate(loader):
        X, y = X.to(device), y.to(device)
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        progress.step(len(X))
        if batch % 100 == 0:
            losses.append(loss.item())
            progress.say(f"loss: {losses[-1]:>7f}  [{(batch + 1) * len(X):>5d}/{size:>5d}]")
    progress.close()
    return losses


def test(loader, model, loss_fn, device) -> float:
    """The share of test images that are named right, printed with the mean loss."""
    size, batches = len(loader.dataset), len(loader)
    model.eval()
    test_loss = correct = 0
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    test_loss /= batches
    correct /= size
    print(f"Test Error: \n Accuracy: {(100 * correct):>0.1f}%, Avg loss: {test_loss:>8f} \n")
    return correct


def draw(path, losses, data, model, device) -> None:
    """The loss curve beside nine test images with the predicted and the true name."""
    import matplotlib
    from matplotlib.figure import Figure
    with matplotlib.rc_context({"axes.titlesize": 9}):
        figure = Figure(figsize=(11, 5), layout="constrained")
        curve, grid = figure.subfigures(1, 2)
        axes = curve.subplots()
        axes.plot([k * 100 for k in range(len(losses))], losses)
        axes.set(xlabel="batch", ylabel="loss", title="training loss")
        for k, cell in enumerate(grid.subplots(3, 3).flat):
            image, label = data[k]
            with torch.no_grad():
                guess = model(image.unsqueeze(0).to(device))[0].argmax(0).item()
            cell.imshow(image.squeeze(), cmap="gray")
            cell.set_title(f"{data.classes[guess]}\n({data.classes[label]})", color="black" if guess == label else "firebrick")
            cell.axis("off")
        part = path.with_suffix(".part.png")
        figure.savefig(part, dpi=110)
        part.replace(path)


def main(arguments) -> int:
    """Run it all, and say in one line what came of it."""
    if arguments.seed is not None:
        torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    torch.empty(0, device=device)               # an unusable device is an error now, not after the data are loaded
    arguments.out.mkdir(parents=True, exist_ok=True)
    training_data, test_data, origin = find_data(arguments.root, arguments.sample)
    print(origin)

    train_loader, test_loader = DataLoader(training_data, batch_size=BATCH), DataLoader(test_data, batch_size=BATCH)
    for X, y in test_loader:
        print(f"Shape of X [N, C, H, W]: {X.shape}")
        print(f"Shape of y: {y.shape} {y.dtype}")
        break
    print(f"Using {device} device")
    model = NeuralNetwork().to(device)
    print(model)

    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    losses, accuracy, began = [], 0.0, time.perf_counter()
    for epoch in range(arguments.epochs):
        print(f"Epoch {epoch + 1}\n-------------------------------")
        losses += train(train_loader, model, loss_fn, optimizer, device)
        accuracy = test(test_loader, model, loss_fn, device)
    seconds = time.perf_counter() - began
    print("Done!")

    weights = arguments.out / "model.pth"
    torch.save(model.state_dict(), weights)
    print(f"Saved PyTorch Model State to {weights}")

    model = NeuralNetwork().to(device)
    model.load_state_dict(torch.load(weights))
    model.eval()
    x, y = test_data[0][0], test_data[0][1]
    with torch.no_grad():
        pred = model(x.unsqueeze(0).to(device))
        predicted, actual = test_data.classes[pred[0].argmax(0)], test_data.classes[y]
        print(f'Predicted: "{predicted}", Actual: "{actual}"')

    picture = arguments.out / "quickstart.png"
    try:
        draw(picture, losses, test_data, model, device)
        where = f"{weights} and {picture}"
    except ImportError:
        where = f"{weights} (no picture: pip install matplotlib)"
    images = arguments.epochs * (len(training_data) + len(test_data))
    print(f"{seconds:.1f} s, {images / seconds:,.0f} images/s, test accuracy {100 * accuracy:.1f} %, files: {where}")
    return 0
