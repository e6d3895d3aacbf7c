"""`import flambeau` loads what every program needs and nothing else: heavy parts wait for their first use."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = (
    "IPython", "PIL", "cloudpickle", "flambeau.audio", "flambeau.cli", "flambeau.text", "flambeau.training", "llvmlite", "matplotlib", "ml_dtypes",
    "multiprocessing", "pandas", "pyarrow", "safetensors", "scipy", "soundfile", "torch", "tqdm",
)
PROBE = """
import json, sys, threading
import flambeau
print(json.dumps({"modules": sorted(sys.modules), "threads": threading.active_count(), "file": flambeau.__file__}))
"""


@pytest.fixture(scope="module")
def after_import():
    """What a fresh interpreter looks like after `import flambeau`, warnings being errors."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        capture_output=True, text=True, timeout=120, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, f"import flambeau fails in a fresh interpreter:\n{run.stderr}"
    assert run.stderr == "", "import flambeau writes to stderr"
    assert run.stdout.count("\n") == 1, f"import flambeau prints: {run.stdout!r}"
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", HEAVY)
def test_import_does_not_load(after_import, name):
    loaded = [module for module in after_import["modules"] if module == name or module.startswith(name + ".")]
    assert not loaded, f"import flambeau loads {name} ({len(loaded)} modules); load it where it is first used"


def test_import_starts_no_thread(after_import):
    assert after_import["threads"] == 1


def test_this_tree_is_what_was_imported(after_import):
    assert Path(after_import["file"]).parent == ROOT / "flambeau"
