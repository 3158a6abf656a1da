"""A user's own reference files as lines of known issuers: security master, GLEIF, OpenFIGI.

Every function returns lines to hand to `Identity.extended`. Identifiers that the identity data
already assigns to another issuer stay there; resolution reports the clash.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
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
        When the file cannot be read or states no issuer.
    """
    issuers = _Issuers(identity)
    found = []
    for at, row in enumerate(_table(path), 1):
        columns = {key.strip().casefold(): value for key, value in row.items()}
        if at == 1 and not _states_issuer(columns):
            raise InputError(f"{path}: no column names the issuer (entity, LEI or issuer)")
        cells = {
            column: next((columns[h] for h in headings if columns.get(h)), "")
            for column, headings in _HEADINGS.items()
        }
        entity = issuers.of(cells.__getitem__)
        if entity is not None:
            found.append(_line(entity, cells, f"{path.name}, row {at}"))
    return tuple(found)


def load_gleif(path: Path, identity: Identity) -> tuple[Security, ...]:
    """Return the lines of known issuers in GLEIF's ISIN-to-LEI file (CSV with LEI and ISIN).

    Raises
    ------
    InputError
        When the file lacks either column.
    """
    owners = {
        clean_code(MatchKind.LEI, entity.lei): entity.id for entity in identity.entities.values()
    }
    owners.pop(None, None)
    found = []
    for at, row in enumerate(_table(path), 1):
        if "LEI" not in row or "ISIN" not in row:
            raise InputError(f"{path}: the columns LEI and ISIN are needed")
        entity = owners.get(row["LEI"])
        if entity is not None:
            found.append(_line(entity, {"isin": row["ISIN"]}, f"{path.name}, row {at}"))
    return tuple(found)


def load_openfigi(path: Path, identity: Identity) -> tuple[Security, ...]:
    """Return the lines of known issuers in stored answers of the OpenFIGI mapping service.

    An answer names its line by ticker and exchange; its issuer is the one known to be listed under
    that ticker there, else the one whose official name it prints.

    Raises
    ------
    InputError
        When the file is not a list of mapping answers.
    """
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from None
    issuers = _Issuers(identity)
    found = []
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
            found.append(_line(entity, cells, f"{path.name}, answer {at}"))
    return tuple(found)


def _answered(answers: Any, path: Path) -> Iterator[Mapping[str, Any]]:
    if not isinstance(answers, list) or not all(isinstance(a, dict) for a in answers):
        raise InputError(f"{path}: not a list of mapping answers")
    for answer in answers:
        data = answer.get("data", [])
        yield from (item for item in data if isinstance(item, dict))


def _states_issuer(columns: Mapping[str, str]) -> bool:
    return any(h in columns for key in ("entity", "lei", "issuer") for h in _HEADINGS[key])


def _line(entity: str, cells: Mapping[str, str], source: str) -> Security:
    """Return one line; an identifier that is not valid is left out, the line is not."""
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


def _table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV or parquet file as text; a missing cell is empty."""
    try:
        if path.suffix.casefold() == ".parquet":
            for batch in pq.ParquetFile(path).iter_batches():
                for row in batch.to_pylist():
                    yield {k: "" if v is None else str(v) for k, v in row.items()}
            return
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield {k: v or "" for k, v in row.items() if isinstance(k, str)}
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path}: {error}") from None
