"""Raw draws from flambeau's default generator, many at a time."""

import numpy as np

import flambeau

# Where the parts of get_rng_state() lie: seed u64, left i32, seeded i32, next u64, then the 624 words of the engine as u64.
_LEFT, _NEXT, _WORDS = slice(8, 12), slice(16, 24), slice(24, 24 + 624 * 8)


def random_words(count: int) -> np.ndarray:
    """The next `count` 32-bit words (uint32) of the default CPU generator, which moves on by as many.

    `rand(1)` takes one word w and gives (w mod 2**24) / 2**24; `randint(low, high)` takes one and gives low + w mod (high - low)
    where that range is below 2**28.
    """
    state = flambeau.get_rng_state()
    layout = state.numpy()
    engine = np.random.MT19937()
    position = 624 if layout[_LEFT].view(np.int32)[0] == 1 else int(layout[_NEXT].view(np.uint64)[0])
    words = layout[_WORDS].view(np.uint64)
    engine.state = {"bit_generator": "MT19937", "state": {"key": words.astype(np.uint32), "pos": position}}
    drawn = engine.random_raw(count).astype(np.uint32)
    after = engine.state["state"]
    words[:] = after["key"]
    layout[_LEFT].view(np.int32)[0] = 625 - after["pos"]
    layout[_NEXT].view(np.uint64)[0] = after["pos"]
    flambeau.set_rng_state(state)
    return drawn


def uniform(words: np.ndarray) -> np.ndarray:
    """What `rand` makes of the words: float32 in [0, 1)."""
    return (words & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(2**-24)


def integers(words: np.ndarray, high: int) -> np.ndarray:
    """What `randint(0, high)` makes of the words."""
    return (words % np.uint32(high)).astype(np.int64)
