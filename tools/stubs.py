"""Writes the type stubs of what loads when it is first used: Tensor's methods, flambeau's functions, and the name spaces of functions.

    python tools/stubs.py           write them anew, after a signature, a docstring or a name has changed
    python tools/stubs.py --check   say which are out of date, and exit with 1

An editor and a type checker read source and stubs, they run nothing, so names that a module's `__getattr__` finds are hidden from them. Here the
modules are loaded and asked: signatures and defaults by `inspect`, types by annotation where there is one, else by what a parameter of that name
is everywhere in the package (tools/stub_types.py); the docstring is its first sentence.
"""
from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
import textwrap
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
PACKAGE = TOOLS.parent / "flambeau"
for folder in (TOOLS, TOOLS.parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import stub_types as types  # noqa: E402

import flambeau  # noqa: E402
from flambeau.core import tensor as core_tensor  # noqa: E402
from flambeau.core.description import TensorBase  # noqa: E402
from flambeau.core.lazy import LazyMethod  # noqa: E402
from flambeau.core.tensor import Tensor  # noqa: E402
from flambeau.ops import methods  # noqa: E402
from flambeau.ops.names import FUNCTIONS  # noqa: E402
from flambeau.ops.returns import TYPES as RETURN_TYPES  # noqa: E402

WIDTH = 150
NAMESPACES = ("linalg", "special", "fft", "nn.functional")
HEAD = '"""{}\n\nWritten by tools/stubs.py: do not edit.\n"""'
Empty = inspect.Parameter.empty


# ------------------------------------------------------------------------------------------------------------------ types
class Renaming(ast.NodeTransformer):
    """An annotation in the stubs' own names. LookupError for a name that they do not know."""

    def visit_Name(self, node):
        return ast.parse(types.ANNOTATIONS[node.id], mode="eval").body

    def visit_Attribute(self, node):
        return ast.parse(types.ANNOTATIONS[ast.unparse(node)], mode="eval").body


def annotation(written) -> str:
    """A written annotation, in the stubs' names; `Any` for one that only its own module can read."""
    text = written if isinstance(written, str) else "None" if written is None else getattr(written, "__name__", "?")
    try:
        return ast.unparse(Renaming().visit(ast.parse(text, mode="eval").body))
    except LookupError:
        return "Any"


def type_of(p: inspect.Parameter, binary: bool) -> str:
    """A parameter's type: as annotated, else by its name, else by its default."""
    if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
        return types.VARIADIC.get(p.name, "Any")
    if p.annotation is not Empty:
        return annotation(p.annotation)
    if p.name in types.SECOND_OPERANDS or binary and p.name == "input":
        return "_Operand" if binary else "Tensor"
    kind = types.PARAMETERS.get(p.name) or types.BY_DEFAULT.get(type(p.default), "Any")
    return f"{kind} | None" if p.default is None and "None" not in kind and kind not in ("Any", "_Out") else kind


def default_of(value) -> str:
    """A default as Python writes it; `...` for what has no literal."""
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return "..."
    return text


# ------------------------------------------------------------------------------------------------------------- definitions
def summary(value) -> str:
    """The first line of the docstring, and those after it to the end of its sentence."""
    lines: list[str] = []
    for line in (inspect.getdoc(value) or "").split("\n\n", 1)[0].splitlines():
        lines.append(line.strip())
        if lines[-1].endswith((".", ":")):
            break
    return " ".join(lines)


def parameters(signature: inspect.Signature, method: bool, tensors_only: bool = False) -> list[str]:
    """The parts between a definition's parentheses."""
    parts, given = [], list(signature.parameters.values())
    binary = not tensors_only and any(p.name in types.SECOND_OPERANDS for p in given)
    if method and given[0].kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD):
        parts, given = ["self"], given[1:]
    elif method:
        parts = ["self"]
    starred = False
    given = [p for p in given if not (method and p.name == "out")]      # methods write to their tensor or to a new one
    for k, p in enumerate(given):
        if p.kind is p.VAR_POSITIONAL:
            starred = True
        elif p.kind is p.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        parts.append(f"{stars}{p.name}: {type_of(p, binary)}" + ("" if p.default is Empty else f" = {default_of(p.default)}"))
        if p.kind is p.POSITIONAL_ONLY and (k + 1 == len(given) or given[k + 1].kind is not p.POSITIONAL_ONLY):
            parts.append("/")
    return parts


