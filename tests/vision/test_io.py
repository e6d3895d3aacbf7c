"""Reading and writing images; what cannot be read is named."""

import numpy as np
import pytest

import flambeau
from flambeau.vision import io

from .conftest import scene

Image = pytest.importorskip("PIL.Image")


def tensor_of(array) -> flambeau.Tensor:
    return flambeau.from_numpy(array[None].copy() if array.ndim == 2 else array.transpose(2, 0, 1).copy())


@pytest.fixture
def folder(tmp_path):
    colour, grey = scene(20, 31), scene(20, 31)[:, :, 0]
    Image.fromarray(colour).save(tmp_path / "colour.png")
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(colour).save(tmp_path / "colour.jpg", quality=95)
    Image.fromarray(colour).quantize(8).save(tmp_path / "palette.png")
    Image.fromarray(np.dstack([colour, grey])).save(tmp_path / "alpha.png")
    Image.fromarray(colour).save(tmp_path / "colour.webp", lossless=True)
    Image.fromarray(grey > 100).save(tmp_path / "bilevel.png")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "mode", "channels"),
    [
        ("colour.png", "UNCHANGED", 3), ("grey.png", "unchanged", 1), ("alpha.png", "UNCHANGED", 4), ("palette.png", "UNCHANGED", 3),
        ("bilevel.png", "UNCHANGED", 1), ("colour.jpg", "UNCHANGED", 3), ("colour.webp", "UNCHANGED", 3), ("colour.png", "GRAY", 1),
        ("grey.png", "RGB", 3), ("colour.png", "RGBA", 4), ("grey.png", "GRAY_ALPHA", 2), ("alpha.png", io.ImageReadMode.RGB, 3),
    ],
)  # fmt: skip
def test_channels_are_as_asked_for(folder, name, mode, channels):
    image = io.read_image(folder / name, mode)
    assert image.dtype == flambeau.uint8 and tuple(image.shape) == (channels, 20, 31)


def test_values_are_those_of_the_file(folder):
    for name in ("colour.png", "colour.webp"):
        assert flambeau.equal(io.read_image(str(folder / name)), tensor_of(scene(20, 31)))
    assert flambeau.equal(io.read_image(folder / "grey.png"), tensor_of(scene(20, 31)[:, :, 0]))
    difference = io.read_image(folder / "colour.jpg").int() - tensor_of(scene(20, 31)).int()
    assert float(difference.abs().float().mean()) < 4
    assert set(io.read_image(folder / "bilevel.png").flatten().tolist()) == {0, 255}


def test_there_and_back(tmp_path):
    image = tensor_of(scene(9, 12))
    assert flambeau.equal(io.decode_png(io.encode_png(image, compression_level=0)), image)
    io.write_png(image, tmp_path / "a.png")
    assert flambeau.equal(io.read_image(tmp_path / "a.png"), image)
    assert flambeau.equal(io.decode_image(io.read_file(tmp_path / "a.png")), image)
    assert flambeau.equal(io.decode_image(tmp_path / "a.png"), image)
    io.write_jpeg(image[:1], tmp_path / "a.jpg", quality=100)
    assert tuple(io.read_image(tmp_path / "a.jpg").shape) == (1, 9, 12)
    assert len(io.encode_jpeg(image, quality=10)) < len(io.encode_jpeg(image, quality=95))
    first, second = io.decode_jpeg(io.encode_jpeg([image, image[:1]]), mode="RGB")
    assert tuple(first.shape) == tuple(second.shape) == (3, 9, 12)
    io.write_file(tmp_path / "bytes", flambeau.tensor([1, 2, 3], dtype=flambeau.uint8))
    assert (tmp_path / "bytes").read_bytes() == b"\1\2\3"


def test_moving_pictures_give_all_frames(tmp_path):
    frames = [Image.fromarray(np.full((4, 5, 3), value, np.uint8)) for value in (0, 100, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    image = io.read_image(tmp_path / "a.gif")
    assert tuple(image.shape) == (3, 3, 4, 5) and image[:, 0, 0, 0].tolist() == [0, 100, 200]
    frames[1].save(tmp_path / "b.gif")
    assert tuple(io.decode_gif(io.read_file(tmp_path / "b.gif")).shape) == (3, 4, 5)


def test_photographs_are_turned_upright_on_request(tmp_path):
    picture = Image.fromarray(scene(20, 31))
    exif = picture.getexif()
    exif[0x0112] = 6  # held to the right
    picture.save(tmp_path / "a.png", exif=exif)
    assert tuple(io.read_image(tmp_path / "a.png").shape) == (3, 20, 31)
    upright = io.read_image(tmp_path / "a.png", apply_exif_orientation=True)
    np.testing.assert_array_equal(upright.numpy(), np.rot90(tensor_of(scene(20, 31)).numpy(), -1, (1, 2)))


def test_what_is_no_image_is_named(folder, monkeypatch):
    (folder / "text.png").write_text("no image")
    (folder / "empty.png").write_bytes(b"")
    for suffix in ("png", "jpg", "webp"):
        content = (folder / f"colour.{suffix}").read_bytes()
        (folder / f"cut.{suffix}").write_bytes(content[: len(content) // 2])
        with pytest.raises(io.ImageError, match=rf"cut\.{suffix}"):
            io.read_image(folder / f"cut.{suffix}")
    for name, what in (
        ("text.png", "text.png holds no image"),
        ("empty.png", "empty.png"),
        ("gone.png", "No such file.*gone.png"),
        ("", "is a folder"),
    ):
        with pytest.raises(RuntimeError, match=what):
            io.read_image(folder / name)
        with pytest.raises(OSError, match=what):
            io.read_image(folder / name)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(io.ImageError, match=r"colour\.png: .*exceeds limit .*raise PIL.Image.MAX_IMAGE_PIXELS"):
        io.read_image(folder / "colour.png")


def test_wrong_arguments(folder, tmp_path):
    image = tensor_of(scene(4, 5))
    with pytest.raises(RuntimeError, match="is a PNG image, not JPEG"):
        io.decode_jpeg(io.encode_png(image))
    with pytest.raises(RuntimeError, match="one-dimensional uint8 tensor"):
        io.decode_image(image)
    with pytest.raises(RuntimeError, match="dtype should be uint8"):
        io.encode_png(image.float())
    with pytest.raises(RuntimeError, match=r"\(1, H, W\) or \(3, H, W\), got shape \(2, 4, 5\)"):
        io.encode_png(image[:2])
    with pytest.raises(RuntimeError, match="between 0 and 9"):
        io.encode_png(image, 10)
    with pytest.raises(ValueError, match="between 1 and 100"):
        io.encode_jpeg(image, 0)
    with pytest.raises(KeyError, match="BLUE"):
        io.read_image(folder / "colour.png", "BLUE")
    with pytest.raises(io.ImageError, match="is empty"):
        (tmp_path / "empty").write_bytes(b"")
        io.read_file(tmp_path / "empty")
