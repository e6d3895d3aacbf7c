"""safetensors: every dtype the format has, its refusals, its bytes."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s
from flambeau.serialization import safetensors as st

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64"]


def tensors():
    numbers = flambeau.tensor([[0.0, 1.0, 2.0], [100.0, 3.0, 5.0]])
    return {dtype: (numbers * (1 - 2j) if "complex" in dtype else numbers).to(getattr(flambeau, dtype)) for dtype in DTYPES}


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].dtype is b[name].dtype and a[name].shape == b[name].shape and a[name].tolist() == b[name].tolist()


def test_roundtrip(tmp_path):
    path, given = tmp_path / "x.safetensors", {**tensors(), "scalar": flambeau.tensor(3.0), "empty": flambeau.empty(0, 3)}
    st.save_file(given, path, metadata={"by": "test"})
    assert_same(st.load_file(path), given)
    assert_same(st.load(st.save(given)), given)
    assert_same(s.load(path), given)
    assert_same(s.load(str(path), map_location="cpu"), given)
    listing = s.inspect(path)
    assert listing.format == "safetensors" and listing.metadata == {"by": "test"} and len(listing.tensors) == len(given)


def test_bytes():
    data = st.save({"x": flambeau.tensor([1.0, 2.0]).to(flambeau.bfloat16)})
    size = int.from_bytes(data[:8], "little")
    assert json.loads(data[8:8 + size]) == {"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}
    assert data[8 + size:] == b"\x80\x3f\x00\x40"


def test_loaded_tensors_are_their_own():
    x = flambeau.ones(3)
    y = st.load(st.save({"x": x}))["x"]
    y[0] = 5
    assert y.tolist() == [5, 1, 1] and x.tolist() == [1, 1, 1]


def test_parameters_are_tensors():
    model = flambeau.nn.Linear(2, 3)
    loaded = st.load(st.save(dict(model.named_parameters())))
    assert type(loaded["weight"]) is flambeau.Tensor and not loaded["weight"].requires_grad
    model.load_state_dict(loaded)


def test_refusals(tmp_path):
    x = flambeau.ones(4)
    with pytest.raises(RuntimeError, match="share memory.*'a' and 'b'.*clone"):
        st.save({"a": x, "b": x})
    with pytest.raises(RuntimeError, match="share memory"):
        st.save({"a": x[:3], "b": x[2:]})
    assert st.load(st.save({"a": x[:2], "b": x[2:]}))["b"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="non contiguous tensor: `t`.*contiguous"):
        st.save({"t": flambeau.ones(2, 3).t()})
    with pytest.raises(ValueError, match="complex128"):
        st.save({"c": x.to(flambeau.complex128)})
    for wrong in ([x], {"a": 1}, {1: x}, {"a": np.ones(2)}):
        with pytest.raises(TypeError):
            st.save(wrong)
    (tmp_path / "x.safetensors").write_bytes(b"no such thing")
    for load in (st.load_file, s.load, s.inspect):
        with pytest.raises(s.CheckpointError, match=r"x\.safetensors"):
            load(tmp_path / "x.safetensors")
    for where in ({"cpu": "cpu"}, lambda storage, tag: storage):
        with pytest.raises(RuntimeError, match="map_location of a safetensors file"):
            s.load(tmp_path / "x.safetensors", map_location=where)


def test_dtypes_that_flambeau_lacks(tmp_path):
    header = json.dumps({"x": {"dtype": "F8_E5M2", "shape": [2], "data_offsets": [0, 2]}}).encode()
    data = len(header).to_bytes(8, "little") + header + b"\0\0"
    (tmp_path / "x.safetensors").write_bytes(data)
    with pytest.raises(s.CheckpointError, match="F8_E5M2"):
        st.load(data)
    with pytest.raises(s.CheckpointError, match="float8_e5m2"):
        st.load_file(tmp_path / "x.safetensors")
    assert s.inspect(tmp_path / "x.safetensors").tensors[0].dtype == "F8_E5M2"


def test_the_librarys_module_for_torch_works_on_our_tensors(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("""
import torch, safetensors.torch as st
from safetensors import safe_open
file = "x.safetensors"
st.save_file({"a": torch.arange(3.0), "b": torch.ones(2, dtype=torch.bfloat16), "e": torch.zeros(0, 3), "s": torch.tensor(2)}, file)
found = st.load_file(file)
print([(k, found[k].tolist(), str(found[k].dtype), tuple(found[k].shape)) for k in sorted(found)])
with safe_open(file, "pt") as f:
    print(f.get_slice("a")[1:].tolist(), type(f.get_tensor("a")) is torch.Tensor)
model = torch.nn.Linear(2, 2)
st.save_model(model, file)
print(st.load_model(model, file), st.load(st.save({"a": torch.ones(1)}))["a"].tolist())
""")
    done = subprocess.run([sys.executable, "-m", "flambeau", "run", "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
                          env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])})
    assert done.stdout.splitlines() == [
        "[('a', [0.0, 1.0, 2.0], 'torch.float32', (3,)), ('b', [1.0, 1.0], 'torch.bfloat16', (2,)), ('e', [], 'torch.float32', (0, 3)), "
        "('s', 2, 'torch.int64', ())]",
        "[1.0, 2.0] True", "(set(), []) [1.0]"], done.stderr
