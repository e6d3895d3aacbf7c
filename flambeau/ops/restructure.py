"""Views taken in place: transpose_, squeeze_ and their kin change how a tensor sees its memory, never the memory."""
from __future__ import annotations

from ..core.grad import modes
from ..core.graph import stop_events
from ..core.tensor import Tensor
from . import movement, parts


def _in_place(name: str, view):
    """The method `name` that makes a tensor what `view` of it is."""
    def method(self: Tensor, *args, **kwargs) -> Tensor:
        if modes.grad and self._leaf and self.is_leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation. Do it under torch.no_grad(), or use "
                               f"{name.removesuffix('_')}() instead of {name}().")
        seen = view(self, *args, **kwargs)
        stop_events()
        self._unmark()
        self.shape, self._view, self._cache = seen.shape, seen._view, None
        if seen._grad_fn is not None:
            self._grad_fn, self._output_nr = seen._grad_fn, seen._output_nr
        counter = self._counter or self._storage
        counter.version += 1
        if self._base is not None:
            self._stamp = counter.version           # its grad_fn is right: the memory was not written to
        return self
    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{name.removesuffix('_')}` in place: this tensor sees its memory so from now on."
    return method


as_strided_ = _in_place("as_strided_", parts.as_strided)
squeeze_ = _in_place("squeeze_", movement.squeeze)
swapaxes_ = _in_place("swapaxes_", movement.swapaxes)
swapdims_ = _in_place("swapdims_", movement.swapdims)
t_ = _in_place("t_", movement.t)
transpose_ = _in_place("transpose_", movement.transpose)
unsqueeze_ = _in_place("unsqueeze_", movement.unsqueeze)

__all__: list[str] = []         # methods only
