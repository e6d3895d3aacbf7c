"""What goes through a model: statistics of activations and gradients, on request."""

from dataclasses import dataclass
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn.modules.module import Module

__all__ = ["Statistics", "TensorStatistics", "watch"]


@dataclass(frozen=True)
class TensorStatistics:
    """Of one tensor.

    Attributes:
        mean, std, min, max: of its elements; std is 0 for one element.
        zeros: the part of them that is 0, from 0 to 1.
        nonfinite: how many are infinite or undefined.
    """

    mean: float
    std: float
    min: float
    max: float
    zeros: float
    nonfinite: int

    @classmethod
    def of(cls, tensor: Tensor) -> "TensorStatistics":
        """The statistics of a tensor with at least one element."""
        return cls._from(_measure(tensor))

    @classmethod
    def _from(cls, measured: Tensor) -> "TensorStatistics":
        *numbers, nonfinite = measured.tolist()
        return cls(*numbers, int(nonfinite))


def _measure(tensor: Tensor) -> Tensor:
    """The six numbers of TensorStatistics in one tensor, which is read when somebody looks."""
    x = tensor.detach().double()
    zero = (x == 0).double().mean()
    return flambeau.stack([x.mean(), x.std(correction=0), x.min(), x.max(), zero, (~flambeau.isfinite(x)).double().sum()])


class Statistics:
    """Statistics of a model, see :func:`watch`. Prints as a table."""

    def __init__(self, model: Module):
        self._model = model
        self._outputs: dict[str, Tensor] = {}
        self._names = {module: path for path, module in model.named_modules()}
        self._handles: list[Any] = []

    def __enter__(self) -> "Statistics":
        self._handles = [module.register_forward_hook(self._note) for module in self._names]
        return self

    def __exit__(self, *_: Any) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _note(self, module: Module, _: Any, output: Any) -> None:
        tensor = next((t for t in output if isinstance(t, Tensor)), None) if isinstance(output, tuple | list) else output
        if isinstance(tensor, Tensor) and tensor.is_floating_point() and tensor.numel():
            self._outputs[self._names[module]] = _measure(tensor)

    @property
    def activations(self) -> dict[str, TensorStatistics]:
        """Of what each module returned last, by its path: the first tensor, where it returned several."""
        return {path: TensorStatistics._from(measured) for path, measured in self._outputs.items()}

    @property
    def gradients(self) -> dict[str, TensorStatistics]:
        """Of the gradients that parameters have now, by their names."""
        return {
            name: TensorStatistics.of(parameter.grad)
            for name, parameter in self._model.named_parameters()
            if parameter.grad is not None and parameter.grad.numel()
        }

    def __str__(self) -> str:
        header = f"{'mean':>10}  {'std':>10}  {'min':>10}  {'max':>10}  {'zeros':>6}  {'not finite':>10}"
        groups = (("Activations", self.activations), ("Gradients", self.gradients))
        width = max((len(name) for _, group in groups for name in group), default=0)
        width = max(width, len("Activations"))
        lines = []
        for title, group in groups:
            lines.append(f"{title:<{width}}  {header}")
            lines += [
                f"{name or '(model)':<{width}}  {s.mean:>10.3g}  {s.std:>10.3g}  {s.min:>10.3g}  {s.max:>10.3g}  {s.zeros:>6.1%}  "
                f"{s.nonfinite:>10}"
                for name, s in group.items()
            ]
        return "\n".join(lines)

    __repr__ = __str__


def watch(model: Module) -> Statistics:
    """Measure what goes through a model::

        with nn.utils.watch(model) as seen:
            loss_fn(model(x), y).backward()
        print(seen)

    ``seen.activations`` and ``seen.gradients`` have :class:`TensorStatistics` by name. Nothing is measured outside of the block.
    """
    return Statistics(model)
