"""How much memory a process holds after it has trained the Quickstart's network for 50 steps: less than PyTorch's."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import common
from cold_start import PROGRAM

import flambeau

ROUNDS = 3
TAIL = """
import pathlib
status = pathlib.Path("/proc/self/status").read_text()
print(int(status.split("VmRSS:")[1].split()[0]) * 1024, int(status.split("VmHWM:")[1].split()[0]) * 1024)
"""


def process(package: str) -> tuple[float, int, int]:
    """The last loss, the resident bytes at the end and the most there were."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(flambeau.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])}
    program = PROGRAM.replace("range(10)", "range(50)") + TAIL
    done = subprocess.run([sys.executable, "-c", program, package, str(flambeau.get_num_threads())], capture_output=True, text=True, env=environment, check=True)
    loss, now, most = done.stdout.split()
    return float(loss), int(now), int(most)


def main() -> None:
    """Compare."""
    if not Path("/proc/self/status").exists():
        print("  only Linux tells a process's memory in /proc")
        return
    names = {common.OURS: "flambeau"} | ({"torch eager": "torch"} if common.peer("torch") else {})
    found = {name: [process(package) for _ in range(ROUNDS)] for name, package in names.items()}
    common.agree("the loss after 50 steps", {name: runs[0][0] for name, runs in found.items()})
    common.report("memory after the Quickstart, resident", {name: [now for _, now, _ in runs] for name, runs in found.items()}, "MB")
    common.report("memory of the Quickstart, at most", {name: [most for _, _, most in runs] for name, runs in found.items()}, "MB")


if __name__ == "__main__":
    main()
