"""TorchScript's names (torch.jit), as pass-through: there is no second language, Python runs as it is and its steps are compiled anyway.

`script` and `trace` give functions back as they are, and modules as `ScriptModule`s: the same parameters and methods, with `save`. Both warn
once that nothing was scripted. Decorators that tell TorchScript what to leave alone leave things alone.
"""
from typing import Final

from flambeau.futures import Future

from .execution import *
from .language import *
from .language import _overload, _overload_method
from .modules import *


class TracerWarning(Warning):
    """PyTorch's warning that a trace may not be what the function does; never given here."""


class ScriptWarning(Warning):
    """PyTorch's warning about a scripted module; never given here."""


class Error(RuntimeError):
    """An error inside TorchScript; never raised here."""
