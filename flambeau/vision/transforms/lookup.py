"""Windows, mirroring and tables in one compiled loop: bytes of pictures become the floats of a batch without a stop in between.

Every value that arithmetic makes of a byte is in a table of 256, which the transforms themselves have filled: so the result is theirs
bit for bit. Where a value comes from is an offset and two steps for each image, which may be negative.
"""

import ctypes
from functools import cache

import numpy as np

from flambeau.backends.llvm import ir, jit

UNROLLED = 8  # pixels of a row at a time

_P, _I = ctypes.c_void_p, ctypes.c_int64


def _emit(module, name, machine) -> None:
    parameters = [("ptr", "source"), ("ptr", "places"), ("ptr", "table"), ("ptr", "out"),
                  *(("i64", word) for word in ("images", "channels", "height", "width", "between"))]
    f = ir.Function(module, name, parameters)
    source, places, table, out, images, channels, height, width, between = f.parameters
    area = f.mul(height, width)
    whole = f.mul(f.div(width, UNROLLED), UNROLLED)

    def pixel(base, x, step, values, row):
        byte = f.load("i8", f.at(base, f.mul(x, step), "i8"))
        f.store(f.load("float", f.at(values, f.convert("zext", byte, "i64"), "float"), 4), f.at(row, x, "float"), 4)

    with f.loop(0, images) as n:
        place = f.at(places, f.mul(n, 3), "i64")
        offset, down, right = (f.load("i64", f.at(place, k, "i64"), 8) for k in range(3))
        image = f.at(source, offset, "i8")
        with f.loop(0, channels) as c:
            values = f.at(table, f.mul(c, 256), "float")
            plane = f.at(image, f.mul(c, between), "i8")
            result = f.at(out, f.mul(f.add(f.mul(n, channels), c), area), "float")
            with f.loop(0, height) as y:
                base, row = f.at(plane, f.mul(y, down), "i8"), f.at(result, f.mul(y, width), "float")
                with f.loop(0, whole, UNROLLED) as x:
                    for k in range(UNROLLED):
                        pixel(base, f.add(x, k), right, values, row)
                with f.loop(whole, width) as x:
                    pixel(base, x, right, values, row)
    f.finish()


@cache
def _function():
    address = jit.library("vision.transforms.lookup 1", _emit, title="bytes of pictures to floats")[""]
    return ctypes.CFUNCTYPE(None, _P, _P, _P, _P, _I, _I, _I, _I, _I)(address)  # releases the interpreter's lock


class View:
    """Pictures in a strided array of bytes (N, C, H, W), and for each the window of it that counts, mirrored or not."""

    def __init__(self, images: np.ndarray):
        self.images = images
        self.height, self.width = images.shape[2:]
        self.places = np.empty((len(images), 3), np.int64)  # for each image: offset, step down, step to the right; in bytes
        self.places[:] = 0, images.strides[2], images.strides[3]
        self.places[:, 0] = np.arange(len(images)) * images.strides[0]
        self.is_whole = True

    def replace(self, images: np.ndarray) -> None:
        """Go on with other images, such as these with borders. Only before there are windows or mirrors."""
        self.__init__(images)

    def window(self, tops, lefts, height: int, width: int) -> None:
        """Take a window of every image; tops, lefts: numbers, or one for each."""
        self.places[:, 0] += tops * self.places[:, 1] + lefts * self.places[:, 2]
        self.height, self.width, self.is_whole = height, width, False

    def mirror(self, which: np.ndarray, axis: int) -> None:
        """Exchange left and right (axis -1) or top and bottom (-2) of the images that `which` tells."""
        column, length = (2, self.width) if axis == -1 else (1, self.height)
        self.places[which, 0] += (length - 1) * self.places[which, column]
        self.places[which, column] *= -1
        self.is_whole = False

    def look_up(self, table: np.ndarray) -> np.ndarray:
        """float32 (N, C, height, width): table (C, 256) at the bytes."""
        images = self.images
        channels = images.shape[1]
        out = np.empty((len(images), channels, self.height, self.width), np.float32)
        _function()(images.ctypes.data, self.places.ctypes.data, table.ctypes.data, out.ctypes.data, len(images), channels, self.height, self.width,
                    images.strides[1])
        return out
