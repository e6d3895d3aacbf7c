"""Tensor: a view of a storage, and its place in autograd."""
from __future__ import annotations

import numbers
import sys
import warnings
import weakref

import numpy as np

from . import device as devices
from . import dtype as dt
from . import graph
from .access import peek, read
from .description import TensorBase
from .errors import MissingName
from .grad import GradNode, RemovableHandle, modes, node_type
from .graph import Node
from .printing import format_tensor
from .shape import Size, numel
from .storage import Storage, constant
from .suggest import did_you_mean

_new = object.__new__


class Weak(weakref.ref):
    """A recording's reference to a leaf."""

    __slots__ = ()


class Tensor(TensorBase):
    """An array of numbers of one dtype, with views, in-place operations and automatic differentiation.

    Fields are plain attributes with class-wide defaults, so that making a tensor sets three of them: `_storage`, `shape`, `dtype`. Beside what
    TensorBase describes: `_base` and `_stamp` (for a view: the tensor it is a view of, and the version at which its grad_fn was right); `_fn`,
    `_output_nr` (what produced it; read it as `_grad_fn`, since it may be tied to a recording that has not built it yet, `_tie`); `_leaf` (a
    leaf that wants a gradient); `_grad`; `_hooks`; `_counter` (a version counter apart from the storage's, for `.data`); `_cache` (a view's
    recorded value, and the storage value it was read from).
    """

    _base = _fn = _tie = _grad = _hooks = _counter = _cache = _retain = None
    _ordinal = -1                  # which tensor of the present recording this is, and of which kind it is where it comes from outside (core.events)
    _kind = _weak = None
    _output_nr = _stamp = 0
    _leaf = _inference = False
    _creation = None            # why an in-place write to this view may be refused
    _post_accumulate = None
    _tape_number = None         # which leaf of the present tape this is
    _accumulate = None          # its AccumulateGrad, if somebody has asked for it
    _ending = None              # the same, if it has hooks
    __array_priority__ = 1000   # NumPy leaves mixed expressions to us

    def __new__(cls, *args, device=None, dtype=None):
        """The legacy constructor: `Tensor(2, 3)` is uninitialised memory of that shape, `Tensor([1, 2])` a float32 copy."""
        return _legacy_constructor(cls, args, device, dtype)

    def __init__(self, *args, **kwargs):
        super().__init__()

    @staticmethod
    def _make_subclass(cls, data, require_grad: bool = False):
        """A leaf of class `cls` on the memory of `data` (what Parameter is made by)."""
        t = alias(data, cls)
        t._leaf = False
        if require_grad:
            t.requires_grad_()
        return t

    # --------------------------------------------------------------------------------------------------------------- autograd
    @property
    def _grad_fn(self) -> GradNode | None:
        tie = self._tie
        if tie is not None:
            self._fn, self._output_nr = tie.producer(self._ordinal)
            self._tie = None
        return self._fn

    @_grad_fn.setter
    def _grad_fn(self, node: GradNode | None) -> None:
        if self._tie is not None:
            self._tie = None
        self._fn = node
        if self._kind is not None:
            self._kind = None

    def _unmark(self) -> None:
        """Something about it changes that events take for granted: recordings meet it anew."""
        if self._tie is not None:
            self._grad_fn = self._grad_fn           # the mark is what finds it
        if self._ordinal != -1 or self._weak is not None:
            self._ordinal, self._kind, self._weak = -1, None, None

    def _weakrefs(self) -> list:
        """The weak references to it that are not a recording's own."""
        return [w for w in weakref.getweakrefs(self) if type(w) is not Weak]

    @property
    def _version(self) -> int:
        """How often this memory has been written to. RuntimeError for an inference tensor, which nobody counts for."""
        if self._inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return (self._counter or self._storage).version

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded for backward."""
        return self._leaf or self._tie is not None or self._producer() is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError(f"requires_grad must be a bool, not {type(value).__name__}")
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient of this leaf (in place). RuntimeError for integers, and for turning a computed tensor off."""
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise TypeError(f"requires_grad_(): argument 'requires_grad' must be bool, not {type(requires_grad).__name__}")
        if self._producer() is not None:
            if not requires_grad:
                raise RuntimeError("you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
                                   "subgraph that doesn't require differentiation use var_no_grad = var.detach().")
            return self
        if requires_grad and self.dtype.category < 2:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients, "
                               f"this one is {self.dtype}; convert it first, e.g. with .float()")
        if requires_grad and self._inference and not modes.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._unmark()
        self._leaf = bool(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no operation produced it (or none that autograd knows of)."""
        return self._tie is None and self._producer() is None

    @property
    def grad_fn(self) -> GradNode | None:
        """The operation that produced it, as autograd knows it."""
        return self._producer()

    def _producer(self):
        """grad_fn, made anew for a view whose base was written to since."""
        base = self._base
        if base is not None and self._stamp != (self._counter or self._storage).version:
            self._stamp = (self._counter or self._storage).version
            edge = edge_of(base)
            if edge is not None:
                self._leaf = False
                self._relink(reread_node(self, base, edge), 0)
        return self._grad_fn

    def _relink(self, node: GradNode, number: int) -> None:
        """Say that output `number` of `node` produced it: an in-place write did. A gradient that it retains is from now on the new value's."""
        old = self._grad_fn
        if self._retain and old is not None:
            node.retain(number, self)
            del old.retained[self._output_nr]
        self._grad_fn, self._output_nr = node, number

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient; None before the first backward."""
        if self._grad is None and not self._leaf and self._retain is None and self._producer() is not None:
            warnings.warn("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated "
                          "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use "
                          ".retain_grad() on the non-leaf Tensor.", UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
            if value.dtype is not self.dtype:
                raise RuntimeError(f"assigned grad has data of a different type: expected {self.dtype}, got {value.dtype}")
            if value.device != self.device:
                raise RuntimeError(f"assigned grad has data located on a different device: expected {self.device}, got {value.device}")
            if value.shape != self.shape:
                raise RuntimeError(f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size '{list(self.shape)}'. Please ensure that "
                                   "the gradient and the tensor are the same size")
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def retains_grad(self) -> bool:
        """Whether backward fills `.grad` although this is not a leaf."""
        return self._retain is not None and not self.is_leaf

    def retain_grad(self) -> None:
        """Keep the gradient of this computed tensor in `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self._producer()
        if node is not None and self._retain is None:
            graph.forget_tape()
            node.retain(self._output_nr, self)
            self._retain = True

    def register_hook(self, hook) -> RemovableHandle:
        """Call `hook(grad)` when this tensor's gradient is computed; a result other than None replaces it."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self._producer()
        if node is not None:
            graph.forget_tape()
            return RemovableHandle(node.hooks_of(self._output_nr), hook)
        graph.forget_tape()
        if self._hooks is None:
            self._hooks = {}
        return RemovableHandle(self._hooks, hook)

    def register_post_accumulate_grad_hook(self, hook) -> RemovableHandle:
        """Call `hook(tensor)` after a gradient was added to this leaf's `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._post_accumulate is None:
            self._post_accumulate = {}
        return RemovableHandle(self._post_accumulate, hook)

    @property
    def output_nr(self) -> int:
        """Which output of its grad_fn this is."""
        self._producer()
        return self._output_nr

    def is_inference(self) -> bool:
        """Whether it was made under inference_mode."""
        return self._inference

    def _is_view(self) -> bool:
        return self._base is not None

    def detach(self) -> Tensor:
        """The same memory, cut off from autograd. Writes count up the same version."""
        t = alias(self, Tensor if not getattr(type(self), "_keeps_class", False) else type(self))
        t._counter = self._counter
        return t

    @property
    def data(self) -> Tensor:
        """The same memory, cut off from autograd, with a version counter of its own."""
        t = alias(self, Tensor)
        t._counter = Counter()
        return t

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if value.dtype.category < 2 and self._leaf:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        adopt(self, value)

    @property
    def names(self) -> tuple[None, ...]:
        """Axes have no names."""
        return (None,) * len(self.shape)

    # ------------------------------------------------------------------------------------------------------------- its values
    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The NumPy array on the same memory: a write through either shows in both.

        RuntimeError while it requires grad (use `.detach().numpy()`, or no_grad), TypeError off the CPU or for bfloat16; `force=True` detaches,
        moves and copies as needed.
        """
        if self.is_meta:
            raise TypeError("can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.")
        if not force and modes.grad and self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.dtype is dt.bfloat16:
            raise TypeError("Got unsupported ScalarType BFloat16: NumPy has no such type; convert first, e.g. with .float().numpy()")
        buffer = self._storage.export()
        if self._view is None:
            return buffer.view() if buffer.shape == self.shape else buffer.reshape(self.shape)
        return self._view.read(buffer)

    def tolist(self):
        """The values as nested Python lists (a number for a 0-d tensor)."""
        return self._array().tolist()

    def item(self):
        """The one value as a Python number. RuntimeError for more or fewer elements than one."""
        array = self._array()
        if array.size != 1:
            raise RuntimeError(f"a Tensor with {array.size} elements cannot be converted to Scalar")
        value = array.reshape(-1)[0]
        return float(value) if self.dtype is dt.bfloat16 else value.item()

    def _array(self) -> np.ndarray:
        """The values, not to be written to."""
        if self.is_meta:
            raise RuntimeError("Tensor.item() cannot be called on meta tensors: they have a shape and a dtype, no values")
        return peek(self)

    def __bool__(self) -> bool:
        if numel(self.shape) != 1:
            if numel(self.shape) == 0:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous; use .any() or .all()")
        return bool(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        if self.dtype.category > 1 or numel(self.shape) != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __hash__(self) -> int:
        return id(self)

    def __format__(self, spec: str) -> str:
        if not self.shape and type(self) is Tensor and not self.is_meta:
            return self.item().__format__(spec)
        return object.__format__(self, spec)

    def __repr__(self, *, tensor_contents=None) -> str:
        kind = type(self)
        producer = self._producer()
        return format_tensor(None if self.is_meta else self._array(), dtype_name=self.dtype.name, default_dtype_name=dt.default_dtype().name,
                             prefix="tensor(" if kind is Tensor or kind.__name__ == "Parameter" else f"{kind.__name__}(",
                             device=str(self.device), requires_grad=self._leaf, grad_fn_name=None if producer is None else producer.name(),
                             shape=self.shape, contents=tensor_contents)

    def __contains__(self, element) -> bool:
        if isinstance(element, (Tensor, numbers.Number)):
            return bool((self == element).any())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def __dir__(self):
        return [n for n in {*object.__dir__(self)} if not n.startswith("_") or n.startswith("__")]

    def __getattr__(self, name):
        if name.startswith("__"):           # probed by NumPy, copy and others as a matter of course
            raise AttributeError(name)
        raise MissingName(f"'{type(self).__name__}' object has no attribute '{name}'", lambda: _meant(self, name))

    def __setstate__(self, state):
        self.__dict__.update(state)


def _meant(t, name: str) -> str:
    if _public_function(name):
        return f"; it is a function: use torch.{name}(tensor, …)"
    return did_you_mean(name, [n for n in dir(type(t)) if not n.startswith("_")])


def _public_function(name: str) -> bool:
    package = sys.modules.get("flambeau")
    return package is not None and name in dir(package) and callable(getattr(package, name, None))


class Counter:
    """A version counter of its own."""

    __slots__ = ("version",)

    def __init__(self):
        self.version = 0


# ---------------------------------------------------------------------------------------------------------- making tensors
def wrap(node: Node) -> Tensor:
    """A new tensor whose own storage holds `node`."""
    t = _new(Tensor)
    t._storage = storage = _new(Storage)
    storage.value, t.shape, t.dtype = node, node.shape, node.dtype
    if modes.inference:
        t._inference = True
    return t


def pending_tensor(trace, position: int, shape, dtype) -> Tensor:
    """A new tensor of the value that is pending at `position`, which has no node before somebody reads it."""
    t = _new(Tensor)
    t._storage = storage = _new(Storage)
    storage.trace, storage.position, t.shape, t.dtype = trace, position, shape, dtype
    trace.made.append(storage)
    return t


def from_array(array: np.ndarray, dtype: dt.dtype | None = None) -> Tensor:
    """A tensor on `array`, which nobody else may write to."""
    dtype = dtype or dt.from_numpy(array.dtype)
    if array.dtype != dtype.numpy:
        array = array.astype(dtype.numpy)
    return wrap(constant(array, dtype))


def meta(shape, dtype: dt.dtype) -> Tensor:
    """A tensor with a shape and a dtype and no memory."""
    return wrap(graph.Elsewhere(Size(shape), dtype, devices.META))


def alias(t: Tensor, cls=Tensor) -> Tensor:
    """The same memory seen in the same way, unknown to autograd."""
    if t._tie is not None and not t._tie.recording.settled():
        graph.stop_events()             # links that save its value are to see the versions of the storage, which is not its own any more
    a = _new(cls)
    a._storage, a.shape, a.dtype, a._view = t._storage, t.shape, t.dtype, t._view
    a._inference = t._inference
    return a


def snapshot(t: Tensor) -> Tensor:
    """The value that `t` has now, in a storage of its own, produced by what produced `t`: the operand of an in-place operation."""
    s = wrap(read(t))
    edge = edge_of(t)
    if edge is not None and isinstance(edge[0], GradNode):
        s._grad_fn, s._output_nr = edge
    return s


def adopt(t: Tensor, value: Tensor) -> None:
    """Make `t` see the memory of `value` from now on, as `t.data = value` does."""
    t._unmark()
    t._storage, t.shape, t.dtype, t._view, t._cache = value._storage, value.shape, value.dtype, value._view, None
    t._counter = value._counter if value._counter is not None else None


# ------------------------------------------------------------------------------------------------------------------- edges
def edge_of(t: Tensor):
    """Where `t`'s gradient goes: (GradNode, output number), (leaf, 0), or None."""
    node = t._grad_fn if t._base is None else t._producer()
    if node is not None:
        return node, t._output_nr
    if t._leaf:
        return t, 0
    return None


def reread_node(view: Tensor, base: Tensor, edge) -> GradNode:
    """The grad_fn of a view whose base has got a new value: a strided read of the base."""
    op = relative_view(view, base)
    return node_type("AsStridedBackward0")(op, (edge,), (_unsaved(base),), None, ((view.shape, view.dtype),))


def _unsaved(t: Tensor) -> graph.Unsaved:
    """The shape and dtype of `t`."""
    return graph.Unsaved(t.shape, t.dtype)


def relative_view(view: Tensor, base: Tensor):
    """The part of `base`'s elements that `view` sees, as a differentiable page."""
    offset = view.storage_offset() - base.storage_offset()
    return _restride(tuple(base.shape), base.stride(), tuple(view.shape), view.stride(), offset)


# Registered by ops: they need operators, which the core has none of.
_restride = None
_legacy_constructor = None


def register(restride=None, legacy_constructor=None) -> None:
    """Give the core what only operator pages can provide."""
    global _restride, _legacy_constructor
    _restride = restride or _restride
    _legacy_constructor = legacy_constructor or _legacy_constructor

