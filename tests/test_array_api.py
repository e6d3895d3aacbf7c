"""`__array_namespace__`: every function of the array API standard is there, and gives what NumPy, which follows the standard too, gives."""
import numpy as np
import pytest

import flambeau as torch

xp = torch.ones(1).__array_namespace__()

# the functions and constants of the standard, version 2023.12 (docs: data-apis.org/array-api)
NAMES = """__array_namespace_info__ abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh bitwise_and
bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_arrays broadcast_to can_cast ceil clip concat conj copysign cos cosh
cumulative_sum divide e empty empty_like equal exp expand_dims expm1 eye finfo flip floor floor_divide from_dlpack full full_like greater greater_equal hypot
iinfo imag inf isdtype isfinite isinf isnan less less_equal linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul
matrix_transpose max maximum mean meshgrid min minimum moveaxis multiply nan negative newaxis nonzero not_equal ones ones_like permute_dims pi positive pow
prod real remainder repeat reshape result_type roll round searchsorted sign signbit sin sinh sort sqrt square squeeze stack std subtract sum take tan tanh
tensordot tile tril triu trunc unique_all unique_counts unique_inverse unique_values unstack var vecdot where zeros zeros_like bool complex64 complex128
float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64""".split()


def test_every_name_is_there():
    assert not [name for name in NAMES if not hasattr(xp, name)] and set(NAMES) <= {*dir(xp), "__array_namespace_info__"}
    assert torch.ones(1).__array_namespace__(api_version="2022.12") is xp and xp.__array_api_version__ == "2023.12"
    with pytest.raises(ValueError, match="1999"):
        torch.ones(1).__array_namespace__(api_version="1999.12")


X = np.array([[3.0, 1.0, 2.0], [0.0, 1.0, 5.0]])
CALLS = {
    "sum": [{}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}], "prod": [{}, {"axis": 1}, {"axis": (0, 1)}], "mean": [{}, {"axis": 1, "keepdims": True}],
    "var": [{}, {"axis": 0, "correction": 1}], "std": [{}, {"axis": 1}], "max": [{}, {"axis": 0}], "min": [{}, {"axis": (0, 1), "keepdims": True}],
    "any": [{}, {"axis": 0}], "all": [{}, {"axis": 1, "keepdims": True}], "argmax": [{}, {"axis": 1, "keepdims": True}], "argmin": [{}, {"axis": 0}],
    "count_nonzero": [{}, {"axis": 1}], "cumulative_sum": [{"axis": 1}, {"axis": 0, "include_initial": True}], "diff": [{}, {"axis": 0}],
    "sort": [{}, {"axis": 0, "descending": True}], "argsort": [{}, {"axis": 0}], "flip": [{}, {"axis": 1}, {"axis": (0, 1)}], "expand_dims": [{"axis": 1}],
    "permute_dims": [{"axes": (1, 0)}], "unstack": [{}, {"axis": 1}], "nonzero": [{}], "unique_values": [{}], "unique_counts": [{}], "unique_inverse": [{}],
    "unique_all": [{}], "matrix_transpose": [{}], "sqrt": [{}], "bitwise_invert": [], "square": [{}], "trunc": [{}], "signbit": [{}],
}


@pytest.mark.parametrize("name, options", [(name, options) for name, calls in CALLS.items() for options in calls])
def test_values_are_numpys(name, options):
    if "descending" in options:
        expected = -np.sort(-X, axis=options["axis"])
    else:
        expected = getattr(np, name)(X, **options)
    found = getattr(xp, name)(xp.asarray(X), **options) if name != "permute_dims" else xp.permute_dims(xp.asarray(X), **options)
    many = isinstance(expected, tuple)
    for a, b in zip(found if many else [found], expected if many else [expected], strict=True):
        np.testing.assert_allclose(np.asarray(a), b)
        assert a.shape == b.shape


def test_functions_of_several_arrays():
    x, y = xp.asarray(X), xp.asarray(X[:, ::-1].copy())
    assert xp.concat([x, y], axis=1).shape == (2, 6) and xp.concat([x, y], axis=None).shape == (12,) and xp.stack([x, y], axis=2).shape == (2, 3, 2)
    assert xp.tensordot(x, y, axes=([1], [1])).tolist() == np.tensordot(X, X[:, ::-1], axes=([1], [1])).tolist()
    assert xp.vecdot(x, y).tolist() == [(X[0] * X[0, ::-1]).sum(), (X[1] * X[1, ::-1]).sum()]
    assert xp.take(x, xp.asarray([-1, 0]), axis=1).tolist() == X[:, [-1, 0]].tolist() and xp.divide(x, 2).tolist() == (X / 2).tolist()
    assert [a.shape for a in xp.broadcast_arrays(x, xp.ones(3))] == [(2, 3), (2, 3)] and xp.repeat(x, 2, axis=0).shape == (4, 3)
    assert xp.searchsorted(xp.asarray([1.0, 2.0]), xp.asarray([2.0]), side="right").tolist() == [2] and xp.roll(x, 1, axis=1)[0, 0].item() == 2
    with pytest.raises(ValueError, match="size 2"):
        xp.squeeze(x, 0)


def test_dtypes():
    assert xp.isdtype(xp.int8, "integral") and xp.isdtype(xp.uint8, ("bool", "unsigned integer")) and not xp.isdtype(xp.bool, "numeric")
    assert xp.result_type(xp.int8, xp.asarray(1.0)) is xp.float32 and xp.astype(xp.ones(1), xp.int64).dtype is xp.int64
    assert xp.sum(xp.ones(3, dtype=xp.int8)).dtype is xp.int64
    info = xp.__array_namespace_info__()
    assert info.default_dtypes()["real floating"] is xp.float32 and "int8" in info.dtypes(kind="signed integer") and info.capabilities()["boolean indexing"]
    assert torch.ones(2).to_device("cpu").device in info.devices()
    with pytest.raises(ValueError, match="no such kind"):
        xp.isdtype(xp.int8, "whole")
