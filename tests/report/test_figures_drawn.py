"""Figures: the data they are drawn from, their words, and that they can be drawn."""

import hashlib
import re
from dataclasses import replace
from typing import Any

import lxml.etree
import pandas as pd
import pytest

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.report import figures
from analyzer.report.chart import LOOKS, OKABE_ITO, Chart
from analyzer.report.charts import exposure_chart, exposure_data, timeline_chart, timeline_data
from analyzer.report.wording import status_words
from analyzer.service import World


def test_exposure_bars_are_the_touched_lines(fund: Analysis) -> None:
    data = exposure_data(fund)
    top = data.iloc[1]
    assert (top["issuer"], top["status"], top["value"]) == (
        "China Mobile Limited",
        "sell_window",
        1_765_400.0,
    )
    for status, entry in fund.totals.by_status.items():
        if status is not Status.NO_MATCH:
            part = data.loc[data["status"] == status.value]
            assert part["value"].sum() == pytest.approx(entry.market_value)
            assert part["lines"].sum() == entry.rows


def test_bars_beyond_the_limit_are_added_up_by_status(fund: Analysis) -> None:
    whole, short = exposure_data(fund, limit=100), exposure_data(fund, limit=3)
    assert list(short["issuer"][:3]) == list(whole["issuer"][:3])
    assert list(short["issuer"][3:]) == [
        "7 more sell window",
        "Xiaomi Corporation",
        "China Tower Corporation Limited",
    ]
    for column in ("value", "lines"):
        assert short[column].sum() == pytest.approx(whole[column].sum())


def test_the_timeline_of_xiaomi_is_that_of_the_court(analysed: Any, world: World) -> None:
    analysis = analysed("emerging_markets_fund.csv", "2021-06-10")
    data = timeline_data(analysis, world.law)
    mine = data.loc[data["issuer"] == "Xiaomi Corporation"]
    phases = mine.loc[mine["kind"] == "phase", ["what", "start", "end"]].to_numpy().tolist()
    assert phases == [
        ["upcoming", "2021-01-14", "2021-03-12"],
        ["suspended", "2021-03-12", "2021-05-25"],
    ]
    events = dict(mine.loc[mine["kind"] == "event", ["what", "start"]].to_numpy().tolist())
    assert events["listed"] == "2021-01-14"
    assert events["court vacates"] == "2021-05-25"


def test_what_was_not_yet_known_is_not_drawn(analysed: Any, world: World) -> None:
    analysis = analysed("emerging_markets_fund.csv", "2021-03-09")
    data = timeline_data(analysis, world.law)
    xiaomi = data.loc[data["issuer"] == "Xiaomi Corporation"]
    assert "court vacates" not in set(xiaomi["what"])
    assert dict(
        xiaomi.loc[xiaomi["kind"] == "deadline", ["what", "start"]].to_numpy().tolist()
    ) == {
        "purchases end": "2021-03-15",
        "window closes": "2022-01-14",
    }


def test_without_the_law_only_what_the_analysis_names_is_drawn(fund: Analysis) -> None:
    data = timeline_data(fund, None)
    phases = data.loc[data["kind"] == "phase"]
    assert set(phases["start"]) == {"2021-03-09"}
    assert set(data["kind"]) == {"phase", "event", "deadline"}


def test_a_list_that_bans_nothing_is_told_from_one_that_does(analysed: Any, world: World) -> None:
    analysis = analysed("emerging_markets_fund.csv", "2021-09-01")
    data = timeline_data(analysis, world.law)
    mine = data.loc[(data["issuer"] == "China Mobile Limited") & (data["kind"] == "event")]
    words = mine.loc[mine["start"] == "2021-06-03", "what"].tolist()
    assert "listed" in words
    assert "listed (no ban)" in words


def charts(fund: Analysis, world: World) -> list[Chart]:
    found = [exposure_chart(fund), timeline_chart(fund, world.law)]
    assert all(found)
    return [c for c in found if c is not None]


def test_drawings_are_well_formed_and_say_what_they_show(fund: Analysis, world: World) -> None:
    for chart in charts(fund, world):
        root = lxml.etree.fromstring(figures.svg(chart).encode())
        title, words = root[0], root[1]
        assert title.text == chart.title
        assert words.text == chart.alt
        assert root.get("aria-label") == chart.alt
        assert len(chart.alt) > 60
        assert figures.png(chart).startswith(b"\x89PNG")


def test_every_status_is_told_by_hatch_or_word_not_by_colour_alone(
    fund: Analysis, world: World
) -> None:
    text = "".join(figures.svg(c) for c in charts(fund, world))
    drawn = {Status(s) for s in exposure_data(fund)["status"]}
    for status in drawn:
        assert status_words(status) in text
    same = {}
    for status, look in LOOKS.items():
        assert look.colour in (*OKABE_ITO.values(), "#DDDDDD"), status
        same.setdefault((look.colour, look.hatch), []).append(status)
        assert look.mark
    assert all(len(found) == 1 for found in same.values())
    assert len({look.mark for look in LOOKS.values()}) == len(LOOKS)


def test_same_chart_same_bytes_other_data_other_hash(fund: Analysis, world: World) -> None:
    for chart in charts(fund, world):
        assert figures.svg(chart) == figures.svg(chart)
        assert figures.png(chart) == figures.png(chart)
        assert chart.data_hash == replace(chart, title="other words").data_hash
        fewer = replace(chart, data=chart.data.iloc[1:])
        assert fewer.data_hash != chart.data_hash
        assert re.fullmatch(r"[0-9a-f]{64}", chart.data_hash)


def test_the_hash_is_of_figures_and_not_of_their_last_digit() -> None:
    def chart(value: float) -> Chart:
        return Chart("exposure", "x", "t", "a", pd.DataFrame({"v": [value]}), {"unit": "USD"})

    assert chart(1 / 3).data_hash == chart(1 / 3 + 1e-15).data_hash
    assert chart(1 / 3).data_hash != chart(0.3334).data_hash
    text = "v\n0.333333333\n[('unit', 'USD')]"
    assert chart(1 / 3).data_hash == hashlib.sha256(text.encode()).hexdigest()


def test_nothing_touched_draws_nothing(analysed: Any) -> None:
    data = b"Name,ISIN,Quantity,Market value,Currency\nApple Inc,US0378331005,10,1000,USD\n"
    analysis = analysed("apple.csv", "2021-03-09", data)
    assert exposure_chart(analysis) is None
    assert timeline_chart(analysis) is None


def test_names_the_font_lacks_are_told_by_number_on_paper_and_by_name_on_a_page() -> None:
    data = pd.DataFrame(
        {
            "issuer": ["小米集团", "Bank $x^2$"],
            "status": ["locked", "review"],
            "value": [2.0, -1.0],
            "weight": [0.2, -0.1],
            "lines": [1, 1],
        }
    )
    extra = {"measure": "value", "axis": "Value, USD"}
    chart = Chart("exposure", "x", "Title", "Words", data, extra)
    assert "小米集团" in figures.svg(chart)
    assert "Bank $x^2$" in figures.svg(chart)
    assert figures.png(chart).startswith(b"\x89PNG")
