"""What random programs do: operations of the public API, and every page with an element or a kernel on inputs like those of its samples."""
from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import numpy as np

import flambeau as torch
from flambeau.backends.llvm import pages
from flambeau.core.op import OPS, Op
from flambeau.core.record import record
from flambeau.nn import functional as F

from .graphs import FLOATS, INTEGERS, Graph

for _module in pkgutil.iter_modules(torch.ops.__path__, "flambeau.ops."):        # they load when used: here all of them are
    importlib.import_module(_module.name)


def compiled(page: type[Op]) -> bool:
    """Whether a page has an element, or a kernel of its own."""
    return (hasattr(page, "element") or page.__name__ in pages.KERNELS) and page.outputs is None


def sampled(page: type[Op]) -> bool:
    """Whether a page has samples of real numbers. (What reads memory as it lies sees other bytes where values differ by rounding.)"""
    return bool(page.samples()) and not getattr(page, "reads_memory", False)


PAGES = [page for page in OPS if page.__module__.startswith("flambeau.") and compiled(page) and sampled(page)]


def page(g: Graph, requires_grad: bool = False) -> tuple:
    """A page on inputs like those of one of its samples: (its result, the inputs)."""
    chosen = g.random.choice(PAGES)
    sample = g.random.choice(chosen.samples())
    arrays = [np.asarray(v) for v in sample if isinstance(v, (np.ndarray, np.generic))]
    attributes = [v for v in sample if not isinstance(v, (np.ndarray, np.generic))]
    if any(a.dtype.kind == "c" for a in arrays):
        return (), []
    dtype = g.random.choice((torch.float32, torch.float32, torch.float64, torch.float64 if requires_grad else g.random.choice(FLOATS)))
    inputs = [g.like(a, dtype) for a in arrays]
    if requires_grad:
        inputs = [t.detach().clone().requires_grad_() if t.dtype.is_floating_point else t for t in inputs]
    return record(chosen(*attributes), *inputs), inputs


def page_gradient(g: Graph):
    """The gradients of a page, through a product with new numbers and perhaps another page."""
    out, inputs = page(g, requires_grad=True)
    outs = [t for t in (out if isinstance(out, tuple) else (out,)) if isinstance(t, torch.Tensor) and t.dtype.is_floating_point and t.requires_grad]
    if not outs:
        return out
    total = sum((t * g.fresh(t.shape, t.dtype)).sum() for t in outs)
    return torch.autograd.grad(total, [t for t in inputs if t.requires_grad], allow_unused=True)


def chain_gradient(g: Graph):
    """Gradients through a chain of operations, and perhaps the gradient of one."""
    x = g.floating().detach().clone().requires_grad_()
    y, twice = x, g.random.random() < 0.3
    for _ in range(g.random.randint(1, 6)):
        y = g.random.choice(SMOOTH)(g, y)
    grads = torch.autograd.grad((y * y).sum(), x, create_graph=twice)[0]
    return torch.autograd.grad(grads.tanh().sum(), x, allow_unused=True)[0] if twice and grads.requires_grad else grads


SMOOTH: list[Callable] = [
    lambda g, t: torch.tanh(t), lambda g, t: torch.sigmoid(t), lambda g, t: F.gelu(t), lambda g, t: t * t, lambda g, t: F.softmax(t, -1) if t.ndim else t,
    lambda g, t: t.reshape(-1)[:3], lambda g, t: F.layer_norm(t, t.shape[-1:]) if t.ndim else t, lambda g, t: t.expand(2, *t.shape), lambda g, t: t.amax(),
    lambda g, t: t + g.fresh(t.shape, t.dtype), lambda g, t: t @ g.fresh((t.shape[-1], 5), t.dtype) if t.ndim else t, lambda g, t: F.relu(t),
    lambda g, t: F.linear(t, g.fresh((4, t.shape[-1]), t.dtype)) if t.ndim else t, lambda g, t: torch.where(t > 0, t, t.exp()), lambda g, t: t.sum(g.dim(t)),
    lambda g, t: t.transpose(0, -1) if t.ndim else t, lambda g, t: torch.cat([t, t * 2]) if t.ndim else t, lambda g, t: t.sin(), lambda g, t: t.mean(),
    lambda g, t: F.log_softmax(t, 0) if t.ndim else t, lambda g, t: t[g.index(t)], lambda g, t: t.std(g.dim(t)) if t.ndim else t, lambda g, t: t / (1 + t.abs()),
    lambda g, t: F.pad(t, (1, 2)) if t.ndim else t, lambda g, t: t.clamp(-1, 1), lambda g, t: F.dropout(t, 0.0), lambda g, t: F.silu(t), lambda g, t: t.cumsum(-1)]


