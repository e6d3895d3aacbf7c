"""DataLoader with worker processes: the same batches, random numbers that differ, errors that say where, and nothing left behind."""
import gc
import os
import random
import re
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import flambeau
from flambeau.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    blocks,
    default_collate,
    get_worker_info,
    transport,
    workers,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the datasets here are defined in functions: workers have to be forked")


class Squares(Dataset):
    def __init__(self, n=12):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return flambeau.full((3, 40, 40), float(i)), i * i


def lists(loader):
    return [batch.tolist() for batch in loader]


def children():
    """Processes whose parent is this one, but for the two that multiprocessing keeps for all its users."""
    found = set()
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/children") as file:
            found.update(file.read().split())
    return {pid for pid in found if not {"resource_tracker", "forkserver"} & set(re.split(r"\W+", command(pid)))}


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read()
    except OSError:
        return ""


def left_behind(before):
    """What there is now beyond what there was before, once things have come to rest."""
    end = time.monotonic() + 2
    while True:
        gc.collect()
        processes, files, threads = children() - before[0], len(os.listdir("/proc/self/fd")) - before[1], threading.enumerate()
        new = {"processes": [command(pid) for pid in processes], "threads": [thread for thread in threads if thread not in before[2]]}
        if not any(new.values()) and files <= 3 or time.monotonic() > end:  # multiprocessing may keep files of its own from the first use on
            return new | {"files": max(0, files - 3)}
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def nothing_left_behind():
    if sys.platform != "linux":
        yield
        return
    before = children(), len(os.listdir("/proc/self/fd")), threading.enumerate()
    yield
    assert not any(left_behind(before).values()), left_behind(before)


class TestBatches:
    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.parametrize("options", [{}, {"shuffle": True}, {"drop_last": True}, {"prefetch_factor": 1}, {"persistent_workers": True}])
    def test_are_those_of_one_process(self, workers, options):
        results = []
        for count in (0, workers):
            flambeau.manual_seed(3)
            kept = {key: value for key, value in options.items() if count or key not in ("prefetch_factor", "persistent_workers")}
            loader = DataLoader(Squares(), batch_size=5, num_workers=count, **kept)
            results.append([[(x.shape, x[:, 0, 0, 0].tolist(), y.tolist()) for x, y in loader] for _ in range(2)])
        if options.get("persistent_workers"):
            assert results[0] == results[1]
        assert results[0][0] == results[1][0] and len(results[1][1]) == len(results[0][1])

    def test_of_every_dtype_and_layout(self):
        values = [
            flambeau.arange(24).reshape(4, 6).to(dtype)
            for dtype in (flambeau.bool, flambeau.uint8, flambeau.int16, flambeau.int64, flambeau.float16, flambeau.bfloat16,
                          flambeau.float32, flambeau.float64, flambeau.complex64)
        ]
        big = flambeau.arange(60000.0).reshape(2, 100, 300)
        values += [flambeau.tensor(3.5), flambeau.zeros(0, 2), big, big.transpose(1, 2), big.permute(2, 0, 1), big[:, ::2],
                   big[:1].expand(2, 100, 300)]
        (received,) = DataLoader([0], batch_size=None, collate_fn=lambda _: values, num_workers=1)
        for sent, got in zip(values, received, strict=True):
            assert got.dtype == sent.dtype and got.shape == sent.shape and flambeau.equal(got, sent) and not got.requires_grad
        assert received[-5].is_contiguous() and received[-4].stride() == big.transpose(1, 2).stride()

    def test_of_other_things(self):
        things = {"array": np.arange(50000.0), "words": np.array(["a", "b"]), "text": "x" * 100000, "none": None, "set": {1, 2}}
        (received,) = DataLoader([0], batch_size=None, collate_fn=lambda _: things, num_workers=1)
        assert received["words"].tolist() == ["a", "b"] and received["text"] == things["text"] and received["set"] == {1, 2}
        assert np.array_equal(received["array"], things["array"])
        received["array"][0] = 9
        assert received["array"][0] == 9

    def test_may_be_kept_and_written_to(self):
        kept = [x for x, _ in DataLoader(Squares(40), batch_size=4, num_workers=2)]
        for batch in kept[::2]:
            batch.fill_(-1)
        assert [x[:, 0, 0, 0].tolist() for x in kept[1::2]] == [[float(i) for i in range(k, k + 4)] for k in range(4, 40, 8)]
        views = [x[1, 0, 0, :1] for x, _ in DataLoader(Squares(40), batch_size=4, num_workers=1)]
        gc.collect()
        assert [view.item() for view in views] == [float(i) for i in range(1, 40, 4)]

    def test_of_changing_sizes(self):
        class Growing(Dataset):
            def __len__(self):
                return 40

            def __getitem__(self, i):
                return flambeau.full(((i * 7919) % 60000 + 1,), float(i))

        for i, x in enumerate(DataLoader(Growing(), batch_size=None, num_workers=2)):
            assert x.shape == ((i * 7919) % 60000 + 1,) and (x == i).all()

    def test_that_the_worker_keeps(self):
        kept = []

        def keep(batch):
            kept.append(default_collate(batch))
            return kept[-1], sum(int((old == i).all()) for i, old in enumerate(kept))

        class Filled(Squares):
            def __getitem__(self, i):
                return flambeau.full((20000,), float(i))

        for i, (batch, unchanged) in enumerate(DataLoader(Filled(), num_workers=1, collate_fn=keep)):
            assert (batch == i).all() and unchanged == i + 1

    def test_without_shared_memory(self, monkeypatch):
        monkeypatch.setattr(transport, "AVAILABLE", False)
        self.test_of_every_dtype_and_layout()
        self.test_may_be_kept_and_written_to()

    def test_with_little_shared_memory(self, monkeypatch):
        monkeypatch.setattr(blocks, "MOST", 3)
        self.test_may_be_kept_and_written_to()

    def test_requiring_gradients(self):
        leaf = flambeau.ones(2, requires_grad=True)
        (received,) = DataLoader([0], batch_size=None, collate_fn=lambda _: leaf, num_workers=1)
        assert received.requires_grad and received.is_leaf
        with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor"):
            list(DataLoader([0], batch_size=None, collate_fn=lambda _: leaf * 2, num_workers=1))

    def test_as_they_come(self):
        class Slow(Dataset):
            def __len__(self):
                return 6

            def __getitem__(self, i):
                time.sleep(0.5 if i == 0 else 0)
                return i

        found = [batch.item() for batch in DataLoader(Slow(), num_workers=2, in_order=False)]
        assert sorted(found) == list(range(6)) and found[0] != 0

    def test_of_long_lists_of_indices(self):
        # More than a pipe holds, both ways: neither side may wait for the other.
        loader = DataLoader(range(200_000), batch_size=50_000, num_workers=2, collate_fn=lambda batch: [str(i) for i in batch])
        assert [len(batch) for batch in loader] == [50_000] * 4


