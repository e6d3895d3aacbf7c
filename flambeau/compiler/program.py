"""What a compiled structure is: numbered slots, and steps that fill them."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..core.op import Op
from ..core.watch import Line


@dataclass(slots=True)
class Step:
    """One operator: reads the slots `inputs`, fills the slot `output`, after which the slots `release` are dead.

    `overwrite`: the first input dies here, so its memory may take the result. `line`: where in the user's program it was recorded.
    """

    op: Op
    inputs: tuple[int, ...]
    output: int
    shape: Any
    dtype: Any
    compute: Any
    release: tuple[int, ...] = ()
    overwrite: bool = False
    line: Line | None = None


@dataclass(slots=True)
class Program:
    """Slots 0 … leaves-1 hold the leaves; `steps` run in order; `results` lists (index of the recorded node, slot)."""

    leaves: int
    slots: int
    steps: list[Step]
    results: list[tuple[int, int]]
    types: list[tuple[Any, Any]] = field(default_factory=list)      # (shape, dtype) of each leaf
    spare: tuple[bool, ...] = ()                                    # whether a leaf is used by nobody after this program
    numbers: tuple[type | None, ...] = ()                           # of each leaf the type of the Python number that it is (they rank low), if one

    def __str__(self) -> str:
        lines = [f"program: {self.leaves} leaves, {len(self.steps)} steps"]
        for s in self.steps:
            freed = f"  frees {', '.join(f'%{r}' for r in s.release)}" if s.release else ""
            lines.append(f"  %{s.output} = {s.op!r}({', '.join(f'%{i}' for i in s.inputs)}) : {s.dtype} {s.shape}{freed}")
        return "\n".join([*lines, "  results " + ", ".join(f"%{slot}" for _, slot in self.results)])
