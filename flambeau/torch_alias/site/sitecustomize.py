"""Run by Python itself at its start, because `flambeau run` has put this folder on PYTHONPATH: maps torch and torchvision to flambeau."""
import importlib.machinery
import importlib.util
import sys
from pathlib import Path

_here = Path(__file__).resolve().parent
_package = _here.parent                                             # flambeau/torch_alias
_house = str(_package.parent.parent)                                # what must be on sys.path for `import flambeau`


def _install() -> None:
    """Load flambeau.torch_alias by its path: flambeau itself is loaded when torch is imported."""
    spec = importlib.util.spec_from_file_location("flambeau.torch_alias", _package / "__init__.py", submodule_search_locations=[str(_package)])
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install()


def _run_the_other_one() -> None:
    """This file hides a sitecustomize that would have been found without it."""
    found = importlib.machinery.PathFinder.find_spec("sitecustomize", [p for p in sys.path if Path(p).resolve() != _here])
    if found is not None and found.loader is not None:
        found.loader.exec_module(importlib.util.module_from_spec(found))


_install()
if importlib.machinery.PathFinder.find_spec("flambeau") is None:    # a checkout that is not installed
    sys.path.append(_house)
_run_the_other_one()
