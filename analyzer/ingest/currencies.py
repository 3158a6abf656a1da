"""Which currency the values are in, which is often not the currency a line trades in."""

import re
from dataclasses import dataclass

import numpy as np

from analyzer.core.errors import InputError
from analyzer.ingest.cells import Cells, Text
from analyzer.ingest.headers import Layout
from analyzer.ingest.model import Log

_CODE = re.compile(r"^[A-Z]{3}$")
_WORDS = {"US$": "USD", "€": "EUR", "£": "GBP", "HK$": "HKD", "A$": "AUD", "RMB": "CNY"}
_WORDS |= {"CNH": "CNH", "GBX": "GBP", "GBP.": "GBP", "US DOLLAR": "USD", "EURO": "EUR"}


@dataclass(frozen=True)
class Currencies:
    """Currency of the values and of the listing, per row."""

    value: Text
    listing: Text


def code_of(text: str) -> str | None:
    """Return the ISO 4217 code a cell states, None when it states none."""
    word = text.strip().upper()
    if word in _WORDS:
        return _WORDS[word]
    return word if _CODE.match(word) else None


def settle(
    cells: Cells, layout: Layout, known: str | None, chosen: str | None, log: Log
) -> Currencies:
    """Decide the currency of every value.

    Parameters
    ----------
    known
        Currency the layout fixes (Form 13F and N-PORT are in US dollars).
    chosen
        Currency the user states; it overrides everything.

    Raises
    ------
    InputError
        When the stated currency is no ISO 4217 code.
    """
    listing = cells.column("listing_currency").map(code_of)
    value = cells.column("value_currency").map(code_of)
    loose = cells.column("currency").map(code_of)
    has_value = "market_value" in layout.fields
    if not listing.labels:
        listing = loose
    if chosen is not None:
        if code_of(chosen) is None:
            raise InputError(f"currency {chosen!r} is no three-letter ISO 4217 code")
        return Currencies(_constant(cells.size, code_of(chosen) or chosen), listing)
    heading = layout.heading("market_value")
    if heading is not None and heading.currency:
        return Currencies(_constant(cells.size, heading.currency), listing)
    if cells.value_sign is not None:
        log.inferred("W205", f"values are in {cells.value_sign}: every value carries its sign")
        return Currencies(_constant(cells.size, cells.value_sign), listing)
    if value.labels:
        return Currencies(value, listing)
    if known is not None:
        return Currencies(_constant(cells.size, known), listing)
    if not has_value:
        return Currencies(_constant(cells.size, None), listing)
    return _infer(cells, listing, bool(loose.labels), log)


def _constant(size: int, code: str | None) -> Text:
    if code is None:
        return Text(np.full(size, -1, dtype="int32"), [])
    return Text(np.zeros(size, dtype="int32"), [code])


def _infer(cells: Cells, listing: Text, stated: bool, log: Log) -> Currencies:
    """Infer the currency from the exchange rate, cash lines and the weights."""
    size = cells.size
    present = np.flatnonzero(np.bincount(listing.codes + 1)[1:])
    used = sorted({listing.labels[c] for c in present})
    by_rate = _at_par(cells, listing)
    if by_rate is not None:
        log.inferred("W205", f"values are in {by_rate}: its exchange rate in the file is 1")
        return Currencies(_constant(size, by_rate), listing)
    if len(used) == 1 and stated:
        return Currencies(listing, listing)
    single = _one_currency(cells, listing)
    if len(used) > 1 and single is False:
        log.inferred(
            "W205", "values are in the currency of each row: weight by value differs between"
        )
        return Currencies(listing, listing)
    by_cash = _cash_at_par(cells)
    if by_cash is not None:
        log.caution(
            "W205",
            f"values are taken to be in {by_cash}: its cash line has value equal to quantity",
        )
        return Currencies(_constant(size, by_cash), listing)
    if len(used) == 1:
        log.caution("W205", f"values are taken to be in {used[0]}, the only currency in the file")
        return Currencies(_constant(size, used[0]), listing)
    if len(used) > 1 and stated and single is None:
        log.caution("W205", "values are taken to be in the currency of each row")
        return Currencies(listing, listing)
    more = "; weight by value is the same for all, so it is one currency" if single else ""
    log.caution("W212", f"the file does not say which currency its values are in{more}")
    return Currencies(_constant(size, None), listing)


def _at_par(cells: Cells, listing: Text) -> str | None:
    """Return the currency whose rate is exactly 1 while another's is not."""
    rate = cells.number("fx_rate")
    if np.isnan(rate).all() or not listing.labels:
        return None
    par = {c for c in np.unique(listing.codes[rate == 1.0]) if c >= 0}
    off = {c for c in np.unique(listing.codes[(rate != 1.0) & ~np.isnan(rate)]) if c >= 0}
    return listing.labels[par.pop()] if len(par) == 1 and not par & off else None


def _one_currency(cells: Cells, listing: Text) -> bool | None:
    """Say whether weight by value is the same across currencies; None when nothing tells."""
    value, weight = cells.number("market_value"), cells.number("weight")
    if np.isnan(value).all() or np.isnan(weight).all():
        return None
    big = np.nan_to_num(np.abs(weight)) >= 0.05 * np.nanmax(np.abs(weight))
    big &= np.nan_to_num(np.abs(value)) > 0
    ratio: dict[int, float] = {}
    for code in np.unique(listing.codes[big]):
        rows = big & (listing.codes == code)
        ratio[int(code)] = float(np.nansum(weight[rows]) / np.nansum(value[rows]))
    if len(ratio) < 2:
        return None
    return max(ratio.values()) <= 1.05 * min(ratio.values()) if min(ratio.values()) > 0 else None


def _cash_at_par(cells: Cells) -> str | None:
    """Return the currency of the one cash line whose value is its quantity."""
    value, quantity = cells.number("market_value"), cells.number("quantity")
    name, ticker = cells.column("name"), cells.column("ticker")
    cash = name.where(lambda t: bool(re.match(r"^[A-Z]{3} CASH$|^[A-Z]{3} - ", t.upper())))
    cash |= ticker.where(lambda t: bool(_CODE.match(t))) & name.where(lambda t: "CASH" in t.upper())
    with np.errstate(invalid="ignore"):
        cash &= (np.abs(value - quantity) <= 1.0) & (np.abs(value) > 100)
    found = {(name.at(int(r)) or "")[:3].upper() for r in np.flatnonzero(cash)}
    found = {f for f in found if _CODE.match(f)}
    return found.pop() if len(found) == 1 else None
