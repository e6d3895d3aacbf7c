"""A line search for LBFGS."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flambeau import Tensor

__all__ = ["Point", "strong_wolfe"]

Number = Any  # a float or a 0-d tensor


class Point(NamedTuple):
    """A place on the line that is searched."""

    t: Number
    """How far along the direction."""
    loss: float
    grad: Tensor
    """Of all parameters, flat."""
    slope: Tensor
    """Of the loss along the direction, 0-d."""


def strong_wolfe(
    evaluate: Callable[[Number], Point],
    start: Point,
    t: Number,
    reach: Tensor,
    max_tries: int = 25,
    *,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance_change: float = 1e-9,
) -> tuple[Point, int]:
    """A point where the loss has fallen enough and the line is flat enough, and how many points were evaluated.

        loss <= start.loss + c1 * t * start.slope   and   |slope| <= c2 * |start.slope|

    First steps grow until they enclose such a point, then the enclosing bracket is narrowed: Nocedal & Wright, Numerical
    Optimization (2006), algorithms 3.5 and 3.6, in the form of M. Schmidt's minFunc.

    Args:
        evaluate: gives the point at a distance from the start.
        start: the point at distance 0.
        t: the first distance to try.
        reach: the direction's largest component: the bracket is small enough once no parameter differs by
            ``tolerance_change`` between its ends.
        max_tries: evaluations after the first.
    """

    def too_high(point: Point) -> bool:
        return point.loss > start.loss + c1 * point.t * start.slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    tries, found = 0, False
    last, point = start, evaluate(t)
    while tries < max_tries:
        bracket = [last, point]
        if too_high(point) or (tries > 1 and point.loss >= last.loss):
            break
        if is_flat(point):
            bracket, found = [point, point], True
            break
        if point.slope >= 0:
            break
        t = _cubic_minimum(last, point, point.t + 0.01 * (point.t - last.t), point.t * 10)
        last, point = point, evaluate(t)
        tries += 1
    else:
        bracket = [start, point]

    low = _lower(bracket)
    stuck = False
    while not found and tries < max_tries:
        left, right = sorted(end.t for end in bracket)
        if abs(right - left) * reach < tolerance_change:
            break
        t = _cubic_minimum(*bracket, left, right)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:  # so close to an end that the bracket would hardly shrink
            if stuck or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        point = evaluate(t)
        tries += 1
        high = 1 - low
        if too_high(point) or point.loss >= bracket[low].loss:
            bracket[high] = point
            low = _lower(bracket)
        else:
            if is_flat(point):
                found = True
            elif point.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = point
    return bracket[low], tries + 1


def _lower(bracket: list[Point]) -> int:
    return 0 if bracket[0].loss <= bracket[1].loss else 1


def _cubic_minimum(a: Point, b: Point, least: Number, most: Number) -> Number:
    """Where the cubic through two points with their slopes is least, kept between ``least`` and ``most``; the middle of
    these where the cubic has no minimum (Nocedal & Wright, equation 3.59)."""
    if not a.t <= b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2.0
    d2 = square.sqrt()
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, least), most)
