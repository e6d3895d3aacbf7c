"""The source of all random numbers: the words of a Mersenne Twister, and the state in which PyTorch writes one down.

MT19937 is by M. Matsumoto and T. Nishimura ("Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number generator",
ACM Transactions on Modeling and Computer Simulation 8, 1998). NumPy's legacy generator seeds and runs it as PyTorch does.
"""
from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

DEFAULT_SEED = 67280421310721       # of a generator that nobody seeded
STATE_BYTES = 5056

_WORDS = 624                        # of MT19937's state
_STATE = np.dtype({                 # PyTorch's CPUGeneratorImplState; the gaps are numbers that older versions kept, and padding
    "names": ["seed", "left", "seeded", "next", "words", "kept", "has_kept", "kept32", "has_kept32"],
    "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", _WORDS), "<f8", "<i4", "<f4", "u1"],
    "offsets": [0, 8, 12, 16, 24, 5024, 5040, 5048, 5052],
    "itemsize": STATE_BYTES,
})


watchers: list = []         # objects told of every draw, as enter() and leave(stream, method, args, kwargs, result); see flambeau.traced


def exclusive(method):
    """A method that no two threads run at once on one stream."""
    @functools.wraps(method)
    def locked(self, *args, **kwargs):
        with self._lock:
            if watchers:
                return _watched(method, self, args, kwargs)
            return method(self, *args, **kwargs)
    return locked


def _watched(method, stream, args, kwargs):
    told = list(watchers)
    for watcher in told:
        watcher.enter()
    result = None
    try:
        result = method(stream, *args, **kwargs)
        return result
    finally:
        for watcher in told:
            watcher.leave(stream, method, args, kwargs, result)


