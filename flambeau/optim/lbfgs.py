"""L-BFGS."""

from collections.abc import Callable
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import add_, scalar
from flambeau.optim._checks import check_lr
from flambeau.optim._line_search import Point, strong_wolfe
from flambeau.optim.optimizer import Optimizer, ParamsT

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """Quasi-Newton steps with a Hessian that is known by the last changes of parameters and gradient only
    (Liu & Nocedal, 1989). For full batches and smooth losses.

    One ``step`` makes up to ``max_iter`` iterations and calls the closure at least once an iteration, so it needs
    ``history_size + 1`` times the memory of the parameters. All parameters are one vector: there is one group.

    Args:
        params: parameters or named parameters.
        lr: step size, 0 or more; 1 is usual, and where a line search starts. A number or a tensor of one element.
        max_iter: iterations a step.
        max_eval: evaluations of the closure a step; ``max_iter * 5 // 4`` if None.
        tolerance_grad: stop where no component of the gradient is larger.
        tolerance_change: stop where neither parameters nor loss change more.
        history_size: how many changes are kept.
        line_search_fn: "strong_wolfe", or None for steps of ``lr``.

    Raises:
        ValueError: an option out of its range, or several parameter groups.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = dict(
            lr=lr,
            max_iter=max_iter,
            max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change,
            history_size=history_size,
            line_search_fn=line_search_fn,
        )
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError(f"LBFGS doesn't support per-parameter options (parameter groups), but got {len(self.param_groups)} groups")

    @property
    def _params(self) -> list[Tensor]:
        return self.param_groups[0]["params"]

    # -- all parameters as one vector -----------------------------------------------------------------------------

    def _flat_grad(self) -> Tensor:
        parts = []
        for param in self._params:
            grad = param.grad
            if grad is None:
                grad = flambeau.zeros_like(param)
            elif grad.is_sparse:
                grad = grad.to_dense()
            parts.append(_real(grad).reshape(-1))
        return flambeau.cat(parts, 0)

    def _move(self, distance: Any, direction: Tensor) -> None:
        start = 0
        for param in map(_real, self._params):
            add_(param, direction[start : start + param.numel()].view_as(param), distance)
            start += param.numel()

    # -- the step -------------------------------------------------------------------------------------------------

    @flambeau.no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Make up to ``max_iter`` iterations; returns the loss before the first.

        Args:
            closure: clears the gradients, computes the loss and its gradients, and returns the loss.
        """
        group = self.param_groups[0]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported, but line_search_fn is {group['line_search_fn']!r}")
        lr = scalar(group["lr"])
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first_loss = _with_grad(closure)
        loss, grad = float(first_loss), self._flat_grad()
        state["func_evals"] += 1
        evaluations = 1
        if _largest(grad) <= group["tolerance_grad"]:
            return first_loss

        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            direction = state["d"] = self._direction(state, grad, group["history_size"])
            state["prev_flat_grad"], state["prev_loss"] = grad, loss
            state["t"] = min(1.0, 1.0 / grad.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = grad.dot(direction)
            if slope > -group["tolerance_change"]:
                break

            used = 0
            if group["line_search_fn"] is not None:
                start = Point(0, loss, grad, slope)
                best, used = self._search(closure, start, state["t"], direction, group["max_eval"] - evaluations)
                state["t"], loss, grad = best.t, best.loss, best.grad
                self._move(best.t, direction)
            else:
                self._move(state["t"], direction)
                if iteration != group["max_iter"]:  # the last loss would be of no use to this step
                    loss, grad = float(_with_grad(closure)), self._flat_grad()
                    used = 1
            evaluations += used
            state["func_evals"] += used

            if (
                evaluations >= group["max_eval"]
                or _largest(grad) <= group["tolerance_grad"]
                or _largest(direction * state["t"]) <= group["tolerance_change"]
                or abs(loss - state["prev_loss"]) < group["tolerance_change"]
            ):
                break
        return first_loss

    def _direction(self, state: dict[str, Any], grad: Tensor, history_size: int) -> Tensor:
        """Minus the inverse Hessian times the gradient, by the two loops over the history (Nocedal & Wright, algorithm 7.4)."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return grad.neg()
        changes, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
        change, step = grad - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = change.dot(step)
        if curvature > 1e-10:
            if len(changes) == history_size:
                for history in (changes, steps, ro):
                    history.pop(0)
            changes.append(change)
            steps.append(step)
            ro.append(1.0 / curvature)
            state["H_diag"] = curvature / change.dot(change)
        al = state.setdefault("al", [None] * history_size)
        direction = grad.neg()
        for i in reversed(range(len(changes))):
            al[i] = steps[i].dot(direction) * ro[i]
            direction = direction - al[i] * changes[i]
        direction = direction * state["H_diag"]
        for i in range(len(changes)):
            direction = direction + (al[i] - changes[i].dot(direction) * ro[i]) * steps[i]
        return direction

    def _search(self, closure: Callable, start: Point, t: Any, direction: Tensor, max_tries: int) -> tuple[Point, int]:
        before = [param.clone() for param in self._params]

        def evaluate(t: Any) -> Point:
            self._move(t, direction)
            loss, grad = float(_with_grad(closure)), self._flat_grad()
            for param, value in zip(self._params, before, strict=True):
                param.copy_(value)
            return Point(t, loss, grad, grad.dot(direction))

        return strong_wolfe(evaluate, start, t, _largest(direction), max_tries)


def _with_grad(closure: Callable[[], Any]) -> Any:
    with flambeau.enable_grad():
        return closure()


def _real(x: Tensor) -> Tensor:
    return flambeau.view_as_real(x) if x.is_complex() else x


def _largest(x: Tensor) -> Tensor:
    return x.abs().max()
