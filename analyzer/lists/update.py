"""Downloading a list from its official address: capped, timed out, hashed, taken up whole."""

import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from analyzer.core.entities import Entity
from analyzer.core.errors import InputError
from analyzer.lists.formats import MAX_BYTES
from analyzer.lists.importing import ImportReport, import_file
from analyzer.lists.spec import ListSpec

_CHUNK = 1 << 16
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A download: its bytes, and the day the server says it was last changed, if it says so."""

    content: bytes
    modified: date | None = None


Fetch = Callable[[str], Fetched]


def fetch_url(url: str, *, timeout: float = 60.0, limit: int = MAX_BYTES) -> Fetched:
    """Download one address.

    Parameters
    ----------
    url
        `https` only, but for this machine itself.
    timeout
        Seconds without an answer before giving up.
    limit
        Bytes; more is refused while it is being read.

    Raises
    ------
    InputError
        For another scheme, an error of the server, a time-out, too large or cut-off content.
    """
    _check(url)
    request = urllib.request.Request(url, headers={"User-Agent": "banimpact"})  # noqa: S310
    opener = urllib.request.build_opener(_SafeRedirects)
    try:
        with opener.open(request, timeout=timeout) as answer:
            stated = answer.headers.get("Content-Length", "")
            parts: list[bytes] = []
            size = 0
            while chunk := answer.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise InputError(f"{url}: larger than {limit:,} bytes; refused")
                parts.append(chunk)
            modified = answer.headers.get("Last-Modified", "")
    except (urllib.error.URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{url}: not downloaded: {reason}") from None
    if stated.isdigit() and int(stated) != size:
        raise InputError(f"{url}: {size} bytes where {stated} were announced; cut off")
    return Fetched(b"".join(parts), _day(modified))


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections only to addresses that would have been fetched themselves."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request to follow with, or refuse the address."""
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise InputError(f"{url}: only https addresses are fetched")


def _day(text: str) -> date | None:
    try:
        return parsedate_to_datetime(text).date() if text else None
    except ValueError:
        return None


def update(
    spec: ListSpec,
    into: Path,
    *,
    fetch: Fetch = fetch_url,
    entities: Iterable[Entity] = (),
    accept_loss: bool = False,
) -> ImportReport:
    """Download a list and take it up; addresses are tried in order until one is accepted.

    Parameters
    ----------
    spec
        The list; its `urls` are the official data files.
    into
        The user's data directory for lists.
    fetch
        What downloads an address.

    Raises
    ------
    InputError
        With the reason of every address, if none was accepted; the previous edition stays in
        force.
    """
    if not spec.urls:
        raise InputError(f"{spec.id}: no official data file; download {spec.url} and import it")
    reasons: list[str] = []
    entities = tuple(entities)
    for url in spec.urls:
        try:
            fetched = fetch(url)
            return _taken(spec, into, url, fetched, entities, accept_loss=accept_loss)
        except InputError as error:
            reasons.append(str(error))
    raise InputError(f"{spec.id}: not updated: {'; '.join(reasons)}")


def _taken(
    spec: ListSpec,
    into: Path,
    url: str,
    fetched: Fetched,
    entities: Iterable[Entity],
    *,
    accept_loss: bool,
) -> ImportReport:
    with tempfile.TemporaryDirectory(prefix="banimpact-") as folder:
        name = Path(urlsplit(url).path).name or spec.id.lower()
        path = Path(folder) / name
        path.write_bytes(fetched.content)
        return import_file(
            path,
            into,
            modified=fetched.modified,
            list_id=spec.id,
            entities=entities,
            url=url,
            accept_loss=accept_loss,
        )
