"""Importing into a user's folder: what is taken up, what is refused, and that order is nothing."""

import itertools
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from analyzer.core.asof import END_OF_TIME, parse_instant
from analyzer.core.entities import Entity, NameKind
from analyzer.core.errors import DataError, InputError
from analyzer.core.events import EventKind
from analyzer.lists import (
    catalogue,
    diff_editions,
    discover,
    editions,
    export,
    import_file,
    load_lists,
    roster_at,
)
from analyzer.lists.roster import read_roster

MBS = "Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department"


def screening(path: Path, *names: str, source: str = MBS) -> Path:
    rows = [
        {"id": f"9{i:04}", "entity_number": f"9{i:04}", "name": name, "source": source}
        for i, name in enumerate(names)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


NAMES = tuple(f"Sample Works {i}" for i in range(10))


def events_of(into: Path, list_id: str = "US-OFAC-NS-MBS"):
    return {(e.id, e.effective, e.known) for e in load_lists(into).events if e.list_id == list_id}


def test_an_import_yields_events_issuers_and_a_horizon(tmp_path: Path) -> None:
    into = tmp_path / "lists"
    report = import_file(screening(tmp_path / "a.json", *NAMES), into, edition=date(2026, 5, 1))
    assert [(i.list_id, i.entries, i.new) for i in report.imported] == [
        ("US-OFAC-NS-MBS", 10, True)
    ]
    data = load_lists(into)
    assert data.horizons["US-OFAC-NS-MBS"] == (parse_instant("2026-05-01"),) * 2
    assert {e.id for e in data.entities} == {f"ofac-9{i:04}" for i in range(10)}
    assert data.entities[0].names[0].kind is NameKind.PRIMARY
    assert data.findings == ()
    assert len(events_of(into)) == 10
    assert "US-OFAC-SDN" not in data.specs  # nothing of it is stored


def test_the_package_itself_is_untouched_by_an_import(tmp_path: Path) -> None:
    before = load_lists().events
    import_file(screening(tmp_path / "a.json", *NAMES), tmp_path / "l", edition=date(2026, 5, 1))
    assert load_lists().events == before


def test_editions_in_any_order_give_the_same_law(tmp_path: Path) -> None:
    files = {
        date(2026, 5, 1): screening(tmp_path / "a.json", *NAMES),
        date(2026, 5, 20): screening(tmp_path / "b.json", *NAMES, "Newcomer Works"),
        date(2026, 6, 10): screening(tmp_path / "c.json", *NAMES[:9], "Other Last Works"),
    }
    seen = []
    for number, order in enumerate(itertools.permutations(files)):
        into = tmp_path / f"lists{number}"
        for day in order:
            import_file(files[day], into, edition=day)
        data = load_lists(into)
        seen.append((events_of(into), set(data.entities), data.horizons["US-OFAC-NS-MBS"]))
    assert all(found == seen[0] for found in seen)
    listed = roster_at(load_lists(into).events, "US-OFAC-NS-MBS", END_OF_TIME, END_OF_TIME)
    assert listed["ofac-90000"] == date(2026, 5, 1)


def test_the_same_file_twice_is_one_edition(tmp_path: Path) -> None:
    into, path = tmp_path / "lists", screening(tmp_path / "a.json", *NAMES)
    import_file(path, into, edition=date(2026, 5, 1))
    once = events_of(into)
    again = import_file(path, into, edition=date(2026, 5, 1))
    assert [i.new for i in again.imported] == [False]
    assert events_of(into) == once


def test_other_content_for_a_day_that_is_there_is_refused(tmp_path: Path) -> None:
    into = tmp_path / "lists"
    import_file(screening(tmp_path / "a.json", *NAMES), into, edition=date(2026, 5, 1))
    other = screening(tmp_path / "b.json", *NAMES[:9], "Another Works")
    with pytest.raises(InputError, match="other content is there already"):
        import_file(other, into, edition=date(2026, 5, 1))


def test_a_list_that_lost_a_fifth_is_refused_and_the_previous_stays(tmp_path: Path) -> None:
    into = tmp_path / "lists"
    import_file(screening(tmp_path / "a.json", *NAMES), into, edition=date(2026, 5, 1))
    before = events_of(into)
    short = screening(tmp_path / "b.json", *NAMES[:8])
    with pytest.raises(InputError, match="8 entries where the edition of 2026-05-01 has 10"):
        import_file(short, into, edition=date(2026, 5, 20))
    assert events_of(into) == before
    import_file(short, into, edition=date(2026, 5, 20), accept_loss=True)
    assert len(events_of(into)) == 12


def test_a_list_whose_entries_are_all_gone_is_refused_not_forgotten(tmp_path: Path) -> None:
    into = tmp_path / "lists"
    import_file(screening(tmp_path / "a.json", *NAMES), into, edition=date(2026, 5, 1))
    source = "Unverified List (UVL) - Bureau of Industry and Security"
    other = screening(tmp_path / "b.json", *(f"U {i}" for i in range(12)), source=source)
    report = import_file(other, into, edition=date(2026, 5, 20))
    assert [i.list_id for i in report.imported] == ["US-BIS-UVL"]
    refused = [f.message for f in report.findings if f.code == "E701"]
    assert any(m.startswith("US-OFAC-NS-MBS: 0 entries") for m in refused)
    assert any(m.startswith("US-OFAC-NS-CMIC: 0 entries") for m in refused)


def test_a_count_outside_the_band_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="outside the band of 5 to 100"):
        import_file(screening(tmp_path / "a.json", "One"), tmp_path / "l", edition=date(2026, 5, 1))


