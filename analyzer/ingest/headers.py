"""Which column is which: by its heading in six languages, then by what it holds."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from analyzer.core.errors import InputError
from analyzer.core.identifiers import valid_cusip, valid_figi, valid_isin, valid_lei, valid_sedol
from analyzer.ingest.instruments import instrument_word

NUMERIC = frozenset(
    {
        "quantity",
        "principal",
        "price",
        "market_value",
        "notional",
        "weight",
        "fx_rate",
        "fund_share",
        "delta",
        "strike",
        "multiplier",
    }
)
ISSUERS = frozenset(
    {"issuer", "issuer name", "name of issuer", "emittent", "emittente", "nom de l émetteur"}
)
IDENTITY = ("isin", "cusip", "sedol", "figi", "lei", "identifier", "ticker", "name")
MEASURES = ("quantity", "principal", "market_value", "notional", "weight")
_CODES = re.compile(
    r"\b(USD|EUR|GBP|JPY|CHF|AUD|CAD|NZD|HKD|CNY|CNH|SGD|KRW|TWD|INR|SEK|NOK|DKK)\b"
)

_SIGNS = {"us$": "USD", "a$": "AUD", "c$": "CAD", "hk$": "HKD", "s$": "SGD", "nz$": "NZD"}
_SIGNS |= {"€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR"}
_THOUSANDS = re.compile(
    r"\(?\$?\s*(?:x\s*)?[\$€£]?\s*'?(?:000s?|thousands?)'?\)?|\bin thousands\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading taken apart: its words, and what it says about the unit of the column."""

    printed: str
    words: str
    currency: str | None = None
    dollar: bool = False
    percent: bool = False
    thousands: bool = False


@dataclass(frozen=True)
class Layout:
    """Where each field of a table is found.

    Parameters
    ----------
    fields
        Canonical field to column position.
    headings
        The headings, taken apart, by position.
    guessed
        Fields found by content.
    """

    fields: Mapping[str, int]
    headings: tuple[Heading, ...]
    guessed: tuple[str, ...] = field(default=())

    def heading(self, name: str) -> Heading | None:
        """Return the heading of a field, None when the table lacks it."""
        at = self.fields.get(name)
        return None if at is None else self.headings[at]


@lru_cache(maxsize=1)
def aliases() -> dict[str, str]:
    """Return the known headings, in normal form, and the field each one names."""
    text = files("analyzer.ingest").joinpath("aliases.csv").read_text(encoding="utf-8")
    return {
        heading: row["field"]
        for row in csv.DictReader(text.splitlines())
        for heading in row["headings"].split("|")
    }


def field_names() -> tuple[str, ...]:
    """Return every field a heading may be mapped to, in the order they are documented."""
    return (*dict.fromkeys(aliases().values()), "instrument", "issuer")


@lru_cache(maxsize=4096)
def parse_heading(printed: str) -> Heading:
    """Take a heading apart: ``Market Value (AUD)`` is ``market value`` in AUD."""
    text = unicodedata.normalize("NFKC", printed).replace("\u2019", "'").strip()
    thousands = bool(_THOUSANDS.search(text))
    text = _THOUSANDS.sub(" ", text) if thousands else text
    code = _CODES.search(text)
    lowered = text.lower()
    sign = next((c for s, c in _SIGNS.items() if s in lowered), None)
    text = _CODES.sub(" ", text) if code and code.group(0) != text else text
    camel = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    percent = "%" in camel
    words = re.sub(r"\(\s*%\s*\)|\[\s*%\s*\]", " ", camel).replace("%", " pct ")
    words = " ".join(re.sub(r"[^\w]+|_", " ", words).split()).casefold()
    return Heading(
        printed.strip(),
        words,
        code.group(0) if code else sign,
        "$" in printed and not code and not sign,
        percent,
        thousands,
    )


def known_fields(cells: Sequence[str], wanted: Mapping[str, str] | None = None) -> dict[str, int]:
    """Return the fields a row of cells names, the first column winning each field.

    Parameters
    ----------
    wanted
        Field to heading as the user gave it; these headings are known too.
    """
    table = aliases()
    chosen = {h.strip().casefold(): f for f, h in (wanted or {}).items()}
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        name = chosen.get(cell.strip().casefold())
        if name is None and cell and len(cell) < 80:
            name = table.get(parse_heading(cell).words)
        if name is not None and (name not in found or _local(cells[found[name]]) > _local(cell)):
            found[name] = position
    return found


