"""Pruning: parts of a parameter are masked with zeros, by a hook before forward.

A pruned parameter ``weight`` is kept as ``weight_orig``, with a buffer ``weight_mask``; ``weight`` is their product, as an ordinary
attribute. Pruned again, it is pruned among what is left.
"""

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn.modules.module import Module
from flambeau.nn.utils.convert_parameters import parameters_to_vector

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


class BasePruningMethod(ABC):
    """A way to choose what is masked. Subclasses define ``PRUNING_TYPE`` and :meth:`compute_mask`.

    PRUNING_TYPE is ``"unstructured"`` (single elements), ``"structured"`` (slices along ``dim``) or ``"global"`` (all at once), which
    decides what a second pruning may choose among.
    """

    PRUNING_TYPE: str
    _tensor_name: str | None = None

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask, ones and zeros of t's shape, for importance scores t and a mask from before."""

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    def apply_mask(self, module: Module) -> Tensor:
        """The original times the mask."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        mask, original = getattr(module, f"{self._tensor_name}_mask"), getattr(module, f"{self._tensor_name}_orig")
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any) -> "BasePruningMethod":
        """Prune a parameter of a module.

        Args:
            module, name: whose, and which.
            importance_scores: of the parameter's shape, to choose by instead of its values.
            args, kwargs: of the method.

        Raises:
            AssertionError: importance_scores of another shape.
        """
        method = _with_earlier(module, name, cls(*args, **kwargs))
        original = getattr(module, name)
        scores = original if importance_scores is None else importance_scores
        if scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got {scores.shape} vs {original.shape}")
        again = isinstance(method, PruningContainer)
        if again:
            default_mask = getattr(module, f"{name}_mask").detach().clone()
        else:
            module.register_parameter(f"{name}_orig", original)
            del module._parameters[name]
            default_mask = flambeau.ones_like(original)
        try:
            mask = method.compute_mask(scores, default_mask=default_mask)
            module.register_buffer(f"{name}_mask", mask)
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if not again:
                module.register_parameter(name, getattr(module, f"{name}_orig"))
                del module._parameters[f"{name}_orig"]
            raise
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor times the mask that this method computes for it.

        Args:
            t: the tensor.
            default_mask: from before; ones by default.
            importance_scores: of t's shape, to choose by instead of its values.
        """
        scores = t if importance_scores is None else importance_scores
        if scores.shape != t.shape:
            raise AssertionError(f"importance_scores should have the same shape as tensor t, got {scores.shape} vs {t.shape}")
        return t * self.compute_mask(scores, default_mask=flambeau.ones_like(t) if default_mask is None else default_mask)

    def remove(self, module: Module) -> None:
        """Make the pruned tensor the parameter, for good."""
        name = self._tensor_name
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        weight = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original = module._parameters.pop(f"{name}_orig")
        original.data = weight.data
        del module._buffers[f"{name}_mask"]
        setattr(module, name, original)


def _with_earlier(module: Module, name: str, method: BasePruningMethod) -> BasePruningMethod:
    """The method, in a container with those by which the parameter was pruned before; their hook is taken away."""
    method._tensor_name = name
    earlier = {key: hook for key, hook in module._forward_pre_hooks.items()
               if isinstance(hook, BasePruningMethod) and hook._tensor_name == name}
    if len(earlier) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a PruningContainer.")
    for key, before in earlier.items():
        del module._forward_pre_hooks[key]
        container = before if isinstance(before, PruningContainer) else PruningContainer(before)
        container.add_pruning_method(method)
        return container
    return method


