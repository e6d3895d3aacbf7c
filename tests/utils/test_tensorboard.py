"""What SummaryWriter writes, read back: by a small reader of event files here, and by TensorBoard's own where it is installed."""
import io
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest

import flambeau
from flambeau import nn
from flambeau.utils.tensorboard import SummaryWriter, pictures, wire


def fields(data):
    """{number: [values]} of a protobuf message: ints, raw 4 or 8 bytes, or bytes."""
    found, place = {}, 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(data):
        key = varint()
        length = {0: None, 1: 8, 5: 4}.get(key & 7, 0)
        if length is None:
            value = varint()
        else:
            length = length or varint()
            value = data[place : place + length]
            place += length
        found.setdefault(key >> 3, []).append(value)
    return found


def events(folder):
    """The events of all files in a folder, checksums checked."""
    for name in sorted(os.listdir(folder)):
        if not name.startswith("events.out.tfevents."):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        place = 0
        while place < len(data):
            (length,) = struct.unpack_from("<Q", data, place)
            content = data[place + 12 : place + 12 + length]
            assert data[place : place + 16 + length] == wire.record(content)
            place += 16 + length
            yield fields(content)


def values(folder):
    """{tag: [(step, value's fields)]}."""
    found = {}
    for event in events(folder):
        for summary in event.get(5, ()):
            for value in map(fields, fields(summary)[1]):
                found.setdefault(value[1][0].decode(), []).append((event.get(2, [None])[0], value))
    return found


def single(value):
    return struct.unpack("<f", value[2][0])[0]


@pytest.fixture
def writer(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        yield writer


def test_checksum():
    assert wire.crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C in the catalogue of CRCs
    assert wire.crc32c(bytes(32)) == 0x8A9136AA     # RFC 3720, B.4


def test_negative_and_large_integers():
    assert fields(wire.integer(1, 300) + wire.integer(2, -1)) == {1: [300], 2: [2**64 - 1]}


def test_scalars(writer, tmp_path):
    for step, value in enumerate([1, 2.5, np.float64(3), flambeau.tensor(4.0), flambeau.tensor([5], dtype=flambeau.bfloat16)]):
        writer.add_scalar("loss/train", value, step, walltime=1000.0 + step)
    writer.add_scalar("exact", 1 / 3, new_style=True, double_precision=True)
    writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 7)
    writer.close()
    found = values(tmp_path)
    assert [(step, single(value)) for step, value in found["loss/train"]] == [(0, 1.0), (1, 2.5), (2, 3.0), (3, 4.0), (4, 5.0)]
    (_, exact), = found["exact"]
    assert struct.unpack("<d", fields(exact[8][0])[4][0]) == (1 / 3,)
    assert single(values(tmp_path / "both_b")["both"][0][1]) == 2.0
    first, *rest = events(tmp_path)
    assert first[3] == [b"brain.Event:2"] and struct.unpack("<d", rest[1][1][0]) == (1001.0,)
    with pytest.raises(AssertionError, match="should contain one element"):
        writer.add_scalar("loss", flambeau.ones(2))
    with pytest.raises(NotImplementedError, match="numpy array or torch tensor are expected"):
        writer.add_scalar("loss", [1.0])


def test_histograms(writer, tmp_path):
    writer.add_histogram("weights", flambeau.tensor([0.0, 0.1, 0.1, 3.0]), 1)
    writer.add_histogram("four", np.arange(12), bins=4)
    writer.add_histogram("coarse", np.arange(100), bins=50, max_bins=10)
    writer.add_histogram_raw("raw", 0, 1, 3, 1.5, 1.0, [0.5, 1.0], [1, 2])
    writer.close()
    found = {tag: fields(value[0][1][5][0]) for tag, value in values(tmp_path).items()}

    def doubles(tag, number):
        return np.frombuffer(b"".join(found[tag][number]), "<f8").tolist()

    assert [doubles("weights", number)[0] for number in range(1, 6)] == pytest.approx([0, 3, 4, 3.2, 9.02])
    assert sum(doubles("weights", 7)) == 4 and len(doubles("weights", 6)) == len(doubles("weights", 7))
    assert doubles("four", 7) == [0, 3, 3, 3, 3] and doubles("four", 6) == [0, 2.75, 5.5, 8.25, 11]
    assert sum(doubles("coarse", 7)) == 100 and len(doubles("coarse", 7)) == 11
    assert doubles("raw", 6) == [0.5, 1.0] and doubles("raw", 7) == [1.0, 2.0]
    with pytest.raises(ValueError, match="no element"):
        writer.add_histogram("none", np.array([]))
    with pytest.raises(ValueError, match="len"):
        writer.add_histogram_raw("raw", 0, 1, 3, 1.5, 1.0, [0.5], [1, 2])


