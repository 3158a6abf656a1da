"""Commands on single names: status and timeline."""

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
    from pathlib import Path

    from analyzer.exposure import Answer
    from analyzer.service import World

_ACTS = click.option(
    "--act", "acts", multiple=True, metavar="ACT", help="Act to answer for; repeatable."
)
_INSTRUMENT = click.option("--instrument", default="equity", show_default=True, metavar="WORD")
_FORM = click.option("--format", "form", type=click.Choice(["table", "json"]))


@click.command()
@click.argument("query")
@AS_OF
@KNOWN
@_ACTS
@HOLDER
@_INSTRUMENT
@click.option(
    "--fact", "facts", multiple=True, metavar="KEY=VALUE", help="A fact the answer may turn on."
)
@RULINGS
@READING
@store_options
@_FORM
def status(
    query: str,
    as_of: str | None,
    known: str | None,
    acts: tuple[str, ...],
    holder: str | None,
    instrument: str,
    facts: tuple[str, ...],
    without_rulings: bool,
    reading: str | None,
    store_path: "Path | None",
    no_store: bool,
    form: str | None,
) -> None:
    """Say what may be done with the securities of QUERY (a name, identifier or entity id)."""
    from analyzer.cli.explaining import flips_json
    from analyzer.report.answers import answer_json, answer_notes
    from analyzer.report.tables import status_text, verdicts_table
    from analyzer.service import ask
    from analyzer.workspace.explaining import flips_of

    world = Home.to_read(store_path, no_store).world()
    question = question_of(as_of, known, holder, without_rulings, reading=reading)
    answer = ask(
        world,
        query,
        question,
        acts=acts or ("buy", "hold", "sell"),
        instrument=instrument,
        facts=pairs(facts, "--fact"),
    )
    law = world.under(question)
    turns = flips_of(world, answer)
    if chosen_format(form) == "json":
        print_json({**answer_json(answer, law), "flips": flips_json(turns)})
        return
    _heading(world, answer)
    if answer.judgement is not None:
        print_table(status_text(answer.judgement.status))
        for flag in answer.judgement.standing.flags:
            click.echo(f"  {flag}")
    print_table(verdicts_table(answer.verdicts, answer_notes(answer, law)))
    for act, found in turns.items():
        if found:
            click.echo(f"  would turn {act}: {found[0].text} -> {found[0].after.value}")
    assumed = " (assumed)" if question.holder_assumed else ""
    say(f"as of {question.as_of}, holder {question.holder}{assumed}; not legal advice")


def _heading(world: "World", answer: "Answer") -> None:
    if answer.entity is not None:
        name = world.names.get(answer.entity.entity_id, answer.entity.entity)
        click.echo(f"{name} ({answer.entity.entity_id}): {answer.entity.evidence}")
    elif answer.candidates:
        click.echo(f"{answer.query!r} may mean several entities; name one by its id:")
        for candidate in answer.candidates:
            click.echo(f"  {candidate.entity_id}: {candidate.entity} ({candidate.evidence})")
    else:
        click.echo(f"{answer.query!r}: no designated issuer found on the lists screened")


@click.command()
@click.argument("query")
@KNOWN
@_ACTS
@HOLDER
@_INSTRUMENT
@RULINGS
@store_options
@_FORM
def timeline(
    query: str,
    known: str | None,
    acts: tuple[str, ...],
    holder: str | None,
    instrument: str,
    without_rulings: bool,
    store_path: "Path | None",
    no_store: bool,
    form: str | None,
) -> None:
    """Show how the answers for QUERY change over time, as known at one instant."""
    from analyzer.cli.options import today
    from analyzer.report.answers import interval_rows, timeline_json
    from analyzer.report.tables import timeline_table
    from analyzer.service import timeline_of

    question = question_of(known or today(), known, holder, without_rulings)
    asked = acts or ("buy", "hold", "sell")
    world = Home.to_read(store_path, no_store).world()
    found, intervals = timeline_of(world, query, question, question.as_of.known, asked, instrument)
    if chosen_format(form) == "json":
        body: dict[str, Any] = timeline_json(
            query, found, question, intervals, world.under(question)
        )
        print_json(body)
        return
    click.echo(f"{found.entity} ({found.entity_id}), as known on {question.as_of}")
    print_table(timeline_table(interval_rows(intervals)))
