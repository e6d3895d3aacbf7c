"""What tools/stubs.py knows about types: what a parameter of a name is, everywhere in flambeau/ops, and which functions return no single Tensor.

Types have the names that the stubs give them: `_int` for `int` and so on, because `int` and its kin are dtypes and methods there.
"""
from __future__ import annotations

# aliases at the top of core/tensor.pyi, which the other stubs import
ALIASES = [
    "_bool: TypeAlias = bool", "_complex: TypeAlias = complex", "_float: TypeAlias = float", "_int: TypeAlias = int", "_str: TypeAlias = str",
    "_Operand: TypeAlias = Tensor | complex | numpy.ndarray | numpy.generic", "_Out: TypeAlias = Tensor | Sequence[Tensor] | None",
    "_DeviceLike: TypeAlias = _device | str | int",
]

# where the names come from that signatures use: name in the stubs -> module, name there
HOMES = {
    **{name: ("collections.abc", name) for name in ("Callable", "Iterator", "Sequence")},
    **{name: ("typing", name) for name in ("Any", "Literal", "NamedTuple", "TypeAlias", "overload")},
    "_return_types": ("flambeau", "return_types"), "_device": ("flambeau.core.device", "device"), "_dtype": ("flambeau.core.dtype", "dtype"),
    "_Generator": ("flambeau.ops.random", "Generator"), "_memory_format": ("flambeau.ops.convert", "memory_format"),
    "_Size": ("flambeau.core.shape", "Size"), "GradNode": ("flambeau.core.grad", "GradNode"),
    "RemovableHandle": ("flambeau.core.grad", "RemovableHandle"), "Storage": ("flambeau.core.storage", "Storage"),
    "UntypedStorage": ("flambeau.core.storage", "UntypedStorage"), "Tensor": ("flambeau.core.tensor", "Tensor"),
    **{name: ("flambeau.core.tensor", name) for name in ("_bool", "_complex", "_float", "_int", "_str", "_Operand", "_Out", "_DeviceLike")},
}

# names that annotations of the package use -> the stubs' names
ANNOTATIONS = {
    **{name: f"_{name}" for name in ("bool", "complex", "float", "int", "str", "dtype", "device")},
    **{name: name for name in ("Any", "Callable", "GradNode", "Iterator", "RemovableHandle", "Sequence", "Storage", "Tensor", "UntypedStorage",
                               "dict", "list", "tuple", "object")},
    "Size": "_Size", "Generator": "_Generator", "memory_format": "_memory_format", "np.ndarray": "numpy.ndarray", "dt.dtype": "_dtype",
    "flambeau.dtype": "_dtype", "flambeau.Tensor": "Tensor", "devices.device": "_device",
}

_TENSORS = """input tensor input1 input2 input3 x1 x2 weight weights bias target targets tensor1 tensor2 mat mat1 mat2 vec vec1 vec2 batch1 batch2 A B
running_mean running_var grid theta source query key attn_mask in_proj_weight in_proj_bias out_proj_weight out_proj_bias key_padding_mask q_proj_weight
k_proj_weight v_proj_weight bias_k bias_v static_k static_v anchor positive negative log_probs LU_data LU_pivots LU LD pivots tau logits linear_weight
linear_bias per_sample_weights pos_weight fweights aweights prepend append _random_samples condition y x v count prob"""
_SIZES = "kernel_size stride padding dilation output_size output_padding normalized_shape"

# a parameter without annotation, by its name; "| None" is added where that is the default
PARAMETERS = {
    **dict.fromkeys(_TENSORS.split(), "Tensor"),
    **dict.fromkeys("other exponent value min max nan posinf neginf src start end step values fill_value".split(), "_Operand"),
    **dict.fromkeys(_SIZES.split(), "_int | Sequence[Any]"),
    **dict.fromkeys("dim dims".split(), "_int | Sequence[_int]"),
    **dict.fromkeys("size sizes shape".split(), "_int | Sequence[_int]"),
    **dict.fromkeys("alpha beta".split(), "_complex"),
    "out": "_Out", "dtype": "_dtype | None", "device": "_DeviceLike | None", "generator": "_Generator | None",
    "memory_format": "_memory_format | None", "padding": "_int | _str | Sequence[Any]", "stride": "_int | Sequence[Any] | None", "p": "Any",
    "indices": "Any", "data": "Any", "obj": "Any", "range": "Any", "bins": "Any", "q": "Any", "layout": "Any", "pin_memory": "_bool | None",
    "requires_grad": "_bool", "size_average": "_bool | None", "reduce": "_bool | None", "correction": "_float | None", "mode": "Any",
    "type": "Any", "hook": "Callable[..., Any]", "retain_graph": "_bool | None", "gradient": "Tensor | None", "function": "Any",
    "a": "Any", "b": "Any", "tol": "Any", "atol": "Any", "rtol": "Any", "rcond": "Any", "ord": "Any", "options": "Any", "dx": "Any",
}
BY_DEFAULT = {bool: "_bool", int: "_float", float: "_float", str: "_str"}
VARIADIC = {"size": "_int | Sequence[_int]", "sizes": "_int | Sequence[_int]", "shape": "Any", "dims": "_int | Sequence[_int]",
            "tensors": "Tensor | Sequence[Tensor]", "matrices": "Tensor", "shapes": "Any"}
