"""Derivatives in a direction, carried along with the values (torch.autograd.forward_ad).

    with forward_ad.dual_level():
        x = forward_ad.make_dual(point, direction)
        value, derivative = forward_ad.unpack_dual(f(x))

Here the derivative is found when it is asked for, from the graph that autograd records: it is the derivative, by the cotangent, of the product
of a cotangent with the Jacobian. So it needs grad mode while f runs, and operators whose gradients are differentiable, as flambeau's are.
"""
from __future__ import annotations

from typing import NamedTuple

from ..core.tensor import Tensor
from ..ops.create import zeros_like
from .engine import grad
from .modes import enable_grad

_levels: list[list[tuple[Tensor, Tensor]]] = []         # for each open level its (stand-in for a primal, tangent) pairs


class UnpackedDualTensor(NamedTuple):
    """A value and its derivative; None where it does not depend on a dual tensor."""

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Open a level; its number. RuntimeError inside another."""
    if _levels:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _levels.append([])
    return len(_levels) - 1


def exit_dual_level(*, level: int | None = None) -> None:
    """Close the level: its tensors have no derivatives any more. RuntimeError without one."""
    if not _levels or level is not None and level != len(_levels) - 1:
        raise RuntimeError("Trying to exit a forward AD level that was not the last one that was created. This is not supported.")
    _levels.pop()


class dual_level:
    """A level for the length of a with statement."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """The tensor, with `tangent` as its derivative. RuntimeError outside of a level, or for a tangent of another shape."""
    if not _levels:
        raise RuntimeError("Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.")
    if tensor.shape != tangent.shape:
        raise RuntimeError("Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor is "
                           f"of size {list(tensor.shape)} while the given forward gradient is of size {list(tangent.shape)}.")
    with enable_grad():
        dual = tensor.view_as(tensor) if tensor.requires_grad else tensor.detach().requires_grad_()
    _levels[-1].append((dual, tangent))
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """(value, derivative) of what was computed from dual tensors of the open level; (value, None) outside of one."""
    pairs = _levels[-1] if _levels else []
    for dual, tangent in pairs:
        if dual is tensor:
            return UnpackedDualTensor(tensor.detach(), tangent)
    if not pairs or not tensor.requires_grad:
        return UnpackedDualTensor(tensor, None)
    with enable_grad():
        cotangent = zeros_like(tensor).requires_grad_()
        found = grad(tensor, [dual for dual, _ in pairs], cotangent, create_graph=True, retain_graph=True, allow_unused=True)
        products = [(g, tangent) for g, (_, tangent) in zip(found, pairs, strict=True) if g is not None]
        if not products:
            return UnpackedDualTensor(tensor, None)
        live = [(g, tangent) for g, tangent in products if g.requires_grad]
        tangent = grad([g for g, _ in live], cotangent, [t.to(g.dtype) for g, t in live], retain_graph=True, allow_unused=True)[0] if live else None
    return UnpackedDualTensor(tensor.detach(), zeros_like(tensor) if tangent is None else tangent)


__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]
