"""What tensors look like; the expected texts are PyTorch 2.13's."""

import numpy as np
import pytest

from flambeau.core.printing import PrintOptions, format_tensor, get_printoptions, printoptions, set_printoptions

nan, inf = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def defaults():
    set_printoptions(profile="default")
    yield
    set_printoptions(profile="default")


def shown(values, dtype="float32", **facts):
    array = np.asarray(values, dtype)
    return format_tensor(array, dtype_name=f"torch.{dtype}", **facts)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (3.14159, "tensor(3.1416)"),
        (2.0, "tensor(2.)"),
        (-0.0, "tensor(-0.)"),
        (nan, "tensor(nan)"),
        ([1.0, 2.0, 3.0], "tensor([1., 2., 3.])"),
        ([1.0, 2.5, -3.25], "tensor([ 1.0000,  2.5000, -3.2500])"),
        ([[0.5, 10.25], [100.125, -7.0]], "tensor([[  0.5000,  10.2500],\n        [100.1250,  -7.0000]])"),
        ([1.5, inf, -inf, nan], "tensor([1.5000,    inf,   -inf,    nan])"),
        ([inf, 2.0], "tensor([inf, 2.])"),
        ([-inf, 2.0], "tensor([-inf, 2.])"),
        ([nan, nan], "tensor([nan, nan])"),
        ([-0.0, 3.0], "tensor([-0., 3.])"),
        ([0.0, -0.0, 1.5], "tensor([0.0000, -0.0000, 1.5000])"),
        ([[[1.0]], [[2.0]]], "tensor([[[1.]],\n\n        [[2.]]])"),
    ],
)
def test_whole_and_fixed_floats(values, expected):
    assert shown(values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1e-5, 1.0], "tensor([1.0000e-05, 1.0000e+00])"),
        ([100000.0, 2.0], "tensor([1.0000e+05, 2.0000e+00])"),
        ([1e8], "tensor([100000000.])"),
        ([1e9], "tensor([1.0000e+09])"),
        ([1.0, 1000.0], "tensor([   1., 1000.])"),
        ([1.0, 1001.0], "tensor([1.0000e+00, 1.0010e+03])"),
        ([1e-6, inf], "tensor([1.0000e-06,        inf])"),
        ([0.0, 1e-6], "tensor([0.0000e+00, 1.0000e-06])"),
        ([1e-45], "tensor([1.4013e-45])"),
        ([3e38, 1e-45], "tensor([3.0000e+38, 1.4013e-45])"),
        ([1e-4], "tensor([9.9999997e-05])"),  # float32's 1e-4 lies below 1e-4
    ],
)
def test_scientific_floats(values, expected):
    with printoptions(precision=7 if "99997" in expected else 4):
        assert shown(values) == expected


def test_the_quotient_of_the_extremes_may_overflow():
    assert shown([1e308, 1e-308], "float64", default_dtype_name="float64") == "tensor([1.0000e+308, 1.0000e-308])"


def test_integers_and_bools():
    assert shown([[1, 20], [-300, 4]], "int64") == "tensor([[   1,   20],\n        [-300,    4]])"
    assert shown([255, 0], "uint8") == "tensor([255,   0], dtype=torch.uint8)"
    assert shown(2**64 - 1, "uint64") == "tensor(18446744073709551615, dtype=torch.uint64)"
    assert shown([True, False], "bool") == "tensor([ True, False])"
    assert shown([True, True], "bool") == "tensor([True, True])"


def test_complex_parts_are_decided_apart():
    assert shown([1, 1], "complex64") == "tensor([1.+0.j, 1.+0.j])"
    assert shown([1.5 - 2j, 10 + 1e-9j], "complex64") == "tensor([ 1.5000-2.0000e+00j, 10.0000+1.0000e-09j])"
    assert shown(complex(nan, -inf), "complex128") == "tensor(nan-infj, dtype=torch.complex128)"
    assert shown(1j, "complex128", default_dtype_name="float64") == "tensor(0.+1.j)"
    assert shown(1j, "complex64", default_dtype_name="torch.float16") == "tensor(0.+1.j)"


def test_bfloat16():
    array = np.array([1.0, 0.1], pytest.importorskip("ml_dtypes").bfloat16)
    assert format_tensor(array, dtype_name="bfloat16") == "tensor([1.0000, 0.1001], dtype=torch.bfloat16)"


def test_lines_break_at_the_linewidth():
    assert shown(np.arange(40), "int64") == (
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,\n"
        "        36, 37, 38, 39])"
    )
    with printoptions(linewidth=1):
        assert shown([[1, 2]], "int8") == "tensor([[1,\n         2]],\n       dtype=torch.int8)"


def test_summaries():
    assert shown(np.arange(1001), "int64") == "tensor([   0,    1,    2,  ...,  998,  999, 1000])"
    assert shown(np.arange(1000), "int64").count("\n") > 10
    assert shown(np.arange(1200).reshape(40, 30), "int32") == (
        "tensor([[   0,    1,    2,  ...,   27,   28,   29],\n"
        "        [  30,   31,   32,  ...,   57,   58,   59],\n"
        "        [  60,   61,   62,  ...,   87,   88,   89],\n"
        "        ...,\n"
        "        [1110, 1111, 1112,  ..., 1137, 1138, 1139],\n"
        "        [1140, 1141, 1142,  ..., 1167, 1168, 1169],\n"
        "        [1170, 1171, 1172,  ..., 1197, 1198, 1199]], dtype=torch.int32)"
    )
    with printoptions(threshold=5, edgeitems=1):
        assert shown(np.zeros((3, 2, 3))) == (
            "tensor([[[0.,  ..., 0.],\n         [0.,  ..., 0.]],\n\n"
            "        ...,\n\n"
            "        [[0.,  ..., 0.],\n         [0.,  ..., 0.]]])"
        )
        assert shown(7.0) == "tensor(7.)"
    with printoptions(threshold=5, edgeitems=0):
        assert shown(np.zeros((3, 2))) == "tensor([...], size=(3, 2))"
        assert shown([1.0]) == "tensor([1.], size=(1,))"


