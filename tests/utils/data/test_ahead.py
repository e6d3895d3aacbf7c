"""Batches made ahead of time: nobody can tell."""
import gc
import os
import threading
import time

import numpy as np
import pytest

import flambeau
from flambeau.core import graph
from flambeau.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    DistributedSampler,
    RandomSampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    ahead,
    random_split,
)
from flambeau.utils.data.recipe import recipe_of
from flambeau.utils.data.words import advance, random_words
from flambeau.vision import datasets
from flambeau.vision import transforms as T

PLAIN = T.Compose([T.ToTensor(), T.Normalize([0.3], [0.4])])
DRAWING = T.Compose([T.RandomCrop(28, padding=2), T.RandomHorizontalFlip(), T.ToTensor()])


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """Make batches ahead however little it pays."""
    monkeypatch.setattr(ahead, "WORTH", -1.0)
    monkeypatch.setattr(ahead, "PAYS", -1.0)


def without(monkeypatch):
    monkeypatch.setattr(ahead, "DEPTH", 0)


def threads() -> int:
    """How many threads read ahead, once those of earlier tests have ended."""
    gc.collect()
    time.sleep(0.05)
    return sum(thread.name == "DataLoader" for thread in threading.enumerate())


def numbers(n=40):
    return TensorDataset(flambeau.arange(n), flambeau.arange(n) * 0.5)


def a_pass(make, between=lambda: None):
    flambeau.manual_seed(11)
    seen = []
    for batch in make():
        seen.append([part.tolist() for part in batch])
        between()
    return seen, flambeau.rand(2).tolist()


MAKERS = {
    "tensors": lambda: DataLoader(numbers(), 3, shuffle=True),
    "pictures": lambda: DataLoader(Subset(datasets.FashionMNISTSample(transform=PLAIN), list(range(0, 60, 2))), 7, shuffle=True),
    "random transforms": lambda: DataLoader(Subset(datasets.FashionMNISTSample(transform=DRAWING), list(range(40))), 6, shuffle=True),
    "a split": lambda: DataLoader(random_split(datasets.FashionMNISTSample(train=False, transform=DRAWING), [30, 570])[0], 4),
    "side by side": lambda: DataLoader(StackDataset(a=numbers(20), b=TensorDataset(flambeau.arange(20) ** 2)), 3, shuffle=True),
    "replacement": lambda: DataLoader(numbers(), 3, sampler=RandomSampler(range(40), True, 70)),
    "weights": lambda: DataLoader(numbers(), 3, sampler=WeightedRandomSampler(np.arange(1.0, 41), 30)),
    "some": lambda: DataLoader(numbers(), 3, sampler=SubsetRandomSampler(list(range(5, 25)))),
    "a share": lambda: DataLoader(numbers(), 3, sampler=DistributedSampler(numbers(), 2, 1)),
    "own sampler": lambda: DataLoader(numbers(), 3, sampler=[5, 7, 1, 2, 9, 9, 3, 30, 31, 32]),
}


@pytest.mark.parametrize("between", [lambda: None, lambda: flambeau.rand(3), lambda: time.sleep(0.001)], ids=["none", "draws", "waits"])
@pytest.mark.parametrize("name", MAKERS)
def test_a_pass_is_what_it_is_without(name, between, monkeypatch):
    with_thread = a_pass(lambda: map(list_of, MAKERS[name]()), between)
    without(monkeypatch)
    assert with_thread == a_pass(lambda: map(list_of, MAKERS[name]()), between)


def list_of(batch):
    return [part for parts in batch.values() for part in parts] if isinstance(batch, dict) else batch


def test_a_generator_of_the_users_is_drawn_from_at_its_time(monkeypatch):
    def states():
        generator = flambeau.Generator()
        generator.manual_seed(4)
        return [generator.get_state().tolist() for _ in DataLoader(numbers(), 3, shuffle=True, generator=generator)] + [generator.get_state().tolist()]

    with_thread = states()
    without(monkeypatch)
    assert with_thread == states()


def test_the_thread_does_make_batches(monkeypatch):
    made = []
    monkeypatch.setattr(ahead._Job, "_make", lambda self, make=ahead._Job._make: (made.append(threading.current_thread().name), make(self)))
    for _ in DataLoader(numbers(), 3):
        time.sleep(0.005)
    assert made.count("DataLoader") >= 5


def test_a_program_that_draws_in_each_step_soon_has_none_made(monkeypatch):
    made = []
    monkeypatch.setattr(ahead._Job, "_make", lambda self, make=ahead._Job._make: (made.append(1), make(self)))
    loader = MAKERS["random transforms"]()
    for _ in loader:
        flambeau.rand(1)
    assert len(made) <= ahead.DEPTH * ahead.PATIENCE + ahead.DEPTH


@pytest.mark.parametrize("quiet, sampler", [
    (float("inf"), SequentialSampler(range(9))),
    (float("inf"), RandomSampler(range(9))),
    (float("inf"), SubsetRandomSampler([1, 2])),
    (2, RandomSampler(range(9), generator=flambeau.Generator())),
    (0, RandomSampler(range(9), True, generator=flambeau.Generator())),
    (0, [1, 2, 3]),
])  # fmt: skip
def test_which_orders_may_be_drawn_early(quiet, sampler):
    assert ahead.quiet_batches(BatchSampler(sampler, 3, False)) == quiet


