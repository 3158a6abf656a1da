"""Several files at once: each its own portfolio, none counted twice unsaid."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analyzer.core.findings import Finding, Severity
from analyzer.ingest.model import Ingested


def told_apart(inputs: Sequence[Ingested]) -> tuple[Ingested, ...]:
    """Return the inputs so that files which only share a name do not share a portfolio.

    A file that states no portfolio is named by its stem. Weights are fractions of a portfolio:
    two funds in files of one name must not be weighed as one. What a portfolio column states is
    left alone.
    """
    taken: set[str] = set()
    first: dict[str, str] = {}
    found: list[Ingested] = []
    for item in inputs:
        one = _renamed(item, taken)
        if item.sha256 in first:
            text = f"has the content of {first[item.sha256]}: its rows count twice"
            one = _noting(one, "W217", text)
        first.setdefault(item.sha256, item.path)
        taken |= {str(name) for name in one.frame["portfolio"].cat.categories}
        found.append(one)
    return tuple(found)


def _renamed(item: Ingested, taken: set[str]) -> Ingested:
    """Return the input under a free name where its stem is taken and it states no other."""
    stem = Path(item.path).stem
    names = item.frame["portfolio"].cat.categories
    if "portfolio" in item.mapping or list(names) != [stem] or stem not in taken:
        return item
    name = next(n for n in (f"{stem} ({at})" for at in range(2, len(taken) + 3)) if n not in taken)
    portfolio = item.frame["portfolio"].cat.rename_categories({stem: name})
    text = f"another file is portfolio {stem!r} too; this one is {name!r}"
    return _noting(replace(item, frame=item.frame.assign(portfolio=portfolio)), "W216", text)


def _noting(item: Ingested, code: str, text: str) -> Ingested:
    finding = Finding(Severity.WARNING, code, text, item.path)
    return replace(item, findings=(*item.findings, finding))


__all__ = ["told_apart"]
