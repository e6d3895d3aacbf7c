"""Random numbers: PyTorch's, bit for bit, drawn when asked for.

Draws are not recorded but made at the call, from a generator's stream, so that program order is the order of draws and the state can be read
at any time; what is recorded is the tensor of drawn values, a leaf like any data.
"""
from __future__ import annotations

import functools

import numpy as np

from ..core import device as devices
from ..core import dtype as dt
from ..core.generator import RandomStream
from ..core.grad import modes
from ..core.op import Op
from ..core.record import check_writable, in_place, record
from ..core.shape import broadcast_shapes, dense_strides, is_contiguous, numel, storage_order
from ..core.tensor import Tensor, from_array, meta
from .common import cast, into, need_tensor, shape_args, sizes_of, values
from .create import keep_strides


class Generator:
    """A stream of random numbers with a state of its own."""

    def __init__(self, device="cpu"):
        self.device = devices.as_device(device)
        self._stream = RandomStream()

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of `seed` (any int64 or uint64; negative ones count from 2**64)."""
        self._stream.manual_seed(seed)
        return self

    def seed(self) -> int:
        """Start from a seed that the operating system draws; returns it."""
        return self._stream.seed()

    def initial_seed(self) -> int:
        """The seed from which the stream started."""
        return self._stream.initial_seed()

    def get_state(self) -> Tensor:
        """The state as a tensor of bytes, the same as PyTorch's."""
        return from_array(np.array(self._stream.get_state()), dt.uint8)

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from a state that get_state gave. RuntimeError for anything else."""
        if not isinstance(new_state, Tensor) or new_state.dtype is not dt.uint8:
            raise TypeError(f"expected a torch.ByteTensor, but got {getattr(new_state, 'dtype', type(new_state).__name__)}")
        self._stream.set_state(values(new_state))
        return self

    def words(self, count: int) -> np.ndarray:
        """The next `count` words of 32 bits, uint32: what all draws are made of. PyTorch has no such method."""
        return self._stream.words(count)

    def clone_state(self) -> Generator:
        """A generator that goes on in the same way."""
        made = Generator(self.device)
        made._stream = self._stream.clone()
        return made

    def __reduce__(self):
        return _restore_generator, (str(self.device), self.get_state())


def _restore_generator(device, state):
    return Generator(device).set_state(state)


default_generator = Generator()
default_generator.seed()            # a program that wants the same numbers each time says so


def stream(generator: Generator | None) -> RandomStream:
    """The stream to draw from."""
    if generator is None:
        return default_generator._stream
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a torch.Generator, not {type(generator).__name__}")
    return generator._stream


def manual_seed(seed: int) -> Generator:
    """Start the default generator from `seed`."""
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator from a seed that the operating system draws; returns it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed from which the default generator started."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator continue from `new_state`."""
    default_generator.set_state(new_state)


# -------------------------------------------------------------------------------------------------------------------- gradients
class Drawn(Op, abstract=True):
    """Drawn values (the first input) that came of tensors, as parameters or as what they replace: the gradient of those is 0."""

    types = "keep"

    def shape(self, drawn, *of):
        return drawn.shape

    def reference(self, drawn, *of):
        return drawn

    def gradient(self, g, out, drawn, *of):
        return None, *[lambda: g * 0 for _ in of]


class Undifferentiable(Drawn, abstract=True):
    """The same where PyTorch refuses the derivative."""

    what = ""

    def gradient(self, g, out, drawn, *of):
        raise RuntimeError(f"derivative for aten::{self.what} is not implemented: draw from .detach() where the numbers are data")


@functools.cache
def _page(name: str) -> Drawn:
    """The page of the draws that PyTorch's grad_fn calls `name`, or whose derivative it refuses (a name in small letters)."""
    if name.islower():
        return type(Drawn)(name, (Undifferentiable,), {"backward": "NotImplemented", "what": name}, abstract=True)()
    return type(Drawn)(name.partition("Backward")[0], (Drawn,), {"backward": name}, abstract=True)()


def _came_of(drawn: Tensor, name: str, *tensors) -> Tensor:
    """`drawn`, with a grad_fn where one of `tensors` (or numbers) has a gradient."""
    of = [t for t in tensors if isinstance(t, Tensor)]
    return record(_page(name), drawn, *of) if modes.grad and any(t.requires_grad for t in of) else drawn


