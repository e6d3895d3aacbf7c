"""Averaged models."""

import copy
import pickle

import numpy as np
import pytest

import flambeau
from flambeau import nn
from flambeau.optim.swa_utils import (
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
    get_swa_avg_fn,
    get_swa_multi_avg_fn,
    update_bn,
)


def set_to(model, value):
    with flambeau.no_grad():
        for p in model.parameters():
            p.fill_(float(value))


def weights(model):
    return {p.flatten()[0].item() for p in model.parameters()}


@pytest.mark.parametrize("options", [{}, {"avg_fn": get_swa_avg_fn()}, {"multi_avg_fn": get_swa_multi_avg_fn()}])
def test_mean(options):
    model = nn.Linear(2, 1)
    averaged = AveragedModel(model, **options)
    for value in (1, 2, 6):
        set_to(model, value)
        averaged.update_parameters(model)
    assert weights(averaged) == {3.0} and weights(model) == {6.0}
    assert averaged.n_averaged.item() == 3 and averaged.n_averaged.dtype == flambeau.int64
    assert averaged(flambeau.ones(1, 2)).item() == 9.0


@pytest.mark.parametrize("options", [{"avg_fn": get_ema_avg_fn(0.5)}, {"multi_avg_fn": get_ema_multi_avg_fn(0.5)}])
def test_exponential_average(options):
    model = nn.Linear(2, 1)
    averaged = AveragedModel(model, **options)
    for value in (1, 2, 6):
        set_to(model, value)
        averaged.update_parameters(model)
    assert weights(averaged) == {0.25 * 1 + 0.25 * 2 + 0.5 * 6}


def test_a_parameter_of_whole_numbers():
    for update, wanted in ((get_ema_multi_avg_fn(0.5), 6), (get_swa_multi_avg_fn(), 5)):
        average = flambeau.tensor([4])
        update([average], [flambeau.tensor([8])], flambeau.tensor(3))
        assert average.tolist() == [wanted]


def test_buffers_are_copied_or_averaged():
    model = nn.BatchNorm1d(1)
    copied, averaged = AveragedModel(model), AveragedModel(model, use_buffers=True)
    for value in (2.0, 4.0):
        model.running_mean.fill_(value)
        copied.update_parameters(model)
        averaged.update_parameters(model)
    assert copied.module.running_mean.item() == 4.0 and averaged.module.running_mean.item() == 3.0


def test_state_dict_and_copies_go_on():
    model = nn.Linear(1, 1)
    averaged = AveragedModel(model)
    for value in (0, 4):
        set_to(model, value)
        averaged.update_parameters(model)
    fresh = AveragedModel(nn.Linear(1, 1))
    fresh.update_parameters(model)
    fresh.load_state_dict(averaged.state_dict())
    assert sorted(fresh.state_dict()) == ["module.bias", "module.weight", "n_averaged"]
    set_to(model, 8)
    for other in (averaged, fresh, copy.deepcopy(fresh), pickle.loads(pickle.dumps(AveragedModel(model)))):
        other.update_parameters(model)
    assert weights(averaged) == weights(fresh) == {4.0}
    assert averaged.n_averaged.item() == fresh.n_averaged.item() == 3


def test_errors():
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn"):
        AveragedModel(nn.Linear(1, 1), avg_fn=get_swa_avg_fn(), multi_avg_fn=get_swa_multi_avg_fn())
    for make in (get_ema_avg_fn, get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match="Invalid decay value 1.5 provided"):
            make(1.5)


def test_update_bn():
    rng = np.random.RandomState(0)
    data = [rng.standard_normal((8, 3)).astype("float32") * 3 + 1 for _ in range(4)]
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2, momentum=0.3)).eval()
    update_bn(((flambeau.tensor(x), "label") for x in data), model, device="cpu")
    norm = model[1]
    assert norm.momentum == 0.3 and not model.training and norm.num_batches_tracked.item() == 4
    outputs = [model[0](flambeau.tensor(x)).detach().numpy() for x in data]
    np.testing.assert_allclose(norm.running_mean.numpy(), np.mean([x.mean(0) for x in outputs], 0), rtol=1e-4)
    np.testing.assert_allclose(norm.running_var.numpy(), np.mean([x.var(0, ddof=1) for x in outputs], 0), rtol=1e-4)
    update_bn([], nn.Linear(1, 1))
