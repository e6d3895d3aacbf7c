"""The front door of flambeau.utils, DLPack, and handles of hooks."""
import ast
import copy
import gc
import pickle
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest

import flambeau
from flambeau.utils import benchmark
from flambeau.utils.dlpack import DLDeviceType, from_dlpack, to_dlpack
from flambeau.utils.hooks import RemovableHandle


def test_parts_load_on_first_use():
    code = ("import sys, flambeau\nassert not [m for m in sys.modules if m.startswith('flambeau.utils.data')]\n"
            "flambeau.utils.data.DataLoader\nflambeau.utils.checkpoint.checkpoint\nflambeau.utils.dlpack.from_dlpack\n"
            "assert 'flambeau.utils.tensorboard' not in sys.modules\nflambeau.utils.tensorboard.SummaryWriter\nprint(dir(flambeau.utils))")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert set(ast.literal_eval(run.stdout)) >= {"checkpoint", "data", "dlpack", "hooks", "tensorboard"}, run.stderr
    with pytest.raises(AttributeError, match="has no attribute 'datas'"):
        flambeau.utils.datas  # noqa: B018


def test_dlpack_shares_memory():
    array = np.arange(6.0).reshape(2, 3)
    tensor = from_dlpack(array)
    array[0, 0] = 9
    assert tensor[0, 0].item() == 9.0 and tensor.dtype == flambeau.float64
    source = flambeau.arange(4)
    back = from_dlpack(to_dlpack(source))
    source[1] = 7
    assert back.tolist() == [0, 7, 2, 3]
    assert DLDeviceType.kDLCPU == 1


class TestHandles:
    def test_a_plain_dict_is_no_table(self):
        with pytest.raises(TypeError):
            RemovableHandle({})  # it cannot be referred to weakly

    def test_keys_grow_and_hooks_go(self):
        table, other = OrderedDict(), OrderedDict()
        first, second = RemovableHandle(table), RemovableHandle(table, extra_dict=other)
        table[first.id], table[second.id], other[second.id] = "a", "b", "c"
        assert second.id > first.id
        second.remove()
        second.remove()
        assert list(table.values()) == ["a"] and not other
        with first:
            pass
        assert not table

    def test_tables_are_not_kept_alive(self):
        handle = RemovableHandle(OrderedDict())
        gc.collect()
        handle.remove()

    def test_copies_belong_to_the_copied_table(self):
        table = OrderedDict()
        handle = RemovableHandle(table)
        table[handle.id] = len
        table2, handle2 = pickle.loads(pickle.dumps((table, handle)))
        handle2.remove()
        assert not table2 and list(table) == [handle.id]
        assert RemovableHandle(table).id > handle2.id
        assert copy.deepcopy(handle).id == handle.id


def test_the_languages_of_a_timer():
    assert benchmark.Timer("1 + 1", language=benchmark.Language.PYTHON).timeit(2).number_per_run == 2
    with pytest.raises(NotImplementedError, match="measures Python"):
        benchmark.Timer("1 + 1", language=benchmark.Language.CPP)


def test_a_future_by_its_short_name():
    promised = flambeau.Future()
    promised.set_result(3)
    assert promised.wait() == 3 and isinstance(promised, flambeau.futures.Future)


def test_the_size_of_a_storage_counts_its_bytes():
    few, many = (sys.getsizeof(flambeau.zeros(n).untyped_storage()) for n in (1, 1001))
    assert many - few == 4000
