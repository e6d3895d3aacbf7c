"""Random graphs as the programs that the runtime makes of them, and these programs run by a backend in every way that must not matter.

A program is compiled as it was recorded, or with other results alive and other leaves spare (so that more is fused, dropped and written in place);
with the sizes at which the compiler cuts loops, rows and sums, or with small ones; with LLVM's usual code generator, or its plain one (it is the
quicker by far, and shows other faults of the same IR). Its results must be the reference's up to rounding, the same bits on any number of
threads, and again the reference's for other values of its leaves; leaves that others hold must not change.
"""
from __future__ import annotations

import contextlib
import random
import traceback
from dataclasses import dataclass, replace

import numpy as np

import flambeau as torch
from flambeau import backends, compiler
from flambeau.backends.llvm import columns, driver, host, jit, loops
from flambeau.backends.llvm.cache import Store
from flambeau.compiler import group
from flambeau.compiler.verify import Invalid

from .comparing import differences
from .graphs import Graph
from .operations import step

REFUSED = (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError)        # what the random arguments of an operation may run into
SMALL = {(loops, "CHUNK"): 8, (columns, "BLOCK"): 3, (group, "SPLIT"): 24, (group, "ROW"): 20, (driver, "SERIAL"): 0.0, (driver, "SHARE"): 1e-3,
         (driver, "FORK"): 1e-3}
THREADS = {(driver, "SERIAL"): 0.0, (driver, "SHARE"): 1e-3, (driver, "FORK"): 1e-3}


@dataclass
class Captured:
    """A program as the runtime had it, with what its leaves held; or what went wrong when it was recorded."""

    program: compiler.Program
    buffers: list[np.ndarray]
    failure: str = ""


def programs(seed: int, steps: int) -> list[Captured]:
    """The programs that a random graph becomes."""
    found: list[Captured] = []
    original = compiler.compile

    def watching(leaves, *arguments):
        program = original(leaves, *arguments)
        found.append(Captured(program, [np.array(leaf.buffer) for leaf in leaves]))
        return program
    torch.run_pending()
    g = Graph(seed)
    compiler.compile = watching
    try:
        g.pool = [g.fresh() for _ in range(4)]
        for action in [lambda: step(g)] * steps + [torch.run_pending]:
            try:
                action()
            except Exception as failure:            # nobody refuses arguments in another way
                if isinstance(failure, Invalid) or not isinstance(failure, REFUSED):
                    found.append(Captured(compiler.Program(0, 0, [], []), [], traceback.format_exc()))
    finally:
        compiler.compile = original
    return found


@contextlib.contextmanager
def constants(values: dict):
    """Other values of modules' constants, for a with block."""
    before = {key: getattr(*key) for key in values}
    for (module, name), value in values.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for (module, name), value in before.items():
            setattr(module, name, value)


_NOWHERE = Store(None, 0)
_kernels: dict[tuple, dict] = {}            # addresses of kernels, for each way of making them: their descriptions do not tell


@contextlib.contextmanager
def manner(small: bool, plain: bool):
    """With small sizes, or with LLVM's plain code generator."""
    driver.native()                         # the driver is made as ever
    usual = dict(jit._addresses)
    jit._addresses.update(_kernels.get((small, plain), {}))
    generator, store = jit._generator, jit._store
    jit._store = lambda: _NOWHERE           # nobody else must get what is made here
    if plain:
        jit._generator = _plain_generator
    try:
        with constants(SMALL if small else THREADS):
            yield
    finally:
        _kernels[small, plain] = {key: value for key, value in jit._addresses.items() if key not in usual}
        jit._addresses.clear()
        jit._addresses.update(usual)
        jit._generator, jit._store = generator, store


def _plain_generator(machine):
    """LLVM's code generator without optimisation."""
    made = _plain.get(machine)
    if made is None:
        class Target:
            """A target whose machines do not optimise."""

            def create_target_machine(self, **options):
                return usual(machine.triple).create_target_machine(**options | {"opt": 0})
        usual, host._target = host._target, lambda triple: Target()
        try:
            made = _plain[machine] = host.target_machine(machine)
        finally:
            host._target = usual
    return made


_plain: dict = {}


def relived(program: compiler.Program, choose: random.Random) -> compiler.Program:
    """The same steps with only some results wanted, and other leaves spare."""
    share = choose.choice((0.1, 0.3, 0.6))
    kept = [r for r in program.results if choose.random() < share] or [choose.choice(program.results)]
    spare = tuple(choose.random() < 0.5 for _ in range(program.leaves))
    bare = replace(program, results=kept, steps=[replace(s, release=(), overwrite=False) for s in program.steps])
    return compiler.verify(compiler.plan(compiler.simplify(bare), spare))


def other_values(buffers, noise: np.random.Generator) -> list[np.ndarray]:
    """Leaves with other floating numbers; integers may be indices, and stay."""
    made = []
    for b in buffers:
        if str(b.dtype) in ("float16", "float32", "float64", "bfloat16"):
            b = (noise.permutation(b.reshape(-1)).reshape(b.shape).astype(np.float64) * 0.75 + noise.normal(size=b.shape)).astype(b.dtype)
        made.append(b)
    return made


def problems_of(program: compiler.Program, buffers, backend: str, choose: random.Random) -> list[str]:
    """What is wrong when `backend` runs the program."""
    execute = backends.get(backend).prepare(program)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        given = [np.array(b) for b in buffers]
        held = [None if program.spare[k] else b for k, b in enumerate(given)]
        found = execute(given)
        problems = [f"leaf %{k} was changed" for k, b in enumerate(held) if b is not None and b.tobytes() != buffers[k].tobytes()]
        problems += differences(program, buffers, found)
        torch.set_num_threads(choose.choice((2, 3, 4)))
        again = execute([np.array(b) for b in buffers])
        for (_, slot), a, b in zip(program.results, found, again, strict=True):
            if _bits(a) != _bits(b):
                problems.append(f"slot %{slot}: other bits on {torch.get_num_threads()} threads")
        if choose.random() < 0.3 and not problems:
            changed = other_values(buffers, np.random.default_rng(choose.randrange(1 << 30)))
            problems += [f"with other values, {text}" for text in differences(program, changed, execute([np.array(b) for b in changed]))]
    finally:
        torch.set_num_threads(threads)
    return problems


def _bits(result) -> bytes:
    return b"".join(np.asarray(a).tobytes() for a in (result if isinstance(result, tuple) else (result,)))


def check(seed: int, backend: str, plain: bool | None = None) -> list[tuple[Captured, list[str]]]:
    """The programs of a random graph that are wrong. plain: LLVM's plain code generator (by default for three seeds of four)."""
    result = []
    for k, captured in enumerate(programs(seed, random.Random(seed).randint(5, 50))):
        choose = random.Random(f"{seed} {k}")
        if captured.failure:
            result.append((captured, [captured.failure]))
        if not captured.program.results:
            continue
        if choose.random() < 0.7:
            captured = replace(captured, program=relived(captured.program, choose))
        try:
            with manner(choose.random() < 0.5, seed % 4 != 0 if plain is None else plain):
                problems = problems_of(captured.program, captured.buffers, backend, choose)
        except Exception:
            problems = [traceback.format_exc()]
        if problems:
            result.append((captured, problems))
    return result
