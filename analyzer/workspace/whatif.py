"""What-if variants of the law: the same portfolio under hypothetical events and other readings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from analyzer.core.asof import AsOf, parse_instant
from analyzer.core.errors import QueryError
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.matching import JudgementRecord
from analyzer.exposure import Analysis
from analyzer.ingest import Ingested
from analyzer.law import Law
from analyzer.service import World
from analyzer.workspace.desk import Desk, analyze_desk

NS_CMIC = "US-OFAC-NS-CMIC"
_REGIME = "US-EO13959"

HYPOTHESES: Mapping[str, str] = {
    "designate": "the name is put on the list",
    "delist": "the name is taken off the list",
    "suspend": "a court enjoins the designation",
    "resume": "the injunction is reversed on appeal",
    "vacate": "a court vacates the designation",
    "license": "a licence allows sales to divest until a date",
}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One event that has not happened.

    Parameters
    ----------
    kind
        A key of `HYPOTHESES`.
    entity
        The entity it concerns.
    on
        Date or instant it takes effect and becomes known, New York.
    list_id
        The list, where a listing changes or is suspended.
    until
        Last day of a licence.
    """

    kind: str
    entity: str
    on: str
    list_id: str = NS_CMIC
    until: str = ""


@dataclass(frozen=True)
class Variant:
    """A name for a set of assumptions.

    Parameters
    ----------
    as_of
        Date asked about; empty takes the desk's.
    rulings
        False leaves court rulings and all that follows from them out.
    reading
        `strict`, `lenient`, or empty for neither.
    """

    name: str
    hypotheses: tuple[Hypothesis, ...] = ()
    as_of: str = ""
    rulings: bool = True
    reading: str = ""
    holder: str = ""
    notes: tuple[str, ...] = field(default=())


def assumed_event(law: Law, hypothesis: Hypothesis, number: int) -> LegalEvent:
    """Return a hypothesis as the event the law replays.

    Raises
    ------
    QueryError
        For a kind that is not offered, a date that cannot be read, or a licence without an end.
    """
    if hypothesis.kind not in HYPOTHESES:
        raise QueryError(f"{hypothesis.kind!r} is no hypothesis; known: {', '.join(HYPOTHESES)}")
    kind = EventKind(hypothesis.kind)
    at = parse_instant(hypothesis.on)
    licence = kind is EventKind.LICENSE
    if licence and not hypothesis.until:
        raise QueryError("a licence needs the date it ends")
    court = kind in {EventKind.SUSPEND, EventKind.RESUME, EventKind.VACATE}
    params = {"acts": ["sell"], "until": parse_instant(hypothesis.until)} if licence else {}
    regime = _regime_of(law, hypothesis.list_id) if licence else None
    return LegalEvent(
        id=f"what-if-{number}-{hypothesis.kind}-{hypothesis.entity}",
        kind=kind,
        effective=at,
        known=at,
        regime=regime,
        list_id=None if licence else hypothesis.list_id,
        targets=(hypothesis.entity,),
        text=f"Hypothesis: {HYPOTHESES[hypothesis.kind]} ({hypothesis.entity}, {hypothesis.on})",
        params=params,
        court="what-if" if court else None,
        precision="day" if len(hypothesis.on) == len("2021-05-25") else "minute",
        where="what-if",
    )


def _regime_of(law: Law, list_id: str) -> str:
    found = (r.id for r in law.regimes.values() if r.bans and list_id in r.lists)
    return next(found, _REGIME)


def law_of(law: Law, variant: Variant) -> Law:
    """Return the law under a variant's hypotheses; rulings and reading are the question's."""
    events = [assumed_event(law, h, at) for at, h in enumerate(variant.hypotheses, start=1)]
    return law.assuming(events) if events else law


def variant_desk(desk: Desk, variant: Variant) -> Desk:
    """Return the desk with the question of a variant."""
    as_of = variant.as_of or desk.as_of
    return replace(
        desk,
        as_of=as_of,
        known=_known(desk, as_of, variant.hypotheses),
        holder=variant.holder or desk.holder,
        without_rulings=desk.without_rulings or not variant.rulings,
        reading=variant.reading or desk.reading,
    )


def _known(desk: Desk, as_of: str, hypotheses: Sequence[Hypothesis]) -> str:
    """Return what is known: as on the desk, but never less than what is assumed to happen."""
    if not desk.known:
        return ""
    horizon = AsOf.of(as_of, desk.known).known
    latest: datetime = max((parse_instant(h.on) for h in hypotheses), default=horizon)
    return desk.known if latest <= horizon else latest.isoformat(timespec="minutes")


def analyze_variant(
    world: World,
    desk: Desk,
    inputs: Iterable[Ingested],
    variant: Variant,
    records: Iterable[JudgementRecord] = (),
) -> Analysis:
    """Analyse the desk as it would be under a variant.

    Raises
    ------
    QueryError
        For a hypothesis that cannot be read.
    """
    assumed = replace(world, law=law_of(world.law, variant))
    analysis = analyze_desk(assumed, variant_desk(desk, variant), inputs, records)
    assumptions = [
        f"{HYPOTHESES[h.kind]}: {h.entity}, {h.on}" + (f" until {h.until}" if h.until else "")
        for h in variant.hypotheses
    ]
    manifest = {**analysis.manifest, "variant": variant.name, "hypotheses": assumptions}
    return replace(analysis, manifest=manifest)
