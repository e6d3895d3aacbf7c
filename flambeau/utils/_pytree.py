"""Nested containers as trees (torch.utils._pytree): their leaves as a list, and back.

Containers are list, tuple, namedtuple, dict, OrderedDict, defaultdict, deque, None (a leaf, as in PyTorch), and classes that a program
registers. Everything else is a leaf. Dictionaries keep the order of their keys.
"""
from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Context = Any
PyTree = Any


class NodeDef(NamedTuple):
    """How a container is taken apart and put together: (children, context), and back."""

    flatten: Callable[[Any], tuple[list[Any], Context]]
    unflatten: Callable[[Iterable[Any], Context], Any]


SUPPORTED_NODES: dict[type, NodeDef] = {}


def register_pytree_node(cls: type, flatten_fn: Callable, unflatten_fn: Callable, **serialization: Any) -> None:
    """Make a class a container: `flatten_fn(x) -> (children, context)`, `unflatten_fn(children, context) -> x`. ValueError if it is one."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    SUPPORTED_NODES[cls] = NodeDef(flatten_fn, unflatten_fn)


_register_pytree_node = register_pytree_node


def register_dataclass(cls: type, *, field_names: list[str] | None = None, **serialization: Any) -> None:
    """Make a dataclass a container of its fields."""
    names = field_names or list(cls.__dataclass_fields__)
    register_pytree_node(cls, lambda x: ([getattr(x, n) for n in names], names), lambda values, names: cls(**dict(zip(names, values, strict=True))))


def _is_namedtuple(kind: type) -> bool:
    return issubclass(kind, tuple) and isinstance(getattr(kind, "_fields", None), tuple)


for _kind, _flatten, _unflatten in (
    (list, lambda x: (list(x), None), lambda values, _: list(values)),
    (tuple, lambda x: (list(x), None), lambda values, _: tuple(values)),
    (dict, lambda x: (list(x.values()), list(x)), lambda values, keys: dict(zip(keys, values, strict=True))),
    (OrderedDict, lambda x: (list(x.values()), list(x)), lambda values, keys: OrderedDict(zip(keys, values, strict=True))),
    (defaultdict, lambda x: (list(x.values()), [x.default_factory, list(x)]),
     lambda values, context: defaultdict(context[0], zip(context[1], values, strict=True))),
    (deque, lambda x: (list(x), x.maxlen), lambda values, maxlen: deque(values, maxlen)),
):
    register_pytree_node(_kind, _flatten, _unflatten)

_NAMEDTUPLE = NodeDef(lambda x: (list(x), type(x)), lambda values, kind: kind(*values))


def _definition(tree: Any) -> NodeDef | None:
    kind = type(tree)
    found = SUPPORTED_NODES.get(kind)
    return _NAMEDTUPLE if found is None and _is_namedtuple(kind) else found


class TreeSpec:
    """The shape of a tree: its containers, without the leaves. `type` is None for a leaf."""

    __slots__ = ("type", "context", "children_specs", "num_leaves", "num_nodes", "num_children", "_definition")

    def __init__(self, type: type | None, context: Context, children_specs: list[TreeSpec], definition: NodeDef | None = None):
        self.type, self.context, self.children_specs = type, context, children_specs
        self._definition = definition or (SUPPORTED_NODES.get(type) or _NAMEDTUPLE if type is not None else None)
        self.num_children = len(children_specs)
        self.num_leaves = 1 if type is None else sum(c.num_leaves for c in children_specs)
        self.num_nodes = 1 + sum(c.num_nodes for c in children_specs)

    def is_leaf(self) -> bool:
        """Whether it is the shape of a leaf."""
        return self.type is None

    def unflatten(self, leaves: Iterable[Any]) -> PyTree:
        """The tree of this shape with the given leaves. ValueError for another number of them."""
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec refers to a pytree that holds "
                             f"{self.num_leaves} items ({self}).")
        return self._build(iter(leaves))

    def _build(self, leaves):
        return next(leaves) if self.type is None else self._definition.unflatten([c._build(leaves) for c in self.children_specs], self.context)

    def flatten_up_to(self, tree: PyTree) -> list[PyTree]:
        """The subtrees of `tree` that stand where this shape has its leaves. ValueError if it has another shape above them."""
        if self.type is None:
            return [tree]
        if type(tree) is not self.type:
            raise ValueError(f"Type mismatch; expected {self.type!r}, but got {type(tree)!r}.")
        children, context = self._definition.flatten(tree)
        if len(children) != self.num_children or context != self.context:
            raise ValueError(f"Node context or arity mismatch: the tree has {len(children)} children ({context}), {self.num_children} ({self.context}) wanted")
        return [leaf for spec, child in zip(self.children_specs, children, strict=True) for leaf in spec.flatten_up_to(child)]

    def __eq__(self, other) -> bool:
        return isinstance(other, TreeSpec) and (self.type, self.context, self.children_specs) == (other.type, other.context, other.children_specs)

    def __hash__(self) -> int:
        return hash((self.type, self.num_leaves, self.num_children))

    def __repr__(self) -> str:
        return "*" if self.type is None else f"TreeSpec({self.type.__name__}, {self.context}, [{', '.join(map(repr, self.children_specs))}])"


class LeafSpec(TreeSpec):
    """The shape of a leaf."""

    __slots__ = ()

    def __init__(self):
        super().__init__(None, None, [])


_LEAF = LeafSpec()


def treespec_leaf() -> TreeSpec:
    """The shape of a leaf."""
    return _LEAF


def _walk(tree, leaves: list, is_leaf) -> TreeSpec:
    definition = None if is_leaf is not None and is_leaf(tree) else _definition(tree)
    if definition is None:
        leaves.append(tree)
        return _LEAF
    children, context = definition.flatten(tree)
    return TreeSpec(type(tree), context, [_walk(child, leaves, is_leaf) for child in children], definition)


def tree_flatten(tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree, in order, and its shape. `is_leaf` may stop at a container."""
    leaves: list = []
    spec = _walk(tree, leaves, is_leaf)
    return leaves, spec


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> PyTree:
    """The tree of a shape with the given leaves. TypeError unless `treespec` is one, ValueError for another number of leaves."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"tree_unflatten(leaves, treespec): Expected `treespec` to be instance of TreeSpec but got item of type {type(treespec)}.")
    return treespec.unflatten(leaves)


def tree_leaves(tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> list[Any]:
    """The leaves of a tree, in order."""
    return tree_flatten(tree, is_leaf)[0]


tree_iter = tree_leaves


def tree_structure(tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> TreeSpec:
    """The shape of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> PyTree:
    """The tree of what `func` makes of each leaf, and of what stands in its place in each of `rests`."""
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [spec.flatten_up_to(rest) for rest in rests]
    return spec.unflatten(map(func, leaves, *others))


