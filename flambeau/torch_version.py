"""TorchVersion: a version's text that compares as a version, so that `torch.__version__ >= "1.10"` means what it says."""
from __future__ import annotations

import functools
import re

# the order of PEP 440: 1.0.dev1 < 1.0a1 < 1.0b2 < 1.0rc1 < 1.0 < 1.0+local < 1.0.post1
_VERSION = re.compile(r"""
    \s* v? (?:(?P<epoch>\d+)!)? (?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<stage>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<stage_number>\d*))?
    (?P<post>-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?
    (?P<dev>[-_.]?dev[-_.]?\d*)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))? \s*""", re.VERBOSE | re.IGNORECASE)
_STAGES = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


@functools.lru_cache(maxsize=256)
def _key(text: str):
    """What to compare a version by; None if the text is no version."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    release = tuple(int(n) for n in part["release"].split("."))
    while len(release) > 1 and not release[-1]:         # 1.0 is 1
        release = release[:-1]
    post = -1 if part["post"] is None else _number(part["post"])
    if part["stage"]:
        stage = (_STAGES[part["stage"].lower()], _number(part["stage_number"]))
    else:
        stage = (0, 0) if part["dev"] and part["post"] is None else (4, 0)
    dev = (0, _number(part["dev"])) if part["dev"] else (1, 0)
    local = tuple((1, int(n), "") if n.isdigit() else (0, 0, n.lower()) for n in re.split("[-_.]", part["local"] or "") if n)
    return int(part["epoch"] or 0), release, stage, post, dev, local


class TorchVersion(str):
    """Text that compares as a version (PEP 440) with text, with a tuple of numbers, and with another version.

        TorchVersion("1.10.0a") > "1.2", TorchVersion("2.13.0") >= (2, 1)

    What is no version ("parrot") is compared as text.
    """

    __slots__ = ()

    def _compared(self, other, how):
        if isinstance(other, tuple | list):
            other = ".".join(map(str, other))
        if not isinstance(other, str) and hasattr(other, "release"):        # packaging.version.Version
            other = str(other)
        if not isinstance(other, str):
            return NotImplemented
        mine, theirs = _key(str(self)), _key(str(other))
        if mine is None or theirs is None:
            return getattr(str, how)(self, str(other))
        return getattr(tuple, how)(mine, theirs)

    def __eq__(self, other):
        return self._compared(other, "__eq__")

    def __lt__(self, other):
        return self._compared(other, "__lt__")

    def __le__(self, other):
        return self._compared(other, "__le__")

    def __gt__(self, other):
        return self._compared(other, "__gt__")

    def __ge__(self, other):
        return self._compared(other, "__ge__")

    def __ne__(self, other):
        same = self._compared(other, "__eq__")
        return same if same is NotImplemented else not same

    __hash__ = str.__hash__

    def __reduce__(self):
        return TorchVersion, (str(self),)


__all__ = ["TorchVersion"]
