"""Home: bring a portfolio, try a sample, or go on where you left off; what changed since."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.core.verdict import Status
from analyzer.store import SavedRun
from analyzer.workspace import (
    Beside,
    Changed,
    Desk,
    analyze_desk,
    changes,
    forget,
    load_run,
    read_desk,
    results_of,
    world_beside,
)
from dashboards import cache, state
from dashboards.words import money, plain, status_label

TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "xml", "json", "jsonl", "parquet", "zip"]

# File, what it shows, the date on which it shows it.
SAMPLES = (
    ("emerging_markets_fund.csv", "Names barred, names about to be, an affiliate", "2021-03-09"),
    ("bond_book.xlsx", "Bonds and a convertible in two currencies", "2021-11-15"),
    ("fund_of_funds.csv", "Two portfolios that hold funds", "2021-11-15"),
    ("model_weights.json", "Weights only, no values at all", "2022-06-02"),
    ("europaeischer_fonds.csv", "A European export: semicolons, German headings", "2021-03-09"),
    ("large_em_mandate.csv", "A large mandate: what selling in time costs", "2021-01-15"),
    ("swap_book.csv", "Swaps and options on a bank, and with one", "2021-06-30"),
    (
        "messy_custody_statement.csv",
        "Lost zeros, a cut name, a short: matches to review",
        "2021-03-09",
    ),
)


def samples() -> Path:
    """Return the folder of samples, in the checkout or in the installed package."""
    here = Path(__file__).resolve().parents[2]
    found = (here / "sample_portfolios", here.parent / "_samples")
    return next((folder for folder in found if folder.is_dir()), found[0])


def upload() -> None:
    """Draw the first card."""
    st.markdown("##### Upload holdings")
    files = st.file_uploader(
        "Holdings files, as the custodian or fund company sent them",
        type=TYPES,
        accept_multiple_files=True,
        key="home_files",
        help="CSV, Excel, JSON, parquet, N-PORT or 13F XML; several files become several "
        "portfolios. They stay on this machine.",
    )
    if files and st.session_state.get("home_taken") != [f.file_id for f in files]:
        st.session_state["home_taken"] = [f.file_id for f in files]
        taken = tuple((f.name, f.getvalue()) for f in files)
        name = Path(taken[0][0]).stem if len(taken) == 1 else f"{len(taken)} files"
        fresh = replace(
            state.desk(),
            name=name,
            files=taken,
            mappings={},
            readings={},
            constituents={},
            currency="",
        )
        st.session_state["next_page"] = "app_pages/portfolio.py"
        state.open_desk(fresh, Beside())


def sample_cards() -> None:
    """Draw the samples."""
    st.markdown("##### Or try a sample")
    for row in range(0, len(SAMPLES), 4):
        cells = st.columns(4)
        for cell, (name, words, day) in zip(cells, SAMPLES[row : row + 4], strict=False):
            with cell.container(border=True, height="stretch", vertical_alignment="distribute"):
                title = name.partition(".")[0].replace("_", " ").capitalize()
                st.markdown(f"**{title}**  \n:gray[{words}]")
                st.button(
                    f"Open as of {day}",
                    key=f"sample_{name}",
                    help=name,
                    on_click=open_sample,
                    args=(name, day),
                    width="stretch",
                )


def open_sample(name: str, day: str) -> None:
    """Put a sample on the desk; its date is the one on which it shows its point."""
    content = (samples() / name).read_bytes()
    funds = {}
    if name == "fund_of_funds.csv":
        folder = samples() / "constituents"
        funds = {p.stem: (p.name, p.read_bytes()) for p in sorted(folder.iterdir()) if p.is_file()}
    asked = Desk(name=Path(name).stem, files=((name, content),), constituents=funds, as_of=day)
    state.put(asked, Beside())
    st.session_state["next_page"] = "app_pages/exposure.py"


def resume_card() -> None:
    """Draw the third card."""
    st.markdown("##### Resume")
    desk = state.desk()
    if desk.files:
        files = ", ".join(plain(name) for name, _ in desk.files)
        st.markdown(f"On your desk: **{plain(desk.name)}** ({files}), as of {desk.as_of}")
        left, right = st.columns(2)
        if left.button("Go on", key="go_on", type="primary", width="stretch"):
            st.switch_page("app_pages/exposure.py")
        right.button("Clear the desk", key="clear_desk", on_click=clear, width="stretch")
    runs = [r for r in cache.store().runs(limit=20) if "snapshot" in r.manifest]
    if not runs:
        st.caption("No saved run yet. Save one on the Export page to find it here.")
        return
    chosen = st.selectbox("Saved runs", runs, format_func=run_words, key="saved_run")
    if chosen is not None:
        st.button("Open this run", key="open_run", on_click=open_run, args=(chosen.id,))


def clear() -> None:
    """Take everything off the desk and delete what was kept for a refresh."""
    forget(cache.home(), cache.token())
    state.put(Desk(as_of=cache.today().isoformat()), Beside())


def run_words(run: SavedRun) -> str:
    """Return a saved run in one line."""
    return f"{run.portfolio}, as of {run.as_of} (saved {run.at:%Y-%m-%d %H:%M} UTC by {run.who})"


def open_run(number: int) -> None:
    """Put the desk of a saved run in place."""
    try:
        state.put(*load_run(cache.store(), number))
        st.session_state["next_page"] = "app_pages/exposure.py"
    except AnalyzerError as error:
        st.session_state["notice"] = str(error)


def since_last_time() -> None:
    """Compare the newest saved run of each portfolio with the law as of today."""
    newest: dict[str, SavedRun] = {}
    for run in cache.store().runs(limit=50):
        if "snapshot" in run.manifest:
            newest.setdefault(run.portfolio or "", run)
    if not newest:
        return
    st.subheader("What changed since last time")
    for run in list(newest.values())[:5]:
        with st.container(border=True):
            st.markdown(f"**{plain(run.portfolio or '')}**: {run.as_of} against today")
            found = compared(run.id, cache.today().isoformat(), run.at.isoformat())
            if isinstance(found, str):
                st.error(found)
            elif not found:
                st.caption("Every line and every date is answered as it was.")
            else:
                st.dataframe(
                    [_changed_row(c) for c in found],
                    hide_index=True,
                    alt=f"{len(found)} changes since {run.as_of}",
                )


@st.cache_data(max_entries=20, scope="session", show_spinner="Comparing with today …")
def compared(number: int, day: str, saved: str) -> tuple[Changed, ...] | str:  # noqa: ARG001
    """Return what is answered otherwise on a day than in a saved run; kept for this session."""
    try:
        saved_desk, beside = load_run(cache.store(), number)
        desk = replace(saved_desk, as_of=day, known="")
        ready = world_beside(cache.world(), beside, date.fromisoformat(day), cache.lists_folder())
        records = state.decisions().records
        analysis = analyze_desk(ready, desk, read_desk(desk), records, beside=beside)
        return changes(results_of(cache.store(), number), analysis)
    except AnalyzerError as error:
        return str(error)


def _changed_row(change: Changed) -> dict[str, str]:
    is_line = change.what == "line"

    def words(text: str) -> str:
        if is_line:
            return status_label(Status(text)) if text else status_label(Status.NO_MATCH)
        return text or "—"

    return {
        "What": "line" if is_line else "legal date",
        "Name": change.name,
        "Was": words(change.before),
        "Is": words(change.after),
        "Value": money(change.market_value),
    }


next_page = st.session_state.pop("next_page", "")
if next_page:
    st.switch_page(next_page)

st.title("What do I hold, and what may I still do with it?")
st.markdown(
    "Drop in the file the custodian sent. For any date the answer says which lines a ban "
    "touches, what may be done with each, under which authority, and by when."
)
notice = st.session_state.pop("notice", "")
if notice:
    st.info(notice)
problem = st.session_state.get("problem")
if problem:
    st.error(problem, icon=":material/error:")
cards = st.columns([3, 2], border=True)
with cards[0]:
    upload()
with cards[1]:
    resume_card()
sample_cards()
since_last_time()
newest = max((e[-1].date for e in cache.world().lists.editions.values() if e), default=date.min)
st.caption(f"{len(cache.world().lists.specs)} lists at hand, newest edition {newest}.")
