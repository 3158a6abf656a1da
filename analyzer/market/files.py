"""Prices that need no network: the user's own file, the holdings file, the bundled snapshot."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from analyzer.core.errors import InputError
from analyzer.market.prices import (
    Bars,
    Failure,
    Listing,
    PriceStatus,
    bar_frame,
    distinct,
    failure_row,
    freshness,
    quote_frame,
)
from analyzer.market.series import LOOK_BACK, quotes_from_bars

# How columns of price files are headed, once lower-cased and stripped of blanks and underscores.
_HEADINGS = {
    "ticker": "ticker",
    "symbol": "ticker",
    "mic": "mic",
    "isin": "isin",
    "date": "date",
    "close": "close",
    "price": "close",
    "currency": "currency",
    "volume": "volume",
    "dividend": "dividend",
    "dividends": "dividend",
    "split": "split",
    "stocksplits": "split",
    "adjclose": "adjusted",
    "adjustedclose": "adjusted",
}


@dataclass(frozen=True, slots=True)
class FilePrices:
    """The user's own daily prices, which win over every other source.

    Build with `load`. A listing is found by ticker and venue, else by ISIN.
    """

    file: str
    frame: pd.DataFrame  # BARS

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file

    @classmethod
    def load(cls, path: Path) -> "FilePrices":
        """Read a CSV or parquet file, one row per listing and day.

        Parameters
        ----------
        path : Path
            Columns `ticker` and `mic`, or `isin`; `date`, `close` (raw, as traded), `currency`;
            optional `volume` (shares), `dividend`, `split`, `adj close` (used for returns only).

        Raises
        ------
        InputError
            If a column is missing, a cell cannot be read, or a listing has two closes in a day.
        """
        frame = _read(path)
        missing = [c for c in ("date", "close", "currency") if c not in frame]
        if not ({"ticker", "mic"} <= set(frame) or "isin" in frame):
            missing.append("ticker and mic, or isin")
        if missing:
            hint = "; adjusted closes do not value positions" if "close" in missing else ""
            raise InputError(f"{path.name}: no column {', '.join(missing)}{hint}")
        return cls(path.name, _to_bars(frame, path.name))

    def bars(self, listings: Sequence[Listing], start: date, end: date) -> Bars:
        """Return the series from `start` through `end`, keyed as asked."""
        rows = self.frame.groupby("security", sort=False).indices
        parts, failures = [], {}
        for listing in distinct(listings):
            key = listing.key if listing.key in rows else listing.isin.strip().upper()
            if not key or key not in rows:
                words = f"{listing.name} is not in {self.file}"
                failures[listing.key] = Failure(PriceStatus.NOT_FOUND, words)
                continue
            part = self.frame.iloc[rows[key]]
            part = part[part["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
            if part.empty:
                words = f"{self.file} has {listing.name} only outside {start} to {end}"
                failures[listing.key] = Failure(PriceStatus.NO_HISTORY, words)
            parts.append(part.assign(security=listing.key))
        return Bars(pd.concat([self.frame.iloc[:0], *parts], ignore_index=True), failures)

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        """Return QUOTES for `day`."""
        last = self.frame["date"].max()  # later splits tell whether the closes are raw
        end = day if pd.isna(last) else max(day, last.date())
        return quotes_from_bars(self.bars(listings, day - LOOK_BACK, end), listings, day)


def _read(path: Path) -> pd.DataFrame:
    """Read the file as text and name its columns."""
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig", skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name}: {error}") from None
    plain = {c: "".join(ch for ch in str(c).lower() if ch.isalpha()) for c in frame.columns}
    named = frame.rename(columns={c: _HEADINGS[p] for c, p in plain.items() if p in _HEADINGS})
    twice = named.columns[named.columns.duplicated()].tolist()
    if twice:
        raise InputError(f"{path.name}: two columns are read as {', '.join(map(str, twice))}")
    return named


def _to_bars(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Type the columns, key the rows and refuse what is contradictory."""
    typed = pd.DataFrame({"date": pd.to_datetime(frame["date"], errors="coerce", format="ISO8601")})
    for column in ("close", "volume", "dividend", "split", "adjusted"):
        if column in frame:
            typed[column] = pd.to_numeric(frame[column], errors="coerce")
            _refuse(frame, typed[column].isna() & frame[column].notna(), column, name)
    _refuse(frame, typed["date"].isna(), "date", name)
    _refuse(frame, typed["close"] <= 0, "close", name)
    _refuse(frame, frame["currency"].isna(), "currency", name)
    ids = [frame[c].fillna("").astype("str") if c in frame else "" for c in _IDS]
    keys = pd.DataFrame(dict(zip(_IDS, ids, strict=True)), index=frame.index)
    codes, uniques = pd.factorize(pd.MultiIndex.from_frame(keys))
    listing_keys = [Listing(*map(str, values)).key for values in uniques]
    typed["security"] = pd.Series(listing_keys, dtype="str").take(codes).to_numpy()
    _refuse(frame, typed["security"] == "", "ticker and mic, or isin", name)
    typed["currency"] = frame["currency"].astype("str").str.strip()
    typed["source"] = f"price file {name}"
    _refuse(frame, typed.duplicated(["security", "date"]), "date (a second close)", name)
    return bar_frame(typed)


