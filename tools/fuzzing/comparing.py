"""Whether two results differ by more than rounding.

How far they may differ is measured, not guessed: the reference is run again, several times, with every floating result of every step moved by a
unit or two in the last place and by what its page itself may lose inside (1 + erf(x) in GELU), which is what the same page says in a wider type.
What that changes is what rounding can change. Where a comparison or a rounding to an integer flips under it, nothing is asked.
"""
from __future__ import annotations

import contextlib

import numpy as np

from flambeau.backends.numpy import run_op
from flambeau.compiler import Program
from flambeau.ops import formula

EPSILON = {"float32": 2.0 ** -23, "float64": 2.0 ** -52, "float16": 2.0 ** -10, "bfloat16": 2.0 ** -7}
TOLERANCE = {"float32": 1e-6, "float64": 1e-14, "float16": 2e-3, "bfloat16": 1.6e-2}
WIDER = {"float32": np.float64, "float64": np.longdouble}
RUNS = (1, 3, 12, 64)    # how many runs measure rounding; more where what is found is not explained by those before


def reference(program: Program, buffers, noise: np.random.Generator | None = None, wide: bool = False) -> list:
    """The results step by step, by the pages' references; with `noise` every floating number is moved as rounding might, with `wide` each step is
    computed in a wider type where its page has one (sums of huge numbers overflow in one order and not in another)."""
    slots = {k: np.array(b) if noise is None else moved(np.array(b), noise) for k, b in enumerate(buffers)}
    with np.errstate(all="ignore"), (replaced(Noisy(noise)) if noise else contextlib.nullcontext()):
        for s in program.steps:
            arrays = [slots[i] for i in s.inputs]
            made = run_op(s.op, arrays, s.shape, s.dtype, s.compute)
            if wide:
                exact = in_wider_type(s, arrays, made)
                made = made if exact is None else exact.astype(made.dtype)
            elif noise is not None:
                made = tuple([moved(a, noise) for a in made]) if isinstance(made, tuple) else moved(made, noise, inner_error(s, arrays, made))
                if type(s.op).__name__.startswith("Convolution") and not all(np.isfinite(a.astype(np.float64)).all() for a in (*arrays, made)):
                    choice = noise.random(made.shape if noise.random() < 0.5 else ())       # the zeros around images times infinity, or not
                    made = np.select((choice < 0.3, choice < 0.5, choice < 0.7), (np.nan, np.inf, -np.inf), made.astype(np.float64)).astype(made.dtype)
            slots[s.output] = made
    return [slots[slot] for _, slot in program.results]


class Noisy:
    """The functions of NumPy that formulas are written in, with the rounding of another implementation."""

    where, abs = staticmethod(np.where), staticmethod(np.abs)

    def __init__(self, noise: np.random.Generator):
        self._noise = noise

    def __getattr__(self, name):
        function = getattr(_PLAIN, name)
        return lambda x: moved(np.asarray(function(x)), self._noise)


_PLAIN = formula.NUMPY


@contextlib.contextmanager
def replaced(functions):
    """Formulas computed with other functions, for a with block."""
    formula.NUMPY = functions
    try:
        yield
    finally:
        formula.NUMPY = _PLAIN


def in_wider_type(step, arrays, made) -> np.ndarray | None:
    """A page's result in a wider type; None where there is none."""
    wider = WIDER.get(str(made.dtype)) if isinstance(made, np.ndarray) else None
    if wider is None or not made.size or any(not isinstance(a, np.ndarray) or a.dtype.kind not in "fbiu" for a in arrays):
        return None
    try:
        given = [a if step.compute is None and a.dtype.kind != "f" else a.astype(wider) for a in arrays]
        return np.broadcast_to(np.asarray(step.op.reference(*given)), made.shape).astype(wider)
    except (TypeError, ValueError, NotImplementedError):
        return None                         # the page has no such type


def inner_error(step, arrays, made) -> np.ndarray | float:
    """How far a page's result is from what it would be in a wider type."""
    exact = in_wider_type(step, arrays, made)
    if exact is None:
        return 0.0
    largest = max([float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0)) for a in (*arrays, made)])
    error = np.abs(exact - made)
    return np.where(np.isfinite(error), np.minimum(error, 64 * EPSILON[str(made.dtype)] * largest), 0.0)


