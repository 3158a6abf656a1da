"""Options that several commands share, and the one place that reads the clock."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analyzer.core.dialect import DATES, DECIMALS, DELIMITERS, ENCODINGS

if TYPE_CHECKING:
    from analyzer.exposure import Question

Command = TypeVar("Command", bound=Callable[..., Any])

AS_OF = click.option(
    "--as-of",
    metavar="DATE",
    help="Date or instant of the law, e.g. 2021-03-16 or 2021-05-25T15:59 (New York). "
    "Default: today.",
)
KNOWN = click.option(
    "--known", metavar="DATE", help="Use only what was public by then. Default: the as-of date."
)
HOLDER = click.option(
    "--holder", metavar="WORD", help="Who holds: us-person (assumed), eu-person, uk-person, ..."
)
RULINGS = click.option(
    "--without-rulings", is_flag=True, help="Leave out court rulings and all that follows them."
)
READING = click.option(
    "--reading",
    type=click.Choice(["strict", "lenient"]),
    help="Decide the open questions one way; without it they answer review.",
)
FORMATS = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    help="Default: table on a terminal, json otherwise.",
)


_DIALECT = (
    click.option(
        "--map",
        "maps",
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Read FIELD from COLUMN; repeatable.",
    ),
    click.option("--encoding", type=click.Choice(ENCODINGS), help="Of text files; else found."),
    click.option(
        "--delimiter", type=click.Choice(tuple(DELIMITERS)), help="What parts cells; else found."
    ),
    click.option("--sheet", metavar="NAME", help="Worksheet to read; else those with holdings."),
    click.option(
        "--decimal", type=click.Choice(tuple(DECIMALS)), help="Decimal mark; else by the numbers."
    ),
    click.option(
        "--header-row",
        type=click.IntRange(min=1),
        metavar="ROW",
        help="Row of the headings, from 1; else found.",
    ),
    click.option(
        "--dates", type=click.Choice(tuple(DATES)), help="Order of 03/04/2021; else by the dates."
    ),
)


def holdings_options(command: Command) -> Command:
    """Add the options that say how holdings files are read, the same for every command."""
    for option in reversed(_DIALECT):
        command = option(command)
    return command


def read_as(options: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what `holdings_options` say: field to column, and the dialect in words."""
    words = ("encoding", "delimiter", "sheet", "decimal", "header_row", "dates")
    dialect = {name: str(options[name]) for name in words if options[name]}
    return pairs(options["maps"], "--map"), dialect


def now() -> datetime:
    """Return the present instant, New York time; the library itself never reads the clock."""
    from analyzer.core.asof import NEW_YORK

    return datetime.now(NEW_YORK)


def today() -> str:
    """Return the New York day."""
    return now().date().isoformat()


def question_of(
    as_of: str | None,
    known: str | None,
    holder: str | None,
    without_rulings: bool = False,
    base: str | None = None,
    reading: str | None = None,
) -> "Question":
    """Build a question from options."""
    from analyzer.core.asof import AsOf
    from analyzer.exposure import Question

    return Question(
        AsOf.of(as_of or today(), known),
        holder or "us-person",
        holder is None,
        base,
        without_rulings,
        reading or "",
    )


def pairs(values: tuple[str, ...], option: str) -> dict[str, str]:
    """Read repeated `KEY=VALUE` options.

    Raises
    ------
    click.BadParameter
        For a value without an equals sign.
    """
    found = {}
    for value in values:
        key, equals, rest = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not KEY=VALUE", param_hint=option)
        found[key] = rest
    return found


def chosen_format(form: str | None) -> str:
    """Return the format asked for, or the one that suits where the output goes."""
    return form or ("table" if sys.stdout.isatty() else "json")


def say(text: str) -> None:
    """Print to standard error: everything that is not the data asked for."""
    click.echo(text, err=True)


def print_table(renderable: Any) -> None:
    """Print a terminal table to standard output."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=int(os.environ.get("COLUMNS", "160")))
    console.print(renderable)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON document to standard output."""
    from analyzer.report.contract import dumps

    click.echo(dumps(value))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step, so that a reader never sees half of it.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    from analyzer.core.errors import InputError

    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def day_of(text: str | None, option: str) -> date | None:
    """Read a date option.

    Raises
    ------
    QueryError
        For a text that is no date.
    """
    from analyzer.core.errors import QueryError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise QueryError(f"{option}: {text!r} is not a date (2021-05-25)") from None


def print_rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text under headings."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in heads:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    print_table(table)
