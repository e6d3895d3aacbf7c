"""Raw draws from flambeau's default generator, many at a time, or from a copy of its state.

The generator is the Mersenne Twister mt19937 (Matsumoto and Nishimura, 1998), whose state `get_rng_state` hands out.
"""

from __future__ import annotations

import numpy as np

import flambeau

# Where the parts of get_rng_state() lie: seed u64, left i32, seeded i32, next u64, then the 624 words of the engine as u64.
_LEFT, _NEXT, _WORDS = slice(8, 12), slice(16, 24), slice(24, 24 + 624 * 8)
_N, _M = 624, 397
_U = np.uint32

__all__ = ["advance", "random_words"]


def _mix(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    joined = (high & _U(0x80000000)) | (low & _U(0x7FFFFFFF))
    return (joined >> _U(1)) ^ ((joined & _U(1)) * _U(0x9908B0DF))


def _next_state(old: np.ndarray) -> np.ndarray:
    """The 624 words that follow: new[i] = (new or old)[i + 397 mod 624] ^ mix(old[i], old[i + 1]), in runs that need no later word."""
    new = np.empty(_N, np.uint32)
    run = _N - _M
    new[:run] = old[_M:] ^ _mix(old[:run], old[1 : run + 1])
    new[run : 2 * run] = new[:run] ^ _mix(old[run : 2 * run], old[run + 1 : 2 * run + 1])
    new[2 * run : -1] = new[run : _M - 1] ^ _mix(old[2 * run : -1], old[2 * run + 1 :])
    new[-1:] = new[_M - 1 : _M] ^ _mix(old[-1:], new[:1])
    return new


def _temper(words: np.ndarray) -> np.ndarray:
    words = words ^ (words >> _U(11))
    words ^= (words << _U(7)) & _U(0x9D2C5680)
    words ^= (words << _U(15)) & _U(0xEFC60000)
    return words ^ (words >> _U(18))


def advance(state: np.ndarray, count: int) -> np.ndarray:
    """The next `count` 32-bit words (uint32) of the generator whose state (what `get_rng_state` gives, as an array) this is.

    The state moves on by as many, in place. `rand(1)` takes one word w and gives (w mod 2**24) / 2**24; `randint(low, high)` takes one
    and gives low + w mod (high - low) where that range is below 2**28.
    """
    if not count:
        return np.empty(0, np.uint32)
    words = state[_WORDS].view(np.uint64).astype(np.uint32)
    position = _N if state[_LEFT].view(np.int32)[0] == 1 else int(state[_NEXT].view(np.uint64)[0])
    parts = []
    while count:
        if position == _N:
            words, position = _next_state(words), 0
        taken = min(count, _N - position)
        parts.append(words[position : position + taken])
        position, count = position + taken, count - taken
    state[_WORDS].view(np.uint64)[:] = words
    state[_LEFT].view(np.int32)[0] = _N + 1 - position
    state[_NEXT].view(np.uint64)[0] = position
    return _temper(np.concatenate(parts))


def random_words(count: int) -> np.ndarray:
    """The next `count` words of the default generator, which moves on."""
    return flambeau.default_generator.words(count)
