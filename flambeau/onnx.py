"""torch.onnx's names."""
from flambeau.absent import absent, absent_class

_REASON = "flambeau does not write ONNX files yet; torch.save the state_dict, which PyTorch loads and exports"

export, dynamo_export = (absent(f"torch.onnx.{_name}", _REASON) for _name in ("export", "dynamo_export"))
ONNXProgram = absent_class("torch.onnx.ONNXProgram", _REASON)


class OnnxExporterError(RuntimeError):
    """A model cannot be written as ONNX."""


def is_in_onnx_export() -> bool:
    """Whether this code runs while a model is written as ONNX: never."""
    return False


__all__ = ["ONNXProgram", "OnnxExporterError", "dynamo_export", "export", "is_in_onnx_export"]
