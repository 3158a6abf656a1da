"""The what-if form: one Apply, no run per widget."""

from datetime import date
from typing import Any

import streamlit as st

from analyzer.exposure import Analysis
from analyzer.workspace import (
    HYPOTHESES,
    NS_CMIC,
    Form,
    Hypothesis,
    held_issuers,
    issuer_of,
    shock_presets,
)
from dashboards import state

_NO = "nothing"


def ask_form(analysis: Analysis, template_name: str, template: Form) -> Form | None:
    """Draw the form of a template; return it filled in when it is sent."""
    key = template_name.replace(" ", "_")
    with st.form(f"what_if_{key}"):
        title = st.text_input("Name of this variant", value=template.title, key=f"{key}_title")
        as_of = st.date_input(
            "Asked on",
            value=_day(template.as_of) or analysis.question.as_of.day,
            min_value=state.FIRST,
            max_value=state.LAST,
            format="YYYY-MM-DD",
            key=f"{key}_as_of",
        )
        law = _law(template, key)
        wanted = max(1, len(template.hypotheses))
        with st.expander("Events that are supposed", expanded=bool(template.hypotheses)):
            options = choices(analysis)
            events = [_hypothesis(analysis, options, template, at, key) for at in range(wanted)]
        market = _market(template, key)
        court = _court(analysis, template, key)
        sent = st.form_submit_button("Run this variant", type="primary", width="stretch")
    if not sent:
        return None
    return Form(
        title=title.strip() or template.title,
        as_of=as_of.isoformat() if as_of != analysis.question.as_of.day else "",
        hypotheses=tuple(e for e in events if e is not None),
        **law,
        **market,
        **court,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _law(template: Form, key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    rulings = left.toggle("Court rulings count", value=template.rulings, key=f"{key}_rulings")
    words = ["", "strict", "lenient"]
    reading = right.selectbox(
        "Open questions",
        words,
        index=words.index(template.reading),
        format_func=lambda w: f"{w} reading" if w else "leave to review",
        key=f"{key}_reading",
    )
    window = st.number_input(
        "Days from listing to the end of the sale window",
        min_value=1,
        max_value=3650,
        value=template.window_days,
        placeholder="as the rule says",
        key=f"{key}_window",
    )
    return {"rulings": rulings, "reading": reading, "window_days": window}


def choices(analysis: Analysis) -> dict[str, tuple[str, str, str]]:
    """Return what may be named in a hypothesis: words to entity id, own name and ISIN."""
    found = {f"{name} (held)": (key, "", "") for key, (name, _) in held_issuers(analysis).items()}
    lines = analysis.lines.loc[analysis.lines["status"].astype(str) == "no_match"]
    size = lines["market_value_base"].abs()
    for at in size.sort_values(ascending=False).index[:200]:
        name, isin = str(lines.at[at, "name"]), lines.at[at, "isin"]
        code = isin if isinstance(isin, str) else ""
        found.setdefault(f"{name} (held, on no list)", ("", name, code))
    entities = state.world().identity.entities
    for entity in sorted(entities.values(), key=lambda e: e.name):
        if f"{entity.name} (held)" not in found:
            found.setdefault(entity.name, (entity.id, "", ""))
    return found


def _hypothesis(
    analysis: Analysis,
    options: dict[str, tuple[str, str, str]],
    template: Form,
    at: int,
    key: str,
) -> Hypothesis | None:
    given = template.hypotheses[at] if at < len(template.hypotheses) else None
    kinds = [_NO, *HYPOTHESES]
    kind = st.selectbox(
        f"Event {at + 1}",
        kinds,
        index=kinds.index(given.kind) if given else 0,
        format_func=lambda k: HYPOTHESES.get(k, "nothing is supposed"),
        key=f"{key}_kind_{at}",
    )
    who = st.selectbox("Name", list(options), key=f"{key}_who_{at}")
    left, right = st.columns(2)
    day = left.date_input(
        "On",
        value=analysis.question.as_of.day,
        min_value=state.FIRST,
        max_value=state.LAST,
        format="YYYY-MM-DD",
        key=f"{key}_on_{at}",
    )
    until = right.date_input(
        "Licence until", value=None, format="YYYY-MM-DD", key=f"{key}_until_{at}"
    )
    lists = list(state.world().lists.specs)
    list_id = st.selectbox(
        "List",
        lists,
        index=lists.index(NS_CMIC) if NS_CMIC in lists else 0,
        key=f"{key}_list_{at}",
    )
    if kind == _NO or not who:
        return None
    entity, name, isin = options[who]
    if not entity:
        entity, name, isin = issuer_of(state.world(), name, isin)
    return Hypothesis(
        kind, entity, day.isoformat(), list_id, until.isoformat() if until else "", name, isin
    )


def _market(template: Form, key: str) -> dict[str, Any]:
    with st.expander("Sale and market"):
        left, right = st.columns(2)
        participation = left.slider(
            "Share of a day's volume, %", 1, 50, 20, key=f"{key}_participation"
        )
        multiplier = right.number_input(
            "Volume against usual",
            min_value=0.01,
            max_value=10.0,
            value=template.volume_multiplier or 1.0,
            step=0.1,
            key=f"{key}_multiplier",
        )
        spread = left.number_input(
            "Spread, basis points", min_value=0.0, value=20.0, step=5.0, key=f"{key}_spread"
        )
        risk = right.number_input(
            "Risk aversion, per unit of currency",
            min_value=0.0,
            value=1e-7,
            format="%.1e",
            step=1e-7,
            key=f"{key}_risk",
        )
        volume = left.number_input(
            "Assume shares a day, every line",
            min_value=1.0,
            value=None,
            placeholder="from market data",
            key=f"{key}_volume",
        )
        volatility = right.number_input(
            "Assume daily volatility, %",
            min_value=0.01,
            max_value=100.0,
            value=None,
            placeholder="from market data",
            key=f"{key}_volatility",
        )
        shocks = ["", *shock_presets()]
        shock = left.selectbox(
            "Lasting price move",
            shocks,
            index=shocks.index(template.shock),
            format_func=lambda s: s.replace("_", " ").replace("/", ", ") or "none",
            key=f"{key}_shock",
        )
        basket = right.toggle("Replace what is sold", value=False, key=f"{key}_basket")
    return {
        "participation": participation / 100,
        "volume_multiplier": multiplier,
        "spread_bp": spread,
        "risk_aversion": risk,
        "volume": volume,
        "volatility": volatility / 100 if volatility else None,
        "shock": shock,
        "replacement": basket,
    }


def _court(analysis: Analysis, template: Form, key: str) -> dict[str, Any]:
    with st.expander("Sell now, or wait for a ruling", expanded=bool(template.ruling)):
        held = held_issuers(analysis)
        targets = st.multiselect(
            "Whom the ruling would free",
            list(held),
            format_func=lambda k: held[k][0],
            key=f"{key}_targets",
        )
        left, right = st.columns(2)
        ruling = left.date_input(
            "Day of the ruling", value=None, format="YYYY-MM-DD", key=f"{key}_ruling"
        )
        relief = right.number_input(
            "Chance of relief, %",
            min_value=0.0,
            max_value=100.0,
            value=None,
            placeholder="base rate of such cases",
            key=f"{key}_relief",
        )
        move = left.number_input(
            "Price move on relief, %",
            min_value=-100.0,
            max_value=1000.0,
            value=0.0,
            key=f"{key}_move",
        )
    return {
        "ruling": ruling.isoformat() if ruling else "",
        "targets": tuple(targets),
        "relief": None if relief is None else relief / 100,
        "relief_move": move / 100,
    }
