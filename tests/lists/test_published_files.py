"""The readers against real files: facts checked by hand, and one law from all formats."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from analyzer.core.errors import InputError
from analyzer.lists import import_file, load_lists
from analyzer.lists.formats import gather, read_publication

CMIC = "CMIC-EO13959"


def cmic_facts(publication) -> set[tuple[str, str, date | None, date | None, date | None]]:
    return {
        (e.uid, e.name, e.listed, e.ban_from, e.divest_until)
        for e in publication.entries
        if CMIC in e.tags
    }


@pytest.mark.parametrize(
    ("path", "scope", "stated", "entries"),
    [
        ("ofac_cons_csv/2025-12-19", "ofac-consolidated", None, 442),
        ("ofac_cons_csv/2018-05-27", "ofac-consolidated", None, 639),
        (
            "ofac_cons_enhanced_xml/2026-01-08/cons_enhanced.xml",
            "ofac-consolidated",
            date(2026, 1, 8),
            442,
        ),
        (
            "ofac_cons_xml/2024-05-06/consolidated.xml",
            "ofac-consolidated",
            date(2024, 5, 6),
            443,
        ),
        ("ofac_sdn_csv/2022-01-31", "ofac-sdn", None, 9044),
        ("csl_json/cmic.json", "csl", None, 3),
        ("csl_json/el.json", "csl", None, 7),
        ("csl_json/bis_el.csv", "bis", None, 5),
    ],
)
def test_every_entry_of_a_real_file_is_read(
    shared: Path, path: str, scope: str, stated: date | None, entries: int
) -> None:
    found = read_publication(gather(shared / "data" / "lists" / path))
    assert (found.scope, found.date, len(found.entries)) == (scope, stated, entries)


def test_three_formats_state_the_same_68_names_and_dates(shared: Path) -> None:
    lists = shared / "data" / "lists"
    with (shared / "domain" / "ns_cmic_entities.csv").open(encoding="utf-8") as handle:
        reference = {
            (
                r["ofac_uid"],
                r["entity_name"],
                *(
                    date.fromisoformat(r[c])
                    for c in ("listing_date", "effective_date", "divestment_end_date")
                ),
            )
            for r in csv.DictReader(handle)
        }
    assert len(reference) == 68
    for path in (
        "ofac_cons_csv/2025-12-19",
        "ofac_cons_enhanced_xml/2026-01-08/cons_enhanced.xml",
        "ofac_cons_xml/2024-05-06/consolidated.xml",
    ):
        assert cmic_facts(read_publication(gather(lists / path))) == reference


def test_identifiers_are_the_same_in_csv_and_xml(shared: Path) -> None:
    lists = shared / "data" / "lists"
    table = read_publication(gather(lists / "ofac_cons_csv" / "2025-12-19"))
    tree = read_publication(
        gather(lists / "ofac_cons_enhanced_xml" / "2026-01-08" / "cons_enhanced.xml")
    )
    codes = [{e.uid: sorted(e.codes) for e in p.entries if CMIC in e.tags} for p in (table, tree)]
    assert codes[0] == codes[1]
    assert sum(bool(c) for c in codes[0].values()) == 53
    assert sum(s == "isin" for c in codes[0].values() for s, _ in c) == 163


def test_a_long_remark_is_read_to_its_end_in_the_comments_file(shared: Path) -> None:
    found = read_publication(gather(shared / "data" / "lists" / "ofac_cons_csv" / "2025-12-19"))
    sberbank = next(e for e in found.entries if e.uid == "17018")
    assert "SBERBANK MUMBAI" in {n.text for n in sberbank.names}
    assert "Registration Number 1027700132195" in sberbank.note


def test_the_stray_key_of_the_sdn_copy_is_reported_and_nothing_lost(shared: Path) -> None:
    found = read_publication(gather(shared / "data" / "lists" / "ofac_sdn_csv" / "2022-01-31"))
    messages = " ".join(f.message for f in found.findings)
    assert "key 2677" in messages
    assert "34489" in messages
    assert {"AL-ZOMOR, Abboud Abdul Latif Hassan", "HAMER AND NAIL CONSTRUCTION LIMITED"} <= {
        e.name for e in found.entries
    }
    assert sum("cut and the comments file" in f.message for f in found.findings) == 7


def test_the_careless_copy_is_refused(shared: Path) -> None:
    folder = shared / "data" / "lists" / "malformed" / "ofac_cons_csv_header_added_uid_lost"
    with pytest.raises(InputError, match="is not an OFAC key"):
        read_publication(gather(folder))


def test_a_document_that_holds_fewer_entries_than_it_states_is_refused(shared: Path) -> None:
    path = shared / "data" / "lists" / "csl_json" / "treasury_consolidated.xml"
    with pytest.raises(InputError, match="24 entries where the document states 115"):
        read_publication(gather(path))


def test_the_text_of_the_1260h_list_is_the_edition_shipped(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "lists" / "dod_1260h" / "2025-01-07" / "1260h.txt"
    report = import_file(path, tmp_path)
    (found,) = report.imported
    assert (found.list_id, found.date, found.entries, found.new) == (
        "US-DOD-1260H",
        date(2025, 1, 7),
        134,
        False,
    )
    # The shipped edition spells three names with a straight apostrophe; nothing else differs.
    assert not found.diff.added
    assert not found.diff.removed
    assert {
        new.name_as_published.replace("’", "'") == old.name_as_published
        for old, new in found.diff.changed
    } == {True}
    assert len(report.removed_by_publisher) == 6
    assert "China Railway Construction Corporation Limited" in report.removed_by_publisher


def test_importing_every_consolidated_format_changes_no_ns_cmic_event(
    shared: Path, tmp_path: Path
) -> None:
    lists = shared / "data" / "lists"
    for path in (
        "ofac_cons_enhanced_xml/2026-01-08/cons_enhanced.xml",
        "ofac_cons_csv/2025-12-19",
        "ofac_cons_xml/2024-05-06/consolidated.xml",
        "ofac_cons_csv/2018-05-27",
    ):
        import_file(lists / path, tmp_path)
    names = ("US-OFAC-NS-CMIC", "US-OFAC-NS-CCMC", "US-DOD-1260H", "US-DOD-1237")
    before, after = (
        {(e.id, e.effective, e.known) for e in data.events if e.list_id in names}
        for data in (load_lists(), load_lists(tmp_path))
    )
    assert before == after
    data = load_lists(tmp_path)
    assert data.findings == ()


def test_sectoral_entries_are_told_apart_by_directive_and_dated(
    shared: Path, tmp_path: Path
) -> None:
    lists = shared / "data" / "lists"
    into = {name: tmp_path / name for name in ("xml", "csv")}
    import_file(lists / "ofac_cons_enhanced_xml/2026-01-08/cons_enhanced.xml", into["xml"])
    import_file(lists / "ofac_cons_csv" / "2025-12-19", into["csv"])
    names = [f"US-OFAC-SSI-D{n}" for n in (1, 2, 3, 4)]
    rosters = {}
    for kind, root in into.items():
        data = load_lists(root)
        rosters[kind] = [data.editions[name][-1].roster for name in names]
        assert "US-OFAC-SSI" not in data.editions
    assert [len(r) for r in rosters["xml"]] == [124, 54, 42, 86]
    assert [set(r) for r in rosters["xml"]] == [set(r) for r in rosters["csv"]]
    # Sberbank and VEB: the days on which OFAC first published them on the list.
    assert rosters["xml"][0]["ofac-17018"] == date(2014, 9, 12)
    events = [e for e in load_lists(into["csv"]).events if e.list_id == "US-OFAC-SSI-D1"]
    assert {e.params.get("undated") for e in events} == {True}
    events = [e for e in load_lists(into["xml"]).events if e.list_id == "US-OFAC-SSI-D1"]
    assert {e.params.get("undated") for e in events} == {None}


def test_a_zip_of_the_set_reads_as_the_folder(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "lists" / "ofac_cons_csv" / "2025-12-19"
    archive = Path(shutil.make_archive(str(tmp_path / "cons"), "zip", folder))
    assert read_publication(gather(archive)) == read_publication(gather(folder))


def test_a_cut_download_of_a_real_file_is_refused(shared: Path) -> None:
    path = shared / "data" / "lists" / "ofac_cons_enhanced_xml" / "2026-01-08" / "cons_enhanced.xml"
    raw = path.read_bytes()
    for share in (0.3, 0.8, 0.999):
        with pytest.raises(InputError, match="not a whole XML document"):
            read_publication({path.name: raw[: int(len(raw) * share)]})
    files = gather(shared / "data" / "lists" / "ofac_cons_csv" / "2025-12-19")
    rows = files["cons_prim.csv"].splitlines(keepends=True)
    with pytest.raises(InputError, match="not of one day, or one is cut off"):
        read_publication({**files, "cons_prim.csv": b"".join(rows[:-10])})
