"""Where a user's work is kept on disk: the store's folder, lists, and the desk of each browser."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path, user_data_path

from analyzer.core.errors import DataError
from analyzer.workspace.archive import pack_whole, unpack_whole
from analyzer.workspace.beside import Beside
from analyzer.workspace.desk import Desk

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")
_KEPT = 200  # desks; the oldest make room


def store_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the store: `BANIMPACT_HOME`, else the platform's user data folder."""
    home = environment.get("BANIMPACT_HOME")
    return Path(home) if home else user_data_path("banimpact", appauthor=False)


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of what can be made again: `BANIMPACT_HOME`/cache, else the platform's."""
    home = environment.get("BANIMPACT_HOME")
    return Path(home) / "cache" if home else user_cache_path("banimpact", appauthor=False)


def _place(folder: Path, token: str) -> Path | None:
    """Return the file of a browser's desk; None for a token we would never have given."""
    if not _TOKEN.fullmatch(token):
        return None
    return folder / "desks" / f"{hashlib.sha256(token.encode()).hexdigest()}.zip"


def suspend(folder: Path, token: str, desk: Desk, beside: Beside) -> None:
    """Keep a desk for the browser that holds a token; the file name does not reveal the token."""
    path = _place(folder, token)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pack_whole(desk, beside))
    partial.replace(path)
    kept = sorted(path.parent.glob("*.zip"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in kept[_KEPT:]:
        old.unlink(missing_ok=True)


def resume(folder: Path, token: str) -> tuple[Desk, Beside] | None:
    """Return the desk kept for a token and what lay beside it, or None."""
    path = _place(folder, token)
    if path is None or not path.is_file():
        return None
    try:
        desk, beside, _ = unpack_whole(path.read_bytes())
    except DataError:
        path.unlink(missing_ok=True)  # half-written by an older release: nothing to resume
        return None
    return desk, beside


def forget(folder: Path, token: str) -> None:
    """Delete the desk kept for a token."""
    path = _place(folder, token)
    if path is not None:
        path.unlink(missing_ok=True)


_SETTINGS = "settings.json"


def load_settings(folder: Path) -> dict[str, Any]:
    """Return what was chosen for everyone who uses the store (`four_eyes`)."""
    path = folder / _SETTINGS
    if not path.is_file():
        return {}
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return body


def save_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Keep settings for everyone who uses the store."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f".{_SETTINGS}.partial"
    partial.write_text(json.dumps(dict(settings), indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(folder / _SETTINGS)
