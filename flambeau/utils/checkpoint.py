"""Activation checkpointing: keep a part's inputs instead of what lies within it, and compute that again in backward.

Both kinds are autograd Functions. The reentrant one runs the part without recording and, in backward, records it and calls `backward` on
the outcome; so gradients of the parameters within go to `.grad` and nowhere else. The other one records the part once, to find the leaf
tensors that it uses (parameters, whether passed or captured), and takes them as inputs beside the arguments, so that every way of asking
for gradients works. After T. Chen et al., "Training Deep Nets with Sublinear Memory Cost", arXiv:1604.06174.
"""
from __future__ import annotations

import contextlib
import copy
import dataclasses
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.autograd import Function

__all__ = [
    "CheckpointError", "CheckpointFunction", "check_backward_validity", "checkpoint", "checkpoint_sequential", "detach_variable",
    "noop_context_fn", "set_checkpoint_debug_enabled", "set_checkpoint_early_stop",
]

_options: dict[str, bool | None] = {"debug": None, "early_stop": True}


class CheckpointError(RuntimeError):
    """The part did something else when it was computed again."""


def noop_context_fn() -> tuple[AbstractContextManager, AbstractContextManager]:
    """The default `context_fn`: two contexts that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def checkpoint(
    function: Callable,
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[AbstractContextManager, AbstractContextManager]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, of which only the arguments are kept for backward; the function runs again then.

    use_reentrant: should be given. False: works with every way of asking for gradients, with keyword arguments and tensors in nested
    arguments. True: only with `backward()` without `inputs`, gradients flow only if a tensor among `args` itself requires grad.
    preserve_rng_state (keyword, default True): draw the same random numbers again. context_fn: returns the contexts for the first run and
    for the second. determinism_check: "default" compares shapes and dtypes of the two results, "none" does not. debug: name both in the
    error. early_stop: accepted; what backward does not need is not computed in any case.

    Tensors that require grad and that `function` captures, rather than takes, should be leaves, such as a module's parameters.

    Raises ValueError for options of the other kind, CheckpointError (in backward) if the second run gives something else.
    """
    if use_reentrant is None:
        use_reentrant = _warn_of_default("checkpoint")
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs) + "; use_reentrant=False takes them")
        if context_fn is not noop_context_fn or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")
    call = _Call(function, args, kwargs, preserve, context_fn, determinism_check == "default",
                 debug if _options["debug"] is None else bool(_options["debug"]))
    return call.run()


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any) -> Any:
    """Modules or functions one after another, in `segments` parts of equal length of which all but the last are checkpointed.

    functions: an nn.Sequential or a list. preserve_rng_state (keyword, default True) and use_reentrant as in `checkpoint`.
    """
    if use_reentrant is None:
        use_reentrant = _warn_of_default("checkpoint_sequential")
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if isinstance(functions, flambeau.nn.Sequential):
        functions = list(functions.children())
    length = len(functions) // segments
    start = length * (segments - 1)
    for begin in range(0, start, length) if length else ():
        part = _in_turn(functions[begin : begin + length])
        input = checkpoint(part, input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return _in_turn(functions[start:])(input)


def _in_turn(functions: Any) -> Callable:
    def run(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value
    return run


def _warn_of_default(name: str) -> bool:
    warnings.warn(f"flambeau.utils.checkpoint.{name}: the use_reentrant parameter should be passed explicitly. use_reentrant=False is "
                  "recommended; True is what is used without it.", stacklevel=3)
    return True


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Within it, `early_stop` is as given. It has no effect on results, nor here on what is computed."""
    before, _options["early_stop"] = _options["early_stop"], enable
    try:
        yield
    finally:
        _options["early_stop"] = before


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Within it, `debug` of all checkpoints is as given; None leaves it to each."""
    before, _options["debug"] = _options["debug"], enabled
    try:
        yield
    finally:
        _options["debug"] = before


def detach_variable(inputs: tuple) -> tuple:
    """The tensors among `inputs` cut off from their graph, each requiring grad as before; the rest as it is."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs)


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn where no tensor among `inputs` requires grad."""
    if not any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


@contextlib.contextmanager
def _random_numbers(state: Tensor | None) -> Iterator[None]:
    """Within it, the default generator goes on from `state` (None: from where it is); behind it, from where it was before."""
    if state is None:
        yield
        return
    before = flambeau.get_rng_state()
    flambeau.set_rng_state(state)
    try:
        yield
    finally:
        flambeau.set_rng_state(before)


class CheckpointFunction(Function):
    """The reentrant kind: backward(x) runs the part again, recording, and calls backward on its results."""

    @staticmethod
    def forward(ctx, run_function, preserve_rng_state, *args):
        """run_function(*args), not recorded."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.random_state = flambeau.get_rng_state() if preserve_rng_state else None
        ctx.places = [place for place, arg in enumerate(args) if isinstance(arg, Tensor)]
        ctx.others = [None if isinstance(arg, Tensor) else arg for arg in args]
        ctx.save_for_backward(*(args[place] for place in ctx.places))
        with flambeau.no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx, *grads):
        """The gradients of the tensors among the arguments; those of captured leaves are added to their `.grad`."""
        args = list(ctx.others)
        for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            args[place] = tensor
        inputs = detach_variable(tuple(args))
        with _random_numbers(ctx.random_state), flambeau.enable_grad():
            outputs = ctx.run_function(*inputs)
        outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
        pairs = [(out, grad) for out, grad in zip(outputs, grads, strict=True) if isinstance(out, Tensor) and out.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        flambeau.autograd.backward([out for out, _ in pairs], [grad for _, grad in pairs])
        return None, None, *(x.grad if isinstance(x, Tensor) else None for x in inputs)


class _Call:
    """The other kind: one call of a part, and how to run it again."""

    def __init__(self, function: Callable, args: tuple, kwargs: dict, preserve: bool, context_fn: Callable, check: bool, debug: bool):
        self.function, self.check, self.debug = function, check, debug
        self.random_state = flambeau.get_rng_state() if preserve else None
        self.first_context, self.second_context = context_fn()
        self.inputs: list[Tensor] = []
        self.arguments = _map_tensors((args, kwargs), self._take)  # tensors that require grad stand there by their place in `inputs`
        self.leaves: list[Tensor] = []
        self.found: list = []

    def _take(self, tensor: Tensor) -> Any:
        if not tensor.requires_grad:
            return tensor
        self.inputs.append(tensor)
        return _Place(len(self.inputs) - 1)

    def call(self, inputs: list[Tensor]) -> Any:
        """The function, with these in place of the inputs."""
        args, kwargs = _map_places(self.arguments, inputs)
        return self.function(*args, **kwargs)

    def run(self) -> Any:
        """The first run."""
        with self.first_context:
            if not flambeau.is_grad_enabled():
                return self.call(self.inputs)
            stand_ins = [tensor.detach().requires_grad_() for tensor in self.inputs]
            result = self.call(stand_ins)
        _refuse_hidden(result)
        tensors: list[Tensor] = []
        _map_tensors(result, lambda tensor: tensors.append(tensor) if tensor.requires_grad else None)
        if not tensors:
            return result
        self.found = [_described(tensor) for tensor in tensors]
        self.leaves = [leaf for leaf in _leaves(tensors) if not any(leaf is one for one in stand_ins)]
        made = iter(_Recomputed.apply(self, [tensor.detach() for tensor in tensors], *self.inputs, *self.leaves))
        self.inputs = []
        return _map_tensors(result, lambda tensor: next(made) if tensor.requires_grad else tensor)

    def run_again(self, inputs: list[Tensor]) -> list[Tensor]:
        """The results that require grad, recorded."""
        tensors: list[Tensor] = []
        with _random_numbers(self.random_state), flambeau.enable_grad(), self.second_context:
            _map_tensors(self.call(inputs), lambda tensor: tensors.append(tensor) if tensor.requires_grad else None)
        found = [_described(tensor) for tensor in tensors]
        if len(found) != len(self.found) or (self.check and found != self.found):
            raise CheckpointError(
                "flambeau.utils.checkpoint: the function gave something else when it was run again for backward, so there are no right "
                "gradients; it must not depend on what changes between forward and backward"
                + (f" (first {self.found}, then {found})" if self.debug else "; debug=True shows both results"))
        return tensors


class _Recomputed(Function):
    """Results of a call as functions of its inputs and leaves."""

    @staticmethod
    def forward(ctx, call, results, *tensors):
        ctx.call = call
        ctx.save_for_backward(*tensors)
        return tuple(results)

    @staticmethod
    def backward(ctx, *grads):
        call, tensors = ctx.call, ctx.saved_tensors
        count = len(tensors) - len(call.leaves)
        twice = flambeau.is_grad_enabled()  # create_graph=True: the gradients are to be differentiable
        gate = _Gate()
        inputs = [gate.pass_through(x) if twice else x.detach().requires_grad_() for x in tensors[:count]]
        results = call.run_again(inputs)
        with gate.closed():
            found = flambeau.autograd.grad(results, [*inputs, *tensors[count:]], list(grads), retain_graph=True, create_graph=twice,
                                           allow_unused=True)
        return None, None, *found


class _Gate:
    """Between a part and what came before it: while it is closed, no gradient leaves the part by its inputs.

    A parameter may be used both in the part and before it. Its gradient from here must hold the first use only, and yet depend on the
    inputs, where it is differentiated itself.
    """

    def __init__(self) -> None:
        self.is_closed = False

    def pass_through(self, x: Tensor) -> Tensor:
        """x, behind the gate."""
        return _Pass.apply(self, x)

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Within it, the gate is closed."""
        self.is_closed = True
        try:
            yield
        finally:
            self.is_closed = False


class _Pass(Function):
    @staticmethod
    def forward(ctx, gate, x):
        ctx.gate = gate
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return None, None if ctx.gate.is_closed else g


class _Place(int):
    """Stands in the arguments for an input."""


def _described(tensor: Tensor) -> tuple:
    return tuple(tensor.shape), str(tensor.dtype)


def _leaves(results: list[Tensor]) -> list[Tensor]:
    """The leaf tensors that require grad and that `results` were computed from."""
    found: dict[int, Tensor] = {id(tensor): tensor for tensor in results if tensor.is_leaf}
    nodes, seen = [tensor.grad_fn for tensor in results], set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if (leaf := getattr(node, "variable", None)) is not None:
            found[id(leaf)] = leaf
        nodes.extend(following for following, _ in node.next_functions)
    return list(found.values())


def _map_tensors(value: Any, function: Callable[[Tensor], Any]) -> Any:
    """`value` with `function` applied to the tensors in it, within lists, tuples and dicts."""
    return _map(value, Tensor, function)


def _map_places(value: Any, inputs: list[Tensor]) -> Any:
    return _map(value, _Place, inputs.__getitem__)


def _map(value: Any, kind: type, function: Callable) -> Any:
    if isinstance(value, kind):
        return function(value)
    if isinstance(value, dict):
        items = {key: _map(item, kind, function) for key, item in value.items()}
        if type(value) is dict:
            return items
        clone = copy.copy(value)
        clone.update(items)
        return clone
    if isinstance(value, (list, tuple)):
        items = [_map(item, kind, function) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        clone = copy.copy(value)
        for field in dataclasses.fields(value):
            object.__setattr__(clone, field.name, _map(getattr(value, field.name), kind, function))
        return clone
    return value


def _refuse_hidden(value: Any) -> None:
    """Raise TypeError for tensors in an object that `_map` does not see into: they would lead past the checkpoint."""
    if isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_hidden(item)
    elif not isinstance(value, (Tensor, type)) and not dataclasses.is_dataclass(value):
        if any(isinstance(one, Tensor) and one.requires_grad for one in getattr(value, "__dict__", {}).values()):
            raise TypeError("a checkpointed function may return tensors, and tuples, lists, dicts and dataclasses of them; "
                            f"it returned a {type(value).__name__} with tensors in it")
