"""What can be wrong with a checkpoint, in words: damaged files, files of another format, objects that are not data."""
from __future__ import annotations

import pickle


class CheckpointError(RuntimeError, pickle.UnpicklingError):
    """A file that is not a checkpoint, or a damaged one; the text names the file and says what to do.

    It is a RuntimeError and a pickle.UnpicklingError, because PyTorch raises the one for damaged archives and the other for damaged
    pickles, and programs catch either.
    """


class NotSavable(pickle.PicklingError, AttributeError):
    """An object that has no pickle, such as a lambda: pickle raises now the one, now the other, by Python's version and the object."""


class SourceChangeWarning(Warning):
    """PyTorch's warning that a module's source differs from the saved one. Never raised here: sources in a file are not read."""


_FORMATS = (  # (how the file begins, what it is, what to do)
    (b"\x93NUMPY", "a NumPy .npy file", "read it with numpy.load"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras .h5)", "read it with h5py"),
    (b"GGUF", "a GGUF file", "read it with the gguf package"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it first, or pass gzip.open(file)"),
    (b"BZh", "compressed with bzip2", "unpack it first, or pass bz2.open(file)"),
    (b"\xfd7zXZ\x00", "compressed with xz", "unpack it first, or pass lzma.open(file)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstandard", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch the file with `git lfs pull`"),
    (b"<", "a web page or XML text, not a checkpoint", "the download went wrong: fetch the file again"),
)


def other_format(start: bytes) -> tuple[str, str] | None:
    """(what the file is, what to do) for files that are known not to be checkpoints, from their first 512 bytes; else None."""
    for beginning, kind, advice in _FORMATS:
        if start.startswith(beginning):
            return kind, advice
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 100_000_000:  # the limit is the safetensors library's own
        return "a safetensors file", "read it with flambeau.serialization.safetensors.load_file"
    if start[257:262] == b"ustar":
        return "a tar archive", "unpack it first; checkpoints in tar form (before PyTorch 0.2) must be loaded and saved again with PyTorch"
    return None


def refusal(found: str, file: str, fix: str) -> pickle.UnpicklingError:
    """The error for an object that weights_only=True does not load: what was found, in which file, how to allow it."""
    return pickle.UnpicklingError(
        f"Weights only load failed: {found} in {file} is not data, and weights_only=True loads only tensors, numbers, strings and their "
        f"containers. {fix}"
    )
