"""The index of a long list on disk: the same answers, and no trust in a file that is not ours."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.resolve import NameIndex
from analyzer.resolve.stored import index_key, load_index

WORDS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "小米", "中国电信")
NAMES = ["ALDER 17 CORP", "小米17集团", "BIRCH ELM", "FIR HAZEL 4 LTD", "nobody", ""]


def entities(size: int = 6000) -> list[Entity]:
    rng = np.random.default_rng(7)
    return [
        Entity(
            f"e{at}",
            f"{' '.join(rng.choice(WORDS, 2))} {at} Ltd",
            names=(EntityName(f"{rng.choice(WORDS)} {at}", NameKind.ALIAS),),
        )
        for at in range(size)
    ]


@pytest.fixture(scope="module")
def listed() -> list[Entity]:
    return entities()


@pytest.fixture(scope="module")
def plain(listed: list[Entity]) -> pd.DataFrame:
    return NameIndex(listed).search(NAMES)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_kept_index_answers_like_a_new_one(listed, plain, tmp_path):
    for _ in range(2):
        found = NameIndex(listed, tmp_path)
        pd.testing.assert_frame_equal(found.search(NAMES), plain)
        assert [c.entity for c in found.find(NAMES[0])] == [
            c.entity for c in NameIndex(listed).find(NAMES[0])
        ]
    assert only_file(tmp_path).stat().st_mode & 0o077 == 0


def test_the_kept_index_is_read(listed, tmp_path, monkeypatch):
    NameIndex(listed, tmp_path)
    monkeypatch.setattr("analyzer.resolve.index.build", None)
    assert NameIndex(listed, tmp_path).find("ALDER 17 CORP")


def test_another_list_has_another_file(listed, tmp_path):
    NameIndex(listed, tmp_path)
    NameIndex(listed[:-1], tmp_path)
    NameIndex(listed[::-1], tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    assert index_key(["ab", "c"]) != index_key(["a", "bc"])


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "folder"])
def test_a_damaged_file_is_built_anew(listed, plain, tmp_path, damage):
    NameIndex(listed, tmp_path)
    path = only_file(tmp_path)
    good = path.read_bytes()
    bad = {
        "cut": good[: len(good) // 2],
        "flipped": good[:5000] + bytes([good[5000] ^ 1]) + good[5001:],
        "empty": b"",
        "foreign": b"PK\x03\x04" + b"x" * 500,
    }
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(bad[damage])
    pd.testing.assert_frame_equal(NameIndex(listed, tmp_path).search(NAMES), plain)
    if damage != "folder":
        assert path.read_bytes() == good


def test_a_file_under_the_name_of_another_is_not_read(listed, tmp_path):
    NameIndex(listed, tmp_path)
    path = only_file(tmp_path)
    other = "0" * 64
    path.rename(path.with_name(f"{other}.index"))
    assert load_index(tmp_path, other) is None


def test_a_folder_that_cannot_be_made_changes_nothing(listed, plain, tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    pd.testing.assert_frame_equal(NameIndex(listed, file / "cache").search(NAMES), plain)


def test_short_lists_are_not_kept(listed, tmp_path):
    NameIndex(listed[:100], tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_newest_files_stay(listed, tmp_path):
    for at in range(10):
        (tmp_path / f"{at}.index").write_bytes(b"")
    NameIndex(listed, tmp_path)
    assert len(list(tmp_path.iterdir())) == 8
