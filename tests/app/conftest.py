"""The app without a browser: each test gets a store of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("streamlit")

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANIMPACT_HOME", str(tmp_path))
    monkeypatch.setenv("BANIMPACT_USER", "Ann")
    monkeypatch.delenv("BANIMPACT_FILE", raising=False)
    monkeypatch.delenv("BANIMPACT_USER_HEADER", raising=False)
    return tmp_path


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """Return a function that starts a session, with a sample opened if one is named."""

    def start(sample: str = "", **query: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if sample:
            app.button(key=f"sample_{sample}").click().run()
        assert not app.exception
        return app

    return start


@pytest.fixture
def visit() -> Callable[[AppTest, str], AppTest]:
    """Return a function that opens a page and checks that nothing broke."""

    def go(app: AppTest, page: str) -> AppTest:
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, app.exception[0].message
        return app

    return go
