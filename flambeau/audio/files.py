"""Reading and writing sound files: wav by ourselves, other formats through soundfile."""
from __future__ import annotations

import os
import struct
from typing import Any

import numpy as np

import flambeau
from flambeau import Tensor
from flambeau.serialization.atomic import replacing

__all__ = ["load", "save"]

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # format tags of RIFF WAVE (Microsoft, 1991 and 2001)


def load(path: str | os.PathLike, frame_offset: int = 0, num_frames: int = -1) -> tuple[Tensor, int]:
    """(wave (channels, time) float32 in -1 to 1, samples a second) of a file, or of `num_frames` of it from `frame_offset` on.

    Raises FileNotFoundError; ValueError that names a wav file that is cut short or no sound; ImportError for other formats without soundfile.
    """
    with open(os.path.expanduser(path), "rb") as file:
        start = file.read(12)
        if start[:4] == b"RIFF" and start[8:] == b"WAVE":
            values, rate = _read_wav(file, path)
        else:
            values, rate = _soundfile(path).read(os.path.expanduser(path), dtype="float32", always_2d=True)
    if frame_offset < 0 or num_frames == 0 or num_frames < -1:
        raise ValueError(f"frame_offset must be 0 or more and num_frames positive or -1, found {frame_offset} and {num_frames}")
    values = values[frame_offset : None if num_frames == -1 else frame_offset + num_frames]
    return flambeau.from_numpy(np.ascontiguousarray(values.T, np.float32)), int(rate)


def _soundfile(path: Any) -> Any:
    try:
        import soundfile
    except ImportError as error:
        raise ImportError(f"{path} is no wav file; reading others needs soundfile: pip install soundfile (or flambeau[audio])", name="soundfile") from error
    return soundfile


def _read_wav(file: Any, path: Any) -> tuple[np.ndarray, int]:
    form = None
    while len(head := file.read(8)) == 8:
        name, size = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"data":
            if form is None:
                raise ValueError(f"{path} is damaged: its data come before their format")
            content = file.read(size)
            if len(content) < size and size != 0xFFFFFFFF:
                raise ValueError(f"{path} is cut short: {len(content):,} of {size:,} bytes of sound are there")
            return _samples(content, form, path), form["rate"]
        content = file.read(size + size % 2)
        if len(content) < size:
            break
        if name == b"fmt ":
            if len(content) < 16:
                raise ValueError(f"{path} is damaged: its format takes {len(content)} bytes")
            tag, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", content[:16])
            if tag == EXTENSIBLE and len(content) >= 26:
                tag = struct.unpack("<H", content[24:26])[0]
            form = {"tag": tag, "channels": channels, "rate": rate, "frame": frame, "bits": bits}
    raise ValueError(f"{path} is cut short: it holds no sound")


def _samples(content: bytes, form: dict[str, int], path: Any) -> np.ndarray:
    """float (time, channels)."""
    tag, bits, channels = form["tag"], form["bits"], form["channels"]
    if channels < 1 or (tag, bits) not in {(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)}:
        raise ValueError(f"{path}: wav files of format {tag} with {bits} bits and {channels} channels are not read, only PCM (8 to 32 bits) and floats")
    content = content[: len(content) // (channels * bits // 8) * (channels * bits // 8)]
    if tag == FLOAT:
        values = np.frombuffer(content, f"<f{bits // 8}").astype(np.float32)
    elif bits == 8:  # the only one without a sign
        values = (np.frombuffer(content, np.uint8).astype(np.float32) - 128) / 128
    elif bits == 24:
        triples = np.frombuffer(content, np.uint8).reshape(-1, 3)
        whole = np.zeros((len(triples), 4), np.uint8)
        whole[:, 1:] = triples
        values = (whole.view("<i4")[:, 0] / 2.0**31).astype(np.float32)
    else:
        values = (np.frombuffer(content, f"<i{bits // 8}") / 2.0 ** (bits - 1)).astype(np.float32)
    return values.reshape(-1, channels)


def save(path: str | os.PathLike, wave: Tensor, sample_rate: int, bits: int = 16) -> None:
    """Write a wave (channels, time) or (time,) in -1 to 1 as a wav file: 16 or 24 bits PCM, or 32 bits float. The file appears whole or not at all.

    Values beyond -1 to 1 are cut off (not in floats). Raises ValueError for another shape or number of bits.
    """
    values = np.atleast_2d(wave.detach().cpu().numpy())
    if values.ndim != 2 or bits not in (16, 24, 32) or sample_rate < 1:
        raise ValueError(f"a wave is (channels, time) or (time,), with 16, 24 or 32 bits, found shape {tuple(wave.shape)} and {bits} bits at {sample_rate}")
    frames = np.ascontiguousarray(values.T)
    if bits == 32:
        tag, content = FLOAT, frames.astype("<f4").tobytes()
    else:
        top = 2 ** (bits - 1)
        whole = np.clip(np.round(frames.astype(np.float64) * top), -top, top - 1).astype("<i4")
        tag, content = PCM, whole.astype("<i2").tobytes() if bits == 16 else np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    channels, frame = values.shape[0], values.shape[0] * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, sample_rate, sample_rate * frame, frame, bits)
    with replacing(path) as file:
        body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        file.write(b"RIFF" + struct.pack("<I", len(body)) + body)
