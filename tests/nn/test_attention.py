"""Multi-head attention and transformers: against NumPy, masks in both forms, options, and what must not depend on what."""

import numpy as np
import pytest

import flambeau
from flambeau import nn


def close(got, expected, tolerance=1e-5):
    np.testing.assert_allclose(got.detach().numpy(), np.asarray(expected), rtol=1e-4, atol=tolerance)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def by_hand(module, query, key, value, mask=None):
    """One sample: (L, E), (S, E), (S, E); mask (L, S) is added."""
    e, heads = module.embed_dim, module.num_heads
    w, b = module.in_proj_weight.detach().numpy(), module.in_proj_bias.detach().numpy()
    q, k, v = (x @ w[i * e:(i + 1) * e].T + b[i * e:(i + 1) * e] for i, x in enumerate((query, key, value)))
    outputs, weights = [], []
    for head in range(heads):
        part = slice(head * e // heads, (head + 1) * e // heads)
        scores = q[:, part] @ k[:, part].T / np.sqrt(e // heads)
        weights.append(softmax(scores if mask is None else scores + mask))
        outputs.append(weights[-1] @ v[:, part])
    out = np.concatenate(outputs, -1) @ module.out_proj.weight.detach().numpy().T + module.out_proj.bias.detach().numpy()
    return out, np.stack(weights)


@pytest.fixture
def module():
    made = nn.MultiheadAttention(8, 2)
    with flambeau.no_grad():
        made.in_proj_bias.uniform_(-1, 1)
        made.out_proj.bias.uniform_(-1, 1)
    return made


class TestMultiheadAttention:
    def test_formula(self, module):
        q, k, v = flambeau.randn(3, 8), flambeau.randn(5, 8), flambeau.randn(5, 8)
        output, weights = by_hand(module, q.numpy(), k.numpy(), v.numpy())
        got, mean = module(q, k, v)
        close(got, output)
        close(mean, weights.mean(0))
        assert module(q, k, v, need_weights=False)[1] is None
        close(module(q, k, v, need_weights=False)[0], output)
        close(module(q, k, v, average_attn_weights=False)[1], weights)

    @pytest.mark.parametrize("batch_first", [False, True])
    def test_batches(self, module, batch_first):
        module.batch_first = batch_first
        x = flambeau.randn(4, 3, 8)
        output, weights = module(x, x, x)
        assert output.shape == x.shape and weights.shape == ((4, 3, 3) if batch_first else (3, 4, 4))
        one = x[0] if batch_first else x[:, 0]
        close(output[0] if batch_first else output[:, 0], by_hand(module, *[one.numpy()] * 3)[0])

    @pytest.mark.parametrize("as_numbers", [False, True])
    def test_masks(self, module, as_numbers):
        x = flambeau.randn(4, 8)
        causal = flambeau.ones(4, 4).triu(1).bool()
        padding = flambeau.tensor([False, False, False, True])
        added = np.where(causal.numpy() | padding.numpy(), -np.inf, 0.0)
        if as_numbers:
            causal, padding = (flambeau.zeros(m.shape).masked_fill(m, -np.inf) for m in (causal, padding))
        got, weights = module(x, x, x, attn_mask=causal, key_padding_mask=padding)
        output, expected = by_hand(module, *[x.numpy()] * 3, mask=added)
        close(got, output)
        close(weights, expected.mean(0))

    def test_causal_hint(self, module):
        x = flambeau.randn(4, 8)
        mask = nn.Transformer.generate_square_subsequent_mask(4)
        close(module(x, x, x, attn_mask=mask, is_causal=True, need_weights=False)[0], by_hand(module, *[x.numpy()] * 3, mask.numpy())[0])
        with pytest.raises(RuntimeError):
            module(x, x, x, is_causal=True)

    def test_other_sizes(self):
        module = nn.MultiheadAttention(8, 2, kdim=3, vdim=5)
        assert list(module.state_dict()) == [
            "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
        assert module(flambeau.randn(2, 1, 8), flambeau.randn(4, 1, 3), flambeau.randn(4, 1, 5))[0].shape == (2, 1, 8)

    def test_extra_keys(self):
        module = nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True)
        assert module.bias_k.shape == (1, 1, 8)
        assert module(*[flambeau.randn(3, 2, 8)] * 3)[1].shape == (2, 3, 5)
        assert nn.MultiheadAttention(8, 2, bias=False).in_proj_bias is None

    def test_dropout_of_weights(self):
        module, x = nn.MultiheadAttention(8, 2, dropout=0.5), flambeau.randn(5, 8)
        assert not flambeau.equal(module(x, x, x)[0], module(x, x, x)[0])
        module.eval()
        assert flambeau.equal(module(x, x, x)[0], module(x, x, x)[0])

    def test_errors(self):
        with pytest.raises(AssertionError, match="divisible"):
            nn.MultiheadAttention(8, 3)
        with pytest.raises(ValueError, match="greater than 0"):
            nn.MultiheadAttention(0, 1)

    def test_merge_masks(self, module):
        query = flambeau.zeros(2, 3, 8)
        padding, mask = flambeau.zeros(2, 3), flambeau.zeros(3, 3)
        assert module.merge_masks(None, None, query) == (None, None)
        assert module.merge_masks(None, padding, query)[1] == 1
        merged, kind = module.merge_masks(mask, padding, query)
        assert merged.shape == (2, 2, 3, 3) and kind == 2


class TestTransformer:
    def test_shapes_and_names(self):
        model = nn.Transformer(8, 2, 1, 2, 16)
        assert model(flambeau.randn(5, 3, 8), flambeau.randn(4, 3, 8)).shape == (4, 3, 8)
        first = nn.Transformer(8, 2, 1, 1, 16, batch_first=True, bias=False, norm_first=True, activation="gelu")
        assert first(flambeau.randn(3, 5, 8), flambeau.randn(3, 4, 8)).shape == (3, 4, 8)
        assert first(flambeau.randn(5, 8), flambeau.randn(4, 8)).shape == (4, 8)
        layer = nn.TransformerDecoderLayer(8, 2, 16)
        assert [name for name, _ in layer.named_children()] == [
            "self_attn", "multihead_attn", "linear1", "dropout", "linear2", "norm1", "norm2", "norm3", "dropout1", "dropout2", "dropout3"]

    def test_copies_start_alike(self):
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)
        assert flambeau.equal(encoder.layers[0].linear1.weight, encoder.layers[1].linear1.weight)
        assert encoder.layers[0].linear1.weight is not encoder.layers[1].linear1.weight

    def test_future_is_not_seen(self):
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0), 2, nn.LayerNorm(8))
        x = flambeau.randn(1, 4, 8)
        mask = nn.Transformer.generate_square_subsequent_mask(4)
        before = encoder(x, mask=mask)
        changed = flambeau.cat([x[:, :3], flambeau.randn(1, 1, 8)], 1)
        close(encoder(changed, mask=mask)[:, :3], before[:, :3].detach().numpy())
        close(encoder(x, mask=mask, is_causal=True), before.detach().numpy())

    def test_padding_is_not_seen(self):
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0)
        x, padding = flambeau.randn(1, 4, 8), flambeau.tensor([[False, False, False, True]])
        close(layer(x, src_key_padding_mask=padding)[:, :3], layer(x[:, :3]).detach().numpy())

    def test_padding_comes_out_as_zero_without_gradients(self):
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1).eval()
        x, padding = flambeau.randn(2, 3, 8), flambeau.tensor([[False, False, True], [False, False, False]])
        with flambeau.no_grad():
            y = encoder(x, src_key_padding_mask=padding)
        assert y[0, 2].tolist() == [0] * 8 and y[1, 2].abs().sum().item() > 0
        close(encoder(x, src_key_padding_mask=padding)[0, :2], y[0, :2].numpy())

    def test_norm_first(self):
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0, norm_first=True)
        x = flambeau.randn(3, 1, 8)
        y = x + layer.self_attn(layer.norm1(x), layer.norm1(x), layer.norm1(x))[0]
        close(layer(x), (y + layer.linear2(layer.linear1(layer.norm2(y)).relu())).detach().numpy())

    def test_activations(self):
        for activation, module in (("gelu", None), (nn.functional.relu, None), (nn.ReLU(), "activation"), (nn.SiLU(), "activation")):
            layer = nn.TransformerEncoderLayer(8, 2, 16, activation=activation)
            assert ("activation" in layer._modules) == (module is not None) and layer(flambeau.randn(2, 1, 8)).shape == (2, 1, 8)
        with pytest.raises(RuntimeError, match="relu/gelu"):
            nn.TransformerEncoderLayer(8, 2, activation="tanh")

    def test_custom_parts(self):
        class Memory(nn.Module):
            def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
                return src * 0

        assert nn.Transformer(8, 2, 1, 1, 16, custom_encoder=Memory())(flambeau.randn(2, 1, 8), flambeau.randn(3, 1, 8)).shape == (3, 1, 8)

    @pytest.mark.parametrize("src, tgt", [((2, 3, 8), (2, 4, 8)), ((2, 3, 7), (2, 3, 8))])
    def test_errors(self, src, tgt):
        with pytest.raises(RuntimeError, match="must be equal"):
            nn.Transformer(8, 2, 1, 1, 16)(flambeau.ones(*src), flambeau.ones(*tgt))

    def test_learns(self):
        layer = nn.TransformerDecoderLayer(8, 2, 16)
        layer(flambeau.randn(3, 2, 8), flambeau.randn(4, 2, 8)).square().sum().backward()
        assert all(p.grad is not None for p in layer.parameters())


def test_names_of_backends():
    with nn.attention.sdpa_kernel([nn.attention.SDPBackend.MATH]):
        pass
    with pytest.raises(TypeError), nn.attention.sdpa_kernel("math"):
        pass
    assert nn.attention.bias.causal_lower_right(2, 3).tolist() == [[True, True, False], [True, True, True]]
    assert nn.attention.bias.causal_upper_left(2, 3).tolist() == [[True, False, False], [True, True, False]]
