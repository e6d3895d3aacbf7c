"""torch.hub: refused, because it runs programs from the network."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_folder: list[Path | None] = [None]


def _refuse(name: str):
    raise NotImplementedError(f"torch.hub.{name} would fetch a program from the network and run it, which flambeau does not: install the model's package "
                              "and import it; weights of a file are loaded by torch.load")


def load(repo_or_dir: str, model: str, *args: Any, **kwargs: Any):
    """NotImplementedError: flambeau runs no programs from the network."""
    _refuse("load")


def list(github: str, *args: Any, **kwargs: Any):
    """NotImplementedError: flambeau runs no programs from the network."""
    _refuse("list")


def help(github: str, model: str, *args: Any, **kwargs: Any):
    """NotImplementedError: flambeau runs no programs from the network."""
    _refuse("help")


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """NotImplementedError: fetch files by other means."""
    raise NotImplementedError(f"torch.hub.download_url_to_file is not here: fetch {url} by other means, and put it at {dst}")


def load_state_dict_from_url(url: str, *args: Any, **kwargs: Any):
    """NotImplementedError: fetch the file by other means, and load it with torch.load."""
    raise NotImplementedError(f"torch.hub.load_state_dict_from_url is not here: fetch {url} by other means, and load the file with torch.load")


def get_dir() -> str:
    """The folder in which PyTorch keeps what hub fetched: $TORCH_HOME/hub, or ~/.cache/torch/hub, unless set."""
    if _folder[0] is not None:
        return str(_folder[0])
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    return str(Path(os.environ.get("TORCH_HOME", cache / "torch")).expanduser() / "hub")


def set_dir(d: str | os.PathLike) -> None:
    """Set the folder that `get_dir` gives."""
    _folder[0] = Path(d).expanduser()


__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]
