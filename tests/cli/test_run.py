"""`flambeau run`: programs that import torch and torchvision run on flambeau, and what it lacks is an error where it is used."""
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path):
    """Runs a program, given as text, in a folder of its own."""
    def run(program: str, *arguments: str, environment: dict[str, str] | None = None, module: bool = False):
        (tmp_path / "program.py").write_text(textwrap.dedent(program), encoding="utf-8")
        what = ["-m", "program"] if module else ["program.py"]
        return subprocess.run([sys.executable, "-m", "flambeau", "run", *what, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120,
                              env=os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {}))
    return run


def output(finished) -> list[str]:
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


def test_torch_is_flambeau(run):
    assert output(run("""
        import sys
        import torch, torchvision, flambeau
        import torch.nn as nn, torch.nn.functional as F, torch.backends.cudnn as cudnn
        from torch.utils.data import DataLoader
        from torch.optim.lr_scheduler import StepLR
        import torchvision.transforms as T
        print(torch is flambeau, torchvision is flambeau.vision, nn is flambeau.nn, sys.modules["torch.nn.functional"] is flambeau.nn.functional)
        print(torch.__spec__.name, nn.__spec__.name, DataLoader is flambeau.utils.data.DataLoader, T.__name__, cudnn.is_available())
    """)) == ["True True True True", "flambeau flambeau.nn True flambeau.vision.transforms False"]


def test_versions(run):
    lines = output(run("""
        import importlib.metadata, importlib.util
        print(importlib.util.find_spec("torch") is not None, importlib.metadata.version("torch"), importlib.metadata.version("torchvision"))
        import torch, torchvision
        print(torch.__version__ >= "2.0", torch.__version__ < (3,), torch.__version__.split("+")[1], torchvision.__version__.split("+")[1], torch.version.cuda)
    """))
    assert lines[0].startswith("True 2.") and lines[0].count("+flambeau") == 2
    assert lines[1] == "True True flambeau flambeau None"


def test_the_program_sees_itself_as_python_would_run_it(run):
    finished = run("""
        import sys
        print(__name__, sys.argv, sys.modules["__main__"].__file__.rpartition("/")[2])
        print(sys.path[0] == "" or sys.path[0] == __import__("os").getcwd())
        sys.exit(7)
    """, "--lr", "0.1", "-m", "x")
    assert finished.returncode == 7
    assert finished.stdout.splitlines() == ["__main__ ['program.py', '--lr', '0.1', '-m', 'x'] program.py", "True"]


def test_a_module_is_run_by_its_name(run):
    assert output(run("import sys, torch; print(__name__, sys.argv[1:], torch.ones(2).sum().item())", "--flag", module=True)) == ["__main__ ['--flag'] 2.0"]


@pytest.mark.parametrize("line, name", [
    ("from torch import nothing\nnothing(3)", "torch.nothing"),
    ("from torch.nn import Linear, NoLayer\nNoLayer(3)", "torch.nn.NoLayer"),
    ("from torch.nowhere import thing\nthing.method()", "torch.nowhere.thing.method"),
    ("import torch.nowhere.deep as deep\ndeep.f()", "torch.nowhere.deep.f"),
    ("from torch.nn import NoLayer\nclass Model(NoLayer): pass", "torch.nn.NoLayer"),
    ("from torch import nothing\nif nothing: pass", "torch.nothing"),
])
def test_a_missing_name_is_an_error_where_it_is_used(run, line, name):
    finished = run(f'print("imports come first")\n{line}\n')
    assert finished.returncode == 1 and finished.stdout == "imports come first\n"
    error = finished.stderr.splitlines()[-1]
    assert error.startswith(f"flambeau.torch_alias.missing.MissingNameError: flambeau has no {name}: used in ")
    assert error.count("program.py, line ") == 2 and "line 3, imported in" in error and error.endswith("line 2")


