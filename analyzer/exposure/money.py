"""Base-currency values and weights.

Currencies never add up silently: a line without a rate has no base value, and everything that
rests on it says so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analyzer.core.errors import QueryError
from analyzer.core.findings import Finding, Severity
from analyzer.core.frames import codes_present
from analyzer.market.fx import NoRate, Rates

DEFAULT_BASE = "USD"


@dataclass(frozen=True)
class Valuation:
    """Base-currency values of every row and the rates they used.

    Parameters
    ----------
    values
        Base currency, shape (n,); NaN where there is none.
    rates
        `CUR/BASE@day` to a sentence with rate and source.
    """

    base: str
    values: np.ndarray
    rates: Mapping[str, str]
    findings: tuple[Finding, ...]


def base_of(frame: pd.DataFrame, asked: str | None) -> str:
    """Return the currency asked for, the one currency of all values, or US dollars.

    Raises
    ------
    QueryError
        When what was asked for cannot be a currency.
    """
    if asked:
        code = asked.strip().upper()
        if not re.fullmatch("[A-Z]{3}", code):
            raise QueryError(f"base currency {asked!r} is no three-letter ISO 4217 code")
        return code
    currency = frame["value_currency"].cat
    codes, valued = currency.codes.to_numpy(), frame["market_value"].notna().to_numpy()
    codes = codes if valued.all() else codes[valued]
    used = np.flatnonzero(codes_present(codes, len(currency.categories))[:-1])
    return str(currency.categories[used[0]]) if len(used) == 1 else DEFAULT_BASE


def value_lines(
    frame: pd.DataFrame, base: str, rates: Rates, fallback: date, stated: date | None = None
) -> Valuation:
    """Convert market values to the base currency, once per currency and day.

    Parameters
    ----------
    frame
        HOLDINGS, n rows.
    fallback
        Day of rates for rows whose file carries no date.
    stated
        Valuation date the user gave; it wins over the fallback.
    """
    values = frame["market_value"].to_numpy(dtype=float, copy=True)
    labels = [*frame["value_currency"].cat.categories, ""]  # code -1, none stated, is the last
    printed = frame["value_currency"].cat.codes.to_numpy()
    currencies = [labels[at] for at in np.flatnonzero(codes_present(printed, len(labels) - 1))]
    if currencies == [base]:
        return Valuation(base, values, {}, ())
    codes, distinct_codes = pd.factorize(printed)
    currencies = [labels[code] for code in distinct_codes]
    days, distinct = pd.factorize(frame["date"], use_na_sentinel=True)
    used: dict[str, str] = {}
    findings: list[Finding] = []
    undated: set[str] = set()
    for code, name in enumerate(currencies):
        if name == base:
            continue
        for day_code in np.unique(days[codes == code]):
            rows = (codes == code) & (days == day_code)
            if not np.isfinite(values[rows]).any():
                continue
            day = (stated or fallback) if day_code < 0 else pd.Timestamp(distinct[day_code]).date()
            if day_code < 0 and stated is None:
                undated.add(str(name))
            quote = (
                rates.rate(str(name), base, day) if name else NoRate("the file states no currency")
            )
            if isinstance(quote, NoRate):
                values[rows] = np.nan
                findings.append(_no_rate(str(name), base, day, quote.reason, frame, rows))
                continue
            values[rows] *= quote.value
            used[f"{name}/{base}@{day}"] = f"{quote.value:.6f} ({quote.source}, {quote.day})"
            if quote.stale:
                findings.append(
                    Finding(
                        Severity.WARNING,
                        "W502",
                        f"{name}/{base} for {day} is of {quote.day} ({quote.source})",
                    )
                )
    if undated and used:
        findings.append(
            Finding(
                Severity.INFO,
                "W505",
                f"{', '.join(sorted(undated))} converted at {fallback}; the file carries no date",
            )
        )
    return Valuation(base, values, used, tuple(findings))


def _no_rate(
    currency: str, base: str, day: date, reason: str, frame: pd.DataFrame, rows: np.ndarray
) -> Finding:
    first = frame.loc[rows].iloc[0]
    return Finding(
        Severity.WARNING,
        "W501",
        f"{int(rows.sum())} rows in {currency or 'no stated currency'} have no value in {base} "
        f"on {day}: {reason}",
        str(first["input"]),
        int(first["row"]),
        "market_value",
    )


def weigh_lines(frame: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Return each row's fraction of its portfolio's net base value, shape (n,).

    A portfolio whose rows all have a base value is weighed by value. Otherwise the weights the
    file prints are used, and a row without one has none.
    """
    portfolio = frame["portfolio"].cat.codes.to_numpy().astype(np.intp)
    count = int(portfolio.max()) + 1 if len(portfolio) else 0
    finite = np.isfinite(values)
    complete = bool(finite.all())
    if complete and count == 1:
        return values / (float(values.sum()) or np.nan)
    net = np.bincount(portfolio, values if complete else np.where(finite, values, 0.0), count)
    net[net == 0] = np.nan
    by_value = values / net[portfolio]
    if complete:
        return by_value
    whole = np.bincount(portfolio, ~finite, count) == 0
    return np.where(whole[portfolio], by_value, frame["weight"].to_numpy(dtype=float))
