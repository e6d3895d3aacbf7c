"""autocast: a region in which products run in a shorter type."""
from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

import flambeau
from flambeau import Tensor, is_autocast_available

_SHORT = (flambeau.bfloat16, flambeau.float16)


class autocast:
    """A region, as a with statement or a decorator, in which products run in a shorter type.

        with torch.autocast("cpu"):
            loss = loss_fn(model(x), y)     # linear layers and convolutions in bfloat16, the loss in float32

    On the CPU the type is bfloat16: linear, matmul and their kin, convolutions and attention cast their arguments to it, losses,
    decompositions and some reductions cast theirs to float32, all else runs in the types that it gets; double precision is left alone.
    Operators compute bfloat16 by way of float32 and round results, so that values are those of bfloat16; nothing gets faster by it yet.
    For a device that is not there, the region changes nothing, and says so in a warning.

    Args:
        device_type: "cpu", "cuda", "mps" …: whose tensors are cast.
        dtype: the shorter type, float16 or bfloat16; the device's usual one if None.
        enabled: False makes a region without autocast, also inside another.
        cache_enabled: cast a weight once for all its uses in the region.

    Raises:
        ValueError: device_type is no text.
        RuntimeError: autocast does not know the device type.
    """

    def __init__(self, device_type: str, dtype: flambeau.dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self.device = device_type
        self.fast_dtype = flambeau.get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = flambeau.is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        self._enabled = enabled and self._possible()

    def _possible(self) -> bool:
        """Whether there is something to cast; a warning if not."""
        if self.device == "cuda" and not flambeau.cuda.is_available():
            reason = "CUDA is not available or torch_xla is imported. Disabling autocast."
        elif self.fast_dtype not in _SHORT:
            name = self.device.upper()
            reason = (f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n"
                      f"{name} Autocast only supports dtypes of {', '.join(map(str, _SHORT))} currently.")
        else:
            return True
        warnings.warn(reason, stacklevel=4 if type(self) is autocast else 5)
        return False

    def __enter__(self):
        self._outer = (flambeau.is_autocast_enabled(self.device), flambeau.get_autocast_dtype(self.device), flambeau.is_autocast_cache_enabled())
        flambeau.autocast_increment_nesting()
        self._set(self._enabled, self.fast_dtype, self._cache_enabled)
        return self

    def __exit__(self, *exception) -> None:
        if flambeau.autocast_decrement_nesting() == 0:
            flambeau.clear_autocast_cache()
        self._set(*self._outer)

    def _set(self, enabled, dtype, cache_enabled) -> None:
        flambeau.set_autocast_enabled(self.device, enabled)
        flambeau.set_autocast_dtype(self.device, dtype)
        flambeau.set_autocast_cache_enabled(cache_enabled)

    def __call__(self, function):
        """The function, run in such a region."""
        if not callable(function):
            raise TypeError(f"autocast()(func) requires a callable, but got {type(function).__name__}. Did you mean to use autocast as a context manager? "
                            "For example:\n    with torch.autocast(device_type=...):\n        output = model(input)")

        @functools.wraps(function)
        def in_region(*args, **kwargs):
            with self:
                return function(*args, **kwargs)
        return in_region


def _cast(value: Any, device_type: str, dtype: flambeau.dtype) -> Any:
    """`value` with the floating tensors of a device in it cast to `dtype`, double precision excepted."""
    if isinstance(value, Tensor):
        short = value.is_floating_point() and value.device.type == device_type and value.dtype is not flambeau.float64
        return value.to(dtype) if short else value
    if isinstance(value, Mapping):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, str | bytes | np.ndarray) or not isinstance(value, Iterable):
        return value
    items = (_cast(v, device_type, dtype) for v in value)
    return type(value)(items) if isinstance(value, list | tuple) else items


def custom_fwd(fwd=None, *, device_type: str, cast_inputs: flambeau.dtype | None = None):
    """Decorates the `forward` of an autograd.Function that is used inside autocast.

    Args:
        device_type: the kind of device whose autocast matters.
        cast_inputs: inside autocast, cast the inputs to this type and run without autocast; None runs as the region does.

    Raises:
        ValueError: device_type is no text.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def forward(ctx, *args, **kwargs):
        enabled = flambeau.is_autocast_enabled(device_type)
        ctx._dtype, ctx._fwd_used_autocast = flambeau.get_autocast_dtype(device_type), enabled and cast_inputs is None
        if not enabled or cast_inputs is None:
            return fwd(ctx, *args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(ctx, *_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))
    return forward


def custom_bwd(bwd=None, *, device_type: str):
    """Decorates the `backward` that goes with `custom_fwd`: it runs in autocast if the forward did, and in the same type.

    Raises:
        ValueError: device_type is no text.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def backward(ctx, *args, **kwargs):
        with autocast(device_type, dtype=ctx._dtype, enabled=ctx._fwd_used_autocast):
            return bwd(ctx, *args, **kwargs)
    return backward
