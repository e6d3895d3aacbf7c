"""The reverse walk: from outputs to leaves, each node once, latest first."""
from __future__ import annotations

import heapq
import threading
from contextlib import contextmanager

from ..core.access import read, write
from ..core.grad import NUMBER, AccumulateGrad, GradientEdge, GradNode, Modified, modes
from ..core.graph import Unsaved, stop_events
from ..core.record import record, unpack_input, unpack_output
from ..core.tensor import Tensor, edge_of, wrap
from ..ops.common import cast
from ..ops.create import filled
from ..ops.elementwise import RealPart
from ..ops.join import stack
from ..ops.movement import sum_to
from . import replay


def walk(roots, gradients, retain_graph: bool, create_graph: bool, targets=None, accumulate: bool = True, accumulated=None):
    """Carry `gradients` from `roots` (edges) back through the graph.

    targets: edges whose gradients are wanted (a list of them is returned); None means every leaf. accumulate: add to the leaves' `.grad`.
    accumulated: a list to which (leaf, whether it had no gradient) is added.
    """
    pending: dict = {}                              # (node, output number) -> gradient so far
    leaves: dict = {}                               # id(leaf) -> [leaf, gradient]
    captured: dict = {}
    wanted = None if targets is None else {_key(e) for e in targets if e is not None}
    useful = None if wanted is None else _reaching(roots, wanted)
    queue, queued = [], set()

    def deliver(edge, g):
        node, number = edge
        key = _key(edge)
        if useful is not None and key not in wanted and (not isinstance(node, GradNode) or node not in useful):
            return
        if not isinstance(node, GradNode):
            entry = leaves.get(id(node))
            if entry is None:
                leaves[id(node)] = [node, g]
            else:
                entry[1] = _sum(entry[1], g)
            return
        slot = (node, number)
        pending[slot] = _sum(pending[slot], g) if slot in pending else g
        if node not in queued:
            queued.add(node)
            heapq.heappush(queue, (-node.sequence, id(node), node))

    stop_events()
    previous, modes.grad = modes.grad, create_graph
    outer, _running.walk = _running.walk, (roots, wanted, useful)
    try:
        for edge, g in zip(roots, gradients, strict=True):
            deliver(edge, g)
        while queue:
            node = heapq.heappop(queue)[2]
            queued.discard(node)
            outgoing = []
            for k in range(len(node.outputs)):
                g = pending.pop((node, k), None)
                if g is not None:
                    g = _tensor_hooks(node, k, g)
                    if wanted is not None and (id(node), k) in wanted:
                        captured[(id(node), k)] = g
                outgoing.append(g)
            if useful is not None and node not in useful:
                continue
            for edge, g in zip(node.next, run_node(node, outgoing, retain_graph), strict=True):
                if g is not None and edge is not None and edge is not NUMBER:
                    deliver(edge, g)
        for leaf, g in leaves.values():
            if accumulated is not None:
                accumulated.append((leaf, leaf._grad is None))
            if leaf._hooks:
                g = _call_hooks(leaf._hooks, g, leaf)
            if wanted is not None and (id(leaf), 0) in wanted:
                captured[(id(leaf), 0)] = g
            if accumulate and (wanted is None or (id(leaf), 0) in wanted):
                _finish(leaf, g, create_graph)
    finally:
        modes.grad = previous
        _running.walk = outer
    return captured


class _Running(threading.local):
    """The walk that runs in this thread, as (roots, wanted, useful)."""

    walk = None


_running = _Running()


def running():
    """An object that stands for the walk that runs in this thread."""
    return _running.walk


def arriving() -> set[int]:
    """The ids of the nodes and leaves at which the running walk arrives."""
    roots, wanted, useful = _running.walk
    found, stack = set(), [e[0] for e in roots]
    while stack:
        node = stack.pop()
        if id(node) in found or not isinstance(node, GradNode) and wanted is not None and (id(node), 0) not in wanted:
            continue
        found.add(id(node))
        if isinstance(node, GradNode) and (useful is None or node in useful):
            stack.extend(e[0] for e in node.next if e is not None and e is not NUMBER)
    return found


def _key(edge):
    return id(edge[0]), edge[1]


