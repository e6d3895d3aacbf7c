"""Every pass makes valid programs, nests, groups and memory plans of random graphs; and what is made invalid on purpose is refused."""
from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial

import pytest

import flambeau as torch
from flambeau import compiler
from flambeau.backends.llvm.backend import Executable, native, wants
from flambeau.backends.llvm.host import host
from flambeau.backends.llvm.memory import ALIGN, arena, in_order, replacements
from flambeau.compiler.fuse import inline
from flambeau.compiler.group import gather
from flambeau.compiler.layout import lay_out
from flambeau.compiler.nests import Nest, read
from flambeau.compiler.plan import may_fail
from flambeau.compiler.scalar import walk
from flambeau.compiler.verify import Invalid
from flambeau.compiler.verify_groups import verify_arena, verify_groups, verify_replacements
from flambeau.compiler.verify_nests import verify_layout, verify_nests
from flambeau.core import settings
from flambeau.core.element import where
from flambeau.core.op import Op
from flambeau.core.record import record

HAS = partial(native, host())


class Risky(Op):
    """A copy that might fail: it has no element."""

    axes = "... -> ..."
    no_samples = "for these tests"

    def reference(self, x):
        return x.copy()


class Left(Op):
    """x[i - 1], or 0 at the start."""

    axes = "i -> i"
    no_samples = "for these tests"

    def reference(self, x):
        y = x.copy()
        y[1:], y[:1] = x[:-1], 0
        return y

    def element(self, i, x):
        return where(i[0] > 0, x[i[0] - 1], 0)


def captured(make):
    """The first program that what `make` returns becomes; every leaf but those of shape (6, 8) is spare."""
    found, original = [], compiler.compile

    def watching(leaves, nodes, live, spare):
        found.append(original(leaves, nodes, live, [n.shape != (6, 8) for n in leaves]))
        return original(leaves, nodes, live, spare)

    torch.run_pending()
    compiler.compile = watching
    try:
        held = make()
        torch.run_pending()
    finally:
        compiler.compile = original
    return found[0] if held is not None else None


@pytest.fixture(scope="module")
def program():
    """Two parameters updated from a product, a row of means, a selection, a step that may fail."""
    x, w, b = torch.rand(6, 8), torch.rand(8, 5), torch.rand(5)
    torch.run_pending()

    def make():
        h = torch.softmax(x @ w + b, 1)
        g = x.T @ (h * h.mean(1, keepdim=True))
        return w - 0.1 * g, b - 0.1 * h.sum(0), record(Left(), record(Risky(), b)), torch.where(h > 0.5, h, 2 * h)
    return captured(make)


@pytest.fixture
def nests(program):
    return inline(read(program, HAS))


@pytest.fixture
def planned(program):
    """(nests, strides, groups in order, replacements)"""
    nests = inline(read(program, HAS))
    strides = lay_out(nests, wants)
    groups = gather(nests, strides)
    replaced = replacements(nests, groups, program)
    return nests, strides, in_order(groups), replaced


def nest_of(nests, condition):
    return next(n for n in nests.items if isinstance(n, Nest) and condition(n))


def test_tests_check_every_pass(program, monkeypatch):
    assert settings.verified() and settings.strict()
    asked = []
    monkeypatch.setattr(compiler, "checked", lambda p: asked.append("program") or p)
    for name in ("verify_nests", "verify_layout", "verify_calls", "verify_groups", "verify_replacements", "verify_arena"):
        monkeypatch.setattr(sys.modules[Executable.__module__], name, lambda *a, name=name: asked.append(name))
    compiler.compile([], [], (), ())
    Executable(program, host())
    assert asked.count("program") == 2 and asked.count("verify_nests") == 3 and {"verify_layout", "verify_calls", "verify_groups", "verify_replacements",
                                                                                 "verify_arena"} <= set(asked)


def test_what_the_passes_make_is_valid(program, planned):
    nests, strides, groups, replaced = planned
    compiler.verify(program)
    verify_nests(nests, program)
    verify_layout(nests, strides)
    verify_groups(groups, nests)
    verify_replacements(groups, nests, program, replaced)
    assert len(replaced) == 2 and len(groups) > 3