def result_of(function, name: str, signature: inspect.Signature, space: str) -> str:
    """The type of the result: as listed, as annotated, the named tuple of that name, or a Tensor."""
    if listed := types.RETURNS.get(f"{space}.{name}") or types.RETURNS.get(name):
        return listed
    if signature.return_annotation is not Empty:
        return annotation(signature.return_annotation)
    return f"_return_types.{function.__name__}" if function.__name__ in RETURN_TYPES else "Tensor"


def definition(name: str, parts: list[str], result: str, doc: str, indent: str = "", mark: str = "") -> str:
    """`def name(parts) -> result:` with its docstring, broken where it is too long."""
    line = f"{indent}def {name}({', '.join(parts)}) -> {result}:{mark}"
    if len(line) > WIDTH:
        body = textwrap.fill(", ".join(p.replace(" ", "\0") for p in parts), WIDTH, initial_indent=indent + "    ",
                             subsequent_indent=indent + "    ", break_long_words=False, break_on_hyphens=False).replace("\0", " ")
        line = f"{indent}def {name}(\n{body},\n{indent}) -> {result}:{mark}"
    if not doc:
        return f"{line} ..."
    doc = doc.replace("\\", "\\\\").replace('"""', "'''")
    doc = doc + " " if doc.endswith('"') else doc
    return f'{line}\n{indent}    """{textwrap.shorten(doc, WIDTH - 10, placeholder=" …")}"""'


def function_stub(name: str, function, space: str = "", method: bool = False, indent: str = "", mark: str = "") -> str:
    """The stub of a function, or of the method that it is."""
    doc = summary(function)
    if forms := (types.METHOD_OVERLOADS if method else types.OVERLOADS).get(name):
        first = "self" if method else "input: Tensor"
        made = [definition(name, [first, *rest] if first_too else rest, result, doc if k == 0 else "", indent)
                for k, (first_too, rest, result) in enumerate(forms)]
        return "\n".join(f"{indent}@overload\n{text}" for text in made)
    signature = inspect.signature(function)
    base = getattr(flambeau, name[:-1], None) if name.endswith("_") else None
    if base and [*signature.parameters][1:] == ["args", "kwargs"]:      # made of the function without "_": it takes the same
        base = inspect.signature(base)
        signature = base.replace(parameters=[p for p in base.parameters.values() if p.name != "out"])
    parts = parameters(signature, method, name.rstrip("_") in types.TENSORS_ONLY)
    return definition(name, parts, result_of(function, name, signature, space), doc, indent, mark)


def is_operator_function(value) -> bool:
    """Whether this is a function of flambeau/ops: those have types by rule, all else has its own."""
    return inspect.isfunction(value) and value.__module__.startswith(("flambeau.ops.", "flambeau.core.predicates", "flambeau.core.lazy"))


# ------------------------------------------------------------------------------------------------------------------ Tensor
def property_stub(name: str, value: property) -> str:
    """A property, with its setter where it has one."""
    kind = types.PROPERTIES.get(name) or annotation(inspect.signature(value.fget).return_annotation or "Tensor")
    text = f"    @property\n{definition(name, ['self'], kind, summary(value), '    ')}"
    return text + (f"\n    @{name}.setter\n    def {name}(self, value: {kind}) -> None: ..." if value.fset else "")