def _reaching(roots, wanted) -> set:
    """The nodes from which a wanted edge can be reached."""
    useful: set = set()
    order, seen, stack = [], set(), [e[0] for e in roots if isinstance(e[0], GradNode)]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        stack.extend(e[0] for e in node.next if e is not None and e is not NUMBER and isinstance(e[0], GradNode))
    for node in sorted(order, key=lambda n: n.sequence):            # producers come before consumers
        if any(e is not None and e is not NUMBER and (_key(e) in wanted or e[0] in useful) for e in node.next):
            useful.add(node)
    return useful


def _tensor_hooks(node, k, g):
    """The hooks on output k, and `.grad` for a tensor that retains it."""
    if node.tensor_hooks is not None and k in node.tensor_hooks:
        g = _call_hooks(node.tensor_hooks[k], g, None)
    if node.retained is not None and k in node.retained:
        t = node.retained[k]()
        if t is not None:
            t._grad = _own(g) if t._grad is None else _sum(t._grad, g)
    return g


def _call_hooks(hooks, g, owner):
    for hook in list(hooks.values()):
        result = hook(g)
        if result is not None:
            if not isinstance(result, Tensor):
                raise TypeError(f"expected Tensor, but hook returned '{type(result).__name__}'")
            if result.shape != g.shape:
                raise RuntimeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value: from {list(g.shape)} to {list(result.shape)}")
            if result.dtype is not g.dtype:
                raise RuntimeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the type of value (was {g.dtype} got {result.dtype})")
            g = result
    return g


def run_node(node: GradNode, outgoing, retain_graph: bool):
    """The gradients of a node's inputs from those of its outputs (None: no gradient arrived there)."""
    if node.pre_hooks:
        for hook in list(node.pre_hooks.values()):
            replaced = hook(tuple(outgoing))
            if replaced is not None:
                outgoing = list(replaced) if isinstance(replaced, (tuple, list)) else [replaced]
    if node.released:
        raise RuntimeError("Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
                           "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
                           "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after "
                           "calling backward.")
    if node.run_backward is not None:               # a Function's own node
        results = node.run_backward(outgoing)
    else:
        results = _page_gradients(node, node.op, outgoing)
    if node.post_hooks:
        for hook in list(node.post_hooks.values()):
            replaced = hook(tuple(results), tuple(outgoing))
            if replaced is not None:
                results = list(replaced) if isinstance(replaced, (tuple, list)) else [replaced]
    if modes.anomaly:
        _check_nan(node, results)
    if not retain_graph:
        node.release()
    return results


def _page_gradients(node, op, outgoing):
    inputs = [unpack_input(node, k) for k in range(len(node.inputs))]
    single = op.outputs is None
    if single:
        g = outgoing[0]
    else:
        g = tuple(outgoing)
    if node.saved_out is None:
        out = _Shapes(node.outputs[0]) if single else tuple(_Shapes(o) for o in node.outputs)
    else:
        out = unpack_output(node, 0) if single else tuple(unpack_output(node, k) for k in range(len(node.outputs)))
    results = op.gradient(g, out, *inputs)
    if not isinstance(results, tuple):
        results = (results,)
    finished = []
    for k, (edge, result) in enumerate(zip(node.next, results, strict=True)):
        if edge is None or edge is NUMBER or result is None:
            finished.append(None)
            continue
        if not isinstance(result, Tensor):
            result = result() if callable(result) and not isinstance(result, Modified) else result
            if result is None:
                finished.append(None)
                continue
            if isinstance(result, Modified):
                raise RuntimeError(result._message)
        finished.append(fit(result, node.inputs[k]))
    return finished


class _Shapes:
    """An output whose value the gradient does not read."""

    __slots__ = ("shape", "dtype", "ndim")

    def __init__(self, meta):
        self.shape, self.dtype = meta
        self.ndim = len(self.shape)


def fit(g: Tensor, x) -> Tensor:
    """A gradient in the shape and dtype of the input it belongs to: what broadcasting repeated is summed, what promotion widened is cast."""
    if g.shape != x.shape:
        g = sum_to(g, x.shape)
    if g.dtype is not x.dtype:
        if g.dtype.is_complex and not x.dtype.is_complex:
            g = record(RealPart(), g)
        g = cast(g, x.dtype)
    return g


def _check_nan(node, results) -> None:
    for k, g in enumerate(results):
        if isinstance(g, Tensor) and g.dtype.category >= 2 and bool((g != g).any()):
            line = f" The operation was recorded here:\n{node.line}" if node.line else ""
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {k}th output.{line}")


