"""A user's own reference files as lines of known issuers: security master, GLEIF, OpenFIGI.

Every function returns lines to hand to `Identity.extended`. Identifiers that the identity data
already assigns to another issuer stay there; resolution reports the clash. A file with a cell that
cannot be what its column says is refused as a whole, with every such cell named by row and column:
half a reference file would leave securities unscreened without a word.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from analyzer.core.entities import Grade, Security
from analyzer.core.errors import InputError
from analyzer.core.matching import MatchKind
from analyzer.resolve.book import NameBook
from analyzer.resolve.codes import CodeIndex, clean_code, clean_mic
from analyzer.resolve.identity import Identity
from analyzer.resolve.names import parse
from analyzer.resolve.tables import board_suffixes

# Headings of security masters, in lower case, by the column they state.
_HEADINGS = {
    "entity": ("entity", "entity_id"),
    "issuer": ("issuer", "issuer name", "issuer_name", "company", "company name"),
    "lei": ("lei", "issuer lei", "issuer_lei"),
    "isin": ("isin",),
    "cusip": ("cusip",),
    "sedol": ("sedol",),
    "figi": ("figi",),
    "ticker": ("ticker", "symbol"),
    "mic": ("mic", "exchange", "board", "market"),
    "name": ("name", "security name", "security_name", "description"),
    "instrument": ("instrument", "security type", "security_type"),
}
_KNOWN = {h: column for column, headings in _HEADINGS.items() for h in headings}
_RANK = {h: at for headings in _HEADINGS.values() for at, h in enumerate(headings)}
_CODES = (MatchKind.ISIN, MatchKind.CUSIP, MatchKind.SEDOL, MatchKind.FIGI)


class _Issuers:
    """Known issuers by id, LEI and official name."""

    def __init__(self, identity: Identity) -> None:
        self._entities = identity.entities
        self._codes = CodeIndex(identity.entities, identity.securities)
        self._book = NameBook(identity.entities)

    def of(self, cell: Callable[[str], str]) -> str | None:
        """Return the issuer a row states: by id, else LEI, else unique exact official name."""
        if cell("entity"):
            return cell("entity") if cell("entity") in self._entities else None
        code = clean_code(MatchKind.LEI, cell("lei"))
        hit = self._codes.find(MatchKind.LEI, code) if code else None
        return hit.entity if hit else self.named(cell("issuer"))

    def named(self, name: str) -> str | None:
        """Return the issuer whose official name, and no other's, a name is."""
        exact = [h.entity for h in self._book.find(parse(name)) if h.exact] if name else []
        return exact[0] if len(exact) == 1 else None

    def listed_at(self, ticker: str, exchange: str) -> str | None:
        """Return the issuer whose line has the ticker at an exchange as Bloomberg writes it."""
        hit = self._codes.find_ticker(ticker, board_suffixes().get(exchange))
        return hit.entity if hit else None


def load_security_master(path: Path, identity: Identity) -> tuple[Security, ...]:
    """Return the lines of known issuers in a security master (CSV or parquet).

    Parameters
    ----------
    path
        A table with some of the columns entity, LEI or issuer name; ISIN, CUSIP, SEDOL, FIGI,
        ticker, MIC or exchange, name, instrument. Headings are read in any case.
    identity
        Whose issuers are known. Rows of other issuers are left out.

    Raises
    ------
    InputError
        When the file cannot be read or states no issuer; with every cell that is an entity nobody
        knows, no identifier of its column's kind, or one too many.
    """
    issuers, problems = _Issuers(identity), _Problems(path, identity)
    found: list[Security] = []
    for at, row in _table(path):
        cells, printed = _cells_of(row)
        if not (printed.keys() & {"entity", "lei", "issuer"}):
            raise InputError(f"{path}: no column names the issuer (entity, LEI or issuer)")
        problems.surplus(at, row)
        problems.unknown(at, cells, printed)
        entity = issuers.of(cells.__getitem__)
        problems.codes(at, cells, printed, "lei" if entity is None else "")
        if entity is not None:
            found.append(_line(entity, cells, f"{path.name}, row {at}"))
    return problems.or_lines(found)


def load_gleif(path: Path, identity: Identity) -> tuple[Security, ...]:
    """Return the lines of known issuers in GLEIF's ISIN-to-LEI file (CSV with LEI and ISIN).

    Raises
    ------
    InputError
        When the file lacks either column; with every ISIN of a known issuer that is none.
    """
    problems = _Problems(path, identity)
    owners = {
        clean_code(MatchKind.LEI, entity.lei): entity.id for entity in identity.entities.values()
    }
    owners.pop(None, None)
    found: list[Security] = []
    for at, row in _table(path):
        if "LEI" not in row or "ISIN" not in row:
            raise InputError(f"{path}: the columns LEI and ISIN are needed")
        entity = owners.get(row["LEI"])
        if entity is not None:
            cells = {"isin": row["ISIN"]}
            problems.codes(at, cells, {"isin": "ISIN"})
            found.append(_line(entity, cells, f"{path.name}, row {at}"))
    return problems.or_lines(found)


