"""Whole training steps, as they stand and compiled: losses, parameters, gradients, the optimizer's state, buffers, versions, random numbers."""
import pytest

import flambeau as torch
from flambeau import nn


def network(*extra):
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), *extra, nn.Linear(8, 2))


def batches(n=7, classes=2):
    torch.manual_seed(1)
    return [(torch.randn(5, 3), torch.randint(0, classes, (5,))) for _ in range(n)]


def training(make_model, make_optimizer, loss_fn=None, zero="after", clip=False):
    """build() for a training step."""
    def build():
        model = make_model()
        optimizer = make_optimizer(model)
        criterion = loss_fn or nn.CrossEntropyLoss()

        def step(x, y):
            if zero == "before":
                optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            if zero == "after":
                optimizer.zero_grad()
            return loss
        return step, [*model.parameters(), *model.buffers(), lambda: optimizer.state_dict(), lambda: [p.grad for p in model.parameters()]]
    return build


OPTIMIZERS = {
    "adam": lambda m: torch.optim.Adam(m.parameters(), lr=0.01),
    "adam decay amsgrad": lambda m: torch.optim.Adam(m.parameters(), lr=0.01, weight_decay=0.1, amsgrad=True),
    "adamw": lambda m: torch.optim.AdamW(m.parameters(), lr=0.01, weight_decay=0.1),
    "adam maximize": lambda m: torch.optim.Adam(m.parameters(), lr=0.01, maximize=True),
    "sgd": lambda m: torch.optim.SGD(m.parameters(), lr=0.1),
    "sgd one": lambda m: torch.optim.SGD(m.parameters(), lr=1.0),
    "sgd momentum": lambda m: torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-2),
    "two groups": lambda m: torch.optim.AdamW([{"params": m[0].parameters()}, {"params": m[-1].parameters(), "lr": 0.1}], lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("zero", ["after", "before", "never"])
def test_optimizers(twice, name, zero):
    twice(training(network, OPTIMIZERS[name], zero=zero), batches())


def test_clipped(twice):
    twice(training(network, OPTIMIZERS["adam"], clip=True), batches())


def test_dropout_draws_the_same_numbers(twice):
    twice(training(lambda: network(nn.Dropout(0.5)), OPTIMIZERS["adam"]), batches())


def test_batchnorm_counts_and_averages(twice):
    twice(training(lambda: network(nn.BatchNorm1d(8)), OPTIMIZERS["sgd"]), batches())


def test_layernorm_gelu_mse(twice):
    torch.manual_seed(1)
    data = [(torch.randn(5, 3), torch.randn(5, 2)) for _ in range(6)]
    twice(training(lambda: network(nn.LayerNorm(8), nn.GELU()), OPTIMIZERS["adamw"], nn.MSELoss()), data)


def test_embedding_and_lstm(twice):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.lstm, self.out = nn.Embedding(10, 4), nn.LSTM(4, 6, batch_first=True), nn.Linear(6, 2)

        def forward(self, x):
            return self.out(self.lstm(self.table(x))[0][:, -1])
    torch.manual_seed(1)
    data = [(torch.randint(0, 10, (4, 3)), torch.randint(0, 2, (4,))) for _ in range(6)]
    twice(training(Model, OPTIMIZERS["adam"]), data)


def test_convolutions(twice):
    def model():
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2))
    torch.manual_seed(1)
    twice(training(model, OPTIMIZERS["sgd momentum"]), [(torch.randn(3, 1, 8, 8), torch.randint(0, 2, (3,))) for _ in range(6)])


def test_a_schedule_makes_no_new_plan(twice):
    """The rate is read anew at each step."""
    torch.manual_seed(0)
    seen = {}
    for way in ("plain", "compiled"):
        torch.manual_seed(0)
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        criterion = nn.CrossEntropyLoss()

        def step(x, y, model=model, optimizer=optimizer, criterion=criterion):
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            return loss
        run = torch.compile(step) if way == "compiled" else step
        losses = []
        for x, y in batches(9):
            losses.append(run(x, y).item())
            schedule.step()
        seen[way] = losses
        if way == "compiled":
            assert run._compiled.made == 1
    assert seen["compiled"] == pytest.approx(seen["plain"], rel=1e-5)


def test_training_and_evaluation_alternate(twice):
    def build():
        model = network(nn.BatchNorm1d(8), nn.Dropout(0.3))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

        def step(x, y, train):
            if train:
                loss = nn.functional.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                return loss
            with torch.no_grad():
                return nn.functional.cross_entropy(model(x), y)
        return step, [*model.parameters(), *model.buffers()]
    data = [(x, y, k % 3 > 0) for k, (x, y) in enumerate(batches(14))]
    twice(build, data)


def test_ragged_last_batch(twice):
    data = batches(12)
    data = [(x[:3].clone(), y[:3].clone()) if k % 4 == 3 else (x, y) for k, (x, y) in enumerate(data)]
    compiled = twice(training(network, OPTIMIZERS["adam"]), data)
    assert compiled._compiled.made == 2


def test_indices_out_of_range_raise_and_change_nothing(twice):
    build = training(network, OPTIMIZERS["adam"])
    step, things = build()
    step = torch.compile(step)
    good = batches(6)
    for x, y in good:
        step(x, y)
    assert step._compiled.made == 1
    before = [t.clone() for t in things[:4]]
    with pytest.raises(IndexError, match="out of bounds"):
        step(good[0][0], torch.full((5,), 7))
    assert all(torch.equal(a, b) for a, b in zip(before, things[:4], strict=True))
    step(*good[0])


def test_closure_of_lists_and_dicts(twice):
    """Arguments in containers, results in containers, keywords."""
    def build():
        w = torch.randn(3, 2)

        def f(batch, *, scale):
            y = batch["x"] @ w * scale
            return {"y": y, "both": (y.sum(0), [y.mean()])}
        return (lambda x, s: f({"x": x, "n": 3}, scale=s)), [w]
    torch.manual_seed(1)
    twice(build, [(torch.randn(4, 3), 2.0) for _ in range(5)])
