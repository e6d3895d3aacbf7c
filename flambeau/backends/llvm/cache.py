"""The disk cache of compiled kernels: a folder of small files, each with a checksum, bounded in size.

FLAMBEAU_CACHE says where it is, FLAMBEAU_CACHE_LIMIT how much it may take (core.settings); what was not used for longest goes first.

Any number of processes may use it at once: a file appears whole or not at all. What is damaged is ignored and written anew. The folder belongs
to one user alone: what others could have written is never read, since it would be run.
"""
from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import threading
import time
from pathlib import Path

from ...core import settings

MAGIC = b"flambeau object 1\n"
DIGEST = 16                     # bytes of BLAKE2b over the key and the content
FRESH = 3600                    # seconds during which a file that was used need not be marked as used again
SHARDS = 256                    # subfolders, each bounded by itself: making room looks at one of them only


def default_folder() -> Path | None:
    """Where this user's cache is; None where there is to be none."""
    told = settings.cache_folder()
    if told is not None:
        return Path(told).expanduser() if told else None
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "flambeau" / "Cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "flambeau"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flambeau"
    except RuntimeError:        # there is no home
        return None


class Store:
    """The files of one folder by their keys, which are hexadecimal digests. A store that cannot be used stays silent and empty."""

    def __init__(self, folder: Path | None, limit: int):
        self.folder, self.limit = None, limit
        self.trouble = ""           # why nothing is kept, if something should be
        if folder is not None:
            try:
                self.folder = self._own(folder / "objects")
            except OSError as error:
                self.trouble = f"the cache folder {folder} cannot be used: {error.strerror or error}"

    @staticmethod
    def _own(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hasattr(os, "getuid"):
            found = folder.stat()
            if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o022:
                raise PermissionError(0, "others may write to it")
        return folder

    def _path(self, key: str) -> str:
        return f"{self.folder}{os.sep}{key[:2]}{os.sep}{key[2:]}"

    def get(self, key: str) -> bytes | None:
        """What was kept under `key`, if it is there and whole."""
        if self.folder is None:
            return None
        path = self._path(key)
        try:
            with open(path, "rb", buffering=0) as file:
                data = file.read()
                used = os.fstat(file.fileno()).st_mtime
        except OSError:
            return None
        head = len(MAGIC) + DIGEST
        content = data[head:]
        if data[:head] != MAGIC + _digest(key, content):
            return None
        if time.time() - used > FRESH:
            with contextlib.suppress(OSError):
                os.utime(path)
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`."""
        if self.folder is None:
            return
        path = self._path(key)
        temporary = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"
        try:
            shard = os.path.dirname(path)
            if not os.path.isdir(shard):
                Path(shard).mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
                    file.write(MAGIC + _digest(key, content) + content)
                os.replace(temporary, path)
            except BaseException as error:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                if not (isinstance(error, PermissionError) and os.path.exists(path)):       # Windows: another process is reading it
                    raise
            self._make_room(shard, path)
        except OSError as error:
            self.folder, self.trouble = None, f"the cache folder cannot be written: {error.strerror or error}"

    def _make_room(self, shard: str, newest: str) -> None:
        """Bring one subfolder below its share of the limit."""
        files = []
        with os.scandir(shard) as entries:
            for entry in entries:
                try:
                    found = entry.stat()
                except OSError:             # another process was faster
                    continue
                files.append((found.st_mtime, found.st_size, entry.path))
        now = time.time()
        left = sum(size for _, size, _ in files)
        for used, size, path in sorted(files):
            abandoned = path.endswith(".tmp") and now - used > FRESH
            if abandoned or (left > self.limit // SHARDS and path != newest and not path.endswith(".tmp")):
                with contextlib.suppress(OSError):
                    os.unlink(path)
                left -= size


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=DIGEST, key=key.encode()[:64]).digest()
