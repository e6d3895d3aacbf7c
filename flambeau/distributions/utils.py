"""What distributions share: broadcasting of parameters, probabilities and log-odds, triangular matrices as vectors."""

import functools
from collections.abc import Sequence
from numbers import Number
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn import functional as F

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060


def broadcast_all(*values: Tensor | Number) -> tuple[Tensor, ...]:
    """The values as tensors of one shape. Numbers take the dtype and device of the first tensor, or the default dtype.

    Raises:
        ValueError: something that is neither a number nor a tensor.
    """
    for value in values:
        if not isinstance(value, (Tensor, Number)):
            raise ValueError(
                f"Input arguments must all be instances of Number or torch.Tensor, but one is {type(value).__name__}; make a tensor of it"
            )
    options: dict[str, Any] = {"dtype": flambeau.get_default_dtype()}
    for value in values:
        if isinstance(value, Tensor):
            options = {"dtype": value.dtype, "device": value.device}
            break
    tensors = [value if isinstance(value, Tensor) else flambeau.tensor(value, **options) for value in values]
    if all(tensor.shape == tensors[0].shape for tensor in tensors):
        return tuple(tensors)
    return tuple(flambeau.broadcast_tensors(*tensors))


def _standard_normal(shape: Sequence[int], dtype: Any, device: Any) -> Tensor:
    return flambeau.empty(shape, dtype=dtype, device=device).normal_()


def _sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """Sum over the last ``dim`` axes."""
    return value if dim == 0 else value.reshape(value.shape[:-dim] + (-1,)).sum(-1)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities: of log-odds if ``is_binary``, else of unnormalised log-probabilities along the last axis."""
    return flambeau.sigmoid(logits) if is_binary else F.softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities kept off 0 and 1 by the dtype's eps."""
    eps = flambeau.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Log-odds if ``is_binary``, else log-probabilities; of probabilities kept off 0 and 1, so that they are finite."""
    probs = clamp_probs(probs)
    return probs.log() - (-probs).log1p() if is_binary else probs.log()


class lazy_property(functools.cached_property):
    """An attribute that is computed when it is first asked for, always with gradients, and kept."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        with flambeau.enable_grad():
            return super().__get__(instance, owner)


def _lower_mask(n: int, diag: int, device: Any) -> Tensor:
    order = flambeau.arange(n, device=device)
    return order < order.view(-1, 1) + (diag + 1)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements of (..., n, n) on and below a diagonal, row by row: (..., number of them).

    Raises:
        ValueError: there is no such diagonal.
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _lower_mask(n, diag, mat.device)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """A matrix (..., n, n) with the given elements on and below a diagonal, row by row, and zeros above.

    Raises:
        ValueError: no matrix has this number of elements there.
    """
    size = vec.shape[-1]
    # of n (n + 1) / 2 + n diag, less what diag cuts off at a corner
    n = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * size + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if abs(round(n) - n) > flambeau.finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {size} which cannot be expressed as the lower triangular part of a square D x D matrix."
        )
    n = round(n)
    mat = vec.new_zeros((*vec.shape[:-1], n, n))
    mat[..., _lower_mask(n, diag, vec.device)] = vec
    return mat
