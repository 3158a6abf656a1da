"""Sums by answer, status and portfolio, against pandas."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.exposure.totals import STATUSES, sum_answers, sum_lines, sum_portfolios, sum_statuses

ANSWERS: list[Any] = [SimpleNamespace(status=STATUSES[at % 5]) for at in range(7)]


def frame(answers: list[int], values: list[float], portfolios: list[int]) -> pd.DataFrame:
    words = pd.Index([s.value for s in STATUSES], dtype="str")
    names = pd.Index(["b fund", "a fund", "c fund"], dtype="str")
    status = [STATUSES.index(ANSWERS[at].status) for at in answers]
    total = sum(v for v in values if np.isfinite(v)) or np.nan
    return pd.DataFrame(
        {
            "judged": np.array(answers, dtype=np.int64),
            "market_value_base": np.array(values, dtype=float),
            "weight_net": np.array(values, dtype=float) / total,
            "status": pd.Categorical.from_codes(status, words),
            "portfolio": pd.Categorical.from_codes(portfolios, names),
        }
    )


money = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100) | st.just(float("nan"))
rows = st.tuples(st.integers(0, 6) | st.just(3), money, st.integers(0, 2))


@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=80))
def test_every_row_counts_once(made: list[tuple[int, float, int]]) -> None:
    answers, values, portfolios = map(list, zip(*made, strict=True))
    lines = frame(answers, values, portfolios)
    held = sum_answers(lines, len(ANSWERS))
    of_answer = lines.groupby("judged")["market_value_base"]
    expected = of_answer.agg(["size", "count", "sum"]).reindex(range(7), fill_value=0)
    assert held.rows.tolist() == expected["size"].tolist()
    assert held.valued.tolist() == expected["count"].tolist()
    assert held.money == pytest.approx(expected["sum"].to_numpy(), rel=1e-9, abs=1e-6)
    by_status = sum_statuses(held, ANSWERS)
    totals, alone = sum_lines(lines, by_status), sum_lines(lines)
    assert totals.rows == len(made) == sum(s.rows for s in totals.by_status.values())
    assert totals.by_status.keys() == alone.by_status.keys()
    for word, one in totals.by_status.items():
        other = alone.by_status[word]
        assert one.rows == other.rows
        assert (one.market_value is None) == (other.market_value is None)
        assert (one.market_value or 0) == pytest.approx(other.market_value or 0, abs=1e-6)
    found = sum_portfolios(lines, by_status)
    assert list(found) == sorted({["b fund", "a fund", "c fund"][p] for p in portfolios})
    assert sum(t.rows for t in found.values()) == len(made)
    for name, one in found.items():
        mine = lines.loc[lines["portfolio"] == name, "market_value_base"]
        assert one.unvalued_rows == int(mine.isna().sum())
        if mine.notna().any():
            assert one.market_value == pytest.approx(mine.sum(), rel=1e-9, abs=1e-6)
            assert one.long is not None
            assert one.short is not None
            assert one.long == pytest.approx(mine[mine > 0].sum(), rel=1e-9, abs=1e-6)
            assert one.short == pytest.approx(mine[mine < 0].sum(), rel=1e-9, abs=1e-6)
