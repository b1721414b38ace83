"""One reading of tables: whatever encoding, delimiter, title lines and headings a city's list comes with, as rows of plain cells.

CSV and its kin are read here; GeoJSON, GeoPackage, shapefiles and their zips by geopandas (`layers.frame`); XLSX by openpyxl.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wifiplan.city.words import said
from wifiplan.errors import DesignError
from wifiplan.files import read_octets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

MAX_ROWS = 100_000
MAX_COLUMNS = 500
MOST_TITLE_LINES = 20
"""So many lines may stand above the headings."""

_WAY_OUT = "give a list of facilities: CSV, XLSX, GeoJSON, GeoPackage or shapefile"
_DELIMITERS = ",\t;|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its number in the file as a reader counts (the first line is 1), and heading to cell."""

    number: int
    cells: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headings that are as the file has them, and what there was to say about it."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()


def heading(text: object) -> str:
    r"""A heading for comparison: without spaces, line ends, width and case; a unit in brackets is taken off.

    Examples
    --------
    >>> heading("面積（m2）"), heading("想定\n収容人数"), heading("収容人数（屋外）"), heading("#property")
    ('面積', '想定収容人数', '収容人数(屋外)', '#property')
    """
    found = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text)).replace("\ufeff", "")).casefold()
    return re.sub(
        r"[(\[](?:m2|㎡|m²|平方メートル|平米|ha|ヘクタール|坪|人|名|度|単位[^)\]]*|人数|[°度]|10進[^)\]]*)[)\]]", "", found
    )


def unit_m2(text: object) -> float:
    """How many m2 the unit of an area's heading is."""
    found = unicodedata.normalize("NFKC", str(text)).casefold()
    return 10_000.0 if "ha)" in found or "ヘクタール" in found else 3.305785 if "坪" in found else 1.0


def read_table(path: Path, is_heading: Callable[[str], bool]) -> Table:
    """The rows of a CSV, TSV or XLSX.

    Parameters
    ----------
    path : Path
    is_heading : callable
        Whether a cell, as `heading` gives it, is a word that columns are headed by: the row with most of them heads the table.

    Raises
    ------
    DesignError
        No such file, no text, no table.
    """
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        lines, warnings = _sheet(path), tuple[str, ...]()
    else:
        text, warnings = decoded(read_octets(path, _WAY_OUT), str(path))
        lines = _lines(text, path, is_heading)
    return _table(lines, path, is_heading, warnings)


def decoded(octets: bytes, where: str) -> tuple[str, tuple[str, ...]]:
    """The text of bytes in whatever encoding Japanese offices use, and what is to be said of it.

    Whole files in one encoding first; else each line in the one that fits it, which is said.

    Raises
    ------
    DesignError
        Bytes that are no text.
    """
    if octets[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return octets.decode("utf-16", errors="replace"), ()
    if 0 in octets[:4000]:
        encoding = "utf-16-le" if octets[:4000:2].count(0) < octets[1:4000:2].count(0) else "utf-16-be"
        text = octets.decode(encoding, errors="replace")
        if sum(letter.isprintable() or letter in "\r\n\t" for letter in text[:2000]) < 0.98 * len(text[:2000]):
            raise DesignError(f"{where}: not text; save it as CSV in UTF-8")
        return text, ()
    if b"\x1b$" in octets:
        return octets.decode("iso2022_jp", errors="replace"), ()
    try:
        return octets.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    lines = octets.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    wide = [line for line in lines if any(byte > 0x7F for byte in line)]
    as_utf8 = [line for line in wide if _decodes(line, "utf-8")]
    other = (
        "euc_jp"
        if _strangeness([line for line in wide if line not in set(as_utf8)], "euc_jp")
        < _strangeness([line for line in wide if line not in set(as_utf8)], "cp932")
        else "cp932"
    )
    if len(as_utf8) * 10 < len(wide) or not as_utf8:
        try:
            return octets.decode(other), ()
        except UnicodeDecodeError:
            pass
    texts, mixed, broken = [], [], []
    for number, line in enumerate(lines, 1):
        if _decodes(line, "utf-8"):
            texts.append(line.decode("utf-8"))
        elif _decodes(line, other):
            texts.append(line.decode(other))
            mixed.append(number)
        else:
            texts.append(line.decode(other, errors="replace"))
            broken.append(number)
    if len(broken) * 2 > len(wide):
        raise DesignError(f"{where}: not text in UTF-8, Shift_JIS, EUC-JP or UTF-16; save it as CSV in UTF-8")
    names = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}
    heard = []
    if mixed:
        heard.append(said("table.mixed", where=where, lines=_some(mixed), encoding=names[other]))
    if broken:
        heard.append(said("table.broken", where=where, lines=_some(broken)))
    return "\n".join(texts), tuple(heard)


