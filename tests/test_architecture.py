"""The shape of the code: imports flow one way, no clock in the library, modules stay small."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "analyzer"
SIBLINGS = {"ingest", "lists", "law", "resolve", "market"}
BELOW: dict[str, set[str]] = {
    "core": set(),
    **{name: {"core"} for name in SIBLINGS},
    "store": {"core"},
    "exposure": {"core"} | SIBLINGS,
    "scenarios": {"core", "exposure"} | SIBLINGS,
    "report": {"core", "exposure", "scenarios"} | SIBLINGS,
    "world": {"core", "exposure"} | SIBLINGS,
    "manifest": {"core", "exposure", "world"},
    "service": {"core", "exposure", "scenarios", "report", "world", "manifest"} | SIBLINGS,
    "bulk": {"core", "exposure", "world"} | SIBLINGS,
    "extend": {"core", "world"} | SIBLINGS,
    "check": {"core", "service", "store"} | SIBLINGS,
    "workspace": {"core", "exposure", "scenarios", "report", "service", "store", "world", "extend"}
    | SIBLINGS,
    "cli": {"core", "exposure", "scenarios", "report", "service", "check", "store", "workspace"}
    | SIBLINGS,
}
MODULES = sorted(PACKAGE.rglob("*.py"))
PAGES = sorted((ROOT / "dashboards").rglob("*.py"))


def layer(path: Path) -> str:
    """Return the layer a module belongs to."""
    part = path.relative_to(PACKAGE).parts[0]
    return part.removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every imported module with its line; typing-only imports count too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.module or "", node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_imports_flow_one_way(path: Path) -> None:
    here = layer(path)
    if here in {"__init__", "__main__"}:
        return
    allowed = BELOW[here] | {here}
    for name, line in imports(path):
        if name.startswith("analyzer."):
            there = name.split(".")[1]
            known = there in BELOW
            assert not known or there in allowed, f"{short(path)}:{line}: {here} imports {there}"


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_the_library_reads_no_clock_and_imports_nothing_heavy(path: Path) -> None:
    here = layer(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            pair = (node.value.id, node.attr)
            clock = pair in {("date", "today"), ("datetime", "now"), ("datetime", "today")}
            assert not clock or here == "cli", f"{short(path)}:{node.lineno}: reads the clock"
    for name, line in imports(path):
        assert name.split(".")[0] != "streamlit", f"{short(path)}:{line}: streamlit"


def test_law_does_not_know_frames() -> None:
    for path in sorted((PACKAGE / "law").rglob("*.py")):
        assert not any(name.split(".")[0] == "pandas" for name, _ in imports(path)), short(path)


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=short)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, f"{short(path)} has {text.count(chr(10))} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            start = first.end_lineno if documented and first.end_lineno else node.lineno
            length = (node.end_lineno or node.lineno) - start
            assert length <= 60, f"{short(path)}:{node.lineno}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_pages_hold_no_law_and_no_arithmetic_libraries(path: Path) -> None:
    allowed = {"service", "report", "core", "exposure", "store", "workspace"}
    for name, line in imports(path):
        assert not name.startswith("numpy"), f"{short(path)}:{line}: numpy in a page"
        if name.startswith("analyzer."):
            assert name.split(".")[1] in allowed, f"{short(path)}:{line}: {name}"


def test_there_are_no_cycles_between_modules() -> None:
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in MODULES}
    names = {n.removesuffix(".__init__"): p for n, p in names.items()}
    edges = {n: set(top_level_modules(p, set(names))) - {n} for n, p in names.items()}
    state: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert state.get(name) != 1, f"cycle: {' -> '.join((*trail, name))}"
        if state.get(name) == 2:
            return
        state[name] = 1
        for other in sorted(edges[name]):
            visit(other, (*trail, name))
        state[name] = 2

    for name in sorted(names):
        visit(name, ())


def top_level_modules(path: Path, known: set[str]) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module in known:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
            yield from inner or {node.module}
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def test_importing_the_service_is_light() -> None:
    code = (
        "import sys, analyzer.service\n"
        "heavy = {'streamlit', 'matplotlib', 'yfinance', 'xlsxwriter', 'clarabel'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert out.stdout.strip() == "[]"
