"""Functions of functions (torch.func): derivatives, maps over a batch, and modules called with parameters that are given.

    grad(f)(x), vjp(f, x), jvp(f, (x,), (v,)), jacrev(f)(x), hessian(f)(x), vmap(f)(batch), functional_call(model, parameters, x)

Derivatives are of any order and nest freely. Arguments and results may be nested containers of tensors.
"""
from .derivatives import grad, grad_and_value, vjp
from .forward import jvp, linearize
from .mapping import vmap
from .matrices import hessian, jacfwd, jacrev
from .modules import debug_unwrap, functional_call, functionalize, replace_all_batch_norm_modules_, stack_module_state

__all__ = ["debug_unwrap", "functional_call", "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
           "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap"]
