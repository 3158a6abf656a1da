"""What must outlive a run: judgements, portfolios, runs, imported editions, and an audit trail."""

from analyzer.store.audit import AuditEntry, ChainCheck
from analyzer.store.judgement_csv import judgements_from_csv, judgements_to_csv
from analyzer.store.records import (
    EditionReference,
    Run,
    SavedEdition,
    SavedRun,
    SavedSnapshot,
    Snapshot,
)
from analyzer.store.store import Store

__all__ = [
    "AuditEntry",
    "ChainCheck",
    "EditionReference",
    "Run",
    "SavedEdition",
    "SavedRun",
    "SavedSnapshot",
    "Snapshot",
    "Store",
    "judgements_from_csv",
    "judgements_to_csv",
]
