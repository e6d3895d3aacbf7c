"""What a call that went backward leaves of its graph: grad_fns whose saved values are gone.

A loss that is returned after its backward still has a grad_fn, which says that the graph is gone when somebody goes backward once more. A replay
builds no graph. Its results know this stand-in for a recording's tie (core.ties), which copies the nodes of the captured call when asked.
"""
from __future__ import annotations

from ..core.grad import NUMBER, GradNode, next_sequence
from ..core.tensor import Tensor

_new = object.__new__


class Released:
    """The released graphs under the results of a captured call. `producers`: for each result (node, output); inputs: the arguments among its leaves."""

    recording, released = None, True

    def __init__(self, producers, inputs=()):
        self.producers, self.inputs = producers, inputs

    def producer(self, mark: int):
        """(GradNode, output) that made the result of this number, in copies of their own."""
        node, number = self.producers[mark]
        return self._copy(node, {}), number

    def of(self, inputs) -> Released:
        """The same under a call with other arguments."""
        return Released(self.producers, inputs)

    def settle(self) -> None:
        """There is nothing to build."""

    def _copy(self, root: GradNode, made: dict) -> GradNode:
        order, stack = [], [root]
        while stack:
            node = stack.pop()
            if node in made:
                continue
            made[node] = copy = _new(type(node))
            order.append(node)
            copy.op, copy.outputs, copy.sequence, copy.inputs, copy.versions = node.op, node.outputs, node.sequence, node.inputs, None
            copy.released = node.released
            stack.extend([e[0] for e in node.next if e is not None and e is not NUMBER and isinstance(e[0], GradNode)])
        for node in reversed(order):
            made[node].sequence = next_sequence()
            made[node].next = [self._edge(e, made) for e in node.next]
        return made[root]

    def _edge(self, edge, made: dict):
        if edge is None or edge is NUMBER:
            return edge
        if isinstance(edge[0], GradNode):
            return made[edge[0]], edge[1]
        return (self.inputs[edge[0].number], 0) if isinstance(edge[0], Argument) else edge


class Argument:
    """Stands in a captured graph for the argument of this number, which every call has anew."""

    __slots__ = ("number",)

    def __init__(self, number: int):
        self.number = number


def template(roots, tensors: list[Tensor]):
    """Copies of the graphs under `roots` (pairs of node and output), in which arguments are stood in for; and the nodes that still hold values, but
    which no backward can come to.

    None for the copies if a backward can still use what is saved: then a replay, which builds no graph, would not do.
    """
    numbers = {id(t): k for k, t in enumerate(tensors)}
    nodes, stack = {}, [node for node, _ in roots]
    gone = all(_gone(node) for node, _ in roots)
    while stack:
        node = stack.pop()
        if node in nodes:
            continue
        if node.run_backward is not None or node.tensor_hooks or node.pre_hooks or node.post_hooks or node.retained or node.metadata_ or node.line \
                or not gone and _saves(node):
            return None, ()
        nodes[node] = copy = _new(type(node))
        copy.op, copy.outputs, copy.sequence, copy.versions = node.op, node.outputs, node.sequence, None
        copy.released = node.released or _saves(node)       # what the backward did not come by is out of reach: any walk ends before
        copy.inputs = () if copy.released else node.inputs
        stack.extend([e[0] for e in node.next if e is not None and e is not NUMBER and isinstance(e[0], GradNode)])
    for node, copy in nodes.items():
        copy.next = []
        for e in node.next:
            if e is None or e is NUMBER:
                copy.next.append(e)
            elif isinstance(e[0], GradNode):
                copy.next.append((nodes[e[0]], e[1]))
            else:
                number = numbers.get(id(e[0]))
                copy.next.append(e if number is None else (Argument(number), 0))
    return [(nodes[node], number) for node, number in roots], [node for node in nodes if _saves(node)]


def _saves(node: GradNode) -> bool:
    return node.versions is not None or node.saved_out is not None


def _gone(node: GradNode) -> bool:
    """Whether every walk from `node` on comes by a node whose saved values are gone, and fails."""
    while not node.released:
        onwards = [e[0] for e in node.next if e is not None and e is not NUMBER and isinstance(e[0], GradNode)]
        if _saves(node) or len(onwards) != 1:
            return False
        node, = onwards
    return True
