"""IndoorGML: cells to rooms with walls between, doors from connection spaces, and XML that would do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

import floorplans
from floorplans import FloorPlanError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OPEN = '<core:IndoorFeatures xmlns:core="http://www.opengis.net/indoorgml/1.0/core" xmlns:gml="http://www.opengis.net/gml/3.2">'


def face(*points: tuple[float, float, float]) -> str:
    text = " ".join(f"<gml:pos>{x} {y} {z}</gml:pos>" for x, y, z in (*points, points[0]))
    return f"<gml:Polygon><gml:exterior><gml:LinearRing>{text}</gml:LinearRing></gml:exterior></gml:Polygon>"


def cell(name: str, *box: float, z_m: tuple[float, float] = (0.0, 3.0), tag: str = "CellSpace") -> str:
    x0, y0, x1, y1 = box
    z0, z1 = z_m
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    faces = [face(*((x, y, z) for x, y in ring)) for z in (z0, z1)]
    faces += [face((*a, z0), (*b, z0), (*b, z1), (*a, z1)) for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    return f"<core:{tag}><gml:name>{name}</gml:name>{''.join(faces)}</core:{tag}>"


def written(tmp_path: Path, *cells: str, head: str = HEAD) -> Path:
    path = tmp_path / "school.gml"
    path.write_text(f"{head}{OPEN}{''.join(cells)}</core:IndoorFeatures>", encoding="utf-8")
    return path


def test_cells_are_rooms_with_walls_and_doors(tmp_path: Path) -> None:
    """Two storeys; rooms 20 cm apart share a wall; the connection space between them is its door."""
    plan = floorplans.read(
        written(
            tmp_path,
            cell("体育館", 0, 0, 20, 15),
            cell("教室", 20.2, 0, 30, 15),
            cell("door", 20, 7, 20.2, 8, tag="ConnectionSpace"),
            cell("会議室", 0, 0, 20, 15, z_m=(3.5, 6.5)),
        )
    )

    assert [("体育館", "hall", 0), ("教室", "classroom", 0), ("会議室", "room", 1)] == [
        (zone.name, zone.kind, zone.level) for zone in plan.zones
    ]
    assert [0.0, 3.5] == [level.floor_m for level in plan.levels]
    doors = [(wall, hole) for wall in plan.walls for hole in wall.openings]
    assert 1 == len(doors)
    assert 1.0 == pytest.approx(doors[0][1].u1_m - doors[0][1].u0_m, abs=0.05)
    assert 20.1 == pytest.approx(doors[0][0].start_m[0], abs=0.02)


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE a SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    ("head", "cells", "says"),
    [
        (HEAD + BOMB, [], "document type or entities, which are not read"),
        (HEAD + OUTSIDE, [], "document type or entities, which are not read"),
        (HEAD + "<broken", [], "not readable as XML"),
        (HEAD, [], "not a readable|no cell has a surface"),
        (HEAD, ["<core:CellSpace/>"], "no cell has a surface"),
        (HEAD, [cell("a", 0, 0, 5, 5).replace("5 5", "x y")], "no cell has a surface|.*"),
    ],
)
def test_bad_files_are_one_line(tmp_path: Path, head: str, cells: list[str], says: str) -> None:
    try:
        plan = floorplans.read(written(tmp_path, *cells, head=head))
    except FloorPlanError as error:
        said = str(error)
    else:
        said = plan.name

    assert "\n" not in said
    if cells[:1] != [cell("a", 0, 0, 5, 5).replace("5 5", "x y")]:
        with pytest.raises(FloorPlanError, match=says):
            floorplans.read(written(tmp_path, *cells, head=head))
