"""What goes into a checkpoint comes out again: values, dtypes, sharing, identity."""
import io
import math
import pickle
from collections import Counter, OrderedDict

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
FORMATS = [{}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 1}, {"pickle_protocol": 4}, {"pickle_protocol": 5},
           {"_use_new_zipfile_serialization": False, "pickle_protocol": 4}]


def roundtrip(obj, save=None, **load):
    buffer = io.BytesIO()
    s.save(obj, buffer, **(save or {}))
    buffer.seek(0)
    return s.load(buffer, **load)


def sample(dtype: str):
    numbers = flambeau.tensor([0.0, 1.0, 2.0, 100.0, 3.0, 5.0])
    if dtype.startswith("complex"):
        numbers = numbers * (2 - 1j)
    return numbers.to(getattr(flambeau, dtype)).reshape(2, 3)


@pytest.mark.parametrize("save", FORMATS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_in_every_format(dtype, save):
    x = sample(dtype)
    y = roundtrip(x, save)
    assert y.dtype is x.dtype and y.shape == x.shape and y.tolist() == x.tolist() and not y.requires_grad


def test_special_values_keep_their_bits():
    x = flambeau.tensor([math.nan, math.inf, -math.inf, -0.0, 1e-45], dtype=flambeau.float32)
    assert roundtrip(x).view(flambeau.int32).tolist() == x.view(flambeau.int32).tolist()


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (2, 0, 4), (1,), (1, 1)])
def test_shapes_without_or_with_few_elements(shape):
    y = roundtrip(flambeau.ones(shape))
    assert y.shape == shape and y.tolist() == flambeau.ones(shape).tolist()


@pytest.mark.parametrize("save", FORMATS, ids=str)
def test_views_share_their_storage_after_loading(save):
    x = flambeau.arange(6.0)
    objects = {"x": x, "slice": x[2:4], "transposed": x.view(2, 3).t(), "expanded": x[:1].expand(3), "again": x}
    loaded = roundtrip(objects, save)
    loaded["x"][2] = 99
    assert loaded["slice"].tolist() == [99, 3] and loaded["slice"].storage_offset() == 2
    assert loaded["transposed"].tolist() == [[0, 3], [1, 4], [99, 5]] and loaded["transposed"].stride() == (1, 3)
    assert loaded["expanded"].stride() == (0,)
    assert loaded["again"] is loaded["x"]
    assert x.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_view_alone_brings_its_storage():
    y = roundtrip(flambeau.arange(10.0)[4:6])
    assert y.tolist() == [4, 5] and y.storage_offset() == 4 and y.untyped_storage().nbytes() == 40


def test_loaded_tensors_are_no_views():
    x, y = roundtrip([flambeau.ones(3), flambeau.ones(4)[1:]])
    assert not x._is_view() and not y._is_view()
    y.requires_grad_()
    with flambeau.no_grad():
        y.add_(1)
    assert y.tolist() == [2, 2, 2]


def test_storages_of_different_dtypes_stay_apart():
    x = flambeau.ones(4)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        s.save([x, x.view(flambeau.int32)], io.BytesIO())


def test_gradients_are_not_saved_but_the_wish_for_them_is():
    w = flambeau.ones(2, requires_grad=True)
    (w * 2).sum().backward()
    loaded, product = roundtrip([w, w * 2])
    assert loaded.requires_grad and loaded.grad is None and loaded.is_leaf
    assert product.requires_grad and product.is_leaf and product.grad_fn is None


def test_what_autograd_hangs_on_a_tensor_stays_out_of_the_file():
    w = flambeau.ones(2, requires_grad=True)
    w.register_hook(lambda g: g)
    w.register_post_accumulate_grad_hook(lambda t: None)
    y = w * 2
    y.retain_grad()
    y.sum().backward()
    w.note = "kept"
    loaded, product = roundtrip([w, y])
    assert loaded.note == "kept" and loaded.grad is None and product.tolist() == [2, 2]
    (loaded * 3).sum().backward()
    assert loaded.grad.tolist() == [3, 3]


