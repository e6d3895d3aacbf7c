"""Derivatives of functions: vjp, jvp, jacobian, hessian and their products with vectors."""
from __future__ import annotations

from ..core.tensor import Tensor
from ..ops.create import zeros_like
from ..ops.join import stack
from .engine import grad
from .modes import enable_grad


def _tuple(x, name: str) -> tuple:
    """`x` as a tuple of tensors."""
    many = x if isinstance(x, tuple) else (x,)
    for k, t in enumerate(many):
        if not isinstance(t, Tensor):
            raise TypeError(f"The {name} must be either a Tensor or a tuple of Tensors, but the value at index {k} has type {type(t)}.")
    return many


def _inputs(inputs, create_graph: bool) -> tuple:
    """The inputs as variables of their own, connected to the caller's only if the result is to be differentiated."""
    return tuple(t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_() for t in inputs)


def _like(outer, values):
    return values if isinstance(outer, tuple) else values[0]


def _result(values, create_graph):
    return values if create_graph else tuple(v.detach() for v in values)


def _filled(grads, inputs, strict: bool, what: str):
    """Zeros where an output does not depend on an input; with `strict`, an error."""
    for k, g in enumerate(grads):
        if g is None and strict:
            raise RuntimeError(f"The output of the user-provided function is independent of input {k}. This is not allowed in strict mode ({what}).")
    return tuple(zeros_like(x) if g is None else g for g, x in zip(grads, inputs, strict=True))


def _vector(v, like, name: str):
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if the user-provided function returns a single Tensor with a single element ({name}).")
        return (like[0].new_ones(like[0].shape),)
    v = _tuple(v, "v")
    if len(v) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}.")
    for k, (a, b) in enumerate(zip(v, like, strict=True)):
        if a.shape != b.shape:
            raise RuntimeError(f"v has invalid size: entry {k} should be {tuple(b.shape)} but got {tuple(a.shape)}.")
    return v


def vjp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(func(inputs), vᵀ · Jacobian)."""
    with enable_grad():
        xs = _inputs(_tuple(inputs, "inputs"), create_graph)
        raw = func(*xs)
        outputs = _tuple(raw, "outputs")
        v = _vector(v, outputs, "vjp")
        grads = _filled(grad(outputs, xs, v, create_graph=create_graph, allow_unused=True), xs, strict, "vjp")
    return _like(raw, _result(outputs, create_graph)), _like(inputs, _result(grads, create_graph))


def jvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(func(inputs), Jacobian · v), by differentiating the vector-Jacobian product with respect to its vector."""
    with enable_grad():
        xs = _inputs(_tuple(inputs, "inputs"), create_graph)
        v = _vector(v, xs, "jvp")
        raw = func(*xs)
        outputs = _tuple(raw, "outputs")
        dummy = tuple(zeros_like(o).requires_grad_() for o in outputs)
        grads = _filled(grad(outputs, xs, dummy, create_graph=True, allow_unused=True), xs, strict, "jvp")
        connected = [(g, w) for g, w in zip(grads, v, strict=True) if g.requires_grad]
        if connected:
            products = grad([g for g, _ in connected], dummy, [w for _, w in connected], create_graph=create_graph, allow_unused=True)
        else:
            products = (None,) * len(dummy)
        products = _filled(products, outputs, strict, "jvp")
    return _like(raw, _result(outputs, create_graph)), _like(raw, _result(products, create_graph))


def jacobian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False, strategy: str = "reverse-mode"):
    """Every output element differentiated by every input element: shape (*output, *input) for each pair of them."""
    with enable_grad():
        xs = _inputs(_tuple(inputs, "inputs"), create_graph)
        raw = func(*xs)
        outputs = _tuple(raw, "outputs")
        rows = []
        for o in outputs:
            if strict and not o.requires_grad:
                raise RuntimeError("The output of the user-provided function is independent of the inputs. This is not allowed in strict mode.")
            columns: list[list] = [[] for _ in xs]
            flat = o.reshape(-1)
            for k in range(flat.shape[0]):
                if o.requires_grad:
                    grads = _filled(grad(flat[k], xs, retain_graph=True, create_graph=create_graph, allow_unused=True), xs, strict, "jacobian")
                else:
                    grads = tuple(zeros_like(x) for x in xs)
                for column, g in zip(columns, grads, strict=True):
                    column.append(g)
            rows.append(tuple(_stacked(column, o, x) for column, x in zip(columns, xs, strict=True)))
        rows = [_result(r, create_graph) for r in rows]
    rows = [_like(inputs, r) for r in rows]
    return tuple(rows) if isinstance(raw, tuple) else rows[0]


def _stacked(column, o, x):
    if not column:
        return x.new_zeros((*o.shape, *x.shape))
    return stack(column).reshape((*o.shape, *x.shape))


def hessian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode"):
    """The second derivatives of a function with one value: shape (*input, *input) for each pair of inputs."""
    many = _tuple(inputs, "inputs")

    def gradient(*xs):
        value = func(*xs)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise RuntimeError("The function given to hessian should return a single Tensor with a single element")
        grads = _filled(grad(value.reshape(()), xs, create_graph=True, allow_unused=True), xs, strict, "hessian")
        return grads if isinstance(inputs, tuple) else grads[0]
    with enable_grad():
        xs = tuple(t if create_graph and t.requires_grad else t.detach().requires_grad_() for t in many)
        return jacobian(gradient, xs if isinstance(inputs, tuple) else xs[0], create_graph=create_graph, strict=strict)


def vhp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(func(inputs), vᵀ · Hessian) of a function with one value."""
    with enable_grad():
        xs = _inputs(_tuple(inputs, "inputs"), create_graph)
        v = _vector(v, xs, "vhp")
        value = func(*xs)
        first = _filled(grad(value.reshape(()), xs, create_graph=True, allow_unused=True), xs, strict, "vhp")
        connected = [(g, w) for g, w in zip(first, v, strict=True) if g.requires_grad]
        second = (grad([g for g, _ in connected], xs, [w for _, w in connected], create_graph=create_graph, allow_unused=True)
                  if connected else (None,) * len(xs))
        second = _filled(second, xs, strict, "vhp")
    return _result((value,), create_graph)[0], _like(inputs, _result(second, create_graph))


def hvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(func(inputs), Hessian · v): the same as vhp, since a Hessian is symmetric."""
    return vhp(func, inputs, v, create_graph, strict)