class TestStreams:
    def test_are_read_in_turn_until_the_last_ends(self):
        class Stream(IterableDataset):
            def __iter__(self):
                worker = get_worker_info().id
                return iter([[0, 1, 2, 3, 4], [10]][worker])

        for persistent in (False, True):
            loader = DataLoader(Stream(), num_workers=2, persistent_workers=persistent)
            for _ in range(2):
                assert [batch.item() for batch in loader] == [0, 10, 1, 2, 3, 4]

    def test_whose_length_is_wrong(self):
        class Stream(IterableDataset):
            def __len__(self):
                return 2

            def __iter__(self):
                return iter(range(3))

        loader = DataLoader(Stream(), num_workers=1)
        assert len(loader) == 2
        with pytest.warns(UserWarning, match="was reported to be 2.*get_worker_info"):
            assert len(list(loader)) == 3


class Noise(Dataset):
    """A draw from every generator that there is."""

    def __init__(self):
        self.numpy, self.legacy, self.python = np.random.default_rng(0), np.random.RandomState(0), random.Random(0)
        self.transforms = [{"jitter": np.random.Generator(np.random.MT19937(5))}]

    def __len__(self):
        return 8

    def __getitem__(self, i):
        return (flambeau.rand(()).item(), random.random(), np.random.rand(), self.numpy.random(), self.legacy.rand(), self.python.random(),
                self.transforms[0]["jitter"].random())


# Written down from PyTorch 2.13: the first draws of worker 1 of 2 after manual_seed(5), from torch, random and numpy.random.
PYTORCH = [0.2905186414718628, 0.7347412016282042, 0.08072729909407361]


