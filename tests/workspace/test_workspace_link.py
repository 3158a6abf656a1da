"""What-if links and session archives: what goes in comes back; what may not be there is named."""

import json
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.errors import AnalyzerError
from analyzer.core.matching import Decision, JudgementRecord
from analyzer.workspace import (
    HYPOTHESES,
    TEMPLATES,
    Beside,
    Desk,
    Form,
    Hypothesis,
    Known,
    Session,
    from_link,
    pack_session,
    to_link,
    unpack_desk,
    unpack_session,
)

KNOWN = Known({"xiaomi", "smic", "luokung"}, {"US-DOD-1237", "US-OFAC-NS-CMIC"})
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31)).map(str)


@st.composite
def hypotheses(draw: st.DrawFn) -> Hypothesis:
    kind = draw(st.sampled_from(sorted(HYPOTHESES)))
    return Hypothesis(
        kind,
        draw(st.sampled_from(sorted(KNOWN.entities))),
        draw(DAYS),
        draw(st.sampled_from(sorted(KNOWN.lists))),
        draw(DAYS) if kind == "license" else "",
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    return Form(
        "x",
        as_of=draw(st.just("") | DAYS),
        hypotheses=tuple(draw(st.lists(hypotheses(), max_size=4))),
        rulings=draw(st.booleans()),
        reading=draw(st.sampled_from(["", "strict", "lenient"])),
        window_days=draw(st.none() | st.integers(1, 3650)),
        participation=draw(st.none() | st.sampled_from([0.01, 0.2, 0.5])),
        volume=draw(st.none() | st.sampled_from([1.0, 2e6])),
        ruling=draw(st.just("") | DAYS),
        targets=tuple(draw(st.lists(st.sampled_from(sorted(KNOWN.entities)), max_size=2))),
        relief=draw(st.none() | st.sampled_from([0.0, 0.25, 1.0])),
        replacement=draw(st.booleans()),
    )


@given(template=st.sampled_from(sorted(TEMPLATES)), form=forms())
def test_a_form_comes_back_from_its_link(template: str, form: Form) -> None:
    values, left_out = to_link(template, form, KNOWN)
    assert left_out == 0
    found, back, ignored = from_link(values, KNOWN)
    assert (found, ignored) == (template, ())
    for field in ("as_of", "hypotheses", "rulings", "reading", "window_days", "participation"):
        assert getattr(back, field) == getattr(form, field), field
    for field in ("volume", "ruling", "targets", "relief", "replacement"):
        assert getattr(back, field) == getattr(form, field), field


def test_a_line_of_ones_own_file_never_stands_in_a_link() -> None:
    mine = Hypothesis("designate", "what-if-us0378331005", "2021-03-10", name="APPLE INC")
    listed = Hypothesis("suspend", "xiaomi", "2021-03-12", "US-DOD-1237")
    values, left_out = to_link("A name is added", Form("x", hypotheses=(mine, listed)), KNOWN)
    assert left_out == 1
    assert "us0378331005" not in str(values)
    assert "APPLE" not in str(values)
    assert from_link(values, KNOWN)[1].hypotheses == (listed,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("template", "<script>alert(1)</script>"),
        ("window", "-5"),
        ("window", "99999"),
        ("wi_as_of", "1066-10-14"),
        ("wi_share", "nan"),
        ("wi_share", "inf"),
        ("wi_rulings", "maybe"),
        ("wi_shock", "../../etc/passwd"),
        ("wi_targets", "xiaomi,nobody"),
        ("wi_events", "suspend,US-DOD-1237,nobody,2021-03-10"),
        ("wi_events", "repeal,US-DOD-1237,xiaomi,2021-03-10"),
        ("wi_events", "suspend,US-DOD-1237,xiaomi,soon"),
        ("wi_events", "suspend,US-DOD-1237,xiaomi"),
        ("wi_events", "suspend,US-DOD-1237,xiaomi,2021-03-10,2021-04-10"),
        ("wi_events", "license,US-DOD-1237,xiaomi,2021-03-10"),
        ("wi_events", ";".join(["suspend,US-DOD-1237,xiaomi,2021-03-10"] * 9)),
        ("wi_events", "{{7*7}}" * 400),
    ],
)
def test_what_may_not_stand_in_a_link_is_ignored_and_named(name: str, value: str) -> None:
    _, form, ignored = from_link({name: value}, KNOWN)
    assert ignored == (name,)
    assert form == next(iter(TEMPLATES.values()))


def test_names_that_are_not_of_a_form_are_passed_over() -> None:
    assert from_link({"as_of": "2021-03-09", "utm": "x"}, KNOWN)[2] == ()


# -- sessions --------------------------------------------------------------------------------------

WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
RECORD = JudgementRecord("isin:X", "xiaomi", Decision.REJECT, "Ann", WHEN, "another", "0" * 64)
DESK = Desk("my book", (("h.csv", b"a,b"),), as_of="2021-03-16")


@given(kept=st.lists(forms(), max_size=3))
def test_a_session_comes_back_whole(kept: list[Form]) -> None:
    session = Session(DESK, Beside("2021-03-08"), tuple(kept), (RECORD,))
    content = pack_session(session)
    assert unpack_session("s.zip", content) == session
    assert pack_session(session) == content
    assert unpack_desk(content) == DESK


def damaged(**members: str) -> bytes:
    out = BytesIO(pack_session(Session(DESK, Beside())))
    with zipfile.ZipFile(out) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held |= {name.replace("_", "."): text.encode() for name, text in members.items()}
    fresh = BytesIO()
    with zipfile.ZipFile(fresh, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return fresh.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        damaged(scenarios_json="[{}]"),
        damaged(scenarios_json=json.dumps([{"title": "x", "__class__": "os"}])),
        damaged(scenarios_json="{"),
        damaged(judgements_csv="a,b\n1,2\n"),
    ],
)
def test_what_is_no_session_is_refused(content: bytes) -> None:
    with pytest.raises(AnalyzerError):
        unpack_session("s.zip", content)
