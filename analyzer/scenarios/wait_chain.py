"""The court as the sell-or-wait programme sees it: only the states in which a sale can matter.

Rows of the arrays are the *live* states, then two strategies that are rows of their own because
they differ from the optimum only in what they do: `waiting` sits in the starting state and may
not sell before a given session, `committed` never looks at the court. Columns go on with the
*settled* states: free of the ban for good, worth nothing to any sale.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.scenarios.courts import FREE, STATES, Belief, CourtState, occupancy

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chain:
    """Court arrays over C dockets, T sessions, R rows and R + D columns.

    Parameters
    ----------
    states
        The live states, in row order; rows `waiting` and `committed` follow.
    matrices, jumps
        (C, T, R, R + D) probabilities and fractions of price.
    expected_jump
        (C, T, R) fractions of price.
    start
        (C,) row of the starting state.
    bound
        (C, R) whether the ban binds.
    may_sell
        (C, R) false once the window has closed.
    drift
        (C, T) jump expected after each session whatever the state, fraction of price; the
        committed seller plans without it and meets it all the same.
    free
        (C, T + 1) chance that no ban binds before each session.
    """

    states: tuple[CourtState, ...]
    matrices: Array
    jumps: Array
    expected_jump: Array
    start: IntArray
    bound: BoolArray
    may_sell: BoolArray
    drift: Array
    free: Array

    @property
    def waiting(self) -> int:
        """Row of the strategy that sells nothing until it must."""
        return len(self.states)

    @property
    def committed(self) -> int:
        """Row of the strategy that sells whatever the court does."""
        return len(self.states) + 1

    @property
    def rows(self) -> int:
        """Live states and strategies."""
        return len(self.states) + 2

    def unmoved(self) -> Array:
        """Chance that the court has not moved before each session, (C, T)."""
        dockets, sessions = self.matrices.shape[:2]
        stay = self.matrices[np.arange(dockets), :, self.start, self.start]
        before = np.ones((dockets, sessions))
        before[:, 1:] = np.cumprod(stay[:, :-1], axis=1)
        return before


def build_chain(beliefs: tuple[Belief, ...], sessions: int) -> Chain:
    """Cut the dockets down to `sessions` and to the states some docket can reach."""
    chances = [occupancy(b.matrices[:sessions], b.start) for b in beliefs]
    live, settled = _split(beliefs, sessions, chances)
    dockets, rows = len(beliefs), len(live) + 2
    columns = [*live, *settled]
    matrices = np.zeros((dockets, sessions, rows, rows + len(settled)))
    jumps = np.zeros_like(matrices)
    place = np.array([*range(len(live)), *range(rows, rows + len(settled))], dtype=np.int64)
    start = np.array([live.index(b.start) for b in beliefs])
    for c, seen in enumerate(beliefs):
        cut = np.ix_(np.arange(sessions), np.array(live), np.array(columns))
        for whole, source in ((matrices, seen.matrices), (jumps, seen.jumps)):
            whole[c][:, : len(live), place] = source[cut]
            whole[c, :, len(live)] = whole[c, :, start[c]]
            # Waiting stays waiting, not optimal, while the court stays still.
            _swap_self(whole[c, :, len(live)], start[c], len(live))
        matrices[c, :, rows - 1, rows - 1] = 1.0
    free_states = sorted(FREE)
    drift = [
        (chance[:-1] * seen.expected_jump[:sessions]).sum(axis=1)
        for seen, chance in zip(beliefs, chances, strict=True)
    ]
    bound = np.array([s not in FREE for s in live])
    sells = np.array([s is not CourtState.WINDOW_END for s in live])
    sure = np.ones(dockets, dtype=bool)
    return Chain(
        states=tuple(live),
        matrices=matrices,
        jumps=jumps,
        expected_jump=np.asarray(np.einsum("ctij,ctij->cti", matrices, jumps)),
        start=start,
        bound=np.column_stack([np.tile(bound, (dockets, 1)), bound[start], sure]),
        may_sell=np.column_stack([np.tile(sells, (dockets, 1)), sells[start], sure]),
        drift=np.stack(drift),
        free=np.stack([chance[:, free_states].sum(axis=1) for chance in chances]),
    )


def _swap_self(row: Array, start: int, waiting: int) -> None:
    row[:, waiting] = row[:, start]
    row[:, start] = 0.0


def _split(
    beliefs: tuple[Belief, ...], sessions: int, chances: list[Array]
) -> tuple[list[CourtState], list[CourtState]]:
    """Reached states, those still live apart from those settled for good."""
    reached = np.zeros(STATES, dtype=bool)
    edges = np.eye(STATES, dtype=bool)
    for seen, chance in zip(beliefs, chances, strict=True):
        reached |= (chance > 0).any(axis=0)
        edges |= (seen.matrices[:sessions] > 0).any(axis=0)
    for _ in range(STATES):
        edges = edges @ edges
    starts = {b.start for b in beliefs}
    settled = {
        state
        for state in CourtState
        if state not in starts
        and all(target in FREE for target in CourtState if edges[state, target])
    }
    states = [state for state in CourtState if reached[state]]
    return [s for s in states if s not in settled], [s for s in states if s in settled]
