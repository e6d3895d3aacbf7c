"""The tests that follow from the pages: an operator brings samples and rejects, everything below is derived from them.

For each page, sample and dtype: the result has the shape and dtype that the page announces; its element agrees with its reference; the program
that the backend runs agrees with the reference; inputs come out unchanged; strided inputs give the same; gradients of first and second order
agree with finite differences in a random direction. A page without samples fails collection unless it says why it has none.
"""
from __future__ import annotations

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import flambeau
from flambeau import backends
from flambeau.backends.llvm import pages
from flambeau.backends.numpy import run_op
from flambeau.compiler import Program, Step
from flambeau.core import dtype as dt
from flambeau.core.element import Inexpressible, evaluate
from flambeau.core.graph import Node
from flambeau.core.op import OPS
from flambeau.core.record import _Item, record
from flambeau.core.shape import Size

for _module in pkgutil.iter_modules(flambeau.ops.__path__, "flambeau.ops."):        # they load when used: here all of them are
    importlib.import_module(_module.name)

EPSILON = 1e-6
PAGES = [page for page in OPS if page.__module__.startswith("flambeau.")]
CASES = [(page, k) for page in PAGES for k in range(len(page.samples()))]


def split(page, k):
    """A sample's input arrays and the page with its attributes."""
    sample = page.samples()[k]
    arrays = [np.asarray(v) for v in sample if isinstance(v, (np.ndarray, np.generic))]
    attributes = [v for v in sample if not isinstance(v, (np.ndarray, np.generic))]
    return page(*attributes), arrays


def tensors(arrays, requires_grad=False):
    made = [flambeau.tensor(a) for a in arrays]
    if requires_grad:
        for t in made:
            if t.dtype.category >= 2:
                t.requires_grad_()
    return made


def results(value):
    return value if isinstance(value, tuple) else (value,)


def snippet(page, k):
    op, arrays = split(page, k)
    shown = ", ".join(f"flambeau.tensor({a.tolist()}, dtype={flambeau.tensor(a).dtype})" for a in arrays)
    return (f"\nto reproduce:\n    import flambeau\n    from {page.__module__} import {page.__name__}\n    from flambeau.core.record import record\n"
            f"    record({op!r}, {shown})")


def dtypes_of(page, arrays):
    """The sample as given, and with its floating inputs in other precisions."""
    yield arrays, 1e-12
    if any(a.dtype == np.float64 for a in arrays):
        yield [a.astype(np.float32) if a.dtype == np.float64 else a for a in arrays], 2e-6


def close(a, b, tolerance, where):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, f"shapes {a.shape} and {b.shape}{where}"
    if a.dtype.kind in "fc":
        scale = max(1.0, float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0)))
        np.testing.assert_allclose(a, b, rtol=tolerance * 10, atol=tolerance * scale, err_msg=where)
    else:
        np.testing.assert_array_equal(a, b, err_msg=where)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.__name__)
def test_page_is_complete(page):
    assert inspect.getdoc(page), f"{page.__name__} has no docstring: its formula belongs there"
    assert page.samples() or getattr(page, "no_samples", None), (
        f"{page.__module__}.{page.__name__} has no samples; give it some, or say in `no_samples` which test covers it")


@pytest.mark.parametrize("page, k", CASES, ids=lambda v: getattr(v, "__name__", v))
def test_result_is_as_announced(page, k):
    op, arrays = split(page, k)
    where = snippet(page, k)
    for inputs, tolerance in dtypes_of(page, arrays):
        before = [a.copy() for a in inputs]
        out = results(record(op, *tensors(inputs)))
        metas = [flambeau.tensor(a)._storage.value for a in inputs]
        shape, dtype, compute = op.infer(*metas)
        expected = results(run_op(op, inputs, shape, dtype, compute))
        for t, want in zip(out, expected, strict=True):
            assert t.dtype.numpy == want.dtype, where
            close(t._array(), want, tolerance, where)
        raw = results(op.reference(*[a if compute is None else a.astype(compute.numpy) for a in inputs]))
        for announced, found in zip(shape if op.outputs else (shape,), raw, strict=True):
            assert np.broadcast_shapes(np.shape(found), tuple(announced)) == tuple(announced), f"shape rule {announced}, reference {np.shape(found)}{where}"
        for a, b in zip(inputs, before, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=f"an input was changed{where}")


