"""Commands on what is kept: portfolios, runs, evidence."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.home import Home, home_option, who
from analyzer.cli.options import (
    HOLDER,
    chosen_format,
    holdings_options,
    now,
    print_json,
    print_rows,
    say,
    today,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.store import SavedRun, SavedSnapshot, Store
    from analyzer.workspace.rerun import Difference

_FORM = click.option("--format", "form", type=click.Choice(["table", "json"]))
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NUMBER = click.argument("number", type=click.IntRange(1), metavar="RUN")


# -- portfolios --------------------------------------------------------------------------------


@click.group()
def portfolio() -> None:
    """Keep portfolios, to be watched by `monitor`."""


@portfolio.command("add")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@HOLDER
@holdings_options
@click.option("--base", metavar="CUR", help="Currency of totals.")
@click.option("--currency", metavar="CUR", help="Currency of the values in the files.")
@click.option("--parties", "parties_file", type=_FILE, help="YAML: whose portfolios they are.")
@click.option("--rates", "rates_file", type=_FILE, help="Your exchange rates.")
@click.option("--constituents", multiple=True, metavar="FUND=FILE", help="What a fund holds.")
@click.option("--list", "own_lists", multiple=True, type=_FILE, help="Your own list.")
@home_option
def add(name: str, store_path: Path | None, **options: Any) -> None:
    """Keep FILES as the present holdings of portfolio NAME."""
    from analyzer.cli.portfolio import beside_of, desk_of
    from analyzer.workspace.archive import snapshot_of

    asked = {
        **options,
        "as_of": today(),
        "known": None,
        "without_rulings": False,
        "reading": None,
        "valuation_date": None,
    }
    snapshot = snapshot_of(desk_of(asked, name), beside_of(asked))
    number = Home.of(store_path).store().save_snapshot(snapshot, who(), now())
    say(f"{name}: {snapshot.rows:,} rows kept as snapshot {number}")


@portfolio.command("list")
@home_option
@_FORM
def list_(store_path: Path | None, form: str | None) -> None:
    """List the portfolios kept, with their newest holdings."""
    store = Home.of(store_path).found()
    newest = [store.snapshots(name)[0] for name in store.portfolios()] if store else []
    rows = [_snapshot_json(snapshot) for snapshot in newest]
    if chosen_format(form) == "json":
        print_json({"schema": "banimpact/portfolios/v1", "portfolios": rows})
        return
    _snapshots(rows)


@portfolio.command("show")
@click.argument("name")
@home_option
@_FORM
def show(name: str, store_path: Path | None, form: str | None) -> None:
    """Show every snapshot of one portfolio and its runs, newest first."""
    from analyzer.core.errors import QueryError

    store = Home.of(store_path).found()
    if store is None or name not in store.portfolios():
        known = ", ".join(store.portfolios()) if store else ""
        raise QueryError(f"no portfolio {name!r}; kept: {known or 'none'}")
    rows = [_snapshot_json(snapshot) for snapshot in store.snapshots(name)]
    runs = [_run_json(run) for run in store.runs(name)]
    if chosen_format(form) == "json":
        body = {"portfolio": name, "snapshots": rows, "runs": runs}
        print_json({"schema": "banimpact/portfolio/v1", **body})
        return
    _snapshots(rows)
    _runs(runs)


def _snapshot_json(saved: "SavedSnapshot") -> dict[str, Any]:
    return {
        "portfolio": saved.portfolio,
        "snapshot": saved.id,
        "date": saved.date.isoformat() if saved.date else None,
        "file": saved.file,
        "sha256": saved.file_sha256,
        "rows": saved.rows,
        "who": saved.who,
        "at": saved.at.isoformat(),
    }


def _snapshots(rows: list[dict[str, Any]]) -> None:
    heads = ("Portfolio", "Snapshot", "Holdings of", "File", "Rows", "Kept by", "At")
    keys = ("portfolio", "snapshot", "date", "file", "rows", "who", "at")
    print_rows(heads, ([_word(row[key]) for key in keys] for row in rows))


def _word(value: object) -> str:
    return "—" if value is None else str(value)


# -- runs --------------------------------------------------------------------------------------


@click.group()
def runs() -> None:
    """Look at saved runs, run them again, compare them."""


@runs.command("list")
@click.option("--portfolio", "name", metavar="NAME", help="Only of one portfolio.")
@home_option
@_FORM
def list_runs(name: str | None, store_path: Path | None, form: str | None) -> None:
    """List saved runs, newest first."""
    store = Home.of(store_path).found()
    rows = [_run_json(run) for run in store.runs(name)] if store else []
    if chosen_format(form) == "json":
        print_json({"schema": "banimpact/runs/v1", "runs": rows})
        return
    _runs(rows)


@runs.command("show")
@_NUMBER
@home_option
def show_run(number: int, store_path: Path | None) -> None:
    """Print the JSON of a run, as it was saved."""
    click.echo(_store(store_path).run_results(number).decode("utf-8"))


@runs.command("rerun")
@_NUMBER
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="JSON.")
@home_option
@_FORM
def rerun_(number: int, output: Path | None, store_path: Path | None, form: str | None) -> None:
    """Run a saved run again: the same bytes (exit code 0), or what differs (exit code 4)."""
    from analyzer.workspace.rerun import rerun

    again = rerun(_store(store_path), number, Home.of(store_path).lists)
    if output:
        write_whole(output, again.content)
        say(f"written: {output}")
    if chosen_format(form) == "json":
        rows = [_difference_json(d) for d in again.differences]
        body = {"run": number, "same": again.same, "differences": rows}
        print_json({"schema": "banimpact/rerun/v1", **body})
    else:
        click.echo(f"run {number}: {'the same bytes' if again.same else 'another result'}")
        _differences(again.differences)
    sys.exit(0 if again.same else 4)


@runs.command("diff")
@click.argument("first", type=click.IntRange(1), metavar="A")
@click.argument("second", type=click.IntRange(1), metavar="B")
@home_option
@_FORM
def diff(first: int, second: int, store_path: Path | None, form: str | None) -> None:
    """Say how two runs differ: question, rules, lists, answers."""
    from analyzer.workspace.rerun import compare

    found = compare(_store(store_path), first, second)
    if chosen_format(form) == "json":
        rows = [_difference_json(d) for d in found]
        print_json({"schema": "banimpact/runs-diff/v1", "a": first, "b": second, "found": rows})
        return
    click.echo(f"run {first} -> run {second}: {len(found)} differences")
    _differences(found)


def _store(store_path: Path | None) -> "Store":
    from analyzer.core.errors import QueryError

    home = Home.of(store_path)
    store = home.found()
    if store is None:
        raise QueryError(f"{home.folder} holds no store: no run was ever saved")
    return store


def _run_json(run: "SavedRun") -> dict[str, Any]:
    return {
        "run": run.id,
        "portfolio": run.portfolio,
        "as_of": run.as_of,
        "known": run.known,
        "version": run.manifest.get("version"),
        "who": run.who,
        "at": run.at.isoformat(),
    }


def _runs(rows: list[dict[str, Any]]) -> None:
    heads = ("Run", "Portfolio", "As of", "Known", "Version", "By", "At")
    print_rows(heads, ([_word(value) for value in row.values()] for row in rows))


def _difference_json(difference: "Difference") -> dict[str, str]:
    return {
        "kind": difference.kind,
        "what": difference.what,
        "before": difference.before,
        "after": difference.after,
    }


def _differences(found: "Iterable[Difference]") -> None:
    rows = [(d.kind, d.what, d.before[:16], d.after[:16]) for d in found]
    if rows:
        print_rows(("Kind", "What", "Before", "After"), rows)


@click.command()
@_NUMBER
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The zip archive to write.",
)
@home_option
def evidence(number: int, output: Path, store_path: Path | None) -> None:
    """Pack all that proves a run: inputs, law, lists, decisions, reports, digests."""
    from analyzer.workspace.evidence import evidence_pack

    content = evidence_pack(_store(store_path), number, Home.of(store_path).lists)
    write_whole(output, content)
    say(f"written: {output} ({len(content):,} bytes)")
