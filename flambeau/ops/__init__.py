"""The operator pages, and the functions that users call."""
from . import methods

methods.bind()
