"""A random program under construction: what its operations are made of."""
from __future__ import annotations

import random

import numpy as np

import flambeau as torch
from flambeau.core.graph import Node
from flambeau.core.shape import Size
from flambeau.core.tensor import wrap

SIZES = (0, 1, 1, 2, 3, 4, 5, 7, 8, 16, 17, 33)
LONG = (129, 1000, 1025, 4097, 20_000)
FLOATS = (torch.float32, torch.float32, torch.float32, torch.float64, torch.bfloat16, torch.float16)
INTEGERS = (torch.int64, torch.int64, torch.int32, torch.uint8, torch.int8, torch.int16)
SCALES = (1, 1, 1, 1, 1, 10, 0.1, 1e4, 1e-3)
EXTREMES = (1e-39, 1e-20, 1e15, 1e30)           # (sums next to the greatest number overflow in one order and not in another)
SPECIAL = (float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1e-40, -1e30)
MOST = 40_000           # elements of a tensor that later operations may use


class Graph:
    """`pool` holds the tensors that later operations may use.

    random: draws the structure; numpy: draws the values (and the numbers that a program may change from one run to the next), so that the same
    seed with another stream of values is the same program on other data.
    """

    def __init__(self, seed: int, values: np.random.Generator | None = None):
        self.random = random.Random(seed)
        self.numpy = np.random.default_rng(seed) if values is None else values
        self.pool: list[torch.Tensor] = []

    def shape(self, most: int = 4) -> tuple[int, ...]:
        """A random shape of few elements."""
        while True:
            shape = [self.random.choice(SIZES) for _ in range(self.random.randint(0, most))]
            if shape and self.random.random() < 0.04:
                shape[self.random.randrange(len(shape))] = self.random.choice(LONG)
            if np.prod(shape) <= 20_000:
                return tuple(shape)

    def fresh(self, shape=None, dtype=None) -> torch.Tensor:
        """New data."""
        shape = self.shape() if shape is None else tuple(shape)
        dtype = dtype or self.random.choice((*FLOATS, *FLOATS, self.random.choice(INTEGERS), torch.bool))
        draw = self.random.random()
        if dtype is torch.bool:
            array = self.numpy.random(shape) < 0.5
        elif not dtype.is_floating_point:
            array = self.numpy.integers(0 if dtype is torch.uint8 else -5, 6, shape)
        else:
            array = self.numpy.normal(size=shape) * self.random.choice(SCALES if draw < 0.95 else EXTREMES)
            if draw < 0.1:
                array = np.where(self.numpy.random(shape) < 0.1, self.random.choice(SPECIAL), array)
        with np.errstate(all="ignore"):         # (a node of its own: what is recorded so far goes on)
            return wrap(Node(Size(shape), dtype, np.ascontiguousarray(np.asarray(array).astype(dtype.numpy)).reshape(shape)))

    def like(self, array: np.ndarray, dtype: torch.dtype | None) -> torch.Tensor:
        """A tensor of an array's shape: indices and the like as they are, floating numbers (of `dtype`) and truth values from the pool or new."""
        if array.dtype.kind not in "fb":
            return torch.tensor(array)
        dtype = torch.bool if array.dtype.kind == "b" else dtype or torch.tensor(array).dtype
        if array.size and self.random.random() < 0.6:
            fitting = [x for x in self.pool[-16:] if x.numel() >= array.size and x.dtype.is_floating_point]
            if fitting:
                x = self.random.choice(fitting)
                x = x if tuple(x.shape) == array.shape else x.reshape(-1)[:array.size].reshape(array.shape)
                return x > 0 if dtype is torch.bool else x.to(dtype)
        return self.fresh(array.shape, dtype)

    def any(self) -> torch.Tensor:
        """A tensor of the pool, more often a recent one."""
        return self.random.choice(self.pool[-12:] if self.random.random() < 0.8 else self.pool)

    def floating(self) -> torch.Tensor:
        """A tensor of floating numbers."""
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

    def number(self) -> float | int:
        """A Python number, of which the program's structure says the type and the data the value."""
        value = self.numpy.choice((2.0, 0.5, -1.0, 3.0, 0.0, 1.0))
        return int(value) if self.random.random() < 0.3 else float(value)

    def dim(self, x: torch.Tensor) -> int:
        """An axis of `x`."""
        return self.random.randrange(-x.ndim, x.ndim) if x.ndim else 0

    def dims(self, x: torch.Tensor):
        """Some axes of `x`."""
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

    def keep(self, result) -> None:
        """Put what an operation returned into the pool."""
        for t in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(t, torch.Tensor) and t.numel() <= MOST and not t.dtype.is_complex:
                self.pool.append(t.detach() if t.requires_grad else t)
