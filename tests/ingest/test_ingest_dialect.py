"""How a file is written, stated by its reader where detection is wrong."""

import io

import openpyxl
import pytest

from analyzer.core.dialect import Dialect
from analyzer.core.errors import InputError
from analyzer.ingest import Ingested, read_holdings

GERMAN = "Name;Quantity;Market value;Date\nXIAOMI CORP;1.000;1.234;03/04/2021\n"


def read(text: str | bytes, name: str = "h.csv", **words: str) -> Ingested:
    data = text.encode() if isinstance(text, str) else text
    return read_holdings((name, data), dialect=Dialect.of(name, words))


@pytest.mark.parametrize(("decimal", "value"), [("comma", 1234.0), ("point", 1.234)])
def test_a_decimal_mark_no_number_proves_is_stated(decimal: str, value: float) -> None:
    found = read(GERMAN, decimal=decimal)
    assert list(found.frame["market_value"]) == [value]
    codes = [f.code for f in found.findings]
    assert "W213" not in codes
    assert "I305" in codes
    assert "W213" in [f.code for f in read(GERMAN).findings]


def test_a_stated_mark_holds_against_what_the_numbers_say() -> None:
    text = "Name;Quantity;Market value\nXIAOMI CORP;1;1.5\nCHINA MOBILE LTD;2;7.25\n"
    found = read(text, decimal="comma")
    assert list(found.frame["quantity"]) == [1.0, 2.0]
    assert list(read(text).frame["market_value"]) == [1.5, 7.25]
    grouped = "Name;Quantity;Market value\nXIAOMI CORP;1;1.234,5\nCNOOC LTD;2;1.234\n"
    assert list(read(grouped, decimal="comma").frame["market_value"]) == [1234.5, 1234.0]


@pytest.mark.parametrize(("dates", "day"), [("dmy", "2021-04-03"), ("mdy", "2021-03-04")])
def test_an_ambiguous_date_is_read_both_ways(dates: str, day: str) -> None:
    found = read(GERMAN, dates=dates)
    assert [str(d.date()) for d in found.frame["date"]] == [day]
    assert "E105" in [f.code for f in read(GERMAN).findings]


@pytest.mark.parametrize(("dates", "day"), [("dmy", "2021-04-03"), ("mdy", "2021-03-04")])
def test_the_order_holds_for_the_date_above_the_table(dates: str, day: str) -> None:
    text = "Holdings as of 03/04/2021\n\nName,Quantity\nXIAOMI CORP,5\n"
    assert read(text).date is None
    assert str(read(text, dates=dates).date) == day


def test_a_date_against_the_stated_order_is_reported() -> None:
    text = "Name,Quantity,Date\nXIAOMI CORP,5,04/13/2021\nCNOOC LTD,7,02/03/2021\n"
    found = read(text, dates="dmy")
    (problem,) = [f for f in found.findings if f.code == "E105"]
    assert (problem.row, problem.column) == (2, "Date")
    assert str(found.frame["date"].iloc[1].date()) == "2021-03-02"


ABOVE = (
    "Name,Quantity,Value\nthe three figures below,are not,holdings\n\n\n\n\n"
    "Label,Position,Worth\nXIAOMI CORP,5,100\nCHINA MOBILE LTD,7,200\n"
)
MAPPING = {"name": "Label", "quantity": "Position", "market_value": "Worth"}


def test_the_heading_stands_where_it_is_stated() -> None:
    found = read_holdings(("h.csv", ABOVE.encode()), mapping=MAPPING, dialect=Dialect(header_row=7))
    assert list(found.frame["name"]) == ["XIAOMI CORP", "CHINA MOBILE LTD"]
    assert list(found.frame["row"]) == [8, 9]
    assert found.rows_read == found.rows_holding + found.rows_skipped + found.rows_rejected == 9


def test_the_heading_of_a_sheet_is_stated() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in ABOVE.splitlines():
        sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    sheet.append(["CNOOC LTD", 1, 1.234])
    out = io.BytesIO()
    book.save(out)
    told = Dialect(header_row=7, decimal="comma")
    found = read_holdings(("h.xlsx", out.getvalue()), mapping=MAPPING, dialect=told)
    assert list(found.frame["row"]) == [8, 9, 10]
    assert list(found.frame["market_value"]) == [100.0, 200.0, 1.234]
    with pytest.raises(InputError, match=r"heading row 40 is beyond the 10 rows"):
        read_holdings(("h.xlsx", out.getvalue()), dialect=Dialect(header_row=40, sheet="Sheet"))


def test_a_number_of_json_is_none_of_the_stated_text() -> None:
    text = '[{"name": "XIAOMI CORP", "quantity": 1.234, "market_value": "1.234,5"}]'
    found = read(text, "h.json", decimal="comma")
    assert list(found.frame["quantity"]) == [1.234]
    assert list(found.frame["market_value"]) == [1234.5]


@pytest.mark.parametrize(
    ("text", "name", "words", "message"),
    [
        (GERMAN, "h.csv", {"header_row": "9"}, "heading row 9 is beyond the 2 rows"),
        (GERMAN, "h.csv", {"header_row": "0"}, "rows are counted from 1"),
        (GERMAN, "h.csv", {"header_row": "two"}, "rows are counted from 1"),
        (ABOVE, "h.csv", {"decimal": "comma"}, "a comma stands between the cells"),
        (GERMAN, "h.csv", {"delimiter": "comma", "decimal": "comma"}, "a comma stands between"),
        (GERMAN, "h.csv", {"sheet": "One"}, "no worksheets, so no sheet 'One'"),
        (GERMAN, "h.csv", {"decimal": "dash"}, "decimal 'dash' is none of point, comma"),
        ('[{"name": "X"}]', "h.json", {"header_row": "2"}, "JSON names its fields"),
        ('Name,Value\n"A\nB",1\nC,2\n', "h.csv", {"header_row": "3"}, "no record starts in row 3"),
    ],
)
def test_an_impossible_statement_is_refused_with_the_reason(
    text: str, name: str, words: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(text, name, **words)
    assert str(caught.value).startswith(name)


def test_quoted_cells_may_hold_the_mark_that_parts_them() -> None:
    text = 'Name,Quantity,Market value\nXIAOMI CORP,1,"1.234,50"\n'
    assert list(read(text, decimal="comma").frame["market_value"]) == [1234.5]


def test_several_wrong_words_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Dialect.of("h.csv", {"decimal": "dash", "dates": "ymd", "header_row": "-1"})
    assert len(caught.value.problems) == 3
