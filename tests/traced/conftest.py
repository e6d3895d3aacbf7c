"""What the tests of compiled functions share: the same program twice, as it stands and compiled, and everything that can be seen of both."""
import copy

import pytest

import flambeau as torch


def look(x):
    """A value as something that compares."""
    if isinstance(x, torch.Tensor):
        return (type(x).__name__, tuple(x.shape), str(x.dtype), x.requires_grad, x.is_leaf, None if x.grad_fn is None else x.grad_fn.name(),
                x.detach().to(torch.float64).tolist() if x.dtype is not torch.bool else x.tolist(),
                None if x.grad_fn is not None or x.grad is None else look(x.grad))
    if isinstance(x, dict):
        return {k: look(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(map(look, x)) if type(x) in (list, tuple) else type(x)(*map(look, x))
    return x


def near(a, b):
    """Whether two looks agree, numbers to rounding."""
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, rel=2e-5, abs=2e-6, nan_ok=True)
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(near(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(near, a, b))
    return type(a) is type(b) and a == b


@pytest.fixture
def twice():
    """twice(build, calls, replayed=True): `build()` gives (function, things to look at); `calls` are argument tuples. Both programs see the same."""
    def run(build, calls, replayed=True, compile=torch.compile, versions=True):
        results = []
        compiled = None
        for way in (lambda f: f, compile):
            torch.manual_seed(0)
            function, things = build()
            function = compiled = way(function)
            seen = []
            for args in copy.deepcopy(calls):
                out = function(*args)
                seen.append(look(out))
                seen.append(look(list(args)))
                seen.append([look(t() if callable(t) else t) for t in things])
                if versions:
                    seen.append([t._version for t in things if isinstance(t, torch.Tensor)])
            seen.append(torch.rand(3).tolist())
            results.append(seen)
        plain, ours = results
        for k, (a, b) in enumerate(zip(plain, ours, strict=True)):
            assert near(a, b), f"look {k}: {a} as it stands, {b} compiled"
        made = compiled._compiled.made
        assert (made > 0) is replayed, "replayed" if made else f"never replayed: {[str(s.refused) for s in compiled._compiled.signatures.values()]}"
        return compiled
    return run
