"""The graph that backward walks, as PyTorch's `torch.autograd.graph` shows it."""
from __future__ import annotations

from ..core.grad import GradNode as Node
from ..core.grad import RemovableHandle, modes
from ..core.tensor import Tensor, edge_of


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


def get_gradient_edge(tensor: Tensor):
    """Where the tensor's gradient is computed: (grad_fn, output number)."""
    edge = edge_of(tensor)
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return edge


def increment_version(tensor) -> None:
    """Say that the memory of a tensor (or of several) was written to."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        (t._counter or t._storage).version += 1


def register_multi_grad_hook(tensors, fn, *, mode: str = "all"):
    """Call `fn(grads)` once the gradients of all `tensors` are known (mode "any": `fn(grad)` at the first)."""
    tensors = tuple(tensors)
    state: dict = {"grads": [None] * len(tensors), "seen": 0, "fired": False}

    def make(k):
        def hook(grad):
            if mode == "any":
                if not state["fired"]:
                    state["fired"] = True
                    fn(grad)
                return
            state["grads"][k] = grad
            state["seen"] += 1
            if state["seen"] == len(tensors):
                fn(tuple(state["grads"]))
                state["grads"], state["seen"] = [None] * len(tensors), 0
        return hook
    handles = [t.register_hook(make(k)) for k, t in enumerate(tensors)]
    hooks: dict = {}
    handle = RemovableHandle(hooks, None)
    handle.remove = lambda: [h.remove() for h in handles]
    return handle


__all__ = ["Node", "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]
