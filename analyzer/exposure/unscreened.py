"""What was searched without a find, and what was not: regimes whose list nobody imported."""

from collections.abc import Iterable

from analyzer.core.asof import AsOf
from analyzer.exposure.result import ListCoverage
from analyzer.law import Law


def not_screened(
    law: Law, lists: Iterable[ListCoverage], holders: Iterable[str], as_of: AsOf
) -> str:
    """Name the regimes without a list edition in force, with the lists that are missing.

    Parameters
    ----------
    lists
        Every list known, with its edition in force if it has one.
    holders
        Those asked about; regimes that bind none of them, or had not begun, are left out.

    Returns
    -------
    str
        A sentence; empty when every list that matters has an edition in force.
    """
    held = {c.id for c in lists if c.edition}
    lineage = frozenset(word for holder in holders for word in law.vocabulary.lineage(holder))
    missing: list[str] = []
    for regime in law.regimes.values():
        first = law.record.by_id.get(regime.versions[0].event)
        begun = first is not None and first.effective <= as_of.end and first.known <= as_of.known
        absent = sorted(regime.open_lists - held)
        if regime.bans and regime.binds & lineage and begun and absent:
            names = ", ".join(absent)
            missing.append(regime.id if names == regime.id else f"{regime.id} ({names})")
    if not missing:
        return ""
    words = "; ".join(missing)
    return f"not screened against {words}: no edition in force at {as_of.day} is imported"


def nothing_found(lists: Iterable[ListCoverage]) -> str:
    """Say on which lists a name was searched and not found."""
    words = ", ".join(
        f"{entry.id} ({entry.edition})" if entry.edition else f"{entry.id} (no edition yet)"
        for entry in lists
    )
    return f"no designated issuer found on {words}"
