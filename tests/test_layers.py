"""The house's import rules, checked by reading every file of flambeau/ (nothing is imported).

A part is a first-level package or module of flambeau/. The parts that make up the engine may import what `ENGINE` says. Every other part
belongs to the library, which is written on the names that a user has: `flambeau`, and whatever below it is not `HIDDEN` and does not begin
with an underscore. `flambeau/__init__.py` puts the house together and may import every part.

Imports stand at the top of a file. Inside a function stand only those of packages that may be absent or are slow to load (`LATER`,
`LATER_TOO`).
"""
import ast
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "flambeau"

ENGINE = {  # part -> the parts that it may import, beside itself
    "core": set(),
    "ops": {"core"},
    "autograd": {"core", "ops"},
    "compiler": {"core"},
    "backends": {"core", "compiler"},  # and of the backends none another
    "runtime": {"core", "compiler", "backends"},
    "traced": {"core", "compiler", "backends", "runtime"},  # what is behind torch.compile, which the library hands out (_dynamo)
}
# name spaces that re-export the engine
FACADES = {"accelerator", "fft", "linalg", "mps", "random", "return_types", "special", "testing", "nn/functional", "signal/windows"}
ENGINE |= dict.fromkeys(FACADES, {"core", "ops", "autograd"})
ENGINE["onnx"] = {"core", "absent", "version"}  # reads what is recorded
HIDDEN = {"core", "ops", "compiler", "runtime"}  # engine parts whose names are not the user's; torch has public `autograd` and `backends`

ANYWHERE = {"numpy"} | sys.stdlib_module_names
OWN_LIBRARY = {"numpy": set(), "llvm": {"llvmlite"}, "cuda": {"cupy"}}  # backend -> the library that it alone may import
# names that PyTorch's own programs use, underscore or not
TORCH_HAS = re.compile(r"_foreach_\w+|_pytree|_C|_dynamo|_inductor|_utils|_standard_gamma|_dirichlet_grad|_sample_dirichlet")
LIBRARY = {"safetensors", "tqdm"}  # always installed: parts of the library may import them anywhere
LATER = {  # who -> packages imported inside the function that needs them; absent ones are an error that says what to install
    "core": set(),
    "core/dtype.py": {"ml_dtypes"},
    "ops": {"scipy"},
    "onnx": {"onnx"},
    "library": {"IPython", "PIL", "cloudpickle", "cupy", "matplotlib", "ml_dtypes", "pandas", "pyarrow", "scipy", "soundfile", "tensorboard", "tensorboardX", "torch"},
}
LATER_TOO = {  # of the standard library: slow to load, or not on every system
    "asyncio", "concurrent", "ctypes.util", "http", "multiprocessing", "ssl", "unittest", "urllib", "fcntl", "msvcrt", "resource", "winreg",
}

MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|tmp|root|home|Users)/\w+")
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".cfg", ".txt", ".sh", ".json", ""}


@dataclass(frozen=True)
class Import:
    """One imported module as the file has it: `name` absolute; `inside` a function; `typing` only under TYPE_CHECKING."""

    line: int
    text: str
    name: str
    inside: bool = False
    typing: bool = False


