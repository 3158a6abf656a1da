"""Last lawful sessions at a line's own venue, session weights, report deadlines."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.asof import NEW_YORK
from analyzer.market.sessions import business_days_after, last_lawful_session, sessions

HONG_KONG = ZoneInfo("Asia/Hong_Kong")


def new_york(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


@pytest.mark.parametrize("mic", ["XHKG", "XSHG", "XSHE"])
def test_close_of_the_annex_window_falls_on_the_dragon_boat_holiday(mic: str) -> None:
    session = last_lawful_session(mic, new_york(2022, 6, 3, 0, 1))
    assert session.date == date(2022, 6, 2)
    assert not session.partial
    assert not session.provisional


def test_start_of_the_ban_cuts_the_hong_kong_day_at_lunch() -> None:
    session = last_lawful_session("XHKG", new_york(2021, 8, 2, 0, 1))
    assert session.date == date(2021, 8, 2)
    assert session.close == datetime(2021, 8, 2, 12, 0, tzinfo=HONG_KONG)
    assert session.partial
    assert "12:00" in session.note


def test_mainland_lunch_break_starts_at_half_past_eleven() -> None:
    session = last_lawful_session("XSHE", new_york(2021, 8, 2, 0, 1))
    assert session.close == datetime(2021, 8, 2, 11, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert session.partial


def test_opening_bell_in_new_york_follows_the_asian_session() -> None:
    until = new_york(2021, 1, 11, 9, 30)
    asian = last_lawful_session("XHKG", until)
    assert (asian.date, asian.partial) == (date(2021, 1, 11), False)
    american = last_lawful_session("XNYS", until)
    assert (american.date, american.partial) == (date(2021, 1, 8), False)


@pytest.mark.parametrize("inclusive", [True, False])
def test_session_opening_at_the_instant_does_not_count(inclusive: bool) -> None:
    assert last_lawful_session("XNYS", new_york(2021, 1, 11, 9, 30), inclusive).date == date(
        2021, 1, 8
    )


def test_end_of_day_includes_that_days_session() -> None:
    session = last_lawful_session("XNYS", new_york(2021, 11, 11, 23, 59), inclusive=True)
    assert (session.date, session.partial) == (date(2021, 11, 11), False)


def test_cut_off_within_a_session_is_its_last_instant() -> None:
    until = new_york(2021, 5, 25, 15, 59)
    session = last_lawful_session("XNAS", until)
    assert (session.date, session.close, session.partial) == (date(2021, 5, 25), until, True)


def test_cut_off_at_the_close_warns_only_when_exclusive() -> None:
    until = new_york(2021, 5, 25, 16, 0)
    assert "at the close" in last_lawful_session("XNAS", until).note
    assert last_lawful_session("XNAS", until, inclusive=True).note == ""


def test_half_day_closes_at_noon() -> None:
    session = last_lawful_session("XHKG", new_york(2020, 12, 24, 23, 0))
    assert session.close == datetime(2020, 12, 24, 12, 0, tzinfo=HONG_KONG)
    assert not session.partial


def test_long_holiday_is_crossed() -> None:
    until = datetime(2020, 2, 2, 12, tzinfo=HONG_KONG)
    assert last_lawful_session("XSHG", until).date == date(2020, 1, 23)


def test_moscow_closing_of_2022_is_crossed() -> None:
    until = datetime(2022, 3, 20, 12, tzinfo=ZoneInfo("Europe/Moscow"))
    assert last_lawful_session("MISX", until).date == date(2022, 2, 25)


@pytest.mark.parametrize("day", [date(2023, 9, 1), date(2023, 9, 8), date(2021, 10, 13)])
def test_hong_kong_weather_closings_are_no_sessions(day: date) -> None:
    assert sessions("XHKG", day, day).empty


@pytest.mark.parametrize("mic", ["XXXX", "ASEX", ""])
def test_venue_without_calendar_is_provisional_and_errs_early(mic: str) -> None:
    session = last_lawful_session(mic, new_york(2022, 6, 3, 0, 1))
    assert session.date == date(2022, 6, 2)
    assert session.provisional
    assert session.close is None
    assert session.note


def test_beyond_the_mainland_calendar_weekdays_stand_in() -> None:
    session = last_lawful_session("XSHG", datetime(2027, 10, 2, 12, tzinfo=HONG_KONG))
    assert session.date == date(2027, 10, 1)  # a holiday every year, not yet published
    assert session.provisional
    assert session.close is not None
    assert session.close.hour == 15
    assert "weekdays" in session.note


def test_holidays_not_yet_announced_are_provisional() -> None:
    near, far = (
        last_lawful_session("XNYS", new_york(year, 12, 31, 23, 0)) for year in (2027, 2029)
    )
    assert (near.provisional, far.provisional) == (False, True)
    assert "announced" in far.note
    frame = sessions("XHKG", date(2027, 12, 30), date(2028, 1, 4))
    assert frame["provisional"].tolist() == [False, False, True, True]


def test_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        last_lawful_session("XHKG", datetime(2022, 6, 3))  # noqa: DTZ001


@given(
    mic=st.sampled_from(["XHKG", "XSHE", "XNYS", "XLON", "OTCM", "XTKS", "ZZZZ"]),
    day=st.dates(date(2004, 1, 1), date(2039, 1, 1)),
    clock=st.times(),
    inclusive=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_never_after_the_cut_off(mic: str, day: date, clock: time, inclusive: bool) -> None:
    instant = datetime.combine(day, clock, NEW_YORK)
    session = last_lawful_session(mic, instant, inclusive)
    if session.close is not None:
        assert session.close <= instant
        assert session.close.date() == session.date
    assert instant.date() - session.date < timedelta(days=40)
    listed = sessions(mic, session.date, session.date)
    assert len(listed) == 1
    assert bool(listed["provisional"].iloc[0]) == session.provisional


def test_session_weights_of_half_days() -> None:
    frame = sessions("XHKG", date(2020, 12, 23), date(2021, 1, 4))
    weights = dict(zip(frame["date"].dt.date, frame["weight"], strict=True))
    assert weights[date(2020, 12, 23)] == 1.0
    assert weights[date(2020, 12, 24)] == pytest.approx(150 / 330)
    assert date(2020, 12, 25) not in weights
    assert sessions("XNYS", date(2021, 11, 26), date(2021, 11, 26))["weight"].iloc[
        0
    ] == pytest.approx(210 / 390)


def test_new_york_year_of_the_specification_has_250_sessions() -> None:
    frame = sessions("XNYS", date(2026, 11, 23), date(2027, 11, 19))
    assert len(frame) == 250
    early = frame.loc[frame["weight"] < 1, "date"].dt.date.tolist()
    assert early[:2] == [date(2026, 11, 27), date(2026, 12, 24)]


def test_sessions_across_the_end_of_a_calendar() -> None:
    frame = sessions("XSHG", date(2026, 12, 29), date(2027, 1, 6))
    assert frame["date"].dt.date.tolist() == [
        *(date(2026, 12, d) for d in (29, 30, 31)),
        *(date(2027, 1, d) for d in (1, 4, 5, 6)),
    ]
    assert frame["provisional"].tolist() == [False] * 3 + [True] * 4
    assert list(map(str, frame.dtypes)) == ["datetime64[s]", "float64", "bool"]


def test_sessions_of_an_unknown_venue_and_of_an_empty_span() -> None:
    frame = sessions("XXXX", date(2021, 1, 1), date(2021, 1, 4))
    assert frame["date"].dt.date.tolist() == [date(2021, 1, 1), date(2021, 1, 4)]
    assert frame["provisional"].all()
    assert sessions("XHKG", date(2022, 6, 3), date(2022, 6, 5)).empty


@pytest.mark.parametrize(
    ("day", "n", "due"),
    [
        (date(2022, 6, 3), 10, date(2022, 6, 17)),
        (date(2022, 6, 10), 10, date(2022, 6, 27)),  # Juneteenth 2022 observed Monday the 20th
        (date(2021, 6, 17), 1, date(2021, 6, 21)),  # first Juneteenth, observed Friday the 18th
        (date(2020, 6, 18), 1, date(2020, 6, 19)),  # not yet a holiday
        (date(2021, 12, 20), 10, date(2022, 1, 5)),  # Christmas on the 24th, New Year on the 31st
        (date(2022, 6, 4), 1, date(2022, 6, 6)),
        (date(2022, 6, 4), 0, date(2022, 6, 3)),
    ],
)
def test_federal_business_days(day: date, n: int, due: date) -> None:
    assert business_days_after(day, n) == due


@given(day=st.dates(date(2000, 1, 1), date(2060, 1, 1)), n=st.integers(min_value=0, max_value=700))
@settings(max_examples=60, deadline=None)
def test_business_days_compose(day: date, n: int) -> None:
    assert business_days_after(business_days_after(day, n), 1) == business_days_after(day, n + 1)
    assert business_days_after(day, n).weekday() < 5


def test_negative_business_days_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        business_days_after(date(2022, 6, 3), -1)


def test_every_mapped_venue_has_a_calendar() -> None:
    from exchange_calendars import get_calendar_names

    from analyzer.market.sessions import _CALENDAR_OF

    names = set(get_calendar_names())
    assert set(_CALENDAR_OF.values()) <= names
    assert not set(_CALENDAR_OF) & names, "a code with its own calendar must use it"
