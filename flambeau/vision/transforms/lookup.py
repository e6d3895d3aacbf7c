"""Gathering, borders, windows, mirroring and tables in one compiled loop: bytes of pictures become the floats of a batch without a stop in between.

Every value that arithmetic makes of a byte is in a table of 256, which the transforms themselves have filled: so the result is theirs
bit for bit. Where a value comes from is a place and two directions for each image; what lies outside of the picture is its border.
"""

import ctypes
from functools import cache

import numpy as np

from flambeau.backends.llvm import ir, jit

UNROLLED = 8  # pixels of a row at a time
LANES = 16  # pixels of a row at a time that lie side by side
CACHE_LINE = 64  # bytes
AHEAD = 2  # pictures from that which is worked on to the one whose memory is asked for
KINDS = 16  # of calls that a table remembers

_P, _I = ctypes.c_void_p, ctypes.c_int64
_LAYOUT = ("count", "image", "between", "line", "column", "high", "wide", "images", "channels", "height", "width")


def _emit(module, name, machine) -> None:
    """int64 f(source, places, table, border, out, layout): 1, and nothing written, where a picture is out of range; else 0.

    source: bytes of `count` pictures of `high` x `wide` pixels, with strides image, between (channels), line, column. places:
    int64 (5, images): which picture, the pixel of it that is the first one, down and to the right, and +1 or -1 for how one goes on.
    """
    f = ir.Function(module, name, [("ptr", word) for word in ("source", "places", "table", "border", "out", "layout")], result="i64")
    source, places, table, border, out, layout = f.parameters
    (count, image_stride, between, line, column, high, wide, images, channels, height, width) = (
        f.load("i64", f.at(layout, k, "i64"), 8) for k in range(len(_LAYOUT)))
    area = f.mul(height, width)
    zero = ir.i64(0)

    def row_of(n):
        row = f.load("i64", f.at(places, n, "i64"), 8)
        return f.select(f.compare("slt", row, zero), f.add(row, count), row)

    def inside(first, step, length, size):
        """[begin, end) of the places of 0 … length - 1 from `first` on that lie in 0 … size - 1."""
        forward = f.compare("sgt", step, zero)
        begin = f.select(forward, f.sub(0, first), f.sub(f.add(first, 1), size))
        end = f.select(forward, f.sub(size, first), f.add(first, 1))
        begin = f.least(f.greatest(begin, 0), length)
        return begin, f.least(f.greatest(end, begin), length)

    def fill(row, start, stop, value):
        with f.loop(start, stop) as x:
            f.store(value, f.at(row, x, "float"), 4)

    def look_up(start, stop, first, step, values, row):
        """The pixels [start, stop) of a row of the result, whose pixel 0 is (or would be) the byte at `first`."""
        def pixel(x, offset):
            byte = f.load("i8", f.at(first, offset, "i8"))
            f.store(f.load("float", f.at(values, f.convert("zext", byte, "i64"), "float"), 4), f.at(row, x, "float"), 4)

        done = f.variable("i64", start, align=8)
        with f.when(f.compare("eq", step, ir.i64(1))):
            whole = f.add(start, f.mul(f.div(f.sub(stop, start), LANES), LANES))
            with f.loop(start, whole, LANES) as x:
                bytes_ = f.load(f"<{LANES} x i8>", f.at(first, x, "i8"), 1)
                addresses = f.emit(f"<{LANES} x ptr>", f"getelementptr float, ptr {values.name}, {f.convert('zext', bytes_, f'<{LANES} x i64>')}")
                f.store(f.gather(f"<{LANES} x float>", addresses), f.at(row, x, "float"), 4)
            f.store(whole, done, 8)
        start = f.load("i64", done, 8)
        steps = [f.mul(step, k) for k in range(UNROLLED)]

        def several(x):
            offset = f.mul(x, step)
            for k in range(UNROLLED):
                pixel(f.add(x, k), f.add(offset, steps[k]))

        length = f.sub(stop, start)
        whole = f.add(start, f.mul(f.div(length, UNROLLED), UNROLLED))
        with f.loop(start, whole, UNROLLED) as x:
            several(x)
        overlaps = f.op("and", f.compare("slt", whole, stop), f.compare("sge", length, ir.i64(UNROLLED)))
        with f.when(overlaps):  # the last ones, a few of them once more
            several(f.sub(stop, UNROLLED))
        with f.loop(f.select(overlaps, stop, whole), stop) as x:
            pixel(x, f.mul(x, step))

    wrong = f.variable("i64", zero, align=8)
    with f.loop(0, images) as n:
        row = row_of(n)
        with f.when(f.compare("uge", row, count)):  # negative ones too
            f.store(ir.i64(1), wrong, 8)
    wrong = f.load("i64", wrong, 8)
    with f.when(f.compare("eq", wrong, zero)), f.loop(0, images) as n:
        image = f.at(source, f.mul(row_of(n), image_stride), "i8")
        top, left, down, right = (f.load("i64", f.at(places, f.add(f.mul(images, k + 1), n), "i64"), 8) for k in range(4))
        with f.when(f.compare("slt", f.add(n, AHEAD), images)):  # pictures lie anywhere in memory: ask for the next ones in time
            later = f.at(source, f.mul(row_of(f.add(n, AHEAD)), image_stride), "i8")
            with f.loop(0, f.mul(high, line), CACHE_LINE) as part:
                f.prefetch(f.at(later, part, "i8"))
        y0, y1 = inside(top, down, height, high)
        x0, x1 = inside(left, right, width, wide)
        step = f.mul(right, column)
        joined = f.op("and", f.compare("eq", f.mul(step, width), f.mul(down, line)), f.compare("eq", f.sub(x1, x0), width))
        last, stop = f.select(joined, f.least(f.add(y0, 1), y1), y1), f.select(joined, f.mul(f.sub(y1, y0), width), x1)  # one line, as it were
        with f.loop(0, channels) as c:
            values, outside = f.at(table, f.mul(c, 256), "float"), f.load("float", f.at(border, c, "float"), 4)
            plane = f.at(f.at(image, f.mul(c, between), "i8"), f.mul(left, column), "i8")
            result = f.at(out, f.mul(f.add(f.mul(n, channels), c), area), "float")
            fill(result, 0, f.mul(y0, width), outside)
            fill(result, f.mul(y1, width), area, outside)
            with f.loop(y0, last) as y:
                row = f.at(result, f.mul(y, width), "float")
                fill(row, 0, x0, outside)
                look_up(x0, stop, f.at(plane, f.mul(f.add(top, f.mul(y, down)), line), "i8"), step, values, row)
                fill(row, x1, width, outside)
    f.finish(wrong)


