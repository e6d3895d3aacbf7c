"""A data set of a million Python dicts, four workers, twenty passes: the memory of the workers does not grow.

Peer: the same records in a plain list, whose pages are copied into every worker that looks at them, most in the first pass. Prints the private memory (pages that are not
shared) of all workers after every pass, in MB, for both.

    python benchmarks/loader_memory.py [--records 1000000] [--passes 20] [--workers 4]
"""
from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import warnings
from pathlib import Path

from flambeau.utils.data import DataLoader, Dataset, PackedList


class Records(Dataset):
    """Dicts in whatever sequence they are given in."""

    def __init__(self, records):
        self.records = records

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        record = self.records[index]
        return record["label"] + len(record["name"])


def megabytes() -> float:
    """Private memory of this process's children: what they do not share."""
    total = 0
    for child in multiprocessing.active_children():
        for line in Path(f"/proc/{child.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1])
    return total / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--passes", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="This DataLoader will create|Records.records is a list")
    if not os.path.exists("/proc/self/smaps_rollup"):
        raise SystemExit("this system does not say what memory processes share (/proc/PID/smaps_rollup)")
    for what, make in (("PackedList", PackedList), ("plain list", list)):
        records = make({"name": f"image{k}.jpg", "label": k % 10, "box": [k, k + 1, k + 2, k + 3]} for k in range(options.records))
        gc.collect()
        loader = DataLoader(Records(records), batch_size=1000, shuffle=True, num_workers=options.workers, persistent_workers=True, multiprocessing_context="fork")
        curve = []
        for _ in range(options.passes):
            for _ in loader:
                pass
            curve.append(megabytes())
        print(f"{what}: private memory of {options.workers} workers after each pass, MB: {' '.join(f'{value:.0f}' for value in curve)}", flush=True)
        print(f"  growth from the first to the last pass: {curve[-1] - curve[0]:+.0f} MB", flush=True)
        del loader, records
        gc.collect()


if __name__ == "__main__":
    main()
