"""What the cells of recurrent layers make of products, and of gradients: vectors of units in, vectors of units out."""
from __future__ import annotations

from . import mathematics
from .ir import Function, Value, constant

Vectors = dict[str, Value]


class Cell:
    """One kind of layer.

    gates             blocks of H rows that w_hh has
    state_names       what goes on from step to step, "h" first
    reads             the states that `forward` reads itself, beside the product
    result_names      results of the layer's page: "h", "c", "kept" (the values that the gradient needs, `kept` of them side by side)
    gradient_inputs   inputs of the gradient's page: g and g_c, "c0" and the like, "w_hh", the layer's results
    gradient_results  results of the gradient's page; "h0 gradient" is that of h0
    multiplied        the one that goes through w_hh to the states before
    state, before     the results whose value now, or one step before, `backward` reads; empty for none
    direct            whether h also reaches the next h past w_hh
    """

    gates = 1
    kept = 0
    state_names: tuple[str, ...] = ("h",)
    reads: tuple[str, ...] = ()
    result_names: tuple[str, ...] = ("h", "kept")
    gradient_inputs: tuple[str, ...] = ()
    gradient_results: tuple[str, ...] = ("d_x", "h0 gradient")
    multiplied = "d_x"
    state = before = ""
    direct = False

    def __init__(self, op):
        self.op = op

    @property
    def states(self) -> int:
        return len(self.state_names)

    @property
    def description(self) -> str:
        return type(self).__name__

    def forward(self, f: Function, x: list[Value], y: list[Value], before: Vectors) -> tuple[Vectors, list[Value]]:
        """(the new states, what is kept) from the inputs' part and the states' part of each gate, and the states before."""
        raise NotImplementedError

    def backward(self, f: Function, arriving: Vectors, kept: list[Value], state: Value | None, before: Value | None):
        """(gradients of the gates by the name of the result, what goes on to the states before) from what arrives at the states."""
        raise NotImplementedError


def _tanh(f: Function, x: Value) -> Value:
    return mathematics.function(f, "tanh", x)


def _left(f: Function, x: Value) -> Value:
    """1 - x"""
    return f.fsub(constant(x.type, 1), x)


def _bend(f: Function, x: Value) -> Value:
    """1 - x², the slope of tanh where it is x"""
    return f.fsub(constant(x.type, 1), f.fmul(x, x))


def _slope(f: Function, x: Value) -> Value:
    """x (1 - x), the slope of σ where it is x"""
    return f.fmul(x, _left(f, x))


class Plain(Cell):
    """h = tanh(x + y), or max(0, x + y)"""

    gradient_inputs = ("g", "w_hh", "h")
    result_names = ("h",)
    state = "h"

    @property
    def description(self) -> str:
        return "relu" if self.op.relu else "tanh"

    def forward(self, f, x, y, before):
        total = f.fadd(x[0], y[0])
        if not self.op.relu:
            return {"h": _tanh(f, total)}, []
        zero = constant(total.type, 0)
        return {"h": f.select(f.compare("ole", total, zero), zero, total)}, []          # NaN stays

    def backward(self, f, arriving, kept, state, before):
        if self.op.relu:        # a product, as everywhere: infinity times 0 is NaN
            zero, one = constant(state.type, 0), constant(state.type, 1)
            slope = f.select(f.compare("ogt", state, zero), one, zero)
        else:
            slope = _bend(f, state)
        return {"d_x": [f.fmul(arriving["h"], slope)]}, {}


class Gated(Cell):
    """r = σ(x_r + y_r), z = σ(x_z + y_z), n = tanh(x_n + r y_n), h' = (h - n) z + n"""

    gates, kept = 3, 4
    reads = ("h",)
    gradient_inputs = ("g", "h0", "w_hh", "h", "kept")
    gradient_results = ("d_x", "d_y", "h0 gradient")
    multiplied = "d_y"
    before = "h"
    direct = True

    def forward(self, f, x, y, before):
        r, z = (mathematics.sigmoid(f, f.fadd(x[k], y[k])) for k in range(2))
        n = _tanh(f, f.fadd(x[2], f.fmul(r, y[2])))
        return {"h": f.fadd(f.fmul(f.fsub(before["h"], n), z), n)}, [r, z, n, y[2]]

    def backward(self, f, arriving, kept, state, before):
        r, z, n, y_n = kept
        d = arriving["h"]
        d_n = f.fmul(f.fmul(d, _left(f, z)), _bend(f, n))
        d_r = f.fmul(f.fmul(d_n, y_n), _slope(f, r))
        d_z = f.fmul(f.fmul(d, f.fsub(before, n)), _slope(f, z))
        return {"d_x": [d_r, d_z, d_n], "d_y": [d_r, d_z, f.fmul(d_n, r)]}, {"h": f.fmul(d, z)}


class Remembering(Cell):
    """i, f, o = σ(x + y), g = tanh(x + y), c' = f c + i g, h' = o tanh(c')"""

    gates = kept = 4
    state_names = ("h", "c")
    reads = ("c",)
    result_names = ("h", "c", "kept")
    gradient_inputs = ("g", "c0", "w_hh", "c", "kept", "g_c")
    gradient_results = ("d_x", "h0 gradient", "c0 gradient")
    state = before = "c"

    def forward(self, f, x, y, before):
        total = [f.fadd(a, b) for a, b in zip(x, y, strict=True)]
        i, forget, o = (mathematics.sigmoid(f, total[k]) for k in (0, 1, 3))
        g = _tanh(f, total[2])
        c = f.fadd(f.fmul(forget, before["c"]), f.fmul(i, g))
        return {"c": c, "h": f.fmul(o, _tanh(f, c))}, [i, forget, g, o]

    def backward(self, f, arriving, kept, state, before):
        i, forget, g, o = kept
        bent, d = _tanh(f, state), arriving["h"]
        d_c = f.fadd(f.fmul(f.fmul(d, o), _bend(f, bent)), arriving["c"])
        return {"d_x": [f.fmul(f.fmul(d_c, g), _slope(f, i)), f.fmul(f.fmul(d_c, before), _slope(f, forget)),
                        f.fmul(f.fmul(d_c, i), _bend(f, g)), f.fmul(f.fmul(d, bent), _slope(f, o))]}, {"c": f.fmul(d_c, forget)}


CELLS = {"LstmLayer": Remembering, "LstmLayerGradient": Remembering, "GruLayer": Gated, "GruLayerGradient": Gated,
         "RnnLayer": Plain, "RnnLayerGradient": Plain}
