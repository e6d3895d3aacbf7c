"""Function: an operation whose gradient the user writes."""
from __future__ import annotations

import functools

from ..core import graph
from ..core.grad import NUMBER, GradNode, modes
from ..core.graph import Unsaved
from ..core.record import check_writable
from ..core.tensor import Tensor, alias, edge_of
from ..ops.create import filled
from ..ops.movement import sum_to


class FunctionNode(GradNode):
    """The grad_fn of a Function's results, and the `ctx` that its forward and backward get.

    Anything may be hung on it: `ctx.k = k`. Tensors go through `save_for_backward`, which checks that nobody has written to them since.
    """

    function: type[Function]

    def __init__(self, needs):
        super().__init__(None, (), (), None, ())
        self.needs_input_grad = needs
        self._saved: tuple | None = ()
        self._dirty, self._fixed, self.materialize_grads = (), (), True
        self._results: tuple = ()

    def save_for_backward(self, *tensors) -> None:
        """Keep tensors (inputs, results or others; None is allowed) for backward."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument is of type {type(t).__name__}; hang other values on ctx")
        self._to_save = tensors

    def save_for_forward(self, *tensors) -> None:
        """Accepted for forward-mode derivatives, which flambeau computes from backward."""

    def mark_dirty(self, *tensors) -> None:
        """Say which inputs forward has written to."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors) -> None:
        """Say which results have no gradient."""
        self._fixed = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients of results come to backward as zeros (the default) or as None."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple:
        """What save_for_backward kept. RuntimeError if it was written to since, or freed."""
        if self._saved is None:
            raise RuntimeError("Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
                               "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if "
                               "you need to backward through the graph a second time or if you need to access saved tensors after calling backward.")
        return tuple(None if s is None else s.restore(self) for s in self._saved)

    saved_variables = saved_tensors

    def _finish_saving(self, results) -> None:
        places = {id(r): k for k, r in enumerate(results) if isinstance(r, Tensor)}
        self._saved = tuple(None if t is None else _Saved(t, places.get(id(t))) for t in self.__dict__.pop("_to_save", ()))

    def release(self) -> None:
        """Let go of the saved values after a backward that does not retain the graph."""
        if self._saved:
            self.released, self._saved = True, None

    def run_backward(self, outgoing):
        """The user's backward: a gradient, or None, for each argument of forward."""
        grads = []
        for g, (shape, dtype) in zip(outgoing, self.outputs, strict=True):
            grads.append(filled(shape, 0, dtype) if g is None and self.materialize_grads else g)
        returned = self.function.backward(self, *grads)
        returned = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        wanted = len(self.next)
        if len(returned) > wanted and all(r is None for r in returned[wanted:]):
            returned = returned[:wanted]
        if len(returned) != wanted:
            raise RuntimeError(f"function {self.name()} returned an incorrect number of gradients (expected {wanted}, got {len(returned)}): one for each "
                               "argument of forward, None for those that need none")
        results = []
        for k, (g, edge) in enumerate(zip(returned, self.next, strict=True)):
            if g is None or edge is None or edge is NUMBER:
                if g is not None and edge is NUMBER:
                    raise RuntimeError(f"function {self.name()} returned a gradient different than None at position {k + 1}, but the corresponding forward "
                                       "input was not a Variable")
                results.append(None)
                continue
            if not isinstance(g, Tensor):
                raise TypeError(f"function {self.name()} returned a {type(g).__name__} as gradient of argument {k + 1}: it must be a Tensor or None")
            results.append(self._fitted(g, self.inputs[k], k))
        return results

    def _fitted(self, g, x, k):
        if g.shape != x.shape:
            lead = g.ndim - len(x.shape)
            if lead < 0 or any(n not in (1, m) for n, m in zip(x.shape, g.shape[lead:], strict=True)):
                raise RuntimeError(f"Function {self.name()} returned an invalid gradient at index {k} - got {list(g.shape)} but expected shape compatible with "
                                   f"{list(x.shape)}")
            g = sum_to(g, x.shape)
        return g if g.dtype is x.dtype else g.to(x.dtype)


