"""torch.cpu.amp: older names of what is in `torch.amp`, for the device "cpu"."""
from .autocast_mode import autocast
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast"]
