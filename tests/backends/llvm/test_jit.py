"""Kernels become addresses: compiled once, kept on disk, and nothing damaged is ever run."""
import ctypes
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from flambeau.backends.llvm import jit
from flambeau.backends.llvm.cache import SHARDS, Store, default_folder
from flambeau.backends.llvm.host import host, machine_with, runs_here
from flambeau.backends.llvm.ir import Function, Value
from flambeau.backends.llvm.kernel import Kernel
from flambeau.backends.llvm.objects import undefined

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The cache of this test alone; nothing is known in memory."""
    made = Store(tmp_path / "cache", 1 << 20)
    monkeypatch.setattr(jit, "_store", lambda: made)
    monkeypatch.setattr(jit, "_addresses", {})
    return made


def answer(number, key, seen=None):
    """A kernel that writes `number` into its first argument."""
    def emit(module, name, machine):
        if seen is not None:
            seen.append(name)
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        f.store(f.index(number), f.load("ptr", Value("ptr", "%arguments")))
        f.finish()
    return Kernel(f"test answer {key}", emit, ())


def ask(address):
    """What a kernel made by `answer` writes."""
    out = ctypes.c_int64()
    arguments = (ctypes.c_void_p * 1)(ctypes.addressof(out))
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(address)(arguments, 0, 1)
    return out.value


def entry(store):
    """The only file of a store."""
    found, = [p for p in store.folder.rglob("*") if p.is_file()]
    return found


def another_engine(monkeypatch):
    """As in another process: the engine that has these names already is forgotten."""
    engine = jit._engine.__wrapped__()
    monkeypatch.setattr(jit, "_engine", lambda: engine)


def test_a_kernel_is_compiled_once(store):
    seen = []
    first = jit.address(answer(42, "once", seen))
    assert ask(first) == 42 and jit.address(answer(42, "once", seen)) == first and len(seen) == 1


def test_what_is_on_disk_is_not_compiled_again(store, monkeypatch):
    seen = []
    kernels = [answer(k, f"disk {k}", seen) for k in range(5)]
    assert [ask(a) for a in jit.addresses(kernels)] == [0, 1, 2, 3, 4] and len(seen) == 5
    monkeypatch.setattr(jit, "_addresses", {})
    link, loaded = jit._link, []
    monkeypatch.setattr(jit, "_link", lambda code, *rest: loaded.append(code) or link(code, *rest))
    another_engine(monkeypatch)
    assert [ask(a) for a in jit.addresses(kernels)] == [0, 1, 2, 3, 4]
    assert len(seen) == 5 and len(loaded) == 5


@pytest.mark.parametrize("damage", [
    lambda data: b"", lambda data: data[:10], lambda data: data[:-1], lambda data: data + b"\0", lambda data: bytes(len(data)),
    lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:], lambda data: data[:20] + bytes([data[20] ^ 128]) + data[21:],
])
def test_damaged_files_are_ignored_and_written_anew(store, monkeypatch, damage):
    seen = []
    jit.address(answer(7, "damage", seen))
    path = entry(store)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert store.get(path.parent.name + path.name) is None
    monkeypatch.setattr(jit, "_addresses", {})
    another_engine(monkeypatch)
    assert ask(jit.address(answer(7, "damage", seen))) == 7 and len(seen) == 2
    assert path.read_bytes() == whole


def test_a_file_under_another_key_is_not_taken(store):
    store.put("aa" + "0" * 38, b"content")
    there = Path(store._path("aa" + "0" * 38))
    other = there.with_name("1" * 38)
    there.rename(other)
    assert store.get("aa" + "1" * 38) is None and store.get("aa" + "0" * 38) is None


def test_the_key_tells_descriptions_and_machines_apart():
    machines = [host(), machine_with(()), machine_with({"avx2"}), machine_with(host().features, "generic")]
    assert len({jit._key(text, m) for text in ("a", "b") for m in machines}) == 2 * len(set(machines))


def test_the_least_recently_used_goes_first(tmp_path):
    store = Store(tmp_path, 10_000 * SHARDS)
    keys = [f"aa{k:038d}" for k in range(12)]
    for age, key in enumerate(keys[:8]):
        store.put(key, bytes(1000))
        os.utime(store._path(key), (age * 10, age * 10))
    assert store.get(keys[0]) is not None               # used: it is young again
    for key in keys[8:]:
        store.put(key, bytes(1000))
    kept = [store.get(key) is not None for key in keys]
    assert kept[0] and not kept[1] and all(kept[5:])
    assert sum(p.stat().st_size for p in store.folder.rglob("*") if p.is_file()) <= 10_000


def test_what_is_too_large_for_the_limit_is_kept_alone(tmp_path):
    store = Store(tmp_path, 1000)
    for k in range(3):
        store.put(f"aa{k:038d}", bytes(5000))
    assert [store.get(f"aa{k:038d}") is not None for k in range(3)] == [False, False, True]


def test_abandoned_files_are_removed(tmp_path):
    store = Store(tmp_path, 1 << 20)
    store.put("aa" + "0" * 38, b"x")
    left = store.folder / "aa" / "something.1.2.tmp"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    store.put("aa" + "1" * 38, b"y")
    assert not left.exists()


def test_a_file_in_the_way_means_memory_only(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("not a folder")
    store = Store(tmp_path / "cache", 1 << 20)
    assert store.folder is None and store.trouble
    store.put("aa" + "0" * 38, b"x")
    assert store.get("aa" + "0" * 38) is None
    monkeypatch.setattr(jit, "_store", lambda: store)
    monkeypatch.setattr(jit, "_addresses", {})
    assert ask(jit.address(answer(5, "nowhere"))) == 5


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_folder_that_others_may_write_to_is_refused(tmp_path):
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects").chmod(0o777)
    store = Store(tmp_path, 1 << 20)
    assert store.folder is None and "others may write" in store.trouble


@pytest.mark.parametrize("told", ["", "off", "OFF"])
def test_the_cache_can_be_switched_off(monkeypatch, told):
    monkeypatch.setenv("FLAMBEAU_CACHE", told)
    assert default_folder() is None and Store(None, 1).get("aa" + "0" * 38) is None


def test_the_place_of_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("FLAMBEAU_CACHE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("FLAMBEAU_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert default_folder() == tmp_path / "flambeau"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_folder().parts[-3:] == ("Library", "Caches", "flambeau")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert default_folder() == tmp_path / "flambeau" / "Cache"


def test_threads_and_processes_may_write_at_once(tmp_path):
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from flambeau.backends.llvm.cache import Store
        store = Store(Path(sys.argv[1]), 1 << 30)
        for turn in range(40):
            for k in range(10):
                key = f"{k:040x}"
                store.put(key, key.encode() * 500)
                found = store.get(key)
                assert found == key.encode() * 500, (turn, k)
    """)
    processes = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], env=os.environ | {"PYTHONPATH": str(ROOT)}) for _ in range(3)]
    assert [p.wait(timeout=120) for p in processes] == [0, 0, 0]
    assert not list(tmp_path.rglob("*.tmp"))


