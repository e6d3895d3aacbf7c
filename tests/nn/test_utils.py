"""nn.utils: clipping, vectors, normalised weights, parametrizations, pruning, fusion, stateless calls, summaries, statistics."""

import copy
import math

import numpy as np
import pytest

import flambeau
from flambeau import nn
from flambeau.nn import utils
from flambeau.nn.utils import parametrizations, parametrize, prune, stateless


def close(got, expected, tolerance=1e-5):
    np.testing.assert_allclose(got.detach().numpy(), np.asarray(expected), rtol=tolerance, atol=tolerance)


def with_gradients(*gradients):
    parameters = []
    for gradient in gradients:
        parameter = nn.Parameter(flambeau.zeros(len(gradient)))
        parameter.grad = flambeau.tensor(gradient)
        parameters.append(parameter)
    return parameters


class TestClipping:
    def test_norm(self):
        parameters = with_gradients([3.0], [0.0, 4.0])
        assert utils.clip_grad_norm_(parameters, 1.0).item() == pytest.approx(5)
        close(parameters[1].grad, [0, 0.8])
        assert utils.clip_grad_norm_(parameters, 2.0).item() == pytest.approx(1, rel=1e-4)
        close(parameters[0].grad, [0.6])
        assert utils.clip_grad_norm_(with_gradients([3.0, -4.0]), 1, norm_type=math.inf).item() == 4
        assert utils.clip_grad_norm_(with_gradients([3.0, -4.0])[0], 1, norm_type=1).item() == 7
        assert utils.clip_grad_norm_([nn.Parameter(flambeau.ones(1))], 1).item() == 0

    def test_not_finite(self):
        with pytest.raises(RuntimeError, match="non-finite"):
            utils.clip_grad_norm_(with_gradients([math.inf]), 1, error_if_nonfinite=True)
        assert math.isnan(utils.get_total_norm([flambeau.tensor([math.nan])]).item())

    def test_value(self):
        parameters = with_gradients([3.0, -4.0, 0.5])
        utils.clip_grad_value_(parameters, 1)
        assert parameters[0].grad.tolist() == [1, -1, 0.5]

    def test_warnings(self):
        with pytest.warns(UserWarning, match="empty generator"):
            utils.clip_grad_norm_((p for p in []), 1)
        with pytest.warns(FutureWarning):
            utils.clip_grad_norm(with_gradients([1.0]), 1)


def test_vectors():
    model = nn.Linear(2, 2)
    vector = utils.parameters_to_vector(model.parameters())
    close(vector, np.concatenate([model.weight.detach().numpy().ravel(), model.bias.detach().numpy()]))
    utils.vector_to_parameters(flambeau.arange(6.0), model.parameters())
    assert model.weight.tolist() == [[0, 1], [2, 3]] and model.bias.tolist() == [4, 5]
    with pytest.raises(TypeError):
        utils.vector_to_parameters([1.0], model.parameters())


