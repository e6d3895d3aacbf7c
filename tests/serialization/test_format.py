"""The zip file itself: its records, their places, what other zip tools make of it, and how it is mapped."""
import io
import mmap
import zipfile

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s


def saved(obj, **options) -> bytes:
    buffer = io.BytesIO()
    s.save(obj, buffer, **options)
    return buffer.getvalue()


def test_records_and_alignment():
    data = saved({"a": flambeau.ones(3), "b": flambeau.ones(5, dtype=flambeau.int8), "c": flambeau.empty(0)})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [name.removeprefix("archive/") for name in archive.namelist()] == [
            "data.pkl", ".format_version", ".storage_alignment", "byteorder", "data/0", "data/1", "data/2", "version",
            ".data/serialization_id"]
        assert archive.read("archive/version") == b"3\n" and archive.read("archive/byteorder") in (b"little", b"big")
        assert archive.read("archive/data/0") == np.ones(3, np.float32).tobytes()
        for entry in archive.infolist():
            name, extra = (int.from_bytes(data[entry.header_offset + at:entry.header_offset + at + 2], "little") for at in (26, 28))
            assert (entry.header_offset + 30 + name + extra) % 64 == 0
            assert entry.compress_type == zipfile.ZIP_STORED


def test_without_byte_order_record():
    data = saved(flambeau.ones(2), _disable_byteorder_record=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert "archive/byteorder" not in archive.namelist()
    assert s.load(io.BytesIO(data)).tolist() == [1, 1]
    s.set_default_load_endianness(s.LoadEndianness.BIG)
    try:
        assert s.load(io.BytesIO(data)).view(flambeau.uint8).tolist() == [63, 128, 0, 0] * 2 or not np.little_endian
    finally:
        s.set_default_load_endianness(None)
    with pytest.raises(TypeError, match="LoadEndianness"):
        s.set_default_load_endianness("big")


def test_packed_by_another_tool():
    data, packed = saved({"x": flambeau.zeros(1000)}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as other:
        for name in archive.namelist():
            other.writestr(name.replace("archive/", "model/"), archive.read(name))
    assert len(packed.getvalue()) < 2500
    packed.seek(0)
    assert s.load(packed)["x"].tolist() == [0] * 1000


def test_checksums_can_be_left_out():
    s.set_crc32_options(False)
    try:
        data = saved(flambeau.ones(2))
    finally:
        s.set_crc32_options(True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.getinfo("archive/data/0").CRC == 0
    assert s.load(io.BytesIO(data)).tolist() == [1, 1]


def test_damage_to_the_numbers_is_noticed():
    data = bytearray(saved(flambeau.full((1000,), 3.0)))
    data[data.index(np.float32(3).tobytes() * 3) + 100] ^= 1
    with pytest.raises(s.CheckpointError, match="data/0 .*checksum"):
        s.load(io.BytesIO(data))


def test_the_directory_of_a_file_beyond_four_gigabytes(monkeypatch):
    from flambeau.serialization import archive
    monkeypatch.setattr(archive, "_LIMIT", 5000)  # so that a small file has large offsets and sizes
    target = io.BytesIO()
    writer = archive.ArchiveWriter(target)
    records = {"a": b"x" * 10, "b": b"y" * 6000, "c": b"z" * 10, "d": b""}
    for name, data in records.items():
        writer.write(name, data)
    writer.close()
    data = target.getvalue()
    monkeypatch.undo()
    for entry in range(data.count(b"PK\x01\x02")):  # zipfile takes the wide fields only where the narrow ones are at 2**32 - 1
        at = [i for i in range(len(data)) if data.startswith(b"PK\x01\x02", i)][entry]
        for field in (20, 24, 42):
            if data[at + field:at + field + 4] == (5000).to_bytes(4, "little"):
                data = data[:at + field] + b"\xff\xff\xff\xff" + data[at + field + 4:]
    tail = data.index(b"PK\x05\x06")
    data = data[:tail + 16] + b"\xff\xff\xff\xff" + data[tail + 20:]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name, content in records.items():
            assert archive.read(f"archive/{name}") == content


@pytest.mark.parametrize("flags", [mmap.MAP_PRIVATE, mmap.MAP_SHARED])
def test_mapping(tmp_path, flags):
    path = tmp_path / "x.pt"
    objects = {"x": flambeau.arange(6.0), "bool": flambeau.tensor([True, False]), "bf": flambeau.ones(3, dtype=flambeau.bfloat16),
               "c": flambeau.tensor([1 + 2j]), "none": flambeau.empty(0)}
    objects["view"] = objects["x"][1:3]
    s.save(objects, path)
    with s.set_default_mmap_options(flags):
        loaded = s.load(path, mmap=True)
    assert s.get_default_mmap_options() == mmap.MAP_PRIVATE
    assert {k: v.tolist() for k, v in loaded.items()} == {k: v.tolist() for k, v in objects.items()}
    loaded["x"][1] = 50.0
    assert loaded["view"].tolist() == [50, 2]
    del loaded
    assert s.load(path, mmap=True)["x"].tolist() == [0, 50 if flags == mmap.MAP_SHARED else 1, 2, 3, 4, 5]
    if flags == mmap.MAP_SHARED:  # the checksums are those of what was saved
        with pytest.raises(s.CheckpointError, match="checksum.*mmap=True"):
            s.load(path)


def test_mapping_outlives_a_new_save(tmp_path):
    path = tmp_path / "x.pt"
    s.save(flambeau.ones(1000), path)
    mapped = s.load(path, mmap=True)
    s.save(flambeau.zeros(1000), path)
    assert mapped.sum().item() == 1000 and s.load(path).sum().item() == 0


def test_what_cannot_be_mapped(tmp_path):
    path = tmp_path / "old.pt"
    s.save(flambeau.ones(1), path, _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="mmap can only be used with files of the zip format"):
        s.load(path, mmap=True)
    with pytest.raises(ValueError, match="must be a file path"):
        s.load(io.BytesIO(saved(1)), mmap=True)
    with pytest.raises(ValueError, match="MAP_PRIVATE or mmap.MAP_SHARED"):
        s.set_default_mmap_options(17)


def test_map_location():
    data = saved([flambeau.ones(2), flambeau.zeros(3)])

    def load(where):
        return s.load(io.BytesIO(data), map_location=where)

    for where in ("cpu", b"cpu", flambeau.device("cpu"), {"cpu": "cpu"}, {}, {"cuda:0": "cpu"}, None):
        assert load(where)[0].tolist() == [1, 1]
    seen = []
    assert load(lambda storage, tag: seen.append((storage.nbytes(), tag)))[1].tolist() == [0, 0, 0]
    assert seen == [(8, "cpu"), (12, "cpu")]
    assert load(lambda storage, tag: storage)[0].tolist() == [1, 1]
    assert load(lambda storage, tag: s.default_restore_location(storage, "cpu"))[0].tolist() == [1, 1]
    a, b = load("meta")
    assert a.device.type == b.device.type == "meta" and b.shape == (3,)
    with pytest.raises(RuntimeError, match="don't know how to restore data location"):
        load("nowhere")
    with pytest.raises(TypeError, match="map_location.*not callable"):
        load(5)
    with pytest.raises(ZeroDivisionError):
        load(lambda storage, tag: 1 / 0)


@pytest.mark.skipif(flambeau.cuda.is_available(), reason="tells what happens without a GPU")
def test_a_file_from_a_gpu():
    with zipfile.ZipFile(io.BytesIO(saved(flambeau.ones(2)))) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    records["archive/data.pkl"] = records["archive/data.pkl"].replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in records.items():
            archive.writestr(name, data)
    for where in ("cpu", {"cuda:0": "cpu"}, lambda storage, tag: storage):
        target.seek(0)
        assert s.load(target, map_location=where).tolist() == [1, 1]
    target.seek(0)
    with pytest.raises(RuntimeError, match="CUDA device but torch.cuda.is_available.. is False.*map_location='cpu'"):
        s.load(target)
