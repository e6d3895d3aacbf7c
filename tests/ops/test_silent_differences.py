"""What a systematic comparison with PyTorch found to differ without an error: values, dtypes and arguments, as PyTorch has them."""
import math

import pytest

import flambeau as torch

INF, NAN = math.inf, math.nan


def test_an_infinite_part_of_a_complex_number_leaves_the_other_alone():
    parts = torch.tensor([INF, -INF, NAN, 1.0], requires_grad=True)
    made = torch.complex(torch.tensor(2.0), parts)
    assert made.real.tolist() == [2, 2, 2, 2] and made.imag.tolist()[:2] == [INF, -INF] and made.grad_fn.name() == "ComplexBackward0"
    turned = torch.polar(torch.tensor([INF]), torch.tensor([-0.31]))
    assert turned.real.tolist() == [INF] and turned.imag.tolist() == [-INF]
    x, y = torch.randn(2, 3, dtype=torch.float64, requires_grad=True), torch.randn(3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(torch.complex, (x, y))


def test_over_no_axes_any_and_all_ask_each_element():
    x = torch.tensor([[0.0, 2.0], [NAN, 0.0]])
    assert torch.any(x, dim=()).tolist() == torch.all(x, ()).tolist() == [[False, True], [True, False]]
    assert torch.any(x.nan_to_num(1).to(torch.uint8), dim=()).dtype is torch.uint8


def test_nan_counts_as_zero_before_it_becomes_an_integer():
    x = torch.tensor([NAN, 2.5, -1.0])
    assert torch.nansum(x, dtype=torch.int64).item() == 1 and torch.nansum(torch.tensor([3, 4])).item() == 7
    assert torch.nanmean(torch.tensor([[NAN, 1.0], [3.0, 2.0]]), 0, dtype=torch.float16).dtype is torch.float16


@pytest.mark.parametrize("name, arguments", [("softmax", ()), ("log_softmax", ()), ("logsumexp", ()), ("count_nonzero", ()), ("squeeze", ()), ("unsqueeze", ()),
                                             ("unbind", ()), ("chunk", (2,)), ("index_select", ())])
def test_numpy_name_of_an_axis(name, arguments):
    x = torch.randn(2, 3)
    more = {"index": torch.tensor([1])} if name == "index_select" else {}
    by_name, by_numpy = (getattr(torch, name)(x, *arguments, **{word: 1}, **more) for word in ("dim", "axis"))
    assert str(by_name) == str(by_numpy)


def test_a_bool_is_no_axis():
    x = torch.randn(2, 3)
    for function in (torch.sort, torch.cumsum, torch.softmax, torch.unsqueeze, torch.unbind):
        with pytest.raises(TypeError, match="must be an int, not bool"):
            function(x, dim=True)


def test_numbers_where_tensors_are_usual():
    x = torch.ones(2)
    assert x.copy_(3).tolist() == [3, 3] and x.exponential_(torch.tensor(2.0)).min().item() >= 0
    for make in (torch.linspace, torch.logspace):
        for steps in (5.0, True):
            with pytest.raises(TypeError, match="'steps' must be int"):
                make(0, 3, steps)


def test_what_is_written_to_has_the_very_dtype_and_its_own_memory():
    parts, wide = (torch.ones(2), torch.ones(2)), torch.zeros(2, dtype=torch.complex128)
    for make in (torch.complex, torch.polar):
        with pytest.raises(RuntimeError, match="Expected object of scalar type ComplexFloat but got scalar type ComplexDouble for argument 'out'"):
            make(*parts, out=wide)
    x = torch.arange(4.0)
    with pytest.raises(RuntimeError, match="single memory location"):
        torch.kthvalue(x, 1, out=(x[:1].squeeze(), torch.tensor(0)))
    found = torch.sort(x, out=(torch.empty(4), torch.empty(4, dtype=torch.int64)))
    assert repr(found).startswith("torch.return_types.sort_out(") and isinstance(found, torch.return_types.sort_out) and found.values is found[0]
    assert torch.torch is torch and torch.torch.special.gammainc is torch.special.gammainc


def test_one_number_is_written_where_a_mask_holds_whatever_its_dtype():
    x = torch.arange(4)
    x[x > 1] = torch.tensor(3.7)
    assert x.tolist() == [0, 1, 3, 3]
    x[True] = torch.ones(4)
    x[False] = torch.ones(7)
    assert x.tolist() == [1, 1, 1, 1] and x.dtype is torch.int64
    with pytest.raises(RuntimeError, match="destination dtypes match"):
        x[x > 0] = torch.ones(4)


def test_creation():
    with pytest.warns(UserWarning, match="torch.range is deprecated"):
        assert torch.range(1, 2.5, 0.5).tolist() == [1, 1.5, 2, 2.5]
    for nothing in (None, {}, len):
        with pytest.raises(RuntimeError, match=f"Could not infer dtype of {type(nothing).__name__}"):
            torch.tensor(nothing)
    with pytest.raises(ValueError, match="Overflow"):
        torch.tensor(2 ** 63)
    assert [torch.finfo(kind).resolution for kind in (torch.float16, torch.bfloat16, torch.float32, torch.float64)] == [0.001, 0.01, 1e-6, 1e-15]
