"""What one session has made and may draw again: kept until what it was made from is another.

Everything here lives in the session alone, and goes when another result takes its place.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

Made = TypeVar("Made")
_KEPT = "remembered"


def remembered(
    name: str, owners: tuple[Any, ...], values: Hashable, make: Callable[[], Made]
) -> Made:
    """Return what `make` made before from the same things, or what it makes now.

    Parameters
    ----------
    name
        What it is, and where; one thing is kept under each name.
    owners
        Objects it is made from, the same only when they are the very same objects.
    values
        Values it is made with, the same when they are equal.
    make
        Called when something is another; must depend on nothing else.
    """
    kept: dict[str, tuple[tuple[Any, ...], Hashable, Any]] = st.session_state.setdefault(_KEPT, {})
    found = kept.get(name)
    same = (
        found is not None
        and len(found[0]) == len(owners)
        and all(one is other for one, other in zip(found[0], owners, strict=True))
        and found[1] == values
    )
    if found is None or not same:
        found = owners, values, make()
        kept[name] = found
    made: Made = found[2]
    return made


def forget_all() -> None:
    """Let go of everything kept: it holds on to the result it was made from."""
    st.session_state[_KEPT] = {}