def _finish(leaf: Tensor, g: Tensor, create_graph: bool) -> None:
    """The end of the walk at a leaf, with the hooks on its AccumulateGrad, if there are any."""
    if not leaf._leaf or leaf._creation is not None:        # frozen since; a view made under no_grad
        return
    end = leaf._ending
    if end is None:
        _accumulate(leaf, g, create_graph)
        return
    arrived = (g,)
    for hook in list((end.pre_hooks or {}).values()):
        replaced = hook(arrived)
        if replaced is not None:
            arrived = tuple(replaced) if isinstance(replaced, (tuple, list)) else (replaced,)
    _accumulate(leaf, arrived[0], create_graph)
    for hook in list((end.post_hooks or {}).values()):
        hook((), arrived)


def _sum(x: Tensor, y: Tensor) -> Tensor:
    """The sum of two gradients; where one of them lists its elements and the other does not, it is dense."""
    return y + x if x.is_sparse and not y.is_sparse else x + y


def _own(g: Tensor) -> Tensor:
    """A gradient in memory of its own."""
    return g.detach().clone() if g.is_sparse else wrap(read(g))


def _accumulate(leaf: Tensor, g: Tensor, create_graph: bool) -> None:
    """Add `g` to the leaf's `.grad`: in place, unless the gradient itself is to be differentiated."""
    if leaf._grad is None:
        if create_graph:
            leaf._grad = g
        else:
            leaf._grad = _own(g)
    elif create_graph:
        leaf._grad = _sum(leaf._grad, g)
    elif leaf._grad.is_sparse:
        leaf._grad = leaf._grad.add_(g) if g.is_sparse else _sum(leaf._grad, g)
    else:
        write(leaf._grad, read(leaf._grad + g if leaf._grad.dtype is g.dtype else cast(leaf._grad + g, leaf._grad.dtype)))
    if leaf._post_accumulate:
        for hook in list(leaf._post_accumulate.values()):
            returned = hook(leaf)
            if returned is not None:
                kind = RuntimeError if isinstance(returned, Tensor) else TypeError
                raise kind(f"Tensor post accumulate grad hooks should return None, this one returned a {type(returned).__name__}.")


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph: bool = False, grad_variables=None, inputs=None) -> None:
    """Add to the leaves' `.grad` the gradients of Σ grad_tensors · tensors.

    A scalar needs no grad_tensor. retain_graph: keep what is needed for another backward (default: create_graph). create_graph: record the
    walk itself, for derivatives of higher order. inputs: accumulate only there.
    """
    capture, accumulated = None, None
    if isinstance(tensors, Tensor) and grad_tensors is None and inputs is None and not create_graph and not retain_graph and tensors.numel() == 1:
        if tensors._tie is not None and replay.run_event(tensors):
            return
        where = replay.place(tensors)
        if where is not None:
            if replay.run(tensors, where):
                return
            capture, accumulated = replay.Capture(where), []
    tensors = _several(tensors)
    targets = None
    if inputs is not None:
        inputs = _several(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        for x in inputs:
            if isinstance(x, Tensor):
                x.retain_grad()             # a leaf keeps its gradient anyway
        targets = [_target(x) for x in inputs]
    roots, gradients = _roots(tensors, grad_tensors, create_graph)
    walk(roots, gradients, create_graph if retain_graph is None else retain_graph, create_graph, targets, accumulated=accumulated)
    if capture is not None:
        capture.keep(accumulated)


def _several(x) -> tuple:
    """One tensor or edge, or a sequence of them, as a tuple."""
    return (x,) if isinstance(x, (Tensor, GradientEdge)) else tuple(x)


def _edge(x):
    """Where the gradient of a tensor, or of a GradientEdge, goes."""
    if isinstance(x, Tensor):
        return edge_of(x)
    if not isinstance(x, GradientEdge):
        raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(x).__name__}")
    return (x.node.variable, 0) if isinstance(x.node, AccumulateGrad) else (x.node, x.output_nr)


def _target(x):
    edge = _edge(x)
    if edge is None:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return edge


