"""Streams larger than memory: tar shards, Parquet and Arrow files, here and over http; shared out, shuffled, resumed."""
import http.server
import io
import json
import tarfile
import threading

import numpy as np
import pytest

import flambeau
from flambeau.utils.data import ColumnFiles, DataLoader, Stream, TarShards, remote
from flambeau.utils.data.shards import expand


class Numbers(Stream):
    """Units of three numbers each."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.n = units

    def units(self):
        return range(self.n)

    def read(self, unit):
        yield from range(3 * unit, 3 * unit + 3)


@pytest.mark.parametrize("shuffle", [0, 4])
@pytest.mark.parametrize("units, world, workers", [(7, 1, 0), (7, 2, 2), (2, 3, 0), (3, 2, 2), (1, 2, 3), (8, 3, 2)])
@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")
def test_each_sample_comes_once(units, world, workers, shuffle):
    found = []
    for rank in range(world):
        for batch in DataLoader(Numbers(units, shuffle=shuffle, rank=rank, world=world), 2, num_workers=workers):
            found += batch.tolist()
    assert sorted(found) == list(range(3 * units))


def test_orders_follow_from_the_seed_and_differ_from_pass_to_pass():
    stream = Numbers(20, shuffle=10)
    flambeau.manual_seed(1)
    first, second = list(stream), list(stream)
    flambeau.manual_seed(1)
    assert list(stream) == first != second and sorted(first) == sorted(second) == list(range(60)) and first != list(range(60))
    assert list(Numbers(3)) == list(range(9))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("at", [0, 1, 4])
def test_resuming(workers, at):
    def loader():
        return DataLoader(Numbers(9, shuffle=5), 3, num_workers=workers)

    flambeau.manual_seed(3)
    whole = [batch.tolist() for batch in loader()]
    flambeau.manual_seed(3)
    broken = loader()
    iterator = iter(broken)
    begin = [next(iterator).tolist() for _ in range(at)]
    state, generator = broken.state_dict(), flambeau.get_rng_state()
    other = loader()
    other.load_state_dict(state)
    flambeau.set_rng_state(generator)
    assert begin + [batch.tolist() for batch in other] == whole


def test_options():
    with pytest.raises(ValueError, match="rank=2, world=2"):
        Numbers(3, rank=2, world=2)
    with pytest.raises(ValueError, match="shuffle is the length of the buffer"):
        Numbers(3, shuffle=-1)
    assert list(Numbers(2, transform=lambda n: -n)) == [0, -1, -2, -3, -4, -5]


# ------------------------------------------------------------------------------------------------------------------------------ tar
def write_shard(path, keys, mode="w"):
    with tarfile.open(path, mode) as archive:
        for key in keys:
            for extension, data in (("cls", str(key % 3).encode()), ("txt", f"text {key}".encode()), ("meta.json", json.dumps({"k": key}).encode())):
                entry = tarfile.TarInfo(f"set/{key:04}.{extension}")
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))


@pytest.fixture
def shards(tmp_path):
    for k in range(3):
        write_shard(tmp_path / f"part-{k:02}.tar", range(4 * k, 4 * k + 4))
    return str(tmp_path / "part-{00..02}.tar")


def test_tar_shards(shards):
    samples = list(TarShards(shards, decoders={"meta.json": json.loads}))
    assert samples[5] == {"__key__": "set/0005", "cls": 2, "txt": "text 5", "meta.json": {"k": 5}} and len(samples) == 12
    batch = next(iter(DataLoader(TarShards(shards, transform=lambda s: (s["txt"], s["cls"])), 4)))
    assert batch[0] == ("text 0", "text 1", "text 2", "text 3") or list(batch[0]) == ["text 0", "text 1", "text 2", "text 3"]
    assert batch[1].tolist() == [0, 1, 2, 0]


def test_compressed_shards(tmp_path):
    write_shard(tmp_path / "a.tar.gz", range(3), "w:gz")
    assert [sample["txt"] for sample in TarShards(tmp_path / "a.tar.gz")] == ["text 0", "text 1", "text 2"]


def test_ranges_of_names():
    assert expand("a-{08..10}-{0..1}") == ["a-08-0", "a-08-1", "a-09-0", "a-09-1", "a-10-0", "a-10-1"]
    with pytest.raises(ValueError, match="runs backwards"):
        expand("{3..1}")


def test_bad_shards(tmp_path, shards):
    (tmp_path / "no.tar").write_bytes(b"no tar file" * 100)
    with pytest.raises(OSError, match="no.tar is no whole tar file"):
        list(TarShards(tmp_path / "no.tar"))
    whole = (tmp_path / "part-00.tar").read_bytes()
    for length in (700, 1024, 1300, 4 * 3 * 1024):  # in the data, between two files, in a header, before the closing blocks
        (tmp_path / "cut.tar").write_bytes(whole[:length])
        with pytest.raises(OSError, match="cut.tar is no whole tar file"):
            list(TarShards(tmp_path / "cut.tar"))
    with pytest.raises(FileNotFoundError):
        list(TarShards(tmp_path / "none.tar"))
    with pytest.raises(ValueError, match="part-00.tar: set/0000.txt cannot be decoded: invalid literal"):
        list(TarShards(shards, decoders={"txt": int}))
    with pytest.raises(ValueError, match="no shards"):
        TarShards([])


# ---------------------------------------------------------------------------------------------------------------------------- http
class Site:
    """Serves bytes with ranges on the loopback interface; `fail` answers that many requests with an error first."""

    def __init__(self):
        self.files, self.fail, self.ranges, self.requests = {}, 0, True, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                wanted = self.headers.get("Range")
                site.requests.append(wanted)
                content = site.files.get(self.path[1:])
                if site.fail:
                    site.fail -= 1
                    return self.send_error(503)
                if content is None:
                    return self.send_error(404)
                first, last = map(int, wanted.removeprefix("bytes=").split("-"))
                if site.ranges:
                    if first >= len(content):
                        return self.send_error(416)
                    part = content[first : last + 1]
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(content)}")
                else:
                    part = content
                    self.send_response(200)
                self.send_header("Content-Length", str(len(part)))
                self.end_headers()
                self.wfile.write(part)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_address[1]}/{name}"


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr(remote, "PAUSE", 0.0)
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


def test_ranges(site, monkeypatch):
    monkeypatch.setattr(remote, "PIECE", 100)
    site.files["a"] = bytes(range(256)) * 4
    with remote.open_binary(site.url("a")) as file:
        assert file.read(10) == bytes(range(10)) and file.seek(-3, io.SEEK_END) == 1021 and file.read() == bytes([253, 254, 255]) and file.read() == b""
        site.fail = 2
        file.seek(256)
        assert file.read(300) == bytes(range(256)) + bytes(range(44))
    site.files["empty"] = b""
    assert remote.open_binary(site.url("empty")).read() == b""


def test_servers_that_do_not_deliver(site):
    with pytest.raises(OSError, match="/none: 404"):
        remote.open_binary(site.url("none"))
    site.files["a"], site.fail = b"abc", 99
    with pytest.raises(OSError, match="could not be read in 4 attempts: 503"):
        remote.open_binary(site.url("a"))
    site.fail, site.ranges = 0, False
    with pytest.raises(OSError, match="the server sends no ranges"):
        remote.open_binary(site.url("a"))


def test_tar_shards_over_http(site, shards, tmp_path):
    site.files["part.tar"] = (tmp_path / "part-01.tar").read_bytes()
    assert [sample["txt"] for sample in TarShards(site.url("part.tar"))] == [f"text {k}" for k in range(4, 8)]


# ------------------------------------------------------------------------------------------------------------------------- Parquet
@pytest.fixture
def table(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    ipc = pytest.importorskip("pyarrow.ipc")
    rows = pyarrow.table({"x": [float(k) for k in range(10)], "name": [f"n{k}" for k in range(10)], "v": [[k, k + 1] for k in range(10)]})
    (tmp_path / "tables").mkdir()
    parquet.write_table(rows, tmp_path / "tables" / "a.parquet", row_group_size=4)
    with ipc.new_file(str(tmp_path / "b.arrow"), rows.schema) as file:
        file.write_table(rows, max_chunksize=3)
    return tmp_path


def test_rows(table):
    data = ColumnFiles(table / "tables")
    rows = list(data)
    assert len(data) == 10 and rows[3]["x"] == 3.0 and rows[3]["name"] == "n3" and rows[3]["v"].tolist() == [3, 4]
    assert len(data.units()) == 3
    batch = next(iter(DataLoader(ColumnFiles(str(table / "tables" / "*.parquet"), ["x", "v"]), 5)))
    assert sorted(batch) == ["v", "x"] and batch["v"].tolist() == [[k, k + 1] for k in range(5)] and batch["x"].dtype == flambeau.float64
    assert [row["x"] for row in ColumnFiles(table / "b.arrow", ["x"])] == list(range(10))


def test_rows_are_shared_out(table):
    parts = [ColumnFiles([table / "tables", table / "b.arrow"], ["x"], shuffle=3, rank=rank, world=2) for rank in range(2)]
    found = [[row["x"] for row in part] for part in parts]
    assert [len(part) for part in parts] == list(map(len, found)) and sorted(found[0] + found[1]) == sorted([float(k) for k in range(10)] * 2)
    many = [ColumnFiles(table / "tables", ["x"], rank=rank, world=5) for rank in range(5)]
    assert [len(part) for part in many] == [2] * 5 and sorted(row["x"] for part in many for row in part) == list(range(10))


def test_rows_over_http(table, site):
    site.files["a.parquet"] = (table / "tables" / "a.parquet").read_bytes()
    assert np.sum([row["x"] for row in ColumnFiles(site.url("a.parquet"), ["x"])]) == 45


def test_bad_columns_and_files(table, monkeypatch):
    with pytest.raises(ValueError, match="has no column y; it has x, name, v"):
        ColumnFiles(table / "tables", ["y"])
    with pytest.raises(FileNotFoundError, match="no Parquet or Arrow file"):
        ColumnFiles(table / "nothing")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        ColumnFiles(table / "tables")
