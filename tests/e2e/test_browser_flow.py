"""What a user does, in a browser: nothing is asked of the network, a refresh resumes."""

import io
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytestmark = pytest.mark.e2e

SAMPLES = Path(__file__).resolve().parents[2] / "sample_portfolios"
Window = Callable[..., Any]


def real_file(shared: Path) -> Path:
    folder = shared / "data" / "holdings" / "ishares"
    return min((p for p in folder.iterdir() if p.suffix == ".csv"), key=lambda p: p.stat().st_size)


def test_a_real_file_from_upload_to_reports(screen: Window, shared: Path, tmp_path: Path) -> None:
    window = screen()
    window.go()
    path = real_file(shared)
    window.upload(path)
    window.page.wait_for_selector("h1:has-text('Portfolio')")
    window.page.wait_for_selector("text=lines read and judged")
    window.settle()
    assert path.stem in window.page.inner_text("[data-testid=stSidebar]")

    window.page.get_by_text("Which column is which").first.click()
    window.settle()
    window.page.get_by_role("button", name="Apply this mapping").first.click()
    window.page.wait_for_selector("text=lines read and judged")
    window.settle()

    window.visit("Exposure")
    assert "positions" in window.text

    window.visit("Export")
    for name, check in (("XLSX", check_xlsx), ("PDF", check_pdf), ("JSON", check_json)):
        with window.page.expect_download(timeout=120_000) as found:
            window.page.get_by_role("button", name=f"Download {name}").click()
        target = tmp_path / found.value.suggested_filename
        found.value.save_as(target)
        check(target.read_bytes())

    address = window.page.url
    for word in (path.stem, "ISIN", "upload"):
        assert word not in address
    window.page.reload()
    window.page.wait_for_selector("h1:has-text('Export')")
    window.page.get_by_role("button", name="Download XLSX").wait_for(timeout=60_000)
    assert path.stem in window.page.inner_text("[data-testid=stSidebar]")
    assert window.outside() == []
    assert window.errors == []


def check_xlsx(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    assert len(book.sheetnames) > 3


def check_pdf(content: bytes) -> None:
    pypdf = pytest.importorskip("pypdf")
    assert "screened" in "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages
    )


def check_json(content: bytes) -> None:
    body = json.loads(content)
    assert body["coverage"]["rows_total"] == body["totals"]["rows"] + sum(
        i["rows_rejected"] for i in body["inputs"]
    )


def test_a_review_is_done_by_keyboard_alone(screen: Window) -> None:
    window = screen()
    window.go()
    window.upload(SAMPLES / "messy_custody_statement.csv")
    window.page.wait_for_selector("text=lines read and judged")
    window.visit("Review")
    total = queue_length(window)
    assert total >= 2
    window.page.locator("h1").click()
    window.page.keyboard.press("y")
    wait_for_queue(window, total - 1)
    window.page.get_by_label("Reason (a rejection needs one)").fill("another company")
    window.page.keyboard.press("Tab")
    window.settle()
    window.page.locator("h1").click()
    window.page.keyboard.press("n")
    window.page.wait_for_timeout(500)
    window.settle()
    assert "Not recorded" not in window.text
    window.page.locator("h1").click()
    window.page.keyboard.press("u")
    wait_for_queue(window, total - 1)
    window.page.get_by_role("button", name="Recompute").first.click()
    window.settle()
    assert "review decisions changed" not in window.text


def queue_length(window: Any) -> int:
    words = window.page.get_by_test_id("stProgress").inner_text()
    return int(words.rsplit(",", 1)[1].split()[0])


def wait_for_queue(window: Any, length: int) -> None:
    window.page.wait_for_selector(f"[data-testid=stProgress]:has-text('{length} to decide')")
    window.settle()


def tick_all(window: Any) -> None:
    """Tick the box in the heading of the queue, which a canvas draws."""
    box = window.page.get_by_test_id("stDataFrame").first.bounding_box()
    window.page.mouse.click(box["x"] + 18, box["y"] + 18)
    window.page.wait_for_selector("text=matches selected")
    window.settle()


