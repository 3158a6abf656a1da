"""Tickers and boards: suffixes split off, exchange names to market codes, lost zeros restored."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_DOTTED = re.compile(r"^([A-Z0-9][A-Z0-9 /&\-]*?)\.([A-Z]{1,3}|C1|C2)$")
_SPACED = re.compile(r"^([A-Z0-9][A-Z0-9./&\-*]*) ([A-Z]{2}|C1|C2)(?: EQUITY)?$")
_COLON = re.compile(r"^([A-Z]{2,6}):([A-Z0-9.]+)$")
_CODED = re.compile(r"^([A-Z0-9.]+)[:.](X[A-Z]{3})$")
_YELLOW = re.compile(r" (EQUITY|INDEX|COMDTY|CURNCY|CORP|GOVT)$")


@dataclass(frozen=True, slots=True)
class Market:
    """One market: its ISO 10383 code and how its tickers are printed."""

    mic: str
    country: str
    digits: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticker taken apart.

    Parameters
    ----------
    ticker
        Without the board; numeric tickers have the width their market prints.
    board
        The exchange as printed, or the ticker's suffix.
    mic
        Market code, where the board is known.
    restored
        Whether leading zeros were put back.
    """

    ticker: str | None
    board: str | None
    mic: str | None
    restored: bool = False


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, Market], dict[str, Market], dict[str, Market], frozenset[str]]:
    """Return markets by exchange name, by dotted suffix and by spaced suffix, and all codes.

    A suffix is resolved in the style it is written in: ``SS`` after a dot is Shanghai (Reuters),
    after a blank Stockholm (Bloomberg); ``IS`` after a dot is Istanbul, after a blank India.
    """
    text = files("analyzer.ingest").joinpath("exchanges.csv").read_text(encoding="utf-8")
    names: dict[str, Market] = {}
    dotted: dict[str, Market] = {}
    spaced: dict[str, Market] = {}
    codes = set()
    for row in csv.DictReader(text.splitlines()):
        market = Market(row["mic"], row["country"], int(row["digits"]))
        codes.add(market.mic)
        names.update(dict.fromkeys((n for n in row["names"].split("|") if n), market))
        dotted.update(dict.fromkeys(row["reuters"].split(), market))
        spaced.update(dict.fromkeys(row["bloomberg"].split(), market))
    return names, dotted, spaced, frozenset(codes)


def exchange_key(printed: str) -> str:
    """Return the form under which exchange names are compared."""
    text = unicodedata.normalize("NFKC", printed).casefold()
    return " ".join(re.sub(r"[^\w]+|_", " ", text).split())


def market_of(board: str) -> Market | None:
    """Return the market of an exchange as printed: its name, its code, or a ticker suffix."""
    names, dotted, spaced, codes = _tables()
    key = exchange_key(board)
    if key in names:
        return names[key]
    code = board.strip().upper()
    if code in codes:
        return next(m for m in (*names.values(), *dotted.values()) if m.mic == code)
    in_dotted, in_spaced = dotted.get(code), spaced.get(code)
    if in_dotted is not None and in_spaced is not None and in_dotted != in_spaced:
        return None
    return in_dotted or in_spaced


def split_ticker(printed: str | None, board: str | None, mic: str | None = None) -> Listed:
    """Take a printed ticker apart, with the exchange the row states beside it.

    Parameters
    ----------
    printed
        ``1810 HK``, ``600118.SS``, ``0941.HK``, ``HKG:0700``, ``AAPL``.
    board, mic
        Exchange name and market code in the row, where there are any.
    """
    _, dotted, spaced, codes = _tables()
    stated = mic.upper() if mic and mic.upper() in codes else None
    market = market_of(stated) if stated else market_of(board) if board else None
    if printed is None:
        return Listed(None, board, market.mic if market else stated)
    text = _YELLOW.sub("", " ".join(printed.upper().split()))
    ticker, suffix = text, None
    for pattern, table in ((_DOTTED, dotted), (_SPACED, spaced)):
        found = pattern.match(text)
        if found and (found.group(2) in table or found.group(2) in _COMPOSITES):
            ticker, suffix = found.group(1), found.group(2)
            if market is None:
                market = table.get(suffix)
            break
    else:
        found = _COLON.match(text)
        if found and market_of(_PREFIXES.get(found.group(1), found.group(1))):
            ticker, suffix = found.group(2), found.group(1)
            market = market or market_of(_PREFIXES.get(suffix, suffix))
        elif found := _CODED.match(text):
            ticker, suffix = found.group(1), found.group(2)
            market = market or market_of(suffix)
    if suffix == "SS" and ticker.isdigit():
        market = dotted["SS"]  # Stockholm prints no numbers
    if suffix == "CH" and market is None and ticker.isdigit():
        ticker, market = _mainland(ticker)
    width = market.digits if market else 0
    restored = ticker.isdigit() and len(ticker) < width
    ticker = ticker.zfill(width) if restored else ticker
    return Listed(ticker, board or suffix, market.mic if market else stated, restored)


def _mainland(ticker: str) -> tuple[str, Market | None]:
    """Place a mainland number printed with the country composite: its first digits tell."""
    number = ticker.zfill(6)
    _, dotted, _, _ = _tables()
    for first, suffix in (("60", "SS"), ("68", "SS"), ("90", "SS"), ("00", "SZ"), ("30", "SZ")):
        if number.startswith(first):
            return ticker, dotted[suffix]
    return ticker, dotted["SZ"] if number.startswith("20") else None


# Bloomberg country composites that name no single market
_COMPOSITES = frozenset({"US", "CH", "GR", "EU", "IN", "UH"})
_PREFIXES = {
    "HKG": "HK",
    "SHA": "XSHG",
    "SHE": "XSHE",
    "NASDAQ": "XNAS",
    "NYSE": "XNYS",
    "LON": "XLON",
    "TYO": "XTKS",
    "ETR": "XETR",
    "EPA": "XPAR",
    "AMS": "XAMS",
    "TSE": "XTSE",
    "ASX": "XASX",
    "KRX": "XKRX",
    "TPE": "XTAI",
}
