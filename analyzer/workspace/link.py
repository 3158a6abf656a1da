"""A what-if form as plain values of a link, and back; what may not be there is named, not used.

A link holds the template, the knobs that differ from it, and events as kind, list, entity and
date. It never holds anything of a portfolio: an event about a line that no list knows is left out.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from analyzer.workspace.whatif import (
    HYPOTHESES,
    MOST_PATHS,
    TEMPLATES,
    Form,
    Hypothesis,
    shock_presets,
)

_FIRST, _LAST = date(2015, 1, 1), date(2035, 12, 31)
_UNSET = "-"
_MOST = 8  # events, or targets of a ruling
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Known:
    """What a link may name.

    Parameters
    ----------
    entities, lists
        Ids of entities and of lists.
    """

    entities: Collection[str]
    lists: Collection[str]


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(text[:20])
    return text


def _number(low: float, high: float) -> Callable[[str, Known], float]:
    def read(text: str, _: Known) -> float:
        value = float(text)
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(text)
        return value

    return read


def _word(*words: str) -> Callable[[str, Known], str]:
    def read(text: str, _: Known) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


def _day(text: str, _: Known | None = None) -> str:
    day = date.fromisoformat(text)
    if not _FIRST <= day <= _LAST or day.isoformat() != text:
        raise ValueError(text)
    return text


def _whole(low: int, high: int) -> Callable[[str, Known], int]:
    def read(text: str, _: Known) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def _switch(text: str, _: Known) -> bool:
    return {"on": True, "off": False}[text]


def _targets(text: str, known: Known) -> tuple[str, ...]:
    found = tuple(text.split(","))
    if len(found) > _MOST or not all(t in known.entities for t in found):
        raise ValueError(text)
    return found


def _events(text: str, known: Known) -> tuple[Hypothesis, ...]:
    parts = text.split(";")
    if len(parts) > _MOST:
        raise ValueError(text)
    return tuple(_event(part, known) for part in parts)


def _event(text: str, known: Known) -> Hypothesis:
    kind, list_id, entity, on, *rest = text.split(",")
    if kind not in HYPOTHESES or list_id not in known.lists or entity not in known.entities:
        raise ValueError(text)
    if len(rest) != (kind == "license"):
        raise ValueError(text)
    return Hypothesis(kind, entity, _day(on), list_id, _day(rest[0]) if rest else "")


# Name in the link: field of the form, how it is read.
_KNOBS: Mapping[str, tuple[str, Callable[[str, Known], Any]]] = {
    "wi_as_of": ("as_of", _day),
    "wi_rulings": ("rulings", _switch),
    "wi_reading": ("reading", _word("strict", "lenient")),
    "window": ("window_days", _whole(1, 3650)),
    "wi_share": ("participation", _number(0.0001, 1.0)),
    "wi_times": ("volume_multiplier", _number(0.01, 10.0)),
    "wi_spread": ("spread_bp", _number(0.0, 10_000.0)),
    "wi_risk": ("risk_aversion", _number(0.0, 1.0)),
    "wi_volume": ("volume", _number(1.0, 1e15)),
    "wi_volatility": ("volatility", _number(0.0001, 1.0)),
    "wi_crowding": ("crowding", _number(0.0, 10.0)),
    "wi_start": ("start", _day),
    "wi_shock": ("shock", _word(*shock_presets())),
    "wi_replace": ("replacement", _switch),
    "wi_paths": ("paths", _whole(100, MOST_PATHS)),
    "wi_seed": ("seed", _whole(0, 2_000_000_000)),
    "wi_ruling": ("ruling", _day),
    "wi_targets": ("targets", _targets),
    "wi_relief": ("relief", _number(0.0, 1.0)),
    "wi_move": ("relief_move", _number(-1.0, 10.0)),
    "wi_events": ("hypotheses", _events),
}


def to_link(template: str, form: Form, known: Known) -> tuple[dict[str, str], int]:
    """Return what of a form stands in a link.

    Returns
    -------
    values
        Names and plain values.
    left_out
        Events that are not in it, since they name a line of the user's own file.
    """
    told = tuple(h for h in form.hypotheses if h.entity in known.entities and not h.name)
    shown = replace(form, hypotheses=told)
    start = TEMPLATES[template]
    values = {"template": template}
    for name, (field, _) in _KNOBS.items():
        value = getattr(shown, field)
        if value != getattr(start, field):
            values[name] = _written(value)
    return values, len(form.hypotheses) - len(told)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        words = [_written_event(v) if isinstance(v, Hypothesis) else str(v) for v in value]
        mark = ";" if value and isinstance(value[0], Hypothesis) else ","
        return mark.join(words) or _UNSET
    if isinstance(value, float):
        return f"{value:.10g}"
    return _UNSET if value in (None, "") else str(value)


def _written_event(event: Hypothesis) -> str:
    parts = [event.kind, event.list_id, event.entity, event.on]
    return ",".join([*parts, event.until] if event.kind == "license" else parts)


def from_link(values: Mapping[str, str], known: Known) -> tuple[str, Form, tuple[str, ...]]:
    """Return the template and the form a link asks for.

    Parameters
    ----------
    values
        All names and values of the link; those that are not of a form are passed over.

    Returns
    -------
    template, form
        Empty, and the first template, where the link names none.
    ignored
        Names whose value may not be what it is.
    """
    template = values.get("template", "")
    ignored = [] if template in ("", *TEMPLATES) else ["template"]
    template = template if template in TEMPLATES else ""
    start = TEMPLATES[template] if template else next(iter(TEMPLATES.values()))
    changes: dict[str, Any] = {}
    for name, (field, read) in _KNOBS.items():
        if name not in values:
            continue
        text = values[name]
        try:
            changes[field] = _BARE[field] if text == _UNSET else read(_short(text), known)
        except (ValueError, KeyError):
            ignored.append(name)
    return template, replace(start, **changes), tuple(ignored)


_BARE: Mapping[str, Any] = {field: getattr(Form(""), field) for field, _ in _KNOBS.values()}


__all__ = ["Known", "from_link", "to_link"]
