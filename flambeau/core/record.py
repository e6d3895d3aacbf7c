"""record: the one door into the graph; and in-place, the one way back into a storage."""
from __future__ import annotations

import functools
from functools import lru_cache

import numpy as np

from . import dtype as dt
from . import events, graph, ties
from .access import read, write
from .device import CPU, META
from .grad import NUMBER, GradNode, Modified, modes, next_sequence, node_type, user_line
from .graph import Elsewhere, Node, Number, Unsaved, _local
from .op import MAX_INTERNED, Op
from .shape import Size, is_dense, numel, overlaps
from .storage import Storage
from .tensor import Tensor, edge_of, relative_view, snapshot, wrap
from .watching import watch

_SCALAR = Size(())
_new = object.__new__
_numbers: dict = {}


def number_node(value) -> Node:
    """The node of a Python (or NumPy) number."""
    kind = type(value)
    key = (kind, value)
    node = _numbers.get(key)
    if node is not None and (value != 0 or kind is not float):      # 0.0 and -0.0 are the same key
        return node
    if kind not in (int, float, bool, complex):
        plain = value.item() if isinstance(value, np.generic) else _plain_number(value)
        return number_node(plain)
    dtype = dt.bool_ if kind is bool else dt.int64 if kind is int else dt.float64 if kind is float else dt.complex128
    if kind is int and not -(1 << 63) <= value < 1 << 63:
        if not value < 1 << 64 or value < 0:
            raise RuntimeError(f"value cannot be converted to type int64_t without overflow: {value}")
        dtype = dt.uint64
    node = Number(_SCALAR, dtype, np.array(value, dtype.numpy), value)
    if len(_numbers) < 4096:
        _numbers[key] = node
    return node


def _plain_number(value):
    """The Python number that a subclass of one (an enum, say) stands for."""
    for kind in (bool, int, float, complex):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, Modified):
        raise RuntimeError(value._message)
    raise TypeError(f"expected a Tensor or a number, got {type(value).__name__}"
                    + (": that is a method, not a value; call it with ()" if callable(value) else ""))


def node_of(x) -> Node:
    """The node of a tensor's or a number's present value."""
    return read(x) if isinstance(x, Tensor) else number_node(x)


def record(op: Op, *inputs):
    """Record `op` on tensors and numbers: checks shapes, dtypes and devices now, computes later. A Tensor, or a tuple of them.

    Raises what the operator's rules say, changing nothing.
    """
    trace = _local.trace
    event = trace.next
    if event.call is op:
        result = _run(trace, event, inputs)
        if result is not _MISS:
            return result
    if trace.cursor is None:
        return _record(op, *inputs)
    return events.call(trace, op, functools.partial(_record, op), inputs)


def _record(op: Op, *inputs):
    """`record`, whatever was recorded before."""
    trace = _local.trace
    nodes: list[Node] = []
    edges: list = []
    wants, grad = False, trace.grad
    for x in inputs:
        if isinstance(x, Tensor):
            storage = x._storage
            node = read(x) if x._view is not None or storage.shared else storage.value
            if node.device is not CPU:
                return _record_elsewhere(op, inputs)
            if grad:
                producer = x._grad_fn if x._base is None else x._producer()
                if producer is not None:
                    edges.append((producer, x._output_nr))
                    wants = True
                elif x._leaf:
                    edges.append((x, 0))
                    wants = True
                else:
                    edges.append(None)
            if node.trace is not None and node.trace is not trace:
                graph.compute(node)
            nodes.append(node)
        else:
            nodes.append(number_node(x))
            edges.append(NUMBER)
    node = trace.append(op, tuple(nodes))
    if op.outputs is None:
        t = _new(Tensor)                    # as wrap does
        t._storage = storage = _new(Storage)
        storage.value = node
        t.shape = node.shape
        t.dtype = node.dtype
        if trace.inference:
            t._inference = True
        if wants and op.differentiable and node.dtype.category >= 2:
            t._fn = link = _link(trace, op, inputs, edges, node)
            if op._saves_out:
                link.saved_out = [_saved_output(t)]
    else:
        t = tuple([wrap(trace.append(_Item(k), (node,))) for k in range(len(node.shape))])
        if wants and op.differentiable:
            link = _link(trace, op, inputs, edges, node)
            for k, result in enumerate(t):
                if result.dtype.category >= 2:
                    result._grad_fn, result._output_nr = link, k
            if op._saves_out:
                link.saved_out = [_saved_output(result) for result in t]
    if trace.sharing:                       # memory was read that NumPy may write to: run before anybody can
        trace.sharing = False
        graph.flush()
    elif trace.nbytes > graph.MAX_PENDING_BYTES or trace.pending >= graph.MAX_PENDING:
        graph.flush()
    return t


