"""A backward that is replayed gives what walking it would give; what its structure does not tell makes it walk."""
from __future__ import annotations

import pytest

import flambeau as torch
from flambeau.autograd import replay


@pytest.fixture
def replayed(monkeypatch):
    """Counts the backwards that were not walked."""
    count = []
    plain, known = replay.run, replay.run_event
    monkeypatch.setattr(replay, "run", lambda t, where: plain(t, where) and (count.append(1) or True))
    monkeypatch.setattr(replay, "run_event", lambda t: known(t) and (count.append(1) or True))
    return count


def backward_twice(make, leaves):
    """The gradients of two rounds that differ in nothing, each from a fresh trace."""
    rounds = []
    for _ in range(3):
        torch.run_pending()
        for x in leaves:
            x.grad = None
        make().backward()
        rounds.append([None if x.grad is None else x.grad.tolist() for x in leaves])
        torch.run_pending()
    assert rounds[0] == rounds[1] == rounds[2]
    return rounds[0]


def test_the_second_backward_is_replayed(replayed):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    assert backward_twice(lambda: (x * w + w).sum(), [x, w]) == [[3, 4], [2, 3]]
    assert len(replayed) == 2


def test_numbers_are_part_of_the_structure(replayed):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    found = []
    for k in (2.0, 3.0, 2.0, -0.0, 0.0):
        torch.run_pending()
        x.grad = None
        (x * k).sum().backward()
        found.append(x.grad.tolist())
    assert found == [[2, 2], [3, 3], [2, 2], [-0.0, -0.0], [0, 0]]
    assert len(replayed) == 1


def test_which_leaf_is_which_is_part_of_the_structure():
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    for first, second, want in ((a, b, (1, 1)), (a, b, (1, 1)), (a, a, (2, None)), (b, a, (1, 1)), (a, a, (2, None))):
        torch.run_pending()
        a.grad = b.grad = None
        (first + second).sum().backward()
        assert (a.grad.tolist() if a.grad is not None else None) == [want[0]] * 2
        assert (b.grad.tolist() if b.grad is not None else None) == (None if want[1] is None else [want[1]] * 2)


def test_detach_and_no_grad_are_part_of_the_structure():
    x = torch.ones(2, requires_grad=True)
    def plain():
        y = x * 2
        return (y * x).sum()
    def detached():
        y = (x * 2).detach()
        return (y * x).sum()
    def hidden():
        with torch.no_grad():
            y = x * 2
        return (y * x).sum()
    for make, want in ((plain, 4), (detached, 2), (hidden, 2)) * 2:
        torch.run_pending()
        x.grad = None
        make().backward()
        assert x.grad.tolist() == [want, want]


def test_hooks_make_it_walk(replayed):
    x = torch.ones(2, requires_grad=True)
    for factor in (1, 1, 10, 10):
        torch.run_pending()
        x.grad = None
        y = x * 3
        if factor == 10:
            y.register_hook(lambda g: g * 10)
        y.sum().backward()
        assert x.grad.tolist() == [3 * factor] * 2
    handle = x.register_hook(lambda g: g * 7)
    x.grad = None
    torch.run_pending()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [21, 21]
    handle.remove()


def test_gradients_add_up_when_nobody_drops_them():
    x = torch.ones(2, requires_grad=True)
    for k in range(1, 5):
        (x * 2).sum().backward()
        assert x.grad.tolist() == [2 * k] * 2
        torch.run_pending()


def test_a_replayed_graph_is_freed_like_a_walked_one():
    x = torch.ones(2, requires_grad=True)
    for _ in range(3):
        torch.run_pending()
        x.grad = None
        loss = (x * x).sum()
        loss.backward()
        with pytest.raises(RuntimeError, match="second time"):
            loss.backward()


def test_a_write_in_between_is_still_an_error():
    x = torch.ones(2, requires_grad=True)
    for spoil in (False, False, True, False):
        torch.run_pending()
        x.grad = None
        y = x * 2
        z = (y * y).sum()
        if spoil:
            y.add_(1)
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                z.backward()
        else:
            z.backward()
            assert x.grad.tolist() == [8, 8]


def test_a_function_of_the_users_own_is_walked():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 100
    x = torch.ones(2, requires_grad=True)
    for make, want in ((lambda: (x * 2).sum(), 2), (lambda: Double.apply(x).sum(), 100), (lambda: (x * 2).sum(), 2), (lambda: Double.apply(x).sum(), 100)):
        torch.run_pending()
        x.grad = None
        make().backward()
        assert x.grad.tolist() == [want, want]


def test_a_number_that_the_forward_brought_is_not_taken_for_one_of_the_backwards_own():
    """The backward of a square reads the number 2.0; where the forward had the same number, both are one leaf of the trace."""
    w, d = torch.tensor([1.0, 2.0], requires_grad=True), torch.ones(2)
    for c in (2.0, 2.0, 3.0, 5.0, 2.0, 2):
        torch.run_pending()
        w.grad = None
        scaled = d * c                          # no part of autograd, so that the tape does not tell the number
        ((w * scaled) ** 2.0).sum().backward()
        assert w.grad.tolist() == [2 * c * c, 4 * c * c]


def test_leaves_that_get_one_gradient_each_have_it():
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    for _ in range(3):
        torch.run_pending()
        a.grad = b.grad = None
        (a + b).sum().backward()
        torch.run_pending()
        a.grad.mul_(3)
        assert a.grad.tolist() == [3, 3] and b.grad.tolist() == [1, 1]


def test_a_replayed_gradient_that_could_not_be_computed_says_so(monkeypatch):
    from flambeau.ops.elementwise import Mul
    x, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    for turn in range(4):
        torch.run_pending()
        x.grad = b.grad = None
        with monkeypatch.context() as patch:
            (x * 2 + b).sum().backward()
            if turn == 2:
                def fail(self, a, b):
                    raise ArithmeticError("a page that cannot")
                patch.setattr(Mul, "reference", fail)
                with pytest.raises(ArithmeticError):
                    torch.run_pending()
        if turn == 2:
            with pytest.raises(RuntimeError, match="a page that cannot"):
                x.grad.tolist()
        else:
            assert x.grad.tolist() == [2, 2]
        assert b.grad.tolist() == [1, 1]
