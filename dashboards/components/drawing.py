"""Altair charts drawn as Vega-Lite: a chart is described once, then drawn on every run.

Building and checking a description takes several times as long as drawing one.
"""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

import altair
import pandas as pd
import streamlit as st

from dashboards.memory import remembered

_ONE_AT_A_TIME = Lock()  # themes and data transformers are global to the process
_FRAMES = "frames apart"


def described(chart: Any) -> dict[str, Any]:
    """Return a chart in Vega-Lite, its frames under `datasets` as they are."""
    frames: dict[str, pd.DataFrame] = {}

    def apart(data: Any = None, **_options: Any) -> Any:
        if not isinstance(data, pd.DataFrame):
            return data
        name = next((n for n, frame in frames.items() if frame is data), f"frame{len(frames)}")
        frames[name] = data
        return {"name": name}

    with _ONE_AT_A_TIME:
        altair.data_transformers.register(_FRAMES, apart)
        with altair.theme.enable("none"), altair.data_transformers.enable(_FRAMES):
            spec: dict[str, Any] = chart.to_dict()
    return {**spec, "datasets": frames}


def draw(
    name: str,
    owners: tuple[Any, ...],
    values: Hashable,
    make: Callable[[], Any],
    words: str,
    frames: Mapping[str, pd.DataFrame] | None = None,
    **options: Any,
) -> Any:
    """Draw a chart, describing it only when what it shows is another.

    Parameters
    ----------
    name, owners, values, make
        As for `remembered`; `make` returns an Altair chart.
    words
        The chart in words, for those who do not see it.
    frames
        Data the chart names and that change from run to run.
    options
        As for `st.vega_lite_chart`.
    """
    spec = remembered(f"chart {name}", owners, values, lambda: described(make()))
    datasets = {**spec["datasets"], **(frames or {})}
    return st.vega_lite_chart(
        spec={**spec, "datasets": datasets}, width="stretch", alt=words, **options
    )
