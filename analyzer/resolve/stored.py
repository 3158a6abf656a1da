"""The index of a long list kept on disk, so that the list is indexed once.

A file is named by a hash of the names, in their order, and of the code and tables that read them;
it holds numpy arrays, never pickled objects, after a hash of its own content. What does not bear
its hash (a damaged file, one from elsewhere) is not read: the index is built anew.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from analyzer.resolve.postings import Postings, Table

_KEPT = 8  # files; the oldest make room
_DIGEST = hashlib.sha256().digest_size
_TABLES = ("names", "terms")
_ARRAYS = ("weights", "counts", "leads", "totals", "leading")


def index_key(texts: Sequence[str]) -> str:
    """Return the hash that names the index of some listed names."""
    found = hashlib.sha256(_code())
    found.update(np.array([len(text) for text in texts], dtype="<i8").tobytes())
    found.update("".join(texts).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


@cache
def _code() -> bytes:
    """Return the hash of the code and the tables that say how a name is read."""
    found = hashlib.sha256()
    here = [item for item in files("analyzer.resolve").iterdir() if item.is_file()]
    for item in sorted(here, key=lambda item: item.name):
        body = item.read_bytes()
        found.update(f"{item.name}\0{len(body)}\0".encode())
        found.update(body)
    return found.digest()


def load_index(folder: Path, key: str) -> tuple[list[str], Postings] | None:
    """Return the terms and postings kept under a key, or None."""
    try:
        content = _path(folder, key).read_bytes()
    except OSError:
        return None
    digest, body = content[:_DIGEST], content[_DIGEST:]
    if digest != _digest(key, body):
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        names, turned = (
            Table(*(arrays[f"{table}_{part}"] for part in ("starts", "columns", "values")))
            for table in _TABLES
        )
        terms = arrays["vocabulary"].tobytes().decode("utf-8", "surrogatepass").split("\n")
        return terms, Postings(names, turned, *(arrays[name] for name in _ARRAYS))


def save_index(folder: Path, key: str, terms: Sequence[str], postings: Postings) -> None:
    """Keep terms and postings under a key; a folder that cannot be written to is left alone."""
    arrays = {name: getattr(postings, name) for name in _ARRAYS}
    for name in _TABLES:
        table: Table = getattr(postings, name)
        arrays[f"{name}_starts"] = table.starts
        arrays[f"{name}_columns"] = table.columns
        arrays[f"{name}_values"] = table.values
    words = "\n".join(terms).encode("utf-8", "surrogatepass")  # a term is a word: no line ends
    arrays["vocabulary"] = np.frombuffer(words, dtype=np.uint8)
    held = io.BytesIO()
    np.savez(held, **arrays)
    body = held.getvalue()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, partial = tempfile.mkstemp(dir=folder, suffix=".partial")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(key, body) + body)
            Path(partial).replace(_path(folder, key))
        except OSError:
            Path(partial).unlink()
            raise
        kept = sorted(folder.glob("*.index"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in kept[_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}.index"


def _digest(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + body).digest()
