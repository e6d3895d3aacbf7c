"""Downloads against a local server: all goes well, and all the ways in which it does not."""

import hashlib
import os
import socket
import threading

import pytest

from flambeau.vision import _files, fetch
from flambeau.vision._files import FetchError

CONTENT = bytes(range(256)) * 400
MD5 = hashlib.md5(CONTENT).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("checksum", [None, MD5, SHA256, MD5.upper()])
def test_a_file_arrives_whole_and_under_its_name(site, tmp_path, checksum):
    site.files["a.gz"] = CONTENT
    target = tmp_path / "deep" / "er" / "a.gz"
    assert fetch.download(site.url("a.gz"), target, checksum) == site.url("a.gz")
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["a.gz"]


def test_what_is_there_is_not_fetched_again(site, tmp_path):
    target = tmp_path / "a.gz"
    target.write_bytes(CONTENT)
    assert fetch.download(site.url("a.gz"), target, MD5) is None
    assert site.requests == []


def test_a_wrong_file_in_place_is_replaced(site, tmp_path):
    site.files["a.gz"] = CONTENT
    target = tmp_path / "a.gz"
    target.write_bytes(b"something else")
    fetch.download(site.url("a.gz"), target, MD5)
    assert target.read_bytes() == CONTENT


def test_mirrors_are_tried_in_turn(site, tmp_path):
    site.files["mirror/a.gz"] = CONTENT
    used = fetch.download([site.url("gone/a.gz"), site.url("mirror/a.gz")], tmp_path / "a.gz", MD5)
    assert used == site.url("mirror/a.gz")
    assert [path for path, _ in site.requests] == ["gone/a.gz", "mirror/a.gz"]


def test_a_missing_file_names_address_and_reason_and_what_to_do(site, tmp_path):
    with pytest.raises(FetchError, match=r"cannot download a\.gz \(http://127.*/gone: HTTP 404 .*put the file at .*a\.gz yourself, or ask"):
        fetch.download(site.url("gone"), tmp_path / "a.gz", MD5, hint="ask a friend")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_checksum_is_refused(site, tmp_path):
    site.files["a.gz"] = CONTENT[:-1] + b"x"
    with pytest.raises(FetchError, match=rf"md5 is [0-9a-f]{{32}}, expected {MD5}"):
        fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert list(tmp_path.iterdir()) == []
    assert len(site.requests) == 1


def test_a_cut_connection_is_taken_up_where_it_broke(site, tmp_path):
    site.files["a.gz"], site.cuts["a.gz"] = CONTENT, 3
    fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert (tmp_path / "a.gz").read_bytes() == CONTENT
    half, quarter = len(CONTENT) // 2, len(CONTENT) // 4
    assert [wanted for _, wanted in site.requests[:3]] == [None, f"bytes={half}-", f"bytes={half + quarter}-"]


def test_a_partial_file_of_an_earlier_run_is_taken_up(site, tmp_path):
    site.files["a.gz"] = CONTENT
    (tmp_path / "a.gz.part").write_bytes(CONTENT[:1000])
    fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert site.requests == [("a.gz", "bytes=1000-")]
    assert (tmp_path / "a.gz").read_bytes() == CONTENT


@pytest.mark.parametrize("stale", [b"not the beginning", CONTENT + b"more than all"])
def test_a_partial_file_of_something_else_is_thrown_away(site, tmp_path, stale):
    site.files["a.gz"] = CONTENT
    (tmp_path / "a.gz.part").write_bytes(stale)
    fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert (tmp_path / "a.gz").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_the_whole_again(site, tmp_path):
    site.files["a.gz"], site.cuts["a.gz"], site.ranges = CONTENT, 1, False
    fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert (tmp_path / "a.gz").read_bytes() == CONTENT


def test_a_connection_that_breaks_for_good_leaves_the_part_for_later(site, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "ATTEMPTS", 1)
    site.files["a.gz"] = CONTENT
    half = CONTENT[: len(CONTENT) // 2]

    def stop_sending(*args):
        raise ConnectionResetError("reset by peer")

    (tmp_path / "a.gz.part").write_bytes(half)
    monkeypatch.setattr(fetch, "_copy", stop_sending)
    with pytest.raises(FetchError, match="the connection broke .reset by peer"):
        fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert (tmp_path / "a.gz.part").read_bytes() == half
    assert not (tmp_path / "a.gz").exists()


def test_no_network(tmp_path):
    with socket.socket() as closed:  # a port at which nobody listens
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/a.gz"
    with pytest.raises(FetchError, match="(?i)refused.*check the network"):
        fetch.download(address, tmp_path / "a.gz", MD5)
    assert list(tmp_path.iterdir()) == []


def test_a_silent_server_times_out(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.gz"
        with pytest.raises(FetchError, match="(no byte for 0.2 s|timed out)"):
            fetch.download(address, tmp_path / "a.gz", MD5, timeout=0.2)


def test_a_folder_that_cannot_be_made(site, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FetchError, match="a file of that name is in the way"):
        fetch.download(site.url("a.gz"), tmp_path / "file" / "a.gz", MD5)


def test_a_read_only_folder(site, tmp_path, monkeypatch):
    site.files["a.gz"] = CONTENT

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(fetch, "open", refuse, raising=False)  # root may write anywhere: the refusal has to be played
    with pytest.raises(FetchError, match="cannot write to the folder .*Permission denied.*choose a root that you may write to"):
        fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk(site, tmp_path):
    site.files["a.gz"] = CONTENT
    (tmp_path / "a.gz.part").symlink_to("/dev/full")
    with pytest.raises(FetchError, match=r"no space left to write .*a\.gz: free some on that disk, or choose another root"):
        fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_too_small_is_seen_before_the_first_byte(site, tmp_path, monkeypatch):
    site.files["a.gz"] = CONTENT
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 1000})())
    with pytest.raises(FetchError, match=r"102,400 bytes are needed and 1,000 are free"):
        fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)


def test_two_downloads_of_one_file_take_turns(site, tmp_path):
    site.files["a.gz"] = CONTENT
    used = []
    threads = [threading.Thread(target=lambda: used.append(fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, used)) == sorted([site.url("a.gz"), "None", "None", "None"])
    assert len(site.requests) == 1


def test_only_the_web_is_fetched(tmp_path):
    with pytest.raises(ValueError, match="http or https, not 'file:///etc/passwd'"):
        fetch.download("file:///etc/passwd", tmp_path / "a")


def test_the_progress_bar_counts_bytes(site, tmp_path, monkeypatch):
    tqdm = pytest.importorskip("tqdm")
    site.files["a.gz"] = CONTENT
    seen = []

    class Bar(tqdm.tqdm):
        def update(self, n=1):
            seen.append(n)

        def display(self, *args, **kwargs):
            pass

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    monkeypatch.setattr(fetch.sys.stderr, "isatty", lambda: True, raising=False)
    fetch.download(site.url("a.gz"), tmp_path / "a.gz", MD5)
    assert sum(seen) == len(CONTENT)


def test_atomic_write_leaves_the_old_file_when_the_block_fails(tmp_path):
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(KeyError), _files.atomic_write(target) as file:
        file.write(b"new")
        raise KeyError
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_share_folders_are_the_standard_ones(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", os.pathsep.join([str(tmp_path / "one"), "", "not/absolute", str(tmp_path / "home")]))
    folders = _files.share_folders()
    assert tmp_path / "home" in folders and tmp_path / "one" in folders
    assert len(folders) == len(set(folders)) and all(folder.is_absolute() for folder in folders)
    assert _files.Path("/usr/share") in folders or os.name == "nt"
