"""The delicate rows of a real emerging-markets fund, decided by hand."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from analyzer.core.matching import MatchKind
from analyzer.resolve import Identity, Resolution, Resolver, load_identity
from analyzer.resolve.identity import BUNDLED

FILE = "ishares/IEMG_2020-03-03_isin_noPreamble.csv"
MICS = {
    "Hong Kong Exchanges And Clearing Ltd": "XHKG",
    "Shanghai Stock Exchange": "XSHG",
    "Shenzhen Stock Exchange": "XSHE",
    "New York Stock Exchange Inc.": "XNYS",
    "NASDAQ": "XNAS",
    "Saudi Stock Exchange": "XSAU",
    "Taiwan Stock Exchange": "XTAI",
    "Korea Exchange (Stock Market)": "XKRX",
}


def listed_until(day: str) -> set[str]:
    """Entities on any edition of any list up to a day."""
    found = set()
    for path in BUNDLED.parent.glob("lists/*/editions/*.csv"):
        if path.stem <= day:
            with path.open(encoding="utf-8") as file:
                found |= {r["entity"] for r in csv.DictReader(file) if r["listed"] <= day}
    return found


def holdings(path: Path) -> pd.DataFrame:
    """The printed columns that identity needs."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    raw = raw[raw["Name"] != ""]
    return pd.DataFrame(
        {
            "row": range(2, len(raw) + 2),
            "name": raw["Name"],
            "isin": raw["ISIN"].where(raw["ISIN"] != "-", None),
            "sedol": raw["SEDOL"].where(raw["SEDOL"] != "-", None),
            "ticker": raw["Ticker"],
            "mic": raw["Exchange"].map(MICS),
            "country": raw["Location"],
            "instrument": raw["Asset Class"].map(
                {"Equity": "equity", "Cash": "cash", "Cash Collateral and Margins": "cash"}
            ),
        }
    )


@pytest.fixture(scope="module")
def identity() -> Identity:
    return load_identity()


@pytest.fixture(scope="module")
def iemg(shared: Path) -> pd.DataFrame:
    return holdings(shared / "data/holdings" / FILE)


@pytest.fixture(scope="module")
def truth(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/holdings/IEMG_2020-03-03_truth.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def resolution(iemg: pd.DataFrame, identity: Identity) -> Resolution:
    return Resolver(identity, listed_until("2021-06-03")).resolve(iemg)


def at(resolution: Resolution, frame: pd.DataFrame, line: str):
    place = frame["row"].tolist().index(int(line))
    return resolution.matches[resolution.codes[place]]


def test_named_rows_are_confirmed_by_identifier(resolution, iemg, truth):
    for row in truth:
        if row["class"] == "NAMED":
            match = at(resolution, iemg, row["line"])
            assert match is not None, row
            assert match.confirmed, (row, match)
            assert match.kind is MatchKind.ISIN


def test_close_names_go_to_review(resolution, iemg, truth):
    for row in truth:
        if row["class"] == "CLOSE_NAME":
            match = at(resolution, iemg, row["line"])
            assert match is not None, row
            assert match.kind is MatchKind.CLOSE_NAME, (row, match)
            assert not match.confirmed


def test_affiliates_are_seen_and_are_not_the_listed_company(resolution, iemg, truth, identity):
    listed = listed_until("2021-06-03")
    for row in truth:
        if row["class"] == "AFFILIATE":
            match = at(resolution, iemg, row["line"])
            assert match is not None, row
            assert match.kind is MatchKind.AFFILIATE, (row, match)
            assert match.entity_id not in listed


def test_traps_are_at_most_in_review_with_the_contradiction(resolution, iemg, truth):
    for row in truth:
        if row["class"] == "TRAP":
            match = at(resolution, iemg, row["line"])
            assert match is None or (not match.confirmed and match.contradictions), (row, match)


def test_few_clear_rows_are_in_review(resolution, iemg, truth):
    decided = {int(row["line"]) for row in truth if row["class"] != "TRAP"}
    clear = [n for n in iemg["row"] if n not in decided]
    reviews = [
        (n, m) for n in clear if (m := at(resolution, iemg, n)) is not None and not m.confirmed
    ]
    assert len(reviews) * 300 < len(clear), reviews
