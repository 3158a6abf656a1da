"""Judgements as CSV, to be reviewed in a spreadsheet and carried between stores."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from analyzer.core.errors import InputError
from analyzer.core.matching import Decision, JudgementRecord

COLUMNS = ("security_key", "entity_id", "entry_hash", "decision", "why", "who", "when")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'")


def judgements_to_csv(records: Iterable[JudgementRecord]) -> str:
    """Return CSV text; cells a spreadsheet would run as a formula get a leading apostrophe."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records:
        cells = (
            record.security_key,
            record.entity_id,
            record.entry_hash,
            record.decision.value,
            record.why,
            record.who,
            record.when.isoformat(),
        )
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return target.getvalue()


def judgements_from_csv(text: str, name: str) -> tuple[JudgementRecord, ...]:
    """Read what `judgements_to_csv` wrote, or a file made by hand.

    Parameters
    ----------
    text : str
        The CSV text.
    name : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Naming file and line; nothing is read from a file with an error.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{name}: no column {', '.join(missing)}")
    return tuple(_record(row, f"{name}:{reader.line_num}") for row in reader)


def _record(row: dict[str, str | None], place: str) -> JudgementRecord:
    """Read one line."""
    cells = {column: (row.get(column) or "").removeprefix("'") for column in COLUMNS}
    empty = [column for column in COLUMNS if not cells[column].strip()]
    if empty:
        raise InputError(f"{place}: {', '.join(empty)} is empty")
    try:
        decision = Decision(cells["decision"])
    except ValueError:
        words = ", ".join(Decision)
        raise InputError(f"{place}: {cells['decision']!r} is none of {words}") from None
    try:
        when = datetime.fromisoformat(cells["when"])
    except ValueError:
        raise InputError(f"{place}: {cells['when']!r} is not an instant") from None
    if when.tzinfo is None:
        raise InputError(f"{place}: {cells['when']!r} carries no offset from UTC")
    return JudgementRecord(
        security_key=cells["security_key"],
        entity_id=cells["entity_id"],
        decision=decision,
        who=cells["who"],
        when=when,
        why=cells["why"],
        entry_hash=cells["entry_hash"],
    )
