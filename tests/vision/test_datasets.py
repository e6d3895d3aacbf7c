"""CIFAR, SVHN, STL-10, folders, tables and noise: made small here, in the formats of the real ones."""

import csv
import hashlib
import os
import pickle
import tarfile

import numpy as np
import pytest

import flambeau
from flambeau.vision import datasets, transforms
from flambeau.vision._files import FetchError
from flambeau.vision._pillow import ImageError
from flambeau.vision.datasets._safe_pickle import read_pickle

from .conftest import scene

rng = np.random.default_rng(0)


def md5(path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


class TinyCIFAR(datasets.CIFAR10):
    """CIFAR-10 with the checksums of what the test wrote."""


@pytest.fixture
def cifar(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    pictures = rng.integers(0, 256, (24, 3072), dtype=np.uint8)
    parts = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    for number, name in enumerate(parts):
        rows = pictures[4 * number : 4 * number + 4]
        content = {"data": rows, "labels": [number, 1, 2, 3], "batch_label": name, "filenames": ["a.png"] * 4}
        (folder / name).write_bytes(pickle.dumps(content, protocol=2 + number % 3))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij"), "num_vis": 3072}, protocol=2))
    TinyCIFAR.train_list = [[name, md5(folder / name)] for name in parts[:5]]
    TinyCIFAR.test_list = [[name, md5(folder / name)] for name in parts[5:]]
    TinyCIFAR.meta = datasets.CIFAR10.meta | {"md5": md5(folder / "batches.meta")}
    return tmp_path, pictures


def test_cifar_gives_pictures_channels_last(cifar):
    root, pictures = cifar
    data = TinyCIFAR(root, train=True, transform=transforms.ToTensor())
    assert data.data.shape == (20, 32, 32, 3) and data.targets[:8] == [0, 1, 2, 3, 1, 1, 2, 3]
    assert data.classes == list("abcdefghij") and data.class_to_idx["c"] == 2
    image, target = data[4]
    assert target == 1
    np.testing.assert_array_equal(image.numpy(), pictures[4].reshape(3, 32, 32) / np.float32(255))
    test = TinyCIFAR(root, train=False)
    assert len(test) == 4 and test.content_key != data.content_key
    assert repr(test) == f"Dataset TinyCIFAR\n    Number of datapoints: 4\n    Root location: {root}\n    Split: Test"


def test_cifar_downloads_and_unpacks(cifar, site, tmp_path, monkeypatch):
    root, _ = cifar
    archive = tmp_path / "made.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root / "cifar-10-batches-py", "cifar-10-batches-py")
    site.files["c.tar.gz"] = archive.read_bytes()
    monkeypatch.setattr(TinyCIFAR, "url", site.url("c.tar.gz"))
    monkeypatch.setattr(TinyCIFAR, "tgz_md5", md5(archive))
    data = TinyCIFAR(tmp_path / "new", download=True)
    assert data.source.kind == "download" and len(data) == 20
    assert TinyCIFAR(tmp_path / "new", download=True).source.kind == "folder"


def test_cifar_with_other_bytes_is_refused(cifar):
    root, _ = cifar
    path = root / "cifar-10-batches-py" / "data_batch_3"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RuntimeError, match="Dataset not found or corrupted"):
        TinyCIFAR(root)


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit('executed')",)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (pickle.dumps({"data": Evil()}), "builtins.exec, which is not data"),
        (pickle.dumps({"data": np.array([object()], dtype=object)}), "not data|another type"),
        (pickle.dumps({"data": np.arange(5.0), "x": np.float64(2)}), "scalar, which is not data"),
        (pickle.dumps([1, 2]), "holds a list, expected a dict"),
        (b"\x80\x02no pickle", ""),
        (b"", ""),
    ],
)
def test_nothing_in_a_pickle_is_executed(tmp_path, content, what):
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(FetchError, match=f"batch .*{what}"):
        read_pickle(tmp_path / "batch")


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_arrays_in_pickles_of_all_protocols(tmp_path, protocol):
    arrays = {
        "a": rng.integers(0, 256, (3, 5), dtype=np.uint8),
        "b": np.asfortranarray(rng.normal(size=(2, 4))),
        "c": np.arange(3).astype(">i4"),
    }
    (tmp_path / "batch").write_bytes(pickle.dumps(arrays | {"names": ["x", "y"]}, protocol=protocol))
    read = read_pickle(tmp_path / "batch")
    assert read["names"] == ["x", "y"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)