class Imports(ast.NodeVisitor):
    """Collects the imports of a file, written as statements, as import_module("...") or as attributes of the package itself."""

    def __init__(self, house: Path, file: Path):
        self.house, self.file = house, file
        self.found: list[Import] = []
        self.functions = self.typing = 0
        self.aliases: set[str] = set()  # names bound to the package itself: `import flambeau as torch`

    def visit_FunctionDef(self, node):
        self.functions += 1
        self.generic_visit(node)
        self.functions -= 1

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_If(self, node):
        typing = ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        self.typing += typing
        for child in node.body:
            self.visit(child)
        self.typing -= typing
        for child in (node.test, *node.orelse):
            self.visit(child)

    def visit_Import(self, node):
        for alias in node.names:
            self.add(node, alias.name)
            if alias.name.partition(".")[0] == PACKAGE and (alias.name == PACKAGE or not alias.asname):
                self.aliases.add(alias.asname or PACKAGE)

    def visit_ImportFrom(self, node):
        module = node.module or ""
        if node.level:
            parents = (PACKAGE, *self.file.relative_to(self.house).parts)[:-node.level]
            module = ".".join((*parents, *filter(None, [module])))
        for alias in node.names:
            self.add(node, self.member(module, alias.name))

    def visit_Call(self, node):
        self.generic_visit(node)
        called, argument = ast.unparse(node.func), next(iter(node.args), None)
        if called in ("importlib.import_module", "import_module", "__import__") and isinstance(argument, ast.Constant):
            if not argument.value.startswith("."):              # a package's own file, loaded late
                self.found.append(Import(node.lineno, ast.unparse(node), argument.value))

    def visit_Attribute(self, node):
        self.generic_visit(node)
        first, *rest = ast.unparse(node).split(".") if isinstance(node.value, ast.Name | ast.Attribute) else [""]
        if first in self.aliases and len(rest) == 1 and (rest[0] in HIDDEN or private(rest[0])):
            self.found.append(Import(node.lineno, ast.unparse(node), f"{PACKAGE}.{rest[0]}"))

    def add(self, node, name):
        self.found.append(Import(node.lineno, ast.unparse(node), name, bool(self.functions), bool(self.typing)))

    def member(self, module: str, name: str) -> str:
        """`from module import name`: the module `module.name` where the house has one (or the name is private), else `module`."""
        first, *rest = module.split(".")
        if first != PACKAGE:
            return module
        path = self.house.joinpath(*rest, name)
        return f"{module}.{name}" if path.is_dir() or path.with_suffix(".py").exists() or private(name) else module


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and not TORCH_HAS.fullmatch(name)


def part_of(file: Path, house: Path) -> str:
    """The part that a file belongs to; '' for the package's own front door."""
    relative = file.relative_to(house)
    first = relative.parts[0]
    if relative.with_suffix("").as_posix() in FACADES:
        return relative.with_suffix("").as_posix()
    return "" if first == "__init__.py" else first.removesuffix(".py")


def backend_of(path: list[str]) -> str | None:
    """The backend that a dotted path under backends/ belongs to; None for what all backends share (the protocol, the registry)."""
    return path[1] if len(path) > 1 and path[0] == "backends" and path[1] in OWN_LIBRARY else None


def broken_rule(found: Import, file: Path, house: Path) -> str | None:
    """The rule that an import breaks, as a sentence; None if it breaks none."""
    own, place = part_of(file, house), file.relative_to(house).with_suffix("").as_posix()
    path = place.split("/")
    first, *rest = found.name.split(".")
    if first != PACKAGE:
        return outside_rule(found, first, own, path)
    if own == "":
        return None
    if found.inside:
        return "imports of flambeau stand at the top of the file; a circle wants its shared half moved down a layer"
    return engine_rule(own, rest, path) if own in ENGINE else library_rule(own, rest)


def outside_rule(found: Import, package: str, own: str, path: list[str]) -> str | None:
    """Rules for what is not flambeau: the standard library and other packages."""
    if package in ANYWHERE:
        if found.inside and not {package, found.name} & LATER_TOO:
            return f"{package} is always there: import it at the top of the file"
        return None
    if found.typing or package in OWN_LIBRARY.get(backend_of(path), ()) or (own not in ENGINE and package in LIBRARY):
        return None
    later = LATER.get("/".join(path) + ".py", LATER.get(own, set()) if own in ENGINE else LATER["library"])
    if package not in later:
        return f"{own or PACKAGE} does not import {package}; it may import {', '.join(sorted({'the standard library', 'numpy'} | later))}"
    return None if found.inside else f"{package} may be absent or slow: import it inside the function that needs it"


def engine_rule(own: str, rest: list[str], path: list[str]) -> str | None:
    """Rules for the engine's parts: downwards only, and no backend knows another."""
    if not rest:
        return f"{own} does not import the package itself, which is put together from it"
    if rest[0] != own and rest[0] not in ENGINE[own]:
        return f"{own} imports only {', '.join(sorted(ENGINE[own] | {own}))}, not {rest[0]}"
    mine, other = backend_of(path), backend_of(rest)
    if mine and other and mine != other:
        return f"the backend {mine} does not import the backend {other}"
    return None


