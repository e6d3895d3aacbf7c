"""Reductions, scans, orders and counts: axes, ties, empty tensors, NaN, errors, what they return."""
import math
import pickle
import re

import numpy as np
import pytest

import flambeau as torch

NAN = math.nan


def grad(function, values):
    x = torch.tensor(values, requires_grad=True)
    function(x).backward()
    return x.grad.tolist()


# ------------------------------------------------------------------------------------------------------------------------ sums
@pytest.mark.parametrize("axis", [0, 1])
def test_sums_are_accurate_along_every_axis(axis):
    x = np.random.default_rng(0).random((50_000, 4) if axis == 0 else (4, 50_000), dtype=np.float32)
    exact = x.astype(np.float64).sum(axis)
    for found in (torch.from_numpy(x).sum(axis), torch.from_numpy(np.asfortranarray(x)).sum(axis), torch.from_numpy(x).mean(axis) * 50_000,
                  torch.from_numpy(x).cumsum(axis).select(axis, -1)):
        np.testing.assert_allclose(found.numpy(), exact, rtol=5e-7)


def test_types_of_sums():
    u = torch.tensor([200, 100], dtype=torch.uint8)
    assert u.sum().item() == 300 and u.sum().dtype is torch.int64 and u.prod().dtype is torch.int64 and u.cumsum(0).tolist() == [200, 300]
    assert torch.tensor([True, True]).sum().item() == 2
    assert u.sum(dtype=torch.float32).dtype is torch.float32 and torch.tensor([1.7, 1.7]).sum(dtype=torch.int32).item() == 2
    assert torch.ones(3, dtype=torch.float16).sum().dtype is torch.float16
    out = torch.zeros((), dtype=torch.int32)
    assert torch.sum(torch.tensor([1.5, 2.0]), dim=(), out=out) is out and out.item() == 3
    with pytest.raises(RuntimeError, match="mean.*could not infer output dtype"):
        u.mean()


def test_axes_by_numpys_names():
    x = torch.arange(6.0).reshape(2, 3)
    assert x.sum(axis=1).tolist() == [3, 12] and x.max(axis=0, keepdims=True)[0].tolist() == [[3, 4, 5]]
    assert x.sum((0, 1)).item() == x.sum(()).item() == x.sum([]).item() == 15
    assert x.std(axis=1).tolist() == [1, 1] and x.softmax(dim=0).sum(axis=0).tolist() == [1, 1, 1]
    with pytest.raises(IndexError, match="Dimension out of range"):
        x.sum(2)
    with pytest.raises(RuntimeError, match="dim 0 appears multiple times"):
        x.sum((0, -2))


def test_empty_reductions():
    empty = torch.zeros(0, 3)
    assert empty.sum().item() == 0 and empty.prod().item() == 1 and math.isnan(empty.mean().item())
    assert empty.any().item() is False and empty.all().item() is True
    assert empty.sum(1).shape == (0,) and empty.max(1).values.shape == (0,) and empty.softmax(1).shape == (0, 3)
    for function, error in ((torch.max, RuntimeError), (torch.argmax, IndexError), (torch.amax, RuntimeError), (torch.aminmax, RuntimeError)):
        with pytest.raises(error, match="empty|to be specified for input.numel"):
            function(empty)
    for function in (torch.max, torch.argmin, torch.amax, torch.median, torch.mode):
        with pytest.raises(IndexError, match="Expected reduction dim 0 to have non-zero size"):
            function(empty, 0)


# -------------------------------------------------------------------------------------------------------------------- extremes
def test_the_three_forms_of_max():
    x = torch.tensor([[1.0, 5.0, 5.0], [7.0, 2.0, 0.0]])
    assert x.max().item() == 7
    values, indices = x.max(1)
    assert values.tolist() == [5, 7] and indices.tolist() == [1, 0]
    assert torch.max(x, torch.full((2, 3), 3.0)).tolist() == [[3, 5, 5], [7, 3, 3]]
    assert torch.max(x, dim=-1, keepdim=True).indices.tolist() == [[1], [0]]
    with pytest.raises(TypeError, match="not both"):
        torch.max(x, 0, other=x)
    with pytest.raises(TypeError, match="amax"):
        torch.max(x, (0, 1))