# ------------------------------------------------------------------------------------------------------------------ new tensors
def _made(shape, dtype, device, requires_grad, draw) -> Tensor:
    """A new tensor of `shape`, its values from `draw(count, NumPy dtype)`."""
    shape = tuple(int(n) for n in shape)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    if devices.as_device(device) is devices.META:
        t = meta(shape, dtype)
    else:
        t = from_array(draw(numel(shape), dtype.numpy).reshape(shape), dtype)
    return t.requires_grad_() if requires_grad else t


def _floating(dtype, name: str):
    dtype = dt.default_dtype() if dtype is None else dt.as_dtype(dtype)
    if dtype.category < 2:
        raise NotImplementedError(f'"{name}" not implemented for \'{dtype._title}\'')
    return dtype


def rand(*sizes, size=None, generator=None, names=None, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False,
         pin_memory=False) -> Tensor:
    """Uniform numbers in [0, 1)."""
    dtype = _floating(out.dtype if out is not None and dtype is None else dtype, "check_uniform_bounds")
    return into(out, _made(sizes_of(sizes, size), dtype, device, requires_grad, stream(generator).rand), "rand")


def randn(*sizes, size=None, generator=None, names=None, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False,
          pin_memory=False) -> Tensor:
    """Normal numbers of mean 0 and standard deviation 1."""
    dtype = _floating(out.dtype if out is not None and dtype is None else dtype, "normal_kernel_cpu")
    return into(out, _made(sizes_of(sizes, size), dtype, device, requires_grad, lambda n, d: stream(generator).normal(n, 0.0, 1.0, d)), "randn")


def randint(*args, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False, pin_memory=False, low=None, high=None,
            size=None) -> Tensor:
    """Integers low <= i < high: randint(high, size) or randint(low, high, size)."""
    args = [*args]
    if size is None:
        if not args:
            raise TypeError("randint() missing required argument: 'size'")
        size = args.pop()
    if high is None:
        high = args.pop() if args else None
    if low is None:
        low = args.pop() if args else 0
    low, high = int(low), int(high)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    dtype = dt.as_dtype(dtype) if dtype is not None else out.dtype if out is not None else dt.int64
    return into(out, _made(shape_args((size,)), dtype, device, requires_grad, lambda n, d: stream(generator).integers(n, low, high, d)), "randint")


