"""What pages that work element by element share: which types they take, and the making of their public functions."""
from __future__ import annotations

from typing import ClassVar

from ..core.op import Op
from .common import Tensor, into, need_tensor, record, tensor_or_number
from .create import filled
from .elementwise import Where

KINDS = "bifc"


class Pointwise(Op, abstract=True):
    """A page that works element by element.

    takes: the categories in which it computes, of b(ool), i(nteger), f(loating) and c(omplex). Others are refused with NotImplementedError.
    """

    axes = "... -> ..."
    takes: ClassVar[str] = KINDS

    def compute(self, *inputs):
        common = super().compute(*inputs)
        if KINDS[common.category] not in self.takes:
            raise NotImplementedError(f'"{self.name}" not implemented for \'{common._title}\'')
        return common


class Binary(Pointwise, abstract=True):
    """A page of two operands that broadcast."""

    axes = "..., ... -> ..."


class Predicate(Pointwise, abstract=True):
    """A page that answers yes or no for each element, in whatever type the elements are."""

    types = "bool"


def zeros_of(g: Tensor) -> Tensor:
    """The gradient of what is constant: zeros like `g`, also where `g` is infinite."""
    return filled(g.shape, 0, g.dtype, g.device)


def masked(condition, g: Tensor) -> Tensor:
    """`g` where the condition holds, else 0, also where `g` is infinite."""
    return record(Where(), condition, g, 0)


def unary(page: Op, name: str | None = None):
    """The public function f(input, *, out=None) of a page."""
    name = name or page.name

    def function(input, *, out=None):
        result = record(page, input if isinstance(input, Tensor) else need_tensor(input, name))
        return result if out is None else into(out, result, name)
    return named(function, name, page)


def binary(page: Op, name: str | None = None, by_number: Op | None = None, of_number: Op | None = None):
    """The public function f(input, other, *, out=None) of a page.

    by_number, of_number: the pages for a Python number as second and as first operand; without them a number is refused there.
    """
    name = name or page.name

    def function(input, other, *, out=None):
        chosen = page
        if not isinstance(input, Tensor):
            if of_number is None or not isinstance(other, Tensor) or not tensor_or_number(input):
                need_tensor(input, name)
            chosen = of_number
        elif not isinstance(other, Tensor):
            if by_number is None or not tensor_or_number(other):
                need_tensor(other, name, "other")
            chosen = by_number
        result = record(chosen, input, other)
        return result if out is None else into(out, result, name)
    return named(function, name, page)


def named(function, name: str, page: Op):
    """`function` under its public name, with the page's docstring."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = type(page).__doc__
    return function


__all__ = ["Binary", "Pointwise", "Predicate", "binary", "masked", "named", "unary", "zeros_of"]
