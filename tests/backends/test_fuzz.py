"""Random programs give the same by every backend as by the pages' references. The long run is tools/fuzz.py's."""
from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flambeau as torch
from flambeau import backends
from flambeau.core.op import OPS
from tools.fuzzing import comparing, operations, running

OTHERS = [name for name in backends.BACKENDS if name != "numpy" and backends.get(name).unavailable() is None]
REPLACED = "Upsample"           # pages whose samples are another page's: Resample, which they record


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", OTHERS)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2 ** 32 - 1))
def test_random_programs(backend, seed):
    found = running.check(seed, backend, plain=True)
    assert not found, "\n".join([f"python tools/fuzz.py --graphs 1 --seed {seed} --backend {backend} --show", *found[0][1], str(found[0][0].program)])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [47, 235, 524288, 33485])
def test_programs_that_were_wrong_once(seed):
    """47: a row's values that do not depend on their place, read at another place. 235: distances of infinite numbers. 524288: a product's result
    read along axes that were cut. 33485: the gradient of a variance of nothing."""
    assert not running.check(seed, "llvm", plain=True)


@pytest.mark.filterwarnings("ignore")
def test_graphs_are_worth_running():
    """They record many different operations, on views and in place too, in programs of some length, and hold values that are not numbers."""
    captured = [c for seed in range(60) for c in running.programs(seed, 30)]
    pages = {type(s.op).__name__ for c in captured for s in c.program.steps}
    assert len(pages) > 220 and {"MatMul", "Write", "Softmax", "Cast", "Convolution", "MaxPoolGradient", "Gather"} <= pages
    assert np.mean([len(c.program.steps) for c in captured]) > 30
    kinds = {str(b.dtype) for c in captured for b in c.buffers}
    assert {"float16", "bfloat16", "float32", "float64", "bool", "int64"} <= kinds
    assert any(np.isnan(b).any() for c in captured for b in c.buffers if b.dtype == np.float32)


def test_every_page_that_is_compiled_is_reachable():
    """By its samples; those without any are recorded by another page's gradient or by functions, as every view is."""
    ours = [page for page in OPS if page.__module__.startswith("flambeau.")]
    assert {page.__name__ for page in ours if operations.compiled(page)} - {page.__name__ for page in operations.PAGES} == {
        "FormulaGradient", "View", *(page.__name__ for page in OPS if page.__name__.startswith(REPLACED))}


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_program_is_noticed(monkeypatch):
    """One that computes 1.0001 · exp(x), one that gives other bits on other threads, one that changes a leaf that somebody holds."""
    captured = next(c for seed in range(100) for c in running.programs(seed, 20)
                    if any(c.program.types[k][1] is torch.float32 and b.size for k, b in enumerate(c.buffers)))
    program = captured.program
    real = backends.get("llvm")

    class Wrong:
        def __init__(self, spoil):
            self.spoil = spoil

        def prepare(self, program):
            execute = real.prepare(program)
            return lambda buffers: self.spoil(list(buffers), execute)

    def scaled(leaves, execute):
        return [r * r.dtype.type(1.001) if r.dtype == np.float32 else r for r in execute(list(leaves))]

    def threaded(leaves, execute):
        return [r if torch.get_num_threads() == 1 else np.array(r) + 1 for r in execute(list(leaves))]

    def careless(leaves, execute):
        found = execute(list(leaves))
        for leaf in leaves:
            leaf.fill(0)
        return found

    for spoil, message in ((scaled, "differ"), (threaded, "other bits on"), (careless, "was changed")):
        monkeypatch.setattr(backends, "get", lambda name, spoil=spoil: Wrong(spoil))
        assert any(message in text for text in running.problems_of(program, captured.buffers, "llvm", random.Random(0))), message


def test_a_wrong_result_is_noticed():
    good = np.linspace(-1, 1, 9, dtype=np.float32)
    assert comparing.difference(good, good, [good]) is None
    assert comparing.difference(good + np.float32(1e-8), good, [good]) is None
    for bad in (good * np.float32(1.001), np.where(good == 0, np.nan, good).astype(np.float32), good.astype(np.float64), good[:8]):
        assert comparing.difference(bad, good, [good]) is not None
    flags = good > 0
    assert comparing.difference(~flags, flags, [flags]) is not None and comparing.difference(~flags, flags, [~flags]) is None
