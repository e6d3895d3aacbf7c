"""What all optimizers share: groups, hooks, state dicts, closures, errors, copies."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import flambeau
from flambeau import nn, optim
from flambeau.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
    required,
)


def weight(*values, grad=None):
    w = flambeau.tensor(values or (1.0, -2.0), requires_grad=True)
    w.grad = None if grad is None else flambeau.tensor(grad)
    return w


def values(x):
    return x.detach().tolist()


ALL = ["SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "Adafactor", "ASGD", "RMSprop", "Rprop", "Muon"]


def matrices(n=2):
    rng = np.random.RandomState(3)
    return [flambeau.tensor(rng.standard_normal((3, 2)).astype("float32"), requires_grad=True) for _ in range(n)]


def train(optimizer, params, steps, seed=0):
    rng = np.random.RandomState(seed)
    for _ in range(steps):
        for param in params:
            param.grad = flambeau.tensor(rng.standard_normal(tuple(param.shape)).astype("float32"))
        optimizer.step()


class TestGroups:
    def test_options_of_a_group_go_before_the_defaults(self):
        a, b = weight(1.0, grad=[1.0]), weight(1.0, grad=[1.0])
        optimizer = optim.SGD([{"params": [a], "lr": 0.5}, {"params": b}], lr=0.25, momentum=0.9)
        optimizer.step()
        assert values(a) == [0.5] and values(b) == [0.75]
        assert [group["momentum"] for group in optimizer.param_groups] == [0.9, 0.9]
        assert optimizer.defaults["lr"] == 0.25

    def test_add_param_group(self):
        a, b = weight(1.0, grad=[1.0]), weight(1.0, grad=[1.0])
        optimizer = optim.SGD([a], lr=0.5)
        optimizer.add_param_group({"params": (p for p in [b]), "lr": 0.25})
        optimizer.step()
        assert values(a) == [0.5] and values(b) == [0.75]

    def test_named_parameters(self):
        model = nn.Linear(2, 1)
        optimizer = optim.SGD(model.named_parameters(), lr=0.1)
        assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
        assert optimizer.param_groups[0]["params"][1] is model.bias
        state = optimizer.state_dict()
        assert state["param_groups"][0]["param_names"] == ["weight", "bias"]
        with pytest.raises(ValueError, match="all optimizer param groups should be with/without names. cannot add param group without"):
            optimizer.add_param_group({"params": [weight()]})
        with pytest.raises(ValueError, match="Some param names are missing"):
            optim.SGD([("a", weight()), weight()])
        state["param_groups"][0]["param_names"] = ["w", "b"]
        optimizer.load_state_dict(state)
        assert optimizer.param_groups[0]["param_names"] == ["w", "b"]

    def test_duplicates(self):
        w = weight()
        with pytest.warns(UserWarning, match="a parameter group with duplicate parameters"):
            optim.SGD([w, w])
        with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
            optim.SGD([{"params": [w]}, {"params": [w]}])

    def test_errors(self):
        w = weight()
        with pytest.raises(TypeError, match="should be an iterable of Tensors or dicts"):
            optim.SGD(w)
        with pytest.raises(TypeError, match="ordered collections"):
            optim.SGD([{"params": {w}}])
        with pytest.raises(TypeError, match="can only optimize Tensors, but one of the params is float"):
            optim.SGD([1.0])
        with pytest.raises(TypeError, match="param_group must be a dict, but got <class 'list'>"):
            optim.SGD([w]).add_param_group([weight()])
        with pytest.raises(ValueError, match="empty parameter list"):
            optim.SGD([])
        with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
            optim.SGD([w * 2])
        kept = w * 2
        kept.retain_grad()
        optim.SGD([kept])

    def test_required_options(self):
        class Mine(Optimizer):
            def step(self, closure=None):
                return None

        assert repr(required) == "<required parameter>"
        with pytest.raises(ValueError, match="didn't specify a value of required optimization parameter rate"):
            Mine([weight()], {"rate": required})
        assert Mine([{"params": [weight()], "rate": 1}], {"rate": required}).param_groups[0]["rate"] == 1


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("SGD", {"lr": -1}, "Invalid learning rate: -1"),
        ("SGD", {"lr": flambeau.tensor([1.0, 2.0])}, "Tensor lr must be 1-element"),
        ("SGD", {"momentum": -0.5}, "Invalid momentum value: -0.5"),
        ("SGD", {"weight_decay": -0.5}, "Invalid weight_decay value: -0.5"),
        ("SGD", {"nesterov": True}, "Nesterov momentum requires a momentum and zero dampening"),
        ("Adam", {"betas": (1.0, 0.9)}, "Invalid beta parameter at index 0: 1.0"),
        ("Adam", {"betas": (0.9, 1.5)}, "Invalid beta parameter at index 1: 1.5"),
        ("Adam", {"betas": (0.9, 0)}, "betas must be either both floats or both Tensors"),
        ("Adam", {"eps": -1e-8}, "Invalid epsilon value: -1e-08"),
        ("Adam", {"lr": flambeau.tensor(0.1), "foreach": True}, "lr as a Tensor is not supported for capturable=False and foreach=True"),
        ("NAdam", {"momentum_decay": -0.2}, "Invalid momentum_decay value: -0.2"),
        ("Adadelta", {"rho": 1.1}, "Invalid rho value: 1.1"),
        ("Adagrad", {"lr_decay": -0.5}, "Invalid lr_decay value: -0.5"),
        ("RMSprop", {"alpha": -1}, "Invalid alpha value: -1"),
        ("Rprop", {"etas": (1.0, 0.5)}, "Invalid eta values: 1.0, 0.5"),
        ("Adafactor", {"d": 0.5}, "Clipping threshold d should be >= 1 but is: 0.5"),
        ("Adafactor", {"beta2_decay": 0.5}, "beta2_decay should be <= 0 but is: 0.5"),
        ("Adafactor", {"eps": (-1e-30, 1e-3)}, "epsilon1 should be >= 0"),
        ("SparseAdam", {"lr": 0.0}, "Invalid learning rate: 0.0"),
        ("LBFGS", {"lr": -1}, "Invalid learning rate: -1"),
    ],
)
def test_options_are_checked(name, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(optim, name)([weight()], **options)


def test_flags_exclude_one_another():
    for name in ("SGD", "Adam", "AdamW", "Adagrad"):
        with pytest.raises(RuntimeError, match="`fused` does not support `differentiable`"):
            getattr(optim, name)([weight()], fused=True, differentiable=True)
        with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
            getattr(optim, name)([weight()], fused=True, foreach=True)


def test_muon_takes_matrices_only():
    with pytest.raises(ValueError, match="Muon only supports 2D parameters"):
        optim.Muon([weight()])
    with pytest.raises(ValueError, match="Adjust learning rate function arbitrary is not supported"):
        optim.Muon(matrices(), adjust_lr_fn="arbitrary")


class TestStep:
    def test_parameters_without_gradient_stay_and_have_no_state(self):
        a, b = weight(1.0, grad=[1.0]), weight(1.0)
        optimizer = optim.SGD([a, b], lr=1.0, momentum=0.9)
        optimizer.step()
        assert values(a) == [0.0] and values(b) == [1.0] and list(optimizer.state) == [a]
        plain = optim.SGD([a], lr=1.0)
        plain.step()
        assert not plain.state and plain.state_dict()["state"] == {}

    def test_closure(self):
        w = weight(2.0)
        optimizer = optim.SGD([w], lr=0.25)

        def closure():
            optimizer.zero_grad()
            loss = (w**2).sum()
            loss.backward()
            return loss

        with flambeau.no_grad():
            assert optimizer.step(closure).item() == 4.0
        assert values(w) == [1.0] and w.requires_grad and w.is_leaf
        assert optimizer.step() is None

    def test_updates_in_place(self):
        w = weight(grad=[1.0, 1.0])
        view, address, version = w.detach(), w.data_ptr(), w._version
        optim.SGD([w], lr=1.0).step()
        assert view.tolist() == [0.0, -3.0] and w.data_ptr() == address and w._version > version

    def test_zero_grad(self):
        a, b = weight(grad=[1.0, 1.0]), weight()
        optimizer = optim.SGD([a, b])
        held = a.grad
        optimizer.zero_grad(set_to_none=False)
        assert a.grad is held and held.tolist() == [0.0, 0.0] and b.grad is None
        optimizer.zero_grad()
        assert a.grad is None

    def test_a_zero_gradient_is_not_a_missing_one(self):
        w = weight(1.0, grad=[1.0])
        optimizer = optim.SGD([w], lr=1.0, momentum=0.5)
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        optimizer.step()
        assert values(w) == [-0.5]
        optimizer.zero_grad()
        optimizer.step()
        assert values(w) == [-0.5]

    def test_tied_parameters_step_once(self):
        w = weight(1.0, grad=[1.0])
        with pytest.warns(UserWarning, match="duplicate"):
            optim.SGD([w, w], lr=0.25).step()
        assert values(w) == [0.5]  # listed twice they step twice
        model = nn.Module()
        model.a = model.b = nn.Parameter(flambeau.ones(1))
        model.a.grad = flambeau.ones(1)
        optim.SGD(model.parameters(), lr=0.25).step()
        assert values(model.b) == [0.75]

    def test_learning_rates_may_change_between_steps(self):
        w = weight(1.0, grad=[1.0])
        optimizer = optim.SGD([w], lr=0.5)
        optimizer.step()
        optimizer.param_groups[0]["lr"] = 0.0
        optimizer.step()
        assert values(w) == [0.5]

    def test_base_class_has_no_step(self):
        with pytest.raises(NotImplementedError):
            Optimizer([weight()], {}).step()

    def test_scaled_gradients_of_a_fused_optimizer(self):
        """GradScaler hands its scale and what it found to optimizers that say they can."""
        w = weight(1.0, grad=[8.0])
        optimizer = optim.SGD([w], lr=1.0, fused=True)
        assert optimizer._step_supports_amp_scaling and not hasattr(optim.SGD([w]), "_step_supports_amp_scaling")
        optimizer.grad_scale, optimizer.found_inf = flambeau.tensor(16.0), flambeau.tensor(1.0)
        optimizer.step()
        assert values(w) == [1.0]
        optimizer.found_inf = flambeau.tensor(0.0)
        optimizer.step()
        assert values(w) == [0.5]


class TestCounts:
    """Step counts are tensors, mirrored as numbers."""

    def test_step_is_a_tensor_that_counts(self):
        params = matrices()
        optimizer = optim.Adam(params)
        train(optimizer, params, 3)
        step = optimizer.state[params[0]]["step"]
        assert step.dtype == flambeau.float32 and step.shape == () and step.item() == 3.0

    @pytest.mark.parametrize("change", ["fill", "replace", "load"])
    def test_a_count_that_somebody_else_sets_counts(self, change):
        params = matrices(1)
        optimizer = optim.Adam(params, lr=0.1)
        train(optimizer, params, 1)
        state = optimizer.state[params[0]]
        if change == "fill":
            state["step"].fill_(100.0)
        elif change == "replace":
            state["step"] = flambeau.tensor(100.0)
        else:
            saved = copy.deepcopy(optimizer.state_dict())
            saved["state"][0]["step"] = flambeau.tensor(100.0)
            optimizer.load_state_dict(saved)
        before = params[0].detach().numpy().copy()
        train(optimizer, params, 1)
        state = optimizer.state[params[0]]
        m, v = state["exp_avg"].numpy() / (1 - 0.9**101), state["exp_avg_sq"].numpy() / (1 - 0.999**101)
        np.testing.assert_allclose(before - params[0].detach().numpy(), 0.1 * m / np.sqrt(v), rtol=1e-4)
        assert state["step"].item() == 101

    def test_counts_follow_the_default_dtype(self):
        flambeau.set_default_dtype(flambeau.float64)
        try:
            w = weight(1.0, grad=[1.0])
            wide, fused = optim.Adam([w]), optim.Adam([w], fused=True)
            wide.step()
            fused.step()
        finally:
            flambeau.set_default_dtype(flambeau.float32)
        assert wide.state[w]["step"].dtype == flambeau.float64
        assert fused.state[w]["step"].dtype == flambeau.float32

    def test_in_inference_mode(self):
        w = weight(1.0, grad=[1.0])
        other = weight(1.0, grad=[1.0])
        inside, outside = optim.Adam([w], lr=0.1), optim.Adam([other], lr=0.1)
        for _ in range(3):
            with flambeau.inference_mode():
                inside.step()
            outside.step()
        assert values(w) == values(other)


class TestHooks:
    def test_step_hooks_and_their_order(self):
        calls = []
        w = weight(1.0, grad=[1.0])
        optimizer = optim.SGD([w], lr=0.5)
        handles = [
            register_optimizer_step_pre_hook(lambda o, a, k: calls.append("global pre")),
            register_optimizer_step_post_hook(lambda o, a, k: calls.append("global post")),
            optimizer.register_step_pre_hook(lambda o, a, k: calls.append(("pre", o is optimizer, w.item()))),
            optimizer.register_step_post_hook(lambda o, a, k: calls.append(("post", len(a), w.item()))),
        ]
        optimizer.step()
        assert calls == ["global pre", ("pre", True, 1.0), ("post", 1, 0.5), "global post"]
        for handle in handles:
            handle.remove()
        optimizer.step()
        assert len(calls) == 4

    def test_a_pre_hook_may_change_the_arguments(self):
        optimizer = optim.SGD([weight()])
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o,), {"closure": lambda: "loss"}))
        assert optimizer.step() == "loss"
        optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
        with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\), but got 3"):
            optimizer.step()

    def test_state_dict_hooks(self):
        calls = []
        optimizer = optim.SGD([weight()])
        optimizer.register_state_dict_pre_hook(lambda o: calls.append("second"))
        optimizer.register_state_dict_pre_hook(lambda o: calls.append("first"), prepend=True)
        optimizer.register_state_dict_post_hook(lambda o, d: d.update(mine=1))
        optimizer.register_state_dict_post_hook(lambda o, d: {**d, "yours": d["mine"] + 1})
        state = optimizer.state_dict()
        assert calls == ["first", "second"] and state["mine"] == 1 and state["yours"] == 2

    def test_load_state_dict_hooks(self):
        calls = []
        optimizer = optim.SGD([weight()], lr=0.5)
        saved = optimizer.state_dict()

        def adapt(o, d):
            d["param_groups"] = [{**d["param_groups"][0], "lr": 0.25}]

        optimizer.register_load_state_dict_pre_hook(adapt)
        optimizer.register_load_state_dict_post_hook(lambda o: calls.append(o.param_groups[0]["lr"]))
        optimizer.register_load_state_dict_post_hook(lambda o: calls.append("first"), prepend=True)
        optimizer.load_state_dict(saved)
        assert calls == ["first", 0.25] and saved["param_groups"][0]["lr"] == 0.5

    def test_hooks_of_a_class_that_defines_its_step(self):
        class Mine(Optimizer):
            def __init__(self, params):
                super().__init__(params, {"lr": 1.0})

            def step(self, closure=None):
                """Mine."""
                return "stepped"

        optimizer = Mine([weight()])
        seen = []
        optimizer.register_step_post_hook(lambda o, a, k: seen.append(o))
        assert optimizer.step() == "stepped" and seen == [optimizer] and Mine.step.__doc__ == "Mine."
        Mine([weight()])
        optimizer.step()
        assert len(seen) == 2


class TestStateDict:
    def test_layout(self):
        params = matrices()
        optimizer = optim.Adam([{"params": params[:1]}, {"params": params[1:], "lr": 0.5}], betas=(0.5, 0.75))
        train(optimizer, params[1:], 2)
        state = optimizer.state_dict()
        assert list(state) == ["state", "param_groups"]
        assert list(state["state"]) == [1] and list(state["state"][1]) == ["step", "exp_avg", "exp_avg_sq"]
        assert state["state"][1]["exp_avg"] is optimizer.state[params[1]]["exp_avg"]
        first, second = state["param_groups"]
        assert first["params"] == [0] and second["params"] == [1] and second["lr"] == 0.5
        assert list(first) == [
            "lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "foreach", "capturable", "differentiable", "fused",
            "decoupled_weight_decay", "params",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", ALL)
    def test_going_on_is_going_on(self, name):
        """Train 2 + 3 steps through a state dict, and 5 at once: the same bits."""
        whole, halves = matrices(), matrices()
        one, first = getattr(optim, name)(whole), getattr(optim, name)(halves)
        train(one, whole, 2)
        train(first, halves, 2)
        second = getattr(optim, name)(halves)
        second.load_state_dict(copy.deepcopy(first.state_dict()))
        train(one, whole, 3, seed=1)
        train(second, halves, 3, seed=1)
        for a, b in zip(whole, halves, strict=True):
            np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())

    @pytest.mark.parametrize("name", [*ALL, "LBFGS"])
    @pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"])
    def test_copies_go_on_alike(self, name, how):
        params = matrices()
        optimizer = getattr(optim, name)(params)

        def steps(optimizer, params, count):
            if name != "LBFGS":
                return train(optimizer, params, count)

            def closure():
                optimizer.zero_grad()
                loss = sum(((p - 1) ** 4).sum() for p in params)
                loss.backward()
                return loss

            for _ in range(count):
                optimizer.step(closure)

        steps(optimizer, params, 2)
        other_params, other = how((params, optimizer))
        assert other.param_groups[0]["params"][0] is other_params[0] and other_params[0] is not params[0]
        steps(optimizer, params, 2)
        steps(other, other_params, 2)
        for a, b in zip(params, other_params, strict=True):
            np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())

    def test_state_takes_the_dtype_of_its_parameter_but_counts_do_not(self):
        w = weight(1.0, grad=[1.0])
        optimizer = optim.Adam([w])
        optimizer.step()
        half = flambeau.ones(1, dtype=flambeau.float16, requires_grad=True)
        for options, kept in (({}, True), ({"fused": True}, False)):
            saved = copy.deepcopy(optimizer.state_dict())
            saved["param_groups"][0].update(options)
            saved["state"][0]["step"] = flambeau.tensor(3.0, dtype=flambeau.float64)
            other = optim.Adam([half])
            other.load_state_dict(saved)
            assert other.state[half]["exp_avg"].dtype == flambeau.float16
            assert other.state[half]["step"].dtype == (flambeau.float64 if kept else flambeau.float32)

    def test_what_fits_is_not_copied(self):
        w = weight(1.0, grad=[1.0])
        optimizer = optim.Adam([w])
        optimizer.step()
        other = optim.Adam([w])
        other.load_state_dict(optimizer.state_dict())
        assert other.state[w]["exp_avg"] is optimizer.state[w]["exp_avg"]
        assert other.param_groups[0] is not optimizer.param_groups[0]

    def test_state_of_no_parameter_is_kept(self):
        w = weight()
        optimizer = optim.SGD([w])
        optimizer.load_state_dict({**optimizer.state_dict(), "state": {"mine": 3, 0: {"a": [flambeau.ones(1), None], "b": {"c": 1}}}})
        assert optimizer.state["mine"] == 3
        assert optimizer.state[w]["a"][0].tolist() == [1.0] and optimizer.state[w]["b"] == {"c": 1}
        assert optimizer.state_dict()["state"]["mine"] == 3

    def test_mismatch(self):
        one, two = optim.SGD([weight()]), optim.SGD([weight(), weight()])
        with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
            two.load_state_dict(one.state_dict())
        two.add_param_group({"params": [weight()]})
        with pytest.raises(ValueError, match="different number of parameter groups"):
            two.load_state_dict(one.state_dict())

    def test_state_of_earlier_versions(self):
        """Counts were numbers, and options were fewer."""
        w = weight(1.0, grad=[1.0])
        optimizer = optim.NAdam([w])
        optimizer.step()
        saved = copy.deepcopy(optimizer.state_dict())
        for name in ("foreach", "maximize", "capturable", "differentiable", "decoupled_weight_decay"):
            del saved["param_groups"][0][name]
        for name in ("step", "mu_product"):
            saved["state"][0][name] = saved["state"][0][name].item()
        twin = weight(*values(w), grad=[1.0])
        other = optim.NAdam([twin])
        other.load_state_dict(saved)
        assert other.param_groups[0]["foreach"] is None and other.state[twin]["step"].item() == 1.0
        optimizer.step()
        other.step()
        assert values(w) == values(twin)

    def test_adamw_stays_adamw(self):
        w = weight()
        optimizer = optim.AdamW([w])
        optimizer.load_state_dict(optim.Adam([w]).state_dict())
        assert optimizer.param_groups[0]["decoupled_weight_decay"] is True


def test_repr():
    optimizer = optim.SGD([{"params": [weight()]}, {"params": [weight()], "lr": 0.5}], lr=0.1, momentum=0.9)
    group = (
        "Parameter Group {}\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n    lr: {}\n"
        "    maximize: False\n    momentum: 0.9\n    nesterov: False\n    weight_decay: 0\n"
    )
    assert repr(optimizer) == "SGD (\n" + group.format(0, 0.1) + "\n" + group.format(1, 0.5) + ")"


def test_adagrad_has_state_from_the_start():
    w = weight()
    optimizer = optim.Adagrad([w], initial_accumulator_value=0.5)
    assert optimizer.state[w]["sum"].tolist() == [0.5, 0.5] and optimizer.state[w]["step"].item() == 0
    z = flambeau.zeros(1, dtype=flambeau.complex64, requires_grad=True)
    assert optim.Adagrad([z], initial_accumulator_value=0.5).state[z]["sum"].tolist() == [0.5 + 0.5j]


def test_swap_in_optimizer_params_and_state():
    params, others = matrices(), matrices()
    optimizer = optim.Adam(params)
    with pytest.raises(RuntimeError, match="requires initialized optimizer state"):
        with optim.swap_in_optimizer_params_and_state(optimizer, {}, optimizer.state_dict()):
            pass
    train(optimizer, params, 1)
    before, state = values(params[0]), copy.deepcopy(optimizer.state_dict())
    own = optimizer.state
    with optim.swap_in_optimizer_params_and_state(optimizer, dict(enumerate(others)), state):
        train(optimizer, others, 1)
    assert values(params[0]) == before and optimizer.state is own and optimizer.param_groups[0]["params"] == params
    assert own[params[0]]["step"].item() == 1 and state["state"][0]["step"].item() == 2
    train(optimizer, params, 1)
    assert values(params[0]) != values(others[0])
    with pytest.raises(RuntimeError, match="1 parameters were given, the optimizer has 2"):
        with optim.swap_in_optimizer_params_and_state(optimizer, {"a": others[0]}, state):
            pass
    state["param_groups"][0]["more"] = 1
    with pytest.raises(RuntimeError, match=r"Keys only in swap-in: \['more'\]"):
        with optim.swap_in_optimizer_params_and_state(optimizer, dict(enumerate(others)), state):
            pass


def test_a_model_learns():
    """Least squares by every optimizer, with the rate that suits it."""
    rng = np.random.RandomState(0)
    x = flambeau.tensor(rng.standard_normal((64, 3)).astype("float32"))
    y = x @ flambeau.tensor([[1.0, -1.0], [2.0, 0.5], [-0.5, 1.0]])
    rates = {"SGD": 0.2, "Adadelta": 20, "Adagrad": 0.5, "ASGD": 0.2, "Rprop": 0.01, "Adafactor": 0.3, "RAdam": 0.2}
    for name in ALL:
        w = flambeau.zeros(3, 2, requires_grad=True)
        optimizer = getattr(optim, name)([w], lr=rates.get(name, 0.05))
        for _ in range(250):
            loss = ((x @ w - y) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert loss.item() < 0.05, (name, loss.item())


def test_no_warning_in_ordinary_use():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        params = matrices()
        for name in ALL:
            train(getattr(optim, name)(params), params, 1)
