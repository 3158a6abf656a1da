"""Commands on people's decisions: the review queue in the terminal, judgements as a file."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.home import Home, home_option, who
from analyzer.cli.options import (
    AS_OF,
    HOLDER,
    chosen_format,
    holdings_options,
    now,
    print_json,
    read_as,
    say,
    today,
    write_whole,
)

if TYPE_CHECKING:
    from analyzer.core.matching import Decision, JudgementRecord
    from analyzer.exposure import Analysis
    from analyzer.service import World
    from analyzer.store import Store
    from analyzer.workspace.review import ReviewItem

SCHEMA = "banimpact/review/v1"
_KEYS = "[y] it is  [n] it is not  [e] escalate  [s] skip  [u] undo  [q] quit"


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@AS_OF
@HOLDER
@holdings_options
@click.option("--who", "person", metavar="NAME", help="Who decides. Default: you.")
@home_option
@click.option("--format", "form", type=click.Choice(["table", "json"]))
def review(
    files: tuple[Path, ...],
    as_of: str | None,
    holder: str | None,
    person: str | None,
    store_path: Path | None,
    form: str | None,
    **options: Any,
) -> None:
    """Decide, key by key, which matches of FILES are right; decisions are kept in the store."""
    from analyzer.ingest.safety import load
    from analyzer.service import load_world
    from analyzer.workspace.archive import Beside, analyze_whole
    from analyzer.workspace.desk import Desk

    home = Home.of(store_path)
    world = load_world(home.lists)
    loaded = tuple(load(path) for path in files)
    mapping, dialect = read_as(options)
    desk = Desk(
        files=loaded,
        mappings={name: mapping for name, _ in loaded} if mapping else {},
        readings={name: dialect for name, _ in loaded} if dialect else {},
        as_of=as_of or today(),
        holder=holder or "",
    )
    analysis = analyze_whole(world, desk, Beside())
    session = _Session(home, home.store(), world, analysis, person or who())
    session.run()
    if chosen_format(form) == "json":
        print_json(session.summary())
    else:
        body = session.summary()
        click.echo(f"{len(session.records)} decided, {body['open']} left open")


def _inputs() -> Iterator[str]:
    """Yield what the user presses; whole lines where the input is no terminal."""
    if not sys.stdin.isatty():
        yield from (line.rstrip("\r\n") for line in sys.stdin)
        return
    while True:
        yield click.getchar()


@dataclass
class _Session:
    """One person at the queue."""

    home: Home
    store: "Store"
    world: "World"
    analysis: "Analysis"
    person: str
    records: "list[JudgementRecord]" = field(default_factory=list)
    passed: set[str] = field(default_factory=set)
    inputs: Iterator[str] = field(default_factory=_inputs)

    def queue(self) -> "tuple[ReviewItem, ...]":
        """Return what is still to be decided by this person."""
        from analyzer.workspace.review import State, review_queue

        items = review_queue(self.world, self.analysis, self.home.decisions())
        todo = []
        for item in items:
            second = item.state is State.SECOND
            mine = second and item.record is not None and self._me(item.record.who)
            if item.state in (State.OPEN, State.ESCALATED) or (second and not mine):
                todo.append(item)
        return tuple(todo)

    def _me(self, name: str) -> bool:
        return name.casefold() == self.person.casefold()

    def run(self) -> None:
        """Show one pair after the other until the queue or the input ends."""
        while True:
            left = [item for item in self.queue() if item.key not in self.passed]
            if not left:
                say(
                    "nothing left to decide" if self.records or self.passed else "nothing to decide"
                )
                return
            _show(left[0], len(left))
            if not self._act(left[0]):
                return

    def _act(self, item: "ReviewItem") -> bool:
        """Take one key; False ends the session."""
        from analyzer.core.matching import Decision

        keys = {"y": Decision.CONFIRM, "n": Decision.REJECT, "e": Decision.ESCALATE}
        text = next(self.inputs, "q").strip()
        key, _, rest = text.partition(" ")
        key = key.casefold()
        if key in ("q", "\x03", "\x04"):
            return False
        if key == "s":
            self.passed.add(item.key)
        elif key == "u":
            self._undo()
        elif key in keys:
            self._decide(item, keys[key], rest)
        elif text:
            say(f"{text!r} is none of the keys: {_KEYS}")
        return True

    def _decide(self, item: "ReviewItem", decision: "Decision", reason: str) -> None:
        from analyzer.core.matching import Decision
        from analyzer.workspace.deciding import decide

        if decision is Decision.REJECT and not reason.strip():
            reason = self._reason()
            if not reason:
                say("a rejection needs a reason; nothing was decided")
                return
        try:
            record = decide(self.store, item, decision, self.person, now(), reason)
        except ValueError as error:
            say(str(error))
            self.passed.add(item.key)
            return
        self.records.append(record)
        # decided by this person: it does not come back in this session
        self.passed.add(item.key)
        say(f"{decision.value}: {item.line.name} / {item.match.entity} ({record.why})")

    def _reason(self) -> str:
        if sys.stdin.isatty():
            answer: str = click.prompt("reason", default="", show_default=False, err=True)
            return answer.strip()
        return next(self.inputs, "").strip()

    def _undo(self) -> None:
        from analyzer.workspace.deciding import withdraw

        if not self.records:
            say("nothing to undo in this session")
            return
        record = self.records.pop()
        withdraw(self.store, record, self.person, now())
        self.passed.discard(f"{record.security_key} {record.entity_id}")
        say(f"withdrawn: {record.decision.value} of {record.security_key} / {record.entity_id}")

    def summary(self) -> dict[str, object]:
        """Return what was decided and what stands open."""
        from analyzer.service import judgement_json

        return {
            "schema": SCHEMA,
            "who": self.person,
            "decided": [judgement_json(record) for record in self.records],
            "open": len(self.queue()),
        }


def _show(item: "ReviewItem", left: int) -> None:
    """Print the evidence on one pair: the file on one side, the list on the other."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from analyzer.report.tables import money
    from analyzer.workspace.review import evidence

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("", "In the file", "On the list"):
        table.add_column(name, overflow="fold")
    for label, mine, theirs in evidence(item):
        if mine or theirs:
            table.add_row(label, escape(mine), escape(theirs))
    rows = ", ".join(str(row) for row in item.rows[:8]) + (", ..." if len(item.rows) > 8 else "")
    console = Console(stderr=True)
    if not console.is_terminal:
        console = Console(stderr=True, width=120)
    console.print(
        f"\n{left} to decide; rows {rows}; value {money(item.market_value)}; {item.state}"
    )
    console.print(table)
    console.print(escape(f"{item.match.kind.value} {item.match.score:.3f}: {item.match.evidence}"))
    for against in item.match.contradictions:
        console.print(escape(f"against it: {against}"))
    console.print(escape(_KEYS))


# -- judgements as a file ----------------------------------------------------------------------


@click.group()
def judgements() -> None:
    """Carry decisions between stores, as CSV that a spreadsheet can open."""


@judgements.command("export")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--current", is_flag=True, help="Leave decisions out that later ones overtook.")
@home_option
def export_(output: Path | None, current: bool, store_path: Path | None) -> None:
    """Write every decision with its author, time and reason."""
    from analyzer.store import judgements_to_csv

    store = Home.of(store_path).found()
    records = store.judgements(superseded=not current) if store else ()
    text = judgements_to_csv(records)
    if output:
        write_whole(output, text.encode("utf-8"))
        say(f"written: {output}")
    else:
        click.echo(text, nl=False)
    say(f"{len(records):,} judgements")


@judgements.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@home_option
def import_(file: Path, store_path: Path | None) -> None:
    """Add the decisions of FILE to the store; those it holds already are left alone."""
    from analyzer.core.errors import InputError
    from analyzer.store import judgements_from_csv

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: {error}") from None
    records = judgements_from_csv(text, file.name)
    added = Home.of(store_path).store().add_judgements(records, who(), now())
    say(f"{len(added):,} new of {len(records):,} judgements")
