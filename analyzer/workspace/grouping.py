"""The lines of an analysis by issuer, portfolio, regime, status, country or sector; and a table."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import STATUS_RANK, Status
from analyzer.exposure import Analysis, LineJudgement
from analyzer.report.tables import verdict_words

NONE_STATED = "not stated"
_SEVERITY = {status.value: rank for status, rank in STATUS_RANK.items()}


def _issuer(answer: LineJudgement) -> str:
    return answer.listed_name or "no match"


def _regime(answer: LineJudgement) -> str:
    found = dict.fromkeys(v.regime for v in answer.verdicts.values() if v.regime)
    return ", ".join(found) or "none decides"


_BY_ANSWER: Mapping[str, Callable[[LineJudgement], str]] = {"issuer": _issuer, "regime": _regime}
_BY_COLUMN = ("portfolio", "status", "country", "sector")
GROUPINGS = ("issuer", "portfolio", "regime", "status", "country", "sector")


def labels(analysis: Analysis, by: str) -> pd.Series:
    """Return the group of each line, shape (n,).

    Raises
    ------
    KeyError
        For a grouping that is not one of `GROUPINGS`.
    """
    lines = analysis.lines
    if by in _BY_COLUMN:
        return lines[by].astype(object).where(lines[by].notna(), NONE_STATED).astype(str)
    words = np.array([_BY_ANSWER[by](answer) for answer in analysis.judged], dtype=object)
    codes = lines["judged"].to_numpy()
    return pd.Series(words[codes] if len(words) else [], index=lines.index, dtype=object)


def grouped(analysis: Analysis, by: str, everything: bool = False) -> pd.DataFrame:
    """Add lines up by group and status.

    Returns
    -------
    DataFrame
        group, status, lines, value (base currency; missing where a line has none), weight
        (fraction of net value; missing where lines of several portfolios are added without
        values); most severe and largest first.
    """
    lines = analysis.lines
    alone = by == "portfolio" or len(analysis.portfolios) == 1
    frame = pd.DataFrame(
        {
            "group": labels(analysis, by).to_numpy(),
            "status": lines["status"].astype(str).to_numpy(),
            "value": lines["market_value_base"].to_numpy(dtype=float),
            "weight": lines["weight_net"].to_numpy(dtype=float),
            "lines": 1,
        }
    )
    net = analysis.totals.market_value
    if not everything:
        frame = frame.loc[frame["status"] != Status.NO_MATCH.value]
    found = (
        frame.groupby(["group", "status"], sort=False)
        .agg(lines=("lines", "sum"), value=("value", _all), weight=("weight", _all))
        .reset_index()
    )
    if not alone:
        found["weight"] = found["value"] / net if net else float("nan")
    found["rank"] = found["status"].map(_SEVERITY).astype(int)
    found["size"] = found["value"].abs().fillna(found["weight"].abs()).fillna(0.0)
    ordered = found.sort_values(["rank", "size", "group"], ascending=[True, False, True])
    return ordered[["group", "status", "lines", "value", "weight"]].reset_index(drop=True)


def crossed(analysis: Analysis, across: str = "regime") -> pd.DataFrame:
    """Add touched lines up by portfolio and another grouping.

    Returns
    -------
    DataFrame
        group (the portfolio), across, lines, value (base currency; missing where a line has none)
        and weight (fraction of the portfolio's net value).
    """
    lines = analysis.lines
    frame = pd.DataFrame(
        {
            "group": labels(analysis, "portfolio").to_numpy(),
            "across": labels(analysis, across).to_numpy(),
            "value": lines["market_value_base"].to_numpy(dtype=float),
            "weight": lines["weight_net"].to_numpy(dtype=float),
            "lines": 1,
        }
    )
    touched = lines["status"].astype(str).to_numpy() != Status.NO_MATCH.value
    groups = frame.loc[touched].groupby(["group", "across"], sort=True)
    found: pd.DataFrame = groups.agg(
        lines=("lines", "sum"), value=("value", _all), weight=("weight", _all)
    ).reset_index()
    return found


def _all(series: "pd.Series[float]") -> float:
    """Add up; one missing figure makes the sum missing, never smaller."""
    return float(series.sum(skipna=False))


def pick(
    analysis: Analysis,
    by: str = "",
    group: str = "",
    statuses: Sequence[Status] = (),
    everything: bool = False,
) -> np.ndarray:
    """Return positions of lines, (k,): those of a group and of some statuses, touched or all."""
    status = analysis.lines["status"].astype(str).to_numpy()
    keep = np.ones(len(status), dtype=bool)
    if not everything:
        keep &= status != Status.NO_MATCH.value
    if by and group:
        keep &= labels(analysis, by).to_numpy() == group
    if statuses:
        keep &= np.isin(status, [s.value for s in statuses])
    at = np.flatnonzero(keep)
    rank = analysis.lines["status"].astype(str).map(_SEVERITY).to_numpy()[at]
    size = np.abs(np.nan_to_num(analysis.lines["market_value_base"].to_numpy(dtype=float)))[at]
    return at[np.lexsort((at, -size, rank))]


def line_table(analysis: Analysis, at: np.ndarray) -> pd.DataFrame:
    """Return lines for people: where each stands in its file, what it is, what may be done.

    Parameters
    ----------
    at
        Positions in `analysis.lines`, shape (k,).
    """
    lines = analysis.lines.iloc[at]
    codes = lines["judged"].tolist()
    answers = {code: analysis.judged[code] for code in set(codes)}
    day = analysis.question.as_of.day
    ahead = {code: next_date(answer, day) for code, answer in answers.items()}
    said = {
        code: [verdict_words(answer.verdicts[act]) for act in ("buy", "sell", "hold")]
        for code, answer in answers.items()
    }
    return pd.DataFrame(
        {
            "File": lines["input"].astype(str).tolist(),
            "Row": lines["row"].tolist(),
            "Name": _text(lines["name"]),
            "ISIN": _text(lines["isin"]),
            "Ticker": _text(lines["ticker"]),
            "Portfolio": lines["portfolio"].astype(str).tolist(),
            "Status": lines["status"].astype(str).tolist(),
            "Next date": [(d.isoformat() if (d := ahead[c]) else "") for c in codes],
            "Days left": pd.array(
                [None if (d := ahead[c]) is None else (d - day).days for c in codes], dtype="Int64"
            ),
            "Buy": [said[c][0] for c in codes],
            "Sell to divest": [said[c][1] for c in codes],
            "Hold": [said[c][2] for c in codes],
            "Value": lines["market_value_base"].tolist(),
            "Weight": lines["weight_net"].tolist(),
            "Why": [(answers[c].reasons or ("",))[0] for c in codes],
        }
    )


def next_date(answer: LineJudgement, day: date) -> date | None:
    """Return the first legal date of an answer on or after a day, New York; None without one."""
    deadlines = answer.judgement.deadlines if answer.judgement else ()
    days = (d.at.astimezone(NEW_YORK).date() for d in deadlines)
    return min((d for d in days if d >= day), default=None)


def _text(series: "pd.Series[str]") -> list[str]:
    return series.astype(object).where(series.notna(), "").astype(str).tolist()
