"""Downloads: from the first mirror that answers, resumed where they broke off, checked, and renamed into place when whole.

    url = download(["https://host/a.gz", "https://mirror/a.gz"], "data/a.gz", checksum="0d30e2…")

While it runs the bytes lie in `a.gz.part`; a later call goes on from there with an HTTP Range request. Two processes that want
the same file take turns by a lock on the partial file, and the second finds the work done.
"""

import contextlib
import http.client
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from ._files import CHUNK, FetchError, digest, explain, make_folder, matches

__all__ = ["FetchError", "download"]

ATTEMPTS = 3  # times in a row that one address may break off without having sent a byte more
PAUSE = 0.5  # seconds before asking again; doubles while nothing comes
HEADERS = {"User-Agent": "flambeau", "Accept-Encoding": "identity"}


class _Broken(Exception):
    """This address cannot deliver; the text is the reason. `retry` says whether asking again may help."""

    def __init__(self, reason, retry: bool):
        super().__init__(str(reason))
        self.retry = retry


def download(
    urls: str | Sequence[str], path, checksum: str | None = None, *, timeout: float = 30.0, progress: bool = True, hint: str = ""
) -> str | None:
    """Puts the file behind the first working address of `urls` at `path`; returns that address, or None if it was already there.

    checksum: MD5 (32 hex digits) or SHA-256 (64), checked before the file appears under its name. timeout: seconds without a
    byte before an address counts as dead. progress: show a bar when tqdm is installed and standard error is a terminal.
    hint: what else the user may do, added to the error.

    Raises FetchError when no address delivers the right file, the folder cannot be written or the disk is full, and ValueError
    for an address that is not http or https.
    """
    path, urls = Path(path), [urls] if isinstance(urls, str) else list(urls)
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"downloads go over http or https, not {url!r}")
    if matches(path, checksum):
        return None
    make_folder(path.parent)
    failures = []
    with _partial_file(path, checksum) as part:
        if part is None:
            return None
        for url in urls:
            try:
                _deliver(url, part, path, checksum, timeout, progress)
            except _Broken as error:
                failures.append(f"{url}: {error}")
                continue
            os.replace(part.name, path)
            return url
        if os.fstat(part.fileno()).st_size == 0:
            os.unlink(part.name)
    tried, other = "; ".join(failures), f", or {hint}" if hint else ""
    raise FetchError(f"cannot download {path.name} ({tried}): check the network, or put the file at {path} yourself{other}")


@contextlib.contextmanager
def _partial_file(path: Path, checksum) -> Iterator:
    """`path`.part, open for appending and locked; None when another process finished the download while we waited."""
    name = f"{path}.part"
    while True:
        try:
            part = open(name, "ab")  # noqa: SIM115  (the with statement is below, once the lock is ours)
        except OSError as error:
            raise explain(error, path) from error
        with part:
            _lock(part)
            try:
                ours = os.path.samestat(os.fstat(part.fileno()), os.stat(name))
            except FileNotFoundError:
                ours = False
            if ours and not matches(path, checksum):
                yield part
                return
            if ours:  # another process had finished before this partial file was made
                os.unlink(name)
        if matches(path, checksum):  # renamed by the process that held the lock
            yield None
            return


def _lock(file) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: an open file cannot be renamed there, which keeps two downloads apart by an error
        return
    fcntl.flock(file, fcntl.LOCK_EX)


def _deliver(url, part, path, checksum, timeout, progress) -> None:
    """Fills `part` from `url` and checks it. A wrong sum after a resumed download is tried once more from the start."""
    while True:
        resumed = os.fstat(part.fileno()).st_size > 0
        _transfer(url, part, path, timeout, progress)
        if checksum is None:
            return
        kind = "md5" if len(checksum) == 32 else "sha256"
        found = digest(part.name, kind)
        if found == checksum.lower():
            return
        part.truncate(0)
        if not resumed:
            raise _Broken(f"{kind} is {found}, expected {checksum}", retry=False)


def _transfer(url, part, path, timeout, progress) -> None:
    fruitless = 0
    while True:
        before = os.fstat(part.fileno()).st_size
        try:
            return _request(url, part, path, timeout, progress)
        except _Broken as error:
            fruitless = 0 if os.fstat(part.fileno()).st_size > before else fruitless + 1
            if not error.retry or fruitless == ATTEMPTS:
                raise
        time.sleep(PAUSE * 2**fruitless)


def _request(url, part, path, timeout, progress) -> None:
    have = os.fstat(part.fileno()).st_size
    headers = HEADERS | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as response:
            if have and not (response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")):
                part.truncate(0)  # the server sends the whole file
                have = 0
            length = response.headers.get("Content-Length")
            total = have + int(length) if length and length.isdigit() else None
            _check_space(path, total, have)
            got = have + _copy(response, part, path, total, have, progress)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the partial file is no beginning of this one
            part.truncate(0)
        raise _Broken(f"HTTP {error.code} {error.reason}", retry=error.code in (408, 416, 429) or error.code >= 500) from None
    except urllib.error.URLError as error:
        raise _Broken(error.reason, retry=isinstance(error.reason, TimeoutError)) from None
    except TimeoutError:
        raise _Broken(f"no byte for {timeout:g} s", retry=True) from None
    except (OSError, http.client.HTTPException) as error:
        raise _Broken(f"the connection broke ({error or type(error).__name__})", retry=True) from None
    if total is not None and got < total:
        raise _Broken(f"the connection broke after {got:,} of {total:,} bytes", retry=True)


def _check_space(path, total, have) -> None:
    free = shutil.disk_usage(path.parent).free
    if total is not None and total - have > free:
        raise FetchError(
            f"no space left for {path}: {total - have:,} bytes are needed and {free:,} are free; free some, or choose another root"
        )


def _copy(response, part, path, total, have, progress) -> int:
    """Appends the rest of `response` to `part`; returns how many bytes that were."""
    count = 0
    with _bar(path.name, total, have, progress) as bar:
        while chunk := response.read1(CHUNK):
            try:
                part.write(chunk)
                part.flush()
            except OSError as error:
                with contextlib.suppress(OSError):  # give the space back: the disk is full of our bytes
                    os.unlink(part.name)
                raise explain(error, path) from error
            count += len(chunk)
            bar.update(len(chunk))
    return count


class _Silent:
    """The progress bar that shows nothing."""

    def update(self, count: int) -> None:
        """Takes note of `count` more bytes."""


@contextlib.contextmanager
def _bar(name, total, have, progress):
    if progress and sys.stderr is not None and sys.stderr.isatty():
        try:
            from tqdm import tqdm
        except ImportError:
            print(f"fetching {name}", file=sys.stderr)
        else:
            with tqdm(desc=name, total=total, initial=have, unit="B", unit_scale=True, unit_divisor=1024) as bar:
                yield bar
            return
    yield _Silent()
