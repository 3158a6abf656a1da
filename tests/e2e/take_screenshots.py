"""Take the pictures of docs/screenshots: `python tests/e2e/take_screenshots.py [FOLDER]`.

Every page with a sample on the desk, in light and dark, 1280 pixels wide.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_portfolios"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TALL = 1500
READY = (
    "document.querySelectorAll('[data-testid=stSkeleton]').length === 0 && "
    "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
)


class Camera:
    """One window, in light or dark."""

    def __init__(self, browser: Any, address: str, scheme: str, into: Path) -> None:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page, self.address = context.new_page(), address
        self.suffix = "" if scheme == "light" else "_dark"
        self.into = into

    def settle(self, extra: int = 700) -> None:
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(READY, timeout=60_000)
        self.page.wait_for_timeout(extra)

    def open(self, path: str, sample: str = "") -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("h1")
        self.settle()
        if sample:
            files = self.page.locator("[data-testid=stMain] input[type=file]").first
            files.set_input_files(str(SAMPLES / sample))
            self.page.wait_for_selector("text=lines read and judged")
            self.settle()

    def visit(self, title: str) -> None:
        nav = self.page.get_by_test_id("stSidebarNav")
        nav.get_by_role("link", name=title, exact=True).click()
        self.page.wait_for_selector(f"h1:has-text('{title}')")
        self.settle()

    def shoot(self, name: str, from_text: str = "") -> None:
        """Take the page from its top, or from a heading."""
        self.settle(1_200)
        tall = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({"width": 1280, "height": max(800, min(int(tall), TALL))})
        self.page.mouse.move(640, 5)
        self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        if from_text:
            self.page.locator("h5", has_text=from_text).first.evaluate("e => e.scrollIntoView()")
        self.settle(900)
        picture = Image.open(io.BytesIO(self.page.screenshot()))
        target = self.into / f"{name}{self.suffix}.png"
        picture.convert("RGB").quantize(128).save(target, optimize=True)
        self.page.set_viewport_size({"width": 1280, "height": 800})


def variant(camera: Camera, name: str) -> None:
    page = camera.page
    box = page.get_by_test_id("stSelectbox").filter(has_text="Start from").first
    box.locator("input").click()
    page.keyboard.type(name)
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    camera.settle()
    if not page.get_by_label("Assume shares a day").is_visible():
        page.get_by_text("The market", exact=True).first.click()
    for label, value in (("Assume shares a day", "2000000"), ("Daily volatility", "2.5")):
        page.get_by_label(label).fill(value)
        page.keyboard.press("Tab")
    camera.settle()
    page.get_by_role("button", name="Run this variant").click()
    page.wait_for_selector(f"[data-testid=stTable]:has-text('{name}')")
    camera.settle()


def together(camera: Camera) -> None:
    """Tick every match of the queue, and look at what one decision would do."""
    page = camera.page
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 18)
    page.wait_for_selector("text=matches selected")
    camera.settle()
    page.get_by_label("One reason, kept with each of them").fill("other companies, by LEI")
    page.keyboard.press("Tab")
    camera.settle()
    page.get_by_role("button", name="Look at what it does").click()
    page.wait_for_selector("text=at stake")
    camera.settle()


def reasons(camera: Camera) -> None:
    """Tick the first line, and open what its reasons were read in."""
    page = camera.page
    lines = page.get_by_test_id("stDataFrame").last
    lines.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = lines.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 52)
    page.get_by_text("Snapshots behind this answer").click()
    camera.settle()


def take(camera: Camera) -> None:
    camera.open("/")
    camera.shoot("home")
    camera.open("/?as_of=2021-03-09", "messy_custody_statement.csv")
    camera.shoot("portfolio")
    camera.page.get_by_text("Which column is which").click()
    camera.shoot("portfolio_columns")
    camera.page.get_by_text("Which column is which").click()
    camera.page.get_by_text("Beside the holdings").click()
    camera.page.get_by_role("tab", name="Exchange rates").click()
    camera.shoot("portfolio_beside")
    camera.visit("Review")
    camera.shoot("review")
    together(camera)
    camera.shoot("review_together")
    camera.open("/?as_of=2021-03-16", "emerging_markets_fund.csv")
    camera.visit("Exposure")
    camera.shoot("exposure")
    reasons(camera)
    camera.shoot("reasons", "Lines")
    camera.visit("What-if")
    variant(camera, "The law as it stands")
    variant(camera, "Had no court acted")
    camera.shoot("what_if")
    camera.visit("Export")
    camera.shoot("export")
    camera.visit("Lists and audit")
    camera.shoot("lists")
    camera.page.get_by_text("Settings", exact=True).click()
    camera.page.wait_for_selector("text=Thresholds in force")
    camera.shoot("settings")
    camera.open("/timeline?issuer=xiaomi&day=2021-03-16&as_of=2021-03-16")
    camera.page.get_by_text("Beside it: no court").click()
    camera.shoot("timeline")


def main(into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        environment = {**os.environ, "BANIMPACT_HOME": home, "BANIMPACT_USER": "A. Reader"}
        command = [sys.executable, "-m", "analyzer", "app", "--port", str(port), "--no-open"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603
        try:
            for _ in range(120):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.25)
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for scheme in ("light", "dark"):
                take(Camera(browser, f"http://127.0.0.1:{port}", scheme, into))
            browser.close()
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
