"""Commands on holdings files: analyze, check-portfolio, report, validate, map."""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.home import Home, store_options, who
from analyzer.cli.options import (
    AS_OF,
    FORMATS,
    HOLDER,
    KNOWN,
    READING,
    RULINGS,
    chosen_format,
    holdings_options,
    now,
    print_json,
    print_table,
    read_as,
    say,
    today,
    write_whole,
)

if TYPE_CHECKING:
    from analyzer.exposure import Analysis
    from analyzer.ingest import Ingested
    from analyzer.report.options import ReportOptions
    from analyzer.workspace.archive import Beside
    from analyzer.workspace.desk import Desk

_FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
_SAVE = click.option("--save", metavar="NAME", help="Save the run under the name of a portfolio.")
_FAIL_ON = "blocked,locked,restricted,sell_window"


def _files(flag: str, name: str, words: str) -> Any:
    """Return an option that takes files and may be repeated."""
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option(flag, name, multiple=True, type=kind, help=f"{words} repeatable.")


def _portfolio_options(command: Any) -> Any:
    options = (
        _FILES,
        AS_OF,
        KNOWN,
        HOLDER,
        click.option(
            "--parties",
            "parties_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="YAML: who owns, advises and brokers each portfolio.",
        ),
        RULINGS,
        READING,
        holdings_options,
        click.option("--base", metavar="CUR", help="Currency of totals, e.g. USD."),
        click.option("--currency", metavar="CUR", help="Currency of the values in the file."),
        click.option("--valuation-date", metavar="DATE", help="Day of exchange rates."),
        click.option(
            "--rates",
            "rates_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Your exchange rates: CSV with date,currency,base,rate.",
        ),
        click.option(
            "--constituents",
            multiple=True,
            metavar="FUND=FILE",
            help="What a fund holds; or a folder of files named by fund. Repeatable.",
        ),
        _files("--list", "own_lists", "Your own list, for this run alone;"),
        _files("--edges", "edges", "Ownership: CSV with owner,owned,fraction,from,to,source;"),
        _files("--securities", "securities", "Your security master, GLEIF or OpenFIGI file;"),
        store_options,
        click.option("--all", "everything", is_flag=True, help="List lines without a match too."),
        click.option(
            "-o",
            "--output",
            "outputs",
            multiple=True,
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write a report by its ending, repeatable:"
            " .xlsx .pdf .html .json .csv .zip .ics .parquet",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


_NOT_ARGUMENTS = frozenset(
    ("files", "form", "outputs", "everything", "fail_on", "store_path", "no_store", "save")
)


def desk_of(options: dict[str, Any], name: str = "") -> "Desk":
    """Return the files and the question of a command as a desk."""
    from analyzer.ingest.safety import load
    from analyzer.service import constituent_files
    from analyzer.workspace.desk import Desk

    files = tuple(load(path) for path in options["files"])
    mapping, dialect = read_as(options)
    funds = constituent_files(options["constituents"])
    return Desk(
        name=name,
        files=files,
        mappings={file: mapping for file, _ in files} if mapping else {},
        readings={file: dialect for file, _ in files} if dialect else {},
        constituents={fund: load(path) for fund, path in funds.items()},
        as_of=options["as_of"] or today(),
        known=options["known"] or "",
        holder=options["holder"] or "",
        base=options["base"] or "",
        currency=options["currency"] or "",
        without_rulings=options["without_rulings"],
        reading=options["reading"] or "",
    )


def beside_of(options: dict[str, Any]) -> "Beside":
    """Return what a command reads beside its holdings files."""
    from analyzer.ingest.safety import load
    from analyzer.workspace.archive import Beside

    rates, parties = options["rates_file"], options["parties_file"]
    return Beside(
        options["valuation_date"] or "",
        load(rates) if rates else None,
        load(parties) if parties else None,
        tuple(load(path) for path in options["own_lists"]),
        tuple(load(path) for path in options.get("edges", ())),
        tuple(load(path) for path in options.get("securities", ())),
    )


def _analysis(options: dict[str, Any]) -> "tuple[Analysis, ReportOptions]":
    from analyzer.report.options import ReportOptions
    from analyzer.workspace.archive import analyze_whole, basis_of, own_lists, save_whole

    save, place, without = options.get("save"), options["store_path"], options["no_store"]
    if save and without:
        raise click.UsageError("--save needs a store: leave --no-store out")
    home = Home.of(place) if save else Home.to_read(place, without)
    desk, beside = desk_of(options, save or ""), beside_of(options)
    arguments = {
        name: [str(v) for v in value] if isinstance(value, tuple) else str(value)
        for name, value in options.items()
        if name not in _NOT_ARGUMENTS and value
    }
    with own_lists(beside, desk.question.as_of.day) as own:
        world = home.world(*own)
    analysis = home.noted(analyze_whole(world, desk, beside, arguments))
    if save:
        basis = basis_of(home.lists)
        number = save_whole(home.store(), desk, beside, basis, analysis, who(), now())
        say(f"saved as run {number} of {save}")
    law = world.under(desk.question)
    return analysis, ReportOptions(options["everything"], law, world.judgements)


def _csv(analysis: "Analysis", everything: bool) -> str:
    from analyzer.report.files import positions_csv

    return positions_csv(analysis, everything)


def _write(analysis: "Analysis", output: Path, report: "ReportOptions") -> None:
    from analyzer.report.files import companions, render

    suffix = output.suffix.lower()
    write_whole(output, render(analysis, suffix, report.everything, options=report))
    say(f"written: {output}")
    for name, content in companions(analysis, suffix, output.stem).items():
        write_whole(output.with_name(name), content)
        say(f"written: {output.with_name(name)}")


def _show(analysis: "Analysis", options: dict[str, Any], report: "ReportOptions") -> None:
    from analyzer.report.contract import analysis_json
    from analyzer.report.tables import analysis_table

    for output in options["outputs"]:
        _write(analysis, output, report)
    form = chosen_format(options["form"])
    if form == "json":
        print_json(analysis_json(analysis, options["everything"]))
    elif form == "csv":
        click.echo(_csv(analysis, options["everything"]), nl=False)
    else:
        print_table(analysis_table(analysis))
        for finding in analysis.findings:
            if finding.severity.value != "info":
                say(str(finding))
    say(analysis.coverage.sentence())


@click.command()
@_portfolio_options
@_SAVE
@FORMATS
def analyze(**options: Any) -> None:
    """Say what is held, what may be done with each line, and by when."""
    analysis, report = _analysis(options)
    _show(analysis, options, report)


@click.command("check-portfolio")
@_portfolio_options
@FORMATS
@click.option(
    "--fail-on",
    default=_FAIL_ON,
    show_default=True,
    metavar="STATUS,...",
    help="Statuses that give exit code 3.",
)
def check_portfolio(**options: Any) -> None:
    """Like analyze; exit code 3 for barred exposure, 4 when the result is not complete."""
    from analyzer.core.errors import QueryError
    from analyzer.core.verdict import Status

    words = [word.strip() for word in options["fail_on"].split(",") if word.strip()]
    unknown = sorted(set(words) - {status.value for status in Status} - {"never"})
    if unknown:
        raise QueryError(f"--fail-on: unknown status {', '.join(unknown)}")
    analysis, report = _analysis(options)
    _show(analysis, options, report)
    if any(Status(word) in analysis.totals.by_status for word in words if word != "never"):
        sys.exit(3)
    if not analysis.coverage.complete:
        sys.exit(4)


@click.command()
@_portfolio_options
@_SAVE
def report(**options: Any) -> None:
    """Write the reports named with -o; nothing is printed but where they are."""
    if not options["outputs"]:
        raise click.UsageError("say where to: -o memo.pdf, and -o again for more formats")
    analysis, wanted = _analysis(options)
    for output in options["outputs"]:
        _write(analysis, output, wanted)
    say(analysis.coverage.sentence())


@click.command()
@_FILES
@holdings_options
@FORMATS
def validate(files: tuple[Path, ...], form: str | None, **options: Any) -> None:
    """Read holdings files and list every problem at once; nothing is matched."""
    from analyzer.core.findings import Severity
    from analyzer.report.contract import finding_json
    from analyzer.service import read_inputs

    mapping, dialect = read_as(options)
    inputs = read_inputs(files, mapping, dialect=dialect)
    if chosen_format(form) == "json":
        print_json(
            {
                "inputs": [_reading(item) for item in inputs],
                "findings": [finding_json(f) for item in inputs for f in item.findings],
            }
        )
    else:
        for item in inputs:
            click.echo(_summary(item))
            for finding in item.findings:
                click.echo(f"  {finding.severity.value:8} {finding}")
    failed = any(f.severity is Severity.ERROR for item in inputs for f in item.findings)
    sys.exit(2 if failed else 0)


def _summary(item: "Ingested") -> str:
    return (
        f"{item.path}: {item.layout}, {item.rows_read:,} rows read = "
        f"{item.rows_holding:,} holdings + {item.rows_skipped:,} skipped + "
        f"{item.rows_rejected:,} rejected"
    )


def _reading(item: "Ingested") -> dict[str, Any]:
    return {
        "path": item.path,
        "sha256": item.sha256,
        "layout": item.layout,
        "mapping": dict(item.mapping),
        "guessed": list(item.guessed),
        "date": item.date.isoformat() if item.date else None,
        "rows_read": item.rows_read,
        "rows_holding": item.rows_holding,
        "rows_skipped": item.rows_skipped,
        "rows_rejected": item.rows_rejected,
    }


@click.command("map")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@holdings_options
@FORMATS
def map(file: Path, form: str | None, **options: Any) -> None:  # noqa: A001
    """Show which column of FILE is read as what."""
    from analyzer.service import read_inputs

    mapping, dialect = read_as(options)
    (item,) = read_inputs([file], mapping, dialect=dialect)
    if chosen_format(form) == "json":
        print_json(_reading(item))
        return
    rows = [(field, column, field in item.guessed) for field, column in item.mapping.items()]
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows((f, c, "found by content" if guessed else "heading") for f, c, guessed in rows)
    click.echo(_summary(item))
    click.echo(out.getvalue(), nl=False)
