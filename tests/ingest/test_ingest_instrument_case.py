"""Words for instruments are found whatever the case of a text and whatever its alphabet."""

import csv
import re
from importlib.resources import files

import pytest

from analyzer.ingest.instruments import kind_of


def patterns() -> list[dict[str, str]]:
    text = files("analyzer.ingest").joinpath("instrument_words.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("row", patterns(), ids=lambda r: f"{r['where']}-{r['instrument']}")
def test_each_pattern_is_written_in_one_case(row: dict[str, str]) -> None:
    letters = re.sub(r"\\.", "", row["pattern"])
    assert letters == (letters.lower() if row["where"] == "class" else letters.upper())


@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("ishares china large-cap etf", "etf"),
        ("iSharés China ETF", "etf"),
        ("WisdomTree China Ex-State-Owned Fund", "etf"),
        ("Vanguard Total Stock Market", "etf"),
        ("Krane Shares", None),
        ("KraneShares MSCI", "etf"),
        ("Alibaba Group Spon Adr", "adr"),
        ("100 Call Tencent 12", "option"),
        ("tencent 350 put", "option"),
        ("Call of Duty", None),
        ("Société Générale Warrant", "warrant"),
    ],
)
def test_a_name_means_the_same_in_any_case(name: str, instrument: str | None) -> None:
    for text in (name, name.upper(), name.lower(), name.title()):
        assert kind_of(None, text).instrument == instrument


def test_an_asset_class_means_the_same_in_any_case() -> None:
    for text in ("Exchange Traded Fund", "EXCHANGE TRADED FUND", "exchange traded fund"):
        assert kind_of(text, None).instrument == "etf"
