"""Lists and audit: editions and their differences, imports, runs, decisions, the chain."""

import hashlib
import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.report.lists import list_rows
from analyzer.store import EditionReference, judgements_from_csv, judgements_to_csv
from analyzer.workspace import (
    Edition,
    ImportReport,
    decision_words,
    diff_editions,
    import_file,
    trail_words,
)
from dashboards import cache
from dashboards.components.settings import settings_and_versions
from dashboards.words import plain


def lists_at_hand() -> None:
    """Draw every list with its newest edition and age."""
    rows = list_rows(cache.world().lists, cache.today())
    table = pd.DataFrame(
        [
            {
                "List": r["id"],
                "Title": r["title"],
                "Publisher": r["publisher"],
                "Newest edition": r["edition"] or "none",
                "Names": r["rows"],
                "Editions": r["editions"],
                "Verified through": r["verified_through"],
                "Days since": r["age_days"],
                "Source": r["url"],
                "SHA-256": (r["sha256"] or "")[:16],
            }
            for r in rows
        ]
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config={"Source": st.column_config.LinkColumn("Source", display_text="open")},
        alt=f"{len(table)} lists",
    )
    st.caption(
        "Days since: from the day through which a list was verified to today. Answers after that "
        "day are marked stale."
    )


def editions() -> None:
    """Draw one edition, or two and what changed between them."""
    world = cache.world()
    known = {key: found for key, found in world.lists.editions.items() if found}
    left, middle, right = st.columns(3)
    chosen = left.selectbox("List", list(known), key="edition_list")
    found: tuple[Edition, ...] = tuple(reversed(known[chosen]))
    days = [e.date for e in found]
    newer = middle.selectbox("Edition", days, key=f"newer_{chosen}")
    older = right.selectbox(
        "Compared with",
        [None, *days],
        key=f"older_{chosen}",
        format_func=lambda day: str(day or "nothing"),
    )
    after = next(e for e in found if e.date == newer)
    st.caption(f"{plain(after.source)} · SHA-256 {after.sha256}")
    if older is None:
        _roster(after)
    else:
        _difference(next(e for e in found if e.date == older), after)


def _roster(edition: Edition) -> None:
    rows = [
        {"Name": r.name_as_published, "Entity": r.entity, "Listed": str(r.listed)}
        for r in edition.rows
    ]
    st.dataframe(rows, hide_index=True, alt=f"{len(rows)} names of the edition of {edition.date}")


def _difference(before: Edition, after: Edition) -> None:
    diff = diff_editions(before, after)
    groups = (("＋ added", diff.added), ("－ removed", diff.removed))
    rows = [
        {"Change": words, "Name": row.name_as_published, "Entity": row.entity}
        for words, found in groups
        for row in found
    ]
    st.markdown(f"{len(diff.added):,} added, {len(diff.removed):,} removed")
    if rows:
        st.dataframe(rows, hide_index=True, alt="Names added and removed")


def take_up() -> None:
    """Draw the import of a published file, or of a list of one's own."""
    st.caption(
        "A file of OFAC, BIS, trade.gov or OpenSanctions is recognised by its content; any other "
        "table with a column of names becomes a list of your own, a policy you adopt."
    )
    with st.form("import_list"):
        left, right = st.columns(2)
        file = left.file_uploader("List file", key="list_file")
        day = right.date_input("Date of the edition, if the file states none", value=None)
        list_id = right.text_input("Id of the list, if it is your own", key="list_id")
        loss = right.checkbox("Take it although a fifth or more of the names is gone")
        done = st.form_submit_button("Import", type="primary")
    if not done:
        return
    if file is None:
        st.error("Choose a file first.")
        return
    try:
        report = _import(file.name, file.getvalue(), day, list_id.strip() or None, loss)
    except AnalyzerError as error:
        st.error(f"Refused; what was there before stays in force. {error}")
        return
    _imported(report)


