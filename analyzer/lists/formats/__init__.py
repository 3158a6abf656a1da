"""Readers of published formats, and recognising which one a file is in."""

import io
import zipfile
from pathlib import Path

from analyzer.core.errors import InputError
from analyzer.lists.formats import bis, csl, ofac_csv, ofac_xml, opensanctions, plain
from analyzer.lists.formats.publication import Entry, Files, Publication

MAX_BYTES = 300_000_000
_MAX_MEMBERS = 40

__all__ = ["MAX_BYTES", "Entry", "Files", "Publication", "gather", "read_publication"]


def gather(path: Path) -> dict[str, bytes]:
    """Return the files a path stands for: a file, a folder, or a zip archive opened.

    An OFAC CSV file brings the others of its set that lie beside it.

    Raises
    ------
    InputError
        If nothing is there, it is too large, or the archive is damaged.
    """
    if path.is_dir():
        return {p.name: _read(p) for p in sorted(path.iterdir()) if p.is_file()}
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    raw = _read(path)
    if zipfile.is_zipfile(io.BytesIO(raw)):
        return _unzip(path.name, raw)
    role = ofac_csv.role_of(path.name)
    if role is None:
        return {path.name: raw}
    stem = path.name.lower().rsplit("_", 1)[0] if "_" in path.name else ""
    beside = [
        p
        for p in sorted(path.parent.iterdir())
        if p.is_file()
        and ofac_csv.role_of(p.name)
        and (p.name.lower().rsplit("_", 1)[0] if "_" in p.name else "") == stem
    ]
    return {p.name: _read(p) for p in beside}


def _read(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path.name}: larger than {MAX_BYTES:,} bytes")
    return path.read_bytes()


def _unzip(name: str, raw: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) > _MAX_MEMBERS or sum(m.file_size for m in members) > MAX_BYTES:
                raise InputError(f"{name}: the archive unpacks to more than {MAX_BYTES:,} bytes")
            names = [Path(m.filename).name for m in members]
            if len(set(names)) != len(names):
                raise InputError(f"{name}: two files of one name in the archive")
            return dict(zip(names, map(archive.read, members), strict=True))
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError) as error:
        raise InputError(f"{name}: not a whole archive: {error}") from None


def read_publication(files: Files) -> Publication:
    """Read files in whichever published format they are.

    Raises
    ------
    InputError
        If no reader knows the format, or the one that does refuses the content.
    """
    if not files:
        raise InputError("no files given")
    if any(ofac_csv.role_of(name) for name in files):
        return ofac_csv.read(files)
    if len(files) > 1:
        raise InputError(
            f"{len(files)} files that are no OFAC set: {', '.join(sorted(files)[:4])}; import one"
            " at a time"
        )
    ((name, raw),) = files.items()
    head = raw[:4096].decode("utf-8-sig", errors="replace").lstrip()
    if raw.startswith(b"%PDF"):
        raise InputError(f"{name}: a PDF; extract its text first")
    if head.startswith("<"):
        return ofac_xml.read(name, raw)
    if head.startswith("["):
        return csl.read_json(name, raw)
    if head.startswith("{"):
        return _json(name, raw)
    return _csv(name, raw, head.splitlines()[0] if head else "")


def _json(name: str, raw: bytes) -> Publication:
    first = raw.split(b"\n", 1)[0]
    if b'"schema"' in first and b'"properties"' in first:
        return opensanctions.read_ftm(name, raw)
    return csl.read_json(name, raw)


def _csv(name: str, raw: bytes, header: str) -> Publication:
    words = {word.strip().strip('"') for word in header.split(",")}
    if {"_id", "source", "entity_number"} <= words or {"source", "ids", "alt_names"} <= words:
        return csl.read_csv(name, raw)
    if {"Source List", "Federal Register Notice"} <= words:
        return bis.read(name, raw)
    if {"id", "schema", "last_seen"} <= words:
        return opensanctions.read_csv(name, raw)
    if "name" in {word.lower() for word in words}:
        return plain.read(name, raw)
    raise InputError(f"{name}: the format is not one that is known")
