"""Operators against PyTorch's, on the first samples of its own operator database: results, gradients, the random numbers drawn."""

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

# Entries of the database that flambeau lacks, and why.
LACKING = {
    "no sparse layouts": "sparse.sampled_addmm",
    "no 16-bit complex numbers: NumPy has none": "chalf",
    "for GPUs only": "torch._scaled_mm torch._scaled_mm_v2 torch.ops.aten._efficient_attention_forward torch.ops.aten._flash_attention_forward",
    "compiles CUDA source": "jiterator_unary jiterator_binary jiterator_binary_return_by_ref jiterator_2inputs_2outputs jiterator_4inputs_with_extra_args",
    "PyTorch's own internals: kernels behind public functions, or behind its compiler": """
        _batch_norm_with_update _chunk_cat _native_batch_norm_legit _segment_reduce _softmax_backward_data _unsafe_masked_index
        _unsafe_masked_index_put_accumulate _upsample_bilinear2d_aa empty_permuted max_pool2d_with_indices_backward native_dropout_backward slice
        torch.ops.aten._safe_softmax.default""",
}
MISSING = {name for names in LACKING.values() for name in names.split()}

UNINITIALISED = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "resize_", "resize_as_"}  # shapes and dtypes are compared
UP_TO_SIGNS = {"linalg.eig", "pca_lowrank", "svd_lowrank"}  # compared after the database's own step that takes absolute values
ILL_CONDITIONED = {"logcumsumexp", "matrix_exp"}  # compared in float64
NO_GRADIENT = {"as_strided_scatter"}  # PyTorch's of the input is wrong: that of the elements which were overwritten
HELD_DENSE = {"sparse.mm", "to_sparse"}  # there, but the adaptor above builds strided tensors only: tests/ops/test_sparse.py covers them
ENTRIES = [pytest.param(info, id=f"{info.name}-{info.variant_test_name}".removesuffix("-")) for info in op_db if info.name not in MISSING | HELD_DENSE]


def found(info):
    """flambeau's function, method, or method in place of the entry's name; None where there is none."""
    owners = (flambeau.Tensor, flambeau) if isinstance(info.op, types.MethodDescriptorType) else (flambeau, flambeau.Tensor)
    for owner, path in itertools.product(owners, (info.name, info.name + "_")):
        try:
            return operator.attrgetter(path)(owner)
        except AttributeError:
            continue
    return None


def seeded(op, *args, **kwargs):
    """What the database calls wrapper_set_seed."""
    flambeau.manual_seed(42)
    return op(*args, **kwargs)


def function_of(info):
    """What the entry calls, by flambeau's names: the database's own lambdas run with flambeau for torch."""
    op = info.op
    if isinstance(op, types.FunctionType) and op.__module__.startswith("torch.testing"):
        names = op.__globals__ | {"torch": flambeau, "wrapper_set_seed": seeded}
        return types.FunctionType(op.__code__, names, op.__name__, op.__defaults__, op.__closure__)
    return found(info)


def ours(x, made):
    """An argument for flambeau. `made`: id of each tensor -> (itself, flambeau's), so that one tensor given twice stays one."""
    def again(y):
        return ours(y, made)

    if isinstance(x, torch.Tensor):
        if id(x) not in made:
            plain = x.detach().resolve_conj().resolve_neg()
            memory = torch.empty(0, dtype=x.dtype).set_(plain.untyped_storage())
            memory = flambeau.tensor((memory.float() if x.dtype == torch.bfloat16 else memory).numpy()).to(again(x.dtype))
            tensor = memory.as_strided(plain.shape, plain.stride(), plain.storage_offset()).detach()
            made[id(x)] = x, tensor.requires_grad_(x.requires_grad)
        return made[id(x)][1]
    if isinstance(x, torch.dtype | torch.memory_format | torch.layout):
        return getattr(flambeau, str(x).removeprefix("torch."))
    if isinstance(x, torch.device):
        return flambeau.device(str(x))
    if isinstance(x, torch.nn.Module):  # a distance function: it has no parameters
        return getattr(flambeau.nn, type(x).__name__)()
    if dataclasses.is_dataclass(x):
        return getattr(flambeau.nn, type(x).__name__)(**{field.name: again(getattr(x, field.name)) for field in dataclasses.fields(x)})
    if isinstance(x, torch.Size):
        return flambeau.Size(x)
    if isinstance(x, slice):
        return slice(again(x.start), again(x.stop), again(x.step))
    if isinstance(x, dict):
        return {key: again(value) for key, value in x.items()}
    return type(x)(map(again, x)) if type(x) in (list, tuple) else x


