"""The sector and the other party of a contract, wherever a file prints them."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest

from analyzer.ingest import read_holdings

LEI = "549300TRUWO2CD2G5692"


def read(text: str, name: str = "book.csv") -> pd.DataFrame:
    return read_holdings((name, text.encode())).frame


@pytest.mark.parametrize(
    "heading", ["Sector", "GICS Sector", "ICB Industry", "Settore", "Sektor", "Secteur", "Branche"]
)
def test_a_sector_is_read_under_its_headings(heading: str) -> None:
    frame = read(f"Name,ISIN,{heading},Quantity\nApple,US0378331005,Technology,5\n")
    assert frame["sector"].tolist() == ["Technology"]


def test_an_industry_beside_a_sector_is_not_taken_for_one() -> None:
    frame = read("Name,ISIN,Industry,Sector,Quantity\nApple,US0378331005,Computers,Technology,5\n")
    assert frame["sector"].tolist() == ["Technology"]


def test_a_dash_is_no_sector_and_a_file_without_the_column_has_none() -> None:
    assert read("Name,Sector,Quantity\nApple,-,5\nBP,Energy,6\n")["sector"].isna().tolist() == [
        True,
        False,
    ]
    assert read("Name,Quantity\nApple,5\nBP,6\n")["sector"].isna().all()


def test_every_container_keeps_the_sector() -> None:
    rows = [{"Name": "Apple", "Sector": "Technology", "Quantity": 5}]
    assert read(json.dumps(rows), "book.json")["sector"].tolist() == ["Technology"]
    for suffix, write in (("xlsx", "to_excel"), ("parquet", "to_parquet")):
        data = io.BytesIO()
        getattr(pd.DataFrame(rows), write)(data, index=False)
        frame = read_holdings((f"book.{suffix}", data.getvalue())).frame
        assert frame["sector"].tolist() == ["Technology"]


def test_a_table_of_sector_totals_below_holdings_is_no_holding() -> None:
    frame = read("Name,ISIN,Sector,Quantity\nApple,US0378331005,Technology,5\nTop,,Energy,\n")
    assert frame["name"].tolist() == ["Apple"]


def test_the_counterparty_is_read_with_its_lei() -> None:
    frame = read(
        "Name,Instrument type,Counterparty,Counterparty LEI,Notional,Market Value\n"
        f"TRS on an index,Swap,Some Bank plc,{LEI},1000000,-500\n"
    )
    assert frame["counterparty"].tolist() == ["Some Bank plc"]
    assert frame["counterparty_lei"].tolist() == [LEI]
    assert frame["lei"].isna().all()


def test_a_wrong_lei_of_a_counterparty_is_reported_and_left_out() -> None:
    text = f"Name,Counterparty LEI,Quantity\nSwap,{LEI[:-1]}9,5\n"
    found = read_holdings(("book.csv", text.encode()))
    assert found.frame["counterparty_lei"].isna().all()
    assert "E104" in {f.code for f in found.findings}


@pytest.mark.shared
def test_files_of_fund_companies_print_a_sector_on_every_line(shared: Path) -> None:
    for name, least in (
        ("ishares/IEMG_2020-03-03_isin_noPreamble.csv", 2509),
        ("ishares/SWDA_2024-02-23_it_IT.csv", 1515),
        ("spdr/SPY_2022-06-13_full.xlsx", 506),
    ):
        frame = read_holdings(shared / "data/holdings" / name).frame
        assert frame["sector"].notna().sum() == least


@pytest.mark.shared
def test_a_report_of_derivatives_names_who_stands_on_the_other_side(shared: Path) -> None:
    path = shared / "data/holdings/sec_nport/GoldmanSachsBondFund_2023-03-31.xml"
    frame = read_holdings(path).frame
    named = frame.loc[frame["counterparty"].notna()]
    assert "Deutsche Bank AG" in set(named["counterparty"])
    assert not set(named["name"].astype(str)) & set(named["counterparty"].astype(str))
    assert named["counterparty_lei"].notna().mean() > 0.99
