"""Files read as the user says: encoding, delimiter, sheet; rows and digest stay the file's own."""

import hashlib
import io
from pathlib import Path

import openpyxl
import pytest

from analyzer.core.dialect import Dialect
from analyzer.core.errors import InputError
from analyzer.workspace import (
    Desk,
    Profile,
    load_profile,
    pack_desk,
    preview,
    read_desk,
    save_profile,
    sheets,
    unpack_desk,
)

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
    "reading",
    [{"encoding": "utf-8"}, {"encoding": "klingon"}, {"delimiter": "%"}, {"colour": "red"}],
)
def test_what_cannot_be_read_so_is_refused_by_name(reading: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"h\.csv"):
        read_desk(desk_of("Währung".encode("cp1252"), **reading))


def test_nothing_said_says_nothing() -> None:
    (read,) = read_desk(Desk("x", (("h.csv", TEXT.encode()),)))
    assert read.rows_holding == 2
    assert not [f for f in read.findings if f.code == "I305"]


def test_what_is_stated_is_saved_with_the_mapping_and_found_by_the_file_as_it_is(
    tmp_path: Path,
) -> None:
    content = b"Title,Quantity\n\nLabel,Position\nXIAOMI CORP,5\nCHINA MOBILE LTD,7\n"
    stated = {"header_row": "3", "sheet": "of this workbook alone"}
    found, told = (preview(("h.csv", content), {}, Dialect(header_row=r)) for r in (0, 3))
    assert (found.headings, told.headings) == (("Title", "Quantity"), ("Label", "Position"))
    mapping = {"name": "Label", "quantity": "Position"}
    save_profile(tmp_path, [found.headings, told.headings], Profile(mapping, stated))
    saved = load_profile(tmp_path, found.headings)
    assert saved == load_profile(tmp_path, told.headings)
    assert saved == Profile(mapping, {"header_row": "3"})
    desk = Desk("x", (("h.csv", content),), {"h.csv": mapping}, readings={"h.csv": saved.dialect})
    (read,) = read_desk(desk)
    assert list(read.frame["name"]) == ["XIAOMI CORP", "CHINA MOBILE LTD"]


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
