"""The lists as the law reads them: clocks, docket expectations, what an import changes."""

from datetime import date
from pathlib import Path

import pytest

from analyzer.core.asof import AsOf, parse_instant
from analyzer.core.entities import Grade, Relation, RelationKind
from analyzer.core.verdict import Key
from analyzer.law import Law, Record, fact_value, load_law_data
from analyzer.lists import BUNDLED, import_file, load_lists


def relations() -> tuple[Relation, ...]:
    import csv

    def day(text: str) -> date | None:
        return date.fromisoformat(text) if text else None

    path = BUNDLED.parent / "data" / "entities" / "relations.csv"
    with path.open(encoding="utf-8") as handle:
        return tuple(
            Relation(
                r["entity"],
                RelationKind(r["relation"]),
                r["other"],
                day(r["since"]),
                day(r["until"]),
                float(r["fraction"]) if r["fraction"] else None,
                r["source"],
                Grade(r["grade"]),
            )
            for r in csv.DictReader(handle)
        )


DATA = load_law_data()


def law_with(*roots: Path) -> Law:
    lists = load_lists(*roots)
    record = Record((*DATA.events, *lists.events), relations())
    return Law(record, DATA.regimes, DATA.vocabulary, DATA.citations, lists.horizons)


LAW = law_with()
DOCKET_ROWS = [e for e in DATA.expectations if e.where.startswith("dockets/")]


def test_there_are_docket_rows_to_check() -> None:
    assert len(DOCKET_ROWS) >= 26


@pytest.mark.parametrize("row", DOCKET_ROWS, ids=[e.where for e in DOCKET_ROWS])
def test_docket_expectations_hold_over_the_bundled_lists(row) -> None:
    law = LAW.without_rulings() if row.without_rulings else LAW
    facts = tuple((k, fact_value(DATA.vocabulary.facts[k], v)) for k, v in row.facts)
    key = Key(row.target, row.instrument, facts)
    judged = law.judge(key, row.holder, AsOf.of(row.on, row.known), (row.act,))
    verdict = judged.verdicts[row.act]
    assert verdict.outcome.value == row.outcome, row.name
    if row.until is not None:
        assert verdict.until == parse_instant(row.until), row.name
    if row.status is not None:
        assert judged.status.value == row.status, row.name


ROWS = load_lists().editions["US-OFAC-NS-CMIC"][-1].rows


@pytest.mark.parametrize("row", ROWS, ids=[r.entity for r in ROWS])
def test_computed_clocks_are_the_dates_ofac_publishes(row) -> None:
    deadlines = LAW.deadlines(row.entity, "us-person", AsOf.of(f"{row.listed}T23:59"))
    computed = {d.kind: d.at.date() for d in deadlines if d.regime == "US-EO13959"}
    assert computed["purchases_end"] == row.ban_from
    assert computed["window_closes"] == row.divest_until


def test_a_name_that_only_an_import_lists_is_judged(tmp_path: Path) -> None:
    names = "".join(
        f"9{i:04},{q}Sample Works {i}{q},-0- ,CMIC-EO13959,{'-0- ,' * 7}{q}Listing Date (CMIC)"
        f" 01 May 2026; Effective Date (CMIC) 30 Jun 2026.{q}\r\n"
        for i in range(2)
        for q in ['"']
    )
    rows = [
        f'{r.uid},"{r.name_as_published}",-0- ,CMIC-EO13959,{"-0- ," * 7}"Listing Date (CMIC)'
        f' {r.listed:%d %b %Y}."\r\n'
        for r in ROWS
    ]
    folder = tmp_path / "2026-06-01"
    folder.mkdir()
    (folder / "cons_prim.csv").write_text("".join(rows) + names + "\x1a", encoding="utf-8")
    into = tmp_path / "lists"
    report = import_file(folder, into)
    assert [len(i.diff.added) for i in report.imported] == [2]
    key = Key("ofac-90000", "equity")
    before, after = LAW, law_with(into)
    asked = AsOf.of("2026-07-15")
    assert before.verdict(key, "buy", "us-person", asked).outcome.value == "permitted"
    assert after.verdict(key, "buy", "us-person", asked).outcome.value == "prohibited"
    # The listing was public on its day, before the edition that carries it.
    until = after.verdict(key, "buy", "us-person", AsOf.of("2026-05-02")).until
    assert until == parse_instant("2026-06-30T00:01")


def test_a_users_own_list_bars_as_policy_the_acts_it_names(tmp_path: Path) -> None:
    path = tmp_path / "restricted.csv"
    path.write_text(
        "name,acts,from,to,reason\nSample Arms plc,buy,2024-01-01,2024-12-31,Board decision\n",
        encoding="utf-8",
    )
    into = tmp_path / "lists"
    import_file(path, into, edition=date(2024, 1, 1))
    law = law_with(into)
    key = Key("custom-restricted-sample-arms-plc", "equity")
    asked = {
        (day, act): law.verdict(key, act, "us-person", AsOf.of(day)).outcome.value
        for day in ("2023-12-31", "2024-12-31", "2025-01-01")
        for act in ("buy", "hold")
    }
    assert asked["2024-12-31", "buy"] == "prohibited"
    assert {v for k, v in asked.items() if k != ("2024-12-31", "buy")} == {"permitted"}
    assert law.verdict(key, "buy", "us-person", AsOf.of("2024-06-01")).basis == "policy"
