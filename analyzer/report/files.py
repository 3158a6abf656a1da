"""One analysis as a file, chosen by its ending."""

import csv
import io
from collections.abc import Callable

from analyzer.core.errors import QueryError
from analyzer.exposure import Analysis
from analyzer.report.contract import analysis_json, dumps, positions_json
from analyzer.report.text import plain_cell
from analyzer.report.xlsx import analysis_xlsx

_COLUMNS = (
    "input",
    "sheet",
    "row",
    "portfolio",
    "name",
    "isin",
    "cusip",
    "sedol",
    "ticker",
    "mic",
    "side",
    "instrument",
    "quantity",
    "market_value",
    "currency",
    "market_value_base",
    "weight",
    "status",
)


def positions_csv(analysis: Analysis, everything: bool = False) -> str:
    """Return the positions as CSV; text that looks like a formula is defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    acts = ("buy", "sell", "hold")
    heading = [c for act in acts for c in (act, f"{act}_until")]
    writer.writerow([*_COLUMNS, *heading, "entity", "match", "evidence", "flags", "reasons"])
    for row in positions_json(analysis, everything):
        match = row["match"] or {}
        verdicts = row["verdicts"]
        cells = [row[name] for name in _COLUMNS]
        cells += [verdicts[act][key] for act in acts for key in ("status", "until")]
        cells += [match.get("entity"), match.get("kind"), match.get("evidence")]
        cells += ["; ".join(row["flags"]), " | ".join(row["reasons"])]
        writer.writerow([plain_cell(cell) for cell in cells])
    return out.getvalue()


_RENDER: dict[str, Callable[[Analysis, bool], bytes]] = {
    ".json": lambda a, everything: (dumps(analysis_json(a, everything)) + "\n").encode(),
    ".csv": lambda a, everything: positions_csv(a, everything).encode("utf-8-sig"),
    ".xlsx": lambda a, _: analysis_xlsx(a),
}


def render(analysis: Analysis, suffix: str, everything: bool = False) -> bytes:
    """Return the bytes of a report.

    Raises
    ------
    QueryError
        For an ending that no writer serves.
    """
    if suffix not in _RENDER:
        raise QueryError(
            f"no writer for {suffix or 'a file without ending'}; try {', '.join(_RENDER)}"
        )
    return _RENDER[suffix](analysis, everything)
