"""Swaps, forwards and options that a listing touches: what they are worth, and what may be done.

A contract is touched in one of two ways, or both: it is about a listed issuer, or its other party
is listed. The first is an exposure to the underlying, notional times delta; the second a claim on
the party, or a debt to it, of the contract's close-out value. The two are never added.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis, LineJudgement
from analyzer.exposure.derivatives import notional_in_base
from analyzer.resolve.lines import DERIVATIVES

_QUIET = frozenset({Status.NO_MATCH, Status.WATCH, Status.RELEASED})
_ACTS = ("hold", "sell")


class Role(StrEnum):
    """How a listed name enters a contract."""

    UNDERLYING = "underlying"
    COUNTERPARTY = "counterparty"
    BOTH = "underlying and counterparty"


@dataclass(frozen=True, slots=True)
class Contract:
    """One touched line; money in base currency.

    Parameters
    ----------
    entity, counterparty
        The listed issuer it is about and the listed other party; empty where there is none.
    notional
        Unsigned; None where the file prints none.
    low, high
        Exposure to the underlying, signed: notional times delta, between bounds where the file
        prints no delta. None where it is not about a listed issuer, or prints no notional.
    close_out
        Market value: what the other party would owe if the contract ended today, negative where
        the holder would owe it. None where the file prints none.
    may
        Outcome of holding it and of closing it out.
    conditions
        What these are subject to: terms of a licence, facts still needed.
    report_due
        The reporting duty in words; empty where there is none.
    """

    name: str
    input: str
    row: int
    instrument: str
    role: Role
    status: Status
    confirmed: bool
    entity: str
    counterparty: str
    notional: float | None
    low: float | None
    high: float | None
    close_out: float | None
    may: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    report_due: str


@dataclass(frozen=True, slots=True)
class PartyExposure:
    """Close-out exposure to one listed counterparty, base currency.

    Parameters
    ----------
    claims, owed
        Sums of positive and of negative close-out values, both unsigned: what is blocked as the
        party's debt, and what could only be paid into a blocked account.
    """

    entity: str
    contracts: int
    claims: float
    owed: float

    @property
    def netted(self) -> float:
        """The claim after netting, not negative; netting may itself need a licence."""
        return max(self.claims - self.owed, 0.0)


def touched_contracts(analysis: Analysis) -> tuple[Contract, ...]:
    """Return the contracts that the law, as judged, touches, in input order."""
    lines, judged = analysis.lines, analysis.judged
    touches = np.array([_touched(answer) for answer in judged], dtype=bool)
    codes = lines["judged"].to_numpy()
    at = np.flatnonzero(touches[codes]) if len(judged) else np.empty(0, dtype=np.int64)
    if not len(at):
        return ()
    part = lines.iloc[at]
    notional = notional_in_base(part, part["market_value_base"].to_numpy(dtype=float))
    columns = zip(
        part["name"].astype(object),
        part["input"].astype(str),
        part["row"],
        part["underlying_low"],
        part["underlying_high"],
        part["market_value_base"],
        notional,
        [judged[c] for c in codes[at]],
        strict=True,
    )
    return tuple(_contract(*cells) for cells in columns)


def _touched(answer: LineJudgement) -> bool:
    contract = answer.instrument in DERIVATIVES or answer.counterparty is not None
    return contract and answer.status not in _QUIET


def _contract(
    name: object,
    file: str,
    row: int,
    low: float,
    high: float,
    value: float,
    notional: float,
    answer: LineJudgement,
) -> Contract:
    itself = not answer.only_counterparty and answer.own_status not in _QUIET
    about = answer.match if itself else None
    other = answer.counterparty
    role = Role.UNDERLYING if other is None else Role.COUNTERPARTY if about is None else Role.BOTH
    said = [answer.verdicts[act] for act in _ACTS]
    notes = [words for verdict in said for words in (*verdict.conditions, *verdict.needs)]
    return Contract(
        name=name if isinstance(name, str) else "",
        input=file,
        row=int(row),
        instrument=answer.instrument,
        role=role,
        status=answer.status,
        confirmed=all(m.confirmed for m in (about, other) if m is not None),
        entity=about.entity if about else "",
        counterparty=other.entity if other else "",
        notional=_known(notional),
        low=_known(low) if about else None,
        high=_known(high) if about else None,
        close_out=_known(value),
        may=tuple((a, v.outcome.value) for a, v in zip(_ACTS, said, strict=True)),
        conditions=tuple(dict.fromkeys(notes)),
        report_due=next((v.report_due for v in said if v.report_due), ""),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def party_exposures(contracts: Sequence[Contract]) -> tuple[PartyExposure, ...]:
    """Return the close-out exposure to each listed counterparty, in order of appearance."""
    found = []
    for entity in dict.fromkeys(c.counterparty for c in contracts if c.counterparty):
        mine = [c for c in contracts if c.counterparty == entity]
        values = [c.close_out for c in mine if c.close_out is not None]
        claims = sum(v for v in values if v > 0)
        owed = -sum(v for v in values if v < 0)
        found.append(PartyExposure(entity, len(mine), float(claims), float(owed)))
    return tuple(found)


def contract_words(contracts: Sequence[Contract]) -> Iterator[str]:
    """Yield what a reader must know: contracts whose exposure or value is not printed."""
    silent = [c.name for c in contracts if c.entity and c.low is None]
    if silent:
        yield f"no notional is printed for {', '.join(silent)}: the exposure is not known"
    blank = [c.name for c in contracts if c.counterparty and c.close_out is None]
    if blank:
        yield f"no value is printed for {', '.join(blank)}: the close-out is not known"