def _import(
    name: str, content: bytes, day: date | None, list_id: str | None, loss: bool
) -> ImportReport:
    safe = Path(name).name or "list"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / safe
        path.write_bytes(content)
        report = import_file(
            path,
            cache.lists_folder(),
            edition=day,
            modified=cache.today(),
            list_id=list_id,
            entities=cache.world().identity.entities.values(),
            accept_loss=loss,
        )
    for item in report.imported:
        reference = EditionReference(
            item.list_id,
            item.date.isoformat(),
            safe,
            _digest(content),
            item.entries,
        )
        cache.store().save_edition(reference, cache.person() or "unnamed", cache.now())
    return report


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _imported(report: ImportReport) -> None:
    for item in report.imported:
        new = "taken up" if item.new else "was there already"
        st.success(
            f"{item.list_id}, {item.date}: {item.entries:,} names, {new}.",
            icon=":material/check_circle:",
        )
        if item.diff is not None:
            st.caption(f"{len(item.diff.added):,} added, {len(item.diff.removed):,} removed")
    for finding in report.findings:
        st.caption(plain(str(finding)))
    st.info("Results are computed with the new edition from the next recompute on.")


def runs() -> None:
    """Draw the runs that were saved."""
    found = cache.store().runs(limit=200)
    if not found:
        st.info("No run was saved yet.")
        return
    st.dataframe(
        [
            {
                "Run": r.id,
                "Portfolio": r.portfolio,
                "As of": r.as_of,
                "Known": r.known,
                "Saved (UTC)": f"{r.at:%Y-%m-%d %H:%M}",
                "By": r.who,
                "Law and lists": str(r.manifest.get("law_sha256", ""))[:16],
            }
            for r in found
        ],
        hide_index=True,
        alt=f"{len(found)} saved runs",
    )


def judgements() -> None:
    """Draw every decision, superseded ones too, with export and import."""
    found = cache.store().judgements(superseded=True)
    if found:
        st.dataframe(
            [
                {
                    "When (UTC)": f"{r.when:%Y-%m-%d %H:%M}",
                    "Who": r.who,
                    "Security": r.security_key,
                    "Entity": r.entity_id,
                    "Decision": decision_words(r),
                    "Why": r.why,
                }
                for r in reversed(found)
            ],
            hide_index=True,
            alt=f"{len(found)} decisions",
        )
        st.download_button(
            "Decisions as CSV",
            judgements_to_csv(found),
            "judgements.csv",
            "text/csv",
            on_click="ignore",
        )
    else:
        st.info("Nothing was decided yet.")
    file = st.file_uploader("Import decisions", type=["csv"], key="judgement_file")
    if file is not None and st.button("Import these decisions", disabled=not cache.person()):
        try:
            records = judgements_from_csv(file.getvalue().decode("utf-8-sig"), file.name)
            added = cache.store().add_judgements(records, cache.person(), cache.now())
            st.success(f"{len(added):,} new decisions of {len(records):,}.")
        except (AnalyzerError, UnicodeDecodeError, ValueError) as error:
            st.error(f"Not imported: {error}")


def audit() -> None:
    """Draw the audit trail and the check of its chain."""
    checked = cache.store().verify_chain()
    if checked.holds:
        st.success(
            f"The chain of {checked.entries:,} entries holds. Newest hash: {checked.head}",
            icon=":material/check_circle:",
        )
    else:
        st.error("The chain does not hold: " + "; ".join(checked.problems), icon=":material/error:")
    trail = cache.store().audit_trail()
    st.dataframe(
        [
            {
                "No.": e.sequence,
                "At (UTC)": when[:19],
                "Who": e.who,
                "What": e.action,
                "Details": trail_words(e),
                "Hash": e.hash[:16],
            }
            for e, when in ((e, asdict(e)["at"]) for e in reversed(trail[-500:]))
        ],
        hide_index=True,
        alt=f"The newest of {len(trail)} audit entries",
    )


VIEWS = {
    "Lists": lists_at_hand,
    "Editions": editions,
    "Import": take_up,
    "Runs": runs,
    "Decisions": judgements,
    "Audit": audit,
    "Settings": settings_and_versions,
}

st.title("Lists and audit")
view = st.segmented_control("Show", list(VIEWS), default="Lists", key="lists_view")
VIEWS[view or "Lists"]()
