"""Files here and elsewhere under one call: local paths, and http(s) addresses read piece by piece."""
from __future__ import annotations

import io
import os
import time
from typing import Any, BinaryIO

__all__ = ["RangeFile", "is_url", "open_binary"]

PIECE = 1 << 20   # bytes asked for at once
ATTEMPTS = 4      # at one piece
PAUSE = 0.5       # seconds before the second attempt; doubles
TIMEOUT = 30.0    # seconds without a byte
HEADERS = {"User-Agent": "flambeau", "Accept-Encoding": "identity"}


def is_url(place: Any) -> bool:
    """Whether it is an http or https address."""
    return isinstance(place, str) and place.startswith(("http://", "https://"))


def open_binary(place: str | os.PathLike) -> BinaryIO:
    """A file to read and to seek in. OSError, naming the place, where there is none."""
    if is_url(place):
        return io.BufferedReader(RangeFile(place), PIECE)
    return open(os.path.expanduser(place), "rb")


class RangeFile(io.RawIOBase):
    """The bytes behind an address, fetched by HTTP Range requests where they are read; broken ones are asked for again.

    Raises OSError that names the address where the server does not answer, has no such file, or sends no ranges.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self._place = url, 0
        self._size = self._ask(0, 0)[1]

    def _ask(self, first: int, last: int) -> tuple[bytes, int]:
        """(bytes first … last, the length of the whole)."""
        import http.client
        import urllib.error
        import urllib.request

        pause, reason = PAUSE, ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(pause)
                pause *= 2
            request = urllib.request.Request(self.url, headers=HEADERS | {"Range": f"bytes={first}-{last}"})
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                    if answer.status != 206:
                        raise OSError(f"{self.url} cannot be read piece by piece: the server sends no ranges; fetch the file and give its path")
                    content = answer.read()
                    if len(content) == last - first + 1:
                        return content, int(answer.headers["Content-Range"].rpartition("/")[2])
                    reason = f"{len(content)} of {last - first + 1} bytes came"
            except urllib.error.HTTPError as error:
                if error.code == 416 and first == 0:  # there is no first byte
                    return b"", 0
                if error.code < 500 and error.code not in (408, 429):
                    raise OSError(f"{self.url}: {error.code} {error.reason}") from error
                reason = f"{error.code} {error.reason}"
            except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
                reason = str(getattr(error, "reason", error))
        raise OSError(f"{self.url} could not be read in {ATTEMPTS} attempts: {reason}")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if place < 0:
            raise ValueError(f"negative seek position {place}")
        self._place = place
        return place

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._size - self._place)
        if count <= 0:
            return 0
        content, _ = self._ask(self._place, self._place + count - 1)
        buffer[:count] = content
        self._place += count
        return count
