"""Files read as the user says: encoding, delimiter, sheet; rows and digest stay the file's own."""

import hashlib
import io

import openpyxl
import pytest

from analyzer.core.errors import InputError
from analyzer.workspace import Desk, pack_desk, read_desk, recoded, sheets, unpack_desk

TEXT = "Name|ISIN|Market value\n\nXIAOMI|KYG9830T1067|1.234,50\nCHINA MOBILE|HK0941009539|7,25\n"


def desk_of(content: bytes, name: str = "h.csv", **reading: str) -> Desk:
    return Desk("x", ((name, content),), as_of="2021-03-09", readings={name: reading})


def test_rows_and_digest_are_those_of_the_file() -> None:
    content = TEXT.encode("utf-16")
    (read,) = read_desk(desk_of(content, encoding="utf-16", delimiter="bar"))
    assert list(read.frame["row"]) == [3, 4]
    assert list(read.frame["market_value"]) == pytest.approx([1234.50, 7.25])
    assert read.sha256 == hashlib.sha256(content).hexdigest()


def test_a_wrong_delimiter_is_what_the_user_gets() -> None:
    with pytest.raises(InputError):
        read_desk(desk_of(TEXT.encode(), delimiter="semicolon"))


@pytest.mark.parametrize(
    "reading", [{"encoding": "utf-8"}, {"encoding": "klingon"}, {"delimiter": "%"}]
)
def test_what_cannot_be_read_so_is_refused_by_name(reading: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"h\.csv"):
        recoded(("h.csv", "Währung".encode("cp1252")), reading)


def test_nothing_said_changes_nothing() -> None:
    file = ("h.csv", TEXT.encode())
    assert recoded(file, {}) == file
    (read,) = read_desk(Desk("x", (file,)))
    assert read.rows_holding == 2


def test_a_sheet_is_chosen() -> None:
    book = openpyxl.Workbook()
    for title, isin in (("Old", "KYG9830T1067"), ("New", "HK0941009539")):
        sheet = book.create_sheet(title)
        sheet.append(["Name", "ISIN", "Market value"])
        sheet.append(["X", isin, 5])
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    assert sheets(("b.xlsx", out.getvalue())) == ("Old", "New")
    assert sheets(("h.csv", TEXT.encode())) == ()
    (read,) = read_desk(desk_of(out.getvalue(), "b.xlsx", sheet="New"))
    assert list(read.frame["isin"]) == ["HK0941009539"]


def test_it_is_kept_with_the_desk() -> None:
    desk = desk_of(TEXT.encode(), delimiter="bar")
    assert unpack_desk(pack_desk(desk)) == desk
