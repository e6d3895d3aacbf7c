"""A loader that is saved within a pass goes on, in another process, with the very next batch."""
import io
import os
import random

import numpy as np
import pytest

import flambeau
from flambeau.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    get_worker_info,
)

N = 13
WORKERS = [0, 1, 2] if hasattr(os, "fork") else [0]


def values(batch):
    if isinstance(batch, flambeau.Tensor):
        return batch.tolist()
    return [values(item) for item in batch] if isinstance(batch, (list, tuple)) else batch


def saved(state):
    """The state as it is after it was on a disk."""
    file = io.BytesIO()
    flambeau.save(state, file)
    file.seek(0)
    return flambeau.load(file)


def scramble():
    """Another process has other random numbers."""
    flambeau.manual_seed(999)
    random.seed(999)
    np.random.seed(999)


def program_state():
    return flambeau.get_rng_state(), random.getstate(), np.random.get_state()


def set_program_state(states):
    flambeau.set_rng_state(states[0])
    random.setstate(states[1])
    np.random.set_state(states[2])


def check(make, at, keep_program_state=False, passes=1):
    """Read a loader to batch `at`, save, read on; make it again elsewhere, load, read on: the same batches, then a whole pass."""
    loader = make()
    for _ in range(passes - 1):
        list(loader)
    batches = iter(loader)
    seen = [values(next(batches)) for _ in range(at)]
    state, program = saved(loader.state_dict()), program_state()
    rest = [values(batch) for batch in batches]
    del batches
    scramble()
    again = make()
    if keep_program_state:
        set_program_state(program)
    before = program_state()
    again.load_state_dict(state)
    resumed = iter(again)
    if not keep_program_state:
        assert flambeau.equal(flambeau.get_rng_state(), before[0]) and random.getstate() == before[1], "the program's generators moved"
    assert len(seen) == at and [values(batch) for batch in resumed] == rest
    assert len(list(again)) == at + len(rest)


class Noisy(Dataset):
    def __init__(self):
        self.generator = np.random.default_rng(4)

    def __len__(self):
        return N

    def __getitem__(self, i):
        return i, flambeau.rand(2), random.random(), np.random.rand()


class NoisyOwn(Noisy):
    def __getitem__(self, i):
        return *super().__getitem__(i), self.generator.random()


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("at", [0, 1, 3, 5])
@pytest.mark.parametrize("options", [
    {"batch_size": 3}, {"batch_size": 3, "shuffle": True}, {"batch_size": 2, "shuffle": True, "drop_last": True},
    {"batch_size": None, "shuffle": True}, {"batch_sampler": BatchSampler(SubsetRandomSampler(range(N)), 2, False)},
    {"batch_size": 2, "sampler": WeightedRandomSampler([1.0] * N, N)},
    {"batch_size": 2, "sampler": RandomSampler(range(N), replacement=True, num_samples=2 * N)},
], ids=lambda options: ",".join(options))
def test_the_order(workers, at, options):
    flambeau.manual_seed(1)
    # Without workers nothing is drawn before the first batch, and then by the program's generator.
    check(lambda: DataLoader(range(N), num_workers=workers, **options), at, keep_program_state=at == workers == 0)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("at", [0, 2, 5])
def test_a_generator_of_the_users(workers, at):
    def make():
        return DataLoader(range(N), batch_size=3, shuffle=True, num_workers=workers, generator=flambeau.Generator().manual_seed(8))

    check(make, at)
    generator = flambeau.Generator().manual_seed(8)
    loader = DataLoader(range(N), batch_size=3, shuffle=True, num_workers=workers, generator=generator)
    batches = iter(loader)
    for _ in range(at):
        next(batches)
    state = saved(loader.state_dict())
    following = [values(batch) for batch in batches], [values(batch) for batch in loader]
    generator = flambeau.Generator().manual_seed(1)
    loader = DataLoader(range(N), batch_size=3, shuffle=True, num_workers=workers, generator=generator)
    loader.load_state_dict(state)
    assert ([values(batch) for batch in loader], [values(batch) for batch in loader]) == following  # the next pass agrees, too


@pytest.mark.parametrize("at", [0, 1, 4])
@pytest.mark.parametrize("passes", [1, 2])
def test_random_numbers_of_this_process(at, passes):
    check(lambda: DataLoader(Noisy(), batch_size=3, shuffle=True), at, keep_program_state=True, passes=passes)


