"""Commands on published lists: status, import, diff, update, export."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.cli.home import Home, home_option, store_options, who
from analyzer.cli.list_diff import diff, listed, stored_edition
from analyzer.cli.options import (
    chosen_format,
    day_of,
    now,
    print_json,
    print_rows,
    say,
    today,
    write_whole,
)

if TYPE_CHECKING:
    from analyzer.lists import ImportReport

_FORM = click.option("--format", "form", type=click.Choice(["table", "json"]))
_ACCEPT = click.option(
    "--accept-loss",
    is_flag=True,
    help="Take an edition up although it lost a fifth of its entries, or is out of its usual band.",
)


@click.group(invoke_without_command=True)
@click.pass_context
def lists(ctx: click.Context) -> None:
    """Show published lists, import them, compare their editions."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(status, form=None, store_path=None, no_store=False)


@lists.command("status")
@store_options
@_FORM
def status(store_path: Path | None, no_store: bool, form: str | None) -> None:
    """Show every list with its newest edition and the date through which it was verified."""
    from analyzer.report.lists import list_rows

    known = Home.to_read(store_path, no_store).world().lists
    rows = list_rows(known, date.fromisoformat(today()))
    absent = [known.known[key] for key in sorted(known.known.keys() - known.specs.keys())]
    missing = [
        {
            "id": spec.id,
            "title": spec.title,
            "publisher": spec.publisher,
            "url": spec.url,
            "download": bool(spec.urls),
        }
        for spec in absent
    ]
    for finding in known.findings:
        say(str(finding))
    if chosen_format(form) == "json":
        print_json({"schema": "banimpact/lists/v1", "lists": rows, "not_imported": missing})
        return
    shown = [
        (
            row["id"],
            row["title"],
            row["edition"] or "—",
            str(row["rows"]),
            row["verified_through"],
            str(row["age_days"]),
        )
        for row in rows
    ]
    shown += [(row["id"], row["title"], "not imported", "—", "—", "—") for row in missing]
    heads = ("List", "Title", "Newest edition", "Names", "Verified through", "Age, days")
    print_rows(heads, shown)


# -- taking editions up ------------------------------------------------------------------------


@lists.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--edition", metavar="DATE", help="Date of the edition, where the file states none.")
@click.option("--as", "list_id", metavar="LIST_ID", help="Only this list; or the id of your own.")
@_ACCEPT
@home_option
@_FORM
def import_(
    file: Path,
    edition: str | None,
    list_id: str | None,
    accept_loss: bool,
    store_path: Path | None,
    form: str | None,
) -> None:
    """Take a published file, or your own list, up into your home."""
    from analyzer.lists import import_file

    home = Home.of(store_path)
    report = import_file(
        file,
        home.lists,
        edition=day_of(edition, "--edition"),
        list_id=list_id,
        entities=home.world().identity.entities.values(),
        accept_loss=accept_loss,
    )
    _record(home, report, str(file))
    _taken([report], form)


@lists.command("update")
@click.argument("names", metavar="[LIST]...", nargs=-1)
@_ACCEPT
@home_option
@_FORM
def update_(
    names: tuple[str, ...], accept_loss: bool, store_path: Path | None, form: str | None
) -> None:
    """Download lists from their official addresses; all that have one, if none is named."""
    from analyzer.core.errors import InputError
    from analyzer.lists import update

    home = Home.of(store_path)
    world = home.world()
    known = world.lists.known
    for name in names:
        listed(world, name)
    wanted = names or tuple(key for key, spec in known.items() if spec.urls)
    reports, failed = [], []
    for name in wanted:
        try:
            report = update(
                known[name],
                home.lists,
                entities=world.identity.entities.values(),
                accept_loss=accept_loss,
            )
        except InputError as error:
            failed.append(str(error))
            continue
        _record(home, report, "; ".join(known[name].urls))
        reports.append(report)
    _taken(reports, form)
    for text in failed:
        say(f"banimpact: {text}")
    if failed:
        sys.exit(2)


def _record(home: Home, report: "ImportReport", location: str) -> None:
    """Enter new editions in the store, so that its trail tells when each came in."""
    import hashlib

    from analyzer.store import EditionReference

    store = home.store()
    for item in report.imported:
        if item.new:
            sha256 = hashlib.sha256(item.path.read_bytes()).hexdigest()
            day = item.date.isoformat()
            reference = EditionReference(item.list_id, day, location, sha256, item.entries)
            store.save_edition(reference, who(), now())


def _taken(reports: "list[ImportReport]", form: str | None) -> None:
    for report in reports:
        for finding in report.findings:
            say(str(finding))
    rows = [
        {
            "list": item.list_id,
            "edition": item.date.isoformat(),
            "entries": item.entries,
            "new": item.new,
            "added": len(item.diff.added) if item.diff else None,
            "removed": len(item.diff.removed) if item.diff else None,
            "changed": len(item.diff.changed) if item.diff else None,
            "path": str(item.path),
        }
        for report in reports
        for item in report.imported
    ]
    if chosen_format(form) == "json":
        print_json(
            {
                "schema": "banimpact/import/v1",
                "imported": rows,
                "removed_by_publisher": [n for r in reports for n in r.removed_by_publisher],
            }
        )
        return
    heads = ("List", "Edition", "Entries", "Taken up", "Added", "Removed", "Changed")
    counts = ("added", "removed", "changed")
    print_rows(
        heads,
        [
            (
                str(row["list"]),
                str(row["edition"]),
                f"{row['entries']:,}",
                "yes" if row["new"] else "was there already",
                *("—" if row[key] is None else str(row[key]) for key in counts),
            )
            for row in rows
        ],
    )


@lists.command("export")
@click.argument("name", metavar="LIST")
@click.argument("edition", required=False, metavar="[EDITION]")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
@store_options
def export_(
    name: str, edition: str | None, output: Path | None, store_path: Path | None, no_store: bool
) -> None:
    """Write the roster of an edition as CSV; the newest, if no date is given."""
    from analyzer.lists.roster import write_roster

    world = Home.to_read(store_path, no_store).world()
    found = stored_edition(world, name, day_of(edition, "EDITION"))
    text = write_roster(found.rows)
    if output:
        write_whole(output, text.encode())
        say(f"written: {output}")
    else:
        click.echo(text, nl=False)


lists.add_command(diff)
