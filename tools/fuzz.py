"""Random programs, run by the reference backend and by another one: what differs by more than rounding is shown with the program.

    python tools/fuzz.py --graphs 20000                     # a long run; stops at nothing, and lists what differs
    python tools/fuzz.py --graphs 1 --seed 1234 --show      # one graph again, with its program
    python tools/fuzz.py --graphs 1000 --usual              # all of them with LLVM's usual code generator

A graph is some dozens of operations of the public API, and of operators' pages on inputs like those of their samples, on tensors of random shapes
(sizes 0 and 1 among them), dtypes and values (nan, inf, denormal ones among them), with views, writes in place, reductions, products, norms and
gradients. tools/fuzzing says how they are made, run and compared.
"""
from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from flambeau import backends  # noqa: E402
from tools.fuzzing.running import check  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description="Random programs on two backends.")
    parser.add_argument("--graphs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backend", default=backends.BACKENDS[0])
    parser.add_argument("--usual", action="store_true", help="LLVM's usual code generator for all graphs, not for one of four")
    parser.add_argument("--show", action="store_true", help="print the programs that differ")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    failed = checked = 0
    for seed in range(options.seed, options.seed + options.graphs):
        for captured, problems in check(seed, options.backend, False if options.usual else None):
            failed += 1
            print(f"seed {seed}: {len(captured.program.steps)} steps", *problems, sep="\n    ", flush=True)
            if options.show:
                print(captured.program)
        checked += 1
    print(f"{checked} graphs, {failed} programs differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