def _local(heading: str) -> bool:
    """Say whether a heading is that of a value in local currency, second to one in the fund's."""
    return "local" in heading.casefold()


def find_header(
    rows: Sequence[Sequence[str]], wanted: Mapping[str, str] | None = None
) -> int | None:
    """Return the position of the heading row among the first rows, None when there is none.

    A heading row names at least two fields, one of them an identity; the row that names most
    wins, the first one on a tie.
    """
    best, best_score = None, 1
    for position, cells in enumerate(rows):
        found = known_fields(cells, wanted)
        if len(found) > best_score and any(f in found for f in IDENTITY):
            best, best_score = position, len(found)
    return best


@lru_cache(maxsize=1)
def _transaction_words() -> dict[str, str]:
    text = files("analyzer.ingest").joinpath("transaction_headings.csv").read_text(encoding="utf-8")
    return {
        heading: row["weight"]
        for row in csv.DictReader(text.splitlines())
        for heading in row["headings"].split("|")
    }


def transaction_headings(cells: Iterable[str]) -> list[tuple[str, bool]]:
    """Return the headings of a file of transactions, each with whether it proves one by itself."""
    words = _transaction_words()
    found = ((c.strip(), words.get(parse_heading(c).words)) for c in cells if c)
    return [(heading, weight == "strong") for heading, weight in found if weight]


def map_columns(
    headings: Sequence[str], sample: Sequence[Sequence[str]], wanted: Mapping[str, str] | None
) -> Layout:
    """Assign fields to columns: what the user said, then headings, then content.

    Parameters
    ----------
    headings
        Heading row as printed.
    sample
        Some rows below it.
    wanted
        Field to heading, as the user gave it.

    Raises
    ------
    InputError
        When `wanted` names an unknown field or a column that is not there.
    """
    parsed = tuple(parse_heading(h) for h in headings)
    given = _given(headings, wanted or {})
    fields = {f: p for f, p in known_fields(headings).items() if p not in given.values()} | given
    fields = _settle(fields, parsed, given)
    guessed: list[str] = []
    if _funds_held(fields, sample) and "portfolio" not in given:
        fields["name"] = fields.pop("portfolio")
        guessed.append("name")
    fields = _classes_apart(fields, parsed, sample, given)
    second = _second_name(fields, parsed, sample)
    if second is not None:
        fields["issuer"] = second
    taken = set(fields.values())
    for position in range(len(headings)):
        if position in taken:
            continue
        name = _by_content([r[position] for r in sample if position < len(r)])
        if name is not None and name not in fields:
            fields[name] = position
            guessed.append(name)
    if "name" not in fields and not any(f in fields for f in IDENTITY):
        position_of_name = _name_by_content(headings, sample, set(fields.values()))
        if position_of_name is not None:
            fields["name"] = position_of_name
            guessed.append("name")
    return Layout(fields, parsed, tuple(guessed))


def _given(headings: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int]:
    names = field_names()
    by_text = {h.strip().casefold(): p for p, h in reversed(list(enumerate(headings)))}
    found: dict[str, int] = {}
    problems = []
    for name, column in wanted.items():
        position = by_text.get(column.strip().casefold())
        if name not in names:
            problems.append(f"{name!r} is no field (fields: {', '.join(names)})")
        elif position is None:
            printed = ", ".join(repr(h.strip()) for h in headings if h.strip())
            problems.append(f"no column {column!r} for {name} (columns: {printed})")
        else:
            found[name] = position
    if problems:
        raise InputError("mapping: " + "; ".join(problems))
    return found


def _settle(
    fields: dict[str, int], parsed: tuple[Heading, ...], given: Mapping[str, int]
) -> dict[str, int]:
    """Resolve pairs of headings that change each other's meaning.

    A lone ``Currency`` beside a market currency is the currency of the values (issuers print
    both); a "market value" in per cent is a weight.
    """
    out = dict(fields)
    if "currency" in out:
        if "listing_currency" in out and "value_currency" not in out:
            out["value_currency"] = out.pop("currency")
        elif "value_currency" in out and "listing_currency" not in out:
            out["listing_currency"] = out.pop("currency")
    value = out.get("market_value")
    if value is not None and parsed[value].percent and "market_value" not in given:
        del out["market_value"]
        out.setdefault("weight", value)
    return out


