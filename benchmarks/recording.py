"""What recording a training step costs, beside what dispatching it costs PyTorch.

Three steps, each whole: forward, loss, backward, step, zero_grad.

- quickstart: batch 64, 784-512-512-10, SGD.
- mlp: batch 32, 4-64-64-2, Adam.
- gpt: a small GPT (4 layers, 4 heads, width 128, context 64, batch 12) with AdamW in two groups, as nanoGPT trains one on a CPU.

flambeau records the step, looks its program up and takes the results in, but computes nothing: each program runs once and gives the same arrays
again. PyTorch runs the same step on sizes so small that arithmetic hardly counts, so its time is dispatch. Both take turns in one process, with a
pause between. Printed are the least times of a step; on a machine with other work, trust the ratio.
"""
from __future__ import annotations

import time

import flambeau
from flambeau import backends

ROUNDS, STEPS = 6, {"quickstart": 150, "mlp": 150, "gpt": 25}


class Remembering:
    """A backend that runs each program once and remembers what came out."""

    name, device_type = "numpy", "cpu"

    def __init__(self, backend):
        self.backend = backend

    def unavailable(self) -> None:
        """It can always run."""

    def prepare(self, program):
        """A callable that returns what the program's first run returned."""
        run, found = self.backend.prepare(program), []

        def again(buffers):
            if not found:
                found.append(run(buffers))
            return found[0]
        return again


def quickstart(torch, small: bool):
    """The forward pass to the loss, and the optimizer."""
    nn = torch.nn
    inputs, width, batch = (28, 8, 2) if small else (784, 512, 64)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.flatten = nn.Flatten()
            self.linear_relu_stack = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))

        def forward(self, x):
            return self.linear_relu_stack(self.flatten(x))
    model, loss_fn = Network(), nn.CrossEntropyLoss()
    data, labels = torch.rand(batch, 1, 28, inputs // 28), torch.randint(0, 10, (batch,))
    return lambda: loss_fn(model(data), labels), torch.optim.SGD(model.parameters(), lr=1e-3)


def mlp(torch, small: bool):
    """The forward pass to the loss, and the optimizer."""
    nn = torch.nn
    model, loss_fn = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)), nn.CrossEntropyLoss()
    data, labels = torch.rand(32, 4), torch.randint(0, 2, (32,))
    return lambda: loss_fn(model(data), labels), torch.optim.Adam(model.parameters(), lr=1e-3)


def gpt(torch, small: bool, vocabulary: int = 65, layers: int = 4, heads: int = 4):
    """The forward pass to the loss, and the optimizer."""
    nn, F = torch.nn, torch.nn.functional
    width, context, batch = (8, 4, 1) if small else (128, 64, 12)

    class LayerNorm(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.ones(width)), None

        def forward(self, x):
            return F.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-5)

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_attn, self.c_proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
            self.resid_dropout, self.dropout = nn.Dropout(0.0), 0.0

        def forward(self, x):
            B, T, C = x.size()
            q, k, v = self.c_attn(x).split(width, dim=2)
            k = k.view(B, T, heads, C // heads).transpose(1, 2)
            q = q.view(B, T, heads, C // heads).transpose(1, 2)
            v = v.view(B, T, heads, C // heads).transpose(1, 2)
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=None, dropout_p=self.dropout if self.training else 0, is_causal=True)
            return self.resid_dropout(self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C)))

    class MLP(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_fc, self.gelu = nn.Linear(width, 4 * width, bias=False), nn.GELU()
            self.c_proj, self.dropout = nn.Linear(4 * width, width, bias=False), nn.Dropout(0.0)

        def forward(self, x):
            return self.dropout(self.c_proj(self.gelu(self.c_fc(x))))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.attn, self.ln_2, self.mlp = LayerNorm(), Attention(), LayerNorm(), MLP()

        def forward(self, x):
            x = x + self.attn(self.ln_1(x))
            return x + self.mlp(self.ln_2(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.transformer = nn.ModuleDict(dict(wte=nn.Embedding(vocabulary, width), wpe=nn.Embedding(context, width), drop=nn.Dropout(0.0),
                                                  h=nn.ModuleList([Block() for _ in range(layers)]), ln_f=LayerNorm()))
            self.lm_head = nn.Linear(width, vocabulary, bias=False)
            self.transformer.wte.weight = self.lm_head.weight

        def forward(self, idx, targets):
            pos = torch.arange(0, idx.size(1), dtype=torch.long, device=idx.device)
            x = self.transformer.drop(self.transformer.wte(idx) + self.transformer.wpe(pos))
            for block in self.transformer.h:
                x = block(x)
            logits = self.lm_head(self.transformer.ln_f(x))
            return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
    model = GPT()
    x, y = torch.randint(0, vocabulary, (batch, context)), torch.randint(0, vocabulary, (batch, context))
    groups = [{"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": 0.1},
              {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    return lambda: model(x, y)[1], torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))


def seconds(forward, optimizer) -> list[float]:
    """What forward, backward, step and zero_grad of one training step took."""
    clock = time.perf_counter
    times = [clock()]
    loss = forward()
    times.append(clock())
    loss.backward()
    times.append(clock())
    optimizer.step()
    times.append(clock())
    optimizer.zero_grad()
    times.append(clock())
    return [b - a for a, b in zip(times, times[1:], strict=False)] + [times[-1] - times[0]]


def main() -> None:
    """Print the least times of both and their ratio."""
    remembering = Remembering(backends.get("numpy"))
    backends.get = lambda name: remembering
    packages = {"flambeau": (flambeau, False)}
    try:
        import torch
        torch.set_num_threads(1)
        packages["PyTorch"] = torch, True
    except ImportError:
        print("PyTorch is not installed: no ratios (make bench installs it)")
    for make in (quickstart, mlp, gpt):
        programs = {name: make(*package) for name, package in packages.items()}
        flambeau.run_pending()          # what made the weights is not part of a step
        least = {name: [float("inf")] * 5 for name in programs}
        for _ in range(ROUNDS):
            for name, program in programs.items():
                time.sleep(0.05)
                for _ in range(STEPS[make.__name__]):
                    least[name] = list(map(min, least[name], seconds(*program)))
        for name, found in least.items():
            parts = ", ".join(f"{part} {t * 1e6:.0f}" for part, t in zip(("forward", "backward", "step", "zero_grad and run"), found, strict=False))
            print(f"{make.__name__}: {name} {found[-1] * 1e6:.0f} µs ({parts})")
        if len(least) == 2:
            print(f"{make.__name__}: ratio {least['flambeau'][-1] / least['PyTorch'][-1]:.2f}")


if __name__ == "__main__":
    main()