def _link(trace, op, inputs, edges, node) -> GradNode:
    """The node that backward will walk for this operation."""
    page, entry = type(op), node.entry
    link = _new(page._node or _node_class(page))        # the fields that GradNode.__init__ sets
    link.op = op
    link.next = edges
    link.inputs = entry.meta
    link.versions = None
    link.outputs = entry.outputs
    link.sequence = next_sequence()
    if op.saves or NUMBER in edges:
        _keep(trace, op, inputs, edges, link)
    if trace.anomaly:
        link.line = user_line()
    if trace.tape is not None:
        _tape(trace, link, node.position)
    if trace.watched is not None:
        trace.watched[link] = node.position
    return link


def _keep(trace, op, inputs, edges, link) -> None:
    """Save for backward what the page's gradient reads, with the versions that it must still have then."""
    saves = op._saves_inputs
    if len(inputs) > len(saves):            # a page with any number of inputs
        saves += saves[-1:] * (len(inputs) - len(saves))
    link.inputs = kept = list(link.inputs)
    for k, x in enumerate(inputs):
        if edges[k] is NUMBER:
            kept[k] = x
        elif saves[k]:
            if link.versions is None:
                link.versions = [None] * len(inputs)
            kept[k] = x if not x._inference and not trace.saved_hooks else _save(x)
            link.versions[k] = (x._counter or x._storage).version


def _node_class(page) -> type[GradNode]:
    """The class of a page's grad_fns."""
    page._node = node_type(page.backward)
    return page._node


def _tape(trace, link: GradNode, position: int) -> None:
    """Write `link` on the trace's tape, if the tape can tell what it is; else the tape ends."""
    if trace.saved_hooks or trace.anomaly:
        trace.tape = None
        return
    tape, token = trace.tape, trace.token
    tape.append(link.op)
    tape.append(position)
    for k, edge in enumerate(link.next):
        if edge is None:
            tape.append(None)
        elif edge is NUMBER:
            x = link.inputs[k]
            tape.append(type(x))
            tape.append(repr(x))
        else:
            source = edge[0]
            if isinstance(source, GradNode):
                if source.trace is not token:               # linked before this trace began
                    trace.tape = None
                    return
                tape.append(source.index)
                tape.append(edge[1])
            else:
                number = source._tape_number
                if source._creation is not None:
                    trace.tape = None
                    return
                if number is None or number[0] is not token:
                    number = source._tape_number = (token, trace.leaf_count)
                    trace.leaf_count += 1
                    tape.append((source.shape, source.dtype))
                tape.append(-1 - number[1])
    link.trace = token
    link.index = trace.links
    trace.links += 1


def _save(x: Tensor):
    """What a node keeps of an input: the tensor, or what the saved-tensor hooks in force make of it."""
    if x._inference and not modes.inference:
        raise RuntimeError("Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation "
                           "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or "
                           "use torch.no_grad() instead of torch.inference_mode().")
    return Packed(x) if modes.saved_hooks else x


class Packed:
    """A saved tensor in the form that a saved-tensor hook gave it."""

    __slots__ = ("packed", "unpack", "shape", "dtype")

    def __init__(self, x: Tensor):
        pack, self.unpack = modes.saved_hooks[-1]
        self.shape, self.dtype = x.shape, x.dtype
        grad, modes.grad = modes.grad, False        # a hook may look at the values (t.numpy()), and what it computes is no part of the graph
        try:
            self.packed = pack(x)
        finally:
            modes.grad = grad

    def restore(self) -> Tensor:
        """The tensor again."""
        t = self.unpack(self.packed)
        if not isinstance(t, Tensor):
            raise TypeError("Output of saved tensor unpack_hook expected to be a Tensor")
        return t


def _saved_output(t: Tensor):
    """What a node keeps of its own output: no reference to itself, so that nothing is freed late."""
    return [t._storage, t._view, t.shape, t.dtype, 0]