def test_what_a_summary_hides_is_not_looked_at():
    values = np.ones(2000)
    values[1000] = 1e30
    assert shown(values) == "tensor([1., 1., 1.,  ..., 1., 1., 1.])"
    endless = np.broadcast_to(np.float32(1.5), (10**6, 10**6, 10**6))
    assert format_tensor(endless, dtype_name="float32").count("1.5000") == 216


def test_empty_tensors_and_tensors_without_data():
    assert shown([]) == "tensor([])"
    assert shown(np.zeros((0, 3))) == "tensor([], size=(0, 3))"
    assert shown([], "int64") == "tensor([], dtype=torch.int64)"
    assert shown(np.zeros((2, 0)), "bool") == "tensor([], size=(2, 0), dtype=torch.bool)"
    meta = {"device": "meta", "dtype_name": "float32"}
    assert format_tensor(None, shape=(2,), **meta) == "tensor(..., device='meta', size=(2,))"
    assert format_tensor(None, shape=(), **meta | {"dtype_name": "int64"}) == "tensor(..., device='meta', size=(), dtype=torch.int64)"


def test_suffixes():
    assert shown([1.0], "float16") == "tensor([1.], dtype=torch.float16)"
    assert shown([1.0], "float64", default_dtype_name="float64") == "tensor([1.])"
    assert shown([1.0], device="cpu") == "tensor([1.])"
    assert shown([1.0], device="cuda:0", requires_grad=True) == "tensor([1.], device='cuda:0', requires_grad=True)"
    assert shown([2.0], requires_grad=True, grad_fn_name="MulBackward0") == "tensor([2.], grad_fn=<MulBackward0>)"
    assert shown([1.0], tangent="tensor([3.])") == "tensor([1.], tangent=tensor([3.]))"


def test_a_suffix_that_does_not_fit_begins_a_line():
    values = np.arange(10) / 3
    text = shown(values[:9], "float64", grad_fn_name="DivBackward0")
    assert text == (
        "tensor([0.0000, 0.3333, 0.6667, 1.0000, 1.3333, 1.6667, 2.0000, 2.3333, 2.6667],\n"
        "       dtype=torch.float64, grad_fn=<DivBackward0>)"
    )
    with printoptions(linewidth=34):
        assert shown([1.0], "float64", grad_fn_name="A") == "tensor([1.], dtype=torch.float64,\n       grad_fn=<A>)"


def test_subclasses_parameters_and_given_contents():
    assert shown(np.zeros((2, 1)), prefix="MyTensor(") == "MyTensor([[0.],\n          [0.]])"
    facts = {"parameter": True, "requires_grad": True}
    assert shown([1.0], prefix="MyTensor(", **facts) == "Parameter(MyTensor([1.], requires_grad=True))"
    assert shown([1.0], **facts) == "tensor([1.], requires_grad=True)"
    assert shown([1.0], "float64", contents="any text") == "tensor(any text, dtype=torch.float64)"
    assert shown([], contents="") == "tensor()"


def test_strided_and_read_only_arrays_print_as_they_stand():
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T[::-1]
    array.flags.writeable = False
    assert format_tensor(array, dtype_name="float32") == "tensor([[2., 5.],\n        [1., 4.],\n        [0., 3.]])"


def test_options():
    set_printoptions(precision=2)
    assert shown([3.14159, 2.71828]) == "tensor([3.14, 2.72])"
    set_printoptions(sci_mode=True)
    assert shown([3.14159, 200.0]) == "tensor([3.14e+00, 2.00e+02])"
    assert shown([0.0, inf]) == "tensor([0., inf])"  # nothing that could need an exponent
    set_printoptions()
    assert get_printoptions() == {"precision": 2, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}
    set_printoptions(profile="short", edgeitems=4)
    assert get_printoptions() == {"precision": 2, "threshold": 1000, "edgeitems": 4, "linewidth": 80, "sci_mode": None}
    set_printoptions(profile="full")
    assert shown(np.zeros(2000)).count("0.") == 2000
    set_printoptions(profile="default", sci_mode=False)
    assert shown([1e-9, 1e9]) == "tensor([         0.0000, 1000000000.0000])"
    set_printoptions(profile="default")
    assert get_printoptions() == vars(PrintOptions())


def test_printoptions_are_undone():
    set_printoptions(precision=3, sci_mode=True)
    with pytest.raises(KeyError), printoptions(precision=1, profile="full"):
        assert get_printoptions()["threshold"] == inf
        raise KeyError
    assert get_printoptions() == {"precision": 3, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": True}


def test_an_unknown_profile_changes_nothing_but_says_so():
    with pytest.warns(UserWarning, match="did you mean `short`"):
        set_printoptions(profile="shrot")
    assert get_printoptions() == vars(PrintOptions())
