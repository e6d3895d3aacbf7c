"""Trainings that are disturbed at random moments: what events match must show exactly what recording one by one shows."""
from __future__ import annotations

import copy
import gc
import random
import threading

import pytest

import flambeau as torch
from flambeau import nn
from flambeau.nn import functional as F

STEPS = 14
OPTIMIZERS = [lambda p: torch.optim.SGD(p, lr=0.05), lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9), lambda p: torch.optim.Adam(p, lr=0.01),
              lambda p: torch.optim.AdamW(p, lr=0.01, amsgrad=True), lambda p: torch.optim.RMSprop(p, lr=0.01),
              lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1)]


class Net(nn.Module):
    def __init__(self, tied: bool = False):
        super().__init__()
        self.first, self.norm, self.second = nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 8)
        self.tied = nn.Linear(8, 8) if tied else None
        if tied:
            self.tied.weight = self.second.weight

    def forward(self, x):
        h = F.gelu(self.norm(self.first(x)))
        if self.tied is not None:
            h = self.tied(h)
        a, b = self.second(h).split(4, dim=1)
        return (torch.relu(a) * b.view(-1, 4)).flatten(1) + h.sum(1, keepdim=True)


class Training:
    """One training, and what may happen to it: the methods of Disturbances below."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        torch.manual_seed(seed)
        self.model, self.other = Net(self.random.random() < 0.3), Net()
        self.optimizer = self.random.choice(OPTIMIZERS)(self.model.parameters())
        self.other_optimizer = self.random.choice(OPTIMIZERS)(self.other.parameters())
        self.x, self.out, self.loss, self.hook, self.batch, self.seen, self.kept = torch.randn(3, 4), None, None, None, 3, [], []
        names = sorted(n for n in vars(Disturbances) if not n.startswith("_"))
        self.pool = self.random.sample(names, self.random.randrange(1, 6))
        self.rate = self.random.choice([0.02, 0.05, 0.15])

    def disturb(self) -> None:
        for name in self.pool:
            if self.random.random() < self.rate:
                try:
                    getattr(Disturbances, name)(self)
                except RuntimeError as error:
                    self.seen.append(type(error).__name__)
                    torch.run_pending()

    def run(self):
        first, looks, keeps, fresh = [self.random.random() < share for share in (0.5, 0.3, 0.2, 0.4)]
        for _ in range(STEPS):
            if fresh:
                self.x = torch.randn(self.batch, 4)
            self.disturb()
            try:
                if first:
                    self.optimizer.zero_grad()
                self.out = self.model(self.x)
                self.disturb()
                self.loss = (self.out ** 2).mean()
                if looks:
                    self.seen.append(self.loss.item())
                self.disturb()
                self.loss.backward()
                self.disturb()
                self.optimizer.step()
                self.disturb()
                if keeps:
                    self.seen.append(self.loss)
                if not first:
                    self.optimizer.zero_grad()
            except RuntimeError as error:
                self.seen.append(type(error).__name__)
                torch.run_pending()
                self.optimizer.zero_grad()
        return (plain(self.seen), plain(self.kept), plain(list(self.model.parameters())), plain(list(self.other.parameters())),
                [plain(list(state.values())) for state in self.optimizer.state.values()])


def plain(values) -> list[str]:
    """Values to compare bit for bit; a NaN is one, too."""
    return [repr(v.tolist()) if isinstance(v, torch.Tensor) else repr(v) for v in values]


def in_a_thread(function) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


class Disturbances:
    # looking
    def loss_is_read(t):
        t.seen.append(None if t.loss is None else t.loss.item())

    def output_is_read(t):
        t.seen.append(None if t.out is None else t.out.tolist())

    def counts_are_read(t):
        t.seen.append([str(s.get("step")) for s in t.optimizer.state.values()])

    def weight_is_read(t):
        t.seen.append(t.model.first.weight[0, 0].item())

    def gradient_is_kept(t):
        t.kept.append(t.model.first.weight.grad)

    def rubbish_is_collected(t):
        gc.collect()

    def everything_runs(t):
        torch.run_pending()

    # the optimizer
    def rate_falls(t):
        t.optimizer.param_groups[0]["lr"] *= 0.7

    def state_is_loaded(t):
        t.optimizer.load_state_dict(copy.deepcopy(t.optimizer.state_dict()))

    def state_is_scaled(t):
        for state in t.optimizer.state.values():
            for value in state.values():
                if isinstance(value, torch.Tensor) and value.ndim:
                    value.mul_(0.5)

    def state_is_replaced(t):
        for state in t.optimizer.state.values():
            state.update({k: v.clone() for k, v in state.items() if isinstance(v, torch.Tensor)})

    def state_is_used(t):
        t.kept.extend(v * 2 for state in t.optimizer.state.values() for v in state.values() if isinstance(v, torch.Tensor))

    def step_is_repeated(t):
        t.optimizer.step()

    def gradients_are_zeros(t):
        t.optimizer.zero_grad(set_to_none=False)

    def weights_move_by_hand(t):
        with torch.no_grad():
            for p in t.model.parameters():
                if p.grad is not None:
                    p -= 0.01 * p.grad

    # gradients
    def gradients_are_scaled(t):
        for p in t.model.parameters():
            if p.grad is not None:
                p.grad.mul_(0.5)

    def gradients_are_clipped(t):
        t.seen.append(float(nn.utils.clip_grad_norm_(t.model.parameters(), 0.5)))

    def gradients_are_one(t):
        if t.model.first.bias.grad is not None:
            t.model.norm.bias.grad = t.model.first.bias.grad

    def hook_comes(t):
        t.hook = t.model.first.weight.register_hook(lambda g: g * 2)

    def hook_goes(t):
        if t.hook is not None:
            t.hook.remove()

    def hook_for_the_sum(t):
        t.model.first.bias.register_post_accumulate_grad_hook(lambda p: t.seen.append(1))

    def penalty(t):
        g, = torch.autograd.grad(t.model(t.x).sum(), [t.model.first.weight], create_graph=True)
        g.pow(2).sum().backward()

    def two_backwards(t):
        out = t.model(t.x)
        first, second = out.sum(), out.pow(2).mean()
        first.backward(retain_graph=True)
        second.backward()

    # weights and data
    def model_is_loaded(t):
        t.model.load_state_dict({k: v * 1.01 for k, v in t.model.state_dict().items()})

    def model_is_copied(t):
        t.seen.append(copy.deepcopy(t.model)(t.x).sum().item())

    def weight_by_numpy(t):
        t.model.first.weight.detach().numpy()[:] *= 1.01

    def weights_are_swapped(t):
        a, b = t.model.first.bias, t.model.norm.bias
        a.data, b.data = b.data, a.data

    def weights_are_one(t):
        t.model.first.bias.data = t.model.norm.bias.data

    def weight_is_new(t):
        t.model.first.bias = nn.Parameter(t.model.first.bias.detach().clone())

    def weight_is_frozen(t):
        t.model.second.bias.requires_grad_(not t.model.second.bias.requires_grad)

    def data_is_written(t):
        t.x.add_(0.1)

    def row_is_written(t):
        t.x[0] = t.x[1] * 2

    def data_is_new(t):
        t.x = torch.randn(t.batch, 4)

    def batch_is_another(t):
        t.batch = 5 if t.batch == 3 else 3
        t.x = torch.randn(t.batch, 4)

    # other work
    def mode_changes(t):
        t.model.train(not t.model.training)

    def forward_without_gradients(t):
        with torch.no_grad():
            t.kept.append(t.model(t.x))

    def forward_for_inference(t):
        with torch.inference_mode():
            t.seen.append(t.model(t.x).sum().item())

    def other_model_trains(t):
        t.other(t.x).pow(2).mean().backward()
        t.other_optimizer.step()
        t.other_optimizer.zero_grad()

    def product_fails(t):
        with pytest.raises(RuntimeError):
            torch.ones(3) @ torch.ones(4)

    def layer_fails(t):
        with pytest.raises(RuntimeError):
            F.linear(t.x, t.model.second.weight)

    # other threads
    def thread_writes(t):
        def work():
            with torch.no_grad():
                t.model.norm.weight.mul_(1.1)
            torch.run_pending()
        in_a_thread(work)

    def thread_replaces(t):
        def work():
            t.model.norm.bias.data = torch.full((8,), 0.25)
        in_a_thread(work)

    def thread_evaluates(t):
        def work():
            with torch.no_grad():
                t.seen.append(t.model(t.x).sum().item())
        in_a_thread(work)

    def thread_trains(t):
        def work():
            t.model(t.x).sum().backward()
            t.optimizer.step()
            t.optimizer.zero_grad()
        in_a_thread(work)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seeds", [range(8 * k, 8 * k + 8) for k in range(6)], ids=str)
def test_what_is_matched_is_what_is_recorded(seeds, both_ways):
    for seed in seeds:
        matched, recorded = both_ways(lambda seed=seed: Training(seed).run())
        assert matched == recorded, f"seed {seed}: {Training(seed).pool}"