def tree_map_(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> PyTree:
    """Call `func` for each leaf, as `tree_map` does; returns the tree."""
    leaves, spec = tree_flatten(tree, is_leaf)
    for arguments in zip(leaves, *[spec.flatten_up_to(rest) for rest in rests], strict=True):
        func(*arguments)
    return tree


def map_only(condition: type | tuple[type, ...] | Callable[[Any], bool], /) -> Callable[[Callable], Callable]:
    """Decorates a function of a leaf, so that it leaves those alone that are not of a type (or for which a function is not true)."""
    wanted = condition if callable(condition) and not isinstance(condition, type) else (lambda x: isinstance(x, condition))
    return lambda func: lambda x: func(x) if wanted(x) else x


def tree_map_only(condition, /, func: Callable[[Any], Any], tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> PyTree:
    """`tree_map` for the leaves of a type, the others left alone."""
    return tree_map(map_only(condition)(func), tree, is_leaf=is_leaf)


def tree_map_only_(condition, /, func: Callable[[Any], Any], tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> PyTree:
    """`tree_map_` for the leaves of a type."""
    return tree_map_(map_only(condition)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> bool:
    """Whether `pred` holds for all leaves."""
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> bool:
    """Whether `pred` holds for a leaf."""
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all_only(condition, /, pred: Callable[[Any], bool], tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> bool:
    """Whether `pred` holds for all leaves of a type."""
    return all(pred(x) for x in tree_leaves(tree, is_leaf) if isinstance(x, condition))


def tree_any_only(condition, /, pred: Callable[[Any], bool], tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> bool:
    """Whether `pred` holds for a leaf of a type."""
    return any(pred(x) for x in tree_leaves(tree, is_leaf) if isinstance(x, condition))


def broadcast_to_spec(tree: PyTree, treespec: TreeSpec) -> list[Any] | None:
    """One leaf of `tree` for each leaf of a shape, where a leaf of `tree` stands for a whole subtree; None if the shapes do not fit."""
    definition = _definition(tree)
    if definition is None or treespec.is_leaf():
        return [tree] * treespec.num_leaves if definition is None else None
    children, context = definition.flatten(tree)
    if type(tree) is not treespec.type or len(children) != treespec.num_children or context != treespec.context:
        return None
    parts = [broadcast_to_spec(child, spec) for child, spec in zip(children, treespec.children_specs, strict=True)]
    return None if any(part is None for part in parts) else [leaf for part in parts for leaf in part]


_broadcast_to_and_flatten = broadcast_to_spec

__all__ = ["Context", "LeafSpec", "NodeDef", "PyTree", "TreeSpec", "map_only", "register_dataclass", "register_pytree_node", "tree_all",
           "tree_all_only", "tree_any", "tree_any_only", "tree_flatten", "tree_iter", "tree_leaves", "tree_map", "tree_map_", "tree_map_only",
           "tree_map_only_", "tree_structure", "tree_unflatten", "treespec_leaf"]
