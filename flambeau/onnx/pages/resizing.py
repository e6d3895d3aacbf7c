"""Images and volumes at other sizes."""
from __future__ import annotations

import numpy as np

from ..varying import Varying
from .layers import shared_out
from .table import axes, page, same

_MODES = {"nearest": {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"},
          "nearest-exact": {"mode": "nearest", "nearest_mode": "round_prefer_ceil", "coordinate_transformation_mode": "half_pixel"},
          "linear": {"mode": "linear"}, "cubic": {"mode": "cubic", "cubic_coeff_a": -0.75},
          "linear-aa": {"mode": "linear", "antialias": 1, "exclude_outside": 1},
          "cubic-aa": {"mode": "cubic", "cubic_coeff_a": -0.5, "antialias": 1, "exclude_outside": 1}}


@page("Resample")
def _resample(g, op, taken, node):
    if op.mode == "area":
        return _area(g, op, taken, node)
    if op.mode not in _MODES:
        raise NotImplementedError(f"interpolation of mode {op.mode}")
    more = {"coordinate_transformation_mode": "align_corners" if op.align else "half_pixel", **_MODES[op.mode]}
    lead = len(node.shape) - len(op.to)
    if any(op.scales) and not op.align:         # the scale that was given tells where pixels are, not the sizes that follow from it
        scales = g.constant(np.array([*[1.0] * lead, *[s or 1.0 for s in op.scales]], np.float32))
        return g.node("Resize", [*same(g, taken, node), "", scales], **more)
    return g.node("Resize", [*same(g, taken, node), "", "", g.sizes(node.shape)], **more)


def _area(g, op, taken, node):
    """Means of windows that share out the axes: as a pool where they are all of one size, else as a product with a matrix for each axis."""
    (x,) = same(g, taken, node)
    lead = len(node.shape) - len(op.to)
    for axis, (n, t) in enumerate(zip(taken[0].shape[lead:], op.to, strict=True), lead):
        if not isinstance(t, Varying) and t == 1:
            x = g.node("ReduceMean", [x, axes(g, [axis])], keepdims=1)
            continue
        each = n // t
        if not isinstance(n % t, Varying) and n % t == 0:
            if isinstance(each, Varying) or each > 1:
                sizes = [*node.shape[:axis], t, each, *taken[0].shape[axis + 1:]]
                x = g.node("ReduceMean", [g.reshape(x, sizes), axes(g, [axis + 1])], keepdims=0)
            continue
        if isinstance(n, Varying) or isinstance(t, Varying):
            raise NotImplementedError("adaptive average pooling of an axis that is open, to a size that need not divide it")
        table = shared_out(n, t)
        matrix = np.zeros((t, n), node.dtype.numpy)
        for row, places in enumerate(table):
            seen = np.unique(places)
            matrix[row, seen] = 1 / len(seen)
        x = _along(g, x, axis, len(node.shape), matrix)
    return x


def _along(g, x, axis, rank, matrix):
    """A matrix applied to one axis."""
    if axis == rank - 1:
        return g.node("MatMul", [x, g.constant(matrix.T.copy())])
    swapped = [*range(rank)]
    swapped[axis], swapped[-1] = swapped[-1], swapped[axis]
    turned = g.node("MatMul", [g.node("Transpose", [x], perm=swapped), g.constant(matrix.T.copy())])
    return g.node("Transpose", [turned], perm=swapped)