def _funds_held(fields: Mapping[str, int], sample: Sequence[Sequence[str]]) -> bool:
    """Say whether a ``Fund`` column names the funds held rather than the holder."""
    if "portfolio" not in fields or "name" in fields:
        return False
    cells = [r[fields["portfolio"]] for r in sample if fields["portfolio"] < len(r)]
    return len(cells) > 1 and len(set(cells)) > 0.5 * len(cells)


def _classes_apart(
    fields: dict[str, int],
    parsed: Sequence[Heading],
    sample: Sequence[Sequence[str]],
    given: Mapping[str, int],
) -> dict[str, int]:
    """Take a name column that holds asset classes (``Instrument``: Equity) for what it is.

    Only where another column holds the names, and nothing the user mapped.
    """
    names = [p for p, h in enumerate(parsed) if aliases().get(h.words) == "name"]
    free = [p for p in names if p not in given.values()]
    classes = [p for p in free if _holds_classes(r[p] for r in sample if p < len(r))]
    others = [p for p in names if p not in classes]
    if not classes or not others:
        return fields
    out = dict(fields)
    if out.get("name") in classes:
        out["name"] = next((p for p in others if p not in fields.values()), out["name"])
    spare = [p for p in classes if p not in out.values()]
    if spare:
        out.setdefault("asset_class", spare[0])
    return out


def _holds_classes(cells: Iterable[str]) -> bool:
    """Say whether every filled cell is a word or two for an asset class."""
    found = {c.strip() for c in cells} - {""}
    return bool(found) and all(
        len(c.split()) <= 3 and not any(map(str.isdigit, c)) and instrument_word(c) for c in found
    )


def _second_name(
    fields: Mapping[str, int], parsed: Sequence[Heading], sample: Sequence[Sequence[str]]
) -> int | None:
    """Return a spare column that names the line too: its issuer, or its security.

    A column of any other heading must tell lines apart about as well as the name does, or it
    holds classes (``Instrument``: Equity) rather than names.
    """
    if "name" not in fields or "issuer" in fields:
        return None

    def distinct(position: int) -> set[str]:
        cells = (r[position].strip() for r in sample if position < len(r))
        return {c for c in cells if any(map(str.isalpha, c))}

    known = len(distinct(fields["name"]))
    for position, heading in enumerate(parsed):
        if position in fields.values() or aliases().get(heading.words) != "name":
            continue
        found = distinct(position)
        classes = all(instrument_word(c) for c in found)
        if heading.words in ISSUERS or (len(found) > 0.5 * known and not classes):
            return position
    return None


_SHAPES = (
    ("isin", valid_isin),
    ("lei", valid_lei),
    ("figi", valid_figi),
    ("cusip", valid_cusip),
    ("sedol", valid_sedol),
)


def _by_content(cells: Sequence[str]) -> str | None:
    """Return the identifier a column holds, when at least 8 in 10 of its cells are one."""
    filled = [c.strip().upper() for c in cells if c.strip() and c.strip() not in {"-", "--"}]
    if not filled:
        return None
    for name, valid in _SHAPES:
        if sum(valid(c) for c in filled) >= max(1, 0.8 * len(filled)):
            return name
    return None


def _name_by_content(
    headings: Sequence[str], sample: Sequence[Sequence[str]], taken: set[int]
) -> int | None:
    """Return the free column that reads most like security names: words, mostly distinct."""
    best, best_score = None, 0.5
    for position in range(len(headings)):
        cells = [r[position].strip() for r in sample if position < len(r) and r[position].strip()]
        if position in taken or len(cells) < 2:
            continue
        worded = sum(bool(re.search(r"[^\W\d_]{2,}.*\s", c)) for c in cells) / len(cells)
        score = worded * len(set(cells)) / len(cells)
        if score > best_score:
            best, best_score = position, score
    return best