@pytest.mark.parametrize("page, k", [c for c in CASES if hasattr(c[0], "element")], ids=lambda v: getattr(v, "__name__", v))
def test_element_agrees_with_reference(page, k):
    op, arrays = split(page, k)
    metas = [flambeau.tensor(a)._storage.value for a in arrays]
    shape, dtype, compute = op.infer(*metas)
    inputs = arrays if compute is None else [a.astype(compute.numpy) for a in arrays]
    want = run_op(op, arrays, shape, dtype, compute)
    with np.errstate(all="ignore"):
        try:
            found = evaluate(op, tuple(shape), inputs)
        except Inexpressible:
            return                                                          # in this case the page runs by its reference
    close(np.asarray(found).astype(want.dtype), want, 1e-9, snippet(page, k))


@pytest.mark.parametrize("page, k", CASES, ids=lambda v: getattr(v, "__name__", v))
def test_strided_inputs_give_the_same(page, k):
    op, arrays = split(page, k)
    if getattr(page, "reads_memory", False):
        pytest.skip("reads the memory itself, so strides matter")
    strided = []
    for a in arrays:
        wide = flambeau.tensor(np.repeat(a[..., None], 2, -1))
        strided.append(wide.select(-1, 0) if a.ndim else flambeau.tensor(a))
    for x, y in zip(results(record(op, *strided)), results(record(op, *tensors(arrays))), strict=True):
        close(x._array(), y._array(), 1e-12, snippet(page, k))


BACKENDS = [name for name in backends.BACKENDS if name != "numpy"]
# what only compilation needs: elements that a page has, or a kernel of a backend's own
NATIVE = [c for c in CASES if (hasattr(c[0], "element") or c[0].__name__ in pages.KERNELS) and c[0].outputs is None or c[0].__name__ in pages.WHOLE]


def program_of(op, leaves):
    """The program of one operator whose results are all wanted."""
    count = len(leaves)
    shape, dtype, compute = op.infer(*leaves)
    steps, wanted = [Step(op, tuple(range(count)), count, shape, dtype, compute)], [count]
    if op.outputs is not None:
        wanted = [count + 1 + k for k in range(len(shape))]
        steps += [Step(_Item(k), (count,), slot, shape[k], dtype[k], None) for k, slot in enumerate(wanted)]
    return Program(count, count + len(steps), steps, list(enumerate(wanted)), [(n.shape, n.dtype) for n in leaves], (False,) * count)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("page, k", NATIVE, ids=lambda v: getattr(v, "__name__", v))
def test_backend_agrees_with_reference(page, k, backend):
    op, arrays = split(page, k)
    halves = [[a.astype(dt.bfloat16.numpy) if a.dtype == np.float64 else a for a in arrays]] if any(a.dtype == np.float64 for a in arrays) else []
    for inputs, tolerance in [*dtypes_of(page, arrays), *[(h, 2e-2) for h in halves]]:
        leaves = [flambeau.tensor(a)._storage.value if a.dtype.kind != "V" else Node(Size(a.shape), dt.bfloat16, a) for a in inputs]
        shape, dtype, compute = op.infer(*leaves)
        try:
            want = run_op(op, inputs, shape, dtype, compute)
        except (TypeError, ValueError, np.exceptions.DTypePromotionError):
            continue                                                    # the reference has no such dtype
        given = [np.array(a, order="C", copy=True) for a in inputs]
        before = [a.tobytes() for a in given]
        made = backends.get(backend).prepare(program_of(op, leaves))(list(given))
        for found, wanted in zip(made, results(want), strict=True):
            assert found.dtype == wanted.dtype and found.shape == wanted.shape
            wide = (found.astype(np.float32), wanted.astype(np.float32)) if found.dtype == dt.bfloat16.numpy else (found, wanted)
            close(*wide, tolerance, snippet(page, k))
        assert [a.tobytes() for a in given] == before, "an input was changed"


DIFFERENTIABLE = [c for c in CASES if c[0].differentiable and not getattr(c[0], "no_gradient_test", None)]


def directions(inputs, seed):
    rng = np.random.default_rng(seed)
    for t in inputs:
        v = rng.normal(size=tuple(t.shape))
        yield v + 1j * rng.normal(size=tuple(t.shape)) if t.dtype.is_complex else v