def unpack_output(node: GradNode, k: int):
    """A node's saved output as a tensor that it produced; the error that names the versions if it was written to since."""
    storage, view, shape, dtype, version = node.saved_out[k]
    if storage.version != version:
        return Modified(modified_message(node, shape, dtype, storage.version, version, f"output {k} of {node.name()}"), shape, dtype)
    t = _new(Tensor)
    t._storage, t._view, t.shape, t.dtype = storage, view, shape, dtype
    if dtype.category >= 2:             # indices and the like have no producer
        t._grad_fn, t._output_nr = node, k
    return t


def unpack_input(node: GradNode, k: int):
    """A node's saved input: a tensor with the producer that it had, a number, or what stands for a value that is not there."""
    x = node.inputs[k]
    if isinstance(x, Packed):
        return x.restore()
    if not isinstance(x, Tensor):
        return x
    version, found = node.versions[k], (x._counter or x._storage).version
    if version != found:
        producer = node.next[k]
        what = (f"which is output {producer[1]} of {producer[0].name()}" if producer is not None and isinstance(producer[0], GradNode)
                else "which is a leaf" if producer is not None else "an operand")
        return Modified(modified_message(node, x.shape, x.dtype, found, version, what), x.shape, x.dtype)
    return x


_SAVED = {"self": 0, "input": 0, "other": 1, "exponent": 1}


def _saved_value(node: GradNode, name: str):
    """`grad_fn._saved_self`, `_saved_other`, `_saved_exponent`, `_saved_result`: what a node keeps for backward, under PyTorch's names."""
    word = name.removeprefix("_saved_")
    if word == name or word not in _SAVED and word != "result" or node.op is None:
        raise AttributeError(f"'{type(node).__name__}' object has no attribute '{name}'")
    if node.released:
        raise RuntimeError("Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed).")
    if word == "result":
        found = None if node.saved_out is None else unpack_output(node, 0)
    else:
        found = unpack_input(node, _SAVED[word]) if _SAVED[word] < len(node.inputs) else None
    if isinstance(found, Modified):
        raise RuntimeError(found._message)
    return None if isinstance(found, Unsaved) else found


GradNode.__getattr__ = _saved_value


def modified_message(node, shape, dtype, found, expected, what) -> str:
    """PyTorch's sentence for a value that backward needs and that was overwritten."""
    kind = f"torch.{dtype._title}Tensor"
    hint = ("" if not node.line else f"\nThe operation that needs it ran here:\n{node.line}")
    return (f"one of the variables needed for gradient computation has been modified by an inplace operation: [{kind} {list(shape)}], {what}, is "
            f"at version {found}; expected version {expected} instead. {node.name()} reads it: do the in-place change after backward(), or on a "
            f"clone().{hint}")


class _Item(Op):
    """The k-th of several results."""

    k: int
    types = "keep"
    no_samples = "takes several results apart: every page with `outputs` covers it"

    def shape(self, x):
        return x.shape[self.k]

    def dtype(self, x):
        return x.dtype[self.k]

    def reference(self, x):
        return x[self.k]


# ------------------------------------------------------------------------------------------------------------ other devices
def _record_elsewhere(op, inputs):
    """Meta tensors: shapes and dtypes only. A mix of devices is refused."""
    kinds = {}
    for k, x in enumerate(inputs):
        if isinstance(x, Tensor) and (x.shape or x.device is META):
            kinds.setdefault(x.device, k)
    if len(kinds) > 1:
        found = ", ".join(f"argument {k} is on {d}" for d, k in kinds.items())
        first, second = list(kinds)[:2]
        raise RuntimeError(f"{op.name}: Expected all tensors to be on the same device, but found at least two devices, {first} and {second}! "
                           f"({found}; move one with .to('{first}'))")
    shape, dtype, _ = op.infer(*[Elsewhere(x.shape, x.dtype, META) if isinstance(x, Tensor) else number_node(x) for x in inputs])
    if op.outputs is None:
        return wrap(Elsewhere(shape, dtype, META))
    return tuple(wrap(Elsewhere(s, d, META)) for s, d in zip(shape, dtype, strict=True))