@cache
def _function():
    address = jit.library("vision.transforms.lookup 5", _emit, title="bytes of pictures to floats")[""]
    return ctypes.CFUNCTYPE(_I, *[_P] * 6)(address)  # releases the interpreter's lock


class View:
    """Some of the pictures in a strided array of bytes (N, C, H, W), and for each the window of it that counts, mirrored or not.

    rows: int64, which pictures; negative ones count from the end.
    """

    def __init__(self, images: np.ndarray, rows: np.ndarray):
        self.images, self.rows = images, rows
        self.height, self.width = images.shape[2:]
        self.top = self.left = 0  # where the window begins in the picture, and the steps to its next pixel: numbers, or one for each image
        self.down = self.right = 1
        self.is_whole, self.fill = True, None

    @property
    def size(self) -> list[int]:
        """[C, H, W] of what counts."""
        return [self.images.shape[1], self.height, self.width]

    def border(self, sides, fill) -> bool:
        """Widen all images by borders (left, top, right, bottom) of `fill`, a byte or one for each channel; says whether that can be done."""
        left, top, right, bottom = sides
        fill = [*fill] if isinstance(fill, (list, tuple)) else [fill]
        if not self.is_whole or self.fill not in (None, fill) or len(fill) not in (1, self.images.shape[1]):
            return False
        self.top, self.left, self.fill = self.top - top, self.left - left, fill
        self.height, self.width = self.height + top + bottom, self.width + left + right
        return True

    def replace(self, change) -> bool:
        """Go on with what change(images) makes of these pictures as they are; says whether they still are."""
        if not self.is_whole or self.fill is not None:
            return False
        images = change(self.images[self.rows])
        self.__init__(images, np.arange(len(images)))
        return True

    def window(self, tops, lefts, height: int, width: int) -> None:
        """Take a window of every image; tops, lefts: numbers, or one for each."""
        self.top, self.left = self.top + tops * self.down, self.left + lefts * self.right
        self.height, self.width, self.is_whole = height, width, False

    def mirror(self, which: np.ndarray, axis: int) -> None:
        """Exchange left and right (axis -1) or top and bottom (-2) of the images that `which` tells."""
        place, step, length = ("left", "right", self.width) if axis == -1 else ("top", "down", self.height)
        forward = getattr(self, step)
        setattr(self, place, getattr(self, place) + forward * (which * (length - 1)))
        setattr(self, step, forward * (1 - 2 * which))
        self.is_whole = False

    def look_up(self, table: "Table") -> np.ndarray:
        """float32 (n, C, height, width): the table at the bytes. IndexError for a row that is not there."""
        images, rows, n = self.images, self.rows, len(self.rows)
        places = np.empty((5, n), np.int64)
        places[0], places[1], places[2], places[3], places[4] = rows, self.top, self.left, self.down, self.right
        out = np.empty((n, images.shape[1], self.height, self.width), np.float32)
        values, border, layout = table.arguments((images.shape, images.strides, n, self.height, self.width), self.fill)
        if _function()(_address(images), _address(places), values, border, _address(out), layout):
            images[rows]  # NumPy's own error
            raise IndexError(f"pictures {rows} of {len(images)}")
        return out


class Table:
    """float32 (C, 256): what becomes of each byte, channel by channel."""

    def __init__(self, values: np.ndarray):
        self.values = values
        self._made: dict = {}  # what calls of one kind have in common

    def arguments(self, kind: tuple, fill: list | None) -> tuple[int, int, int]:
        """Addresses of the values, of those at the border's bytes, and of the layout. kind: shape and strides of the pictures, n, height, width."""
        found = self._made.get(key := (kind, tuple(fill or (0,))))
        if found is None:
            (count, channels, high, wide), strides, n, height, width = kind
            layout = np.array((count, *strides, high, wide, n, channels, height, width), np.int64)
            border = np.ascontiguousarray(self.values[np.arange(channels), key[1]])
            if len(self._made) >= KINDS:
                self._made.clear()
            found = self._made[key] = _address(self.values), _address(border), _address(layout), border, layout
        return found[:3]


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
