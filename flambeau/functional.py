"""torch.functional: functions that are at the top too."""
from __future__ import annotations

import flambeau

_NAMES = frozenset("""align_tensors atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist chain_matmul einsum lu
meshgrid norm split stft tensordot unique unique_consecutive unravel_index""".split())


def __getattr__(name: str):
    if name in _NAMES:
        return getattr(flambeau, name)
    raise AttributeError(f"module 'torch.functional' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_NAMES)
