"""Writing into a user's data directory: whole files or nothing, `list.yml` last."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.lists.roster import Edition, write_roster


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers see the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        # Temporary files are private; a list is as readable as its folder lets it be.
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def export(edition: Edition, path: Path) -> Path:
    """Write the roster of an edition in the project's columns.

    Returns
    -------
    Path
        The file written.
    """
    write_whole(path, write_roster(edition.rows))
    return path


def as_yaml(body: Mapping[str, Any], comment: str = "") -> str:
    """Return a mapping as YAML text under a comment line."""
    text = yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=True, width=1000)
    return f"# {comment}\n{text}" if comment else text


def plain_yaml(path: Path) -> dict[str, Any]:
    """Return a YAML mapping without the line numbers its reader adds."""
    body = _without_lines(parse_yaml(path.read_text(encoding="utf-8"), path.name))
    return dict(body)


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_lines(v) for k, v in value.items() if k != LINE}
    if isinstance(value, list):
        return [_without_lines(v) for v in value]
    return value
