"""What is handed over: plain content as PDF, HTML or XLSX, in the report's own looks. All words and figures come finished."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Any

from dashboards.errors import DashboardError
from floorplans.plan import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from wifiplan.report.catalogue import Lang

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table with a title. `numbers` are the columns that stand to the right; `notes` are sentences below it."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[int] = frozenset()
    weights: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document: what it is, whom it is about, its answer in some sentences, facts, tables and what to do."""

    lang: Lang
    title: str
    subject: str
    day: date
    answer_heading: str
    answer: tuple[str, ...]
    note: str
    facts: tuple[tuple[str, str], ...]
    sheets: tuple[Sheet, ...]


def write(paper: Paper, path: Path) -> None:
    """Write it whole or not at all, as what the name ends in says.

    Raises
    ------
    DashboardError
        Another suffix, or a folder that is not there.
    """
    makers = {".pdf": _document, ".html": _document, ".xlsx": _xlsx}
    make = makers.get(path.suffix.lower())
    if make is None:
        raise DashboardError(f"{path}: written as {', '.join(makers)}; give a name that ends so")
    if not path.resolve().parent.is_dir():
        raise DashboardError(f"{path}: no folder {path.parent}; make it first")
    write_whole(path, make(paper, path.suffix.lower()))


def octets(paper: Paper, suffix: str) -> bytes:
    """Give it as a file's content: .pdf, .html or .xlsx."""
    return _xlsx(paper, suffix) if suffix == ".xlsx" else _document(paper, suffix)


def _document(paper: Paper, suffix: str) -> bytes:
    from wifiplan.report.document import RENDERERS

    program = f"wifiplan {metadata.version('wifiplan')}"
    shown_day = f"{paper.day.year}年{paper.day.month}月{paper.day.day}日" if paper.lang == "ja" else f"{paper.day:%d %B %Y}"
    content: dict[str, Any] = {
        "lang": paper.lang,
        "title": paper.title,
        "page_title": f"{paper.title}  {paper.subject}",
        "author": "wifiplan",
        "facility": paper.subject,
        "footer": f"{program}  {shown_day}",
        "answer_heading": paper.answer_heading,
        "answer": list(paper.answer),
        "answer_note": paper.note,
        "facts": [list(fact) for fact in paper.facts],
        "sections": [
            {"title": f"{number}. {sheet.title}", "blocks": list(_blocks(sheet)), "break_before": False}
            for number, sheet in enumerate(paper.sheets, 1)
        ],
    }
    return RENDERERS[suffix](content, paper.day)


def _blocks(sheet: Sheet) -> list[dict[str, Any]]:
    weights = sheet.weights or (1.0,) * len(sheet.heads)
    columns = [
        {"title": head, "weight": weight, "align": "right" if index in sheet.numbers else "left"}
        for index, (head, weight) in enumerate(zip(sheet.heads, weights, strict=True))
    ]
    rows = [[_shown(cell) for cell in row] for row in sheet.rows]
    blocks: list[dict[str, Any]] = [{"kind": "table", "table": {"columns": columns, "rows": rows, "size": 8.0}}] if rows else []
    return blocks + [{"kind": "note", "text": note} for note in sheet.notes]


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    return cell if isinstance(cell, str) else f"{cell:,}" if isinstance(cell, int) else f"{cell:,.1f}"


def _xlsx(paper: Paper, _: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    front = book.create_sheet(paper.title[:31].translate(_NO_TITLE))
    for line in (paper.title, paper.subject, paper.day.isoformat(), *paper.answer, paper.note):
        front.append([_harmless(line)])
    for fact in paper.facts:
        front.append([_harmless(part) for part in fact])
    for sheet in paper.sheets:
        page = book.create_sheet(sheet.title[:31].translate(_NO_TITLE))
        table: Sequence[Sequence[Cell]] = [sheet.heads, *sheet.rows]
        for row in table:
            page.append([_harmless(cell) for cell in row])
        for note in sheet.notes:
            page.append([_harmless(note)])
        for cell in page[1]:
            cell.font = Font(bold=True)
        for column in range(1, len(sheet.heads) + 1):
            wide = max(sum(2 if ord(letter) > 0xFF else 1 for letter in str(row[column - 1])) for row in table)
            page.column_dimensions[get_column_letter(column)].width = min(60, wide + 3)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_NO_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
"""What the name of a sheet may not hold."""


def _harmless(cell: Cell) -> Cell:
    """A name that a spreadsheet would take for a formula is kept a text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"} else cell
