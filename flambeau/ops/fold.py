"""Images as columns of patches, and back."""
from __future__ import annotations

import itertools

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .common import Tensor, need_tensor, numel, record
from .conv import at_offset, int_tuple, padded, windows


class _Patches(Op, abstract=True):
    """Patches of `kernel` pixels `dilation` apart, one every `stride`, of images with `padding` zeros on each side."""

    kernel: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]
    stride: tuple[int, int]

    def places(self, sizes) -> tuple[int, int]:
        """How many patches there are down and across."""
        return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1
                     for n, k, d, p, s in zip(sizes, self.kernel, self.dilation, self.padding, self.stride, strict=True))


class Im2col(_Patches):
    """out[n, (c, i, j), (y, x)] = image[n, c, y · stride + i · dilation - padding, x · stride + j · dilation - padding], 0 outside"""

    backward = "Im2ColBackward0"

    def shape(self, x):
        return (x.shape[0], x.shape[1] * numel(self.kernel), numel(self.places(x.shape[2:])))

    def reference(self, x):
        wide = padded(x, [(p, p) for p in self.padding])
        return windows(wide, self.kernel, self.stride, self.dilation, self.places(x.shape[2:])).reshape(self.shape(x))

    def element(self, i, x):
        n, row, column = i
        across, inside = self.places(x.shape[2:])[1], None
        k = (row // self.kernel[1] % self.kernel[0], row % self.kernel[1])
        at = []
        for place, j, d, p, s, size in zip((column // across, column % across), k, self.dilation, self.padding, self.stride, x.shape[2:], strict=True):
            at.append(place * s + j * d - p)
            if p:
                here = (at[-1] >= 0) & (at[-1] < size)
                inside = here if inside is None else inside & here
        value = x[(n, row // numel(self.kernel), *at)]
        return value if inside is None else el.where(inside, value, 0)

    def gradient(self, g, out, x):
        return record(Col2im(self.kernel, self.dilation, self.padding, self.stride, tuple(x.shape[2:])), g)

    samples = lambda: [(normal(2, 3, 5, 6), (2, 3), (1, 1), (0, 0), (1, 1)), (normal(2, 3, 5, 6), (2, 2), (2, 1), (1, 0), (2, 3))]


class Col2im(_Patches):
    """The sum of all patches, each at its place: images of `to` pixels, the adjoint of Im2col"""

    to: tuple[int, int]
    backward = "Col2ImBackward0"

    def shape(self, x):
        return (x.shape[0], x.shape[1] // numel(self.kernel), *self.to)

    def reference(self, x):
        out = self.places(self.to)
        columns = x.reshape(x.shape[0], x.shape[1] // numel(self.kernel), *self.kernel, *out)
        result = np.zeros((*columns.shape[:2], *[n + 2 * p for n, p in zip(self.to, self.padding, strict=True)]), x.dtype)
        for k in itertools.product(*map(range, self.kernel)):
            result[at_offset(k, self.stride, self.dilation, out)] += columns[(slice(None), slice(None), *k)]
        return result[(..., *[slice(p, p + n) for n, p in zip(self.to, self.padding, strict=True)])]

    def element(self, i, x):
        n, c, *s = i
        down, across = self.places(self.to)

        def term(*k):
            at, inside = [], None
            for place, j, d, p, t, count in zip(s, k, self.dilation, self.padding, self.stride, (down, across), strict=True):
                far = place + p - j * d
                here = (far >= 0) & (far < count * t) & (far % t).__eq__(0)
                at.append(far // t)
                inside = here if inside is None else inside & here
            return el.where(inside, x[n, (c * self.kernel[0] + k[0]) * self.kernel[1] + k[1], at[0] * across + at[1]], 0)
        return el.total(*self.kernel, term)

    def gradient(self, g, out, x):
        return record(Im2col(self.kernel, self.dilation, self.padding, self.stride), g)

    samples = lambda: [(normal(2, 18, 16), (2, 3), (1, 1), (0, 0), (1, 1), (5, 6)), (normal(2, 12, 6), (2, 2), (2, 1), (1, 0), (2, 3), (5, 7))]


def _geometry(kernel_size, dilation, padding, stride):
    given = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    numbers = [int_tuple(value, 2, what, "spatial") for what, value in given.items()]
    for what, pair, least in zip(("kernel size", "dilation", "padding", "stride"), numbers, (1, 1, 0, 1), strict=True):
        if any(n < least for n in pair):
            raise RuntimeError(f"{what} should be {'greater than zero' if least else 'non-negative'}, but got {what.split()[0]}_height: {pair[0]} "
                               f"{what.split()[0]}_width: {pair[1]}")
    return numbers


def unfold(input, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """All patches of images as columns: input (N, C, H, W) or (C, H, W) -> (N, C · rows · columns of a patch, patches).

    RuntimeError for inputs in which no patch fits.
    """
    x = need_tensor(input, "unfold")
    kernel, dilation, padding, stride = _geometry(kernel_size, dilation, padding, stride)
    if x.dtype.category < 2 and x.dtype is not dt.bool_:
        raise NotImplementedError(f"\"im2col_out_cpu\" not implemented for '{x.dtype._title}': convert the input, e.g. with .float()")
    if x.ndim not in (3, 4) or 0 in x.shape[x.ndim - 3:]:
        raise RuntimeError("Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
                           f"{list(x.shape)}")
    op = Im2col(kernel, dilation, padding, stride)
    count = op.places(x.shape[-2:])
    if min(count) < 1:
        raise RuntimeError(f"Given input with spatial size {tuple(x.shape[-2:])}, kernel_size={kernel}, dilation={dilation}, padding={padding}, calculated "
                           f"shape of the array of sliding blocks as {count}, but its components must be at least one.")
    return record(op, x) if x.ndim == 4 else record(op, x.unsqueeze(0)).squeeze(0)


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """Patches put back into images of `output_size` and summed where they overlap: input (N, C · pixels of a patch, patches) -> (N, C, H, W).

    RuntimeError for inputs that have not as many patches as such images.
    """
    x = need_tensor(input, "fold")
    to = int_tuple(output_size, 2, "output_size", "spatial")
    kernel, dilation, padding, stride = _geometry(kernel_size, dilation, padding, stride)
    if x.ndim not in (2, 3) or 0 in x.shape[x.ndim - 2:]:
        raise RuntimeError("Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: "
                           f"{list(x.shape)}")
    if min(to) < 1:
        raise RuntimeError(f"Expected output spatial size to be positive, but got: output_size={to}.")
    rows, patches = x.shape[-2:]
    if rows % numel(kernel):
        raise RuntimeError(f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)={rows} and "
                           f"kernel_size={kernel}.")
    op = Col2im(kernel, dilation, padding, stride, to)
    count = op.places(to)
    if min(count) < 1:
        raise RuntimeError(f"Given output_size={to}, kernel_size={kernel}, dilation={dilation}, padding={padding}, stride={stride}, calculated shape of the "
                           f"array of sliding blocks as {count}, which is too small (non-positive)")
    if numel(count) != patches:
        raise RuntimeError(f"Given output_size={to}, kernel_size={kernel}, dilation={dilation}, padding={padding}, stride={stride}, expected size of input's "
                           f"dimension 2 to match the calculated number of sliding blocks {count[0]} * {count[1]} = {numel(count)}, but got "
                           f"input.size(2)={patches}.")
    return record(op, x) if x.ndim == 3 else record(op, x.unsqueeze(0)).squeeze(0)


__all__: list[str] = []         # names of nn.functional only
