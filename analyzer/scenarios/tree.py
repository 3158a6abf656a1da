"""Legal scenarios: every path the courts may take, or a sample of them.

Where few paths are possible they are enumerated with their exact probabilities; otherwise they
are sampled. Dockets are independent of each other given the model: a common cause, such as one
court of appeal deciding for several, has to be modelled as one docket.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import STATES, Belief
from analyzer.scenarios.draws import uniforms

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
States = NDArray[np.int8]

LIMIT = 5000
"""Most joint paths that are enumerated."""


@dataclass(frozen=True, slots=True)
class LegalTree:
    """Joint legal paths of C dockets over T sessions.

    Parameters
    ----------
    dockets
        Names, in the order of the other fields.
    paths
        By docket, (U, T + 1) states in sessions 0..T; distinct rows.
    leaf
        (L, C) row of `paths` for each scenario and docket.
    weight
        (L,) probabilities, summing to 1.
    exact
        True when every possible path is present with its probability.
    seed
        Of the sample; None when exact.
    """

    dockets: tuple[str, ...]
    paths: tuple[States, ...]
    leaf: IntArray
    weight: Array
    exact: bool
    seed: int | None = None

    def occupancy(self, docket: int) -> Array:
        """Chance of each state in sessions 0..T, (T + 1, STATES)."""
        paths = self.paths[docket]
        weight = np.bincount(self.leaf[:, docket], self.weight, len(paths))
        return np.stack([weight @ (paths == state) for state in range(STATES)], axis=1)

    def flows(self, docket: int) -> Array:
        """Return the expected moves between each two states, (STATES, STATES)."""
        paths = self.paths[docket]
        weight = np.bincount(self.leaf[:, docket], self.weight, len(paths))
        path, session = np.nonzero(paths[:, 1:] != paths[:, :-1])
        move = paths[path, session].astype(np.int64) * STATES + paths[path, session + 1]
        counted = np.bincount(move, weight[path], STATES * STATES)
        return np.asarray(counted.reshape(STATES, STATES))


def legal_tree(
    beliefs: tuple[Belief, ...],
    sessions: int,
    *,
    scenarios: int,
    seed: int,
    limit: int = LIMIT,
) -> LegalTree:
    """Enumerate the joint paths where at most `limit` exist, else sample `scenarios` of them."""
    exact = enumerate_tree(beliefs, sessions, limit=limit)
    return exact if exact is not None else sample_tree(beliefs, sessions, scenarios, seed)


def enumerate_tree(
    beliefs: tuple[Belief, ...], sessions: int, *, limit: int = LIMIT
) -> LegalTree | None:
    """Return every joint path with its probability, or None when more than `limit` exist."""
    leaf, weight = np.zeros((1, 0), dtype=np.int64), np.ones(1)
    paths = []
    for seen in beliefs:
        found = _enumerate(seen, sessions, limit)
        if found is None or len(weight) * len(found[1]) > limit:
            return None
        states, chance = found
        paths.append(states)
        rows = np.arange(len(chance))
        leaf = np.column_stack([np.repeat(leaf, len(rows), axis=0), np.tile(rows, len(weight))])
        weight = np.repeat(weight, len(chance)) * np.tile(chance, len(weight))
    return LegalTree(_names(beliefs), tuple(paths), leaf, weight, exact=True)


def _enumerate(seen: Belief, sessions: int, limit: int) -> tuple[States, Array] | None:
    _check_length(seen, sessions)
    states = np.full((1, sessions + 1), seen.start, dtype=np.int8)
    chance = np.ones(1)
    for t in range(sessions):
        row, target = np.nonzero(seen.matrices[t, states[:, t]])
        if len(row) > limit:
            return None
        chance = chance[row] * seen.matrices[t, states[row, t], target]
        if len(row) > len(states):
            states = states[row]
        states[:, t + 1] = target
    return states, chance


def sample_tree(
    beliefs: tuple[Belief, ...], sessions: int, scenarios: int, seed: int, *, first: int = 0
) -> LegalTree:
    """Draw scenarios `first` .. `first + scenarios - 1` of a sample that has no end.

    Each docket draws from a stream of its own name: adding one leaves the others as they were.

    Raises
    ------
    QueryError
        When two dockets share a name, and with it their random numbers.
    """
    names = _names(beliefs)
    if any(a == b for a, b in pairwise(sorted(names))):
        raise QueryError(f"two dockets share a name and would move together: {sorted(names)}")
    drawn = [_sample(seen, sessions, scenarios, seed, first) for seen in beliefs]
    leaves = [leaf for _, leaf in drawn]
    return LegalTree(
        dockets=names,
        paths=tuple(paths for paths, _ in drawn),
        leaf=np.stack(leaves, axis=1) if leaves else np.zeros((scenarios, 0), dtype=np.int64),
        weight=np.full(scenarios, 1.0 / scenarios),
        exact=False,
        seed=seed,
    )


def _sample(
    seen: Belief, sessions: int, count: int, seed: int, first: int
) -> tuple[States, IntArray]:
    """Draw the moves of one docket by inversion, one round per move; distinct paths and rows."""
    _check_length(seen, sessions)
    matrices = seen.matrices[:sessions]
    # Cumulative hazard of leaving each state; a certain move counts as 745 (e^-745 underflows).
    stay = np.clip(np.diagonal(matrices, axis1=1, axis2=2), 1e-323, 1.0)
    hazard = np.vstack([np.zeros(STATES), np.cumsum(-np.log(stay), axis=0)])
    away = matrices.copy()
    away[:, np.arange(STATES), np.arange(STATES)] = 0.0
    ladder = np.cumsum(away, axis=2)
    total = ladder[:, :, -1:]
    ladder = np.divide(ladder, total, out=np.ones_like(ladder), where=total > 0)
    state = np.full(count, int(seen.start))
    session = np.zeros(count, dtype=np.int64)
    active = np.arange(count)
    moves: list[IntArray] = []
    while len(active):
        stream = f"court {seen.docket} move {len(moves)}"
        draw = uniforms(seed, stream, first, count, 2)[active]
        target = hazard[session[active], state[active]] - np.log(draw[:, 0])
        when = np.full(len(active), sessions + 1)
        for s in np.unique(state[active]):
            here = state[active] == s
            when[here] = np.searchsorted(hazard[:, s], target[here], side="right")
        happens = when <= sessions
        active, when, draw = active[happens], when[happens], draw[happens]
        if not len(active):
            break
        rungs = ladder[when - 1, state[active]]
        state[active] = (rungs <= draw[:, 1:]).sum(axis=1)
        session[active] = when
        move = np.full(count, -1)
        move[active] = when * STATES + state[active]
        moves.append(move)
    return _paths(moves, int(seen.start), sessions, count)


def _paths(moves: list[IntArray], start: int, sessions: int, count: int) -> tuple[States, IntArray]:
    if not moves:
        return np.full((1, sessions + 1), start, np.int8), np.zeros(count, dtype=np.int64)
    leaf, first = np.zeros(count, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for move in moves:
        joined = leaf * ((sessions + 1) * STATES + 1) + move + 1
        _, first, leaf = np.unique(joined, return_index=True, return_inverse=True)
    paths = np.full((len(first), sessions + 1), start, dtype=np.int8)
    clock = np.arange(sessions + 1)
    for move in (every[first] for every in moves):
        after = (move >= 0)[:, None] & (clock >= (move // STATES)[:, None])
        paths = np.where(after, (move % STATES)[:, None], paths).astype(np.int8)
    return paths, leaf


def _names(beliefs: tuple[Belief, ...]) -> tuple[str, ...]:
    return tuple(seen.docket for seen in beliefs)


def _check_length(seen: Belief, sessions: int) -> None:
    if len(seen.matrices) < sessions:
        raise QueryError(f"{seen.docket} is modelled over {len(seen.matrices)} sessions only")
