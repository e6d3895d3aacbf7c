"""What stands for a module or a name of PyTorch that flambeau does not have, until the program uses it."""
from __future__ import annotations

import ast
import functools
import linecache
import sys
import typing
from types import FrameType, ModuleType

_CATCH_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class MissingNameError(NotImplementedError, AttributeError):
    """The use of a name that flambeau does not have."""


class Missing:
    """A name that flambeau does not have: may be imported, passed on and written in annotations; `isinstance` of it is False.

    Everything else (calling it, its attributes, inheriting from it, arithmetic …) raises MissingNameError, which says where the name was
    imported and where it was used.
    """

    __slots__ = ("_name", "_imported")

    def __init__(self, name: str, imported: str):
        self._name, self._imported = name, imported

    def __repr__(self) -> str:
        return f"<{self._name}, which flambeau does not have>"

    def __instancecheck__(self, instance) -> bool:
        return False

    def __subclasscheck__(self, subclass) -> bool:
        return False

    def __getitem__(self, item):
        return Missing(f"{self._name}[...]", self._imported)        # an annotation, most likely

    def __or__(self, other):
        return typing.Union[self, other]  # noqa: UP007 - `|` is what this defines

    def __ror__(self, other):
        return typing.Union[other, self]  # noqa: UP007

    def __getattr__(self, name: str):
        raise _error(self, f"{self._name}.{name}")


def _error(missing: Missing, what: str) -> MissingNameError:
    caller = sys._getframe(2)
    return MissingNameError(f"flambeau has no {what}: used in {_place(caller)}, imported in {missing._imported}")


def _refuse(self, *args, **kwargs):
    raise _error(self, self._name)


for _operation in ("call mro_entries bool len iter next contains enter exit setitem delitem add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv "
                   "mod rmod pow rpow matmul rmatmul and rand xor rxor neg pos invert abs lt le gt ge int float index await aenter aexit aiter").split():
    setattr(Missing, f"__{_operation}__", _refuse)


class _Partly(ModuleType):
    """What `from torch import this, that` takes its names from when flambeau has this and not that."""

    def __init__(self, module: ModuleType | None, name: str, absent: dict[str, Missing]):
        super().__init__(name)
        self.__dict__.update(absent, _module=module)

    def __getattr__(self, name):
        return getattr(self._module, name)


def in_place_of_module(error: ModuleNotFoundError, name: str, fromlist, frame: FrameType):
    """The value of an import statement for a module that is not there; raises `error` where the program expects it, or cannot do without."""
    statement = _statement(frame, name)
    if statement is None or statement.guarded or "*" in (fromlist or ()):
        raise error
    place = _place(frame)
    if fromlist:
        return _Partly(None, name, {n: Missing(f"{name}.{n}", place) for n in fromlist})
    if not statement.renamed:               # `import torch.absent` binds `torch`, and `torch.absent` is an error of its own
        return sys.modules[name.partition(".")[0]]
    first, *between, last = name.split(".")
    found = Missing(name, place)
    for k in range(len(between), -1, -1):   # `import torch.a.absent as x` walks torch, torch.a, torch.a.absent
        found = _Partly(sys.modules.get(".".join([first, *between[:k]])), first, {(*between, last)[k]: found})
    return found


def in_place_of_names(module: ModuleType, name: str, absent: list[str], frame: FrameType):
    """The value of `from name import …` where `absent` are not there; the module itself, hence ImportError, where the program expects that."""
    statement = _statement(frame, name)
    if statement is None or statement.guarded:
        return module
    return _Partly(module, name, {n: Missing(f"{name}.{n}", _place(frame)) for n in absent})


def _place(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"


# ------------------------------------------------------------------------------------------------------- what the statement says
class Statement(typing.NamedTuple):
    """An import statement: whether a failure is caught around it, and whether it says `as`."""

    first: int
    last: int
    module: str
    guarded: bool
    renamed: bool


class _Statements(ast.NodeVisitor):
    """Collects the import statements of a file."""

    def __init__(self):
        self.found: list[Statement] = []
        self.guards = 0

    def visit_Import(self, node):
        for alias in node.names:
            self._add(node, alias.name, alias.asname is not None)

    def visit_ImportFrom(self, node):
        self._add(node, node.module or "", False)

    def _add(self, node, module, renamed):
        self.found.append(Statement(node.lineno, node.end_lineno, module, self.guards > 0, renamed))

    def visit_Try(self, node):
        self._body(node.body, any(_catches(handler.type) for handler in node.handlers))
        for child in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(child)

    visit_TryStar = visit_Try

    def visit_With(self, node):
        self._body(node.body, any(isinstance(item.context_expr, ast.Call) and any(map(_catches, item.context_expr.args)) for item in node.items))

    def _body(self, statements, guarded):
        self.guards += guarded
        for child in statements:
            self.visit(child)
        self.guards -= guarded


def _catches(kind: ast.expr | None) -> bool:
    """Whether `except kind` (or `suppress(kind)`) stops an ImportError."""
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(ast.unparse(k).rpartition(".")[2] in _CATCH_IMPORT_ERRORS for k in kinds)


@functools.cache
def _statements(source: str) -> list[Statement]:
    visitor = _Statements()
    visitor.visit(ast.parse(source))
    return visitor.found


def _statement(frame: FrameType, module: str) -> Statement | None:
    """The import statement that `frame` is at; None without its source, or if it is no statement (`__import__`)."""
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        found = _statements(source)
    except SyntaxError:                     # the file was changed since
        return None
    return next((s for s in found if s.first <= frame.f_lineno <= s.last and s.module == module), None)
