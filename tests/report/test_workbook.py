"""The workbook, read back with another library."""

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from analyzer.core.matching import Decision, JudgementRecord
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.report.files import companions, render
from analyzer.report.options import ReportOptions
from analyzer.report.wording import NOT_ADVICE
from analyzer.report.xlsx import CELL_CHARACTERS, analysis_xlsx

SHEETS = [
    "Summary",
    "Exposure",
    "Positions",
    "Matches",
    "Deadlines",
    "Scenarios",
    "Data issues",
    "Dictionary",
    "Audit",
]


def read(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def records(sheet: Any) -> list[dict[str, Any]]:
    head, *rows = list(sheet.iter_rows(values_only=True))
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def book(fund: Analysis) -> openpyxl.Workbook:
    return read(render(fund, ".xlsx"))


def test_sheets_stand_in_order_with_frozen_filtered_headings(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS
    for name in SHEETS[1:]:
        sheet = book[name]
        assert sheet.freeze_panes == "A2", name
        if sheet.max_row > 1:
            assert sheet.auto_filter.ref.endswith(str(sheet.max_row)), name
        assert not sheet.merged_cells.ranges, name


def test_every_line_is_there_with_its_value_and_status(
    book: openpyxl.Workbook, fund: Analysis
) -> None:
    rows = records(book["Positions"])
    assert [r["Row"] for r in rows] == fund.lines["row"].tolist()
    assert [r["Status"] for r in rows] == fund.lines["status"].astype(str).tolist()
    values = [r["Market value"] for r in rows]
    assert sum(values) == pytest.approx(float(fund.lines["market_value"].sum()), rel=1e-12)
    assert all(r["Why"] for r in rows)


def test_a_restricted_line_cites_its_source_and_others_say_what_was_screened(
    book: openpyxl.Workbook,
) -> None:
    by_name = {r["Name"]: r for r in records(book["Positions"])}
    mobile = next(r for n, r in by_name.items() if "MOBILE" in n.upper())
    assert mobile["Status"] == "sell_window"
    assert "China Mobile Limited is on the OFAC NS-CCMC list from 2021-01-08" in mobile["Why"]
    assert "EO 13974" in mobile["Citation"]
    assert mobile["Buy"] == "prohibited"
    assert mobile["Sell to divest"] == "permitted_until"
    assert mobile["Sell to divest until"].startswith("2022-01-08")
    free = [r for r in by_name.values() if r["Status"] == "no_match"]
    assert free
    assert all(r["Why"].startswith("no match in ") for r in free)


def test_number_formats_and_dates(book: openpyxl.Workbook) -> None:
    sheet = book["Positions"]
    head = [c.value for c in sheet[1]]
    cells = {name: sheet.cell(2, head.index(name) + 1) for name in head}
    assert cells["Market value"].number_format == "#,##0.00"
    assert cells["Weight"].number_format == "0.00%"
    assert cells["Holdings date"].number_format == "yyyy-mm-dd"
    assert cells["Holdings date"].is_date


def test_exposure_adds_up_to_the_totals(book: openpyxl.Workbook, fund: Analysis) -> None:
    rows = records(book["Exposure"])
    for status, entry in fund.totals.by_status.items():
        if status is not Status.NO_MATCH:
            found = [r for r in rows if r["Status"] == status.value]
            assert sum(r["Lines"] for r in found) == entry.rows
            assert sum(r["Exposure, USD"] for r in found) == pytest.approx(entry.market_value)


def test_summary_says_the_answer_the_coverage_and_that_it_is_incomplete(
    book: openpyxl.Workbook, fund: Analysis
) -> None:
    rows = [[str(v) for v in row if v is not None] for row in book["Summary"].values]
    words = {row[0]: row[1:] for row in rows if row}
    assert words["Coverage"] == [f"{fund.coverage.sentence()}."]
    assert words["INCOMPLETE"] == ["1 row in review"]
    assert "under a prohibition on 2021-03-09" in words["Answer"][0]
    assert words["Law in force on"] == ["2021-03-09"]
    assert words["Holder"] == ["us-person (ASSUMED: nobody stated the holder)"]
    assert sum(row == [NOT_ADVICE] for row in rows) == 1
    assert "US-OFAC-NS-CCMC" in words


def test_matches_say_who_was_considered_and_on_what_evidence(book: openpyxl.Workbook) -> None:
    rows = records(book["Matches"])
    assert all(r["Evidence"] and r["Entity id"] for r in rows)
    assert {r["Outcome"] for r in rows} <= {"confirmed", "in review", "candidate"}


def test_decisions_of_people_stand_beside_the_match_with_who_when_and_why(
    fund: Analysis,
) -> None:
    line = fund.lines.loc[fund.lines["status"] == "review"].iloc[0]
    match = fund.judged[int(line["judged"])].match
    assert match is not None
    when = datetime(2021, 3, 8, 15, 30, tzinfo=UTC)
    about = (f"isin:{line['isin']}", match.entity_id)
    kept = JudgementRecord(*about, Decision.ESCALATE, "A. Analyst", when, "=needs counsel", "x")
    other = JudgementRecord("isin:US0378331005", "smic", Decision.REJECT, "B", when, "no", "x")
    options = ReportOptions(judgements=(kept, other))
    book = read(render(fund, ".xlsx", options=options))
    decided = [r for r in records(book["Matches"]) if r["Decision"]]
    assert [
        (r["Entity id"], r["Decision"], r["Who"], r["When"], r["Reason given"]) for r in decided
    ] == [(match.entity_id, "escalate", "A. Analyst", "2021-03-08T10:30-05:00", "=needs counsel")]
    audit = [r["What"] for r in records(book["Audit"]) if r["Kind"] == "judgement"]
    assert audit == [f"isin:{line['isin']} / {match.entity_id}", "isin:US0378331005 / smic"]


def test_audit_names_what_is_needed_to_do_it_again(book: openpyxl.Workbook, fund: Analysis) -> None:
    rows = {(r["Kind"], r["What"]): r["Value"] for r in records(book["Audit"])}
    note = fund.inputs[0]
    assert rows["input", note.path] == f"sha256 {note.sha256}"
    assert rows["manifest", "version"] == fund.manifest["version"]
    assert rows["manifest", "law_sha256"] == fund.manifest["law_sha256"]
    for entry in fund.coverage.lists:
        assert entry.sha256 in rows["list", entry.id]
    versions = rows["manifest", "regimes.US-EO13959.versions"]
    assert versions == ", ".join(fund.manifest["regimes"]["US-EO13959"]["versions"])
    assert {key for kind, key in rows if kind == "event"} == set(fund.events)


def test_dictionary_explains_every_heading(book: openpyxl.Workbook) -> None:
    known = {(r["Where"], r["Term"]): r["Meaning"] for r in records(book["Dictionary"])}
    for name in SHEETS[1:7]:
        for cell in book[name][1]:
            assert known[name, cell.value], cell.value


def test_nothing_in_it_is_a_formula_and_text_stays_whole(hostile: Analysis) -> None:
    book = read(render(hostile, ".xlsx"))
    for sheet in book:
        for row in sheet.iter_rows():
            assert not [c for c in row if c.data_type == "f"], sheet.title
    names = [r["Name"] for r in records(book["Positions"])]
    assert names[0] == '=HYPERLINK("http://example.invalid","x")'
    assert names[7] == "小米集团 中芯国际 海康威视"
    long = names[14]
    assert long is not None
    assert len(long) == CELL_CHARACTERS
    assert long.endswith("JSON and CSV have all of it]")


def test_a_table_longer_than_a_sheet_says_where_the_rest_is(fund: Analysis) -> None:
    rows = len(fund.lines)
    book = read(analysis_xlsx(fund, sheet_rows=rows))
    assert book["Positions"].max_row == rows
    words = [row[1] for row in book["Summary"].values if row[0] == "Longer than a sheet"]
    assert any(w.startswith(f"Positions: {rows} rows; the sheet holds the first") for w in words)
    assert list(companions(fund, ".xlsx", "report", rows)) == ["report_positions.parquet"]
    assert companions(fund, ".xlsx", "report", rows + 1) == {}
    assert companions(fund, ".csv", "report", 1) == {}


def test_same_input_same_bytes(fund: Analysis) -> None:
    assert render(fund, ".xlsx") == render(fund, ".xlsx")