def test_svhn_calls_ten_nought(tmp_path, monkeypatch):
    scipy_io = pytest.importorskip("scipy.io")
    pictures = rng.integers(0, 256, (32, 32, 3, 5), dtype=np.uint8)
    path = tmp_path / "test_32x32.mat"
    scipy_io.savemat(path, {"X": pictures, "y": np.array([[10], [1], [2], [9], [10]], np.uint8)})
    monkeypatch.setitem(datasets.SVHN.split_list, "test", ["http://127.0.0.1:9/x", path.name, md5(path)])
    data = datasets.SVHN(tmp_path, split="test", transform=transforms.ToTensor())
    assert data.labels.tolist() == [0, 1, 2, 9, 0] and data.data.shape == (5, 3, 32, 32)
    image, target = data[3]
    assert target == 9 and data.content_key[2] == "test" and "Split: test" in repr(data)
    np.testing.assert_array_equal(image.numpy(), pictures[:, :, :, 3].transpose(2, 0, 1) / np.float32(255))
    batch = data.__getbatch__([3, 0])
    np.testing.assert_array_equal(batch[0][0].numpy(), image.numpy())
    assert batch[1].tolist() == [9, 0]
    with pytest.raises(RuntimeError, match="Dataset not found or corrupted"):
        datasets.SVHN(tmp_path, split="train")


def test_stl10_reads_columns_and_folds(tmp_path, monkeypatch):
    folder = tmp_path / "stl10_binary"
    folder.mkdir()
    pictures = rng.integers(0, 256, (6, 3, 96, 96), dtype=np.uint8)
    for name, part in (("train_X.bin", pictures[:3]), ("unlabeled_X.bin", pictures[3:5]), ("test_X.bin", pictures[5:])):
        part.transpose(0, 1, 3, 2).copy().tofile(folder / name)
    np.array([1, 10, 3], np.uint8).tofile(folder / "train_y.bin")
    np.array([7], np.uint8).tofile(folder / "test_y.bin")
    (folder / "fold_indices.txt").write_text("0 2 \n1 \n")
    (folder / "class_names.txt").write_text("airplane\nbird\n")
    for listed in ("train_list", "test_list"):
        monkeypatch.setattr(datasets.STL10, listed, [[name, md5(folder / name)] for name, _ in getattr(datasets.STL10, listed)])
    both = datasets.STL10(tmp_path, "train+unlabeled", transform=transforms.PILToTensor())
    assert both.labels.tolist() == [0, 9, 2, -1, -1] and both.classes == ["airplane", "bird"]
    np.testing.assert_array_equal(both.__getbatch__([4])[0][0].numpy(), pictures[4])
    fold = datasets.STL10(tmp_path, "train", folds=0)
    assert fold.labels.tolist() == [0, 2] and fold.content_key != datasets.STL10(tmp_path, "train").content_key
    assert datasets.STL10(tmp_path, "test").labels.tolist() == [6]
    with pytest.raises(ValueError, match=r"range \[0, 10\), but got 11"):
        datasets.STL10(tmp_path, folds=11)
    with pytest.raises(ValueError, match="Expected type None or int"):
        datasets.STL10(tmp_path, folds="1")


