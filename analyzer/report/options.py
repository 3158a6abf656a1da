"""What a report is told beside the analysis itself."""

from dataclasses import dataclass

from analyzer.core.matching import JudgementRecord
from analyzer.law import Law


@dataclass(frozen=True)
class ReportOptions:
    """What a report adds to an analysis.

    Parameters
    ----------
    everything
        JSON, CSV and HTML also list lines without a match; a workbook always does.
    law
        The law the analysis was made under. With it the timeline chart shows every phase and
        ruling of an issuer; without it, only the events and dates the analysis names.
    judgements
        Decisions of people that were applied.
    supposed
        What the law was supposed to be, where the analysis itself is a what-if; it stands on the
        first page beside the answer.
    title, prepared_by, reason
        Words for the first page; empty means left out.
    """

    everything: bool = False
    law: Law | None = None
    judgements: tuple[JudgementRecord, ...] = ()
    supposed: str = ""
    title: str = ""
    prepared_by: str = ""
    reason: str = ""
