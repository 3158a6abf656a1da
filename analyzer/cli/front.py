"""Commands that show the product: demo and app."""

import sys
from pathlib import Path

import click

from analyzer.cli.options import print_table, say, write_whole

DEMO_DATE = "2021-03-09"


def bundled(name: str, package: str) -> Path:
    """Return a folder of the checkout, or its copy inside an installed package."""
    import analyzer

    inside = Path(analyzer.__file__).resolve().parent
    checkout = inside.parent / name
    return checkout if checkout.is_dir() else inside / package


_NEXT = (
    ("status Xiaomi --as-of 2021-03-16", "the injunction"),
    ("status Xiaomi --as-of 2021-03-16 --without-rulings", "had there been none"),
    ("timeline SMIC", "every change, by act"),
    ("analyze YOUR_FILE.csv --as-of 2021-03-16", "your own holdings"),
)


def _program() -> str:
    """Return how this user starts the command."""
    import os
    import shutil

    beside = Path(sys.executable).with_name("banimpact")
    if shutil.which("banimpact") or not beside.is_file():
        return "banimpact"
    return os.path.relpath(beside)


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    help="Folder for the report.",
)
def demo(output: Path) -> None:
    """Analyse a sample portfolio in March 2021 and write a report."""
    say("1/4  loading rules, lists and rulings")
    from analyzer.core.asof import AsOf
    from analyzer.core.errors import InputError
    from analyzer.exposure import Question
    from analyzer.report.files import render
    from analyzer.report.options import ReportOptions
    from analyzer.report.tables import analysis_table
    from analyzer.service import analyze, load_world, read_inputs

    world = load_world()
    sample = bundled("sample_portfolios", "_samples") / "emerging_markets_fund.csv"
    say(f"2/4  reading {sample.name}")
    inputs = read_inputs([sample])
    say(f"3/4  judging {inputs[0].rows_holding:,} lines as of {DEMO_DATE}")
    question = Question(AsOf.of(DEMO_DATE))
    analysis = analyze(world, inputs, question, arguments={"demo": True})
    print_table(analysis_table(analysis))
    say(analysis.coverage.sentence())
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be made ({error.strerror})") from error
    options = ReportOptions(law=world.under(question))
    for suffix in (".xlsx", ".html"):
        report = output / f"{sample.stem}_{DEMO_DATE}{suffix}"
        write_whole(report, render(analysis, suffix, options=options))
        say(f"4/4  report written: {report}")
    program = _program()
    say("")
    say("Try next:")
    for words, what in _NEXT:
        say(f"  {program} {words:<56} # {what}")
    say(f"  {'make app':<{len(program) + 57}} # the page in a browser")


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--port", default=8501, show_default=True)
@click.option("--open/--no-open", "opens", default=None, help="Open a browser; default on a tty.")
def app(file: Path | None, port: int, opens: bool | None) -> None:
    """Serve the app on 127.0.0.1, with FILE loaded."""
    import importlib.util
    import os
    import runpy

    if importlib.util.find_spec("streamlit") is None:
        raise click.UsageError(
            "the app needs streamlit: pip install 'investment-ban-analyzer[app]'"
        )
    opens = sys.stdout.isatty() if opens is None else opens
    os.environ["BANIMPACT_FILE"] = str(file.resolve()) if file else ""
    script = str(bundled("dashboards", "_app/dashboards") / "serve.py")
    say(f"http://127.0.0.1:{port}  (Ctrl-C ends it)")
    sys.argv = [script, str(port), "open" if opens else ""]
    runpy.run_path(script, run_name="__main__")
