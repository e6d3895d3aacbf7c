"""The named tuples that operators with several results return, printed as PyTorch's torch.return_types."""
from __future__ import annotations

from functools import lru_cache

TYPES: dict[str, type] = {}         # by name: what flambeau.return_types offers


def _field(k: int):
    return property(lambda self: self[k])


def return_type(name: str, *fields: str) -> type:
    """The tuple class `name` with one attribute for each field. It is made from one value a field, or from one sequence of them."""
    made = TYPES[name] = _tuple(name, fields)
    return made


@lru_cache(maxsize=256)
def written_type(kind: type) -> type:
    """The class of results that were written to `out`: the same under the name `…_out`."""
    return _tuple(f"{kind.__name__}_out", kind.__match_args__)


def _tuple(name: str, fields: tuple[str, ...]) -> type:
    def new(cls, *values):
        if len(values) == 1 and len(fields) > 1:
            values = tuple(values[0])
        if len(values) != len(fields):
            raise TypeError(f"torch.return_types.{name}() takes {len(fields)} values ({', '.join(fields)}), got {len(values)}")
        return tuple.__new__(cls, values)

    def represent(self):
        return f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={v!r}" for f, v in zip(fields, self, strict=True)) + ")"

    def reduce(self):
        return type(self), tuple(self)

    return type(name, (tuple,), {"__slots__": (), "__new__": new, "__repr__": represent, "__reduce__": reduce,
                                 "__match_args__": fields, "n_fields": len(fields), "n_sequence_fields": len(fields), "n_unnamed_fields": 0,
                                 "__module__": "flambeau.return_types", "__doc__": f"({', '.join(fields)}), by place or by name.",
                                 **{f: _field(k) for k, f in enumerate(fields)}})
