"""Mixed precision: `autocast`, which runs products in a shorter type, and `GradScaler`, which keeps small gradients from vanishing in it."""
from .autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