# ----------------------------------------------------------------------------------------------------------------- in place
def check_writable(t: Tensor) -> None:
    """Refuse what PyTorch refuses: leaves that want gradients, overlapping memory, views that cannot be tracked."""
    if t._view is not None and overlaps(t.shape, t._view.strides):
        raise RuntimeError("unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
                           "clone() the tensor before performing the operation.")
    if modes.grad:
        check_leaf(t)
    if t._inference and not modes.inference:
        raise RuntimeError("Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal tensor "
                           "before doing inplace update.")


def check_leaf(t: Tensor) -> None:
    """Refuse to change a leaf that wants a gradient, a view of one, and a view that autograd cannot follow."""
    base = t._base
    if t._leaf and t._producer() is None and t._creation is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation. Do it under torch.no_grad(), or on a clone().")
    if base is not None:
        if base._producer() is None and (base._leaf or t.requires_grad):
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
        if t._creation is not None and base.requires_grad:
            raise RuntimeError(t._creation)


def check_apart(t: Tensor, source: Tensor) -> None:
    """Refuse to write to `t` what is read from a part of its memory that is not the same elements in the same order.

    As in PyTorch, only views without gaps are looked at: x[::2] = x[1::2] is legal, and x[1:] = x[:-1] is not.
    """
    if source is t or source._storage is not t._storage or not numel(t.shape) or not numel(source.shape):
        return
    at, strides, start, steps = t.storage_offset(), t.stride(), source.storage_offset(), source.stride()
    if at == start and t.shape == source.shape and strides == steps:
        return
    if is_dense(t.shape, strides) and is_dense(source.shape, steps) and at < start + numel(source.shape) and start < at + numel(t.shape):
        raise RuntimeError("unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
                           "Please clone() the tensor before performing the operation.")


def in_place(t: Tensor, function, *args, **kwargs) -> Tensor:
    """`t = function(t, …)` in the memory of `t`: RuntimeError, with nothing written, if shape or dtype do not fit."""
    check_writable(t)
    for x in args:
        if isinstance(x, Tensor):
            check_apart(t, x)
    # without autograd the old value needs no name of its own
    result = function(snapshot(t) if modes.grad else t, *args, **kwargs)
    if result.shape != t.shape:
        raise RuntimeError(f"output with shape {list(t.shape)} doesn't match the broadcast shape {list(result.shape)}")
    if result.dtype is not t.dtype:
        if not dt.can_cast(result.dtype, t.dtype):
            raise RuntimeError(f"result type {result.dtype._title} can't be cast to the desired output type {t.dtype._title}")
        result = _cast(result, t.dtype)
    return assign(t, result)


def assign(t: Tensor, result: Tensor) -> Tensor:
    """Write `result` (same shape and dtype, checked already) into the memory of `t`, and make autograd see it."""
    edge = edge_of(result) if modes.grad else None
    base = t._base
    track = modes.grad and (edge is not None or edge_of(t) is not None or base is not None and edge_of(base) is not None)
    if track and base is not None:
        if t._creation is not None:
            raise RuntimeError(t._creation)
        op = _WriteInto(relative_view(t, base))
        node = node_type("CopySlices")(op, (edge_of(base), edge), (Unsaved(base.shape, base.dtype), Unsaved(t.shape, t.dtype)), None,
                                       ((base.shape, base.dtype),))
    write(t, read(result))
    if not track:
        return t
    if base is not None:
        base._leaf = False
        base._relink(node, 0)
        t._stamp = -1                       # grad_fn is made anew when asked for
    elif edge is None:
        t._leaf, t._grad_fn = False, None
    elif isinstance(edge[0], GradNode):
        t._leaf = False
        t._relink(*edge)
        saved = edge[0].saved_out
        if saved is not None and saved[edge[1]][0] is result._storage:       # what was saved as the result is now t's memory
            saved[edge[1]][0], saved[edge[1]][1], saved[edge[1]][4] = t._storage, t._view, (t._counter or t._storage).version
    return t


class _WriteInto(Op):
    """Stands in the backward graph for a write through a view: the base keeps its gradient elsewhere, the value gets it there."""

    part: Op
    no_samples = "never recorded, only walked back over: tests/autograd/test_inplace.py"

    def gradient(self, g, out, base, value):
        return lambda: _keep_outside(g, self.part), lambda: _read_part(g, self.part)

    def shape(self, base, value):
        return base.shape


_cast = _keep_outside = _read_part = None


