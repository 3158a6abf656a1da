"""Fixtures every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from analyzer.world import World, load_world

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


# A busy machine is no defect: examples are counted, not timed, and the same every run.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home for the whole session: no test reads or writes the user's own."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANIMPACT_HOME", str(folder))
        patch.setenv("COLUMNS", "160")
        yield folder


@pytest.fixture(scope="session")
def world() -> World:
    """The bundled law, lists and identity; nothing in it changes."""
    return load_world()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The sample portfolios."""
    return ROOT / "sample_portfolios"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the checkout; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the reference material is not beside this checkout")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for the reference material."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)
