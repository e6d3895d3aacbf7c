"""Averages of a model's weights: stochastic weight averaging and exponential moving averages."""

import itertools
import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Literal

import flambeau
from flambeau import Tensor
from flambeau.nn import Module
from flambeau.optim._mirror import Mirror
from flambeau.optim.lr_scheduler._base import LRScheduler, one_each, warn_outside_step
from flambeau.optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Tensor, Tensor, Any], Tensor]:
    """The exponential moving average, ``decay * average + (1 - decay) * current``, for AveragedModel's ``avg_fn``.

    Raises:
        ValueError: ``decay`` is not from 0 to 1.
    """
    _check_decay(decay)

    @flambeau.no_grad()
    def ema_update(average: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        return decay * average + (1 - decay) * current

    return ema_update


def get_swa_avg_fn() -> Callable[[Tensor, Tensor, Any], Tensor]:
    """The mean of all models so far, for AveragedModel's ``avg_fn``."""

    @flambeau.no_grad()
    def swa_update(average: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        return average + (current - average) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[list[Tensor], list[Tensor], Any], None]:
    """The exponential moving average of a list of parameters in place, for AveragedModel's ``multi_avg_fn``.

    Raises:
        ValueError: ``decay`` is not from 0 to 1.
    """
    _check_decay(decay)

    @flambeau.no_grad()
    def ema_update(averages: list[Tensor], currents: list[Tensor], num_averaged: Any) -> None:
        for average, current in zip(averages, currents, strict=True):
            if average.is_floating_point() or average.is_complex():
                average.lerp_(current, 1 - decay)
            else:
                average.copy_(average * decay + current * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> Callable[[list[Tensor], list[Tensor], Any], None]:
    """The mean of all models so far, of a list of parameters in place, for AveragedModel's ``multi_avg_fn``."""
    mean = get_swa_avg_fn()

    @flambeau.no_grad()
    def swa_update(averages: list[Tensor], currents: list[Tensor], num_averaged: Any) -> None:
        for average, current in zip(averages, currents, strict=True):
            average.copy_(mean(average, current, num_averaged))

    return swa_update


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(Module):
    """A copy of a model, ``module``, whose parameters are an average of those the model had.

        averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))
        for batch in loader:
            ...                                  # a training step of model
            averaged.update_parameters(model)
        averaged(x)

    Normalisation statistics belong to the weights they were taken with: call ``update_bn`` at the end, or let
    ``use_buffers`` average them too.

    Args:
        model: what to average; it is copied.
        device: where the average is kept; with the model if None.
        avg_fn: ``avg_fn(average, current, n_averaged)`` gives a parameter's new average; the mean of all if None.
        multi_avg_fn: the same in place, for a list of parameters of one device and dtype.
        use_buffers: average the buffers as well, rather than copy the model's.

    Raises:
        AssertionError: both ``avg_fn`` and ``multi_avg_fn`` are given.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Callable[[Tensor, Tensor, Any], Tensor] | None = None,
        multi_avg_fn: Callable[[list[Tensor], list[Tensor], Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", flambeau.tensor(0, dtype=flambeau.long, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers
        self._mirror = Mirror()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's parameters into the average; the first time they are the average."""
        count = self._mirror.read(self.n_averaged)
        pairs = [
            (average.detach(), current.detach().to(average.device))
            for average, current in zip(self._averaged(self.module), self._averaged(model), strict=False)
        ]
        if count == 0:
            for average, current in pairs:
                average.copy_(current)
        elif self.avg_fn is None:
            self._average_lists(pairs)
        else:
            for average, current in pairs:
                average.copy_(self.avg_fn(average, current, self.n_averaged.to(average.device)))
        if not self.use_buffers:
            for ours, theirs in zip(self.module.buffers(), model.buffers(), strict=True):
                ours.detach().copy_(theirs.detach().to(ours.device))
        self.n_averaged += 1
        self._mirror.note(self.n_averaged, count + 1)

    def _averaged(self, model: Module) -> Iterable[Tensor]:
        return itertools.chain(model.parameters(), model.buffers()) if self.use_buffers else model.parameters()

    def _average_lists(self, pairs: list[tuple[Tensor, Tensor]]) -> None:
        alike: dict[Any, list[tuple[Tensor, Tensor]]] = {}
        for pair in pairs:
            alike.setdefault((pair[0].device, pair[0].dtype), []).append(pair)
        update = self.multi_avg_fn or get_swa_multi_avg_fn()
        for (device, _), group in alike.items():
            averages, currents = map(list, zip(*group, strict=True))
            update(averages, currents, self.n_averaged.to(device))


@flambeau.no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Take the statistics of a model's batch normalisations anew, as plain means over a pass through the data.

    Args:
        loader: gives inputs, or tuples that begin with them.
        model: is run in training mode; the mode it was in is restored.
        device: where inputs are moved to.
    """
    momenta = {}
    for module in model.modules():
        if isinstance(module, flambeau.nn.modules.batchnorm._BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None  # a cumulative mean
    for batch in loader:
        inputs = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(inputs if device is None else inputs.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the rate that there is to a constant ``swa_lr``, at which weights are averaged (Izmailov et al., 2018,
    arXiv:1803.05407).

    Args:
        optimizer: whose rates to set.
        swa_lr: the rate in the end, one for all groups or one for each.
        anneal_epochs: epochs on the way, 0 or more.
        anneal_strategy: "cos" or "linear".
        last_epoch: where to go on; -1 starts afresh.

    Raises:
        ValueError: an option out of its range.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        for lr, group in zip(one_each("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """Of ``swa_lr`` in the rate at a step."""
        part = max(0, min(1, step / max(1, self.anneal_epochs)))
        return part if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * part)) / 2

    def get_lr(self) -> list[float | Tensor]:
        warn_outside_step(self)
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        lrs = []
        for group in self.optimizer.param_groups:
            lr, swa_lr = group["lr"], group["swa_lr"]
            start = swa_lr if before == 1 else (lr - before * swa_lr) / (1 - before)
            lrs.append(swa_lr * now + start * (1 - now))
        return lrs
