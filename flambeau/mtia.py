"""torch.mtia: a kind of accelerator that is not used here."""
from flambeau.xpu import device_count, is_available, is_initialized, manual_seed

__all__ = ["device_count", "is_available", "is_initialized", "manual_seed"]
