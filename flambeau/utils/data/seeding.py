"""Random numbers of loaders and their workers: seeds, and states taken and put back.

A worker is seeded as PyTorch's: Python's `random` and flambeau with base_seed + worker_id; NumPy's global generator with four words that
NumPy's SeedSequence makes of (worker_id, base_seed), so that two generators of one algorithm do not run in step.
"""
from __future__ import annotations

import random
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

import flambeau

__all__ = ["capture", "from_plain", "held_generators", "plain", "restore", "same", "seed_worker", "spread"]

HOLDERS_DEPTH = 4      # attributes of attributes looked into for a dataset's own generators
HOLDERS_LENGTH = 64    # longer lists and dicts are data, not places where one keeps a generator


def seed_worker(base_seed: int, worker_id: int) -> int:
    """Seed the three global generators of this process; returns the seed of the first two."""
    seed = base_seed + worker_id
    random.seed(seed)
    flambeau.manual_seed(seed)
    np.random.seed(np.random.SeedSequence([worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]).generate_state(4))
    return seed


def held_generators(holder: Any) -> list:
    """NumPy Generators and RandomStates, and instances of Python's Random, that a dataset or its transforms hold as attributes."""
    return list(_search(holder, HOLDERS_DEPTH, set()))


def _search(holder: Any, depth: int, seen: set[int]) -> Iterator[Any]:
    if id(holder) in seen:
        return
    seen.add(id(holder))
    if isinstance(holder, (np.random.Generator, np.random.RandomState, random.Random)):
        yield holder
    elif depth and not isinstance(holder, (type, ModuleType, flambeau.Tensor, np.ndarray)):
        if isinstance(holder, dict):
            inside = list(holder.values()) if len(holder) <= HOLDERS_LENGTH else []
        elif isinstance(holder, (list, tuple)):
            inside = list(holder) if len(holder) <= HOLDERS_LENGTH else []
        else:
            inside = list(getattr(holder, "__dict__", {}).values())
        for value in inside:
            yield from _search(value, depth - 1, seen)


def spread(generators: list, seed: int) -> None:
    """Give each of a dataset's own generators a stream that depends on its state so far, its place and the worker's seed.

    Without this all workers would draw the same numbers, and the same again in every epoch, since each starts from a copy.
    """
    for place, generator in enumerate(generators):
        if isinstance(generator, random.Random):
            generator.seed(f"{generator.getrandbits(128)} {place} {seed}")
            continue
        own = generator.bytes(16)
        fresh = np.random.SeedSequence([int.from_bytes(own), place, seed])
        algorithm = getattr(np.random, _state_of(generator)["bit_generator"], None)
        if algorithm is not None:  # a generator of another library keeps its own seed
            _set_state(generator, algorithm(fresh).state)


def capture(held: list | tuple = ()) -> dict[str, Any]:
    """The states of Python's, NumPy's and flambeau's global generators, and of those in `held`."""
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(legacy=False),
        "flambeau": flambeau.get_rng_state().numpy().tobytes(),
        "held": [_state_of(generator) for generator in held],
    }


def same(a: Any, b: Any) -> bool:
    """Whether two states are equal."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


def restore(states: dict[str, Any], held: list | tuple = ()) -> None:
    """Put back what `capture` took."""
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    flambeau.set_rng_state(tensor_of(states["flambeau"]))
    for generator, state in zip(held, states["held"], strict=True):
        _set_state(generator, state)


def _state_of(generator: Any) -> Any:
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return generator.bit_generator.state


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


def tensor_of(data: bytes) -> flambeau.Tensor:
    return flambeau.from_numpy(np.frombuffer(data, np.uint8).copy())


def plain(states: Any) -> Any:
    """`capture`'s result in tensors, numbers, strings, tuples, lists and dicts, which `flambeau.save` keeps and loads safely."""
    if isinstance(states, bytes):
        return tensor_of(states)
    if isinstance(states, np.ndarray):
        return {"array": states.dtype.str, "bytes": tensor_of(states.tobytes())}
    if isinstance(states, dict):
        return {key: plain(value) for key, value in states.items()}
    return type(states)(map(plain, states)) if isinstance(states, (list, tuple)) else states


def from_plain(states: Any) -> Any:
    """What `plain` was given."""
    if isinstance(states, flambeau.Tensor):
        return states.numpy().tobytes()
    if isinstance(states, dict):
        if states.keys() == {"array", "bytes"}:
            return np.frombuffer(from_plain(states["bytes"]), states["array"]).copy()
        return {key: from_plain(value) for key, value in states.items()}
    return type(states)(map(from_plain, states)) if isinstance(states, (list, tuple)) else states
