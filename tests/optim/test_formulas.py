"""Every optimizer against its formula, written once more in NumPy and float64."""

import numpy as np
import pytest

import flambeau
from flambeau import optim

STEPS = 7


class Reference:
    """Remembers arrays by name, beginning with zeros of the parameter's shape."""

    def __init__(self, start):
        self.p, self.t = start.copy(), 0
        self.memory = {}

    def __getitem__(self, name):
        return self.memory.get(name, np.zeros_like(self.p))

    def __setitem__(self, name, value):
        self.memory[name] = value


def sgd(s, g, lr, momentum=0.0, dampening=0.0, nesterov=False):
    s["b"] = g if s.t == 1 else momentum * s["b"] + (1 - dampening) * g
    step = s["b"] if momentum else g
    s.p = s.p - lr * (g + momentum * s["b"] if nesterov else step)


def adam(s, g, lr, betas=(0.9, 0.999), eps=1e-8, amsgrad=False):
    b1, b2 = betas
    s["m"] = b1 * s["m"] + (1 - b1) * g
    s["v"] = b2 * s["v"] + (1 - b2) * g * g
    s["max"] = np.maximum(s["max"], s["v"])
    v = s["max"] if amsgrad else s["v"]
    s.p = s.p - lr * s["m"] / (1 - b1**s.t) / (np.sqrt(v / (1 - b2**s.t)) + eps)


def nadam(s, g, lr, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3):
    b1, b2 = betas
    mu = lambda t: b1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    product = np.prod([mu(t) for t in range(1, s.t + 1)])
    s["m"] = b1 * s["m"] + (1 - b1) * g
    s["v"] = b2 * s["v"] + (1 - b2) * g * g
    m = mu(s.t + 1) * s["m"] / (1 - product * mu(s.t + 1)) + (1 - mu(s.t)) * g / (1 - product)
    s.p = s.p - lr * m / (np.sqrt(s["v"] / (1 - b2**s.t)) + eps)


def radam(s, g, lr, betas=(0.9, 0.999), eps=1e-8):
    b1, b2 = betas
    s["m"] = b1 * s["m"] + (1 - b1) * g
    s["v"] = b2 * s["v"] + (1 - b2) * g * g
    m = s["m"] / (1 - b1**s.t)
    rho = 2 / (1 - b2) - 1
    rho_t = rho - 2 * s.t * b2**s.t / (1 - b2**s.t)
    if rho_t > 5:
        r = np.sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))
        m = m * r * np.sqrt(1 - b2**s.t) / (np.sqrt(s["v"]) + eps)
    s.p = s.p - lr * m


def adamax(s, g, lr, betas=(0.9, 0.999), eps=1e-8):
    s["m"] = betas[0] * s["m"] + (1 - betas[0]) * g
    s["u"] = np.maximum(betas[1] * s["u"], abs(g) + eps)
    s.p = s.p - lr / (1 - betas[0] ** s.t) * s["m"] / s["u"]


