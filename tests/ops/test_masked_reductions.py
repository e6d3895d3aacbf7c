"""torch.masked: what is left out counts as nothing."""
import math

import pytest

import flambeau as torch
from flambeau import masked

X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
MASK = torch.tensor([[True, False, True], [False, False, False]])


@pytest.mark.parametrize("function, expected", [
    (masked.sum, [4, 0]), (masked.prod, [3, 1]), (masked.amax, [3, -math.inf]), (masked.amin, [1, math.inf]), (masked.norm, [math.sqrt(10), 0]),
    (masked.logsumexp, [math.log(math.exp(1) + math.exp(3)), -math.inf]), (masked.mean, [2, math.nan]), (masked.median, [1, math.nan]),
    (masked.var, [2, math.nan]), (masked.std, [math.sqrt(2), math.nan]), (masked.argmax, [2, 0]), (masked.argmin, [0, 0]),
])
def test_reductions(function, expected):
    found = function(X, dim=1, mask=MASK).tolist()
    assert found == pytest.approx(expected, nan_ok=True)
    kept = function(X, dim=1, keepdim=True, mask=MASK)
    assert kept.shape == (2, 1)


def test_no_mask_is_every_element():
    assert masked.sum(X).item() == 21 and masked.mean(X, 0).tolist() == [2.5, 3.5, 4.5] and masked.var(X, 1).tolist() == X.var(1).tolist()
    assert masked.sum(torch.tensor([1, 2], dtype=torch.int8)).dtype is torch.int64


def test_along_an_axis():
    assert masked.softmax(X, 1, mask=MASK[:1]).tolist()[0] == pytest.approx([1 / (1 + math.e ** 2), 0, 1 / (1 + math.e ** -2)])
    assert masked.log_softmax(X, 1, mask=MASK[:1])[0, 1].item() == -math.inf and masked.softmin(X, 1, mask=MASK[:1])[0, 1].item() == 0
    assert masked.cumsum(X, 1, mask=MASK[:1]).tolist() == [[1, 1, 4], [4, 4, 10]] and masked.cumprod(X, 1, mask=MASK[:1]).tolist()[0] == [1, 1, 3]
    assert masked.normalize(X, 1, 1, mask=MASK).tolist() == [[0.25, 0, 0.75], [0, 0, 0]]
    assert masked.logaddexp(torch.zeros(2), torch.zeros(2), other_mask=torch.tensor([True, False])).tolist() == pytest.approx([math.log(2), 0])


def test_gradients_pass_where_the_mask_holds():
    x = X.clone().requires_grad_()
    masked.sum(x * x, mask=MASK).backward()
    assert x.grad.tolist() == [[2, 0, 6], [0, 0, 0]]


def test_what_does_not_fit_is_refused():
    with pytest.raises(IndexError, match="2 axes and the input 1"):
        masked.sum(torch.ones(3), mask=MASK)
    with pytest.raises(ValueError, match="could not infer output dtype|Could not infer output dtype"):
        masked.mean(torch.tensor([1, 2]))
    with pytest.raises(ValueError, match="fully masked out"):
        masked.median(torch.tensor([1, 2]), mask=torch.tensor([False, False]))
    with pytest.raises(RuntimeError, match="appears multiple times"):
        masked.sum(X, (0, 0))
    with pytest.raises(ValueError, match="only one of"):
        masked.std(X, unbiased=True, correction=1)
