"""GradScaler: the factor in and out, skipped steps, how the factor changes, its state."""
import pickle

import pytest

import flambeau as torch


def problem():
    w = torch.ones(2, requires_grad=True)
    return w, torch.optim.SGD([w], lr=0.5)


def test_a_step_is_the_optimizers_own():
    w, optimizer = problem()
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    loss = (w * torch.tensor([1.0, 3.0])).sum()
    scaled = scaler.scale(loss)
    assert scaled.item() == 32
    scaled.backward()
    assert w.grad.tolist() == [8, 24]
    scaler.step(optimizer)
    scaler.update()
    assert w.tolist() == [0.5, -0.5] and w.grad.tolist() == [1, 3] and scaler.get_scale() == 8


def test_unscaled_gradients_can_be_clipped():
    w, optimizer = problem()
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    scaler.scale((3 * w).sum()).backward()
    scaler.unscale_(optimizer)
    assert w.grad.tolist() == [3, 3]
    with pytest.raises(RuntimeError, match="already been called"):
        scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_value_([w], 1.0)
    scaler.step(optimizer)
    assert w.tolist() == [0.5, 0.5]
    with pytest.raises(RuntimeError, match="after step"):
        scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="already been called"):
        scaler.step(optimizer)


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_step_with_infinite_gradients_is_skipped_and_the_factor_halves(bad):
    w, optimizer = problem()
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    scaler.scale((w * torch.tensor([1.0, bad])).sum()).backward()
    assert scaler.step(optimizer) is None
    scaler.update()
    assert w.tolist() == [1, 1] and scaler.get_scale() == 4
    for expected in (4, 8, 8, 16):                   # after every second good step it doubles
        optimizer.zero_grad()
        scaler.scale(w.sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        assert scaler.get_scale() == expected
    assert scaler.state_dict() == {"scale": 16.0, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 2, "_growth_tracker": 0}


def test_several_outputs():
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    a, (b,) = scaler.scale([torch.ones(1), (torch.ones(2),)])
    assert a.tolist() == [2] and b.tolist() == [2, 2]
    with pytest.raises(ValueError, match="iterable"):
        scaler.scale(3)


def test_state():
    w, optimizer = problem()
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    scaler.scale(w.sum()).backward()
    scaler.step(optimizer)
    scaler.update(16.0)
    other = torch.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 16 and other.state_dict() == scaler.state_dict()
    assert pickle.loads(pickle.dumps(scaler)).state_dict() == scaler.state_dict()
    with pytest.raises(RuntimeError, match="empty"):
        other.load_state_dict({})


def test_disabled():
    w, optimizer = problem()
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    loss = w.sum()
    assert scaler.scale(loss) is loss and scaler.get_scale() == 1.0 and scaler.state_dict() == {} and not scaler.is_enabled()
    loss.backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    scaler.load_state_dict({"scale": 3})
    assert w.tolist() == [0.5, 0.5]


def test_without_cuda_it_disables_itself():
    with pytest.warns(UserWarning, match="CUDA is not available"):
        assert not torch.amp.GradScaler().is_enabled()
    with pytest.warns(FutureWarning, match="torch.amp.GradScaler"), pytest.warns(UserWarning, match="CUDA"):
        assert not torch.cuda.amp.GradScaler().is_enabled()


def test_refusals():
    w, optimizer = problem()
    scaler = torch.amp.GradScaler("cpu")
    with pytest.raises(AssertionError, match="_scale is None"):
        scaler.step(optimizer)
    scaler.scale(w.sum())
    with pytest.raises(AssertionError, match="No inf checks"):
        scaler.step(optimizer)                       # no gradients
    with pytest.raises(RuntimeError, match="Closure"):
        scaler.step(optimizer, closure=lambda: None)
    with pytest.raises(AssertionError, match="growth factor"):
        torch.amp.GradScaler("cpu", growth_factor=1.0)
    with pytest.raises(AssertionError, match="backoff factor"):
        torch.amp.GradScaler("cpu", backoff_factor=1.0)
    half = torch.ones(1, dtype=torch.float16, requires_grad=True)
    scaler.scale(half.float().sum()).backward()
    with pytest.raises(ValueError, match="FP16"):
        scaler.unscale_(torch.optim.SGD([half], lr=0.1))