class TestParametrize:
    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, x):
            return x.triu()

    class Double(nn.Module):
        def forward(self, x):
            return 2 * x

    def test_computed_at_each_use(self):
        layer = nn.Linear(3, 3)
        parametrize.register_parametrization(layer, "weight", self.Symmetric())
        assert type(layer).__name__ == "ParametrizedLinear" and isinstance(layer, nn.Linear)
        close(layer.weight, layer.weight.t().detach().numpy())
        assert [name for name, _ in layer.named_parameters()] == ["bias", "parametrizations.weight.original"]
        assert parametrize.is_parametrized(layer, "weight") and not parametrize.is_parametrized(layer, "bias")
        assert parametrize.type_before_parametrizations(layer) is nn.Linear
        layer(flambeau.ones(1, 3)).sum().backward()
        assert layer.parametrizations.weight.original.grad is not None
        with parametrize.cached():
            assert layer.weight is layer.weight
        assert layer.weight is not layer.weight

    def test_assignment(self):
        layer = nn.Linear(2, 2)
        parametrize.register_parametrization(layer, "weight", self.Symmetric())
        layer.weight = flambeau.tensor([[1.0, 2.0], [2.0, 3.0]])
        assert layer.weight.tolist() == [[1, 2], [2, 3]] and layer.parametrizations.weight.original.tolist() == [[1, 2], [0, 3]]

    def test_several_and_removal(self):
        layer = nn.Linear(2, 2)
        first = layer.weight
        before = first.detach().clone()
        parametrize.register_parametrization(layer, "weight", self.Double())
        parametrize.register_parametrization(layer, "weight", self.Double())
        close(layer.weight, 4 * before.numpy())
        with pytest.raises(RuntimeError, match="does not implement right_inverse"):
            layer.weight = before
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
        assert type(layer) is nn.Linear and layer.weight is first and not hasattr(layer, "parametrizations")
        parametrize.register_parametrization(layer, "weight", self.Double())
        parametrize.remove_parametrizations(layer, "weight")
        close(layer.weight, 2 * before.numpy())
        assert list(layer.state_dict()) == ["bias", "weight"]

    def test_copies(self):
        layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", self.Double())
        twin = copy.deepcopy(layer)
        with flambeau.no_grad():
            twin.parametrizations.weight.original.zero_()
        assert twin.weight.abs().sum().item() == 0 and layer.weight.abs().sum().item() > 0
        with pytest.raises(RuntimeError, match="state_dict"):
            layer.__getstate__()
        other = nn.Linear(2, 2)
        parametrize.transfer_parametrizations_and_params(layer, other)
        assert flambeau.equal(other.weight, layer.weight)

    @pytest.mark.parametrize("make, says", [
        (lambda x: x[:1], "change the shape"), (lambda x: x.double(), "change the dtype"), (lambda x: 3, "must return a tensor"),
    ])
    def test_what_it_may_not_return(self, make, says):
        class Wrong(nn.Module):
            def forward(self, x):
                return make(x)

        with pytest.raises(ValueError, match=says):
            parametrize.register_parametrization(nn.Linear(2, 2), "weight", Wrong())
        with pytest.raises(ValueError, match="does not have a parameter"):
            parametrize.register_parametrization(nn.Linear(2, 2), "nothing", self.Double())

    def test_weight_norm(self):
        layer = parametrizations.weight_norm(nn.Linear(3, 2))
        first = layer.weight.detach().numpy()
        close(layer.parametrizations.weight.original0, np.linalg.norm(first, axis=1, keepdims=True))
        with flambeau.no_grad():
            layer.parametrizations.weight.original0.fill_(2)
        close(layer.weight, 2 * first / np.linalg.norm(first, axis=1, keepdims=True))
        with pytest.warns(FutureWarning):
            old = utils.weight_norm(nn.Linear(3, 2))
        layer.load_state_dict(old.state_dict())
        close(layer.weight, old.weight.detach().numpy())

    def test_spectral_norm(self):
        layer = parametrizations.spectral_norm(nn.Linear(4, 3), n_power_iterations=20)
        layer(flambeau.ones(1, 4))
        assert np.linalg.norm(layer.weight.detach().numpy(), 2) == pytest.approx(1, abs=1e-3)
        assert list(layer.state_dict()) == [
            "bias", "parametrizations.weight.original", "parametrizations.weight.0._u", "parametrizations.weight.0._v"]
        for options, error in (({"n_power_iterations": 0}, ValueError), ({"dim": 5}, IndexError), ({"name": "nothing"}, ValueError)):
            with pytest.raises(error):
                parametrizations.spectral_norm(nn.Linear(4, 3), **options)

    @pytest.mark.parametrize("orthogonal_map", ["matrix_exp", "cayley", "householder"])
    @pytest.mark.parametrize("sizes", [(3, 3), (3, 5), (5, 3)])
    @pytest.mark.parametrize("use_trivialization", [True, False])
    def test_orthogonal(self, orthogonal_map, sizes, use_trivialization):
        layer = parametrizations.orthogonal(
            nn.Linear(*sizes), orthogonal_map=orthogonal_map, use_trivialization=use_trivialization)
        weight = layer.weight.detach().numpy()
        product = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
        np.testing.assert_allclose(product, np.eye(min(sizes)), atol=1e-5)
        layer(flambeau.ones(1, sizes[0])).sum().backward()
        if use_trivialization or orthogonal_map == "householder":
            target = nn.init.orthogonal_(flambeau.empty(sizes[1], sizes[0]))
            layer.weight = target
            close(layer.weight, target.numpy(), 1e-4)

    def test_orthogonal_errors(self):
        with pytest.raises(ValueError, match="orthogonal_map has to be"):
            parametrizations.orthogonal(nn.Linear(2, 2), orthogonal_map="qr")
        with pytest.raises(ValueError, match="Expected a matrix"):
            parametrizations.orthogonal(nn.Linear(2, 2), "bias")