def load_openfigi(path: Path, identity: Identity) -> tuple[Security, ...]:
    """Return the lines of known issuers in stored answers of the OpenFIGI mapping service.

    An answer names its line by ticker and exchange; its issuer is the one known to be listed under
    that ticker there, else the one whose official name it prints.

    Raises
    ------
    InputError
        When the file is not a list of mapping answers; with every FIGI of a known issuer that is
        none.
    """
    problems = _Problems(path, identity)
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from None
    issuers = _Issuers(identity)
    found: list[Security] = []
    for at, item in enumerate(_answered(answers, path), 1):
        ticker, exchange, name = (str(item.get(k) or "") for k in ("ticker", "exchCode", "name"))
        entity = issuers.listed_at(ticker, exchange) or issuers.named(name)
        if entity is not None:
            cells = {
                "figi": str(item.get("figi") or ""),
                "ticker": ticker,
                "mic": exchange,
                "name": name,
            }
            problems.codes(at, cells, {"figi": "figi"})
            found.append(_line(entity, cells, f"{path.name}, answer {at}"))
    return problems.or_lines(found)


def _answered(answers: Any, path: Path) -> Iterator[Mapping[str, Any]]:
    if not isinstance(answers, list) or not all(isinstance(a, dict) for a in answers):
        raise InputError(f"{path}: not a list of mapping answers")
    for answer in answers:
        data = answer.get("data", [])
        yield from (item for item in data if isinstance(item, dict))


@dataclass
class _Problems:
    """Everything that is wrong with a file, each as `file:row:column: cause`."""

    path: Path
    identity: Identity
    found: list[str] = field(default_factory=list)

    def _say(self, row: int, column: str, cause: str) -> None:
        self.found.append(f"{self.path}:{row}:{column}: {cause}")

    def surplus(self, row: int, cells: Mapping[str, str]) -> None:
        """Name a row with more cells than headings: no cell of it stands surely where it should."""
        if _SURPLUS in cells:
            more = cells[_SURPLUS]
            self.found.append(f"{self.path}:{row}: more cells than headings, from {more!r} on")

    def unknown(self, row: int, cells: Mapping[str, str], printed: Mapping[str, str]) -> None:
        """Name an entity nobody knows."""
        entity = cells["entity"]
        if entity and entity not in self.identity.entities:
            self._say(row, printed["entity"], f"{entity!r} is no entity of the identity data")

    def codes(
        self, row: int, cells: Mapping[str, str], printed: Mapping[str, str], only: str = ""
    ) -> None:
        """Name the cells that hold no identifier of their column's kind.

        Parameters
        ----------
        printed
            Heading of each column, as the file has it.
        only
            The one kind to look at, where the row is of no issuer known; else every kind.
        """
        for kind in (MatchKind.LEI, *_CODES):
            text = cells.get(kind.value, "").strip()
            if only in ("", kind.value) and text and clean_code(kind, text) is None:
                self._say(row, printed[kind.value], f"{text!r} is no {kind.value.upper()}")

    def or_lines(self, lines: list[Security]) -> tuple[Security, ...]:
        """Return the lines where nothing is wrong."""
        if self.found:
            raise InputError(*self.found)
        return tuple(lines)


def _cells_of(row: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cells of a row by column, and the heading each was read from."""
    cells = dict.fromkeys(_HEADINGS, "")
    printed: dict[str, str] = {}
    for heading in sorted(row, key=lambda h: _RANK.get(h.strip().casefold(), 0)):
        column = _KNOWN.get(heading.strip().casefold())
        if column is not None and (column not in printed or not cells[column]):
            cells[column], printed[column] = row[heading], heading.strip()
    return cells, printed


def _line(entity: str, cells: Mapping[str, str], source: str) -> Security:
    """Return one line of a known issuer."""
    isin, cusip, sedol, figi = (clean_code(kind, cells.get(kind.value)) for kind in _CODES)
    return Security(
        entity=entity,
        instrument=(cells.get("instrument") or "equity").casefold(),
        name=cells.get("name", ""),
        ticker=cells.get("ticker") or None,
        mic=clean_mic(cells.get("mic"), cells.get("mic")),
        source=source,
        grade=Grade.SECONDARY,
        isin=isin,
        cusip=cusip,
        sedol=sedol,
        figi=figi,
    )


_SURPLUS = "\0more"


def _table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV or parquet file as text, numbered; a missing cell is empty.

    A CSV counts lines, as an editor does; parquet counts records.
    """
    try:
        if path.suffix.casefold() == ".parquet":
            batches = pq.ParquetFile(path).iter_batches()
            records = (row for batch in batches for row in batch.to_pylist())
            for at, row in enumerate(records, 1):
                yield at, {k: "" if v is None else str(v) for k, v in row.items()}
            return
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                more = next(filter(str.strip, row.pop(None, ())), "")
                cells = {k: v or "" for k, v in row.items()}
                yield reader.line_num, cells | ({_SURPLUS: more} if more else {})
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path}: {error}") from None
