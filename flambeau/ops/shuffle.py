"""Channels rearranged: into pixels, from pixels, among groups."""
from __future__ import annotations

from .common import Tensor, need_tensor


def pixel_shuffle(input, upscale_factor: int) -> Tensor:
    """Channels laid out as r x r pixels: input (…, C · r², H, W) -> (…, C, H · r, W · r), r the factor. RuntimeError for other shapes."""
    x, r = need_tensor(input, "pixel_shuffle"), int(upscale_factor)
    if x.ndim < 3:
        raise RuntimeError(f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {x.ndim} dimension(s)")
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *lead, channels, high, wide = x.shape
    if channels % (r * r):
        raise RuntimeError("pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
                           f"input.size(-3)={channels} is not divisible by {r * r}")
    n = len(lead)
    split = x.reshape(*lead, channels // (r * r), r, r, high, wide)
    return split.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2).reshape(*lead, channels // (r * r), high * r, wide * r)


def pixel_unshuffle(input, downscale_factor: int) -> Tensor:
    """r x r pixels as channels: input (…, C, H · r, W · r) -> (…, C · r², H, W), the reverse of pixel_shuffle. RuntimeError for other shapes."""
    x, r = need_tensor(input, "pixel_unshuffle"), int(downscale_factor)
    if x.ndim < 3:
        raise RuntimeError(f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {x.ndim} dimension(s)")
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *lead, channels, high, wide = x.shape
    for name, size, at in (("height", high, -2), ("width", wide, -1)):
        if size % r:
            raise RuntimeError(f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({at})={size} is not divisible by {r}")
    n = len(lead)
    split = x.reshape(*lead, channels, high // r, r, wide // r, r)
    return split.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3).reshape(*lead, channels * r * r, high // r, wide // r)


def channel_shuffle(input, groups: int) -> Tensor:
    """Channels dealt out in turn from `groups` groups: input (N, C, …). RuntimeError where C is not divisible by `groups`."""
    x, groups = need_tensor(input, "channel_shuffle"), int(groups)
    if x.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(x.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if x.shape[1] % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {x.shape[1]} channels and {groups} groups.")
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]).transpose(1, 2).reshape(x.shape)


native_channel_shuffle = channel_shuffle

__all__ = ["channel_shuffle", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]
