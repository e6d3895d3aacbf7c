"""Losses: formulas, reductions, weights, warnings and what is refused."""
import math

import pytest

import flambeau as torch
import flambeau.nn.functional as F

X = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, -0.25]])
Y = torch.tensor([[1.0, -1.0, 0.0], [0.5, 0.0, 0.25]])
P, T = torch.tensor([0.2, 0.9, 0.5]), torch.tensor([0.0, 1.0, 0.3])
D = (X - Y).abs()


@pytest.mark.parametrize("loss, each", [
    (lambda r: F.mse_loss(X, Y, reduction=r), D ** 2),
    (lambda r: F.l1_loss(X, Y, reduction=r), D),
    (lambda r: F.smooth_l1_loss(X, Y, reduction=r, beta=0.6), torch.where(D < 0.6, D * D / 1.2, D - 0.3)),
    (lambda r: F.smooth_l1_loss(X, Y, reduction=r, beta=0), D),
    (lambda r: F.huber_loss(X, Y, reduction=r, delta=0.6), torch.where(D <= 0.6, D * D / 2, 0.6 * (D - 0.3))),
    (lambda r: F.soft_margin_loss(X, Y.sign(), reduction=r), torch.log(1 + torch.exp(-X * Y.sign()))),
    (lambda r: F.binary_cross_entropy(P, T, reduction=r), -(T * P.log() + (1 - T) * (1 - P).log())),
    (lambda r: F.binary_cross_entropy_with_logits(X[0], T, reduction=r), -(T * X[0].sigmoid().log() + (1 - T) * (1 - X[0].sigmoid()).log())),
    (lambda r: F.poisson_nll_loss(X, Y, reduction=r), X.exp() - Y * X),
    (lambda r: F.poisson_nll_loss(P, T, log_input=False, reduction=r), P - T * (P + 1e-8).log()),
    (lambda r: F.gaussian_nll_loss(P, T, 0.5, reduction=r), 0.5 * (math.log(0.5) + (P - T) ** 2 / 0.5)),
    (lambda r: F.hinge_embedding_loss(X, Y.ceil() * 2 - 1, reduction=r, margin=2.0), torch.where(Y.ceil() * 2 - 1 == 1, X, (2 - X).clamp(min=0))
     + torch.where((Y.ceil() * 2 - 1).abs() != 1, X, 0)),
    (lambda r: F.margin_ranking_loss(X, Y, Y.sign(), margin=0.5, reduction=r), (-Y.sign() * (X - Y) + 0.5).clamp(min=0)),
])
def test_formula_and_reductions(loss, each):
    assert torch.allclose(loss("none"), each, atol=1e-6)
    assert torch.allclose(loss("sum"), each.sum(), atol=1e-6)
    assert torch.allclose(loss("mean"), each.mean(), atol=1e-6)
    with pytest.raises(ValueError, match="other is not (a )?valid"):
        loss("other")


def test_weights():
    w = torch.tensor([[1.0, 2.0, 0.0], [1.0, 1.0, 3.0]])
    assert torch.allclose(F.mse_loss(X, Y, weight=w), (D ** 2 * w).sum() / w.sum())
    assert torch.allclose(F.l1_loss(X, Y, weight=w, reduction="none"), D * w)
    assert torch.allclose(F.huber_loss(X, Y, weight=w), (F.huber_loss(X, Y, reduction="none") * w).mean())
    assert torch.allclose(F.binary_cross_entropy(P, T, w[0]), (F.binary_cross_entropy(P, T, reduction="none") * w[0]).mean())
    logits, targets, p = X, Y.clamp(0, 1), torch.tensor([0.0, 2.0, 1.0])
    wanted = -(p * targets * logits.sigmoid().log() + (1 - targets) * (-logits).sigmoid().log())
    assert torch.allclose(F.binary_cross_entropy_with_logits(logits, targets, pos_weight=p, reduction="none"), wanted, atol=1e-6)
    assert torch.allclose(F.binary_cross_entropy_with_logits(logits, targets, w, pos_weight=p), (wanted * w).mean(), atol=1e-6)
    with pytest.raises(ValueError, match="Weights and input must have the same size"):
        F.mse_loss(X, Y, weight=w[0])


def test_other_shapes_broadcast_with_a_warning_that_names_them():
    with pytest.warns(UserWarning, match=r"target size \(torch.Size\(\[8\]\)\) that is different to the input size \(torch.Size\(\[8, 1\]\)\).*\[8, 8\]"):
        loss = F.mse_loss(torch.ones(8, 1), torch.zeros(8))
    assert loss == 1
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="must match the size of tensor b"):
        F.l1_loss(X, Y[:, :2])