def test_an_edited_edition_is_left_out_and_the_previous_stays_in_force(tmp_path: Path) -> None:
    into = tmp_path / "lists"
    import_file(screening(tmp_path / "a.json", *NAMES), into, edition=date(2026, 5, 1))
    before = events_of(into)
    import_file(screening(tmp_path / "b.json", *NAMES, "New"), into, edition=date(2026, 5, 20))
    path = into / "us_ofac_ns_mbs" / "editions" / "2026-05-20.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("New", "Old"), encoding="utf-8")
    data = load_lists(into)
    assert [f.code for f in data.findings] == ["E701"]
    assert "edited" in data.findings[0].message
    assert events_of(into) == before
    assert data.horizons["US-OFAC-NS-MBS"][1] == parse_instant("2026-05-01")


def test_provenance_is_kept(tmp_path: Path) -> None:
    into = tmp_path / "lists"
    import_file(
        screening(tmp_path / "a.json", *NAMES),
        into,
        edition=date(2026, 5, 1),
        url="https://example.test/a.json",
    )
    text = (into / "us_ofac_ns_mbs" / "list.yml").read_text(encoding="utf-8")
    for word in ("input: a.json", "input_sha256:", "sha256:", "https://example.test/a.json"):
        assert word in text


def test_a_file_without_a_date_must_be_given_one(tmp_path: Path) -> None:
    path = screening(tmp_path / "a.json", *NAMES)
    with pytest.raises(InputError, match="states its date"):
        import_file(path, tmp_path / "l")
    named = path.rename(tmp_path / "csl_2026-05-01.json")
    assert import_file(named, tmp_path / "l").imported[0].date == date(2026, 5, 1)


def test_entries_of_no_known_list_are_reported(tmp_path: Path) -> None:
    path = screening(tmp_path / "a.json", *NAMES)
    rows = json.loads(path.read_text(encoding="utf-8"))
    rows.append({"id": "x", "name": "Denied Person", "source": "Denied Persons List (DPL)"})
    path.write_text(json.dumps(rows), encoding="utf-8")
    report = import_file(path, tmp_path / "l", edition=date(2026, 5, 1))
    assert any("1 entries tagged 'Denied Persons List (DPL)'" in str(f) for f in report.findings)


def test_known_issuers_are_recognised_by_key_and_by_official_name(tmp_path: Path) -> None:
    rows = editions(discover()["US-OFAC-NS-CMIC"])[-1].rows
    path = screening(tmp_path / "a.json", *NAMES[:8], "HUAWEI TECHNOLOGIES CO., LTD.", "Given Name")
    text = path.read_text(encoding="utf-8").replace('"90000"', f'"{rows[0].uid}"')
    path.write_text(text, encoding="utf-8")
    given = Entity("given", "GIVEN NAME")
    import_file(path, tmp_path / "l", edition=date(2026, 5, 1), entities=[given])
    data = load_lists(tmp_path / "l")
    listed = {r.entity for r in data.editions["US-OFAC-NS-MBS"][0].rows}
    assert {rows[0].entity, "huawei", "given"} <= listed
    assert not {rows[0].entity, "huawei", "given"} & {e.id for e in data.entities}


