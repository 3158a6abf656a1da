"""CSV, parquet and the folder; and that our own files are a valid input again."""

import csv
import io
import zipfile
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import QueryError
from analyzer.exposure import Analysis, Question
from analyzer.ingest import read_holdings
from analyzer.report.files import SUFFIXES, positions_csv, render
from analyzer.service import World, analyze

SAMPLES = (
    ("emerging_markets_fund.csv", "2021-03-09"),
    ("europaeischer_fonds.csv", "2021-04-01"),
    ("fund_of_funds.csv", "2021-09-01"),
    ("bond_book.xlsx", "2021-03-09"),
    ("model_weights.json", "2021-03-09"),
    ("messy_custody_statement.csv", "2021-03-16"),
)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
@pytest.mark.parametrize(("name", "day"), SAMPLES)
def test_our_own_file_is_an_input_again(
    name: str, day: str, suffix: str, world: World, analysed: Any
) -> None:
    first: Analysis = analysed(name, day)
    again = read_holdings((f"export{suffix}", render(first, suffix, everything=True)))
    assert again.rows_rejected == 0
    second = analyze(world, [again], Question(AsOf.of(day), base=first.question.base))
    assert second.lines["status"].tolist() == first.lines["status"].tolist()
    assert second.totals.rows == first.totals.rows
    for column in ("isin", "name", "side", "quantity", "market_value", "weight_net", "portfolio"):
        left, right = first.lines[column], second.lines[column]
        if column == "name" and suffix == ".csv":  # a defused formula keeps its apostrophe
            right = right.astype(object).str.removeprefix("'")
        pd.testing.assert_series_equal(
            left.astype(object), right.astype(object), check_dtype=False, obj=column
        )


def test_csv_headings_are_stable(fund: Analysis) -> None:
    head = positions_csv(fund).splitlines()[0].split(",")
    for key in (
        "input",
        "row",
        "portfolio",
        "name",
        "isin",
        "ticker",
        "quantity",
        "market_value",
        "currency",
        "market_value_base",
        "weight",
        "status",
        "buy",
        "buy_until",
        "sell",
        "sell_until",
        "hold",
        "entity",
        "match",
        "evidence",
        "flags",
        "reasons",
    ):
        assert head.count(key) == 1, key


def test_csv_defuses_formulas_and_keeps_the_rest(hostile: Analysis) -> None:
    rows = list(csv.DictReader(io.StringIO(positions_csv(hostile, everything=True))))
    assert rows[0]["name"] == '\'=HYPERLINK("http://example.invalid","x")'
    assert not [r for r in rows if r["name"].startswith(("=", "+", "-", "@", "＝"))]
    assert rows[14]["name"] == "A" * 40_000
    assert rows[7]["name"] == "小米集团 中芯国际 海康威视"
    assert rows[0]["market_value"] == "1000.00"


def test_parquet_carries_meanings_and_plain_types(fund: Analysis) -> None:
    table = pq.read_table(io.BytesIO(render(fund, ".parquet")))
    assert table.num_rows == len(fund.lines)
    assert str(table.schema.field("market_value").type) == "double"
    assert str(table.schema.field("date").type).startswith("date32")
    assert table.schema.field("status").metadata[b"meaning"] == b"one word for the position"
    assert sum(v or 0.0 for v in table["market_value"].to_pylist()) == pytest.approx(
        float(fund.lines["market_value"].sum())
    )


def test_hostile_rows_survive_every_format(hostile: Analysis) -> None:
    for suffix in SUFFIXES:
        assert render(hostile, suffix, everything=True) == render(hostile, suffix, everything=True)
    table = pq.read_table(io.BytesIO(render(hostile, ".parquet")))
    assert len(table["name"][15].as_py()) == 40_000


def test_the_folder_holds_every_table_at_a_fixed_time(fund: Analysis) -> None:
    with zipfile.ZipFile(io.BytesIO(render(fund, ".zip"))) as archive:
        names = archive.namelist()
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        rows = list(csv.DictReader(io.StringIO(archive.read("positions.csv").decode("utf-8-sig"))))
    assert names == [
        f"{key}.csv"
        for key in (
            "exposure",
            "positions",
            "matches",
            "deadlines",
            "scenarios",
            "issues",
            "dictionary",
            "audit",
        )
    ]
    assert len(rows) == len(fund.lines)


def test_an_unknown_ending_is_refused(fund: Analysis) -> None:
    with pytest.raises(QueryError, match=r"no writer for \.doc; try \.json"):
        render(fund, ".doc")
