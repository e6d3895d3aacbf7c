"""Old spellings and questions: storage(), apply_(), new(), arguments by name."""
import pytest

import flambeau as torch


def test_apply_and_map():
    t = torch.arange(4.0).view(2, 2)
    assert t.apply_(lambda v: v * 2) is t and t.tolist() == [[0, 2], [4, 6]]
    assert t.map_(torch.tensor([1.0, 2.0]), lambda a, b: a + b).tolist() == [[1, 4], [5, 8]]
    assert t.t().map2_(t, t, lambda a, b, c: b).tolist() == [[1, 4], [5, 8]]
    with pytest.raises(TypeError, match="requires grad"):
        torch.ones(2, requires_grad=True).apply_(abs)
    with pytest.raises(TypeError, match="float32"):
        t.map_(torch.ones(2, dtype=torch.int64), max)


def test_storage():
    t = torch.arange(6.0).view(2, 3)
    memory = t[1].storage()
    assert len(memory) == memory.size() == 6 and memory[4] == 4.0 and list(memory) == [0, 1, 2, 3, 4, 5] and memory.nbytes() == 24
    memory[0] = 9
    assert t[0, 0].item() == 9 and isinstance(memory, torch.FloatStorage) and not isinstance(memory, torch.LongStorage)
    assert memory == t.storage() and memory.data_ptr() == t.data_ptr() and memory.untyped() == t.untyped_storage()
    assert memory.fill_(2) is memory and t.sum().item() == 12
    assert torch.FloatStorage([1, 2]).tolist() == [1.0, 2.0] and torch.LongStorage(3).size() == 3 and torch.is_storage(memory.untyped())
    assert repr(torch.FloatStorage([1])).endswith("[torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 1]")


def test_storage_of_a_file(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(bytes(range(12)))
    memory = torch.UntypedStorage.from_file(str(file), shared=False, nbytes=12)
    part = memory[4:12]
    assert part.nbytes() == 8 and part.tolist() == list(range(4, 12))
    t = torch.asarray(part, dtype=torch.int32)
    assert t.shape == (2,) and t.view(torch.uint8).tolist() == list(range(4, 12))
    t.zero_()
    assert memory[5] == 0 and file.read_bytes() == bytes(range(12))


def test_new_and_subclass():
    t = torch.zeros(2, dtype=torch.float64)
    assert t.new(2, 3).shape == (2, 3) and t.new([1, 2]).dtype is torch.float64 and t.new(torch.Size([4])).shape == (4,) and t.new().shape == (0,)

    class Mine(torch.Tensor):
        pass
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).as_subclass(Mine)
    assert type(y) is Mine and y.grad_fn is not None
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]
    with pytest.raises(TypeError, match="subclass"):
        t.as_subclass(int)


def test_arguments_by_name():
    t = torch.arange(6.0).view(size=(2, 3))
    assert torch.zeros(size=(2, 3)).shape == t.new_ones(size=(2, 3)).shape == torch.rand(size=(2, 3)).shape == (2, 3)
    assert t.permute(dims=(1, 0)).shape == t.reshape(shape=(3, 2)).shape == t.swapaxes(axis0=0, axis1=1).shape == (3, 2)
    assert torch.ones(1, 3).expand(size=(4, 3)).shape == (4, 3) and torch.arange(end=3).tolist() == [0, 1, 2] and t.view(dtype=torch.int32).shape == (2, 3)
    assert t.to(other=torch.ones(1, dtype=torch.float64)).dtype is torch.float64
    with pytest.raises(TypeError, match="end"):
        torch.arange()


def test_small_questions():
    t = torch.ones(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    assert t.dim_order() == (0, 2, 3, 1) and torch.ones(2, 3).dim_order() == (0, 1)
    assert not (t.is_conj() or t.is_pinned() or t.is_xla) and torch.tensor(1).is_nonzero() and t.is_same_size(t) and t.name is None
