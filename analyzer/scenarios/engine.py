"""A baseline and its variants side by side: one sale, its courts, its distribution.

Each variant is complete in itself; what makes them comparable is that they share the seed, so
every scenario meets the same courts and markets in all of them, and that every figure carries
the assumptions behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import Belief, CourtModel, CourtState, belief
from analyzer.scenarios.holdings import Strategy, leg, scheduled_leg
from analyzer.scenarios.plan import LiquidationPlan, make_plan
from analyzer.scenarios.schedule import LiquidationProblem, Parameter
from analyzer.scenarios.simulate import Distribution, Risk, Selling, simulate
from analyzer.scenarios.wait import WaitProblem, WaitSolution, solve
from analyzer.scenarios.wait_chain import Array, IntArray
from analyzer.scenarios.wait_value import WaitingValue, value_of_waiting

NO_DOCKET = -1
"""Docket code of a line that no court is asked about."""

_GRID = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One what-if over N lines and T sessions.

    Parameters
    ----------
    label
        What is different, in words.
    sale
        Lines, caps, costs and risk; the law's windows are already in its caps.
    deadline
        (N,) first session in which a sale is barred, T when none is within the horizon.
    docket
        (N,) index into `beliefs`, or `NO_DOCKET`.
    beliefs
        Court arrays over at least T sessions.
    lock_loss
        (N,) fraction of value lost on a share that stays locked, finite.
    strategy
        How the lines are sold; None follows the liquidation plan and stops at relief.
    rest_exposure, rest_variance
        Factor exposure (K,) and idiosyncratic variance of what is not for sale: all other lines
        and the residuals kept on purpose.
    """

    label: str
    sale: LiquidationProblem
    deadline: IntArray
    docket: IntArray
    beliefs: tuple[Belief, ...]
    lock_loss: Array
    strategy: Strategy | None = Strategy.OPTIMAL
    rest_exposure: Array
    rest_variance: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything computed for one variant.

    Parameters
    ----------
    messages
        What of the sale the sell-or-wait programme does not know, whatever the strategy drawn.
    """

    variant: Variant
    plan: LiquidationPlan
    wait: WaitSolution
    waiting: WaitingValue
    distribution: Distribution
    parameters: tuple[Parameter, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the comparison.

    Parameters
    ----------
    values
        Baseline first, then the variants in order.
    source
        The model behind the number.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    source: str

    @property
    def differences(self) -> tuple[float, ...]:
        """Variants minus baseline."""
        return tuple(value - self.values[0] for value in self.values[1:])


@dataclass(frozen=True, slots=True)
class ScenarioComparison:
    """Baseline and variants.

    Parameters
    ----------
    paired_mean, paired_error
        By variant, mean and standard error of its profit and loss minus the baseline's, scenario
        by scenario.
    """

    outcomes: tuple[Outcome, ...]
    figures: tuple[Figure, ...]
    paired_mean: tuple[float, ...]
    paired_error: tuple[float, ...]

    @property
    def baseline(self) -> Outcome:
        """The first outcome."""
        return self.outcomes[0]


def deadlines(legal_weight: Array) -> IntArray:
    """Return, per line of (N, T), the first session from which no sale is lawful any more."""
    lawful = legal_weight > 0
    last = lawful.shape[1] - np.argmax(lawful[:, ::-1], axis=1)
    return np.where(lawful.any(axis=1), last, 0).astype(np.int64)


def wait_problem(variant: Variant, *, grid: int = _GRID) -> WaitProblem:
    """Return the sell-or-wait problem of a variant; lines without a docket face no court."""
    sale, beliefs = variant.sale, variant.beliefs
    docket = variant.docket.copy()
    if bool((docket == NO_DOCKET).any()):
        alone = CourtModel("no court", CourtState.PENDING)
        docket[docket == NO_DOCKET] = len(beliefs)
        beliefs = (*beliefs, belief(alone, sale.cap.shape[1]))
    return WaitProblem(
        shares=sale.wanted,
        price=sale.price,
        sigma=np.sqrt((sale.loadings**2).sum(axis=1) + sale.specific),
        linear=sale.linear,
        temporary=sale.curve.temporary,
        exponent=sale.curve.exponent,
        cap=sale.cap,
        deadline=variant.deadline,
        lock_loss=variant.lock_loss,
        docket=docket,
        beliefs=beliefs,
        risk_aversion=sale.policy.risk_aversion,
        grid=grid,
    )


def run_variant(
    variant: Variant, *, scenarios: int, seed: int, grid: int = _GRID, threads: int = 1
) -> Outcome:
    """Plan the sale, weigh it against the courts, and simulate.

    Raises
    ------
    QueryError
        When caps and deadlines disagree, or a lock loss is not finite.
    """
    _check(variant)
    plan = make_plan(variant.sale)
    wait = solve(wait_problem(variant, grid=grid))
    risk = Risk(
        factors=variant.sale.loadings,
        idiosyncratic=np.sqrt(variant.sale.specific),
        rest_exposure=variant.rest_exposure,
        rest_variance=variant.rest_variance,
    )
    found = simulate(
        wait.problem,
        _selling(variant, plan, wait),
        risk,
        scenarios=scenarios,
        seed=seed,
        threads=threads,
    )
    return Outcome(
        variant=variant,
        plan=plan,
        wait=wait,
        waiting=value_of_waiting(wait),
        distribution=found,
        parameters=_parameters(variant, plan, scenarios, seed, grid),
        messages=unknown_to_waiting(variant.sale),
    )


def unknown_to_waiting(sale: LiquidationProblem) -> tuple[str, ...]:
    """Say what of a sale the sell-or-wait programme leaves out."""
    words = []
    if sale.limits is not None:
        words.append("sell or wait is weighed line by line: it does not know the sale's limits")
    if sale.curve.decay:
        words.append(
            "sell or wait is weighed session by session: it does not know what is left of the "
            "impact of earlier sales"
        )
    return tuple(words)


def _check(variant: Variant) -> None:
    sessions = variant.sale.cap.shape[1]
    late = np.arange(sessions) >= variant.deadline[:, None]
    if bool((variant.sale.cap * late).any()):
        raise QueryError(f"{variant.label}: a line may be sold after its deadline")
    if not bool(np.isfinite(variant.lock_loss).all()):
        raise QueryError(f"{variant.label}: the loss on locked shares must be stated")
    if bool(((variant.docket < NO_DOCKET) | (variant.docket >= len(variant.beliefs))).any()):
        raise QueryError(f"{variant.label}: a line names a docket that is not there")


def _selling(variant: Variant, plan: LiquidationPlan, wait: WaitSolution) -> Selling:
    if variant.strategy is None:
        return partial(scheduled_leg, wait.problem, plan=plan.sold, stop_when_free=True)
    return partial(leg, wait, strategy=variant.strategy)


def _parameters(
    variant: Variant, plan: LiquidationPlan, scenarios: int, seed: int, grid: int
) -> tuple[Parameter, ...]:
    """Every assumption: of the plan, of each docket, of the simulation."""
    how = "liquidation plan, stopped by relief" if variant.strategy is None else variant.strategy
    found = [*plan.parameters, Parameter("strategy", how, "", "scenario")]
    for seen in variant.beliefs:
        label = f"court {seen.docket}"
        found.append(Parameter(f"{label}: view", seen.view.value, "", "; ".join(seen.sources)))
        alpha = float(np.abs(seen.expected_jump).max(initial=0.0))
        # Below rounding there is nothing to gain by holding: the jumps are fair.
        basis = "market-consistent" if alpha < 1e-12 else f"{seen.view.value} against the market"
        found.append(Parameter(f"{label}: largest expected jump", f"{alpha:.3g}", "return", basis))
    losses = np.unique(variant.lock_loss)
    text = f"{losses.min():.4g} to {losses.max():.4g}" if len(losses) > 1 else f"{losses[0]:.4g}"
    found += [
        Parameter("loss on locked shares", text, "fraction of value", "scenario"),
        Parameter("scenarios", str(scenarios), "", "simulation"),
        Parameter("seed", str(seed), "", "simulation (Philox, addressed by scenario)"),
        Parameter("grid", str(grid), "holdings per line", "sell-or-wait programme"),
    ]
    return tuple(found)


def compare(
    baseline: Variant,
    variants: Sequence[Variant],
    *,
    scenarios: int,
    seed: int,
    grid: int = _GRID,
    threads: int = 1,
) -> ScenarioComparison:
    """Run the baseline and the variants under one seed and lay them side by side.

    Raises
    ------
    QueryError
        When two variants carry the same label, or one cannot be run.
    """
    labels = [baseline.label, *(variant.label for variant in variants)]
    if len(set(labels)) < len(labels):
        raise QueryError(f"two scenarios carry one label: {sorted(labels)}")
    run = partial(run_variant, scenarios=scenarios, seed=seed, grid=grid, threads=threads)
    outcomes = tuple(run(variant) for variant in (baseline, *variants))
    base = outcomes[0].distribution.final
    paired = [outcome.distribution.final - base for outcome in outcomes[1:]]
    return ScenarioComparison(
        outcomes=outcomes,
        figures=_figures(outcomes),
        paired_mean=tuple(float(d.mean()) for d in paired),
        paired_error=tuple(float(d.std(ddof=1) / np.sqrt(scenarios)) for d in paired),
    )


def _figures(outcomes: Sequence[Outcome]) -> tuple[Figure, ...]:
    plan, court = "liquidation plan", "sell-or-wait programme"
    drawn = "simulation of courts and markets"

    def row(name: str, unit: str, source: str, values: Sequence[float]) -> Figure:
        return Figure(name, unit, tuple(float(value) for value in values), source)

    money = "base currency"
    return (
        row("value to sell", money, plan, [_value(o) for o in outcomes]),
        row("expected cost of the plan", money, plan, [o.plan.expected_cost for o in outcomes]),
        row("timing risk of the plan", money, plan, [o.plan.timing_sd for o in outcomes]),
        row("value left locked", money, plan, [o.plan.locked_market.sum() for o in outcomes]),
        row("lines that cannot get out", "lines", plan, [_stuck(o) for o in outcomes]),
        row("cost if committed", money, court, [o.wait.commit.sum() for o in outcomes]),
        row("cost if waiting", money, court, [o.wait.wait.sum() for o in outcomes]),
        row("cost of the optimum", money, court, [o.wait.value.sum() for o in outcomes]),
        row("value of waiting", money, court, [o.waiting.total.sum() for o in outcomes]),
        row("mean result", money, drawn, [o.distribution.mean[-1] for o in outcomes]),
        row("standard deviation", money, drawn, [o.distribution.sd[-1] for o in outcomes]),
        row("95 % value at risk", money, drawn, [_risk(o)[0] for o in outcomes]),
        row("95 % expected shortfall", money, drawn, [_risk(o)[1] for o in outcomes]),
    )


def _value(outcome: Outcome) -> float:
    sale = outcome.variant.sale
    return float(sale.wanted @ sale.price)


def _stuck(outcome: Outcome) -> int:
    return int((outcome.plan.stranded > 0).sum())


def _risk(outcome: Outcome) -> tuple[float, float]:
    found = outcome.distribution
    return found.value_at_risk(), found.expected_shortfall()
