"""Bytes to text: encoding, line ends and delimiter."""

import codecs
import csv
import io
import re
from collections.abc import Mapping
from itertools import islice

from analyzer.core.errors import InputError
from analyzer.ingest.headers import find_header, known_fields

SAMPLE_BYTES = 1 << 18
SAMPLE_ROWS = 200
_EAST_ASIAN = ("gb18030", "big5", "cp932", "cp949")
_HIGH, _HIGH_RUN = re.compile(rb"[\x80-\xff]"), re.compile(rb"[\x80-\xff]{2,}")
DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def to_utf8(data: bytes, name: str, stated: str = "") -> tuple[bytes, str]:
    """Return the text as UTF-8 bytes without a mark, and the encoding it was in.

    Parameters
    ----------
    stated
        Encoding the user states; found when empty.

    Raises
    ------
    InputError
        When the bytes are no text in the encoding stated, or in any known.
    """
    if stated:
        return _stated(data, stated, name), stated
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if encoding == "utf-8-sig":
                return _utf8(data[len(mark) :])
            return _decoded(data, encoding, name), encoding
    if b"\x00" in data[:4096]:
        return _utf16_without_mark(data, name)
    return _utf8(data)


def _utf8(data: bytes) -> tuple[bytes, str]:
    try:
        if not data.isascii():
            data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data)
    return data, "utf-8"


def _decoded(data: bytes, encoding: str, name: str) -> bytes:
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeDecodeError as exc:
        raise InputError(f"{name}: marked as {encoding} but not readable as such: {exc}") from exc


def _stated(data: bytes, encoding: str, name: str) -> bytes:
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except UnicodeDecodeError as exc:
        raise InputError(f"{name}: not a text in {encoding}: {exc.reason}") from exc


def _utf16_without_mark(data: bytes, name: str) -> tuple[bytes, str]:
    head = data[:4096]
    encoding = "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
    if max(head[1::2].count(0), head[0::2].count(0)) < len(head) // 8:
        raise InputError(f"{name}: a binary file, not a table of holdings")
    return _decoded(data, encoding, name), encoding


def _half_width(text: str) -> float:
    """Return the share of half-width katakana: what Chinese bytes look like in Shift-JIS."""
    foreign = [c for c in text if c > "\x7f"]
    return sum("\uff61" <= c <= "\uff9f" for c in foreign) / max(1, len(foreign))


def _guessed(data: bytes) -> tuple[bytes, str]:
    """Decode bytes that are not UTF-8.

    Western text has single high bytes between letters; in East Asian text they come in runs.
    """
    from charset_normalizer import from_bytes

    head = data[:SAMPLE_BYTES]
    high = len(_HIGH.findall(head))
    if sum(map(len, _HIGH_RUN.findall(head))) > 0.6 * high:
        matches = from_bytes(data[: 1 << 16], cp_isolation=list(_EAST_ASIAN))
        for match in matches:
            try:
                text = data.decode(match.encoding)
            except UnicodeDecodeError:
                continue
            if _half_width(text[:65536]) < 0.1:
                return text.encode("utf-8"), match.encoding
    try:
        return data.decode("cp1252").encode("utf-8"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1").encode("utf-8"), "latin-1"


def sample_text(data: bytes) -> str:
    """Return the head of the UTF-8 text, cut at a line end."""
    head = data[:SAMPLE_BYTES]
    if len(data) > SAMPLE_BYTES:
        head = head[: head.rfind(b"\n") + 1] or head
    return head.decode("utf-8", errors="ignore")


def sample_rows(text: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """Return the first records and, for each, the number of lines read up to its end."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, ends = [], []
    try:
        for cells in islice(reader, SAMPLE_ROWS):
            rows.append(cells)
            ends.append(reader.line_num)
    except csv.Error:
        pass
    return rows, ends


def find_delimiter(text: str, wanted: Mapping[str, str]) -> str:
    """Return the delimiter under which the best heading row appears.

    Ties (no heading known) go to the delimiter that cuts most rows into equally many cells.
    """

    def score(delimiter: str) -> tuple[int, int, int]:
        rows, _ = sample_rows(text, delimiter)
        at = find_header(rows, wanted)
        widths = [len(r) for r in rows if len(r) > 1]
        mode = max(set(widths), key=widths.count) if widths else 0
        return (
            len(known_fields(rows[at], wanted)) if at is not None else 0,
            widths.count(mode) if mode else 0,
            mode,
        )

    return max(DELIMITERS, key=score)
