"""Kullback-Leibler divergences, found by the kinds of the two distributions."""

import warnings
from collections.abc import Callable
from typing import Any

from flambeau import Tensor
from flambeau.distributions.distribution import Distribution

__all__ = ["kl_divergence", "register_kl"]

_registry: dict[tuple[type, type], Callable] = {}
_found: dict[tuple[type, type], Callable] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Callable], Callable]:
    """Decorator: what is decorated computes ``kl_divergence(p, q)`` for these kinds and their subclasses::

        @register_kl(Normal, Normal)
        def kl_normal_normal(p, q): ...

    Of several that fit, the most specific is taken. Where one is for p and another for q, the choice is ambiguous: a
    warning says which pair to register.

    Raises:
        TypeError: not kinds of distributions.
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def decorator(function: Callable) -> Callable:
        _registry[type_p, type_q] = function
        _found.clear()
        return function

    return decorator


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """KL(p || q), the mean over p of ``log p(x) - log q(x)``, in nats: batch_shape, broadcast.

    Raises:
        NotImplementedError: no formula is registered for these kinds of distributions.
    """
    kinds = type(p), type(q)
    function = _found.get(kinds)
    if function is None:
        function = _found[kinds] = _lookup(*kinds)
    return function(p, q)


def _lookup(type_p: type, type_q: type) -> Callable:
    matches = [(p, q) for p, q in _registry if issubclass(type_p, p) and issubclass(type_q, q)]
    if not matches:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type_p.__name__} and q type {type_q.__name__}; register_kl adds one"
        )
    distance: Any = lambda pair: (type_p.__mro__.index(pair[0]), type_q.__mro__.index(pair[1]))
    nearest_p = min(matches, key=distance)
    nearest_q = min(matches, key=lambda pair: distance(pair)[::-1])
    if _registry[nearest_p] is not _registry[nearest_q]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). "
            f"Please register_kl({nearest_p[0].__name__}, {nearest_q[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _registry[nearest_p]
