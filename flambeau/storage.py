"""torch.storage: the memory under tensors, as bytes (UntypedStorage) and as numbers (TypedStorage)."""
from flambeau import TypedStorage, UntypedStorage

__all__ = ["TypedStorage", "UntypedStorage"]
