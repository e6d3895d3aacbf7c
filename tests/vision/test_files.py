"""Archives and compressed files: unpacked whole, never outside the folder, and told of by name when they are damaged."""

import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from flambeau.vision._files import FetchError, decompress, matches, open_compressed, unpack
from flambeau.vision.datasets import utils


def tar_of(path, *members):
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            if isinstance(content, bytes):
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
            else:
                tar.addfile(member)


def test_tar_and_zip_unpack(tmp_path):
    tar_of(tmp_path / "a.tar.gz", (tarfile.TarInfo("x/one"), b"1"), (tarfile.TarInfo("two"), b"22"))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("y/three", b"333")
    assert unpack(tmp_path / "a.tar.gz", tmp_path / "out") == [tmp_path / "out/x/one", tmp_path / "out/two"]
    assert unpack(tmp_path / "b.zip", tmp_path / "out") == [tmp_path / "out/y/three"]
    assert (tmp_path / "out/x/one").read_bytes() == b"1" and (tmp_path / "out/y/three").read_bytes() == b"333"


def link(name, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.mark.parametrize("name", ["../evil", "/evil", "x/../../evil"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    tar_of(tmp_path / "a.tar.gz", (tarfile.TarInfo(name), b"!"))
    with pytest.raises(FetchError, match="no regular file inside the folder"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_links_out_are_refused(tmp_path):
    tar_of(tmp_path / "a.tar.gz", (link("passwords", "/etc/passwd"), None))
    with pytest.raises(FetchError, match="'passwords', which is no regular file"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


def test_damaged_archives_are_named(tmp_path):
    tar_of(tmp_path / "a.tar.gz", (tarfile.TarInfo("x"), bytes(10_000)))
    content = (tmp_path / "a.tar.gz").read_bytes()
    (tmp_path / "a.tar.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(FetchError, match=r"a\.tar\.gz is damaged"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"x" * 1000)[:-9])
    with pytest.raises(FetchError, match=r"b\.gz is damaged"):
        decompress(tmp_path / "b.gz", tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_compression_is_known_by_content(tmp_path):
    for name, content in {"g": gzip.compress(b"data"), "x": lzma.compress(b"data"), "p": b"data"}.items():
        (tmp_path / name).write_bytes(content)
        with open_compressed(tmp_path / name) as file:
            assert file.read() == b"data"


def test_the_helpers_under_torchvisions_names(site, tmp_path):
    tar_of(tmp_path / "made.tar.gz", (tarfile.TarInfo("x/one"), b"1"))
    site.files["made.tar.gz"] = (tmp_path / "made.tar.gz").read_bytes()
    md5 = utils.calculate_md5(tmp_path / "made.tar.gz")
    utils.download_and_extract_archive(site.url("made.tar.gz"), tmp_path / "root", md5=md5)
    assert (tmp_path / "root/x/one").read_bytes() == b"1"
    assert utils.check_integrity(tmp_path / "root/made.tar.gz", md5) and utils.check_md5(tmp_path / "root/made.tar.gz", md5)
    assert not utils.check_integrity(tmp_path / "root/made.tar.gz", "0" * 32) and not matches(tmp_path / "absent", None)
    assert utils.list_dir(tmp_path / "root") == ["x"] and utils.list_files(tmp_path / "root", ".gz") == ["made.tar.gz"]
    (tmp_path / "one.gz").write_bytes(gzip.compress(b"text"))
    made = utils.extract_archive(str(tmp_path / "one.gz"), remove_finished=True)
    assert Path(made).read_bytes() == b"text" and not (tmp_path / "one.gz").exists()
    with pytest.raises(ValueError, match="Unknown value 'c' for argument split. Valid values are {'a', 'b'}."):
        utils.verify_str_arg("c", "split", ("a", "b"))
