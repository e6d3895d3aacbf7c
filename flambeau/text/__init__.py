"""Text: data sets of lines and of tables, vocabularies of bytes and of words, batches of sequences of different lengths.

    lines = text.LineDataset("poems.txt")
    vocabulary = text.Vocabulary.of(map(text.words, lines), least=2)
    batch = text.PadCollate(vocabulary.padding)([vocabulary.encode(text.words(line)) for line in lines])
"""
from __future__ import annotations

from .batches import PadCollate
from .datasets import AG_NEWS, CSVDataset, LineDataset
from .vocabulary import ByteVocabulary, Vocabulary, words

__all__ = ["AG_NEWS", "ByteVocabulary", "CSVDataset", "LineDataset", "PadCollate", "Vocabulary", "words"]
