"""Random numbers of every distribution: PyTorch's own on a CPU, bit for bit, from NumPy alone.

How many words a number takes, how they become a number and how that is rounded follows PyTorch 2.13 as it is built for AVX2 and AVX-512
(with fused multiply-adds; on Intel's and others' processors alike). Logarithms and the like in float64 are the C library's, there as here.
"""
from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np

from . import rejection
from .exact import exp, fused32, fused64, libm, log, narrow, near_midpoint
from .mersenne import WordStream, exclusive
from .normal import BLOCK, standard_pairs, transform_blocks
from .shape import storage_order
from .shuffle import apply_swaps, inside_out

_INT64_MIN, _INT64_MAX = -2**63, 2**63 - 1
_LONG_SPAN = 2**28                  # a range this wide takes a long word an integer
_LONG_PERMUTATION = (2**32 - 1) // 20       # and so does a permutation this long, which is made inside out
_FLOATS = {"float16": (65504.0, 11), "bfloat16": (2.0**128 - 2.0**120, 8),     # name -> (greatest number, bits of precision)
           "float32": (2.0**128 - 2.0**104, 24), "float64": (float(np.finfo(np.float64).max), 53)}
_COMMON_INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
_INTEGERS = {"bool": (0, 1), "uint64": (0, _INT64_MAX)} | {
    name: (int(np.iinfo(name).min), int(np.iinfo(name).max)) for name in (*_COMMON_INTEGERS, "uint16", "uint32")}
_ROUGH_UNITS = 64                   # NumPy's log1p is within far fewer units in the last place of the C library's


