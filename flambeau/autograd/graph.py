"""The graph that backward walks, as PyTorch's `torch.autograd.graph` shows it."""
from __future__ import annotations

from ..core.grad import AccumulateGrad, GradientEdge, RemovableHandle, modes
from ..core.grad import GradNode as Node
from ..core.tensor import Tensor, edge_of
from . import engine
from .engine import graphs_kept


class saved_tensors_hooks:
    """Within it, tensors saved for backward go through `pack_hook`, and through `unpack_hook` when backward reads them."""

    def __init__(self, pack_hook, unpack_hook):
        self.pair = (pack_hook, unpack_hook)

    def __enter__(self):
        modes.saved_hooks = (*modes.saved_hooks, self.pair)

    def __exit__(self, *exc):
        modes.saved_hooks = modes.saved_hooks[:-1]


class save_on_cpu(saved_tensors_hooks):
    """Keep what is saved for backward in the CPU's memory, where it is anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda"):
        super().__init__(lambda t: t, lambda t: t)


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the tensor's gradient is computed. RuntimeError for a tensor that does not require grad."""
    edge = edge_of(tensor)
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node, number = edge
    return GradientEdge(node if isinstance(node, Node) else AccumulateGrad(node), number)


def increment_version(tensor) -> None:
    """Say that the memory of a tensor (or of several) was written to."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        (t._counter or t._storage).version += 1


def register_multi_grad_hook(tensors, fn, *, mode: str = "all"):
    """Call `fn(grads)` once in a backward, when the gradients of those of `tensors` that it reaches are known (None for the others).

    mode "any": call `fn(grad)` at the first of them.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = tuple(tensors)
    ends = [edge_of(t)[0] if t.requires_grad else None for t in tensors]
    state = _Gathered()

    def make(k):
        def hook(grad):
            walk = engine.running()
            if state.walk is not walk:
                state.walk, state.gradients = walk, [None] * len(tensors)
                reached = engine.arriving()
                state.missing = 1 if mode == "any" else sum(id(end) in reached for end in ends)
            state.gradients[k] = grad
            state.missing -= 1
            if state.missing == 0:
                fn(grad if mode == "any" else tuple(state.gradients))
        return hook
    handles = [t.register_hook(make(k)) for k, t in enumerate(tensors)]
    together = RemovableHandle({}, None)
    together.remove = lambda: [h.remove() for h in handles]
    return together


class _Gathered:
    """What a multi-gradient hook has seen of the running walk."""

    walk, gradients, missing = None, (), 0


__all__ = ["GradientEdge", "Node", "get_gradient_edge", "graphs_kept", "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]
