"""Operators that work element by element: types, rounding, corners, errors, forms. Values and gradients are the derived tests' business."""
import math
import re

import numpy as np
import pytest

import flambeau as torch

NAN, INF = math.nan, math.inf


def grad(function, *values, dtype=None):
    """The gradients of Σ function(…) with respect to vectors."""
    inputs = [torch.tensor(v, dtype=dtype, requires_grad=True) for v in values]
    function(*inputs).sum().backward()
    found = [x.grad.tolist() for x in inputs]
    return found[0] if len(found) == 1 else found


# -------------------------------------------------------------------------------------------------------------------- integers
def test_division_of_integers_rounds_as_asked():
    a, b = torch.tensor([7, -7, 7, -7]), torch.tensor([2, 2, -2, -2])
    assert (a / b).tolist() == [3.5, -3.5, -3.5, 3.5]
    assert (a // b).tolist() == [3, -4, -4, 3]
    assert torch.div(a, b, rounding_mode="trunc").tolist() == [3, -3, -3, 3]
    assert (a % b).tolist() == [1, 1, -1, -1]
    assert torch.fmod(a, b).tolist() == [1, -1, 1, -1]
    assert (7 // b).tolist() == [3, 3, -4, -4] and (7 % b).tolist() == [1, 1, -1, -1]


@pytest.mark.parametrize("divide", [lambda a, z: a // z, lambda a, z: a % z, torch.fmod, lambda a, z: torch.div(a, z, rounding_mode="floor")])
def test_an_integer_divided_by_zero_is_refused_at_the_call(divide):
    for zero in (0, torch.tensor([1, 0])):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            divide(torch.tensor([1, 2]), zero)
    assert divide(torch.tensor([1, 2]), torch.zeros(0, 1, dtype=torch.int64)).shape == (0, 2)
    assert not divide(torch.tensor([1.0]), 0.0).isfinite().any()


def test_powers_of_integers():
    assert (torch.tensor([2, 0, -1, 1, 3]) ** torch.tensor([-1, -1, -3, -2, 2])).tolist() == [0, 0, -1, 1, 9]
    assert (2 ** torch.tensor([-1, 3])).tolist() == [0, 8]
    assert (torch.tensor([3], dtype=torch.uint8) ** 6).item() == 217
    assert (torch.tensor([True]) ** 2).dtype is torch.int64 and (torch.tensor([4]) ** 0.5).dtype is torch.float32
    with pytest.raises(RuntimeError, match="negative integer powers"):
        torch.tensor([2]) ** -1
    with pytest.raises(TypeError, match="one of them a Tensor"):
        torch.pow(2, 3)


def test_shifts_wider_than_the_type():
    assert (torch.tensor([1, 1]) << torch.tensor([70, -1])).tolist() == [0, 0]
    assert (torch.tensor([-5, 5]) >> 64).tolist() == [-1, 0]
    assert (torch.tensor([200], dtype=torch.uint8) >> 8).item() == 0
    assert (1 << torch.tensor([3])).item() == 8


def test_bits_and_truth():
    mask = torch.tensor([True, False])
    assert (~mask).tolist() == [False, True] and (~torch.tensor([0, 5])).tolist() == [-1, -6]
    assert (5 ^ torch.tensor([3])).item() == 6 and (mask | True).tolist() == [True, True]
    with pytest.raises(TypeError, match="only implemented on integer and Boolean-type tensors"):
        ~torch.tensor([1.0])
    with pytest.raises(NotImplementedError, match="not implemented for 'Float'"):
        torch.tensor([1]) & torch.tensor([1.0])
    assert torch.tensor([0.0, 2.0]).logical_and_(torch.tensor([1, 1])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("subtract", [lambda m: m - m, lambda m: 1 - m, lambda m: m - 1.0, lambda m: torch.ones(2) - m])
def test_truth_values_are_not_subtracted(subtract):
    with pytest.raises(RuntimeError, match="Subtraction, the `-` operator, with"):
        subtract(torch.tensor([True, False]))


# -------------------------------------------------------------------------------------------------------------------- rounding
def test_rounding():
    x = torch.tensor([0.5, 1.5, 2.5, -0.5, -1.7])
    assert x.round().tolist() == [0, 2, 2, -0.0, -2]
    assert [x.floor().tolist(), x.ceil().tolist(), x.trunc().tolist()] == [[0, 1, 2, -1, -2], [1, 2, 3, 0, -1], [0, 1, 2, 0, -1]]
    assert torch.tensor([1.25, 123.0]).round(decimals=1).tolist() == pytest.approx([1.2, 123.0])
    assert torch.tensor([1250.0]).round(decimals=-2).item() == 1200
    assert torch.floor(torch.tensor([1, 2])).dtype is torch.int64
    with pytest.raises(NotImplementedError, match="decimals are for floating tensors"):
        torch.tensor([15]).round(decimals=-1)


def test_remainders_of_zero_keep_the_sign():
    assert np.signbit(torch.remainder(torch.tensor([-4.0]), 2.0).numpy())[0]
    assert torch.remainder(torch.tensor([-5.0]), INF).item() == INF
    assert math.isnan(torch.remainder(torch.tensor([INF]), 2.0).item())


# --------------------------------------------------------------------------------------------------------------------- corners
def test_gradients_at_corners():
    assert grad(torch.abs, [-1.0, 0.0, 2.0]) == [-1, 0, 1]
    assert grad(lambda x: x.clamp(0, 2), [-1.0, 0.0, 2.0, 3.0]) == [0, 1, 1, 0]
    assert grad(torch.maximum, [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]) == [[0, 0.5, 1], [1, 0.5, 0]]
    assert grad(torch.fmax, [2.0, NAN], [2.0, 1.0]) == [[1, 0], [0, 1]]
    assert grad(torch.atan2, [0.0], [0.0]) == [[0], [-0.0]]
    assert grad(lambda x: x ** 0, [0.0, NAN]) == [0, 0]
    assert grad(lambda x: x ** 0.5, [0.0, 4.0]) == [INF, 0.25]
    assert grad(lambda y: torch.tensor([0.0]) ** y, [2.0]) == [0]
    assert grad(torch.sinc, [0.0]) == [0]
    assert grad(lambda x: torch.xlogy(x, torch.tensor([0.0])), [0.0]) == [0]
    assert grad(torch.floor, [1.5]) == [0] and grad(torch.sign, [INF]) == [0]


def test_bounds():
    x = torch.tensor([1.0, 5.0, NAN])
    assert x.clamp(2, 4)[:2].tolist() == [2, 4] and math.isnan(x.clamp(2, 4)[2].item())
    assert x[:2].clamp(min=torch.tensor([3.0, NAN])).isnan().tolist() == [False, True]
    assert torch.tensor([0.0]).clamp(3, 1).item() == 1                                             # crossed bounds: the upper one
    assert torch.tensor([1, 5]).clamp(0.5, 2).dtype is torch.float32
    with pytest.raises(RuntimeError, match="At least one of 'min' or 'max' must not be None"):
        x.clamp()
    with pytest.raises(TypeError, match="both be numbers or both be Tensors"):
        x.clamp(torch.zeros(3), 1)
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        torch.tensor([1]).clamp_(0.5)


def test_numbers_that_are_not_numbers():
    assert torch.nan_to_num(torch.tensor([NAN, INF, -INF]), nan=2.0, posinf=1).tolist()[:2] == [2, 1]
    assert torch.nan_to_num(torch.tensor([INF], dtype=torch.float16)).item() == 65504
    assert torch.tensor([NAN, INF, 1.0]).isfinite().tolist() == [False, False, True]
    assert torch.tensor([1, 2]).isnan().tolist() == [False, False]
    assert torch.tensor([-0.0, 0.0]).signbit().tolist() == [True, False]
    assert (torch.tensor([NAN]) == torch.tensor([NAN])).item() is False
    assert torch.isclose(torch.tensor([NAN, INF]), torch.tensor([NAN, INF]), equal_nan=True).tolist() == [True, True]
    with pytest.raises(RuntimeError, match="did not match"):
        torch.allclose(torch.tensor([1.0]), torch.tensor([1]))
    with pytest.raises(RuntimeError, match="rtol must be greater than or equal to zero, but got -1"):
        torch.isclose(torch.ones(1), torch.ones(1), rtol=-1)


def test_steps_of_the_last_place():
    assert torch.nextafter(torch.tensor([1.0]).half(), torch.tensor([2.0]).half()).item() == 1 + 2 ** -10
    assert torch.nextafter(torch.tensor([1.0]).bfloat16(), torch.tensor([2.0]).bfloat16()).item() == 1 + 2 ** -7
    mantissa, exponent = torch.frexp(torch.tensor([5.0, 0.0, -3.0]))
    assert mantissa.tolist() == [0.625, 0, -0.75] and exponent.tolist() == [3, 0, 2] and exponent.dtype is torch.int32
    assert torch.ldexp(torch.tensor([0.0]), torch.tensor([200])).item() == 0


# ----------------------------------------------------------------------------------------------------------------------- types
def test_names_of_derivatives_are_pytorchs():
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    made = (1 - x, x.clamp(0, 1), x.clamp(y, y), x ** 2, x ** y, 2 ** x, x % 2, x % y, torch.div(x, y, rounding_mode="floor"))
    names = {type(t.grad_fn).__name__ for t in made}
    assert names == {"RsubBackward1", "ClampBackward1", "ClampBackward0", "PowBackward0", "PowBackward1", "PowBackward2", "RemainderBackward0",
                     "RemainderBackward1", "DivBackward2"}
    with pytest.raises(RuntimeError, match="derivative for aten::floor_divide is not implemented"):
        (x // 2).sum().backward()


@pytest.mark.parametrize("call, error, message", [
    (lambda: torch.sin(1.0), TypeError, "sin(): argument 'input' must be Tensor, not float"),
    (lambda: torch.maximum(torch.ones(1), 2), TypeError, "maximum(): argument 'other' must be Tensor, not int"),
    (lambda: torch.maximum(torch.ones(1), torch.ones(1) * 1j), RuntimeError, "maximum not implemented for complex tensors."),
    (lambda: torch.lerp(torch.ones(1), torch.ones(1).double(), 0.5), RuntimeError, "expected dtype float for `end` but got dtype double"),
    (lambda: torch.addcdiv(torch.ones(1), torch.tensor([1]), torch.tensor([2])), RuntimeError, "Integer division with addcdiv is no longer supported"),
    (lambda: torch.heaviside(torch.ones(1), torch.tensor([1])), RuntimeError, "heaviside is not yet implemented for tensors with different dtypes."),
    (lambda: torch.div(torch.ones(1), 2, rounding_mode="up"), RuntimeError, "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'"),
    (lambda: torch.polar(torch.ones(1), torch.tensor([1])), RuntimeError, "Expected both inputs to be Half, Float or Double tensors but got Float and Long"),
    (lambda: torch.ones(1).float_power_(2), RuntimeError, "the base given to float_power_ has dtype Float but the operation's result requires dtype Double"),
    (lambda: torch.tensor([1]).sin_(), RuntimeError, "result type Float can't be cast to the desired output type Long"),
    (lambda: torch.gcd(torch.ones(1), torch.ones(1)), NotImplementedError, "\"gcd\" not implemented for 'Float'"),
])
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match="^" + re.escape(message)):
        call()


def test_old_forms_still_work():
    x, y = torch.tensor([1.0]), torch.tensor([2.0])
    with pytest.warns(UserWarning, match="deprecated"):
        assert torch.add(x, 0.5, y).item() == 2
    with pytest.warns(UserWarning, match="deprecated"):
        assert x.clone().addcmul_(0.5, y, y).item() == 3
    with pytest.raises(TypeError, match="positional arguments"):
        torch.add(x, y, y)
    assert torch.exp_(torch.zeros(1)).item() == 1 and torch.fill(x, 3).item() == 3 and x.item() == 1


def test_arrays_on_the_other_side():
    x = torch.tensor([1.0, 2.0])
    assert isinstance(x + np.array([1.0, 2.0]), torch.Tensor) and isinstance(np.exp(x), torch.Tensor)
    assert (x == np.array([1.0, 3.0])).tolist() == [True, False]
    assert (x == [1, 2]) is False and x.__add__("a") is NotImplemented


def test_numbers_leave_the_type_alone():
    assert torch.add(2, 3).item() == 5 and torch.mul(2, torch.tensor([3])).item() == 6
    assert (torch.tensor([1.0]).half() * 1e-3).dtype is torch.float16
    assert (2 / torch.tensor([4])).item() == 0.5
    assert torch.float_power(torch.tensor([2]), 2).dtype is torch.float64
    assert torch.exp2(torch.tensor([3])).dtype is torch.float32 and torch.square(torch.tensor([3])).dtype is torch.int64