def test_return_types():
    found = torch.tensor([2.0, 1.0]).sort()
    assert repr(found) == "torch.return_types.sort(\nvalues=tensor([1., 2.]),\nindices=tensor([1, 0]))"
    assert isinstance(found, tuple) and type(found).__match_args__ == ("values", "indices") and not hasattr(found, "_fields") and found.values is found[0]
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is type(found) is torch.return_types.sort and again.indices.tolist() == [1, 0]
    with pytest.raises(TypeError, match="takes 2 values"):
        torch.return_types.sort((1, 2, 3))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        torch.return_types.nothing  # noqa: B018


def test_ties_and_nan():
    assert grad(lambda x: x.max(), [1.0, 2.0, 2.0]) == [0, 0.5, 0.5]
    assert grad(lambda x: x.amax(), [2.0, 2.0, 1.0]) == [0.5, 0.5, 0]
    assert grad(lambda x: x.max(0)[0], [1.0, 2.0, 2.0]) == [0, 1, 0]
    assert grad(lambda x: x.median(), [1.0, 1.0, 3.0]) == [0.5, 0.5, 0]
    x = torch.tensor([1.0, NAN, 3.0])
    assert math.isnan(x.max().item()) and x.argmax().item() == x.argmin().item() == 1 and x.min(0).indices.item() == 1
    assert x.nansum().item() == 4 and x.nanmean().item() == 2 and x.nanmedian().item() == 1 and math.isnan(x.median().item())
    assert x.sort().indices.tolist() == [0, 2, 1] and x.sort(descending=True).indices.tolist() == [1, 2, 0]
    assert x.cummax(0).indices.tolist() == [0, 1, 1]
    with pytest.raises(RuntimeError, match="argmax.*does not support bool"):
        torch.tensor([True]).argmax()
    with pytest.raises(NotImplementedError, match="complex numbers have no order"):
        torch.tensor([1j]).max()


# ---------------------------------------------------------------------------------------------------------------- moments, norms
def test_spread():
    x = torch.tensor([[1.0, 2.0, 4.0], [0.0, 0.0, 6.0]])
    assert x.var(1).tolist() == pytest.approx([7 / 3, 12]) and x.var(1, unbiased=False).tolist() == pytest.approx([14 / 9, 8])
    assert x.std(1, correction=0).tolist() == pytest.approx([math.sqrt(14 / 9), math.sqrt(8)])
    assert torch.var(x, False).item() == pytest.approx(x.var(correction=0).item())
    std, mean = torch.std_mean(x, 1)
    assert std.tolist() == pytest.approx(x.std(1).tolist()) and mean.tolist() == pytest.approx([7 / 3, 2])
    assert grad(lambda v: v.std(), [2.0, 2.0]) == [0, 0]
    with pytest.warns(UserWarning, match="degrees of freedom is <= 0"):
        assert math.isnan(torch.ones(1).std().item())
    with pytest.raises(RuntimeError, match="only support floating point"):
        torch.tensor([1, 2]).std()
    with pytest.raises(TypeError, match="unbiased or correction"):
        x.var(0, unbiased=True, correction=1)


