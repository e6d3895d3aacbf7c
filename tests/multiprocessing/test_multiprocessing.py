"""Processes: spawn and its errors, and memory that they share."""
import os
import sys
from pathlib import Path

import pytest

import flambeau as torch
from flambeau import multiprocessing as mp

sys.path.insert(0, str(Path(__file__).parent))
import workers  # noqa: E402

pytestmark = pytest.mark.skipif(os.name != "posix", reason="memory is shared on POSIX systems only")


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_shared_memory_is_seen_by_all(method):
    t, model = torch.zeros(2), torch.nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.zero_()
    row = t[1:]
    assert not t.is_shared()
    t.share_memory_()
    model.share_memory()
    assert t.is_shared() and row.is_shared() and t.untyped_storage().is_shared() and model.weight.is_shared()
    mp.start_processes(workers.add_rank, (t, model), nprocs=2, start_method=method)
    assert t.tolist() == [1, 2] and row.tolist() == [2] and model.weight.tolist() == [[2, 2]]


def test_a_shared_tensor_is_as_any_other():
    t = torch.arange(6.0).reshape(2, 3).share_memory_()
    assert t.share_memory_() is t
    view = t.t()
    t[0] = 7
    view.add_(1)
    assert t.tolist() == [[8, 8, 8], [4, 5, 6]] and (t * 2).sum().item() == 78
    w = torch.ones(2, requires_grad=True)
    w.share_memory_()
    optimizer = torch.optim.SGD([w], lr=0.5)
    (w * 2).sum().backward()
    optimizer.step()
    assert w.tolist() == [0, 0] and w.is_shared() and w.is_leaf
    assert not t.clone().is_shared() and torch.empty(0).share_memory_().tolist() == []
    with pytest.raises(RuntimeError, match="meta"):
        torch.empty(2, device="meta").share_memory_()


def test_errors_of_processes_arrive():
    with pytest.raises(mp.ProcessRaisedException, match="the second one fails") as caught:
        mp.spawn(workers.fail, nprocs=2)
    assert caught.value.error_index == 1 and "Process 1 terminated with the following error" in str(caught.value)
    context = mp.spawn(workers.leave, nprocs=1, join=False)
    assert len(context.pids()) == 1
    with pytest.raises(mp.ProcessExitedException, match="exit code 3") as caught:
        context.join()
    assert caught.value.exit_code == 3


def test_pythons_names_are_there():
    assert mp.get_sharing_strategy() in mp.get_all_sharing_strategies() and mp.cpu_count() and mp.Process and mp.Queue
    mp.set_sharing_strategy("file_system")
    mp.set_sharing_strategy("file_descriptor")
    with pytest.raises(ValueError, match="unknown sharing strategy"):
        mp.set_sharing_strategy("telepathy")