SECOND_OPERANDS = ("other", "exponent")     # a function that has one takes a number in the place of its first tensor too
TENSORS_ONLY = frozenset("cross dot inner kron linalg_cross linalg_vecdot matmul outer vdot vecdot".split())       # … but not products of whole tensors

# results that are no single Tensor. A flag that adds results (return_indices, return_counts) is left out: what it returns still unpacks.
_PAIR = "tuple[Tensor, Tensor]"
RETURNS = {
    **dict.fromkeys(("std_mean", "var_mean", "native_dropout"), _PAIR),
    **dict.fromkeys([f"{kind}{n}d_with_indices" for kind in ("max_pool", "adaptive_max_pool", "fractional_max_pool") for n in (1, 2, 3)], _PAIR),
    **dict.fromkeys(("native_batch_norm", "native_group_norm", "native_layer_norm"), "tuple[Tensor, Tensor, Tensor]"),
    **dict.fromkeys(("gradient", "split_copy", "split_with_sizes_copy", "unbind_copy", "lu"), "tuple[Tensor, ...]"),
    **dict.fromkeys(("atleast_1d", "atleast_2d", "atleast_3d", "item", "tolist", "numpy_T"), "Any"),
    ".adaptive_max_pool1d": _PAIR, ".embedding_bag": "tuple[Tensor, Tensor, Tensor, Tensor]", "linalg.lu": "_return_types.linalg_lu",
    "nn.functional.multi_head_attention_forward": "tuple[Tensor, Tensor | None]", "get_default_device": "_device", "backward": "None",
}
UNTYPED_FIELDS = {("histogramdd", "bin_edges")}     # a tuple of Tensors

# several signatures: (whether the tensor itself comes first, the other parameters, the result)
_OUT = "out: _Out = None"


def _reduction(name: str, pairwise: bool) -> list:
    both = [(True, ["other: Tensor", "*", _OUT], "Tensor")] if pairwise else []
    return [(True, ["*", _OUT], "Tensor"), *both, (True, ["dim: _int", "keepdim: _bool = False", "*", _OUT], f"_return_types.{name}")]


_REDUCTIONS = {"max": _reduction("max", True), "min": _reduction("min", True), "median": _reduction("median", False),
               "nanmedian": _reduction("nanmedian", False)}
OVERLOADS = {
    **_REDUCTIONS,
    "nonzero": [(True, ["*", "as_tuple: Literal[False] = False", _OUT], "Tensor"), (True, ["*", "as_tuple: Literal[True]"], "tuple[Tensor, ...]")],
    "where": [(False, ["condition: Tensor", "input: _Operand", "other: _Operand", "*", _OUT], "Tensor"), (False, ["condition: Tensor"],
              "tuple[Tensor, ...]")],
}
METHOD_OVERLOADS = {
    **{name: [(first, [p for p in rest if p not in ("*", _OUT)], result) for first, rest, result in forms] for name, forms in _REDUCTIONS.items()},
    "nonzero": [(True, ["*", "as_tuple: Literal[False] = False"], "Tensor"), (True, ["*", "as_tuple: Literal[True]"], "tuple[Tensor, ...]")],
    "size": [(True, ["dim: None = None"], "_Size"), (True, ["dim: _int"], "_int")],
    "stride": [(True, ["dim: None = None"], "tuple[_int, ...]"), (True, ["dim: _int"], "_int")],
    "type": [(True, ["dtype: None = None", "non_blocking: _bool = False"], "_str"),
             (True, ["dtype: _dtype | _str | type", "non_blocking: _bool = False"], "Tensor")],
}
PROPERTIES = {"T": "Tensor", "mT": "Tensor", "H": "Tensor", "mH": "Tensor", "real": "Tensor", "imag": "Tensor", "device": "_device", "layout": "Any",
              "data": "Tensor"}
SPECIAL_METHODS = {name: f"    def {name}({', '.join(['self', *parts])}) -> {result}: ..." for name, (parts, result) in {
    "__abs__": ((), "Tensor"), "__neg__": ((), "Tensor"), "__pos__": ((), "Tensor"), "__invert__": ((), "Tensor"),
    "__bool__": ((), "_bool"), "__int__": ((), "_int"), "__float__": ((), "_float"), "__complex__": ((), "_complex"), "__index__": ((), "_int"),
    "__len__": ((), "_int"), "__hash__": ((), "_int"), "__iter__": ((), "Iterator[Tensor]"), "__reversed__": ((), "Tensor"),
    "__contains__": (("element: Any", "/"), "_bool"), "__getitem__": (("index: Any", "/"), "Tensor"),
    "__setitem__": (("index: Any", "value: _Operand", "/"), "None"), "__delitem__": (("index: Any", "/"), "None"),
    "__array__": (("dtype: Any = None", "copy: _bool | None = None"), "numpy.ndarray"),
    "__array_wrap__": (("array: numpy.ndarray", "context: Any = None"), "Tensor"), "__dlpack__": (("**kwargs: Any",), "Any"),
    "__dlpack_device__": ((), "tuple[_int, _int]"), "__format__": (("spec: _str", "/"), "_str"),
}.items()}

# public values of the package by the name of their class
VALUES = {"dtype": "_dtype", "memory_format": "_memory_format", "float": "_float", "str": "_str", "Generator": "_Generator", "NoneType": "None"}
