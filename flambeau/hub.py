"""torch.hub: refused, because it runs programs from the network."""
from __future__ import annotations

import os
from pathlib import Path

from flambeau.absent import absent

_folder: list[Path | None] = [None]
_PROGRAM = ("it would fetch a program from the network and run it, which flambeau does not: install the model's package and import it; "
            "torch.load loads weights from a file")
_FILE = "flambeau fetches nothing from the network by this name: fetch the file by other means; torch.load loads it"

load, list, help = (absent(f"torch.hub.{_name}", _PROGRAM) for _name in ("load", "list", "help"))
download_url_to_file, load_state_dict_from_url = (absent(f"torch.hub.{_name}", _FILE) for _name in ("download_url_to_file", "load_state_dict_from_url"))


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
