"""The explain command: an answer, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.home import Home, store_options
from analyzer.cli.options import (
    AS_OF,
    HOLDER,
    KNOWN,
    READING,
    RULINGS,
    chosen_format,
    pairs,
    print_json,
    print_table,
    question_of,
    say,
)

if TYPE_CHECKING:
    from analyzer.law import Flip, Law, Step

SCHEMA = "banimpact/explain/v1"


@click.command()
@click.argument("query")
@AS_OF
@KNOWN
@click.option("--act", default="buy", show_default=True, metavar="ACT", help="Act to explain.")
@HOLDER
@click.option("--instrument", default="equity", show_default=True, metavar="WORD")
@click.option(
    "--fact", "facts", multiple=True, metavar="KEY=VALUE", help="A fact the answer may turn on."
)
@RULINGS
@READING
@store_options
@click.option("--format", "form", type=click.Choice(["table", "json"]))
def explain(
    query: str,
    as_of: str | None,
    known: str | None,
    act: str,
    holder: str | None,
    instrument: str,
    facts: tuple[str, ...],
    without_rulings: bool,
    reading: str | None,
    store_path: Path | None,
    no_store: bool,
    form: str | None,
) -> None:
    """Show how the answer for QUERY comes about: each event, what it changed, its source."""
    from analyzer.report.contract import instant, verdict_json
    from analyzer.report.tables import verdict_words
    from analyzer.service import key_of
    from analyzer.workspace.explaining import explain as explained

    world = Home.to_read(store_path, no_store).world()
    question = question_of(as_of, known, holder, without_rulings, reading=reading)
    found, key = key_of(world, query, instrument, pairs(facts, "--fact"))
    verdict, steps, flips = explained(world, key, act, question)
    if chosen_format(form) == "json":
        print_json(
            {
                "schema": SCHEMA,
                "query": query,
                "as_of": str(question.as_of),
                "known": instant(question.as_of.known),
                "holder": question.holder,
                "act": act,
                "instrument": instrument,
                "entity": {"id": found.entity_id, "name": found.entity, "how": found.evidence},
                "verdict": verdict_json(verdict),
                "steps": [step_json(step, world.law) for step in steps],
                "flips": [flip_json(flip) for flip in flips],
            }
        )
        return
    click.echo(f"{found.entity} ({found.entity_id}): {found.evidence}")
    print_table(_table(steps, world.law))
    click.echo(f"{act} as of {question.as_of}: {verdict_words(verdict)}")
    for flip in flips:
        click.echo(f"  would turn it: {flip.text} -> {flip.after.value}")
    say(f"holder {question.holder}; not legal advice")


def step_json(step: "Step", law: "Law") -> dict[str, Any]:
    """Return one step of the fold with its sources in full."""
    from analyzer.report.contract import instant

    return {
        "kind": step.kind,
        "id": step.id,
        "text": step.text,
        "at": instant(step.at),
        "known": instant(step.known),
        "before": step.before.value,
        "after": step.after.value,
        "changed": step.changed,
        "cites": [
            {"ref": law.citations[c].ref, "url": law.citations[c].url} for c in _known(step, law)
        ],
    }


def _known(step: "Step", law: "Law") -> list[str]:
    return [cite for cite in step.cites if cite in law.citations]


def flip_json(flip: "Flip") -> dict[str, str]:
    """Return a single thing that would turn the answer."""
    return {
        "kind": flip.kind,
        "id": flip.id,
        "text": flip.text,
        "before": flip.before.value,
        "after": flip.after.value,
    }


def flips_json(turns: "Mapping[str, Iterable[Flip]]") -> dict[str, list[dict[str, str]]]:
    """Return, by act, what would turn the answer; the likeliest to matter first."""
    return {act: [flip_json(flip) for flip in flips] for act, flips in turns.items()}


def _table(steps: "Sequence[Step]", law: "Law") -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from analyzer.report.tables import moment

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Takes effect", "Known", "What", "Answer after it", "Source"):
        table.add_column(name, overflow="fold")
    for step in steps:
        after = step.after.value.replace("_", " ")
        turn = f"{step.before.value.replace('_', ' ')} -> {after}" if step.changed else after
        refs = "; ".join(law.citations[c].ref for c in _known(step, law))
        table.add_row(
            moment(step.at),
            moment(step.known),
            escape(f"{step.kind} {step.id}: {step.text}"),
            f"[bold]{turn}[/bold]" if step.changed else turn,
            escape(refs),
        )
    return table
