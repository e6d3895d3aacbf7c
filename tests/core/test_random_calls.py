"""Calls on few tensors in ever other roles: which tensor is which must never be taken from the call before."""
from __future__ import annotations

import random

import pytest

import flambeau as torch


def calls(r: random.Random):
    """A short program: the numbers of the tensors that each call takes, in the pool that the results join."""
    size, steps = 5, []
    for _ in range(r.randrange(1, 6)):
        steps.append((r.randrange(6), r.randrange(size), r.randrange(size), r.randrange(size)))
        size += 1
    return steps


OPERATIONS = [lambda a, b, c: a - b, lambda a, b, c: a * b + c, lambda a, b, c: torch.where(a > b, a, c), lambda a, b, c: a.view(-1) - b,
              lambda a, b, c: a + 2, lambda a, b, c: torch.nn.functional.layer_norm(a, (3,), b, c)]


def run(seed: int):
    r = random.Random(seed)
    torch.manual_seed(seed)
    pool = [torch.randn(3, requires_grad=r.random() < 0.4) for _ in range(5)]
    programs, seen = [calls(r) for _ in range(3)], []
    for _ in range(30):
        k = r.randrange(5)
        if r.random() < 0.4:                    # another order, another tensor, another value
            i = r.randrange(5)
            pool[i], pool[k] = pool[k], pool[i]
        if r.random() < 0.2:
            pool[k] = torch.randn(3, requires_grad=r.random() < 0.4)
        if r.random() < 0.1:
            with torch.no_grad():
                pool[k].add_(1)
        if r.random() < 0.1:
            pool[k] = pool[k].detach() if r.random() < 0.5 else pool[(k + 1) % 5]
        torch.set_grad_enabled(r.random() < 0.8)
        values = list(pool)
        for operation, *operands in programs[r.randrange(3)]:
            values.append(OPERATIONS[operation](*[values[n] for n in operands]))
        if values[-1].requires_grad and r.random() < 0.6:
            values[-1].sum().backward()
            seen.extend(None if t.grad is None else t.grad.tolist() for t in pool)
            for t in pool:
                t.grad = None
        torch.set_grad_enabled(True)
        if r.random() < 0.7:
            seen.append(values[-1].tolist())
        if r.random() < 0.3:
            seen.append(values[-2].tolist())
        torch.run_pending()
    return repr(seen)


@pytest.mark.parametrize("seeds", [range(20 * k, 20 * k + 20) for k in range(5)], ids=str)
def test_what_is_matched_is_what_is_recorded(seeds, both_ways):
    for seed in seeds:
        matched, recorded = both_ways(lambda seed=seed: run(seed))
        assert matched == recorded, f"seed {seed}"
