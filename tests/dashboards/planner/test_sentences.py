"""What planning says of a mistake has Japanese: each sentence is read out of the source, so that none goes stale."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import dashboards
from dashboards.planner import sentences
from dashboards.planner.sentences import sentence
from floorplans.errors import FloorPlanError
from wifiplan.errors import RadioError

ROOT = Path(dashboards.__file__).parent.parent
SOURCES = (
    "dashboards/planner/desk.py", "dashboards/planner/edits.py", "dashboards/planner/jobs.py", "dashboards/planner/project.py",
    "dashboards/planner/wire.py", "dashboards/planner/wishes.py", "dashboards/views/planner_start.py",
    "floorplans/__init__.py", "floorplans/_dxf.py", "floorplans/_file.py", "floorplans/_gym.py", "floorplans/_jww.py",
    "floorplans/_pdf.py", "floorplans/_picture.py", "floorplans/_svg.py", "floorplans/building.py", "floorplans/draw.py",
    "floorplans/edit.py", "floorplans/plan.py", "floorplans/scale.py", "floorplans/storeys.py",
    "wifiplan/equipment/__init__.py", "wifiplan/files.py",
    "wifiplan/model.py", "wifiplan/placement/ask.py", "wifiplan/placement/edit.py", "wifiplan/placement/existing.py",
    "wifiplan/placement/place.py", "wifiplan/placement/points.py", "wifiplan/placement/problem.py",
    "wifiplan/placement/search.py", "wifiplan/placement/spot.py", "wifiplan/placement/spots.py", "wifiplan/radio/materials.py",
    "wifiplan/radio/survey.py",
)  # fmt: skip
"""Whose mistakes the planner's page shows."""
ONLY_TYPED = (
    "project: wish: ¤", "¤: give layer=NAME", "¤: ¤ is not ¤ number", "¤: no wall or opening is meant", "¤: nothing is meant",
    "¤: that is all of the plan", "¤: ¤: give one radio a band", "¤: ¤: sources.", "¤: needs 802.3¤",
    "¤: ¤: give a table for each", "beyond any building", "defines the entity", "more than ¤ elements",
    "not an SVG drawing (it begins", "more than ¤ lines; export",
)  # fmt: skip
"""Said of options and files that the page has not, or only a part of a sentence that is found whole."""
LEAST_LETTERS = 8
"""A sentence with less text of its own only hands on another's words."""
HOLE = "¤"


def _template(node: ast.expr) -> str:
    """A sentence as the source has it, with a sign for each value; nothing for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
    return ""


def _said_by(path: Path) -> Iterator[str]:
    """What a file raises, and what its warnings say."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            yield _template(node.exc.args[0])
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            of = getattr(getattr(node.func, "value", None), "id", "")
            if name == "DashboardError" or (name == "append" and of == "said" and path.name == "edit.py"):
                yield _template(node.args[0])


def _texts_of(path: Path) -> Iterator[str]:
    """Every text of a file, whatever is done with it."""
    yield from (_template(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.expr))


def _all_said() -> set[str]:
    found = {text for name in SOURCES for text in _said_by(ROOT / name)}
    return {text for text in found if sum(sign.isalpha() for sign in text) >= LEAST_LETTERS}


def test_every_sentence_of_the_source_has_its_japanese() -> None:
    said = {text for text in _all_said() if not text.startswith(ONLY_TYPED)}
    missing = sorted(text for text in said if sentence(text, "ja") == text)

    assert len(said) > 150
    assert [] == missing


def test_no_japanese_is_left_of_what_nobody_says() -> None:
    more = ("dashboards/planner/jobs.py", "wifiplan/radio/calibrate.py", "wifiplan/radio/surroundings.py")
    said = _all_said() | {text for name in (*more, "wifiplan/radio/survey.py") for text in _texts_of(ROOT / name)}
    ours = {
        english: "".join(text + (HOLE if hole else "") for text, hole, _, _ in Formatter().parse(english))
        for english in sentences.table()
    }

    assert [] == sorted(english for english, text in ours.items() if text not in said)


def test_both_languages_put_in_the_same_values() -> None:
    def holes(text: str) -> set[str]:
        return {hole for _, hole, _, _ in Formatter().parse(text) if hole}

    assert [] == [english for english, ja in sentences.table().items() if not holes(ja) <= holes(english)]
    assert all(any("\u3040" <= sign <= "\u9fff" for sign in ja) for ja in sentences.table().values())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            RadioError("AP-01 is locked where it is; unlock it first, or leave it there"),
            "AP-01 は固定されています。固定を外すか、そのままにしてください",
        ),
        (
            FloorPlanError("a.jww: not a Jw_cad drawing (it does not begin with JwwData); save it again as .jww"),
            "a.jww：Jw_cad の図面ではありません。.jww で保存し直してください",
        ),
        ("AP-02 is outside the building at (3, -4.5)", "AP-02 は建物の外（3, -4.5）にあります"),
        ("what another program says", "what another program says"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_in_the_viewers_language_with_its_values(error: object, text: str) -> None:
    assert text == sentence(error, "ja")
    assert str(error) == sentence(error, "en")
