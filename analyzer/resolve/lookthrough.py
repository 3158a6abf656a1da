"""What a fund holds, through funds it holds in turn.

Shares are fractions of the fund's net value. With `e` the direct shares of each fund in each
issuer and `H` the shares of funds in funds, the shares looked through are the solution of
`s = e + H s`; a fund that holds itself through others is reported and still solved, because the
series converges while every fund holds something else as well. What the constituents leave out
widens the result to `[low, high]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analyzer.core.findings import Finding, Severity
from analyzer.core.matching import Match
from analyzer.resolve.resolver import Resolver

FUNDS = frozenset({"etf", "mutual-fund", "private-fund"})
WHOLE = 0.999  # constituents that cover this much are whole; files round to four decimals
_DEEP = 12  # funds in funds in funds: no real chain is this long


@dataclass(frozen=True, slots=True)
class FundShare:
    """A fund's share in one issuer.

    Parameters
    ----------
    match
        How the issuer was found in the constituents, its weakest link.
    low, high
        Fraction of net value, [0, 1]; they differ by what the constituents leave out.
    path
        Fund keys from the outermost to the one that holds the issuer; the largest path.
    """

    match: Match
    low: float
    high: float
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FundView:
    """One fund, looked through.

    Parameters
    ----------
    key
        Name the constituents were declared under.
    coverage
        Fraction of net value whose issuers were screened, nested funds included.
    date
        Date of the constituents; they are not drifted to another.
    shares
        Issuers of interest, the largest share first.
    """

    key: str
    coverage: float
    date: date | None
    shares: tuple[FundShare, ...]

    @property
    def whole(self) -> bool:
        """Whether the constituents account for the whole fund."""
        return self.coverage >= WHOLE


@dataclass(frozen=True)
class Funds:
    """Declared funds, looked through; find the fund of a holdings line by ticker, ISIN or name.

    `nested` holds the indices of those that another declared fund holds.
    """

    views: tuple[FundView, ...]
    findings: tuple[Finding, ...]
    nested: frozenset[int] = frozenset()

    def of_lines(self, frame: pd.DataFrame) -> np.ndarray:
        """Return for each HOLDINGS row the index of its fund, or -1; shape (n,)."""
        return _fund_codes(frame, [view.key for view in self.views])


@dataclass(frozen=True)
class _Fund:
    key: str
    weights: np.ndarray  # fraction of net value, per constituent
    inner: np.ndarray  # index of the fund a constituent is, or -1
    codes: np.ndarray  # security code per constituent
    matches: tuple[Match | None, ...]
    blind: np.ndarray  # constituents that are funds nobody declared
    date: date | None


def look_through(constituents: Mapping[str, pd.DataFrame], resolver: Resolver) -> Funds:
    """Look every declared fund through.

    Parameters
    ----------
    constituents
        HOLDINGS of each fund by its key.
    """
    keys = list(constituents)
    findings: list[Finding] = []
    funds = [_read(key, constituents[key], keys, resolver, findings) for key in keys]
    holds = _holdings_of_funds(funds)
    _report_cycles(keys, holds, findings)
    coverage = _coverage(funds, holds)
    views = tuple(
        FundView(fund.key, float(coverage[i]), fund.date, _shares(i, funds, holds, coverage[i]))
        for i, fund in enumerate(funds)
    )
    findings += [
        Finding(
            Severity.WARNING,
            "W605",
            f"{v.key}: constituents account for {v.coverage:.2%} of the fund; shares are bounds",
            v.key,
        )
        for v in views
        if not v.whole
    ]
    nested = frozenset(int(j) for j in np.flatnonzero(holds.any(axis=0)))
    return Funds(views, tuple(findings), nested)


def _fund_codes(frame: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Match rows to fund keys by ticker, ISIN or name, once per distinct value."""
    wanted = {key.casefold(): at for at, key in enumerate(keys)}
    found = np.full(len(frame), -1, dtype=np.int64)
    if not wanted:
        return found
    fund = frame["instrument"].isin(list(FUNDS)).to_numpy()
    for column in ("name", "isin", "ticker"):
        series = frame[column]
        at = [wanted.get(str(value).casefold(), -1) for value in series.cat.categories]
        by_code = np.array([*at, -1], dtype=np.int64)[series.cat.codes.to_numpy()]
        # A ticker can belong to a share as well: it names a fund only on a fund's line.
        usable = (by_code >= 0) & (fund | (column != "ticker"))
        found[usable] = by_code[usable]
    return found