def test_a_zipped_set_is_opened(tmp_path: Path) -> None:
    archive = tmp_path / "csl.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(screening(tmp_path / "a.json", *NAMES), "a.json")
    assert import_file(archive, tmp_path / "l", edition=date(2026, 5, 1)).imported[0].entries == 10
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as out:
        out.writestr("x/a.json", "[]")
        out.writestr("y/a.json", "[]")
    with pytest.raises(InputError, match="two files of one name"):
        import_file(tmp_path / "twice.zip", tmp_path / "l", edition=date(2026, 6, 1))
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(InputError):
        import_file(archive, tmp_path / "l", edition=date(2026, 6, 1))


def test_a_legal_identifier_is_an_issuer_whatever_its_name(tmp_path: Path) -> None:
    path = screening(tmp_path / "a.json", *NAMES)
    rows = json.loads(path.read_text(encoding="utf-8"))
    rows[0]["ids"] = [{"type": "Legal Entity Number", "number": "529900T8BM49AURSDO55"}]
    path.write_text(json.dumps(rows), encoding="utf-8")
    given = Entity("given", "Another Name", lei="529900T8BM49AURSDO55")
    import_file(path, tmp_path / "l", edition=date(2026, 5, 1), entities=[given])
    rosters = load_lists(tmp_path / "l").editions["US-OFAC-NS-MBS"]
    assert "given" in rosters[0].roster


def test_another_name_that_is_a_known_official_name_identifies(tmp_path: Path) -> None:
    path = screening(tmp_path / "a.json", *NAMES)
    rows = json.loads(path.read_text(encoding="utf-8"))
    rows[0]["alt_names"] = ["Given Name"]
    path.write_text(json.dumps(rows), encoding="utf-8")
    given = Entity("given", "GIVEN NAME")
    report = import_file(path, tmp_path / "l", edition=date(2026, 5, 1), entities=[given])
    assert "given" in load_lists(tmp_path / "l").editions["US-OFAC-NS-MBS"][0].roster
    assert any(f.code == "I705" and "1 of 10" in f.message for f in report.findings)


# -- a user's own list ---------------------------------------------------------------------------

OWN = """name,identifiers,acts,from,to,reason
Sample Arms plc,GB0002634946,buy;short,2024-01-01,2024-12-31,Board decision 7
Other Arms plc,,,,,Ethics
Coming Arms plc,,,2027-01-01,,Later
"""


def test_a_users_own_list_carries_acts_reasons_and_history(tmp_path: Path) -> None:
    path, into = tmp_path / "restricted.csv", tmp_path / "lists"
    path.write_text(OWN, encoding="utf-8")
    import_file(path, into, edition=date(2026, 5, 1))
    data = load_lists(into)
    events = [e for e in data.events if e.list_id == "CUSTOM-RESTRICTED"]
    first = next(e for e in events if e.kind is EventKind.DESIGNATE)
    assert first.params == {
        "list_kind": "custom",
        "acts": ["buy", "short"],
        "reason": "Board decision 7",
    }
    on = {
        day: set(roster_at(events, "CUSTOM-RESTRICTED", parse_instant(day), END_OF_TIME))
        for day in ("2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01", "2026-05-01")
    }
    name = "custom-restricted-{}-arms-plc".format
    assert on["2023-12-31"] == set()
    assert on["2024-01-01"] == on["2024-12-31"] == {name("sample")}
    assert on["2025-01-01"] == set()
    assert on["2026-05-01"] == {name("other")}
    at = parse_instant("2027-01-01")
    assert set(roster_at(events, "CUSTOM-RESTRICTED", at, END_OF_TIME)) == {
        name("other"),
        name("coming"),
    }
    assert data.securities[0].isin == "GB0002634946"


def test_a_newer_version_of_an_own_list_replaces_what_was_to_come(tmp_path: Path) -> None:
    path, into = tmp_path / "restricted.csv", tmp_path / "lists"
    path.write_text(OWN, encoding="utf-8")
    import_file(path, into, edition=date(2026, 5, 1))
    path.write_text(
        "name,from,to\nOther Arms plc,2026-05-01,\nComing Arms plc,2028-01-01,\n", encoding="utf-8"
    )
    import_file(path, into, edition=date(2026, 6, 1))
    events = load_lists(into).events
    at = parse_instant("2027-06-01")
    assert set(roster_at(events, "CUSTOM-RESTRICTED", at, END_OF_TIME)) == {
        "custom-restricted-other-arms-plc"
    }
    later = parse_instant("2028-06-01")
    assert len(roster_at(events, "CUSTOM-RESTRICTED", later, END_OF_TIME)) == 2


