"""What OFAC's formats share: kinds of identifier, remarks, names and countries."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files

from analyzer.core.entities import EntityName, NameKind
from analyzer.lists.formats.publication import Entry, Oddities, read_date

# What OFAC calls a feature or document, and what it is here; empty: understood and not used.
FEATURES: dict[str, str] = {
    "ISIN": "isin",
    "Equity Ticker": "ticker",
    "Issuer Name": "issuer",
    "Legal Entity Number": "lei",
    "Unified Social Credit Code (USCC)": "uscc",
    "Listing Date (CMIC)": "listed",
    "Effective Date (CMIC)": "ban_from",
    "Purchase/Sales For Divestment Date (CMIC)": "divest_until",
    "Listing Date (CCMC)": "listed",
    "Effective Date (CCMC)": "ban_from",
    "Divestment Date (CCMC)": "divest_until",
    "D-U-N-S Number": "",
    "Target Type": "",
    "Website": "",
    "Email Address": "",
    "Phone Number": "",
    "Tax ID No.": "",
    "Registration ID": "",
    "Registration Number": "",
    "Public Registration Number": "",
    "Business Registration Number": "",
    "Government Gazette Number": "",
    "Company Number": "",
    "C.R. No.": "",
    "License": "",
    "V.A.T. Number": "",
    "National ID No.": "",
    "Driver's License No.": "",
    "Passport": "",
    "SWIFT/BIC": "",
    "BIK (RU)": "",
    "Organization Established Date": "",
    "Organization Type:": "",
    "Nationality of Registration": "",
    "Nationality Country": "",
    "Citizenship Country": "",
    "Birthdate": "",
    "Place of Birth": "",
    "Gender": "",
    "Secondary sanctions risk:": "",
    "Additional Sanctions Information -": "",
    "CAATSA Section 235 Information:": "",
    "Executive Order 13662 Directive Determination -": "",
    "Executive Order 14014 Directive Information:": "",
    "Executive Order 14024 Directive Information": "",
    "Executive Order 14024 Directive Information -": "",
    "Executive Order 14059 information:": "",
    "Listing Date (EO 14014 Directive 1):": "",
    "Listing Date (EO 14024 Directive 1a):": "",
    "Listing Date (EO 14024 Directive 2):": "",
    "Listing Date (EO 14024 Directive 3):": "",
    "Effective Date (EO 14014 Directive 1):": "",
    "Effective Date (EO 14024 Directive 1a):": "",
    "Effective Date (EO 14024 Directive 2):": "",
    "Effective Date (EO 14024 Directive 3):": "",
}
_USED = sorted((name for name, use in FEATURES.items() if use), key=len, reverse=True)
_DATES = frozenset({"listed", "ban_from", "divest_until"})
_DIRECTIVE = "Executive Order 13662 Directive Determination -"
_SUBJECT = re.compile(r"Subject to (Directive [1-4])\b")
# What says that an entry is under EO 13662: the list's name, or the program tag.
SECTORAL = frozenset(
    {
        "Sectoral Sanctions Identifications List",
        "Sectoral Sanctions Identifications List (SSI) - Treasury Department",
        "UKRAINE-EO13662",
    }
)
_QUOTED_ALIAS = re.compile(r"a\.k\.a\. '(.+?)'\.?$")


@cache
def countries() -> dict[str, str]:
    """Return ISO 3166 alpha-2 codes by OFAC's spelling of the country, in lower case."""
    text = files("analyzer.lists.formats").joinpath("countries.csv").read_text(encoding="utf-8")
    return {row["name"].lower(): row["code"] for row in csv.DictReader(text.splitlines())}


def country_code(text: str) -> str:
    """Return the ISO code of a country as OFAC spells it; a code stays, the unknown is empty."""
    word = text.strip()
    known = countries()
    if word.lower() in known:
        return known[word.lower()]
    return word.upper() if word.upper() in set(known.values()) else ""


