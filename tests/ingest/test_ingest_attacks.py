"""Hostile and broken files: refused in one line, or read with nothing executed or lost."""

import io
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from analyzer.core.dialect import Dialect
from analyzer.core.errors import InputError
from analyzer.ingest import read_holdings

GOOD = b"Name,ISIN,Quantity,Market Value\nApple Inc,US0378331005,10,100\n"


def refused(name: str, data: bytes, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_holdings((name, data))
    message = str(caught.value)
    assert words in message
    assert message.startswith(name)
    assert "\n" not in message


def archive(members: dict[str, bytes], level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def test_high_ratio_is_refused() -> None:
    bomb = archive({"xl/worksheets/sheet1.xml": b"0" * (8 << 20)})
    refused("bomb.xlsx", bomb, "unpacks to over 100 times")


def test_total_size_is_refused_from_the_directory() -> None:
    small = archive({"xl/workbook.xml": b"x"})
    at = small.index(b"PK\x01\x02")
    huge = small[: at + 24] + struct.pack("<I", 400 << 20) + small[at + 28 :]
    refused("huge.xlsx", huge, "unpacks to more than 300 MiB")


def test_understated_size_is_refused() -> None:
    honest = archive({"xl/workbook.xml": b"<a>" * 5000})
    at = honest.index(b"PK\x01\x02")
    lying = honest[: at + 24] + struct.pack("<I", 10) + honest[at + 28 :]
    refused("lie.xlsx", lying, "damaged archive")


def test_many_members_are_refused() -> None:
    refused("many.xlsx", archive({f"xl/{i}": b"" for i in range(2001)}), "2001 members")


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "xl/..\\..\\a", "C:\\a"])
def test_climbing_names_are_refused(path: str) -> None:
    refused("climb.xlsx", archive({path: b"x", "xl/workbook.xml": b"x"}), "outside the archive")


def test_encrypted_members_are_refused() -> None:
    plain = archive({"xl/workbook.xml": b"x"})
    at = plain.index(b"PK\x01\x02")
    flagged = plain[: at + 8] + b"\x01\x00" + plain[at + 10 :]
    refused("locked.xlsx", flagged, "encrypted")


def test_two_cells_far_apart_are_refused() -> None:
    sheet = b'<worksheet><sheetData><row><c r="A1"/></row><row><c r="XFD1048576"/></row>'
    wide = archive({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet})
    refused("wide.xlsx", wide, "spans 1,048,576 rows by 16,384 columns")


def test_a_reader_that_panics_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panic(_: object) -> None:
        raise PanicException("slice index\nout of range")

    monkeypatch.setattr("python_calamine.load_workbook", panic)
    book = archive({"xl/workbook.xml": b"<workbook/>"})
    refused("a.xlsx", book, "damaged (slice index out of range)")


def test_a_damaged_xls_kills_only_its_child() -> None:
    refused("a.xls", compound(9), "cannot be read (it is damaged")


def compound(shift: int, sectors: int = 1) -> bytes:
    header = bytearray(1024)
    header[:4] = b"\xd0\xcf\x11\xe0"
    struct.pack_into("<HH", header, 30, shift, 6)
    struct.pack_into("<I", header, 44, sectors)
    return bytes(header)


@pytest.mark.parametrize(("shift", "sectors"), [(33, 1), (9, 1 << 30)])
def test_a_compound_file_that_promises_too_much_is_refused(shift: int, sectors: int) -> None:
    refused("a.xls", compound(shift, sectors), "its header is damaged")


def test_entities_in_a_workbook_are_refused() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    refused("evil.xlsx", archive({"xl/workbook.xml": evil}), "declares XML entities")


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    refused("a.xlsx", archive({"holdings.csv": GOOD}), "no workbook")
    refused("a.xlsx", b"PK\x03\x04broken", "damaged archive")


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE i [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    b"<informationTable><infoTable><nameOfIssuer>&b;</nameOfIssuer></infoTable></informationTable>"
)
REMOTE = (
    b'<?xml version="1.0"?><!DOCTYPE i SYSTEM "http://127.0.0.1:1/x.dtd">'
    b"<edgarSubmission xmlns='http://www.sec.gov/edgar/nport'/>"
)
LOCAL_FILE = LAUGHS.replace(b'<!ENTITY a "ha">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize("data", [LAUGHS, REMOTE, LOCAL_FILE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused_in_any_encoding(data: bytes, encoding: str) -> None:
    refused("evil.xml", data.decode().encode(encoding), "DOCTYPE or ENTITY")


def test_spreadsheet_ml_with_entities_is_refused() -> None:
    data = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "b">]>'
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    )
    refused("evil.xls", data, "DOCTYPE or ENTITY")