class PruningContainer(BasePruningMethod):
    """Several methods one after the other, each choosing among what those before left.

    Args:
        args: methods for the same tensor.
    """

    PRUNING_TYPE = "container"

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if args:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add a method at the end.

        Raises:
            TypeError: not a method.
            ValueError: it is for another tensor.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to PruningContainer {self}. Found "
                f"'{method._tensor_name}'")
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: int) -> BasePruningMethod:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask from before, with what the last method masks among the rest."""
        method = self._pruning_methods[-1]
        left = _left(method, t, default_mask)
        mask = default_mask.to(dtype=t.dtype).clone()
        mask[left] = method.compute_mask(t[left], default_mask=default_mask[left]).to(dtype=mask.dtype)
        return mask


def _left(method: BasePruningMethod, t: Tensor, mask: Tensor) -> Any:
    """The index of what a method may choose among."""
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    if method.PRUNING_TYPE == "global":
        return (slice(None),) * t.dim()
    if method.PRUNING_TYPE != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    if not hasattr(method, "dim"):
        raise AttributeError('Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.')
    if not -t.dim() <= method.dim < t.dim():
        raise IndexError(f"Index is out of bounds for tensor with dimensions {t.dim()}")
    dim = method.dim % t.dim()
    index: list[Any] = [slice(None)] * t.dim()
    index[dim] = mask.sum(dim=[axis for axis in range(t.dim()) if axis != dim]) != 0
    return tuple(index)


class Identity(BasePruningMethod):
    """Masks nothing, and registers everything that pruning does."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask from before."""
        return default_mask

    @classmethod
    def apply(cls, module: Module, name: str) -> BasePruningMethod:
        """Prune a parameter of a module."""
        return super().apply(module, name)


class _ByAmount(BasePruningMethod):
    """Masks a number of elements or slices: ``amount`` itself if it is an integer, that part of them if it is a float."""

    def __init__(self, amount: float) -> None:
        _check_amount(amount)
        self.amount = amount

    def _count(self, size: int) -> int:
        count = self.amount if isinstance(self.amount, numbers.Integral) else round(self.amount * size)
        if count > size:
            raise ValueError(f"amount={count} should be smaller than the number of parameters to prune={size}")
        return count


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if amount < 0 or (not isinstance(amount, numbers.Integral) and amount > 1.0):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _zeros_at(default_mask: Tensor, places: Tensor) -> Tensor:
    """The mask from before, with zeros at places among its elements in order."""
    mask = default_mask.clone().contiguous()
    mask.view(-1)[places] = 0
    return mask


class RandomUnstructured(_ByAmount):
    """Masks elements drawn at random.

    Args:
        amount: how many, or which part of them.

    Raises:
        TypeError, ValueError: not a number, or out of range.
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask from before, with more zeros."""
        count = self._count(t.nelement())
        if count == 0:
            return default_mask.clone()
        return _zeros_at(default_mask, flambeau.topk(flambeau.rand_like(t).view(-1), k=count).indices)

    @classmethod
    def apply(cls, module: Module, name: str, amount: float) -> BasePruningMethod:
        """Prune a parameter of a module."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_ByAmount):
    """Masks the elements of least absolute value.

    Args:
        amount: how many, or which part of them.

    Raises:
        TypeError, ValueError: not a number, or out of range.
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask from before, with more zeros."""
        count = self._count(t.nelement())
        if count == 0:
            return default_mask.clone()
        return _zeros_at(default_mask, flambeau.topk(flambeau.abs(t).view(-1), k=count, largest=False).indices)

    @classmethod
    def apply(cls, module: Module, name: str, amount: float, importance_scores: Tensor | None = None) -> BasePruningMethod:
        """Prune a parameter of a module."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class _Structured(_ByAmount):
    PRUNING_TYPE = "structured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask from before, with zeros in more slices."""
        if t.dim() <= 1:
            raise ValueError(
                "Structured pruning can only be applied to multidimensional tensors. "
                f"Found tensor of shape {t.shape} with {t.dim()} dims")
        if self.dim >= t.dim():
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        size = t.shape[self.dim]
        count = self._count(size)
        if count == 0:
            return default_mask
        index: list[Any] = [slice(None)] * t.dim()
        index[self.dim] = self._kept(t, size, count)
        mask = flambeau.zeros_like(t)
        mask[tuple(index)] = 1
        return mask * default_mask.to(dtype=mask.dtype)

    def _kept(self, t: Tensor, size: int, count: int) -> Tensor:
        """An index of the slices that stay."""
        raise NotImplementedError


