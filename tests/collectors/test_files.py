"""Files are read and written whole, and what is wrong with one is said with its path and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.errors import CollectError, ConfigError
from collectors.files import read_json, read_octets, read_text, read_toml, write_whole


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_text_is_read_as_it_was_meant_whichever_program_wrote_it(tmp_path: Path, encoding: str) -> None:
    """Spreadsheets in Japan write Shift_JIS, or UTF-8 with a mark before it."""
    path = tmp_path / "devices.csv"
    path.write_bytes("機器名,施設\n".encode(encoding))

    assert "機器名,施設\n" == read_text(path, "give a CSV")


@pytest.mark.parametrize(
    ("read", "octets", "says"),
    [
        (read_octets, None, "no such file or directory; give another"),
        (read_text, b"\x81", "neither UTF-8 nor Shift_JIS; save it as one of these"),
        (read_json, b"{", "not JSON (Expecting property name"),
        (read_toml, b"a = ", "not TOML: Invalid value"),
        (read_toml, b"a = '\xff'", "not UTF-8 at byte 5; save it as UTF-8"),
    ],
)
def test_what_cannot_be_read_is_bad_input_with_its_path(tmp_path: Path, read: object, octets: bytes | None, says: str) -> None:
    path = tmp_path / "file"
    if octets is not None:
        path.write_bytes(octets)
    assert callable(read)
    with pytest.raises(ConfigError) as caught:
        read(path, "give another")

    assert str(caught.value).startswith(f"{path}: {says}")


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """Neither the file nor a part of it; and one that was there before is replaced as a whole."""
    path = tmp_path / "targets.toml"
    write_whole(path, "old")
    write_whole(path, "new")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(CollectError, match=r"cannot be written .*; give another path"):
        write_whole(folder, "text")

    assert "new" == path.read_text()
    assert {"targets.toml", "folder"} == {entry.name for entry in tmp_path.iterdir()}