def test_covariance_of_weighted_observations():
    x = torch.tensor([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
    repeated = torch.tensor([[1.0, 2.0, 2.0, 3.0], [3.0, 1.0, 1.0, 2.0]])
    assert torch.cov(x, fweights=torch.tensor([1, 2, 1])).tolist() == [pytest.approx(row) for row in torch.cov(repeated).tolist()]
    assert torch.corrcoef(x).tolist() == [pytest.approx([1, -0.5]), pytest.approx([-0.5, 1])]
    assert torch.cov(torch.tensor([1, 2, 3])).item() == 1
    with pytest.raises(RuntimeError, match="two or fewer dimensions"):
        torch.cov(torch.zeros(2, 2, 2))


def test_norms():
    x = torch.tensor([3.0, -4.0, 0.0])
    assert [x.norm().item(), x.norm(1).item(), x.norm(math.inf).item(), x.norm(-math.inf).item(), x.norm(0).item()] == [5, 7, 4, 0, 2]
    assert x.norm(3).item() == pytest.approx(91 ** (1 / 3))
    assert grad(lambda v: v.norm(), [0.0, 0.0]) == [0, 0] and grad(lambda v: v.norm(), [3.0, 4.0]) == pytest.approx([0.6, 0.8])
    assert grad(lambda v: v.norm(math.inf), [4.0, -4.0, 1.0]) == [0.5, -0.5, 0]
    assert torch.renorm(torch.tensor([[3.0, 4.0], [0.1, 0.1]]), 2, 0, 1).tolist() == [pytest.approx([0.6, 0.8]), pytest.approx([0.1, 0.1])]
    assert torch.dist(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 1.0]), 1).item() == 3
    with pytest.raises(RuntimeError, match="Expected a floating point or complex tensor"):
        torch.tensor([1, 2]).norm()


# ----------------------------------------------------------------------------------------------------------------------- scans
def test_products_with_zeros_have_gradients():
    assert grad(lambda x: x.prod(), [2.0, 0.0, 3.0]) == [0, 6, 0]
    assert grad(lambda x: x.cumprod(0).sum(), [2.0, 0.0, 3.0]) == [1, 8, 0]
    x = torch.tensor([2.0, 0.0, 0.0], requires_grad=True)
    first, = torch.autograd.grad(x.prod(), x, create_graph=True)
    second, = torch.autograd.grad(first[1], x)                              # d/dx2 of x0 x2
    assert first.tolist() == [0, 0, 0] and second.tolist() == [0, 0, 2]


def test_running_logarithms_do_not_overflow():
    x = torch.tensor([1000.0, -math.inf, 1000.0, -1000.0])
    assert x.logcumsumexp(0).tolist() == pytest.approx([1000, 1000, 1000 + math.log(2), 1000 + math.log(2)])
    assert x.logsumexp(0).item() == pytest.approx(1000 + math.log(2))
    assert grad(lambda v: v.logcumsumexp(0).sum(), [-math.inf, 0.0, 800.0]) == pytest.approx([0, 1, 1])
    assert torch.tensor([-math.inf]).logsumexp(0).item() == -math.inf


# ----------------------------------------------------------------------------------------------------------------------- order
def test_sorting():
    x = torch.tensor([3, 1, 3, 1])
    assert x.sort(stable=True).indices.tolist() == [1, 3, 0, 2]
    assert x.sort(descending=True, stable=True).indices.tolist() == [0, 2, 1, 3]
    assert torch.argsort(torch.tensor([[3.0, 1.0], [1.0, 2.0]]), dim=0).tolist() == [[1, 0], [0, 1]]
    assert torch.msort(torch.tensor([[3.0, 1.0], [1.0, 2.0]])).tolist() == [[1, 1], [3, 2]]
    many = torch.arange(1000) % 7
    values, indices = many.sort()
    assert values.tolist() == sorted(many.tolist()) and many[indices].tolist() == values.tolist() and sorted(indices.tolist()) == list(range(1000))
    with pytest.raises(RuntimeError, match="complex"):
        torch.tensor([1j]).sort()


def test_selection():
    x = torch.tensor([[5.0, 1.0, 4.0, 2.0]])
    assert x.topk(2).values.tolist() == [[5, 4]] and x.topk(2, largest=False).indices.tolist() == [[1, 3]]
    assert sorted(x.topk(3, sorted=False).values[0].tolist()) == [2, 4, 5]
    assert x.kthvalue(3).values.tolist() == [4] and x.median(1).indices.tolist() == [3]
    assert torch.tensor([1, 2, 2, 3, 3]).mode().values.item() == 2
    equal = torch.zeros(200)
    assert sorted(equal.topk(150).indices.tolist()) == sorted(set(equal.topk(150).indices.tolist()))
    for k in (1, 100, 200):
        assert 0 <= equal.kthvalue(k).indices.item() < 200
    with pytest.raises(RuntimeError, match="selected index k out of range"):
        x.topk(5)
    with pytest.raises(RuntimeError, match="selected number k out of range for dimension 1"):
        x.kthvalue(0)