def operator_stub(name: str) -> str | None:
    """One of Tensor's operators, None for another name."""
    word = name.strip("_")
    binary = {*methods.BINARY, "div"} | {sign + n for sign in "ri" for n in methods.BINARY} | {"rdiv"}
    if word in methods.COMPARISONS:
        mark = "  # type: ignore[override]" if word in ("eq", "ne") else ""
        return f"    def {name}(self, other: {'Any' if mark else '_Operand'}, /) -> Tensor: ...{mark}"
    if word in binary:
        mark = "  # type: ignore[misc]" if word.startswith("i") and word != "invert" else ""
        return f"    def {name}(self, other: _Operand, /) -> Tensor: ...{mark}"
    return types.SPECIAL_METHODS.get(name)


def tensor_members() -> list[str]:
    """What the class statement of Tensor holds, in the order of names: what is private first, operators last."""
    private, public, special = [], [], []
    for name in sorted({*vars(TensorBase), *vars(Tensor)}):
        raw = inspect.getattr_static(Tensor, name)
        value = getattr(Tensor, name)       # a LazyMethod loads
        raw = inspect.getattr_static(Tensor, name) if isinstance(raw, LazyMethod) else raw
        if name.startswith("__"):
            stub = operator_stub(name)
            if stub:
                special.append(stub)
        elif isinstance(raw, property):
            (private if name.startswith("_") else public).append(property_stub(name, raw))
        elif name.startswith("_"):
            private.append(f"    {name}: Any")
        elif inspect.isfunction(value):
            public.append(function_stub(name, value, "Tensor", method=True, indent="    "))
        else:
            public.append(f"    {name}: {types.BY_DEFAULT.get(type(value), 'Any')}")
    fields = [f"    {name}: {annotation(kind)}" for name, kind in inspect.get_annotations(TensorBase).items()]
    return [*fields, *private, "    def __init__(self, *args: Any, device: Any = None, dtype: Any = None) -> None: ...", *special, *public]


def tensor_stub() -> str:
    """flambeau/core/tensor.pyi"""
    others = [f"{name}: Any" if not inspect.isclass(value) else f"class {name}: ..."
              for name, value in sorted(vars(core_tensor).items())
              if getattr(value, "__module__", None) == core_tensor.__name__ and value is not Tensor]
    body = "\n".join([*types.ALIASES, "", "class Tensor:", f'    """{summary(Tensor)}"""', "", *tensor_members(), "", *others, ""])
    return module_stub("Tensor with all its methods, which load when they are first used.", [], body)


# -------------------------------------------------------------------------------------------------------------- name spaces
def module_stub(title: str, imports: list[tuple[str, str, str]], body: str) -> str:
    """A stub's text: its imports, those of the types that the body speaks of among them, in the order that linters like."""
    defined = set(re.findall(r"^(?:class )?(\w+)(?::|\()", body, re.MULTILINE))
    words = set(re.findall(r"\w+", re.sub(r'""".*?"""', "", body)))
    wanted = [(home, own, name) for name, (home, own) in types.HOMES.items() if name in words - defined]
    sections = [[], [], [], []]
    for home, own, name in sorted({*imports, *wanted}, key=import_order):
        kind = 3 if home == "." else 2 if home.startswith("flambeau") else 0
        sections[kind].append(f"from {home} import {own}" + (f" as {name}" if (name != own or kind == 3 or kind == 2 and not name.startswith("_")) else ""))
    if "numpy" in words:
        sections[1].append("import numpy")
    grouped = ["\n".join(joined(section)) for section in sections if section]
    return "\n\n".join([HEAD.format(title), *grouped, body])


def import_order(entry: tuple[str, str, str]) -> tuple:
    """Linters' order: by module, then constants, classes, others."""
    home, own, name = entry
    return home, not (len(own) > 1 and own.isupper()), not own[0].isupper(), own.lower(), name


def joined(lines: list[str]) -> list[str]:
    """Imports without "as" from one module on one line."""
    made: list[str] = []
    for line in lines:
        home, _, name = line.partition(" import ")
        same = made and " as " not in line and made[-1].startswith(home + " import ") and " as " not in made[-1]
        if same:
            made[-1] += f", {name}"
        else:
            made.append(line)
    return made


