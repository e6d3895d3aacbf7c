"""The operator pages, and the functions that users call."""
from ..core import copying as _copying
from . import methods

methods.bind()
