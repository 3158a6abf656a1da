"""What index funds must sell, as it is reported."""

from collections.abc import Sequence
from typing import Any

from analyzer.report.contract import number
from analyzer.report.headline_figure import Figure
from analyzer.scenarios.index_flow import FlowResult


def flow_figures(flows: Sequence[FlowResult]) -> list[Figure]:
    """Return the flow of all lines together, and the line on which it weighs most."""
    of_volume = [round(f.of_volume, 2) for f in flows if f.of_volume is not None]
    moves = [f.structural for f in flows if f.structural is not None]
    days = [f.day for f in flows]
    return [
        Figure("index flow, shares", "shares", sum(f.shares for f in flows) if flows else None),
        Figure("index flow, last day", "date", max(days).isoformat() if days else None),
        Figure("index flow, sessions of usual volume", "number", max(of_volume, default=None)),
        Figure("structural move from the index flow", "percent", min(moves, default=None)),
    ]


def flows_json(flows: Sequence[FlowResult]) -> list[dict[str, Any]]:
    """Return every flow with its market and its source."""
    return [
        {
            "line": flow.line,
            "name": flow.name,
            "shares": number(flow.shares),
            "date": flow.day.isoformat(),
            "sessions": flow.sessions,
            "source": flow.source,
            "event": flow.event or None,
            "announced": flow.announced.isoformat() if flow.announced else None,
            "volume": number(flow.volume),
            "sessions_of_usual_volume": number(flow.of_volume),
            "of_volume_per_session": number(flow.per_session),
            "structural_move": number(flow.structural),
        }
        for flow in flows
    ]