# ---------------------------------------------------------------------------------------------------------------------------- programs
def changed(program, k, **fields):
    return replace(program, steps=[replace(s, **fields) if j == k else s for j, s in enumerate(program.steps)])


@pytest.mark.parametrize("fields, message", [
    ({"dtype": torch.int32}, "must be"), ({"shape": torch.Size([6, 4])}, "must be"), ({"compute": torch.int64}, "must be"),
    ({"inputs": (0, 2)}, "refuses its inputs|must be"), ({"inputs": (0, 99)}, "reads slot %99, which is empty"), ({"output": 1}, "which is not free"),
    ({"overwrite": True, "release": ()}, "overwrites a value that is still needed")])
def test_programs(program, fields, message):
    with pytest.raises(Invalid, match=message):
        compiler.verify(changed(program, 0, **fields))


def test_a_leaf_that_others_hold_is_not_overwritten(program):
    x, y = torch.zeros(50), torch.ones(2)
    torch.run_pending()
    made = captured(lambda: x[3:5].add_(y))
    assert any(s.overwrite for s in made.steps)
    with pytest.raises(Invalid, match="which others hold"):
        compiler.verify(replace(made, spare=(False,) * made.leaves))
    at = next(k for k, s in enumerate(program.steps) if not s.op.overwrites and len(set(s.inputs)) > 1 and s.inputs[0] in s.release)
    with pytest.raises(Invalid, match="which its page cannot"):
        compiler.verify(changed(program, at, overwrite=True))


# ------------------------------------------------------------------------------------------------------------------------------- nests
def test_a_nest_that_reads_what_is_not_made(nests, program):
    nests.items.remove(nest_of(nests, lambda n: any(n.slot in m.body.slots for m in nests.items if isinstance(m, Nest))))
    with pytest.raises(Invalid, match="which is empty"):
        verify_nests(nests, program)


def test_a_value_made_twice_or_never(nests, program):
    nests.items.append(nests.items[-1])
    with pytest.raises(Invalid, match="which is not free"):
        verify_nests(nests, program)
    del nests.items[-1]
    nests.results = (*nests.results, nests.fresh)
    with pytest.raises(Invalid, match="is not computed"):
        verify_nests(nests, program)


def spoil_dtype(nests, n):
    n.dtype = torch.float64


def spoil_body(nests, n):
    n.body = nests.scalars.make("cast", torch.float64, n.body)


def spoil_sum(nests, n):
    n.body = nests.scalars._raw("add", n.body.dtype, (n.body, nests.scalars.const(1, torch.int32)))


def spoil_choice(nests, n):
    n.body = nests.scalars._raw("where", n.body.dtype, (n.body, n.body, n.body))


def spoil_comparison(nests, n):
    n.body = nests.scalars._raw("lt", torch.float32, (n.body, n.body))


def spoil_call(nests, n):
    n.body = nests.scalars._raw("call", n.body.dtype, ("exp", nests.scalars.const(1, torch.float64)))


def spoil_kind(nests, n):
    n.body = nests.scalars._raw("magic", n.body.dtype, (n.body,))


def spoil_axis(nests, n):
    n.body = nests.scalars.make("add", n.dtype, n.body, nests.scalars.make("cast", n.dtype, nests.scalars.axis(3)))


def spoil_loop(nests, n):
    n.axes = n.axes[:-1]


def spoil_shape(nests, n):
    n.shape = (*n.shape, 2)


def spoil_index(nests, n):
    n.index = (nests.scalars.scaled(n.index[0], 2), *n.index[1:])


def spoil_twice(nests, n):
    n.index = (n.index[0],) * len(n.index)


def spoil_place(nests, n):
    load = next(a for a in walk(n.body) if a.kind == "load" and a.args[1:])
    far = nests.scalars.load(load.args[0], load.dtype, (nests.scalars.add(load.args[1], nests.scalars.int(1000)), *load.args[2:]))
    n.body = nests.scalars.rewrite(n.body, lambda node, args: far if node is load else None, {})


def spoil_load(nests, n):
    load = next(a for a in walk(n.body) if a.kind == "load")
    other = nests.scalars.make("cast", load.dtype, nests.scalars.load(load.args[0], torch.float64, load.args[1:]))
    n.body = nests.scalars.rewrite(n.body, lambda node, args: other if node is load else None, {})


