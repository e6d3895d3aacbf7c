"""How the losses of elements become one number: by name, by PyTorch's number, and in an older form."""

from flambeau.nn.modules._where import warn_user

__all__ = ["get_enum", "legacy_get_enum", "legacy_get_string", "resolve"]

_NUMBERS = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}


def get_enum(reduction: str) -> int:
    """0 for none, 1 for mean, 2 for sum. ValueError for another name."""
    if reduction not in _NUMBERS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return _NUMBERS[reduction]


def legacy_get_string(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """What ``size_average`` and ``reduce`` meant: reduce=False none, otherwise size_average=False the sum, otherwise the mean."""
    meant = "none" if reduce is False else "sum" if size_average is False else "mean"
    if emit_warning:
        warn_user(f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.")
    return meant


def legacy_get_enum(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> int:
    """:func:`legacy_get_string` as a number."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))


def resolve(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """``reduction``, unless the older form is used."""
    return reduction if size_average is None and reduce is None else legacy_get_string(size_average, reduce)
