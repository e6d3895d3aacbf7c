"""Texts as numbers and back."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import flambeau
from flambeau import Tensor

__all__ = ["ByteVocabulary", "Vocabulary", "words"]

_WORDS = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def words(text: str) -> list[str]:
    """Lower-case words and single marks: "It's 5 o'clock." -> it's, 5, o'clock, . """
    return _WORDS.findall(text.lower())


class ByteVocabulary:
    """Texts as their UTF-8 bytes: nothing is unknown. Numbers 0 to 255 are the bytes; padding, begin and end are 256, 257, 258."""

    padding, begin, end = 256, 257, 258

    def __len__(self) -> int:
        return 259

    def encode(self, text: str, ends: bool = False) -> Tensor:
        """int64 numbers of the bytes; with `ends` between begin and end."""
        numbers = list(text.encode())
        return flambeau.tensor([self.begin, *numbers, self.end] if ends else numbers, dtype=flambeau.int64)

    def decode(self, numbers: Iterable[int] | Tensor) -> str:
        """The text; padding, begin and end are left out, and broken characters (a prediction may have some) become U+FFFD."""
        numbers = numbers.tolist() if isinstance(numbers, Tensor) else numbers
        return bytes(number for number in numbers if number < 256).decode(errors="replace")


class Vocabulary:
    """Tokens and their numbers: the special ones first, then the others. Unknown tokens get the number of `unknown`.

    Raises ValueError for a token that comes twice.
    """

    def __init__(self, tokens: Iterable[str], specials: Sequence[str] = ("<pad>", "<unk>")) -> None:
        self.tokens = [*specials, *tokens]
        self.numbers = {token: number for number, token in enumerate(self.tokens)}
        if len(self.numbers) < len(self.tokens):
            twice = next(token for token, count in Counter(self.tokens).items() if count > 1)
            raise ValueError(f"a vocabulary holds each token once, {twice!r} comes again")

    @classmethod
    def of(cls, texts: Iterable[Iterable[str]], least: int = 1, most: int | None = None, specials: Sequence[str] = ("<pad>", "<unk>")) -> Vocabulary:
        """The tokens that come `least` times or more, the commonest first (alphabetically where equal), at most `most` of them."""
        counts = Counter(token for text in texts for token in text)
        known = sorted((token for token, count in counts.items() if count >= least and token not in specials), key=lambda token: (-counts[token], token))
        return cls(known[:most], specials)

    @property
    def padding(self) -> int:
        """The number that fills up short sequences."""
        return self.numbers.get("<pad>", 0)

    @property
    def unknown(self) -> int | None:
        """The number of tokens that are not known; None where there is none for them."""
        return self.numbers.get("<unk>")

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self.numbers

    def __getitem__(self, token: str) -> int:
        number = self.numbers.get(token, self.unknown)
        if number is None:
            raise KeyError(f"{token!r} is not in the vocabulary, which has no <unk> for such tokens")
        return number

    def encode(self, tokens: Iterable[str]) -> Tensor:
        """int64 numbers (n,). KeyError for an unknown token where there is no <unk>."""
        return flambeau.tensor([self[token] for token in tokens], dtype=flambeau.int64)

    def decode(self, numbers: Iterable[int] | Tensor) -> list[str]:
        """The tokens of the numbers."""
        return [self.tokens[number] for number in (numbers.tolist() if isinstance(numbers, Tensor) else numbers)]
