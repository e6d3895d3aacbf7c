"""Automatic differentiation: one reverse walk over the graph that recording leaves behind."""
from __future__ import annotations

from ..core.tensor import Tensor
from . import function, functional, graph
from .anomaly_mode import detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from .engine import backward, grad
from .function import Function
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .modes import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled


def _method(self, gradient=None, retain_graph=None, create_graph: bool = False, inputs=None) -> None:
    """Add to the `.grad` of the leaves that led here the gradient of this tensor (times `gradient`; a scalar needs none)."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


Tensor.backward = _method


def Variable(data, requires_grad: bool = False, volatile=None) -> Tensor:
    """The tensor itself, wanting a gradient or not: since PyTorch 0.4 a Variable is a Tensor."""
    return data.requires_grad_(requires_grad) if requires_grad else data


__all__ = ["Function", "GradcheckError", "Variable", "backward", "detect_anomaly", "enable_grad", "function", "functional", "grad", "gradcheck",
           "gradgradcheck", "graph", "inference_mode", "is_anomaly_enabled", "is_grad_enabled", "no_grad", "set_detect_anomaly", "set_grad_enabled"]