def randperm(n: int, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False, pin_memory=False) -> Tensor:
    """The integers 0 … n - 1 in random order."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    dtype = dt.as_dtype(dtype) if dtype is not None else out.dtype if out is not None else dt.int64
    return into(out, _made((n,), dtype, device, requires_grad, lambda count, d: stream(generator).permutation(n)), "randperm")


def _like(input, dtype, device, requires_grad, memory_format, draw) -> Tensor:
    """Drawn values in the memory order of `input`: the first number goes where the first element lies."""
    kind = input.dtype if dtype is None else dt.as_dtype(dtype)
    t = keep_strides(_made(input.shape, kind, input.device if device is None else device, False, draw), input, memory_format)
    return t.requires_grad_() if requires_grad else t


def _row_major(input, memory_format) -> bool:
    """Whether a tensor made like `input` has its elements in row-major order."""
    if memory_format is None or str(memory_format) == "torch.preserve_format":
        return is_contiguous(input.shape, dense_strides(input.shape, input.stride()))
    return is_contiguous(input.shape, memory_format.strides(input.shape))


def rand_like(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad: bool = False, memory_format=None, pin_memory=False) -> Tensor:
    """Uniform numbers in [0, 1), of the shape and dtype of `input`."""
    _floating(dtype or need_tensor(input, "rand_like").dtype, "check_uniform_bounds")
    return _like(input, dtype, device, requires_grad, memory_format, stream(generator).rand)


def randn_like(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad: bool = False, memory_format=None, pin_memory=False) -> Tensor:
    """Normal numbers of mean 0 and standard deviation 1, of the shape and dtype of `input`."""
    _floating(dtype or need_tensor(input, "randn_like").dtype, "normal_kernel_cpu")
    plain = _row_major(input, memory_format)
    return _like(input, dtype, device, requires_grad, memory_format, lambda n, d: stream(generator).normal(n, 0.0, 1.0, d, contiguous=plain))


def randint_like(input, *args, low=None, high=None, generator=None, dtype=None, layout=None, device=None, requires_grad: bool = False,
                 memory_format=None) -> Tensor:
    """Integers low <= i < high, of the shape and dtype of `input`."""
    args = [*args]
    high = args.pop() if high is None else high
    low = (args.pop() if args else 0) if low is None else low
    low, high = int(low), int(high)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return _like(input, dtype, device, requires_grad, memory_format, lambda n, d: stream(generator).integers(n, low, high, d))


def normal(mean, std=1.0, size=None, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False) -> Tensor:
    """Normal numbers: one for each element of the tensors `mean` and `std`, or of shape `size` for two numbers."""
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        if size is None:
            raise TypeError("normal() needs a size where mean and std are numbers")
        if std < 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
        dtype = _floating(dtype, "normal_kernel_cpu")
        return into(out, _made(shape_args((size,)), dtype, device, requires_grad, lambda n, d: stream(generator).normal(n, mean, std, d)), "normal")
    if isinstance(std, Tensor):
        if std.dtype.is_complex:
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if (values(std) < 0).any():
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    like = mean if isinstance(mean, Tensor) else std
    _floating(like.dtype, "normal_kernel_cpu")
    shape = broadcast_shapes(mean.shape, std.shape) if isinstance(mean, Tensor) and isinstance(std, Tensor) else like.shape
    scale = 1.0 if isinstance(std, Tensor) else std         # a number is the deviation of the draws themselves, which rounds once less
    noise = _made(shape, like.dtype, like.device, False, lambda n, d: stream(generator).normal(n, 0.0, scale, d))
    scaled = cast(noise * std.detach(), like.dtype) if isinstance(std, Tensor) else noise
    result = cast(scaled + (mean.detach() if isinstance(mean, Tensor) else mean), like.dtype)
    name = "NormalBackward1" if not isinstance(std, Tensor) else "NormalBackward2" if not isinstance(mean, Tensor) else "NormalBackward3"
    return into(out, _came_of(result, name, mean, std), "normal")


# ---------------------------------------------------------------------------------------------------------------------- in place
def _refill(x: Tensor, name: str, draw) -> Tensor:
    """Write what `draw(count, NumPy dtype)` gives, in the order in which the elements lie in memory."""
    check_writable(x)
    if x.is_meta:
        return x
    drawn = draw(x.numel(), x.dtype.numpy)
    if not x.is_contiguous():
        order = storage_order(x.shape, x.stride())
        drawn = np.transpose(drawn.reshape([x.shape[d] for d in order]), np.argsort(order))
    fresh = from_array(np.asarray(drawn.reshape(x.shape), order="C"), x.dtype)
    return in_place(x, lambda old: _came_of(fresh, name, old))


def uniform_(input, a=0.0, b=1.0, *, generator=None, **bounds) -> Tensor:
    """Fill with uniform numbers in [a, b) (PyTorch's argument names are `from` and `to`)."""
    a, b = bounds.pop("from", a), bounds.pop("to", b)
    if input.dtype.category < 2:
        raise NotImplementedError(f'"check_uniform_bounds" not implemented for \'{input.dtype._title}\'')
    return _refill(input, "UniformBackward0", lambda n, d: stream(generator).uniform(n, a, b, d))


def normal_(input, mean=0.0, std=1.0, *, generator=None) -> Tensor:
    """Fill with normal numbers."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    if input.dtype.category < 2:
        raise NotImplementedError(f'"normal_kernel_cpu" not implemented for \'{input.dtype._title}\'')
    return _refill(input, "NormalBackward0", lambda n, d: stream(generator).normal(n, mean, std, d, contiguous=input.is_contiguous()))


def random_(input, *args, generator=None, **bounds) -> Tensor:
    """Fill with integers: random_() over the dtype's range, random_(to), random_(from, to); `to` None is the dtype's greatest."""
    args = [*args]
    if len(args) > 2 or set(bounds) - {"from", "to"}:
        raise TypeError(f"random_() takes (), (to) or (from, to), got {len(args)} numbers and {sorted(bounds)}")
    if not args and not bounds:
        return _refill(input, "RandomBackward2", lambda n, d: stream(generator).random_bits(n, d))
    high = bounds.get("to", args[-1] if args else None)
    low = bounds.get("from", args[0] if len(args) == 2 else 0)
    name = "RandomBackward0" if "from" in bounds or len(args) == 2 else "RandomBackward1"
    return _refill(input, name, lambda n, d: stream(generator).integers(n, int(low), None if high is None else int(high), d))


def bernoulli_(input, p=0.5, *, generator=None) -> Tensor:
    """Fill with 1 with probability `p` (a number, or a tensor of the same shape), else 0."""
    if isinstance(p, Tensor):
        chances = np.broadcast_to(values(p), input.shape).transpose(storage_order(input.shape, input.stride()))
        return _refill(input, "BernoulliBackward1", lambda n, d: stream(generator).bernoulli_array(chances).reshape(-1).astype(d))
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _refill(input, "BernoulliBackward2", lambda n, d: stream(generator).bernoulli_scalar(n, p).astype(d))


def bernoulli(input, p=None, *, generator=None, out=None) -> Tensor:
    """1 with the probability that each element of `input` gives (or with probability `p`), else 0."""
    x = need_tensor(input, "bernoulli")
    if p is not None:
        drawn = _made(x.shape, x.dtype, x.device, False, lambda n, d: stream(generator).bernoulli_scalar(n, p).astype(d))
        return into(out, _came_of(drawn, "bernoulli", x), "bernoulli")
    if x.dtype.category < 2:
        raise RuntimeError(f'"bernoulli_tensor_cpu_p_" not implemented for \'{x.dtype._title}\'')
    if x.is_meta:
        drawn = meta(x.shape, x.dtype)
    else:
        drawn = from_array(stream(generator).bernoulli_array(values(x)).reshape(x.shape).astype(x.dtype.numpy), x.dtype)
    return into(out, _came_of(drawn, "BernoulliBackward0", x), "bernoulli")


def exponential_(input, lambd=1.0, *, generator=None) -> Tensor:
    """Fill with numbers of density lambd · e^(-lambd x)."""
    return _refill(input, "ExponentialBackward0", lambda n, d: stream(generator).exponential(n, float(lambd), d))


def cauchy_(input, median=0.0, sigma=1.0, *, generator=None) -> Tensor:
    """Fill with Cauchy numbers."""
    return _refill(input, "CauchyBackward0", lambda n, d: stream(generator).cauchy(n, median, sigma, d))


def geometric_(input, p, *, generator=None) -> Tensor:
    """Fill with the number of trials of probability `p` until the first success."""
    return _refill(input, "GeometricBackward0", lambda n, d: stream(generator).geometric(n, p, d))


def log_normal_(input, mean=1.0, std=2.0, *, generator=None) -> Tensor:
    """Fill with e to the power of normal numbers."""
    return _refill(input, "LogNormalBackward0", lambda n, d: stream(generator).log_normal(n, mean, std, d))


# ------------------------------------------------------------------------------------------------------------------- by weights
def multinomial(input, num_samples: int, replacement: bool = False, *, generator=None, out=None) -> Tensor:
    """Indices drawn with probability in proportion to the weights in `input` (k) or (rows, k) -> (…, num_samples)."""
    x = need_tensor(input, "multinomial")
    if x.dtype.category != 2:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {x.dtype._title}")
    if out is not None and out.dtype is not dt.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype._title}")
    drawn = stream(generator).multinomial(values(x), num_samples, replacement)
    return into(out, from_array(np.ascontiguousarray(drawn).astype(np.int64), dt.int64), "multinomial")


def _sampled(draw, *tensors) -> Tensor:
    x = tensors[0]
    return from_array(np.asarray(draw(*[values(t) for t in tensors])).reshape(x.shape).astype(x.dtype.numpy), x.dtype)


def poisson(input, generator=None) -> Tensor:
    """Poisson numbers with the rates in `input`."""
    return _came_of(_sampled(stream(generator).poisson, need_tensor(input, "poisson")), "PoissonBackward0", input)


def binomial(count, prob, generator=None) -> Tensor:
    """How many of `count` trials of probability `prob` succeed."""
    both = count + prob * 0, prob + count * 0
    return _came_of(_sampled(stream(generator).binomial, *both), "binomial", count, prob)


def _standard_gamma(input, generator=None) -> Tensor:
    """Gamma numbers of shape `input` and scale 1."""
    return _sampled(stream(generator).standard_gamma, input)


__all__ = [
    "Generator", "bernoulli", "binomial", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "multinomial", "normal", "poisson",
    "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "seed", "set_rng_state",
]
