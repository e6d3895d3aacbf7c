"""Writing: all of it or nothing, through links, full disks and broken objects."""
import io
import os
import pickle
import stat
import subprocess
import sys
import textwrap

import pytest

import flambeau
import flambeau.serialization as s


class Broken:
    def __reduce__(self):
        raise ZeroDivisionError("no pickle")


def writers():
    x = {"x": flambeau.ones(2000)}
    return {
        "pt": lambda path: s.save(x, path), "old pt": lambda path: s.save(x, path, _use_new_zipfile_serialization=False),
        "safetensors": lambda path: s.safetensors.save_file(x, path), "npz": lambda path: s.save_npz(path, x),
    }


@pytest.fixture(params=writers())
def write(request):
    return writers()[request.param]


def test_nothing_else_is_left_in_the_folder(tmp_path, write):
    write(tmp_path / "x")
    write(tmp_path / "x")
    assert os.listdir(tmp_path) == ["x"]


def test_a_failing_object_changes_nothing(tmp_path):
    path = tmp_path / "x.pt"
    s.save(1, path)
    for obj in (Broken(), lambda: 1, [flambeau.ones(2), Broken()]):
        with pytest.raises((ZeroDivisionError, AttributeError, pickle.PicklingError)):
            s.save(obj, path)
    assert s.load(path) == 1 and os.listdir(tmp_path) == ["x.pt"]


def test_a_failure_while_writing_changes_nothing(tmp_path, monkeypatch):
    from flambeau.serialization import archive
    path = tmp_path / "x.pt"
    s.save(1, path)

    def fail(stream, data, original=archive.write_all):
        original(stream, data[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "write_all", fail)
    with pytest.raises(KeyboardInterrupt):
        s.save(2, path)
    assert s.load(path) == 1 and os.listdir(tmp_path) == ["x.pt"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits on the size of files are POSIX's")
@pytest.mark.parametrize("kind", writers())
def test_a_full_disk_leaves_the_old_file(tmp_path, kind):
    """The limit on the size of a file stands for the full disk: write() fails in the same place."""
    import resource
    import signal
    path = tmp_path / "x"
    writers()[kind](path)
    before = path.read_bytes()
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        with pytest.raises(OSError, match="nothing was changed") as caught:
            writers()[kind](path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["x"]


def test_folders_that_are_not_there(tmp_path, write):
    with pytest.raises(RuntimeError, match="Parent directory .* does not exist"):
        write(tmp_path / "no" / "x")
    with pytest.raises(RuntimeError, match="is a directory"):
        write(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_permissions(tmp_path, write):
    path = tmp_path / "x"
    mask = os.umask(0o027)
    try:
        write(path)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o664)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write to every file")
    with pytest.raises(PermissionError):
        write(path)


def test_links_are_followed(tmp_path, write):
    (tmp_path / "real").mkdir()
    write(tmp_path / "real" / "x")
    try:
        (tmp_path / "link").symlink_to(tmp_path / "real" / "x")
    except OSError:
        pytest.skip("no links here")
    before = (tmp_path / "real" / "x").stat().st_ino
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "x").stat().st_ino != before


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no /dev/null here")
def test_what_is_no_file_is_written_to_not_replaced(tmp_path, write):
    write("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe(tmp_path, write):
    path, copy = tmp_path / "pipe", tmp_path / "copy"
    os.mkfifo(path)
    program = "import sys; open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read())"
    reader = subprocess.Popen([sys.executable, "-c", program, path, copy])
    write(path)
    assert reader.wait(20) == 0
    assert len(copy.read_bytes()) > 8000 and stat.S_ISFIFO(path.stat().st_mode)


def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.pt"
    s.save(1, path)
    program = """
        import os, sys
        path = sys.argv[1]
        from flambeau.serialization.atomic import replacing
        with replacing(path) as file:
            file.write(b"half")
            file.flush()
            os._exit(9)
    """
    module = os.path.join(os.path.dirname(os.path.abspath(s.__file__)), "atomic.py")
    program = textwrap.dedent(program).replace("from flambeau.serialization.atomic import replacing",
                                               f"import runpy; replacing = runpy.run_path({module!r})['replacing']")
    assert subprocess.run([sys.executable, "-c", program, path]).returncode == 9
    assert s.load(path) == 1


def test_targets_that_cannot_be_written():
    with pytest.raises(AttributeError, match="'write' attribute"):
        s.save(1, 5)
    with pytest.raises(ValueError, match="pickle_protocol 0"):
        s.save(1, io.BytesIO(), pickle_protocol=0)
    with pytest.raises(ValueError, match="pickle_module"):
        s.save(1, io.BytesIO(), pickle_module=object())