class TestRandomNumbers:
    @pytest.mark.parametrize("persistent", [False, True])
    def test_differ_by_worker_and_by_epoch(self, persistent):
        loader = DataLoader(Noise(), num_workers=2, persistent_workers=persistent)
        draws = [[column.item() for column in batch] for _ in range(2) for batch in loader]
        for column in zip(*draws, strict=True):
            assert len(set(column)) == len(draws)

    def test_are_the_same_under_the_same_seed(self):
        def draws():
            flambeau.manual_seed(5)
            return [[column.item() for column in batch] for batch in DataLoader(Noise(), num_workers=2)]

        assert draws() == draws()

    def test_are_pytorchs(self):
        flambeau.manual_seed(5)
        second = list(DataLoader(Noise(), num_workers=2))[1]
        assert [column.item() for column in second[:3]] == PYTORCH

    def test_a_streams_own_generator_is_left_alone(self):
        class Shared(IterableDataset):
            """All workers draw one order and each takes its share of it."""

            def __init__(self):
                self.generator = np.random.default_rng(0)

            def __iter__(self):
                info = get_worker_info()
                return iter(self.generator.permutation(10)[info.id :: info.num_workers].tolist())

        assert sorted(batch.item() for batch in DataLoader(Shared(), num_workers=2)) == list(range(10))

    def test_the_programs_own_are_left_alone(self):
        dataset, before = Noise(), random.getstate()
        list(DataLoader(dataset, num_workers=1))
        assert random.getstate() == before and dataset.numpy.random() == np.random.default_rng(0).random()


def test_worker_info():
    class Info(Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, i):
            info = get_worker_info()
            return info.id, info.num_workers, info.seed - flambeau.initial_seed(), info.dataset is self

    assert get_worker_info() is None
    rows = [[column.item() for column in batch] for batch in DataLoader(Info(), num_workers=2)]
    assert rows == [[0, 2, 0, True], [1, 2, 0, True]]


def test_init_function():
    def init(worker):
        get_worker_info().dataset.n = 100 + worker

    class Reader(Squares):
        def __getitem__(self, i):
            return self.n

    assert lists(DataLoader(Reader(4), num_workers=2, worker_init_fn=init)) == [[100], [101], [100], [101]]


class Failing(Dataset):
    def __init__(self, how, at=5):
        self.how, self.at = how, at

    def __len__(self):
        return 8

    def __getitem__(self, i):
        if i == self.at:
            self.how()
        return i


def fail(error):
    def how():
        raise error
    return how


class TestErrors:
    def test_of_the_dataset(self):
        batches = iter(DataLoader(Failing(fail(ValueError("bad item"))), batch_size=2, num_workers=1))
        assert next(batches).tolist() == [0, 1] and next(batches).tolist() == [2, 3]
        with pytest.raises(ValueError) as found:
            next(batches)
        message = str(found.value)
        assert message.startswith("Caught ValueError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n")
        assert "in how" in message and "ValueError: bad item\nwhile loading sample 5 of Failing" in message
        assert next(batches).tolist() == [6, 7]

    def test_of_the_collate_function(self):
        message = r"Caught RuntimeError in DataLoader worker process 0(.|\n)*while collating samples \[0, 1\] of list"
        with pytest.raises(RuntimeError, match=message):
            list(DataLoader([[1], [1, 2]], batch_size=2, num_workers=1))

    def test_that_print_their_argument(self):
        with pytest.raises(KeyError) as found:
            list(DataLoader(Failing(fail(KeyError("boom"))), num_workers=1))
        assert str(found.value).startswith("Caught KeyError in DataLoader worker process 0.\nOriginal")

    def test_that_cannot_be_made_again(self):
        class Local(ArithmeticError):
            pass

        code = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        for error, kind in ((Local("x"), ArithmeticError), (code, RuntimeError)):
            with pytest.raises(kind, match=f"Caught {type(error).__name__} in"):
                list(DataLoader(Failing(fail(error)), num_workers=1))

    def test_of_the_start(self):
        def init(worker):
            raise OSError("no database")

        loader = DataLoader(range(4), num_workers=1, worker_init_fn=init)
        with pytest.raises(OSError, match="Caught OSError in DataLoader worker process 0(.|\n)*no database"):
            next(iter(loader))

        class Unopened(IterableDataset):
            def __iter__(self):
                raise OSError("no file")

        with pytest.raises(OSError, match="no file"):
            next(iter(DataLoader(Unopened(), num_workers=1)))

    def test_of_a_batch_that_cannot_be_sent(self):
        with pytest.raises((TypeError, AttributeError), match="(.|\n)*collate_fn returns must be picklable"):
            list(DataLoader(range(2), num_workers=1, collate_fn=lambda batch: (lambda: batch)))

    def test_of_getitem_without_the_index(self):
        class Faces(Dataset):
            def __len__(self):
                return 2

            def __getitem__(self):
                return 1

        with pytest.raises(TypeError, match="(.|\n)*Faces.__getitem__ takes the sample's index"):
            list(DataLoader(Faces(), num_workers=1))

    def test_too_slow(self):
        loader = DataLoader(Failing(lambda: time.sleep(1.5), at=0), num_workers=1, timeout=0.3)
        with pytest.raises(RuntimeError, match="DataLoader timed out after 0.3 seconds"):
            next(iter(loader))

    def test_options(self):
        with pytest.raises(AssertionError, match="prefetch_factor must be greater than 0"):
            iter(DataLoader([1], num_workers=1, prefetch_factor=0))
        with pytest.raises(ValueError, match="should specify a valid start method in .* but got multiprocessing_context='threads'"):
            DataLoader([1], num_workers=1, multiprocessing_context="threads")
        with pytest.raises(TypeError, match="multiprocessing_context=3"):
            DataLoader([1], num_workers=1, multiprocessing_context=3)