def _some(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _strangeness(lines: Sequence[bytes], encoding: str) -> float:
    """How unlike Japanese the lines read in this encoding: half-width kana, private signs and failures a letter."""
    text = b"\n".join(lines).decode(encoding, errors="replace")
    strange = sum("\uff61" <= letter <= "\uff9f" or "\ue000" <= letter <= "\uf8ff" or letter == "\ufffd" for letter in text)
    return strange / max(len(text), 1)


Line = tuple[int, list[Any]]


def _lines(text: str, path: Path, is_heading: Callable[[str], bool]) -> list[Line]:
    """The lines of a text, cells parted by the delimiter under which most headings are known."""

    def score(delimiter: str) -> tuple[int, int]:
        found = [cells for _, cells in _split(text, delimiter, MOST_TITLE_LINES, path)]
        return max((_known(cells, is_heading) for cells in found), default=0), sum(len(cells) > 1 for cells in found)

    return _split(text, max(_DELIMITERS, key=score), MAX_ROWS + MOST_TITLE_LINES, path)


def _split(text: str, delimiter: str, most: int, path: Path) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[Line] = []
    before = 0
    try:
        for cells in reader:
            lines.append((before + 1, [cell.strip() for cell in cells[:MAX_COLUMNS]]))
            before = reader.line_num
            if len(lines) > most:
                if most > MOST_TITLE_LINES:
                    raise DesignError(f"{path}: more than {MAX_ROWS} rows; split the list")
                break
    except csv.Error as error:
        raise DesignError(f"{path}: not a CSV: {error}; export it again") from None
    return lines


def _sheet(path: Path) -> list[Line]:
    import warnings
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    octets = read_octets(path, _WAY_OUT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions of Excel that openpyxl leaves out
            book = load_workbook(io.BytesIO(octets), read_only=True, data_only=True)
            sheet = max(book.worksheets, key=lambda one: (one.max_row or 0) * (one.max_column or 0))
            rows = [[*row][:MAX_COLUMNS] for row in sheet.iter_rows(values_only=True, max_row=MAX_ROWS + MOST_TITLE_LINES)]
    except (BadZipFile, KeyError, ValueError, OSError, TypeError, IndexError) as error:
        raise DesignError(f"{path}: not a workbook that can be read ({type(error).__name__}); save it again as XLSX") from None
    return [(number, ["" if cell is None else cell for cell in cells]) for number, cells in enumerate(rows, 1)]


def _known(cells: Sequence[Any], is_heading: Callable[[str], bool]) -> int:
    return sum(is_heading(heading(cell)) for cell in cells if str(cell).strip())


def _table(lines: list[Line], path: Path, is_heading: Callable[[str], bool], warnings: tuple[str, ...]) -> Table:
    filled = [(number, cells) for number, cells in lines if any(str(cell).strip() for cell in cells)]
    if not filled:
        raise DesignError(f"{path}: no facility in it; give a list with one row for each")
    top = max(range(min(len(filled), MOST_TITLE_LINES)), key=lambda at: (_known(filled[at][1], is_heading), -at))
    heads = [str(cell) for cell in filled[top][1]]
    body = filled[top + 1 :]
    if body and _is_second_heading(body[0][1], heads, is_heading):
        heads, body = _two_lines(heads, body[0][1]), body[1:]
    rows = tuple(Row(number=number, cells=_cells(heads, cells)) for number, cells in body)
    return Table(headings=tuple(heads), rows=rows, warnings=warnings)


def _cells(heads: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    """Heading to cell; of a heading that is there twice the first filled one."""
    found: dict[str, Any] = {}
    for head, cell in zip(heads, cells, strict=False):
        if head.strip() and not str(found.get(head, "")).strip():
            found[head] = cell
    return found


def _is_second_heading(cells: Sequence[Any], heads: Sequence[str], is_heading: Callable[[str], bool]) -> bool:
    """Whether a row goes on with the headings above it: merged cells, or units. Its words stand under none of its own."""
    texts = [str(cell).strip() for cell in cells]
    if any(re.search(r"\d{2}", text) for text in texts) or not any(texts):
        return False
    first = next((at for at, head in enumerate(heads) if is_heading(heading(head))), 0)
    units = {"m2", "㎡", "m²", "人", "(人)", "(㎡)", "(m2)", "名", "度", "○", "×"}
    under_gap = [text for head, text in zip([*heads, *[""] * len(texts)], texts, strict=False) if text and not head.strip()]
    return (first >= len(texts) or not texts[first]) and (
        bool(under_gap) or all(unicodedata.normalize("NFKC", text) in units for text in texts if text)
    )


def _two_lines(heads: Sequence[str], below: Sequence[Any]) -> list[str]:
    texts = [str(cell).strip() for cell in below]
    wide = [*heads, *[""] * (len(texts) - len(heads))]
    found, over = [], ""
    for head, text in zip(wide, [*texts, *[""] * (len(wide) - len(texts))], strict=False):
        over = head.strip() or over
        found.append(f"{over}({text})" if text and over else (text or head))
    return found
