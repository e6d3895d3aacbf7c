"""What each recorded operator is in ONNX, by subject."""
from . import elementwise, indexing, layers, reductions, resizing, sequences, views
from .table import TRANSLATIONS

__all__ = ["TRANSLATIONS", "elementwise", "indexing", "layers", "reductions", "resizing", "sequences", "views"]
