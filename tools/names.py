"""Writes flambeau/ops/names.py: which module of flambeau/ops has which public function.

    python tools/names.py           write it anew, after a module or a name was added
    python tools/names.py --check   say what is out of date, and exit with 1

Modules load when one of their names is first used, so `import flambeau` needs the table without reading them.
"""
from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

OPS = Path(__file__).resolve().parent.parent / "flambeau" / "ops"
INTERNAL = {"__init__", "methods", "names", "accumulate", "common", "pointwise", "ranges"}

HEAD = '''"""Which module of this folder has which public function. Written by tools/names.py from the modules' `__all__`: do not edit."""

FUNCTIONS = {
'''


def public_names(file: Path) -> list[str]:
    """The module's `__all__`, read without importing it."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            return sorted(ast.literal_eval(node.value))
    return []


def table() -> str:
    """The text of names.py. ValueError for a name that two modules claim."""
    lines, owner = [HEAD.rstrip("\n")], {}
    for file in sorted(OPS.glob("*.py")):
        names = [] if file.stem in INTERNAL else public_names(file)
        for name in names:
            if owner.setdefault(name, file.stem) != file.stem:
                raise ValueError(f"{name} is in the __all__ of {owner[name]} and of {file.stem}")
        if names:
            wrapped = textwrap.wrap(" ".join(names), 140)
            lines.append(f'    "{file.stem}":')
            lines.extend(f'        "{part} "' for part in wrapped[:-1])
            lines.append(f'        "{wrapped[-1]}",')
    return "\n".join([*lines, "}", ""])


def main() -> int:
    """Write the table, or check it."""
    target = OPS / "names.py"
    text = table()
    if "--check" in sys.argv:
        if target.read_text(encoding="utf-8") != text:
            print("flambeau/ops/names.py is out of date: run python tools/names.py", file=sys.stderr)
            return 1
        return 0
    part = target.with_suffix(".py.part")
    part.write_text(text, encoding="utf-8")
    part.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
