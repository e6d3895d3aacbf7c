"""Grids, files and drawings."""

import io

import numpy as np
import pytest

import flambeau
from flambeau.vision import utils
from flambeau.vision.io import read_image

from .conftest import scene

Image = pytest.importorskip("PIL.Image")


def test_make_grid_puts_images_side_by_side():
    images = flambeau.arange(1.0, 6.0).reshape(5, 1, 1, 1).expand(5, 3, 2, 3)
    grid = utils.make_grid(images, nrow=3, padding=1, pad_value=9.0)
    assert tuple(grid.shape) == (3, 7, 13)
    row = [9, 1, 1, 1, 9, 2, 2, 2, 9, 3, 3, 3, 9]
    assert grid[1, 1].tolist() == row and grid[2, 2].tolist() == row and grid[0, 0].tolist() == [9] * 13
    assert grid[0, 4].tolist() == [9, 4, 4, 4, 9, 5, 5, 5, 9, 9, 9, 9, 9]


def test_make_grid_of_one_and_of_grey():
    assert tuple(utils.make_grid(flambeau.rand(4, 5)).shape) == (3, 4, 5)
    assert tuple(utils.make_grid(flambeau.rand(1, 4, 5)).shape) == (3, 4, 5)
    assert tuple(utils.make_grid([flambeau.rand(1, 4, 5)] * 2).shape) == (3, 8, 16)
    for wrong in ("images", ["image"]):
        with pytest.raises(TypeError, match="tensor or list of tensors expected"):
            utils.make_grid(wrong)


def test_make_grid_normalizes():
    images = flambeau.tensor([0.0, 4.0, 10.0, 20.0]).reshape(2, 1, 1, 2)
    assert utils.make_grid(images, normalize=True, padding=0)[0].flatten().tolist() == pytest.approx([0, 0.2, 0.5, 1])
    assert utils.make_grid(images, normalize=True, scale_each=True, padding=0)[0].flatten().tolist() == pytest.approx([0, 1, 0, 1])
    clipped = utils.make_grid(images, normalize=True, value_range=(0.0, 10.0), padding=0)
    assert clipped[0].flatten().tolist() == pytest.approx([0, 0.4, 1, 1])
    assert images.max().item() == 20.0
    with pytest.raises(TypeError, match="value_range has to be a tuple"):
        utils.make_grid(images, normalize=True, value_range=[0, 1])


def test_save_image(tmp_path):
    image = flambeau.tensor([0.0, 0.5, 1.0, 2.0]).reshape(1, 2, 2)
    utils.save_image(image, tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[0].tolist() == [[0, 128], [255, 255]]
    buffer = io.BytesIO()
    utils.save_image(image, buffer, format="bmp")
    assert Image.open(buffer).size == (2, 2)
    with pytest.raises(ValueError, match="unknown file extension: .xyz"):
        utils.save_image(image, tmp_path / "a.xyz")


def picture() -> flambeau.Tensor:
    return flambeau.from_numpy(scene(40, 50).transpose(2, 0, 1).copy())


def test_boxes_are_drawn_where_they_are():
    drawn = utils.draw_bounding_boxes(picture(), flambeau.tensor([[5, 6, 20, 30]]), colors=(255, 0, 0))
    changed = (drawn != picture()).any(0).numpy()
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 30, 5, 20)
    assert drawn[:, 6, 5].tolist() == [255, 0, 0] and not changed[7:30, 6:20].any()
    filled = utils.draw_bounding_boxes(picture().float() / 255, flambeau.tensor([[5, 6, 20, 30]]), fill=True, colors=["lime"], labels=["x"])
    assert filled.dtype == flambeau.float32 and tuple(filled.shape) == (3, 40, 50) and filled[1, 20, 10] > picture()[1, 20, 10] / 255
    assert tuple(utils.draw_bounding_boxes(picture()[:1], flambeau.tensor([[1, 1, 2, 2]]), fill_labels=True, labels=["y"]).shape) == (
        3,
        40,
        50,
    )