def library_rule(own: str, rest: list[str]) -> str | None:
    """Rules for the library: its own files, and the names that a user has."""
    if rest and rest[0] == own:
        return None
    if rest and rest[0] in HIDDEN:
        return f"{own} is written on public names; {rest[0]} is not public: use what flambeau exports"
    if hidden := next(filter(private, rest), None):
        return f"{own} is written on public names; {hidden} is private to {'.'.join([PACKAGE, *rest[:rest.index(hidden)]])}"
    return None


def violations(house: Path) -> Iterator[str]:
    """Every broken rule as `file:line: rule (found: the import)`."""
    for file in sorted(house.rglob("*.py")):
        reader = Imports(house, file)
        reader.visit(ast.parse(file.read_text(encoding="utf-8"), str(file)))
        for found in reader.found:
            if rule := broken_rule(found, file, house):
                yield f"{file.relative_to(house.parent).as_posix()}:{found.line}: {rule} (found: {found.text})"


def project_files() -> list[Path]:
    """The files under version control, and those that could be; where git cannot tell (an unpacked archive), all that look like ours."""
    list_files = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(list_files, cwd=ROOT, capture_output=True, text=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    except FileNotFoundError:
        paths = []
    paths = paths or [path for folder in (PACKAGE, "tests", "docs", "benchmarks", "tools") for path in (ROOT / folder).rglob("*")]
    return [path for path in paths if path.is_file() and path.suffix in TEXT]


def test_imports_follow_the_rules():
    broken = list(violations(ROOT / PACKAGE))
    assert not broken, f"{len(broken)} imports break the rules of the house (docstring of tests/test_layers.py):\n" + "\n".join(broken)


def test_no_file_names_a_path_of_somebodys_machine():
    found = [
        f"{file.relative_to(ROOT)}:{number}: {match.group()}"
        for file in project_files()
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        for match in MACHINE_PATH.finditer(line)
    ]
    assert not found, "paths that exist on one machine only:\n" + "\n".join(found)


class TestTheCheckerItself:
    """Each rule, on small made-up houses."""

    @pytest.fixture
    def check(self, tmp_path):
        def check(**files):
            house = tmp_path / PACKAGE
            for name in ("__init__", "core/__init__", "core/tensor", "ops/__init__", "backends/__init__", "backends/registry",
                         "backends/numpy/__init__", "backends/llvm/__init__", "nn/__init__", "nn/functional", "nn/_shared", "runtime"):
                (house / name).parent.mkdir(parents=True, exist_ok=True)
                (house / f"{name}.py").touch()
            for name, text in files.items():
                path = house / f"{name}.py"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(textwrap.dedent(text), encoding="utf-8")
            return list(violations(house))

        return check

    @pytest.mark.parametrize("file, text", [
        ("__init__", "from . import core, nn, runtime\nfrom .core import tensor"),
        ("__init__", "def __getattr__(name):\n    from . import cli\n    return cli"),
        ("core/tensor", "import numpy as np\nfrom ..core import shape\nfrom .shape import broadcast\nimport math"),
        ("core/dtype", "def bfloat16():\n    import ml_dtypes\n    return ml_dtypes"),
        ("ops/linalg", "from ..core.tensor import Tensor\n\ndef reference(x):\n    import scipy.linalg\n    return scipy.linalg"),
        ("autograd/engine", "from ..core import tensor\nfrom flambeau.ops import elementwise"),
        ("compiler/fuse", "from ..core.tensor import Tensor\nfrom . import schedule"),
        ("backends/llvm/emit", "import llvmlite.ir\nfrom llvmlite import binding\nfrom ..registry import register\nfrom . import gemm"),
        ("backends/registry", "from .numpy import Backend\nfrom ..compiler import plan"),
        ("runtime", "from .compiler import plan\nfrom .backends.registry import backends\nfrom .core.tensor import Tensor"),
        ("nn/linear", "import flambeau\nfrom flambeau import Tensor\nfrom flambeau.autograd import Function\nfrom ._shared import x"),
        ("nn/linear", "import flambeau as torch\nimport flambeau.backends\ntorch.nn.functional.relu\ntorch.__version__\ntorch.Tensor.core"),
        ("optim/sgd", "from flambeau.nn import functional\nfrom flambeau.nn.functional import relu"),
        ("vision/io", "def read_image(path):\n    import PIL.Image\n    from PIL import Image\n    return Image"),
        ("utils/data/loader", "def workers():\n    import multiprocessing\n    return multiprocessing"),
        ("serialization/weights", "import safetensors.numpy\nfrom tqdm import tqdm"),
        ("vision/plot", "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import matplotlib"),
    ])
    def test_allowed(self, check, file, text):
        assert check(**{file: text}) == []

    @pytest.mark.parametrize("file, text, line, words", [
        ("core/tensor", "import numpy\nfrom ..ops import relu", 2, "core imports only core, not ops"),
        ("core/tensor", "from .. import runtime", 1, "core imports only core, not runtime"),
        ("core/tensor", "import flambeau", 1, "core does not import the package itself"),
        ("core/tensor", "def f():\n    from . import shape", 2, "stand at the top of the file"),
        ("core/tensor", "def f():\n    import ml_dtypes", 2, "core does not import ml_dtypes"),
        ("core/dtype", "import ml_dtypes", 1, "import it inside the function that needs it"),
        ("core/tensor", "def f():\n    import math", 2, "math is always there: import it at the top"),
        ("core/tensor", "import importlib\n\n\ndef f():\n    return importlib.import_module('flambeau.runtime')", 5, "not runtime"),
        ("ops/linalg", "import scipy.linalg", 1, "scipy may be absent or slow"),
        ("ops/relu", "import llvmlite", 1, "ops does not import llvmlite; it may import numpy, scipy, the standard library"),
        ("ops/relu", "from flambeau import Tensor", 1, "ops does not import the package itself"),
        ("autograd/engine", "from ..compiler import plan", 1, "autograd imports only autograd, core, ops, not compiler"),
        ("compiler/fuse", "class A:\n    from ..ops import relu", 2, "compiler imports only compiler, core, not ops"),
        ("compiler/fuse", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..ops import relu", 3, "not ops"),
        ("backends/llvm/emit", "from ..numpy import kernels", 1, "the backend llvm does not import the backend numpy"),
        ("backends/llvm/emit", "from .. import numpy", 1, "the backend llvm does not import the backend numpy"),
        ("backends/numpy/interpret", "import llvmlite", 1, "backends does not import llvmlite"),
        ("backends/cuda", "from flambeau.ops import relu", 1, "backends imports only backends, compiler, core, not ops"),
        ("runtime", "from .ops import relu", 1, "runtime imports only backends, compiler, core, runtime, not ops"),
        ("nn/linear", "from ..core.tensor import Tensor", 1, "nn is written on public names; core is not public"),
        ("nn/linear", "import flambeau.core.tensor as t", 1, "core is not public"),
        ("nn/linear", "from flambeau import core", 1, "core is not public"),
        ("nn/linear", "import flambeau as torch\n\n\ndef f():\n    return torch.core.tensor", 5, "core is not public"),
        ("nn/linear", "import flambeau.nn\nflambeau._hidden", 2, "_hidden is private to flambeau"),
        ("optim/sgd", "from flambeau.nn._shared import x", 1, "_shared is private to flambeau.nn"),
        ("optim/sgd", "from flambeau.nn.functional import _x", 1, "_x is private to flambeau.nn.functional"),
        ("nn/linear", "def f():\n    from flambeau import Tensor", 2, "stand at the top of the file"),
        ("vision/io", "from PIL import Image", 1, "PIL may be absent or slow: import it inside the function that needs it"),
        ("vision/io", "try:\n    import PIL\nexcept ImportError:\n    PIL = None", 2, "import it inside the function"),
        ("vision/io", "def f():\n    import tensorflow", 2, "vision does not import tensorflow"),
        ("__init__", "import pandas", 1, "pandas may be absent or slow"),
    ])
    def test_found(self, check, file, text, line, words):
        (message,) = check(**{file: text})
        assert message.startswith(f"flambeau/{file}.py:{line}: ") and words in message and "(found: " in message

    def test_every_violation_is_told(self, check):
        assert len(check(**{"core/tensor": "from .. import ops, runtime", "ops/relu": "import pandas"})) == 3

    @pytest.mark.parametrize("line, found", [
        ("open('{}work{}main.txt')", True), ("cd {}root{}x", True), ("see {}tmp{}log", True),
        ("usr{}work{}x", False), ("$HOME{}tmp{}x", False), ("https:{}host{}tmp", False),
    ])
    def test_machine_paths(self, line, found):
        assert bool(MACHINE_PATH.search(line.format("/", "/"))) is found
