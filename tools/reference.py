"""Writes docs/operators.md: every public operation, from the functions and the operator pages of flambeau/ops.

    python tools/reference.py           write it anew, after an operation was added or its docstring changed
    python tools/reference.py --check   say whether it is out of date, and exit with 1

An operation has its signature, the first sentence of its docstring, the shape rule of the page of its name, and, where it takes ordinary tensors, an
example that was run when the page was written and that tests/test_docs.py runs again.
"""
from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "tools"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import numpy as np  # noqa: E402
from stubs import NAMESPACES, summary  # noqa: E402

import flambeau  # noqa: E402
from flambeau.core.op import OPS, Op  # noqa: E402
from flambeau.ops.names import FUNCTIONS  # noqa: E402

HEAD = """# Operators

Every public function on tensors, by the module of `flambeau/ops` that it lives in, then the name spaces with what they add. This page is
written by `tools/reference.py` from the functions and their operator pages: do not edit it.

`r c -> c r` is a shape rule: an axis of one name has one size everywhere, `...` stands for any axes, which broadcast, and a scalar has none.
Methods of `Tensor` that share a function's name take the same arguments after the tensor, and a name that ends in `_` writes into its tensor.
The examples say the result's shape.

```python
import flambeau as torch

x, y, m = torch.rand(2, 3), torch.rand(2, 3), torch.rand(3, 3)
```
"""
SKIPPED = {"autocast", "methods", "foreach"}     # modules of settings and of internals
GUESSES = ("x", "x, y", "x, 1", "x, m", "m", "m, m", "torch.ones(2, 3, dtype=torch.int64)",
           "torch.ones(3, dtype=torch.int64), torch.ones(3, dtype=torch.int64)",
           "m[0]", "m[0], m[0]", "x > 0.5",
           "m.mT @ m + torch.eye(3)", "x, 0, torch.tensor([1, 0])", "x, 0.5", "m, m, m", "(x, y)", "2, 3")


def page_of(name: str, module: str) -> type[Op] | None:
    """The operator page of the function's name, in its own module."""
    wanted = name.rstrip("_").replace("_", "")
    return next((page for page in OPS if page.__module__ == module and page.__name__.lower() == wanted), None)


def literal(value) -> str | None:
    """How a program writes a sample's value; None for what it cannot write briefly."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.kind in "iu" and array.size <= 8:
            return f"torch.tensor({array.tolist()})"
        made = {"f": f"torch.rand({', '.join(map(str, array.shape))})", "b": f"torch.ones({array.shape}, dtype=torch.bool)"}.get(array.dtype.kind)
        return "torch.tensor(0.5)" if made and array.ndim == 0 else made
    if isinstance(value, bool | int | float | str | type(None)):
        return repr(value)
    if isinstance(value, tuple) and all(isinstance(v, int) for v in value):
        return repr(tuple(value))
    return None


def shape_after(call: str) -> str | None:
    """The shape (or shapes) of what the call returns; None where it raises or returns no tensor."""
    flambeau.manual_seed(0)
    names = {"torch": flambeau, "x": flambeau.rand(2, 3), "y": flambeau.rand(2, 3), "m": flambeau.rand(3, 3)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = eval(call, names)       # a line of this file's making
            if isinstance(found, flambeau.Tensor):
                found.tolist()
                return f".shape == {tuple(found.shape)}"
            if isinstance(found, tuple) and found and all(isinstance(f, flambeau.Tensor) for f in found):
                return f"[0].shape == {tuple(found[0].shape)}"
    except Exception:       # whatever it is, this is no example
        return None
    return None


def example(name: str, function, page: type[Op] | None) -> str | None:
    """`assert torch.name(…).shape == (…)`: on the page's first sample, or on the first guess that the function takes."""
    if name.endswith("_") or name.startswith("_") or "input" not in [*inspect.signature(function).parameters][:1] and page is None:
        return None
    sample = [literal(v) for v in page.samples()[0]] if page and page.samples() else [None]
    tries = [*([", ".join(sample)] if None not in sample else []), *GUESSES]
    for arguments in tries:
        call = f"torch.{name}({arguments})"
        if (shape := shape_after(call)) is not None and len(call) < 120:
            return f"assert {call}{shape}"
    return None


def signature(function) -> str:
    """The parameters, without annotations."""
    given = inspect.signature(function)
    return str(given.replace(parameters=[p.replace(annotation=p.empty) for p in given.parameters.values()], return_annotation=given.empty))


def section(title: str, home, names: list[str], prefix: str = "") -> str:
    """The functions of one module: a list, and a block of examples."""
    lines, examples = [f"## {title}", "", summary(home), ""], []
    for name in names:
        function = getattr(home, name)
        if not inspect.isfunction(function):
            continue
        page = page_of(function.__name__, function.__module__)
        name = prefix + name
        rule = f" Shapes: `{page.axes}`." if page and page.axes else ""
        doc = summary(function).replace("|", "\\|")
        lines.append(f"- `{name}{signature(function)}`: {doc if doc.endswith(('.', ':')) else doc + '.'}{rule}")
        if made := example(name, function, page):
            examples.append(made)
    if examples:
        lines += ["", "```python", *examples, "```"]
    return "\n".join([*lines, ""])


def text() -> str:
    """docs/operators.md"""
    parts, listed = [HEAD], set()
    for module, names in FUNCTIONS.items():
        public = [n for n in names.split() if not n.startswith("_")]
        if module not in SKIPPED and public:
            home = importlib.import_module(f"flambeau.ops.{module}")
            parts.append(section(module.replace("_", " "), home, public))
            listed |= {getattr(home, name) for name in public if inspect.isfunction(getattr(home, name))}
    for path in NAMESPACES:
        if importlib.util.find_spec(f"flambeau.{path}"):
            home = importlib.import_module(f"flambeau.{path}")
            rest = [name for name in sorted(home.__all__) if getattr(home, name) not in listed]
            parts.append(section(path, home, rest, f"{path}."))
    return "\n".join(parts)


def main() -> int:
    """Write the page, or check it."""
    target, made = ROOT / "docs" / "operators.md", text()
    if "--check" in sys.argv:
        if not target.exists() or target.read_text(encoding="utf-8") != made:
            print("docs/operators.md is out of date: run python tools/reference.py", file=sys.stderr)
            return 1
        return 0
    part = target.with_suffix(".md.part")
    part.write_text(made, encoding="utf-8")
    part.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
