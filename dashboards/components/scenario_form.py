"""The what-if form: one Apply, no run per widget."""

from datetime import date
from typing import Any

import streamlit as st

from analyzer.exposure import Analysis
from analyzer.workspace import (
    HYPOTHESES,
    MOST_PATHS,
    NS_CMIC,
    Form,
    Hypothesis,
    held_issuers,
    issuer_of,
    shock_presets,
)
from dashboards import state

_NO = "nothing"
_EVENTS = 4


def ask_form(analysis: Analysis, key: str, start: Form) -> Form | None:
    """Draw a form that starts from another; return it filled in when it is sent.

    Parameters
    ----------
    key
        Names the form: another one starts anew.
    """
    wanted = st.number_input(
        "How many events are supposed",
        min_value=1,
        max_value=_EVENTS,
        value=min(_EVENTS, max(1, len(start.hypotheses))),
        key=f"{key}_events",
    )
    with st.form(f"what_if_{key}"):
        title = st.text_input("Name of this variant", value=start.title, key=f"{key}_title")
        as_of = st.date_input(
            "Asked on",
            value=_day(start.as_of) or analysis.question.as_of.day,
            min_value=state.FIRST,
            max_value=state.LAST,
            format="YYYY-MM-DD",
            key=f"{key}_as_of",
        )
        law = _law(start, key)
        with st.expander("Events that are supposed", expanded=bool(start.hypotheses)):
            options = choices(analysis)
            events = [_hypothesis(analysis, options, start, at, key) for at in range(wanted)]
        sale = _sale(start, key) | _market(start, key) | _chance(start, key)
        court = _court(analysis, start, key)
        sent = st.form_submit_button("Run this variant", type="primary", width="stretch")
    if not sent:
        return None
    return Form(
        title=title.strip() or start.title,
        as_of=as_of.isoformat() if as_of != analysis.question.as_of.day else "",
        hypotheses=tuple(e for e in events if e is not None),
        **law,
        **sale,
        **court,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(fraction * 100, 8)


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


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
    labels = list(options)
    who = st.selectbox("Name", labels, index=_chosen(options, given), key=f"{key}_who_{at}")
    left, right = st.columns(2)
    day = left.date_input(
        "On",
        value=_day(given.on if given else "") or analysis.question.as_of.day,
        min_value=state.FIRST,
        max_value=state.LAST,
        format="YYYY-MM-DD",
        key=f"{key}_on_{at}",
    )
    until = right.date_input(
        "Licence until",
        value=_day(given.until if given else ""),
        format="YYYY-MM-DD",
        key=f"{key}_until_{at}",
    )
    lists = list(state.world().lists.specs)
    wanted = given.list_id if given else NS_CMIC
    list_id = st.selectbox(
        "List",
        lists,
        index=lists.index(wanted) if wanted in lists else 0,
        key=f"{key}_list_{at}",
    )
    if kind == _NO or not who:
        return None
    entity, name, isin = options[who]
    if not entity:
        entity, name, isin = issuer_of(state.world(), name, isin)
    return Hypothesis(
        kind,
        entity,
        day.isoformat(),
        list_id,
        _iso(until) if kind == "license" else "",
        name,
        isin,
    )


def _chosen(options: dict[str, tuple[str, str, str]], given: Hypothesis | None) -> int:
    """Return which name an event is about; the first where it names none."""
    if given is None or not given.entity:
        return 0
    for at, (entity, name, _) in enumerate(options.values()):
        if entity == given.entity or (name and name == given.name):
            return at
    return 0


def _sale(start: Form, key: str) -> dict[str, Any]:
    with st.expander("How it is sold"):
        left, right = st.columns(2)
        share = left.number_input(
            "Share of a day's volume, %",
            min_value=0.01,
            max_value=100.0,
            value=_percent(start.participation) or 20.0,
            step=1.0,
            key=f"{key}_participation",
        )
        begin = right.date_input(
            "Sale begins", value=_day(start.start), format="YYYY-MM-DD", key=f"{key}_start"
        )
        spread = left.number_input(
            "Spread, basis points",
            min_value=0.0,
            max_value=10_000.0,
            value=20.0 if start.spread_bp is None else start.spread_bp,
            step=5.0,
            key=f"{key}_spread",
        )
        risk = right.number_input(
            "Risk aversion, per unit of currency",
            min_value=0.0,
            max_value=1.0,
            value=1e-7 if start.risk_aversion is None else start.risk_aversion,
            format="%.1e",
            step=1e-7,
            key=f"{key}_risk",
        )
        crowding = left.number_input(
            "Others sell beside you, % of volume",
            min_value=0.0,
            max_value=1_000.0,
            value=_percent(start.crowding),
            placeholder="none",
            key=f"{key}_crowding",
        )
        basket = right.toggle("Replace what is sold", value=start.replacement, key=f"{key}_basket")
    return {
        "participation": _fraction(share),
        "start": _iso(begin),
        "spread_bp": spread,
        "risk_aversion": risk,
        "crowding": _fraction(crowding),
        "replacement": basket,
    }


def _chance(start: Form, key: str) -> dict[str, Any]:
    with st.expander("Draws of courts and markets"):
        left, right = st.columns(2)
        paths = left.number_input(
            "Draws",
            min_value=100,
            max_value=MOST_PATHS,
            value=start.paths or 2_000,
            step=100,
            key=f"{key}_paths",
        )
        seed = right.number_input(
            "Seed", min_value=0, max_value=2_000_000_000, value=start.seed, key=f"{key}_seed"
        )
    return {"paths": paths, "seed": seed}


def _market(start: Form, key: str) -> dict[str, Any]:
    with st.expander("The market"):
        volume = st.number_input(
            "Assume shares a day, every line",
            min_value=1.0,
            max_value=1e15,
            value=start.volume,
            format="%.0f",
            placeholder="from market data",
            key=f"{key}_volume",
        )
        left, right = st.columns(2, vertical_alignment="bottom")
        multiplier = left.number_input(
            "Volume against usual",
            min_value=0.01,
            max_value=10.0,
            value=start.volume_multiplier or 1.0,
            step=0.1,
            key=f"{key}_multiplier",
        )
        volatility = right.number_input(
            "Daily volatility, %",
            min_value=0.01,
            max_value=100.0,
            value=_percent(start.volatility),
            placeholder="from market data",
            key=f"{key}_volatility",
        )
        shocks = ["", *shock_presets()]
        shock = st.selectbox(
            "Lasting price move",
            shocks,
            index=shocks.index(start.shock),
            format_func=lambda s: s.replace("_", " ").replace("/", ", ") or "none",
            key=f"{key}_shock",
        )
    return {
        "volume_multiplier": multiplier,
        "volume": volume,
        "volatility": _fraction(volatility),
        "shock": shock,
    }


def _court(analysis: Analysis, start: Form, key: str) -> dict[str, Any]:
    with st.expander("Sell now, or wait for a ruling", expanded=start.waits):
        held = held_issuers(analysis)
        names = {**{t: state.world().names.get(t, t) for t in start.targets}}
        names |= {entity: name for entity, (name, _) in held.items()}
        targets = st.multiselect(
            "Whom the ruling would free",
            list(names),
            default=list(start.targets),
            format_func=lambda k: names[k],
            key=f"{key}_targets",
        )
        left, right = st.columns(2)
        ruling = left.date_input(
            "Day of the ruling",
            value=_day(start.ruling),
            format="YYYY-MM-DD",
            key=f"{key}_ruling",
        )
        relief = right.number_input(
            "Chance of relief, %",
            min_value=0.0,
            max_value=100.0,
            value=_percent(start.relief),
            placeholder="base rate of such cases",
            key=f"{key}_relief",
        )
        move = left.number_input(
            "Price move on relief, %",
            min_value=-100.0,
            max_value=1000.0,
            value=_percent(start.relief_move),
            key=f"{key}_move",
        )
    return {
        "ruling": _iso(ruling),
        "targets": tuple(targets),
        "relief": _fraction(relief),
        "relief_move": _fraction(move) or 0.0,
    }
