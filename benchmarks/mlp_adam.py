"""A step of a small network (4-64-64-2, batch 32, Adam) costs what its arithmetic costs, not what a framework's dispatch costs.

The usual loop, and the same step handed to compile(). Prototypes: 11 µs beside PyTorch's 426.
"""
from __future__ import annotations

import common
import numpy as np

import flambeau

BATCH, STEPS = 32, 100


def build(torch):
    """Model, loss and optimizer."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 2))
    return model, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)


def with_compile(data):
    """flambeau, the whole step as one function given to compile()."""
    flambeau.manual_seed(0)
    model, loss_fn, optimizer = build(flambeau)
    batches = [tuple(map(flambeau.tensor, pair)) for pair in data]

    @flambeau.compile
    def step(x, y):
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    def engine():
        loss = None
        for k in range(STEPS):
            loss = step(*batches[k % len(batches)])
        return loss.item()
    return engine


def with_jax(jax, data):
    """The same in jax: one jitted step, looked at once after all steps."""
    jnp = jax.numpy
    flambeau.manual_seed(0)
    weights = [jnp.array(p.detach().numpy()) for p in build(flambeau)[0].parameters()]
    batches = [(jnp.array(x), jnp.array(y)) for x, y in data]

    def loss_of(p, x, y):
        for k in (0, 2):
            x = jnp.tanh(x @ p[k].T + p[k + 1])
        return -jax.nn.log_softmax(x @ p[4].T + p[5])[jnp.arange(BATCH), y].mean()

    def update(p, m, v, t, x, y):
        loss, gradient = jax.value_and_grad(loss_of)(p, x, y)
        t = t + 1
        m = [0.9 * a + 0.1 * g for a, g in zip(m, gradient, strict=True)]
        v = [0.999 * a + 0.001 * g * g for a, g in zip(v, gradient, strict=True)]
        p = [w - 1e-3 / (1 - 0.9 ** t) * a / (jnp.sqrt(b / (1 - 0.999 ** t)) + 1e-8) for w, a, b in zip(p, m, v, strict=True)]
        return p, m, v, t, loss

    step = jax.jit(update, donate_argnums=(0, 1, 2))
    state = [weights, [jnp.zeros_like(w) for w in weights], [jnp.zeros_like(w) for w in weights], jnp.float32(0)]

    def engine():
        loss = None
        for k in range(STEPS):
            *state[:], loss = step(*state, *batches[k % len(batches)])
        jax.block_until_ready(state)
        return float(loss)
    return engine


def main() -> None:
    """Race."""
    random = np.random.default_rng(0)
    data = [(random.standard_normal((BATCH, 4), np.float32), random.integers(0, 2, BATCH)) for _ in range(8)]
    engines = common.contenders(build, data, STEPS)
    engines["flambeau.compile"] = with_compile(data)
    if (jax := common.peer("jax")) is not None:
        engines["jax.jit"] = with_jax(jax, data)
    common.same_losses(engines)
    common.race("MLP 4-64-64-2, Adam, batch 32", engines, STEPS, unit="µs")


if __name__ == "__main__":
    main()
