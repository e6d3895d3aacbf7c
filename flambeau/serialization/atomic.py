"""Files that are written whole or not at all."""
from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends well; when it does not, `path` is as it was.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in one step. Links are followed, the
    permissions of a replaced file are kept, and what is no regular file (a pipe, /dev/null) is written to directly.

    Raises RuntimeError where the folder does not exist, as PyTorch does; OSError, naming `path`, where the system refuses.
    """
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist: make it first with os.makedirs({folder!r}, exist_ok=True)")
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and stat.S_ISDIR(mode):
        raise RuntimeError(f"{path} is a directory: give the name of a file inside it")
    if mode is not None and not os.access(path, os.W_OK):  # the rename below would not ask
        raise PermissionError(errno.EACCES, "The file may not be written to", path)
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as file:
            yield file
        return
    temporary = os.path.join(folder, f".{secrets.token_hex(8)}.tmp")
    try:
        file = open(temporary, "xb")
        try:
            with file:
                if mode is not None:
                    os.chmod(temporary, stat.S_IMODE(mode))
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
    except OSError as error:
        if error.errno is None or error.filename not in (None, temporary):
            raise
        raise type(error)(error.errno, f"{error.strerror} (nothing was changed)", path) from error
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    """Make the new name last through a power cut, on systems that can flush a folder."""
    with contextlib.suppress(OSError):  # Windows opens no folders, some network disks flush none: the file itself is safe by then
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
