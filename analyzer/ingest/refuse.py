"""Files that are no holdings files, told apart by their headings and their contents."""

import re
from collections.abc import Sequence

from analyzer.core.errors import InputError
from analyzer.ingest.headers import known_fields, transaction_headings

_WORDS = re.compile(
    r"^(buy|sell|bought|sold|dividends?|stocks/etf (?:purchase|sale)|"
    r"deposit|withdrawal|market buy|market sell|limit buy|"
    r"reinvest.*|transfer.*|koop.*|verkoop.*|aankoop|kauf|verkauf|achat|vente|acquisto|vendita|"
    r"köp|sälj|order|top.?up|interest.*|trade|open position|exchtrade|cash.?in|debit|credit)\b",
    re.IGNORECASE,
)


def refuse_others(name: str, rows: Sequence[Sequence[str]], header: int | None) -> None:
    """Refuse a table of transactions, cash movements or rates.

    Parameters
    ----------
    name
        File, for the message.
    rows
        First rows of the file.
    header
        Position of the heading row, None when none was recognised.

    Raises
    ------
    InputError
        Naming the headings that gave it away.
    """
    candidates = range(min(len(rows), 60)) if header is None else [header]
    for position in candidates:
        found = transaction_headings(rows[position])
        strong = [heading for heading, proves in found if proves]
        fields = known_fields(rows[position])
        valued = "market_value" in fields or "weight" in fields
        if (strong and len(found) + len(fields) >= 2) or (len(found) >= 2 and not valued):
            shown = ", ".join(repr(h) for h in (strong or [h for h, _ in found])[:4])
            raise InputError(f"{name}: a file of transactions, not of holdings (columns {shown})")
    if header is not None:
        _refuse_by_content(name, rows[header], rows[header + 1 :])


def _refuse_by_content(name: str, headings: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    valued = not {"market_value", "weight"}.isdisjoint(known_fields(headings))
    for position, heading in enumerate(headings):
        cells = [r[position].strip() for r in body if position < len(r) and r[position].strip()]
        hits = [c for c in cells if _WORDS.match(c)]
        several = not valued or len({h.casefold() for h in hits}) > 1
        if len(cells) >= 2 and len(hits) > len(cells) / 2 and several:
            raise InputError(
                f"{name}: a file of transactions, not of holdings (column {heading.strip()!r} "
                f"holds {', '.join(repr(h) for h in dict.fromkeys(hits[:3]))})"
            )
