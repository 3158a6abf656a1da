"""What a sale costs, by cause, and how concentrated the book is around it, as reported."""

from typing import Any

from analyzer.report.contract import number
from analyzer.report.headline_figure import Figure
from analyzer.scenarios.concentration import Concentration
from analyzer.scenarios.run import ScenarioResult

_CAUSES = (
    ("spread", "spread"),
    ("temporary", "temporary impact"),
    ("permanent", "permanent impact"),
    ("duties", "duties"),
    ("fx", "currency conversion"),
    ("fees", "fees"),
)


def cost_figures(result: ScenarioResult) -> list[Figure]:
    """Return the expected cost by cause, and what a lock takes; causes that cost nothing are None.

    The parts add up to the expected cost of selling; the loss on what stays locked stands beside
    them.
    """
    plan = result.plan
    found = []
    for name, words in _CAUSES:
        value = None if plan is None else float(getattr(plan, name).sum())
        found.append(Figure(f"of it {words}", "money", value or None))
    lock = None
    if plan is not None:
        locked = plan.stranded * plan.problem.price
        lock = float(locked.sum()) * plan.problem.policy.economic_discount
    return [*found, Figure("loss on what stays locked, to this holder", "money", lock or None)]


_TIMINGS = (("sold at once", "commit"), ("held for the court", "wait"))
_OUTCOMES = (("it refuses", 0), ("it grants relief", -1))


def matrix_figures(result: ScenarioResult) -> list[Figure]:
    """Return what each timing of the sale costs under each outcome of the court, were it certain.

    Rows of the first court's sweep at the chances nothing and one.
    """
    court = result.courts[0] if result.courts else None
    found = []
    for timing, name in _TIMINGS:
        for outcome, at in _OUTCOMES:
            cost = None if court is None else float(getattr(court.over, name)[at].sum())
            found.append(Figure(f"cost, {timing}, {outcome}", "money", cost))
    return found


def concentration_figures(result: ScenarioResult) -> list[Figure]:
    """Return the effective numbers of issuers and sectors, before the sale and after."""
    before, after = result.concentration or (None, None)

    def row(name: str, value: float | None) -> Figure:
        return Figure(name, "number", None if value is None else round(value, 1))

    return [
        row("effective number of issuers, before", before.issuers if before else None),
        row("effective number of issuers, after", after.issuers if after else None),
        row("effective number of sectors, before", before.sectors if before else None),
        row("effective number of sectors, after", after.sectors if after else None),
    ]


def concentration_json(found: tuple[Concentration, Concentration] | None) -> dict[str, Any] | None:
    """Return Herfindahl indices and effective numbers before and after the sale."""
    if found is None:
        return None

    def side(one: Concentration) -> dict[str, Any]:
        return {
            "issuer_herfindahl": number(one.issuer_index),
            "effective_issuers": number(one.issuers),
            "sector_herfindahl": number(one.sector_index),
            "effective_sectors": number(one.sectors),
        }

    before, after = found
    return {"before": side(before), "after": side(after)}
