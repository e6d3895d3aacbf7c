"""Which implementation of attention to use. There is one: choices are accepted, and change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from flambeau.nn.attention import bias

__all__ = ["SDPBackend", "WARN_FOR_UNFUSED_KERNELS", "bias", "sdpa_kernel"]

WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(IntEnum):
    """Implementations that a program may name."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(backends: list[SDPBackend] | SDPBackend, set_priority: bool = False) -> Iterator[None]:
    """Name the implementations that ``scaled_dot_product_attention`` may use inside.

    Raises:
        TypeError: something else than an SDPBackend or a list of them.
    """
    chosen = [backends] if isinstance(backends, SDPBackend) else backends
    if not isinstance(chosen, list) or not all(isinstance(backend, SDPBackend) for backend in chosen):
        raise TypeError(f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {backends!r}")
    yield
