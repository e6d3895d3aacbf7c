"""What TensorBoard reads, as bytes: an event holds a summary, a summary values, a value one of the kinds below.

The numbers of fields are those of TensorBoard's own .proto files (tensorboard/compat/proto and tensorboard/plugins/*).
"""
from __future__ import annotations

import io
import json
import warnings
import wave
from typing import Any

import numpy as np

import flambeau

from .wire import double, float32, integer, packed_doubles, packed_integers, text

__all__ = ["audio", "custom_scalars", "event", "hparams", "histogram", "histogram_raw", "image", "mesh", "pr_curve", "scalar", "tensor",
           "written"]

_DTYPES = {"float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "complex64": 8, "int64": 9, "bool": 10,
           "uint16": 17, "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23}
_STRING = 7
_SCALARS, _TENSORS = 1, 2  # data classes of a summary's metadata
MOST_THRESHOLDS = 127      # of a precision-recall curve: what the plugin takes
SMALLEST_COUNT = 1e-7      # below it a ratio of counts would divide by nothing


def as_array(value: Any) -> np.ndarray:
    """A tensor, an array or a number as an array."""
    if isinstance(value, np.ndarray):
        return value
    if np.isscalar(value):
        return np.array([value])
    if isinstance(value, flambeau.Tensor):
        value = value.detach().cpu()
        return (value.to(flambeau.float16) if value.dtype == flambeau.bfloat16 else value).numpy()
    raise NotImplementedError(f"Got {type(value)}, but numpy array or torch tensor are expected.")


def event(time: float, step: Any = None, *content: bytes) -> bytes:
    """An Event with fields that are coded already."""
    return b"".join([double(1, time), b"" if step is None else integer(2, int(step)), *content])


def written(*values: bytes) -> bytes:
    """An Event's summary of these values."""
    return text(5, b"".join(text(1, value) for value in values))


def _metadata(plugin: str, content: bytes = b"", data_class: int = 0, name: str | None = None, about: str | None = None) -> bytes:
    parts = [text(1, text(1, plugin) + (text(2, content) if content else b""))]
    parts += [text(number, words) for number, words in ((2, name), (3, about)) if words]
    return text(9, b"".join([*parts, integer(4, data_class) if data_class else b""]))


def _shape(sizes: tuple[int, ...]) -> bytes:
    return text(2, b"".join(text(2, integer(1, size)) for size in sizes))


def _tensor(array: np.ndarray) -> bytes:
    if array.dtype.name not in _DTYPES:
        raise ValueError(f"unsupported tensor dtype {array.dtype}")
    if array.nbytes >= 1 << 31:
        raise ValueError("tensor is bigger than protocol buffer's hard limit of 2GB in size")
    return text(8, integer(1, _DTYPES[array.dtype.name]) + _shape(array.shape) + text(4, np.ascontiguousarray(array).tobytes()))


def _strings(value: bytes, shape: tuple[int, ...]) -> bytes:
    return text(8, integer(1, _STRING) + _shape(shape) + text(8, value))


def scalar(tag: str, value: Any, new_style: bool = False, double_precision: bool = False) -> bytes:
    """One number, in the old form or as a tensor. AssertionError for more than one."""
    array = as_array(value).squeeze()
    if array.ndim:
        raise AssertionError(f"Tensor should contain one element (0 dimensions). Was given size: {array.size} and {array.ndim} dimensions.")
    if not new_style:
        return text(1, tag) + float32(2, float(array))
    return text(1, tag) + _tensor(array.astype(np.float64 if double_precision else np.float32)) + _metadata("scalars", data_class=_SCALARS)


def tensor(tag: str, value: Any) -> bytes:
    """A tensor as it is."""
    return text(1, tag) + _tensor(as_array(value)) + _metadata("tensor")


def histogram_raw(tag: str, low: float, high: float, count: float, total: float, squares: float, limits: Any, counts: Any) -> bytes:
    """A histogram that is counted already: `limits` are the upper ends of the buckets."""
    numbers = b"".join(double(number, float(value)) for number, value in enumerate((low, high, count, total, squares), 1))
    return text(1, tag) + text(5, numbers + packed_doubles(6, limits) + packed_doubles(7, counts))


def histogram(tag: str, values: Any, bins: Any, max_bins: int | None = None) -> bytes:
    """Counts of values in bins (a number, edges, or a name that numpy.histogram knows), without the empty ones at both ends."""
    values = as_array(values).astype(np.float64).reshape(-1)
    if values.size == 0:
        raise ValueError("The input has no element.")
    counts, edges = np.histogram(values, bins)
    if max_bins is not None and len(counts) > max_bins:
        together = len(counts) // max_bins
        counts = np.add.reduceat(counts, np.arange(0, len(counts), together))
        edges = np.append(edges[:-1:together], edges[-1])
    filled = np.flatnonzero(counts)
    if filled.size == 0:
        raise ValueError("The histogram is empty: no value lies within its bins")
    first, last = filled[0], filled[-1]
    # The empty bucket before the first full one shows where that begins; the last limit is that of the last full one.
    counts = np.append(counts[first - 1] if first else 0, counts[first : last + 1])
    return histogram_raw(tag, values.min(), values.max(), values.size, values.sum(), values @ values, edges[first : last + 2], counts)


def image(tag: str, encoded: bytes, height: int, width: int, channels: int) -> bytes:
    """A PNG or GIF."""
    return text(1, tag) + text(4, integer(1, height) + integer(2, width) + integer(3, channels) + text(4, encoded))


def audio(tag: str, sound: Any, rate: int) -> bytes:
    """A mono sound in [-1, 1], as a 16-bit wav."""
    sound = as_array(sound).squeeze()
    if sound.ndim != 1:
        raise AssertionError(f"input tensor should be 1 dimensional, not {sound.ndim}-dimensional")
    if np.abs(sound).max(initial=0) > 1:
        warnings.warn("audio amplitude out of range [-1, 1]: it is clipped", stacklevel=4)
        sound = sound.clip(-1, 1)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound * np.iinfo(np.int16).max).astype("<i2").tobytes())
    return text(1, tag) + text(6, float32(1, rate) + integer(2, 1) + integer(3, len(sound)) + text(4, out.getvalue()) + text(5, "audio/wav"))


