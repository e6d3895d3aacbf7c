"""Whole training runs from one seed: a perceptron, a convnet with batch normalisation and dropout, an LSTM, a small GPT; losses agree at every step.

tools/training_parity.py runs the 200 steps of each that docs/training-parity.svg shows; here are the first of them.
"""
import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("torch")

TOOL = Path(__file__).resolve().parents[2] / "tools" / "training_parity.py"
spec = importlib.util.spec_from_file_location("training_parity", TOOL)
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)
STEPS = {"mlp": 60, "convnet": 25, "lstm": 25, "gpt": 25}


@pytest.mark.parametrize("network", tool.NETWORKS)
def test_losses_agree_at_every_step(network):
    ours, theirs = (tool.losses(package, network, STEPS[network]) for package in ("flambeau", "torch"))
    assert theirs[-1] < theirs[0]
    assert tool.difference(ours, theirs) < tool.LIMIT