def test_extremes():
    sure = torch.tensor([0.0, 1.0], requires_grad=True)
    loss = F.binary_cross_entropy(sure, torch.tensor([1.0, 0.0]))
    assert loss == 100
    loss.backward()
    assert sure.grad.isfinite().all()
    far = torch.tensor([1000.0, -1000.0], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(far, torch.tensor([1.0, 0.0]))
    loss.backward()
    assert loss == 0 and not far.grad.any()
    assert F.soft_margin_loss(torch.tensor([-1000.0]), torch.tensor([1.0])) == 1000
    assert F.mse_loss(X[:0], Y[:0]).isnan() and F.mse_loss(X[:0], Y[:0], reduction="sum") == 0


def test_types():
    assert F.mse_loss(X, Y.double()).dtype is torch.float64 and F.mse_loss(X, Y.long()).dtype is torch.float32
    assert F.huber_loss(X, Y.double()).dtype is torch.float32
    assert type(F.mse_loss(X.clone().requires_grad_(), Y).grad_fn).__name__ == "MseLossBackward0"


def test_old_switches():
    with pytest.warns(UserWarning, match="please use reduction='sum' instead"):
        assert F.mse_loss(X, Y, size_average=False) == (D ** 2).sum()
    with pytest.warns(UserWarning, match="please use reduction='none' instead"):
        assert F.l1_loss(X, Y, reduce=False).shape == X.shape


def test_kl_div():
    p, q = X.softmax(1), Y.softmax(1)
    wanted = (q * (q.log() - p.log())).sum()
    assert torch.allclose(F.kl_div(p.log(), q, reduction="batchmean"), wanted / 2)
    assert torch.allclose(F.kl_div(p.log(), q.log(), reduction="sum", log_target=True), wanted)
    assert F.kl_div(p.log(), torch.zeros(2, 3), reduction="sum") == 0
    with pytest.warns(UserWarning, match="'batchmean' divides only by the batch size"):
        F.kl_div(p.log(), q)


def test_margins():
    x = torch.tensor([[0.1, 0.2, 0.4, 0.8]])
    assert torch.allclose(F.multi_margin_loss(x, torch.tensor([3])), torch.tensor((0.3 + 0.4 + 0.6) / 4))
    assert torch.allclose(F.multi_margin_loss(x, torch.tensor([3]), p=2), torch.tensor((0.09 + 0.16 + 0.36) / 4))
    assert torch.allclose(F.multilabel_margin_loss(x, torch.tensor([[3, 0, -1, 1]])),
                          torch.tensor(((1 - 0.6) + (1 - 0.4) + (1 + 0.1) + (1 + 0.3)) / 4))
    a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.5]])
    assert torch.allclose(F.triplet_margin_loss(a, p, n), torch.tensor(0.5), atol=1e-5)
    assert torch.allclose(F.triplet_margin_with_distance_loss(a, p, n, distance_function=lambda x, y: (x - y).abs().sum(-1)), torch.tensor(2.5))
    assert F.cosine_embedding_loss(p, p, torch.tensor([1])) < 1e-6
    assert torch.allclose(F.cosine_embedding_loss(p, n, torch.tensor([-1]), margin=0.5), torch.tensor(0.3))


@pytest.mark.parametrize("call, error, message", [
    (lambda: F.mse_loss(X.long(), Y.long()), NotImplementedError, "\"mse_cpu\" not implemented for 'Long'"),
    (lambda: F.mse_loss(X, [1.0]), TypeError, "argument 'target' must be Tensor, not list"),
    (lambda: F.smooth_l1_loss(X, Y, beta=-1.0), RuntimeError, "smooth_l1_loss does not support negative values for beta"),
    (lambda: F.huber_loss(X, Y, delta=0.0), RuntimeError, "huber_loss does not support non-positive values for delta"),
    (lambda: F.binary_cross_entropy(X, Y), RuntimeError, "all elements of input should be between 0 and 1, found -1 … 3; put a sigmoid before"),
    (lambda: F.binary_cross_entropy(P, T * 4), RuntimeError, "all elements of target should be between 0 and 1"),
    (lambda: F.binary_cross_entropy(P[:, None], T), ValueError, "Using a target size .* is deprecated"),
    (lambda: F.binary_cross_entropy(P, T.double()), RuntimeError, "Found dtype Double but expected Float"),
    (lambda: F.binary_cross_entropy_with_logits(X, Y[0]), ValueError, "Target size .* must be the same as input size"),
    (lambda: F.binary_cross_entropy_with_logits(X, Y.long()), RuntimeError, "result type Float can't be cast to the desired output type Long"),
    (lambda: F.kl_div(X, Y.long(), reduction="sum"), RuntimeError, "kl_div: Integral inputs not supported"),
    (lambda: F.gaussian_nll_loss(X, Y, -1.0), ValueError, "var has negative entry"),
    (lambda: F.gaussian_nll_loss(X, Y, torch.ones(2, 2)), ValueError, "var is of incorrect size"),
    (lambda: F.multi_margin_loss(X, torch.tensor([0, 3])), RuntimeError, "target out of range"),
    (lambda: F.multi_margin_loss(X, torch.tensor([0, 1]), p=3), ValueError, "only p == 1 and p == 2 supported"),
    (lambda: F.margin_ranking_loss(X, Y, Y[0]), RuntimeError, "All input tensors should have same dimension"),
    (lambda: F.triplet_margin_loss(X, Y, Y, margin=0.0), ValueError, "margin must be greater than 0, got 0.0"),
    (lambda: F.cosine_embedding_loss(X, Y, torch.ones(2, 3)), RuntimeError, "multi-target not supported"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(AttributeError, match="mse_loss"):
        F.mse_los  # noqa: B018
    assert {"relu", "conv2d", "mse_loss", "scaled_dot_product_attention"} <= set(dir(F))
