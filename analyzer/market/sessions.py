"""Trading sessions of a venue, and business days for reports to the US Treasury.

Sessions come from `exchange_calendars` by ISO 10383 market code. Where that package has no
calendar, or its calendar ends (mainland holidays are announced a year ahead), weekdays stand in
and are marked provisional. Opening and closing auctions are not separate sessions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analyzer.core.asof import NEW_YORK

_FIRST, _LAST = date(2000, 1, 1), date(2040, 12, 31)
# Exchanges announce holidays a year or two ahead; what `exchange_calendars` 4.13 (2026) says
# beyond this date follows rules, not announcements.
_ANNOUNCED = date(2027, 12, 31)
_BY_RULE = "holidays this far ahead follow a rule and are not announced yet"
_BY_WEEKDAY = "the calendar does not reach this date; weekdays are assumed to be sessions"
_LOOK_BACK = timedelta(days=60)  # Moscow closed for 24 days in 2022; Lunar New Year is shorter

# Venues that keep the holidays and hours of another for the purpose of counting sessions.
_CALENDAR_OF = {
    "XSHE": "XSHG",
    "BJSE": "XSHG",
    "XGEM": "XHKG",
    "XNGS": "XNAS",
    "XNMS": "XNAS",
    "XNCM": "XNAS",
    "OTCM": "XNYS",
    "OTCB": "XNYS",
    "OTCQ": "XNYS",
    "PINX": "XNYS",
    "PSGM": "XNYS",
    "XOTC": "XNYS",
    "XCIS": "XNYS",
    "IEXG": "XNYS",
    "ROCO": "XTAI",
    "XKOS": "XKRX",
    "XJPX": "XTKS",
    "XNSE": "XBOM",
    "MTAA": "XMIL",
    "MISX": "XMOS",
    "XATH": "ASEX",
    "XMUN": "XETR",
    "XBER": "XETR",
    "AIMX": "XLON",
}

# Closings (first day, last day) that `exchange_calendars` 4.13 does not record.
_CLOSED = {
    # Bank of Russia press releases of 28 February to 23 March 2022; 33 shares on the 24th
    "XMOS": ((date(2022, 2, 28), date(2022, 3, 23)),),
    # HKEX market communications 2309012news (typhoon) and 2309083news (rainstorm)
    "XHKG": ((date(2023, 9, 1), date(2023, 9, 1)), (date(2023, 9, 8), date(2023, 9, 8))),
}


@dataclass(frozen=True, slots=True)
class Session:
    """The part of one trading session that lies before a cut-off.

    Parameters
    ----------
    date
        Date of the session at the venue.
    close
        Last instant of trading before the cut-off, in the venue's zone: the close, the lunch
        break or the cut-off itself. None where the venue's hours are not known.
    provisional
        A holiday may have been counted as a session: there is no calendar for the venue or the
        date, or its holidays are not announced yet.
    partial
        The session goes on after `close`; what follows is too late.
    note
        What a reader must know, in one sentence; empty when there is nothing to say.
    """

    date: date
    close: datetime | None
    provisional: bool
    partial: bool
    note: str


@dataclass(frozen=True, slots=True)
class _Hours:
    """Trading intervals of one session, in the venue's zone, and why it is provisional if so."""

    date: date
    intervals: tuple[tuple[datetime, datetime], ...]
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Venue:
    """One calendar, cut to what is asked of it. `table` is indexed by session date."""

    zone: ZoneInfo
    first: date
    last: date
    table: pd.DataFrame  # columns open, break_start, break_end, close (UTC), weight


def _build(code: str) -> tuple[date, date, Any]:
    """Build a calendar over the whole span, or over as much of it as is on record."""
    from exchange_calendars import get_calendar

    try:
        return _FIRST, _LAST, get_calendar(code, start=str(_FIRST), end=str(_LAST))
    except ValueError:
        recorded = get_calendar(code, start="2021-01-01", end="2021-12-31")
    low, high = recorded.bound_min(), recorded.bound_max()
    first = _FIRST if low is None else max(_FIRST, low.date())
    last = _LAST if high is None else min(_LAST, high.date())
    return first, last, get_calendar(code, start=str(first), end=str(last))


