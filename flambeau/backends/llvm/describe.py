"""A text for expressions that is the same wherever the same code comes out: slots and axes by the order in which they appear."""
from __future__ import annotations

from ...compiler.scalar import Scalar, walk


class Names:
    """Numbers for slots, axes and nodes, given as they are met."""

    def __init__(self):
        self.slots: dict[int, int] = {}
        self._nodes: dict[Scalar, int] = {}
        self.lines: list[str] = []

    def slot(self, slot: int) -> int:
        """The number of a slot."""
        return self.slots.setdefault(slot, len(self.slots))

    def of(self, x: Scalar) -> int:
        """The number of a node, whose text is added to the lines where it is new."""
        known = self._nodes
        if x not in known:
            for node in walk(x):
                if node in known:
                    continue
                number = known[node] = len(known)
                if node.kind == "axis":
                    text = f"axis {node.args[1]}"
                elif node.kind == "load":
                    text = f"load {self.slot(node.args[0])} {' '.join(str(known[a]) for a in node.args[1:])}"
                else:
                    text = f"{node.kind} {' '.join(str(known[a]) if type(a) is Scalar else repr(a) for a in node.args)}"
                self.lines.append(f"{number}:{text}:{node.dtype.name}")
        return known[x]

    def text(self) -> str:
        """Everything met so far."""
        return ";".join(self.lines)