def moved(a: np.ndarray, noise: np.random.Generator, error=0.0) -> np.ndarray:
    """Floating numbers moved by a unit or two in the last place, and by up to eight times an error (that of 4 units, where it was half of one);
    NaN with any sign."""
    epsilon = EPSILON.get(str(a.dtype))
    if epsilon is None:
        return a
    amount = noise.uniform(0.3, 2, a.shape) * noise.choice((-1, 1), a.shape)
    with np.errstate(all="ignore"):
        wide = a.astype(np.float64)
        lost = (np.abs(wide) <= 8 * np.asarray(error)) & (noise.random(a.shape) < 0.25)       # what is all error may as well be 0
        wide = np.where(lost, 0.0, wide * (1 + epsilon * amount) + noise.uniform(-8, 8, a.shape) * error)
        return np.where(np.isnan(wide), np.copysign(wide, amount), wide).astype(a.dtype)


def difference(found: np.ndarray, want: np.ndarray, others: list[np.ndarray]) -> str | None:
    """What is wrong with `found`, None if nothing: `others` are results that rounding made of the same."""
    if found.shape != want.shape or found.dtype != want.dtype:
        return f"{found.dtype}{found.shape} instead of {want.dtype}{want.shape}"
    if want.dtype.kind in "biu":
        certain = np.ones(want.shape, bool)
        for o in others:
            certain &= o == want
        wrong = certain & (found != want)
    elif want.dtype.kind == "c":
        return None                             # complex numbers are not compiled
    else:
        epsilon = TOLERANCE[str(want.dtype)]
        a, b = found.astype(np.float64), want.astype(np.float64)
        with np.errstate(all="ignore"):
            spread = np.zeros(b.shape)
            certain = np.ones(b.shape, bool)
            for o in others:
                o = o.astype(np.float64)
                certain &= np.where(np.isfinite(b), np.isfinite(o), (o == b) | (np.isnan(o) & np.isnan(b)))
                spread = np.maximum(spread, np.where(np.isfinite(o) & np.isfinite(b), np.abs(o - b), 0))
            # sums in another order have the error of their terms, of which the greatest results give an idea
            scale = np.max(np.abs(b[np.isfinite(b)]), initial=0.0)
            least = np.finfo(np.float32).smallest_subnormal if want.dtype.itemsize < 8 else np.finfo(np.float64).smallest_subnormal
            near = np.abs(a - b) <= epsilon * np.abs(b) * 4 + 8 * spread + 0.25 * epsilon * scale + 2 * least
            same = near | (a == b) | (np.isnan(a) & np.isnan(b))
        wrong = certain & ~same
    if not wrong.any():
        return None
    at = tuple(int(k[0]) for k in np.nonzero(wrong)) if want.ndim else ()
    return f"{int(wrong.sum())} of {want.size} differ, at {at}: {found[at]!r} instead of {want[at]!r}"


def differences(program: Program, buffers, found) -> list[str]:
    """Everything in the results `found` that is not the reference's, up to rounding."""
    want = reference(program, buffers)
    noise = np.random.default_rng(0)
    others: list = []                       # the first in wider types
    problems = []
    for k, ((_, slot), a, b) in enumerate(zip(program.results, found, want, strict=True)):
        pairs = list(zip(a, b, strict=True)) if isinstance(b, tuple) else [(a, b)]
        for j, (p, q) in enumerate(pairs):
            p, q = np.asarray(p), np.asarray(q)
            if p.dtype == q.dtype and p.shape == q.shape and p.tobytes() == q.tobytes():
                continue
            text = ""
            for runs in RUNS:       # measured only where something differs at all
                others.extend(reference(program, buffers, noise, wide=not others) for _ in range(runs - len(others)))
                text = difference(p, q, [np.asarray(o[k][j] if isinstance(b, tuple) else o[k]) for o in others])
                if not text:
                    break
            if text:
                problems.append(f"slot %{slot}: {text}")
    return problems
