"""What the derivatives share: inputs of their own level of differentiation, and what is left of the graph outside of it.

Each derivative differentiates by inputs made for it alone. Where an argument wants a gradient already, because a derivative or a backward
is taken around this one, its stand-in is a view of it, so that the outer derivative sees through.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.utils import _pytree as pytree


def tensors_of(name: str, tree: Any) -> tuple[list[Tensor], pytree.TreeSpec]:
    """A tree's leaves and shape. RuntimeError for leaves that are no tensors."""
    leaves, spec = pytree.tree_flatten(tree)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{name}: Expected tensors, got unsupported type {type(leaf)}")
    return leaves, spec


def fresh(tensors: Iterable[Tensor]) -> list[Tensor]:
    """Stand-ins that want a gradient, connected to arguments that do. RuntimeError for integers."""
    return [t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t in tensors]


def reaches_outside(tensors: Iterable[Tensor], own: Iterable[Tensor]) -> bool:
    """Whether tensors were computed from something, beside the stand-ins `own`, that wants a gradient."""
    leaves = {id(t) for t in own if t.grad_fn is None}
    seen: set[int] = set()
    pending = []
    for t in tensors:
        if t.grad_fn is not None:
            pending.append(t.grad_fn)
        elif t.requires_grad and id(t) not in leaves:
            return True
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for source, _ in node.next_functions:
            if source is None:
                continue
            variable = getattr(source, "variable", None)
            if variable is None:
                pending.append(source)
            elif id(variable) not in leaves:
                return True
    return False


def outside(tensors: list[Tensor], own: list[Tensor], keep: bool) -> list[Tensor]:
    """Results as the caller sees them: connected to what is outside, if `keep` and there is something, else on their own."""
    return [t if keep and t.requires_grad and reaches_outside([t], own) else t.detach() for t in tensors]


def outside_tree(tree: Any, own: list[Tensor], keep: bool) -> Any:
    """`outside` for the tensors in a tree."""
    return pytree.tree_map_only(Tensor, lambda t: outside([t], own, keep)[0], tree)


def split_aux(name: str, result: Any, has_aux: bool) -> tuple[Any, Any]:
    """(output, aux) of what a function gave. RuntimeError unless it is such a pair where one was announced."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def chosen(args: tuple, argnums: int | tuple[int, ...]) -> tuple[tuple, Callable[[Any], tuple]]:
    """The arguments to differentiate by, and a function that puts others in their places.

    RuntimeError for numbers out of range, twice the same, or none.
    """
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    for k in numbers:
        if not isinstance(k, int):
            raise RuntimeError(f"argnum must be int, got: {type(k)}")
        if not -len(args) <= k < len(args):
            raise RuntimeError(f"Got argnum={k}, but only {len(args)} positional inputs")
    places = [k % len(args) for k in numbers]
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {numbers}")

    def replaced(values: Any) -> tuple:
        made = list(args)
        for place, value in zip(places, values, strict=True):
            made[place] = value
        return tuple(made)
    return tuple(args[k] for k in places), replaced


def zeros_for_none(grads: Iterable[Tensor | None], like: Iterable[Tensor]) -> list[Tensor]:
    """Zeros for what nothing depends on."""
    return [flambeau.zeros_like(x) if g is None else g for g, x in zip(grads, like, strict=True)]
