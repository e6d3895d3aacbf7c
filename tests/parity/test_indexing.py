"""x[…], x[…] = v and their gradients beside PyTorch's, for random indices of every kind; and the operators that take positions."""
import random
import warnings

import pytest

import flambeau

torch = pytest.importorskip("torch", reason="PyTorch is the oracle")


def outcome(package, program):
    """What `program(package)` gives: values and layout, or the kind of error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = program(package)
        except Exception as error:
            return type(error).__name__
    return [plain(r) for r in (result if isinstance(result, (tuple, list)) else (result,))]


def plain(value):
    if hasattr(value, "grad_fn"):
        return str(value.dtype).removeprefix("torch."), tuple(value.shape), value.tolist(), type(value.grad_fn).__name__
    return value


def same(program):
    ours, theirs = outcome(flambeau, program), outcome(torch, program)
    assert ours == theirs


def random_item(rng, size, width):
    """One index for axes of size `size`, as text; `width` is the number of axes left."""
    kind = rng.choice("int int slice slice slice list long mask none dots bool zero".split())
    k = rng.randrange(-size, size) if size else 0
    if kind == "int":
        return str(k), 1
    if kind == "slice":
        ends = [rng.choice(["", str(rng.randrange(-size - 2, size + 3))]) for _ in range(2)]
        return f"{ends[0]}:{ends[1]}:{rng.choice(['', 1, 2, 3])}", 1
    if kind == "list":
        return str([rng.randrange(-size, size) if size else 0 for _ in range(2)]), 1
    if kind == "long":
        rows = [[rng.randrange(-size, size) if size else 0 for _ in range(2)] for _ in range(rng.choice([1, 3]))]
        return f"T.tensor({rows}, dtype=T.{rng.choice(['int64', 'int32'])})", 1
    if kind == "mask":
        return f"T.tensor({[rng.random() < 0.6 for _ in range(size)]})", 1
    if kind == "none":
        return "None", 0
    if kind == "dots":
        return "...", 0
    if kind == "bool":
        return rng.choice(["True", "False", "T.tensor(True)"]), 0
    return f"T.tensor({k})", 1


def random_index(rng, shape):
    """The text of an index of a tensor of `shape`."""
    items, axis, dots = [], 0, False
    for _ in range(rng.randrange(1, 5)):
        if axis == len(shape):
            break
        text, used = random_item(rng, shape[axis], len(shape) - axis)
        if text == "...":
            if dots:
                continue
            dots = True
        items.append(text)
        axis += used
    return ", ".join(items) + ("," if len(items) == 1 and rng.random() < 0.5 else "") if items else "..."


SHAPES = [(3, 4, 2), (5,), (2, 3), (1, 4), (2, 0, 3), (3, 2, 1, 2)]


@pytest.mark.parametrize("seed", range(300))
def test_random_reads(seed):
    rng = random.Random(seed)
    shape = rng.choice(SHAPES)
    index = random_index(rng, shape)

    def program(T):
        x = (T.arange(24.0)[:flambeau.Size(shape).numel()].reshape(shape) * 1.0).requires_grad_()
        y = x[eval(f"(lambda *a: a[0] if len(a) == 1 else a)({as_arguments(index)})", {"T": T})]
        (y * y).sum().backward()
        return y, x.grad
    same(program)


def as_arguments(index):
    """The text of an index as the text of a tuple of objects: slices written out."""
    class Taker:
        def __getitem__(self, item):
            return item
    return "*(lambda i: i if isinstance(i, tuple) else (i,))(X[" + index + "])" if False else f"__import__('{__name__}').TAKE[{index}]"


class _Take:
    def __getitem__(self, item):
        return item


TAKE = _Take()
