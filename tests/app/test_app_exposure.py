"""Exposure: a click anywhere picks the lines below; portfolio by regime; days to the next date."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components import charts

Open = Callable[..., AppTest]
EM = "emerging_markets_fund.csv"
FUNDS = "fund_of_funds.csv"

DATA = pd.DataFrame(
    {
        "group": ["A", "B", "C", "A", "D"],
        "status": ["locked", "locked", "watch", "watch", "watch"],
        "value": [5.0, 3.0, 2.0, 1.0, 0.0],
    }
)


def test_a_tile_is_found_by_its_number_in_the_tree() -> None:
    option = charts.treemap(DATA, "value", "Value")
    numbered: list[tuple[str, str]] = [("", "")]  # the root
    for status, node in zip(("locked", "watch"), option["series"][0]["data"], strict=True):
        numbered.append(("", status))
        numbered += [(leaf["name"], status) for leaf in node["children"]]
    assert [charts.tile_at(DATA, "value", at) for at in range(len(numbered))] == numbered
    assert charts.tile_at(DATA, "value", 99) == ("", "")


def table(app: AppTest, column: str) -> Any:
    return next(d.value for d in app.dataframe if column in d.value.columns)


def heading(app: AppTest) -> str:
    return next(str(m.value) for m in app.markdown if str(m.value).startswith("##### Lines"))


def test_the_row_of_a_group_picks_its_lines_until_it_is_cleared(open_app: Open) -> None:
    app = open_app(EM)
    everything = len(table(app, "Row"))
    groups = table(app, "Issuer")
    at = list(groups["Issuer"]).index("Xiaomi Corporation")
    chosen = {"selection": {"rows": [at], "columns": [], "cells": []}}
    app.session_state["groups_issuer_touched_1"] = chosen
    app.run()
    assert heading(app).startswith("##### Lines of Xiaomi Corporation")
    assert len(table(app, "Row")) == 1
    app.button(key="clear_pick").click().run()
    assert heading(app) == "##### Lines"
    assert len(table(app, "Row")) == everything


def test_a_reason_names_its_list_edition_with_the_digest(open_app: Open) -> None:
    app = open_app(EM, as_of="2021-03-09")
    row = [name.startswith("XIAOMI") for name in table(app, "Row")["Name"]].index(True)
    app.session_state["lines"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    reasons = "\n".join(str(m.value) for m in app.markdown)
    assert "edition of 2021\\-01\\-14" in reasons or "edition of 2021-01-14" in reasons
    assert "SHA-256] `9c8bc76ae53a…`" in reasons
    captions = [str(c.value) for c in app.caption]
    assert not any(re.search(r"(\b[a-z ]{12,}\b)\. \1", words.lower()) for words in captions)
    snapshots = table(app, "Read in")
    assert all(len(digest) == 64 for digest in snapshots["SHA-256"])
    assert any("edition of 2021-03-09, in force" in text for text in snapshots["Read in"])


@pytest.mark.parametrize("whole_status", [False, True])
def test_a_click_on_a_tile_picks_its_lines(whole_status: bool, open_app: Open) -> None:
    app = open_app(EM)
    groups = table(app, "Issuer")
    data = groups.rename(columns={"Issuer": "group"}).assign(
        status=[s.split(" ", 1)[1].replace(" ", "_") for s in groups["Status"]]
    )
    found = [charts.tile_at(data, "value", at) for at in range(1, 2 * len(data))]
    wanted = next((g, s) for g, s in found if s == "upcoming" and (not g) == whole_status)
    state = {"selected": [{"series_index": 0, "data_indices": [found.index(wanted) + 1]}]}
    app.session_state["treemap_issuer_touched_1"] = {"selection": {**state, "areas": []}}
    app.run()
    assert not app.exception
    lines = table(app, "Row")
    assert all("upcoming" in status for status in lines["Status"])
    if whole_status:
        assert len(lines) == groups.loc[data["status"] == "upcoming", "Lines"].sum()
    else:
        assert wanted[0] in heading(app)
        assert len(lines) == 1


def test_another_filter_forgets_the_pick(open_app: Open) -> None:
    app = open_app(EM)
    chosen = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.session_state["groups_issuer_touched_1"] = chosen
    app.run()
    assert heading(app) != "##### Lines"
    app.session_state["by"] = "country"
    app.run()
    assert heading(app) == "##### Lines"


def test_days_to_the_next_date_stand_in_the_lines(open_app: Open) -> None:
    lines = table(open_app(EM), "Row")
    dated = lines.loc[lines["Next date"] != ""]
    assert len(dated)
    for text, days in dated[["Next date", "Days left"]].itertuples(index=False):
        assert (date.fromisoformat(text) - date(2021, 3, 9)).days == days >= 0


def test_several_portfolios_are_crossed_with_regimes(open_app: Open) -> None:
    app = open_app(FUNDS)
    app.session_state["by"] = "regime"
    app.run()
    assert not app.exception
    crossed = table(app, "across")
    lines = app.session_state["result"].analysis.lines
    touched = lines.loc[lines["status"].astype(str) != "no_match"]
    assert crossed["lines"].sum() == len(touched)
    assert set(crossed["group"]) == set(touched["portfolio"].astype(str))
    by_hand = touched.groupby(touched["portfolio"].astype(str))["market_value_base"].sum()
    totals = crossed.groupby("group")["value"].sum()
    for name, value in by_hand.items():
        assert totals[name] == pytest.approx(value)