def _roots(tensors, grad_tensors, create_graph):
    """Where the walk starts, and the gradient that it starts with there."""
    roots, gradients = [], []
    grad_tensors = (None,) * len(tensors) if grad_tensors is None else (grad_tensors,) if isinstance(grad_tensors, Tensor) else tuple(grad_tensors)
    if len(grad_tensors) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grad_tensors)} gradients")
    for k, (t, g) in enumerate(zip(tensors, grad_tensors, strict=True)):
        edge = _edge(t)
        if isinstance(t, GradientEdge):
            t = edge[0] if isinstance(edge[0], Tensor) else Unsaved(*edge[0].outputs[edge[1]])
        if edge is None:
            raise RuntimeError(f"element {k} of tensors does not require grad and does not have a grad_fn: nothing that led to it had "
                               "requires_grad=True, or it was computed under no_grad")
        if g is None:
            if t.numel() != 1:
                raise RuntimeError(f"grad can be implicitly created only for scalar outputs, this one has shape {tuple(t.shape)}; "
                                   "reduce it first, e.g. with .sum() or .mean(), or pass gradient=")
            if t.dtype.is_complex:
                raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {t.dtype}")
            g = filled(t.shape, 1, t.dtype, t.device if isinstance(t, Tensor) else None)
        else:
            if not isinstance(g, Tensor):
                raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
            if g.shape != t.shape:
                raise RuntimeError(f"Mismatch in shape: grad_output[{k}] has a shape of {g.shape} and output[{k}] has a shape of {t.shape}.")
            if g.dtype.is_complex != t.dtype.is_complex:
                raise RuntimeError("For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
                                   f"grad_output[{k}] has a dtype of {g.dtype} and output[{k}] has a dtype of {t.dtype}.")
        roots.append(edge)
        gradients.append(g)
    return roots, gradients


def backward_from(self, gradient=None, retain_graph=None, create_graph: bool = False, inputs=None) -> None:
    """Add to the `.grad` of the leaves that led here the gradient of this tensor (times `gradient`; a scalar needs none)."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


backward_from.__name__, backward_from.__qualname__ = "backward", "Tensor.backward"      # what errors call it


class _Kept(threading.local):
    deep = 0


_kept = _Kept()


@contextmanager
def graphs_kept():
    """Within it `grad` keeps the graph unless it is told not to: for who calls a function several times that was written to be called once."""
    _kept.deep += 1
    try:
        yield
    finally:
        _kept.deep -= 1


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph: bool = False, only_inputs: bool = True, allow_unused=None,
         is_grads_batched: bool = False, materialize_grads: bool = False):
    """The gradients of Σ grad_outputs · outputs with respect to `inputs`, as a tuple; `.grad` is left alone.

    RuntimeError for an input that the outputs do not depend on, unless allow_unused (then None) or materialize_grads (then zeros).
    """
    outputs, inputs = _several(outputs), _several(inputs)
    if allow_unused is False and materialize_grads:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if is_grads_batched:
        return _batched(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads)
    targets = [_target(x) for x in inputs]
    roots, gradients = _roots(outputs, grad_outputs, create_graph)
    retain = create_graph or _kept.deep > 0 if retain_graph is None else retain_graph
    captured = walk(roots, gradients, retain, create_graph, targets, accumulate=False)
    results = []
    for x, edge in zip(inputs, targets, strict=True):
        g = captured.get(_key(edge))
        if g is None:
            if materialize_grads:
                shape, dtype = (x.shape, x.dtype) if isinstance(x, Tensor) else x.node.outputs[x.output_nr]
                g = filled(shape, 0, dtype)
            elif not allow_unused:
                raise RuntimeError("One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is "
                                   "the desired behavior.")
        elif not create_graph and g.requires_grad:
            g = g.detach()
        results.append(g)
    return tuple(results)


def _batched(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads):
    """One walk for each row of the leading axis of the gradients."""
    grad_outputs = (grad_outputs,) if isinstance(grad_outputs, Tensor) else tuple(grad_outputs)
    count = next(g for g in grad_outputs if g is not None).shape[0]
    rows = [grad(outputs, inputs, [None if g is None else g[k] for g in grad_outputs], True if k < count - 1 else retain_graph, create_graph,
                 allow_unused=allow_unused, materialize_grads=materialize_grads) for k in range(count)]
    return tuple(None if column[0] is None else stack(column) for column in zip(*rows, strict=True))