class TestChangesAreSeen:
    def test_of_tensors(self):
        data = numbers(12)
        seen = []
        for x, _ in DataLoader(data, 2):
            seen += x.tolist()
            time.sleep(0.002)
            data.tensors[0].add_(100)
        assert seen == [0, 1, 102, 103, 204, 205, 306, 307, 408, 409, 510, 511]

    def test_of_transforms(self):
        data = datasets.FashionMNISTSample(transform=T.Compose([T.ToTensor(), T.Normalize([0.0], [1.0])]))
        maxima = []
        for x, _ in DataLoader(Subset(data, list(range(12))), 2):
            maxima.append(x.max().item())
            time.sleep(0.002)
            data.transform.transforms[1].mean = [-10.0 * len(maxima)]
        assert [round(value / 10) for value in maxima] == [0, 1, 2, 3, 4, 5]

    def test_of_another_transform(self):
        data = datasets.FashionMNISTSample(transform=T.ToTensor())
        kinds = []
        for x, _ in DataLoader(Subset(data, list(range(12))), 2):
            kinds.append(x.dtype)
            time.sleep(0.002)
            data.transform = T.PILToTensor()
        assert kinds == [flambeau.float32] + [flambeau.uint8] * 5


def test_an_error_is_raised_in_its_place():
    seen = []
    with pytest.raises(IndexError) as caught:
        for x, _ in DataLoader(numbers(6), 2, sampler=SubsetRandomSampler([0, 1, 2, 3, 77, 4, 5])):
            seen.append(len(x))
            time.sleep(0.002)

    assert len(seen) < 4 and "77" in caught.value.__notes__[0]


def test_an_early_break_ends_the_thread():
    before = threads()
    iterator = iter(DataLoader(numbers(), 2))
    for _ in range(4):
        next(iterator)
    assert threads() == before + 1
    del iterator
    gc.collect()
    deadline = time.monotonic() + 10
    while threads() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads() == before


def test_only_one_batch_starts_no_thread():
    before = threads()
    next(iter(DataLoader(numbers(), 2)))
    assert threads() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_reads_on():
    iterator = iter(DataLoader(numbers(24), 2))
    for _ in range(4):
        next(iterator)
    expected = list(range(8, 24))
    child = os.fork()
    if child == 0:
        os._exit(0 if [int(i) for x, _ in iterator for i in x] == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [int(i) for x, _ in iterator for i in x] == expected


def test_a_loader_resumes_behind_what_was_yielded(monkeypatch):
    flambeau.manual_seed(2)
    whole = [x.tolist() for x, _ in DataLoader(numbers(), 3, shuffle=True)]
    flambeau.manual_seed(2)
    loader = DataLoader(numbers(), 3, shuffle=True)
    iterator = iter(loader)
    for _ in range(5):
        next(iterator)
        time.sleep(0.001)
    state = loader.state_dict()
    other = DataLoader(numbers(), 3, shuffle=True)
    other.load_state_dict(state)
    assert [x.tolist() for x, _ in other] == whole[5:]


def test_who_has_a_recipe():
    class Mine(TensorDataset):
        def __getitem__(self, index):
            return super().__getitem__(index)

    class Plain(Dataset):
        def __getitem__(self, index):
            return index

    leaf = flambeau.rand(3, requires_grad=True)
    assert recipe_of(numbers()) is not None
    assert all(recipe_of(data) is None for data in (Mine(flambeau.arange(3)), Plain(), TensorDataset(leaf), Subset(numbers(), range(3))))
    data = datasets.FashionMNISTSample(transform=T.Compose([T.ToTensor(), T.Lambda(abs)]))
    assert recipe_of(data) is None
    data.transform = T.ToTensor()
    data.target_transform = str
    assert recipe_of(data) is None


@pytest.mark.parametrize("counts", [[2, 3, 1000], [624, 5, 7], [1, 1, 1250, 2]])
def test_words(counts):
    flambeau.manual_seed(3)
    flambeau.rand(5)
    state = flambeau.get_rng_state().numpy().copy()
    words = [random_words(count) for count in counts]
    assert all(np.array_equal(advance(state, count), some) for count, some in zip(counts, words, strict=True))
    flambeau.set_rng_state(flambeau.from_numpy(state))
    following = flambeau.rand(3).tolist()
    flambeau.manual_seed(3)
    flambeau.rand(5)
    random_words(sum(counts))
    assert flambeau.rand(3).tolist() == following


def test_a_batch_belongs_to_who_asked_for_it(monkeypatch):
    """Though the thread holds its job a moment longer, no step that reads the batch runs before its end."""
    jobs = []
    run = ahead._Job.run
    monkeypatch.setattr(ahead._Job, "run", lambda job: (jobs.append(job), run(job))[1])     # a thread that is late to let go
    data = TensorDataset(flambeau.arange(4000.0).reshape(400, 10))
    read = 0
    for x, in DataLoader(data, batch_size=100, shuffle=True):
        flambeau.run_pending()
        y = x * 2
        assert graph.current_trace().pending and y.shape == (100, 10)
        read += len(x)
        time.sleep(0.02)
    assert read == 400 and jobs