@lru_cache(maxsize=64)
def _venue(mic: str) -> _Venue | str:
    """Return the venue's calendar, or why there is none."""
    from exchange_calendars import get_calendar_names

    code = _CALENDAR_OF.get(mic, mic)
    if code not in get_calendar_names():
        return f"no exchange calendar for market code {mic}"
    try:
        first, last, calendar = _build(code)
    except (ValueError, NotImplementedError) as error:
        return f"the exchange calendar {code} cannot be built ({error})"
    table = calendar.schedule.rename_axis("date")
    for closed_from, closed_to in _CLOSED.get(calendar.name, ()):
        table = table.drop(table.loc[closed_from.isoformat() : closed_to.isoformat()].index)
    minutes = (table["close"] - table["open"]) - (table["break_end"] - table["break_start"]).fillna(
        pd.Timedelta(0)
    )
    usual = minutes.groupby(table.index.year).transform("median")
    table = table.assign(weight=(minutes / usual).clip(upper=1.0).astype("float64"))
    return _Venue(ZoneInfo(str(calendar.tz)), first, last, table)


def _weekdays(start: date, end: date) -> list[date]:
    """Return Mondays to Fridays from `start` through `end`."""
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    return [day for day in days if day.weekday() < 5]


def _usual_hours(venue: _Venue, day: date) -> _Hours:
    """Assume on `day` the hours of the nearest full session on record."""
    full = venue.table[venue.table["weight"] >= 1.0]
    nearest = full.iloc[-1] if day > venue.last else full.iloc[0]
    return _Hours(day, _intervals(nearest, venue.zone, day), _BY_WEEKDAY)


def _intervals(
    row: pd.Series, zone: ZoneInfo, day: date | None = None
) -> tuple[tuple[datetime, datetime], ...]:
    """Read the trading intervals of a schedule row, moved to `day` if given."""

    def at(column: str) -> datetime:
        moment: datetime = row[column].to_pydatetime().astimezone(zone)
        return moment if day is None else datetime.combine(day, moment.time(), zone)

    if pd.isna(row["break_start"]):
        return ((at("open"), at("close")),)
    return ((at("open"), at("break_start")), (at("break_end"), at("close")))


def _newest_first(venue: _Venue, start: date, end: date) -> Iterator[_Hours]:
    """Yield the sessions from `end` back to `start`."""
    weekdays = _weekdays(start, end)[::-1]
    yield from (_usual_hours(venue, day) for day in weekdays if day > venue.last)
    known = venue.table.loc[start.isoformat() : end.isoformat()]
    for position in range(len(known) - 1, -1, -1):
        row = known.iloc[position]
        day = known.index[position].date()
        doubt = _BY_RULE if day > _ANNOUNCED else ""
        yield _Hours(day, _intervals(row, venue.zone), doubt)
    yield from (_usual_hours(venue, day) for day in weekdays if day < venue.first)


def _cut(hours: _Hours, until: datetime, *, inclusive: bool) -> Session:
    """Keep what of a session precedes the cut-off."""
    lawful = [(start, end) for start, end in hours.intervals if start < until]
    close = min(lawful[-1][1], until.astimezone(lawful[-1][1].tzinfo))
    partial = close < hours.intervals[-1][1]
    notes = []
    if partial:
        notes.append(
            f"only until {close:%H:%M} local time; the cut-off falls within the session of "
            f"{hours.date}"
        )
    elif close == until and not inclusive:
        notes.append("the cut-off is the close itself: trades at the close are too late")
    if hours.doubt:
        notes.append(hours.doubt)
    return Session(hours.date, close, bool(hours.doubt), partial, "; ".join(notes))


def _without_calendar(until: datetime, reason: str) -> Session:
    """Answer for a venue whose hours are unknown.

    The last weekday that has ended in New York is the last that has ended everywhere an
    exchange stands, so this errs early.
    """
    day = until.astimezone(NEW_YORK).date()
    last = _weekdays(day - timedelta(days=7), day - timedelta(days=1))[-1]
    note = f"{reason}; the last weekday before the cut-off is shown, holidays are not excluded"
    return Session(last, None, True, False, note)


