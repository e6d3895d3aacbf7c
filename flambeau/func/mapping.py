"""vmap: a function of one sample, applied to a batch."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.autograd.graph import graphs_kept
from flambeau.utils import _pytree as pytree

_RANDOMNESS = ("error", "different", "same")


def vmap(func: Callable, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None) -> Callable:
    """A function that applies `func` to every sample of a batch, and stacks what it gives.

        vmap(torch.dot)(x, y)           # x (N, D), y (N, D) -> (N)
        vmap(grad(loss), in_dims=(None, 0, 0))(parameters, inputs, targets)      # a gradient for each sample

    The samples are taken one after the other, and run together with what else is recorded: correct for every function, with Python's own
    control flow in it too, and not faster than a loop.

    Args:
        in_dims: the axis of each argument along which its samples lie, None for one that all samples share; nested as the arguments are.
            Keyword arguments are shared.
        out_dims: the axis along which results are stacked, for each result; None for one that does not depend on the sample.
        randomness: "different" and "same" say what random numbers samples get; with "error" drawing some is an error.
        chunk_size: how many samples PyTorch would take at once; without effect. ValueError unless positive.

    Raises (when called):
        ValueError: axes that do not fit the arguments, batches of different sizes, results that are no tensors.
        RuntimeError: random numbers with randomness="error", or a word that randomness is not.
    """
    if randomness not in _RANDOMNESS:
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        name = getattr(func, "__name__", repr(func))
        leaves, spec, axes, size = _batch(name, in_dims, args)
        before = flambeau.get_rng_state() if randomness != "different" else None
        results, result_spec = [], None
        for k in range(size):
            if randomness == "same" and k:
                flambeau.set_rng_state(before)
            sample = [x if axis is None else x.select(axis, k) for x, axis in zip(leaves, axes, strict=True)]
            with graphs_kept():             # a graph that was made outside serves every sample
                result = func(*spec.unflatten(sample), **kwargs)
            values, result_spec = _tensors(name, result, result_spec)
            results.append(values)
            if randomness == "error" and k == 0 and not flambeau.equal(flambeau.get_rng_state(), before):
                flambeau.set_rng_state(before)
                raise RuntimeError("vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags "
                                   "on vmap or perform the randomness operation out of vmap")
        return _stacked(name, out_dims, results, result_spec)
    return mapped


def _batch(name: str, in_dims: Any, args: tuple) -> tuple[list, pytree.TreeSpec, list[int | None], int]:
    """The arguments' leaves and structure, the axis of the samples in each leaf, and how many samples there are."""
    where = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, int | tuple):
        raise ValueError(f"{where}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, got: {type(in_dims)}.")
    if not args:
        raise ValueError(f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs. "
                         "The latter is unsupported.")
    leaves, spec = pytree.tree_flatten(args)
    axes = pytree.broadcast_to_spec(in_dims, spec)
    if axes is None:
        raise ValueError(f"{where}: in_dims is not compatible with the structure of `inputs`. in_dims has structure {pytree.tree_structure(in_dims)} "
                         f"but inputs has structure {spec}.")
    for k, (x, axis) in enumerate(zip(leaves, axes, strict=True)):
        if axis is None:
            continue
        if not isinstance(axis, int):
            raise ValueError(f"{where}: Got in_dim={axis} for an input but in_dim must be either an integer dimension or None.")
        if not isinstance(x, Tensor):
            raise ValueError(f"{where}: Got in_dim={axis} for an input but the input is of type {type(x)}. We cannot vmap over non-Tensor arguments, "
                             "please use None as the respective in_dim")
        if not -x.dim() <= axis < x.dim():
            raise ValueError(f"{where}: Got in_dim={axis} for some input, but that input is a Tensor of dimensionality {x.dim()} so expected in_dim to satisfy "
                             f"-{x.dim()} <= in_dim < {x.dim()}.")
        axes[k] = axis % x.dim()
    sizes = [x.shape[axis] for x, axis in zip(leaves, axes, strict=True) if axis is not None]
    if not sizes:
        raise ValueError(f"{where}: expected at least one input to be mapped: every in_dim is None")
    if len(set(sizes)) > 1:
        raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped dimension")
    if sizes[0] == 0:
        raise ValueError(f"{where}: the mapped dimension has size 0, so that there is no sample to see what the function gives")
    return leaves, spec, axes, sizes[0]


def _tensors(name: str, result: Any, expected: pytree.TreeSpec | None) -> tuple[list[Tensor], pytree.TreeSpec]:
    values, spec = pytree.tree_flatten(result)
    for value in values:
        if not isinstance(value, Tensor):
            raise ValueError(f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(value)}. Did you mean to set out_dims= to None for output?")
    if expected is not None and spec != expected:
        raise ValueError(f"vmap({name}, ...): `{name}` gave results of two structures for two samples: {expected} and {spec}")
    return values, spec


def _stacked(name: str, out_dims: Any, results: list[list[Tensor]], spec: pytree.TreeSpec) -> Any:
    axes = pytree.broadcast_to_spec(out_dims, spec) if out_dims is not None else [None] * spec.num_leaves
    if axes is None:
        raise ValueError(f"vmap({name}, ..., out_dims={out_dims}): out_dims is not compatible with the structure of `outputs`. out_dims has structure "
                         f"{pytree.tree_structure(out_dims)} but outputs has structure {spec}.")
    return spec.unflatten([results[0][k] if axis is None else flambeau.stack([r[k] for r in results], dim=axis) for k, axis in enumerate(axes)])


__all__ = ["vmap"]