def test_parameters():
    p = flambeau.nn.Parameter(flambeau.zeros(2), requires_grad=False)
    shared = flambeau.nn.Parameter(flambeau.ones(3))
    q, a, b = roundtrip([p, shared, shared])
    assert type(q) is flambeau.nn.Parameter and not q.requires_grad
    assert a is b and a.requires_grad and type(a) is flambeau.nn.Parameter


def test_attributes_of_tensors():
    x, p = flambeau.ones(2), flambeau.nn.Parameter(flambeau.ones(2))
    x.label, p.decay = "first", 0.5
    y, q = roundtrip([x, p])
    assert y.label == "first" and q.decay == 0.5 and type(q) is flambeau.nn.Parameter and type(y) is flambeau.Tensor


@pytest.mark.parametrize("save", FORMATS, ids=str)
def test_plain_objects(save):
    objects = {
        "none": None, "yes": True, "no": False, "int": -7, "large": 10**40, "negative": -(10**30), "float": 2.5, "complex": 1 - 2j,
        "text": "grüße\n\u2028" + "x" * 300, "bytes": b"\x00\xff" * 200, "no bytes": b"", "bytearray": bytearray(b"ab"),
        "list": [1, [2, []]],
        "tuple": (1,), "pair": (1, 2), "four": (1, 2, 3, 4), "empty": (), "set": {1, (2, "x")}, "frozenset": frozenset("ab"),
        "counter": Counter("aab"), "ordered": OrderedDict(b=1, a=2), 3: "int key", (1, "k"): "tuple key", "dict": {},
    }
    loaded = roundtrip(objects, save)
    assert loaded == objects and list(loaded) == list(objects)
    assert {k: type(v) for k, v in loaded.items()} == {k: type(v) for k, v in objects.items()}


def test_objects_of_flambeau():
    objects = [flambeau.Size([1, 2]), flambeau.float32, flambeau.device("cpu"), flambeau.device("cuda", 1), flambeau.strided]
    size, dtype, bare, indexed, layout = roundtrip(objects)
    assert type(size) is flambeau.Size and size == (1, 2)
    assert dtype is flambeau.float32 and layout is flambeau.strided
    assert bare == flambeau.device("cpu") and indexed == flambeau.device("cuda:1")


def test_repeated_and_cyclic_objects():
    inner, loop = [1], []
    loop.append(loop)
    a, b, c = roundtrip([inner, inner, loop])
    assert a is b and c[0] is c


def test_state_dicts_keep_their_metadata():
    state = flambeau.nn.Linear(2, 3).state_dict()
    loaded = roundtrip(state)
    assert type(loaded) is OrderedDict and loaded._metadata == state._metadata and list(loaded) == ["weight", "bias"]


def test_a_checkpoint_of_a_training():
    model = flambeau.nn.Sequential(flambeau.nn.Linear(3, 4), flambeau.nn.ReLU(), flambeau.nn.Linear(4, 1))
    optimizer = flambeau.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    x = flambeau.arange(6.0).reshape(2, 3)
    model(x).sum().backward()
    optimizer.step()
    loaded = roundtrip({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3})
    other = flambeau.nn.Sequential(flambeau.nn.Linear(3, 4), flambeau.nn.ReLU(), flambeau.nn.Linear(4, 1))
    other.load_state_dict(loaded["model"])
    assert flambeau.equal(other(x), model(x)) and loaded["epoch"] == 3
    assert loaded["optimizer"]["param_groups"] == optimizer.state_dict()["param_groups"]
    momentum, saved = loaded["optimizer"]["state"][0]["momentum_buffer"], optimizer.state_dict()["state"][0]["momentum_buffer"]
    assert flambeau.equal(momentum, saved)


def test_meta_tensors():
    y = roundtrip(flambeau.empty(2, 3, device="meta"))
    assert y.device.type == "meta" and y.shape == (2, 3)


def test_bare_storages():
    storage = roundtrip(flambeau.arange(3, dtype=flambeau.uint8).untyped_storage())
    assert storage.tolist() == [0, 1, 2] and storage.nbytes() == 3
    assert roundtrip(storage).tolist() == [0, 1, 2]


