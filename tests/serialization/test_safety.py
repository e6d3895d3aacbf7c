"""Loading runs nothing: what a file may name, call and fill, with weights_only and without."""
import _codecs
import argparse
import collections
import contextlib
import datetime
import decimal
import enum
import functools
import io
import os
import pathlib
import pickle
import subprocess
import sys
import types
import uuid
import zipfile

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s
from flambeau import nn

ran = []


def spy(*args):
    ran.append(args)


class Calls:
    """An object whose pickle asks for a call."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


class Plain:
    x = 1


class WithInit:
    def __init__(self):
        spy("init")


class Filled:
    def __init__(self):
        self.a, self.b = 1, [flambeau.ones(2)]


class Slots:
    __slots__ = ("a", "b")


class OwnState:
    def __getstate__(self):
        return {"kept": 5}

    def __setstate__(self, state):
        self.got = state


class Fails:
    def __setstate__(self, state):
        raise KeyError("mine")

    def __getstate__(self):
        return 1


class SaysHow:
    def __init__(self, a):
        self.a = a

    def __reduce__(self):
        return SaysHow, (self.a,)


class Dict(dict):
    pass


class List(list):
    pass


class Colour(enum.Enum):
    RED = 1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)
        self.norm = functools.partial(nn.LayerNorm, eps=1e-6)
        self.act = nn.functional.relu

    def forward(self, x):
        return self.act(self.layer(x))


Point = collections.namedtuple("Point", "x y")


def saved(obj, **options) -> io.BytesIO:
    buffer = io.BytesIO()
    s.save(obj, buffer, **options)
    buffer.seek(0)
    return buffer


def raw(pickled: bytes, **records: bytes) -> io.BytesIO:
    """A checkpoint with this pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/data.pkl", pickled)
        for name, data in records.items():
            archive.writestr(f"a/data/{name}", data)
    buffer.seek(0)
    return buffer


@pytest.fixture(autouse=True)
def clean():
    ran.clear()
    before = s.get_safe_globals()
    yield
    assert not ran, "a file has run something"
    assert s.get_safe_globals() == before


ATTACKS = {
    "print": (print, "x"), "eval": (eval, "1"), "exec": (exec, "1"), "system": (os.system, "true"), "Popen": (subprocess.Popen, "true"),
    "getattr": (getattr, 1, "real"), "import": (__import__, "antigravity"), "open": (open, "x", "w"), "type": (type, "X", (), {}),
    "own function": (spy, "x"), "partial": (functools.partial, os.system, "ls"), "module": (nn.Linear, 2, 2), "load": (s.load, "x"),
    "unlink": (os.unlink, "x"), "class": (WithInit,), "map": (map, spy, [1]), "huge bytearray": (bytearray, 10**12),
    "tensor": (flambeau.Tensor, 10**3), "empty": (flambeau.empty, 10**12), "codec": (_codecs.encode, "x", "zip"),
    "setattr": (setattr, Plain, "x", 2), "set of range": (set, range(10**7)), "huge range": (range, 10**9),
    "compile": (compile, "1", "", "eval"),
}


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_call_is_made(attack, weights_only, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError):
        s.load(saved(Calls(*ATTACKS[attack])), weights_only=weights_only)
    assert os.listdir(tmp_path) == [] and Plain.x == 1


