"""A real browser against a real server; skipped where there is no Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a server with a store of its own."""
    port = free_port()
    home = tmp_path_factory.mktemp("home")
    log = (home / "server.log").open("w")
    environment = {**os.environ, "BANIMPACT_HOME": str(home), "BANIMPACT_USER": "Ann"}
    command = [sys.executable, "-m", "analyzer", "app", "--port", str(port), "--no-open"]
    process = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api/health", timeout=1)  # noqa: S310
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail((home / "server.log").read_text())
        yield address
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Yield a browser."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no chromium: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Screen:
    """One browser window, with what it asked the network for."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, path: str = "/") -> None:
        """Open an address and wait for its title."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("h1")
        self.settle()

    def settle(self, timeout: float = 30_000) -> None:
        """Wait until the script has run and every part is drawn."""
        ready = (
            "document.querySelectorAll('[data-testid=stSkeleton]').length === 0 && "
            "!document.querySelector('[data-testid=stStatusWidget]') && "
            "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState "
            "=== 'notRunning'"
        )
        self.page.wait_for_timeout(150)
        self.page.wait_for_function(ready, timeout=timeout)

    def visit(self, title: str, heading: str = "") -> None:
        """Follow a link of the navigation."""
        nav = self.page.get_by_test_id("stSidebarNav")
        nav.get_by_role("link", name=title, exact=True).click()
        self.page.wait_for_selector(f"h1:has-text('{heading or title}')")
        self.settle()

    def pick(self, label: str, text: str) -> None:
        """Choose in a select box by typing."""
        box = self.page.get_by_test_id("stSelectbox").filter(has_text=label).first
        box.locator("input").click()
        self.page.keyboard.type(text)
        self.page.wait_for_timeout(300)
        self.page.keyboard.press("Enter")
        self.settle()

    def upload(self, path: Path) -> None:
        """Give a file to the first uploader of the page."""
        self.page.locator("[data-testid=stMain] input[type=file]").first.set_input_files(str(path))

    @property
    def text(self) -> str:
        """Return what the page says."""
        return str(self.page.inner_text("[data-testid=stMain]"))

    def outside(self) -> list[str]:
        """Return requests that left this machine."""
        local = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.asked if not url.startswith(local)]


@pytest.fixture
def screen(chromium: Any, server: str) -> Iterator[Callable[[], Screen]]:
    """Return a function that opens a window of its own."""
    contexts = []

    def open_window(**options: Any) -> Screen:
        context = chromium.new_context(
            viewport={"width": 1280, "height": 800}, accept_downloads=True, **options
        )
        contexts.append(context)
        return Screen(context.new_page(), server)

    yield open_window
    for context in contexts:
        context.close()
