"""Fetched prices kept on disk, so that a question is asked of a live source once.

One parquet file per source and listing, written to a temporary name and then renamed. Every bar
keeps its source and the time it was fetched; a newer fetch wins, but never replaces a number
with nothing.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from analyzer.market.prices import (
    BARS,
    Bars,
    Failure,
    Listing,
    PriceStatus,
    SeriesProvider,
    bar_frame,
    distinct,
    quote_frame,
)
from analyzer.market.series import LOOK_AHEAD, LOOK_BACK, quotes_from_bars

_KEY = ["security", "date"]


@dataclass(frozen=True, slots=True)
class CachedPrices:
    """A live source behind a folder of what it answered before.

    Parameters
    ----------
    folder
        Where the files are; made when first needed.
    source
        The live source, or None to use the folder alone.
    label
        Which source's files to read; taken from `source` when there is one.
    """

    folder: Path
    source: SeriesProvider | None = None
    label: str = "yfinance"

    @property
    def name(self) -> str:
        """`cache`, and the source behind it."""
        return f"cache of {self._label}" if self.source is None else self._label

    @property
    def _label(self) -> str:
        return self.source.name if self.source is not None else self.label

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        """Return QUOTES for `day`; only listings without a fresh cached close are fetched."""
        wanted = distinct(listings)
        start, end = day - LOOK_BACK, day + LOOK_AHEAD
        cached = quotes_from_bars(self._read_all(wanted, start, end), wanted, day)
        if self.source is None:
            return cached
        answered = set(cached.loc[cached["status"] == PriceStatus.OK.value, "security"])
        missing = [listing for listing in wanted if listing.key not in answered]
        if not missing:
            return cached
        fetched = self.source.bars(missing, start, end)
        self._write_all(fetched.frame)
        merged = self._read_all(missing, start, end)
        failures = {**merged.failures, **fetched.failures}
        fresh = quotes_from_bars(Bars(merged.frame, failures), missing, day)
        rows = {str(row["security"]): row for row in cached.to_dict("records")}
        for row in fresh.to_dict("records"):
            failure = fetched.failures.get(str(row["security"]))
            if failure is not None and PriceStatus(str(row["status"])).priced:
                row["reason"] = f"{row['reason']}; fetching failed: {failure.reason}"
            elif failure is not None:
                row["status"], row["reason"] = failure.status.value, failure.reason
            rows[str(row["security"])] = row
        return quote_frame([{str(k): v for k, v in rows[item.key].items()} for item in wanted])

    def bars(self, listings: Sequence[Listing], start: date, end: date) -> Bars:
        """Return the cached series; nothing is fetched."""
        return self._read_all(distinct(listings), start, end)

    def _path(self, key: str) -> Path:
        digest = hashlib.sha256(f"{self._label}\n{key}".encode()).hexdigest()[:32]
        return self.folder / f"{digest}.parquet"

    def _read_all(self, listings: Sequence[Listing], start: date, end: date) -> Bars:
        parts = [BARS.empty()]
        failures: dict[str, Failure] = {}
        for listing in listings:
            frame = self._read(listing.key)
            if isinstance(frame, Failure):
                failures[listing.key] = frame
                continue
            part = frame[frame["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
            if part.empty:
                words = f"the cache has {listing.name} only outside {start} to {end}"
                failures[listing.key] = Failure(PriceStatus.NO_HISTORY, words)
            else:
                parts.append(part)
        return Bars(bar_frame(pd.concat(parts, ignore_index=True)), failures)

    def _read(self, key: str) -> pd.DataFrame | Failure:
        """Read one listing's file; a damaged file is a failure in words and is fetched anew."""
        path = self._path(key)
        if not path.exists():
            return Failure(PriceStatus.NOT_FOUND, f"the cache does not hold {key or 'the line'}")
        try:
            return bar_frame(pd.read_parquet(path))
        except (OSError, ValueError, KeyError) as error:
            return Failure(PriceStatus.NOT_FOUND, f"the cache file of {key} is damaged: {error}")

    def _write_all(self, frame: pd.DataFrame) -> None:
        for key, bars in frame.groupby("security", sort=False):
            known = self._read(str(key))
            merged = bars if isinstance(known, Failure) else merge_bars(known, bars)
            write_atomically(merged, self._path(str(key)))


def merge_bars(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Merge two BARS by security and date: the later fetch wins, cell by cell where it has one."""
    both = pd.concat([old, new], ignore_index=True)
    ordered = both.sort_values("fetched_at", kind="stable", na_position="first")
    return bar_frame(ordered.groupby(_KEY, as_index=False).last())


def write_atomically(frame: pd.DataFrame, path: Path) -> None:
    """Write a parquet file so that a reader or a crash sees the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    os.close(handle)
    try:
        frame.to_parquet(temporary, index=False)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
