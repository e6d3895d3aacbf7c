"""Contraction kernels against NumPy: sizes, strides, types, epilogues, machines, threads; and that they touch no memory but their own."""
from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="the compiled backend is not installed")

from flambeau.backends.llvm import gemm, gemm_plan  # noqa: E402
from flambeau.backends.llvm.gemm import Contraction, contraction, estimate  # noqa: E402
from flambeau.backends.llvm.kernel import Operand, Slot  # noqa: E402

from .gemm_cases import DTYPES, HOST, MACHINES, Case, Finish, guarded  # noqa: E402

LAST = {"N": None, "T": (1, 0)}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("finish", ["store", "bias", "update"])
@pytest.mark.parametrize("pattern", ["NN", "NT", "TN", "TT"])
def test_matrices_of_any_order(pattern, finish, machine):
    for m, n, k in ((37, 83, 29), (20, 7, 130)):
        case = Case(m=m, n=n, k=k, order_a=LAST[pattern[0]], order_b=LAST[pattern[1]], finish=finish, transposed=finish == "update", machine=machine)
        case.check(case.run(case.compile(), 2))


@pytest.mark.parametrize("pattern, machine", [("NN", "host"), ("NT", "host"), ("TN", "host"), ("TN", "avx2")])
def test_every_way_to_cut_the_work(pattern, machine, monkeypatch):
    """One plan of each kind: panel by panel and strip by strip, with each side read where it lies or copied."""
    case = Case((), 203, 83, 70, order_a=LAST[pattern[0]], order_b=LAST[pattern[1]], finish="update", machine=machine)
    kinds: dict = {}

    def note(spec, epilogue, machine):
        for plan in gemm_plan.candidates(spec, epilogue, machine):
            kinds.setdefault((plan.lanes_on_m, plan.lanes_from, plan.rows_from, plan.strips is not None), plan)
        return next(iter(kinds.values()))

    monkeypatch.setattr(gemm, "choose", note)
    case.compile()
    assert any(strips for *_, strips in kinds)
    if pattern == "TN" and machine == "host":
        assert any(rows == "own" for _, _, rows, _ in kinds)
    results = []
    for plan in kinds.values():
        monkeypatch.setattr(gemm, "choose", lambda *_, plan=plan: plan)
        out = case.run(case.compile(), 3)
        case.check(out)
        results.append(out.tobytes())
    assert len(set(results)) == 1               # the cut changes no bit


@pytest.mark.parametrize("size", [(0, 5, 3), (5, 0, 3), (5, 3, 0), (1, 1, 0), (1, 1, 1), (1, 1, 1000), (1, 70, 33), (70, 1, 33), (33, 70, 1), (2, 3, 5)])
def test_sizes_of_none_and_one(size):
    for finish in ("store", "bias"):
        case = Case((), *size, finish=finish)
        case.check(case.run(case.compile(), 2))
        case = Case((2,), *size, order_a=(0, 2, 1), order_b=(2, 1, 0), finish=finish)
        case.check(case.run(case.compile(), 3))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("types", [("float",) * 3, ("bfloat", "bfloat", "float"), ("double",) * 3], ids=lambda t: t[0])
def test_more_than_one_pass_over_k(types, machine):
    for finish, order in (("update", None), ("bias", (1, 0))):
        case = Case(m=61, n=70, k=4999, order_a=order, order_b=(1, 0), types=types, finish=finish, machine=machine)
        case.check(case.run(case.compile(), 3))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("types", [("double", "double", "double"), ("half", "half", "float"), ("bfloat", "bfloat", "float"), ("bfloat", "float", "float"),
                                   ("half", "bfloat", "float"), ("i8", "i8", "i8"), ("i16", "i16", "i16"), ("i32", "i32", "i32"), ("i64", "i64", "i64"),
                                   ("i8", "i16", "i64"), ("i64", "i32", "i8")], ids="-".join)
def test_types(types, machine):
    if machine == "sse" and "half" in types:
        types = tuple("bfloat" if t == "half" else t for t in types)        # halves need F16C: without it LLVM calls a library
    for order in (None, (0, 2, 1)):
        for k in (18, 35):
            case = Case((2,), 19, 41, k, order_a=order, order_b=order, types=types, machine=machine)
            case.check(case.run(case.compile(), 2))


