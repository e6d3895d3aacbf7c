"""A small web server that can fail in the ways that real ones do, and pictures to work on."""

import http.server
import threading

import numpy as np
import pytest


class Site:
    """Files served on the loopback interface: `site.files[path] = bytes`; `site.cuts[path] = n` breaks that many answers half-way."""

    def __init__(self):
        self.files, self.cuts, self.requests = {}, {}, []
        self.ranges = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/{path}"

    def _handler(self):
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.lstrip("/")
                site.requests.append((path, self.headers.get("Range")))
                if path not in site.files:
                    self.send_error(404)
                    return
                content, start = site.files[path], 0
                if site.ranges and (wanted := self.headers.get("Range")):
                    start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                    if start >= len(content):
                        self.send_error(416)
                        return
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                else:
                    self.send_response(200)
                rest = content[start:]
                self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                if site.cuts.get(path, 0) > 0:
                    site.cuts[path] -= 1
                    rest = rest[: len(rest) // 2]
                self.wfile.write(rest)

            def log_message(self, *args):
                pass

        return Handler


@pytest.fixture
def site(monkeypatch):
    """A `Site`; waits between attempts are left out."""
    monkeypatch.setattr("flambeau.vision.fetch.PAUSE", 0.0)
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


def scene(height: int, width: int, channels: int = 3) -> np.ndarray:
    """A smooth colourful picture, uint8 (H, W, C)."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [127.5 + 127.5 * np.sin(0.11 * (c + 1) * x + 0.07 * y * (2 - c) + c) for c in range(channels)]
    return np.stack(waves, -1).round().astype(np.uint8)


@pytest.fixture
def photo():
    """A PIL image, RGB, 37 wide and 30 high."""
    image = pytest.importorskip("PIL.Image")
    return image.fromarray(scene(30, 37))
