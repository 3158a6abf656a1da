"""What changed between two editions."""

from dataclasses import dataclass

from analyzer.lists.roster import Edition, RosterRow


@dataclass(frozen=True, slots=True)
class EditionDiff:
    """Rows added, removed and changed; a changed row is given as it was and as it is."""

    added: tuple[RosterRow, ...]
    removed: tuple[RosterRow, ...]
    changed: tuple[tuple[RosterRow, RosterRow], ...]

    @property
    def empty(self) -> bool:
        """Whether the two rosters are the same."""
        return not (self.added or self.removed or self.changed)


def diff_editions(a: Edition, b: Edition) -> EditionDiff:
    """Compare two editions of one list, `a` the older.

    Rows are one when they are of one entity and bear one name or one key; what is left of an
    entity that stays is a renamed entry.
    """
    added: list[RosterRow] = []
    removed: list[RosterRow] = []
    changed: list[tuple[RosterRow, RosterRow]] = []
    before, after = _by_entity(a), _by_entity(b)
    for entity in sorted(set(before) | set(after)):
        old, new = before.get(entity, []), after.get(entity, [])
        for row in list(old):
            twin = next((r for r in new if _same(row, r)), None)
            if twin is not None:
                old.remove(row)
                new.remove(twin)
                if not _alike(row, twin):
                    changed.append((row, twin))
        paired = min(len(old), len(new))
        changed += zip(old[:paired], new[:paired], strict=True)
        removed += old[paired:]
        added += new[paired:]
    return EditionDiff(tuple(added), tuple(removed), tuple(changed))


def _same(one: RosterRow, other: RosterRow) -> bool:
    if one.uid and other.uid:
        return one.uid == other.uid
    return one.name_as_published == other.name_as_published


def _alike(one: RosterRow, other: RosterRow) -> bool:
    """Whether two rows state the same; what a format does not print is not a change."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("name_as_published", "listed", "ban_from", "divest_until")
    ) and not any(
        getattr(one, name) and getattr(other, name) and getattr(one, name) != getattr(other, name)
        for name in ("uid", "parent", "beside")
    )


def _by_entity(edition: Edition) -> dict[str, list[RosterRow]]:
    found: dict[str, list[RosterRow]] = {}
    for row in sorted(edition.rows, key=lambda r: (r.name_as_published, r.uid)):
        found.setdefault(row.entity, []).append(row)
    return found