def last_lawful_session(mic: str, until: datetime, inclusive: bool = False) -> Session:
    """Return the last session at a venue, whole or part, that lies before a cut-off.

    Parameters
    ----------
    mic : str
        ISO 10383 market code of the line's own venue.
    until : datetime
        The published instant, with its zone (2022-06-03 00:01 -04:00).
    inclusive : bool
        Whether trading at `until` itself is still lawful (23:59 yes, 00:01 no). A session that
        opens at the very instant does not count either way.

    Raises
    ------
    ValueError
        If `until` carries no zone.
    """
    if until.tzinfo is None:
        raise ValueError(f"{until.isoformat()} carries no time zone")
    venue = _venue(mic.strip().upper())
    if isinstance(venue, str):
        return _without_calendar(until, venue)
    day = until.astimezone(venue.zone).date()
    for hours in _newest_first(venue, day - _LOOK_BACK, day + timedelta(days=1)):
        if hours.intervals[0][0] < until:
            return _cut(hours, until, inclusive=inclusive)
    return _without_calendar(until, f"no session of {mic} in the {_LOOK_BACK.days} days before")


def sessions(mic: str, start: date, end: date) -> pd.DataFrame:
    """List the sessions of a venue from `start` through `end`.

    Parameters
    ----------
    mic : str
        ISO 10383 market code.
    start, end : date
        First and last date, both included.

    Returns
    -------
    pandas.DataFrame
        `date` (datetime64[s], ascending), `weight` (trading minutes divided by the year's usual
        minutes: 1 for a full session, 150/330 for a Hong Kong half day), `provisional` (bool).
    """
    venue = _venue(mic.strip().upper())
    if isinstance(venue, str):
        return _session_frame(_weekdays(start, end), provisional=True)
    known = venue.table.loc[start.isoformat() : end.isoformat(), "weight"]
    inside = _session_frame(known.index.to_numpy(), provisional=False)
    inside["weight"] = known.to_numpy(dtype="float64")
    inside["provisional"] = (inside["date"] > pd.Timestamp(_ANNOUNCED)).to_numpy()
    before = _weekdays(start, min(end, venue.first - timedelta(days=1)))
    after = _weekdays(max(start, venue.last + timedelta(days=1)), end)
    parts = [_session_frame(before, provisional=True), inside]
    parts.append(_session_frame(after, provisional=True))
    return pd.concat(parts, ignore_index=True)


def _session_frame(days: "list[date] | np.ndarray", *, provisional: bool) -> pd.DataFrame:
    """Build the frame of full sessions on `days`."""
    stamps = np.asarray(days, dtype="datetime64[D]").astype("datetime64[s]")
    return pd.DataFrame(
        {
            "date": pd.Series(stamps, dtype="datetime64[s]"),
            "weight": np.ones(len(stamps)),
            "provisional": np.full(len(stamps), provisional),
        }
    )


def business_days_after(day: date, n: int) -> date:
    """Return the `n`-th US federal business day after `day`.

    Reports of rejected transactions are due within 10 business days (31 CFR 501.604(c)). Legal
    holidays are those of 5 U.S.C. 6103 with their observed days, Juneteenth from 2021; a closing
    ordered for one day only is counted as a business day, which errs early.

    Parameters
    ----------
    day : date
        The day of the event, itself not counted.
    n : int
        Business days, at least 0; 0 returns the last business day not after `day`.
    """
    if n < 0:
        raise ValueError(f"{n} business days: must not be negative")
    years = range(day.year - 1, day.year + n // 200 + 2)
    holidays = sorted(holiday for year in years for holiday in _federal_holidays(year))
    off = np.array(holidays, dtype="datetime64[D]")
    due = np.busday_offset(np.datetime64(day, "D"), n, roll="backward", holidays=off)
    return date.fromisoformat(str(due))


@lru_cache(maxsize=256)
def _federal_holidays(year: int) -> frozenset[date]:
    """Return the observed US federal holidays that fall in `year`."""
    from pandas.tseries.holiday import USFederalHolidayCalendar

    days = USFederalHolidayCalendar().holidays(f"{year}-01-01", f"{year}-12-31")
    return frozenset(day.date() for day in days)
