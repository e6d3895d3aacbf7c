"""Operators against PyTorch's, on the first samples of its own operator database: results, gradients, random numbers."""

import dataclasses
import itertools
import math
import operator
import types

import numpy as np
import pytest

import flambeau

torch = pytest.importorskip("torch")
op_db = pytest.importorskip("torch.testing._internal.common_methods_invocations").op_db

SAMPLES = {torch.float32: 2, torch.int64: 1}
LOOSER = 10  # than torch.testing.assert_close
UNINITIALISED = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "empty_permuted", "resize_", "resize_as_"}

# Entries of the database that flambeau lacks, by reason.
MISSING = {name for reason, names in {}.items() for name in names.split()}


def found(name):
    """flambeau's function of the database's `name`: public, a method, or a method in place; None where there is none."""
    for owner, path in itertools.product((flambeau, flambeau.Tensor), (name, name + "_")):
        try:
            return operator.attrgetter(path)(owner)
        except AttributeError:
            continue
    return None


def seeded(op, *args, **kwargs):
    flambeau.manual_seed(42)
    return op(*args, **kwargs)


def function_of(info):
    """What the database calls, by flambeau's names: its own lambdas run with flambeau for torch."""
    op = info.op
    if isinstance(op, types.FunctionType) and op.__module__.startswith("torch.testing"):
        names = op.__globals__ | {"torch": flambeau, "wrapper_set_seed": seeded}
        return types.FunctionType(op.__code__, names, op.__name__, op.__defaults__, op.__closure__)
    return found(info.name)


def ours(x, made):
    """An argument for flambeau. `made`: id of each tensor -> (itself, flambeau's), so that one tensor given twice stays one."""
    def again(y):
        return ours(y, made)

    if isinstance(x, torch.Tensor):
        if id(x) not in made:
            values = x.detach().resolve_conj().resolve_neg()
            tensor = flambeau.tensor((values.float() if x.dtype == torch.bfloat16 else values).numpy()).to(again(x.dtype))
            made[id(x)] = x, tensor.requires_grad_(x.requires_grad)
        return made[id(x)][1]
    if isinstance(x, torch.dtype | torch.memory_format | torch.layout):
        return getattr(flambeau, str(x).removeprefix("torch."))
    if isinstance(x, torch.device):
        return flambeau.device(str(x))
    if dataclasses.is_dataclass(x):
        return getattr(flambeau.nn, type(x).__name__)(**{field.name: again(getattr(x, field.name)) for field in dataclasses.fields(x)})
    if isinstance(x, torch.Size):
        return flambeau.Size(x)
    if isinstance(x, slice):
        return slice(again(x.start), again(x.stop), again(x.step))
    if isinstance(x, dict):
        return {key: again(value) for key, value in x.items()}
    return type(x)(map(again, x)) if type(x) in (list, tuple) else x


def compare(got, expected, values=True):
    if isinstance(expected, torch.Tensor):
        assert isinstance(got, flambeau.Tensor)
        assert (tuple(got.shape), str(got.dtype), got.requires_grad) == (tuple(expected.shape), str(expected.dtype), expected.requires_grad)
        if not values:
            return
        if expected.dtype == torch.bfloat16:
            got, expected = got.float(), expected.float()
        expected = expected.detach().resolve_conj().resolve_neg()
        rtol, atol = (LOOSER * x for x in torch.testing._comparison.default_tolerances(expected))
        torch.testing.assert_close(torch.from_numpy(np.array(got.detach().resolve_conj().numpy())), expected, rtol=rtol, atol=atol, equal_nan=True)
    elif isinstance(expected, list | tuple):
        assert isinstance(got, type(expected) if type(expected) in (list, tuple) else tuple) and len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            compare(a, b, values)
    else:
        assert str(got) == str(expected)


def gradients(T, outputs, inputs):
    """Of the sum of all outputs times fixed numbers; None where there is nothing to differentiate."""
    total = None
    for y in outputs if isinstance(outputs, list | tuple) else [outputs]:
        if isinstance(y, T.Tensor) and y.requires_grad:
            s = (y * T.tensor([math.cos(k) for k in range(y.numel())], dtype=T.float64).to(y.dtype).reshape(y.shape)).sum()
            s = T.real(s) + 0.5 * T.imag(s) if y.is_complex() else s
            total = s if total is None else total + s
    return total if total is None else T.autograd.grad(total, inputs, allow_unused=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("info", [pytest.param(info, id=f"{info.name}-{info.variant_test_name}".removesuffix("-")) for info in op_db if info.name not in MISSING])
def test_operator(info):
    f = function_of(info)
    for dtype, number in SAMPLES.items():
        if dtype not in info.dtypes:
            continue
        differentiable = info.supports_autograd and dtype.is_floating_point
        for sample in itertools.islice(info.sample_inputs("cpu", dtype, requires_grad=differentiable), number):
            made = {}
            args, kwargs = ours([sample.input, *sample.args], made), ours(sample.kwargs, made)
            torch.manual_seed(1)
            flambeau.manual_seed(1)
            expected, got = info.op(sample.input, *sample.args, **sample.kwargs), f(*args, **kwargs)
            compare(got, expected, values=info.name not in UNINITIALISED)
            pairs = [pair for pair in made.values() if pair[0].requires_grad]
            if differentiable and pairs:
                process = sample.output_process_fn_grad
                theirs = gradients(torch, process(expected), [x for x, _ in pairs])
                mine = gradients(flambeau, process(got), [x for _, x in pairs])
                assert (mine is None) == (theirs is None)
                for a, b in zip(mine or (), theirs or (), strict=True):
                    if a is None or b is None:
                        assert (a is None or not a.any()) and (b is None or not b.any())
                    else:
                        compare(a, b)


def test_missing_is_missing():
    assert {info.name for info in op_db if found(info.name) is None} == MISSING
