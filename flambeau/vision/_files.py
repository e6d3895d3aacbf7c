"""Files on disk: written whole or not at all, checked by digest, unpacked without trusting the archive."""

import contextlib
import errno
import gzip
import hashlib
import lzma
import os
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 1 << 20  # bytes moved at a time: large enough for disks, small enough for a smooth progress bar


class FetchError(RuntimeError):
    """A file of a data set could not be found, downloaded, checked or written; the text says which file and what to do."""


def explain(error: OSError, path) -> FetchError:
    """The FetchError that tells what a failed write to `path` means and what to do about it."""
    folder = Path(path).parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FetchError(f"no space left to write {path}: free some on that disk, or choose another root")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FetchError(f"cannot write to the folder {folder} ({error.strerror}): choose a root that you may write to")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return FetchError(f"cannot make the folder {folder}: a file of that name is in the way; remove it or choose another root")
    return FetchError(f"cannot write {path} ({error}): choose another root")


def make_folder(folder) -> None:
    """Makes `folder` and its parents. Raises FetchError where that is not allowed."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise explain(error, Path(folder) / "*") from error


@contextlib.contextmanager
def atomic_write(path) -> Iterator:
    """A binary file that becomes `path` when the block ends well, and is removed when it does not.

    The temporary file lies in the same folder, so that the last step is one rename. Raises FetchError when the disk says no.
    """
    path = Path(path)
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise explain(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


def digest(path, algorithm: str) -> str:
    """The hex digest of a file; `algorithm` is "md5" or "sha256"."""
    state = hashlib.new(algorithm, usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            state.update(chunk)
    return state.hexdigest()


def matches(path, checksum: str | None) -> bool:
    """Whether `path` is a file with that checksum: 32 hex digits are an MD5, 64 a SHA-256, None accepts any content."""
    if not os.path.isfile(path):
        return False
    return checksum is None or digest(path, "md5" if len(checksum) == 32 else "sha256") == checksum.lower()


def open_compressed(path):
    """Opens a file for reading bytes, through gzip or xz when its first bytes say so (its name is not asked)."""
    with open(path, "rb") as file:
        start = file.read(6)
    if start[:2] == b"\x1f\x8b":
        return gzip.open(path, "rb")
    if start == b"\xfd7zXZ\x00":
        return lzma.open(path, "rb")
    return open(path, "rb")


def share_folders() -> list[Path]:
    """The standard folders for shared data on this machine, without repeats, in order of preference.

    `sys.prefix`/share, XDG_DATA_HOME, XDG_DATA_DIRS (https://specifications.freedesktop.org/basedir-spec), /usr/local/share, /usr/share.
    """
    home = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    others = (os.environ.get("XDG_DATA_DIRS") or "").split(os.pathsep)
    candidates = [os.path.join(sys.prefix, "share"), home, *others, "/usr/local/share", "/usr/share"]
    return [Path(folder) for folder in dict.fromkeys(candidates) if folder and os.path.isabs(folder)]


def find_system_folder(name: str, groups: Iterable[Iterable[str]]) -> Path | None:
    """The first share/datasets/`name` that holds, of each group of alternative file names, at least one; None without."""
    groups = [tuple(group) for group in groups]
    for share in share_folders():
        folder = share / "datasets" / name
        if all(any((folder / file).is_file() for file in group) for group in groups):
            return folder
    return None


def decompress(source, target) -> None:
    """Unpacks one gzip or xz file into `target`, whole or not at all. Raises FetchError when `source` is damaged."""
    try:
        with open_compressed(source) as packed, atomic_write(target) as file:
            while chunk := packed.read(CHUNK):
                file.write(chunk)
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise FetchError(f"{source} is damaged ({error}): delete it and fetch it again") from error


def unpack(archive, folder) -> list[Path]:
    """Unpacks the regular files of a .tar(.gz|.bz2|.xz) or .zip archive under `folder`; returns their paths.

    Links, devices, and names that lead out of `folder` are refused; every file appears whole or not at all.
    """
    folder = Path(folder)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                entries = [entry for entry in packed.infolist() if not entry.is_dir()]
                return [_write_member(packed.open(entry), entry.filename, archive, folder) for entry in entries]
        with tarfile.open(archive) as packed:
            entries = [entry for entry in packed.getmembers() if not entry.isdir()]
            streams = (packed.extractfile(entry) if entry.isreg() else None for entry in entries)
            return [_write_member(stream, entry.name, archive, folder) for stream, entry in zip(streams, entries, strict=True)]
    except (EOFError, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise FetchError(f"{archive} is damaged ({error}): delete it and fetch it again") from error


def _write_member(stream, name: str, archive, folder: Path) -> Path:
    target = Path(os.path.normpath(folder / name))
    if stream is None or not target.is_relative_to(os.path.normpath(folder)) or os.path.isabs(name):
        raise FetchError(f"{archive} holds {name!r}, which is no regular file inside the folder; it was not unpacked")
    with stream, atomic_write(target) as file:
        while chunk := stream.read(CHUNK):
            file.write(chunk)
    return target