def test_several_are_reviewed_together_and_undone_as_one(screen: Window) -> None:
    window = screen()
    window.go()
    window.upload(SAMPLES / "messy_custody_statement.csv")
    window.page.wait_for_selector("text=lines read and judged")
    window.visit("Review")
    total = queue_length(window)
    assert total >= 2
    tick_all(window)
    window.page.get_by_label("One reason, kept with each of them").fill("other companies")
    window.page.keyboard.press("Tab")
    window.settle()
    window.page.get_by_role("button", name="Look at what it does").click()
    window.page.wait_for_selector(f"text=Reject {total} matches")
    assert "at stake" in window.text
    window.page.get_by_role("button", name=f"Reject {total} matches").click()
    window.page.wait_for_selector(f"text={total} matches rejected together")
    window.settle()
    window.page.get_by_role("button", name=f"Undo all {total}").click()
    window.page.wait_for_selector(f"text={total} matches stand as before")
    wait_for_queue(window, total)
    window.visit("Lists and audit")
    window.page.get_by_test_id("stMain").get_by_text("Audit", exact=True).click()
    window.page.wait_for_selector("text=The chain of")
    assert window.errors == []


def test_a_click_on_a_tile_filters_the_lines(screen: Window) -> None:
    window = screen()
    window.go("/?as_of=2021-03-16")
    window.upload(SAMPLES / "emerging_markets_fund.csv")
    window.page.wait_for_selector("text=lines read and judged")
    window.visit("Exposure")
    window.page.wait_for_timeout(1500)
    box = window.page.locator("[data-testid=stMain] canvas").first.bounding_box()
    window.page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
    window.page.wait_for_selector("h5:has-text('Lines of China Mobile Limited')")
    window.settle()
    window.page.get_by_role("button", name="All lines again").click()
    window.page.wait_for_function(
        "[...document.querySelectorAll('h5')].some(e => e.innerText.trim() === 'Lines')"
    )
    assert window.errors == []


def test_a_what_if_link_opens_in_another_browser(screen: Window) -> None:
    mine, other = screen(), screen()
    mine.go("/?as_of=2021-03-16")
    mine.upload(SAMPLES / "emerging_markets_fund.csv")
    mine.page.wait_for_selector("text=lines read and judged")
    mine.visit("What-if")
    mine.pick("Start from", "The appeal reverses")
    mine.page.get_by_text("Events that are supposed", exact=True).wait_for()
    mine.pick("Name", "Xiaomi Corporation (held)")
    mine.page.get_by_role("button", name="Run this variant").click()
    mine.page.wait_for_selector("text=Supposed:")
    mine.settle(60_000)
    link = mine.page.url
    assert "wi_events=" in link
    assert "xiaomi" in link
    for word in ("emerging", "upload", "KYG9830T1067"):
        assert word.lower() not in link.lower()
    other.go(link.removeprefix(mine.address))
    assert "No portfolio is loaded" in other.text
    other.visit("Portfolio")
    other.upload(SAMPLES / "emerging_markets_fund.csv")
    other.page.wait_for_selector("text=lines read and judged")
    other.visit("What-if")
    chosen = other.page.get_by_test_id("stSelectbox").filter(has_text="Start from").first
    assert chosen.locator("input").get_attribute("value") in ("The appeal reverses", "")
    assert "The appeal reverses" in chosen.inner_html()
    other.page.get_by_role("button", name="Run this variant").click()
    other.page.wait_for_selector("text=Supposed:")
    other.settle(60_000)
    supposed = [w.text.split("Supposed:", 1)[1].split("\n", 1)[0] for w in (mine, other)]
    assert supposed[0] == supposed[1]
    assert "Xiaomi" in supposed[0] or "xiaomi" in supposed[0]
    assert other.errors == []


def test_the_slider_tells_the_story_of_xiaomi(screen: Window) -> None:
    window = screen()
    window.go("/timeline?issuer=xiaomi&day=2021-03-11&as_of=2021-03-11")
    heading = window.page.locator("h4").first
    assert "upcoming" in heading.inner_text()
    thumb = window.page.get_by_role("slider")
    thumb.focus()
    for _ in range(2):
        window.page.keyboard.press("ArrowRight")
    window.page.wait_for_selector("h4:has-text('2021-03-13')")
    window.settle()
    assert "suspended" in heading.inner_text()
    while "2021-06-04" not in heading.inner_text():
        day = heading.inner_text()[:10]
        thumb.focus()
        for _ in range(10 if day < "2021-05-24" else 1):
            window.page.keyboard.press("ArrowRight")
        window.page.wait_for_timeout(400)
        window.settle()
    assert "released" in heading.inner_text()
    assert "day=2021-06-04" in window.page.url


