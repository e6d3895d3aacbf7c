"""Blocks of shared memory: the two sides in one process, without the pipe between."""
import os

import numpy as np
import pytest

from flambeau.utils.data import blocks

pytestmark = pytest.mark.skipif(not blocks.AVAILABLE, reason="the system has no memfd")


@pytest.fixture
def both():
    pool, mapped = blocks.Pool(), blocks.Mapped()

    def send(size, fill):
        array = pool.allocate(size)
        array[:] = fill
        number = pool.lend(array.data)
        mapped.forget(pool.dropped)
        pool.dropped.clear()
        for new, descriptor in pool.new:
            mapped.add(new, os.dup(descriptor))
        while pool.new:
            pool.close_first()
        return number, mapped.array(number, size)

    def exchange():
        pool.give_back(mapped.unused())

    yield pool, send, exchange
    pool._memory.clear()
    mapped._memory.clear()


def test_are_used_again_when_nobody_uses_them(both):
    pool, send, exchange = both
    first, a = send(100_000, 1)
    second, b = send(100_000, 2)
    assert first != second and (a == 1).all() and (b == 2).all()
    part = a[50_000:].view(np.int16)
    del a
    exchange()
    third, c = send(100_000, 3)
    assert third not in (first, second) and part[0] == 0x0101
    del part
    exchange()
    fourth, d = send(90_000, 4)
    assert fourth == first and (b == 2).all() and (c == 3).all() and len(d) == 90_000


def test_too_small_ones_are_dropped(both):
    pool, send, exchange = both
    _, a = send(100_000, 1)
    del a
    exchange()
    number, b = send(10_000_000, 2)
    assert list(pool._memory) == [number] and (b == 2).all()


def test_one_that_was_never_sent_is_free(both):
    pool, send, exchange = both
    array = pool.allocate(100_000)
    number, _ = send(100_000, 5)
    assert number == 1
    del array
    assert send(100_000, 6)[0] == 0


def test_bytes_that_lie_elsewhere(both):
    pool, _, _ = both
    array = pool.allocate(100_000)
    assert pool.lend(np.zeros(100_000, np.uint8).data) is None
    assert pool.lend(array.data) == 0
    assert pool.lend(array.data) is None, "it is the receiver's already"


def test_there_may_be_too_many(both, monkeypatch):
    pool, send, exchange = both
    monkeypatch.setattr(blocks, "MOST", 2)
    kept = [send(100_000, 1), send(100_000, 2)]
    assert pool.allocate(100_000) is None
    del kept[0]
    exchange()
    assert pool.allocate(100_000) is not None
