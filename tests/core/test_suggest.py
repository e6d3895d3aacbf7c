"""Guesses at misspelt names."""

import itertools

import pytest

from flambeau.core.suggest import did_you_mean, dotted_names, edit_distance

MODULES = {
    "": ["arange", "cuda", "matmul", "nn", "rand_like", "randn_like", "relu", "tensor"],
    "backends.mps": ["is_available", "is_built"],
    "cuda": ["__name__", "_lazy_init", "device_count", "is_available"],
    "nn": ["BCELoss", "BatchNorm2d", "CrossEntropyLoss", "Linear", "ReLU", "functional"],
    "nn.functional": ["cross_entropy", "linear", "relu"],
}


def dotted(*paths):
    return dotted_names(paths, MODULES.__getitem__)


def everywhere():
    return MODULES[""] + dotted("cuda", "backends.mps", "nn", "nn.functional")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Relu", "ReLU"),
        ("RELU", "ReLU"),
        ("Linaer", "Linear"),
        ("Lineer", "Linear"),
        ("Linea", "Linear"),
        ("Linnear", "Linear"),
        ("batchnorm2d", "BatchNorm2d"),
        ("batch_norm_2d", "BatchNorm2d"),
        ("cross_entropy_loss", "CrossEntropyLoss"),
        ("BCELos", "BCELoss"),
    ],
)
def test_one_close_name(name, expected):
    assert did_you_mean(name, MODULES["nn"]) == f"; did you mean `{expected}`?"


@pytest.mark.parametrize("name", ["", "x", "Conv2d", "embedding", "__deepcopy__", "__array_interface__", "Linear"])
def test_nothing_close(name):
    assert did_you_mean(name, MODULES["nn"]) == ""


def test_no_candidates():
    assert did_you_mean("linear", []) == ""


def test_several_names_are_joined_and_limited_to_the_closest_three():
    assert did_you_mean("rand_lik", ["rand_like", "randn_like"]) == "; did you mean `rand_like`?"
    assert did_you_mean("cat", ["bat", "hat"]) == "; did you mean `bat` or `hat`?"
    assert did_you_mean("cat", ["rat", "hat", "bat", "mat"]) == "; did you mean `bat`, `hat` or `mat`?"
    assert did_you_mean("int46", ["int4", "int16", "int64", "int6"]) == "; did you mean `int64`?"
    assert did_you_mean("cat", ["bat", "bat"]) == "; did you mean `bat`?"


def test_names_come_from_any_iterable():
    assert did_you_mean("shrot", {"short": 1, "full": 2}) == "; did you mean `short`?"
    assert did_you_mean("shrot", (n for n in ("short", "full"))) == "; did you mean `short`?"


def test_private_names_are_kept_private():
    assert did_you_mean("data_", ["_data"]) == ""
    assert did_you_mean("_daat", ["_data"]) == "; did you mean `_data`?"
    assert dotted("cuda") == ["cuda.device_count", "cuda.is_available"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cuda_is_available", "`torch.cuda.is_available`"),
        ("cuda_is_availble", "`torch.cuda.is_available`"),
        ("cuda_available", "`torch.cuda.is_available`"),
        ("cuda_memory", ""),
        ("backends_mps_is_available", "`torch.backends.mps.is_available`"),
        ("Linear", "`torch.nn.Linear` or `torch.nn.functional.linear`"),
        ("nn_Linear", "`torch.nn.Linear`"),
        ("CrossEntropyLoss", "`torch.nn.CrossEntropyLoss`"),
        ("tensr", "`torch.tensor`"),
    ],
)
def test_names_in_submodules(name, expected):
    assert did_you_mean(name, everywhere(), "torch.") == (f"; did you mean {expected}?" if expected else "")


def test_the_layer_comes_before_the_function():
    candidates = MODULES["nn"] + dotted_names(["functional"], lambda path: MODULES[f"nn.{path}"])
    assert did_you_mean("linear", candidates, "nn.") == "; did you mean `nn.Linear` or `nn.functional.linear`?"


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ca", "abc", 3), ("abcd", "badc", 2)],
)
def test_edit_distance(a, b, distance):
    assert edit_distance(a, b) == edit_distance(b, a) == distance


def test_a_limit_only_cuts_off_what_lies_beyond():
    words = ["".join(letters) for n in range(5) for letters in itertools.product("ab", repeat=n)] + ["abcabd", "bacbad", "cabdab"]
    for a, b in itertools.product(words, words):
        full = edit_distance(a, b)
        for limit in range(4):
            cut = edit_distance(a, b, limit)
            assert cut == full if full <= limit else cut > limit
