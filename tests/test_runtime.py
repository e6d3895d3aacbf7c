"""Which programs are compiled, and when: by counting, so that the same script gives the same bits."""
import pytest

import flambeau as torch
from flambeau.runtime import ALIKE, Tiers


@pytest.fixture(autouse=True)
def counted(monkeypatch):
    """How many programs were compiled since the test began."""
    monkeypatch.setattr(Tiers, "compiled", 0)
    monkeypatch.setattr(Tiers, "kinds", {})
    return lambda: Tiers.compiled


def step(n):
    """Some six steps on n rows, which no other test records."""
    x = torch.arange(n * 64, dtype=torch.float32).reshape(n, 64) / 64
    return ((x.tanh() * 2 + 1).sqrt().sum(1) @ torch.full((n,), 0.25)).item()


def test_a_structure_is_compiled_when_it_comes_again(counted):
    first = step(37)
    assert counted() == 0
    for _ in range(4):                      # (the numbers in it are new at first, and met again later)
        assert step(37) == pytest.approx(first, rel=1e-5)
    assert counted() == 1


def test_a_last_batch_of_another_size_is_compiled_too(counted):
    for _ in range(4):
        for n in range(40, 40 + ALIKE):
            step(n)
    assert counted() == ALIKE


def test_what_keeps_growing_is_not_compiled_at_every_length(counted):
    lengths = range(50, 62)
    for _ in range(3):                      # three texts
        for n in lengths:
            step(n)
    assert counted() == 0
    for _ in range(len(lengths)):           # as many more: now each has been seen more often than there are lengths
        for n in lengths:
            step(n)
    assert counted() == len(lengths)


def test_what_computes_much_waits_less(counted):
    for n in range(20000, 20006):             # on so many elements interpreting is what costs
        for _ in range(5):
            step(n)
    assert counted() == 6


def test_deterministic_means_compiled_at_once(counted):
    torch.use_deterministic_algorithms(True)
    try:
        step(45)
        assert counted() == 1
    finally:
        torch.use_deterministic_algorithms(False)
