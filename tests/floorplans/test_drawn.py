"""The same gym in eight formats is one plan: walls within 1 % and 5 cm, in a picture within 3 % and 2 pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

import floorplans
from tests.floorplans.drawn import ALL_WRITERS, WRITERS

GYM = floorplans.gym(name="体育館")


@pytest.mark.parametrize("name", ALL_WRITERS)
def test_one_gym_in_every_format(tmp_path: Path, name: str) -> None:
    path, options = ALL_WRITERS[name](GYM, tmp_path / "館")
    plan = floorplans.read(path, **options)
    length_m = sum(wall.length_m for wall in GYM.walls)
    picture = name == "png"
    near_m = 2 / 60 if picture else 0.05
    true = shapely.union_all([shapely.LineString([wall.start_m, wall.end_m]) for wall in GYM.walls])

    assert length_m == pytest.approx(sum(wall.length_m for wall in plan.walls), rel=0.03 if picture else 0.01)
    assert len(GYM.walls) == len(plan.walls)
    for wall in plan.walls:
        assert all(true.distance(shapely.Point(end)) <= near_m for end in (wall.start_m, wall.end_m))
    assert GYM.area_m2 == pytest.approx(plan.area_m2, rel=0.02)


@pytest.mark.parametrize("name", ["dxf", "jww", "svg"])
def test_names_come_with_it(tmp_path: Path, name: str) -> None:
    path, options = WRITERS[name](GYM, tmp_path / "館")
    plan = floorplans.read(path, **options)

    assert {zone.name for zone in GYM.zones} <= {zone.name for zone in plan.zones}