class WordStream:
    """MT19937 with its seed, its state and the normal number that a draw left over; draws are built on the words it gives.

    Streams may be copied and pickled: the copy continues as the original does.
    """

    def __init__(self, seed: int = DEFAULT_SEED):
        self._lock = threading.RLock()
        self._source = np.random.RandomState(0)
        self._start(_as_seed(seed))

    def _start(self, seed: int) -> None:
        self._source.seed(seed & 0xFFFFFFFF)
        self._seed, self._untouched = seed, True
        self._kept: float | None = None         # the second of the last pair of normal numbers drawn one by one
        self._kept32: float | None = None       # the same in float32: no draw uses it, but a state may hold it

    @exclusive
    def manual_seed(self, seed: int) -> WordStream:
        """Start anew from `seed`, -2**63 <= seed < 2**64, a negative one taken modulo 2**64. Returns the stream itself.

        ValueError beyond these bounds; RuntimeError for what is not an integer.
        """
        self._start(_as_seed(seed))
        return self

    @exclusive
    def seed(self) -> int:
        """Start anew from a seed that the operating system makes up; returns it."""
        self._start(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream started from, 0 <= seed < 2**64."""
        return self._seed

    @exclusive
    def get_state(self) -> np.ndarray:
        """The whole state as PyTorch writes it: uint8, shape (5056,)."""
        words, position = self._source.get_state()[1:3]
        state = np.zeros((), _STATE)
        state["seed"], state["seeded"], state["words"] = self._seed, 1, words
        state["left"], state["next"] = (1, 0) if self._untouched else (_WORDS + 1 - position, position)
        if self._kept is not None:
            state["kept"], state["has_kept"] = self._kept, 1
        if self._kept32 is not None:
            state["kept32"], state["has_kept32"] = self._kept32, 1
        return np.frombuffer(state.tobytes(), np.uint8).copy()

    @exclusive
    def set_state(self, state: np.ndarray) -> None:
        """Continue from a state that `get_state` or PyTorch returned: uint8, 5056 elements in any shape.

        TypeError for another type; RuntimeError for another size, or contents that are no state.
        """
        if not isinstance(state, np.ndarray) or state.dtype != np.uint8:
            found = f"an array of {state.dtype}" if isinstance(state, np.ndarray) else type(state).__name__
            raise TypeError(f"RNG state must be a torch.ByteTensor (uint8), found {found}; pass what get_state returned")
        if state.size != STATE_BYTES:
            raise RuntimeError(f"Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG state size to be "
                               f"{state.size}; pass what get_state returned")
        read = np.frombuffer(state.tobytes(), _STATE)[0]
        left, position = int(read["left"]), int(read["next"])
        untouched = left == 1 and position == 0
        if not read["seeded"] or not 0 < left <= _WORDS or not (untouched or left + position == _WORDS + 1):
            raise RuntimeError("Invalid mt19937 state: seeded must not be 0, and left and next must be 1 and 0 or add up to "
                               f"{_WORDS + 1}; found {int(read['seeded'])}, {left} and {position}; pass what get_state returned")
        self._source.set_state(("MT19937", read["words"].astype(np.uint32), _WORDS if untouched else position))
        self._seed, self._untouched = int(read["seed"]), untouched
        self._kept = float(read["kept"]) if read["has_kept"] else None
        self._kept32 = float(read["kept32"]) if read["has_kept32"] else None

    def clone(self):
        """Another stream of the same class that continues as this one does."""
        twin = type(self).__new__(type(self))
        twin.__setstate__(self.__getstate__())
        return twin

    __copy__ = clone

    def __deepcopy__(self, memo):
        return self.clone()

    def __getstate__(self) -> np.ndarray:
        return self.get_state()

    def __setstate__(self, state: np.ndarray) -> None:
        WordStream.__init__(self)
        WordStream.set_state(self, state)

    @exclusive
    def words(self, n: int) -> np.ndarray:
        """The next n words of 32 bits, uint32."""
        return self._words(n)

    def _words(self, n: int) -> np.ndarray:
        """n words of 32 bits."""
        if n:
            self._untouched = False
        return self._source.randint(0, 1 << 32, size=n, dtype=np.uint32)

    def _long_words(self, n: int) -> np.ndarray:
        """n words of 64 bits, each two of 32, the upper one first."""
        pairs = self._words(2 * n).reshape(n, 2)
        return pairs[:, 0].astype(np.uint64) << np.uint64(32) | pairs[:, 1]

    def _floats(self, n: int) -> np.ndarray:
        """n float32 multiples of 2**-24 in [0, 1): the low 24 bits of a word each."""
        words = self._words(n)
        words &= np.uint32(2**24 - 1)
        return np.multiply(words, np.float32(2.0**-24), dtype=np.float32, casting="unsafe")

    def _doubles(self, n: int) -> np.ndarray:
        """n float64 multiples of 2**-53 in [0, 1): the low 53 bits of a long word each."""
        pairs = self._words(2 * n).reshape(n, 2)
        values = (pairs[:, 0] & np.uint32(2**21 - 1)) * 2.0**-21
        values += pairs[:, 1] * 2.0**-53
        return values

    @contextmanager
    def _one_by_one(self, block: int = 1024) -> Iterator[Callable[[], float]]:
        """Lends a function that draws one of `_doubles` a call. It reads ahead; what was not used goes back at the end."""
        start, untouched, used = self._source.get_state(), self._untouched, 0

        def read_ahead() -> Iterator[float]:
            while True:
                yield from self._doubles(block).tolist()

        ahead = read_ahead()

        def draw() -> float:
            nonlocal used
            used += 1
            return next(ahead)

        try:
            yield draw
        finally:
            self._source.set_state(start)
            self._untouched = untouched
            self._words(2 * used)


def _as_seed(seed) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
    if not -2**63 <= seed < 2**64:
        raise ValueError(f"Overflow when unpacking long long: a seed lies between -2**63 and 2**64 - 1, found {seed}; take it modulo 2**64")
    return int(seed) % 2**64
