"""A sample of the checks that stand beside the project (../shared/checks), where they are: PyTorch's module database, and semantics snippets."""
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT.parent / "shared" / "checks"
if not CHECKS.is_dir():
    pytest.skip("the folder ../shared/checks is not there", allow_module_level=True)

MODULES = "nn.Linear,nn.BatchNorm2d,nn.LSTM,nn.MultiheadAttention,nn.CrossEntropyLoss,nn.Conv2d,nn.ReLU,optim.AdamW,sched.*"


def printed(program: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, str(CHECKS / program), *arguments], capture_output=True, text=True, timeout=280, cwd=ROOT)
    return done.stdout + done.stderr


def test_modules_optimizers_schedulers(tmp_path):
    printed("modules.py", "record", "--work", str(tmp_path))
    text = printed("modules.py", "run", "--work", str(tmp_path), "--package", "flambeau", "--path", str(ROOT), "--only", MODULES)
    counts = re.findall(r"(\w+): (\d+)/(\d+)|(\w+) (\d+)/(\d+)", next(line for line in text.splitlines() if line.startswith("modules: ")))
    pairs = [tuple(filter(None, c))[1:] for c in counts]
    assert len(pairs) >= 6 and all(a == b for a, b in pairs) and any(int(b) > 3 for _, b in pairs), text


@pytest.mark.parametrize("group", ["save", "optim", "alias"])
def test_semantics(group):
    text = printed("semantics.py", "run", "--package", "flambeau", "--path", str(ROOT), "--group", group)
    passed, all_of_them = re.search(r"semantics: (\d+)/(\d+)", text).groups()
    assert passed == all_of_them and int(passed) > 3, text
