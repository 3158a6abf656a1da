"""The largest real file of the kind people bring first."""

from pathlib import Path

import pytest

from analyzer.core.frames import HOLDINGS
from analyzer.ingest import read_holdings


def test_iemg_2020_reads_whole(shared: Path) -> None:
    # facts counted by hand: 2,510 lines, one heading; values added with the csv module
    result = read_holdings(
        shared / "data/holdings/ishares/IEMG_2020-03-03_isin_noPreamble.csv", portfolio="IEMG"
    )
    assert HOLDINGS.problems(result.frame) == []
    assert result.layout == "ishares-csv"
    assert (result.rows_read, result.rows_holding, result.rows_rejected) == (2510, 2509, 0)
    assert result.frame["market_value"].sum() == pytest.approx(56_714_691_548.62, rel=1e-12)
    tencent = result.frame.iloc[1]
    assert tencent["isin"] == "KYG875721634"
    assert (tencent["ticker"], tencent["mic"], tencent["row"]) == ("0700", "XHKG", 3)
    assert (tencent["value_currency"], tencent["listing_currency"]) == ("USD", "HKD")
