"""Attention: masks, heads that share keys, weights; and the losses and distances that have no other place."""
import math

import pytest

import flambeau as torch
import flambeau.nn.functional as F
from flambeau.autograd import gradcheck

Q, K, V = torch.randn(2, 4, 3, 5), torch.randn(2, 4, 6, 5), torch.randn(2, 4, 6, 7)


def by_hand(q, k, v, mask=None, scale=None):
    scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    return (scores if mask is None else scores + mask).softmax(-1) @ v


def test_attention_is_a_mean_of_values():
    assert torch.allclose(F.scaled_dot_product_attention(Q, K, V), by_hand(Q, K, V), atol=1e-6)
    assert torch.allclose(F.scaled_dot_product_attention(Q, K, V, scale=0.1), by_hand(Q, K, V, scale=0.1), atol=1e-6)


def test_masks():
    keep = torch.rand(3, 6) > 0.3
    keep[:, 0] = True
    numbers = torch.zeros(3, 6).masked_fill(~keep, -math.inf)
    wanted = by_hand(Q, K, V, numbers)
    assert torch.allclose(F.scaled_dot_product_attention(Q, K, V, keep), wanted, atol=1e-6)
    assert torch.allclose(F.scaled_dot_product_attention(Q, K, V, numbers), wanted, atol=1e-6)
    causal = torch.ones(3, 6).tril().bool()
    assert torch.allclose(F.scaled_dot_product_attention(Q, K, V, is_causal=True), F.scaled_dot_product_attention(Q, K, V, causal), atol=1e-6)


def test_a_query_that_sees_nothing_gives_zeros_and_no_gradient():
    q = Q.clone().requires_grad_()
    keep = torch.ones(3, 6, dtype=torch.bool)
    keep[1] = False
    y = F.scaled_dot_product_attention(q, K, V, keep)
    y.sum().backward()
    assert not y[:, :, 1].any() and not q.grad[:, :, 1].any() and q.grad.isfinite().all()


def test_heads_that_share_keys():
    y = F.scaled_dot_product_attention(Q, K[:, :2], V[:, :2], enable_gqa=True)
    assert torch.allclose(y, by_hand(Q, K[:, [0, 0, 1, 1]], V[:, [0, 0, 1, 1]]), atol=1e-6)


def test_dropout_of_weights():
    torch.manual_seed(0)
    assert not torch.allclose(F.scaled_dot_product_attention(Q, K, V, dropout_p=0.5), by_hand(Q, K, V))


def test_several_heads():
    size, heads = 8, 2
    x, w, b, o = torch.randn(5, 3, size), torch.randn(3 * size, size), torch.randn(3 * size), torch.randn(size, size)
    y, weights = F.multi_head_attention_forward(x, x, x, size, heads, w, b, None, None, False, 0.0, o, None)
    q, k, v = ((x @ w.T + b)[..., n * size:(n + 1) * size].reshape(5, 3, heads, 4).permute(1, 2, 0, 3) for n in range(3))
    assert torch.allclose(y, by_hand(q, k, v).permute(2, 0, 1, 3).reshape(5, 3, size) @ o.T, atol=1e-4)
    assert weights.shape == (3, 5, 5) and torch.allclose(weights.sum(-1), torch.ones(3, 5))
    quick, none = F.multi_head_attention_forward(x, x, x, size, heads, w, b, None, None, False, 0.0, o, None, need_weights=False)
    assert none is None and torch.allclose(quick, y, atol=1e-4)
    alone, _ = F.multi_head_attention_forward(x[:, 0], x[:, 0], x[:, 0], size, heads, w, b, None, None, False, 0.0, o, None)
    assert torch.allclose(alone, y[:, 0], atol=1e-4)


