"""What is read beside the holdings: one tab for each kind of file, with its own problems."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from analyzer.workspace import ROLES, csv_bytes, where
from dashboards import state
from dashboards.words import plain

TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "xml", "json", "jsonl", "parquet", "zip"]


@dataclass(frozen=True)
class _Kind:
    """One kind of file: endings, what it is for, and an example to fill in."""

    types: list[str]
    words: str
    example: bytes


_KINDS: Mapping[str, _Kind] = {
    "rates": _Kind(
        ["csv"],
        "One unit of `currency` was worth `rate` units of `base` on `date`. They come before the "
        "ECB reference rates, and cover currencies the ECB does not quote.",
        csv_bytes(("date", "currency", "base", "rate"), [("2021-03-05", "TWD", "USD", "0.0358")]),
    ),
    "parties": _Kind(
        ["yml", "yaml"],
        "For each portfolio its legal owner, and where you know them its adviser and broker; `*` "
        "stands for every portfolio not named. Without it the sidebar's holder is asked about.",
        b"Growth:\n  owner: us-person\n  adviser: us-person\n'*':\n  owner: eu-person\n",
    ),
    "own_lists": _Kind(
        ["csv", "xlsx", "json", "xml"],
        "A list for this analysis alone: a column of names, and identifiers where you have them. "
        "A list that is to stay is imported under Lists and audit.",
        csv_bytes(("name", "isin"), [("Example Issuer Ltd", "")]),
    ),
    "edges": _Kind(
        ["csv"],
        "Who owns whom: `owner` and `owned` are entity ids, identifiers or names; `fraction` is "
        "between 0 and 1 or a per cent; `from`, `to` and `source` may be left empty.",
        csv_bytes(
            ("owner", "owned", "fraction", "from", "to", "source"),
            [("vtb", "Example Leasing LLC", "60%", "2020-01-01", "", "annual report 2019")],
        ),
    ),
    "securities": _Kind(
        ["csv", "parquet", "json"],
        "Your security master (CSV or parquet), the ISIN-to-LEI file of GLEIF, or answers of the "
        "OpenFIGI mapping service (JSON): they say who issued a line that names no known issuer.",
        csv_bytes(("isin", "issuer", "name"), [("XS0000000009", "Example Issuer Ltd", "Note 5%")]),
    ),
}


def count() -> int:
    """Return how many files lie beside the holdings."""
    return len(state.beside().files()) + len(state.desk().constituents)


def summary() -> str:
    """Return in a few words what lies beside the holdings; empty when nothing does."""
    found = [role for role, _ in state.beside().files()]
    words = [
        ROLES[role].lower() if found.count(role) == 1 else f"{ROLES[role].lower()} ({n})"
        for role in ROLES
        if (n := found.count(role))
    ]
    funds = len(state.desk().constituents)
    return ", ".join([*([f"holdings of {funds} funds"] if funds else []), *words])


def show() -> None:
    """Draw every kind of file that an analysis may read beside the holdings."""
    held = [role for role, _ in state.beside().files()]
    funds = len(state.desk().constituents)
    labels = [f"What funds hold ({funds})"]
    labels += [f"{words} ({held.count(role)})" for role, words in ROLES.items()]
    first, *others = st.tabs(labels)
    with first:
        constituents()
    for tab, role in zip(others, ROLES, strict=True):
        with tab:
            _kind(role)


def _kind(role: str) -> None:
    kind, beside = _KINDS[role], state.beside()
    st.caption(kind.words)
    for name in [file[0] for found, file in beside.files() if found == role]:
        left, right = st.columns([5, 1], vertical_alignment="center")
        wrong = _problems_of(name)
        left.markdown(f"{'✖' if wrong else '✔'} **{plain(name)}**")
        right.button(
            "Remove",
            key=f"remove_{role}_{name}",
            on_click=_remove,
            args=(role, name),
            width="stretch",
        )
        if wrong:
            st.dataframe(wrong, hide_index=True, alt=f"Problems of {name}")
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    file = left.file_uploader(ROLES[role], type=kind.types, key=f"beside_{role}")
    ending = kind.types[0]
    right.download_button(
        "Example to fill in",
        kind.example,
        f"{role}.{ending}",
        "text/csv" if ending == "csv" else "application/yaml",
        key=f"example_{role}",
        on_click="ignore",
        width="stretch",
    )
    if file is not None and st.session_state.get(f"taken_{role}") != file.file_id:
        st.session_state[f"taken_{role}"] = file.file_id
        state.open_desk(state.desk(), beside.with_file(role, (file.name, file.getvalue())))


def _remove(role: str, name: str) -> None:
    state.put(state.desk(), state.beside().without(role, name))


def _problems_of(name: str) -> list[dict[str, str]]:
    found = (where(text) for text in st.session_state.get("problems", ()))
    return [
        {"Row": row, "Column": column, "What is wrong": what}
        for file, row, column, what in found
        if file == name
    ]


def constituents() -> None:
    """Draw what funds hold: one file for each fund."""
    desk = state.desk()
    st.caption(
        "A fund whose holdings are not known counts as not screened. Name the fund by its "
        "ticker, ISIN or name in your file, and give the file of what it holds."
    )
    for fund, (name, _) in desk.constituents.items():
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.markdown(f"**{plain(fund)}** holds what {plain(name)} says")
        if right.button("Remove", key=f"fund_{fund}", width="stretch"):
            left_over = {k: v for k, v in desk.constituents.items() if k != fund}
            state.open_desk(replace(desk, constituents=left_over))
    with st.form("constituents", clear_on_submit=True, border=False):
        left, right = st.columns(2)
        fund = left.text_input("Fund (ticker, ISIN or name)", key="fund_key")
        file = right.file_uploader("What it holds", type=TYPES, key="fund_file")
        done = st.form_submit_button("Add")
    if done and fund.strip() and file is not None:
        added = {**desk.constituents, fund.strip(): (file.name, file.getvalue())}
        state.open_desk(replace(desk, constituents=added))
    elif done:
        st.error("Both a fund and a file are needed.")


def values() -> None:
    """Draw in what the values are stated, and the day their exchange rates are taken from."""
    desk, beside = state.desk(), state.beside()
    left, right = st.columns(2)
    left.text_input(
        "Currency of the values in the files",
        value=desk.currency,
        key="value_currency",
        placeholder="as the files say",
        max_chars=3,
        on_change=_take_currency,
    )
    right.date_input(
        "Day of exchange rates",
        value=date.fromisoformat(beside.valuation_date) if beside.valuation_date else None,
        min_value=state.FIRST,
        max_value=state.LAST,
        format="YYYY-MM-DD",
        key="valuation_day",
        help="Empty: the date of each file, else the as-of date.",
        on_change=_take_valuation_day,
    )


def _take_currency() -> None:
    text = str(st.session_state["value_currency"]).strip().upper()
    if text and not state.is_currency(text):
        st.session_state["notice"] = f"{text} is not a currency: three letters, such as USD."
        return
    state.put(replace(state.desk(), currency=text))


def _take_valuation_day() -> None:
    day = st.session_state["valuation_day"]
    fresh = replace(state.beside(), valuation_date=day.isoformat() if day else "")
    state.put(state.desk(), fresh)
