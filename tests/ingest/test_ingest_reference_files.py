"""Every real holdings file at hand: read to facts counted independently, or refused in words.

Row counts and totals were taken with the csv module or by pattern from the raw files, not with
the code under test.
"""

import os
from pathlib import Path

import pytest

from analyzer.core.errors import InputError
from analyzer.core.frames import HOLDINGS
from analyzer.ingest import read_holdings

FOLDERS = (
    "ishares",
    "australia",
    "spdr",
    "ark",
    "sec_13f",
    "sec_nport",
    "small_fixtures",
    "broker",
)

# file: (layout, rows read, holdings, market value, weights in per cent)
READ: dict[str, tuple[str, int, int, float | None, float | None]] = {
    "ishares/ACWI_2025-01_noPreamble.csv": ("ishares-csv", 2334, 2333, 19293607142.62, 99.44),
    "ishares/EEM_2022-03-10_excelMangled.csv": ("ishares-csv", 1251, 1248, 25916179119.39, 99.67),
    "ishares/EEM_2025-01-17_noPreamble.csv": ("ishares-csv", 1244, 1243, 15577005133.15, 99.92),
    "ishares/IEMG_2020-03-03_isin_noPreamble.csv": (
        "ishares-csv", 2510, 2509, 56714691548.62, 100.08,
    ),
    "ishares/SWDA_2024-02-23_it_IT.csv": ("ishares-csv", 1519, 1515, 72069456818.79, 100.0),
    "ishares/URTH_2025-07-02_full.csv": ("ishares-csv", 1366, 1354, 5002358152.80, 99.93),
    "australia/A200.csv": ("betashares-csv", 202, 201, 5123558035.90, 100.00000005),
    "australia/ATEC.csv": ("betashares-csv", 38, 37, 230069582.56, 100.00000002),
    "australia/FANG.csv": ("generic-csv", 11, 10, None, 99.94),
    "australia/IAF.csv": ("ishares-csv", 653, 652, 2360688224.88, 99.83),
    "australia/IVV.csv": ("ishares-csv", 508, 507, 445865867825.00, 100.0),
    "australia/IWLD.csv": ("ishares-csv", 679, 678, 869090046.07, 100.05),
    "australia/MVW.csv": ("vaneck-csv", 78, 77, 2243810608.41, 100.0),
    "australia/NDQ.csv": ("betashares-csv", 105, 104, 4723837595.52, 100.00000001),
    "australia/QUAL.csv": ("vaneck-csv", 302, 301, 5423356203.59, 99.99),
    "spdr/SPY_2021-02_edited.xlsx": ("spdr-xlsx", 543, 508, None, None),
    "spdr/SPY_2022-06-13_full.xlsx": ("spdr-xlsx", 652, 506, None, None),
    "ark/latestARKF.csv": ("ark-csv", 42, 41, 3781882441.33, 99.63),
    "ark/latestARKQ.csv": ("ark-csv", 41, 40, 2823642876.47, 99.97),
    "sec_13f/BMO_2019Q4.csv": ("sec-13f-csv", 4878, 4877, 133140705000.0, 86.2),
    "sec_13f/CPPIB_2019Q4.csv": ("sec-13f-csv", 1441, 1440, 50912878000.0, 92.4),
    "sec_13f/HOOPP_2020Q4.csv": ("sec-13f-csv", 1464, 1463, 37635545000.0, 91.1),
    "sec_13f/RBC_2019Q4.csv": ("sec-13f-csv", 6975, 6974, 277340957000.0, 83.2),
    "sec_13f/SEC_sample_information_table.xml": ("sec-13f-xml", 169, 169, 7454702899000.0, None),
    "sec_13f/full_submission_0001894188-23-000007.txt": ("sec-13f-xml", 14, 14, 454926000.0, None),
    "sec_13f/infotable_generic.xml": ("sec-13f-xml", 255, 255, 350153407.0, None),
    "sec_nport/Dupree_2022-12-31.xml": ("sec-nport-xml", 55, 55, 40455026.70, 97.8357898155),
    "sec_nport/GoldmanSachsBondFund_2023-03-31.xml": (
        "sec-nport-xml", 1685, 1685, 376129711.56, 103.93238915564,
    ),
    "sec_nport/SEC_sample_1_synthetic.xml": ("sec-nport-xml", 1, 1, 1134.0, 0.17),
    "small_fixtures/amundi_core_msci_world_physical_sample.json": (
        "generic-json", 15, 15, None, None,
    ),
    "small_fixtures/amundi_msci_world_swap_sample.json": ("generic-json", 15, 15, None, None),
    "small_fixtures/cspx_holdings_sample.csv": ("ishares-csv", 30, 26, 78963844403.72, 51.52),
    "small_fixtures/spy_holdings_sample.csv": ("spdr-csv", 21, 20, None, 48.124691),
    "small_fixtures/vwra_holdings_sample.csv": ("vanguard-csv", 52, 49, 29985255392.03, 41.0166),
    "broker/ibkr_flex/U1234567.OpenPositions_Lot.Sample.csv": (
        "ibkr-flex-csv", 754, 753, 2564423.5466, None,
    ),
    "broker/ibkr_flex/U1234567.OpenPositions_Summary.Sample.csv": (
        "ibkr-flex-csv", 31, 30, 2564423.54, None,
    ),
    "broker/ibkr_flex/position_IB.csv": ("ibkr-flex-csv", 13, 12, 7355425.0, None),
}  # fmt: skip

