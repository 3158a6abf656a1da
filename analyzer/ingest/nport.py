"""One investment of a Form N-PORT report.

For an over-the-counter derivative ``name`` and ``lei`` are those of the counterparty (Form N-PORT,
item C.1 and C.11): reading them as the issuer would screen the bank instead of the reference
entity. Such rows take their title as name, no LEI, the reference instrument as underlying, and
the other party in columns of its own.
"""

from collections.abc import Callable
from typing import Any

COLUMNS = {
    "name": "name",
    "class_title": "title",
    "lei": "lei",
    "cusip": "cusip",
    "isin": "isin",
    "ticker": "ticker",
    "quantity": "balance",
    "listing_currency": "curCd",
    "fx_rate": "exchangeRt",
    "market_value": "valUSD",
    "weight": "pctVal",
    "side": "payoffProfile",
    "asset_class": "assetCat",
    "country": "invCountry",
    "maturity": "maturityDt",
    "instrument": "derivCat",
    "underlying": "descRefInstrmnt",
    "delta": "delta",
    "put_call": "putOrCall",
    "notional": "notionalAmt",
    "counterparty": "counterpartyName",
    "counterparty_lei": "counterpartyLei",
}
_DERIVATIVES = {
    "FWD": "cash",
    "FUT": "future",
    "SWP": "otc-swap",
    "OPT": "option",
    "SWO": "option",
    "WAR": "warrant",
    "OTH": "otc-swap",
}
_FUNDS = {"RF": "mutual-fund", "PF": "private-fund"}


def nport_record(entry: Any, local: Callable[[Any], str]) -> dict[str, str]:
    """Return one ``invstOrSec`` as fields.

    Parameters
    ----------
    entry
        The element.
    local
        Name of an element without its namespace.
    """

    def text(path: str) -> str:
        value = (entry.findtext(path) or "").strip()
        return "" if value.upper() in {"N/A", "XXXX"} else value

    record = {f: text(f"{{*}}{tag}") for f, tag in COLUMNS.items() if f != "underlying"}
    record["isin"] = _value(entry, "isin")
    record["ticker"] = _value(entry, "ticker")
    record["name"] = record["name"] or record["class_title"]
    record["maturity"] = text("{*}debtSec/{*}maturityDt")
    conditional = entry.find("{*}currencyConditional")
    if conditional is not None:
        record["listing_currency"] = conditional.get("curCd", "")
        record["fx_rate"] = conditional.get("exchangeRt", "")
    other = entry.find("{*}assetConditional")
    if other is not None:
        record["asset_class"] = other.get("desc", "")
    record["instrument"] = _instrument(record, text("{*}issuerCat"))
    record |= _counterparty(entry)
    derivative = entry.find("{*}derivativeInfo/*")
    if derivative is not None:
        record |= _derivative(derivative, record, local)
    return record


def _counterparty(entry: Any) -> dict[str, str]:
    """Return who stands on the other side; the LEI only where it is one party."""
    names, codes = (
        list(dict.fromkeys(t for e in entry.iter(f"{{*}}{tag}") if (t := _stated(e.text))))
        for tag in ("counterpartyName", "counterpartyLei")
    )
    return {
        "counterparty": "; ".join(names),
        "counterparty_lei": codes[0] if len(codes) == 1 else "",
    }


def _stated(text: str | None) -> str:
    found = (text or "").strip()
    return "" if found.upper() == "N/A" else found


def _value(entry: Any, tag: str) -> str:
    found = entry.find(f"{{*}}identifiers/{{*}}{tag}")
    return "" if found is None else (found.get("value") or "").strip()


def _instrument(record: dict[str, str], issuer: str) -> str:
    """Return the instrument where the category alone tells it."""
    category = record["asset_class"]
    if issuer in _FUNDS and category in {"EC", "OTHER", "STIV", "RF"}:
        return "etf" if "ETF" in record["name"].upper() else _FUNDS[issuer]
    if category in {"DBT", "SN", "LON", "ABS-MBS", "ABS-APCP", "ABS-CBDO", "ABS-O"}:
        return "convertible" if "CONV" in record["class_title"].upper().split() else "bond"
    return "cash" if category in {"RA", "DFE"} else ""


def _derivative(
    element: Any, record: dict[str, str], local: Callable[[Any], str]
) -> dict[str, str]:
    kind = element.get("derivCat", "")
    reference = element.find("{*}descRefInstrmnt")
    underlying = ""
    if reference is not None:
        for path in ("{*}otherRefInst/{*}issuerName", "{*}indexBasketInfo/{*}indexName"):
            found = (reference.findtext(path) or "").strip()
            underlying = underlying or ("" if found.upper() == "N/A" else found)
        nested = reference.find("{*}nestedDerivInfo")
        underlying = underlying or (
            (nested.findtext(".//{*}derivAddlInfo/{*}title") or "") if nested is not None else ""
        )
    side = element.findtext("{*}payOffProf") or element.findtext("{*}writtenOrPur") or ""
    exchange_traded = local(element) == "futrDeriv"
    expiry = next(
        (t for t in map(element.findtext, ("{*}expDate", "{*}expDt", "{*}terminationDt")) if t), ""
    )
    delta = (element.findtext("{*}delta") or "").strip()
    in_dollars = element.findtext("{*}curCd") == "USD"  # as the values of the report are
    return {
        "name": record["class_title"] or record["name"],
        "lei": "",
        "instrument": "future" if exchange_traded else _DERIVATIVES.get(kind, "otc-swap"),
        "underlying": underlying,
        "side": side or record["side"],
        "maturity": expiry,
        "put_call": _stated(element.findtext("{*}putOrCall")),
        "delta": "" if delta.upper() in {"XXXX", "N/A"} else delta,
        "notional": _stated(element.findtext("{*}notionalAmt")) if in_dollars else "",
    }
