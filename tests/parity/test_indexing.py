"""x[…], x[…] = v and their gradients beside PyTorch's, for random indices of every kind; and the operators that take positions."""
import math
import random
import warnings

import pytest

import flambeau

torch = pytest.importorskip("torch", reason="PyTorch is the oracle")

SHAPES = [(3, 4, 2), (5,), (2, 3), (1, 4), (2, 0, 3), (3, 2, 1, 2)]


class _Brackets:
    """What stands between the brackets, as an object."""

    def __getitem__(self, item):
        return item


def plain(value):
    if hasattr(value, "requires_grad"):
        return str(value.dtype).removeprefix("torch."), tuple(value.shape), value.tolist(), type(value.grad_fn).__name__
    return value


def outcome(package, program):
    """What `program(package)` gives, or the kind of error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = program(package)
        except Exception as error:
            return type(error).__name__
    return [plain(r) for r in (result if isinstance(result, tuple) else (result,))]


def same(program, what=""):
    ours, theirs = outcome(flambeau, program), outcome(torch, program)
    if ours == "IndexError" and isinstance(theirs, list) and 0 in theirs[0][1]:
        return              # PyTorch does not look at positions of which nothing is read; here they are refused
    assert ours == theirs, what


def random_item(rng, size):
    """One index of an axis of size `size` as text, and how many axes it uses. Now and then it is out of range."""
    def position():
        return rng.randrange(-size, size) if size and rng.random() < 0.97 else size
    kind = rng.choice("int slice slice slice list long mask none dots bool zero".split())
    if kind == "int":
        return str(position()), 1
    if kind == "slice":
        start, stop = (rng.choice(["", str(rng.randrange(-size - 2, size + 3))]) for _ in range(2))
        return f"{start}:{stop}:{rng.choice(['', 1, 2, 3])}", 1
    if kind == "list":
        return str([position(), position()]), 1
    if kind == "long":
        rows = [[position(), position()] for _ in range(rng.choice([1, 3]))]
        return f"T.tensor({rows}, dtype=T.{rng.choice(['int64', 'int32'])})", 1
    if kind == "mask":
        return f"T.tensor({[rng.random() < 0.6 for _ in range(size)]})", 1
    if kind == "zero":
        return f"T.tensor({position()})", 1
    return {"none": "None", "dots": "...", "bool": rng.choice(["True", "False", "T.tensor(True)"])}[kind], 0


def random_index(rng, shape):
    """The text of an index of a tensor of `shape`."""
    if rng.random() < 0.05:
        return f"T.arange({math.prod(shape)}).reshape({shape}) % 3 == 0"
    items, axis = [], 0
    while axis < len(shape) and len(items) < 5 and rng.random() < 0.85:
        text, used = random_item(rng, shape[axis])
        if text == "..." and "..." in items:
            continue
        items.append(text)
        axis += used
    return ", ".join(items) or "..."


def brackets(T, index):
    return eval(f"B[{index}]", {"T": T, "B": _Brackets()})


@pytest.mark.parametrize("seed", range(400))
def test_random_reads(seed):
    rng = random.Random(seed)
    shape = rng.choice(SHAPES)
    index = random_index(rng, shape)

    def program(T):
        x = T.arange(float(math.prod(shape))).reshape(shape).clone()
        if seed % 3 == 0:
            x = x.transpose(0, -1).contiguous().transpose(0, -1)
        x.requires_grad_()
        y = x[brackets(T, index)]
        (y * y).sum().backward()
        return y, x.grad
    same(program, f"x{list(shape)}[{index}]")


@pytest.mark.parametrize("seed", range(400))
def test_random_writes(seed):
    rng = random.Random(1000 + seed)
    shape = rng.choice(SHAPES)
    index = random_index(rng, shape)
    kind = rng.choice(["number", "scalar", "full", "row", "wrong"])

    def program(T):
        x = T.arange(float(math.prod(shape))).reshape(shape).clone().requires_grad_()
        y = x * 1.0
        part = brackets(T, index)
        found = y[part]
        if not found.numel():
            return found
        if kind == "number":
            value = 7
        elif kind == "wrong":
            value = T.ones(tuple(found.shape) + (5,))
        else:
            sizes = {"scalar": (), "full": tuple(found.shape), "row": tuple(found.shape)[-1:]}[kind]
            value = (T.arange(float(math.prod(sizes))).reshape(sizes) + 100.0).requires_grad_()
        if kind != "number" and found.numel() and len({int(v) for v in found.reshape(-1).tolist()}) != found.numel():
            value = 5.0                     # of repeated places any value may stay
        y[part] = value
        (y * y).sum().backward()
        return y, x.grad, value.grad if hasattr(value, "grad") else None
    same(program, f"x{list(shape)}[{index}] = {kind}")


@pytest.mark.parametrize("seed", range(60))
def test_augmented_writes(seed):
    rng = random.Random(2000 + seed)
    shape = rng.choice(SHAPES)
    index = random_index(rng, shape)

    def program(T):
        x = T.arange(math.prod(shape)).reshape(shape).clone()
        v = x.reshape(-1)
        x[brackets(T, index)] += 10
        return x, v
    same(program, f"x{list(shape)}[{index}] += 10")


DTYPES = ["bool", "uint8", "int16", "int64", "float16", "bfloat16", "float32", "float64", "complex64"]


def tensor_of(T, rng, shape, dtype):
    n = math.prod(shape)
    values = T.tensor([rng.randrange(-9, 10) if dtype not in ("bool", "uint8") else rng.randrange(0, 9) for _ in range(n)], dtype=T.float32)
    return values.reshape(shape).to(getattr(T, dtype))


POSITIONAL = {
    "gather": lambda T, x, i, s: x.gather(1, i),
    "scatter": lambda T, x, i, s: x.scatter(1, i[:, :1], s[:, :1]),
    "scatter_value": lambda T, x, i, s: x.scatter(0, i[:2], 1),
    "scatter_add": lambda T, x, i, s: x.scatter_add(1, i, s),
    "scatter_sum": lambda T, x, i, s: x.scatter_reduce(1, i, s, "sum", include_self=False),
    "scatter_prod": lambda T, x, i, s: x.scatter_reduce(1, i, s, "prod"),
    "scatter_mean": lambda T, x, i, s: x.scatter_reduce(1, i, s, "mean"),
    "scatter_amax": lambda T, x, i, s: x.scatter_reduce(1, i, s, "amax", include_self=False),
    "scatter_amin": lambda T, x, i, s: x.scatter_reduce(1, i, s, "amin"),
    "index_select": lambda T, x, i, s: x.index_select(1, i[0]),
    "index_add": lambda T, x, i, s: x.index_add(1, i[0], s, alpha=2),
    "index_copy": lambda T, x, i, s: x.index_copy(0, T.tensor([2, 0]), s[:2].contiguous()[:, :1].expand(2, 4)),
    "index_fill": lambda T, x, i, s: x.index_fill(1, i[0], 1),
    "index_put": lambda T, x, i, s: x.index_put((i[0], i[1]), s[0], accumulate=True),
    "put": lambda T, x, i, s: x.put(T.tensor([3, -1, 3]), s[0, :3], accumulate=True),
    "take": lambda T, x, i, s: x.take(i),
    "take_along_dim": lambda T, x, i, s: T.take_along_dim(x, i[:1], 1),
    "masked_fill": lambda T, x, i, s: x.masked_fill(i > 1, 1),
    "masked_select": lambda T, x, i, s: x.masked_select(i[:, :1] > 0),
    "masked_scatter": lambda T, x, i, s: x.masked_scatter(i > 1, s),
    "nonzero": lambda T, x, i, s: x.nonzero(),
    "count_nonzero": lambda T, x, i, s: x.count_nonzero(0),
    "unique": lambda T, x, i, s: T.unique(x, return_inverse=True, return_counts=True) if not x.is_complex() else x,
    "unique_rows": lambda T, x, i, s: T.unique(x[i[0]], dim=0, return_inverse=True, return_counts=True) if not x.is_complex() else x,
    "unique_consecutive": lambda T, x, i, s: T.unique_consecutive(x[0, i[0]], return_inverse=True, return_counts=True) if not x.is_complex() else x,
    "isin": lambda T, x, i, s: T.isin(x, s),
    "flip": lambda T, x, i, s: x.flip(0, 1),
    "roll": lambda T, x, i, s: x.roll((1, -2), (0, 1)),
    "rot90": lambda T, x, i, s: x.rot90(3),
    "repeat": lambda T, x, i, s: x.repeat(2, 1, 3),
    "repeat_interleave": lambda T, x, i, s: x.repeat_interleave(T.tensor([0, 2, 1]), 0),
    "tril": lambda T, x, i, s: x.tril(1),
    "triu": lambda T, x, i, s: x.triu(-1),
    "diag_embed": lambda T, x, i, s: x.diag_embed(1),
    "diagflat": lambda T, x, i, s: x.diagflat(-2),
    "cat": lambda T, x, i, s: T.cat([x, s, x[:, :0]], 1),
    "stack": lambda T, x, i, s: T.stack([x, s], 1),
    "block_diag": lambda T, x, i, s: T.block_diag(x, s[0], s[0, 0]),
    "select_scatter": lambda T, x, i, s: x.select_scatter(s[0], 0, -1),
    "slice_scatter": lambda T, x, i, s: x.slice_scatter(s[:, :2], 1, 0, 4, 2),
    "diagonal_scatter": lambda T, x, i, s: x.diagonal_scatter(s[0, :3]),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", POSITIONAL)
def test_positional_operators(name, dtype):
    def program(T):
        rng = random.Random(3)
        x, s = tensor_of(T, rng, (3, 4), dtype), tensor_of(T, rng, (3, 4), dtype)
        index = T.tensor([[rng.randrange(3) for _ in range(4)] for _ in range(3)])
        differentiable = dtype == "float64" and name not in ("nonzero", "count_nonzero", "unique", "unique_rows", "unique_consecutive", "isin")
        if differentiable:
            x.requires_grad_(), s.requires_grad_()
        result = POSITIONAL[name](T, x, index, s)
        if not differentiable:
            return result
        weights = T.arange(float(result.numel()), dtype=T.float64).reshape(result.shape)
        (result * weights).sum().backward()
        return result, x.grad, s.grad
    same(program)
