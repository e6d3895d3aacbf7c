"""SummaryWriter: what a training run shows, written to event files."""
from __future__ import annotations

import datetime
import itertools
import os
import socket
import time
import weakref
from typing import IO, Any

import numpy as np

from . import messages, pictures
from .graph import model_graph
from .messages import as_array, event, written
from .projector import Projector
from .wire import integer, record, text

__all__ = ["FileWriter", "SummaryWriter"]

_numbers = itertools.count()


def _histogram_bins() -> np.ndarray:
    """TensorFlow's edges: from 1e-12 to 1e20, each 1.1 times the one before, on both sides of zero."""
    edges, value = [], 1e-12
    while value < 1e20:
        edges.append(value)
        value *= 1.1
    return np.array([*(-edge for edge in reversed(edges)), 0.0, *edges])


class FileWriter:
    """One event file in a folder. Events are kept until there are `max_queue` of them or the oldest is `flush_secs` seconds old."""

    def __init__(self, log_dir: Any, max_queue: int = 10, flush_secs: float = 120, filename_suffix: str = "") -> None:
        self._folder = str(log_dir)
        os.makedirs(self._folder, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}{filename_suffix}"
        self._file = open(os.path.join(self._folder, name), "ab")  # noqa: SIM115 - open as long as the writer is
        self._pending: list[bytes] = []
        self.close = weakref.finalize(self, _finish, self._file, self._pending)  # at the end of the program, too
        self._most, self._longest, self._since = max_queue, flush_secs, time.monotonic()
        self.add(event(time.time(), None, text(3, "brain.Event:2")))
        self.flush()

    def get_logdir(self) -> str:
        """The folder."""
        return self._folder

    def add(self, data: bytes) -> None:
        """Add an event."""
        self._pending.append(record(data))
        if len(self._pending) >= self._most or time.monotonic() - self._since >= self._longest:
            self.flush()

    def add_values(self, *values: bytes, step: Any = None, walltime: float | None = None) -> None:
        """Add an event with a summary of these values."""
        self.add(event(time.time() if walltime is None else walltime, step, written(*values)))

    def flush(self) -> None:
        """Write what is kept."""
        self._file.write(b"".join(self._pending))
        self._file.flush()
        self._pending.clear()
        self._since = time.monotonic()


def _finish(file: IO[bytes], pending: list[bytes]) -> None:
    """Write what is kept and close the file."""
    with file:
        file.write(b"".join(pending))


