"""From a daily series to what is needed on one day, with the defects of free data caught.

Known defects of free series: prices quoted a hundred times too small or large for some days
(pence and pounds mixed), a split recorded but not applied to the history, a dividend recorded
but not applied to the adjusted closes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from analyzer.market.prices import (
    VOLATILITY_SESSIONS,
    VOLUME_SESSIONS,
    Bars,
    Failure,
    Listing,
    PriceStatus,
    distinct,
    failure_row,
    freshness,
    quote_frame,
)

LOOK_BACK = timedelta(days=200)  # covers 60 returns and 20 volumes with room for suspensions
LOOK_AHEAD = timedelta(days=30)  # later bars only ever disqualify a close, never supply one
_FEWEST_VOLUMES, _FEWEST_RETURNS = 10, 20
_SPLIT_TOLERANCE = 0.2  # of the logarithm: a day's own return beside the split


class DefectKind(StrEnum):
    """What is wrong with a series."""

    UNITS = "units"
    SPLIT = "split"
    DIVIDEND = "dividend"


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect, on the session where it shows, in words."""

    kind: DefectKind
    day: date
    words: str


def find_defects(bars: pd.DataFrame) -> tuple[Defect, ...]:
    """Look for defects in the series of one security.

    Parameters
    ----------
    bars : DataFrame
        BARS of one security, ascending by date; rows without a close are passed over.

    Returns
    -------
    tuple of Defect
        In order of date: jumps by a factor of 100 without a split; jumps by a whole factor that
        look like a split that is not recorded; dividends the adjusted closes do not reflect.
    """
    known = bars[bars["close"].notna()]
    close = known["close"].to_numpy(dtype=float)
    days = known["date"].dt.date.tolist()
    split = known["split"].to_numpy(dtype=float)
    found: list[Defect] = []
    for i in range(1, len(close)):
        ratio = close[i] / close[i - 1]
        if 0.6 < ratio < 1.7 or not np.isfinite(ratio) or np.any(split[max(0, i - 2) : i + 3] > 0):
            continue
        defect = _jump(ratio, days[i])
        if defect:
            found.append(defect)
    found += _missing_dividends(known, close, days)
    return tuple(sorted(found, key=lambda defect: defect.day))


def _jump(ratio: float, day: date) -> Defect | None:
    """Classify a jump between two sessions; ordinary crashes are no defect."""
    factor = max(ratio, 1 / ratio)
    if 70 < factor < 140:
        words = f"the close changes {factor:.0f}-fold on {day}: units are mixed"
        return Defect(DefectKind.UNITS, day, words)
    if factor > 1.9 and abs(factor - round(factor)) < 0.02 * factor:
        words = f"the close changes {factor:.0f}-fold on {day} and no split is recorded"
        return Defect(DefectKind.SPLIT, day, words)
    return None


def _missing_dividends(known: pd.DataFrame, close: np.ndarray, days: list[date]) -> list[Defect]:
    """Compare each dividend with the step of the adjustment factor across its ex-date."""
    factor = known["adjusted"].to_numpy(dtype=float) / close
    dividend = known["dividend"].to_numpy(dtype=float)
    found = []
    for i in np.flatnonzero(dividend > 0).tolist():
        if i == 0 or not np.isfinite(factor[i - 1 : i + 1]).all():
            continue
        step, due = factor[i - 1] / factor[i], 1 - dividend[i] / close[i - 1]
        if abs(step - due) > 0.5 * (1 - due):
            words = f"the adjusted closes lack the dividend of {dividend[i]:g} of {days[i]}"
            found.append(Defect(DefectKind.DIVIDEND, days[i], words))
    return found


def split_steps(close: np.ndarray, split: np.ndarray) -> dict[int, int | None]:
    """Find the session on which the closes really step by each recorded split.

    Parameters
    ----------
    close, split : ndarray, shape (n,)
        Closes as supplied, and new shares per old with this ex-date (0 where none).

    Returns
    -------
    dict
        Index of the recorded split to the index of the step, at most two sessions away; None
        where there is no such step, so the closes before it are adjusted for the split.
    """
    found: dict[int, int | None] = {}
    for i in np.flatnonzero((split > 0) & (split != 1)).tolist():
        low, high = max(1, i - 2), min(len(close), i + 3)
        distance = np.abs(np.log(close[low:high] / close[low - 1 : high - 1] * split[i]))
        stepped = len(distance) > 0 and float(distance.min()) < _SPLIT_TOLERANCE
        found[i] = low + int(distance.argmin()) if stepped else None
    return found