def register(cast, keep_outside, read_part) -> None:
    """Give in-place writing the operators it needs: a cast, and the two halves of a gradient that a view divides."""
    global _cast, _keep_outside, _read_part
    _cast, _keep_outside, _read_part = cast, keep_outside, read_part


# --------------------------------------------------------------------------------------------------------------------- views
def make_view(x: Tensor, op: Op, view, dtype=None) -> Tensor:
    """A tensor on the memory of `x`, seen through `view`; `op` is the page that says how gradients pass."""
    trace = _local.trace
    if trace.cursor is None:
        return _make_view(op, view, dtype, x)
    key = _view_name(op, view, dtype)
    event = trace.next
    if event.call is key:
        result = _run(trace, event, (x,))
        if result is not _MISS:
            return result
    return events.call(trace, key, functools.partial(_make_view, op, view, dtype), (x,))


def _make_view(op: Op, view, dtype, x: Tensor) -> Tensor:
    t = _look(x, view, dtype or x.dtype)
    if modes.grad and t.dtype.category >= 2:
        edge = edge_of(x)
        if edge is not None:
            t._grad_fn = _view_node(x, op, edge, ((t.shape, t.dtype),))
    return t


def make_views(x: Tensor, op: Op, views) -> tuple[Tensor, ...]:
    """The views of `x` that one operation makes (split, unbind). They share its grad_fn, so autograd lets none be written to in place."""
    trace = _local.trace
    views = tuple(views)
    if trace.cursor is None:
        return _make_views(op, views, x)
    key = _view_name(op, views, None)
    event = trace.next
    if event.call is key:
        result = _run(trace, event, (x,))
        if result is not _MISS:
            return result
    return events.call(trace, key, functools.partial(_make_views, op, views), (x,))


def _make_views(op: Op, views, x: Tensor) -> tuple[Tensor, ...]:
    made = tuple([_look(x, view, x.dtype) for view in views])
    if modes.grad:
        edge = edge_of(x)
        if edge is not None and x.dtype.category >= 2:
            node = _view_node(x, op, edge, tuple([(t.shape, t.dtype) for t in made]))
            for k, t in enumerate(made):
                t._grad_fn, t._output_nr = node, k
        reason = _one_of_several(op.backward.removesuffix("Backward0"))
        for t in made:
            t._creation = reason
    return made


def _look(x: Tensor, view, dtype) -> Tensor:
    """A tensor that sees the memory of `x` through `view`, without a grad_fn yet."""
    t = _new(Tensor)
    t._storage, t.shape, t.dtype, t._view, t._counter = x._storage, Size(view.sizes), dtype, view, x._counter
    base = x._base
    t._base = x if base is None else base
    t._stamp = (x._counter or x._storage).version
    if x._inference:
        t._inference = True
    if x._creation is not None:
        t._creation = x._creation
    if not modes.grad and t._base.requires_grad:
        t._leaf = dtype.category >= 2           # PyTorch says so, too: it requires grad like its base, but gets none (autograd.engine)
        t._creation = ("A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use case is "
                       "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both "
                       "inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be "
                       "tracked).")
    return t


def _view_node(x: Tensor, op: Op, edge, outputs) -> GradNode:
    node = node_type(op.backward)(op, (edge,), (Unsaved(x.shape, x.dtype),), None, outputs)
    trace = _local.trace
    if trace.tape is not None:
        _tape(trace, node, -1)
    if trace.watched is not None:
        trace.watched[node] = -1
    return node


@lru_cache(maxsize=64)
def _one_of_several(name: str) -> str:
    return (f"An output of {name} is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such "
            "functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.")


_run, _MISS = events.run, events.MISS
_views: dict = {}           # what names a view among events: one object for each


def _view_name(op: Op, view, dtype):
    """The object by which events know a view. Of a loop over x[i] not all are kept: one that was dropped is only not matched."""
    key = op, view, dtype
    found = _views.get(key)
    if found is None:
        if len(_views) >= MAX_INTERNED:
            _views.clear()
        found = _views[key] = key
    return found

events.register(watch)
ties.register(_tape)


def fresh(shape, dtype, array) -> Tensor:
    """A tensor of `shape` on a NumPy array that nobody else may write to."""
    return wrap(Node(Size(shape), dtype, array))


def shared_with_numpy(array: np.ndarray, dtype) -> Storage:
    """A storage on memory that NumPy goes on using."""
    return Storage(Node(Size(array.shape), dtype, array), shared=True)
