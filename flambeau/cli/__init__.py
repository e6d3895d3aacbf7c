"""The command line: `flambeau quickstart`, `flambeau run`, `flambeau data`, `flambeau env`, `flambeau inspect`."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import data, env, inspect, quickstart
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
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        print(f"flambeau {arguments.command}: {error}", file=sys.stderr)
        return 1
