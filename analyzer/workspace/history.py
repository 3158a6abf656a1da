"""Saved runs: the desk, the question and the results; and what changed since."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.core.errors import DataError
from analyzer.exposure import Analysis
from analyzer.report.contract import deadline_json, positions_json
from analyzer.store import Store
from analyzer.workspace.archive import unpack_whole
from analyzer.workspace.beside import Beside
from analyzer.workspace.desk import Desk


@dataclass(frozen=True, slots=True)
class Changed:
    """One line, or one date, whose answer is another than in the earlier run.

    Parameters
    ----------
    what
        `line` or `deadline`.
    name
        The line's or the issuer's name.
    before, after
        Status words or dates; empty when it was, or is, not there.
    market_value
        Present value, base currency; None when it is not held any more or has none.
    """

    what: str
    name: str
    before: str
    after: str
    market_value: float | None = None


def load_run(store: Store, number: int) -> tuple[Desk, Beside]:
    """Return the desk of a saved run, and what lay beside it.

    Raises
    ------
    DataError
        When there is no such run, or it was saved without its files.
    """
    saved = next((r for r in store.runs() if r.id == number), None)
    if saved is None or "snapshot" not in saved.manifest:
        raise DataError(f"the store has no run {number} with its files")
    desk, beside, _ = unpack_whole(store.snapshot_content(int(saved.manifest["snapshot"])))
    return desk, beside


def changes(earlier: Mapping[str, Any], analysis: Analysis) -> tuple[Changed, ...]:
    """Return what is answered otherwise than in an earlier run of the same portfolio.

    Parameters
    ----------
    earlier
        The JSON of the earlier run.
    """
    before = {_line(row): row for row in earlier["positions"]}
    now = {_line(row): row for row in positions_json(analysis)}
    found = []
    for key in dict.fromkeys((*before, *now)):
        old, new = before.get(key), now.get(key)
        was = old["status"] if old else ""
        status = new["status"] if new else ""
        if was != status:
            value = new["market_value_base"] if new else None
            name = str((new or old or {}).get("name") or key)
            found.append(Changed("line", name, was, status, float(value) if value else None))
    return (*found, *_dates(earlier["deadlines"], map(deadline_json, analysis.deadlines)))


def _line(row: Mapping[str, Any]) -> str:
    security = row["isin"] or row["cusip"] or row["sedol"] or row["ticker"] or row["name"]
    return f"{row['portfolio']} {security} {row['side']}"


def _dates(
    before: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]
) -> Iterable[Changed]:
    def keyed(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Mapping[str, Any]]:
        return {(r["entity_id"], r["regime"], r["kind"], r["mic"] or ""): r for r in rows}

    old, new = keyed(before), keyed(now)
    for key in dict.fromkeys((*old, *new)):
        was, soon = old.get(key), new.get(key)
        first, second = (str(r["at"]) if r else "" for r in (was, soon))
        if first != second:
            row = soon or was or {}
            yield Changed("deadline", f"{row['entity']}: {row['text']}", first, second)


def results_of(store: Store, number: int) -> dict[str, Any]:
    """Return the JSON of a saved run.

    Raises
    ------
    DataError
        When the results are not what was saved.
    """
    try:
        body: dict[str, Any] = json.loads(store.run_results(number))
    except ValueError as error:
        raise DataError(f"the results of run {number} cannot be read: {error}") from None
    return body
