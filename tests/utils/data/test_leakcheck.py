"""The test set that is the training set: told once, and never where it is meant."""
import gc
import warnings

import pytest

import flambeau
from flambeau.utils.data import DataLoader, Subset, SubsetRandomSampler, TensorDataset, leakcheck


class Fashion(TensorDataset):
    def __init__(self, train=True, root="data"):
        super().__init__(flambeau.arange(8.0).reshape(8, 1), flambeau.arange(8.0).reshape(8, 1))
        self.content_key = ("Fashion", root, f"train={train}")


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    for name in ("_known", "_trained"):
        monkeypatch.setattr(leakcheck, name, {})
    monkeypatch.setattr(leakcheck, "_warned", set())
    yield
    leakcheck._watch.end()


def train(loader, steps=True):
    weight = flambeau.zeros(1, requires_grad=True)
    optimizer = flambeau.optim.SGD([weight], lr=0.1)
    for x, y in loader:
        ((x * weight - y) ** 2).mean().backward()
        if steps:
            optimizer.step()
        optimizer.zero_grad()


def evaluate(loader):
    with flambeau.no_grad():
        return sum(x.sum().item() for x, _ in loader)


def test_the_slip():
    training, test = DataLoader(Fashion(train=True), batch_size=4, shuffle=True), DataLoader(Fashion(train=True), batch_size=4)
    train(training)
    with pytest.warns(UserWarning, match="the test set is the training set.*Fashion.*train=True.*train=False") as found:
        evaluate(test)
    assert len(found) == 1 and found[0].filename == __file__
    evaluate(test)  # once is enough
    train(training)
    evaluate(test)


def silent(*actions):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for action in actions:
            action()


def test_a_real_test_set():
    training, test = DataLoader(Fashion(True)), DataLoader(Fashion(False))
    silent(lambda: train(training), lambda: evaluate(test))


def test_the_training_accuracy():
    data = Fashion()
    silent(lambda: train(DataLoader(data)), lambda: evaluate(DataLoader(data)))


def test_the_training_accuracy_of_a_copy_beside_a_real_test_set():
    training, copy, test = DataLoader(Fashion(True)), DataLoader(Fashion(True)), DataLoader(Fashion(False))
    silent(lambda: train(training), lambda: evaluate(copy), lambda: evaluate(test))


def test_parts_of_one_set():
    first, second = Subset(Fashion(), [0, 1]), Subset(Fashion(), [2, 3])
    silent(lambda: train(DataLoader(first)), lambda: evaluate(DataLoader(second)))
    silent(lambda: train(DataLoader(Fashion(), sampler=SubsetRandomSampler([0, 1]))), lambda: evaluate(DataLoader(Fashion())))
    silent(lambda: train(DataLoader(Fashion())), lambda: evaluate(DataLoader(Fashion(), sampler=[5])))


def test_reading_is_not_training():
    training, test = DataLoader(Fashion()), DataLoader(Fashion())
    silent(lambda: train(training, steps=False), lambda: evaluate(test), lambda: evaluate(training))


def test_another_folder_is_another_set():
    training, test = DataLoader(Fashion(root="a")), DataLoader(Fashion(root="b"))
    silent(lambda: train(training), lambda: evaluate(test))


def test_a_set_that_is_gone_is_forgotten():
    train(DataLoader(Fashion()))
    gc.collect()
    silent(lambda: evaluate(DataLoader(Fashion())))


def test_an_optimizer_that_steps_while_something_else_is_read():
    named, other = DataLoader(Fashion()), DataLoader(TensorDataset(flambeau.ones(2, 1), flambeau.ones(2, 1)))
    silent(lambda: next(iter(named)), lambda: train(other), lambda: evaluate(DataLoader(Fashion())))


def test_the_hook_is_taken_away(monkeypatch):
    live = set()

    class Handle:
        def __init__(self):
            live.add(self)

        def remove(self):
            live.remove(self)

    data = Fashion()
    monkeypatch.setattr(leakcheck, "register_optimizer_step_post_hook", lambda hook: Handle())
    for _ in range(2):
        train(DataLoader(data))
    assert len(live) == 1
    train(DataLoader(TensorDataset(flambeau.ones(2, 1), flambeau.ones(2, 1))))
    assert not live
