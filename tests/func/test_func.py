"""torch.func: derivatives against formulas, nesting, structures, and the refusals."""
import pytest

import flambeau as torch
from flambeau.func import (
    functional_call,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    replace_all_batch_norm_modules_,
    stack_module_state,
    vjp,
    vmap,
)

X = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])


def close(a, b):
    torch.testing.assert_close(a, b if isinstance(b, torch.Tensor) else torch.tensor(b), rtol=1e-5, atol=1e-6)


class TestGrad:
    def test_formula(self):
        close(grad(lambda x: (x**3).sum())(X), 3 * X**2)

    def test_value_and_aux(self):
        gradient, value = grad_and_value(lambda x: (x**2).sum())(X)
        close(gradient, 2 * X)
        assert value.item() == 55 and not value.requires_grad
        gradient, aux = grad(lambda x: ((x**2).sum(), {"x": x + 1}), has_aux=True)(X)
        close(aux["x"], X + 1)
        assert not aux["x"].requires_grad
        _, (value, aux) = grad_and_value(lambda x: (x.sum(), x), has_aux=True)(X)
        assert value.item() == 15

    def test_argnums(self):
        def f(a, b):
            return (a**2 * b).sum()
        close(grad(f, 1)(X, X), X**2)
        both = grad(f, (0, -1))(X, X + 1)
        assert isinstance(both, tuple)
        close(both[0], 2 * X * (X + 1))

    def test_structures(self):
        found = grad(lambda d: (d["a"] ** 2).sum() + 3 * d["b"][0].sum())({"a": X, "b": [X]})
        close(found["a"], 2 * X)
        close(found["b"][0], torch.full_like(X, 3))

    @pytest.mark.parametrize("order, expected", [(1, 32.0), (2, 48.0), (3, 48.0), (4, 24.0), (5, 0.0)])
    def test_higher_orders(self, order, expected):
        f = lambda x: x**4
        for _ in range(order):
            f = grad(f)
        assert f(torch.tensor(2.0)).item() == expected

    def test_what_is_outside_keeps_its_graph(self):
        w = torch.tensor(2.0, requires_grad=True)
        g = grad(lambda x: (w * x**2).sum())(X)
        assert g.requires_grad
        assert torch.autograd.grad(g.sum(), w)[0].item() == (2 * X).sum().item()
        assert not grad(lambda x: (x**2).sum() + w)(X).requires_grad
        with torch.no_grad():
            assert not grad(lambda x: (w * x**2).sum())(X).requires_grad
        y = torch.tensor(3.0, requires_grad=True)
        (second,) = torch.autograd.grad(grad(lambda x: x**3)(y), y)
        assert second.item() == 18 and y.grad is None

    def test_no_grad_inside_is_a_constant(self):
        def f(x):
            with torch.no_grad():
                c = x**2
            return (x * c).sum()
        close(grad(f)(X), X**2)

    @pytest.mark.parametrize("f, args, message", [
        (lambda x: x, (X,), "scalar Tensor, got tensor with 2 dims"),
        (lambda x: 3, (X,), "return a Tensor, got <class 'int'>"),
        (lambda x: x.sum(), (2,), "Expected tensors, got unsupported type <class 'int'>"),
        (lambda x: x.sum(), (torch.arange(3),), "floating point"),
    ])
    def test_refusals(self, f, args, message):
        with pytest.raises(RuntimeError, match=message):
            grad(f)(*args)

    def test_refused_argnums(self):
        for argnums, message in ((1, "Got argnum=1, but only 1"), ((0, 0), "unique"), ((), "non-empty")):
            with pytest.raises(RuntimeError, match=message):
                grad(lambda x: x.sum(), argnums)(X)
        with pytest.raises(RuntimeError, match="output, aux"):
            grad(lambda x: x.sum(), has_aux=True)(X)


class TestProducts:
    def test_vjp(self):
        value, product = vjp(torch.sin, X)
        close(value, X.sin())
        for _ in range(2):                           # as often as one likes
            close(product(X)[0], X * X.cos())
        with pytest.raises(RuntimeError, match="pytree structure"):
            product((X, X))
        with pytest.raises(RuntimeError, match="shape"):
            product(X[0])

    def test_vjp_structures(self):
        value, product, aux = vjp(lambda a, b: ({"s": a * b, "t": a.sum()}, b), X, X + 1, has_aux=True)
        close(aux, X + 1)
        by_a, by_b = product({"s": torch.ones_like(X), "t": torch.tensor(10.0)})
        close(by_a, X + 11)
        close(by_b, X)

    def test_jvp(self):
        value, derivative = jvp(lambda a, b: {"m": a.sin() * b}, (X, X), (X, torch.ones_like(X)))
        close(value["m"], X.sin() * X)
        close(derivative["m"], X.cos() * X * X + X.sin())
        _, derivative = jvp(lambda a: torch.ones(2), (X,), (X,))
        close(derivative, [0.0, 0.0])

    def test_jvp_refusals(self):
        with pytest.raises(RuntimeError, match="primals to be a tuple"):
            jvp(torch.sin, X, X)
        with pytest.raises(RuntimeError, match="same python structure"):
            jvp(torch.sin, (X,), (X, X))
        with pytest.raises(RuntimeError, match="independent"):
            jvp(lambda a: torch.ones(2), (X,), (X,), strict=True)

    def test_linearize(self):
        value, product = linearize(lambda a: a**2, X)
        close(value, X**2)
        close(product(torch.ones_like(X)), 2 * X)
        close(product(X), 2 * X * X)