class RandomStructured(_Structured):
    """Masks slices along an axis, drawn at random.

    Args:
        amount: how many, or which part of them.
        dim: the axis.

    Raises:
        TypeError, ValueError: not a number, or out of range.
    """

    def __init__(self, amount: float, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def _kept(self, t: Tensor, size: int, count: int) -> Tensor:
        drawn = flambeau.rand(size)
        return drawn > flambeau.kthvalue(drawn, k=count).values

    @classmethod
    def apply(cls, module: Module, name: str, amount: float, dim: int = -1) -> BasePruningMethod:
        """Prune a parameter of a module."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """Masks the slices along an axis that have the least norm.

    Args:
        amount: how many, or which part of them.
        n: the norm's degree, as of ``norm``.
        dim: the axis.

    Raises:
        TypeError, ValueError: not a number, or out of range.
    """

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.n = n
        self.dim = dim

    def _kept(self, t: Tensor, size: int, count: int) -> Tensor:
        others = [axis for axis in range(t.dim()) if axis != self.dim % t.dim()]
        return flambeau.topk(flambeau.norm(t, p=self.n, dim=others), k=size - count, largest=True).indices

    @classmethod
    def apply(
        cls, module: Module, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None,
    ) -> BasePruningMethod:
        """Prune a parameter of a module."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Masks where a given mask does.

    Args:
        mask: ones and zeros of the parameter's shape.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask from before, times the given one."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}")
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Module, name: str, mask: Tensor) -> BasePruningMethod:
        """Prune a parameter of a module."""
        return super().apply(module, name, mask=mask)


def identity(module: Module, name: str) -> Module:
    """Prune nothing of a parameter, and register everything that pruning does. Returns the module."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Mask elements of a parameter drawn at random: ``amount`` of them, or that part. Returns the module."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: float, importance_scores: Tensor | None = None) -> Module:
    """Mask the elements of a parameter of least absolute value: ``amount`` of them, or that part. Returns the module."""
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Mask slices of a parameter along an axis drawn at random: ``amount`` of them, or that part. Returns the module."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Module, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None) -> Module:
    """Mask the slices of a parameter along an axis of least n-norm: ``amount`` of them, or that part. Returns the module."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Mask a parameter where a mask of its shape has zeros. Returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]], pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None, **kwargs: Any,
) -> None:
    """Prune several parameters as if they were one: each loses as much as the method, seeing all of them, chooses.

    Args:
        parameters: pairs of a module and a parameter's name.
        pruning_method: an unstructured one.
        importance_scores: for some of the pairs, to choose by instead of their values.
        kwargs: of the method.

    Raises:
        TypeError: something else than that.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    parameters = list(parameters)
    importance_scores = {} if importance_scores is None else importance_scores
    if not isinstance(importance_scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    scores = parameters_to_vector([importance_scores.get((module, name), getattr(module, name)) for module, name in parameters])
    before = parameters_to_vector(
        [getattr(module, f"{name}_mask") if hasattr(module, f"{name}_mask") else flambeau.ones_like(getattr(module, name))
         for module, name in parameters])
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method {pruning_method} of type '
            f"{method.PRUNING_TYPE}")
    method._tensor_name = "all"
    mask = PruningContainer(method).compute_mask(scores, before)
    start = 0
    for module, name in parameters:
        parameter = getattr(module, name)
        end = start + parameter.numel()
        custom_from_mask(module, name, mask=mask[start:end].view_as(parameter))
        start = end


def remove(module: Module, name: str) -> Module:
    """Make a pruned parameter an ordinary one, with its present value, zeros and all. Returns the module.

    Raises:
        ValueError: it is not pruned.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Whether anything in a module is pruned."""
    return any(isinstance(hook, BasePruningMethod) for part in module.modules() for hook in part.__dict__.get("_forward_pre_hooks", {}).values())
