"""Flatten: loads by one offset into memory, and neighbouring loops that run through memory as one become one loop."""
from __future__ import annotations

from .scalar import Scalar, Scalars, linear


class Flat:
    """Rewrites expressions for memory of given strides. Axes can be merged until the first expression has been taken."""

    def __init__(self, scalars: Scalars, strides: dict[int, tuple[int, ...]]):
        self.scalars, self.strides = scalars, strides

    def offset(self, slot: int, index) -> Scalar:
        """Where in the memory of `slot` the element at `index` lies."""
        constant, terms = 0, {}
        for i, stride in zip(index, self.strides[slot], strict=True):
            c, parts = linear(i)
            constant += c * stride
            for t, k in parts:
                terms[t] = terms.get(t, 0) + k * stride
        return self.scalars.join(constant, [(t, k) for t, k in terms.items() if k])

    def loads(self, x: Scalar, memo: dict) -> Scalar:
        """`x` with every load by its offset."""
        def change(node, args):
            return self.scalars.load(node.args[0], node.dtype, (self.offset(node.args[0], args[1:]),)) if node.kind == "load" else None
        return self.scalars.rewrite(x, change, memo)


def merged(scalars: Scalars, axes, bodies, offsets) -> tuple[list[Scalar], list[Scalar], list[Scalar]]:
    """Fewer axes for the same loops: those that every load and store runs through as one are merged, the outer into the inner.

    bodies: flattened expressions; offsets: of what is stored. All three come back.
    """
    axes = list(axes)
    busy: set[Scalar] = set()
    forms: list[dict[Scalar, int]] = []
    seen: set[Scalar] = set()

    def visit(x: Scalar) -> None:
        if x in seen:
            return
        seen.add(x)
        if x.kind == "axis":
            busy.add(x)
        elif x.kind == "load":
            form(x.args[1])
        else:
            for a in x.args:
                if type(a) is Scalar:
                    visit(a)

    def form(offset: Scalar) -> None:
        terms = linear(offset)[1]
        forms.append({t: k for t, k in terms if t.kind == "axis"})
        for t, _ in terms:
            if t.kind != "axis":
                visit(t)

    for body in bodies:
        visit(body)
    for offset in offsets:
        form(offset)
    k = len(axes) - 1
    while k > 0:
        outer, inner = axes[k - 1], axes[k]
        n = inner.args[1]
        if outer not in busy and inner not in busy and all(f.get(outer, 0) == f.get(inner, 0) * n for f in forms):
            one = scalars.axis(outer.args[1] * n)
            bodies, offsets = replace_pair(scalars, bodies, offsets, outer, inner, one)
            for f in forms:
                f[one] = f.pop(inner, 0)
                f.pop(outer, None)
            axes[k - 1:k + 1] = [one]
        k -= 1
    return axes, bodies, offsets


def replace_pair(scalars: Scalars, bodies, offsets, outer: Scalar, inner: Scalar, one: Scalar):
    """Expressions with outer · size + inner, which is all that they hold of the two, as one axis."""
    memo: dict = {}

    def offset(x: Scalar) -> Scalar:
        constant, terms = linear(x)
        return scalars.join(constant, [(one if t is inner else body(t), k) for t, k in terms if t is not outer])

    def change(node, args):
        return scalars.load(node.args[0], node.dtype, (offset(node.args[1]),)) if node.kind == "load" else None

    def body(x: Scalar) -> Scalar:
        return scalars.rewrite(x, change, memo)

    return [body(b) for b in bodies], [offset(o) for o in offsets]