# the other files, and the words that say why they are refused; brokers' files default to these
TRANSACTIONS = "a file of transactions, not of holdings"
REFUSED = {
    "sec_nport/AST_Bond2022_2022-12-30.xml": "without investments",
    "small_fixtures/igln_overview_sample.xls": "no sheet with a heading row",
    "broker/beancount_reds/360Checking.qfx": "OFX statement",
    "broker/beancount_reds/OfxDownload-401k.qfx": "OFX statement",
    "broker/beancount_reds/etrade_09092023.QFX": "OFX statement",
    "broker/beancount_reds/transactions.qfx": "OFX statement",
    "broker/cgt_calc/exchange_rates_data.csv": "no heading row",
    "broker/degiro_Kontoauszug11.txt": "no heading row",
    "broker/degiro_Transaktionsuebersicht08.txt": "no heading row",
    "broker/ibkr_flex/U1234567.Cash_Report.Sample.csv": "no heading row",
    "broker/ibkr_flex/U1234567.NAV.Sample.csv": "no column of quantities, values or weights",
}


def _files(shared: Path) -> list[str]:
    base = shared / "data/holdings"
    return sorted(
        str(Path(folder).relative_to(base) / name)
        for top in FOLDERS
        for folder, _, names in os.walk(base / top)
        for name in names
    )


@pytest.mark.parametrize("name", READ)
def test_reads_to_the_facts(shared: Path, name: str) -> None:
    layout, lines, holdings, value, weight = READ[name]
    result = read_holdings(shared / "data/holdings" / name)
    assert HOLDINGS.problems(result.frame) == []
    assert (result.layout, result.rows_read, result.rows_holding) == (layout, lines, holdings)
    assert result.rows_rejected == 0, result.rejected
    assert result.rows_read == holdings + result.rows_skipped
    assert len(result.skipped) == result.rows_skipped
    if value is None:
        assert result.frame["market_value"].isna().all()
    else:
        assert result.frame["market_value"].sum() == pytest.approx(value, rel=1e-11)
    if weight is not None:
        assert result.frame["weight"].sum() * 100 == pytest.approx(weight, rel=1e-9)


def test_everything_else_is_refused_with_the_reason(shared: Path) -> None:
    wrong = []
    for name in _files(shared):
        if name in READ:
            continue
        try:
            result = read_holdings(shared / "data/holdings" / name)
        except InputError as error:
            expected = REFUSED.get(name, TRANSACTIONS)
            if expected not in str(error) or "\n" in str(error):
                wrong.append(f"{name}: {error}")
        else:
            wrong.append(f"{name}: read as {result.layout}")
    assert wrong == []


def test_the_table_names_only_files_that_exist(shared: Path) -> None:
    assert set(READ) | set(REFUSED) <= set(_files(shared))


def test_no_row_number_is_used_twice(shared: Path) -> None:
    result = read_holdings(shared / "data/holdings/ishares/URTH_2025-07-02_full.csv")
    used = [*result.frame["row"], *(n.row for n in result.skipped)]
    assert len(used) == len(set(used)) == result.rows_read


def test_iemg_identities(shared: Path) -> None:
    result = read_holdings(
        shared / "data/holdings/ishares/IEMG_2020-03-03_isin_noPreamble.csv", portfolio="IEMG"
    )
    tencent = result.frame.iloc[1]
    assert (tencent["isin"], tencent["portfolio"]) == ("KYG875721634", "IEMG")
    assert (tencent["ticker"], tencent["mic"], tencent["row"]) == ("0700", "XHKG", 3)
    assert (tencent["value_currency"], tencent["listing_currency"]) == ("USD", "HKD")
    bad = {(f.row, f.column) for f in result.findings if f.code == "E104"}
    assert bad == {(2476, "SEDOL"), (2493, "SEDOL"), (2510, "SEDOL")}
    assert result.frame["mic"].notna().sum() >= 2470


def test_excel_damage_is_repaired_from_the_board(shared: Path) -> None:
    result = read_holdings(shared / "data/holdings/ishares/EEM_2022-03-10_excelMangled.csv")
    samsung = result.frame[result.frame["name"] == "SAMSUNG ELECTRONICS LTD"].iloc[0]
    assert samsung["ticker"] == "005930"
    assert "W203" in {f.code for f in result.findings}


