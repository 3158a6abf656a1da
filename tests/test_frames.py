"""Grouping rows by integer codes, against pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core import frames
from analyzer.core.frames import first_rows, group_rows

Parts = list[tuple[np.ndarray, int]]


@st.composite
def coded(draw: st.DrawFn) -> tuple[Parts, int]:
    """Return up to four columns of codes, some of which follow from others."""
    rows = draw(st.integers(0, 120))
    parts: Parts = []
    for _ in range(draw(st.integers(0, 4))):
        number = draw(st.integers(1, 40))
        lowest = draw(st.sampled_from([-1, 0]))
        kind = draw(st.sampled_from(["int8", "int16", "int64"]))
        if parts and draw(st.booleans()):
            codes = (parts[0][0].astype("int64") * 7 + 7) % number
        else:
            cells = st.integers(lowest, number - 1)
            codes = np.array(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype="int64")
        parts.append((codes.astype(kind), number))
    return parts, rows


@settings(max_examples=300, deadline=None)
@given(coded(), st.sampled_from([1, 7, 65536]))
def test_groups_are_those_of_pandas_in_order_of_appearance(
    made: tuple[Parts, int], block: int
) -> None:
    parts, rows = made
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "_BLOCK", block)
        groups, first = group_rows(parts, rows)
    columns = pd.DataFrame({str(i): codes for i, (codes, _) in enumerate(parts)}, range(rows))
    columns["one"] = 0
    expected = columns.groupby([*columns], sort=False, dropna=False).ngroup()
    assert groups.tolist() == expected.tolist()
    assert first.tolist() == expected.drop_duplicates().index.tolist()


def test_codes_beyond_sixty_two_bits_are_numbered_anew() -> None:
    random = np.random.default_rng(5)
    parts = [(random.integers(0, 2**31, 60).repeat(2), 2**31) for _ in range(4)]
    groups, first = group_rows(parts, 120)
    assert groups.tolist() == np.arange(60).repeat(2).tolist()
    assert first.tolist() == list(range(0, 120, 2))


def test_the_first_row_of_each_code_and_of_what_is_missing() -> None:
    assert first_rows(np.array([2, 0, 2, -1, 0]), 4).tolist() == [1, 5, 0, 5, 3]
