"""The figures of a scenario that a reader asks for first."""

import numpy as np

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import Status
from analyzer.report.baskets import basket_figures
from analyzer.report.contracts import contract_figures
from analyzer.report.cost_parts import concentration_figures, cost_figures, matrix_figures
from analyzer.report.headline_figure import Figure
from analyzer.report.index_flows import flow_figures
from analyzer.report.redemptions import redemption_figures
from analyzer.scenarios.court_path import Step
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.ladder import NEVER
from analyzer.scenarios.rulings import CourtResult
from analyzer.scenarios.run import ScenarioResult

_BARRED = (
    Status.BLOCKED,
    Status.REVIEW,
    Status.LOCKED,
    Status.SELL_WINDOW,
    Status.RESTRICTED,
)


def headline(result: ScenarioResult, first: ScenarioResult | None = None) -> tuple[Figure, ...]:
    """Return the figures of one scenario; those that do not apply are None.

    Parameters
    ----------
    first
        What it is compared with, draw by draw.
    """
    return (
        *_exposure(result),
        *contract_figures(result.contracts),
        *flow_figures(result.index_flows),
        *_sale(result),
        *cost_figures(result),
        *concentration_figures(result),
        *_tax(result),
        *_courts(result),
        *matrix_figures(result),
        *_receipts(result),
        *basket_figures(result.substitutes),
        *redemption_figures(result.redemption),
        *_book(result),
        *_against(result, first),
    )


def _held(result: ScenarioResult, *statuses: Status) -> float | None:
    found = [s for k, s in result.analysis.totals.by_status.items() if k in statuses]
    return sum(s.market_value for s in found if s.market_value is not None)


def _exposure(result: ScenarioResult) -> list[Figure]:
    ends = [d.deadline.at for d in result.analysis.deadlines if d.deadline.kind == "window_closes"]
    first = min(ends).astimezone(NEW_YORK).date().isoformat() if ends else None
    return [
        Figure("as of", "text", str(result.analysis.question.as_of)),
        Figure("no purchases, or in doubt", "money", _held(result, *_BARRED)),
        Figure("ban to come", "money", _held(result, Status.UPCOMING)),
        Figure("suspended by a court", "money", _held(result, Status.SUSPENDED)),
        Figure("locked or blocked today", "money", _held(result, Status.LOCKED, Status.BLOCKED)),
        Figure("first window closes", "date", first),
        Figure("loss from the stated price move", "money", result.shock_loss),
        Figure("loss from the structural price move", "money", structural_loss(result)),
    ]


def structural_loss(result: ScenarioResult) -> float | None:
    """Return the loss of the structural move over the lines that have one, base currency."""
    lines = [line for line in result.moves.lines if line.structural is not None]
    return sum(-(line.structural or 0.0) * line.value for line in lines) if lines else None


_SALE = (
    ("value to sell", "money"),
    ("expected cost of selling", "money"),
    ("expected cost, of value sold", "bp"),
    ("timing risk, one sd", "money"),
    ("cost at 95 % (L-VaR)", "money"),
    ("sessions needed, slowest line", "number"),
    ("latest safe start", "date"),
    ("last sale", "date"),
    ("stranded behind the window", "money"),
    ("stranded, worth to this holder", "money"),
    ("fall in volume that misses the date", "percent"),
)


def _slowest(result: ScenarioResult) -> float | str | None:
    if result.ladder is None or not result.ladder.days:
        return None
    most = max(d.sessions for d in result.ladder.days)
    return "never" if most >= NEVER else float(most)


def _sale(result: ScenarioResult) -> list[Figure]:
    plan, stress = result.plan, result.stress
    if plan is None or stress is None:
        return [Figure(name, kind, None) for name, kind in _SALE]
    problem = plan.problem
    sold = float(plan.value_sold.sum())
    wanted = float((problem.wanted * problem.price).sum())
    stranded = plan.stranded * problem.price
    worth = stranded * (1.0 - problem.policy.economic_discount)
    starts = [d for d in plan.latest_safe_date if d is not None]
    sales = [d for d in plan.last_sale if d is not None]
    values: tuple[float | str | None, ...] = (
        wanted,
        plan.expected_cost,
        plan.expected_cost / sold * 1e4 if sold else None,
        plan.timing_sd,
        plan.liquidity_var(),
        _slowest(result),
        min(starts).isoformat() if len(starts) == len(plan.latest_safe_date) else "too late",
        max(sales).isoformat() if sales else None,
        float(stranded.sum()),
        float(worth.sum()),
        float(stress.volume_fall.min()),
    )
    return [Figure(name, kind, value) for (name, kind), value in zip(_SALE, values, strict=True)]


def _tax(result: ScenarioResult) -> list[Figure]:
    found = result.tax
    gain, tax = found.total(found.chosen) if found and found.lines else (None, None)
    return [Figure("gain realised", "money", gain), Figure("tax on it", "money", tax)]


_COURT = (
    ("chance of relief used", "percent"),
    ("where it comes from", "text"),
    ("value of waiting", "money"),
    ("break-even chance of relief", "percent"),
    ("to sell before the ruling", "money"),
    ("point of no return", "date"),
    ("regret if sold now and relief comes", "money"),
    ("regret if waited and the court refuses", "money"),
)


def _courts(result: ScenarioResult) -> list[Figure]:
    if not result.courts:
        return [Figure(name, kind, None) for name, kind in _COURT]
    found = result.courts[0]
    values: tuple[float | str | None, ...] = (
        found.relief,
        relief_basis(found),
        float(found.value.total.sum()),
        break_even(found),
        sold_before(found),
        point_of_no_return(result, found),
        *regrets(found),
    )
    return [Figure(name, kind, value) for (name, kind), value in zip(_COURT, values, strict=True)]