def test_dragging_the_slider_moves_the_day(screen: Window) -> None:
    window = screen()
    window.go("/timeline?issuer=xiaomi&day=2021-03-01&as_of=2021-03-01")
    thumb = window.page.get_by_role("slider")
    box = thumb.bounding_box()
    window.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    window.page.mouse.down()
    window.page.mouse.move(box["x"] + 700, box["y"] + box["height"] / 2, steps=12)
    window.page.mouse.up()
    window.page.wait_for_selector("h4:not(:has-text('2021-03-01'))")
    window.settle()
    assert "released" in window.page.locator("h4").first.inner_text()


def test_a_variant_is_built_and_compared(screen: Window) -> None:
    window = screen()
    window.go("/?as_of=2021-03-16")
    window.upload(SAMPLES / "emerging_markets_fund.csv")
    window.page.wait_for_selector("text=lines read and judged")
    window.visit("What-if")
    for name in ("The law as it stands", "Had no court acted"):
        window.pick("Start from", name)
        window.page.get_by_role("button", name="Run this variant").click()
        window.page.wait_for_selector(f"[data-testid=stTable]:has-text('{name}')")
        window.settle(60_000)
    window.page.wait_for_selector("text=stand otherwise in some variant")
    assert "Had no court acted" in window.text


def test_two_browsers_do_not_see_each_other(screen: Window) -> None:
    mine, other = screen(), screen()
    mine.go("/?as_of=2021-03-09")
    mine.upload(SAMPLES / "emerging_markets_fund.csv")
    mine.page.wait_for_selector("text=lines read and judged")
    mine.settle()
    other.go()
    for path in ("/", "/portfolio", "/exposure", "/export", "/lists"):
        other.go(path)
        seen = other.page.inner_text("body")
        assert "emerging_markets_fund" not in seen.replace("emerging_markets_fund.csv", "")
        assert "20 of 20" not in seen
    other.go(mine.page.url.removeprefix(other.address))
    assert "none loaded" in other.page.inner_text("[data-testid=stSidebar]")
    mine.page.reload()
    mine.page.wait_for_selector("text=lines read and judged")


def test_headers_health_and_the_cookie(server: str) -> None:
    with urllib.request.urlopen(f"{server}/api/health") as answer:  # noqa: S310
        assert json.load(answer)["status"] == "ok"
        headers = answer.headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_an_upload_without_its_token_is_refused(server: str) -> None:
    request = urllib.request.Request(  # noqa: S310
        f"{server}/_stcore/upload_file/session/file", data=b"x", method="PUT"
    )
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)  # noqa: S310
    assert refusal.value.code in (400, 403)


def test_every_chart_has_words_and_every_control_a_name(screen: Window) -> None:
    window = screen()
    window.go("/?as_of=2021-03-09")
    window.upload(SAMPLES / "emerging_markets_fund.csv")
    window.page.wait_for_selector("text=lines read and judged")
    for page in ("Exposure", "Timeline"):
        window.visit(page)
        window.page.wait_for_timeout(1500)
        charts = window.page.locator(
            "[data-testid=stVegaLiteChart], [data-testid=stEchartsChart], [data-testid=stECharts]"
        )
        assert charts.count() >= 1
        for at in range(charts.count()):
            words = charts.nth(at).evaluate(
                "e => [e, ...e.querySelectorAll('*'), e.parentElement]"
                ".map(x => x.getAttribute('aria-label') || '').join(' ')"
            )
            assert len(words.strip()) > 20
        nameless = window.page.evaluate(
            "[...document.querySelectorAll('[data-testid=stMain] button, [data-testid=stMain] "
            "input')].filter(e => e.offsetParent && !(e.getAttribute('aria-label') || e.innerText "
            "|| e.labels?.length || e.title || e.type === 'file')).map(e => e.outerHTML)"
        )
        assert nameless == []


def test_nothing_overflows_at_1280_pixels(screen: Window) -> None:
    window = screen(color_scheme="dark")
    window.go("/?as_of=2021-03-09")
    window.upload(SAMPLES / "emerging_markets_fund.csv")
    window.page.wait_for_selector("text=lines read and judged")
    for page in ("Portfolio", "Review", "Exposure", "Timeline", "What-if", "Export"):
        window.visit(page)
        wide = window.page.evaluate(
            "(() => {const m = document.querySelector('[data-testid=stMain]');"
            "return m.scrollWidth - m.clientWidth})()"
        )
        assert wide <= 1, page
