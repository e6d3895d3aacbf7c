"""Settings of PyTorch's compiler that programs make (torch._inductor): it is not used, they are kept and have no effect."""
from . import config

__all__ = ["config"]