def words(tag: str, value: str) -> bytes:
    """A text."""
    return text(1, f"{tag}/text_summary") + _strings(value.encode(), (1,)) + _metadata("text")


def pr_curve(tag: str, labels: Any, predictions: Any, thresholds: int, weights: Any) -> bytes:
    """Precision and recall where a prediction counts as positive from each of `thresholds` evenly spaced values in [0, 1] on."""
    labels, predictions = as_array(labels).astype(np.float64), as_array(predictions)
    weights = 1.0 if weights is None else as_array(weights)
    thresholds = min(thresholds, MOST_THRESHOLDS)
    buckets = np.floor(predictions * (thresholds - 1)).astype(np.int32)

    def at_least(amounts: np.ndarray) -> np.ndarray:
        counts, _ = np.histogram(buckets, thresholds, (0, thresholds - 1), weights=amounts)
        return np.cumsum(counts[::-1])[::-1]

    tp, fp = at_least(labels * weights), at_least((1.0 - labels) * weights)
    tn, fn = fp[0] - fp, tp[0] - tp
    return pr_curve_raw(tag, tp, fp, tn, fn, tp / np.maximum(SMALLEST_COUNT, tp + fp), tp / np.maximum(SMALLEST_COUNT, tp + fn), thresholds)


def pr_curve_raw(tag: str, tp: Any, fp: Any, tn: Any, fn: Any, precision: Any, recall: Any, thresholds: int) -> bytes:
    """A curve that is counted already: true and false positives, true and false negatives at each threshold."""
    rows = np.stack([as_array(row) for row in (tp, fp, tn, fn, precision, recall)]).astype(np.float32)
    return text(1, tag) + _tensor(rows) + _metadata("pr_curves", integer(2, min(thresholds, MOST_THRESHOLDS)))


