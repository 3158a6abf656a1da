"""What index funds must sell when a line leaves an index, beside the line's usual market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analyzer.core.asof import NEW_YORK
from analyzer.core.events import LegalEvent
from analyzer.law import Law
from analyzer.scenarios.book import Book
from analyzer.scenarios.flows import IndexFlow, dated
from analyzer.scenarios.impact import SigmaRet
from analyzer.scenarios.shocks import structural_shock
from analyzer.scenarios.spec import Scenario


@dataclass(frozen=True, slots=True)
class FlowResult:
    """One index flow in its market.

    Parameters
    ----------
    name
        The line as the holdings file prints it.
    shares, day, sessions, source
        As stated; the day may come from an event of the record.
    event, announced
        The index event cited, in words, and when it was first public.
    volume
        Usual shares per session; None where no source knows.
    of_volume
        Sessions of usual volume that the flow takes.
    per_session
        Flow of one of its sessions as a fraction of usual volume; above one nothing is left.
    structural
        Price move of the flow alone, a return; None without volume and volatility.
    """

    name: str
    line: str
    shares: float
    day: date
    sessions: int
    source: str
    event: str
    announced: date | None
    volume: float | None
    of_volume: float | None
    per_session: float | None
    structural: float | None


def index_flows(book: Book, law: Law, scenario: Scenario) -> tuple[FlowResult, ...]:
    """Return every stated flow of a line that is held, beside its usual volume."""
    found = []
    for flow in scenario.market.index_flow:
        day, event = dated(flow, law)
        for at, (isin, answer) in enumerate(zip(book.isins, book.judged, strict=True)):
            entity = answer.match.entity_id if answer.match else ""
            about = flow.line in (isin, entity) and not answer.only_counterparty
            if about and not book.derivative[at]:
                found.append(_result(flow, day, event, book, at, scenario))
    return tuple(found)


def _result(
    flow: IndexFlow, day: date, event: LegalEvent | None, book: Book, at: int, scenario: Scenario
) -> FlowResult:
    volume, sigma = float(book.volume[at]), float(book.sigma[at])
    known = np.isfinite(volume) and volume > 0
    move = None
    if known and np.isfinite(sigma):
        move = structural_shock(flow.shares, volume, SigmaRet(sigma), scenario.sale.policy.sqrt_y)
    return FlowResult(
        name=book.names[at],
        line=flow.line,
        shares=flow.shares,
        day=day,
        sessions=flow.sessions,
        source=flow.source,
        event=event.text if event else "",
        announced=event.known.astimezone(NEW_YORK).date() if event else None,
        volume=volume if known else None,
        of_volume=flow.shares / volume if known else None,
        per_session=flow.shares / flow.sessions / volume if known else None,
        structural=move,
    )


def flow_words(flows: Sequence[FlowResult], asked: date) -> tuple[str, ...]:
    """Say what a reader must know of the flows: hindsight, and sessions without volume left."""
    words = []
    for flow in flows:
        if flow.announced is not None and flow.announced > asked:
            words.append(
                f"{flow.name}: the index event was announced on {flow.announced}, after the day "
                f"asked about; the flow is a supposition"
            )
        if flow.per_session is not None and flow.per_session >= 1.0:
            words.append(
                f"{flow.name}: index funds take all usual volume of their sessions; nothing is "
                f"planned on them"
            )
    return tuple(words)
