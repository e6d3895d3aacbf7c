"""Attention: values averaged by how well their keys match a query."""
from __future__ import annotations

import math
import warnings
from functools import lru_cache

import numpy as np

from ..core import dtype as dt
from ..core.events import pure
from ..core.graph import Constant
from .arrange import repeat_interleave
from .autocast import lower_precision
from .common import Size, Tensor, cast, need_tensor, wrap
from .contract import linear, matmul
from .dropout import dropout
from .elementwise import where
from .join import cat
from .pad import pad
from .softmax import softmax


@lru_cache(maxsize=8)
def _ahead(rows: int, columns: int, dtype) -> Tensor:
    """0 where query `row` may see key `column`, -inf where that is ahead of it."""
    t = wrap(Constant(Size((rows, columns)), dtype, np.where(np.tri(rows, columns, dtype=bool), 0, -np.inf).astype(dtype.numpy)))
    t._inference = False            # it outlives the mode it was made in
    return t


@lower_precision
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
                                 enable_gqa: bool = False) -> Tensor:
    """softmax(query · keyᵀ · scale + mask) · value: query (…, L, E), key (…, S, E), value (…, S, Ev) -> (…, L, Ev)

    attn_mask: broadcast to (…, L, S), True where a key counts, or numbers to be added; a query that sees no key gives zeros. is_causal: query i
    sees the keys up to i, and there is no other mask. dropout_p: applied to the weights, always. scale: 1 / √E unless given. enable_gqa: keys
    and values have fewer heads (axis -3), each shared by as many neighbouring query heads.
    RuntimeError for operands that do not fit.
    """
    if dropout_p:
        return _attend(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    return _attend_plainly(query, key, value, attn_mask, 0.0, is_causal, scale, enable_gqa)


def _attend(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa) -> Tensor:
    for name, t in (("query", query), ("key", key), ("value", value)):
        if need_tensor(t, "scaled_dot_product_attention", name).ndim < 2:
            raise RuntimeError("scaled_dot_product_attention: Expected query, key, and value to all be  at least 2 dimensional, but got "
                               f"query.dim(): {query.ndim}, key.dim(): {key.ndim} and value.dim(): {value.ndim} instead.")
    if not query.dtype is key.dtype is value.dtype:
        raise RuntimeError(f"Expected query, key, and value to have the same dtype, but got query.dtype: {query.dtype} key.dtype: "
                           f"{key.dtype} and value.dtype: {value.dtype} instead.")
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        key, value = (_shared(name, query, t) for name, t in (("key", key), ("value", value)))
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else float(scale)
    scores = matmul(query * scale, key.transpose(-2, -1))
    if is_causal:
        scores = scores + _ahead(*scores.shape[-2:], scores.dtype).to(scores.device)
        weights = softmax(scores, -1)
    elif attn_mask is not None:
        weights = _masked_softmax(scores, attn_mask)
    else:
        weights = softmax(scores, -1)
    if dropout_p:
        weights = dropout(weights, dropout_p)
    return matmul(weights, value)


_attend_plainly = pure(_attend)         # what is dropped is drawn anew each time


def _shared(name: str, query, t):
    """Keys or values repeated for the query heads that share them."""
    heads, own = query.shape[-3], t.shape[-3]
    if own == 0 or heads % own:
        raise RuntimeError(f"scaled_dot_product_attention: Number of heads in {name} must divide the number of heads in query, got {own} "
                           f"and {heads}")
    return t if own == heads else repeat_interleave(t, heads // own, -3)


def _masked_softmax(scores, mask):
    """The softmax of scores under a mask, with zeros (and no gradient) for queries to which no key is left."""
    if mask.dtype is dt.bool_:
        scores = where(mask, scores, -math.inf)
    elif mask.dtype.category == 2:
        scores = scores + cast(mask, scores.dtype)
    else:
        raise RuntimeError(f"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {mask.dtype} "
                           f"and  query.dtype: {scores.dtype} instead.")
    blind = (scores.detach() == -math.inf).all(-1, keepdim=True)
    return where(blind, 0, softmax(where(blind, 0, scores), -1))


# ---------------------------------------------------------------------------------------------------------- several heads at once
def _need(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _additive(mask, name: str, dtype):
    """A mask in numbers: -inf where a bool one is True."""
    if mask is None or mask.is_floating_point():
        return mask
    _need(mask.dtype is dt.bool_, f"only bool and floating types of {name} are supported, got {mask.dtype}")
    return mask.new_zeros(mask.shape, dtype=dtype).masked_fill(mask, -math.inf)


def _batched(query, key, value, key_padding_mask, attn_mask, num_heads: int) -> bool:
    """Whether query, key and value are batched. AssertionError for numbers of axes that do not go together."""
    _need(query.ndim in (2, 3), f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor")
    batched, n = query.ndim == 3, query.ndim
    kind = "batched (3-D)" if batched else "unbatched (2-D)"
    _need(key.ndim == value.ndim == n,
          f"For {kind} `query`, expected `key` and `value` to be {n}-D but found {key.ndim}-D and {value.ndim}-D tensors respectively")
    if key_padding_mask is not None:
        _need(key_padding_mask.ndim == n - 1,
              f"For {kind} `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but found {key_padding_mask.ndim}-D tensor "
              "instead")
    if attn_mask is not None:
        _need(attn_mask.ndim in (2, 3), f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.ndim}-D "
                                        "tensor instead")
        wanted = (num_heads, query.shape[0], key.shape[0])
        if attn_mask.ndim == 3 and not batched:
            _need(tuple(attn_mask.shape) == wanted, f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}")
    return batched


def _projected(query, key, value, weight, bias, separate):
    """Query, key and value through their own parts of the input projection: one weight (3 E, E), or three separate ones."""
    if separate is not None:
        size = query.shape[-1]
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        for name, t, w in zip(("query", "key", "value"), (query, key, value), separate, strict=True):
            _need(w is not None, f"use_separate_proj_weight is True but {name[0]}_proj_weight is None")
            _need(tuple(w.shape) == (size, t.shape[-1]), f"expecting {name} weights shape of {(size, t.shape[-1])}, but got {w.shape}")
        return tuple(linear(t, w, b) for t, w, b in zip((query, key, value), separate, biases, strict=True))
    _need(weight is not None, "use_separate_proj_weight is False but in_proj_weight is None")
    if query is key is value:
        return linear(query, weight, bias).chunk(3, -1)
    weights, biases = weight.chunk(3), (None,) * 3 if bias is None else bias.chunk(3)
    return tuple(linear(t, w, b) for t, w, b in zip((query, key, value), weights, biases, strict=True))


def multi_head_attention_forward(query, key, value, embed_dim_to_check: int, num_heads: int, in_proj_weight, in_proj_bias, bias_k, bias_v,
                                 add_zero_attn: bool, dropout_p: float, out_proj_weight, out_proj_bias, training: bool = True, key_padding_mask=None,
                                 need_weights: bool = True, attn_mask=None, use_separate_proj_weight: bool = False, q_proj_weight=None, k_proj_weight=None,
                                 v_proj_weight=None, static_k=None, static_v=None, average_attn_weights: bool = True, is_causal: bool = False):
    """Attention in several heads between projections: query (L, N, E), key and value (S, N, E), or without N -> (result (L, N, E), weights or None)

    bias_k, bias_v: one more key and value that are learnt; add_zero_attn: one more of zeros. key_padding_mask (N, S): True (or -inf) where a key
    does not count; attn_mask (L, S) or (N · heads, L, S): True (or -inf) where a query does not see a key. static_k, static_v (N · heads, S, E /
    heads): used in place of the projected ones. The weights (N, L, S) are the heads' mean, or (N, heads, L, S) without average_attn_weights.
    AssertionError, RuntimeError for operands that do not fit.
    """
    batched = _batched(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same_key, same_value = key is query, value is key
        query = query.unsqueeze(1)
        key = query if same_key else key.unsqueeze(1)
        value = key if same_value else value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, size = query.shape
    if key_padding_mask is not None and attn_mask is not None and key_padding_mask.dtype is not attn_mask.dtype:
        warnings.warn("Support for mismatched key_padding_mask and attn_mask is deprecated. Use same type for both instead.", UserWarning, stacklevel=2)
    key_padding_mask = _additive(key_padding_mask, "key_padding_mask", query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
                           "`generate_square_subsequent_mask` to create this mask.")
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask, is_causal = _additive(attn_mask, "attn_mask", query.dtype), is_causal and key_padding_mask is None
    _need(size == embed_dim_to_check, f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    each = size // num_heads
    _need(each * num_heads == size, f"embed_dim {size} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        _need(key.shape[:2] == value.shape[:2], f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    else:
        _need(key.shape == value.shape, f"key shape {key.shape} does not match value shape {value.shape}")
    q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias, (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None)
    if attn_mask is not None:
        wanted = (length, key.shape[0]) if attn_mask.ndim == 2 else (batch * num_heads, length, key.shape[0])
        if tuple(attn_mask.shape) != wanted:
            raise RuntimeError(f"The shape of the {attn_mask.ndim}D attn_mask is {attn_mask.shape}, but should be {wanted}.")
        attn_mask = attn_mask.unsqueeze(0) if attn_mask.ndim == 2 else attn_mask
    _need((bias_k is None) == (bias_v is None), f"bias_{'k' if bias_v is None else 'v'} is set but bias_{'v' if bias_v is None else 'k'} "
                                                "is None")
    if bias_k is not None:
        _need(static_k is None, "bias cannot be added to static key.")
        _need(static_v is None, "bias cannot be added to static value.")
        k, v = cat([k, bias_k.expand(1, batch, size)]), cat([v, bias_v.expand(1, batch, size)])
        attn_mask, key_padding_mask = (None if m is None else pad(m, (0, 1)) for m in (attn_mask, key_padding_mask))

    def heads(t):
        return t.reshape(t.shape[0], batch * num_heads, each).transpose(0, 1)
    for name, t in (("static_k", static_k), ("static_v", static_v)):
        if t is not None:
            _need(t.shape[0] == batch * num_heads, f"expecting {name}.size(0) of {batch * num_heads}, but got {t.shape[0]}")
            _need(t.shape[2] == each, f"expecting {name}.size(2) of {each}, but got {t.shape[2]}")
    q, k, v = heads(q), heads(k) if static_k is None else static_k, heads(v) if static_v is None else static_v
    if add_zero_attn:
        nothing = k.new_zeros((batch * num_heads, 1, each))
        k, v = cat([k, nothing], 1), cat([v, nothing], 1)
        attn_mask, key_padding_mask = (None if m is None else pad(m, (0, 1)) for m in (attn_mask, key_padding_mask))
    keys = k.shape[1]
    if key_padding_mask is not None:
        _need(tuple(key_padding_mask.shape) == (batch, keys), f"expecting key_padding_mask of shape {(batch, keys)}, but got "
                                                              f"{tuple(key_padding_mask.shape)}")
        padding = key_padding_mask.reshape(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(batch * num_heads, 1, keys)
        attn_mask = padding if attn_mask is None else attn_mask + padding
    dropout_p = dropout_p if training else 0.0
    weights = None
    if need_weights:
        _need(not is_causal or attn_mask is not None, "is_causal needs its attn_mask where weights are returned")
        scores = matmul(q * math.sqrt(1 / each), k.transpose(-2, -1))
        weights = softmax(scores if attn_mask is None else scores + attn_mask, -1)
        weights = dropout(weights, dropout_p) if dropout_p > 0 else weights
        result = matmul(weights, v).transpose(0, 1).reshape(length * batch, size)
        weights = weights.reshape(batch, num_heads, length, keys)
        weights = weights.mean(1) if average_attn_weights else weights
    else:
        if attn_mask is not None:
            attn_mask = attn_mask.unsqueeze(0) if attn_mask.shape[0] == 1 else attn_mask.reshape(batch, num_heads, -1, keys)
        q, k, v = (t.reshape(batch, num_heads, -1, each) for t in (q, k, v))
        result = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal).permute(2, 0, 1, 3).reshape(length * batch, size)
    result = linear(result, out_proj_weight, out_proj_bias).reshape(length, batch, -1)
    if not batched:
        result, weights = result.squeeze(1), None if weights is None else weights.squeeze(0)
    return result, weights


__all__: list[str] = []         # names of nn.functional only