def test_many_objects_in_one_stream_of_the_old_format():
    buffer = io.BytesIO(b"head")
    buffer.seek(4)
    for i in range(3):
        s.save({"i": i, "x": flambeau.full((i + 1,), i)}, buffer, _use_new_zipfile_serialization=False)
    buffer.seek(4)
    assert [s.load(buffer)["x"].tolist() for _ in range(3)] == [[0], [1, 1], [2, 2, 2]]


def test_a_checkpoint_behind_other_bytes():
    buffer = io.BytesIO(b"some header")
    buffer.seek(0, io.SEEK_END)
    s.save(flambeau.ones(2), buffer)
    buffer.seek(len(b"some header"))
    assert s.load(buffer).tolist() == [1, 1]


def test_file_objects(tmp_path):
    path = tmp_path / "x.pt"
    with open(path, "wb") as f:
        s.save(flambeau.ones(2), f)
    with open(path, "wb", buffering=0) as f:
        s.save(flambeau.ones(3), f)
    with open(path, "rb") as f:
        assert s.load(f).tolist() == [1, 1, 1]

    class OnlyWrites:
        data = b""

        def write(self, piece):
            assert type(piece) is bytes
            self.data += piece

    target = OnlyWrites()
    s.save(flambeau.ones(4), target)
    assert s.load(io.BytesIO(target.data)).tolist() == [1, 1, 1, 1]


def test_the_same_object_gives_the_same_bytes():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        s.save({"x": flambeau.ones(3), "y": [1, 2]}, file)
    assert files[0].getvalue() == files[1].getvalue()


def test_strings_of_python_2():
    stream = b"\x80\x02}(U\x01aU\x02\xe9bX\x01\x00\x00\x00cI01\nu."
    buffer = io.BytesIO()
    for value in (0x1950A86A20F9469CFC6C, 1001, {}):
        buffer.write(pickle.dumps(value, protocol=2))
    buffer.write(stream + pickle.dumps([], protocol=2))
    old = buffer.getvalue()
    assert s.load(io.BytesIO(old), weights_only=False, encoding="latin1") == {"a": "éb", "c": True}
    assert s.load(io.BytesIO(old), weights_only=False, encoding="bytes") == {b"a": b"\xe9b", "c": True}
    with pytest.raises(s.CheckpointError, match="utf-8"):
        s.load(io.BytesIO(old))


def test_numpy_objects_need_to_be_allowed():
    objects = [np.float64(2.5), np.arange(6, dtype=">i4").reshape(2, 3), np.array(["ab", "c"]), np.dtype("f4"), np.eye(2, order="F"),
               np.array("2020-02-01", "M8[D]"), np.bool_(True), np.empty((0, 2))]
    loaded = roundtrip(objects, weights_only=False)
    for old, new in zip(pickle.loads(pickle.dumps(objects)), loaded, strict=True):
        assert type(new) is type(old) and np.array_equal(new, old) and getattr(new, "dtype", None) == getattr(old, "dtype", None)
    assert loaded[4].flags.f_contiguous
    for obj in objects:
        with pytest.raises(pickle.UnpicklingError, match="numpy.*add_safe_globals"):
            roundtrip(obj)
    with s.safe_globals([np._core.multiarray._reconstruct, np._core.multiarray.scalar, np.ndarray, np.dtype]):
        assert roundtrip(objects)[1].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_byte_order(monkeypatch):
    from flambeau.serialization import containers
    x = [flambeau.tensor([1.0, -2.5]), flambeau.tensor([1 + 2j]), flambeau.tensor([258], dtype=flambeau.int16), flambeau.tensor([True])]
    buffer = io.BytesIO()
    s.save(x, buffer)
    monkeypatch.setattr(containers.ZipContainer, "_byteorder", lambda self: "big")
    buffer.seek(0)
    swapped = s.load(buffer)
    assert swapped[2].tolist() == [513] and swapped[3].tolist() == [True]
    assert swapped[0].view(flambeau.uint8).tolist() == [63, 128, 0, 0, 192, 32, 0, 0]
    assert swapped[1].numpy().tobytes() == b"\x3f\x80\x00\x00\x40\x00\x00\x00"
