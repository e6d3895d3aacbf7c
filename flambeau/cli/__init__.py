"""The command line: `flambeau train`, `flambeau predict`, `flambeau quickstart`, `flambeau run`, `flambeau data`, `flambeau env`, `flambeau inspect`."""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import data, env, inspect, quickstart, train
from . import run as run_program


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    top = argparse.ArgumentParser(prog="flambeau", description="Deep learning that reads like PyTorch and compiles its own training steps.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("quickstart", help="train a network on Fashion-MNIST, save it, load it, show what it sees")
    run.add_argument("--epochs", type=_positive, default=5, help="passes over the training images (default 5)")
    run.add_argument("--device", default="cpu", help="where to compute (default cpu)")
    run.add_argument("--out", type=Path, default=Path("flambeau-quickstart"), help="folder for model.pth and quickstart.png (default ./flambeau-quickstart)")
    run.add_argument("--root", type=Path, default=Path("data"), help="folder in which data sets are kept (default ./data)")
    run.add_argument("--seed", type=int, default=None, help="seed of all random numbers (default: a fresh one)")
    run.add_argument("--sample", action="store_true", help="use the small sample that comes with the package, whatever else is there")
    run.set_defaults(run=quickstart.main)

    program = commands.add_parser("run", help="run a program that imports torch and torchvision, unmodified, on flambeau",
                                  usage="flambeau run [-h] (script.py | -m module) [arguments ...]")
    program.add_argument("-m", dest="module", action="store_true", help="the program is a module, found as Python finds modules")
    program.add_argument("program", nargs=argparse.REMAINDER, metavar="script.py [arguments ...]", help="the program and its own arguments")
    program.set_defaults(run=run_program.main)

    _add_train(commands.add_parser("train", help="train a network on a data set, a folder of images or a table, and report"))
    guess = commands.add_parser("predict", help="what a trained network says of images, or of the rows of a table")
    guess.add_argument("model", type=Path, help="best.pt, or the folder of the run that wrote it")
    guess.add_argument("files", type=Path, nargs="+", help="images, or CSV tables")
    guess.add_argument("--top", type=_positive, default=3, help="classes to name, the likeliest first (default 3)")
    guess.set_defaults(run=train.predict)

    fetch = commands.add_parser("data", help="fetch a data set and say where it is")
    fetch.add_argument("name", choices=sorted(data.DATASETS), help="which one")
    fetch.add_argument("--root", type=Path, default=Path("data"), help="folder in which data sets are kept (default ./data)")
    fetch.set_defaults(run=data.main)

    about = commands.add_parser("env", help="versions, CPU features, backends and why one is missing")
    about.set_defaults(run=env.main)

    look = commands.add_parser("inspect", help="list what a checkpoint holds")
    look.add_argument("file", type=Path, help="a .pt, .pth, .safetensors or .npz file")
    look.set_defaults(run=inspect.main)
    return top


def _add_train(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", help="fashion-mnist, mnist, kmnist, cifar10, cifar100; a folder with a folder of images for each class "
                                      "(or train and test with such folders); or a CSV table")
    command.add_argument("--model", help="cnn, mlp, resnet18, resnet34, mobilenet_v2 (default: cnn for images, mlp for tables)")
    command.add_argument("--epochs", type=_positive, help="passes over the training samples (default: what suits the data)")
    command.add_argument("--batch-size", type=_positive, help="samples a step")
    command.add_argument("--lr", type=float, help="the largest learning rate of the cycle")
    command.add_argument("--target", metavar="COLUMN", help="the column of a table that is to be learned")
    command.add_argument("--image-size", type=_positive, help="pixels, height and width, to which images of a folder are brought (default 64)")
    command.add_argument("--validation", type=_share, help="share of the samples by which the best epoch is chosen (default 0.05)")
    command.add_argument("--test", type=_share, help="share held out for the test where the data have no test set (default 0.1)")
    command.add_argument("--patience", type=int, help="epochs without a better one after which training ends; 0: never (default 5)")
    command.add_argument("--seed", type=int, help="seed of the splits and of all random numbers (default 0)")
    command.add_argument("--workers", type=int, help="processes that read images (default 0: data in memory need none)")
    command.add_argument("--save-every", type=float, metavar="SECONDS", help="time between checkpoints within an epoch (default 60)")
    command.add_argument("--sample", action="store_true", help="fashion-mnist: use the small sample that comes with the package")
    command.add_argument("--out", type=Path, help="folder for checkpoints and the report (default ./flambeau-train/NAME)")
    command.add_argument("--root", type=Path, default=Path("data"), help="folder in which data sets are kept (default ./data)")
    command.add_argument("--resume", action="store_true", help="go on with the run in --out, from its last checkpoint")
    command.set_defaults(run=train.train)


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, not {text}")
    return share


def _positive(text: str) -> int:
    n = int(text)
    if n < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {n}")
    return n


def main(argv: list[str] | None = None) -> int:
    """Run one command; errors that the user can mend are one line on standard error, and exit status 1."""
    arguments = parser().parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # who reads the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        print(f"flambeau {arguments.command}: {error}", file=sys.stderr)
        return 1