def _read(
    key: str, frame: pd.DataFrame, keys: list[str], resolver: Resolver, findings: list[Finding]
) -> _Fund:
    resolution = resolver.resolve(frame)
    weights = _weights(key, frame, findings)
    inner = _fund_codes(frame, keys)
    instrument = frame["instrument"].isin(list(FUNDS)).to_numpy()
    matched = np.array([m is not None for m in resolution.matches], dtype=bool)[resolution.codes]
    days = frame["date"].dropna()
    return _Fund(
        key,
        weights,
        inner,
        resolution.codes,
        resolution.matches,
        instrument & (inner < 0) & ~matched,
        pd.Timestamp(days.iloc[0]).date() if len(days) else None,
    )


def _weights(key: str, frame: pd.DataFrame, findings: list[Finding]) -> np.ndarray:
    """Return weights as printed, or from values in one currency; NaN rows weigh nothing."""
    printed = frame["weight"].to_numpy(dtype=float)
    if np.isfinite(printed).any():
        stated: np.ndarray = np.nan_to_num(printed)
        return stated
    values = frame["market_value"].to_numpy(dtype=float)
    currencies = frame["value_currency"].dropna().unique()
    total = float(np.nansum(values))
    if len(currencies) > 1 or not total:
        reason = "values in several currencies" if len(currencies) > 1 else "no values"
        findings.append(
            Finding(
                Severity.WARNING, "W605", f"{key}: no weights and {reason}; not looked through", key
            )
        )
        return np.zeros(len(frame))
    weights: np.ndarray = np.nan_to_num(values / total)
    return weights


def _holdings_of_funds(funds: list[_Fund]) -> np.ndarray:
    """Return H: share of fund i in fund j, shape (funds, funds)."""
    holds = np.zeros((len(funds), len(funds)))
    for i, fund in enumerate(funds):
        nested = fund.inner >= 0
        np.add.at(holds[i], fund.inner[nested], fund.weights[nested])
    return holds


def _report_cycles(keys: list[str], holds: np.ndarray, findings: list[Finding]) -> None:
    reach = (holds != 0).astype(int)
    for _ in keys:
        reach = ((reach + reach @ reach) > 0).astype(int)
    circular = [key for at, key in enumerate(keys) if reach[at, at]]
    if circular:
        findings.append(
            Finding(Severity.WARNING, "W606", f"funds that hold one another: {', '.join(circular)}")
        )


def _coverage(funds: list[_Fund], holds: np.ndarray) -> np.ndarray:
    """Return the screened fraction of each fund: `c = direct + H c`, at most 1."""
    direct = np.array([float(f.weights[(f.inner < 0) & ~f.blind].sum()) for f in funds])
    covered: np.ndarray = np.clip(_solve(holds, direct), 0.0, 1.0)
    return covered


def _solve(holds: np.ndarray, direct: np.ndarray) -> np.ndarray:
    if not holds.any():
        return direct
    solved: np.ndarray = np.linalg.solve(np.eye(len(holds)) - holds, direct)
    return solved


def _shares(
    at: int, funds: list[_Fund], holds: np.ndarray, coverage: float
) -> tuple[FundShare, ...]:
    """Return the shares of one fund in every matched issuer."""
    issuers = {m.entity_id for f in funds for m in f.matches if m is not None}
    found: list[FundShare] = []
    for issuer in sorted(issuers):
        direct = np.zeros(len(funds))
        best: list[Match | None] = [None] * len(funds)
        for i, fund in enumerate(funds):
            mine = [m is not None and m.entity_id == issuer for m in fund.matches]
            rows = np.array(mine, dtype=bool)[fund.codes] & (fund.inner < 0)
            direct[i] = fund.weights[rows].sum()
            used = [m for m, is_mine in zip(fund.matches, mine, strict=True) if is_mine]
            best[i] = min((m for m in used if m), key=lambda m: m.confirmed, default=None)
        share = float(_solve(holds, direct)[at])
        path = _largest_path(at, direct, holds)
        if path is None or share == 0:
            continue
        match = best[path[-1]]
        if match is None:
            continue
        # A short position is exposure too, of a size that no rule counts: it widens the share.
        low, size = max(share, 0.0), abs(share)
        high = min(1.0, size + max(0.0, 1.0 - coverage))
        found.append(FundShare(match, low, max(low, high), tuple(funds[i].key for i in path)))
    return tuple(sorted(found, key=lambda s: (-s.low, s.match.entity_id)))


def _largest_path(at: int, direct: np.ndarray, holds: np.ndarray) -> tuple[int, ...] | None:
    """Return the chain of funds through which most of an issuer is held."""
    best: tuple[float, tuple[int, ...] | None] = (0.0, None)
    stack: list[tuple[float, tuple[int, ...]]] = [(1.0, (at,))]
    while stack:
        weight, path = stack.pop()
        here = abs(weight * direct[path[-1]])
        if here > best[0]:
            best = (here, path)
        if len(path) < _DEEP:
            inner = np.flatnonzero(holds[path[-1]])
            stack += [
                (weight * holds[path[-1], j], (*path, int(j))) for j in inner if j not in path
            ]
    return best[1]