class SummaryWriter:
    """Writes to a folder what TensorBoard shows: numbers, histograms, images, texts … under a `tag`, at a `global_step`.

    log_dir: the folder, by default runs/DATE_TIME_HOST plus `comment`. purge_step: TensorBoard hides what earlier runs in the folder
    logged from this step on. max_queue, flush_secs: as of FileWriter. filename_suffix: put at the end of files' names.
    Values are tensors, NumPy arrays or numbers. As a context manager it closes itself.
    """

    def __init__(self, log_dir: Any = None, comment: str = "", purge_step: int | None = None, max_queue: int = 10,
                 flush_secs: float = 120, filename_suffix: str = "") -> None:
        if not log_dir:
            now = datetime.datetime.now().strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.log_dir = log_dir
        self.purge_step = purge_step
        self.max_queue, self.flush_secs, self.filename_suffix = max_queue, flush_secs, filename_suffix
        self.default_bins = _histogram_bins()
        self._files: dict[str, FileWriter] = {}
        self._projector: Projector | None = None
        self._main()

    def _file(self, folder: str) -> FileWriter:
        if folder not in self._files:
            self._files[folder] = FileWriter(folder, self.max_queue, self.flush_secs, self.filename_suffix)
        return self._files[folder]

    def _main(self) -> FileWriter:
        """The run's own file; a new one after `close`."""
        is_new = str(self.log_dir) not in self._files
        file = self._file(str(self.log_dir))
        if is_new and self.purge_step is not None:
            file.add(event(time.time(), self.purge_step, text(3, "brain.Event:2")))
            file.add(event(time.time(), self.purge_step, text(7, integer(1, 1))))  # a session log that says "start"
            self.purge_step = None
        return file

    def _add(self, step: Any, walltime: float | None, *values: bytes) -> None:
        self._main().add_values(*values, step=step, walltime=walltime)

    def get_logdir(self) -> Any:
        """The folder."""
        return self.log_dir

    def add_scalar(self, tag: str, scalar_value: Any, global_step: int | None = None, walltime: float | None = None,
                   new_style: bool = False, double_precision: bool = False) -> None:
        """One number; as a tensor if `new_style`, then perhaps in `double_precision`."""
        self._add(global_step, walltime, messages.scalar(tag, scalar_value, new_style, double_precision))

    def add_scalars(self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: int | None = None,
                    walltime: float | None = None) -> None:
        """Several numbers in one chart: each goes to a folder of its own below the run's."""
        for tag, value in tag_scalar_dict.items():
            file = self._file(f"{self._main().get_logdir()}/{main_tag.replace('/', '_')}_{tag}")
            file.add_values(messages.scalar(main_tag, value), step=global_step, walltime=walltime)

    def add_tensor(self, tag: str, tensor: Any, global_step: int | None = None, walltime: float | None = None) -> None:
        """A tensor as it is."""
        self._add(global_step, walltime, messages.tensor(tag, tensor))

    def add_histogram(self, tag: str, values: Any, global_step: int | None = None, bins: Any = "tensorflow",
                      walltime: float | None = None, max_bins: int | None = None) -> None:
        """Counts of values; bins as of numpy.histogram, or "tensorflow"'s. ValueError for no values."""
        bins = self.default_bins if isinstance(bins, str) and bins == "tensorflow" else bins
        self._add(global_step, walltime, messages.histogram(tag, values, bins, max_bins))

    def add_histogram_raw(self, tag: str, min: float, max: float, num: float, sum: float, sum_squares: float, bucket_limits: Any,
                          bucket_counts: Any, global_step: int | None = None, walltime: float | None = None) -> None:
        """A histogram that is counted already; `bucket_limits` are the buckets' upper ends. ValueError where their numbers differ."""
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError(f"len(bucket_limits) != len(bucket_counts): {len(bucket_limits)} and {len(bucket_counts)}")
        limits, counts = np.asarray(bucket_limits), np.asarray(bucket_counts)
        self._add(global_step, walltime, messages.histogram_raw(tag, min, max, num, sum, sum_squares, limits, counts))

    def _add_pixels(self, tag: str, image: np.ndarray, step: Any, walltime: float | None) -> None:
        self._add(step, walltime, messages.image(tag, pictures.png(image), *image.shape))

    def add_image(self, tag: str, img_tensor: Any, global_step: int | None = None, walltime: float | None = None,
                  dataformats: str = "CHW") -> None:
        """An image, uint8 in 0 … 255 or float in 0 … 1; `dataformats` names its axes."""
        self._add_pixels(tag, pictures.pixels(as_array(img_tensor), dataformats), global_step, walltime)

    def add_images(self, tag: str, img_tensor: Any, global_step: int | None = None, walltime: float | None = None,
                   dataformats: str = "NCHW") -> None:
        """Several images of one size as a grid of 8 columns, or a list of images, one below the other in the list of tags."""
        if isinstance(img_tensor, list):
            for place, image in enumerate(img_tensor):
                self.add_image(f"{tag}/{place}", image, global_step, walltime, dataformats.replace("N", ""))
            return
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_image_with_boxes(self, tag: str, img_tensor: Any, box_tensor: Any, global_step: int | None = None,
                             walltime: float | None = None, rescale: float = 1, dataformats: str = "CHW", labels: Any = None) -> None:
        """An image with rectangles (x1, y1, x2, y2), and a text for each in `labels`. Needs Pillow."""
        labels = [labels] if isinstance(labels, str) else labels
        boxes = as_array(box_tensor)
        if labels is not None and len(labels) != len(boxes):
            labels = None
        image = pictures.draw_boxes(pictures.pixels(as_array(img_tensor), dataformats), boxes, labels, rescale)
        self._add_pixels(tag, image, global_step, walltime)

    def add_figure(self, tag: str, figure: Any, global_step: int | None = None, close: bool = True, walltime: float | None = None) -> None:
        """A Matplotlib figure, or a list of them, which is closed unless `close=False`."""
        if isinstance(figure, list):
            self.add_images(tag, np.stack([pictures.figure_pixels(one, close) for one in figure]), global_step, walltime)
        else:
            self.add_image(tag, pictures.figure_pixels(figure, close), global_step, walltime)

    def add_video(self, tag: str, vid_tensor: Any, global_step: int | None = None, fps: float = 4, walltime: float | None = None) -> None:
        """Videos (N, T, C, H, W) side by side, as a GIF of `fps` frames a second. Needs Pillow."""
        frames = pictures.video_frames(as_array(vid_tensor))
        self._add(global_step, walltime, messages.image(tag, pictures.gif(frames, fps), *frames.shape[1:]))

    def add_audio(self, tag: str, snd_tensor: Any, global_step: int | None = None, sample_rate: int = 44100,
                  walltime: float | None = None) -> None:
        """A sound (1, L) or (L,) in [-1, 1], `sample_rate` values a second."""
        self._add(global_step, walltime, messages.audio(tag, snd_tensor, sample_rate))

    def add_text(self, tag: str, text_string: str, global_step: int | None = None, walltime: float | None = None) -> None:
        """A text, which TensorBoard reads as Markdown."""
        self._add(global_step, walltime, messages.words(tag, text_string))

    def add_graph(self, model: Any, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True) -> None:
        """The modules that `model(input_to_model)` runs and what feeds them; `input_to_model` is an input or a tuple of them.

        The model is called once. verbose and use_strict_trace have no effect: nothing is compiled to find the graph.
        """
        self._main().add(event(time.time(), None, text(4, model_graph(model, () if input_to_model is None else input_to_model))))

    def add_embedding(self, mat: Any, metadata: Any = None, label_img: Any = None, global_step: int | None = None, tag: str = "default",
                      metadata_header: list[str] | None = None) -> None:
        """Points (N, D) for the projector, with a label (or a row of them, named by `metadata_header`) and an image (N, C, H, W) each."""
        if self._projector is None:
            self._projector = Projector(self._main().get_logdir())
        images = None if label_img is None else as_array(label_img)
        self._projector.add(as_array(mat), metadata, images, global_step or 0, tag, metadata_header)

    def add_pr_curve(self, tag: str, labels: Any, predictions: Any, global_step: int | None = None, num_thresholds: int = 127,
                     weights: Any = None, walltime: float | None = None) -> None:
        """Precision and recall of `predictions` in [0, 1] against binary `labels`, at evenly spaced thresholds, 127 at most."""
        self._add(global_step, walltime, messages.pr_curve(tag, labels, predictions, num_thresholds, weights))

    def add_pr_curve_raw(self, tag: str, true_positive_counts: Any, false_positive_counts: Any, true_negative_counts: Any,
                         false_negative_counts: Any, precision: Any, recall: Any, global_step: int | None = None,
                         num_thresholds: int = 127, weights: Any = None, walltime: float | None = None) -> None:
        """A precision-recall curve that is counted already."""
        counts = (true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts, precision, recall)
        self._add(global_step, walltime, messages.pr_curve_raw(tag, *counts, num_thresholds))

    def add_custom_scalars(self, layout: dict[str, dict[str, list]]) -> None:
        """Charts of scalars that are logged under other tags: {category: {chart: ["Multiline" or "Margin", tags]}}. Once a run."""
        self._add(None, None, messages.custom_scalars(layout))

    def add_custom_scalars_multilinechart(self, tags: list[str], category: str = "default", title: str = "untitled") -> None:
        """One chart with a line for each tag."""
        self.add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(self, tags: list[str], category: str = "default", title: str = "untitled") -> None:
        """One chart with a line and the band around it, by three tags: value, lower, upper."""
        if len(tags) != 3:
            raise AssertionError(f"a margin chart has 3 tags, not {len(tags)}")
        self.add_custom_scalars({category: {title: ["Margin", tags]}})

    def add_mesh(self, tag: str, vertices: Any, colors: Any = None, faces: Any = None, config_dict: dict | None = None,
                 global_step: int | None = None, walltime: float | None = None) -> None:
        """Points or triangles in space: vertices, colors (0 … 255) and faces (numbers of vertices), each (N, M, 3)."""
        self._add(global_step, walltime, *messages.mesh(tag, vertices, colors, faces, config_dict))

    def add_hparams(self, hparam_dict: dict[str, Any], metric_dict: dict[str, Any], hparam_domain_discrete: dict[str, list] | None = None,
                    run_name: str | None = None, global_step: int | None = None) -> None:
        """A run's hyperparameters and what came of them, in a folder `run_name` (by default the time) below the run's."""
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        values = messages.hparams(hparam_dict, metric_dict, hparam_domain_discrete)
        with SummaryWriter(os.path.join(self._main().get_logdir(), run_name or str(time.time()))) as writer:
            for value in values:
                writer._add(global_step, None, value)
            for name, value in metric_dict.items():
                writer.add_scalar(name, value, global_step)

    def flush(self) -> None:
        """Write what is kept."""
        for file in self._files.values():
            file.flush()

    def close(self) -> None:
        """Write what is kept and close the files; adding more begins new ones."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
