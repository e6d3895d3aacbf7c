"""From the start of the process to the end of the Quickstart's tenth step: sooner than PyTorch's eager mode, with and without objects in the cache.

Each time is a process of its own. The first that flambeau starts finds an empty cache folder, the second the one that the first left. All find
Python's bytecode of every package, as an installed package's users do: the turn that does not count writes it, to a folder of the benchmark.
"""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

import flambeau

ROUNDS = 7
PROGRAM = """
import sys, importlib
torch = importlib.import_module(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(0)
nn = torch.nn
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
loss_fn, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=1e-3)
x, y = torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,))
for _ in range(10):
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
print(loss.item(), flush=True)
"""


def process(package: str, cache: Path, bytecode: str) -> tuple[float, float]:
    """Seconds until the loss after ten steps was printed, and the loss."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"FLAMBEAU_CACHE": str(cache), "PYTHONPYCACHEPREFIX": bytecode,
                    "PYTHONPATH": os.pathsep.join([str(Path(flambeau.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])}
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, package, str(flambeau.get_num_threads())], stdout=subprocess.PIPE, text=True, env=environment) as run:
        loss = float(run.stdout.readline())
        return time.perf_counter() - start, loss


def main() -> None:
    """Take turns."""
    torch = common.peer("torch")
    times: dict[str, list[float]] = {common.OURS: [], "flambeau, warm": []} | ({"torch eager": []} if torch else {})
    with tempfile.TemporaryDirectory() as bytecode:
        for turn in range(ROUNDS + 1):                  # the first, which reads everything from the disk, does not count
            with tempfile.TemporaryDirectory() as folder:
                found = {name: process("flambeau" if "flambeau" in name else "torch", Path(folder), bytecode) for name in times}
            common.agree("the loss after ten steps", {name: loss for name, (_, loss) in found.items()})
            if turn:
                for name, (seconds, _) in found.items():
                    times[name].append(seconds)
    common.report("cold start, empty cache, to the end of step 10", {name: times[name] for name in times if name != "flambeau, warm"}, "s")
    common.report("cold start, warm cache, to the end of step 10",
                  {common.OURS: times["flambeau, warm"]} | {name: times[name] for name in times if "flambeau" not in name}, "s")


if __name__ == "__main__":
    main()