def test_every_number_of_threads_gives_the_same_bits():
    for case in (Case(m=64, n=200, k=100, order_b=(1, 0), finish="update"), Case((3,), 40, 48, 33), Case(m=1, n=300, k=77, finish="bias"),
                 Case(m=300, n=64, k=3000, order_a=(1, 0)), Case(m=40, n=70, k=65, types=("bfloat", "bfloat", "float"), order_a=(1, 0))):
        compiled = case.compile()
        one = case.run(compiled, 1)
        case.check(one)
        for threads in (2, 3, 5, 64):
            assert case.run(compiled, threads).tobytes() == one.tobytes(), (case, threads)


def test_long_epilogues_stand_once_in_the_code():
    for machine in MACHINES:
        case = Case(m=45, n=75, k=21, finish="bias", long=True, machine=machine)
        case.check(case.run(case.compile(), 2))


def random_case(draw: random.Random) -> Case:
    """Anything."""
    sizes = [1, 2, 3, 4, 5, 7, 10, 13, 16, 17, 31, 32, 33, 48, 64, 65, 97]
    batch = draw.choice([(), (), (3,), (2, 3)])
    axes = list(range(len(batch) + 2))

    def order():
        turned = axes[:-2] + axes[:-3:-1] if draw.random() < .5 else list(axes)
        if draw.random() < .2:
            draw.shuffle(turned)
        return tuple(turned)

    def repeat():
        return tuple(axis for axis in axes if draw.random() < (.3 if axis < len(batch) else .04))

    types = draw.choice([("float",) * 3] * 4 + [("double",) * 3, ("bfloat", "bfloat", "float"), ("i32",) * 3])
    return Case(batch, draw.choice(sizes), draw.choice(sizes), draw.choice(sizes), order(), order(), repeat(), repeat(), draw.choice([1, 1, 1, 3]), types,
                draw.choice(["store", "bias", "update"]) if types[2][0] != "i" else "store", draw.random() < .3, draw.random() < .2,
                draw.choice(sorted(MACHINES)))


@pytest.mark.parametrize("seed", range(4))
def test_anything(seed):
    draw = random.Random(seed)
    for _ in range(25):
        case = random_case(draw)
        case.check(case.run(case.compile(), draw.choice([1, 2, 3, 5])))


def touch_guarded_memory(count: int) -> None:
    """Runs cases whose arrays are walled in on either side: what reads or writes outside dies (called in a process of its own)."""
    draw, walls = random.Random(99), []
    for _ in range(count):
        case = random_case(draw)
        compiled = case.compile()
        for at_end in (False, True):
            a, b, out = (guarded(x, at_end, walls) for x in (case.a, case.b, case.fresh()))
            case.check(case.run(compiled, 2, a, b, out))


@pytest.mark.skipif(sys.platform == "win32", reason="mprotect")
def test_no_memory_outside_is_touched():
    code = "from tests.backends.llvm.test_gemm import touch_guarded_memory as touch; touch(40)"
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_kernels_say_what_they_depend_on():
    def of(**changes):
        a, b = Operand(Slot(0), (8, 9), (9, 1), "float"), Operand(Slot(1), (9, 33), (33, 1), "float")
        spec = Contraction((), 8, 33, 9, a, b, "float")
        return contraction(replace(spec, **changes), Finish((33, 1), "float", 1), HOST)

    one, same = of(), of(a=Operand(Slot(5), (8, 9), (9, 1), "float"))
    assert [kernel.description for kernel in one] == [kernel.description for kernel in same]
    for other in (of(a=Operand(Slot(0), (8, 9), (10, 1), "float")), of(a=Operand(Slot(0), (8, 9), (9, 1), "float", 3)), of(a=Operand(Slot(0), (8, 9), (9, 1), "half")),
                  of(k=8), of(m=7)):
        assert other[-1].description != one[-1].description


def test_estimates_grow_with_the_work():
    def nanoseconds(n):
        a, b = Operand(Slot(0), (n, n), (n, 1), "float"), Operand(Slot(1), (n, n), (n, 1), "float")
        return estimate(Contraction((), n, n, n, a, b, "float"), Finish((n, 1), "float", 1), HOST)

    figures = [nanoseconds(n) for n in (0, 1, 16, 64, 256)]
    assert figures == sorted(figures) and figures[0] == 0 and 300_000 > figures[-1] > 30_000 * 16 / HOST.width("float")
    assert set(DTYPES) >= {"float", "double"} and np.isfinite(figures).all()
