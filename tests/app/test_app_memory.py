"""What is drawn again is drawn from what was made, until that is another."""

from pathlib import Path

import altair
import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboards.components.drawing import described


def _counting() -> None:
    import streamlit as st

    from dashboards.memory import forget_all, remembered

    owner = st.session_state.setdefault("owner", object())

    def make() -> str:
        st.session_state["made"] = st.session_state.get("made", 0) + 1
        return "made"

    if st.session_state.get("forget"):
        forget_all()
    st.write(remembered("thing", (owner,), st.session_state.get("value", 1), make))


def test_a_thing_is_made_again_only_when_its_owner_or_value_is_another() -> None:
    app = AppTest.from_function(_counting).run()
    assert app.run().session_state["made"] == 1
    app.session_state["value"] = 2
    assert app.run().run().session_state["made"] == 2
    app.session_state["owner"] = object()
    assert app.run().run().session_state["made"] == 3
    app.session_state["forget"] = True
    assert app.run().session_state["made"] == 4


def test_a_described_chart_keeps_its_frames_apart_and_each_once() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    base = altair.Chart(frame).encode(x="a:Q", y="b:Q")
    named = altair.Chart(altair.NamedData("later")).mark_rule().encode(x="a:Q")
    spec = described(base.mark_bar() + base.mark_line() + named)
    (kept,) = spec["datasets"].values()
    assert kept is frame
    assert {"name": "later"} in [layer.get("data") for layer in spec["layer"]]
    assert "config" not in spec


def test_no_chart_goes_round_the_memory() -> None:
    folder = Path(__file__).resolve().parents[2] / "dashboards"
    sources = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    assert sources
    assert not any("st.altair_chart" in source for source in sources)
