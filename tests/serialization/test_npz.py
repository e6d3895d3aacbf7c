"""NumPy's .npz, both ways."""
import io
import warnings
import zipfile

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("compressed", [False, True])
def test_roundtrip(tmp_path, compressed):
    numbers = flambeau.tensor([[0.0, 1.0, 2.0], [100.0, 3.0, 5.0]])
    given = {dtype: numbers.to(getattr(flambeau, dtype)) for dtype in DTYPES}
    given |= {"file": flambeau.tensor(3.0), "transposed": numbers.t(), "empty": flambeau.empty(0, 2), "a/b": flambeau.ones(1),
              "grad": flambeau.ones(2, requires_grad=True)}
    s.save_npz(tmp_path / "x.npz", given, compressed=compressed)
    loaded = s.load_npz(tmp_path / "x.npz")
    assert list(loaded) == list(given)
    for name, tensor in given.items():
        assert loaded[name].dtype is tensor.dtype and loaded[name].shape == tensor.shape and loaded[name].tolist() == tensor.tolist()
    loaded["float32"][0, 0] = 7  # may be written to
    arrays = np.load(tmp_path / "x.npz")
    assert all(np.array_equal(arrays[name], tensor.detach().numpy()) for name, tensor in given.items() if name != "bfloat16")
    assert s.inspect(tmp_path / "x.npz").tensors[DTYPES.index("bfloat16")].dtype == "bfloat16"
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        assert archive.infolist()[0].compress_type == (zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED)


def test_files_by_numpy():
    buffer = io.BytesIO()
    np.savez(buffer, fortran=np.asfortranarray(np.arange(6.0).reshape(2, 3)), big=np.arange(3, dtype=">i4"), scalar=np.float32(2))
    buffer.seek(0)
    loaded = s.load_npz(buffer)
    assert loaded["fortran"].tolist() == [[0, 1, 2], [3, 4, 5]] and loaded["scalar"].item() == 2 and loaded["scalar"].shape == ()
    assert loaded["big"].tolist() == [0, 1, 2] and loaded["big"].dtype is flambeau.int32


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([{}], object), np.array("2020", "M8[D]"), np.zeros(2, [("a", "f4")]),
                                   np.zeros(2, [("数", "f4")])], ids=["text", "object", "time", "record", "record in version 3"])
def test_arrays_that_no_tensor_holds(array):
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of its version 3
        np.savez(buffer, x=array)
    with pytest.raises(s.CheckpointError):
        s.load_npz(io.BytesIO(buffer.getvalue()))


def test_a_header_that_asks_for_too_much():
    buffer, member = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(member, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.npy", member.getvalue() + b"\0" * 80)
    with pytest.raises(s.CheckpointError, match="80 bytes"):
        s.load_npz(buffer)


def test_refusals(tmp_path):
    for wrong in ([flambeau.ones(1)], {"a": 1}, {1: flambeau.ones(1)}):
        with pytest.raises(TypeError):
            s.save_npz(tmp_path / "x.npz", wrong)
    s.save(1, tmp_path / "x.pt")
    with pytest.raises(s.CheckpointError, match="flambeau.load"):
        s.load_npz(tmp_path / "x.pt")
