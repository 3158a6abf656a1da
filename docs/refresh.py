"""Run every `$ banimpact ...` in the documentation and put its real output below it.

python docs/refresh.py          rewrite the pages
python docs/refresh.py --check  say which pages are not what the commands print
"""

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
WIDTH = 110


def output(command: str) -> str:
    """Return what one command prints, standard error after standard output."""
    from analyzer.cli import banimpact
    from analyzer.core.errors import AnalyzerError

    words = shlex.split(command, comments=True)[1:]
    result = CliRunner(env={"COLUMNS": str(WIDTH)}).invoke(banimpact, words)
    if isinstance(result.exception, AnalyzerError):
        return f"banimpact: {result.exception}\n"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    lines = [line.rstrip() for line in (result.stdout + result.stderr).splitlines()]
    return "\n".join(line for line in lines if line.strip()) + "\n"


def refreshed(text: str) -> str:
    """Return a page with the output of every command brought up to date."""

    def block(match: re.Match[str]) -> str:
        commands = [line for line in match.group(1).splitlines() if line.startswith("$ ")]
        if not all(c.startswith("$ banimpact ") for c in commands):
            return match.group(0)
        parts = "".join(f"{c}\n{output(c[2:])}" for c in commands)
        return f"```console\n{parts}```"

    return _BLOCK.sub(block, text)


def stale() -> Iterator[Path]:
    """Yield the pages that do not show what the commands print."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if refreshed(text) != text:
            yield page


def main() -> None:
    """Refresh or check the pages."""
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as home:
        os.environ["BANIMPACT_HOME"] = home
        if "--check" in sys.argv:
            found = [page.relative_to(ROOT).as_posix() for page in stale()]
            sys.exit(f"out of date: {', '.join(found)}" if found else 0)
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            page.write_text(refreshed(text), encoding="utf-8")


if __name__ == "__main__":
    main()
