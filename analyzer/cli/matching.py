"""The match command: a file of names against a list."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.home import Home, store_options
from analyzer.cli.options import FORMATS, chosen_format, print_json, print_rows, say, write_whole

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "banimpact/match/v1"


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--column", metavar="NAME", help="Heading of the names; found by itself.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Entities: CSV, or JSON lines with id, name, aliases. Default: every entity known.",
)
@click.option(
    "--minimum",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Leave candidates with a lower score out.",
)
@click.option("--limit", type=click.IntRange(1, 50), default=3, show_default=True)
@click.option("--no-cache", is_flag=True, help="Neither read nor keep the index of a long list.")
@store_options
@FORMATS
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
def match(
    file: Path,
    column: str | None,
    against: Path | None,
    minimum: float,
    limit: int,
    no_cache: bool,
    store_path: Path | None,
    no_store: bool,
    form: str | None,
    output: Path | None,
) -> None:
    """Show for each name in FILE the listed entities it may mean, best first."""
    import os

    from analyzer.workspace.matching import match_names, read_entities, read_names
    from analyzer.workspace.places import cache_folder

    names = read_names(file, column)
    if against:
        entities = read_entities(against)
    else:
        world = Home.to_read(store_path, no_store).world()
        entities = tuple(world.identity.entities.values())
    workers = os.cpu_count() or 1
    cache = None if no_cache else cache_folder(os.environ)
    found = match_names(names, entities, minimum=minimum, limit=limit, workers=workers, cache=cache)
    none = int((found["rank"] == 0).sum())
    words = f"{len(names):,} names against {len(entities):,} entities: "
    summary = words + f"{len(names) - none:,} with a candidate, {none:,} without"
    if output:
        text = _csv(found) if output.suffix.lower() == ".csv" else _dumped(found, names, entities)
        write_whole(output, text.encode("utf-8"))
        say(f"written: {output}")
    else:
        _print(found, names, entities, chosen_format(form))
    say(summary)


def _print(found: "pd.DataFrame", names: Any, entities: Any, form: str) -> None:
    if form == "json":
        print_json(_body(found, names, entities))
    elif form == "csv":
        click.echo(_csv(found), nl=False)
    else:
        shown = found[["row", "name", "entity_id", "entity", "kind", "score", "evidence"]]
        heads = ("Row", "Name", "Id", "Entity", "Kind", "Score", "Evidence")
        print_rows(heads, (tuple(map(_cell, row)) for row in shown.itertuples(index=False)))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        # rounded down, so that what is shown never crosses a threshold
        return "—" if math.isnan(value) else f"{int(value * 1000) / 1000:.3f}"
    return str(value)


def _body(found: "pd.DataFrame", names: Any, entities: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    last = None
    for record in found.to_dict("records"):
        if record["row"] != last:
            rows.append({"row": record["row"], "name": record["name"], "candidates": []})
            last = record["row"]
        if record["rank"]:
            rows[-1]["candidates"].append(
                {
                    "entity_id": record["entity_id"],
                    "entity": record["entity"],
                    "listed_name": record["listed_name"],
                    "kind": record["kind"],
                    "score": round(record["score"], 4),
                    "evidence": record["evidence"],
                }
            )
    return {"schema": SCHEMA, "names": len(names), "entities": len(entities), "matches": rows}


def _dumped(found: "pd.DataFrame", names: Any, entities: Any) -> str:
    from analyzer.report.contract import dumps

    return dumps(_body(found, names, entities)) + "\n"


def _csv(found: "pd.DataFrame") -> str:
    """Return the candidates as CSV; text that looks like a formula is defused."""
    from analyzer.report.text import plain_cell

    safe = found.copy()
    for column in ("name", "entity_id", "entity", "listed_name", "evidence"):
        safe[column] = [plain_cell(value) for value in safe[column]]
    safe["score"] = safe["score"].round(4)
    return safe.to_csv(index=False, lineterminator="\n")