def test_an_own_list_cannot_take_the_name_of_a_published_one(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(OWN, encoding="utf-8")
    with pytest.raises(InputError, match="is a published list"):
        import_file(path, tmp_path / "l", edition=date(2026, 5, 1), list_id="US-DOD-1260H")


def test_versions_of_an_own_list_in_any_order_give_the_same_law(tmp_path: Path) -> None:
    path = tmp_path / "restricted.csv"
    versions = {
        date(2026, 5, 1): OWN,
        date(
            2026, 6, 1
        ): "name,from,to\nSample Arms plc,2024-01-01,2026-12-31\nLate plc,2023-01-01,\n",
        date(2026, 7, 1): "name,from,to\nLate plc,2023-01-01,\nOther Arms plc,,\n",
    }
    seen = []
    for number, order in enumerate(itertools.permutations(versions)):
        into = tmp_path / f"lists{number}"
        for day in order:
            path.write_text(versions[day], encoding="utf-8")
            import_file(path, into, edition=day, accept_loss=True)
        seen.append(events_of(into, "CUSTOM-RESTRICTED"))
        ids = [e.id for e in load_lists(into).events]
        assert len(ids) == len(set(ids))
    assert all(found == seen[0] for found in seen)
    at = parse_instant("2023-06-01")
    assert set(roster_at(load_lists(into).events, "CUSTOM-RESTRICTED", at, at)) == {
        "custom-restricted-late-plc"
    }


# -- a new list is one folder --------------------------------------------------------------------

NEW_LIST = """id: XX-SAMPLE
title: Sample list
publisher: Sample Ministry
url: https://example.test/list
count: {min: 1, max: 9}
verified: {from: 2020-01-01, through: 2026-01-01}
manual_check: {last_checked: 2026-01-01, interval_days: 30}
selects:
  sample: ["sample"]
editions:
  - {date: 2020-01-01, published: 2020-01-01T09:00, source: gazette, cites: [x]}
  - {date: 2021-01-01, published: 2021-01-03, source: gazette, cites: [x]}
"""
HEADER = "entity,name_as_published,listed,uid,ban_from,divest_until,parent,beside,note\n"
PARSER = """
from analyzer.lists.formats.publication import Entry, Publication

def recognises(files):
    return any(raw.startswith(b"SAMPLE LIST") for raw in files.values())

def parse(files):
    ((name, raw),) = files.items()
    lines = raw.decode().splitlines()[1:]
    entries = tuple(Entry("", line, tags=frozenset({"sample"})) for line in lines)
    return Publication("sample-text", "sample", None, entries)
"""


@pytest.fixture
def new_list(tmp_path: Path) -> Path:
    folder = tmp_path / "root" / "xx_sample"
    (folder / "editions").mkdir(parents=True)
    (folder / "list.yml").write_text(NEW_LIST, encoding="utf-8")
    (folder / "editions" / "2020-01-01.csv").write_text(
        f"{HEADER}a,A Ltd,2020-01-01,,,,,,\nb,B Ltd,2020-01-01,,,,,,\n", encoding="utf-8"
    )
    (folder / "editions" / "2021-01-01.csv").write_text(
        f"{HEADER}b,B Ltd,2020-01-01,,,,,,\nc,C Ltd,2021-01-01,,,,,,\n", encoding="utf-8"
    )
    return folder


def test_a_new_list_takes_one_folder_and_no_python(new_list: Path) -> None:
    data = load_lists(new_list.parent)
    kinds = {(e.id, e.kind.value) for e in data.events if e.list_id == "XX-SAMPLE"}
    assert kinds == {
        ("XX-SAMPLE/a/2020-01-01", "designate"),
        ("XX-SAMPLE/b/2020-01-01", "designate"),
        ("XX-SAMPLE/c/2021-01-01", "designate"),
        ("XX-SAMPLE/a/2021-01-01/delisted", "delist"),
    }
    gone = next(e for e in data.events if e.id.endswith("delisted") and "XX" in e.id)
    assert gone.effective == gone.known == parse_instant("2021-01-03")
    assert set(data.specs) > {"XX-SAMPLE", "US-OFAC-NS-CMIC"}


def test_a_new_format_takes_one_parser_in_the_folder(new_list: Path, tmp_path: Path) -> None:
    (new_list / "parse.py").write_text(PARSER, encoding="utf-8")
    path = tmp_path / "list_2022-02-02.txt"
    path.write_text("SAMPLE LIST\nB Ltd\nC Ltd\nD Ltd\n", encoding="utf-8")
    report = import_file(path, new_list.parent)
    assert [(i.list_id, i.entries) for i in report.imported] == [("XX-SAMPLE", 3)]
    assert "XX-SAMPLE" in catalogue(new_list.parent)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("id: XX-SAMPLE", "id: XX-OTHER", "is not the folder's name"),
        ("title:", "tilte:", "unknown key: tilte"),
        ("2020-01-01T09:00", "yesterday", "is not a date"),
        ("publisher: Sample Ministry\n", "", "publisher"),
        ("{date: 2021-01-01,", "{date: 2020-01-01,", "appears twice"),
        ("{date: 2021-01-01,", "{date: 2021-01-02,", "missing"),
    ],
)
def test_a_list_that_is_not_right_stops_the_load(
    new_list: Path, old: str, new: str, why: str
) -> None:
    path = new_list / "list.yml"
    path.write_text(NEW_LIST.replace(old, new), encoding="utf-8")
    if why == "missing":
        (new_list / "editions" / "2021-01-01.csv").unlink()
    with pytest.raises(DataError, match=why):
        load_lists(new_list.parent)