class TestOldNormalisations:
    def test_weight_norm(self):
        with pytest.warns(FutureWarning):
            layer = utils.weight_norm(nn.Linear(3, 2), dim=None)
        assert sorted(layer._parameters) == ["bias", "weight_g", "weight_v"] and layer.weight_g.shape == ()
        with flambeau.no_grad():
            layer.weight_g.fill_(1)
        layer(flambeau.ones(1, 3))
        assert np.linalg.norm(layer.weight.detach().numpy()) == pytest.approx(1)
        with pytest.warns(FutureWarning), pytest.raises(RuntimeError, match="two weight_norm hooks"):
            utils.weight_norm(layer)
        utils.remove_weight_norm(layer)
        assert isinstance(layer.weight, nn.Parameter) and sorted(layer._parameters) == ["bias", "weight"]
        with pytest.raises(ValueError, match="not found"):
            utils.remove_weight_norm(layer)

    def test_spectral_norm(self):
        layer = utils.spectral_norm(nn.Linear(4, 3), n_power_iterations=50)
        layer(flambeau.ones(1, 4))
        assert np.linalg.norm(layer.weight.detach().numpy(), 2) == pytest.approx(1, abs=1e-3)
        state = layer.state_dict()
        assert list(state) == ["bias", "weight_orig", "weight_u", "weight_v"]
        assert state._metadata[""]["spectral_norm"] == {"weight.version": 1}
        utils.spectral_norm(nn.Linear(4, 3)).load_state_dict(state)
        with pytest.raises(RuntimeError, match="two spectral_norm hooks"):
            utils.spectral_norm(layer)
        weight = layer.eval()(flambeau.eye(4)) - layer.bias
        utils.remove_spectral_norm(layer)
        close(layer.weight, weight.t().detach().numpy())
        assert not layer._state_dict_hooks and not layer._load_state_dict_pre_hooks


class TestPruning:
    def test_smallest(self):
        layer = nn.Linear(2, 2, bias=False)
        layer.weight.data = flambeau.tensor([[1.0, -4.0], [3.0, -2.0]])
        prune.l1_unstructured(layer, "weight", 0.5)
        assert layer.weight.tolist() == [[0, -4], [3, 0]] and list(layer.state_dict()) == ["weight_orig", "weight_mask"]
        prune.l1_unstructured(layer, "weight", amount=1)
        assert layer.weight.tolist() == [[0, -4], [0, 0]] and prune.is_pruned(layer)
        layer(flambeau.ones(1, 2)).sum().backward()
        assert layer.weight_orig.grad.tolist() == [[0, 1], [0, 0]]
        prune.remove(layer, "weight")
        assert isinstance(layer.weight, nn.Parameter) and layer.weight.tolist() == [[0, -4], [0, 0]] and not prune.is_pruned(layer)
        with pytest.raises(ValueError, match="has to be pruned"):
            prune.remove(layer, "weight")

    def test_slices(self):
        layer = nn.Linear(3, 2, bias=False)
        layer.weight.data = flambeau.tensor([[1.0, 5.0, 2.0], [1.0, 5.0, 3.0]])
        prune.ln_structured(layer, "weight", amount=1, n=2, dim=1)
        assert layer.weight.tolist() == [[0, 5, 2], [0, 5, 3]]
        prune.random_structured(layer, "weight", amount=1, dim=0)
        assert (layer.weight.abs().sum(1) == 0).tolist().count(True) == 1
        with pytest.raises(ValueError, match="multidimensional"):
            prune.random_structured(nn.Linear(2, 2), "bias", 1, 0)

    def test_random_and_custom(self):
        layer = nn.Linear(4, 4)
        prune.random_unstructured(layer, "weight", 5)
        assert (layer.weight == 0).sum().item() == 5
        prune.custom_from_mask(layer, "bias", flambeau.tensor([1, 0, 1, 0]))
        assert (layer.bias == 0).tolist() == [False, True, False, True]
        prune.identity(nn.Linear(2, 2), "weight")
        scored = prune.l1_unstructured(nn.Linear(2, 1, bias=False), "weight", 1, importance_scores=flambeau.tensor([[0.0, 1.0]]))
        assert scored.weight[0, 0].item() == 0

    def test_global(self):
        a, b = nn.Linear(2, 1, bias=False), nn.Linear(2, 1, bias=False)
        a.weight.data, b.weight.data = flambeau.tensor([[1.0, 2.0]]), flambeau.tensor([[3.0, 4.0]])
        prune.global_unstructured([(a, "weight"), (b, "weight")], prune.L1Unstructured, amount=3)
        assert a.weight.tolist() == [[0, 0]] and b.weight.tolist() == [[0, 4]]
        with pytest.raises(TypeError):
            prune.global_unstructured([(a, "weight")], prune.LnStructured, amount=1, n=1)

    @pytest.mark.parametrize("amount, error", [("1", TypeError), (-1, ValueError), (1.5, ValueError), (100, ValueError)])
    def test_amounts(self, amount, error):
        layer = nn.Linear(2, 2)
        with pytest.raises(error):
            prune.l1_unstructured(layer, "weight", amount)
        assert isinstance(layer.weight, nn.Parameter) and sorted(layer._parameters) == ["bias", "weight"]

    def test_method_on_a_tensor(self):
        assert prune.L1Unstructured(1).prune(flambeau.tensor([1.0, -3.0])).tolist() == [0, -3]


