"""Kill `flambeau train` at random instants, resume it each time, and compare with a run that nobody disturbed.

    python tools/kill_test.py [--kills 100] [--seed 0] [-- train DATA and options, in place of a small network on the sample of Fashion-MNIST]

Runs are killed by SIGKILL, which no program can catch, and resumed until they end; then the next run begins, until there were as many kills
as asked for. After each kill every file of the run must be whole, and after each run the weights, the optimizer and the history must be
bit for bit those of the undisturbed run. Exit status 1 and the difference where they are not.
"""
from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import flambeau

RUN = ["train", "fashion-mnist", "--sample", "--model", "mlp", "--epochs", "2", "--save-every", "0.1"]


def command(out: Path, options: list[str], resume: bool) -> list[str]:
    """A process of its own that trains into `out`."""
    program = "import sys; from flambeau.cli import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-c", program, *(options or RUN), "--out", str(out), *(["--resume"] if resume else [])]


def same(a, b) -> bool:
    """Whether two saved values are equal, tensors bit for bit."""
    if isinstance(a, flambeau.Tensor):
        return isinstance(b, flambeau.Tensor) and a.dtype == b.dtype and a.numpy().tobytes() == b.numpy().tobytes()
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def differences(one: Path, other: Path) -> list[str]:
    """The parts of two finished runs that differ, but for the time they took."""
    found = []
    for name in ("last.pt", "best.pt"):
        a, b = flambeau.load(one / name), flambeau.load(other / name)
        found += [f"{name}: {key}" for key in a if key != "seconds" and not same(a[key], b[key])]
    return found


def check_whole(out: Path) -> None:
    """Raises where a file of the run cannot be read to its end."""
    for path in out.glob("*"):
        if path.name.startswith("."):
            continue  # a temporary file, which nobody takes for a checkpoint; the next run removes it
        if path.suffix == ".pt":
            flambeau.load(path)
        elif path.suffix == ".png":
            if not path.read_bytes().endswith(b"IEND\xaeB`\x82"):
                raise RuntimeError(f"{path} is half written")
        elif path.suffix == ".html" and not path.read_text().endswith("</html>\n"):
            raise RuntimeError(f"{path} is half written")


def main() -> int:
    """Run it all; one line a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    parser.add_argument("options", nargs="*", help="another command line of flambeau, after --")
    arguments = parser.parse_args()
    instants = random.Random(arguments.seed)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path(flambeau.__file__).parents[1]), os.environ.get("PYTHONPATH")]))}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "env": environment}
    with tempfile.TemporaryDirectory() as folder:
        whole, out = Path(folder, "whole"), Path(folder, "killed")
        began = time.monotonic()
        subprocess.run(command(whole, arguments.options, False), check=True, **quiet)
        length = time.monotonic() - began
        print(f"the undisturbed run took {length:.1f} s", flush=True)
        kills = runs = 0
        while kills < arguments.kills:
            of_run, resume, begun = 0, False, time.monotonic()
            while True:
                process = subprocess.Popen(command(out, arguments.options, resume), **quiet)
                try:
                    # Many kills in a row that come before the first step would never end; the later ones leave ever more time.
                    _, errors = process.communicate(timeout=instants.uniform(0, length * (1 + 0.1 * of_run)) if kills < arguments.kills else None)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    kills, of_run, resume = kills + 1, of_run + 1, True
                    check_whole(out) if out.exists() else None
                    continue
                if process.returncode:
                    print(errors.decode(), file=sys.stderr)
                    return 1
                break
            runs += 1
            if not of_run:  # the machine is faster than it was
                length = min(length, time.monotonic() - begun)
            if wrong := differences(whole, out):
                print(f"run {runs}, killed {of_run} times, differs from the undisturbed one in {', '.join(wrong)}")
                return 1
            print(f"run {runs}: killed {of_run} times ({kills} in all), bit for bit the same", flush=True)
            shutil.rmtree(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
