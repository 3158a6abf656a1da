"""Legal paths: enumerated and sampled, both against the chain they come from."""

import numpy as np
import pytest

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import (
    MOVES,
    Belief,
    CourtModel,
    CourtState,
    Hazard,
    Ruling,
    belief,
    occupancy,
    scheduled,
)
from analyzer.scenarios.draws import normals, uniforms
from analyzer.scenarios.tree import enumerate_tree, legal_tree, sample_tree

S = CourtState


def rulings_only(name: str = "rulings", relief: float = 0.4) -> Belief:
    model = CourtModel(
        name,
        S.PENDING,
        rulings=(
            Ruling(S.PENDING, 10, ((S.ENJOINED, relief), (S.LOST, 0.9 - relief)), "t"),
            Ruling(S.LOST, 12, ((S.APPEAL, 1.0),), "t"),
            Ruling(S.APPEAL, 30, ((S.REPRIEVED, 0.25), (S.UPHELD, 0.75)), "t"),
        ),
        window_end=35,
    )
    return belief(model, 40)


def hazards(name: str = "hazards") -> Belief:
    model = CourtModel(
        name,
        S.PENDING,
        hazards=(
            Hazard(S.PENDING, S.REMOVED, 0.01, "t"),
            Hazard(S.PENDING, S.ENJOINED, 0.02, "t"),
            Hazard(S.ENJOINED, S.LOST, 0.05, "t"),
            Hazard(S.LOST, S.APPEAL, 0.3, "t"),
        ),
        rulings=(Ruling(S.PENDING, 20, ((S.REPRIEVED, 0.5), (S.LOST, 0.5)), "t"),),
    )
    return belief(model, 40)


def test_enumeration_by_hand() -> None:
    tree = enumerate_tree((rulings_only(),), 40)
    assert tree is not None
    # Enjoined; lost and reprieved; lost and upheld; undecided for good.
    assert sorted(tree.weight) == pytest.approx(sorted([0.4, 0.5 * 0.25, 0.5 * 0.75, 0.1]))
    final = {S(int(s)) for s in tree.paths[0][:, -1]}
    assert final == {S.ENJOINED, S.REPRIEVED, S.WINDOW_END}


def test_enumerated_occupancy_is_that_of_the_chain() -> None:
    seen = (rulings_only(), rulings_only("second", 0.7))
    tree = enumerate_tree(seen, 40)
    assert tree is not None
    assert tree.exact
    assert len(tree.weight) == 16
    assert tree.weight.sum() == pytest.approx(1.0, abs=1e-14)
    for c in range(2):
        chain = occupancy(seen[c].matrices, seen[c].start)
        assert tree.occupancy(c) == pytest.approx(chain, abs=1e-14)


def test_hazards_over_a_short_horizon_are_enumerated_too() -> None:
    seen = hazards()
    tree = enumerate_tree((seen,), 12, limit=5000)
    assert tree is not None
    chain = occupancy(seen.matrices[:12], seen.start)
    assert tree.occupancy(0) == pytest.approx(chain, abs=1e-13)
    assert enumerate_tree((seen,), 40, limit=50) is None


def test_sampled_occupancy_is_within_three_standard_errors() -> None:
    count = 40_000
    for seen in (hazards(), rulings_only()):
        tree = sample_tree((seen,), 40, count, seed=11)
        chain = occupancy(seen.matrices, seen.start)
        error = np.sqrt(chain * (1 - chain) / count)
        found = tree.occupancy(0)
        # 41 x 9 correlated cells: the mean square of z is the test, the extreme a backstop.
        inside = error > 1e-6
        z = (found - chain)[inside] / error[inside]
        assert np.sqrt((z**2).mean()) < 3
        assert np.abs(z).max() < 4.5
        assert found[~inside] == pytest.approx(chain[~inside], abs=1e-3)


def test_sampled_and_enumerated_path_weights_agree() -> None:
    seen = rulings_only()
    exact, count = enumerate_tree((seen,), 40), 50_000
    assert exact is not None
    sample = sample_tree((seen,), 40, count, seed=3)
    share = np.bincount(sample.leaf[:, 0]) / count
    known = {row.tobytes(): p for row, p in zip(exact.paths[0], exact.weight, strict=True)}
    assert len(share) == len(known)
    for row, found in zip(sample.paths[0], share, strict=True):
        p = known[row.tobytes()]
        assert abs(found - p) < 3 * np.sqrt(p * (1 - p) / count)


def test_sampled_moves_are_possible_moves() -> None:
    paths = sample_tree((hazards(),), 40, 2000, seed=1).paths[0]
    changed = np.argwhere(paths[:, 1:] != paths[:, :-1])
    assert len(changed) > 100
    for row, t in changed:
        assert S(int(paths[row, t + 1])) in MOVES[S(int(paths[row, t]))]


def test_a_scenario_keeps_its_path_in_any_chunk_and_beside_any_docket() -> None:
    seen = hazards()
    whole = sample_tree((seen,), 40, 300, seed=5)
    part = sample_tree((rulings_only(), seen), 40, 50, seed=5, first=170)
    ours = whole.paths[0][whole.leaf[170:220, 0]]
    assert np.array_equal(part.paths[1][part.leaf[:, 1]], ours)
    other = sample_tree((seen,), 40, 300, seed=6)
    assert not np.array_equal(other.paths[0][other.leaf[:, 0]][170:220], ours)


def test_flows_count_the_moves() -> None:
    tree = enumerate_tree((rulings_only(),), 40)
    assert tree is not None
    flows = tree.flows(0)
    assert flows[S.PENDING, S.ENJOINED] == pytest.approx(0.4)
    assert flows[S.APPEAL, S.UPHELD] == pytest.approx(0.375)
    assert flows[S.UPHELD, S.WINDOW_END] == pytest.approx(0.375)
    assert flows.trace() == 0.0


def test_small_trees_are_exact_and_large_ones_sampled() -> None:
    assert legal_tree((rulings_only(),), 40, scenarios=10, seed=0).exact
    big = legal_tree((hazards(), hazards("more")), 40, scenarios=10, seed=0)
    assert (big.exact, big.seed, len(big.weight)) == (False, 0, 10)


def test_no_docket_at_all_is_one_certain_path() -> None:
    tree = legal_tree((), 40, scenarios=7, seed=0)
    assert tree.exact
    assert tree.weight.tolist() == [1.0]


def test_dockets_need_names_of_their_own_and_enough_sessions() -> None:
    with pytest.raises(QueryError):
        sample_tree((hazards(), hazards()), 40, 10, seed=0)
    with pytest.raises(QueryError):
        sample_tree((belief(scheduled("d", 3, 0.5, basis="t"), 5),), 6, 10, seed=0)


def test_draws_are_addressed_by_scenario() -> None:
    whole = uniforms(9, "s", 0, 100, 7)
    assert np.array_equal(uniforms(9, "s", 40, 25, 7), whole[40:65])
    assert not np.array_equal(uniforms(9, "t", 0, 100, 7), whole)
    assert not np.array_equal(uniforms(10, "s", 0, 100, 7), whole)
    assert 0.0 < whole.min() < whole.max() < 1.0
    z = normals(9, "s", 0, 20_000, 8)
    assert abs(z.mean()) < 3 / np.sqrt(z.size)
    assert abs(z.var() - 1) < 3 * np.sqrt(2 / z.size)
    assert abs(np.corrcoef(z.T) - np.eye(8)).max() < 4.5 / np.sqrt(len(z))
