"""The distinct questions that the rows of a portfolio ask the law."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.asof import NEW_YORK
from analyzer.core.entities import Security
from analyzer.core.frames import group_rows

_FACTS = ("issued", "maturity", "acquired", "fund_share")


@dataclass(frozen=True, slots=True)
class LineKind:
    """What a line is: `assumed` a share, for want of a word; `nameable` where its issuer is."""

    instrument: str
    mic: str | None
    short: bool
    assumed: bool
    nameable: bool


def group_lines(
    holdings: pd.DataFrame, codes: np.ndarray, funds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Group rows that ask the law the same question.

    Parameters
    ----------
    holdings
        HOLDINGS, n rows.
    codes
        Distinct security of each row, shape (n,).
    funds
        Fund looked through, or -1, shape (n,).

    Returns
    -------
    groups : ndarray of int64, shape (n,)
    first : ndarray of int64, shape (groups,)
        A row of each group.
    """
    side = holdings["side"].cat
    parts = [
        (codes, int(codes.max(initial=-1)) + 1),
        (side.codes.to_numpy(), len(side.categories)),
    ]
    for fact in _FACTS:
        values = holdings[fact].to_numpy()
        if (values == values).any():  # what is missing equals nothing
            values, distinct = pd.factorize(holdings[fact])
            parts.append((values, len(distinct)))
    parts.append((funds, int(funds.max(initial=-1)) + 1))
    return group_rows(parts, len(holdings))


def kinds_of(
    holdings: pd.DataFrame, rows: np.ndarray, securities: Mapping[str, Security]
) -> list[LineKind]:
    """Return what each of some rows of HOLDINGS is.

    Parameters
    ----------
    securities
        Bundled securities by ISIN, which tell a receipt from a share.
    """
    names = ("side", "instrument", "mic", "isin")
    side, instrument, mic, isin = (_texts(holdings[n], rows) for n in names)
    named = (holdings["name"].cat.codes.to_numpy()[rows] >= 0).tolist()
    made: dict[tuple[Any, ...], LineKind] = {}
    found = []
    for way, word, market, code, called in zip(side, instrument, mic, isin, named, strict=True):
        known = securities.get(code) if code is not None else None
        bundled = (known.instrument, known.mic) if known is not None else None
        cells = (way, word, market, bundled, called)
        if cells not in made:
            made[cells] = _kind(*cells)
        found.append(made[cells])
    return found


def _kind(
    side: str | None,
    stated: str | None,
    mic: str | None,
    known: tuple[str, str | None] | None,
    named: bool,
) -> LineKind:
    """Return what a row is, from the bundled security where the file is silent.

    Parameters
    ----------
    known
        Instrument and market of the bundled security that the row's ISIN names.
    """
    instrument = stated or "equity"
    if known is not None:
        instrument = known[0] if instrument == "equity" else instrument
        mic = mic or known[1]
    return LineKind(
        instrument,
        mic,
        side == "short",
        assumed=stated is None and known is None,
        nameable=named or known is not None,
    )


def _texts(column: "pd.Series[str]", rows: np.ndarray) -> list[str | None]:
    """Return the text of some rows of a categorical column, None where there is none."""
    labels = [*column.cat.categories.tolist(), None]
    return [labels[code] for code in column.cat.codes.to_numpy()[rows].tolist()]


def facts_of(holdings: pd.DataFrame, rows: np.ndarray) -> Iterable[tuple[tuple[str, Any], ...]]:
    """Yield the facts that each of some rows states, as the law compares them."""
    head = holdings[list(_FACTS)].iloc[rows]
    if not head.notna().to_numpy().any():
        return repeat((), len(rows))
    columns = [head[name].tolist() for name in _FACTS]
    cells = (dict(zip(_FACTS, values, strict=True)) for values in zip(*columns, strict=True))
    return (tuple(sorted(_facts(row).items())) for row in cells)


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a row as the law compares them."""
    facts: dict[str, Any] = {}
    for name in ("issued", "acquired"):
        if pd.notna(row[name]):
            facts[name] = datetime.combine(row[name].date(), time(), NEW_YORK)
    if pd.notna(row["issued"]) and pd.notna(row["maturity"]):
        tenor = float((row["maturity"] - row["issued"]).days)
        facts |= {"tenor_days": tenor} if tenor >= 0 else {}
    if 0 <= row["fund_share"] <= 1:  # what cannot be a share is not stated: the law then asks
        facts["fund_share"] = float(row["fund_share"])
    return facts
