"""A small GPT (4 layers, 4 heads, width 128, context 64, batch 12, AdamW: nanoGPT's setting for a CPU) trains faster than PyTorch's, eager or compiled."""
from __future__ import annotations

import common
import numpy as np

LAYERS, HEADS, WIDTH, CONTEXT, BATCH, LETTERS, STEPS = 4, 4, 128, 64, 12, 65, 3


def build(torch):
    """Model, loss and optimizer."""
    nn, functional = torch.nn, torch.nn.functional

    class Block(nn.Module):
        """Attention and a perceptron, each after a layer norm and beside the stream."""

        def __init__(self):
            super().__init__()
            self.before_attention, self.before_mlp = nn.LayerNorm(WIDTH, bias=False), nn.LayerNorm(WIDTH, bias=False)
            self.attention, self.out = nn.Linear(WIDTH, 3 * WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
            self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH, bias=False))

        def forward(self, x):
            batch, length, _ = x.shape
            q, k, v = (part.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for part in self.attention(self.before_attention(x)).split(WIDTH, 2))
            mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(mixed.transpose(1, 2).contiguous().view(batch, length, WIDTH))
            return x + self.mlp(self.before_mlp(x))

    class GPT(nn.Module):
        """Letters to logits of the next letter."""

        def __init__(self):
            super().__init__()
            self.letters, self.places = nn.Embedding(LETTERS, WIDTH), nn.Embedding(CONTEXT, WIDTH)
            self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
            self.norm, self.head = nn.LayerNorm(WIDTH, bias=False), nn.Linear(WIDTH, LETTERS, bias=False)

        def forward(self, x):
            x = self.letters(x) + self.places(torch.arange(x.shape[1]))
            return self.head(self.norm(self.blocks(x))).view(-1, LETTERS)

    model = GPT()
    return model, lambda logits, y: functional.cross_entropy(logits, y.view(-1)), torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99))


def main() -> None:
    """Race."""
    random = np.random.default_rng(0)
    data = [tuple(random.integers(0, LETTERS, (BATCH, CONTEXT)) for _ in range(2)) for _ in range(3)]
    engines = common.contenders(build, data, STEPS)
    common.same_losses(engines, rtol=1e-2)
    common.race("GPT, 4 layers, width 128, context 64, AdamW, batch 12", engines, STEPS, rounds=7, warm=1)


if __name__ == "__main__":
    main()
