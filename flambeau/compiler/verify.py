"""Verify: what a valid program is, as a statement that runs. Nests and groups, which programs become, are checked by verify_nests and verify_groups.

That a slot is read only while it is full costs next to nothing, and is looked at in every program. The rest is looked at where FLAMBEAU_VERIFY
asks for it, as in the tests: after each pass, that every step has the shape and the dtypes that its page's rules give.
"""
from __future__ import annotations

from types import SimpleNamespace

from ..core import dtype as dt
from ..core import settings
from ..core.device import CPU
from .program import Program


class Invalid(RuntimeError):
    """A pass of the compiler made something that is no valid program: flambeau's own fault."""


def verify(program: Program) -> Program:
    """`program` itself. Invalid naming the step that reads what is not there, fills a slot twice, or frees what is needed."""
    full = set(range(program.leaves))
    for k, s in enumerate(program.steps):
        for i in s.inputs:
            if i not in full:
                raise Invalid(f"invalid program: step {k} ({s.op!r}) reads slot %{i}, which is empty\n{program}")
        if s.output in full or not program.leaves <= s.output < program.slots:
            raise Invalid(f"invalid program: step {k} ({s.op!r}) fills slot %{s.output}, which is not free\n{program}")
        if not set(s.release) <= set(s.inputs):
            raise Invalid(f"invalid program: step {k} ({s.op!r}) frees a slot that it does not read\n{program}")
        if s.overwrite and (s.inputs[0] not in s.release or s.inputs[0] in s.inputs[1:]):
            raise Invalid(f"invalid program: step {k} ({s.op!r}) overwrites a value that is still needed\n{program}")
        if s.overwrite and not s.op.overwrites:
            raise Invalid(f"invalid program: step {k} ({s.op!r}) overwrites its input, which its page cannot\n{program}")
        if s.overwrite and s.inputs[0] < program.leaves and program.spare and not program.spare[s.inputs[0]]:
            raise Invalid(f"invalid program: step {k} ({s.op!r}) overwrites the leaf %{s.inputs[0]}, which others hold\n{program}")
        full -= set(s.release)
        full.add(s.output)
    missing = [slot for _, slot in program.results if slot not in full]
    if missing:
        raise Invalid(f"invalid program: result %{missing[0]} is not computed\n{program}")
    if settings.verified():
        verify_types(program)
    return program


def checked(program: Program) -> Program:
    """`program` itself, verified where everything is to be."""
    return verify(program) if settings.verified() else program


def verify_types(program: Program) -> None:
    """Invalid naming the step whose result has another shape or dtype, or which computes in another dtype, than its page's rules give."""
    numbers = program.numbers or (None,) * len(program.types)
    metas = {k: _meta(shape, dtype, kind) for k, ((shape, dtype), kind) in enumerate(zip(program.types, numbers, strict=True))}
    for k, s in enumerate(program.steps):
        if any(i not in metas for i in s.inputs):
            return                              # a program whose leaves have no types, as tests make them
        found = s.shape, s.dtype, s.compute
        try:
            inferred = s.op.infer(*[metas[i] for i in s.inputs])
        except Exception as refusal:
            raise Invalid(f"invalid program: step {k} ({s.op!r}) refuses its inputs: {refusal}\n{program}") from refusal
        if found != inferred and not _by_another_default(found, inferred):
            raise Invalid(f"invalid program: step {k} ({s.op!r}) makes {found}, but from its inputs it must be {inferred}\n{program}")
        metas[s.output] = _meta(s.shape, s.dtype)


def _by_another_default(found, inferred) -> bool:
    """Whether only floating types differ, where the rules give the default one: it may have been another when the step was recorded."""
    return found[0] == inferred[0] and all(
        a is b or b is dt.default_dtype() and isinstance(a, dt.dtype) and a.is_floating_point for a, b in zip(found[1:], inferred[1:], strict=True))


def _meta(shape, dtype, number: type | None = None):
    """What rules look at of a value of this shape and dtype; `number`: the type of the Python number that it is."""
    return SimpleNamespace(shape=shape, dtype=dtype, number=None if number is None else number(), ndim=len(shape), numel=getattr(shape, "numel", None), device=CPU)
