"""Files that are damaged, cut short or something else: a clear error for each, never a crash, a hang or a flood of memory."""
import gzip
import io
import os
import pickle
import random
import struct
import tarfile
import zipfile

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s

ROUNDS = int(os.environ.get("FLAMBEAU_FUZZ_ROUNDS", "150"))  # files mutated in each of the tests that do so
CLEAR = (s.CheckpointError, pickle.UnpicklingError, EOFError)


def content():
    x = flambeau.arange(40.0)
    return {"x": x, "view": x[2:4], "bf": flambeau.ones(3, dtype=flambeau.bfloat16), "b": flambeau.tensor([True, False]),
            "n": [1, "a", None], "p": flambeau.nn.Parameter(flambeau.ones(2)), "s": {1, (2, 3)}, "d": flambeau.device("cpu"),
            "t": flambeau.float32, "by": b"abc"}


def saved(obj, **options) -> bytes:
    buffer = io.BytesIO()
    s.save(obj, buffer, **options)
    return buffer.getvalue()


def packed(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"x")
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("storages"))
    return buffer.getvalue()


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ones(3))
    return buffer.getvalue()


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.ones(3))
    return buffer.getvalue()


OTHERS = {
    "npz": (npz(), "load_npz"), "npy": (npy(), "numpy.load"), "gzip": (gzip.compress(b"x" * 99), "gzip"),
    "tar": (tarred(), "tar archive"), "html": (b"<!DOCTYPE html><html>", "web page"), "gguf": (b"GGUF\x03\0\0\0", "gguf"),
    "safetensors": (s.safetensors.save({"x": flambeau.ones(2)}), "safetensors.load_file"),
    "pickle": (pickle.dumps({"a": 1}, protocol=2), "pickle.load"), "pickle 4": (pickle.dumps([1], protocol=4), "pickle.load"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 99, "h5py"), "7z": (b"7z\xbc\xaf\x27\x1c" + b"\0" * 30, "7-Zip"),
    "zip": (packed("readme.txt"), "readme.txt"), "torchscript": (packed("m/constants.pkl"), "state_dict"),
    "text": (b"hello world\n", "begins with"), "zeros": (b"\0" * 1000, "begins with"), "a byte": (b"\x80", "begins with"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_formats_are_named(kind, tmp_path):
    data, hint = OTHERS[kind]
    path = tmp_path / "model.pt"
    path.write_bytes(data)
    for f in (path, io.BytesIO(data)):
        with pytest.raises(s.CheckpointError, match=hint) as caught:
            s.load(f)
        assert ("model.pt" if f is path else "buffer") in str(caught.value) and "\n" not in str(caught.value)
    assert isinstance(caught.value, RuntimeError) and isinstance(caught.value, pickle.UnpicklingError)


def test_files_that_are_not_there(tmp_path):
    for call in (s.load, s.inspect, s.load_npz, s.safetensors.load_file):
        with pytest.raises(FileNotFoundError, match="nothing.pt"):
            call(tmp_path / "nothing.pt")
        with pytest.raises((IsADirectoryError, PermissionError)):
            call(tmp_path)
    with pytest.raises(FileNotFoundError):
        s.load(str(tmp_path / "nothing.safetensors"))


def test_empty_files(tmp_path):
    (tmp_path / "x.pt").touch()
    with pytest.raises(EOFError, match=r"x\.pt.* is empty"):
        s.load(tmp_path / "x.pt")
    with pytest.raises(EOFError, match="Ran out of input"):
        s.load(io.BytesIO())


def test_objects_that_are_no_files():
    with pytest.raises(AttributeError, match="seek"):
        s.load(5)

    class Stream(io.RawIOBase):
        def seekable(self):
            return False

        def readable(self):
            return True

    with pytest.raises(io.UnsupportedOperation, match="BytesIO"):
        s.load(Stream())
    with pytest.raises((TypeError, AttributeError)):
        s.load(io.StringIO("text"))


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "old"])
def test_every_truncation(options, tmp_path):
    data = saved(content(), **options)
    for end in [*range(0, 600, 7), *range(600, len(data), 61), len(data) - 1]:
        with pytest.raises(CLEAR):
            s.load(io.BytesIO(data[:end]))
    (tmp_path / "cut.pt").write_bytes(data[: len(data) // 2])
    with pytest.raises(CLEAR, match=r"cut\.pt.*(damaged|cut short|missing)"):
        s.load(tmp_path / "cut.pt")


def test_numbers_that_are_not_there():
    """Sizes in a file are compared with the file before memory is asked for."""
    data = saved({"x": flambeau.ones(4)}, _use_new_zipfile_serialization=False)
    at = data.rindex(struct.pack("<q", 4))
    for count in (5, 2**40, 2**62, -1, -(2**62)):
        with pytest.raises(CLEAR):
            s.load(io.BytesIO(data[:at] + struct.pack("<q", count) + data[at + 8:]))
    zipped = saved({"x": flambeau.ones(4)})
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    for change in ({"archive/data/0": b"\0" * 15}, {"archive/data/0": None}, {"archive/byteorder": b"middle"}, {"archive/data.pkl": b""}):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, record in {**records, **change}.items():
                if record is not None:
                    archive.writestr(name, record)
        with pytest.raises(CLEAR):
            s.load(target)


def test_a_directory_that_lies():
    data = saved({"x": flambeau.ones(1000)})
    at = data.rindex(b"archive/data/0") - 46  # its entry in the directory
    assert data[at:at + 4] == b"PK\x01\x02"
    for field, number in ((20, 2**31), (24, 2**31), (42, 2**31), (42, 5), (24, 10), (10, 8), (10, 12), (8, 1)):
        new = struct.pack("<I" if field > 10 else "<H", number)
        with pytest.raises(CLEAR):
            s.load(io.BytesIO(data[:at + field] + new + data[at + field + len(new):]))


def mutate(data: bytes, rng: random.Random) -> bytes:
    """`data` with some bytes changed, removed, added, copied or cut."""
    result = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at, way = rng.randrange(len(result)), rng.randrange(7)
        if way == 0:
            result[at] = rng.randrange(256)
        elif way == 1:
            result[at] ^= 1 << rng.randrange(8)
        elif way == 2:
            del result[at:at + rng.randrange(1, 20)]
        elif way == 3:
            result[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif way == 4:
            result[at:at + 4] = struct.pack("<I", rng.choice((0, 1, 2**31 - 1, 2**32 - 1, 2**31, 2**20)))
        elif way == 5:
            source, count = rng.randrange(len(result)), rng.randrange(1, 60)
            result[at:at + count] = result[source:source + count]
        elif rng.random() < 0.2:
            del result[at:]
        if not result:
            break
    return bytes(result)


def mutate_record(data: bytes, rng: random.Random) -> bytes:
    """The archive with its pickle mutated, and the checksums right."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(target, "w") as other:
        for name in archive.namelist():
            record = archive.read(name)
            other.writestr(name, mutate(record, rng) if name.endswith("data.pkl") else record)
    return target.getvalue()


def try_to_load(data: bytes, weights_only: bool) -> bool:
    """Whether the data load; else the error is one of the clear ones, or PyTorch's for a device that does not exist."""
    try:
        s.load(io.BytesIO(data), weights_only=weights_only)
    except CLEAR as error:
        assert str(error)
    except RuntimeError as error:
        assert "don't know how to restore data location" in str(error) or "CUDA device" in str(error) or "mps" in str(error)
    else:
        return True
    return False


@pytest.mark.parametrize("options", [{}, {"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}], ids=["zip", "zip 4", "old"])
def test_mutated_checkpoints(options):
    rng, data = random.Random(1), saved(content(), **options)
    for i in range(ROUNDS):
        changed = mutate_record(data, rng) if i % 3 and data[:2] == b"PK" else mutate(data, rng)
        try_to_load(changed, weights_only=bool(i % 2))
        try:
            str(s.inspect(io.BytesIO(changed)))
        except CLEAR as error:
            assert str(error)


def test_mutated_safetensors():
    rng, data = random.Random(2), s.safetensors.save({"a": flambeau.ones(20), "b": flambeau.ones(3, 4, dtype=flambeau.bfloat16)})
    for _ in range(ROUNDS):
        try:
            s.safetensors.load(mutate(data, rng))
        except s.CheckpointError as error:
            assert "safetensors" in str(error) or "dtype" in str(error)


@pytest.mark.parametrize("compressed", [False, True])
def test_mutated_npz(compressed):
    buffer = io.BytesIO()
    s.save_npz(buffer, {"a": flambeau.ones(20), "b": flambeau.ones(3, 4, dtype=flambeau.bfloat16)}, compressed=compressed)
    rng = random.Random(3)
    for _ in range(ROUNDS):
        try:
            s.load_npz(io.BytesIO(mutate(buffer.getvalue(), rng)))
        except s.CheckpointError as error:
            assert "npz" in str(error) or "array" in str(error)