_IDS = ("ticker", "mic", "isin")


def _refuse(frame: pd.DataFrame, wrong: "pd.Series[bool]", column: str, name: str) -> None:
    """Raise for the first wrong cell, naming its record."""
    if not wrong.any():
        return
    position = int(wrong.to_numpy().argmax())
    value = frame[column].iloc[position] if column in frame else ""
    raise InputError(f"{name}: record {position + 1}: cannot use {column} {value!r}")


@dataclass(frozen=True, slots=True)
class HoldingsPrices:
    """Prices printed in the holdings file itself: closes only, of the file's own date.

    Build with `of`.
    """

    rows: dict[str, tuple[date, float, str]]
    conflicts: dict[str, str]

    @property
    def name(self) -> str:
        """Where the prices stand."""
        return "holdings file"

    @classmethod
    def of(cls, holdings: pd.DataFrame) -> "HoldingsPrices":
        """Read the price column of HOLDINGS.

        Issuer files print prices in the fund's currency beside the listing's currency. The
        currency of a price is therefore told from quantity and value; a row that does not tell
        is passed over, as are rows without date, or without ticker and venue and ISIN. A
        listing with two prices of one day that differ by more than 1 % is contradictory.
        """
        part = holdings.loc[holdings["price"] > 0, ["ticker", "mic", "isin", "price", "date"]]
        part = part.assign(currency=_price_currency(holdings.loc[part.index]))
        part = part[part[["currency", "date"]].notna().all(axis=1)].drop_duplicates()
        rows: dict[str, tuple[date, float, str]] = {}
        conflicts: dict[str, str] = {}
        for row in part.astype("object").fillna("").to_dict("records"):
            key = Listing(str(row["ticker"]), str(row["mic"]), str(row["isin"])).key
            quoted = pd.Timestamp(row["date"]).date()
            new = (quoted, float(row["price"]), str(row["currency"]))
            old = rows.setdefault(key, new)
            same = old[2] == new[2] and abs(old[1] / new[1] - 1) <= 0.01
            if old[0] == quoted and not same:
                printed = f"{old[1]:g} {old[2]} and {new[1]:g} {new[2]}"
                conflicts[key] = f"{printed} are both printed for {quoted}"
            elif quoted > old[0]:
                rows[key] = new
        rows.pop("", None)
        return cls(rows, conflicts)

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        """Return QUOTES for `day`; volumes and volatility are missing."""
        return quote_frame([self._row(listing, day) for listing in distinct(listings)])

    def _row(self, listing: Listing, day: date) -> dict[str, Any]:
        if listing.key in self.conflicts:
            why = self.conflicts[listing.key]
            return failure_row(listing, Failure(PriceStatus.SUSPECT, why))
        found = self.rows.get(listing.key)
        if found is None:
            return failure_row(listing, Failure(PriceStatus.NOT_FOUND, "no price is printed"))
        quoted, close, currency = found
        if quoted > day:
            why = f"the printed price is of {quoted}, after {day}"
            return failure_row(listing, Failure(PriceStatus.NO_HISTORY, why))
        status = freshness(listing.mic, quoted, day)
        return {
            "security": listing.key,
            "status": status.value,
            "reason": f"the printed price is of {quoted}" if status is PriceStatus.STALE else None,
            "close": close,
            "currency": currency,
            "close_day": pd.Timestamp(quoted),
            "source": "price column of the holdings file",
        }


