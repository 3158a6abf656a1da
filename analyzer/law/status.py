"""From verdicts to the one word for a position."""

from collections.abc import Mapping

from analyzer.core.verdict import PROHIBITIONS, Outcome, Standing, Status, Verdict


def status_of(verdicts: Mapping[str, Verdict], standing: Standing) -> Status:
    """Return the first status that holds, given the answers for buy, hold and sell."""
    buy, hold, sell = (verdicts[act].outcome for act in ("buy", "hold", "sell"))
    if Outcome.BLOCK_AND_REPORT in (buy, hold, sell):
        return Status.BLOCKED
    if Outcome.REVIEW in (buy, hold, sell) or standing.close_name:
        return Status.REVIEW
    if buy in PROHIBITIONS:
        if sell in PROHIBITIONS:
            return Status.LOCKED
        if sell is Outcome.PERMITTED_UNTIL:
            return Status.SELL_WINDOW
        return Status.RESTRICTED
    if Outcome.UNKNOWN in (buy, hold, sell):
        return Status.UNKNOWN
    quiet = (
        (standing.pending, Status.UPCOMING),
        (standing.suspended, Status.SUSPENDED),
        (standing.formerly, Status.RELEASED),
        (bool(standing.flags or standing.listed_on), Status.WATCH),
    )
    return next((status for holds, status in quiet if holds), Status.NO_MATCH)
