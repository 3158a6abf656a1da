"""Review: chips and order, several decided together, undo that everyone sees."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analyzer.core.matching import Decision
from analyzer.store import Store
from analyzer.workspace import save_settings

Open = Callable[..., AppTest]
Visit = Callable[[AppTest, str], AppTest]
MESSY = "messy_custody_statement.csv"


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts)


def queue(app: AppTest) -> Any:
    return next(d.value for d in app.dataframe if "In your file" in d.value.columns)


def tick(app: AppTest, *rows: int) -> AppTest:
    app.session_state["queue"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return app.run()


def store_of(folder: Path) -> Store:
    return Store.open(folder, "Test", datetime.now(UTC))


@pytest.fixture
def review(open_app: Open, visit: Visit) -> AppTest:
    return visit(open_app(MESSY), "review")


def ask(app: AppTest, decision: Decision, reason: str) -> AppTest:
    app.session_state["bulk_decision"] = decision
    app.text_input(key="bulk_reason").input(reason)
    return app.button(key="bulk_look").click().run()


def test_several_are_decided_with_one_reason_after_count_and_value(
    review: AppTest, own_store: Path
) -> None:
    before = queue(review)
    tick(review, 0, 1)
    assert "2 matches selected" in words(review)
    ask(review, Decision.REJECT, " ")
    assert any("needs a reason" in str(e.value) for e in review.error)
    ask(review, Decision.REJECT, "other companies")
    said = next(str(w.value) for w in review.warning if "at stake" in str(w.value))
    assert "Reject 2 matches" in said
    value = before["Value"].iloc[:2].abs().sum()
    assert f"{value:,.0f}" in said
    assert not store_of(own_store).judgements()
    review.button(key="bulk_apply").click().run()
    assert not review.exception
    records = store_of(own_store).judgements()
    assert {r.decision for r in records} == {Decision.REJECT}
    assert {r.why for r in records} == {"other companies (one of 2 decided together)"}
    assert {r.who for r in records} == {"Ann"}
    assert len(records) == 2


def test_undo_takes_all_of_it_back_and_the_trail_says_who(
    review: AppTest, visit: Visit, own_store: Path
) -> None:
    before = queue(review)
    tick(review, 0, 1)
    ask(review, Decision.CONFIRM, "same identifiers")
    review.button(key="bulk_apply").click().run()
    assert len(queue(review)) == len(before) - 2
    undo = review.button(key="undo")
    assert undo.label == "Undo all 2"
    review.text_input(key="person_typed").input("Bob").run()
    review.button(key="undo").click().run()
    assert any("2 matches stand as before" in str(s.value) for s in review.success)
    assert list(queue(review)["In your file"]) == list(before["In your file"])
    assert "**taken back** by Bob" in words(review)
    assert len(store_of(own_store).judgements(superseded=True)) == 4
    visit(review, "lists")
    review.session_state["lists_view"] = "Audit"
    review.run()
    trail = next(d.value for d in review.dataframe if "Details" in d.value.columns)
    assert sum("taken back by Bob" in text for text in trail["Details"]) == 2
    assert any("holds" in str(s.value) for s in review.success)


def test_a_decision_of_another_day_is_taken_back_from_its_card(review: AppTest) -> None:
    review.button(key="confirm").click().run()
    review.session_state["actions"] = []  # as in a session of another day
    review.session_state["queue_view"] = "confirmed"
    review.run()
    assert len(queue(review)) == 1
    button = review.button(key="reopen")
    assert button.label == "Take back: confirmed by Ann"
    button.click().run()
    assert "Nothing here" in words(review)


def test_a_match_decided_meanwhile_stops_the_action(review: AppTest, own_store: Path) -> None:
    tick(review, 0, 1)
    ask(review, Decision.CONFIRM, "same identifiers")
    plan = review.session_state["plan"]
    from analyzer.workspace import decide

    decide(store_of(own_store), plan.items[0], Decision.REJECT, "Bob", datetime.now(UTC), "no")
    review.button(key="bulk_apply").click().run()
    assert any("decided since" in str(e.value) for e in review.error)
    assert [r.who for r in store_of(own_store).judgements()] == ["Bob"]


def test_under_four_eyes_several_wait_for_another_person(
    open_app: Open, visit: Visit, own_store: Path
) -> None:
    save_settings(own_store, {"four_eyes": True})
    app = visit(open_app(MESSY), "review")
    tick(app, 0, 1)
    ask(app, Decision.CONFIRM, "same identifiers")
    assert "once a second person agrees" in words(app)
    app.button(key="bulk_apply").click().run()
    waiting = [i for i, s in enumerate(queue(app)["State"]) if "awaiting" in s]
    assert len(waiting) == 2
    tick(app, *waiting)
    ask(app, Decision.CONFIRM, "again")
    assert "waits for another person than you" in words(app)
    assert app.button(key="bulk_apply").disabled


def test_chips_count_and_the_order_is_kept(review: AppTest) -> None:
    review.session_state["queue_view"] = "all"
    review.run()
    everything = queue(review)
    sizes = everything["Value"].abs().fillna(0.0)
    assert list(sizes) == sorted(sizes, reverse=True)
    review.session_state["queue_order"] = "score"
    review.run()
    scores = [float(s) for s in queue(review)["Score"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == len(everything)


def test_words_that_differ_are_marked(review: AppTest) -> None:
    tables = [t.value for t in review.table]
    name = next(t for t in tables if "Your file" in t.columns).iloc[0]
    assert "≠" in f"{name['Your file']} {name['The list']}"
