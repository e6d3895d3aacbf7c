"""nn.functional beside PyTorch: random shapes and arguments, results, gradients, gradients of gradients, and the random numbers drawn."""
import random
import warnings

import numpy as np
import pytest

import flambeau

torch = pytest.importorskip("torch", reason="PyTorch is the oracle")

ROUNDS = 4
CASES = {}


def case(function):
    """A function of a source of random choices, which returns `call(package, F, *tensors)` and the tensors' arrays."""
    CASES[function.__name__] = function
    return function


class Choice(random.Random):
    """Random sizes, options and arrays."""

    def normal(self, *shape):
        return np.random.default_rng(self.randrange(10**6)).normal(size=shape).astype(np.float32)

    def below(self, high, *shape):
        return np.random.default_rng(self.randrange(10**6)).integers(0, high, shape)

    def sizes(self, count, low, high):
        return [self.randint(low, high) for _ in range(count)]


def outcome(package, call, arrays):
    """Results, gradients and second gradients; or the kind of error."""
    tensors = [package.tensor(a) for a in arrays]
    wanted = [t.requires_grad_() for t in tensors if t.is_floating_point()]
    package.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = call(package, package.nn.functional, *tensors)
        except Exception as error:
            return type(error).__name__, [], [], package.get_rng_state().tolist()
    made = made if isinstance(made, tuple) else (made,)
    values = [t.detach().numpy() for t in made]
    loss = 0
    for t in made:
        if t.is_floating_point() and t.requires_grad:
            weights = np.cos(np.arange(t.numel())).reshape(tuple(t.shape)).astype(np.float32)
            loss = loss + (t * package.tensor(weights)).sum()
    first = second = []
    if not isinstance(loss, int):
        first = package.autograd.grad(loss, wanted, allow_unused=True, create_graph=True)
        square = sum((g * g).sum() for g in first if g is not None and g.requires_grad)
        if not isinstance(square, int):
            try:
                second = package.autograd.grad(square, wanted, allow_unused=True)
            except RuntimeError:
                second = None               # not differentiable twice
    return values, list(first), second, package.get_rng_state().tolist()


def close(ours, theirs, what):
    if ours is None or theirs is None:
        assert not np.any(ours.detach().numpy() if theirs is None and ours is not None else 0), what
        return
    a, b = (t if isinstance(t, np.ndarray) else t.detach().numpy() for t in (ours, theirs))
    assert a.shape == b.shape and a.dtype == b.dtype, what
    scale = max(1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0)))
    np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4 * scale, err_msg=what)


