"""MNIST and its relatives: the idx format, where files are found, and what the data sets give."""

import gzip
import hashlib
import lzma
import struct
import sys
import zipfile

import numpy as np
import pytest

import flambeau
from flambeau.vision import datasets, transforms
from flambeau.vision._files import FetchError, find_system_folder
from flambeau.vision.datasets.idx import read_idx

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx_bytes(values: np.ndarray) -> bytes:
    code = values.dtype.str[1:]
    return bytes((0, 0, CODES[code], values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.astype(">" + code).tobytes()


def images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def labels(count: int) -> np.ndarray:
    return (np.arange(count) % 10).astype(np.uint8)


def files(train: int = 20, test: int = 10) -> dict[str, bytes]:
    """The four files of MNIST, unpacked."""
    return {
        "train-images-idx3-ubyte": idx_bytes(images(train)),
        "train-labels-idx1-ubyte": idx_bytes(labels(train)),
        "t10k-images-idx3-ubyte": idx_bytes(images(test, 1)),
        "t10k-labels-idx1-ubyte": idx_bytes(labels(test)),
    }


def put(folder, packing=lambda content: content, suffix="", content=None):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (content or files()).items():
        (folder / (name + suffix)).write_bytes(packing(data))


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No folder of the system holds data."""
    monkeypatch.setattr("flambeau.vision._files.share_folders", lambda: [])


@pytest.mark.parametrize("code", CODES)
def test_idx_reads_every_type_in_native_order(tmp_path, code):
    values = np.arange(24).reshape(2, 3, 4).astype(code)
    (tmp_path / "a").write_bytes(idx_bytes(values))
    read = read_idx(tmp_path / "a")
    assert read.dtype == values.dtype and read.dtype.isnative and read.flags.writeable
    np.testing.assert_array_equal(read, values)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_idx_reads_packed_files_whatever_their_name(tmp_path, pack):
    (tmp_path / "a").write_bytes(pack(idx_bytes(labels(7))))
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), labels(7))


GOOD = idx_bytes(labels(100))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "starts with nothing"),
        (b"\0\0", "starts with 00 00"),
        (b"<html>not found</html>", "starts with 3c 68 74 6d, which is no idx header"),
        (b"\0\0\x07\x01" + GOOD[4:], "no idx header"),
        (GOOD[:6], "ends inside its header"),
        (GOOD[:-1], "promises 100 bytes of values, there are only 99"),
        (GOOD + b"x", "promises 100 bytes of values, there are more"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + b"abc", "more than the file can hold"),
        (gzip.compress(GOOD)[:-3], "cannot be unpacked"),
        (gzip.compress(GOOD)[:-8] + bytes(8), "cannot be unpacked"),
        (gzip.compress(GOOD)[:12] + bytes(30), "cannot be unpacked"),
        (lzma.compress(GOOD)[:-20], "(cannot be unpacked|there are only)"),
    ],
)
def test_a_damaged_idx_file_is_named_with_what_is_wrong(tmp_path, content, what):
    (tmp_path / "the-file").write_bytes(content)
    with pytest.raises(FetchError, match=rf"the-file is damaged: .*{what}.* Delete it and fetch it again"):
        read_idx(tmp_path / "the-file")


@pytest.mark.parametrize(("packing", "suffix"), [(bytes, ""), (gzip.compress, ".gz"), (lzma.compress, ".xz")])
def test_files_in_root_are_used_as_they_are(tmp_path, nowhere, packing, suffix):
    put(tmp_path / "MNIST" / "raw", packing, suffix)
    data = datasets.MNIST(tmp_path, train=False)
    assert data.source == ("folder", str(tmp_path / "MNIST" / "raw"), "")
    assert str(data.source) == f"files in {tmp_path}/MNIST/raw"
    assert data.data.dtype == flambeau.uint8 and tuple(data.data.shape) == (10, 28, 28)
    assert data.targets.dtype == flambeau.int64 and data.targets.tolist() == labels(10).tolist()
    np.testing.assert_array_equal(data.data.numpy(), images(10, 1))
    assert len(list((tmp_path / "MNIST" / "raw").iterdir())) == 4


def test_a_system_package_is_used_next(tmp_path, monkeypatch):
    put(tmp_path / "datasets" / "fashion-mnist", gzip.compress, ".gz")
    monkeypatch.setattr("flambeau.vision._files.share_folders", lambda: [tmp_path / "absent", tmp_path])
    data = datasets.FashionMNIST(tmp_path / "root", train=True)
    assert data.source.kind == "system package"
    assert str(data.source) == f"system files in {tmp_path}/datasets/fashion-mnist"
    assert len(data) == 20 and not (tmp_path / "root").exists()
    put(tmp_path / "root" / "FashionMNIST" / "raw")
    assert datasets.FashionMNIST(tmp_path / "root").source.kind == "folder"


def test_a_system_folder_counts_only_when_complete(tmp_path, monkeypatch):
    put(tmp_path / "datasets" / "fashion-mnist", gzip.compress, ".gz")
    (tmp_path / "datasets" / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    monkeypatch.setattr("flambeau.vision._files.share_folders", lambda: [tmp_path])
    assert find_system_folder("fashion-mnist", [["train-images-idx3-ubyte.gz"]]) is not None
    with pytest.raises(RuntimeError, match="Dataset not found. You can use download=True .* system package dataset-fashion-mnist"):
        datasets.FashionMNIST(tmp_path / "root")


def test_download_fetches_checks_and_unpacks(tmp_path, site, nowhere, monkeypatch):
    packed = {name + ".gz": gzip.compress(content) for name, content in files().items()}
    site.files.update({f"mnist/{name}": content for name, content in packed.items()})
    sums = [(name, hashlib.md5(content).hexdigest()) for name, content in packed.items()]
    monkeypatch.setattr(datasets.MNIST, "resources", sums)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [site.url("gone/"), site.url("mnist/")])
    data = datasets.MNIST(tmp_path, download=True)
    assert data.source.kind == "download"
    assert str(data.source) == f"downloaded from {site.url('mnist/train-images-idx3-ubyte.gz')} into {tmp_path}/MNIST/raw"
    assert len(data) == 20 and (tmp_path / "MNIST/raw/train-images-idx3-ubyte").exists()
    site.requests.clear()
    assert datasets.MNIST(tmp_path, download=True).source.kind == "folder"
    assert site.requests == []


def test_an_offline_download_says_what_to_do(tmp_path, site, nowhere, monkeypatch):
    monkeypatch.setattr(datasets.FashionMNIST, "mirrors", [site.url("gone/")])
    with pytest.raises(RuntimeError, match="cannot download train-images.*or install the system package dataset-fashion-mnist"):
        datasets.FashionMNIST(tmp_path, download=True)


def test_images_and_labels_must_belong_together(tmp_path, nowhere):
    put(tmp_path / "MNIST" / "raw", content=files() | {"train-labels-idx1-ubyte": idx_bytes(labels(19))})
    with pytest.raises(FetchError, match=r"train-images-idx3-ubyte holds 20 images, its labels are uint8 of shape \(19,\)"):
        datasets.MNIST(tmp_path)
    put(tmp_path / "MNIST" / "raw", content=files() | {"train-images-idx3-ubyte": idx_bytes(labels(20))})
    with pytest.raises(FetchError, match=r"expected uint8 \(N, height, width\)"):
        datasets.MNIST(tmp_path)


@pytest.fixture
def mnist(tmp_path, nowhere):
    put(tmp_path / "MNIST" / "raw")
    return lambda **kwargs: datasets.MNIST(str(tmp_path), **kwargs)


def test_a_sample_is_an_image_and_a_number(mnist):
    pytest.importorskip("PIL")
    image, target = mnist()[3]
    assert (image.mode, image.size, target, type(target)) == ("L", (28, 28), 3, int)
    np.testing.assert_array_equal(np.asarray(image), images(20)[3])
    assert mnist()[-1][1] == 9
    with pytest.raises(IndexError):
        mnist()[20]


def test_transforms_apply_to_image_and_target(mnist):
    seen = []
    data = mnist(transform=transforms.ToTensor(), target_transform=lambda target: seen.append(target) or -target)
    image, target = data[4]
    assert image.dtype == flambeau.float32 and tuple(image.shape) == (1, 28, 28) and target == -4 and seen == [4]
    np.testing.assert_array_equal(image.numpy()[0], images(20)[4] / np.float32(255))


def test_without_pillow_tensors_still_come(mnist, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    steps = [transforms.ToTensor(), transforms.Normalize([0.5], [0.5])]
    assert tuple(mnist(transform=transforms.Compose(steps))[0][0].shape) == (1, 28, 28)
    for transform in (None, lambda image: image, transforms.RandomCrop(20)):
        with pytest.raises(ImportError, match="needs Pillow: pip install pillow"):
            mnist(transform=transform)[0]


def test_the_printed_form_is_torchvisions(mnist, tmp_path):
    assert repr(mnist(train=False)) == f"Dataset MNIST\n    Number of datapoints: 10\n    Root location: {tmp_path}\n    Split: Test"
    shown = repr(mnist(transform=transforms.Compose([transforms.ToTensor()]))).splitlines()
    assert shown[3:] == [
        "    Split: Train",
        "    StandardTransform",
        "Transform: Compose(",
        "               ToTensor()",
        "           )",
    ]


def test_classes(mnist):
    assert mnist().classes[7] == "7 - seven" and mnist().class_to_idx["0 - zero"] == 0
    assert datasets.FashionMNIST.classes == [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


def test_content_keys_differ_exactly_by_what_is_held(mnist):
    assert mnist().content_key == mnist(transform=transforms.ToTensor()).content_key
    assert mnist().content_key != mnist(train=False).content_key
    hash(mnist().content_key)


def test_old_names_warn(mnist):
    with pytest.warns(UserWarning, match="train_labels has been renamed targets"):
        assert mnist().train_labels.tolist() == labels(20).tolist()


def test_emnist_unpacks_its_archive(tmp_path, site, nowhere, monkeypatch):
    with zipfile.ZipFile(tmp_path / "gzip.zip", "w") as packed:
        for part, count in (("train", 12), ("test", 5)):
            for kind, values in (("images-idx3", images(count)), ("labels-idx1", labels(count))):
                packed.writestr(f"gzip/emnist-letters-{part}-{kind}-ubyte.gz", gzip.compress(idx_bytes(values)))
    site.files["gzip.zip"] = (tmp_path / "gzip.zip").read_bytes()
    monkeypatch.setattr(datasets.EMNIST, "url", site.url("gzip.zip"))
    monkeypatch.setattr(datasets.EMNIST, "md5", hashlib.md5(site.files["gzip.zip"]).hexdigest())
    data = datasets.EMNIST(tmp_path / "root", "letters", train=False, download=True)
    assert len(data) == 5 and data.classes[1] == "a" and data.class_to_idx["z"] == 26
    assert len(datasets.EMNIST(tmp_path / "root", "letters", train=True)) == 12
    assert not (tmp_path / "root/EMNIST/raw/gzip").exists()
    with pytest.raises(ValueError, match="Unknown value 'greek' for argument split"):
        datasets.EMNIST(tmp_path / "root", "greek")
    assert [len(names) for names in datasets.EMNIST.classes_split_dict.values()] == [62, 47, 47, 27, 10, 10]


def test_qmnist_gives_numbers_or_everything(tmp_path, nowhere):
    count = 10_004
    info = np.zeros((count, 8), np.int32)
    info[:, 0], info[:, 5] = np.arange(count) % 10, np.arange(count)
    raw = tmp_path / "QMNIST" / "raw"
    small = np.zeros((count, 2, 2), np.uint8)
    put(raw, content={"qmnist-test-images-idx3-ubyte": idx_bytes(small), "qmnist-test-labels-idx2-int": idx_bytes(info)})
    data = datasets.QMNIST(tmp_path, train=False, transform=transforms.ToTensor())
    assert len(data) == count and data[13][1] == 3 and "Split: test" in repr(data)
    full = datasets.QMNIST(tmp_path, what="test50k", compat=False, transform=transforms.ToTensor())
    assert len(full) == 4 and full[1][1].tolist() == [1, 0, 0, 0, 0, 10_001, 0, 0]
    assert len(datasets.QMNIST(tmp_path, what="test10k")) == 10_000
    assert full.content_key != data.content_key


def test_the_sample_says_that_it_is_one():
    train, test = datasets.FashionMNISTSample(transform=transforms.ToTensor()), datasets.FashionMNISTSample(train=False)
    assert (len(train), len(test)) == (3000, 600)
    assert np.bincount(train.targets.numpy()).tolist() == [300] * 10 and np.bincount(test.targets.numpy()).tolist() == [60] * 10
    assert "Sample: 3,000 + 600 of the 60,000 + 10,000 images" in repr(train)
    assert "a sample of 3,000 + 600 images, not the full Fashion-MNIST" in str(train.source)
    assert train.content_key != test.content_key
    folder = datasets.sample.FOLDER
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000
    assert "MIT License" in (folder / "LICENSE").read_text()


@pytest.mark.skipif(find_system_folder("fashion-mnist", [["train-images-idx3-ubyte.gz"]]) is None, reason="no system package with the data")
def test_the_sample_is_the_beginning_of_the_real_data(tmp_path):
    for train, per_class in ((True, 300), (False, 60)):
        full, sample = datasets.FashionMNIST(tmp_path, train=train), datasets.FashionMNISTSample(train=train)
        assert len(full) == (60_000 if train else 10_000)
        targets = full.targets.numpy()
        chosen = np.sort(np.concatenate([np.flatnonzero(targets == number)[:per_class] for number in range(10)]))
        np.testing.assert_array_equal(sample.data.numpy(), full.data.numpy()[chosen])
        np.testing.assert_array_equal(sample.targets.numpy(), targets[chosen])
    # the figures known for the data set
    assert round(float(np.mean(datasets.FashionMNIST(tmp_path).data.numpy()) / 255), 4) == 0.286
