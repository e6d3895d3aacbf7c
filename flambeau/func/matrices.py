"""Whole matrices of derivatives: jacrev, jacfwd, hessian."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import flambeau
from flambeau import Tensor

from .derivatives import gradients
from .forward import Directions
from .levels import chosen, fresh, outside, outside_tree, split_aux, tensors_of


def _basis(t: Tensor) -> Iterator[Tensor]:
    """Tensors like `t` that are 1 in one place and 0 elsewhere, in order."""
    return iter(flambeau.eye(t.numel(), dtype=t.dtype, device=t.device).reshape(t.numel(), *t.shape))


def _start(name: str, func: Callable, args: tuple, kwargs: dict, argnums, has_aux: bool):
    by, replaced = chosen(args, argnums)
    leaves, spec = tensors_of(name, by)
    own = fresh(leaves)
    result, aux = split_aux(name, func(*replaced(spec.unflatten(own)), **kwargs), has_aux)
    outputs, output_spec = tensors_of(name, result)
    return own, spec, outputs, output_spec, aux


def _shown(blocks: list[list[Tensor]], own, spec, output_spec, argnums, keep: bool):
    """Blocks [output][input] in the structure of the outputs, within each in that of the inputs."""
    rows = [spec.unflatten(outside(row, own, keep)) for row in blocks]
    return output_spec.unflatten([row[0] if isinstance(argnums, int) else row for row in rows])


def jacrev(func: Callable, argnums: int | tuple[int, ...] = 0, *, has_aux: bool = False, chunk_size: int | None = None,
           _preallocate_and_copy: bool = False) -> Callable:
    """A function that gives the Jacobian of `func`: for each output and input, a tensor of shape (*output, *input).

    One reverse walk for each element of the outputs: for functions with few outputs; see `jacfwd`.

    Args:
        argnums, has_aux: as for `grad`.
        chunk_size: how many walks PyTorch would do at once; without effect. ValueError unless positive.
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"jacrev: `chunk_size` should be greater than 0, got {chunk_size}")

    @wraps(func)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        keep = flambeau.is_grad_enabled()
        with flambeau.enable_grad():
            own, spec, outputs, output_spec, aux = _start("jacrev(f)(*args)", func, args, kwargs, argnums, has_aux)
            blocks = []
            for output in outputs:
                rows = [gradients([output], own, [vector], keep, retain=True) for vector in _basis(output)]
                blocks.append([flambeau.stack([row[k] for row in rows]).reshape(*output.shape, *x.shape) if rows else x.new_zeros((*output.shape, *x.shape))
                               for k, x in enumerate(own)])
        matrix = _shown(blocks, own, spec, output_spec, argnums, keep)
        return (matrix, outside_tree(aux, own, keep)) if has_aux else matrix
    return derivative


def jacfwd(func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, *, randomness: str = "error", chunk_size: int | None = None) -> Callable:
    """The same Jacobian as that of `jacrev`, found column by column: one product for each element of the inputs, for functions with few of them."""
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"jacfwd: `chunk_size` should be greater than 0, got {chunk_size}")

    @wraps(func)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        keep = flambeau.is_grad_enabled()
        with flambeau.enable_grad():
            own, spec, outputs, output_spec, aux = _start("jacfwd(f)(*args)", func, args, kwargs, argnums, has_aux)
            directions, zeros = Directions(outputs, own), [flambeau.zeros_like(x) for x in own]
            blocks: list[list[Tensor]] = [[] for _ in outputs]
            for k, x in enumerate(own):
                columns = [directions.along([*zeros[:k], vector, *zeros[k + 1:]], keep) for vector in _basis(x)]
                for j, output in enumerate(outputs):
                    shape = (*output.shape, *x.shape)
                    blocks[j].append(flambeau.stack([column[j] for column in columns], dim=-1).reshape(shape) if columns else x.new_zeros(shape))
        matrix = _shown(blocks, own, spec, output_spec, argnums, keep)
        return (matrix, outside_tree(aux, own, keep)) if has_aux else matrix
    return derivative


def hessian(func: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """A function that gives the second derivatives of `func`: for each output and pair of inputs, a tensor of shape (*output, *input, *input)."""
    return jacfwd(jacrev(func, argnums), argnums)


__all__ = ["hessian", "jacfwd", "jacrev"]
