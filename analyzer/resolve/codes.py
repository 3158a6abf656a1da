"""Identifiers and tickers with boards, looked up to the issuers they belong to."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.core.entities import Entity, Security
from analyzer.core.identifiers import (
    cusip_check_digit,
    valid_cusip,
    valid_figi,
    valid_isin,
    valid_lei,
    valid_sedol,
)
from analyzer.core.matching import MatchKind
from analyzer.resolve.tables import board_suffixes, boards

# Order of evidence; an ISIN, CUSIP, SEDOL or FIGI names a line, an LEI its issuer.
SCHEMES: dict[MatchKind, Callable[[str], bool]] = {
    MatchKind.ISIN: valid_isin,
    MatchKind.CUSIP: valid_cusip,
    MatchKind.SEDOL: valid_sedol,
    MatchKind.FIGI: valid_figi,
    MatchKind.LEI: valid_lei,
}


def clean_code(kind: MatchKind, code: str | None) -> str | None:
    """Return a code as published, in upper case, or None when it is missing or not valid.

    An 8-character CUSIP is completed with its check digit.
    """
    if not code:
        return None
    code = "".join(code.split()).upper()
    if kind is MatchKind.CUSIP and len(code) == 8:
        code += cusip_check_digit(code) or ""
    return code if SCHEMES[kind](code) else None


def clean_mic(mic: str | None, board: str | None) -> str | None:
    """Return the market code a line states, or the one its board's suffix stands for."""
    known = boards()
    if mic and mic.strip().upper() in known:
        return mic.strip().upper()
    return board_suffixes().get((board or "").strip().upper())


def board_ticker(ticker: str | None, mic: str | None) -> tuple[str, str] | None:
    """Return market and ticker in one spelling, or None: a bare ticker means nothing.

    Leading zeros are those of the board (`941` in Hong Kong is `0941`); a suffix that repeats the
    board is dropped; share classes keep one separator (`BRK.B`, `BRK/B`).
    """
    board = boards().get(mic or "")
    if board is None or not ticker:
        return None
    word = ticker.strip().upper()
    stem, _, suffix = word.rpartition(".") if "." in word else word.rpartition(" ")
    if stem and board_suffixes().get(suffix) in boards():
        other = boards()[board_suffixes()[suffix]]
        word = stem.strip() if other.market == board.market else word
    if board.digits and word.isdecimal() and word.isascii():
        word = word.lstrip("0").zfill(board.digits)
    return board.market, word.replace("/", ".").replace(" ", ".")


@dataclass(frozen=True, slots=True)
class CodeHit:
    """One identifier of a line and the issuer it belongs to."""

    kind: MatchKind
    code: str
    entity: str
    security: Security | None = None
    claimed_by: tuple[str, ...] = ()


class CodeIndex:
    """Identifiers of the known lines and issuers.

    The first line that states an identifier holds it; an issuer that a later line assigns it to is
    kept as a claim, which sends a match to review.
    """

    def __init__(self, entities: Mapping[str, Entity], securities: Iterable[Security]) -> None:
        self._held: dict[tuple[str, str], tuple[str, Security | None]] = {}
        self._claims: dict[tuple[str, str], list[str]] = {}
        self.lines: dict[str, list[Security]] = {}
        for entity in entities.values():
            code = clean_code(MatchKind.LEI, entity.lei)
            if code:
                self._add("lei", code, entity.id, None)
        for security in securities:
            self.lines.setdefault(security.entity, []).append(security)
            for scheme, code in _codes(security):
                self._add(scheme, code, security.entity, security)

    def _add(self, scheme: str, code: str, entity: str, security: Security | None) -> None:
        holder = self._held.setdefault((scheme, code), (entity, security))[0]
        if holder != entity:
            self._claims.setdefault((scheme, code), []).append(entity)

    @property
    def conflicts(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """Scheme, code, holder and other claimants of every identifier claimed twice."""
        return [(s, c, self._held[s, c][0], tuple(e)) for (s, c), e in self._claims.items()]

    def find(self, kind: MatchKind, code: str) -> CodeHit | None:
        """Return the issuer that holds a valid identifier.

        The nine characters of an ISIN after the country are the national number, which is the
        CUSIP or CINS where the country uses one; either finds the other.
        """
        held = self._held.get((kind.value, code))
        if held is None and kind is MatchKind.ISIN:
            held = self._held.get(("cusip", code[2:11]))
        elif held is None and kind is MatchKind.CUSIP:
            held = self._held.get(("national", code))
        if held is None:
            return None
        claims = tuple(self._claims.get((kind.value, code), ()))
        return CodeHit(kind, code, held[0], held[1], claims)

    def find_ticker(self, ticker: str | None, mic: str | None) -> CodeHit | None:
        """Return the issuer whose line has the ticker on the board's market."""
        key = board_ticker(ticker, mic)
        held = self._held.get(key) if key else None
        if key is None or held is None:
            return None
        claims = tuple(self._claims.get(key, ()))
        return CodeHit(MatchKind.TICKER, f"{key[1]} on {mic}", held[0], held[1], claims)


def _codes(security: Security) -> Iterator[tuple[str, str]]:
    for kind in (MatchKind.ISIN, MatchKind.CUSIP, MatchKind.SEDOL, MatchKind.FIGI):
        code = clean_code(kind, getattr(security, kind.value))
        if code is None:
            continue
        yield kind.value, code
        if kind is MatchKind.ISIN and valid_cusip(code[2:11]):
            yield "national", code[2:11]
    key = board_ticker(security.ticker, security.mic)
    if key is not None:
        yield key