def test_threads_compile_a_kernel_once(store):
    seen, found = [], []
    threads = [threading.Thread(target=lambda: found.append(jit.address(answer(3, "threads", seen)))) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(seen) == 1 and len(set(found)) == 1


def test_the_log_says_what_happens(tmp_path):
    program = textwrap.dedent("""
        from flambeau.backends.llvm import jit
        from flambeau.backends.llvm.ir import Function
        from flambeau.backends.llvm.kernel import Kernel
        def emit(module, name, machine):
            Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")]).finish()
        jit.address(Kernel("test log", emit, (), title="nothing at all"))
    """)
    env = os.environ | {"PYTHONPATH": str(ROOT), "FLAMBEAU_CACHE": str(tmp_path), "FLAMBEAU_LOG": "compile"}
    logs = [subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=120) for _ in range(2)]
    assert [log.returncode for log in logs] == [0, 0]
    assert logs[0].stderr.startswith("flambeau: nothing at all: compiled, emit ") and "bytes" in logs[0].stderr
    assert logs[1].stderr.startswith("flambeau: nothing at all: from cache, ")


def test_code_for_another_machine_is_compiled_but_not_run(store):
    arm = machine_with({"neon"}, triple="aarch64-unknown-linux-gnu")
    kernel = answer(1, "arm")
    assert jit.object_code(kernel.emit, "f", arm)[:4] == b"\x7fELF" and not runs_here(arm)
    with pytest.raises(RuntimeError, match="code for another machine cannot run here: aarch64"):
        jit.address(kernel, arm)


def test_code_with_fewer_features_runs(store):
    plain = machine_with(())
    assert ask(jit.address(answer(11, "plain"), plain)) == 11 and ask(jit.address(answer(11, "plain"))) == 11


def outside(declaration, call):
    """A kernel that calls a function from outside."""
    def emit(module, name, machine):
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        module.declare(declaration)
        target = f.load("ptr", Value("ptr", "%arguments"))
        f.store(f.emit("i64", call.format(target=target)), target)
        f.finish()
    return Kernel("test outside " + declaration, emit, ())


def test_functions_of_the_process_are_found(store):
    assert ask(jit.address(outside("declare i64 @labs(i64)", "call i64 @labs(i64 -9)"))) == 9


def test_missing_functions_are_an_error(store):
    with pytest.raises(RuntimeError, match="functions that no library of this process has: no_such_function_anywhere"):
        jit.address(outside("declare i64 @no_such_function_anywhere(i64)", "call i64 @no_such_function_anywhere(i64 -9)"))


TRIPLES = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-apple-macosx", "arm64-apple-macosx", "x86_64-pc-windows-msvc"]


@pytest.mark.parametrize("triple", TRIPLES)
def test_undefined_symbols_are_seen(triple):
    kernel = outside("declare i64 @some_function_with_a_long_name(i64)", "call i64 @some_function_with_a_long_name(i64 0)")
    names = undefined(jit.object_code(kernel.emit, "f", machine_with((), triple=triple)))
    assert "some_function_with_a_long_name" in names and "f" not in names
    assert {"memset", "bzero"} & set(undefined(jit.object_code(_clear, "f", machine_with((), triple=triple))))


def _clear(module, name, machine):
    f = Function(module, name, [("ptr", "x"), ("i64", "n")])
    f.intrinsic("llvm.memset", "void", Value("ptr", "%x"), Value("i8", "0"), Value("i64", "%n"), Value("i1", "false"), overload="p0.i64")
    f.finish()


def test_calls_that_llvm_brings_in_are_linked(store):
    """memset and the conversion of double to half are calls that no kernel writes down."""
    def emit(module, name, machine):
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        target = f.load("ptr", Value("ptr", "%arguments"))
        size = f.add(Value("i64", "%threads"), 7)
        f.intrinsic("llvm.memset", "void", target, Value("i8", "0"), size, Value("i1", "false"), overload="p0.i64")
        f.store(f.convert("fptrunc", f.convert("sitofp", Value("i64", "%threads"), "double"), "half"), target)
        f.finish()
    assert ask(jit.address(Kernel("test brought in", emit, ()))) == 0x3C00
