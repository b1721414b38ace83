"""SVG: what is used again, drawings within the drawing, and shapes with holes stand where a viewer shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

import floorplans
from floorplans import FloorPlan, FloorPlanError

HALL = (
    '<rect x="10" y="10" width="200" height="120" fill="none" stroke="black"/>'
    '<rect x="12" y="12" width="196" height="116" fill="none" stroke="black"/>'
)


def read(tmp_path: Path, body: str) -> FloorPlan:
    """A sheet of 300 x 200 mm at 1:100."""
    path = tmp_path / "図.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300mm" height="200mm" '
        f'viewBox="0 0 300 200">{body}<text x="20" y="190">S=1/100</text></svg>',
        encoding="utf-8",
    )
    return floorplans.read(path)


@pytest.mark.parametrize(
    "body",
    [
        f'<defs><g id="hall">{HALL}</g></defs><use href="#hall"/>',
        f'<use xlink:href="#hall" x="5" y="-3"/><defs><g id="hall">{HALL}</g></defs>',
        f'<symbol id="hall" viewBox="0 0 300 200">{HALL}</symbol><use href="#hall" width="300" height="200"/>',
        f'<defs><g id="hall">{HALL}</g><g id="a"><use href="#hall"/></g></defs><use href="#a" transform="rotate(90 100 100)"/>',
        f'<svg x="10" y="10" width="600" height="400" viewBox="0 0 600 400">{HALL}</svg>',
        '<path fill="black" d="M10 10h200v120h-200z M12 12v116h196v-116z"/>',
    ],
)
def test_the_same_hall_however_it_is_put_together(tmp_path: Path, body: str) -> None:
    """20 x 12 m with walls of 20 cm."""
    plan = read(tmp_path, body)

    assert 4 == len(plan.walls)
    assert 63.2 == pytest.approx(sum(wall.length_m for wall in plan.walls))
    assert 240.0 == pytest.approx(plan.area_m2)


def test_a_drawing_within_the_drawing_is_as_large_as_its_place(tmp_path: Path) -> None:
    """Half as large, in the middle of a place that is too high for it."""
    plan = read(tmp_path, f'<svg x="10" y="10" width="150" height="180" viewBox="0 0 300 200">{HALL}</svg>')

    assert 60.0 == pytest.approx(plan.area_m2)


def test_uses_of_uses_without_end_are_one_line(tmp_path: Path) -> None:
    """Ten copies in each of nine levels; and one that uses itself is drawn once."""
    levels = "".join(f'<g id="g{level}">{f"""<use href="#g{level - 1}"/>""" * 10}</g>' for level in range(1, 9))
    with pytest.raises(FloorPlanError, match="more than 100000 elements are used again"):
        read(tmp_path, f'<defs><g id="g0">{HALL}</g>{levels}</defs><use href="#g8"/>')
    plan = read(tmp_path, f'<g id="self">{HALL}<use href="#self"/></g><use href="#nothing"/>')

    assert 240.0 == pytest.approx(plan.area_m2)
    assert any("1 use elements of nothing" in warning for warning in plan.source.warnings)


THIN = "".join(f'<path d="M{x} 40v10h8v-10z" fill="none" stroke="black" stroke-width="0.2"/>' for x in range(30, 200, 14))


@pytest.mark.parametrize(
    "frame", ["", '<rect x="2" y="2" width="296" height="196" fill="none" stroke="black" stroke-width="1.2"/>']
)
def test_strokes_as_thick_as_walls_are_walls(tmp_path: Path, frame: str) -> None:
    """Walls of 20 cm drawn with a pen of 2 mm at 1:100, desks with a thin one; the sheet's frame is no wall."""
    hall = '<path d="M11 11h198v118h-198z M110 11v118" fill="none" stroke="black" stroke-width="2"/>'
    plan = read(tmp_path, f"{hall}{THIN}{frame}")

    assert 5 == len(plan.walls)
    assert 75.0 == pytest.approx(sum(wall.length_m for wall in plan.walls), abs=0.5)
    assert {0.2} == {wall.thickness_m for wall in plan.walls}
    assert any("strokes of 9 cm and more" in warning for warning in plan.source.warnings)


def test_a_drawing_all_of_one_pen_says_nothing_by_its_width(tmp_path: Path) -> None:
    """The default pen of a program is a unit, here 10 cm: two lines are two faces all the same."""
    plan = read(tmp_path, HALL)

    assert 4 == len(plan.walls)
    assert not any("strokes of" in warning for warning in plan.source.warnings)