@pytest.mark.parametrize(
    ("call", "error", "what"),
    [
        (lambda: utils.draw_bounding_boxes("x", flambeau.zeros(1, 4)), TypeError, "must be a tensor"),
        (lambda: utils.draw_bounding_boxes(picture().int(), flambeau.zeros(1, 4)), ValueError, "dtype must be uint8 or float"),
        (lambda: utils.draw_bounding_boxes(picture()[None], flambeau.zeros(1, 4)), ValueError, "individual images"),
        (lambda: utils.draw_bounding_boxes(picture()[:2], flambeau.zeros(1, 4)), ValueError, "grayscale and RGB"),
        (lambda: utils.draw_bounding_boxes(picture(), flambeau.tensor([[5, 0, 1, 9]])), ValueError, "xmin > xmax"),
        (lambda: utils.draw_bounding_boxes(picture(), flambeau.zeros(2, 4), labels=["a"]), ValueError, "mismatch"),
        (lambda: utils.draw_bounding_boxes(picture(), flambeau.zeros(2, 4), colors=["red"]), ValueError, "1 < 2"),
        (lambda: utils.draw_bounding_boxes(picture(), flambeau.zeros(1, 4), colors=3), ValueError, "tuple or a string"),
        (lambda: utils.draw_bounding_boxes(picture(), flambeau.zeros(1, 4), colors=(1, 2)), ValueError, "RGB triplet"),
        (lambda: utils.draw_segmentation_masks(picture()[:1], flambeau.zeros(40, 50) > 0), ValueError, "RGB image"),
        (lambda: utils.draw_segmentation_masks(picture(), flambeau.zeros(40, 50)), ValueError, "dtype bool"),
        (lambda: utils.draw_segmentation_masks(picture(), flambeau.zeros(4, 5) > 0), ValueError, "same height and width"),
        (lambda: utils.draw_keypoints(picture(), flambeau.zeros(4, 2)), ValueError, "num_instances, K, 2"),
    ],
)
def test_wrong_arguments(call, error, what):
    with pytest.raises(error, match=what):
        call()


def test_nothing_to_draw_warns():
    with pytest.warns(UserWarning, match="No box was drawn"):
        assert flambeau.equal(utils.draw_bounding_boxes(picture(), flambeau.zeros(0, 4)), picture())
    with pytest.warns(UserWarning, match="No mask was drawn"):
        utils.draw_segmentation_masks(picture(), flambeau.zeros(0, 40, 50) > 0)


def test_masks_are_blended_and_black_where_they_overlap():
    masks = flambeau.zeros(2, 40, 50) > 0
    masks[0, :20], masks[1, 10:30] = True, True
    drawn = utils.draw_segmentation_masks(
        flambeau.full((3, 40, 50), 100, dtype=flambeau.uint8), masks, alpha=0.5, colors=["red", (0, 0, 255)]
    )
    assert [drawn[:, row, 0].tolist() for row in (0, 15, 25, 35)] == [[177, 50, 50], [50, 50, 50], [50, 50, 177], [100, 100, 100]]


def test_keypoints():
    points = flambeau.tensor([[[10.0, 10.0], [30.0, 20.0]]])
    drawn = utils.draw_keypoints(flambeau.zeros(3, 40, 50, dtype=flambeau.uint8), points, colors="red", connectivity=[(0, 1)])
    assert drawn[:, 10, 10].tolist() == [255, 0, 0] or drawn[:, 10, 10].tolist() == [255, 255, 255]
    assert drawn[0, 15, 20].item() == 255
    hidden = utils.draw_keypoints(
        flambeau.zeros(3, 40, 50, dtype=flambeau.uint8), points, colors="red", visibility=flambeau.tensor([[True, False]])
    )
    assert hidden[0, 10, 10].item() == 255 and hidden[0, 20, 30].item() == 0
