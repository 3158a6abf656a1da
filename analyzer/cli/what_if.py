"""The what-if command: scenario files against holdings, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from analyzer.cli.home import Home, store_options
from analyzer.cli.options import (
    AS_OF,
    HOLDER,
    chosen_format,
    pairs,
    print_json,
    print_table,
    question_of,
    say,
    write_whole,
)

if TYPE_CHECKING:
    from rich.table import Table

    from analyzer.scenarios.run import ScenarioResult
    from analyzer.scenarios.spec import Scenario

_YAML = frozenset({".yml", ".yaml"})


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@AS_OF
@HOLDER
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change the scenarios; repeatable."
)
@click.option("--sweep", metavar="KEY=A:B:STEP", help="Run one scenario over a range.")
@click.option(
    "--prices",
    "prices_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your prices and volumes: CSV or parquet, daily.",
)
@click.option(
    "--parties",
    "parties_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who stands behind each portfolio.",
)
@click.option("--base", metavar="CUR", help="Currency of totals.")
@click.option("--no-baseline", is_flag=True, help="Leave the law as it stands out.")
@store_options
@click.option("--format", "form", type=click.Choice(["table", "json"]))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
def scenario(
    files: tuple[Path, ...],
    as_of: str | None,
    holder: str | None,
    sets: tuple[str, ...],
    sweep: str | None,
    prices_file: Path | None,
    parties_file: Path | None,
    base: str | None,
    no_baseline: bool,
    store_path: Path | None,
    no_store: bool,
    form: str | None,
    output: Path | None,
) -> None:
    """Run scenario files (.yml) on holdings FILES and compare them with the law as it stands."""
    from analyzer.exposure.parties import read_parties
    from analyzer.market.files import FilePrices
    from analyzer.report.comparison import scenarios_json
    from analyzer.report.contract import dumps
    from analyzer.service import default_prices, read_inputs, run_scenarios

    scenarios, holdings = _read(files, pairs(sets, "--set"), sweep)
    if not no_baseline:
        scenarios.insert(0, _baseline(scenarios[0]))
    world = Home.to_read(store_path, no_store).world()
    inputs = read_inputs(holdings)
    prices = default_prices(*([FilePrices.load(prices_file)] if prices_file else []))
    question = question_of(as_of, None, holder, base=base)
    parties = read_parties(parties_file, world.law.vocabulary) if parties_file else None
    results = run_scenarios(world, inputs, scenarios, question, prices=prices, parties=parties)
    body = scenarios_json(results)
    if output:
        write_whole(output, _render(output.suffix.lower(), results, dumps(body)))
        say(f"written: {output}")
    if chosen_format(form) == "json":
        print_json(body)
    else:
        print_table(_table(results))
        for result in results:
            for words in result.messages:
                say(f"{result.scenario.title}: {words}")
    say(results[0].analysis.coverage.sentence())


def _render(suffix: str, results: "list[ScenarioResult]", text: str) -> bytes:
    if suffix == ".json":
        return (text + "\n").encode()
    from analyzer.report.files import render

    return render(results[0].analysis, suffix, scenarios=results)


def _read(
    files: tuple[Path, ...], changes: dict[str, str], sweep: str | None
) -> "tuple[list[Scenario], list[Path]]":
    from analyzer.core.errors import QueryError
    from analyzer.scenarios.read import read_scenario

    stated = [f for f in files if f.suffix.lower() in _YAML]
    holdings = [f for f in files if f.suffix.lower() not in _YAML]
    if not stated or not holdings:
        raise QueryError("a scenario file (.yml) and a holdings file are needed")
    if sweep is None:
        return [read_scenario(path, changes) for path in stated], holdings
    if len(stated) > 1:
        raise QueryError("--sweep takes one scenario file")
    key, _, span = sweep.partition("=")
    try:
        low, high, step = (float(part) for part in span.split(":"))
        values = np.arange(low, high + step / 2, step)
    except (ValueError, ZeroDivisionError):
        raise QueryError(f"--sweep {sweep!r} is not KEY=A:B:STEP") from None
    if not 1 <= len(values) <= 50:
        raise QueryError(f"--sweep gives {len(values)} scenarios; 1 to 50 are run")
    return [
        read_scenario(
            stated[0], {**changes, key: f"{v:g}", "title": f"'{key.split('.')[-1]} = {v:g}'"}
        )
        for v in values
    ], holdings


def _baseline(first: "Scenario") -> "Scenario":
    """Return the law as it stands, sold in the same way on the same day in a usual market."""
    from dataclasses import replace

    from analyzer.scenarios.spec import DEFAULT_SPREAD_BP

    policy = replace(first.sale.policy, volume_multiplier=1.0, spread_multiplier=1.0)
    market = replace(
        first.market,
        shock=None,
        shock_source="",
        closures=(),
        crowding=0.0,
        index_flow=(),
        spread_bp=DEFAULT_SPREAD_BP,
    )
    return replace(
        first,
        title="The law as it stands",
        note="",
        events=(),
        without=(),
        without_rulings=False,
        reading="",
        window_days=None,
        courts=(),
        market=market,
        sale=replace(first.sale, policy=policy),
    )


def _table(results: "list[ScenarioResult]") -> "Table":
    from rich import box
    from rich.table import Table

    from analyzer.report.comparison import headline, show

    table = Table(box=box.SIMPLE_HEAD, title=f"Base currency {results[0].analysis.question.base}")
    table.add_column("Figure")
    for result in results:
        table.add_column(result.scenario.title, justify="right")
    columns = [headline(result, results[0]) for result in results]
    for row in zip(*columns, strict=True):
        if any(figure.value is not None for figure in row):
            table.add_row(row[0].name, *(show(figure) for figure in row))
    return table
