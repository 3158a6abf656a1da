"""The change between two editions of a list, and what it does to holdings."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.home import Home, store_options
from analyzer.cli.options import (
    HOLDER,
    chosen_format,
    day_of,
    print_json,
    print_rows,
    print_table,
    question_of,
)

if TYPE_CHECKING:
    from rich.table import Table

    from analyzer.exposure import Analysis
    from analyzer.lists import Edition, EditionDiff, RosterRow
    from analyzer.service import World


def listed(world: "World", name: str) -> None:
    """Refuse the name of a list nobody knows."""
    from analyzer.core.errors import QueryError

    if name not in world.lists.known:
        raise QueryError(f"unknown list {name!r}; known: {', '.join(sorted(world.lists.known))}")


def stored_edition(world: "World", name: str, day: date | None) -> "Edition":
    """Return an edition that is stored; the newest, if no day is given.

    Raises
    ------
    QueryError
        For an unknown list, or one that has no edition of that day.
    """
    from analyzer.core.errors import QueryError

    listed(world, name)
    held = world.lists.editions.get(name, ())
    found = next((e for e in reversed(held) if day is None or e.date == day), None)
    if found is None:
        days = ", ".join(e.date.isoformat() for e in held) or "none"
        raise QueryError(f"{name} has no edition {f'of {day} ' if day else ''}(stored: {days})")
    return found


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--portfolio",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holdings file: show which lines the change touches; repeatable.",
)
@HOLDER
@store_options
@click.option("--format", "form", type=click.Choice(["table", "json"]))
def diff(
    first: str,
    second: str,
    files: tuple[Path, ...],
    holder: str | None,
    store_path: Path | None,
    no_store: bool,
    form: str | None,
) -> None:
    """Compare two editions, each LIST@DATE, LIST (its newest) or a published file."""
    from analyzer.lists import diff_editions

    home = Home.to_read(store_path, no_store)
    with _both(home, first, second) as (world, a, b):
        found = diff_editions(a, b)
        impact = impact_rows(world, a, b, found, files, holder) if files else None
    if chosen_format(form) == "json":
        body = {
            "schema": "banimpact/lists-diff/v1",
            "from": _edition_json(a),
            "to": _edition_json(b),
            **_diff_json(found),
        }
        print_json(body if impact is None else {**body, "impact": impact})
        return
    click.echo(f"{a.list_id} {a.date} -> {b.list_id} {b.date}")
    rows = [
        (sign, r.entity, r.name_as_published, r.listed.isoformat()) for sign, r in _signed(found)
    ]
    print_rows(("", "Entity", "Name as published", "Listed"), rows)
    if impact is not None:
        print_table(impact_table(impact, str(a.date), str(b.date)))


def _signed(diff: "EditionDiff") -> "Iterator[tuple[str, RosterRow]]":
    yield from (("+", row) for row in diff.added)
    yield from (("-", row) for row in diff.removed)
    for before, after in diff.changed:
        yield from (("was", before), ("is", after))


def _edition_json(edition: "Edition") -> dict[str, Any]:
    return {
        "list": edition.list_id,
        "edition": edition.date.isoformat(),
        "rows": len(edition.rows),
        "sha256": edition.sha256,
        "source": edition.source,
    }


def _row_json(row: "RosterRow") -> dict[str, Any]:
    listed = row.listed.isoformat()
    return {"entity": row.entity, "name": row.name_as_published, "listed": listed}


def _diff_json(diff: "EditionDiff") -> dict[str, Any]:
    return {
        "added": [_row_json(row) for row in diff.added],
        "removed": [_row_json(row) for row in diff.removed],
        "changed": [{"from": _row_json(x), "to": _row_json(y)} for x, y in diff.changed],
    }


@contextmanager
def _both(home: Home, first: str, second: str) -> "Iterator[tuple[World, Edition, Edition]]":
    """Give the editions that two texts name, files being taken up for the time of the command."""
    import tempfile

    from analyzer.core.errors import QueryError
    from analyzer.lists import import_file

    with tempfile.TemporaryDirectory(prefix="banimpact-") as folder:
        into = Path(folder)
        world = home.world()
        named: list[tuple[str, date]] = []
        for text in (first, second):
            path = Path(text)
            if not path.exists():
                name, _, day = text.partition("@")
                # the newest of those stored, not of the files compared with
                held = stored_edition(world, name, day_of(day, text))
                named.append((name, held.date))
                continue
            known = world.identity.entities.values()
            taken = import_file(path, into, entities=known, accept_loss=True).imported
            wanted = [i for i in taken if not named or i.list_id == named[0][0]]
            if len(wanted) != 1:
                ids = ", ".join(i.list_id for i in taken)
                raise QueryError(f"{path}: holds {ids}; give the other edition as LIST@DATE first")
            named.append((wanted[0].list_id, wanted[0].date))
        if any(into.iterdir()):
            world = home.world(into)
        a, b = (stored_edition(world, name, day) for name, day in named)
        yield world, a, b


def impact_rows(
    world: "World",
    a: "Edition",
    b: "Edition",
    diff: "EditionDiff",
    files: Sequence[Path],
    holder: str | None,
) -> list[dict[str, Any]]:
    """Return the lines whose issuer the change names, with their status on either date."""
    from analyzer.report.contract import money, number
    from analyzer.service import analyze, read_inputs

    what = {row.entity: "added" for row in diff.added}
    what |= {row.entity: "removed" for row in diff.removed}
    what |= {after.entity: "changed" for _, after in diff.changed}
    inputs = read_inputs(files)
    before, after = (
        analyze(world, inputs, question_of(e.date.isoformat(), None, holder)) for e in (a, b)
    )
    found = []
    for at, code in enumerate(after.lines["judged"].tolist()):
        entity = _entity(after, code)
        if entity not in what:
            continue
        line, earlier = after.lines.iloc[at], before.lines.iloc[at]
        found.append(
            {
                "input": str(line["input"]),
                "row": int(line["row"]),
                "name": _text(line["name"]),
                "isin": _text(line["isin"]),
                "entity": entity,
                "change": what[entity],
                "before": str(earlier["status"]),
                "after": str(line["status"]),
                "market_value_base": money(line["market_value_base"]),
                "weight": number(line["weight_net"]),
            }
        )
    return found


def _entity(analysis: "Analysis", code: int) -> str:
    match = analysis.judged[code].match
    return match.entity_id if match else ""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def impact_table(rows: list[dict[str, Any]], before: str, after: str) -> "Table":
    """Return the lines touched as a terminal table."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=f"{len(rows)} lines touched")
    for name in ("File:row", "Name", "Entity", "Change", before, after, "Value"):
        table.add_column(name, overflow="fold")
    for row in rows:
        place = f"{row['input']}:{row['row']}"
        cells = (place, row["name"] or "", row["entity"], row["change"])
        more = (row["before"], row["after"], row["market_value_base"] or "—")
        table.add_row(*(escape(cell) for cell in (*cells, *more)))
    return table
