"""inspect: what a file holds, without making it."""
import io

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s
from flambeau import nn


class Unknown(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)
        self.width = 7


def listing(obj, **options):
    buffer = io.BytesIO()
    s.save(obj, buffer, **options)
    buffer.seek(0)
    return s.inspect(buffer)


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 5}], ids=str)
def test_a_checkpoint(options):
    x = flambeau.arange(6, dtype=flambeau.bfloat16)
    found = listing({"model": {"w": nn.Parameter(flambeau.ones(2, 3)), "x": x, "v": x[1:]}, "epoch": 3, "note": "n" * 100,
                     "list": [flambeau.tensor(1.0), {"deep": None}], "sizes": (1, 2), "dtype": flambeau.float16}, **options)
    entries = {e.name: e for e in found}
    assert list(entries) == ["model.w", "model.x", "model.v", "epoch", "note", "list[0]", "list[1].deep", "sizes", "dtype"]
    w, v = entries["model.w"], entries["model.v"]
    assert (w.kind, w.shape, w.dtype, w.nbytes) == ("parameter", (2, 3), "float32", 24)
    assert (v.kind, v.shape, v.dtype, v.nbytes) == ("tensor", (5,), "bfloat16", 10) and v.storage == entries["model.x"].storage != w.storage
    assert entries["epoch"].value == "3" and entries["list[0]"].shape == () and entries["dtype"].kind == "torch.float16"
    assert len(entries["note"].value) < 60 and entries["sizes"].value == "(1, 2)"
    assert found.nbytes == 24 + 12 + 4 and found.refused == () and len(found) == 9 and len(found.tensors) == 4
    text = str(found)
    assert "2 x 3" in text and "shares storage" in text and "4 tensors" in text


def test_classes_are_shown_not_made():
    found = listing(Unknown())
    names = {e.name: e for e in found}
    assert names["(all of it)"].kind.endswith("Unknown") and names["layer.weight"].shape == (3, 2) and names["width"].value == "7"
    assert any(name.endswith(".Unknown") for name in found.refused) and "weights_only=True refuses it for" in str(found)


def test_names_of_attacks_are_shown():
    class Attack:
        def __reduce__(self):
            return eval, ("raise SystemExit",)

    found = listing({"x": Attack(), "y": flambeau.ones(1)})
    assert found.refused == ("builtins.eval",) and found.entries[0].kind == "builtins.eval" and found.tensors[0].name == "y"


def test_numpy_arrays():
    found = listing({"a": np.ones((2, 3)), "s": np.float32(1)})
    assert [(e.name, e.kind, e.shape, e.dtype, e.nbytes) for e in found] == [("a", "array", (2, 3), "f8", 48), ("s", "array", (), "f4", 4)]


def test_shared_and_cyclic_containers_are_listed_once():
    inner = {"x": flambeau.ones(2)}
    inner["self"] = inner
    found = listing([inner, inner])
    assert [(e.name, e.kind) for e in found] == [("[0].x", "tensor"), ("[0].self", "same as"), ("[1]", "same as")]
    doubled = []
    for _ in range(60):
        doubled = [doubled, doubled, "x"]
    assert len(listing(doubled)) < 200


def test_single_objects():
    assert listing(flambeau.ones(2)).entries[0].name == "(all of it)"
    assert listing(5).entries[0].value == "5"
    assert "bits" in listing(10**5000).entries[0].value
    assert len(listing({})) == 1 and len(listing(["a"] * 1000).entries) == 1
    assert listing(flambeau.empty(2, 3, device="meta")).entries[0].shape == (2, 3)
