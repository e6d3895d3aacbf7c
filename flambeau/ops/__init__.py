"""The operator pages, and the functions that users call. Modules load when one of their names is first used (names.py, methods.py)."""
from ..core import copying as _copying
from . import convert as _convert
from . import create as _create
from . import methods
from . import movement as _movement

methods.bind()