class _Saved:
    """One saved tensor: an input or a stranger by itself, a result without a reference to its own node."""

    __slots__ = ("tensor", "result", "version", "packed", "unpack")

    def __init__(self, t: Tensor, result: int | None):
        self.result = result
        self.version = (t._counter or t._storage).version
        self.tensor = t if result is None else t.detach()
        self.packed = self.unpack = None
        if modes.saved_hooks:
            pack, self.unpack = modes.saved_hooks[-1]
            self.packed, self.tensor = pack(self.tensor), None

    def restore(self, node) -> Tensor:
        if self.unpack is not None:
            return self.unpack(self.packed)
        t = self.tensor
        found = (t._counter or t._storage).version
        if found != self.version:
            raise RuntimeError("one of the variables needed for gradient computation has been modified by an inplace operation: "
                               f"[torch.{t.dtype._title}Tensor {list(t.shape)}] saved by {node.name()} is at version {found}; expected version {self.version} "
                               "instead. Do the in-place change after backward(), or save a clone().")
        if self.result is None:
            return t
        made = alias(t)
        made._counter, made._grad_fn, made._output_nr = t._counter, node, self.result
        return made


_node_classes: dict[type, type[FunctionNode]] = {}


class Function:
    """An operation with a gradient of the user's own: subclass, write `forward` and `backward` as static methods, call `apply`.

    forward(ctx, *args) returns a tensor or a tuple; or forward(*args) with setup_context(ctx, inputs, output). backward(ctx, *grads) gets one
    gradient for each result and returns one for each argument of forward (None where there is none).
    """

    @staticmethod
    def forward(*args, **kwargs):
        """The results, from the arguments of `apply`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Save for backward what it needs, where forward takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """The gradients of the arguments from those of the results."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.")

    @staticmethod
    def vjp(ctx, *grad_outputs):
        """Another name of backward."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.")

    def __call__(self, *args, **kwargs):
        """Refused: a Function has no instances that do anything."""
        raise RuntimeError(f"Legacy autograd function object was called: write forward and backward as static methods, and call {type(self).__name__}.apply(…)")

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run forward on `args`, recorded for backward."""
        grad = modes.grad
        edges = tuple(edge_of(a) if isinstance(a, Tensor) else NUMBER for a in args)
        needs = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        node_class = _node_classes.get(cls)
        if node_class is None:
            backward = cls if cls.vjp is Function.vjp else type(cls.__name__, (cls,), {"backward": cls.vjp})
            node_class = _node_classes[cls] = type(cls.__name__ + "Backward", (FunctionNode,), {"function": backward})
        ctx = node_class(needs)
        split = cls.setup_context is not Function.setup_context
        modes.grad = False
        try:
            if split:
                returned = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, returned)
            else:
                returned = cls.forward(ctx, *args, **kwargs)
        finally:
            modes.grad = grad
        results = returned if isinstance(returned, tuple) else (returned,)
        graph.forget_tape()
        if not (grad and any(e is not None and e is not NUMBER for e in edges)):
            ctx._finish_saving(results)
            return returned
        ctx.next = edges
        ctx.inputs = tuple(Unsaved(a.shape, a.dtype) if isinstance(a, Tensor) else a for a in args)
        results = tuple(_linked(ctx, k, r, args) for k, r in enumerate(results))
        ctx.outputs = tuple((r.shape, r.dtype) for r in results if isinstance(r, Tensor))
        ctx._finish_saving(results)
        return results if isinstance(returned, tuple) else results[0]


def _linked(ctx, k, r, args):
    """The k-th result, produced by `ctx`."""
    if not isinstance(r, Tensor) or any(r is t for t in ctx._fixed) or r.dtype.category < 2:
        return r
    if any(r is t for t in ctx._dirty):
        if r._leaf and modes.grad:
            check_writable(r)
        r._leaf, r._grad_fn, r._output_nr = False, ctx, k
        return r
    if any(r is a for a in args) or r._base is not None:
        r = alias(r)
    r._leaf, r._grad_fn, r._output_nr = False, ctx, k
    return r


class InplaceFunction(Function):
    """A Function that may work in place (an old name)."""


def once_differentiable(backward):
    """Decorate a backward that cannot be differentiated itself: doing so is an error."""
    @functools.wraps(backward)
    def wrapped(ctx, *grads):
        recorded = modes.grad
        modes.grad = False
        try:
            results = backward(ctx, *grads)
        finally:
            modes.grad = recorded
        if not recorded or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return results
        many = results if isinstance(results, tuple) else (results,)
        blocked = tuple(_Once.apply(r) if isinstance(r, Tensor) else r for r in many)
        return blocked if isinstance(results, tuple) else blocked[0]
    return wrapped


class _Once(Function):
    """Marks what must not be differentiated again."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


FunctionCtx = FunctionNode