def compare(info, got, expected):
    if isinstance(expected, torch.Tensor):
        assert isinstance(got, flambeau.Tensor)
        expected = expected.to_dense()  # flambeau holds sparse tensors dense
        assert (tuple(got.shape), str(got.dtype)) == (tuple(expected.shape), str(expected.dtype))
        if not expected.numel() or info.name in UNINITIALISED:
            return
        assert got.requires_grad == expected.requires_grad
        if expected.dtype == torch.bfloat16:
            got, expected = got.float(), expected.float()
        got, expected = torch.from_numpy(np.array(got.detach().resolve_conj().numpy())), expected.detach().resolve_conj().resolve_neg()
        rtol, atol = (LOOSER * x for x in torch.testing._comparison.default_tolerances(expected))
        torch.testing.assert_close(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    elif isinstance(expected, list | tuple):
        assert isinstance(got, type(expected) if type(expected) in (list, tuple) else tuple) and len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            compare(info, a, b)
    else:
        assert str(got) == str(expected)


def gradients(T, outputs, inputs):
    """Of the sum of all outputs times fixed numbers; None where there is nothing to differentiate."""
    total = None
    for y in outputs if isinstance(outputs, list | tuple) else [outputs]:
        if isinstance(y, T.Tensor) and y.requires_grad and y.numel():
            s = (y * T.tensor([math.cos(k) for k in range(y.numel())], dtype=T.float64).to(y.dtype).reshape(y.shape)).sum()
            s = T.real(s) + 0.5 * T.imag(s) if y.is_complex() else s
            total = s if total is None else total + s
    return total if total is None else T.autograd.grad(total, inputs, allow_unused=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("info", ENTRIES)
def test_operator(info):
    f = function_of(info)
    for dtype, number in SAMPLES.items():
        if dtype not in info.dtypes:
            continue
        dtype = torch.float64 if dtype.is_floating_point and info.name in ILL_CONDITIONED else dtype
        differentiable = dtype.is_floating_point and info.supports_autograd and info.name not in NO_GRADIENT
        for sample in itertools.islice(info.sample_inputs("cpu", dtype, requires_grad=differentiable), number):
            made = {}
            args, kwargs = ours([sample.input, *sample.args], made), ours(sample.kwargs, made)
            torch.manual_seed(1)
            flambeau.manual_seed(1)
            expected, got = info.op(sample.input, *sample.args, **sample.kwargs), f(*args, **kwargs)
            process = sample.output_process_fn_grad
            compare(info, *(map(process, (got, expected)) if info.name in UP_TO_SIGNS else (got, expected)))
            pairs = [pair for pair in made.values() if pair[0].requires_grad]
            if not differentiable or not pairs:
                continue
            theirs = gradients(torch, process(expected), [x for x, _ in pairs])
            mine = gradients(flambeau, process(got), [x for _, x in pairs])
            assert (mine is None) == (theirs is None)
            for a, b in zip(mine or (), theirs or (), strict=True):
                if a is None or b is None:
                    assert (a is None or not a.any()) and (b is None or not b.any())
                else:
                    compare(info, a, b)


def test_missing_is_missing():
    assert {info.name for info in op_db if found(info) is None} == MISSING
