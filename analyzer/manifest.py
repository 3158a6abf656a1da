"""What a reader needs to reproduce an answer."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from analyzer.core.asof import NEW_YORK
from analyzer.core.matching import JudgementRecord
from analyzer.exposure import ListCoverage, Question
from analyzer.world import World

DISTRIBUTION = "investment-ban-analyzer"


def tool_version() -> str:
    """Return the installed version."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def manifest(
    world: World,
    question: Question,
    lists: Iterable[ListCoverage],
    arguments: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a reader needs to reproduce the answer."""
    return {
        "tool": DISTRIBUTION,
        "version": tool_version(),
        "arguments": dict(arguments),
        "law_sha256": world.fingerprint,
        "editions": {entry.id: entry.sha256 for entry in lists},
        "regimes": {
            regime.id: {
                "versions": [v.id for v in regime.versions],
                "verified_through": regime.verified_through.astimezone(NEW_YORK).date().isoformat(),
            }
            for regime in world.law.regimes.values()
        },
        "without_rulings": question.without_rulings,
        "judgements": [judgement_json(record) for record in world.judgements],
    }


def judgement_json(record: JudgementRecord) -> dict[str, str]:
    """Return a decision as the manifest prints it, its time in UTC."""
    return {
        "security": record.security_key,
        "entity": record.entity_id,
        "decision": record.decision.value,
        "who": record.who,
        "when": record.when.astimezone(UTC).isoformat(),
        "why": record.why,
    }
