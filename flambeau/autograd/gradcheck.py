"""gradcheck: gradients by backward against finite differences."""
from __future__ import annotations

import warnings

import numpy as np

from ..core.tensor import Tensor
from ..ops.common import values
from ..ops.create import tensor
from ..ops.random import randn
from .engine import grad


class GradcheckError(RuntimeError):
    """The two gradients differ."""


def _outputs(result) -> tuple:
    many = result if isinstance(result, (tuple, list)) else (result,)
    return tuple(o for o in many if isinstance(o, Tensor) and o.dtype.category >= 2)


def _numerical(function, inputs, k: int, eps: float) -> list[np.ndarray]:
    """The Jacobian of every output by the elements of input k: columns of central differences, (outputs, inputs)."""
    x = inputs[k]
    base = values(x).copy()

    def at(array):
        moved = list(inputs)
        moved[k] = tensor(array, dtype=x.dtype).requires_grad_(x.requires_grad)
        return [values(o).reshape(-1).copy() for o in _outputs(function(*moved))]
    columns = []
    for i in range(base.size):
        steps = (eps, 1j * eps) if x.dtype.is_complex else (eps,)
        parts = []
        for step in steps:
            high, low = base.copy().reshape(-1), base.copy().reshape(-1)
            high[i] += step
            low[i] -= step
            parts.append([(a - b) / (2 * eps) for a, b in zip(at(high.reshape(base.shape)), at(low.reshape(base.shape)), strict=True)])
        columns.append(parts)
    if not columns:
        return []
    outputs = len(columns[0][0])
    # a complex input has two real directions: their columns stand side by side
    return [np.stack([p[o] for column in columns for p in column], 1) for o in range(outputs)]


def _analytical(outputs, inputs, k: int) -> list[np.ndarray]:
    """The same Jacobians by backward."""
    x, found = inputs[k], []
    for o in outputs:
        size = o.numel()
        result = np.zeros((size, x.numel() * (2 if x.dtype.is_complex else 1)), complex if o.dtype.is_complex else float)
        for i in range(size):
            for direction in ((1, 1j) if o.dtype.is_complex else (1,)):
                seed = np.zeros(size, o.dtype.numpy)
                seed[i] = direction
                if not o.requires_grad:
                    continue
                g, = grad(o, x, tensor(seed.reshape(tuple(o.shape)), dtype=o.dtype), retain_graph=True, allow_unused=True)
                if g is None:
                    continue
                flat = values(g).reshape(-1)
                row = np.stack([flat.real, flat.imag], 1).reshape(-1) if x.dtype.is_complex else flat.real
                result[i] += row * (1 if direction == 1 else 1j)
        found.append(result)
    return found


def gradcheck(func, inputs, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, raise_exception: bool = True, nondet_tol: float = 0.0,
              check_undefined_grad: bool = True, check_grad_dtypes: bool = False, check_batched_grad: bool = False, check_batched_forward_grad: bool = False,
              check_forward_ad: bool = False, check_backward_ad: bool = True, fast_mode: bool = False, masked=None) -> bool:
    """Whether backward through `func` agrees with central differences of step `eps` within atol + rtol · |difference quotient|.

    Use float64 inputs: float32 is too coarse for the step. Raises GradcheckError on a difference unless raise_exception is False.
    """
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    checked = [k for k, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.")
    for k in checked:
        if inputs[k].dtype.itemsize < (16 if inputs[k].dtype.is_complex else 8):
            warnings.warn(f"Input #{k} requires gradient and is not a double precision floating point or complex. This check will likely fail if all the "
                          "inputs are not of double precision floating point or complex. ", UserWarning, stacklevel=2)
    try:
        outputs = _outputs(func(*inputs))
        if not any(o.requires_grad for o in outputs):
            return _independent(func, inputs, checked, eps, atol)
        for k in checked:
            numerical, analytical = _numerical(func, inputs, k, eps), _analytical(outputs, inputs, k)
            for o, (n, a) in enumerate(zip(numerical, analytical, strict=True)):
                if not np.allclose(a, n, rtol=rtol, atol=atol, equal_nan=True):
                    raise GradcheckError(f"Jacobian mismatch for output {o} with respect to input {k},\nnumerical:{n}\nanalytical:{a}\n")
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _independent(func, inputs, checked, eps, atol) -> bool:
    """Outputs without a graph must not depend on the inputs."""
    for k in checked:
        for o, n in enumerate(_numerical(func, inputs, k, eps)):
            if np.abs(n).max(initial=0) > atol:
                raise GradcheckError(f"Numerical gradient for function expected to be zero: output {o} depends on input {k}, but has no grad_fn")
    return True


def gradgradcheck(func, inputs, grad_outputs=None, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False,
                  raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
                  check_batched_grad: bool = False, check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True, fast_mode: bool = False,
                  masked: bool = False) -> bool:
    """gradcheck of the gradient of `func`: whether second derivatives are right."""
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    count = len(inputs)
    if grad_outputs is None:
        outputs = _outputs(func(*inputs))
        weights = tuple(randn(o.shape, dtype=o.dtype).requires_grad_() for o in outputs)
    else:
        weights = tuple(grad_outputs) if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)

    def gradient(*args):
        xs, ws = args[:count], args[count:]
        wanted = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
        found = grad(_outputs(func(*xs)), wanted, ws, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)
    return gradcheck(gradient, (*inputs, *weights), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