def test_an_edition_nobody_entered_stops_the_load(new_list: Path) -> None:
    (new_list / "editions" / "2023-01-01.csv").write_text(HEADER, encoding="utf-8")
    with pytest.raises(DataError, match=r"has no entry in list\.yml"):
        load_lists(new_list.parent)


@pytest.mark.parametrize(
    "notice",
    [
        "{id: x, kind: enact, targets: [a], effective: 2020-05-01, known: 2020-05-01, text: t}",
        "{id: x, kind: delist, effective: 2020-05-01, known: 2020-05-01, text: t}",
        "{id: x, kind: delist, targets: [a], effective: soon, known: 2020-05-01, text: t}",
        "{id: x, kind: delist, targets: [a], known: 2020-05-01, text: t}",
        "{id: x, kind: delist, moon: 1, effective: 2020-05-01, known: 2020-05-01, text: t}",
    ],
)
def test_a_notice_that_is_not_right_stops_the_load(new_list: Path, notice: str) -> None:
    (new_list / "notices.yml").write_text(f"notices:\n  - {notice}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"xx_sample/notices\.yml:2"):
        load_lists(new_list.parent)


def test_a_notice_between_editions_is_not_said_twice(new_list: Path) -> None:
    (new_list / "notices.yml").write_text(
        "notices:\n  - {id: gone, kind: delist, targets: [a], effective: 2020-05-01,"
        " known: 2020-05-01, text: t}\n",
        encoding="utf-8",
    )
    events = [e for e in load_lists(new_list.parent).events if e.targets == ("a",)]
    assert [e.id for e in events] == ["XX-SAMPLE/a/2020-01-01", "gone"]


def test_a_selection_takes_nobody_off_a_whole_list(new_list: Path) -> None:
    path = new_list / "list.yml"
    text = NEW_LIST.replace("2021-01-03, source", "2021-01-03, partial: true, source")
    path.write_text(text, encoding="utf-8")
    events = load_lists(new_list.parent).events
    assert set(roster_at(events, "XX-SAMPLE", END_OF_TIME, END_OF_TIME)) == {"a", "b", "c"}


# -- diff and export -----------------------------------------------------------------------------


def test_diff_and_export(new_list: Path, tmp_path: Path) -> None:
    first, second = editions(discover(new_list.parent)["XX-SAMPLE"])
    found = diff_editions(first, second)
    assert [r.entity for r in found.added] == ["c"]
    assert [r.entity for r in found.removed] == ["a"]
    assert found.changed == ()
    assert diff_editions(first, first).empty
    path = export(second, tmp_path / "out" / "roster.csv")
    assert read_roster(path.read_text(encoding="utf-8"), "out") == second.rows


def test_a_renamed_entry_is_a_change(new_list: Path) -> None:
    path = new_list / "editions" / "2021-01-01.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("B Ltd", "B plc"), encoding="utf-8")
    first, second = editions(discover(new_list.parent)["XX-SAMPLE"])
    ((old, new),) = diff_editions(first, second).changed
    assert (old.name_as_published, new.name_as_published) == ("B Ltd", "B plc")
