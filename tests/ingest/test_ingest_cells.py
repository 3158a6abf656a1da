"""Single cells: numbers, dates, identifiers, tickers, instruments, encodings."""

import csv
from datetime import date
from importlib.resources import files

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.identifiers import valid_cusip, valid_isin
from analyzer.ingest import read_holdings
from analyzer.ingest.boards import market_of, split_ticker
from analyzer.ingest.headers import aliases, parse_heading
from analyzer.ingest.instruments import kind_of, words
from analyzer.ingest.securities import read_code, recognise
from analyzer.ingest.values import decimal_mark, parse_date, parse_number, parse_numbers


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,276,607,969.84", ".", 1276607969.84),
        ("1.276.607.969,84", ",", 1276607969.84),
        ("1'276'607.5", ".", 1276607.5),
        ("1 276 607,5", ",", 1276607.5),
        ("1\u202f276,5", ",", 1276.5),
        ("(1,234.50)", ".", -1234.5),
        ("($1,234.50)", ".", -1234.5),
        ("1,234.50-", ".", -1234.5),
        ("\u2212 5", ".", -5.0),
        ("12.5%", ".", 12.5),
        ("US$3,362,450,950.80", ".", 3362450950.80),
        ("$.00", ".", 0.0),
        ("EUR 12,50", ",", 12.5),
        ("12,50 €", ",", 12.5),
        ("1.5E3", ".", 1500.0),
        ("1,23,456.78", ".", 123456.78),
        (".9232", ".", 0.9232),
        ("1.000", ",", 1000.0),
        ("1.000", ".", 1.0),
        ("=1+1", ".", None),
        ("12abc", ".", None),
        ("1.2.3", ".", None),
        ("1,2,3", ".", None),
        ("n/a", ".", None),
        ("--5", ".", None),
    ],
)
def test_numbers(text: str, mark: str, value: float | None) -> None:
    assert parse_number(text, mark) == value
    column = parse_numbers(pa.array([text]), mark)
    if value is None:
        assert column.amounts[0] != column.amounts[0]
        assert bool(column.bad[0]) is (text != "n/a")
    else:
        assert column.amounts[0] == value


@given(st.lists(st.decimals(-(10**12), 10**12, places=2), min_size=1), st.sampled_from(".,"))
def test_the_fast_rule_and_the_careful_rule_agree(values: list[object], mark: str) -> None:
    texts = [f"{v:,.2f}" for v in values]
    if mark == ",":
        texts = [t.translate(str.maketrans(".,", ",.")) for t in texts]
    column = parse_numbers(pa.array(texts), mark)
    assert list(column.amounts) == [parse_number(t, mark) for t in texts]
    assert list(column.amounts) == [float(v) for v in values]  # type: ignore[arg-type]


def test_decimal_mark_needs_proof() -> None:
    assert decimal_mark(["1.234", "5.678"]) is None
    assert decimal_mark(["1.234", "5,67"]) == ","
    assert decimal_mark(["1,234", "5.67"]) == "."
    assert decimal_mark(["1.234.567"]) == ","
    assert decimal_mark(["0.123"]) == "."
    assert decimal_mark(["5,67", "5.67"]) is None


def test_unproven_mark_is_reported() -> None:
    data = b"Name,ISIN,Quantity\nApple Inc,US0378331005,1.234\n"
    result = read_holdings(("f.csv", data))
    assert "W213" in {f.code for f in result.findings}


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("2024-12-31", None, date(2024, 12, 31)),
        ("20121119", None, date(2012, 11, 19)),
        ("20120615;162000", None, date(2012, 6, 15)),
        ("Jul 02, 2025", None, date(2025, 7, 2)),
        ("As of 13-Jun-2022", None, date(2022, 6, 13)),
        ("19/Jun/2026", None, date(2026, 6, 19)),
        ("31 dicembre 2024", None, date(2024, 12, 31)),
        ("24-July-2020", None, date(2020, 7, 24)),
        ("23/02/2024", None, date(2024, 2, 23)),
        ("31.12.2024", None, date(2024, 12, 31)),
        ("03/04/2024", None, None),
        ("03/04/2024", True, date(2024, 4, 3)),
        ("03/04/2024", False, date(2024, 3, 4)),
        ("30/02/2024", True, None),
        ("soon", None, None),
    ],
)
def test_dates(text: str, day_first: bool | None, expected: date | None) -> None:
    assert parse_date(text, day_first) == expected


