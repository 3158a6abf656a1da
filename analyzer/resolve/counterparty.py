"""Who stands on the other side of swaps, forwards and deposits, resolved like an issuer."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyzer.core.findings import Finding
from analyzer.core.matching import Match, certain
from analyzer.resolve.resolver import Resolver


@dataclass(frozen=True)
class Counterparties:
    """The rows that name a counterparty, and who it is.

    Parameters
    ----------
    rows, codes
        Row positions, shape (k,), and the index into `matches` of each.
    matches
        One per distinct counterparty; None where no listed name was found.
    """

    rows: npt.NDArray[np.intp]
    codes: npt.NDArray[np.int32]
    matches: tuple[Match | None, ...]
    findings: tuple[Finding, ...] = ()


NO_COUNTERPARTIES = Counterparties(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.int32), ())


def counterparty_frame(holdings: pd.DataFrame) -> tuple[npt.NDArray[np.intp], pd.DataFrame]:
    """Return the rows that name a counterparty, and a frame in which it stands as the issuer."""
    columns = [holdings[name] for name in ("counterparty", "counterparty_lei")]
    named = np.zeros(len(holdings), dtype=bool)
    for column in columns:
        if len(column.cat.categories):
            named |= column.notna().to_numpy()
    rows = np.flatnonzero(named)
    part = holdings.iloc[rows]
    frame = part[["counterparty", "counterparty_lei", "input", "row"]].rename(
        columns={"counterparty": "name", "counterparty_lei": "lei"}
    )
    return rows, frame.reset_index(drop=True)


def resolve_counterparties(holdings: pd.DataFrame, resolver: Resolver) -> Counterparties:
    """Find the counterparties that some list names.

    A contract calls its counterparty by its legal name and prints no country or board to confirm
    it by; as in a look-up, a whole name that only one entity has is enough. Anything less is for
    a person to decide.

    Parameters
    ----------
    holdings
        HOLDINGS, n rows.
    """
    columns = (holdings[name] for name in ("counterparty", "counterparty_lei"))
    if not any(len(column.cat.categories) for column in columns):
        return NO_COUNTERPARTIES  # most files print none; a million rows are not looked at
    rows, frame = counterparty_frame(holdings)
    if not len(rows):
        return NO_COUNTERPARTIES
    found = resolver.resolve(frame)
    first = np.unique(found.codes, return_index=True)[1]
    names = frame["name"].astype(object).iloc[first].tolist()
    matches = [_by_whole_name(m, n, resolver) for m, n in zip(found.matches, names, strict=True)]
    return Counterparties(rows, found.codes, tuple(matches), found.findings)


def _by_whole_name(match: Match | None, name: object, resolver: Resolver) -> Match | None:
    if match is None or match.confirmed or match.contradictions or not isinstance(name, str):
        return match
    only = certain(resolver.look_up(name))
    if only is None or only.entity_id != match.entity_id:
        return match
    return replace(match, confirmed=True)