def adagrad(s, g, lr, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    s["sum"] = s["sum"] + g * g + (initial_accumulator_value if s.t == 1 else 0)
    s.p = s.p - lr / (1 + (s.t - 1) * lr_decay) * g / (np.sqrt(s["sum"]) + eps)


def adadelta(s, g, lr, rho=0.9, eps=1e-6):
    s["v"] = rho * s["v"] + (1 - rho) * g * g
    delta = np.sqrt(s["u"] + eps) / np.sqrt(s["v"] + eps) * g
    s["u"] = rho * s["u"] + (1 - rho) * delta * delta
    s.p = s.p - lr * delta


def rmsprop(s, g, lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False):
    s["v"] = alpha * s["v"] + (1 - alpha) * g * g
    s["mean"] = alpha * s["mean"] + (1 - alpha) * g
    d = g / (np.sqrt(s["v"] - (s["mean"] ** 2 if centered else 0)) + eps)
    s["b"] = momentum * s["b"] + d
    s.p = s.p - lr * s["b"]


def rprop(s, g, lr, etas=(0.5, 1.2), step_sizes=(1e-6, 50)):
    size = s["size"] if s.t > 1 else np.full_like(g, lr)
    agree = np.sign(g * s["g"])
    size = np.clip(size * np.select([agree > 0, agree < 0], [etas[1], etas[0]], 1.0), *step_sizes)
    g = np.where(agree < 0, 0, g)
    s["size"], s["g"] = size, g
    s.p = s.p - np.sign(g) * size


def asgd(s, g, lr, lambd=1e-4, alpha=0.75, t0=1e6):
    eta = lr / (1 + lambd * lr * (s.t - 1)) ** alpha
    mu = 1 / max(1, s.t - 1 - t0)
    s.p = s.p * (1 - lambd * eta) - eta * g
    s["ax"] = s["ax"] + mu * (s.p - s["ax"])


def adafactor(s, g, lr, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0):
    eps1 = np.finfo("float64").eps if eps[0] is None else eps[0]
    rms = lambda x: np.sqrt((x * x).mean())
    w = s.t**beta2_decay
    size = max(eps[1], rms(s.p)) * min(lr, 1 / np.sqrt(s.t))
    if g.ndim > 1:
        s["r"] = (1 - w) * s.memory.get("r", 0) + w * (g * g).mean(-1, keepdims=True)
        s["c"] = (1 - w) * s.memory.get("c", 0) + w * (g * g).mean(-2, keepdims=True)
        v = s["r"] * s["c"] / np.maximum(s["r"].mean(-2, keepdims=True), eps1)
    else:
        s["v"] = v = (1 - w) * s["v"] + w * g * g
    u = g / np.sqrt(np.maximum(v, eps1**2))
    s.p = s.p - size * u / max(1, rms(u) / d)


CASES = [
    ("SGD", sgd, {}),
    ("SGD", sgd, {"momentum": 0.9}),
    ("SGD", sgd, {"momentum": 0.9, "nesterov": True}),
    ("SGD", sgd, {"momentum": 0.5, "dampening": 0.3}),
    ("Adam", adam, {}),
    ("Adam", adam, {"betas": (0.5, 0.9), "eps": 1e-3}),
    ("Adam", adam, {"amsgrad": True, "betas": (0.9, 0.5)}),
    ("AdamW", adam, {"weight_decay": 0.0}),
    ("NAdam", nadam, {}),
    ("NAdam", nadam, {"momentum_decay": 0.3, "betas": (0.8, 0.95)}),
    ("RAdam", radam, {}),
    ("RAdam", radam, {"betas": (0.7, 0.9)}),
    ("Adamax", adamax, {"betas": (0.8, 0.9)}),
    ("Adagrad", adagrad, {}),
    ("Adagrad", adagrad, {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", adadelta, {"rho": 0.8}),
    ("RMSprop", rmsprop, {}),
    ("RMSprop", rmsprop, {"alpha": 0.8, "momentum": 0.7, "centered": True}),
    ("Rprop", rprop, {}),
    ("Rprop", rprop, {"etas": (0.3, 2.0), "step_sizes": (0.01, 0.05)}),
    ("ASGD", asgd, {"lambd": 0.1}),
    ("ASGD", asgd, {"t0": 2, "alpha": 0.6}),
    ("Adafactor", adafactor, {}),
    ("Adafactor", adafactor, {"beta2_decay": -0.5, "d": 1.5, "eps": (1e-2, 0.1)}),
]
NAMES = [f"{name}-{'-'.join(options) or 'default'}" for name, _, options in CASES]


def problem(shapes=((4, 3), (5,)), steps=STEPS, seed=0):
    rng = np.random.RandomState(seed)
    start = [rng.uniform(0.3, 1.5, shape) for shape in shapes]
    return start, [[rng.standard_normal(shape) for shape in shapes] for _ in range(steps)]


def run(cls, start, grads, dtype="float64", **options):
    params = [flambeau.tensor(x.astype(dtype), requires_grad=True) for x in start]
    optimizer = cls(params, **options)
    for step in grads:
        for param, grad in zip(params, step, strict=True):
            param.grad = None if grad is None else flambeau.tensor(grad.astype(dtype))
        optimizer.step()
    return [param.detach().numpy() for param in params], optimizer


def expected(formula, start, grads, lr, weight_decay=0.0, decoupled=False, sign=1, **options):
    references = [Reference(x) for x in start]
    for step in grads:
        for s, g in zip(references, step, strict=True):
            s.t += 1
            g = sign * g
            if decoupled:
                s.p = s.p * (1 - lr * weight_decay)
            elif weight_decay:
                g = g + weight_decay * s.p
            formula(s, g, lr, **options)
    return [s.p for s in references]


@pytest.mark.parametrize(("name", "formula", "options"), CASES, ids=NAMES)
def test_formula(name, formula, options):
    start, grads = problem()
    got, _ = run(getattr(optim, name), start, grads, lr=0.05, **options)
    wanted = {key: value for key, value in options.items() if key != "weight_decay"}
    for a, b in zip(got, expected(formula, start, grads, 0.05, **wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize(("name", "formula", "options"), CASES, ids=NAMES)
def test_maximize_is_descent_of_minus_the_gradient(name, formula, options, request):
    flambeau.use_deterministic_algorithms(True)         # both compiled, however often each was seen before
    request.addfinalizer(lambda: flambeau.use_deterministic_algorithms(False))
    start, grads = problem()
    up, _ = run(getattr(optim, name), start, grads, lr=0.05, maximize=True, **options)
    down, _ = run(getattr(optim, name), start, [[-g for g in step] for step in grads], lr=0.05, **options)
    for a, b in zip(up, down, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["SGD", "Adam", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "ASGD"])
def test_weight_decay_is_an_l2_penalty(name):
    formula = dict((n, f) for n, f, _ in CASES)[name]
    start, grads = problem()
    got, _ = run(getattr(optim, name), start, grads, lr=0.05, weight_decay=0.3)
    for a, b in zip(got, expected(formula, start, grads, 0.05, weight_decay=0.3), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "formula", "options"),
    [
        ("AdamW", adam, {}),
        ("Adam", adam, {"decoupled_weight_decay": True}),
        ("NAdam", nadam, {"decoupled_weight_decay": True}),
        ("RAdam", radam, {"decoupled_weight_decay": True}),
    ],
)
def test_decoupled_weight_decay_shrinks_the_parameter(name, formula, options):
    start, grads = problem()
    got, _ = run(getattr(optim, name), start, grads, lr=0.05, weight_decay=0.3, **options)
    for a, b in zip(got, expected(formula, start, grads, 0.05, weight_decay=0.3, decoupled=True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_flags_change_nothing(name):
    start, grads = problem(steps=3)
    cls = getattr(optim, name)
    plain, _ = run(cls, start, grads, lr=0.05)
    for flag in ("foreach", "fused", "differentiable"):
        if flag not in cls([flambeau.zeros(1, requires_grad=True)]).defaults:
            continue
        options = {flag: True}
        if flag == "differentiable":  # autograd then follows the parameters, which must not be leaves
            params = [flambeau.tensor(x, requires_grad=True).clone() for x in start]
            optimizer = cls(params, lr=0.05, **options)
            for step in grads:
                for param, grad in zip(params, step, strict=True):
                    param.grad = flambeau.tensor(grad)
                optimizer.step()
            got = [param.detach().numpy() for param in params]
        else:
            got, _ = run(cls, start, grads, lr=0.05, **options)
        for a, b in zip(got, plain, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, err_msg=flag)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES} - {"Adafactor", "Rprop"}))
def test_complex_numbers_are_pairs(name):
    rng = np.random.RandomState(1)
    pairs, grads = rng.standard_normal((4, 2)), rng.standard_normal((5, 4, 2))
    as_complex = lambda x: np.ascontiguousarray(x).view("complex128")[..., 0]
    got, _ = run(getattr(optim, name), [as_complex(pairs)], [[as_complex(g)] for g in grads], "complex128", lr=0.05)
    wanted, _ = run(getattr(optim, name), [pairs], [[g] for g in grads], lr=0.05)
    np.testing.assert_allclose(np.stack([got[0].real, got[0].imag], -1), wanted[0], rtol=1e-12)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES} - {"ASGD", "Adafactor"}))