def test_italian_file_reads_like_any_other(shared: Path) -> None:
    result = read_holdings(shared / "data/holdings/ishares/SWDA_2024-02-23_it_IT.csv")
    microsoft = result.frame.iloc[0]
    assert str(result.date) == "2024-02-23"
    assert (microsoft["quantity"], microsoft["price"]) == (7981884.0, 410.34)
    assert microsoft["market_value"] == 3275286280.56
    assert microsoft["weight"] == pytest.approx(0.0454)
    # the only currency column is that of the listing; the cash line shows the fund's
    assert set(result.frame["value_currency"]) == {"USD"}
    assert {"USD", "JPY", "EUR"} <= set(result.frame["listing_currency"].dropna())
    assert any(f.code == "W205" and "cash line" in f.message for f in result.findings)


def test_australian_fund_values_are_in_australian_dollars(shared: Path) -> None:
    # 'Currency' is AUD for every row and 'Market Currency' differs
    world = read_holdings(shared / "data/holdings/australia/IWLD.csv").frame
    assert set(world["value_currency"]) == {"AUD"}
    assert len(set(world["listing_currency"])) > 5
    # here 'Currency' is the listing and the heading of the value says AUD
    nasdaq = read_holdings(shared / "data/holdings/australia/NDQ.csv").frame
    assert set(nasdaq["value_currency"]) == {"AUD"}
    assert nasdaq.iloc[0]["listing_currency"] == "USD"
    # a bare dollar sign names no currency
    wide = read_holdings(shared / "data/holdings/australia/MVW.csv")
    assert wide.frame["value_currency"].isna().all()
    assert "W212" in {f.code for f in wide.findings}


def test_bond_fund_keeps_maturities_and_issue_dates(shared: Path) -> None:
    frame = read_holdings(shared / "data/holdings/australia/IAF.csv").frame
    bonds = frame[frame["instrument"] == "bond"]
    assert len(bonds) == 650
    assert bonds["maturity"].notna().all()
    assert str(bonds.iloc[0]["maturity"].date()) == "2026-04-21"


def test_eight_character_cusips_are_completed(shared: Path) -> None:
    result = read_holdings(shared / "data/holdings/spdr/SPY_2022-06-13_full.xlsx")
    apple = result.frame.iloc[0]
    assert (apple["cusip"], apple["sedol"], apple["row"]) == ("037833100", "2046251", 6)
    assert str(result.date) == "2022-06-13"
    assert "W208" in {f.code for f in result.findings}


def test_counterparties_are_not_issuers(shared: Path) -> None:
    frame = read_holdings(
        shared / "data/holdings/sec_nport/GoldmanSachsBondFund_2023-03-31.xml"
    ).frame
    derivatives = frame[frame["instrument"].isin(["otc-swap", "option", "future"])]
    assert len(derivatives) == 76 + 132 + 12
    assert derivatives["lei"].isna().all()
    assert not derivatives["name"].str.fullmatch("(?i)morgan stanley.*llc|deutsche bank ag").any()
    peru = frame[frame["underlying"] == "Peruvian Government International Bonds"]
    assert len(peru) == 1


def test_13f_units_and_options(shared: Path) -> None:
    old = read_holdings(shared / "data/holdings/sec_13f/RBC_2019Q4.csv")
    assert "W206" in {f.code for f in old.findings}
    options = old.frame[old.frame["instrument"] == "option"]
    # of the rows without a put or call, 'ULTRASHRT S&P500' is a share of a fund, no put at 500
    assert len(options) == 613
    assert options["underlying"].notna().all()
    new = read_holdings(shared / "data/holdings/sec_13f/full_submission_0001894188-23-000007.txt")
    assert "W206" not in {f.code for f in new.findings}
    assert new.stated_total == 454926000.0
    assert str(new.date) == "2023-09-30"


def test_shorts_and_options_of_a_broker(shared: Path) -> None:
    frame = read_holdings(
        shared / "data/holdings/broker/ibkr_flex/U1234567.OpenPositions_Summary.Sample.csv"
    ).frame
    assert dict(frame["side"].value_counts()) == {"short": 20, "long": 10}
    short = frame[frame["side"] == "short"]
    assert (short["quantity"] < 0).all()
    assert (frame[frame["instrument"] == "option"]["underlying"] == "VIX").sum() > 0
    assert set(frame["portfolio"]) == {"U1234567"}


def test_a_list_shorter_than_it_says_is_reported(shared: Path) -> None:
    result = read_holdings(
        shared / "data/holdings/small_fixtures/amundi_core_msci_world_physical_sample.json"
    )
    assert any(f.code == "W210" and "1,285" in f.message for f in result.findings)
    first = result.frame.iloc[0]
    assert (first["isin"], first["ticker"], first["mic"]) == ("US67066G1040", "NVDA", "XNAS")
    assert first["weight"] == pytest.approx(0.053714231157922454)