def test_calls_in_every_format():
    for options in ({}, {"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}):
        for weights_only in (True, False):
            with pytest.raises(pickle.UnpicklingError):
                s.load(saved([flambeau.ones(2), Calls(spy)], **options), weights_only=weights_only)


@pytest.mark.parametrize("obj", [Plain(), WithInit.__new__(WithInit), Net(), Colour.RED, Point(1, 2), Dict(a=1), collections.deque([1]),
                                 collections.defaultdict(list), pathlib.Path("a"), datetime.date(2020, 1, 1), range(3), nn.Linear(1, 1),
                                 {"deep": [Plain()]}, functools.partial(Plain), spy, Plain], ids=lambda o: type(o).__name__)
def test_weights_only_refuses_classes(obj):
    with pytest.raises(pickle.UnpicklingError, match="weights_only") as caught:
        s.load(saved(obj))
    assert not isinstance(caught.value, s.CheckpointError)
    assert "add_safe_globals([" in str(caught.value) and "buffer" in str(caught.value) and "\n" not in str(caught.value)


def test_refusals_name_the_class_and_the_file(tmp_path):
    s.save(Plain(), tmp_path / "x.pt")
    with pytest.raises(pickle.UnpicklingError, match=r"Plain in '.*x\.pt' is not data.*add_safe_globals\(\[.*Plain\]\)"):
        s.load(tmp_path / "x.pt")
    with pytest.raises(pickle.UnpicklingError, match=r"add_safe_globals\(\[flambeau\.nn\.Linear\]\)"):
        s.load(saved(nn.Linear(1, 1)))
    with pytest.raises(pickle.UnpicklingError, match="may be an attack"):
        s.load(saved(Calls(eval, "1")))


def test_allowed_classes():
    with s.safe_globals([Filled]):
        assert Filled in s.get_safe_globals()
        assert s.load(saved(Filled())).b[0].tolist() == [1, 1]
    with pytest.raises(pickle.UnpicklingError):
        s.load(saved(Filled()))
    s.add_safe_globals([Point, (Plain, "elsewhere.Ordinary")])
    try:
        assert s.load(saved(Point(1, flambeau.ones(1)))).x == 1
        assert s.load(raw(b"\x80\x02celsewhere\nOrdinary\n)\x81.")).x == 1
        assert s.get_safe_globals() == [Point, (Plain, "elsewhere.Ordinary")]
        with s.safe_globals([Point, Colour]):
            assert s.load(saved([Colour.RED, Point(1, 2)]))[0] is Colour.RED
        assert s.get_safe_globals() == [Point, (Plain, "elsewhere.Ordinary")]
    finally:
        s.clear_safe_globals()
    with s.safe_globals([os.system, sys.exit]), pytest.raises(pickle.UnpicklingError):
        s.load(saved(Calls(os.system, "true")))  # some modules are blocked whatever is allowed
    for wrong in (5, "Plain", (Plain,), (Plain, 5)):
        with pytest.raises((TypeError, ValueError)):
            s.add_safe_globals([wrong])


def test_whole_modules_when_allowed():
    net, x = Net(), flambeau.ones(1, 2)
    with s.safe_globals([Net, nn.Linear, nn.LayerNorm, functools.partial, nn.functional.relu, set]):
        loaded = s.load(saved(net))
    assert flambeau.equal(loaded(x), net(x)) and loaded.norm.keywords == {"eps": 1e-6}


def test_programs_classes_without_weights_only():
    def load(obj):
        return s.load(saved(obj), weights_only=False)

    assert load(Plain()).x == 1
    WithInit.made = load(WithInit.__new__(WithInit))
    assert load(Filled()).b[0].tolist() == [1, 1]
    slots = Slots()
    slots.a, slots.b = 1, flambeau.ones(1)
    assert load(slots).a == 1 and load(slots).b.item() == 1
    assert load(OwnState()).got == {"kept": 5}
    assert load(SaysHow(7)).a == 7
    assert load(Dict(a=1)) == {"a": 1} and type(load(Dict(a=1))) is Dict
    assert load(List([1, 2])) == [1, 2] and type(load(List())) is List
    assert load(Colour.RED) is Colour.RED and load(Point(1, 2)) == Point(1, 2)
    net = Net()
    assert flambeau.equal(load(net)(flambeau.ones(1, 2)), net(flambeau.ones(1, 2)))
    optimizer = flambeau.optim.SGD(net.parameters(), lr=0.5)
    assert load(optimizer).param_groups[0]["lr"] == 0.5
    with pytest.raises(KeyError, match="mine"):  # an error of the program's own code stays what it is
        load(Fails())


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
def test_values_of_the_standard_library_without_weights_only(protocol):
    objects = [pathlib.PurePosixPath("a/b"), datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC), datetime.timedelta(3),
               collections.deque([1, 2], 3), collections.defaultdict(list, {1: [2]}), types.SimpleNamespace(a=1), argparse.Namespace(b=2),
               decimal.Decimal("1.50"), uuid.UUID(int=5), range(3), slice(1, 2), np.float32(3), complex(1, 2)]
    loaded = s.load(saved(objects, pickle_protocol=protocol), weights_only=False)
    assert loaded[0] == pathlib.Path("a/b") and loaded[1:] == objects[1:]
    assert loaded[4]["new"] == [] and loaded[3].maxlen == 3


def test_modules_that_are_not_imported_stay_so():
    with pytest.raises(pickle.UnpicklingError, match="import antigravity"):
        s.load(raw(b"\x80\x02cantigravity\nThing\n)\x81."), weights_only=False)
    assert "antigravity" not in sys.modules
    with pytest.raises(pickle.UnpicklingError, match="nothing of that name"):
        s.load(raw(b"\x80\x02cnumpy\nNoSuchThing\n)\x81."), weights_only=False)


@pytest.mark.parametrize("name", [b"subprocess\nPopen", b"tempfile\n_TemporaryFileCloser", b"weakref\nfinalize", b"builtins\ntype",
                                  b"torch.core.storage\nStorage", b"torch\nload", b"torch.serialization\nload", b"torch\nos",
                                  b"torch.nn\nF", b"io\nFileIO", b"threading\nThread", b"torch.nn.init\nmath", b"torch.hub\nload",
                                  b"abc\nABCMeta"
])
def test_names_that_are_never_classes_of_data(name):
    for weights_only in (True, False):
        with pytest.raises(pickle.UnpicklingError):
            s.load(raw(b"\x80\x02c" + name + b"\n)\x81}b."), weights_only=weights_only)


def test_classes_reached_through_another_module():
    module = types.ModuleType("has_popen")
    module.Popen, module.os, module.Plain = subprocess.Popen, os, Plain
    sys.modules["has_popen"] = module
    try:
        for name in (b"Popen", b"os.system", b"os.path", b"Plain.__init__", b"Plain.__class__", b"__dict__"):
            with pytest.raises(pickle.UnpicklingError):
                s.load(raw(b"\x80\x04\x8c\x09has_popen\x8c" + bytes([len(name)]) + name + b"\x93)\x81."), weights_only=False)
        assert type(s.load(raw(b"\x80\x02chas_popen\nPlain\n)\x81."), weights_only=False)) is Plain
    finally:
        del sys.modules["has_popen"]


def test_classes_themselves_cannot_be_changed():
    home = Plain.__module__.encode()
    for state in (b"}X\x01\x00\x00\x00xK\x05s", b"N}X\x01\x00\x00\x00xK\x05s\x86"):
        for obj in (b"c" + home + b"\nPlain\n", b"c" + home + b"\nColour\nK\x01\x85R"):
            with pytest.raises(pickle.UnpicklingError):
                s.load(raw(b"\x80\x02" + obj + state + b"b."), weights_only=False)
    assert Plain.x == 1 and not hasattr(Colour.RED, "x")


def tensor_pickle(offset=b"K\x00", size=b"K\x04\x85", stride=b"K\x01\x85", count=b"K\x04", kind=b"FloatStorage", rest=b"", key=b"0"):
    """The pickle of a tensor on storage "0", with parts to be replaced."""
    return (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\n" + kind + b"\nX\x01\x00\x00\x00" + key
            + b"X\x03\x00\x00\x00cpu" + count + b"tQ" + offset + size + stride + b"\x89ccollections\nOrderedDict\n)R" + rest + b"tR.")


def test_tensors_stay_inside_their_storage():
    numbers = np.arange(4, dtype=np.float32).tobytes()
    large = b"\x8a\x09" + (2**63).to_bytes(9, "little")
    assert s.load(raw(tensor_pickle(), **{"0": numbers})).tolist() == [0, 1, 2, 3]
    assert s.load(raw(tensor_pickle(rest=b"}"), **{"0": numbers})).tolist() == [0, 1, 2, 3]
    wrong = [{"offset": b"K\x01"},
             {"offset": b"J\xff\xff\xff\xff"}, {"size": b"K\x05\x85"}, {"stride": b"K\x02\x85"}, {"offset": large},
             {"stride": b"J\xff\xff\xff\xff\x85"}, {"size": b"J\xff\xff\xff\xff\x85"}, {"size": b"K\x02K\x02\x86"},
             {"count": b"K\x05"}, {"count": large}, {"count": b"J\xff\xff\xff\xff"}, {"kind": b"DoubleStorage"},
             {"size": large + large + b"\x86"}, {"key": b"1"},
             {"size": large + b"\x85", "stride": b"K\x00\x85"}, {"size": b"G?\xf0\x00\x00\x00\x00\x00\x00\x85"}, {"offset": b"N"},
             {"size": b"X\x01\x00\x00\x00a\x85"}, {"rest": b"}X\x01\x00\x00\x00aK\x01s"}, {"size": b"K\x04"}, {"stride": b"]"}]
    for parts in wrong:
        with pytest.raises(s.CheckpointError):
            s.load(raw(tensor_pickle(**parts), **{"0": numbers}))


OWN_ATTRIBUTES = {"data", "grad_fn", "__class__", "__dict__", "backward", "requires_grad", *getattr(flambeau.Tensor, "__annotations__", ())}


@pytest.mark.parametrize("name", sorted(OWN_ATTRIBUTES - {"_is_param"}))
def test_a_file_sets_no_attribute_that_is_the_tensors_own(name):
    x = flambeau.ones(2)
    x.mine = 1
    data = saved(x).getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        pickled, numbers = archive.read("archive/data.pkl"), archive.read("archive/data/0")
    changed = pickled.replace(b"X\x04\x00\x00\x00mine", b"X" + len(name).to_bytes(4, "little") + name.encode())
    assert s.load(raw(pickled, **{"0": numbers})).mine == 1
    with pytest.raises(s.CheckpointError, match="not a file's to set|has no"):
        s.load(raw(changed, **{"0": numbers}))


def test_a_dict_cannot_hide_its_methods():
    for name in (b"items", b"__class__", b"keys"):
        pickled = b"\x80\x02ccollections\nOrderedDict\n)R}X" + len(name).to_bytes(4, "little") + name + b"K\x01sb."
        with pytest.raises(s.CheckpointError, match="hide"):
            s.load(raw(pickled))


def test_keys_that_would_take_for_ever_to_hash():
    doubled = b"\x80\x02}(" + b")" + b"q\x00h\x00\x86" + b"q\x01h\x01\x86" * 60 + b"K\x01u."
    with pytest.raises(s.CheckpointError, match="parts"):
        s.load(raw(doubled))
    deep = b"\x80\x02}(" + b")" + b"\x85" * 200_000 + b"K\x01u."
    with pytest.raises(s.CheckpointError, match="parts"):
        s.load(raw(deep))
    with pytest.raises(s.CheckpointError):
        s.load(raw(b"\x80\x02}(]K\x01u."))


def test_deep_nesting_is_only_deep():
    value = s.load(raw(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."))
    depth = 0
    while value:
        value, depth = value[0], depth + 1
    assert depth == 99_999


@pytest.mark.parametrize("opcodes", [
    b"r\xff\xff\xff\x7f.", b"\x8d" + b"\xff" * 8, b"X\xff\xff\xff\x7f", b"\x8b\xff\xff\xff\x7f",
    b"B\xff\xff\xff\xffx", b"T\xff\xff\xff\xff", b"T\x00\x00\x00\x80", b"\x96" + b"\xff" * 8, b"I" + b"9" * 5000 + b"\n.", b"h\x05.",
    b"0.", b"e.", b"u.", b"t.", b"R.", b"b.", b"K\x01K\x02R.", b"K\x01K\x02b.", b"\x81.", b"K\x01K\x01\x81.", b"}K\x01a.", b"](K\x01u.",
    b"}(K\x01u.", b"(i__main__\nx\n.", b"\x82\x01.", b"\x84\x01\x00\x00\x00.", b"\x97.", b"\x98.", b"Px\n.", b"K\x01Q.",
    b"(K\x01K\x02tQ.", b"cx\ny", b"c\n\n.", b"Fx\n.", b"S'a\n.", b"\xff.", b"g5\n.", b"V\\u12\n.", b"X\x01\x00\x00\x00\xff.", b"", b"K",
    b"p-1\n.", b"\x93.", b"K\x01K\x01\x93.", b"\x92.", b"\x90.", b"2.", b"1.",
])
def test_malformed_pickles(opcodes):
    for weights_only in (True, False):
        with pytest.raises((s.CheckpointError, EOFError, pickle.UnpicklingError)):
            s.load(raw(b"\x80\x02" + opcodes), weights_only=weights_only)
    with contextlib.suppress(s.CheckpointError, EOFError, pickle.UnpicklingError):  # or it gives what sense there is
        assert str(s.inspect(raw(b"\x80\x02" + opcodes)))


def test_large_numbers_in_the_memo_take_no_memory():
    assert s.load(raw(b"\x80\x02K\x01r\xff\xff\xff\xffr\xff\xff\xff\x7f0j\xff\xff\xff\xff.")) == 1


def test_environment_variables(monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.warns(UserWarning, match="TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        assert s.load(saved(Plain())).x == 1
    with pytest.raises(pickle.UnpicklingError):
        s.load(saved(Plain()), weights_only=True)
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "yes")
    with pytest.raises(RuntimeError, match="both were set"):
        s.load(saved(1))
    monkeypatch.delenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    with pytest.raises(pickle.UnpicklingError):
        s.load(saved(Plain()), weights_only=False)


def test_other_arguments():
    with pytest.raises(RuntimeError, match="explicit pickle_module"):
        s.load(saved(1), pickle_module=pickle, weights_only=True)
    assert s.load(saved(1), pickle_module=pickle) == 1
    with pytest.raises(ValueError, match="pickle_module"):
        s.load(saved(1), pickle_module=io)
    with pytest.warns(UserWarning, match="pickle_load_args"):
        assert s.load(saved(1), encoding="latin1") == 1
    with pytest.raises(TypeError, match="colour"):
        s.load(saved(1), colour="red")


def test_the_names_that_a_file_would_need():
    assert s.get_unsafe_globals_in_checkpoint(saved({"x": flambeau.ones(1), "n": collections.OrderedDict()})) == []
    names = s.get_unsafe_globals_in_checkpoint(saved([Plain(), Calls(eval, "1")]))
    assert names == sorted([f"{Plain.__module__}.Plain", "builtins.eval"])
    with s.safe_globals([Plain]):
        assert s.get_unsafe_globals_in_checkpoint(saved(Plain())) == []
