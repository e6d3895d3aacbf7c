"""Distributions whose parameter is a probability, or its log-odds."""

from typing import Any

from flambeau import Size, Tensor
from flambeau.distributions.utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits

__all__ = ["Binary", "check_one_given"]


def check_one_given(probs: Any, logits: Any) -> None:
    """Raise ValueError unless exactly one of them is given."""
    if (probs is None) == (logits is None):
        found = "both" if probs is not None else "neither"
        raise ValueError(f"Either `probs` or `logits` must be specified, but not both. Here {found} was given.")


class Binary:
    """Keeps ``probs`` or ``logits``, whichever is given, and computes the other where it is asked for."""

    _parts = ("_param",)

    def _set_param(self, probs: Any, logits: Any, total_count: Any = None) -> Size:
        """Keep the parameter, and ``total_count`` broadcast to it; gives their shape."""
        check_one_given(probs, logits)
        name, param = ("logits", logits) if probs is None else ("probs", probs)
        if total_count is None:
            (param,) = broadcast_all(param)
        else:
            total_count, param = broadcast_all(total_count, param)
            self.total_count = total_count.type_as(param)
        setattr(self, name, param)
        self._param = param
        return param.shape

    @lazy_property
    def logits(self) -> Tensor:
        """log(p / (1 - p))"""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """p"""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter."""
        return self._param.shape