class TestDeaths:
    def test_a_killed_worker_is_told_of_at_once(self):
        batches = iter(DataLoader(Failing(lambda: os.kill(os.getpid(), signal.SIGKILL)), batch_size=2, num_workers=1))
        assert [next(batches).tolist(), next(batches).tolist()] == [[0, 1], [2, 3]]
        start = time.monotonic()
        for _ in range(2):
            with pytest.raises(RuntimeError, match=r"^DataLoader worker \(pid \d+\) is killed by signal: Killed.*memory runs out.*"
                                                   r"It was worker 0, loading samples \[4, 5\] of Failing."):
                next(batches)
        assert time.monotonic() - start < 4

    def test_one_killed_from_outside_while_the_other_is_busy(self):
        loader = DataLoader(Failing(lambda: time.sleep(60), at=0), num_workers=2)
        batches = iter(loader)
        pid = batches._team._workers[1].process.pid
        threading.Timer(0.2, os.kill, (pid, signal.SIGTERM)).start()
        start = time.monotonic()
        with pytest.raises(RuntimeError, match=rf"worker \(pid {pid}\) is killed by signal: Terminated"):
            next(batches)
        assert time.monotonic() - start < 4

    def test_one_that_exits(self):
        with pytest.raises(RuntimeError, match=r"worker \(pid \d+\) exited unexpectedly with exit code 3. Rerunning with num_workers=0"):
            list(DataLoader(Failing(lambda: sys.exit(3)), num_workers=1))

    def test_persistent_workers_are_replaced(self, tmp_path):
        class Once(Failing):
            def __getitem__(self, i):
                if i == 5 and not os.path.exists(self.how):
                    open(self.how, "w").close()
                    os._exit(1)
                return i

        loader = DataLoader(Once(tmp_path / "died"), num_workers=1, persistent_workers=True)
        with pytest.raises(RuntimeError, match="exited unexpectedly"):
            list(loader)
        assert lists(loader) == [[i] for i in range(8)]


class TestEnds:
    def test_an_early_break(self):
        for _ in range(5):
            next(iter(DataLoader(Squares(100), batch_size=2, num_workers=2)))

    def test_a_break_in_a_persistent_pass(self):
        loader = DataLoader(range(50), num_workers=2, persistent_workers=True, shuffle=True)
        for _ in range(3):
            next(iter(loader))
        assert sorted(batch.item() for batch in loader) == list(range(50))

    def test_a_worker_that_hangs_is_killed(self, monkeypatch):
        monkeypatch.setattr(workers, "GRACE", 0.5)
        start = time.monotonic()
        batches = iter(DataLoader(Failing(lambda: time.sleep(60), at=1), num_workers=1))
        next(batches)
        del batches
        assert time.monotonic() - start < 3

    def test_a_thread_may_use_a_loader(self):
        found = []
        thread = threading.Thread(target=lambda: found.extend(lists(DataLoader(range(6), batch_size=3, num_workers=1))))
        thread.start()
        thread.join()
        assert found == [[0, 1, 2], [3, 4, 5]]

    def test_a_fork_does_not_end_its_parents_workers(self):
        batches = iter(DataLoader(range(6), num_workers=1))
        next(batches)
        pid = os.fork() if sys.version_info < (3, 12) else quiet_fork()
        if pid == 0:
            del batches
            gc.collect()
            os._exit(0)
        os.waitpid(pid, 0)
        assert [batch.item() for batch in batches] == [1, 2, 3, 4, 5]


def quiet_fork():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