def reexport(name: str, value) -> tuple[str, str, str] | None:
    """The import that brings a class or function with types of its own."""
    home, own = getattr(value, "__module__", None), getattr(value, "__qualname__", name)
    if not (inspect.isclass(value) or inspect.isfunction(value)) or not home or not home.startswith("flambeau."):
        return None
    return (home, own, name) if hasattr(importlib.import_module(home), own) else None


def namespace_stub(path: str) -> str:
    """The stub of a module whose public names are functions of flambeau/ops."""
    module = importlib.import_module(f"flambeau.{path}")
    imports, values, bodies = [], [], []
    for name in sorted(module.__all__):
        value = getattr(module, name)
        if is_operator_function(value):
            bodies.append(function_stub(name, value, path))
        elif line := reexport(name, value):
            imports.append(line)
        else:
            values.append(f"{name}: Any")
    return module_stub(summary(module), imports, "\n".join([*values, *bodies, ""]))


def return_types_stub() -> str:
    """The stub of flambeau/return_types.py."""
    lines = []
    for name in sorted(n for n in RETURN_TYPES if not n.startswith("__")):
        lines += [f"class {name}(NamedTuple):", *(f"    {f}: {'Any' if (name, f) in types.UNTYPED_FIELDS else 'Tensor'}"
                                                for f in RETURN_TYPES[name].__match_args__), ""]
    return module_stub(summary(flambeau.return_types), [], "\n".join(lines))


def import_all_operators() -> None:
    """Named tuples are made by the modules that return them."""
    for module in pkgutil.iter_modules(flambeau.ops.__path__, "flambeau.ops."):
        importlib.import_module(module.name)


def root_stub() -> str:
    """flambeau/__init__.pyi"""
    parts = [p for p in flambeau._PARTS if importlib.util.find_spec(f"flambeau.{p}")]
    imports, values, bodies = [(".", p, p) for p in parts], [], []
    imports.append(("flambeau.core.tensor", "Tensor", "Tensor"))
    operators = set(" ".join(FUNCTIONS.values()).split())
    for name in dir(flambeau):
        if name in (*flambeau._PARTS, "Tensor", "annotations") or name.startswith("_") and name not in ("__version__", *operators):
            continue
        try:
            value = getattr(flambeau, name)
        except ModuleNotFoundError:         # promised by a part that is not there
            continue
        if is_operator_function(value):
            bodies.append(function_stub(name, value))
        elif (line := reexport(name, value)) and line[1] == name:       # "import a as b" would not count as public in a stub
            imports.append(line)
        elif line and inspect.isfunction(value):
            bodies.append(function_stub(name, value))
        elif kind := types.VALUES.get(type(value).__name__):
            values.append(f"{name}: {kind}")
        elif not inspect.ismodule(value):
            values.append(f"{name}: Any")
    return module_stub(summary(flambeau), imports, "\n".join([*values, *bodies, ""]))


def stubs() -> dict[Path, str]:
    """Every stub: its file and its text."""
    import_all_operators()
    texts = {PACKAGE / "__init__.pyi": root_stub(), PACKAGE / "core" / "tensor.pyi": tensor_stub(), PACKAGE / "return_types.pyi": return_types_stub()}
    for path in NAMESPACES:
        if importlib.util.find_spec(f"flambeau.{path}"):
            texts[PACKAGE.joinpath(*path.split(".")).with_suffix(".pyi")] = namespace_stub(path)
    return texts


def main() -> int:
    """Write the stubs, or check them."""
    stale = 0
    for target, text in stubs().items():
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv:
            print(f"{target.relative_to(PACKAGE.parent)} is out of date: run python tools/stubs.py", file=sys.stderr)
            stale = 1
            continue
        part = target.with_suffix(".pyi.part")
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    return stale


if __name__ == "__main__":
    sys.exit(main())
