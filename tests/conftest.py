"""What holds for every test: figures are drawn to memory, random numbers start at the same place, compiled programs are checked, nothing is timed."""
import os
import random
import sys

import hypothesis
import numpy as np
import pytest

os.environ.setdefault("MPLBACKEND", "Agg")  # read when matplotlib is first imported: no test opens a window
os.environ.setdefault("FLAMBEAU_VERIFY", "1")  # programs are checked after each pass of the compiler,
os.environ.setdefault("FLAMBEAU_STRICT", "1")  # and one that cannot be compiled is a failure

hypothesis.settings.register_profile("local", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("local"), derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def same_random_numbers():
    """Seed every generator before each test, so that a test gives the same result alone, in its file and in the whole run."""
    random.seed(0)
    np.random.seed(0)
    if seed := getattr(sys.modules.get("flambeau"), "manual_seed", None):  # tests of the source text never import flambeau
        seed(0)


def pytest_addoption(parser):
    """How much of PyTorch's Quickstart tests/parity/test_quickstart.py runs: "short", or "full" for all images and five epochs."""
    parser.addoption("--quickstart", choices=("short", "full"), default="short", help="how much of the Quickstart is compared with PyTorch")
