"""Files that people give are read, and complained of, in one way."""

from __future__ import annotations

from pathlib import Path

import pytest

from wifiplan import files
from wifiplan.errors import DesignError, SurveyError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_text_is_read_in_the_encodings_that_are_in_use(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("名前,面積\n体育館,800\n".encode(encoding))

    assert files.read_text(path, "give a list").startswith("名前,面積")


@pytest.mark.parametrize("read", [files.read_octets, files.read_text, files.read_json, files.read_toml])
def test_what_is_not_there_says_the_way_out(tmp_path: Path, read: object) -> None:
    with pytest.raises(SurveyError, match=r"nothing.csv: no such file; give a list"):
        read(tmp_path / "nothing.csv", "give a list", error=SurveyError)  # type: ignore[operator]
    with pytest.raises(DesignError, match="is a directory; give a list"):
        read(tmp_path, "give a list")  # type: ignore[operator]


def test_what_is_none_of_its_kind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_bytes(b"\x00\xff{")

    with pytest.raises(DesignError, match="bad: not text in UTF-8, Shift_JIS or UTF-16"):
        files.read_text(path, "give a list")
    with pytest.raises(DesignError, match="bad: not readable as JSON"):
        files.read_json(path, "give a list")
    with pytest.raises(DesignError, match="bad: not readable as UTF-8"):
        files.read_toml(path, "give a list")
    path.write_text("a = = 1")
    with pytest.raises(DesignError, match="bad: not TOML"):
        files.read_toml(path, "give a list")


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)

    with pytest.raises(DesignError, match="MB are more than 64; give a list"):
        files.read_octets(path, "give a list")