def test_what_is_imported_and_not_used_is_no_error(run):
    assert output(run("""
        import typing
        import torch
        import torch.nothing
        from torch import nowhere, ones
        def f(x: nowhere, y: nowhere | None = None, z: typing.Optional[nowhere] = None) -> nowhere: return x
        print(ones(1).item(), isinstance(f(3), nowhere), issubclass(int, nowhere), f(nowhere))
    """)) == ["1.0 False False <torch.nowhere, which flambeau does not have>"]


def test_a_module_that_is_not_there_is_an_error_where_it_is_used(run):
    finished = run("import torch.nothing\nprint(1)\ntorch.nothing.f()\n")
    assert finished.stdout == "1\n" and "line 3" in finished.stderr and "module 'torch' has no attribute 'nothing'" in finished.stderr


def test_a_program_that_has_another_way_takes_it(run):
    assert output(run("""
        import contextlib, importlib
        try:
            from torch import nothing
        except ImportError:
            nothing = None
        try:
            import torch.nothing
        except (ImportError, AttributeError) as error:
            print(type(error).__name__, "torch.nothing" in str(error))
        other = 1
        with contextlib.suppress(ImportError):
            from torch.nn import nothing as other
        try:
            importlib.import_module("torch.nothing")
        except ModuleNotFoundError as error:
            print(error.name)
        print(nothing, other, hasattr(__import__("torch"), "nothing"))
    """)) == ["ModuleNotFoundError True", "torch.nothing", "None 1 False"]


def test_child_processes_have_it_too(run):
    assert output(run("""
        import multiprocessing, subprocess, sys
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        if __name__ == "__main__":
            print(subprocess.run([sys.executable, "-c", "import torch; print(torch.__name__)"], capture_output=True, text=True, check=True).stdout.strip())
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(torch.neg, [torch.ones(2)]))
            print([x.tolist() for x, in DataLoader(TensorDataset(torch.arange(4.)), batch_size=2, num_workers=1)])
    """)) == ["flambeau", "[tensor([-1., -1.])]", "[[0.0, 1.0], [2.0, 3.0]]"]


def test_pickles_hold_the_names_of_what_they_are(run):
    assert output(run("""
        import pickle, torch
        x = pickle.loads(pickle.dumps({"w": torch.arange(3.), "d": torch.float64, "m": torch.nn.Linear(1, 1)}))
        print(x["w"], x["d"] is torch.float64, type(x["m"]) is torch.nn.Linear)
    """)) == ["tensor([0., 1., 2.]) True True"]


def test_another_sitecustomize_is_run_too(run, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "sitecustomize.py").write_text("import sys; sys.theirs = 1\n", encoding="utf-8")
    finished = run("import sys, torch; print(sys.theirs, torch.__name__)", environment={"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path / "theirs")])})
    assert output(finished) == ["1 flambeau"]


def test_flambeau_is_loaded_when_torch_is(run):
    assert output(run("""
        import sys
        before = "numpy" in sys.modules
        import torch
        print(before, "numpy" in sys.modules)
    """)) == ["False True"]


@pytest.mark.parametrize("arguments, words", [
    ([], "which program?"),
    (["nothing.py"], "there is no file nothing.py"),
])
def test_mistakes(arguments, words, tmp_path):
    finished = subprocess.run([sys.executable, "-m", "flambeau", "run", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                              env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert finished.returncode == 1 and finished.stderr.startswith("flambeau run: ") and words in finished.stderr and finished.stderr.count("\n") == 1


def test_install_refuses_to_hide_a_torch_that_is_loaded(tmp_path):
    (tmp_path / "torch.py").write_text("real = True\n", encoding="utf-8")
    code = "import torch\nfrom flambeau import torch_alias\ntry:\n    torch_alias.install()\nexcept RuntimeError as error:\n    print(error)\n"
    finished = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                              env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])})
    assert finished.stdout.startswith("torch is loaded already, from ")
