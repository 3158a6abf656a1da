"""The command that checks what answers rest on: bundled data, and the store's trail."""

import sys
from datetime import date
from pathlib import Path

import click

from analyzer.cli.home import Home, store_options
from analyzer.cli.options import chosen_format, print_json, today

_FORM = click.option("--format", "form", type=click.Choice(["table", "json"]))


@click.command()
@store_options
@click.option(
    "--head", metavar="HASH", help="Hash of the trail noted earlier; must still be in it."
)
@_FORM
def check(store_path: Path | None, no_store: bool, head: str | None, form: str | None) -> None:
    """Validate every bundled rule, docket, roster and identity file, and the store's trail."""
    from analyzer.check import check_data, with_store

    result = check_data(date.fromisoformat(today()))
    store = Home.to_read(store_path, no_store).found()
    if store is not None or head is not None:
        result = with_store(result, store, head)
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