def test_pickles_are_never_opened() -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return exec, ("raise SystemExit('executed')",)

    refused("a.parquet", pickle.dumps(Bomb(), protocol=4), "never opened")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b"%PDF-1.7 x", "PDF"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "cannot be read"),
        (b"PAR1" + b"\x00" * 64, "parquet file cannot be read"),
        (bytes(range(256)) * 20, "binary file"),
        (b"<html><body><table></table></body></html>", "web page"),
        (b"<unknown><a/></unknown>", "unknown kind"),
        (b"<informationTable><infoTable>", "not well formed"),
        (b'{"a": [1, 2', "no valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1}', "no list of holdings"),
        (b"hello world\nthis is prose\n", "no heading row"),
        (b"Name,ISIN\nApple Inc,US0378331005\n", "no column of quantities"),
        (b"Name,ISIN,Quantity\n", "no holdings below it"),
    ],
)
def test_what_is_no_holdings_file_is_refused(data: bytes, words: str) -> None:
    refused("file", data, words)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_holdings(tmp_path / "none.csv")
    with pytest.raises(InputError, match="not a file"):
        read_holdings(tmp_path)


def test_formulas_stay_text() -> None:
    data = (
        b"Name,ISIN,Quantity,Market Value\n"
        b'"=HYPERLINK(""http://127.0.0.1/x"",""Apple"")",US0378331005,10,100\n'
        b"@SUM(1+1)*cmd|' /C calc'!A0,US5949181045,=1+1,200\n"
    )
    result = read_holdings(("f.csv", data))
    assert result.rows_holding == 2
    assert result.frame["name"].iloc[0].startswith("=HYPERLINK")
    assert result.frame["quantity"].isna().iloc[1]
    codes = [(f.code, f.row, f.column) for f in result.findings]
    assert ("E102", 3, "Quantity") in codes
    assert ("W209", 2, "Name") in codes


def test_workbook_formula_results_are_read_and_reported(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Holdings")
        sheet.write_row(0, 0, ["Name", "ISIN", "Quantity", "Market Value"])
        sheet.write_row(1, 0, ["Apple Inc", "US0378331005", 10])
        sheet.write_formula(1, 3, "=C2*10", None, 100)
        sheet.write_row(2, 0, ["Microsoft Corp", "US5949181045", 10])
        sheet.write_formula(2, 3, "=C3*10", None, "")
    result = read_holdings(path)
    assert result.frame["market_value"].iloc[0] == 100
    assert result.rows_holding == 2
    assert any(f.code == "W209" and "2 formulas" in f.message for f in result.findings)


def test_infinite_and_absurd_numbers_are_findings() -> None:
    data = b"Name,ISIN,Quantity\nApple Inc,US0378331005,inf\nMicrosoft,US5949181045,1e300\n"
    result = read_holdings(("f.csv", data))
    assert result.rows_holding == 2
    assert result.frame["quantity"].isna().all()
    assert sorted((f.code, f.row) for f in result.findings if f.code in {"E102", "E103"}) == [
        ("E102", 2),
        ("E103", 3),
    ]


def test_a_wrong_mapping_is_refused_with_all_problems() -> None:
    with pytest.raises(InputError) as caught:
        read_holdings(("f.csv", GOOD), mapping={"nmae": "Name", "price": "Px"})
    assert "'nmae' is no field" in str(caught.value)
    assert "no column 'Px' for price" in str(caught.value)


def test_wrong_currency_and_sheet_are_refused() -> None:
    with pytest.raises(InputError, match="ISO 4217"):
        read_holdings(("f.csv", GOOD), currency="dollars")
    with pytest.raises(InputError, match="no worksheets"):
        read_holdings(("f.csv", GOOD), dialect=Dialect(sheet="Sheet1"))


def test_nothing_is_written_or_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("network used")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "h.csv"
    path.write_bytes(GOOD)
    before = path.stat().st_mtime_ns
    read_holdings(path)
    assert [p.name for p in tmp_path.iterdir()] == ["h.csv"]
    assert path.stat().st_mtime_ns == before
