"""Automatic differentiation: one reverse walk over the graph that recording leaves behind."""
from __future__ import annotations

from ..core.tensor import Tensor
from .engine import backward, grad
from .modes import enable_grad, inference_mode, no_grad, set_grad_enabled


def _method(self, gradient=None, retain_graph=None, create_graph: bool = False, inputs=None) -> None:
    """Add to the `.grad` of the leaves that led here the gradient of this tensor (times `gradient`; a scalar needs none)."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


Tensor.backward = _method
__all__ = ["backward", "enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled"]
