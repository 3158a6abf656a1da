"""Commands on the law data: lists and check."""

import sys
from datetime import date

import click

from analyzer.cli.options import chosen_format, print_json, print_table, today

_FORM = click.option("--format", "form", type=click.Choice(["table", "json"]))


@click.group(invoke_without_command=True)
@click.pass_context
def lists(ctx: click.Context) -> None:
    """Show published lists: what editions are known, how old they are."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(status, form=None)


@lists.command("status")
@_FORM
def status(form: str | None) -> None:
    """Show every list with its newest edition and the date through which it was verified."""
    from rich import box
    from rich.table import Table

    from analyzer.report.lists import list_rows
    from analyzer.service import load_world

    rows = list_rows(load_world().lists, date.fromisoformat(today()))
    if chosen_format(form) == "json":
        print_json({"schema": "banimpact/lists/v1", "lists": rows})
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("List", "Title", "Newest edition", "Names", "Verified through", "Age, days"):
        table.add_column(name)
    for row in rows:
        table.add_row(
            row["id"],
            row["title"],
            row["edition"] or "—",
            str(row["rows"]),
            row["verified_through"],
            str(row["age_days"]),
        )
    print_table(table)


@click.command()
@_FORM
def check(form: str | None) -> None:
    """Validate every bundled rule, docket, roster and identity file."""
    from analyzer.check import check_data

    result = check_data(date.fromisoformat(today()))
    if chosen_format(form) == "json":
        print_json(
            {
                "schema": "banimpact/check/v1",
                "checked": dict(result.checked),
                "errors": list(result.errors),
                "warnings": list(result.warnings),
            }
        )
    else:
        for line in result.errors:
            click.echo(f"error    {line}")
        for line in result.warnings:
            click.echo(f"warning  {line}")
        counts = ", ".join(f"{count:,} {what}" for what, count in result.checked.items())
        click.echo(
            f"checked {counts}: {len(result.errors)} errors, {len(result.warnings)} warnings"
        )
    sys.exit(2 if result.errors else 0)
