"""The gradients of a module's inputs and outputs, caught together for its full backward hooks."""

from collections.abc import Callable
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.autograd import Function
from flambeau.nn.modules._where import warn_user

__all__ = ["BackwardHook"]


class BackwardHookFunction(Function):
    """The identity on several tensors: one node of the graph through which all their gradients pass at once."""

    @staticmethod
    def forward(ctx, *tensors: Tensor):
        """Views of the tensors, so that each has this node as its producer."""
        views = tuple(tensor.view_as(tensor) for tensor in tensors)
        ctx.mark_non_differentiable(*[view for view, tensor in zip(views, tensors, strict=True) if not tensor.requires_grad])
        return views

    @staticmethod
    def backward(ctx, *gradients):
        """The gradients as they came."""
        return gradients


class BackwardHook:
    """One call of a module under full backward hooks: a node before its inputs and one after its outputs.

    The node after the outputs catches their gradients, and runs the pre-hooks, which may replace them; the node before the inputs runs
    the hooks with both. Where no input requires a gradient, the hooks run as soon as the gradients of the outputs are there.

    Args:
        module: what the hooks are told.
        hooks: called as ``hook(module, grad_inputs, grad_outputs)``; a result replaces grad_inputs.
        pre_hooks: called as ``hook(module, grad_outputs)``; a result replaces grad_outputs.
    """

    def __init__(self, module: Any, hooks: list[Callable], pre_hooks: list[Callable]):
        self.module, self.hooks, self.pre_hooks = module, hooks, pre_hooks
        self.grad_outputs: tuple | None = None
        self.inputs: _Places | None = None
        self.outputs: _Places | None = None

    def setup_input_hook(self, args: tuple) -> tuple:
        """The arguments for forward, which pass through the node that runs the hooks."""
        args, self.inputs, node = _through_node(args)
        if node is not None:
            node.register_hook(self._at_inputs)
        return args

    def setup_output_hook(self, result: Any) -> Any:
        """The output for the caller, which passed through the node that catches its gradients."""
        results = result if isinstance(result, tuple) else (result,)
        results, self.outputs, node = _through_node(results)
        if node is not None:
            node.register_hook(self._at_outputs)
        return results if isinstance(result, tuple) else results[0]

    def _at_inputs(self, grad_inputs: tuple, _: tuple) -> tuple | None:
        if self.grad_outputs is None:  # a gradient that came past the outputs, as of a second backward
            return None
        gradients = self.inputs.spread(grad_inputs)
        for hook in self.hooks:
            replaced = hook(self.module, gradients, self.grad_outputs)
            if replaced is None:
                continue
            replaced = replaced if isinstance(replaced, tuple | list) else (replaced,)
            if len(replaced) != len(gradients):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(replaced)}, but expected {len(gradients)}")
            gradients = tuple(replaced)
        self.grad_outputs = None
        return self.inputs.gather(gradients)

    def _at_outputs(self, _: tuple, grad_outputs: tuple) -> tuple:
        gradients = self.outputs.spread(grad_outputs)
        for hook in self.pre_hooks:
            replaced = hook(self.module, gradients)
            if replaced is None:
                continue
            replaced = replaced if isinstance(replaced, tuple | list) else (replaced,)
            if len(replaced) != len(gradients):
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(replaced)}, but expected {len(gradients)}")
            gradients = tuple(replaced)
        if self.inputs.caught:
            self.grad_outputs = gradients
        else:
            self._without_inputs(gradients)
        return self.outputs.gather(gradients)

    def _without_inputs(self, grad_outputs: tuple) -> None:
        warn_user(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require gradients.")
        for hook in self.hooks:
            replaced = hook(self.module, self.inputs.spread(()), grad_outputs)
            if replaced is not None and not (isinstance(replaced, tuple) and all(g is None for g in replaced)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients.")


class _Places:
    """Where among ``size`` values the tensors are that went through a node; none of them did if ``caught`` is False."""

    def __init__(self, size: int, places: list[int], caught: bool):
        self.size, self.places, self.caught = size, places, caught

    def spread(self, gradients: tuple) -> tuple:
        """Gradients of the tensors, with None in the places of other values."""
        spread = [None] * self.size
        for place, gradient in zip(self.places, gradients, strict=False):
            spread[place] = gradient
        return tuple(spread)

    def gather(self, gradients: tuple) -> tuple:
        """Only the tensors' places."""
        return tuple(gradients[place] for place in self.places)


def _through_node(values: tuple) -> tuple[tuple, _Places, Any]:
    """The values with their tensors sent through one node of the graph, if autograd records and any of them requires a gradient."""
    places = [place for place, value in enumerate(values) if isinstance(value, Tensor)]
    tensors = [values[place] for place in places]
    if not (flambeau.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)):
        return values, _Places(len(values), places, caught=False), None
    sent = BackwardHookFunction.apply(*tensors)
    node = next(tensor.grad_fn for tensor in sent if tensor.grad_fn is not None)
    changed = list(values)
    for place, tensor in zip(places, sent, strict=True):
        changed[place] = tensor
    return type(values)(changed) if type(values) is tuple else type(values)(*changed), _Places(len(values), places, caught=True), node
