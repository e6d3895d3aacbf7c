"""A model's graph for TensorBoard: the modules that one call of the model runs, and which feeds which."""
from __future__ import annotations

from typing import Any

import flambeau
from flambeau import Tensor

from .wire import integer, text

__all__ = ["model_graph"]

PRODUCER = 22  # the version of the graph format that this is


def model_graph(model: Any, inputs: Any) -> bytes:
    """The GraphDef of `model(*inputs)`: a node for each module without children, named by its path, and one for each input.

    A module's inputs are traced back through the operations that are no modules (an addition, a reshape) to the modules they come from.
    """
    inputs = inputs if isinstance(inputs, (list, tuple)) else (inputs,)
    inputs = [x.detach().requires_grad_() if isinstance(x, Tensor) and x.is_floating_point() else x for x in inputs]
    names: dict[int, str] = {id(x): f"input_{place}" for place, x in enumerate(inputs) if isinstance(x, Tensor)}
    producers: dict[Any, str] = {}  # node of the autograd graph -> who made it
    kept: list[Any] = list(inputs)  # so that an id is one object's
    nodes = [_node(name, "Input", [], x) for x in inputs if (name := names.get(id(x)))]
    calls: dict[str, int] = {}

    def sources(values: tuple) -> list[str]:
        found: dict[str, None] = {}
        for x in _tensors(values):
            if id(x) in names:
                found[names[id(x)]] = None
            else:
                found.update(dict.fromkeys(_behind(x.grad_fn, producers, names)))
        return list(found)

    def record(path: str, module: Any):
        def hook(module: Any, args: tuple, output: Any) -> None:
            calls[path] = calls.get(path, 0) + 1
            name = path.replace(".", "/") + ("" if calls[path] == 1 else f"_{calls[path]}")
            results = _tensors((output,))
            nodes.append(_node(name, type(module).__name__, sources(args), *results, about=module.extra_repr()))
            for x in results:
                names.setdefault(id(x), name)
                kept.append(x)
                if x.grad_fn is not None:
                    producers[x.grad_fn] = name
        return module.register_forward_hook(hook)

    root = type(model).__name__
    handles = [record(f"{root}.{path}" if path else root, module) for path, module in model.named_modules() if not any(module.children())]
    try:
        with flambeau.enable_grad():
            output = model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    nodes.append(_node("output", "Output", sources((output,))))
    return b"".join(text(1, node) for node in nodes) + text(4, integer(1, PRODUCER))


def _behind(node: Any, producers: dict, names: dict[int, str]) -> list[str]:
    """The nearest named makers that an autograd node goes back to."""
    found, todo, seen = [], [node], set()
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if node in producers:
            found.append(producers[node])
        elif (leaf := getattr(node, "variable", None)) is not None:
            found += [names[id(leaf)]] if id(leaf) in names else []
        else:
            todo.extend(following for following, _ in node.next_functions)
    return found


def _tensors(values: Any) -> list[Tensor]:
    if isinstance(values, Tensor):
        return [values]
    if isinstance(values, dict):
        values = values.values()
    return [x for value in values for x in _tensors(value)] if isinstance(values, (list, tuple, type({}.values()))) else []


def _node(name: str, kind: str, sources: list[str], *results: Any, about: str = "") -> bytes:
    shapes = b"".join(text(7, b"".join(text(2, integer(1, size)) for size in x.shape)) for x in results if isinstance(x, Tensor))
    attributes = [(key, value) for key, value in (("_output_shapes", text(1, shapes)), ("options", text(2, about))) if value[1:] != b"\x00"]
    return (text(1, name) + text(2, kind) + b"".join(text(3, source) for source in sources)
            + b"".join(text(5, text(1, key) + text(2, value)) for key, value in attributes))