def test_quantiles():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert torch.quantile(x, 0.3).item() == pytest.approx(1.9)
    assert x.quantile(torch.tensor([0.0, 0.5, 1.0])).tolist() == [1, 2.5, 4]
    assert [x.quantile(0.3, interpolation=how).item() for how in ("lower", "higher", "midpoint", "nearest")] == [1, 2, 1.5, 2]
    assert x.reshape(2, 2).quantile(0.5, 1, keepdim=True).tolist() == [[1.5], [3.5]]
    assert torch.nanquantile(torch.tensor([NAN, 1.0, 2.0]), 0.5).item() == 1.5 and math.isnan(torch.quantile(torch.tensor([NAN, 1.0]), 0.5).item())
    assert grad(lambda v: v.quantile(0.25), [1.0, 3.0]) == [0.75, 0.25]
    for call, message in ((lambda: x.quantile(1.5), "q must be in the range"), (lambda: x.long().quantile(0.5), "float or double"),
                          (lambda: x.quantile(0.5, interpolation="x"), "interpolation must be one of"), (lambda: torch.zeros(0).quantile(0.5), "non-empty")):
        with pytest.raises(RuntimeError, match=message):
            call()


# -------------------------------------------------------------------------------------------------------------------- counting
def test_histograms():
    x = torch.tensor([1.0, 2.0, 3.0, 3.0])
    assert torch.histc(x, 4).tolist() == [1, 0, 1, 2] and torch.histc(x, 4, 0, 2).tolist() == [0, 0, 1, 1]
    assert torch.histc(torch.ones(2), 3).tolist() == [0, 2, 0]
    hist, edges = torch.histogram(x, 2, weight=torch.tensor([1.0, 2.0, 3.0, 4.0]), density=True)
    assert hist.tolist() == pytest.approx([0.1, 0.9]) and edges.tolist() == [1, 2, 3]
    counts, (rows, columns) = torch.histogramdd(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), [2, 3])
    assert counts.tolist() == [[1, 0, 0], [0, 0, 1]] and rows.tolist() == [1, 2, 3] and len(columns) == 4
    assert torch.bincount(torch.tensor([1, 2, 2]), minlength=4).tolist() == [0, 1, 2, 0]
    assert torch.bincount(torch.tensor([1, 1]), weights=torch.tensor([0.5, 1.0])).tolist() == [0, 1.5]
    for call in (lambda: torch.bincount(torch.tensor([-1])), lambda: torch.histc(x, 0), lambda: torch.histc(x, 3, 2, 1),
                 lambda: torch.histc(torch.tensor([NAN])), lambda: torch.histogram(x, torch.tensor([1, 2]))):
        with pytest.raises(RuntimeError):
            call()


def test_differences_and_integrals():
    x = torch.tensor([1.0, 2.0, 4.0, 8.0])
    assert torch.diff(x, n=2).tolist() == [1, 2] and torch.diff(torch.tensor([True, False])).tolist() == [True]
    assert torch.diff(x, prepend=torch.zeros(1)).tolist() == [1, 1, 2, 4] and torch.diff(x, n=9).shape == (0,)
    assert torch.trapezoid(x).item() == 10.5 and torch.trapezoid(x, torch.tensor([0.0, 1.0, 3.0, 4.0])).item() == 13.5
    assert torch.cumulative_trapezoid(x, dx=2).tolist() == [3, 9, 21]
    assert torch.gradient(x)[0].tolist() == [1, 1.5, 3, 4] and torch.gradient(x, edge_order=2)[0].tolist() == [0.5, 1.5, 3, 5]
    with pytest.raises(RuntimeError, match=re.escape("There must be one `x` value for each sample point")):
        torch.trapezoid(x, torch.ones(3))