@dataclass
class Draft:
    """An entry in the making."""

    uid: str
    name: str
    kind: str = "entity"
    tags: set[str] = field(default_factory=set)
    names: list[EntityName] = field(default_factory=list)
    country: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    codes: list[tuple[str, str]] = field(default_factory=list)
    parent: str = ""
    note: str = ""
    dates: dict[str, date] = field(default_factory=dict)
    line: int = 0

    def feature(self, name: str, value: str, odd: Oddities) -> None:
        """Take up one feature or document by OFAC's name for it."""
        use = FEATURES.get(name)
        if name == _DIRECTIVE:
            self.directive(value, odd)
        elif use is None:
            odd.note("W702", f"kind of identifier or feature {name!r} is not understood", self.line)
            self.note = "; ".join(part for part in (self.note, f"{name} {value}") if part)
        elif use in ("isin", "ticker"):
            self.codes.append((use, value))
        elif use == "issuer":
            self.names.append(EntityName(value, NameKind.ISSUER))
        elif use in _DATES and read_date(value) is None:
            odd.note("W702", f"{name} {value!r} of {self.name} is not a date", self.line)
        elif use:
            self.facts.setdefault(use, value)

    def directive(self, value: str, odd: Oddities) -> None:
        """Tag the entry with the directive of EO 13662 it is subject to."""
        if match := _SUBJECT.search(value):
            self.tags.add(f"EO 13662 {match[1]}")
        else:
            odd.note("W702", f"directive determination {value!r} is not understood", self.line)

    def remarks(self, text: str, odd: Oddities) -> None:
        """Take up the remarks: features are written out in them, in the CSV files all of them.

        `Linked To` is printed with both ends of a relation and does not tell owner from owned.
        """
        self.note = text
        for piece in text.split("; "):
            bare = piece.removeprefix("alt. ").removesuffix(".")
            if match := _QUOTED_ALIAS.match(piece):
                self.names.append(EntityName(match[1], NameKind.WEAK_ALIAS))
            elif bare.startswith(_DIRECTIVE):
                self.directive(bare, odd)
            else:
                for name in _USED:
                    if bare.startswith(f"{name} "):
                        self.feature(name, bare[len(name) + 1 :].split(" (")[0].strip(), odd)
                        break

    def entry(self) -> Entry:
        """Return the finished entry."""
        directives = {tag for tag in self.tags if tag.startswith("EO 13662 Directive")}
        if self.tags & SECTORAL and not directives:
            directives = {"EO 13662, directive not stated"}
        listed_under = [self.dates[tag] for tag in SECTORAL if tag in self.dates]
        for tag in directives:
            self.tags.add(tag)
            if listed_under:
                self.dates[tag] = min(listed_under)
        dates = {name: read_date(self.facts.get(name, "")) for name in _DATES}
        return Entry(
            uid=self.uid,
            name=self.name,
            kind=self.kind,
            tags=frozenset(self.tags),
            names=tuple(dict.fromkeys(n for n in self.names if n.text and n.text != self.name)),
            country=self.country,
            lei=self.facts.get("lei", ""),
            uscc=self.facts.get("uscc", ""),
            listed=dates["listed"],
            ban_from=dates["ban_from"],
            divest_until=dates["divest_until"],
            codes=tuple(dict.fromkeys(self.codes)),
            parent=self.parent,
            note=self.note,
            dates=tuple(sorted(self.dates.items())),
            line=self.line,
        )


def alias_kind(word: str, *, weak: bool) -> NameKind | None:
    """Return the kind of a name by OFAC's word for it; None when the word is not known."""
    known = {
        "aka": NameKind.WEAK_ALIAS if weak else NameKind.ALIAS,
        "fka": NameKind.FORMER,
        "nka": NameKind.ALIAS,
    }
    return known.get(word.lower().replace(".", "").strip())


def joined_name(parts: Iterable[str | None]) -> str:
    """Return `LAST, First` as OFAC prints it."""
    return ", ".join(part for part in parts if part)
