"""Random programs, run by the reference backend and by another one: what differs by more than rounding is shown with the program.

    python tools/fuzz.py --graphs 20000                     # a long run; stops at nothing, and lists what differs
    python tools/fuzz.py --graphs 1 --seed 1234 --show      # one graph again, with its program

A graph is some dozens of operations of the public API on tensors of random shapes (sizes 0 and 1 among them) and dtypes, with views, writes in
place, reductions, products, norms and gradients. How far results may differ is measured, not guessed: the reference is run again with every
floating result of every step moved by a unit or two in the last place, and what that changes is what rounding can change. Where a comparison or
a rounding to an integer flips under it, nothing is asked.
"""
from __future__ import annotations

import argparse
import random
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import flambeau as torch
from flambeau import backends, compiler
from flambeau.backends.numpy import run_op
from flambeau.nn import functional as F

SIZES = (0, 1, 1, 2, 3, 4, 5, 7, 8, 16, 17, 33)
FLOATS = (torch.float32, torch.float32, torch.float32, torch.float64, torch.bfloat16)
REFUSED = (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError)        # what the random arguments of an operation may run into


class Graph:
    """A random program under construction: `pool` holds the tensors that later operations may use."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.numpy = np.random.default_rng(seed)
        self.pool: list[torch.Tensor] = []

    # ------------------------------------------------------------------------------------------------------------- ingredients
    def shape(self, most: int = 4) -> tuple[int, ...]:
        while True:
            shape = tuple(self.random.choice(SIZES) for _ in range(self.random.randint(0, most)))
            if np.prod(shape) <= 20_000:
                return shape

    def fresh(self, shape=None, dtype=None) -> torch.Tensor:
        """New data."""
        shape = self.shape() if shape is None else shape
        dtype = dtype or self.random.choice((*FLOATS, torch.int64, torch.bool))
        if dtype is torch.int64:
            array = self.numpy.integers(-5, 6, shape)
        elif dtype is torch.bool:
            array = self.numpy.random(shape) < 0.5
        else:
            array = self.numpy.normal(size=shape) * self.random.choice((1, 1, 1, 10, 0.1))
        x = torch.tensor(np.asarray(array)).to(dtype)
        if dtype.is_floating_point and self.random.random() < 0.1 and x.numel():
            x = torch.where(torch.tensor(self.numpy.random(shape) < 0.1), self.random.choice((float("nan"), float("inf"), 0.0, -0.0)), x)
        torch.run_pending()
        return x

    def any(self) -> torch.Tensor:
        return self.random.choice(self.pool[-12:] if self.random.random() < 0.8 else self.pool)

    def floating(self) -> torch.Tensor:
        found = [x for x in self.pool if x.dtype.is_floating_point]
        return self.random.choice(found[-8:]) if found else self.fresh(dtype=torch.float32)

    def fitting(self, x: torch.Tensor) -> torch.Tensor:
        """A tensor that broadcasts with `x`: from the pool, or new."""
        for _ in range(4):
            y = self.any()
            try:
                np.broadcast_shapes(tuple(x.shape), tuple(y.shape))
            except ValueError:
                continue
            return y
        shape = tuple(n if self.random.random() < 0.7 else 1 for n in x.shape)[self.random.choice((0, 0, 1)):]
        return self.fresh(shape, x.dtype if self.random.random() < 0.8 else None)

    def dim(self, x: torch.Tensor) -> int:
        return self.random.randrange(-x.ndim, x.ndim) if x.ndim else 0

    def dims(self, x: torch.Tensor):
        return tuple(sorted(self.random.sample(range(x.ndim), self.random.randint(1, x.ndim)))) if x.ndim else ()

    def index(self, x: torch.Tensor) -> tuple:
        """A random basic index."""
        parts: list = []
        for n in x.shape:
            kind = self.random.random()
            if kind < 0.25 and n:
                parts.append(self.random.randrange(-n, n))
            elif kind < 0.7:
                a, b = sorted((self.random.randint(0, n), self.random.randint(0, n)))
                parts.append(slice(a, b, self.random.choice((1, 1, 2, 3))))
            else:
                parts.append(slice(None))
        return tuple(parts[:self.random.randint(0, len(parts))]) or (Ellipsis,)

    # -------------------------------------------------------------------------------------------------------------- operations
    def step(self) -> None:
        """One more operation."""
        x = OPERATIONS[self.random.randrange(len(OPERATIONS))](self)
        for t in x if isinstance(x, (tuple, list)) else (x,):
            if isinstance(t, torch.Tensor) and t.numel() <= 40_000:
                self.pool.append(t)


def unary(name: str) -> Callable:
    return lambda g: getattr(torch, name)(g.any())


def of_floats(function: Callable) -> Callable:
    return lambda g: function(g, g.floating())


def binary(name: str) -> Callable:
    def operation(g):
        x = g.any()
        return getattr(torch, name)(x, g.fitting(x) if g.random.random() < 0.8 else g.random.choice((2, 0.5, -1, 3)))
    return operation


def reduction(name: str) -> Callable:
    def operation(g):
        x = g.any()
        if g.random.random() < 0.3:
            return getattr(torch, name)(x)
        return getattr(torch, name)(x, g.dims(x) if name in ("sum", "mean", "amax", "amin", "var", "std", "logsumexp") else g.dim(x), keepdim=g.random.random() < 0.5)
    return operation


def product(g):
    a = g.floating()
    if a.ndim < 1:
        return a * 2
    b = g.fresh((a.shape[-1], g.random.choice((1, 2, 5, 16, 17, 64))), a.dtype)
    result = a @ b
    return g.random.choice((lambda: result, lambda: torch.relu(result), lambda: result + 1, lambda: result.transpose(-1, -2) if result.ndim > 1 else result))()


def transposed_product(g):
    a = g.floating()
    return a.transpose(-1, -2) @ a if a.ndim >= 2 else a.sum()


def linear(g):
    x = g.floating()
    n, m = x.shape[-1] if x.ndim else 1, g.random.choice((1, 3, 16, 33))
    x = x if x.ndim else x.reshape(1)
    return F.linear(x, g.fresh((m, n), x.dtype), g.fresh((m,), x.dtype) if g.random.random() < 0.7 else None)


def convolution(g):
    c, d, n = g.random.choice((1, 2, 4, 16)), g.random.choice((1, 3, 8, 32)), g.random.choice((3, 5, 8, 12))
    x = g.fresh((g.random.choice((1, 2)), c, n, n), torch.float32)
    y = F.conv2d(x, g.fresh((d, c, 3, 3), torch.float32) * 0.2, None, stride=g.random.choice((1, 1, 2)), padding=g.random.choice((0, 1)))
    return F.max_pool2d(y, 2) if g.random.random() < 0.3 and min(y.shape[2:]) >= 2 else y


def in_place(g):
    """A write into a part of a copy: other views of it see the write."""
    x = g.any().clone()
    view = x[g.index(x)]
    kind = g.random.randrange(5)
    if kind == 0:
        view.fill_(g.random.choice((0, 1, 2)))
    elif kind == 1:
        view.mul_(2)
    elif kind == 2:
        view.add_(view.clone())
    elif kind == 3:
        view.copy_(g.fresh(tuple(view.shape), x.dtype))
    else:
        x[g.index(x)] = 1
    return x, view


def gradient(g):
    x = g.floating().detach().clone().requires_grad_()
    y = g.random.choice((torch.tanh, torch.sigmoid, F.gelu, lambda t: t * t, lambda t: F.softmax(t, -1) if t.ndim else t, lambda t: t.reshape(-1)[:3],
                         lambda t: F.layer_norm(t, t.shape[-1:]) if t.ndim else t, lambda t: t.expand(2, *t.shape), lambda t: t.amax()))(x)
    return torch.autograd.grad((y * y).sum(), x)[0]


def rearranged(g):
    x = g.any()
    return g.random.choice((lambda: x.reshape(-1), lambda: x.flip(0) if x.ndim else x, lambda: x.permute(*g.random.sample(range(x.ndim), x.ndim)),
                            lambda: x.unsqueeze(g.random.randint(0, x.ndim)), lambda: x.squeeze(), lambda: x.expand(3, *x.shape),
                            lambda: x[g.index(x)], lambda: x.contiguous(), lambda: torch.roll(x, 1), lambda: x.repeat(*(2,) * max(x.ndim, 1)),
                            lambda: x.transpose(0, -1) if x.ndim else x, lambda: x.diagonal() if x.ndim > 1 else x, lambda: torch.tril(x)))()


def joined(g):
    x = g.any()
    y = g.fresh(tuple(x.shape), x.dtype)
    return torch.stack([x, y], g.random.randint(0, x.ndim)) if not x.ndim or g.random.random() < 0.5 else torch.cat([x, y, x], g.dim(x))


def picked(g):
    x = g.any()
    if not x.ndim or not x.shape[0]:
        return x
    index = torch.tensor(g.numpy.integers(0, x.shape[0], g.random.choice((1, 3, 8))))
    return g.random.choice((lambda: x[index], lambda: x.index_select(0, index), lambda: F.embedding(index, x) if x.ndim == 2 else x[index]))()


def chosen(g):
    x = g.any()
    y = g.fitting(x)
    return torch.where(x > y if x.dtype is not torch.bool else x, x, y)


OPERATIONS: list[Callable] = [
    *map(unary, ("neg", "abs", "exp", "tanh", "sigmoid", "sin", "cos", "relu", "sqrt", "square", "sign", "floor", "ceil", "trunc", "round", "log1p", "expm1",
                 "atan", "erf", "isnan", "isinf", "isfinite", "logical_not", "reciprocal", "rsqrt", "log", "tan", "sinh", "asinh", "exp2", "log2", "lgamma")),
    *map(binary, ("add", "sub", "mul", "div", "maximum", "minimum", "eq", "ne", "lt", "ge", "remainder", "fmod", "floor_divide", "pow", "atan2", "hypot",
                  "copysign", "logaddexp", "logical_and", "logical_xor", "bitwise_and", "bitwise_or", "fmax") + ("add", "mul", "sub", "div") * 2),
    *map(reduction, ("sum", "mean", "amax", "amin", "var", "std", "logsumexp", "argmax", "argmin", "prod", "any", "all", "sum", "mean")),
    *map(of_floats, (lambda g, x: F.softmax(x, g.dim(x)), lambda g, x: F.log_softmax(x, g.dim(x)), lambda g, x: F.layer_norm(x, x.shape[-1:]),
                     lambda g, x: F.gelu(x), lambda g, x: F.silu(x), lambda g, x: F.elu(x), lambda g, x: F.softplus(x), lambda g, x: x.clamp(-1, 1),
                     lambda g, x: F.leaky_relu(x, 0.1), lambda g, x: F.normalize(x, dim=g.dim(x)) if x.ndim else x, lambda g, x: x.cumsum(g.dim(x)),
                     lambda g, x: F.mse_loss(x, g.fresh(tuple(x.shape), x.dtype)), lambda g, x: x.addcmul(x, x, value=0.5),
                     lambda g, x: x.lerp(x * 2, 0.25), lambda g, x: x.nan_to_num(), lambda g, x: F.pad(x, (1, 2)) if x.ndim else x)),
    lambda g: g.any().to(g.random.choice((*FLOATS, torch.int64, torch.bool, torch.int32, torch.uint8))),
    product, product, transposed_product, linear, linear, convolution, in_place, in_place, gradient, gradient, rearranged, rearranged, rearranged, rearranged,
    joined, picked, chosen,
]


# ------------------------------------------------------------------------------------------------------------- running and comparing
@dataclass
class Captured:
    """A program as the runtime had it, with what its leaves held."""

    program: compiler.Program
    buffers: list[np.ndarray]


def programs(seed: int, steps: int) -> list[Captured]:
    """The programs that a random graph becomes."""
    found: list[Captured] = []
    original = compiler.compile

    def watching(leaves, *arguments):
        program = original(leaves, *arguments)
        found.append(Captured(program, [np.array(leaf.buffer) for leaf in leaves]))
        return program
    torch.run_pending()
    g = Graph(seed)
    compiler.compile = watching
    try:
        g.pool = [g.fresh() for _ in range(4)]
        found.clear()
        for _ in range(steps):
            try:
                g.step()
            except REFUSED:
                continue
        torch.run_pending()
    finally:
        compiler.compile = original
    return found


def reference(captured: Captured, noise: np.random.Generator | None = None) -> list[np.ndarray]:
    """The results step by step, by the pages' references; with `noise` every floating number is moved by a unit or two in the last place."""
    slots = {k: np.array(b) if noise is None else moved(np.array(b), noise) for k, b in enumerate(captured.buffers)}
    with np.errstate(all="ignore"):
        for s in captured.program.steps:
            made = run_op(s.op, [slots[i] for i in s.inputs], s.shape, s.dtype, s.compute)
            if noise is not None:
                made = tuple(map(lambda a: moved(a, noise), made)) if isinstance(made, tuple) else moved(made, noise)
            slots[s.output] = made
    return [slots[slot] for _, slot in captured.program.results]