def custom_scalars(layout: dict[str, dict[str, list]]) -> bytes:
    """Charts of several scalars: {category: {chart: ["Multiline" or "Margin", tags]}}; a margin has a value, a lower and an upper tag."""
    categories = []
    for title, charts in layout.items():
        coded = []
        for name, (kind, tags) in charts.items():
            if kind == "Margin":
                if len(tags) != 3:
                    raise AssertionError(f"a Margin chart has 3 tags, not {len(tags)}")
                lines = text(3, text(1, b"".join(text(number, tag) for number, tag in enumerate(tags, 1))))
            else:
                lines = text(2, b"".join(text(1, tag) for tag in tags))
            coded.append(text(2, text(1, name) + lines))
        categories.append(text(2, text(1, title) + b"".join(coded)))
    return text(1, "custom_scalars__config__") + _strings(b"".join(categories), ()) + _metadata("custom_scalars")


def mesh(tag: str, vertices: Any, colors: Any, faces: Any, config: dict | None) -> list[bytes]:
    """Points in space, each of the parts (N, M, 3): one value a part."""
    kinds = [(kind, name, part) for kind, name, part in ((1, "VERTEX", vertices), (2, "FACE", faces), (3, "COLOR", colors)) if part is not None]
    present = sum(1 << kind for kind, _, _ in kinds)
    values = []
    for kind, name, part in kinds:
        array = as_array(part).astype(np.float32)
        if array.ndim != 3:
            raise ValueError(f"Tensor shape should be of shape BxNx3, but got {array.shape}.")
        about = (text(2, tag) + integer(3, kind) + text(5, json.dumps(config or {}, sort_keys=True)) + packed_integers(6, array.shape)
                 + integer(7, present))
        values.append(text(1, f"{tag}_{name}") + _tensor(array) + _metadata("mesh", about))
    return values


def _choice(value: Any) -> tuple[int, bytes] | None:
    """(HParam data type, protobuf Value) of a number, text or truth value."""
    if isinstance(value, flambeau.Tensor):
        value = value.item()
    if isinstance(value, bool):
        return 2, integer(4, value)
    if isinstance(value, (int, float)):
        return 3, double(2, value)
    if isinstance(value, str):
        return 1, text(3, value)
    return None


def hparams(values: dict, metrics: dict, discrete: dict[str, list] | None) -> list[bytes]:
    """The three values by which TensorBoard knows a run's hyperparameters: what there is, what this run has, how it ended."""
    discrete = discrete or {}
    if not isinstance(discrete, dict):
        raise TypeError("parameter: hparam_domain_discrete should be a dictionary, nothing logged.")
    for name, domain in discrete.items():
        if name not in values or not isinstance(domain, list) or not all(isinstance(one, type(values[name])) for one in domain):
            raise TypeError(f"parameter: hparam_domain_discrete[{name}] should be a list of same type as hparam_dict[{name}].")
    infos, chosen = [], []
    for name, value in values.items():
        if value is None:
            continue
        coded = _choice(value)
        if coded is None:
            raise ValueError("value should be one of int, float, str, bool, or torch.Tensor: "
                             f"hparam_dict[{name!r}] is a {type(value).__name__}")
        kind, choice = coded
        domain = b"".join(text(1, _choice(one)[1]) for one in discrete.get(name, ()))
        infos.append(text(4, text(1, name) + integer(4, kind) + (text(5, domain) if name in discrete else b"")))
        chosen.append(text(1, text(1, name) + text(2, choice)))
    wanted = [text(5, text(1, text(2, name))) for name in metrics]
    parts = (("experiment", text(2, b"".join(infos + wanted))), ("session_start_info", text(3, b"".join(chosen))),
             ("session_end_info", text(4, integer(1, 1))))  # 1 is success
    return [text(1, f"_hparams_/{name}") + _metadata("hparams", content) for name, content in parts]
