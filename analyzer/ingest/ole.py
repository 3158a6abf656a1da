"""XLS workbooks read in a process of their own, with a limit on its memory.

A damaged BIFF file can make any reader reserve gigabytes and abort; here only the child dies.
The module is also the child's script, so it imports nothing of this package.
"""

import contextlib
import io
import json
import subprocess
import sys
from datetime import date, datetime, time
from typing import Any

import python_calamine

MEMORY = 3 << 30
SECONDS = 120


def plain(number: str) -> str:
    """Return the text of a stored number so that its point never reads as grouping thousands."""
    return f"{number}0" if number.isascii() and number[-4:-3] == "." else number


def cell_text(cell: Any) -> str:
    """Return a typed cell as the text a CSV would print: ISO dates, numbers without ``.0``."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else plain(repr(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def sheets_of(data: bytes) -> list[tuple[str, list[list[str]]]]:
    """Return name and cells of every worksheet of a workbook."""
    book = python_calamine.load_workbook(io.BytesIO(data))
    return [
        (
            name,
            [
                [cell_text(c) for c in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ],
        )
        for name in book.sheet_names
    ]


def sheets_apart(data: bytes) -> list[tuple[str, list[list[str]]]]:
    """Return the same, read by a child process.

    Raises
    ------
    ValueError
        When the child failed, ran out of memory or took too long.
    """
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and script, no shell)
            [sys.executable, "-I", __file__],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise ValueError("it takes too long to read") from exc
    if done.returncode != 0:
        raise ValueError("it is damaged or protected by a password")
    return [(name, rows) for name, rows in json.loads(done.stdout)]


def main() -> None:
    """Read a workbook from standard input and print its sheets as JSON."""
    with contextlib.suppress(ImportError):  # the limit exists on POSIX only
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(sheets_of(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