@pytest.mark.parametrize("workers", WORKERS[1:])
@pytest.mark.parametrize("at", [0, 1, 2, 4])
@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("passes", [1, 2])
def test_random_numbers_of_workers(workers, at, persistent, passes):
    check(lambda: DataLoader(NoisyOwn(), batch_size=3, shuffle=True, num_workers=workers, persistent_workers=persistent), at, passes=passes)


@pytest.mark.skipif(len(WORKERS) == 1, reason="no fork")
@pytest.mark.parametrize("at", [0, 1, 2])
def test_persistent_workers_that_had_read_on_in_a_pass_that_was_left(at):
    def make():
        return DataLoader(NoisyOwn(), batch_size=2, num_workers=2, persistent_workers=True)

    loader = make()
    next(iter(loader))
    batches = iter(loader)
    for _ in range(at):
        next(batches)
    state = saved(loader.state_dict())
    rest = [values(batch) for batch in batches]
    scramble()
    again = make()
    again.load_state_dict(state)
    assert [values(batch) for batch in again] == rest


class Stream(IterableDataset):
    """Each worker its share, with noise."""

    def __iter__(self):
        info = get_worker_info()
        for i in range(info.id if info else 0, N, info.num_workers if info else 1):
            yield i, i * i


class Counting(Stream):
    """Keeps its place itself, and counts what it reads."""

    def __init__(self):
        self.place, self.read = 0, 0

    def __iter__(self):
        info = get_worker_info()
        mine = range(N)[info.id :: info.num_workers] if info else range(N)
        while self.place < len(mine):
            self.place, self.read = self.place + 1, self.read + 1
            yield mine[self.place - 1], self.read
        self.place = 0

    def state_dict(self):
        return {"place": self.place}

    def load_state_dict(self, state):
        self.place = state["place"]


class Walker:
    def __init__(self, numbers):
        self.numbers, self.place = numbers, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.place >= len(self.numbers):
            raise StopIteration
        self.place += 1
        return self.numbers[self.place - 1]

    def state_dict(self):
        return {"place": self.place}

    def load_state_dict(self, state):
        self.place = state["place"]


class Walking(IterableDataset):
    """Its iterator keeps the place."""

    def __iter__(self):
        info = get_worker_info()
        return Walker(range(N)[info.id :: info.num_workers] if info else range(N))


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("at", [0, 1, 2, 4])
@pytest.mark.parametrize("make", [Stream, Walking])
@pytest.mark.parametrize("batch_size", [None, 2])
def test_streams(workers, at, make, batch_size):
    check(lambda: DataLoader(make(), batch_size=batch_size, num_workers=workers), at)


@pytest.mark.parametrize("workers", WORKERS)
def test_a_stream_that_keeps_its_place_is_not_read_again(workers):
    def make():
        return DataLoader(Counting(), batch_size=2, num_workers=workers)

    loader = make()
    batches = iter(loader)
    next(batches), next(batches)
    state = saved(loader.state_dict())
    rest = [values(batch)[0] for batch in batches]
    again = make()
    again.load_state_dict(state)
    resumed = [values(batch) for batch in again]
    assert [numbers for numbers, _ in resumed] == rest
    assert resumed[0][1][0] == 1, "it read what it had read before"


@pytest.mark.parametrize("workers", WORKERS)
def test_a_sampler_that_keeps_its_place_is_asked(workers):
    class Own(Sampler):
        """Draws from the default generator at every step, so its order cannot be drawn again."""

        def __init__(self):
            self.left = list(range(N))

        def __iter__(self):
            while self.left:
                yield self.left.pop(int(flambeau.randint(len(self.left), ())))
            self.left = list(range(N))

        def __len__(self):
            return N

        def state_dict(self):
            return {"left": self.left}

        def load_state_dict(self, state):
            self.left = list(state["left"])

    loader = DataLoader(range(N), batch_size=2, sampler=Own(), num_workers=workers)
    batches = iter(loader)
    seen = [values(next(batches)), values(next(batches))]
    state = saved(loader.state_dict())
    scramble()
    again = DataLoader(range(N), batch_size=2, sampler=Own(), num_workers=workers)
    again.load_state_dict(state)
    assert sorted(sum([*seen, *map(values, again)], [])) == list(range(N))


