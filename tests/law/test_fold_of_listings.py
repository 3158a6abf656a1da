"""The fold of one name's events: designations, stays, judgments and what undoes them."""

from datetime import datetime

import pytest

from analyzer.core.asof import NEW_YORK
from analyzer.core.events import EventKind, LegalEvent
from analyzer.law import Record

LIST = "L"
LATE = datetime(2100, 1, 1, tzinfo=NEW_YORK)


def day(number: int) -> datetime:
    return datetime(2021, 1, number, tzinfo=NEW_YORK)


def event(name: str, kind: EventKind, number: int, **more: object) -> LegalEvent:
    return LegalEvent(name, kind, day(number), day(number), list_id=LIST, targets=("x",), **more)  # type: ignore[arg-type]


LISTED = event("listed", EventKind.DESIGNATE, 1)
STAYED = event("stayed", EventKind.SUSPEND, 5)


def state(events: list[LegalEvent], number: int) -> tuple[bool, bool]:
    """Return whether the name is listed, and whether it is suspended."""
    member = Record(tuple(events)).membership(LIST, "x", day(number), LATE)
    return (member is not None and member.listed is not None, bool(member and member.suspended))


def test_nothing_before_the_first_event() -> None:
    assert (
        Record((LISTED,)).membership(LIST, "x", datetime(2020, 1, 1, tzinfo=NEW_YORK), LATE) is None
    )


def test_a_stay_leaves_the_name_on_the_list() -> None:
    assert state([LISTED, STAYED], 4) == (True, False)
    assert state([LISTED, STAYED], 5) == (True, True)


def test_a_stay_with_an_end_ends_by_itself() -> None:
    order = event("tro", EventKind.SUSPEND, 5, params={"until": day(9)})
    assert state([LISTED, order], 8) == (True, True)
    assert state([LISTED, order], 9) == (True, False)


def test_an_appeal_ends_the_stay_it_names_only() -> None:
    other = event("other", EventKind.SUSPEND, 6)
    one = event("reversed", EventKind.RESUME, 8, params={"resumes": ["stayed"]})
    both = event("reversed", EventKind.RESUME, 8)
    assert state([LISTED, STAYED, other, one], 8) == (True, True)
    assert state([LISTED, STAYED, other, both], 8) == (True, False)


def test_a_vacatur_reversed_on_appeal_revives_the_listing() -> None:
    vacated = event("vacated", EventKind.VACATE, 5)
    reversal = event("reversal", EventKind.RESUME, 9)
    assert state([LISTED, vacated], 6) == (False, False)
    member = Record((LISTED, vacated, reversal)).membership(LIST, "x", day(10), LATE)
    assert member is not None
    assert member.listed == day(1)


def test_a_delisting_is_not_revived() -> None:
    gone = event("gone", EventKind.DELIST, 5)
    later = event("later", EventKind.RESUME, 9)
    assert state([LISTED, gone, later], 10) == (False, False)


def test_a_new_designation_restarts_the_clock_and_ends_old_stays() -> None:
    again = event("again", EventKind.DESIGNATE, 8)
    member = Record((LISTED, STAYED, again)).membership(LIST, "x", day(8), LATE)
    assert member is not None
    assert (member.listed, member.suspended, member.because) == (day(8), False, ("again",))


def test_a_judgment_touches_only_the_acts_it_names() -> None:
    later_act = event("later-act", EventKind.DESIGNATE, 4)
    judgment = event("judgment", EventKind.VACATE, 6, params={"designations": ["listed"]})
    assert state([LISTED, later_act, judgment], 7) == (True, False)
    assert state([LISTED, judgment], 7) == (False, False)


def test_void_from_the_start_empties_what_went_before() -> None:
    vacated = event("vacated", EventKind.VACATE, 5, params={"ab_initio": True})
    member = Record((LISTED, vacated)).membership(LIST, "x", day(3), LATE)
    assert member is not None
    assert member.listed is None
    assert member.because == ("listed", "vacated")


def test_delisting_and_designation_on_one_day_leave_the_name_listed() -> None:
    out, back = event("out", EventKind.DELIST, 5), event("back", EventKind.DESIGNATE, 5)
    assert state([LISTED, back, out], 5) == (True, False)


@pytest.mark.parametrize("kind", [EventKind.CORRECT, EventKind.WITHDRAW])
def test_what_is_replaced_disappears_once_that_is_known(kind: EventKind) -> None:
    replacing = event("newer", kind, 7, supersedes=("listed",))
    record = Record((LISTED, replacing))
    before, after = day(6), day(7)
    assert record.membership(LIST, "x", day(3), before) is not None
    assert record.membership(LIST, "x", day(3), after) is None


def test_a_withdrawn_correction_corrects_nothing() -> None:
    correction = event("correction", EventKind.CORRECT, 5, supersedes=("listed",))
    withdrawn = event("withdrawn", EventKind.WITHDRAW, 6, supersedes=("correction",))
    record = Record((LISTED, correction, withdrawn))
    assert record.membership(LIST, "x", day(9), day(5)) is None
    assert record.membership(LIST, "x", day(9), day(6)) is not None


def test_a_consequence_goes_with_its_cause() -> None:
    follower = event("faq", EventKind.SUSPEND, 6, follows="stayed")
    assert state([LISTED, STAYED, follower], 6) == (True, True)
    assert state([LISTED, follower], 6) == (True, False)
    assert "faq" not in Record((LISTED, follower)).by_id
