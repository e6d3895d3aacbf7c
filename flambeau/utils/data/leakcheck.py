"""A slip that no number shows: the test set is the training set, built a second time.

A dataset that comes from known files says which by `content_key`, a hashable value: two datasets with equal keys hold the same samples
(vision's: class, root and split). When an optimizer steps while batches of such a dataset are being read, its samples have been trained
on. When, with gradients off, a loader then reads all of *another* object with the same key, the program believes to have two sets.

It is no slip, and nothing is said, where
- the very dataset that was trained on is evaluated (the training accuracy),
- either is read in part (Subset, random_split, a sampler of the user's): the parts may well differ,
- the program also has a loader of the same class with another key: then there is a real test set, and this one is meant.
"""
from __future__ import annotations

import warnings
import weakref
from typing import Any

import flambeau
from flambeau.optim.optimizer import register_optimizer_step_post_hook

from .sampler import BatchSampler, RandomSampler, SequentialSampler

__all__ = ["pass_begins", "register"]

_known: dict[type, set] = {}            # class of dataset -> the keys that loaders have been made for
_trained: dict[Any, weakref.ref] = {}   # key -> the dataset that an optimizer has stepped on
_warned: set = set()


class _Watch:
    """The dataset that is being read with gradients on, and the hook that is called when an optimizer steps."""

    dataset: weakref.ref | None = None
    key: Any = None
    handle: Any = None

    def begin(self, dataset: Any, key: Any) -> None:
        self.dataset, self.key = weakref.ref(dataset), key
        if self.handle is None:
            self.handle = register_optimizer_step_post_hook(self.stepped)

    def end(self) -> None:
        self.dataset = None
        if self.handle is not None:
            self.handle.remove()
            self.handle = None

    def stepped(self, optimizer: Any, args: tuple, kwargs: dict) -> None:
        if self.dataset is not None:
            _trained[self.key] = self.dataset
            self.dataset = None


_watch = _Watch()


def _key(loader: Any) -> Any:
    """The key of a dataset that says what it holds and that the loader reads as a whole; else None."""
    key = getattr(loader.dataset, "content_key", None)
    plain = type(loader.sampler) in (SequentialSampler, RandomSampler) and type(loader.batch_sampler) in (BatchSampler, type(None))
    return key if plain else None


def register(loader: Any) -> None:
    """A loader has been made."""
    key = getattr(loader.dataset, "content_key", None)
    if key is not None:
        _known.setdefault(type(loader.dataset), set()).add(key)


def pass_begins(loader: Any) -> None:
    """A loader begins to be read: note it where gradients are on, judge it where they are off."""
    key = _key(loader)
    if key is None:
        if _watch.dataset is not None and flambeau.is_grad_enabled():
            _watch.end()
        return
    if flambeau.is_grad_enabled():
        _watch.end()
        trained = _trained.get(key)
        if trained is None or trained() is None:
            _watch.begin(loader.dataset, key)
        return
    trained_on = _trained[key]() if key in _trained else None
    if trained_on is None or trained_on is loader.dataset or key in _warned or len(_known[type(loader.dataset)]) > 1:
        return
    _warned.add(key)
    name = type(loader.dataset).__name__
    what = ", ".join(map(str, key)) if isinstance(key, tuple) else key
    warnings.warn(f"the test set is the training set: this {name} holds the very samples of the other {name} that the optimizer has "
                  f"stepped on ({what}), so the accuracy will say nothing of new data; build the test data with train=False",
                  UserWarning, stacklevel=3)
