"""Derivatives in a direction: jvp and linearize.

The product of the Jacobian with a vector is the derivative, by the cotangent, of the product of a cotangent with the Jacobian: two reverse
walks instead of a forward one, exact for operators whose gradients are differentiable themselves, which flambeau's are.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flambeau
from flambeau import Tensor

from .levels import fresh, outside, outside_tree, split_aux, tensors_of, zeros_for_none


class Directions:
    """The derivative of a function at a point, for any number of directions.

    outputs: the function's tensors; own: the stand-ins for its inputs.
    """

    def __init__(self, outputs: list[Tensor], own: list[Tensor]):
        self.outputs, self.own = outputs, own
        live = [o for o in outputs if o.requires_grad]
        self.cotangents = [flambeau.zeros_like(o).requires_grad_() for o in live]
        found = flambeau.autograd.grad(live, own, self.cotangents, create_graph=True, allow_unused=True) if live else [None] * len(own)
        self.products = [(k, g) for k, g in enumerate(found) if g is not None and g.requires_grad]

    def along(self, vectors: list[Tensor], keep: bool) -> list[Tensor]:
        """The derivative of each output in the direction of `vectors`, one for each input; zeros where it does not depend on them."""
        if self.products and self.cotangents:
            found = flambeau.autograd.grad([g for _, g in self.products], self.cotangents, [vectors[k] for k, _ in self.products],
                                           create_graph=keep, retain_graph=True, allow_unused=True)
        else:
            found = [None] * len(self.cotangents)
        remaining = iter(found)
        return zeros_for_none([next(remaining) if o.requires_grad else None for o in self.outputs], self.outputs)


def _same_form(name: str, primals: Any, tangents: Any) -> tuple[list[Tensor], Any, list[Tensor]]:
    """The leaves of both, which must have one structure."""
    leaves, spec = tensors_of(name, primals)
    vectors, vector_spec = tensors_of(name, tangents)
    if spec != vector_spec:
        raise RuntimeError(f"{name}: Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 "
                           f"tensors, tangents also must be. Got primals with structure {spec} and tangents with structure {vector_spec}")
    for k, (x, v) in enumerate(zip(leaves, vectors, strict=True)):
        if x.shape != v.shape:
            raise RuntimeError(f"{name}: tangent {k} has shape {tuple(v.shape)}, its primal {tuple(x.shape)}")
    return leaves, spec, vectors


def jvp(func: Callable, primals: tuple, tangents: tuple, *, strict: bool = False, has_aux: bool = False) -> tuple:
    """(func(*primals), the Jacobian times the vector `tangents`); with `has_aux`, aux third.

    Raises:
        RuntimeError: primals or tangents are no tuples of one structure, or hold other things than tensors; with `strict`, an output that
            does not depend on the inputs.
    """
    name = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{name}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    leaves, spec, vectors = _same_form(name, primals, tangents)
    keep = flambeau.is_grad_enabled()
    with flambeau.enable_grad():
        own = fresh(leaves)
        result, aux = split_aux(name, func(*spec.unflatten(own)), has_aux)
        outputs, output_spec = tensors_of(name, result)
        if strict and not all(o.requires_grad for o in outputs):
            raise RuntimeError(f"{name}: The output of f is independent of the inputs. This is not allowed with strict=True.")
        derivatives = Directions(outputs, own).along(vectors, True)
    shown, derivatives = (output_spec.unflatten(outside(x, own, keep)) for x in (outputs, derivatives))
    return (shown, derivatives, outside_tree(aux, own, keep)) if has_aux else (shown, derivatives)


def linearize(func: Callable, *primals: Any) -> tuple:
    """(func(*primals), a function from tangents to the Jacobian times them); the function runs once, the other any number of times.

    Raises:
        RuntimeError: inputs or outputs that are no tensors; tangents of another structure or shape.
    """
    name = "linearize(f, *primals)"
    keep = flambeau.is_grad_enabled()
    with flambeau.enable_grad():
        leaves, spec = tensors_of(name, primals)
        own = fresh(leaves)
        outputs, output_spec = tensors_of(name, func(*spec.unflatten(own)))
        directions = Directions(outputs, own)

    def product(*tangents: Any) -> Any:
        _, _, vectors = _same_form(name, primals, tangents)
        wanted = flambeau.is_grad_enabled()
        with flambeau.enable_grad():
            derivatives = directions.along(vectors, wanted)
        return output_spec.unflatten(outside(derivatives, own, wanted))
    return output_spec.unflatten(outside(outputs, own, keep)), product


__all__ = ["jvp", "linearize"]
