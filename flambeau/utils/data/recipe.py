"""How a dataset makes whole batches without anybody's code but ours: a recipe may be carried out in any thread, ahead of time.

A dataset whose batches are gathered from memory and transformed by arithmetic alone says how by a `Recipe`. The loader carries it
out when a batch is asked for, or a thread does so before (see ahead.py). What it gives must equal
`default_collate([dataset[i] for i in indices])` bit for bit, and so must the draws: the 32-bit words that the samples would draw
one after another from the default generator are drawn at once and handed over.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import flambeau

from .words import random_words

__all__ = ["Recipe", "StackedRecipe", "SubsetRecipe", "TensorRecipe", "Unchanged", "carry_out", "recipe_of", "tensors"]


class Recipe:
    """How batches are made. `arrays` runs in any thread: it calls nothing of the user's, draws nothing and changes nothing.

    words_each: 32-bit words of the default generator that each sample takes.
    """

    words_each = 0

    def arrays(self, indices: list[int], words: np.ndarray | None) -> Any:
        """The batch in NumPy arrays of its own, in lists and dicts. words: uint32 (len(indices), words_each)."""
        raise NotImplementedError

    def is_current(self) -> bool:
        """Whether the dataset, its transforms and its tensors are still what they were when the recipe was asked for."""
        raise NotImplementedError


def recipe_of(dataset: Any) -> Recipe | None:
    """The dataset's recipe by `__getrecipe__`, or None where it has none, or a subclass reads its samples or batches in another way."""
    method = getattr(dataset, "__getrecipe__", None)
    if method is None:
        return None
    for cls in type(dataset).__mro__:
        if "__getrecipe__" in vars(cls):
            return method()
        if any(name in vars(cls) for name in ("__getitem__", "__getitems__", "__getbatch__")):
            return None
    return None


def carry_out(recipe: Recipe, indices: list[int]) -> Any:
    """The batch, now: words are drawn from the default generator."""
    each = recipe.words_each
    words = random_words(len(indices) * each).reshape(len(indices), each) if each else None
    return tensors(recipe.arrays(indices, words))


def tensors(tree: Any) -> Any:
    """The arrays in a tree of lists and dicts as tensors on the same memory."""
    if isinstance(tree, np.ndarray):
        return flambeau.from_numpy(tree)
    if isinstance(tree, dict):
        return {key: tensors(value) for key, value in tree.items()}
    return [tensors(value) for value in tree]


class Unchanged:
    """Notices writes to tensors, and tensors that are replaced. What NumPy writes behind their back it does not see."""

    def __init__(self, find: Callable[[], Sequence[Any]]) -> None:
        self._find = find
        self._seen = self._look()

    def _look(self) -> list[tuple]:
        return [(thing, thing._version if isinstance(thing, flambeau.Tensor) else 0) for thing in self._find()]

    def __bool__(self) -> bool:
        now = self._look()
        return len(now) == len(self._seen) and all(a is b and m == n for (a, m), (b, n) in zip(now, self._seen, strict=True))


class TensorRecipe(Recipe):
    """Rows of tensors."""

    def __init__(self, dataset: Any) -> None:
        self._unchanged = Unchanged(lambda: dataset.tensors)
        self._sources = [tensor.numpy() for tensor in dataset.tensors]

    def arrays(self, indices: list[int], words: np.ndarray | None) -> list[np.ndarray]:
        rows = np.array(indices, np.int64)
        return [source[rows] for source in self._sources]

    def is_current(self) -> bool:
        return bool(self._unchanged)


class SubsetRecipe(Recipe):
    """The batches of another dataset, at indices of its own."""

    def __init__(self, dataset: Any, inner: Recipe) -> None:
        self._dataset, self._inner, self._indices = dataset, inner, dataset.indices
        self._whole = dataset.dataset
        self.words_each = inner.words_each

    def arrays(self, indices: list[int], words: np.ndarray | None) -> Any:
        rows = [self._indices[index] for index in indices]
        if not set(map(type, rows)) <= {int}:
            raise TypeError("only whole numbers are read ahead")
        return self._inner.arrays(rows, words)

    def is_current(self) -> bool:
        dataset = self._dataset
        return dataset.indices is self._indices and dataset.dataset is self._whole and self._inner.is_current()


class StackedRecipe(Recipe):
    """The batches of several datasets side by side. None of them draws, so it makes no difference which comes first."""

    def __init__(self, dataset: Any, inner: list[Recipe]) -> None:
        self._dataset, self._members, self._inner = dataset, dataset.datasets, inner

    def arrays(self, indices: list[int], words: np.ndarray | None) -> list | dict:
        batches = [recipe.arrays(indices, None) for recipe in self._inner]
        return dict(zip(self._members, batches, strict=True)) if isinstance(self._members, dict) else batches

    def is_current(self) -> bool:
        return self._dataset.datasets is self._members and all(recipe.is_current() for recipe in self._inner)