def returns(bars: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Return daily total returns of one security and what had to be left out.

    Parameters
    ----------
    bars : DataFrame
        BARS of one security, ascending, every close present; n rows.

    Returns
    -------
    values : ndarray, shape (n - 1,)
        Simple returns with dividends and splits put back; from the adjusted closes where the
        series carries no events. NaN across a jump that is no return.
    notes : list of str
        One sentence for each return left out.
    """
    close = bars["close"].to_numpy(dtype=float)
    split = bars["split"].to_numpy(dtype=float)
    dividend = bars["dividend"].to_numpy(dtype=float)
    adjusted = bars["adjusted"].to_numpy(dtype=float)
    if not np.isfinite(close).all() or (not (dividend > 0).any() and np.isfinite(adjusted).all()):
        values = adjusted[1:] / adjusted[:-1] - 1
        return values, []
    factor = np.ones(len(close))
    for recorded, step in split_steps(close, split).items():
        if step is not None:
            factor[step] = split[recorded]
    values = (close[1:] * factor[1:] + dividend[1:]) / close[:-1] - 1
    notes = []
    days = bars["date"].dt.date.tolist()
    for defect in find_defects(bars):
        if defect.kind is not DefectKind.DIVIDEND:
            values[days.index(defect.day) - 1] = np.nan
            notes.append(f"{defect.words}; that return is left out")
    return values, notes


def quotes_from_bars(found: Bars, listings: Sequence[Listing], day: date) -> pd.DataFrame:
    """Answer for one day from daily series.

    Parameters
    ----------
    found : Bars
        Series reaching at least `LOOK_BACK` before `day` where they exist.
    listings : sequence of Listing
        What was asked.
    day : date
        The valuation date.

    Returns
    -------
    DataFrame
        QUOTES.
    """
    groups = {str(key): group for key, group in found.frame.groupby("security", sort=False)}
    rows = []
    for listing in distinct(listings):
        bars = groups.get(listing.key)
        if bars is None:
            unknown = Failure(PriceStatus.NOT_FOUND, f"{listing.name} is not in the series")
            rows.append(failure_row(listing, found.failures.get(listing.key, unknown)))
        else:
            rows.append(_quote(listing, bars, day))
    return quote_frame(rows)


def _quote(listing: Listing, bars: pd.DataFrame, day: date) -> dict[str, Any]:
    """Answer for one listing."""
    near = bars[
        (bars["date"] >= pd.Timestamp(day - LOOK_BACK))
        & (bars["date"] <= pd.Timestamp(day + LOOK_AHEAD))
    ]
    past = near[near["date"] <= pd.Timestamp(day)]
    defects = find_defects(near)
    notes = [defect.words for defect in defects if defect.kind is DefectKind.DIVIDEND]
    mixed = [defect.words for defect in defects if defect.kind is DefectKind.UNITS]
    if mixed:
        row = failure_row(listing, Failure(PriceStatus.SUSPECT, mixed[0]))
    else:
        row = _close(listing, bars, past, day)
    row |= _liquidity(past, notes)
    row["note"] = "; ".join(dict.fromkeys(notes)) or None
    return row


def _close(listing: Listing, bars: pd.DataFrame, past: pd.DataFrame, day: date) -> dict[str, Any]:
    """Take the newest close not after `day`."""
    adjusted = _adjusted_for(bars, day)
    if adjusted is not None:
        words = f"the closes are adjusted for the split of {adjusted} and were not traded at"
        return failure_row(listing, Failure(PriceStatus.SUSPECT, words))
    priced = past[past["close"].notna()]
    if priced.empty:
        first, last = bars["date"].iloc[0].date(), bars["date"].iloc[-1].date()
        known = (
            f"no raw close of {listing.key} within {LOOK_BACK.days} days before {day}; "
            f"the series runs from {first} to {last}"
        )
        return failure_row(listing, Failure(PriceStatus.NO_HISTORY, known))
    last_bar = priced.iloc[-1]
    quoted = last_bar["date"].date()
    status = freshness(listing.mic, quoted, day)
    stale = f"the newest close not after {day} is of {quoted}"
    return {
        "security": listing.key,
        "status": status.value,
        "reason": stale if status is PriceStatus.STALE else None,
        "close": float(last_bar["close"]),
        "currency": last_bar["currency"],
        "close_day": last_bar["date"],
        "source": last_bar["source"],
        "fetched_at": last_bar["fetched_at"],
    }


def _adjusted_for(bars: pd.DataFrame, day: date) -> date | None:
    """Return the first split after `day` that the closes before it already reflect."""
    if not (bars["split"] > 0).any():
        return None
    known = bars[bars["close"].notna()]
    days = known["date"].dt.date.tolist()
    steps = split_steps(known["close"].to_numpy(dtype=float), known["split"].to_numpy(dtype=float))
    later = (days[i] for i, step in steps.items() if step is None and i > 0 and days[i] > day)
    return next(later, None)


def _liquidity(past: pd.DataFrame, notes: list[str]) -> dict[str, Any]:
    """Volumes and volatility over the windows that end at the last session on or before the day."""
    if past.empty:
        return {}
    volumes = past["volume"].dropna().tail(VOLUME_SESSIONS)
    usable = past["close"].notna() if past["close"].notna().any() else past["adjusted"].notna()
    values, left_out = returns(past[usable].tail(VOLATILITY_SESSIONS + 1))
    notes += left_out
    kept = values[np.isfinite(values)]
    enough = len(volumes) >= _FEWEST_VOLUMES
    last = past.iloc[-1]
    return {
        "median_volume": float(volumes.median()) if enough else None,
        "mean_volume": float(volumes.mean()) if enough else None,
        "volatility": float(kept.std(ddof=1)) if len(kept) >= _FEWEST_RETURNS else None,
        "liquidity_day": last["date"],
        "liquidity_source": f"{last['source']}; volume of {len(volumes)} sessions, "
        f"volatility of {len(kept)} returns",
    }
