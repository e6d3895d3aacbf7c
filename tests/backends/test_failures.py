"""What must hold when native code and references run in one program: nothing is half done after a failure, nothing is overwritten that is seen."""
from __future__ import annotations

import threading

import numpy as np
import pytest

import flambeau as torch
from flambeau import backends, runtime
from flambeau.core.op import Op
from flambeau.core.record import record


class Fuse(Op):
    """A copy of x; fails where the first element is 0, as a page without an element may."""

    types = "keep"
    no_samples = "for these tests"

    def shape(self, x):
        return x.shape

    def reference(self, x):
        if x.flat[0] == 0:
            raise RuntimeError("blown")
        return x.copy()


class Same(Op):
    """x, as a view of its memory."""

    types = "keep"
    no_samples = "for these tests"

    def shape(self, x):
        return x.shape

    def reference(self, x):
        return x[:]


@pytest.fixture(autouse=True, params=["interpreted", "compiled"])
def tier(request, monkeypatch):
    if request.param == "interpreted":
        monkeypatch.setattr(runtime, "INTERPRET", True)
        yield
    else:
        torch.use_deterministic_algorithms(True)
        yield
        torch.use_deterministic_algorithms(False)


def settled(x):
    """A tensor whose memory is its own and nobody else's."""
    torch.run_pending()
    return x


@pytest.mark.parametrize("part", [slice(None), slice(0, 3)], ids=["whole", "part"])
@pytest.mark.parametrize("first", [True, False], ids=["update first", "update last"])
def test_an_update_beside_a_step_that_fails_happens_once(part, first):
    p = settled(torch.rand(5000) * 0)
    fuses = [settled(torch.ones(4000)) for _ in range(8)]
    for k in (3, 6):
        settled(fuses[k].zero_())
    want = 0.0
    for k, fuse in enumerate(fuses):
        if first:
            p[part].add_(1.0).mul_(3.0)
        out = record(Fuse(), fuse)
        if not first:
            p[part].add_(1.0).mul_(3.0)
        want = (want + 1) * 3
        if k in (3, 6):
            with pytest.raises(RuntimeError, match="blown"):
                torch.run_pending()
        else:
            torch.run_pending()
            assert out[0].item() == 1
        assert p[0].item() == want, f"step {k}"


def test_an_update_that_waits_for_a_step_that_fails_does_not_happen():
    p = settled(torch.rand(5000) * 0)
    for value, want in ((1.0, 1.0), (1.0, 2.0), (0.0, None), (1.0, None)):
        fuse = settled(torch.full((5000,), value))
        with torch.no_grad():
            p.add_(record(Fuse(), fuse))
        if want is None:
            with pytest.raises(RuntimeError, match="blown|could not be computed"):
                p[0].item()
        else:
            assert p[0].item() == want


def test_what_a_reference_returns_as_a_view_is_not_overwritten():
    for _ in range(4):
        p = settled(torch.rand(5000) * 0)
        before = record(Same(), p)
        p.add_(1.0).mul_(3.0)
        assert p[0].item() == 3 and before[0].item() == 0


def test_programs_of_one_thread_share_the_memory_of_temporaries():
    x, w = torch.rand(64, 512), torch.rand(512, 512)
    want = None
    for width in (8, 16, 512, 8, 256):
        y = torch.softmax((x @ w[:, :width] - 100).exp().log() + 100, 1) @ w[:width]
        reference = _softmax(x.numpy() @ w.numpy()[:, :width]) @ w.numpy()[:width]
        np.testing.assert_allclose(y.numpy(), reference, rtol=2e-4)
        want = y if want is None else want
    np.testing.assert_allclose(want.numpy(), _softmax(x.numpy() @ w.numpy()[:, :8]) @ w.numpy()[:8], rtol=2e-4)


def test_programs_of_two_threads_do_not(tier):
    backends.get("llvm")
    x, w = torch.rand(64, 512), torch.rand(512, 512)
    torch.run_pending()
    want = _softmax(x.numpy() @ w.numpy()) @ w.numpy()
    wrong = []

    def work():
        for _ in range(20):
            y = torch.softmax(x @ w, 1) @ w
            if not np.allclose(y.numpy(), want, rtol=2e-4):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def _softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
