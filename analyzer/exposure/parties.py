"""Whose portfolios they are: the legal owner, the adviser and the broker of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analyzer.core.errors import InputError
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.law import Vocabulary

_ROLES = ("owner", "adviser", "broker")
_KEYS = frozenset({*_ROLES, "domicile"})


@dataclass(frozen=True, slots=True)
class Party:
    """Who stands behind one portfolio, each as a holder of the published vocabulary.

    Parameters
    ----------
    owner
        Legal owner: answers for buying, holding and selling.
    adviser, broker
        Answer for `advise` and `intermediate`; None when not stated.
    domicile
        As stated; shown, never interpreted.
    """

    owner: str
    adviser: str | None = None
    broker: str | None = None
    domicile: str = ""


NOBODY = Party("")  # no adviser and no broker to answer for


def read_parties(path: Path, vocabulary: Vocabulary) -> dict[str, Party]:
    """Read `portfolio: {owner: us-person, adviser: ..., broker: ..., domicile: ...}`.

    Raises
    ------
    InputError
        Naming file and line of every word that is not a holder and every key that is unknown.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: not a text in UTF-8") from None
    body = parse_yaml(text, path.name)
    if not isinstance(body, dict):
        raise InputError(f"{path.name}: a mapping of portfolios is expected")
    problems: list[str] = []
    found: dict[str, Party] = {}
    for name, row in body.items():
        if name == LINE:
            continue
        if not isinstance(row, dict) or "owner" not in row:
            problems.append(f"{path.name}: portfolio {name!r} states no owner")
            continue
        place = f"{path.name}:{row[LINE]}"
        problems += [
            f"{place}: unknown key {k!r}" for k in sorted(set(row) - _KEYS - {LINE}, key=str)
        ]
        problems += [
            f"{place}:{role}: {row[role]!r} is not a holder"
            for role in _ROLES
            if role in row and str(row[role]) not in vocabulary.holders
        ]
        found[str(name)] = Party(
            str(row["owner"]),
            row.get("adviser"),
            row.get("broker"),
            str(row.get("domicile", "")),
        )
    if problems:
        raise InputError(*problems)
    return found


def party_of(portfolio: str, parties: Mapping[str, Party]) -> Party | None:
    """Return the party of a portfolio; `*` stands for every portfolio not named."""
    return parties.get(portfolio, parties.get("*"))