def unary(name: str) -> Callable:
    return lambda g: getattr(torch, name)(g.any())


def of_floats(function: Callable) -> Callable:
    return lambda g: function(g, g.floating())


def binary(name: str) -> Callable:
    def operation(g):
        x = g.any()
        return getattr(torch, name)(x, g.fitting(x) if g.random.random() < 0.8 else g.number())
    return operation


def reduction(name: str) -> Callable:
    def operation(g):
        x = g.any()
        if g.random.random() < 0.3:
            return getattr(torch, name)(x)
        several = name in ("sum", "mean", "amax", "amin", "var", "std", "logsumexp", "nansum", "any", "all")
        return getattr(torch, name)(x, g.dims(x) if several else g.dim(x), keepdim=g.random.random() < 0.5)
    return operation


def product(g):
    a = g.floating()
    if a.ndim < 1:
        return a * 2
    b = g.fresh((a.shape[-1], g.random.choice((1, 2, 5, 16, 17, 64))), a.dtype)
    result = a @ b
    return g.random.choice((lambda: result, lambda: torch.relu(result), lambda: result + 1, lambda: result.transpose(-1, -2) if result.ndim > 1 else result))()


def batched_product(g):
    a = g.fresh((g.random.choice((1, 2, 3)), *(g.random.choice((0, 1, 3, 8, 17)) for _ in range(2))))
    b = g.fresh((a.shape[0], a.shape[2], g.random.choice((1, 4, 33))), a.dtype)
    return torch.baddbmm(g.fresh((b.shape[2],), a.dtype), a, b) if g.random.random() < 0.3 and a.dtype.is_floating_point else torch.bmm(a, b)


def transposed_product(g):
    a = g.floating()
    return a.transpose(-1, -2) @ a if a.ndim >= 2 else a.sum()


def linear(g):
    x = g.floating()
    n, m = x.shape[-1] if x.ndim else 1, g.random.choice((1, 3, 16, 33))
    x = x if x.ndim else x.reshape(1)
    return F.linear(x, g.fresh((m, n), x.dtype), g.fresh((m,), x.dtype) if g.random.random() < 0.7 else None)


def attention(g):
    shape = (g.random.choice((1, 2)), g.random.choice((1, 2)), g.random.choice((1, 3, 8)), g.random.choice((1, 4, 8)))
    dtype = g.random.choice(FLOATS[:4])
    return F.scaled_dot_product_attention(*(g.fresh(shape, dtype) for _ in range(3)), is_causal=g.random.random() < 0.5)


