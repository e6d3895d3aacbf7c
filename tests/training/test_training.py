"""`flambeau train` and `flambeau predict`: what is learned, what is written, what is said, and going on after a kill."""
import csv
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import flambeau
from flambeau import cli, training
from flambeau.training import loop, tables, tasks
from flambeau.training.leaks import digest_array, find_leaks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def table(tmp_path):
    """A table of 120 rows in which `kind` follows from x and colour, `price` from x and y."""
    path, draws = tmp_path / "things.csv", random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "x", "y", "colour", "kind", "price"])
        for row in range(120):
            x, y, colour = draws.uniform(-1, 1), draws.uniform(0, 10), draws.choice(["red", "green", "blue"])
            writer.writerow([f"n{row}", f"{x:.4f}", "" if row % 9 == 4 else f"{y:.4f}", colour, "hot" if x > 0 or colour == "red" else "cold", f"{3 * x + 7:.5f}"])
    return path


def rows_of(path) -> list[dict]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments) -> int:
    return cli.main([str(argument) for argument in arguments])


def same_runs(one: Path, other: Path) -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import kill_test
    finally:
        sys.path.pop(0)
    assert kill_test.differences(one, other) == []


class TestTables:
    def test_classes(self, table, tmp_path, capsys):
        assert run("train", table, "--target", "kind", "--epochs", 25, "--out", tmp_path / "out") == 0
        told = capsys.readouterr().out
        assert "102 samples" in told
        assert "left out, for they say nothing of other rows: id" in told and "Test accuracy" in told
        result = flambeau.load(tmp_path / "out" / "last.pt")
        assert result["history"][-1]["training accuracy"] > 0.85
        assert run("predict", tmp_path / "out", table, "--top", 1) == 0
        lines = capsys.readouterr().out.splitlines()
        truth = [row["kind"] for row in rows_of(table)]
        assert np.mean([kind in line for kind, line in zip(truth, lines, strict=True)]) > 0.8 and lines[0].startswith(f"{table}:1\t")

    def test_a_quantity(self, table, tmp_path, capsys):
        assert run("train", table, "--target", "price", "--epochs", 25, "--out", tmp_path / "out") == 0
        assert "Test error" in capsys.readouterr().out
        assert run("predict", tmp_path / "out" / "best.pt", table) == 0
        values = np.array([float(line.split("\t")[1]) for line in capsys.readouterr().out.splitlines()])
        truth = np.array([float(row["price"]) for row in rows_of(table)])
        assert np.corrcoef(values, truth)[0, 1] > 0.9
        assert not (tmp_path / "out" / "confusion.png").exists() and (tmp_path / "out" / "curves.png").exists()

    def test_coding(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("a,b,c\n1,x,0\n3,y,1\n,x,1\n5,z,0\n")
        read = tables.read_table(path)
        encoder = tables.Encoder.fit(read, "c", [0, 1, 2])
        np.testing.assert_allclose(encoder.features(read), [[-1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [3, 0, 0, 0]])
        assert encoder.classes == ["0", "1"] and encoder.targets(read).tolist() == [0, 1, 1, 0] and encoder.width == 4

    @pytest.mark.parametrize("text, target, words", [
        ("a,b\n1,2\n1\n", "b", "line 3: 1 cells, but the header has 2"),
        ("a,a\n1,2\n", "a", "must name the columns, each once"),
        ("a,b\n", "b", "a header and no rows"),
        ("a,b\n1,2\n2,\n" + "3,4\n" * 20, "b", "row 2: there is no value in the target column 'b'"),
        ("a,b\n" + "1,x\n" * 30, "b", "has one value only, 'x'"),
        ("a,b\n" + "1,x\n1,y\n" * 30, "b", "no column besides 'b' holds numbers that vary"),
        ("a,b\n" + "1,2.5\n2,inf\n" * 20, "b", "row 2: 'inf' in the target column 'b' is no finite number"),
        ("a,b\n1,\"2\n" + "x" * 140_000, "b", "is no CSV table in UTF-8: field larger than field limit"),
        ("a,b\n1,2\n2,3\n", "c", "has no column 'c'; it has a, b"),
        ("a,b\n1,2\n2,3\n", None, "Say --target COLUMN, one of a, b"),
        ("a,b\n1,2\n2,3\n", "b", "too few to train on"),
    ])  # fmt: skip
    def test_bad_ones(self, tmp_path, text, target, words, capsys):
        path = tmp_path / "t.csv"
        path.write_text(text)
        assert run("train", path, "--out", tmp_path / "out", *(["--target", target] if target else [])) == 1
        assert words in capsys.readouterr().err

    def test_a_picture_in_place_of_a_table(self, table, tmp_path, capsys):
        run("train", table, "--target", "kind", "--epochs", 1, "--out", tmp_path / "out")
        (tmp_path / "p.jpg").write_bytes(b"\xff\xd8\xff")
        assert run("predict", tmp_path / "out", tmp_path / "p.jpg") == 1
        assert "p.jpg is no CSV table in UTF-8" in capsys.readouterr().err

    def test_a_few_steps(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("a,b\n" + "1,x\n2,y\n" * 25)
        for batch_size in (40, 20, 8):  # 1, 2 and 5 steps
            assert run("train", path, "--target", "b", "--epochs", 1, "--batch-size", batch_size, "--out", tmp_path / str(batch_size)) == 0

    def test_a_cell_that_is_no_number_when_predicting(self, table, tmp_path, capsys):
        run("train", table, "--target", "kind", "--epochs", 1, "--out", tmp_path / "out")
        other = tmp_path / "other.csv"
        other.write_text("x,y,colour\n0.5,1,red\nmuch,1,red\n")
        assert run("predict", tmp_path / "out", other) == 1
        assert "row 2: 'much' in the column 'x' is no number" in capsys.readouterr().err


@pytest.fixture
def folder(tmp_path):
    """24 bright and 24 dark images."""
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    for name, low in (("bright", 150), ("dark", 0)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for k in range(24):
            image.fromarray(rng.integers(low, low + 100, (20, 24, 3), np.uint8)).save(tmp_path / "images" / name / f"{k}.png")
    return tmp_path / "images"


class TestFolders:
    def test_of_images(self, folder, tmp_path, capsys):
        assert run("train", folder, "--image-size", 8, "--epochs", 3, "--out", tmp_path / "out", "--batch-size", 8, "--model", "mlp") == 0
        assert flambeau.load(tmp_path / "out" / "last.pt")["history"][-1]["training accuracy"] > 0.8
        capsys.readouterr()
        assert run("predict", tmp_path / "out", folder / "dark" / "0.png", folder / "bright" / "1.png") == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split("\t")[1].split()[0] for line in lines] == ["dark", "bright"]
        page = (tmp_path / "out" / "report.html").read_text()
        assert "Test accuracy" in page and page.count("data:image/png;base64") == 2 and "often taken for" in page
        image = folder / "broken.png"
        image.write_bytes(b"no image")
        assert run("predict", tmp_path / "out", image) == 1
        assert "broken.png holds no image" in capsys.readouterr().err

    def test_samples_in_two_splits_are_warned_of(self, folder, tmp_path, capsys):
        for name in ("train", "test"):
            (folder / name).mkdir()
        for kind in ("bright", "dark"):
            (folder / kind).rename(folder / "train" / kind)
            (folder / "test" / kind).mkdir()
            for k in (3, 5):
                (folder / "test" / kind / f"copy{k}.png").write_bytes((folder / "train" / kind / f"{k}.png").read_bytes())
        assert run("train", folder, "--image-size", 8, "--epochs", 1, "--out", tmp_path / "out", "--model", "mlp") == 0
        told = capsys.readouterr().err
        assert "samples of the test set are in the training set too" in told and "say too much of new data" in told
        assert "class=\"warning\"" in (tmp_path / "out" / "report.html").read_text()

    def test_bad_ones(self, tmp_path, capsys):
        assert run("train", tmp_path / "nothing") == 1
        assert "no such folder or file" in capsys.readouterr().err
        (tmp_path / "empty").mkdir()
        assert run("train", tmp_path / "empty") == 1
        assert "class folder" in capsys.readouterr().err
        (tmp_path / "data.bin").touch()
        assert run("train", tmp_path / "data.bin") == 1
        assert "neither a folder of images nor a CSV table" in capsys.readouterr().err


def test_leaks():
    data = np.arange(40).reshape(10, 4)
    data[9] = data[2]
    (leak,) = find_leaks({"training": range(5), "test": range(5, 10)}, lambda split, index: digest_array(data[index]))
    assert leak[:3] == ("test", "training", 1) and "1 sample of the test set is in the training set too (test 9 = training 2)" in str(leak)
    assert find_leaks({"a": range(5), "b": range(5, 9)}, lambda split, index: digest_array(data[index])) == []


# ------------------------------------------------------------------------------------------------------------------------- resuming
class Stop(Exception):
    """Stands for the end of the process."""


def interrupted(config, task, out, at):
    """A run that is saved after each step and stops after `at` of them."""
    steps = iter(range(10**9))

    class Watch(loop.Quiet):
        def step(self, samples, loss):
            if next(steps) == at:
                raise Stop

    trainer = training.Trainer(config, task, out, watch=Watch())
    with pytest.raises(Stop):
        trainer.run()


@pytest.mark.parametrize("at", [0, 3, 8, 13])
def test_a_run_that_is_broken_off_ends_as_the_whole(table, tmp_path, at):
    config = training.Config(data=str(table), target="kind", epochs=3, save_every=0.0)
    task = training.find_task(config)
    whole = training.Trainer(config, task, tmp_path / "whole").run()
    interrupted(config, task, tmp_path / "broken", at)
    flambeau.rand(7)  # the state of this process is not what counts
    rest = training.Trainer(config, training.find_task(config), tmp_path / "broken", resume=True).run()
    same_runs(tmp_path / "whole", tmp_path / "broken")
    assert rest["test"] == whole["test"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_kill(table, tmp_path):
    training_run = ["train", str(table), "--target", "kind", "--epochs", "2", "--save-every", "0"]
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "kill_test.py"), "--kills", "1", "--seed", "1", "--", *training_run],
                          capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0 and "(1 in all), bit for bit the same" in done.stdout, done.stdout + done.stderr


def test_what_cannot_be_resumed(table, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("train", table, "--target", "kind", "--epochs", 1, "--out", out) == 0
    assert run("train", table, "--target", "kind", "--epochs", 1, "--out", out) == 1
    assert "holds a run already: --resume goes on with it" in capsys.readouterr().err
    assert run("train", table, "--target", "kind", "--epochs", 2, "--out", out, "--resume") == 1
    assert "was begun with epochs=1 and cannot be resumed with epochs=2" in capsys.readouterr().err
    assert run("train", table, "--target", "price", "--out", out, "--resume") == 1
    assert "a run on other data" in capsys.readouterr().err
    assert run("train", table, "--target", "kind", "--out", out, "--resume") == 0  # it was at its end: tested and reported once more
    assert run("predict", out / "last.pt", table) == 1
    assert "is no model of `flambeau train`" in capsys.readouterr().err
    assert run("predict", tmp_path, table) == 1
    assert "there is no file" in capsys.readouterr().err


def test_files_left_by_a_kill_are_removed(table, tmp_path):
    config = training.Config(data=str(table), target="kind", epochs=1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".0123456789abcdef.tmp").write_bytes(b"half")
    training.Trainer(config, training.find_task(config), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_it_stops_when_nothing_gets_better(table, tmp_path):
    config = training.Config(data=str(table), target="kind", epochs=50, patience=2, lr=1e-9)
    trainer = training.Trainer(config, training.find_task(config), tmp_path / "out")
    trainer.run()
    assert trainer.epoch < 50 and trainer.epoch - trainer.best["epoch"] == 2


def test_a_loss_that_is_no_number_is_told_of(table, tmp_path):
    config = training.Config(data=str(table), target="price", epochs=3, lr=1e30)
    with pytest.raises(RuntimeError, match="try a smaller --lr"):
        training.Trainer(config, training.find_task(config), tmp_path / "out").run()


def test_the_named_ones(tmp_path):
    config = training.Config(data="fashion-mnist", sample=True)
    task = tasks.find_task(config)
    assert (len(task.training), len(task.validation), len(task.test)) == (2850, 150, 600) and task.shape == (1, 28, 28)
    x, _ = task.training[0]
    assert x.shape == (1, 28, 28) and task.defaults["model"] == "cnn"
    assert task.fingerprint == tasks.find_task(config).fingerprint
    assert task.fingerprint != tasks.find_task(training.Config(data="fashion-mnist", sample=True, seed=1)).fingerprint
    with pytest.raises(ValueError, match="of fashion-mnist only"):
        tasks.find_task(training.Config(data="mnist", sample=True))
    with pytest.raises(ValueError, match="there is no model cn;"):
        training.Trainer(training.Config(data="fashion-mnist", model="cn"), task, tmp_path)
