"""The law with every bundled list and relation, and what the oracle tests ask of it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from analyzer.core.asof import AsOf, parse_instant
from analyzer.core.entities import Grade, Relation, RelationKind
from analyzer.core.events import LegalEvent
from analyzer.core.verdict import Judgement, Key
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.law import Law, event_of, fact_value, load_law_data
from analyzer.law.load import DATA
from analyzer.lists import load_lists

HERE = Path(__file__).resolve().parent
MAP = HERE / "oracle_map.csv"
FIXTURES = HERE / "oracle_fixtures.yml"


@dataclass(frozen=True)
class Row:
    """One question of an oracle case and the answer it must have.

    A blank `until`, `status` or `flags` is not asked; `until` may be `none`. A `waiver` starts
    with the outcome given instead, a colon, and the reason.
    """

    case: str
    source: str
    confidence: str
    regimes: str
    entity: str
    act: str
    holder: str
    instrument: str
    as_of: str
    known: str
    facts: str
    fixture: str
    without_rulings: str
    outcome: str
    until: str
    status: str
    flags: str
    waiver: str
    note: str

    @property
    def base(self) -> str:
        """The id of the case the row belongs to."""
        return self.case.split("/", maxsplit=1)[0]

    @property
    def expected(self) -> tuple[str, datetime | str | None, str, str]:
        """Outcome, until, status and flags, as far as the row asks for them."""
        outcome = self.waiver.split(":", maxsplit=1)[0] if self.waiver else self.outcome
        until = parse_instant(self.until) if self.until not in ("", "none") else self.until
        return outcome, until, self.status, self.flags


@dataclass(frozen=True)
class Fixture:
    """Supposed issuers, ownership and listings."""

    entities: frozenset[str]
    relations: tuple[Relation, ...]
    events: tuple[LegalEvent, ...]


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Read the oracle map."""
    with MAP.open(encoding="utf-8", newline="") as file:
        return tuple(Row(**row) for row in csv.DictReader(file))


@lru_cache(maxsize=1)
def fixtures() -> Mapping[str, Fixture]:
    """Read the fixtures of the oracle map."""
    body = parse_yaml(FIXTURES.read_text(encoding="utf-8"), FIXTURES.name)
    return {name: _fixture(given) for name, given in body.items() if name != LINE}


def fixture_events(row: Row) -> tuple[LegalEvent, ...]:
    """Return what a row supposes of listings."""
    return fixtures()[row.fixture].events if row.fixture else ()


def _fixture(given: Mapping[str, Any]) -> Fixture:
    return Fixture(
        frozenset(str(e["id"]) for e in given["entities"]),
        tuple(
            Relation(
                str(r["owned"]),
                RelationKind.SUBSIDIARY if r["fraction"] > 0.5 else RelationKind.OWNED,
                str(r["owner"]),
                _day(r.get("from")),
                _day(r.get("to")),
                float(r["fraction"]),
                FIXTURES.name,
            )
            for r in given.get("relations", ())
        ),
        tuple(event_of(e, FIXTURES.name) for e in given.get("events", ())),
    )


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def relations(path: Path = DATA / "entities" / "relations.csv") -> tuple[Relation, ...]:
    """Read the bundled relations between issuers."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Relation(
                r["entity"],
                RelationKind(r["relation"]),
                r["other"],
                _day(r["since"]),
                _day(r["until"]),
                float(r["fraction"]) if r["fraction"] else None,
                r["source"],
                Grade(r["grade"]),
            )
            for r in csv.DictReader(file)
        )


@lru_cache(maxsize=1)
def build_law() -> Law:
    """Build the law from the bundled rules, lists and relations, once per process."""
    data, lists = load_law_data(), load_lists()
    return Law.of(data, lists.events, lists.horizons, relations())


def law_of(law: Law, row: Row) -> Law:
    """Return the law a row is asked of: with its fixture, and without rulings where it says so."""
    if row.fixture:
        law = law.assuming(fixture_events(row), fixtures()[row.fixture].relations)
    return law.without_rulings() if row.without_rulings else law


def judge(law: Law, row: Row) -> Judgement:
    """Ask one row."""
    kinds = law.vocabulary.facts
    pairs = (pair.split("=", maxsplit=1) for pair in row.facts.split(";") if pair)
    facts = {name: fact_value(kinds.get(name, "text"), text) for name, text in pairs}
    key = Key.of(row.entity, row.instrument, facts)
    as_of = AsOf.of(row.as_of, row.known or None)
    return law_of(law, row).judge(key, row.holder, as_of, (row.act,))


def answer(row: Row, judgement: Judgement) -> tuple[str, datetime | str | None, str, str]:
    """Return outcome, until, status and flags in the form of `Row.expected`.

    What the row does not ask for comes back blank, and the flags as the words asked for when any
    flag holds them.
    """
    verdict = judgement.verdicts[row.act]
    until: datetime | str | None = ""
    if row.until:
        until = verdict.until or "none"
    found = "; ".join(judgement.standing.flags)
    flags = "" if not row.flags else row.flags if row.flags in found else found
    return verdict.outcome.value, until, judgement.status.value if row.status else "", flags
