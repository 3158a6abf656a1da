"""What outlives a run of a page: the law (shared by all), the store, and who is asking.

Nothing derived from holdings is kept here: that lives in the session alone.
"""

import getpass
import os
from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from analyzer.core.asof import NEW_YORK
from analyzer.service import World
from analyzer.store import Store
from analyzer.workspace import store_folder, world_of

COOKIE = "banimpact"


def now() -> datetime:
    """Return the instant; only front ends read the clock."""
    return datetime.now(UTC)


def today() -> date:
    """Return the New York day."""
    return datetime.now(NEW_YORK).date()


def home() -> Path:
    """Return the folder of the store."""
    return store_folder(os.environ)


def lists_folder() -> Path:
    """Return the folder of lists the user imported."""
    return home() / "lists"


def _lists_version() -> str:
    """Return a text that changes when a list is imported."""
    folder = lists_folder()
    if not folder.is_dir():
        return ""
    files = sorted(folder.rglob("list.yml"))
    return "|".join(f"{path}:{path.stat().st_mtime_ns}" for path in files)


@st.cache_resource(max_entries=2, show_spinner="Loading rules, lists and rulings …")
def _world(folder: Path, version: str) -> World:
    return world_of(folder) if version else world_of(None)


def world() -> World:
    """Return the law and lists, loaded once and again after an import."""
    version = _lists_version()
    return _world(lists_folder() if version else Path(), version)


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(folder: Path) -> Store:
    return Store.open(folder, "banimpact app", now())


def store() -> Store:
    """Return the store; one per folder."""
    return _store(home())


def token() -> str:
    """Return the browser's token, from the cookie our server sets; empty without one."""
    return str(st.context.cookies.get(COOKIE, ""))


def person() -> str:
    """Return who is at the keyboard: as told by the proxy, as typed, or as logged in here."""
    header = os.environ.get("BANIMPACT_USER_HEADER")
    if header:
        return str(st.context.headers.get(header, "")).strip()
    return str(st.session_state.get("person") or _login())


def named_by_proxy() -> bool:
    """Say whether a proxy in front names the user, so that nobody may type another name."""
    return bool(os.environ.get("BANIMPACT_USER_HEADER"))


def _login() -> str:
    try:
        return os.environ.get("BANIMPACT_USER") or getpass.getuser()
    except (KeyError, OSError):
        return ""
