"""Tables in whatever encoding, with whatever delimiter and lines above their headings."""

from __future__ import annotations

from pathlib import Path

import pytest

from wifiplan.city import table
from wifiplan.city.headings import is_heading
from wifiplan.errors import DesignError

TEXT = "名称,緯度,経度,収容人数\n髙台小学校,35.9,139.9,320\n"


def read(tmp_path: Path, octets: bytes, name: str = "list.csv") -> table.Table:
    path = tmp_path / name
    path.write_bytes(octets)
    return table.read_table(path, is_heading)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le"])
def test_every_encoding_of_japanese_offices_is_read(tmp_path: Path, encoding: str) -> None:
    assert ["髙台小学校"] == [row.cells["名称"] for row in read(tmp_path, TEXT.encode(encoding)).rows]


@pytest.mark.parametrize("encoding", ["euc_jp", "iso2022_jp"])
def test_so_are_those_of_old_machines(tmp_path: Path, encoding: str) -> None:
    text = TEXT.replace("髙", "高") + "東小学校,35.8,139.8,300\n"

    assert ["高台小学校", "東小学校"] == [row.cells["名称"] for row in read(tmp_path, text.encode(encoding)).rows]


def test_mixed_encodings_in_one_file_are_read_line_by_line_and_said(tmp_path: Path) -> None:
    octets = TEXT.encode() + "東小学校,35.8,139.8,300\n".encode("cp932") + "西小学校,35.8,139.8,300\n".encode()
    found = read(tmp_path, octets)

    assert ["髙台小学校", "東小学校", "西小学校"] == [row.cells["名称"] for row in found.rows]
    assert "mixed encodings: line 3 read as Shift_JIS" in found.warnings[0]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_the_one_under_which_the_headings_are_known(tmp_path: Path, delimiter: str) -> None:
    assert 320 == int(read(tmp_path, TEXT.replace(",", delimiter).encode()).rows[0].cells["収容人数"])


def test_lines_above_the_headings_are_left_out_and_rows_keep_their_line(tmp_path: Path) -> None:
    found = read(tmp_path, f"指定避難所一覧,,,\n令和6年4月1日現在,,,\n\n{TEXT}".encode())

    assert [5] == [row.number for row in found.rows]


def test_a_quoted_line_end_is_part_of_its_cell(tmp_path: Path) -> None:
    found = read(tmp_path, '名称,"想定\n収容人数"\n"東\n小学校",320\n西小学校,280\n'.encode())

    assert [3, 5] == [row.number for row in found.rows]


def test_headings_of_two_lines_are_joined(tmp_path: Path) -> None:
    found = read(tmp_path, "名称,緯度,経度,収容人数,\n,,,屋内,屋外\n東小学校,35.8,139.8,320,900\n".encode())

    assert ("320", "900") == (found.rows[0].cells["収容人数(屋内)"], found.rows[0].cells["収容人数(屋外)"])


def test_a_workbook_is_read_with_its_numbers(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.worksheets[0].append(["避難所一覧"])
    book.worksheets[0].append(["名称", "面積（㎡）"])
    book.worksheets[0].append(["東小学校", 900])
    book.save(tmp_path / "list.xlsx")

    assert 900 == table.read_table(tmp_path / "list.xlsx", is_heading).rows[0].cells["面積（㎡）"]


@pytest.mark.parametrize(
    ("octets", "says"), [(b"", "no facility"), (b"\x00\x01\x02\xff" * 50, "not text"), (b"\n,,\n", "no facility")]
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, octets: bytes, says: str) -> None:
    with pytest.raises(DesignError, match=says) as caught:
        read(tmp_path, octets)

    assert "list.csv" in str(caught.value)


def test_a_broken_workbook_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(b"PK\x03\x04 nothing")

    with pytest.raises(DesignError, match="not a workbook"):
        table.read_table(tmp_path / "list.xlsx", is_heading)
