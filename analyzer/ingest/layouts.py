"""Known layouts by their headings, and what each one fixes: currency, unit, date."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analyzer.ingest.headers import Layout
from analyzer.ingest.model import Log
from analyzer.ingest.values import clean, day_order, parse_date

DOLLARS_FROM = date(2023, 1, 3)
"""Form 13F filed from this day states values in dollars, before in thousands (SEC 34-95148)."""

_DATED = re.compile(
    r"\bas (?:of|at)\b|holdings|^al\b|^per\b|^stand\b|^au\b|^date\b|^datum\b|^data\b|^fecha|"
    r"valuation|^stichtag",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(
    r"inception|launch|auflage|lancio|création|printed|generated", re.IGNORECASE
)
_SIGNATURES: tuple[tuple[str, str], ...] = (
    ("sec-13f-csv", "sym|issuer name|cl|cusip|option type"),
    ("ark-csv", "date|fund|company|ticker|shares|market value|weight"),
    ("betashares", "ticker|name|asset class|sector|country|shares units|market value"),
    ("ishares", "ticker|name|sector|asset class|market value|notional value"),
    ("ishares", "ticker dell emittente|nome|settore|asset class|valore nozionale"),
    ("ishares", "emittententicker|name|sektor|anlageklasse|nominalwert"),
    ("spdr", "name|ticker|identifier|sedol|weight|shares held"),
    ("vaneck", "number|security name|shares|market value|pct of net assets"),
    ("vanguard", "ticker|holding name|pct of market value|market value|shares"),
    ("ibkr-flex", "client account id|currency primary|symbol|position value"),
    ("ibkr-flex", "client account id|currency primary|asset class|symbol|mark price"),
)
_CURRENCY = {"sec-13f-csv": "USD", "sec-13f-xml": "USD", "sec-nport-xml": "USD", "ark-csv": "USD"}


@dataclass(frozen=True)
class Money:
    """What a layout fixes about values: currency and factor."""

    currency: str | None
    scale: float


def layout_name(layout: Layout, container: str) -> str:
    """Return the name of the layout, ``generic-<container>`` when none is recognised."""
    words = {h.words for h in layout.headings}
    for name, signature in _SIGNATURES:
        if set(signature.split("|")) <= words:
            return name if name.endswith("-csv") and container == "csv" else f"{name}-{container}"
    return f"generic-{container}"


def holdings_date(preamble: Sequence[Sequence[str]], day_first: bool | None = None) -> date | None:
    """Return the holdings date a preamble states.

    A row counts when it says "as of" (or the like) and is not about inception; a numeric date
    whose order neither `day_first` nor the preamble settles is not guessed at.
    """
    texts = [clean(" ".join(c for c in row if c.strip())) for row in preamble]
    order = day_order(texts) if day_first is None else day_first
    for text in texts:
        if _DATED.search(text) and not _OTHER_DATE.search(text):
            day = parse_date(text, order)
            if day is not None:
                return day
    return None


def money_of(name: str, layout: Layout, scale: float, log: Log) -> Money:
    """Return currency and factor of the values; report what the layout or a heading adds.

    Parameters
    ----------
    scale
        Factor the format itself fixes.
    """
    heading = layout.heading("market_value")
    currency = _CURRENCY.get(name)
    if name == "ark-csv":
        log.inferred("W205", "values are in USD: the layout is that of a US fund family")
    if heading is not None and heading.thousands:
        log.caution(
            "W206", "values are printed in thousands; multiplied by 1,000", None, heading.printed
        )
        return Money(currency, 1000.0)
    return Money(currency, scale)