def test_an_ambiguous_date_is_a_finding_not_a_guess() -> None:
    data = b"Name,ISIN,Quantity,As of date\nApple Inc,US0378331005,1,03/04/2024\n"
    result = read_holdings(("f.csv", data))
    assert result.frame["date"].isna().all()
    assert ("E105", 2) in {(f.code, f.row) for f in result.findings}
    told = read_holdings(("f.csv", data + b"Microsoft,US5949181045,1,25/04/2024\n"))
    assert told.frame["date"].iloc[0].date() == date(2024, 4, 3)


@pytest.mark.parametrize(
    ("kind", "printed", "value", "flag"),
    [
        ("isin", " us0378331005 ", "US0378331005", None),
        ("cusip", "037833100", "037833100", None),
        ("cusip", "37833100", "037833100", "restored"),
        ("cusip", "02079K30", "02079K305", "completed"),
        ("sedol", "540528", "0540528", "restored"),
        ("isin", "US0378331006", None, "problem"),
        ("cusip", "3.78E+08", None, "problem"),
        ("cusip", "000000000", None, None),
        ("sedol", "Unassigned", None, None),
    ],
)
def test_identifiers(kind: str, printed: str, value: str | None, flag: str | None) -> None:
    code = read_code(kind, printed)
    assert code.value == value
    for name in ("restored", "completed", "problem"):
        assert bool(getattr(code, name)) is (name == flag)


def test_recognise_by_check_digit() -> None:
    assert valid_isin("US0378331005")
    assert valid_cusip("037833100")
    for text, kind in (("US0378331005", "isin"), ("037833100", "cusip"), ("2046251", "sedol")):
        found = recognise(text)
        assert found is not None
        assert (found.kind, found.value) == (kind, text)
    assert recognise("AAPL") is None
    assert recognise("CASH_USD") is None


@pytest.mark.parametrize(
    ("printed", "board", "ticker", "mic"),
    [
        ("1810 HK", None, "1810", "XHKG"),
        ("700 HK Equity", None, "0700", "XHKG"),
        ("0941.HK", None, "0941", "XHKG"),
        ("600118.SS", None, "600118", "XSHG"),
        ("600118 SS", None, "600118", "XSHG"),
        ("VOLVB SS", None, "VOLVB", "XSTO"),
        ("600118 CH", None, "600118", "XSHG"),
        ("1 CH", None, "000001", "XSHE"),
        ("1810.SR", None, "1810", "XSAU"),
        ("HKG:0700", None, "0700", "XHKG"),
        ("VWRL:xams", None, "VWRL", "XAMS"),
        ("2318.XHKG", None, "2318", "XHKG"),
        ("BRK.B", None, "BRK.B", None),
        ("NOVO B.CO", None, "NOVO B", "XCSE"),
        ("AAPL US", None, "AAPL", None),
        ("NVDA UW", None, "NVDA", "XNAS"),
        ("1810", None, "1810", None),
        ("5930", "Korea Exchange (Stock Market)", "005930", "XKRX"),
        ("700", "Hong Kong Exchanges And Clearing Ltd", "0700", "XHKG"),
        ("GOOG US", "NASDAQ", "GOOG", "XNAS"),
    ],
)
def test_tickers(printed: str, board: str | None, ticker: str, mic: str | None) -> None:
    listed = split_ticker(printed, board)
    assert (listed.ticker, listed.mic) == (ticker, mic)


def test_a_suffix_with_two_meanings_names_no_market_as_a_board() -> None:
    assert market_of("SS") is None
    assert market_of("XHKG") is not None
    assert market_of("NO MARKET (E.G. UNLISTED)") is None


