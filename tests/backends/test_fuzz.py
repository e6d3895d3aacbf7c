"""Random programs give the same by every backend as by the pages' references. The long run is tools/fuzz.py's."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flambeau import backends
from tools import fuzz

OTHERS = [name for name in backends.BACKENDS if backends.get(name).unavailable() is None]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", OTHERS)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2 ** 32 - 1))
def test_random_programs(backend, seed):
    found = fuzz.check(seed, backend)
    assert not found, "\n".join([f"python tools/fuzz.py --graphs 1 --seed {seed} --backend {backend} --show", *found[0][1], str(found[0][0].program)])


@pytest.mark.filterwarnings("ignore")
def test_graphs_are_worth_running():
    """They record many different operations, on views and in place too, and hold values that are not numbers."""
    captured = [c for seed in range(40) for c in fuzz.programs(seed, 30)]
    pages = {type(s.op).__name__ for c in captured for s in c.program.steps}
    assert len(pages) > 60 and {"MatMul", "Write", "Softmax", "Cast"} <= pages
    assert any(np.isnan(b).any() for c in captured for b in c.buffers if b.dtype == np.float32)


def test_a_wrong_result_is_noticed():
    good = np.linspace(-1, 1, 9, dtype=np.float32)
    assert fuzz.difference(good, good, [good]) is None
    assert fuzz.difference(good + np.float32(1e-8), good, [good]) is None
    for bad in (good * np.float32(1.001), np.where(good == 0, np.nan, good).astype(np.float32), good.astype(np.float64), good[:8]):
        assert fuzz.difference(bad, good, [good]) is not None
    flags = good > 0
    assert fuzz.difference(~flags, flags, [flags]) is not None and fuzz.difference(~flags, flags, [~flags]) is None