@pytest.fixture
def folders(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for name in ("dog/b.png", "dog/a.jpg", "cat/deep/c.PNG", "cat/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no image")
        else:
            image.fromarray(scene(6, 8)).save(path)
    return tmp_path


def test_image_folder(folders):
    data = datasets.ImageFolder(folders, transform=transforms.ToTensor(), target_transform=lambda target: target + 10)
    assert data.classes == ["cat", "dog"] and data.class_to_idx == {"cat": 0, "dog": 1} and data.targets == [0, 1, 1]
    assert [path.removeprefix(str(folders)) for path, _ in data.samples] == ["/cat/deep/c.PNG", "/dog/a.jpg", "/dog/b.png"]
    assert data.imgs is data.samples and len(data) == 3
    image, target = data[2]
    np.testing.assert_array_equal(image.numpy(), scene(6, 8).transpose(2, 0, 1) / np.float32(255))
    assert target == 11
    assert repr(data).startswith(f"Dataset ImageFolder\n    Number of datapoints: 3\n    Root location: {folders}\n    StandardTransform")


def test_image_folder_names_the_file_that_it_cannot_read(folders):
    (folders / "dog" / "broken.png").write_bytes((folders / "dog" / "b.png").read_bytes()[:60])
    data = datasets.ImageFolder(folders)
    with pytest.raises(ImageError, match=r"dog/broken\.png"):
        list(data)
    with pytest.raises(OSError):
        data[[path for path, _ in data.samples].index(str(folders / "dog" / "broken.png"))]


def test_folders_without_files_or_classes(folders):
    (folders / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="Found no valid file for the classes empty. Supported extensions are: .jpg"):
        datasets.ImageFolder(folders)
    assert datasets.ImageFolder(folders, allow_empty=True).classes == ["cat", "dog", "empty"]
    with pytest.raises(FileNotFoundError, match="Couldn't find any class folder"):
        datasets.ImageFolder(folders / "empty")


def test_dataset_folder_with_a_loader_of_ones_own(folders):
    data = datasets.DatasetFolder(folders, loader=os.path.basename, extensions=(".txt",), allow_empty=True)
    assert len(data) == 1
    data = datasets.DatasetFolder(folders, loader=len, is_valid_file=lambda path: path.endswith("c.PNG"), allow_empty=True)
    assert data[0] == (len(data.samples[0][0]), 0)
    with pytest.raises(ValueError, match="cannot be None or not None at the same time"):
        datasets.DatasetFolder(folders, loader=len)


def write_table(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)


def test_image_table(folders):
    write_table(folders / "t.csv", [["label", "file"], ["3", "dog/b.png"], ["1", "cat/deep/c.PNG"]])
    data = datasets.ImageTable(folders / "t.csv", folders, file_column="file", label_column="label", transform=transforms.ToTensor())
    assert len(data) == 2 and data.targets == [3, 1] and data.class_to_idx == {"1": 1, "3": 3}
    np.testing.assert_array_equal(data[0][0].numpy(), scene(6, 8).transpose(2, 0, 1) / np.float32(255))
    write_table(folders / "names.csv", [["dog/b.png", "dog"], ["cat/deep/c.PNG", "cat"]])
    named = datasets.ImageTable(folders / "names.csv", header=False)
    assert named.classes == ["cat", "dog"] and named.targets == [1, 0] and named[0][0].size == (8, 6)
    assert f"Table: {folders / 'names.csv'}" in repr(named)


@pytest.mark.parametrize(
    ("rows", "error", "what"),
    [
        ([["file", "label"], ["dog/b.png"]], ValueError, "line 2: 1 columns, at least 2 expected"),
        ([["file", "label"], ["dog/z.png", "1"]], FileNotFoundError, "line 2: there is no file .*dog/z.png"),
        ([["path", "label"], ["dog/b.png", "1"]], ValueError, "no column 'file'; its header is path, label"),
    ],
)
def test_image_table_names_the_line_that_is_wrong(folders, rows, error, what):
    write_table(folders / "t.csv", rows)
    with pytest.raises(error, match=rf"t\.csv.*{what}"):
        datasets.ImageTable(folders / "t.csv", file_column="file")


def test_fake_data_is_the_same_each_time_and_draws_nothing():
    pytest.importorskip("PIL")
    data = datasets.FakeData(5, (3, 8, 6), num_classes=4, transform=transforms.PILToTensor())
    flambeau.manual_seed(1)
    before = flambeau.get_rng_state()
    (image, target), (again, target_again) = data[3], data[3]
    assert flambeau.equal(flambeau.get_rng_state(), before)
    assert flambeau.equal(image, again) and target == target_again and isinstance(target, int) and 0 <= target < 4
    assert tuple(image.shape) == (3, 8, 6) and not flambeau.equal(image, data[2][0])
    assert flambeau.equal(datasets.FakeData(5, (3, 8, 6), 4, transforms.PILToTensor(), random_offset=1)[2][0], image)
    with pytest.raises(IndexError, match="out of range: 5 of 5"):
        data[5]


def test_transforms_are_joint_or_separate():
    class Two(datasets.VisionDataset):
        def __len__(self):
            return 2

    assert repr(Two("here", transforms=lambda image, target: (target, image))).splitlines()[0] == "Dataset Two"
    with pytest.raises(ValueError, match="Only transforms or transform/target_transform"):
        Two("here", transforms=len, transform=len)
    with pytest.raises(NotImplementedError, match="Two must define __getitem__"):
        Two()[0]