def spoil_rank(nests, n):
    load = next(a for a in walk(n.body) if a.kind == "load")
    other = nests.scalars.load(load.args[0], load.dtype, (*load.args[1:], nests.scalars.int(0)))
    n.body = nests.scalars.rewrite(n.body, lambda node, args: other if node is load else None, {})


def spoil_reduction(nests, n):
    axis = nests.scalars.axis(4)
    n.body = nests.scalars.make("reduce", n.body.dtype, "add", (axis,), n.body)


def spoil_inner(nests, n):
    n.inner = (nests.scalars.axis(4),)


SPOILS = [value for name, value in list(globals().items()) if name.startswith("spoil_")]


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda f: f.__name__)
def test_nests(nests, program, spoil):
    verify_nests(nests, program)
    spoil(nests, nest_of(nests, lambda n: n.kind is None and len(n.axes) == 2 and n.body.dtype is torch.float32 and any(
        a.kind == "load" and a.args[1:] for a in walk(n.body))))
    with pytest.raises(Invalid):
        verify_nests(nests, program)


def test_a_slot_of_another_shape_than_its_step_makes(nests, program):
    slot = program.steps[-1].output
    nests.shapes[slot] = (7, 7)
    with pytest.raises(Invalid, match="but its step makes"):
        verify_nests(nests, program)


@pytest.mark.parametrize("steps", [(5, 2), (1, 1), (0, 1), (-5, 1)])
def test_layouts(planned, steps):
    nests, strides, _, _ = planned
    slot = next(s for s, shape in nests.shapes.items() if shape == (6, 5) and s in strides)
    with pytest.raises(Invalid, match="has strides"):
        verify_layout(nests, strides | {slot: steps})
    leaf = next(s for s in range(nests.leaves) if len(nests.shapes[s]) == 2)
    with pytest.raises(Invalid, match="seen outside"):
        verify_layout(nests, strides | {leaf: (1, nests.shapes[leaf][0])})


# ------------------------------------------------------------------------------------------------------------------------------ groups
def test_groups_in_another_order(planned):
    nests, _, groups, _ = planned
    refused = 0
    for k, a in enumerate(groups):
        for j in range(k + 1, len(groups)):
            b = groups[j]
            swapped = [*groups[:k], b, *groups[k + 1:j], a, *groups[j + 1:]]
            if b.before >> a.number & 1 or any(g.before >> a.number & 1 or b.before >> g.number & 1 for g in groups[k + 1:j]):
                refused += 1
                with pytest.raises(Invalid, match="before"):
                    verify_groups(swapped, nests)
            else:
                verify_groups(swapped, nests)
    assert refused > 3


def test_members_in_another_order(planned):
    nests, _, groups, _ = planned
    group = next(g for g in groups if len(g.members) > 1 and any(set(m.body.slots) & g.slots for m in g.members))
    group.members.reverse()
    with pytest.raises(Invalid, match="before it is made"):
        verify_groups(groups, nests)


def test_groups_that_lack_or_share_something(planned):
    nests, _, groups, _ = planned
    with pytest.raises(Invalid, match="before it is made|made by none|waits for"):
        verify_groups(groups[1:], nests)
    with pytest.raises(Invalid, match="made by none"):
        verify_groups(groups[:-1], nests)
    with pytest.raises(Invalid, match="made twice"):
        verify_groups([*groups, groups[-1]], nests)
    groups[0].reads = groups[0].reads | {99}
    with pytest.raises(Invalid, match="it says that it makes"):
        verify_groups(groups, nests)


def test_a_map_that_reads_beside_the_place_it_makes(planned):
    nests, _, groups, _ = planned
    scalars = nests.scalars
    a, b = scalars.axis(5), scalars.axis(5)
    first = Nest(nests.new_slot((5,), torch.float32), (a,), scalars.load(2, torch.float32, (a,)), torch.float32, (5,), (a,))
    there = scalars.make("sub", torch.int64, scalars.int(4), b)
    second = Nest(nests.new_slot((5,), torch.float32), (b,), scalars.load(first.slot, torch.float32, (there,)), torch.float32, (5,), (b,))
    group = type(groups[0])("map", [first, second], (5,), 0, slots={first.slot, second.slot}, reads={2})
    nests.items = [first, second]
    with pytest.raises(Invalid, match="at another place"):
        verify_groups([group], nests)


