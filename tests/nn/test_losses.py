"""Losses against their formulas in NumPy; reductions, targets of all kinds, options and errors."""

import math

import numpy as np
import pytest

import flambeau
from flambeau import nn

R = np.random.RandomState(0)
A, B = R.standard_normal((4, 3)), R.standard_normal((4, 3))
P, Q = R.uniform(0.1, 0.9, (4, 3)), R.uniform(0.1, 0.9, (4, 3))
SIGN = np.sign(R.standard_normal((4, 3)))
CLASSES = np.array([0, 2, 1, 2])


def ours(x):
    return flambeau.tensor(x) if isinstance(x, np.ndarray) else x


def log_softmax(x):
    return x - np.log(np.exp(x).sum(1, keepdims=True))


@pytest.mark.parametrize("loss, inputs, formula", [
    (nn.L1Loss, (A, B), lambda x, y: abs(x - y)),
    (nn.MSELoss, (A, B), lambda x, y: (x - y) ** 2),
    (nn.SmoothL1Loss, (A, B), lambda x, y: np.where(abs(x - y) < 1, (x - y) ** 2 / 2, abs(x - y) - 0.5)),
    (nn.HuberLoss, (A, B), lambda x, y: np.where(abs(x - y) < 1, (x - y) ** 2 / 2, abs(x - y) - 0.5)),
    (nn.BCELoss, (P, Q), lambda x, y: -(y * np.log(x) + (1 - y) * np.log(1 - x))),
    (nn.BCEWithLogitsLoss, (A, Q), lambda x, y: np.log1p(np.exp(x)) - x * y),
    (nn.KLDivLoss, (np.log(P), Q), lambda x, y: y * (np.log(y) - x)),
    (nn.PoissonNLLLoss, (A, Q), lambda x, y: np.exp(x) - y * x),
    (nn.SoftMarginLoss, (A, SIGN), lambda x, y: np.log1p(np.exp(-x * y))),
    (nn.HingeEmbeddingLoss, (A, SIGN), lambda x, y: np.where(y > 0, x, np.maximum(0, 1 - x))),
    (nn.MarginRankingLoss, (A, B, SIGN), lambda x, y, z: np.maximum(0, -z * (x - y))),
    (nn.GaussianNLLLoss, (A, B, P), lambda x, y, v: (np.log(v) + (x - y) ** 2 / v) / 2),
    (nn.CrossEntropyLoss, (A, CLASSES), lambda x, y: -log_softmax(x)[np.arange(4), y]),
    (nn.NLLLoss, (A, CLASSES), lambda x, y: -x[np.arange(4), y]),
    (nn.CrossEntropyLoss, (A, Q), lambda x, y: -(y * log_softmax(x)).sum(1)),
    (nn.MultiLabelSoftMarginLoss, (A, (SIGN + 1) / 2), lambda x, y: (np.log1p(np.exp(x)) - x * y).mean(1)),
    (nn.MultiMarginLoss, (A, CLASSES), lambda x, y: np.array(
        [sum(max(0, 1 - row[t] + v) for i, v in enumerate(row) if i != t) / 3 for row, t in zip(x, y, strict=True)])),
    (nn.CosineEmbeddingLoss, (A, B, SIGN[:, 0]), lambda x, y, z: np.where(
        z > 0, 1 - (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1),
        np.maximum(0, (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)))),
    (nn.TripletMarginLoss, (A, B, P), lambda a, p, n: np.maximum(
        0, np.linalg.norm(a - p + 1e-6, axis=1) - np.linalg.norm(a - n + 1e-6, axis=1) + 1)),
    (nn.TripletMarginWithDistanceLoss, (A, B, P), lambda a, p, n: np.maximum(
        0, np.linalg.norm(a - p + 1e-6, axis=1) - np.linalg.norm(a - n + 1e-6, axis=1) + 1)),
], ids=lambda value: getattr(value, "__name__", "") if isinstance(value, type) else "")
@pytest.mark.filterwarnings("ignore:reduction")
def test_formula_and_reductions(loss, inputs, formula):
    each = formula(*inputs)
    np.testing.assert_allclose(loss(reduction="none")(*map(ours, inputs)).numpy(), each, rtol=1e-6)
    assert loss(reduction="sum")(*map(ours, inputs)).item() == pytest.approx(each.sum())
    assert loss()(*map(ours, inputs)).item() == pytest.approx(each.mean())


def test_weights_and_ignored_classes():
    weight = np.array([1.0, 2.0, 5.0])
    loss = nn.CrossEntropyLoss(weight=ours(weight), ignore_index=1)
    counted = CLASSES != 1
    each = -log_softmax(A)[np.arange(4), CLASSES] * weight[CLASSES]
    assert loss(ours(A), ours(CLASSES)).item() == pytest.approx(each[counted].sum() / weight[CLASSES][counted].sum())
    assert list(loss.state_dict()) == ["weight"]
    positive = nn.BCEWithLogitsLoss(pos_weight=ours(np.array(3.0)), reduction="none")(ours(A), ours(Q)).numpy()
    np.testing.assert_allclose(positive, 3 * Q * np.log1p(np.exp(-A)) + (1 - Q) * np.log1p(np.exp(A)))