def scalar(op, inputs, weights):
    """Σ weight · result, over the floating results; real for complex results too."""
    total = None
    for r, w in zip(results(record(op, *inputs)), weights, strict=True):
        if r.dtype.category < 2:
            continue
        term = r * flambeau.tensor(w).to(r.dtype)
        term = flambeau.real(term).sum() if term.dtype.is_complex else term.sum()
        total = term if total is None else total + term
    return total


def slope(function, inputs, moves):
    """The derivative of `function` along `moves` by central differences."""
    def at(step):
        moved = [flambeau.tensor(t._array() + step * v) if t.dtype.category >= 2 else t for t, v in zip(inputs, moves, strict=True)]
        for t, old in zip(moved, inputs, strict=True):
            t.requires_grad_(old.requires_grad and t.dtype.category >= 2)
        return function(moved).item()
    return (at(EPSILON) - at(-EPSILON)) / (2 * EPSILON)


def exact(function, inputs, moves, create_graph=False):
    """The same derivative by backward."""
    wanted = [t for t in inputs if t.requires_grad]
    grads = flambeau.autograd.grad(function(inputs), wanted, allow_unused=True, create_graph=create_graph)
    given = iter(grads)
    total = 0.0
    for t, v in zip(inputs, moves, strict=True):
        if t.requires_grad:
            g = next(given)
            if g is not None:
                assert g.shape == t.shape and g.dtype is t.dtype
                total = total + np.real(np.sum(np.conj(g._array()) * v))
    return total


@pytest.mark.parametrize("page, k", DIFFERENTIABLE, ids=lambda v: getattr(v, "__name__", v))
def test_gradient_agrees_with_finite_differences(page, k):
    op, arrays = split(page, k)
    inputs = tensors([a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays], requires_grad=True)
    out = results(record(op, *inputs))
    if any(r.dtype in (dt.float32, dt.float16, dt.bfloat16, dt.complex64) for r in out):
        return                                                          # too coarse for finite differences
    if not any(t.requires_grad for t in inputs) or not any(r.requires_grad for r in out) or not any(r.numel() for r in out):
        return                                                          # nothing floating to differentiate in this sample
    weights = [np.random.default_rng(5).normal(size=tuple(r.shape)) for r in out]
    moves = list(directions(inputs, 1))
    where = snippet(page, k)
    def first(xs):
        return scalar(op, xs, weights)
    want, found = slope(first, inputs, moves), exact(first, inputs, moves)
    assert found == pytest.approx(want, rel=2e-5, abs=2e-6), f"gradient{where}"

    def gradient_sum(xs):
        """A fixed combination of the gradients: its own derivative is the second order."""
        wanted = [t for t in xs if t.requires_grad]
        grads = flambeau.autograd.grad(scalar(op, xs, weights), wanted, create_graph=True, allow_unused=True)
        total = None
        for n, g in enumerate(grads):
            if g is not None and g.requires_grad:
                w = np.random.default_rng(7 + n).normal(size=tuple(g.shape))
                term = g * flambeau.tensor(w).to(g.dtype)
                term = flambeau.real(term).sum() if term.dtype.is_complex else term.sum()
                total = term if total is None else total + term
        return total if total is not None else flambeau.zeros((), dtype=dt.float64)
    if gradient_sum(inputs).requires_grad:
        want, found = slope(gradient_sum, inputs, moves), exact(gradient_sum, inputs, moves)
        assert found == pytest.approx(want, rel=2e-4, abs=2e-5), f"second order{where}"


REJECTS = [(page, k) for page in PAGES for k in range(len(page.rejects()))]


@pytest.mark.parametrize("page, k", REJECTS, ids=lambda v: getattr(v, "__name__", v))
def test_bad_input_is_refused_with_its_message(page, k):
    *sample, message = page.rejects()[k]
    arrays = [v for v in sample if isinstance(v, (np.ndarray, np.generic))]
    op = page(*[v for v in sample if not isinstance(v, (np.ndarray, np.generic))])
    inputs = tensors(arrays)
    before = [t._version for t in inputs]
    with pytest.raises((RuntimeError, IndexError, TypeError, ValueError)) as caught:
        record(op, *inputs)
    assert str(caught.value) == message
    assert [t._version for t in inputs] == before
