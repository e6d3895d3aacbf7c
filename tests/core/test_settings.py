"""What the environment says is read in one place, and what says nothing is refused."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

import flambeau
from flambeau.core import settings


@pytest.mark.parametrize("value, on", [("1", True), ("on", True), (" TRUE ", True), ("0", False), ("", False), ("off", False), ("no", False)])
@pytest.mark.parametrize("name", ["STRICT", "VERIFY"])
def test_switches(monkeypatch, name, value, on):
    monkeypatch.setenv(f"FLAMBEAU_{name}", value)
    assert {"STRICT": settings.strict, "VERIFY": settings.verified}[name]() is on


def test_the_log_is_a_list_of_subjects(monkeypatch):
    for value, on in (("compile", True), (" compile ,", True), ("", False)):
        monkeypatch.setenv("FLAMBEAU_LOG", value)
        assert settings.logged("compile") is on


def test_the_backend_and_the_cache(monkeypatch):
    for value, on in (("numpy", True), ("llvm", False), ("", False)):
        monkeypatch.setenv("FLAMBEAU_BACKEND", value)
        assert settings.interpreted() is on
    for value, folder in (("off", ""), ("", ""), ("0", ""), ("~/here", "~/here")):
        monkeypatch.setenv("FLAMBEAU_CACHE", value)
        assert settings.cache_folder() == folder
    monkeypatch.delenv("FLAMBEAU_CACHE")
    assert settings.cache_folder() is None
    monkeypatch.setenv("FLAMBEAU_CACHE_LIMIT", "0.5")
    assert settings.cache_limit() == 1 << 19
    monkeypatch.delenv("FLAMBEAU_CACHE_LIMIT")
    assert settings.cache_limit() == 256 << 20


@pytest.mark.parametrize("name, value, ask", [
    ("STRICT", "maybe", settings.strict), ("VERIFY", "2", settings.verified), ("BACKEND", "cuda", settings.interpreted),
    ("LOG", "compile,everything", lambda: settings.logged("compile")), ("CACHE_LIMIT", "much", settings.cache_limit), ("CACHE_LIMIT", "-1", settings.cache_limit)])
def test_what_says_nothing_is_refused(monkeypatch, name, value, ask):
    monkeypatch.setenv(f"FLAMBEAU_{name}", value)
    with pytest.raises(ValueError, match=f"FLAMBEAU_{name} .*{value.split(',')[-1]}"):
        ask()


def test_every_variable_is_read_here_and_in_the_readme():
    package = Path(flambeau.__file__).parent
    named = set(re.findall(r"FLAMBEAU_[A-Z_]+", settings.__doc__))
    readme = package.parent / "README.md"
    if readme.exists():
        assert named == set(re.findall(r"FLAMBEAU_[A-Z_]+", readme.read_text()))
    elsewhere = [str(path) for path in package.rglob("*.py") if re.search(r"environ[^\n]*FLAMBEAU_", path.read_text()) and path.name != "settings.py"]
    assert not elsewhere, f"these read the environment by themselves: {elsewhere}"
