"""Numbers that live in 0-d tensors, known without reading the tensors."""

import struct

import flambeau
from flambeau import Tensor

__all__ = ["Mirror"]


class Mirror:
    """What was last written to 0-d tensors, as Python numbers.

    To read a tensor is to make everything run that was recorded for it. An optimizer writes its step counts itself and
    needs them at each step, so it remembers them here. A remembered number is trusted while the tensor is at the version
    it was noted at; a tensor that is new or was changed by somebody else is read.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Tensor, tuple[int, float]] = {}

    def read(self, tensor: Tensor) -> float:
        """The number in ``tensor``."""
        known = self._known.get(tensor)
        if known is not None and known[0] == tensor._version:
            return known[1]
        return tensor.item()

    def note(self, tensor: Tensor, value: float) -> None:
        """Remember that ``tensor`` now holds ``value``. Tensors of inference mode have no version and are read each time."""
        if not tensor.is_inference():
            self._known[tensor] = tensor._version, value

    def fill(self, tensor: Tensor, value: float) -> None:
        """Write ``value`` to ``tensor`` and remember it, rounded as the tensor holds it."""
        tensor.fill_(value)
        if tensor.dtype == flambeau.float32:
            self.note(tensor, struct.unpack("f", struct.pack("f", value))[0])
        elif tensor.dtype == flambeau.float64:
            self.note(tensor, value)

    def __reduce__(self) -> tuple:
        # A copy of a tensor counts its versions from the start, so a copied note could be taken for a valid one.
        return Mirror, ()