def decoded(data):
    """A PNG as written here -> array (H, W, C)."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, _, kind = struct.unpack(">IIBB", data[16:26])
    channels = {0: 1, 2: 3, 6: 4}[kind]
    start = data.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", data[start - 8 : start - 4])
    rows = np.frombuffer(zlib.decompress(data[start : start + length]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, channels)


def test_images(writer, tmp_path):
    image = np.random.randint(0, 255, (3, 5, 7)).astype(np.uint8)
    writer.add_image("chw", flambeau.from_numpy(image), 1)
    writer.add_image("hwc", image.transpose(1, 2, 0), dataformats="HWC")
    writer.add_image("grey", flambeau.full((5, 7), 0.5), dataformats="HW")
    writer.add_images("many", flambeau.rand(3, 1, 4, 4))
    writer.close()
    found = {tag: fields(value[0][1][4][0]) for tag, value in values(tmp_path).items()}
    assert np.array_equal(decoded(found["chw"][4][0]), image.transpose(1, 2, 0)) and found["chw"][4] == found["hwc"][4]
    assert (found["chw"][1], found["chw"][2], found["chw"][3]) == ([5], [7], [3])
    assert (decoded(found["grey"][4][0]) == 127).all() and decoded(found["many"][4][0]).shape == (4, 12, 3)
    for layout, message in (("CHWN", "size of input tensor"), ("HHW", "twice"), ("CHN", "the letters NCHW, HWC or HW")):
        with pytest.raises(AssertionError, match=message):
            writer.add_image("x", image, dataformats=layout)


def test_a_grid():
    images = np.arange(5).reshape(5, 1, 1, 1).repeat(3, 1).repeat(2, 2).repeat(2, 3)
    canvas = pictures.grid(images, 3)
    assert canvas.shape == (3, 4, 6) and canvas[0, ::2, ::2].tolist() == [[0, 1, 2], [3, 4, 0]]


def test_pictures_that_need_other_packages(writer, tmp_path):
    pillow = pytest.importorskip("PIL.Image", reason="boxes and videos need Pillow")
    pytest.importorskip("matplotlib", reason="figures need Matplotlib")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(1, 1), dpi=50)
    axes.plot([1, 2])
    writer.add_figure("figure", figure)
    assert figure.number not in pyplot.get_fignums()
    writer.add_video("video", flambeau.rand(2, 3, 3, 8, 8), fps=2)
    writer.add_image_with_boxes("boxes", np.zeros((3, 40, 40), np.uint8), np.array([[5, 5, 30, 30]]), labels=["cat"])
    writer.close()
    found = {tag: fields(value[0][1][4][0])[4][0] for tag, value in values(tmp_path).items()}
    assert decoded(found["figure"]).shape == (50, 50, 3)
    video = pillow.open(io.BytesIO(found["video"]))
    assert video.n_frames == 3 and video.size == (16, 8) and video.info["duration"] == 500
    assert decoded(found["boxes"])[5, 20].tolist() == [255, 0, 0] and not decoded(found["boxes"])[1].any()


def test_absent_packages_are_named(writer, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="add_video needs Pillow: pip install pillow"):
        writer.add_video("video", np.zeros((1, 1, 3, 4, 4)))
    with pytest.raises(ImportError, match="add_figure needs Matplotlib: pip install matplotlib"):
        writer.add_figure("figure", None)


def test_sound_and_text(writer, tmp_path):
    writer.add_audio("sound", flambeau.tensor([[0.0, 1.0, -1.0]]), sample_rate=8000)
    writer.add_text("note", "größer **als**", 3)
    with pytest.warns(UserWarning, match="amplitude out of range"):
        writer.add_audio("loud", np.array([2.0, 0.5]))
    writer.close()
    found = values(tmp_path)
    sound = fields(found["sound"][0][1][6][0])
    assert sound[3] == [3] and sound[4][0][:4] == b"RIFF" and np.frombuffer(sound[4][0][-6:], "<i2").tolist() == [0, 32767, -32767]
    assert fields(found["note/text_summary"][0][1][8][0])[8] == ["größer **als**".encode()]


def test_tensors(writer, tmp_path):
    writer.add_tensor("ints", flambeau.arange(6).reshape(2, 3))
    writer.add_tensor("scalar", flambeau.tensor(2.0))
    writer.close()
    tensor = fields(values(tmp_path)["ints"][0][1][8][0])
    assert tensor[1] == [9] and np.frombuffer(tensor[4][0], "<i8").tolist() == [0, 1, 2, 3, 4, 5]
    assert [fields(size)[1] for size in fields(tensor[2][0])[2]] == [[2], [3]]


def test_precision_and_recall(writer, tmp_path):
    writer.add_pr_curve("pr", flambeau.tensor([0, 1, 1]), flambeau.tensor([0.1, 0.4, 0.9]), num_thresholds=3)
    writer.close()
    tensor = fields(values(tmp_path)["pr"][0][1][8][0])
    rows = np.frombuffer(tensor[4][0], "<f4").reshape(6, 3)
    # Buckets are floor(2 p) = 0, 0, 1.
    assert rows.tolist() == [[2, 1, 0], [1, 0, 0], [0, 1, 1], [0, 1, 2], [pytest.approx(2 / 3), 1, 0], [1, 0.5, 0]]


def test_embeddings(writer, tmp_path):
    writer.add_embedding(flambeau.eye(3), metadata=["a", "b", "c"], label_img=flambeau.rand(3, 1, 2, 2), global_step=4, tag="x/y")
    writer.add_embedding(flambeau.eye(2), metadata=[(1, "k"), (2, "l")], metadata_header=["n", "name"])
    folder = tmp_path / "00004" / "x%2fy"
    assert (folder / "tensors.tsv").read_text() == "1.0\t0.0\t0.0\n0.0\t1.0\t0.0\n0.0\t0.0\t1.0\n"
    assert (folder / "metadata.tsv").read_text() == "a\nb\nc\n" and decoded((folder / "sprite.png").read_bytes()).shape == (4, 4, 3)
    assert (tmp_path / "00000" / "default" / "metadata.tsv").read_text() == "n\tname\n1\tk\n2\tl\n"
    config = (tmp_path / "projector_config.pbtxt").read_text()
    assert config.count("embeddings {") == 2 and 'tensor_name: "x/y:00004"' in config and "single_image_dim: 2" in config
    with pytest.raises(AssertionError, match="#labels should equal with #data points: 1 and 2"):
        writer.add_embedding(np.eye(2), metadata=["a"])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(4, 3), nn.Linear(4, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 2))

    def forward(self, x):
        return self.head(self.first(x) + self.second(x).sin())


def test_a_models_graph(writer, tmp_path):
    writer.add_graph(Net(), flambeau.ones(2, 4))
    writer.close()
    (graph,) = (event[4][0] for event in events(tmp_path) if 4 in event)
    nodes = {node[1][0].decode(): ([kind.decode() for kind in node[2]], sorted(source.decode() for source in node.get(3, ())))
             for node in map(fields, fields(graph)[1])}
    assert nodes == {
        "input_0": (["Input"], []), "Net/first": (["Linear"], ["input_0"]), "Net/second": (["Linear"], ["input_0"]),
        "Net/head/0": (["ReLU"], ["Net/first", "Net/second"]), "Net/head/1": (["Linear"], ["Net/head/0"]), "output": (["Output"], ["Net/head/1"]),
    }


def test_hyperparameters(writer, tmp_path):
    writer.add_hparams({"lr": 0.1, "bs": 4, "name": "a", "flag": True, "none": None}, {"accuracy": 0.5}, {"lr": [0.1, 0.2]}, run_name="run")
    found = values(tmp_path / "run")
    assert set(found) == {"_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info", "accuracy"}
    with pytest.raises(TypeError, match="should be dictionary"):
        writer.add_hparams([], {})
    with pytest.raises(ValueError, match=r"hparam_dict\['f'\] is a list"):
        writer.add_hparams({"f": []}, {})
    with pytest.raises(TypeError, match=r"hparam_domain_discrete\[lr\]"):
        writer.add_hparams({"lr": 0.1}, {}, {"lr": ["a"]})


def test_the_default_folder_and_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter(comment="-x", filename_suffix=".y", purge_step=5)
    assert os.path.dirname(writer.get_logdir()) == "runs" and writer.get_logdir().endswith("-x")
    writer.add_scalar("a", 1)
    writer.flush()
    (name,) = os.listdir(writer.get_logdir())
    assert name.endswith(".y")
    found = list(events(writer.get_logdir()))
    assert [event.get(2) for event in found] == [None, [5], [5], None] and fields(found[2][7][0]) == {1: [1]}
    writer.close()
    writer.add_scalar("a", 2)
    writer.close()
    assert len(os.listdir(writer.get_logdir())) == 2


def test_nothing_is_lost_when_the_program_forgets_to_close(tmp_path):
    code = f"from flambeau.utils.tensorboard import SummaryWriter\nw = SummaryWriter({str(tmp_path)!r})\nw.add_scalar('a', 3.0, 1)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=os.getcwd())
    assert single(values(tmp_path)["a"][0][1]) == 3.0


def test_tensorboard_reads_all_of_it(writer, tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="TensorBoard is not installed")
    plugins = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")
    from tensorboard.plugins.custom_scalar import layout_pb2
    from tensorboard.plugins.mesh.plugin_data_pb2 import MeshPluginData
    from tensorboard.plugins.pr_curve.plugin_data_pb2 import PrCurvePluginData
    from tensorboard.util import tensor_util

    writer.add_scalar("s", 2.5, 3)
    writer.add_scalar("s2", 2.5, 3, new_style=True)
    writer.add_histogram("h", np.arange(10.0), 4)
    writer.add_image("i", np.zeros((3, 4, 5)))
    writer.add_audio("a", np.zeros(9))
    writer.add_text("t", "hello")
    writer.add_tensor("x", flambeau.arange(4.0))
    writer.add_pr_curve("pr", np.array([0, 1]), np.array([0.2, 0.8]))
    writer.add_mesh("m", np.ones((1, 4, 3)), faces=np.zeros((1, 2, 3)), config_dict={"a": 1})
    writer.add_custom_scalars({"c": {"one": ["Multiline", ["s", "s2"]], "two": ["Margin", ["a", "b", "c"]]}})
    writer.add_hparams({"lr": 0.5, "name": "n", "flag": True}, {"acc": 1.0}, {"name": ["n", "o"]}, run_name="hp")
    writer.add_graph(Net(), flambeau.ones(2, 4))
    writer.close()
    log = reader.EventAccumulator(str(tmp_path))
    log.Reload()
    assert log.Scalars("s")[0].value == 2.5 and log.Scalars("s")[0].step == 3
    histogram = log.Histograms("h")[0].histogram_value
    assert histogram.num == 10 and sum(histogram.bucket) == 10
    assert (log.Images("i")[0].width, log.Images("i")[0].height) == (5, 4) and log.Audio("a")[0].length_frames == 9
    assert tensor_util.make_ndarray(log.Tensors("t/text_summary")[0].tensor_proto).tolist() == [b"hello"]
    assert tensor_util.make_ndarray(log.Tensors("x")[0].tensor_proto).tolist() == [0, 1, 2, 3]
    assert tensor_util.make_ndarray(log.Tensors("pr")[0].tensor_proto).shape == (6, 127)
    assert log.SummaryMetadata("pr").plugin_data.plugin_name == "pr_curves"
    assert PrCurvePluginData.FromString(log.SummaryMetadata("pr").plugin_data.content).num_thresholds == 127
    about = MeshPluginData.FromString(log.SummaryMetadata("m_FACE").plugin_data.content)
    assert about.name == "m" and about.content_type == 2 and list(about.shape) == [1, 2, 3] and about.components == 6
    layout = layout_pb2.Layout.FromString(log.Tensors("custom_scalars__config__")[0].tensor_proto.string_val[0])
    assert layout.category[0].chart[0].multiline.tag == ["s", "s2"] and layout.category[0].chart[1].margin.series[0].upper == "c"
    assert {node.name for node in log.Graph().node} >= {"Net/first", "output"}
    log = reader.EventAccumulator(str(tmp_path / "hp"))
    log.Reload()
    content = [plugins.HParamsPluginData.FromString(log.SummaryMetadata(f"_hparams_/{name}").plugin_data.content)
               for name in ("experiment", "session_start_info", "session_end_info")]
    assert [(info.name, info.type) for info in content[0].experiment.hparam_infos] == [("lr", 3), ("name", 1), ("flag", 2)]
    assert content[0].experiment.metric_infos[0].name.tag == "acc" and content[2].session_end_info.status == 1
    chosen = content[1].session_start_info.hparams
    assert chosen["lr"].number_value == 0.5 and chosen["name"].string_value == "n" and chosen["flag"].bool_value is True
