"""Settings and versions: what a result rests on, what may be set, and where."""

import os
from collections.abc import Iterable

import streamlit as st

from analyzer.workspace import (
    Setting,
    choices,
    load_settings,
    rules_at_hand,
    store_size,
    thresholds,
    versions,
)
from dashboards import cache
from dashboards.words import plain


def settings_and_versions() -> None:
    """Draw the choices in force, the thresholds, the data and the libraries."""
    st.markdown("##### What may be set")
    _settings(choices(os.environ, load_settings(cache.home())), "Settings and where each is set")
    st.caption(f"The store holds {store_size(cache.home()) / 1e6:,.1f} MB.")
    st.markdown("##### Thresholds in force")
    _settings(thresholds(), "Thresholds")
    st.caption(
        "Fixed in the release: two people with one release and one set of files get one answer."
    )
    st.markdown("##### Rules, rulings and lists")
    st.markdown(f"SHA-256 of all that is bundled: `{cache.world().fingerprint}`")
    st.dataframe(
        [
            {"Regime": regime, "Rule versions": rules, "Verified through": day}
            for regime, rules, day in rules_at_hand(cache.world())
        ],
        hide_index=True,
        alt="Regimes with their rule versions and the day through which each was verified",
    )
    st.caption("The editions of the lists stand under Lists, their names under Editions.")
    st.markdown("##### Versions")
    st.dataframe(
        [
            {"Part": v.name, "Installed": v.installed, "Asked for": v.wanted, "Needed": v.use}
            for v in versions()
        ],
        hide_index=True,
        alt="The tool, Python and its libraries",
    )


def _settings(found: Iterable[Setting], words: str) -> None:
    st.table(
        [{"What": plain(s.what), "Now": plain(s.value), "Set by": plain(s.where)} for s in found],
        hide_index=True,
        border="horizontal",
        alt=words,
    )
