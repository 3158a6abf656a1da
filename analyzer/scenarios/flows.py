"""Flows that a scenario states: what index funds must sell, and how much cash a session raises.

Index funds sell whether or not the law binds them, around a day the provider sets. On those
sessions what they sell is taken out of the volume that the holder's own sale may take a share of;
what they sell beside the barred holders sizes the structural price move.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analyzer.core.asof import NEW_YORK
from analyzer.core.errors import QueryError
from analyzer.core.events import LegalEvent
from analyzer.law import Law
from analyzer.scenarios.cells import Cells
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.schedule import Parameter

INDEX_KEYS = frozenset(
    {"line", "shares", "share_of_float", "float_shares", "date", "event", "sessions", "source"}
)
BUDGET_KEYS = frozenset({"most", "least", "through"})


@dataclass(frozen=True, slots=True)
class IndexFlow:
    """What funds that track an index must sell when a line leaves it.

    Parameters
    ----------
    line
        ISIN or entity id.
    shares
        Sold in all; the share of the float that index funds hold times the float.
    day
        Last session of the flow: index funds are out by its close. None takes the day of `event`.
    event
        Id of an index event in the record of the law, whose words and day are cited.
    sessions
        Sessions over which the flow is spread evenly, the last of them on `day`.
    source
        Where the figure comes from, or that it is an assumption.
    """

    line: str
    shares: float
    day: date | None
    event: str
    sessions: int
    source: str


@dataclass(frozen=True, slots=True)
class CashBudget:
    """Proceeds of the sale per session, base currency at arrival prices.

    Parameters
    ----------
    most
        No session may raise more; None for no limit.
    least
        Every session through `through` in which a line trades raises at least this.
    """

    most: float | None = None
    least: float | None = None
    through: date | None = None


def read_index_flow(cells: Cells, row: dict[str, Any]) -> IndexFlow | None:
    """Read one index flow; problems are noted in `cells`."""
    cells.known(row, "index_flow")
    shares = _shares(cells, row)
    day = cells.day(row, "date")
    event = str(row.get("event") or "")
    for missing, key in (
        (not row.get("line"), "line"),
        (day is None and not event, "date or event"),
        (not row.get("source"), "source: where the figure comes from, or that it is assumed"),
    ):
        if missing:
            cells.say(row, f"an index flow needs {key}")
    if shares is None or not row.get("line"):
        return None
    sessions = int(cells.number(row, "index_flow", "sessions", 1.0, 1.0, 250.0))
    return IndexFlow(str(row["line"]), shares, day, event, sessions, str(row.get("source", "")))


def _shares(cells: Cells, row: Mapping[str, Any]) -> float | None:
    stated = "shares" in row
    parts = {"share_of_float", "float_shares"} & set(row)
    if stated == bool(parts) or len(parts) == 1:
        cells.say(row, "an index flow needs shares, or share_of_float and float_shares")
        return None
    if stated:
        return cells.number(row, "index_flow", "shares", 0.0, 1e-9, 1e15)
    held = cells.number(row, "index_flow", "share_of_float", 0.0, 0.0, 1.0)
    return held * cells.number(row, "index_flow", "float_shares", 0.0, 1e-9, 1e15)


def read_cash_budget(cells: Cells, row: dict[str, Any]) -> CashBudget | None:
    """Read `sale.cash_budget`; problems are noted in `cells`."""
    given = cells.section(row, "cash_budget")
    if not given:
        return None
    cells.known(given, "cash_budget")
    through = cells.day(given, "through")
    if (given.get("least") is None) != (through is None):
        cells.say(given, "cash_budget: least and through go together")
    if given.get("most") is None and given.get("least") is None:
        cells.say(given, "cash_budget needs most or least")

    def amount(key: str) -> float | None:
        if given.get(key) is None:
            return None
        return cells.number(given, "sale.cash_budget", key, 1.0, 1e-9, 1e18)

    return CashBudget(amount("most"), amount("least"), through)


def dated(flow: IndexFlow, law: Law) -> tuple[date, LegalEvent | None]:
    """Return the last session of a flow, and the index event it cites.

    Raises
    ------
    QueryError
        When the record holds no index event of that id.
    """
    event = law.record.by_id.get(flow.event) if flow.event else None
    if flow.event and (event is None or event.kind.value != "index"):
        raise QueryError(f"market.index_flow: no index event {flow.event!r} in the record")
    if flow.day is not None:
        return flow.day, event
    assert event is not None  # noqa: S101 (a flow has a day or an event)
    return event.effective.astimezone(NEW_YORK).date(), event


def flow_by_session(
    flows: Sequence[IndexFlow],
    law: Law,
    codes: Sequence[tuple[str, str]],
    sessions: Sequence[date],
    traded: FloatArray,
) -> FloatArray:
    """Return what index funds sell of each line in each session, (N, T) shares.

    Parameters
    ----------
    codes
        ISIN and entity id of each line.
    traded
        (N, T) weight of each session at the line's venue; 0 where it does not trade.
    """
    found = np.zeros(traded.shape)
    for flow in flows:
        last, _ = dated(flow, law)
        for row, code in enumerate(codes):
            if flow.line not in code or last > sessions[-1]:
                continue
            at = [t for t in np.flatnonzero(traded[row]) if sessions[int(t)] <= last]
            # What falls before the first session is over and leaves the volume alone.
            found[row, at[-flow.sessions :]] += flow.shares / flow.sessions
    return found


def flow_parameters(
    flows: Sequence[IndexFlow], budget: CashBudget | None, where: str
) -> Iterator[Parameter]:
    """Yield what is assumed of flows and proceeds, with its source."""
    for flow in flows:
        yield Parameter(f"market.index_flow {flow.line}", f"{flow.shares:g}", "shares", flow.source)
    for name in ("most", "least", "through") if budget is not None else ():
        value = getattr(budget, name)
        if value is not None:
            unit = "day" if name == "through" else "base currency per session"
            yield Parameter(f"sale.cash_budget.{name}", str(value), unit, where)
