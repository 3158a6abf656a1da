"""Contracts that a listing touches, as they are reported."""

from collections.abc import Iterator, Sequence
from typing import Any

from analyzer.report.contract import money
from analyzer.report.headline_figure import Figure
from analyzer.report.scenario import Result
from analyzer.scenarios.contracts import Contract, party_exposures

_FIGURES = (
    "contracts touched, notional",
    "exposure to listed issuers, lowest",
    "exposure to listed issuers, highest",
    "claims on listed counterparties",
    "owed to listed counterparties",
    "claims on them, if netting is lawful",
)


def contract_figures(contracts: Sequence[Contract]) -> list[Figure]:
    """Return notional, exposure to issuers and close-out exposure to counterparties."""
    if not contracts:
        return [Figure(name, "money", None) for name in _FIGURES]
    parties = party_exposures(contracts)
    values = (
        sum(c.notional for c in contracts if c.notional is not None),
        sum(c.low for c in contracts if c.low is not None),
        sum(c.high for c in contracts if c.high is not None),
        sum(p.claims for p in parties),
        sum(p.owed for p in parties),
        sum(p.netted for p in parties),
    )
    return [Figure(n, "money", float(v)) for n, v in zip(_FIGURES, values, strict=True)]


def contract_results(contracts: Sequence[Contract], currency: str) -> Iterator[Result]:
    """Yield each contract: what may be done with it, its notional, exposure and close-out."""
    for found in contracts:
        place = f"{found.name} ({found.input}:{found.row})"
        acts = "; ".join(f"{act}: {outcome}" for act, outcome in found.may)
        words = [found.status.value, found.role.value, acts, *found.conditions, found.report_due]
        yield Result(f"contract {place}", "; ".join(w for w in words if w))
        for name in ("notional", "low", "high", "close_out"):
            value = getattr(found, name)
            if value is not None:
                yield Result(f"contract {place}: {_NAMES[name]}", value, currency)
    for party in party_exposures(contracts):
        yield Result(f"claims on {party.entity}", party.claims, currency)
        yield Result(f"owed to {party.entity}", party.owed, currency)


_NAMES = {
    "notional": "notional",
    "low": "exposure, lowest",
    "high": "exposure, highest",
    "close_out": "close-out value",
}


def contracts_json(contracts: Sequence[Contract]) -> dict[str, Any]:
    """Return every touched contract, and what is owed between holder and counterparties."""
    return {
        "lines": [
            {
                "name": c.name,
                "input": c.input,
                "row": c.row,
                "instrument": c.instrument,
                "role": c.role.value,
                "status": c.status.value,
                "confirmed": c.confirmed,
                "entity": c.entity or None,
                "counterparty": c.counterparty or None,
                "notional": money(c.notional),
                "exposure": None if c.low is None else {"low": money(c.low), "high": money(c.high)},
                "close_out": money(c.close_out),
                "may": dict(c.may),
                "conditions": list(c.conditions),
                "report_due": c.report_due or None,
            }
            for c in contracts
        ],
        "counterparties": [
            {
                "entity": p.entity,
                "contracts": p.contracts,
                "claims": money(p.claims),
                "owed": money(p.owed),
                "netted": money(p.netted),
            }
            for p in party_exposures(contracts)
        ],
    }
