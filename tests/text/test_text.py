"""Texts: lines, tables, vocabularies, batches, the public corpus."""
import hashlib

import pytest

import flambeau
from flambeau import text
from flambeau.utils.data import DataLoader


def test_lines(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes("Où est\r\n\nle lac ?\nfin".encode())
    lines = text.LineDataset(path)
    assert list(map(lines.__getitem__, range(len(lines)))) == ["Où est", "", "le lac ?", "fin"] and lines[-1] == "fin"
    assert [*DataLoader(text.LineDataset(path, str.upper, skip_empty=True), 2)] == [["OÙ EST", "LE LAC ?"], ["FIN"]]
    with pytest.raises(IndexError, match="line 4 of .*poem.txt, which has 4"):
        lines[4]
    path.write_bytes(b"good\nb\xe9d\n")
    with pytest.raises(ValueError, match="poem.txt, line 2 is not in utf-8"):
        text.LineDataset(path)[1]
    assert text.LineDataset(path, encoding="latin-1")[1] == "béd"
    (tmp_path / "empty").touch()
    assert len(text.LineDataset(tmp_path / "empty")) == 0


def test_tables(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('label,text\n1,"a, b"\n0,c\n')
    assert [*text.CSVDataset(path)] == [("1", "a, b"), ("0", "c")]
    assert text.CSVDataset(path, ["text"], lambda row: row[0].upper())[0] == "A, B"
    with pytest.raises(ValueError, match="has no column 'name'; its header is label, text"):
        text.CSVDataset(path, ["name"])
    path.write_text("label,text\n1\n")
    with pytest.raises(ValueError, match="t.csv, line 2: 1 cells, at least 2 expected"):
        text.CSVDataset(path)


def test_bytes():
    known = text.ByteVocabulary()
    assert known.encode("hé").tolist() == [104, 195, 169] and known.decode(known.encode("hé", ends=True)) == "hé" and len(known) == 259
    assert known.decode([195, 104]) == "\ufffdh" and known.encode("").dtype == flambeau.int64


def test_words():
    assert text.words("It's 5 o'clock, été!") == ["it's", "5", "o'clock", ",", "été", "!"]
    known = text.Vocabulary.of([["b", "a", "a"], ["c", "a", "b"]], least=2)
    assert known.tokens == ["<pad>", "<unk>", "a", "b"] and known.encode("abc").tolist() == [2, 3, 1] and known.decode([2, 1]) == ["a", "<unk>"]
    assert known.padding == 0 and "a" in known and "c" not in known
    with pytest.raises(KeyError, match="'z' is not in the vocabulary"):
        text.Vocabulary(["a"], specials=())["z"]
    with pytest.raises(ValueError, match="'a' comes again"):
        text.Vocabulary(["a", "a"])


def test_padding():
    sequences = [flambeau.tensor([1, 2, 3]), flambeau.tensor([4])]
    assert text.PadCollate(9)(sequences).tolist() == [[1, 2, 3], [4, 9, 9]]
    batch, labels = text.PadCollate()([(sequences[0], 1), (sequences[1], 0)])
    assert batch.tolist() == [[1, 2, 3], [4, 0, 0]] and labels.tolist() == [1, 0]
    batch, lengths = text.PadCollate(lengths=True)(sequences)
    assert lengths.tolist() == [3, 1] and batch.shape == (2, 3)
    with pytest.raises(ValueError, match="samples of \\[1, 2\\] parts"):
        text.PadCollate()([(1,), (1, 2)])


def test_the_public_corpus(tmp_path, monkeypatch):
    (tmp_path / "AG_NEWS").mkdir()
    content = b'"3","Wall St.","Stocks fell"\n"1","Peace","At last"\n'
    (tmp_path / "AG_NEWS" / "test.csv").write_bytes(content)
    with pytest.raises(RuntimeError, match="download=True to download it"):
        text.AG_NEWS(tmp_path, "test")
    monkeypatch.setitem(text.AG_NEWS.md5, "test", hashlib.md5(content).hexdigest())
    data = text.AG_NEWS(tmp_path, "test", download=True)
    assert len(data) == 2 and [data[0], data[1]] == [(2, "Wall St. Stocks fell"), (0, "Peace At last")]
    with pytest.raises(ValueError, match="split"):
        text.AG_NEWS(tmp_path, "valid")
