"""One analysis as a file, chosen by its ending."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.core.errors import QueryError
from analyzer.exposure import Analysis
from analyzer.report.contract import analysis_json, dumps
from analyzer.report.from_scenarios import scenario_reports, supposed
from analyzer.report.options import ReportOptions
from analyzer.report.scenario import ScenarioReport, scenario_json

if TYPE_CHECKING:
    from analyzer.scenarios.run import ScenarioResult

Writer = Callable[[Analysis, Sequence[ScenarioReport], ReportOptions], bytes]


def positions_csv(analysis: Analysis, everything: bool = False) -> str:
    """Return the positions as CSV; text that looks like a formula is defused."""
    from analyzer.report import flat

    return flat.positions_csv(analysis, everything)


def _json(analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions) -> bytes:
    body = analysis_json(analysis, options.everything)
    if scenarios:
        body["scenarios"] = [scenario_json(s) for s in scenarios]
    return f"{dumps(body)}\n".encode("utf-8", "replace")


def _csv(analysis: Analysis, _: Sequence[ScenarioReport], options: ReportOptions) -> bytes:
    return positions_csv(analysis, options.everything).encode("utf-8-sig", "replace")


def _xlsx(analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions) -> bytes:
    from analyzer.report.xlsx import analysis_xlsx

    return analysis_xlsx(analysis, scenarios, options)


def _pdf(analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions) -> bytes:
    from analyzer.report.pdf import analysis_pdf

    return analysis_pdf(analysis, scenarios, options)


def _html(analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions) -> bytes:
    from analyzer.report.html import analysis_html

    return analysis_html(analysis, scenarios, options).encode("utf-8", "replace")


def _ics(analysis: Analysis, _: Sequence[ScenarioReport], __: ReportOptions) -> bytes:
    from analyzer.report.ics import analysis_ics

    return analysis_ics(analysis)


def _parquet(analysis: Analysis, _: Sequence[ScenarioReport], __: ReportOptions) -> bytes:
    from analyzer.report.flat import table_parquet
    from analyzer.report.positions import positions_table

    return table_parquet(positions_table(analysis))


def _zip(analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions) -> bytes:
    from analyzer.report.flat import folder_zip

    return folder_zip(analysis, scenarios, options)


_RENDER: dict[str, Writer] = {
    ".json": _json,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".pdf": _pdf,
    ".html": _html,
    ".ics": _ics,
    ".parquet": _parquet,
    ".zip": _zip,
}
SUFFIXES = tuple(_RENDER)


def render(
    analysis: Analysis,
    suffix: str,
    everything: bool = False,
    *,
    scenarios: "Sequence[ScenarioReport | ScenarioResult]" = (),
    options: ReportOptions | None = None,
) -> bytes:
    """Return the bytes of a report; the same input gives the same bytes.

    Parameters
    ----------
    suffix
        One of `SUFFIXES`; `.zip` is a folder of CSV files.
    everything
        JSON, CSV and HTML also list lines without a match; the other formats always do, or never.
    scenarios
        As run, or as a caller puts them together; ICS, CSV and parquet leave them out.

    Raises
    ------
    QueryError
        For an ending that no writer serves.
    """
    if suffix not in _RENDER:
        raise QueryError(
            f"no writer for {suffix or 'a file without ending'}; try {', '.join(SUFFIXES)}"
        )
    chosen = options or ReportOptions()
    for found in scenarios:
        # An analysis made under a supposed law must not pass for the law as it stands.
        if not isinstance(found, ScenarioReport) and found.analysis is analysis:
            chosen = replace(chosen, supposed=chosen.supposed or supposed(found))
    if everything and not chosen.everything:
        chosen = replace(chosen, everything=True)
    return _RENDER[suffix](analysis, scenario_reports(scenarios), chosen)


def companions(
    analysis: Analysis, suffix: str, stem: str, sheet_rows: int | None = None
) -> dict[str, bytes]:
    """Return files that must lie beside a report, by name; empty when it holds everything.

    Parameters
    ----------
    stem
        Name of the report without its ending.
    sheet_rows
        Most rows of a sheet; Excel's limit when not given.
    """
    if suffix != ".xlsx":
        return {}
    from analyzer.report.xlsx import SHEET_ROWS

    if len(analysis.lines) < (SHEET_ROWS if sheet_rows is None else sheet_rows):
        return {}
    return {f"{stem}_positions.parquet": _parquet(analysis, (), ReportOptions())}
