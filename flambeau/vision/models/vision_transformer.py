"""Vision transformers (Dosovitskiy et al., 2020; the tiny one is DeiT's, Touvron et al., 2020)."""

import math
from collections import OrderedDict

import flambeau
from flambeau import Tensor, nn

from ._build import build, no_weights

EPSILON = 1e-6  # of the layer norms


class EncoderBlock(nn.Module):
    """Self-attention, then two linear layers, each normed before and added to what came in: (N, S, E) -> (N, S, E)."""

    def __init__(self, heads: int, width: int, mlp_width: int, dropout: float, attention_dropout: float):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=EPSILON)
        self.self_attention = nn.MultiheadAttention(width, heads, dropout=attention_dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.ln_2 = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = nn.Sequential(
            nn.Linear(width, mlp_width), nn.GELU(), nn.Dropout(dropout), nn.Linear(mlp_width, width), nn.Dropout(dropout)
        )
        for layer in (self.mlp[0], self.mlp[3]):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.normal_(layer.bias, std=1e-6)

    def forward(self, input: Tensor) -> Tensor:
        x = self.ln_1(input)
        x, _ = self.self_attention(x, x, x, need_weights=False)
        x = self.dropout(x) + input
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    """Position embeddings, `layers` blocks, a norm: (N, S, E) -> (N, S, E)."""

    def __init__(self, length: int, layers: int, heads: int, width: int, mlp_width: int, dropout: float, attention_dropout: float):
        super().__init__()
        self.pos_embedding = nn.Parameter(flambeau.empty(1, length, width).normal_(std=0.02))
        self.dropout = nn.Dropout(dropout)
        blocks = (EncoderBlock(heads, width, mlp_width, dropout, attention_dropout) for _ in range(layers))
        self.layers = nn.Sequential(OrderedDict((f"encoder_layer_{number}", block) for number, block in enumerate(blocks)))
        self.ln = nn.LayerNorm(width, eps=EPSILON)

    def forward(self, input: Tensor) -> Tensor:
        return self.ln(self.layers(self.dropout(input + self.pos_embedding)))


class VisionTransformer(nn.Module):
    """Patches of the image as words, with a class token before them: x (N, 3, image_size, image_size) -> logits (N, num_classes).

    representation_size: width of a tanh layer before the last, None for none.
    """

    def __init__(
        self,
        image_size: int,
        patch_size: int,
        num_layers: int,
        num_heads: int,
        hidden_dim: int,
        mlp_dim: int,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        num_classes: int = 1000,
        representation_size: int | None = None,
    ):
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"image_size {image_size} is no multiple of patch_size {patch_size}")
        self.image_size = image_size
        self.patch_size = patch_size
        self.hidden_dim = hidden_dim
        self.conv_proj = nn.Conv2d(3, hidden_dim, kernel_size=patch_size, stride=patch_size)
        self.seq_length = (image_size // patch_size) ** 2 + 1
        self.class_token = nn.Parameter(flambeau.zeros(1, 1, hidden_dim))
        self.encoder = Encoder(self.seq_length, num_layers, num_heads, hidden_dim, mlp_dim, dropout, attention_dropout)
        heads: OrderedDict[str, nn.Module] = OrderedDict()
        if representation_size is not None:
            heads["pre_logits"] = nn.Linear(hidden_dim, representation_size)
            heads["act"] = nn.Tanh()
        heads["head"] = nn.Linear(representation_size or hidden_dim, num_classes)
        self.heads = nn.Sequential(heads)
        self._initialize(representation_size)

    def _initialize(self, representation_size: int | None) -> None:
        nn.init.trunc_normal_(self.conv_proj.weight, std=math.sqrt(1 / (3 * self.patch_size**2)))
        nn.init.zeros_(self.conv_proj.bias)
        if representation_size is not None:
            nn.init.trunc_normal_(self.heads.pre_logits.weight, std=math.sqrt(1 / self.hidden_dim))
            nn.init.zeros_(self.heads.pre_logits.bias)
        nn.init.zeros_(self.heads.head.weight)
        nn.init.zeros_(self.heads.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2:] != (self.image_size, self.image_size):
            raise ValueError(f"this VisionTransformer takes images of {self.image_size} x {self.image_size}, got {tuple(x.shape)}")
        x = self.conv_proj(x).flatten(2).permute(0, 2, 1)  # (N, patches, E)
        x = flambeau.cat([self.class_token.expand(x.shape[0], -1, -1), x], dim=1)
        return self.heads(self.encoder(x)[:, 0])


@build
def vit_b_16(*, weights=None, progress: bool = True, image_size: int = 224, **config) -> VisionTransformer:
    """ViT-B/16: 86,567,656 parameters for 1,000 classes."""
    no_weights(weights, "vit_b_16")
    return VisionTransformer(image_size, 16, 12, 12, 768, 3072, **config)


@build
def vit_tiny(*, weights=None, progress: bool = True, image_size: int = 224, patch_size: int = 16, **config) -> VisionTransformer:
    """ViT-Ti/16: 12 layers of 3 heads and width 192; 5,717,416 parameters for 1,000 classes. For CIFAR: image_size=32, patch_size=4."""
    no_weights(weights, "vit_tiny")
    return VisionTransformer(image_size, patch_size, 12, 3, 192, 768, **config)
