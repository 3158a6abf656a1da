"""One table, written every way people write it, reads to one frame; damage loses no row."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.core.dialect import Dialect
from analyzer.core.errors import InputError
from analyzer.core.frames import HOLDINGS
from analyzer.ingest import Ingested, read_holdings

SECURITIES = [
    ("Apple Inc", "US0378331005"),
    ("Société Générale SA", "FR0000130809"),
    ("Nestlé SA", "CH0038863350"),
    ("Tencent Holdings Ltd", "KYG875721634"),
    ("Xiaomi Corp-Class B", "KYG9830T1067"),
    ("Smith, Jones & Co", "GB0002162385"),
]


@dataclass(frozen=True)
class Style:
    delimiter: str
    mark: str
    grouping: str
    encoding: str
    newline: str
    preamble: int
    footer: bool


STYLES = st.builds(
    Style,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    mark=st.sampled_from([".", ","]),
    grouping=st.sampled_from(["", "group", "\u00a0", "'"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    preamble=st.integers(0, 3),
    footer=st.booleans(),
)
ROWS = st.lists(
    st.tuples(
        st.integers(0, len(SECURITIES) - 1),
        st.integers(1, 10**9),
        st.integers(-(10**11), 10**11).filter(lambda v: abs(v) % 10 and abs(v) >= 100),
    ),
    min_size=3,
    max_size=12,
)


def number(value: float, style: Style, places: int) -> str:
    text = f"{value:,.{places}f}"
    group = {"group": "." if style.mark == "," else ","}.get(style.grouping, style.grouping)
    return text.replace(",", "\0").replace(".", style.mark).replace("\0", group)


def render(rows: list[tuple[int, int, int]], style: Style) -> bytes:
    lines = [f"Custodian report {i}" for i in range(style.preamble)]
    cells = [["Name", "ISIN", "Quantity", "Market Value"]]
    for which, quantity, cents in rows:
        name, isin = SECURITIES[which]
        cells.append([name, isin, number(quantity, style, 0), number(cents / 100, style, 2)])
    lines += [
        style.delimiter.join('"' + c + '"' if set(c) & set(",;\t|") else c for c in row)
        for row in cells
    ]
    if style.footer:
        lines += ["", "This document is no offer."]
    return (style.newline.join(lines) + style.newline).encode(style.encoding)


def balanced(result: Ingested) -> None:
    assert result.rows_read == result.rows_holding + result.rows_skipped + result.rows_rejected
    assert result.rows_holding == len(result.frame)
    assert result.rows_skipped == len(result.skipped)
    assert result.rows_rejected == len(result.rejected)
    assert HOLDINGS.problems(result.frame) == []
    used = [*result.frame["row"], *(n.row for n in (*result.skipped, *result.rejected))]
    assert len(set(used)) == len(used)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, style=STYLES)
def test_every_style_reads_the_same(rows: list[tuple[int, int, int]], style: Style) -> None:
    result = read_holdings(("fund.csv", render(rows, style)))
    balanced(result)
    frame = result.frame
    assert list(frame["name"]) == [SECURITIES[w][0] for w, _, _ in rows]
    assert list(frame["isin"]) == [SECURITIES[w][1] for w, _, _ in rows]
    assert list(frame["market_value"]) == [c / 100 for _, _, c in rows]
    assert list(frame["quantity"].abs()) == [q for _, q, _ in rows]
    assert list(frame["row"]) == list(range(style.preamble + 2, style.preamble + 2 + len(rows)))


NOISE = st.sampled_from(
    ["", ",,,", "Equities", "Page 2 of 3", "Name,ISIN,Quantity,Market Value", "  ,  ,,", "-,-,-,-"]
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, noise=st.lists(st.tuples(st.integers(0, 40), NOISE), max_size=8))
def test_noise_rows_change_no_value(
    rows: list[tuple[int, int, int]], noise: list[tuple[int, str]]
) -> None:
    style = Style(",", ".", "", "utf-8", "\n", 0, footer=False)
    lines = render(rows, style).decode().splitlines()
    for place, text in noise:
        lines.insert(1 + place % len(lines), text)
    result = read_holdings(("fund.csv", "\n".join(lines).encode() + b"\n"))
    balanced(result)
    assert result.rows_read == len(lines)
    assert result.rows_holding == len(rows)
    expected = sum(c for _, _, c in rows) / 100
    assert result.frame["market_value"].sum() == pytest.approx(expected, rel=1e-12, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    style=STYLES,
    cuts=st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=4)), min_size=1, max_size=6),
)
def test_damaged_bytes_never_break_the_account(
    rows: list[tuple[int, int, int]], style: Style, cuts: list[tuple[int, bytes]]
) -> None:
    data = render(rows, style)
    for place, junk in cuts:
        at = place % len(data)
        data = data[:at] + junk + data[at + len(junk) // 2 :]
    with contextlib.suppress(InputError):
        balanced(read_holdings(("fund.csv", data)))


@settings(max_examples=30, deadline=None)
@given(rows=ROWS, style=STYLES, end=st.integers(1, 400))
def test_a_file_cut_anywhere_keeps_every_whole_row(
    rows: list[tuple[int, int, int]], style: Style, end: int
) -> None:
    style = Style(style.delimiter, style.mark, "", "utf-8", "\n", 0, footer=False)
    whole = render(rows, style)
    data = whole[: max(60, len(whole) - end)]
    complete = data.decode(errors="ignore").count("\n") - 1
    if complete < 1:
        return
    result = read_holdings(("fund.csv", data))
    balanced(result)
    assert result.rows_holding + result.rows_rejected >= complete
    values = [c / 100 for _, _, c in rows][:complete]
    assert list(result.frame["market_value"])[:complete] == values


def test_formats_agree(tmp_path: Path) -> None:
    import xlsxwriter

    rows = [(i % 6, 100 + i, 12345 + 11 * i) for i in range(40)]
    csv = render(rows, Style(",", ".", "", "utf-8", "\n", 0, footer=False))
    table = pd.read_csv(io.BytesIO(csv))
    table.to_parquet(tmp_path / "h.parquet")
    (tmp_path / "h.json").write_text(json.dumps({"holdings": table.to_dict("records")}))
    (tmp_path / "h.jsonl").write_text(table.to_json(orient="records", lines=True))
    with xlsxwriter.Workbook(tmp_path / "h.xlsx") as book:
        sheet = book.add_worksheet("All")
        sheet.write_row(3, 1, list(table.columns))
        for at, record in enumerate(table.itertuples(index=False), 4):
            sheet.write_row(at, 1, list(record))
        top = book.add_worksheet("Top ten")
        top.write_row(0, 0, list(table.columns))
        for at, record in enumerate(table.head(3).itertuples(index=False), 1):
            top.write_row(at, 0, list(record))
    (tmp_path / "h.csv").write_bytes(csv)
    frames = {p.suffix: read_holdings(p) for p in tmp_path.iterdir()}
    wanted = frames[".csv"].frame[["name", "isin", "quantity", "market_value"]].astype(object)
    for suffix, result in frames.items():
        got = result.frame[["name", "isin", "quantity", "market_value"]].astype(object)
        pd.testing.assert_frame_equal(got, wanted), suffix
    excel = frames[".xlsx"]
    assert list(excel.frame["row"])[:2] == [5, 6]
    assert set(excel.frame["sheet"]) == {"All"}
    assert {n.why for n in excel.skipped if n.sheet == "Top ten"} == {
        "heading",
        "repeats holdings of sheet 'All'",
    }
    assert frames[".parquet"].frame["row"].iloc[0] == 1


def test_sheets_with_different_holdings_are_both_read(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for which, (name, isin) in enumerate(SECURITIES[:2]):
            sheet = book.add_worksheet(f"S{which}")
            sheet.write_row(0, 0, ["Name", "ISIN", "Quantity", "Weight (%)"])
            sheet.write_row(1, 0, [name, isin, 5, 50])
    both = read_holdings(path)
    assert both.rows_holding == 2
    assert set(both.frame["sheet"]) == {"S0", "S1"}
    one = read_holdings(path, dialect=Dialect(sheet="S1"))
    assert list(one.frame["isin"]) == [SECURITIES[1][1]]
    assert one.rows_read == both.rows_read == 4
    with pytest.raises(InputError, match="no sheet 'S9'"):
        read_holdings(path, dialect=Dialect(sheet="S9"))