@pytest.mark.parametrize("call, error, message", [
    (lambda: F.scaled_dot_product_attention(Q, K.double(), V), RuntimeError, "to have the same dtype"),
    (lambda: F.scaled_dot_product_attention(Q, K, V, torch.ones(3, 6), is_causal=True), RuntimeError, "attn_mask should not be set when is_causal=True"),
    (lambda: F.scaled_dot_product_attention(Q, K, V, torch.ones(3, 6, dtype=torch.int64)), RuntimeError, "attn_mask dtype to be bool or float"),
    (lambda: F.scaled_dot_product_attention(Q[0, 0, 0], K, V), RuntimeError, "at least 2 dimensional"),
    (lambda: F.multi_head_attention_forward(Q[0], K[0], K[0], 4, 2, None, None, None, None, False, 0.0, None, None), AssertionError,
     "was expecting embedding dimension of 4, but got 5"),
    (lambda: F.cosine_similarity(torch.arange(3), torch.arange(3), 0), RuntimeError, "expected common dtype to be floating point"),
    (lambda: torch.cdist(Q, K[..., :2]), RuntimeError, "must have the same number of columns. X1: 5 X2: 2"),
    (lambda: torch.cdist(Q, K, compute_mode="fast"), ValueError, "fast is not a valid value for compute_mode"),
    (lambda: torch.pdist(Q), RuntimeError, "pdist only supports 2D tensors, got: 4D"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_distances():
    x, y = torch.randn(30, 4, dtype=torch.float64), torch.randn(7, 4, dtype=torch.float64)
    wanted = ((x[:, None] - y) ** 2).sum(-1).sqrt()
    for mode in ("use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"):
        assert torch.allclose(torch.cdist(x, y, compute_mode=mode), wanted)
    same = x[:3].clone().requires_grad_()
    torch.cdist(same, same, compute_mode="use_mm_for_euclid_dist").sum().backward()
    assert same.grad.isfinite().all(), "the slope at distance 0 is 0"
    assert torch.allclose(torch.pdist(y), torch.cdist(y, y)[torch.triu_indices(7, 7, 1).unbind()])
    assert torch.allclose(F.pairwise_distance(x[:7], y, eps=0.0), wanted[range(7), range(7)])
    assert torch.allclose(F.normalize(x).norm(dim=1), torch.ones(30, dtype=torch.float64))
    zero = torch.zeros(2, 3, requires_grad=True)
    assert not F.cosine_similarity(zero, torch.ones(2, 3)).any()


# ------------------------------------------------------------------------------------------------------------------------- CTC
def test_ctc_counts_all_alignments():
    """Two steps, one label: 'aa', 'a-', '-a' all read as 'a'."""
    logs = torch.tensor([[[0.6, 0.4]], [[0.3, 0.7]]]).log()
    loss = F.ctc_loss(logs, torch.tensor([[1]]), [2], [1], reduction="none")
    assert torch.allclose(loss, -torch.tensor([0.4 * 0.7 + 0.4 * 0.3 + 0.6 * 0.7]).log())
    assert torch.allclose(F.ctc_loss(logs[:, 0], torch.tensor([1]), torch.tensor(2), torch.tensor(1)), loss[0])
    assert torch.allclose(F.ctc_loss(logs, torch.tensor([[1]]), [2], [0], reduction="none"), -torch.tensor([0.6 * 0.3]).log())


def test_ctc_gradient_after_log_softmax():
    scores = torch.randn(6, 2, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([[1, 2, 2], [3, 1, 0]])
    assert gradcheck(lambda s: F.ctc_loss(s.log_softmax(-1), targets, [6, 5], [3, 2], reduction="sum"), (scores,))


def test_ctc_targets_that_are_too_long():
    logs = torch.randn(2, 1, 3).log_softmax(-1).requires_grad_()
    assert F.ctc_loss(logs, torch.tensor([[1, 2, 1]]), [2], [3]) == math.inf
    loss = F.ctc_loss(logs, torch.tensor([[1, 2, 1]]), [2], [3], zero_infinity=True)
    loss.backward()
    assert loss == 0 and not logs.grad.any()
    for call, message in ((lambda: F.ctc_loss(logs, torch.tensor([[1]]), [3], [1]), "input_lengths to have value at most 2, but got value 3"),
                          (lambda: F.ctc_loss(logs, torch.tensor([[1]]), [2], [2]), "size at least 2 at dimension 1"),
                          (lambda: F.ctc_loss(logs, torch.tensor([[1]]), [2], [1], blank=3), "blank must be in label range")):
        with pytest.raises(RuntimeError, match=message):
            call()


# ------------------------------------------------------------------------------------------------------- linear layer with its loss
def test_linear_cross_entropy_in_pieces():
    x, w, b = (torch.randn(*s, dtype=torch.float64, requires_grad=True) for s in ((7, 3), (5, 3), (5,)))
    target, weight = torch.tensor([0, 4, 2, -100, 1, 1, 3]), torch.rand(5, dtype=torch.float64)
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=3)
    for reduction in ("mean", "sum", "none"):
        whole, pieces = (F.linear_cross_entropy(x, w, target, linear_bias=b, weight=weight, reduction=reduction, options=o) for o in (None, options))
        assert torch.allclose(whole, pieces)
        for a, c in zip(*(torch.autograd.grad(loss.sum(), (x, w, b)) for loss in (whole, pieces)), strict=True):
            assert torch.allclose(a, c)
    g, = torch.autograd.grad(F.linear_cross_entropy(x, w, target, options=options), x, create_graph=True)
    with pytest.raises(RuntimeError, match="no second derivative"):
        g.sum().backward()
    with pytest.raises(RuntimeError, match="expected equal input and linear_weight last dimensions"):
        F.linear_cross_entropy(x, w[:, :2], target)
