"""The app on a 10,000-line portfolio, timed by the browser itself.

First result: from the choice of the file to the headline on the page. Control: from an input to
the settled page. Memory: growth of the server for each further session. Needs Chromium and
playwright; prints one JSON line.
"""

import csv
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
LINES = 10_000
SEED = 7
SESSIONS = 3
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TOUCHED = (
    ("XIAOMI CORP CLASS B", "KYG9830T1067", "1810", "Hong Kong"),
    ("SEMICONDUCTOR MANUFACTURING INTERN", "KYG8020E1199", "981", "Hong Kong"),
    ("CHINA MOBILE LTD", "HK0941009539", "941", "Hong Kong"),
    ("HANGZHOU HIKVISION DIGITAL TECHNOL", "CNE100000PM8", "002415", "China"),
    ("CNOOC LTD", "HK0883013259", "883", "Hong Kong"),
)


def portfolio(path: Path) -> None:
    """Write lines of which one in a hundred is touched; names repeat as they do in real books."""
    draw = random.Random(SEED)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Name", "ISIN", "Ticker", "Country", "Shares", "Market Value (USD)"])
        for at in range(LINES):
            if at % 100 == 0:
                name, isin, ticker, country = TOUCHED[(at // 100) % len(TOUCHED)]
            else:
                number = draw.randrange(4_000)
                name, isin, ticker, country = f"Plain Holding {number} Inc", "", "", "United States"
            value = f"{draw.uniform(1e3, 1e6):.2f}"
            writer.writerow([name, isin, ticker, country, draw.randrange(1, 9999), value])


def memory(pid: int) -> float:
    """Return resident megabytes of a process."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("VmRSS"))
    return int(row.split()[1]) / 1024


# The browser's own clock: from now until the selector shows and the script has stopped.
_WAIT = """
([selector, text]) => new Promise(resolve => {
  const start = performance.now(); let seen = false;
  const look = () => {
    const app = document.querySelector('[data-testid=stApp]');
    const state = app?.dataset.testScriptState;
    if (state === 'running') seen = true;
    const found = [...document.querySelectorAll(selector)].some(e => e.innerText.includes(text));
    const rested = state === 'notRunning' && (seen || performance.now() - start > 250);
    if (found && rested) resolve(performance.now() - start); else requestAnimationFrame(look);
  };
  look();
})
"""


class Window:
    """One browser window."""

    def __init__(self, browser: Any, address: str) -> None:
        self.page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        self.page.goto(f"{address}/?as_of=2021-03-16")
        self.page.wait_for_selector("h1")
        self.wait("h1", "")

    def wait(self, selector: str, text: str) -> float:
        """Return milliseconds until the page shows the text and has come to rest."""
        return float(self.page.evaluate(_WAIT, [selector, text]))

    def first_result(self, path: Path) -> float:
        """Return milliseconds from the choice of the file to the result."""
        start = time.perf_counter()
        self.page.locator("[data-testid=stMain] input[type=file]").first.set_input_files(str(path))
        self.wait("h4", "lines read and judged")
        return (time.perf_counter() - start) * 1e3

    def visit(self, name: str) -> float:
        """Return milliseconds from a click in the navigation to the settled page."""
        nav = self.page.get_by_test_id("stSidebarNav")
        nav.get_by_role("link", name=name, exact=True).click()
        return self.wait("h1", name)


def controls(window: Window) -> dict[str, float]:
    """Return milliseconds of each kind of control."""
    page, found = window.page, {}
    window.visit("Exposure")
    page.wait_for_timeout(2_000)
    for label in ("Portfolio", "Regime", "Country", "Issuer"):
        page.get_by_test_id("stMain").get_by_text(label, exact=True).first.click()
        found[f"group by {label.lower()}"] = window.wait("h5", "Lines")
    page.get_by_text("Every line", exact=True).click()
    found["every line"] = window.wait("h5", "Lines")
    page.get_by_text("All touched", exact=True).click()
    found["touched lines"] = window.wait("h5", "Lines")
    window.visit("Timeline")
    page.wait_for_timeout(1_500)
    thumb = page.get_by_role("slider")
    steps = []
    for _ in range(8):
        thumb.focus()
        page.keyboard.press("ArrowRight")
        steps.append(window.wait("h4", ""))
        page.wait_for_timeout(200)
    found["slider step"] = statistics.median(steps)
    page.get_by_text("As known on that day").click()
    found["known then or now"] = window.wait("h4", "")
    found["page: portfolio"] = window.visit("Portfolio")
    found["page: review"] = window.visit("Review")
    found["page: export"] = window.visit("Export")
    found["page: what-if"] = window.visit("What-if")
    return found


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        print(json.dumps({"bench": "app", "skipped": "no chromium"}))
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "ten_thousand.csv"
        portfolio(file)
        environment = {**os.environ, "BANIMPACT_HOME": folder}
        command = [sys.executable, "-m", "analyzer", "app", "--port", str(port), "--no-open"]
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet)  # noqa: S603
        try:
            browser = launch(playwright, chromium, port)
            address = f"http://127.0.0.1:{port}"
            cold = Window(browser, address).first_result(file)
            firsts, grown, before = [], [], memory(server.pid)
            for _ in range(SESSIONS):
                window = Window(browser, address)
                firsts.append(window.first_result(file))
                last = controls(window)
                grown.append(memory(server.pid) - before)
                before = memory(server.pid)
            report = {
                "bench": "app",
                "lines": LINES,
                "first_result_s": {
                    "cold": round(cold / 1e3, 2),
                    "warm": round(statistics.median(firsts) / 1e3, 2),
                    "target": 3.0,
                },
                "control_ms": {name: round(value) for name, value in last.items()},
                "control_max_ms": round(max(last.values())),
                "control_target_ms": 500,
                "memory_per_session_mb": round(statistics.median(grown), 1),
                "memory_target_mb": 150,
                "server_mb": round(before),
            }
            print(json.dumps(report))
            browser.close()
        finally:
            server.terminate()
            server.wait(20)


def launch(playwright: Any, chromium: str, port: int) -> Any:
    """Return a browser once the server answers."""
    for _ in range(120):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.25)
    time.sleep(1)
    return playwright.chromium.launch(executable_path=chromium, args=FLAGS)


if __name__ == "__main__":
    main()