class TestFusion:
    @pytest.mark.parametrize("transpose", [False, True])
    def test_convolution(self, transpose):
        conv = (nn.ConvTranspose2d if transpose else nn.Conv2d)(2, 3, 3, bias=transpose)
        norm = nn.BatchNorm2d(3)
        norm(flambeau.randn(4, 3, 2, 2))
        conv.eval(), norm.eval()
        x = flambeau.randn(1, 2, 5, 5)
        close(utils.fuse_conv_bn_eval(conv, norm, transpose)(x), norm(conv(x)).detach().numpy(), 1e-4)
        with pytest.raises(AssertionError, match="eval"):
            utils.fuse_conv_bn_eval(conv.train(), norm)

    def test_linear(self):
        linear, norm = nn.Linear(2, 3).eval(), nn.BatchNorm1d(3)
        norm(flambeau.randn(8, 3))
        x = flambeau.randn(4, 2)
        close(utils.fuse_linear_bn_eval(linear, norm.eval())(x), norm(linear(x)).detach().numpy(), 1e-4)
        with pytest.raises(AssertionError, match="To fuse"):
            utils.fuse_linear_bn_eval(linear, nn.BatchNorm1d(4).eval())


class TestStateless:
    def test_other_parameters(self):
        model = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1))
        weight, mean = flambeau.full((1, 1), 5.0, requires_grad=True), flambeau.zeros(1)
        given = {"0.weight": weight, "0.bias": flambeau.zeros(1), "1.running_mean": mean}
        own = model[0].weight
        stateless.call_with(model, given, flambeau.tensor([[1.0], [3.0]])).sum().backward()
        assert model[0].weight is own and own.grad is None and weight.grad is not None
        assert given["1.running_mean"].item() == pytest.approx(1.0)  # what forward wrote
        assert model[1].running_mean.item() == 0

    def test_tied(self):
        model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
        model[1].weight = model[0].weight
        x = flambeau.ones(1, 1)
        assert stateless.call_with(model, {"0.weight": flambeau.full((1, 1), 3.0)}, x).item() == 9
        assert stateless.call_with(model, {"0.weight": flambeau.full((1, 1), 3.0)}, x, tie_weights=False).item() == pytest.approx(
            3 * model[0].weight.item())
        with pytest.raises(ValueError, match="tied"):
            stateless.call_with(model, {"0.weight": flambeau.ones(1, 1), "1.weight": flambeau.ones(1, 1)}, x)

    def test_names(self):
        model = nn.Linear(1, 1)
        x = flambeau.ones(1, 1)
        stateless.call_with(model, {"unknown": x}, x)
        assert not hasattr(model, "unknown")
        with pytest.raises(RuntimeError, match=r"Unexpected key\(s\): 'unknown'"):
            stateless.call_with(model, {"unknown": x}, x, strict=True)
        assert stateless.call_with(model, ({"weight": x}, {"bias": x[0]}), x).item() == 2
        with pytest.raises(ValueError, match="multiple dictionaries"):
            stateless.call_with(model, ({"weight": x}, {"weight": x}), x)
        with pytest.warns(FutureWarning):
            stateless.functional_call(model, {}, x)

    def test_restored_after_an_error(self):
        model = nn.Linear(2, 1)
        own = model.weight
        with pytest.raises(RuntimeError):
            stateless.call_with(model, {"weight": flambeau.ones(1, 2)}, flambeau.ones(1, 3))
        assert model.weight is own


