"""README and docs: every ```python block runs, page by page, as a reader would run it; every relative link leads somewhere.

A page's blocks become one script that starts in an empty folder, with warnings as errors and figures drawn to memory. A block stands in the
script at the lines where it stands on the page, so a traceback names the page's own lines. ```python no-run is shown and never run.
"""
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINKED = [*PAGES, *sorted(ROOT.glob("C*.md")), *sorted((ROOT / "benchmarks").glob("*.md"))]

FENCE = re.compile(r"(?P<indent> *)(?P<mark>`{3,}|~{3,})\s*(?P<info>.*?)\s*")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
RUN, SHOWN = "python", "python no-run"
ALMOST = re.compile(r"(py|python|pycon|python3)\b", re.IGNORECASE)


def script(text: str, page: str) -> str:
    """The page's python blocks at their own line numbers, everything else blank."""
    lines, opened, start, info, block = [], None, 0, "", []
    for number, line in enumerate(text.splitlines(), 1):
        lines.append("")
        fence = FENCE.fullmatch(line)
        if opened is None:
            if fence:
                opened, start, info, block = fence, number, fence["info"], []
                if info not in (RUN, SHOWN) and ALMOST.match(info):
                    raise SyntaxError(f"{page}:{number}: a block is ```{RUN} or ```{SHOWN}, found ```{info}")
        elif fence and fence["mark"].startswith(opened["mark"]) and not fence["info"]:
            if info == RUN:
                lines[start:number - 1] = textwrap.dedent("\n".join(block)).split("\n") if block else []
            opened = None
        else:
            block.append(line)
    if opened:
        raise SyntaxError(f"{page}:{start}: a block is opened and never closed")
    return "\n".join(lines) + "\n"


def failure(page: Path, folder: Path) -> str | None:
    """Run a page in `folder`; None when all is well, else `page:line: error` and the traceback."""
    name = str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name
    program = folder / "page.py"
    program.write_text(script(page.read_text(encoding="utf-8"), name), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-W", "error", program.name],
        capture_output=True, text=True, encoding="utf-8", cwd=folder, timeout=600, stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "Agg"},
    )
    if run.returncode == 0:
        return None
    trace = run.stderr.replace(str(program), name)
    at = re.findall(rf'File "{re.escape(name)}", line (\d+)', trace)
    error = next((line for line in reversed(trace.splitlines()) if re.match(r"[\w.]+(Error|Exception|Warning|Exit|Interrupt)\b", line)), "")
    return f"{name}:{at[-1] if at else '?'}: {error or f'exit status {run.returncode}'}\n{trace}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_runs(page, tmp_path):
    if message := failure(page, tmp_path):
        pytest.fail(message, pytrace=False)


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        for target in (link["target"] for link in LINK.finditer(re.sub(r"`[^`]*`", "", line))):
            if not re.match(r"[a-z]+:|#", target):
                assert (page.parent / target.partition("#")[0]).exists(), f"{page.relative_to(ROOT)}:{number}: no such file: {target}"


class TestTheRunnerItself:
    def run(self, tmp_path, text):
        page = tmp_path / "made_up.md"
        page.write_text(textwrap.dedent(text), encoding="utf-8")
        return failure(page, tmp_path)

    def test_blocks_of_a_page_share_their_names(self, tmp_path):
        assert self.run(tmp_path, """
            ```python
            x = 20
            ```
            and, within a list,

            1. indented:
               ```python
               if x:
                   x += 1

               assert x == 21
               ```
        """) is None

    def test_a_failing_block_is_named_by_page_and_line(self, tmp_path):
        message = self.run(tmp_path, """\
            # A page
            ```python
            x = 1
            ```
            ```python

            x / 0
            ```
        """)
        assert message.startswith("made_up.md:7: ZeroDivisionError: division by zero\n")

    def test_a_syntax_error_is_named_by_page_and_line(self, tmp_path):
        assert self.run(tmp_path, "text\n```python\nx = = 1\n```\n").startswith("made_up.md:3: SyntaxError: ")

    def test_a_warning_is_an_error(self, tmp_path):
        assert self.run(tmp_path, "```python\nimport warnings\nwarnings.warn('old')\n```\n").startswith("made_up.md:3: UserWarning: old")

    def test_an_exit_is_an_error(self, tmp_path):
        assert self.run(tmp_path, "```python\nimport sys\nsys.exit(3)\n```\n").startswith("made_up.md:?: exit status 3")

    def test_other_blocks_are_left_alone(self, tmp_path):
        assert self.run(tmp_path, """
            ```python no-run
            launch_missiles()
            ```
            ```text
            >>> 1 / 0
            ```
            ~~~
            ```python
            1 / 0
            ```
            ~~~
        """) is None

    def test_a_page_starts_in_an_empty_folder(self, tmp_path):
        assert self.run(tmp_path, "```python\nopen('out.txt', 'w').close()\n```\n") is None
        assert (tmp_path / "out.txt").exists()

    @pytest.mark.parametrize("info", ["py", "Python", "python3", "python norun"])
    def test_a_block_that_would_be_skipped_by_mistake_is_refused(self, info):
        with pytest.raises(SyntaxError, match=rf"page.md:2: a block is ```python or ```python no-run, found ```{info}"):
            script(f"\n```{info}\nx\n```\n", "page.md")

    def test_an_open_block_is_refused(self):
        with pytest.raises(SyntaxError, match="page.md:1: a block is opened and never closed"):
            script("```python\nx = 1\n", "page.md")