def _price_currency(rows: pd.DataFrame) -> "pd.Series[str]":
    """Tell the currency of each printed price; missing where the row does not tell.

    Where quantity times price is the value, the price is in the value's currency; where it is
    the value times the printed rate, in the listing's. Without a quantity or value, the two
    currencies must agree or only one be stated.
    """
    value, listing = (rows[c].astype("object") for c in ("value_currency", "listing_currency"))
    product = rows["quantity"] * rows["price"]
    in_value = (product / rows["market_value"] - 1).abs() < 0.01
    in_listing = (product / (rows["market_value"] * rows["fx_rate"]) - 1).abs() < 0.01
    told = value.where(in_value).fillna(listing.where(in_listing))
    untestable = (product / rows["market_value"]).isna()
    agreed = value.where(listing.isna() | (value == listing)).fillna(listing.where(value.isna()))
    return told.fillna(agreed.where(untestable))


@dataclass(frozen=True, slots=True)
class SnapshotPrices:
    """Bundled closes, volumes and volatilities of much-discussed names on a few days.

    Lets the samples run without a network. It speaks only for its own days and the five
    sessions after each.
    """

    @property
    def name(self) -> str:
        """The word for this source."""
        return "snapshot"

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        """Return QUOTES for `day`."""
        return quote_frame([_from_snapshot(listing, day) for listing in distinct(listings)])


@lru_cache(maxsize=1)
def _snapshot() -> dict[str, dict[date, dict[str, str]]]:
    """Read the bundled table: listing key to day to row."""
    table: dict[str, dict[date, dict[str, str]]] = {}
    path = Path(__file__).with_name("snapshot.csv")
    with path.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            key = Listing(row["ticker"], row["mic"]).key
            table.setdefault(key, {})[date.fromisoformat(row["date"])] = row
    return table


def _from_snapshot(listing: Listing, day: date) -> dict[str, Any]:
    """Answer from the newest bundled day that still stands on `day`."""
    days = _snapshot().get(listing.key)
    if days is None:
        words = f"the snapshot does not hold {listing.name}"
        return failure_row(listing, Failure(PriceStatus.NOT_FOUND, words))
    held = [d for d in days if d <= day and day - d < timedelta(days=30)]
    if not held or freshness(listing.mic, max(held), day) is not PriceStatus.OK:
        span = f"{len(days)} days from {min(days)} to {max(days)}, none near {day}"
        words = f"the snapshot holds {listing.name} on {span}"
        return failure_row(listing, Failure(PriceStatus.NO_HISTORY, words))
    row = days[max(held)]
    liquidity = {
        "median_volume": _number(row["median_volume"]),
        "mean_volume": _number(row["mean_volume"]),
        "volatility": _number(row["volatility"]),
        "liquidity_day": pd.Timestamp(row["date"]),
        "liquidity_source": f"bundled snapshot: {row['liquidity_source']}",
    }
    if not row["close"]:
        words = f"the snapshot has no raw close of {listing.name}: {row['close_source']}"
        return failure_row(listing, Failure(PriceStatus.NO_HISTORY, words)) | liquidity
    return {
        "security": listing.key,
        "status": PriceStatus.OK.value,
        "close": float(row["close"]),
        "currency": row["currency"],
        "close_day": pd.Timestamp(row["date"]),
        "source": f"bundled snapshot: {row['close_source']}",
    } | liquidity


def _number(text: str) -> float | None:
    """Read a number that may be missing."""
    return float(text) if text else None