def convolution(g):
    d, groups = g.random.choice((1, 2, 2, 3)), g.random.choice((1, 1, 1, 2))
    c, o, k = g.random.choice((1, 2, 4, 16)) * groups, g.random.choice((1, 3, 8, 32)) * groups, g.random.choice((1, 2, 3))
    n = g.random.choice((3, 5, 8, 12)) if d < 3 else g.random.choice((3, 4))
    dtype = g.random.choice((torch.float32, torch.float32, torch.float64, torch.bfloat16))
    x, w = g.fresh((g.random.choice((1, 2)), c, *[n] * d), dtype), g.fresh((o, c // groups, *[k] * d), dtype) * 0.2
    how = {"stride": g.random.choice((1, 1, 2)), "padding": g.random.choice((0, 1)), "dilation": g.random.choice((1, 1, 2)), "groups": groups}
    convolve, pool = (F.conv1d, F.conv2d, F.conv3d)[d - 1], g.random.choice(((F.max_pool1d, F.max_pool2d, F.max_pool3d), (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)))
    bias = g.fresh((o,), dtype) if g.random.random() < 0.5 else None
    wants = g.random.random() < 0.4
    leaves = [t.detach().requires_grad_() for t in ([x, w] if bias is None else [x, w, bias])] if wants else ([x, w] if bias is None else [x, w, bias])
    y = convolve(*leaves, **how)
    y = torch.relu(y) if g.random.random() < 0.3 else y
    if g.random.random() < 0.4 and min(y.shape[2:]) >= 2:
        y = pool[d - 1](y, 2)
    return torch.autograd.grad((y * y).sum(), leaves) if wants else y


def batch_norm(g):
    x = g.fresh((g.random.choice((2, 3, 8)), g.random.choice((1, 4, 17)), *(g.random.choice((1, 3, 8)) for _ in range(g.random.randint(0, 2)))), torch.float32)
    c = x.shape[1]
    mean, var = torch.zeros(c), torch.ones(c)
    y = F.batch_norm(x, mean, var, g.fresh((c,), torch.float32), g.fresh((c,), torch.float32), training=g.random.random() < 0.7)
    return y, mean, var


def in_place(g):
    """A write into a part of a copy: other views of it see the write."""
    x = g.any().clone()
    view = x[g.index(x)]
    kind = g.random.randrange(8)
    if kind == 0:
        view.fill_(g.random.choice((0, 1, 2)))
    elif kind == 1:
        view.mul_(g.number())
    elif kind == 2:
        view.add_(view.clone())
    elif kind == 3:
        view.copy_(g.fresh(tuple(view.shape), x.dtype))
    elif kind == 4:
        view.masked_fill_(torch.tensor(g.numpy.random(tuple(view.shape)) < 0.5), 1)
    elif kind == 5:
        x.copy_(x.flip(0) if x.ndim else x)
    elif kind == 6:
        (x.mT if x.ndim > 1 else x).add_(1)
    else:
        x[g.index(x)] = 1
    return x, view


def updated(g):
    """An optimizer's update of a parameter and its momentum, where they lie."""
    p = g.fresh(dtype=g.random.choice((torch.float32, torch.float64, torch.bfloat16)))
    buffer, grad = torch.zeros_like(p), p.tanh() * g.number()
    for _ in range(g.random.randint(1, 3)):
        buffer.mul_(0.9).add_(grad)
        p.add_(buffer, alpha=-0.01)
        if g.random.random() < 0.3:
            p.addcdiv_(buffer, buffer.abs().sqrt().add_(1e-3), value=-0.1)
    return p, buffer


def rearranged(g):
    x = g.any()
    return g.random.choice((lambda: x.reshape(-1), lambda: x.flip(0) if x.ndim else x, lambda: x.permute(*g.random.sample(range(x.ndim), x.ndim)),
                            lambda: x.unsqueeze(g.random.randint(0, x.ndim)), lambda: x.squeeze(), lambda: x.expand(3, *x.shape),
                            lambda: x[g.index(x)], lambda: x.contiguous(), lambda: torch.roll(x, 1), lambda: x.repeat(*(2,) * max(x.ndim, 1)),
                            lambda: x.transpose(0, -1) if x.ndim else x, lambda: x.diagonal() if x.ndim > 1 else x, lambda: torch.tril(x),
                            lambda: torch.triu(x, 1), lambda: x.unfold(0, 2, 1) if x.ndim and x.shape[0] > 1 else x,
                            lambda: x.as_strided((x.numel() // 2 + 1,), (1,)) if x.numel() > 1 and x.is_contiguous() else x,
                            lambda: x.movedim(0, -1) if x.ndim else x, lambda: x.flatten(), lambda: torch.rot90(x) if x.ndim > 1 else x))()


def joined(g):
    x = g.any()
    y = g.fresh(tuple(x.shape), x.dtype)
    return torch.stack([x, y], g.random.randint(0, x.ndim)) if not x.ndim or g.random.random() < 0.5 else torch.cat([x, y, x], g.dim(x))


def picked(g):
    x = g.any()
    if not x.ndim or not x.shape[0]:
        return x
    index = torch.tensor(g.numpy.integers(0, x.shape[0], g.random.choice((1, 3, 8))))
    return g.random.choice((lambda: x[index], lambda: x.index_select(0, index), lambda: F.embedding(index, x) if x.ndim == 2 else x[index],
                            lambda: torch.gather(x, 0, index.reshape(-1, *[1] * (x.ndim - 1)).expand(-1, *x.shape[1:])), lambda: torch.take(x, index)))()


def scattered(g):
    """Additions and writes at indices that meet."""
    x = g.any().clone()
    if not x.ndim or not x.shape[0]:
        return x
    index = torch.tensor(g.numpy.integers(0, x.shape[0], g.random.choice((1, 3, 8))))
    source = g.fresh((index.shape[0], *x.shape[1:]), x.dtype)
    full = index.reshape(-1, *[1] * (x.ndim - 1)).expand(-1, *x.shape[1:])
    # (of writes at one place the last one wins in both, but nobody promises it: each place is written once)
    once = torch.tensor(g.numpy.permutation(x.shape[0])[:index.shape[0]])
    return g.random.choice((lambda: x.index_add_(0, index, source), lambda: x.scatter_add(0, full, source), lambda: x.index_put((index,), source, accumulate=True),
                            lambda: x.index_fill(0, index, 1), lambda: x.index_copy(0, once, source[:once.shape[0]]),
                            lambda: x.masked_scatter(x > 0, torch.cat([x.reshape(-1), x.reshape(-1)]))))()


def chosen(g):
    x = g.any()
    y = g.fitting(x)
    return torch.where(x > y if x.dtype is not torch.bool else x, x, y)


def called(g):
    """What runs by its reference, between compiled kernels."""
    x = g.any()
    return g.random.choice((lambda: torch.sort(x, -1)[0], lambda: x.cumsum(g.dim(x)), lambda: torch.cummax(x, 0)[0] if x.ndim else x,
                            lambda: torch.flip(x, (0,)) if x.ndim else x, lambda: torch.median(x) if x.numel() and x.dtype is not torch.bool else x,
                            lambda: x.cumprod(0) if x.ndim else x, lambda: torch.topk(x, 1)[0] if x.ndim and x.shape[-1] else x))()


OPERATIONS: list[Callable] = [
    *map(unary, ("neg", "abs", "exp", "tanh", "sigmoid", "sin", "cos", "relu", "sqrt", "square", "sign", "floor", "ceil", "trunc", "round", "log1p", "expm1",
                 "atan", "erf", "isnan", "isinf", "isfinite", "logical_not", "reciprocal", "rsqrt", "log", "tan", "sinh", "asinh", "exp2", "log2", "lgamma",
                 "bitwise_not", "signbit")),
    *map(binary, ("add", "sub", "mul", "div", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge", "remainder", "fmod", "floor_divide", "pow", "atan2",
                  "hypot", "copysign", "logaddexp", "logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor", "fmax", "fmin",
                  "bitwise_left_shift", "bitwise_right_shift", "gcd", "rsub", "true_divide") + ("add", "mul", "sub", "div") * 2),
    *map(reduction, ("sum", "mean", "amax", "amin", "var", "std", "logsumexp", "argmax", "argmin", "prod", "any", "all", "sum", "mean", "nansum")),
    *map(of_floats, (lambda g, x: F.softmax(x, g.dim(x)), lambda g, x: F.log_softmax(x, g.dim(x)), lambda g, x: F.layer_norm(x, x.shape[-1:]),
                     lambda g, x: F.gelu(x), lambda g, x: F.silu(x), lambda g, x: F.elu(x), lambda g, x: F.softplus(x), lambda g, x: x.clamp(-1, 1),
                     lambda g, x: F.leaky_relu(x, 0.1), lambda g, x: F.normalize(x, dim=g.dim(x)) if x.ndim else x, lambda g, x: x.cumsum(g.dim(x)),
                     lambda g, x: F.mse_loss(x, g.fresh(tuple(x.shape), x.dtype)), lambda g, x: x.addcmul(x, x, value=0.5),
                     lambda g, x: x.lerp(x * 2, 0.25), lambda g, x: x.nan_to_num(), lambda g, x: F.pad(x, (1, 2)) if x.ndim else x,
                     lambda g, x: x * g.number() + g.number(), lambda g, x: torch.linalg.vector_norm(x), lambda g, x: x.softmax(-1).log() if x.ndim else x)),
    *[lambda g: g.any().to(g.random.choice((*FLOATS, *INTEGERS, torch.bool)))] * 2,
    product, product, batched_product, transposed_product, linear, linear, attention, convolution, convolution, batch_norm,
    in_place, in_place, in_place, updated, updated, page_gradient, page_gradient, page_gradient, chain_gradient, chain_gradient, chain_gradient,
    *[rearranged] * 5, joined, picked, picked, scattered, scattered, chosen, chosen, called,
    *[lambda g: page(g)[0]] * 30,
]


def step(g: Graph) -> None:
    """One more operation. What it refuses is raised."""
    g.keep(OPERATIONS[g.random.randrange(len(OPERATIONS))](g))
