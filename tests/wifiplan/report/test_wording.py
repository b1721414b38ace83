"""Words in both languages: complete, used, and drawable with the packaged font."""

from __future__ import annotations

import io
import re
import string
import tomllib
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import typst
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

import wifiplan
from wifiplan.capacity import demand
from wifiplan.prices import price_list
from wifiplan.report import document as report
from wifiplan.report import plan_figure as figures
from wifiplan.report import wording

PACKAGE = Path(wifiplan.__file__).parent
SPECIAL = "髙﨑𠮷①㎡≤⚠"
MISSING = "\U0001f33e"  # a sheaf of rice, which no text font has


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _characters() -> list[str]:
    """Everything that either language may print, and what any facility may be called."""
    texts = [text for entry in wording.table().values() for text in entry.values()]
    texts += tomllib.loads((PACKAGE / "report" / "easy.toml").read_text("utf-8")).values()
    return sorted(one for one in set("".join(texts) + SPECIAL + string.printable + "〓…–−") if not one.isspace())


def test_both_languages_say_everything() -> None:
    """Each key has exactly Japanese and English, neither empty, with the same places for values."""
    for key, entry in wording.table().items():
        assert set(entry) == set(wording.LANGS), key
        assert all(text.strip() for text in entry.values()), key
        assert _fields(entry["ja"]) == _fields(entry["en"]), key


def test_every_word_is_used() -> None:
    """A key that no code names, directly, as one of a row ("steps_1") or of a group looked up by name, is dead."""
    looked_up = {"say", "zone", "material", "link", "moves", "antenna", "item", "facility", "leaf", "scenario", "stale"}
    code = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    dead = [
        key
        for key in wording.table()
        if key.partition(".")[0] not in looked_up
        and key not in code
        and f'"{key.partition(".")[2]}"' not in code
        and f'"{re.sub(r"_[0-9]+$", "", key.partition(".")[2])}"' not in code
        and not any(f"{key[: at + 1]}{{" in code for at, one in enumerate(key) if one == "_")
    ]

    assert [] == dead


def test_every_source_has_its_japanese() -> None:
    """Sources, reasons and names of applications stand in English in the data; the Japanese report must not show them so."""
    said = {entry.source for one in demand.scenarios().values() for entry in demand.assumptions(one)}
    said = {re.sub("^assumption: ", "", source) for source in said}
    said |= {application.name for one in demand.scenarios().values() for application in one.applications}
    said |= {row["source"] for row in price_list().values()}

    assert [] == sorted(text for text in said if f"say.{text}" not in wording.table())
    assert [] == sorted(name for name in price_list() if f"item.{name}" not in wording.table())


def test_no_japanese_sentence_is_english() -> None:
    """Whatever is longer than a unit or a name has kana or kanji in its Japanese."""
    for key, entry in wording.table().items():
        if len(re.sub(r"{\w+}", "", entry["ja"])) > 20:
            assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", entry["ja"]), key


@pytest.mark.parametrize("path", [wording.REGULAR_FONT, wording.BOLD_FONT])
def test_fonts_have_every_character(path: str) -> None:
    """By the font's own table of characters."""
    with TTFont(path) as font:
        table = font.getBestCmap()

    assert [] == [character for character in _characters() if ord(character) not in table]
    assert ord(MISSING) not in table


def _typst_cells(characters: list[str], weight: str) -> list[np.ndarray]:
    """Each character as it comes out of typst with the report's fonts, as a picture of its own."""
    across, side_pt = 40, 16
    listed = ", ".join(f'"\\u{{{ord(character):x}}}"' for character in characters)
    rows = -(-len(characters) // across)
    source = f"""
    #set page(width: {across * side_pt}pt, height: {rows * side_pt}pt, margin: 0pt)
    #set text(font: "Noto Sans CJK JP", size: 11pt, weight: "{weight}", lang: "ja")
    #grid(columns: ({side_pt}pt,) * {across}, rows: {side_pt}pt, align: center + horizon, ..({listed},))
    """
    made = typst.Compiler(source.encode(), font_paths=report.fonts()).compile(format="pdf")
    assert isinstance(made, bytes)
    document = pypdfium2.PdfDocument(made)
    picture = document[0].render(scale=2, grayscale=True).to_numpy().squeeze()
    document.close()
    step = 2 * side_pt
    return [
        picture[step * (index // across) : step * (index // across + 1), step * (index % across) : step * (index % across + 1)]
        for index in range(len(characters))
    ]


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_typst_draws_every_character(weight: str) -> None:
    """Not blank, and not the box that stands for a missing glyph: typst says nothing of either."""
    characters = [MISSING, *_characters()]
    box, *cells = _typst_cells(characters, weight)
    # The box of a missing glyph is centred like any other full-width one: where it stands, all copies are alike.
    missing = [character for character, cell in zip(characters[1:], cells, strict=True) if cell.min() > 200]
    missing += [character for character, cell in zip(characters[1:], cells, strict=True) if np.array_equal(cell, box)]

    assert [] == missing


def test_typst_check_would_see_a_missing_character() -> None:
    """Two characters that the font lacks come out as the same picture, which no real one has."""
    first, second, real = _typst_cells([MISSING, "\U0001f35e", "米"], "regular")

    assert np.array_equal(first, second)
    assert not np.array_equal(first, real)


@pytest.mark.parametrize("bold", [False, True])
def test_figures_draw_every_character(bold: bool) -> None:
    """matplotlib warns of a missing glyph, and a warning is an error here."""
    figure = Figure()
    figure.text(0.5, 0.5, "".join(_characters()).replace("$", r"\$"), fontproperties=figures.font(8, bold=bold))
    figure.savefig(io.BytesIO(), format="svg")


def test_figures_check_would_see_a_missing_character() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, MISSING, fontproperties=figures.font(8))
    with pytest.warns(UserWarning, match="missing from font"):
        figure.savefig(io.BytesIO(), format="svg")


def test_legible_keeps_names_as_they_are() -> None:
    """Compatibility ideographs and old forms are other people's names; only what cannot be drawn is replaced."""
    assert "\ufa19﨑 髙𠮷" == wording.legible("\ufa19﨑\u3000髙𠮷")
    assert "がば" == wording.legible("か\u3099は\u3099")
    assert "体育館〓" == wording.legible(f"体育館{MISSING}")
    assert "ab" == wording.legible("a\u200b\x07b")


def test_words_fail_on_an_unknown_key() -> None:
    with pytest.raises(KeyError):
        wording.words("answer.nonsense", "ja")
