"""Derivatives by one reverse walk: grad, grad_and_value, vjp."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import flambeau
from flambeau import Tensor

from .levels import chosen, fresh, outside, outside_tree, reaches_outside, split_aux, tensors_of, zeros_for_none


def grad_and_value(func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable:
    """A function that gives (gradient, value) of `func`, whose value is a single number.

    Args:
        func: gives a 0-d tensor; with `has_aux`, a pair of it and something more.
        argnums: which arguments to differentiate by; the gradient has their structure, and is a tuple for a tuple.
        has_aux: the value is then that pair.

    Raises (when called):
        RuntimeError: the value is no 0-d tensor, an argument is no floating tensor, or argnums do not fit.
    """
    name = "grad_and_value(f)(*args)"

    @wraps(func)
    def derivative(*args: Any, **kwargs: Any) -> tuple:
        keep = flambeau.is_grad_enabled()
        with flambeau.enable_grad():
            by, replaced = chosen(args, argnums)
            leaves, spec = tensors_of(name, by)
            own = fresh(leaves)
            value, aux = split_aux(name, func(*replaced(spec.unflatten(own)), **kwargs), has_aux)
            if not isinstance(value, Tensor):
                raise RuntimeError(f"{name}: Expected f(*args) to return a Tensor, got {type(value)}")
            if value.dim() != 0:
                raise RuntimeError(f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with {value.dim()} dims. Maybe you wanted to "
                                   "use the vjp or jacrev APIs instead?")
            grads = gradients([value], own, None, keep)
        gradient = spec.unflatten(outside(grads, own, keep))
        value = outside([value], own, keep)[0]
        return gradient[0] if isinstance(argnums, int) else gradient, (value, outside_tree(aux, own, keep)) if has_aux else value
    return derivative


def gradients(outputs: list[Tensor], own: list[Tensor], cotangents: list[Tensor] | None, keep: bool, retain: bool = False) -> list[Tensor]:
    """The gradients of `outputs` by `own`, differentiable themselves where the caller could want that."""
    connected = [k for k, o in enumerate(outputs) if o.requires_grad]
    if not connected:
        return zeros_for_none([None] * len(own), own)
    further = keep and reaches_outside([outputs[k] for k in connected], own)
    further = further or keep and cotangents is not None and any(c.requires_grad for c in cotangents)
    found = flambeau.autograd.grad([outputs[k] for k in connected], own, None if cotangents is None else [cotangents[k] for k in connected],
                                   create_graph=further, retain_graph=further or retain, allow_unused=True)
    return zeros_for_none(found, own)


def grad(func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable:
    """A function that gives the gradient of `func`, whose value is a single number; with `has_aux`, (gradient, aux).

    grad(grad(f)) is the second derivative. Arguments and errors are those of `grad_and_value`.
    """
    both = grad_and_value(func, argnums, has_aux)

    @wraps(func)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient
    return derivative


def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """(func(*primals), a function from a vector to that vector times the Jacobian); with `has_aux`, aux third.

    The function takes cotangents of the structure, shapes and dtypes of the output, and gives a tuple with the structure of `primals`.
    It may be called any number of times.

    Raises:
        RuntimeError: inputs or outputs that are no tensors; a cotangent of another structure or shape.
    """
    name = "vjp(f, *primals)"
    keep = flambeau.is_grad_enabled()
    with flambeau.enable_grad():
        leaves, spec = tensors_of(name, primals)
        own = fresh(leaves)
        result, aux = split_aux(name, func(*spec.unflatten(own)), has_aux)
        outputs, output_spec = tensors_of(name, result)

    def product(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> tuple:
        vectors, vector_spec = tensors_of("vjp_fn", cotangents)
        if vector_spec != output_spec:
            raise RuntimeError(f"Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. cotangents: "
                               f"{vector_spec}, primal output: {output_spec}")
        for k, (vector, output) in enumerate(zip(vectors, outputs, strict=True)):
            if vector.shape != output.shape:
                raise RuntimeError(f"vjp_fn: cotangent {k} has shape {tuple(vector.shape)}, its output {tuple(output.shape)}")
        wanted = flambeau.is_grad_enabled()
        with flambeau.enable_grad():
            grads = gradients(outputs, own, vectors, wanted, retain=True)
        return spec.unflatten(outside(grads, own, wanted))
    shown = output_spec.unflatten(outside(outputs, own, keep))
    return (shown, product, outside_tree(aux, own, keep)) if has_aux else (shown, product)


__all__ = ["grad", "grad_and_value", "vjp"]
