"""The stubs say what is there, and a type checker that reads them finds the slips of a program that uses flambeau."""
from __future__ import annotations

import importlib.util
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import flambeau

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = '''
import flambeau as torch
import flambeau.nn.functional as F
from flambeau import Tensor, nn
from flambeau.utils.data import DataLoader, TensorDataset

x = torch.randn(2, 3, dtype=torch.float32, requires_grad=True)
y = torch.ones((3, 4), device="cpu")
z: Tensor = 2 * (x @ y) ** 2 - x.sum(dim=1, keepdim=True) / 3
values, indices = z.max(dim=1)
top: torch.Tensor = x.topk(2).values
rows: int = x.size(0)
mask = (x > 0) & ~(x == 1)
x[mask] = 0.0
norm: Tensor = torch.linalg.norm(x) + torch.special.erf(torch.tensor([1.0])).clamp_(min=0)
u, s, vh = torch.linalg.svd(x)
loss: Tensor = F.cross_entropy(x, torch.tensor([0, 1]), label_smoothing=0.1)
loss.backward()
print(x.grad, x.T.shape, x.view(-1).to(torch.float64).numpy().dtype, torch.where(mask, x, 0.0), torch.arange(3).tolist())


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.layer(x))


optimizer = torch.optim.SGD(Net().parameters(), lr=0.1)
loader = DataLoader(TensorDataset(x, x), batch_size=2)
with torch.no_grad():
    out = Net()(x)
'''

SLIPS = {       # a line: what the checker says of it
    "x.reluu()": '"Tensor" has no attribute "reluu"',
    "torch.zeross(2)": 'Module has no attribute "zeross"',
    "F.reluu(x)": 'Module has no attribute "reluu"',
    "torch.linalg.svdd(x)": 'Module has no attribute "svdd"',
    "x.sum(axes=1)": 'Unexpected keyword argument "axes" for "sum" of "Tensor"',
    'torch.softmax(x, "rows")': 'Argument 2 to "softmax" has incompatible type "str"',
    "reveal_type(x @ y)": 'Revealed type is "flambeau.core.tensor.Tensor"',
    "reveal_type(x < y)": 'Revealed type is "flambeau.core.tensor.Tensor"',
    "reveal_type(x.max())": 'Revealed type is "flambeau.core.tensor.Tensor"',
    "reveal_type(x.float())": 'Revealed type is "flambeau.core.tensor.Tensor"',
}


def tool(name: str):
    spec = importlib.util.spec_from_file_location(f"{name}_tool", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stubs_are_up_to_date():
    for file, text in tool("stubs").stubs().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name} is out of date: run python tools/stubs.py"


def test_the_list_of_operators_is_up_to_date():
    assert (ROOT / "docs" / "operators.md").read_text(encoding="utf-8") == tool("reference").text(), "run python tools/reference.py"


def test_help_sees_signature_and_docstring():
    for owner in (flambeau, flambeau.Tensor):
        for name in dir(owner):
            value = getattr(owner, name, None)
            if inspect.isfunction(value) and not name.startswith("_"):
                assert inspect.getdoc(value), f"{owner.__name__}.{name} has no docstring"
                assert inspect.signature(value) is not None


@pytest.fixture(scope="module")
def messages(tmp_path_factory) -> list[str]:
    """What mypy says of the program with the slips after it, line by line."""
    pytest.importorskip("mypy", reason="mypy is not installed: it is in the extra 'test'")
    folder = tmp_path_factory.mktemp("program")
    (folder / "program.py").write_text(PROGRAM + "\n".join(SLIPS) + "\n", encoding="utf-8")
    (folder / "mypy.ini").write_text("[mypy]\nfollow_imports = silent\ncheck_untyped_defs = True\n", encoding="utf-8")
    run = subprocess.run([sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(folder / "cache"), "program.py"],
                         cwd=folder, env=os.environ | {"MYPYPATH": str(ROOT)}, capture_output=True, text=True, encoding="utf-8", timeout=300)
    return [line for line in (run.stdout + run.stderr).splitlines() if line.startswith("program.py:")] or [run.stdout + run.stderr]


def test_a_right_program_passes(messages):
    first_slip = PROGRAM.count("\n") + 1
    assert [m for m in messages if not m.startswith("program.py:") or int(m.split(":")[1]) < first_slip] == []


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(messages, slip):
    line = PROGRAM.count("\n") + 1 + list(SLIPS).index(slip)
    said = [m for m in messages if m.startswith(f"program.py:{line}:")]
    assert any(SLIPS[slip] in m for m in said), said
