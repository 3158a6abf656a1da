"""The documentation shows what the commands really print."""

import importlib.util
from pathlib import Path

import pytest

from analyzer.core.findings import CODES

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
assert _spec is not None
assert _spec.loader is not None
refresh = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(refresh)


@pytest.mark.parametrize("page", refresh.PAGES, ids=lambda p: p.name)
def test_console_blocks_are_real_output(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = page.read_text(encoding="utf-8")
    found, shown = refresh.refreshed(text).split(), text.split()
    assert len(found) == len(shown)
    for printed, documented in zip(found, shown, strict=True):
        assert same(printed, documented), f"{page.name}: {documented!r} is now {printed!r}"


def same(printed: str, documented: str) -> bool:
    """Whether two words agree; amounts of a simulation differ in their last digits by machine."""
    if printed == documented:
        return True
    try:
        one, other = (float(w.strip("%").replace(",", "")) for w in (printed, documented))
    except ValueError:
        return False
    return one == pytest.approx(other, rel=2e-3, abs=0.11)


def test_every_finding_code_is_documented() -> None:
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    for code, meaning in CODES.items():
        assert f"| {code} | {meaning} |" in text, code


def test_links_between_pages_lead_somewhere() -> None:
    import re

    for page in refresh.PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
