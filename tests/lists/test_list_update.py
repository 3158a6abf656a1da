"""Downloading: against a server on this machine only."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from analyzer.core.errors import InputError
from analyzer.lists import Fetched, catalogue, fetch_url, load_lists, update

SOURCE = "Unverified List (UVL) - Bureau of Industry and Security"
BODY = json.dumps(
    [{"id": f"k{i}", "name": f"Sample Trading {i}", "source": SOURCE} for i in range(12)]
).encode()


class Handler(BaseHTTPRequestHandler):
    """Serves one good file and several bad ones."""

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "ftp://127.0.0.1/x")
            self.end_headers()
            return
        body = b"<html>" if self.path == "/page" else BODY
        self.send_response(200)
        length = len(body) + (50 if self.path == "/cut" else 0)
        self.send_header("Content-Length", str(length))
        self.send_header("Last-Modified", "Fri, 01 May 2026 10:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the server silent."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


def spec_at(*urls: str):
    return replace(catalogue()["US-BIS-UVL"], urls=urls)


def test_a_download_is_taken_up_with_its_provenance(server: str, tmp_path: Path) -> None:
    report = update(spec_at(f"{server}/list.json"), tmp_path)
    assert [(i.list_id, i.date, i.entries) for i in report.imported] == [
        ("US-BIS-UVL", date(2026, 5, 1), 12)
    ]
    text = (tmp_path / "us_bis_uvl" / "list.yml").read_text(encoding="utf-8")
    assert f"{server}/list.json" in text
    assert "input_sha256" in text


def test_the_next_address_is_tried(server: str, tmp_path: Path) -> None:
    spec = spec_at(f"{server}/missing", f"{server}/page", f"{server}/list.json")
    assert update(spec, tmp_path).imported[0].entries == 12


@pytest.mark.parametrize("path", ["missing", "cut", "page", "elsewhere"])
def test_a_bad_download_changes_nothing_and_says_why(
    server: str, tmp_path: Path, path: str
) -> None:
    update(spec_at(f"{server}/list.json"), tmp_path)
    before = load_lists(tmp_path)
    with pytest.raises(InputError, match="not updated"):
        update(spec_at(f"{server}/{path}"), tmp_path)
    after = load_lists(tmp_path)
    assert (after.events, after.editions) == (before.events, before.editions)


def test_too_large_is_refused_while_reading(server: str) -> None:
    with pytest.raises(InputError, match="larger than 100 bytes"):
        fetch_url(f"{server}/list.json", limit=100)


@pytest.mark.parametrize("url", ["http://example.test/x", "file:///etc/hosts", "ftp://127.0.0.1/"])
def test_only_https_leaves_this_machine(url: str) -> None:
    with pytest.raises(InputError, match="only https"):
        fetch_url(url)


def test_a_list_without_a_data_file_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="download https"):
        update(catalogue()["US-DOD-1260H"], tmp_path)


def test_whoever_fetches_is_the_callers_choice(tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(url: str) -> Fetched:
        asked.append(url)
        return Fetched(BODY, date(2026, 5, 2))

    report = update(catalogue()["US-BIS-UVL"], tmp_path, fetch=fetch)
    assert asked[0].startswith("https://data.trade.gov/")
    assert report.imported[0].date == date(2026, 5, 2)
