"""Tensors that a module owns: parameters, buffers, and those whose shape the first input will tell."""

from collections import OrderedDict
from typing import Any, ClassVar

import flambeau
from flambeau import Tensor

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "UninitializedTensorMixin", "is_lazy"]


class _Marked(type(Tensor)):
    """The class of Parameter and Buffer: a tensor of another class that carries their mark counts as their instance."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        mark = cls.__dict__.get("_mark")
        return mark is not None and isinstance(instance, Tensor) and bool(instance.__dict__.get(mark))


class Parameter(Tensor, metaclass=_Marked):
    """A tensor that is learned: assigned to an attribute of a module, it is among the module's ``parameters()``.

    Args:
        data: the tensor whose memory it takes; an empty one by default. A tensor of a class of the user's keeps its class and is
            marked as a parameter.
        requires_grad: whether backward fills its ``.grad``.

    Raises:
        RuntimeError: integers cannot require gradients, or ``detach()`` of the user's class returns another class.
    """

    _mark: ClassVar[str] = "_is_param"

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True):
        if data is None:
            data = flambeau.empty(0)
        if type(data) is Tensor or type(data) is Parameter:
            return Tensor._make_subclass(cls, data, requires_grad)
        if not isinstance(data, Tensor):
            raise AttributeError(f"Parameter() takes a tensor, not {type(data).__name__}, which has no 'detach'; wrap it: Parameter(tensor(...))")
        result = data.detach().requires_grad_(requires_grad)
        if type(result) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from a {type(data).__name__} needs its detach() to return the same class, "
                f"but it returned a {type(result).__name__}; correct detach() of that class")
        result._is_param = True
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> "Parameter":
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(memory_format=flambeau.preserve_format), self.requires_grad)
        return memo[id(self)]

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol: Any) -> tuple:
        hooks: OrderedDict = OrderedDict()  # PyTorch's format has a place for them, and leaves it empty
        state = {name: value for name, value in self.__dict__.items() if not name.startswith("_") and name not in ("shape", "dtype")}
        if not state:
            return _rebuild_parameter, (self.data, self.requires_grad, hooks)
        return _rebuild_parameter_with_state, (self.data, self.requires_grad, hooks, state)


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data: Tensor, requires_grad: bool, backward_hooks: Any, state: dict[str, Any]) -> Parameter:
    parameter = Parameter(data, requires_grad)
    for name, value in state.items():
        setattr(parameter, name, value)
    return parameter


class Buffer(Tensor, metaclass=_Marked):
    """A tensor that belongs to a module's state and is not learned: assigned to an attribute, it is among ``buffers()``.

    The result is a tensor of ``data``'s class, marked as a buffer.

    Args:
        data: the tensor whose memory it takes; an empty one by default.
        persistent: whether it is in the module's ``state_dict()``.
    """

    _mark: ClassVar[str] = "_is_buffer"

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True):
        if data is None:
            data = flambeau.empty(0)
        result = data.detach().requires_grad_(data.requires_grad)
        result.persistent = persistent
        result._is_buffer = True
        return result


def _by_way_of_empty(name: str):
    def convert(self, *args, **kwargs):
        return getattr(flambeau.empty(0, dtype=self.dtype, device=self.device), name)(*args, **kwargs)

    convert.__name__ = name
    convert.__doc__ = f"As ``Tensor.{name}``: decides the dtype and device that the tensor will have once its shape is known."
    return convert


class UninitializedTensorMixin:
    """A tensor with a dtype and a device whose shape is not known before the first input (see :class:`LazyModuleMixin`)."""

    cls_to_become: ClassVar[type[Tensor]]

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Give it memory of ``shape``, with undefined values, and make it an ordinary tensor.

        Args:
            shape: the sizes of its axes.
            device, dtype: other than those it was made with.
        """
        device = self.device if device is None else device
        dtype = self.dtype if dtype is None else dtype
        self.data = flambeau.empty(shape, device=device, dtype=dtype)
        self.__class__ = self.cls_to_become

    @property
    def shape(self):
        """Not known yet: reading it is an error."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. Where `load_state_dict` says so, an uninitialized "
            "parameter was loaded into an initialized one. Call the module with a sample batch first: that initializes them.")

    @shape.setter
    def shape(self, value) -> None:
        self.__dict__["shape"] = value  # for `materialize`: what is seen once the class is another

    def size(self, dim: int | None = None):
        """As of an empty tensor."""
        return flambeau.empty(0).size() if dim is None else flambeau.empty(0).size(dim)

    def share_memory_(self):
        """There is no memory to share yet."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call the module with a sample batch before "
            "`module.share_memory()`.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return type(self), (self.requires_grad,)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        allowed = {Tensor.__hash__, Tensor.is_complex, Tensor.is_floating_point, Tensor.get_device, Tensor.copy_}
        if func in allowed or type(func).__name__ == "method-wrapper":
            return super().__torch_function__(func, types, args, kwargs or {})
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {func}. Call the lazy module that it belongs to with a sample batch first: "
            "that initializes its parameters.")


for _name in ("to", "cpu", "cuda", "half", "bfloat16", "float", "double", "char", "short", "int", "long"):
    setattr(UninitializedTensorMixin, _name, _by_way_of_empty(_name))


def is_lazy(parameter: Any) -> bool:
    """Whether its shape is still unknown."""
    return isinstance(parameter, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape the first input will tell. ``materialize(shape)`` makes it a :class:`Parameter`.

    Args:
        requires_grad: whether backward fills its ``.grad``.
        device, dtype: what it will have.
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device=None, dtype=None):
        return Tensor._make_subclass(cls, flambeau.empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer whose shape the first input will tell. ``materialize(shape)`` makes it a tensor.

    Args:
        requires_grad: as of any tensor.
        device, dtype: what it will have.
        persistent: whether it is in the module's ``state_dict()``.
    """

    cls_to_become = Tensor

    def __new__(cls, requires_grad: bool = False, device=None, dtype=None, persistent: bool = True):
        result = Tensor._make_subclass(cls, flambeau.empty(0, device=device, dtype=dtype), requires_grad)
        result.persistent = persistent
        result._is_buffer = True
        return result
