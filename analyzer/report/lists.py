"""Lists and their editions as rows."""

from datetime import date
from typing import Any

from analyzer.core.asof import NEW_YORK
from analyzer.lists import ListData


def list_rows(lists: ListData, today: date) -> list[dict[str, Any]]:
    """Return one row per list, in order of id.

    Parameters
    ----------
    today
        The day to measure ages from.
    """
    rows = []
    for list_id, spec in sorted(lists.specs.items()):
        editions = lists.editions[list_id]
        newest = editions[-1] if editions else None
        through = spec.verified_through.astimezone(NEW_YORK).date()
        rows.append(
            {
                "id": list_id,
                "title": spec.title,
                "publisher": spec.publisher,
                "url": spec.url,
                "editions": len(editions),
                "edition": newest.date.isoformat() if newest else None,
                "rows": len(newest.rows) if newest else 0,
                "sha256": newest.sha256 if newest else None,
                "source": newest.source if newest else "",
                "verified_from": spec.verified_from.astimezone(NEW_YORK).date().isoformat(),
                "verified_through": through.isoformat(),
                "age_days": (today - through).days,
                "last_checked": spec.last_checked,
            }
        )
    return rows