def moved(a: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    kind = str(a.dtype)
    if kind not in ("float32", "float64", "float16", "bfloat16"):
        return a
    epsilon = {"float32": 2.0 ** -23, "float64": 2.0 ** -52, "float16": 2.0 ** -10, "bfloat16": 2.0 ** -7}[kind]
    units = noise.uniform(1, 2, a.shape) * noise.choice((-1, 1), a.shape)
    with np.errstate(all="ignore"):
        return (a.astype(np.float64) * (1 + epsilon * units)).astype(a.dtype)


def difference(found: np.ndarray, want: np.ndarray, others: list[np.ndarray]) -> str | None:
    """What is wrong with `found`, None if nothing: `others` are results that rounding made of the same."""
    if found.shape != want.shape or found.dtype != want.dtype:
        return f"{found.dtype}{found.shape} instead of {want.dtype}{want.shape}"
    if want.dtype.kind in "biu":
        certain = np.ones(want.shape, bool)
        for o in others:
            certain &= o == want
        wrong = certain & (found != want)
    else:
        epsilon = {"float32": 1e-6, "float64": 1e-14, "float16": 2e-3, "bfloat16": 1.6e-2}[str(want.dtype)]
        a, b = found.astype(np.float64), want.astype(np.float64)
        with np.errstate(all="ignore"):
            spread = np.zeros(b.shape)
            certain = np.ones(b.shape, bool)
            for o in others:
                o = o.astype(np.float64)
                certain &= np.isfinite(o) == np.isfinite(b)
                spread = np.maximum(spread, np.where(np.isfinite(o) & np.isfinite(b), np.abs(o - b), 0))
            # a difference of numbers that are not seen here (1 + erf in GELU) has their error, of which the greatest results give an idea
            scale = np.max(np.abs(b[np.isfinite(b)]), initial=0.0)
            near = np.abs(a - b) <= epsilon * np.abs(b) * 4 + 16 * spread + 0.25 * epsilon * scale + 1e-300
            same = near | (a == b) | (np.isnan(a) & np.isnan(b))
        wrong = certain & ~same
    if not wrong.any():
        return None
    at = tuple(int(k[0]) for k in np.nonzero(wrong)) if want.ndim else ()
    return f"{int(wrong.sum())} of {want.size} differ, at {at}: {found[at]!r} instead of {want[at]!r}"


def differences(captured: Captured, backend: str) -> list[str]:
    """Everything that `backend` computes otherwise than the reference."""
    want = reference(captured)
    noise = np.random.default_rng(0)
    others = [reference(captured, noise) for _ in range(4)]
    found = backends.get(backend).prepare(captured.program)([np.array(b) for b in captured.buffers])
    problems = []
    for k, (slot, a, b) in enumerate(zip(captured.program.results, found, want, strict=True)):
        if isinstance(b, tuple):
            pairs = [(p, q, [o[k][j] for o in others]) for j, (p, q) in enumerate(zip(a, b, strict=True))]
        else:
            pairs = [(a, b, [o[k] for o in others])]
        problems += [f"slot %{slot[1]}: {text}" for p, q, o in pairs if (text := difference(np.asarray(p), np.asarray(q), o))]
    return problems


def check(seed: int, backend: str) -> list[tuple[Captured, list[str]]]:
    """The programs of a random graph that differ."""
    steps = random.Random(seed).randint(5, 50)
    result = []
    for captured in programs(seed, steps):
        try:
            problems = differences(captured, backend)
        except Exception:
            problems = [traceback.format_exc()]
        if problems:
            result.append((captured, problems))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description="Random programs on two backends.")
    parser.add_argument("--graphs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backend", default=backends.BACKENDS[0])
    warnings.simplefilter("ignore")
    parser.add_argument("--show", action="store_true", help="print the programs that differ")
    options = parser.parse_args()
    failed = 0
    for seed in range(options.seed, options.seed + options.graphs):
        for captured, problems in check(seed, options.backend):
            failed += 1
            print(f"seed {seed}: {len(captured.program.steps)} steps", *problems, sep="\n    ", flush=True)
            if options.show:
                print(captured.program)
    print(f"{options.graphs} graphs, {failed} programs differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