class TestMatrices:
    @pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
    def test_formula(self, jacobian):
        a = torch.randn(4, 3)
        close(jacobian(lambda x: a @ x)(X[1]), a)
        found = jacobian(lambda x, y: {"o": (x * y).sum(0)}, argnums=(0, 1))(X, X + 1)["o"]
        assert isinstance(found, tuple) and found[0].shape == (3, 2, 3)
        close(found[0][1, :, 1], X[:, 1] + 1)
        close(found[1][1, :, 2], [0.0, 0.0])

    def test_aux(self):
        matrix, aux = jacrev(lambda x: (x * 2, x + 1), has_aux=True)(X[0])
        close(matrix, 2 * torch.eye(3))
        close(aux, X[0] + 1)

    def test_hessian(self):
        a = torch.randn(3, 3)
        close(hessian(lambda x: x @ a @ x)(X[1]), a + a.T)
        blocks = hessian(lambda x, y: (x**2 * y).sum(), argnums=(0, 1))(X[0], X[1])
        close(blocks[0][1], torch.diag(2 * X[0]))
        close(blocks[1][1], torch.zeros(3, 3))

    def test_refused_chunks(self):
        with pytest.raises(ValueError, match="chunk_size"):
            jacrev(torch.sin, chunk_size=0)


class TestVmap:
    def test_formula(self):
        close(vmap(torch.dot)(X, X), (X * X).sum(1))
        close(vmap(torch.dot, in_dims=(None, 0))(X[0], X), X @ X[0])
        close(vmap(lambda c: c * 2, in_dims=1, out_dims=1)(X), X * 2)
        close(vmap(vmap(torch.dot, (None, 0)), (0, None))(X, X), X @ X.T)

    def test_structures(self):
        found = vmap(lambda d, k: {"s": d["x"].sum() * k, "x": (d["x"],)}, in_dims=({"x": 0}, None))({"x": X}, 2)
        close(found["s"], 2 * X.sum(1))
        a, b = vmap(lambda x: (x, x.sum()), out_dims=(1, 0))(X)
        close(a, X.T)
        close(b, X.sum(1))

    def test_with_derivatives(self):
        close(vmap(grad(lambda x: (x**3).sum()))(X), 3 * X**2)
        close(grad(lambda x: vmap(lambda r: (r**3).sum())(x).sum())(X), 3 * X**2)

    def test_gradients_for_each_sample(self):
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2)
        parameters = {name: p.detach() for name, p in model.named_parameters()}
        found = vmap(grad(lambda p, x, y: ((functional_call(model, p, (x,)) - y) ** 2).sum()), in_dims=(None, 0, 0))(parameters, X, torch.ones(2, 2))
        for k in range(2):
            model.zero_grad()
            ((model(X[k]) - 1) ** 2).sum().backward()
            close(found["weight"][k], model.weight.grad)
            close(found["bias"][k], model.bias.grad)

    def test_random_numbers(self):
        with pytest.raises(RuntimeError, match="randomness"):
            vmap(torch.rand_like)(X)
        same, different = (vmap(torch.rand_like, randomness=r)(X) for r in ("same", "different"))
        assert torch.equal(same[0], same[1]) and not torch.equal(different[0], different[1])
        with pytest.raises(RuntimeError, match="Only allowed values"):
            vmap(torch.sin, randomness="often")

    @pytest.mark.parametrize("arguments, args, message", [
        ({"in_dims": 2}, (X,), "Got in_dim=2"),
        ({}, (3,), "non-Tensor"),
        ({"in_dims": None}, (X,), "in_dims"),
        ({}, (X, torch.ones(4)), r"same size in the mapped dimension, got sizes \[2, 4\]"),
        ({"in_dims": (0, 0)}, (X,), "not compatible"),
        ({}, (), "no inputs"),
        ({}, (torch.ones(0, 2),), "size 0"),
    ])
    def test_refused_inputs(self, arguments, args, message):
        with pytest.raises(ValueError, match=message):
            vmap(lambda *a: a[0], **arguments)(*args)

    def test_refused_outputs(self):
        with pytest.raises(ValueError, match="must only return Tensors, got type <class 'int'>"):
            vmap(lambda x: 3)(X)
        with pytest.raises(ValueError, match="chunk_size"):
            vmap(torch.sin, chunk_size=0)


def test_stacked_modules():
    torch.manual_seed(0)
    models = [torch.nn.Linear(3, 2) for _ in range(3)]
    parameters, buffers = stack_module_state(models)
    assert parameters["weight"].shape == (3, 2, 3) and parameters["weight"].is_leaf and parameters["weight"].requires_grad and buffers == {}
    found = vmap(lambda p, b, x: functional_call(models[0], (p, b), (x,)), in_dims=(0, 0, None))(parameters, buffers, X)
    close(found, torch.stack([m(X) for m in models]))
    with pytest.raises(RuntimeError, match="at least one"):
        stack_module_state([])
    with pytest.raises(RuntimeError, match="same class"):
        stack_module_state([models[0], torch.nn.ReLU()])


def test_batch_norm_without_statistics():
    model = replace_all_batch_norm_modules_(torch.nn.Sequential(torch.nn.BatchNorm1d(3)))
    assert model[0].running_mean is None and not model[0].track_running_stats
    assert model.eval()(X).shape == X.shape
