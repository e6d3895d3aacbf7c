"""torch.ao: the newer place of torch.quantization."""
from flambeau.ao import quantization

__all__ = ["quantization"]
