"""How a tensor's elements lie in memory: here always strided; the other names are there to be compared with."""
from __future__ import annotations


class layout:
    """A way to store elements; the instances below are the only ones."""

    __slots__ = ("_name",)

    def __init__(self, name: str):
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self):
        return self._name               # pickled as the module's global of that name

    def __getattr__(self, name):
        if name == "__module__":
            return "flambeau"
        raise AttributeError(f"torch.layout has no attribute {name!r}")


strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, jagged = map(
    layout, ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "jagged"))

__all__ = ["jagged", "layout", "sparse_bsc", "sparse_bsr", "sparse_coo", "sparse_csc", "sparse_csr", "strided"]
