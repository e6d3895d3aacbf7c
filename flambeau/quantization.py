"""torch.quantization: models stay in floating point here, so its marks in a model are there and do nothing, and its conversions refuse."""
from __future__ import annotations

from flambeau import Tensor
from flambeau.absent import absent
from flambeau.nn import Module

_REASON = "flambeau does not compute in 8-bit integers; run the model as it is, or with fewer bits by torch.autocast('cpu') or .bfloat16()"

(quantize, quantize_dynamic, quantize_qat, prepare, prepare_qat, convert, fuse_modules, fuse_modules_qat, get_default_qconfig, get_default_qat_qconfig,
 get_default_qconfig_mapping) = (
    absent(f"torch.quantization.{_name}", _REASON) for _name in
    ("quantize", "quantize_dynamic", "quantize_qat", "prepare", "prepare_qat", "convert", "fuse_modules", "fuse_modules_qat", "get_default_qconfig",
     "get_default_qat_qconfig", "get_default_qconfig_mapping"))


class _Absent:
    """A dtype or a scheme of quantisation that programs name; nothing here takes it."""

    def __init__(self, name: str):
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"


qint8, quint8, qint32, quint4x2, per_tensor_affine, per_tensor_symmetric, per_channel_affine, per_channel_symmetric = map(
    _Absent, ("qint8", "quint8", "qint32", "quint4x2", "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric"))
quantize_per_tensor, quantize_per_channel = (absent(f"torch.{_name}", _REASON) for _name in ("quantize_per_tensor", "quantize_per_channel"))


class QuantStub(Module):
    """Marks where numbers would become 8-bit integers: what comes in goes out, as in PyTorch before a conversion."""

    def __init__(self, qconfig=None) -> None:
        super().__init__()
        if qconfig:
            self.qconfig = qconfig

    def forward(self, x: Tensor) -> Tensor:
        """x"""
        return x


class DeQuantStub(QuantStub):
    """Marks where numbers would become floating again: what comes in goes out."""


class QuantWrapper(Module):
    """A module between two marks: calls it."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.quant, self.dequant, self.module = QuantStub(), DeQuantStub(), module
        self.train(module.training)

    def forward(self, X: Tensor) -> Tensor:
        """What the module returns."""
        return self.dequant(self.module(self.quant(X)))


__all__ = ["DeQuantStub", "QuantStub", "QuantWrapper", "convert", "fuse_modules", "fuse_modules_qat", "get_default_qat_qconfig", "get_default_qconfig",
           "get_default_qconfig_mapping", "prepare", "prepare_qat", "quantize", "quantize_dynamic", "quantize_qat"]