def _receipts(result: ScenarioResult) -> list[Figure]:
    names = (
        "best way out of the receipt",
        "net, best way",
        "net, selling the receipt",
        "net, best way if surrender is free",
    )
    if not result.receipts:
        kinds = ("text", "money", "money", "money")
        return [Figure(n, k, None) for n, k in zip(names, kinds, strict=True)]
    found = result.receipts[0]
    plain = next(r for r in found.comparison.routes if r.name == "sell the receipt")
    best, cheap = found.comparison.best, found.cheap.best
    otherwise = f"; free of fee: {cheap.name}" if found.depends_on_fee else ""
    return [
        Figure(names[0], "text", f"{found.terms.receipt}: {best.name}{otherwise}"),
        Figure(names[1], "money", best.net),
        Figure(names[2], "money", plain.net),
        Figure(names[3], "money", None if found.fee.known else cheap.net),
    ]


def relief_basis(found: CourtResult) -> str:
    """Return where the chance of relief comes from; a base rate with its interval."""
    if not found.path.single:
        return "; ".join(_step_words(step) for step in found.path.steps)
    rate = found.rate
    if rate is None:
        return "stated"
    words = f"{rate.wins} of {rate.decided} cases known then"
    return f"{words}, 90 % interval {rate.low:.0%} to {rate.high:.0%}"


def _step_words(step: Step) -> str:
    """Return one ruling of several in words: its stage, its chance, the interval."""
    stage = step.stage.value if step.stage else "ruling"
    if step.rate is None:
        return f"{stage} {step.relief:.0%} stated"
    return f"{stage} {step.relief:.0%} ({step.rate.low:.0%} to {step.rate.high:.0%})"


def regrets(found: CourtResult) -> tuple[float, float]:
    """Return what is lost by believing the wrong outcome, base currency, both ways.

    The first for acting as if relief could not come when it surely does, the second for acting
    as if it surely came when it cannot.
    """
    regret = found.over.regret.sum(axis=2)
    return float(regret[0, -1]), float(regret[-1, 0])


def _book(result: ScenarioResult) -> list[Figure]:
    outlook, steps = result.outlook, result.ladder
    ends: tuple[float | None, ...] = (None, None, None)
    if outlook is not None:
        found = outlook.distribution
        ends = (
            float(found.mean[-1]),
            float(found.quantiles[-1, 0]),
            float(found.quantiles[-1, -1]),
        )
    return [
        Figure(
            "illiquid under rule 22e-4, before",
            "percent",
            steps.before.illiquid_share if steps else None,
        ),
        Figure(
            "illiquid under rule 22e-4, after",
            "percent",
            steps.after.illiquid_share if steps else None,
        ),
        Figure("in no category, volume not known", "money", steps.unclassified if steps else None),
        Figure("book after the horizon, mean", "money", ends[0]),
        Figure("book after the horizon, 5 % worst", "money", ends[1]),
        Figure("book after the horizon, 5 % best", "money", ends[2]),
    ]


def _against(result: ScenarioResult, first: ScenarioResult | None) -> list[Figure]:
    found = None if first is None else paired(result, first)
    names = (
        "against the first, mean",
        "against the first, 5 % worst",
        "against the first, 5 % best",
    )
    if found is None:
        return [Figure(name, "money", None) for name in names]
    values = (found.mean(), np.quantile(found, 0.05), np.quantile(found, 0.95))
    return [Figure(n, "money", float(v)) for n, v in zip(names, values, strict=True)]


def paired(result: ScenarioResult, first: ScenarioResult) -> FloatArray | None:
    """Return profit and loss minus the first's, draw by draw, (n,) base currency.

    None unless both met the same markets: one start, calendar, seed and number of draws.
    """
    one, two = result.outlook, first.outlook
    if result is first or one is None or two is None or one.dates != two.dates:
        return None
    a, b = one.distribution, two.distribution
    if a.seed != b.seed or len(a.final) != len(b.final):
        return None
    return np.asarray(a.final - b.final)


def break_even(found: CourtResult) -> float | None:
    """Return the chance of relief at which waiting for the court and selling now cost the same."""
    gap = (found.over.wait - found.over.commit).sum(axis=1)
    chance = found.over.probability
    for a, b, p, q in zip(gap, gap[1:], chance, chance[1:], strict=False):
        if a > 0 >= b:
            return float(p + (q - p) * a / (a - b))
    return None


def sold_before(found: CourtResult) -> float:
    """Return the value the best policy sells before the ruling, base currency."""
    problem = found.solution.problem
    early = found.solution.plan[:, : found.session].sum(axis=1)
    return float((early * problem.price).sum())


def point_of_no_return(result: ScenarioResult, found: CourtResult) -> str | None:
    """Return the last day on which the whole holding can still be sold within its caps."""
    if result.plan is None:
        return None
    latest = int(found.solution.latest_safe_start.min())
    return result.plan.problem.sessions[latest].isoformat() if latest >= 0 else "passed"


def show(figure: Figure) -> str:
    """Render one figure for people."""
    value = figure.value
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    formats = {
        "money": f"{value:,.0f}",
        "shares": f"{value:,.0f}",
        "percent": f"{value:.1%}",
        "bp": f"{value:.1f} bp",
    }
    return formats.get(figure.kind, f"{value:g}")