@pytest.mark.parametrize(
    ("asset_class", "name", "ticker", "put_call", "instrument"),
    [
        ("Equity", "TENCENT HOLDINGS LTD", "700", None, "equity"),
        ("Equity", "ALIBABA GROUP HOLDING ADR REPRESEN", "BABA", None, "adr"),
        ("Equity", "GDS HOLDINGS LIMITED ADR LTD", "GDS", None, "adr"),
        ("Equity", "WT MICROELECTRONICS LTD", "3036", None, "equity"),
        ("Equity", "LEGEND HOLDINGS CORP H RIGHTS", None, None, "warrant"),
        ("Equity", "RIGHTMOVE PLC", "RMV", None, "equity"),
        ("Azionario", "MICROSOFT CORP", "MSFT", None, "equity"),
        ("Futures", "S&P500 EMINI MAR 24", "ESH4", None, "future"),
        ("Cash", "USD CASH", "USD", None, "cash"),
        ("FX", "NOK/USD", "NOK", None, "cash"),
        ("Fixed Income", "AUSTRALIA (COMMONWEALTH OF) RegS", "ACGB", None, "bond"),
        (None, "Other/Cash", None, None, "cash"),
        (None, "TESLA INC", "TSLA", "Put", "option"),
        ("OPT", "VIX 19DEC12 18.0 C", "VIX 121219C00018000", None, "option"),
        ("Equity Swap", "TRS ON XIAOMI", None, None, "otc-swap"),
        (None, "CASH AMERICA INTERNATIONAL INC", None, None, None),
        (None, "NVIDIA CORP", "NVDA", None, None),
    ],
)
def test_instruments(
    asset_class: str | None,
    name: str | None,
    ticker: str | None,
    put_call: str | None,
    instrument: str | None,
) -> None:
    assert kind_of(asset_class, name, ticker, put_call).instrument == instrument


def test_option_underlyings() -> None:
    assert kind_of(None, None, "AAPL 240119C00150000").underlying == "AAPL"
    assert kind_of("OPT", "BRK B 18JAN14 70.0 P").underlying == "BRK B"
    assert kind_of(None, "TESLA INC", put_call="PUT").underlying == "TESLA INC"


def test_instrument_words_are_the_published_vocabulary() -> None:
    text = files("analyzer.data").joinpath("vocabulary.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["instruments"].keys() | {"cash"} == words()


@pytest.mark.parametrize("table", ["aliases.csv", "exchanges.csv", "transaction_headings.csv"])
def test_tables_name_nothing_twice(table: str) -> None:
    text = files("analyzer.ingest").joinpath(table).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    for column, mark in (("headings", "|"), ("names", "|"), ("reuters", " "), ("bloomberg", " ")):
        words = [w for r in rows for w in (r.get(column) or "").split(mark) if w]
        assert sorted(words) == sorted(set(words))


def test_headings_are_in_normal_form() -> None:
    assert [h for h in aliases() if parse_heading(h).words != h] == []


@pytest.mark.parametrize(
    ("printed", "words", "currency", "percent", "thousands"),
    [
        ("Market Value (AUD)", "market value", "AUD", False, False),
        ("market value($)", "market value", None, False, False),
        ("Value ($000)", "value", None, False, True),
        ("Weight (%)", "weight", None, True, False),
        ("% of Net Assets", "pct of net assets", None, True, False),
        ("PositionValue", "position value", None, False, False),
        ("Ticker dell'emittente", "ticker dell emittente", None, False, False),
        ("Currency", "currency", None, False, False),
    ],
)
def test_headings(
    printed: str, words: str, currency: str | None, percent: bool, thousands: bool
) -> None:
    heading = parse_heading(printed)
    assert (heading.words, heading.currency) == (words, currency)
    assert (heading.percent, heading.thousands) == (percent, thousands)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gb18030", "中芯国际集成电路制造有限公司"),
        ("big5", "騰訊控股有限公司"),
        ("cp932", "トヨタ自動車株式会社"),
        ("cp1252", "Société Générale – Aktien"),
        ("utf-16", "中国移动"),
        ("utf-8-sig", "中国移动"),
    ],
)
def test_encodings(encoding: str, name: str) -> None:
    rows = "".join(f"{name[: i % 5 + 3]},US0378331005,{i},1.5\n" for i in range(1, 30))
    data = ("Name,ISIN,Quantity,Market Value\n" + rows).encode(encoding)
    result = read_holdings(("f.csv", data))
    assert set(result.frame["name"]) == {name[: i % 5 + 3].strip() for i in range(5)}


def test_percent_cells_of_a_workbook_under_a_percent_heading() -> None:
    # a spreadsheet stores 60 % as 0.6 whatever the heading says
    data = b"Name,ISIN,Weight (%)\nApple Inc,US0378331005,0.6\nMicrosoft,US5949181045,0.4\n"
    result = read_holdings(("f.csv", data))
    assert list(result.frame["weight"]) == [0.6, 0.4]
    assert "W214" in {f.code for f in result.findings}