def test_a_tensor_is_as_good_a_learning_rate(name):
    start, grads = problem(steps=3)
    plain, _ = run(getattr(optim, name), start, grads, lr=0.25)
    got, _ = run(getattr(optim, name), start, grads, lr=flambeau.tensor([0.25]))
    for a, b in zip(got, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_gradients_flow_through_a_differentiable_step():
    """d loss(after two steps) / d lr against a finite difference."""

    def loss_after(lr):
        w = flambeau.tensor([1.0, -2.0], dtype=flambeau.float64, requires_grad=True)
        p = w.clone()
        optimizer = optim.SGD([p], lr=lr, momentum=0.9, differentiable=True)
        for _ in range(2):
            p.grad = 2 * p  # of sum(p**2)
            optimizer.step()
        return (p**2).sum(), w

    lr = flambeau.tensor(0.1, dtype=flambeau.float64, requires_grad=True)
    loss, w = loss_after(lr)
    loss.backward()
    h = 1e-6
    slope = (loss_after(0.1 + h)[0] - loss_after(0.1 - h)[0]).item() / (2 * h)
    assert abs(lr.grad.item() - slope) < 1e-6 * abs(slope)
    # p1 = 0.8 p0, p2 = p1 - 0.1 * (0.9 * 2 p0 + 2 * p1) = 0.46 p0. The buffer begins as a detached copy of the gradient, so
    # what autograd sees is d p1 / d p0 = 1 and d p2 / d p1 = 0.8.
    np.testing.assert_allclose(w.grad.numpy(), 2 * 0.46 * 0.8 * np.array([1.0, -2.0]), rtol=1e-12)


@pytest.mark.parametrize(("name", "_", "options"), CASES, ids=NAMES)
def test_steps_read_no_tensor(name, _, options, monkeypatch):
    """A value that is read makes all that was recorded run."""
    start, grads = problem(steps=4)
    params = [flambeau.tensor(x, requires_grad=True) for x in start]
    optimizer = getattr(optim, name)(params, **options)

    def read(*_):
        raise AssertionError("the step reads a tensor")

    for step in grads:
        for param, grad in zip(params, step, strict=True):
            param.grad = flambeau.tensor(grad)
        with monkeypatch.context() as patch:
            for method in ("item", "__bool__", "__float__", "__int__", "tolist"):
                patch.setattr(flambeau.Tensor, method, read)
            optimizer.step()


def test_muon_orthogonalises():
    """Five iterations bring the singular values that matter to a band around 1, whatever they were."""
    rng = np.random.RandomState(0)
    for shape in ((6, 3), (3, 6), (4, 4)):
        w = flambeau.zeros(shape, requires_grad=True)
        u, _, v = np.linalg.svd(rng.standard_normal(shape), full_matrices=False)
        w.grad = flambeau.tensor((u * np.linspace(1, 0.3, min(shape)) @ v).astype("float32"))
        optim.Muon([w], lr=1.0, weight_decay=0.0, nesterov=False).step()
        ratio = max(1, shape[0] / shape[1]) ** 0.5
        values = np.linalg.svd(-w.detach().numpy() / ratio, compute_uv=False)
        assert (values > 0.6).all() and (values < 1.3).all(), values
        np.testing.assert_allclose(-w.detach().numpy() / ratio, u @ v, atol=0.35)


def test_muon_ratio_and_decay():
    def moved(shape, **options):
        w = flambeau.ones(shape, requires_grad=True)
        w.grad = flambeau.ones(shape)
        optim.Muon([w], lr=0.5, **options).step()
        return w.detach().numpy()

    original, adamw = moved((9, 4), weight_decay=0.0), moved((9, 4), weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    np.testing.assert_allclose((1 - adamw) / (1 - original), 0.2 * 9**0.5 / 1.5, rtol=1e-4)
    np.testing.assert_allclose(original - moved((9, 4), weight_decay=0.2), 0.5 * 0.2, rtol=1e-4)
    np.testing.assert_array_equal(original, moved((9, 4), weight_decay=0.0, adjust_lr_fn="original"))