# ------------------------------------------------------------------------------------------------------------------------------ memory
def test_replacements(program, planned):
    nests, _, groups, replaced = planned
    slot, leaf = next((s, k) for s, k in replaced.items() if nests.shapes[s] == (8, 5))
    other = next(k for k in range(program.leaves) if nests.shapes[k] == (5,))
    for wrong, message in (({slot: other}, "another shape or dtype"), ({slot: leaf, max(replaced): leaf, min(replaced): leaf}, "over one leaf")):
        with pytest.raises(Invalid, match=message):
            verify_replacements(groups, nests, program, wrong)
    with pytest.raises(Invalid, match="which others hold"):
        verify_replacements(groups, nests, replace(program, spare=(False,) * program.leaves), replaced)
    writer = next(g for g in groups if slot in g.slots)
    with pytest.raises(Invalid, match="is read after"):
        verify_replacements([writer, *[g for g in groups if g is not writer]], nests, program, {slot: leaf})


def test_a_leaf_is_not_written_over_while_a_step_may_fail(program, planned):
    nests, _, groups, replaced = planned
    risky = next(g for g in groups if g.kind == "call" and may_fail(g.anchor.step))
    with pytest.raises(Invalid, match="while a step that may fail is to come"):
        verify_replacements([*[g for g in groups if g is not risky], risky], nests, program,
                            {s: k for s, k in replaced.items() if k not in risky.reads})


def test_a_leaf_that_is_read_elsewhere_is_not_written_over(program, planned):
    nests, _, groups, replaced = planned
    slot, leaf = next(iter(replaced.items()))
    nest = next(m for g in groups for m in g.members if m.slot == slot)
    load = next(a for a in walk(nest.body) if a.kind == "load" and a.args[0] == leaf)
    scalars = nests.scalars
    last = load.args[-1]
    back = scalars.make("sub", torch.int64, scalars.int(last.bounds[1]), last)
    moved = scalars.load(leaf, load.dtype, (*load.args[1:-1], back))
    nest.body = scalars.rewrite(nest.body, lambda node, args: moved if node is load else None, {})
    with pytest.raises(Invalid, match="is read at other places"):
        verify_replacements(groups, nests, program, replaced)


def test_memory_of_temporaries():
    sizes, lives = {1: 100, 2: 64, 3: 200, 4: 10}, {1: (0, 2), 2: (1, 3), 3: (3, 4), 4: (0, 4)}
    offsets, total = arena(sizes, lives)
    verify_arena(offsets, sizes, lives, total, ALIGN)
    for wrong, message in ((offsets | {2: offsets[1]}, "overlap"), (offsets | {4: offsets[3]}, "overlap"), (offsets | {1: offsets[1] + 8}, "aligned"),
                           (offsets | {3: total}, "of .* bytes"), (offsets | {3: -ALIGN}, "of .* bytes")):
        with pytest.raises(Invalid, match=message):
            verify_arena(wrong, sizes, lives, total, ALIGN)
    apart = {1: 0, 3: 0, 2: 256, 4: 320}
    verify_arena(apart, sizes, lives, 384, ALIGN)           # 1 and 3 never live together


def test_an_update_after_a_kernel_of_its_own_is_valid():
    """The optimizer's update of a convolution's weights follows the kernel that makes their gradient."""
    x, w, g = torch.rand(2, 3, 6, 6), torch.rand(4, 3, 3, 3), torch.rand(2, 4, 4, 4)
    torch.run_pending()
    program = captured(lambda: w - 0.1 * torch.nn.grad.conv2d_weight(x, (4, 3, 3, 3), g))
    nests = inline(read(program, HAS))
    groups = gather(nests, lay_out(nests, wants))
    replaced = replacements(nests, groups, program)
    assert replaced and any(g.kind == "anchor" for g in groups)
    verify_replacements(in_order(groups), nests, program, replaced)