class RandomStream(WordStream):
    """A stream of random numbers: from one seed the same as PyTorch's, and after any draws in the same state.

    A draw takes a count n >= 0 (or parameters, one a number) and returns a fresh array. Counts give 1-D arrays, in the order in which a
    tensor's elements lie in memory: `in_storage_order` gives them a shape. Draws of no numbers leave the stream alone; threads take turns.

    Draws raise RuntimeError for parameters out of their range, and NotImplementedError for types of which they make no numbers.
    """

    @exclusive
    def random_i64(self) -> int:
        """One integer, 0 <= i < 2**63: what data loaders seed their workers and samplers with."""
        return int(self._long_words(1)[0]) & _INT64_MAX

    # uniform numbers

    def rand(self, n: int, dtype=np.float32) -> np.ndarray:
        """Uniform numbers in [0, 1), floating or complex (then both parts are)."""
        return self.uniform(n, 0.0, 1.0, dtype)

    @exclusive
    def uniform(self, n: int, low: float = 0.0, high: float = 1.0, dtype=np.float32) -> np.ndarray:
        """Uniform numbers u (high - low) + low in [low, high), floating or complex (then both parts are)."""
        dtype = np.dtype(dtype)
        if dtype.kind == "c":
            return self.uniform(2 * n, low, high, _part(dtype)).view(dtype)
        _check_uniform(low, high, dtype)
        values = self._doubles(n) if dtype == np.float64 else self._floats(n)
        if low == 0 and high == 1:
            if dtype.itemsize > 2:
                return values
        elif dtype == np.float64:
            values = fused64(values, high - low, low)
        else:
            values = fused32(values, np.float32(high) - np.float32(low), np.float32(low))
        values = narrow(values, dtype)
        first, end = narrow(np.array([low, high]), dtype)
        values[values == end] = first               # what was rounded up to the end, which is outside
        return values

    # integers

    @exclusive
    def integers(self, n: int, low: int, high: int | None, dtype=np.int64) -> np.ndarray:
        """Integers low <= i < high of any real dtype; `high` None: up to the greatest of the dtype (of a floating one, up to 2**precision).

        Bounds that a floating dtype cannot hold are moved inwards, with a UserWarning: its integers are not consecutive there.
        ValueError for bounds of more than 64 bits.
        """
        dtype = np.dtype(dtype)
        if high is None and low == _INT64_MIN:
            if dtype.name not in ("int64", "float64", "float32", "bfloat16"):
                raise RuntimeError(f"random_ over all 64-bit integers handles only int64, double, float and bfloat16, found {dtype.name}")
            return narrow(self._long_words(n).view(np.int64), dtype)
        low, last = _integer_bounds(low, high, dtype)
        span = last - low + 1
        if span >= _LONG_SPAN:
            values = (self._long_words(n) % np.uint64(span)).view(np.int64)
        else:
            values = (self._words(n) % np.uint32(span)).astype(np.int64)
        values += low
        return narrow(values, dtype)

    @exclusive
    def random_bits(self, n: int, dtype=np.int64) -> np.ndarray:
        """Integers from 0 to the greatest of the dtype; of a floating one, to 2**precision."""
        dtype = np.dtype(dtype)
        if dtype.name in _FLOATS:
            count = 2**_FLOATS[dtype.name][1] + 1
        elif dtype.name in _COMMON_INTEGERS or dtype == np.bool_:
            count = _INTEGERS[dtype.name][1] + 1
        else:
            raise NotImplementedError(f"random_ without bounds is not implemented for {dtype.name}; give it bounds, or use another dtype")
        if dtype.itemsize == 8:
            return (self._long_words(n) % np.uint64(count)).astype(dtype)
        return narrow(self._words(n) % np.uint32(count), dtype)

    @exclusive
    def permutation(self, n: int) -> np.ndarray:
        """The integers 0 … n-1 in random order, int64."""
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: a permutation has at least 0 elements")
        if n >= _LONG_PERMUTATION:
            return inside_out(self._sources(n), n)
        targets = np.arange(n)
        if n > 1:
            targets[:-1] += self._words(n - 1) % np.arange(n, 1, -1, dtype=np.uint32)
        return apply_swaps(targets)

    def _sources(self, n: int, block: int = 2**20) -> Iterator[int]:
        for start in range(0, n, block):
            counts = np.arange(start + 1, min(start + block, n) + 1, dtype=np.uint64)
            yield from (self._long_words(counts.size) % counts).tolist()

    # normal numbers

    @exclusive
    def normal(self, n: int, mean: float = 0.0, std: float = 1.0, dtype=np.float32, contiguous: bool = True) -> np.ndarray:
        """Normal numbers, floating or complex (then each part has `mean`, and a standard deviation of std / sqrt(2)); std >= 0.

        Fewer than 16, and those for a tensor that is not `contiguous`, are drawn one by one in float64; they come in pairs, and an odd one
        is kept for the next draw of this kind. Others are drawn by blocks of 16; if n is no multiple, a last block is drawn over the end.
        """
        dtype = np.dtype(dtype)
        if not std >= 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
        if dtype.kind == "c":
            return self.normal(2 * n, mean, std / math.sqrt(2), _part(dtype), contiguous).view(dtype)
        _check_floating("normal_", dtype)
        if n < BLOCK or not contiguous:
            return narrow(self._normals(n, mean, std), dtype)
        whole, draw = n - n % BLOCK, self._doubles if dtype == np.float64 else self._floats
        values = draw(whole if dtype.itemsize == 2 else n)
        transform_blocks(values[:whole], mean, std)
        if whole < n:
            tail = draw(BLOCK)
            transform_blocks(tail, mean, std)
            values = np.concatenate([values[:n - BLOCK], tail])
        return narrow(values, dtype)

    def _normals(self, n: int, mean: float, std: float) -> np.ndarray:
        """Normal float64 numbers drawn one by one."""
        values = np.empty(n)
        kept = int(n > 0 and self._kept is not None)
        if kept:
            values[0], self._kept = self._kept, None
        angles, radii = self._doubles((n - kept + 1) // 2 * 2).reshape(-1, 2).T
        cosines, sines = standard_pairs(angles, radii)
        values[kept::2] = cosines
        values[kept + 1::2] = sines[:(n - kept) // 2]
        if (n - kept) % 2:
            self._kept = float(sines[-1])
        return fused64(values, std, mean)

    @exclusive
    def log_normal(self, n: int, mean: float = 1.0, std: float = 2.0, dtype=np.float32) -> np.ndarray:
        """exp of normal numbers, always drawn one by one; std > 0."""
        dtype = np.dtype(dtype)
        _check_positive("log_normal_", "std", std)
        _check_floating("log_normal_", dtype)
        return narrow(libm(exp, self._normals(n, mean, std)), dtype)

    # yes or no

    @exclusive
    def bernoulli_scalar(self, n: int, p: float) -> np.ndarray:
        """True with probability p, as bool. Dropout of probability q keeps bernoulli_scalar(n, 1 - q)."""
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
        return self._doubles(n) < p

    @exclusive
    def bernoulli_array(self, p: np.ndarray) -> np.ndarray:
        """True with the probability that each element of a floating array says, as bool of its shape, drawn in C order."""
        _check_floating("bernoulli", p.dtype)
        if not ((p >= 0) & (p <= 1)).all():
            raise RuntimeError("bernoulli expects every probability to be in [0, 1], but found one that is not, or NaN")
        if p.dtype == np.float64:
            return self._doubles(p.size).reshape(p.shape) < p
        return self._floats(p.size).reshape(p.shape) < p.astype(np.float32)

    # other distributions

    @exclusive
    def exponential(self, n: int, rate: float = 1.0, dtype=np.float32) -> np.ndarray:
        """Exponential numbers -log(1 - u) / rate; rate > 0."""
        dtype = np.dtype(dtype)
        _check_positive("exponential_", "lambda", rate)
        _check_floating("exponential_", dtype, RuntimeError)
        scale, uniforms = -1.0 / rate, self._doubles(n)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            if dtype == np.float64:
                return scale * libm(math.log1p, -uniforms)
            values = scale * np.log1p(-uniforms)
            doubtful = near_midpoint(values, _ROUGH_UNITS)      # where the C library's last bits decide the rounding
            values[doubtful] = scale * libm(math.log1p, -uniforms[doubtful])
        return narrow(values, dtype)

    @exclusive
    def cauchy(self, n: int, median: float = 0.0, sigma: float = 1.0, dtype=np.float32) -> np.ndarray:
        """Cauchy numbers median + sigma tan(pi (u - 1/2)); sigma > 0."""
        dtype = np.dtype(dtype)
        _check_positive("cauchy_", "sigma", sigma)
        _check_floating("cauchy_", dtype, RuntimeError)
        return narrow(fused64(libm(math.tan, math.pi * (self._doubles(n) - 0.5)), sigma, median), dtype)

    @exclusive
    def geometric(self, n: int, p: float, dtype=np.float32) -> np.ndarray:
        """Geometric numbers ceil(log u / log(1 - p)), the trial of the first success, floating or integer; 0 < p < 1."""
        dtype = np.dtype(dtype)
        if not 0 < p < 1:
            raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
        if dtype.name not in _COMMON_INTEGERS:
            _check_floating("geometric_", dtype)
        with np.errstate(over="ignore"):
            return narrow(np.ceil(libm(log, self._doubles(n)) / math.log1p(-p)), dtype)

    @exclusive
    def multinomial(self, weights: np.ndarray, k: int, replacement: bool = False) -> np.ndarray:
        """Indices chosen in proportion to floating weights: (categories,) -> (k,) or (rows, categories) -> (rows, k), int64.

        With replacement (and k > 1) by searching the cumulative weights. Else the k greatest quotients of weights and exponential numbers,
        drawn in the order of the weights in memory; of equal quotients the left one first, an order that PyTorch does not specify.
        """
        _check_multinomial(weights, k, replacement)
        if not weights.size:
            return np.empty((*weights.shape[:-1], k), np.int64)
        if replacement and k > 1:
            rows = [self._searched(row, k) for row in np.atleast_2d(weights)]
            return np.stack(rows).reshape(*weights.shape[:-1], k)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            quotients = weights / in_storage_order(self.exponential(weights.size, 1.0, weights.dtype), weights)
        quotients = _at_least_float32(quotients)
        if k == 1:
            return np.argmax(quotients, axis=-1, keepdims=True)
        return np.argsort(-quotients, axis=-1, kind="stable")[..., :k]

    def _searched(self, weights: np.ndarray, k: int) -> np.ndarray:
        cumulative = np.cumsum(_at_least_float32(weights))
        cumulative /= cumulative[-1]
        cumulative[-1] = 1
        return np.searchsorted(cumulative, self._doubles(k))

    @exclusive
    def poisson(self, rates: np.ndarray) -> np.ndarray:
        """Poisson numbers of the rates >= 0 in a floating array; its shape and dtype, drawn in C order."""
        _check_floating("poisson", rates.dtype)
        if not (rates >= 0).all():
            raise RuntimeError("invalid Poisson rate, expected rate to be non-negative, but found one that is not, or NaN")
        with self._one_by_one() as uniform:
            numbers = [rejection.poisson(rate, uniform) for rate in rates.ravel().astype(np.float64).tolist()]
        return narrow(np.array(numbers, np.int64).reshape(rates.shape), rates.dtype)

    @exclusive
    def binomial(self, counts: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Successes in `counts` trials of the given probabilities, float32 or float64, both of one shape and dtype; drawn in C order."""
        _check_wide("binomial", counts.dtype)
        if counts.dtype != probabilities.dtype:
            raise RuntimeError(f"binomial: found dtype {probabilities.dtype} but expected {counts.dtype}, that of the counts; convert one")
        with self._one_by_one() as uniform, np.errstate(all="ignore"):
            numbers = [rejection.binomial(count, p, uniform) for count, p in zip(counts.ravel(), probabilities.ravel(), strict=True)]
        return np.array(numbers, counts.dtype).reshape(counts.shape)

    @exclusive
    def standard_gamma(self, alpha: np.ndarray) -> np.ndarray:
        """Gamma numbers of shapes alpha and rate 1, float32 or float64, no less than the least normal number; drawn in C order."""
        _check_wide("standard_gamma", alpha.dtype)
        with self._one_by_one() as uniform:
            numbers = [rejection.gamma(shape, uniform, lambda: self._normal_from(uniform)) for shape in alpha.ravel()]
        values = narrow(np.array(numbers, np.float64).reshape(alpha.shape), alpha.dtype)
        least = np.finfo(alpha.dtype).tiny
        return np.where(values > least, values, least)

    def _normal_from(self, uniform) -> float:
        """One standard normal number of one-by-one uniform ones."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        cosine, sine = standard_pairs(np.array([uniform()]), np.array([uniform()]))
        self._kept = float(sine[0])
        return float(cosine[0])


def in_storage_order(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Drawn numbers, 1-D, in the shape of `like`: the first goes where the first element of `like` lies in memory, and so on.

    That is how PyTorch fills a tensor made by `empty_like`. An expanded axis, of stride 0, stays between its neighbours.
    """
    axes = storage_order(like.shape, like.strides)
    return values.reshape([like.shape[axis] for axis in axes]).transpose(np.argsort(axes))


def _part(dtype: np.dtype) -> np.dtype:
    """The dtype of a complex number's parts."""
    return np.empty(0, dtype).real.dtype


def _at_least_float32(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if values.dtype.itemsize == 2 else values


def _check_floating(name: str, dtype: np.dtype, error: type[Exception] = NotImplementedError) -> None:
    if dtype.name not in _FLOATS:
        raise error(f"{name} is not implemented for {dtype.name}: its numbers are floating-point; use one of {', '.join(_FLOATS)}")


def _check_wide(name: str, dtype: np.dtype) -> None:
    if dtype.name not in ("float32", "float64"):
        raise NotImplementedError(f"{name} is not implemented for {dtype.name}; convert to float32 or float64")


def _check_positive(name: str, parameter: str, value: float) -> None:
    if not value > 0:
        raise RuntimeError(f"{name} expects {parameter} > 0.0, but found {parameter}={value:g}")


def _check_uniform(low: float, high: float, dtype: np.dtype) -> None:
    _check_floating("uniform_", dtype)
    greatest = _FLOATS[dtype.name][0]
    for name, bound in (("from", low), ("to", high)):
        if not -greatest <= bound <= greatest:
            raise RuntimeError(f"{name} is out of bounds for {dtype.name}: uniform_ expects +-{greatest:g} at most, but found {bound:g}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > greatest:
        raise RuntimeError(f"uniform_ expects to - from <= {greatest:g}, the greatest {dtype.name}, but found to={high:g} and from={low:g}")


def _integer_bounds(low: int, high: int | None, dtype: np.dtype) -> tuple[int, int]:
    """The first and the last integer that a draw in [low, high) may give."""
    for bound in (low, high):
        if bound is not None and not _INT64_MIN <= bound <= _INT64_MAX:
            raise ValueError(f"Overflow when unpacking long long: random_ expects bounds of 64 bits, but found {bound}")
    if dtype.name not in _FLOATS and dtype.name not in _INTEGERS:
        raise RuntimeError(f"random_ handles only integral, floating-point and boolean types, but found {dtype.name}")
    if high is not None and low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.name in _INTEGERS:
        least, greatest = _INTEGERS[dtype.name]
        last = greatest if high is None else high - 1
    else:
        greatest, precision = _FLOATS[dtype.name]
        least = -greatest
        low = _rounded_inwards(low, dtype, 1)
        end = 2**precision if high is None else _rounded_inwards(high, dtype, -1)
        if low >= end:
            raise RuntimeError(f"random_ expects 'from' casted to {dtype.name} to be less than 'to', but got from={low} >= to={end}")
        last = end - (high is not None)
    for name, bound in (("from", low), ("to - 1", last)):
        if not least <= bound <= greatest:
            raise RuntimeError(f"{name} is out of bounds for {dtype.name}: random_ expects {least:g} to {greatest:g}, but found {bound}")
        if dtype.name in _FLOATS and abs(bound) > 2**precision:
            warnings.warn(f"{name} is out of bounds [-(2^{precision}), 2^{precision}]: beyond them {dtype.name} does not hold every "
                          f"integer, so that random_ is not uniform; found {bound}", UserWarning, stacklevel=4)
    return low, last


def _rounded_inwards(bound: int, dtype: np.dtype, inwards: int) -> int:
    """A bound of integers, moved `inwards` (1 or -1) where the integer next to it is rounded outwards by the dtype."""
    inside = bound + inwards
    rounded = float(narrow(np.array([inside], np.int64), dtype)[0])
    if not _INT64_MIN <= rounded < -_INT64_MIN:             # as a C program on x86 converts it
        rounded = _INT64_MIN
    rounded = int(rounded)
    if rounded < bound if inwards > 0 else rounded >= bound:
        return rounded + inwards * 2**(abs(inside).bit_length() - _FLOATS[dtype.name][1])
    return bound


def _check_multinomial(weights: np.ndarray, k: int, replacement: bool) -> None:
    if weights.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim, but found {weights.ndim} dim")
    if weights.dtype.name not in _FLOATS:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {weights.dtype.name}")
    categories = weights.shape[-1]
    if k <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, but found {k}")
    if not replacement and k > categories:
        raise RuntimeError(f"cannot sample n_sample > prob_dist.size(-1) samples without replacement, but found {k} > {categories}")
    if not 0 < categories <= 2**24:
        raise RuntimeError(f"number of categories must be 1 to 2^24, but found {categories}")
    if not ((weights >= 0) & (weights < math.inf)).all():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not (weights > 0).any(axis=-1).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