class TestSmallTools:
    def test_skip_init(self):
        flambeau.manual_seed(0)
        first = flambeau.rand(1)
        flambeau.manual_seed(0)
        layer = utils.skip_init(nn.Linear, 2, 3)
        assert layer.weight.shape == (3, 2) and not layer.weight.is_meta and flambeau.equal(flambeau.rand(1), first)
        for wrong in (lambda: utils.skip_init(int), lambda: utils.skip_init(nn.ReLU)):
            with pytest.raises(RuntimeError):
                wrong()

    def test_memory_format(self):
        model = nn.Sequential(nn.Conv2d(2, 3, 3))
        before = model[0].weight.detach().clone()
        utils.convert_conv2d_weight_memory_format(model, flambeau.channels_last)
        assert model[0].weight.is_contiguous(memory_format=flambeau.channels_last) and flambeau.equal(model[0].weight, before)

    def test_prefixes(self):
        wrapped = nn.DataParallel(nn.Linear(1, 1))
        state = wrapped.state_dict()
        assert list(state) == ["module.weight", "module.bias"]
        nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
        nn.Linear(1, 1).load_state_dict(state)
        assert wrapped(flambeau.ones(1, 1)).shape == (1, 1)
        with pytest.raises(ValueError, match="init_process_group"):
            nn.parallel.DistributedDataParallel(nn.Linear(1, 1))

    def test_convolution_gradients(self):
        x, weight = flambeau.randn(1, 2, 5, requires_grad=True), flambeau.randn(3, 2, 3, requires_grad=True)
        g = flambeau.randn(1, 3, 3)
        nn.functional.conv1d(x, weight).backward(g)
        close(nn.grad.conv1d_input(x.shape, weight, g), x.grad.numpy())
        close(nn.grad.conv1d_weight(x, weight.shape, g), weight.grad.numpy())


class TestSummary:
    def test_rows(self):
        model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Sequential(nn.BatchNorm1d(3)), nn.LSTM(3, 2)).train()
        model[1].bias.requires_grad_(False)
        found = model.summary(flambeau.zeros(5, 2, 2))
        assert [row.path for row in found.rows] == ["", "0", "1", "2", "2.0", "3"]
        assert [row.type for row in found.rows][1:3] == ["Flatten", "Linear"]
        assert [row.output for row in found.rows] == [((5, 2), ((1, 2), (1, 2))), (5, 4), (5, 3), (5, 3), (5, 3), ((5, 2), ((1, 2), (1, 2)))]
        assert found.parameters == sum(p.numel() for p in model.parameters()) and found.parameters - found.trainable == 3
        assert model.training and model[2][0].num_batches_tracked.item() == 0 and not model._forward_hooks
        assert "0: BatchNorm1d  (5, 3)" in str(found)

    def test_without_inputs_and_by_shape(self):
        found = utils.summary(nn.Linear(1000, 1000))
        assert found.rows[0].output is None and "1,001,000 parameters" in str(found) and "4.004 MB" in str(found)
        assert nn.Linear(3, 2).summary((7, 3)).rows[0].output == (7, 2)

    def test_shared_parameters_count_once(self):
        layer = nn.Linear(2, 2)
        assert nn.Sequential(layer, layer).summary().parameters == 6


class TestStatistics:
    def test_numbers(self):
        model = nn.Sequential(nn.Identity(), nn.ReLU())
        with utils.watch(model) as seen:
            model(flambeau.tensor([-2.0, 0.0, 4.0, math.inf]))
        relu = seen.activations["1"]
        assert relu.zeros == 0.5 and relu.nonfinite == 1 and relu.min == 0 and relu.max == math.inf
        with utils.watch(model) as seen:
            model(flambeau.tensor([-1.0, 3.0]))
        first = seen.activations["0"]
        assert (first.mean, first.std, first.min, first.max) == (1, 2, -1, 3)

    def test_gradients_and_end(self):
        model = nn.Linear(2, 1, bias=False)
        with utils.watch(model) as seen:
            model(flambeau.tensor([[1.0, 3.0]])).sum().backward()
        assert seen.gradients["weight"].mean == 2 and list(seen.activations) == [""]
        assert "weight" in str(seen) and "(model)" in str(seen)
        model(flambeau.zeros(1, 2))
        assert seen.activations[""].max != 0 and not model._forward_hooks