@case
def convolution(r):
    axes, groups = r.randint(1, 3), r.choice([1, 1, 2, 3])
    options = {"stride": r.sizes(axes, 1, 3), "padding": r.sizes(axes, 0, 2), "dilation": r.sizes(axes, 1, 2), "groups": groups}
    inner, outer = groups * r.randint(1, 2), groups * r.randint(1, 3)
    arrays = [r.normal(2, inner, *r.sizes(axes, 3, 7)), r.normal(outer, inner // groups, *r.sizes(axes, 1, 3)), *[r.normal(outer)] * r.randint(0, 1)]
    return lambda p, f, *t: getattr(f, f"conv{axes}d")(*t, **options), arrays


@case
def convolution_of_the_same_size(r):
    axes = r.randint(1, 3)
    dilation = r.sizes(axes, 1, 2)
    return (lambda p, f, x, w: getattr(f, f"conv{axes}d")(x, w, padding="same", dilation=dilation),
            [r.normal(2, 2, *r.sizes(axes, 3, 7)), r.normal(3, 2, *r.sizes(axes, 1, 3))])


@case
def transposed_convolution(r):
    axes, groups = r.randint(1, 3), r.choice([1, 1, 2])
    stride, dilation = r.sizes(axes, 1, 3), r.sizes(axes, 1, 2)
    options = {"stride": stride, "padding": r.sizes(axes, 0, 1), "dilation": dilation, "groups": groups,
               "output_padding": [r.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True)]}
    inner = groups * r.randint(1, 2)
    arrays = [r.normal(2, inner, *r.sizes(axes, 3, 6)), r.normal(inner, 2, *r.sizes(axes, 2, 3)), *[r.normal(2 * groups)] * r.randint(0, 1)]
    return lambda p, f, *t: getattr(f, f"conv_transpose{axes}d")(*t, **options), arrays


@case
def max_pooling(r):
    axes = r.randint(1, 3)
    kernel = r.sizes(axes, 1, 3)
    arguments = kernel, r.sizes(axes, 1, 3), [r.randint(0, k // 2) for k in kernel], r.sizes(axes, 1, 2), r.random() < 0.5, True
    return lambda p, f, x: getattr(f, f"max_pool{axes}d")(x, *arguments), [r.normal(2, 2, *r.sizes(axes, 3, 7))]


@case
def mean_pooling(r):
    axes = r.randint(1, 3)
    kernel = r.sizes(axes, 1, 3)
    arguments = kernel, r.sizes(axes, 1, 3), [r.randint(0, k // 2) for k in kernel], r.random() < 0.5, r.random() < 0.5
    return lambda p, f, x: getattr(f, f"avg_pool{axes}d")(x, *arguments), [r.normal(2, 2, *r.sizes(axes, 3, 7))]


@case
def adaptive_pooling(r):
    axes = r.randint(1, 3)
    to = r.sizes(axes, 1, 6)
    return (lambda p, f, x: (getattr(f, f"adaptive_avg_pool{axes}d")(x, to), *getattr(f, f"adaptive_max_pool{axes}d")(x, to, True)),
            [r.normal(2, 2, *r.sizes(axes, 3, 7))])


@case
def fractional_pooling(r):
    axes = r.randint(2, 3)
    return (lambda p, f, x: getattr(f, f"fractional_max_pool{axes}d")(x, 2, output_size=2, return_indices=True),
            [r.normal(2, 2, *r.sizes(axes, 4, 7))])


@case
def unpooling(r):
    def call(p, f, x):
        y, index = f.max_pool2d(x, 2, return_indices=True)
        return f.max_unpool2d(y, index, 2, output_size=x.shape[2:])
    return call, [r.normal(2, 2, *r.sizes(2, 4, 7))]


@case
def interpolation(r):
    axes = r.randint(1, 3)
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[axes]
    mode = r.choice(["nearest", "nearest-exact", "area", linear, *["bicubic"] * (axes == 2)])
    options = {"mode": mode, "align_corners": r.choice([True, False]) if mode in (linear, "bicubic") else None}
    if r.random() < 0.6 or mode == "nearest":           # a scale: PyTorch's gradient of nearest takes other pixels than its result
        options["size"] = r.sizes(axes, 1, 8)
    else:
        options["scale_factor"] = [r.uniform(0.4, 2.6) for _ in range(axes)]
    return lambda p, f, x: f.interpolate(x, **options), [r.normal(2, 2, *r.sizes(axes, 3, 7))]


@case
def antialiasing(r):
    options = {"size": r.sizes(2, 2, 9), "mode": r.choice(["bilinear", "bicubic", "lanczos"]), "antialias": True}
    return lambda p, f, x: f.interpolate(x, **options), [r.normal(2, 2, *r.sizes(2, 2, 9))]


@case
def bytes_at_other_sizes(r):
    options = {"size": r.sizes(2, 2, 20), "mode": r.choice(["bilinear", "bicubic"]), "antialias": r.random() < 0.5}
    return lambda p, f, x: f.interpolate(x, **options), [r.below(256, 2, r.choice([1, 3, 6]), *r.sizes(2, 3, 9)).astype(np.uint8)]


@case
def padding(r):
    axes = r.randint(1, 3)
    mode, amounts = r.choice(["reflect", "replicate", "circular", "constant"]), r.sizes(2 * axes, -1, 2)
    return lambda p, f, x: f.pad(x, amounts, mode), [r.normal(2, 2, *r.sizes(axes, 3, 7))]


@case
def grid_sampling(r):
    axes = r.randint(2, 3)
    arguments = r.choice(["bilinear", "nearest", *["bicubic"] * (axes == 2)]), r.choice(["zeros", "border", "reflection"]), r.random() < 0.5
    return lambda p, f, x, g: f.grid_sample(x, g, *arguments), [r.normal(2, 2, *r.sizes(axes, 2, 5)), r.normal(2, *r.sizes(axes, 1, 4), axes)]


@case
def affine_grids(r):
    axes, align = r.randint(2, 3), r.random() < 0.5
    size = [2, 3, *r.sizes(axes, 2, 4)]
    return lambda p, f, x: f.affine_grid(x, size, align), [r.normal(2, axes, axes + 1)]


@case
def normalization_by_batch(r):
    name, training, c = r.choice(["batch_norm", "instance_norm"]), r.random() < 0.6, r.randint(1, 5)

    def call(p, f, x, w, b, mean, var):
        mean, var = mean.detach(), var.detach().abs()
        return getattr(f, name)(x, mean, var, w, b, training, 0.3), mean, var
    return call, [r.normal(3, c, *r.sizes(r.randint(1, 3), 2, 5)), *(r.normal(c) for _ in range(4))]


@case
def normalization_by_layer(r):
    sizes, c = r.sizes(2, 2, 5), 2 * r.randint(1, 3)
    return (lambda p, f, x, w, b, u, v: (f.layer_norm(x, sizes, w, b), f.rms_norm(x, sizes, w), f.group_norm(x, c // 2, u, v),
                                         f.local_response_norm(x, 3, alpha=0.5)),
            [r.normal(3, c, *sizes), r.normal(*sizes), r.normal(*sizes), r.normal(c), r.normal(c)])


@case
def patches(r):
    options = {"kernel_size": r.sizes(2, 1, 3), "dilation": r.sizes(2, 1, 2), "padding": r.sizes(2, 0, 2), "stride": r.sizes(2, 1, 3)}
    sizes = r.sizes(2, 5, 7)
    return lambda p, f, x: (f.unfold(x, **options), f.fold(f.unfold(x, **options), sizes, **options)), [r.normal(2, 3, *sizes)]


@case
def losses(r):
    how = r.choice(["mean", "sum", "none"])
    names = "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss", "multilabel_soft_margin_loss"
    return lambda p, f, x, y: tuple(getattr(f, name)(x, y, reduction=how) for name in names), [r.normal(4, 3), r.normal(4, 3)]


@case
def losses_of_probabilities(r):
    how, logs = r.choice(["mean", "sum", "none"]), r.random() < 0.5
    return (lambda p, f, x, y, w: (f.binary_cross_entropy(x.sigmoid(), y.sigmoid(), w.detach().abs(), reduction=how),
                                   f.binary_cross_entropy_with_logits(x, y.sigmoid(), w.detach(), pos_weight=w.detach().abs(), reduction=how),
                                   f.kl_div(x, y if logs else y.softmax(1), reduction=how, log_target=logs),
                                   f.gaussian_nll_loss(x, y, y.detach().abs() + 0.1, True, reduction=how)),
            [r.normal(4, 3), r.normal(4, 3), r.normal(3)])


@case
def losses_of_margins(r):
    how, p_, swap = r.choice(["mean", "sum", "none"]), r.choice([1, 2]), r.random() < 0.5
    return (lambda p, f, x, y, w, c, s: (f.multi_margin_loss(x, c, p_, 0.7, w.detach().abs(), reduction=how),
                                         f.soft_margin_loss(x, s.unsqueeze(1) * 1.0, reduction=how),
                                         f.cosine_embedding_loss(x, y, s, 0.2, reduction=how), f.hinge_embedding_loss(x, s.unsqueeze(1), reduction=how),
                                         f.triplet_margin_loss(x, y, x * y, 1.0, float(p_), swap=swap, reduction=how),
                                         f.margin_ranking_loss(x[:, 0], y[:, 0], s, 0.2, reduction=how)),
            [r.normal(4, 3), r.normal(4, 3), r.normal(3), r.below(3, 4), r.below(2, 4) * 2 - 1])


@case
def labels_by_margin(r):
    how = r.choice(["mean", "sum", "none"])
    return lambda p, f, x, y: f.multilabel_margin_loss(x, y, reduction=how), [r.normal(3, 4), r.below(5, 3, 4) - 1]


@case
def ctc(r):
    time, batch, classes = r.randint(4, 8), r.randint(1, 3), r.randint(3, 5)
    sizes = r.sizes(batch, 0, 3)
    steps = [r.randint(max(2 * n, 1), max(time, 2 * n)) if 2 * n <= time else time for n in sizes]
    options = {"reduction": r.choice(["mean", "sum", "none"]), "zero_infinity": r.random() < 0.5}
    return lambda p, f, x, y: f.ctc_loss(x.log_softmax(-1), y + 1, steps, sizes, **options), [r.normal(time, batch, classes), r.below(classes - 1, batch, 3)]


@case
def distances(r):
    p_ = r.choice([1.0, 2.0, 3.0, float("inf")])
    return (lambda p, f, x, y: (p.cdist(x, y, p_), f.pdist(x, p_), f.pairwise_distance(x, y[0], p_), f.cosine_similarity(x, y[:1], 1), f.normalize(x, p_)),
            [r.normal(5, 3), r.normal(r.choice([4, 30]), 3)])


@case
def embeddings(r):
    options = {"padding_idx": r.choice([None, 2, -1]), "max_norm": r.choice([None, 1.0])}
    bags = {"mode": r.choice(["sum", "mean", "max"]), "padding_idx": r.choice([None, 2])}
    return lambda p, f, w, i: (f.embedding(i, w, **options), f.embedding_bag(i, w, **bags)), [r.normal(6, 3), r.below(6, 3, 4)]


@case
def attention(r):
    mask, length, keys = r.choice([None, "bool", "float", "causal"]), r.randint(1, 4), r.randint(1, 5)
    seen, scale = r.below(10, 2, 1, length, keys) > 3, r.choice([None, 0.3])

    def call(p, f, q, k, v):
        given = None if mask in (None, "causal") else p.tensor(seen if mask == "bool" else seen.astype(np.float32))
        return f.scaled_dot_product_attention(q, k, v, given, is_causal=mask == "causal", scale=scale, enable_gqa=True)
    return call, [r.normal(2, 4, length, 3), r.normal(2, 2, keys, 3), r.normal(2, 2, keys, 4)]


@case
def random_masks(r):
    chance = r.choice([0.0, 0.3, 1.0])
    return (lambda p, f, x: (f.dropout(x, chance), f.dropout(x.transpose(1, 2), chance), f.alpha_dropout(x, chance, True), f.dropout2d(x.unsqueeze(-1), chance),
                             f.feature_alpha_dropout(x, chance, True), f.rrelu(x, training=True), f.gumbel_softmax(x, 0.7, r.random() < 0.5)),
            [r.normal(5, 4, 7)])


@case
def rearranged_channels(r):
    n = r.randint(1, 3)
    return lambda p, f, x: (f.pixel_shuffle(x, n), f.pixel_unshuffle(x, n), f.channel_shuffle(x, n)), [r.normal(2, 2 * n * n, 2 * n, n)]


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("name", CASES)
def test_same(name, seed):
    call, arrays = CASES[name](Choice(seed))
    results = []
    for package in (flambeau, torch):
        again, arrays = CASES[name](Choice(seed))               # each package with the same choices, also those made inside the call
        results.append(outcome(package, again, arrays))
    ours, theirs = results
    where = f"{name}, seed {seed}"
    if isinstance(theirs[0], str) or isinstance(ours[0], str):
        assert ours[0] == theirs[0], where
        return
    assert len(ours[0]) == len(theirs[0]), where
    for order, (a, b) in enumerate(zip(ours[:3], theirs[:3], strict=True)):
        if b is not None and a is not None:
            for k, (x, y) in enumerate(zip(a, b, strict=len(a) == len(b))):
                close(x, y, f"{where}: derivative {order}, tensor {k}")
    assert ours[3] == theirs[3], f"{where}: another number of random numbers was drawn"
