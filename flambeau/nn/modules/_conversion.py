"""Moving a module's tensors: to another dtype, device or memory format."""

import warnings
from collections.abc import Callable
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn.parameter import Parameter

__all__ = ["Conversion", "parse_to"]


class Conversion:
    """The part of :class:`Module` that converts its parameters and buffers, in place. Its methods return the module."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True):
        """Replace each parameter, its gradient and each buffer by what ``fn`` makes of it. Parameters remain the same objects where
        their memory can be exchanged.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, parameter in self._parameters.items():
            if parameter is None:
                continue
            gradient = parameter.grad
            with flambeau.no_grad():
                converted = fn(parameter)
            if _exchangeable(parameter, converted):
                parameter.data = converted
                result = parameter
            else:
                result = self._parameters[name] = Parameter(converted, parameter.requires_grad)
            if gradient is not None:
                with flambeau.no_grad():
                    converted = fn(gradient)
                if result is parameter and _exchangeable(gradient, converted):
                    gradient.data = converted
                    result.grad = gradient
                else:
                    result.grad = converted.requires_grad_(gradient.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any):
        """Convert or move all parameters and buffers, in place.

            to(device=None, dtype=None, non_blocking=False)
            to(dtype, non_blocking=False)
            to(tensor, non_blocking=False)
            to(memory_format=channels_last)

        Integer tensors keep their dtype; a memory format applies to parameters with 4 or 5 axes.

        Raises:
            TypeError: a dtype that is neither floating nor complex.
        """
        device, dtype, non_blocking, memory_format = parse_to(*args, **kwargs)
        if dtype is not None:
            if not (dtype.is_floating_point or dtype.is_complex):
                raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}")
            if dtype.is_complex:
                warnings.warn("Complex modules are new: some modules do not work with complex parameters or buffers.", stacklevel=2)

        def convert(tensor: Tensor) -> Tensor:
            wanted = dtype if tensor.is_floating_point() or tensor.is_complex() else None
            if memory_format is not None and tensor.dim() in (4, 5):
                return tensor.to(device, wanted, non_blocking, memory_format=memory_format)
            if tensor.is_meta and device is not None and device.type != "meta":
                raise NotImplementedError(
                    "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() "
                    "when moving module from meta to a different device.")
            return tensor.to(device, wanted, non_blocking)

        return self._apply(convert)

    def to_empty(self, *, device: Any, recurse: bool = True):
        """Move to a device with undefined values in all parameters and buffers."""
        return self._apply(lambda tensor: flambeau.empty_like(tensor, device=device), recurse=recurse)

    def cpu(self):
        """Move to the CPU."""
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self, device: Any = None):
        """Move to a CUDA device."""
        return self._apply(lambda tensor: tensor.cuda(device))

    def ipu(self, device: Any = None):
        """Move to an IPU."""
        return self._apply(lambda tensor: tensor.ipu(device))

    def xpu(self, device: Any = None):
        """Move to an XPU."""
        return self._apply(lambda tensor: tensor.xpu(device))

    def mtia(self, device: Any = None):
        """Move to an MTIA device."""
        return self._apply(lambda tensor: tensor.mtia(device))

    def type(self, dst_type: Any):
        """Convert all parameters and buffers to one dtype."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self):
        """Convert floating parameters and buffers to float32."""
        return self._apply(lambda tensor: tensor.float() if tensor.is_floating_point() else tensor)

    def double(self):
        """Convert floating parameters and buffers to float64."""
        return self._apply(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)

    def half(self):
        """Convert floating parameters and buffers to float16."""
        return self._apply(lambda tensor: tensor.half() if tensor.is_floating_point() else tensor)

    def bfloat16(self):
        """Convert floating parameters and buffers to bfloat16."""
        return self._apply(lambda tensor: tensor.bfloat16() if tensor.is_floating_point() else tensor)

    def share_memory(self):
        """Put parameters and buffers into memory that other processes can share."""
        return self._apply(lambda tensor: tensor.share_memory_())


def _exchangeable(tensor: Tensor, other: Tensor) -> bool:
    """Whether ``tensor`` can go on as the same object with the memory of ``other``: not between memory and its absence."""
    return tensor.is_meta == other.is_meta


_FORMS = "(device=None, dtype=None, non_blocking=False), (dtype, non_blocking=False) or (tensor, non_blocking=False)"


def parse_to(*args: Any, **kwargs: Any) -> tuple[Any, Any, bool, Any]:
    """(device, dtype, non_blocking, memory_format) from the arguments of ``to`` in any of its forms.

    Raises:
        TypeError: arguments of no form.
    """
    known = {"device", "dtype", "tensor", "other", "non_blocking", "copy", "memory_format"}
    form: tuple[str, ...] = ("device", "dtype", "non_blocking", "copy")
    if args and isinstance(args[0], Tensor):
        form = ("tensor", "non_blocking", "copy")
    elif args and isinstance(args[0], flambeau.dtype):
        form = ("dtype", "non_blocking", "copy")
    given = dict(zip(form, args, strict=False))
    if len(args) > len(form) or not kwargs.keys() <= known or given.keys() & kwargs.keys():
        raise TypeError(f"to() received an invalid combination of arguments; it takes {_FORMS}, and memory_format")
    given |= kwargs
    device, dtype = given.get("device"), given.get("dtype")
    tensor = given.get("tensor", given.get("other"))
    if tensor is not None:
        device, dtype = tensor.device, tensor.dtype
    if dtype is not None and not isinstance(dtype, flambeau.dtype):
        raise TypeError(f"to(): argument 'dtype' must be torch.dtype, not {type(dtype).__name__}; it takes {_FORMS}")
    if device is not None and not isinstance(device, flambeau.device):
        if not isinstance(device, str | int):
            raise TypeError(f"to() received an invalid combination of arguments - got ({type(device).__name__}); it takes {_FORMS}")
        device = flambeau.device(device)
    return device, dtype, bool(given.get("non_blocking", False)), given.get("memory_format")
