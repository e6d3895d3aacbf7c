"""torch.ao.quantization: see flambeau.quantization."""
from flambeau import quantization

globals().update({name: getattr(quantization, name) for name in quantization.__all__})
__all__ = quantization.__all__
