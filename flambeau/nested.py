"""torch.nested's names: tensors of rows of different lengths are not held here."""
from flambeau.absent import absent

_REASON = "flambeau has no nested tensors; pad the rows (torch.nn.utils.rnn.pad_sequence) and mask, or pack them (pack_padded_sequence)"

nested_tensor, as_nested_tensor, to_padded_tensor, nested_tensor_from_jagged, narrow = (
    absent(f"torch.nested.{_name}", _REASON) for _name in ("nested_tensor", "as_nested_tensor", "to_padded_tensor", "nested_tensor_from_jagged", "narrow"))

__all__ = ["as_nested_tensor", "narrow", "nested_tensor", "nested_tensor_from_jagged", "to_padded_tensor"]
