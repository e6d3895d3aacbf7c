"""Helpers under torchvision's names, for programs that fetch files of their own."""

import os
from collections.abc import Iterable

from .. import fetch
from .._files import decompress, digest, matches, unpack

__all__ = [
    "calculate_md5", "check_integrity", "check_md5", "download_and_extract_archive", "download_url", "extract_archive", "list_dir",
    "list_files", "verify_str_arg",
]  # fmt: skip


def calculate_md5(fpath, chunk_size: int = 1024 * 1024) -> str:
    """The MD5 of a file as hex digits (`chunk_size` is accepted and not needed)."""
    return digest(fpath, "md5")


def check_md5(fpath, md5: str, **kwargs) -> bool:
    """Whether the MD5 of a file is `md5`."""
    return md5 == calculate_md5(fpath, **kwargs)


def check_integrity(fpath, md5: str | None = None) -> bool:
    """Whether `fpath` is a file, and with `md5` one with that digest."""
    return matches(fpath, md5)


def download_url(url: str, root, filename: str | None = None, md5: str | None = None, max_redirect_hops: int = 3) -> None:
    """Downloads `url` to `root`/`filename` (default: the last part of the address) unless that file is already right.

    Raises FetchError (a RuntimeError) when it cannot be had or its MD5 is another.
    """
    fetch.download(url, os.path.join(os.path.expanduser(root), filename or os.path.basename(url)), md5)


def extract_archive(from_path, to_path=None, remove_finished: bool = False) -> str:
    """Unpacks a tar or zip archive, or a single compressed file, into the folder `to_path` (default: beside it); returns what it made."""
    folder = os.fspath(to_path) if to_path is not None else os.path.dirname(from_path)
    stem, suffix = os.path.splitext(os.path.basename(from_path))
    if suffix in (".gz", ".xz") and not stem.endswith(".tar"):
        result = os.path.join(folder, stem)
        decompress(from_path, result)
    else:
        result = folder
        unpack(from_path, folder)
    if remove_finished:
        os.remove(from_path)
    return result


def download_and_extract_archive(
    url: str, download_root, extract_root=None, filename: str | None = None, md5: str | None = None, remove_finished: bool = False
) -> None:
    """`download_url`, then `extract_archive` into `extract_root` (default: `download_root`)."""
    download_root = os.path.expanduser(download_root)
    filename = filename or os.path.basename(url)
    download_url(url, download_root, filename, md5)
    extract_archive(os.path.join(download_root, filename), extract_root or download_root, remove_finished)


def list_dir(root, prefix: bool = False) -> list[str]:
    """The folders directly in `root`; with `prefix` as paths."""
    root = os.path.expanduser(root)
    names = [name for name in os.listdir(root) if os.path.isdir(os.path.join(root, name))]
    return [os.path.join(root, name) for name in names] if prefix else names


def list_files(root, suffix, prefix: bool = False) -> list[str]:
    """The files directly in `root` whose names end in `suffix` (a string or a tuple of them); with `prefix` as paths."""
    root = os.path.expanduser(root)
    names = [name for name in os.listdir(root) if name.endswith(suffix) and os.path.isfile(os.path.join(root, name))]
    return [os.path.join(root, name) for name in names] if prefix else names


def verify_str_arg(value, arg: str | None = None, valid_values: Iterable[str] | None = None, custom_msg: str | None = None) -> str:
    """`value`, if it is a string among `valid_values`; else ValueError naming the argument and the choices."""
    if not isinstance(value, str):
        raise ValueError(f"Expected type str{f' for argument {arg}' if arg else ''}, but got type {type(value)}.")
    if valid_values is not None and value not in valid_values:
        choices = "', '".join(valid_values)
        raise ValueError(custom_msg or f"Unknown value '{value}' for argument {arg}. Valid values are {{'{choices}'}}.")
    return value
