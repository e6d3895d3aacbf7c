"""Gradients kept from becoming too large."""

import types
import warnings
from collections.abc import Iterable

import flambeau
from flambeau import Tensor

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def _tensors(given: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [given] if isinstance(given, Tensor) else list(given)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of several tensors, as if they were one vector: ().

    Args:
        tensors: one or several.
        norm_type: its degree; inf: the largest absolute value.
        error_if_nonfinite: an infinite or undefined norm is an error.
        foreach: accepted; there is one implementation.

    Raises:
        RuntimeError: the norm is not finite, and error_if_nonfinite.
    """
    tensors, norm_type = _tensors(tensors), float(norm_type)
    if not tensors:
        return flambeau.tensor(0.0)
    with flambeau.no_grad():
        device = tensors[0].device
        norms = flambeau.stack([flambeau.linalg.vector_norm(tensor, norm_type).to(device) for tensor in tensors])
        total = flambeau.linalg.vector_norm(norms, norm_type)
        if error_if_nonfinite and not flambeau.isfinite(total):
            raise RuntimeError(
                f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. To disable "
                "this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`")
    return total


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None,
) -> None:
    """Multiply the gradients by max_norm / total_norm, in place, if that is less than 1.

    Args:
        parameters: whose gradients.
        max_norm: the greatest norm, 0 or more.
        total_norm: the norm that they have, see :func:`get_total_norm`.
        foreach: accepted; there is one implementation.
    """
    gradients = [parameter.grad for parameter in _tensors(parameters) if parameter.grad is not None]
    if not gradients:
        return
    with flambeau.no_grad():
        factor = flambeau.clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
        for gradient in gradients:
            gradient.mul_(factor.to(gradient.device))


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients, in place, such that the norm of all of them together is at most max_norm. Returns the norm that it was.

    Args:
        parameters: whose gradients.
        max_norm: the greatest norm, 0 or more.
        norm_type: its degree; inf: the largest absolute value.
        error_if_nonfinite: an infinite or undefined norm is an error.
        foreach: accepted; there is one implementation.

    Raises:
        RuntimeError: the norm is not finite, and error_if_nonfinite.
    """
    is_generator = isinstance(parameters, types.GeneratorType)
    parameters = _tensors(parameters)
    if is_generator and not parameters:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    total_norm = get_total_norm(gradients, norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(parameters, max_norm, total_norm, foreach)
    return total_norm


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Deprecated: use :func:`clip_grad_norm_`."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.", FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Limit each element of the gradients to -clip_value … clip_value, in place.

    Args:
        parameters: whose gradients.
        clip_value: the greatest absolute value, 0 or more.
        foreach: accepted; there is one implementation.
    """
    clip_value = float(clip_value)
    with flambeau.no_grad():
        for parameter in _tensors(parameters):
            if parameter.grad is not None:
                parameter.grad.clamp_(min=-clip_value, max=clip_value)
