"""What a file is, by its bytes, and which files are refused before anything is read.

The limits are those of a very large honest file: a sheet has at most 1,048,576 rows, and a
spreadsheet of that size compresses about tenfold.
"""

import io
import re
import struct
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path, PurePosixPath, PureWindowsPath

from analyzer.core.errors import InputError

MAX_BYTES = 2 << 30
MAX_UNPACKED = 300 << 20
MAX_RATIO = 100
MAX_ENTRIES = 2000
MAX_GRID = 32_000_000
_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Kind(StrEnum):
    """Container of a file, recognised by its first bytes."""

    TEXT = "text"
    ZIP_WORKBOOK = "xlsx"
    OLE_WORKBOOK = "xls"
    XML = "xml"
    JSON = "json"
    PARQUET = "parquet"


_REFUSED = (
    (b"%PDF", "a PDF; export the holdings as CSV or XLSX"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"Rar!", "an archive; unpack it first"),
    (b"7z\xbc\xaf", "an archive; unpack it first"),
    (b"\x80\x04", "a pickle, which can run code; it is never opened"),
    (b"\x80\x05", "a pickle, which can run code; it is never opened"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


def load(source: Path | tuple[str, bytes]) -> tuple[str, bytes]:
    """Return the name and the bytes of a source.

    Raises
    ------
    InputError
        When the file is missing, not a regular file, empty or larger than 2 GiB.
    """
    if isinstance(source, tuple):
        name, data = source
    else:
        name = str(source)
        if not source.is_file():
            raise InputError(
                f"{name}: no such file" if not source.exists() else f"{name}: not a file"
            )
        if source.stat().st_size > MAX_BYTES:
            raise InputError(f"{name}: larger than {MAX_BYTES >> 30} GiB")
        try:
            data = source.read_bytes()
        except OSError as exc:
            raise InputError(f"{name}: cannot be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES >> 30} GiB")
    if not data or data.isspace():
        raise InputError(f"{name}: the file is empty")
    return name, data


def kind_of(name: str, data: bytes) -> Kind:
    """Return the container of a file by its first bytes; its name is not trusted.

    Raises
    ------
    InputError
        For kinds that hold no table or may not be opened, and for unsafe archives.
    """
    for magic, what in _REFUSED:
        if data.startswith(magic):
            raise InputError(f"{name}: this is {what}")
    if data.startswith(b"PK"):
        check_zip(name, data)
        return Kind.ZIP_WORKBOOK
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        _check_compound(name, data)
        return Kind.OLE_WORKBOOK
    if data.startswith(b"PAR1"):
        return Kind.PARQUET
    return Kind.TEXT


def text_kind(name: str, data: bytes) -> Kind:
    """Return whether UTF-8 text is XML, JSON or a delimited table.

    Raises
    ------
    InputError
        For markup that holds no table of holdings: OFX statements and web pages.
    """
    head = data[:4096].lstrip(b" \t\r\n").lower()
    if head.startswith((b"ofxheader", b"<?ofx", b"<ofx>")):
        raise InputError(f"{name}: an OFX statement of transactions; export positions as CSV")
    if head.startswith((b"<!doctype html", b"<html")) or b"<table" in head[:512]:
        raise InputError(f"{name}: a web page, whatever its name; export as CSV or XLSX")
    if head.startswith(b"<"):
        return Kind.XML
    return Kind.JSON if head.startswith((b"{", b"[")) else Kind.TEXT


def check_zip(name: str, data: bytes) -> None:
    """Refuse an archive that could exhaust memory or escape its folder.

    Raises
    ------
    InputError
        Total size unpacked above 300 MiB, a member above 100 times its packed size, more than
        2,000 members, an encrypted member, or a name that is absolute or climbs with ``..``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        raise InputError(f"{name}: a damaged archive ({exc})") from exc
    if len(members) > MAX_ENTRIES:
        raise InputError(
            f"{name}: {len(members)} members in the archive; the limit is {MAX_ENTRIES}"
        )
    if sum(m.file_size for m in members) > MAX_UNPACKED:
        raise InputError(f"{name}: unpacks to more than {MAX_UNPACKED >> 20} MiB")
    for member in members:
        path = member.filename
        if member.flag_bits & 0x1:
            raise InputError(f"{name}: member {path!r} is encrypted; remove the password")
        parts = PurePosixPath(path.replace("\\", "/")).parts
        if ".." in parts or path.startswith(("/", "\\")) or PureWindowsPath(path).drive:
            raise InputError(f"{name}: member {path!r} points outside the archive")
        if member.file_size > 1 << 20 and member.file_size > MAX_RATIO * max(
            1, member.compress_size
        ):
            raise InputError(f"{name}: member {path!r} unpacks to over {MAX_RATIO} times its size")
    _check_members(name, data)
    names = {m.filename for m in members}
    if not any(n.startswith(("xl/", "content.xml")) for n in names):
        raise InputError(f"{name}: a zip archive that is no workbook; unpack it first")


def _check_compound(name: str, data: bytes) -> None:
    """Refuse a compound file whose header promises more sectors than the file has.

    A reader reserves memory by these numbers before it reads a sector (MS-CFB 2.2).
    """
    if len(data) < 512:
        raise InputError(f"{name}: the workbook cannot be read (no whole header)")
    shift, mini = struct.unpack_from("<HH", data, 30)
    fat, mini_fat, chain = (struct.unpack_from("<I", data, at)[0] for at in (44, 64, 72))
    if shift not in {9, 12} or mini != 6 or max(fat, mini_fat, chain) > (len(data) >> shift):
        raise InputError(f"{name}: the workbook cannot be read (its header is damaged)")


def _check_members(name: str, data: bytes) -> None:
    """Unpack every member within its declared size, and refuse markup with entities.

    A directory that understates a size fails its checksum here, before any other reader trusts
    it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                body = archive.read(member)
                head = body[:4096]
                if member.filename.startswith("xl/worksheets/"):
                    _check_extent(name, member.filename, body)
                if member.filename.endswith((".xml", ".rels")) and _DTD.search(head):
                    raise InputError(f"{name}: member {member.filename!r} declares XML entities")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as exc:
        raise InputError(f"{name}: a damaged archive ({exc})") from exc


def _check_extent(name: str, member: str, body: bytes) -> None:
    """Refuse a sheet whose cells span far more than they fill: readers lay out the whole span.

    Two cells, A1 and XFD1048576, would take hundreds of gigabytes.
    """
    references = _CELL.findall(body)
    width = max((len(c), c) for c, _ in references)[1] if references else b"A"
    columns = 0
    for letter in width:
        columns = columns * 26 + letter - 64
    rows = max((int(r) for _, r in references), default=0)
    if rows * columns > MAX_GRID:
        raise InputError(f"{name}: {member!r} spans {rows:,} rows by {columns:,} columns")


def refuse_entities(name: str, data: bytes) -> None:
    """Refuse XML that declares a document type or an entity.

    Raises
    ------
    InputError
        No filing or workbook needs one; entities are how XML bombs and file reads are made.
    """
    if _DTD.search(data):
        raise InputError(f"{name}: XML with a DOCTYPE or ENTITY declaration is not read")