@pytest.mark.parametrize("workers", WORKERS)
def test_after_a_break_and_twice(workers):
    flambeau.manual_seed(2)
    loader = DataLoader(range(N), batch_size=2, shuffle=True, num_workers=workers)
    for i, _ in enumerate(loader):
        if i == 1:
            break
    first = saved(loader.state_dict())
    again = DataLoader(range(N), batch_size=2, shuffle=True, num_workers=workers)
    again.load_state_dict(first)
    assert again.state_dict() is first
    batches = iter(again)
    third = values(next(batches))
    second = saved(again.state_dict())
    rest = [values(batch) for batch in batches]
    for state, expected in ((first, [third, *rest]), (second, rest)):
        loader.load_state_dict(state)
        assert [values(batch) for batch in loader] == expected


def test_at_the_last_batch_nothing_is_left_of_the_pass():
    loader = DataLoader(range(4), batch_size=2)
    batches = iter(loader)
    next(batches), next(batches)
    state = loader.state_dict()
    assert list(batches) == []
    loader.load_state_dict(state)
    assert list(loader) == [] and len(list(loader)) == 2


def test_between_passes():
    loader = DataLoader(range(4), batch_size=2)
    for state in (loader.state_dict(), (list(loader), loader.state_dict())[1]):
        loader.load_state_dict(saved(state))
        assert [values(batch) for batch in loader] == [[0, 1], [2, 3]]


def test_map_datasets_with_a_state():
    class Curriculum(Dataset):
        level = 0

        def __len__(self):
            return 6

        def __getitem__(self, i):
            self.level += 1
            return self.level

        def state_dict(self):
            return {"level": self.level}

        def load_state_dict(self, state):
            self.level = state["level"]

    for workers in WORKERS[:2]:
        check(lambda workers=workers: DataLoader(Curriculum(), batch_size=2, num_workers=workers), 2)


@pytest.mark.skipif(len(WORKERS) == 1, reason="no fork")
def test_what_cannot_be():
    loader = DataLoader(range(N), num_workers=2, in_order=False)
    batches = iter(loader)
    next(batches)
    with pytest.raises(RuntimeError, match="in_order=False cannot be saved within a pass"):
        loader.state_dict()
    loader = DataLoader(range(N), num_workers=2)
    next(iter(loader))
    other = DataLoader(range(N), num_workers=1)
    other.load_state_dict(loader.state_dict())
    with pytest.raises(ValueError, match="saved with num_workers=2 and has num_workers=1 now"):
        iter(other)
    for state in ({}, None, {"version": 7, "batches": 1}):
        with pytest.raises(ValueError, match="this is not what DataLoader.state_dict"):
            loader.load_state_dict(state)


def test_a_training_run_that_is_broken_and_resumed_ends_with_the_same_weights(request):
    flambeau.use_deterministic_algorithms(True)     # else how often a step was seen decides whether it is compiled, which may round otherwise
    request.addfinalizer(lambda: flambeau.use_deterministic_algorithms(False))
    data = TensorDataset(flambeau.randn(40, 3), flambeau.randn(40, 1))

    def parts():
        flambeau.manual_seed(0)
        model = flambeau.nn.Sequential(flambeau.nn.Linear(3, 8), flambeau.nn.Dropout(0.5), flambeau.nn.Linear(8, 1))
        return model, flambeau.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), DataLoader(data, batch_size=4, shuffle=True)

    def run(model, optimizer, loader, epochs, stop=None):
        steps = 0
        for _ in range(epochs):
            for x, y in loader:
                optimizer.zero_grad()
                ((model(x) - y) ** 2).mean().backward()
                optimizer.step()
                steps += 1
                if steps == stop:
                    return saved({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "loader": loader.state_dict(),
                                  "random": flambeau.get_rng_state()})
        return [weight.tolist() for weight in model.state_dict().values()]

    unbroken = run(*parts(), epochs=3)
    checkpoint = run(*parts(), epochs=3, stop=14)
    model, optimizer, loader = parts()
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    loader.load_state_dict(checkpoint["loader"])
    scramble()
    flambeau.set_rng_state(checkpoint["random"])
    assert run(model, optimizer, loader, epochs=2) == unbroken
