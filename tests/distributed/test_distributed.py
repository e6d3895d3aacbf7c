"""torch.distributed: a group of one, and no other."""
import pytest

import flambeau as torch
from flambeau import distributed as dist


@pytest.fixture
def group():
    dist.init_process_group("gloo", world_size=1, rank=0)
    yield
    dist.destroy_process_group()


def test_without_a_group():
    assert not dist.is_available() and not dist.is_initialized() and not dist.is_nccl_available()
    for call in (dist.get_rank, dist.get_world_size, dist.barrier, lambda: dist.all_reduce(torch.ones(1)), dist.destroy_process_group):
        with pytest.raises(ValueError, match="has not been initialized"):
            call()
    assert not dist.is_initialized()


def test_how_a_group_is_made(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(ValueError, match="WORLD_SIZE"):
        dist.init_process_group()
    with pytest.raises(RuntimeError, match="group of 4"):
        dist.init_process_group(world_size=4, rank=1)
    monkeypatch.setenv("WORLD_SIZE", "1")
    monkeypatch.setenv("LOCAL_RANK", "0")
    dist.init_process_group()
    assert dist.get_rank() == dist.get_node_local_rank() == 0 and dist.get_world_size() == 1 and dist.get_backend() == "gloo"
    with pytest.raises(ValueError, match="twice"):
        dist.init_process_group()
    dist.destroy_process_group()
    assert not dist.is_initialized()


def test_collectives_leave_things_as_they_are(group):
    t, others, one = torch.tensor([1.0, 2.0]), [torch.zeros(2)], torch.zeros(1, 2)
    dist.all_reduce(t, op=dist.ReduceOp.AVG)
    dist.broadcast(t, 0)
    dist.all_gather(others, t)
    dist.all_gather_into_tensor(one, t)
    assert t.tolist() == others[0].tolist() == one[0].tolist() == [1, 2]
    assert dist.all_reduce(t, async_op=True).wait() and dist.barrier() is None
    objects = [None]
    dist.all_gather_object(objects, {"a": 1})
    assert objects == [{"a": 1}]
    with pytest.raises(RuntimeError, match="another process"):
        dist.send(t, 1)
    with pytest.raises(ValueError, match="rank 0 only"):
        dist.new_group([0, 1])
