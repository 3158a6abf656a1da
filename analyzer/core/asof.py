"""The two dates of a legal question: the law in force *when*, as known *when*.

Instants are timezone-aware and compared in New York time, the clock of the orders
themselves ("12:01 a.m. eastern daylight time").
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from analyzer.core.errors import QueryError

NEW_YORK = ZoneInfo("America/New_York")
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
# other ISO spellings of a day would be read as its first instant, and miss what begins later
_SHAPE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].+)?", re.ASCII)
_NO_DATE = "{!r} is not a date (2021-05-25) or an instant (2021-05-25T15:59)"
_YEARS = range(1900, 2200)  # clocks before kept local mean time; no question reaches beyond


def start_of_day(day: date) -> datetime:
    """Return 00:00 New York time on `day`."""
    return datetime.combine(day, time(), NEW_YORK)


def end_of_day(day: date) -> datetime:
    """Return 24:00 New York time on `day`, that is 00:00 of the next."""
    return start_of_day(day + timedelta(days=1))


def last_instant(day: date) -> datetime:
    """Return the last instant of `day` in New York, one microsecond before 24:00."""
    return end_of_day(day) - timedelta(microseconds=1)


def parse_instant(text: str, *, at: time = time(), zone: ZoneInfo = NEW_YORK) -> datetime:
    """Read `2021-05-25`, `2021-05-25T15:59` or an instant with its own offset.

    Parameters
    ----------
    text : str
        ISO 8601 date or instant.
    at : time
        Clock time of a bare date.
    zone : ZoneInfo
        Zone of an instant that states none.

    Raises
    ------
    QueryError
        If the text is not a date or an instant.
    """
    if not _SHAPE.fullmatch(text):
        raise QueryError(_NO_DATE.format(text))
    try:
        if len(text) == len("2021-05-25"):
            return datetime.combine(date.fromisoformat(text), at, zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QueryError(_NO_DATE.format(text)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _within(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise QueryError(f"{moment.date()} is outside {_YEARS[0]} to {_YEARS[-1]}")
    return moment


@dataclass(frozen=True, slots=True)
class AsOf:
    """Law `effective` over a span, as `known` at an instant.

    A bare date asks about the whole New York day `[start, end)`; an instant asks about itself
    (`start == end`).

    Parameters
    ----------
    start, end
        The span asked about.
    known
        Nothing first released after this instant is taken into account.
    """

    start: datetime
    end: datetime
    known: datetime

    @classmethod
    def of(cls, effective: str | date, known: str | date | None = None) -> "AsOf":
        """Build from what a user types; `known` defaults to the end of the span asked about.

        A bare day of knowledge ends with its last instant: what is released at 00:00 of the next
        day is not yet known.

        Raises
        ------
        QueryError
            For a text that is no date or instant, or a year before 1900 or after 2199.
        """
        when = effective.isoformat() if isinstance(effective, date) else effective
        start = _within(parse_instant(when))
        whole_day = len(when) == len("2021-05-25")
        end = end_of_day(start.date()) if whole_day else start
        if known is None:
            horizon = last_instant(start.date()) if whole_day else start
        else:
            text = known.isoformat() if isinstance(known, date) else known
            bare = len(text) == len("2021-05-25")
            moment = _within(parse_instant(text))
            horizon = last_instant(moment.date()) if bare else moment
        return cls(start, end, horizon)

    @property
    def day(self) -> date:
        """The New York calendar day of the start."""
        return self.start.astimezone(NEW_YORK).date()

    @property
    def is_day(self) -> bool:
        """Whether the whole day is asked about."""
        return self.end > self.start

    def with_known(self, known: datetime) -> "AsOf":
        """Ask the same question with other knowledge."""
        return AsOf(self.start, self.end, known)

    def __str__(self) -> str:
        """Render as the user typed it."""
        if self.is_day:
            return self.day.isoformat()
        return self.start.isoformat(timespec="minutes")
