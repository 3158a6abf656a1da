"""What is held, what may still be done with it, by when, and what if the court rules otherwise.

The names below are the public interface. They are imported when first used, so that the command
line can print its help without loading pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analyzer.core.asof import AsOf
    from analyzer.core.errors import AnalyzerError
    from analyzer.exposure import Analysis, Answer, Question
    from analyzer.report.contract import analysis_json
    from analyzer.service import World, analyze, ask, load_world, read_inputs, timeline_of

_HOMES = {
    "AnalyzerError": "analyzer.core.errors",
    "Analysis": "analyzer.exposure",
    "Answer": "analyzer.exposure",
    "AsOf": "analyzer.core.asof",
    "Question": "analyzer.exposure",
    "World": "analyzer.service",
    "analysis_json": "analyzer.report.contract",
    "analyze": "analyzer.service",
    "ask": "analyzer.service",
    "load_world": "analyzer.service",
    "read_inputs": "analyzer.service",
    "timeline_of": "analyzer.service",
}

__all__ = [
    "Analysis",
    "AnalyzerError",
    "Answer",
    "AsOf",
    "Question",
    "World",
    "analysis_json",
    "analyze",
    "ask",
    "load_world",
    "read_inputs",
    "timeline_of",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'analyzer' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