def test_label_smoothing():
    target = np.full((4, 3), 0.1)
    target[np.arange(4), CLASSES] += 0.7
    expected = -(target * log_softmax(A)).sum(1).mean()
    assert nn.CrossEntropyLoss(label_smoothing=0.3)(ours(A), ours(CLASSES)).item() == pytest.approx(expected)


def test_images_of_classes():
    x, y = R.standard_normal((2, 3, 4, 5)), R.randint(0, 3, (2, 4, 5))
    flat = -log_softmax(x.transpose(0, 2, 3, 1).reshape(-1, 3))[np.arange(40), y.reshape(-1)]
    assert nn.CrossEntropyLoss()(ours(x), ours(y)).item() == pytest.approx(flat.mean())


def test_kl_batchmean():
    assert nn.KLDivLoss(reduction="batchmean")(ours(np.log(P)), ours(Q)).item() == pytest.approx((Q * (np.log(Q) - np.log(P))).sum() / 4)
    assert nn.KLDivLoss(reduction="sum", log_target=True)(ours(np.log(P)), ours(np.log(Q))).item() == pytest.approx(
        (Q * (np.log(Q) - np.log(P))).sum())


def test_multi_label_margin():
    x, y = np.array([[0.1, 0.2, 0.4, 0.8]]), np.array([[3, 0, -1, 1]])
    expected = sum(max(0, 1 - (x[0, j] - x[0, i])) for j in (3, 0) for i in (1, 2)) / 4
    assert nn.MultiLabelMarginLoss()(ours(x), ours(y)).item() == pytest.approx(expected)


def test_ctc_of_one_step():
    log_probs = log_softmax(R.standard_normal((1, 4)))[:, None]
    loss = nn.CTCLoss(reduction="none")(ours(log_probs), ours(np.array([[2]])), (1,), (1,))
    assert loss.item() == pytest.approx(-log_probs[0, 0, 2])
    both = nn.CTCLoss(reduction="sum")(ours(np.concatenate([log_probs] * 2)), ours(np.array([[2]])), (2,), (1,))
    blank, label = math.exp(log_probs[0, 0, 0]), math.exp(log_probs[0, 0, 2])
    assert both.item() == pytest.approx(-math.log(2 * blank * label + label**2))
    assert nn.CTCLoss(zero_infinity=True)(ours(log_probs), ours(np.array([[2, 2]])), (1,), (2,)).item() == 0


def test_linear_cross_entropy():
    loss = nn.LinearCrossEntropyLoss(5, 3, bias=True)
    x, y = flambeau.randn(4, 5), flambeau.tensor([0, 1, 2, 1])
    assert loss(x, y).item() == pytest.approx(nn.CrossEntropyLoss()(loss.linear(x), y).item(), rel=1e-5)
    for options in ({"weight": flambeau.ones(2)}, {"label_smoothing": 2.0}):
        with pytest.raises(RuntimeError):
            nn.LinearCrossEntropyLoss(5, 3, **options)


@pytest.mark.parametrize("options", [
    {"acc_policy": "exact"}, {"chunking_method": "rows"}, {"chunking_method": "aspect_ratio:0"}, {"batch_chunk_size": 0}, {"acc_dtype": int},
])
def test_options_of_linear_cross_entropy(options):
    assert nn.LinearCrossEntropyOptions(chunking_method="aspect_ratio:2").batch_chunk_size is None
    with pytest.raises(ValueError):
        nn.LinearCrossEntropyOptions(**options)


@pytest.mark.parametrize("wrong, error", [
    (lambda: nn.HuberLoss(delta="1"), TypeError),
    (lambda: nn.MultiMarginLoss(p=3), ValueError),
    (lambda: nn.MultiMarginLoss(weight=flambeau.ones(1, 1)), ValueError),
    (lambda: nn.TripletMarginLoss(margin=0), ValueError),
    (lambda: nn.TripletMarginWithDistanceLoss(margin=-1), ValueError),
])
def test_errors(wrong, error):
    with pytest.raises(error):
        wrong()


def test_own_distance():
    loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(1), reduction="none", swap=True)
    d = [abs(A - B).sum(1), abs(A - P).sum(1), abs(B - P).sum(1)]
    np.testing.assert_allclose(loss(ours(A), ours(B), ours(P)).numpy(), np.maximum(0, d[0] - np.minimum(d[1], d[2]) + 1))


def test_old_name():
    with pytest.warns(FutureWarning):
        assert isinstance(nn.NLLLoss2d(), nn.NLLLoss)
