"""What a scenario says beside the plan: chances, liquidity, baskets, moves, tax, distribution."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import analyzer.service as service
from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError
from analyzer.exposure import Question
from analyzer.ingest import Ingested
from analyzer.report.comparison import headline, paired, scenarios_json
from analyzer.report.files import render
from analyzer.scenarios.base_rates import Pool, base_rate
from analyzer.scenarios.courts import View
from analyzer.scenarios.liquidity import Bucket
from analyzer.scenarios.lots import LotOrder
from analyzer.scenarios.read import parse_scenario, read_scenario
from analyzer.scenarios.replacement import Reach
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.substitutes import reach_of
from analyzer.service import read_inputs, run_scenario, run_scenarios
from analyzer.world import World

FOLDER = Path(__file__).resolve().parents[2] / "sample_portfolios" / "scenarios"
QUESTION = Question(AsOf.of("2021-01-20"))
Run = Callable[..., ScenarioResult]


@pytest.fixture(scope="module")
def mandate(samples: Path) -> tuple[Ingested, ...]:
    return read_inputs([samples / "large_em_mandate.csv"])


@pytest.fixture(scope="module")
def run(world: World, mandate: tuple[Ingested, ...]) -> Run:
    kept: dict[str, ScenarioResult] = {}

    def found(name: str, question: Question = QUESTION, **changes: str) -> ScenarioResult:
        key = f"{name} {question.holder} {sorted(changes.items())}"
        if key not in kept:
            dotted = {k.replace("__", "."): v for k, v in changes.items()}
            scenario = read_scenario(FOLDER / f"{name}.yml", dotted)
            kept[key] = run_scenario(world, mandate, scenario, question)
        return kept[key]

    return found


# -- courts ----------------------------------------------------------------------------------


def test_a_question_of_the_past_is_not_answered_with_its_own_outcome(run: Run) -> None:
    (found,) = run("xiaomi_sell_or_wait").courts
    assert found.rate is not None
    assert (found.rate.wins, found.rate.decided) == (0, 0)
    assert found.seen.view is View.BASE_RATE
    later = base_rate(Pool.S1237, until=date(2021, 5, 5))
    assert (later.wins, later.decided) == (2, 2)
    assert base_rate(Pool.S1237, until=date(2021, 5, 4)).decided == 1
    assert base_rate(Pool.S1237) == later


def test_a_base_rate_is_never_a_bare_point(run: Run) -> None:
    result = run("xiaomi_sell_or_wait")
    (court,) = scenarios_json([result])["scenarios"][0]["courts"]
    assert court["base_rate"]["low"] < court["relief"] < court["base_rate"]["high"]
    low, high = (float(v) for v in court["value_of_waiting_at_interval"])
    assert 0 <= low <= float(court["value_of_waiting"]) <= high
    words = next(f.value for f in headline(result) if f.name == "where it comes from")
    assert "interval" in str(words)


def test_prices_are_fair_unless_a_market_chance_is_stated(run: Run) -> None:
    (fair,) = run("xiaomi_sell_or_wait").courts
    assert np.abs(fair.seen.expected_jump).max() < 1e-12
    (own,) = run(
        "xiaomi_sell_or_wait", courts__0__relief="0.6", courts__0__market_relief="0.5"
    ).courts
    # Relief moves the price by 8 %, loss by -8 %: a tenth more hope is worth 1.6 %.
    assert own.seen.expected_jump.max() == pytest.approx(0.6 * 0.08 - 0.4 * 0.08)
    assert own.seen.view is View.USER


def test_parts_of_the_value_of_waiting_add_up_and_regret_is_not_negative(run: Run) -> None:
    (found,) = run("xiaomi_sell_or_wait").courts
    saved = found.solution.commit - found.solution.value
    assert found.value.total == pytest.approx(saved, abs=1e-6 * float(saved.sum()) + 1e-6)
    assert found.over.regret.min() >= -1e-6


def test_the_policy_sells_no_more_than_is_held(run: Run) -> None:
    (found,) = run("xiaomi_denied").courts
    held, sold = found.heatmap()
    assert held[0] == 0.0
    assert held[-1] == 1.0
    assert (sold <= held + 1e-12).all()
    assert sold[:, -1].max() > 0


def test_a_chance_of_removal_makes_waiting_worth_more(run: Run) -> None:
    base = run("xiaomi_sell_or_wait").courts[0].value.total.sum()
    more = run("xiaomi_sell_or_wait", courts__0__removal_hazard="0.01").courts[0].value.total.sum()
    assert more > base


# -- distribution ----------------------------------------------------------------------------


def test_seeds_are_recorded_and_decide_the_draws(run: Run) -> None:
    body = scenarios_json([run("window_75_days", simulate__seed="11", simulate__scenarios="200")])
    found = body["scenarios"][0]["distribution"]
    assert (found["seed"], found["scenarios"]) == (11, 200)
    a = run("window_75_days", simulate__seed="11", simulate__scenarios="200").outlook
    b = run("window_75_days", simulate__seed="12", simulate__scenarios="200").outlook
    assert a is not None
    assert b is not None
    assert not np.array_equal(a.distribution.final, b.distribution.final)
    fan = np.array([[float(v) for v in row["quantiles"]] for row in found["fan"]])
    assert (np.diff(fan, axis=1) >= 0).all()


def test_variants_meet_the_markets_of_the_baseline(run: Run) -> None:
    held, sold = run("smic_hikvision_wait_for_repeal"), run("smic_hikvision_sell_by_november")
    assert held.plan is None
    difference = paired(sold, held)
    assert difference is not None
    assert held.outlook is not None
    # A market drawn anew would make the difference wider than the book itself.
    assert difference.std() < held.outlook.distribution.final.std()
    assert paired(held, held) is None
    other = run("smic_hikvision_wait_for_repeal", simulate__seed="8")
    assert paired(other, sold) is None


def test_the_mean_is_the_move_and_the_cost(run: Run) -> None:
    calm = run("xiaomi_denied", market__shock="0.0", simulate__scenarios="500")
    hit = run("xiaomi_denied", simulate__scenarios="500")
    difference = paired(hit, calm)
    assert difference is not None
    assert difference == pytest.approx(np.full(500, -float(hit.shock_loss or 0)), rel=1e-9)


def test_nothing_is_drawn_when_nothing_is_asked(run: Run) -> None:
    assert run("window_75_days", simulate__scenarios="0").outlook is None
    with pytest.raises(InputError, match="at least two"):
        parse_scenario("title: x\nsimulate: {scenarios: 1}\n", "x.yml")


# -- liquidity -------------------------------------------------------------------------------


def test_locked_lines_are_illiquid_whatever_their_volume(run: Run) -> None:
    result = run("locked_after_june_2022")
    assert result.ladder is not None
    assert result.ladder.after.value[Bucket.ILLIQUID] == pytest.approx(937_860_000.0)
    assert result.ladder.before.value[Bucket.ILLIQUID] < 937_860_000.0


def test_less_volume_never_makes_the_book_more_liquid(run: Run) -> None:
    steps = run("everyone_sells").ladder
    assert steps is not None
    assert steps.after.illiquid_share >= steps.before.illiquid_share
    assert max(d.exact for d in steps.days) == pytest.approx(210e6 / (0.10 * 0.15 * 60e6))


# -- replacement -----------------------------------------------------------------------------


def test_no_replacement_is_listed_in_doubt_or_to_be_listed(run: Run) -> None:
    found = run("xiaomi_denied").substitutes
    assert found is not None
    best, pro_rata, cash = found.comparison.baskets
    assert best.tracking_error <= pro_rata.tracking_error <= cash.tracking_error
    out = [n for n, x in zip(found.names, found.comparison.excluded, strict=True) if x]
    assert any("Xiaomi" in name for name in out)
    for basket in found.comparison.baskets:
        assert not basket.weights[found.comparison.excluded].any()
    assert sum(best.weights) == pytest.approx(1.0)


def test_a_basket_that_cannot_be_is_said_and_stops_nothing(world: World, samples: Path) -> None:
    inputs = read_inputs([samples / "bond_book.xlsx"])
    scenario = read_scenario(FOLDER / "list_expands_2026.yml")
    result = run_scenario(world, inputs, scenario, QUESTION)
    assert result.substitutes is None
    assert any("no basket meets the rules" in words for words in result.messages)
    assert result.outlook is not None


def test_weights_alone_have_no_profit_and_loss(world: World, samples: Path) -> None:
    inputs = read_inputs([samples / "model_weights.json"])
    scenario = read_scenario(FOLDER / "everyone_sells.yml")
    assert run_scenario(world, inputs, scenario, QUESTION).outlook is None


def test_reach_follows_status_and_kind_of_match(run: Run) -> None:
    result = run("xiaomi_enjoined")
    reach = {a.match.entity_id: reach_of(a) for a in result.analysis.judged if a.match}
    assert reach["smic"] is Reach.DESIGNATED
    assert reach_of(next(a for a in result.analysis.judged if not a.match)) is Reach.FREE


# -- price moves -----------------------------------------------------------------------------


def test_preset_and_structural_moves_stand_side_by_side(run: Run) -> None:
    moves = run("list_expands_2026").moves
    assert {line.name.split()[0] for line in moves.lines} == {"Tencent", "Alibaba"}
    assert {shock.severity for shock in moves.presets} == {"low", "base", "high"}
    assert moves.cases
    for line in moves.lines:
        assert line.stated == pytest.approx(-0.08)
        assert line.structural is not None
        assert line.structural < 0
    tencent = next(line for line in moves.lines if line.name.startswith("Tencent"))
    assert tencent.structural == pytest.approx(-0.022 * np.sqrt(9.5e6 / 18e6))


def test_forced_volume_may_be_stated(run: Run) -> None:
    moves = run("list_expands_2026", market__forced="{tencent: 180000000}").moves
    tencent = next(line for line in moves.lines if line.name.startswith("Tencent"))
    assert tencent.structural == pytest.approx(-0.022 * np.sqrt(10))
    assert tencent.basis == "stated in the scenario"


# -- venues, receipts, lots, tax -------------------------------------------------------------


def test_a_suspended_receipt_is_not_planned_on_its_venue(run: Run) -> None:
    result = run("everyone_sells")
    assert result.sell is not None
    assert "US16941M1099" not in {p.isin for p in result.sell.positions}
    assert any("XNYS does not trade it since 2021-01-11" in item.reason for item in result.left)


def test_receipts_are_sold_neither_past_the_law_nor_where_nothing_trades(run: Run) -> None:
    result = run("china_mobile_receipt", as_of="2021-08-03", receipts__0__until="2022-06-30")
    (found,) = result.receipts
    for route in found.comparison.routes:
        problem = route.plan.problem
        late = [t for t, day in enumerate(problem.sessions) if day > date(2022, 6, 2)]
        assert late
        assert not problem.cap[:, late].any()
        assert not problem.cap[0].any()  # New York stopped trading the receipt in January
    assert found.comparison.best.name == "convert and sell locally"


def test_slices_are_whole_lots(run: Run) -> None:
    result = run("smic_hikvision_sell_by_november")
    assert result.plan is not None
    assert result.sell is not None
    row = next(i for i, p in enumerate(result.sell.positions) if p.entity == "hikvision")
    assert not (result.plan.sold[row] % 100).any()
    assert (result.plan.sold <= result.plan.problem.cap * (1 + 1e-9)).all()


def test_lots_change_the_tax_and_not_the_sale(run: Run) -> None:
    result = run("smic_hikvision_sell_by_november")
    assert result.tax is not None
    gains = {order: result.tax.total(order)[0] for order in LotOrder}
    assert gains[LotOrder.HIFO] <= min(gains.values()) + 1e-6
    (line,) = result.tax.lines
    assert "Hikvision" in line
    assert any("no tax lots are stated" in words for words in result.messages)
    short = run("smic_hikvision_sell_by_november", tax__lots__1__shares="1")
    assert any("shares sold that no lot holds" in words for words in short.messages)


# -- side by side ----------------------------------------------------------------------------


def test_one_law_is_judged_once(
    world: World, mandate: tuple[Ingested, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    original = service.analyze

    def counted(*args: Any, **options: Any) -> Any:
        asked.append(args)
        return original(*args, **options)

    monkeypatch.setattr(service, "analyze", counted)
    path = FOLDER / "window_75_days.yml"
    sweep = [
        read_scenario(path, {"sale.participation": p, "simulate.scenarios": "0"})
        for p in ("0.1", "0.2", "0.3")
    ]
    longer = read_scenario(path, {"window_days": "90", "simulate.scenarios": "0"})
    results = run_scenarios(world, mandate, [*sweep, longer], QUESTION)
    assert len(results) == 4
    assert len(asked) == 2


def test_another_holder_is_not_bound(run: Run) -> None:
    result = run("window_75_days", Question(AsOf.of("2021-08-03"), holder="eu-person"))
    assert result.plan is None
    assert result.sell is None


@pytest.mark.parametrize("suffix", [".xlsx", ".html", ".pdf", ".json"])
def test_results_are_written(run: Run, suffix: str) -> None:
    results: Sequence[ScenarioResult] = [run("xiaomi_enjoined"), run("xiaomi_denied")]
    assert len(render(results[0].analysis, suffix, scenarios=results)) > 1_000
