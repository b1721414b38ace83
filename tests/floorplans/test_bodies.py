"""Walls from bodies: centre lines, joints, merging, and one ring around everything."""

from __future__ import annotations

import pytest
from shapely.geometry import MultiPolygon, Polygon, box

from floorplans.bodies import centre_lines, joined, merged, of_pieces, one_ring
from floorplans.plan import Opening, Wall


def wall(x0: float, y0: float, x1: float, y1: float, **more: object) -> Wall:
    fields = {"start_m": (x0, y0), "end_m": (x1, y1), "z0_m": 0.0, "z1_m": 3.0, "material": "concrete", **more}
    return Wall(**fields)  # type: ignore[arg-type]


def test_ring_of_outer_walls_is_four_walls() -> None:
    """10 by 8 m outside, 20 cm thick: centre lines of 9.8 and 7.8 m once their ends meet."""
    ring = box(0, 0, 10, 8) - box(0.2, 0.2, 9.8, 7.8)
    lines = centre_lines(ring)
    walls = joined([wall(*line.start, *line.end, thickness_m=line.thickness_m) for line in lines])

    assert [0.2] * 4 == pytest.approx([line.thickness_m for line in lines])
    assert [7.8, 7.8, 9.8, 9.8] == pytest.approx(sorted(one.length_m for one in walls))


def test_a_room_is_no_wall() -> None:
    assert [] == centre_lines(box(0, 0, 5, 4))


def test_walls_in_one_line_become_one_and_a_bow_does_not() -> None:
    """Overlapping pieces give one wall; a wall of another material, or beside, is left."""
    row = [wall(0, 0, 4, 0), wall(4, 0, 9, 0), wall(3, 0.005, 5, 0.005), wall(0, 1, 4, 1), wall(9, 0, 12, 0, material="brick")]

    assert [3.0, 4.0, 9.0] == pytest.approx(sorted(one.length_m for one in merged(row)))


def test_joining_keeps_doors_in_their_place() -> None:
    """A wall that is drawn to the one across keeps its door where it was."""
    door = Opening(u0_m=1.0, u1_m=2.0, z0_m=0.0, z1_m=2.0)
    across = wall(0, -5, 0, 5, thickness_m=0.2)
    found = joined([wall(0.1, 0, 6, 0, thickness_m=0.2, openings=(door,)), across])[0]

    assert (0.0, 6.0) == pytest.approx((found.start_m[0], found.length_m))
    assert 1.1 == pytest.approx(found.start_m[0] + found.openings[0].u0_m)


@pytest.mark.parametrize(
    "shape",
    [
        box(0, 0, 40, 30) - box(10, 10, 20, 20) - box(25, 5, 30, 12),
        MultiPolygon([box(0, 0, 10, 10), box(14, 0, 20, 8), box(30, 20, 40, 30)]),
    ],
)
def test_one_ring_has_the_area_of_all_parts_without_courtyards(shape: MultiPolygon) -> None:
    """A valid polygon, whose area is right within the slits of 2 mm."""
    ring = Polygon(one_ring(shape))

    assert ring.is_valid
    assert shape.area == pytest.approx(ring.area, rel=1e-3)


def test_pieces_of_one_wall_become_a_wall_with_openings() -> None:
    """Beside, below and above a window and a door, in the order of any program; a glass front behind its end stays a wall."""

    def piece(u0: float, u1: float, z0: float, z1: float, material: str = "concrete") -> Wall:
        return Wall(start_m=(u0, 5.0), end_m=(u1, 5.0), z0_m=z0, z1_m=z1, material=material)

    pieces = [
        piece(0, 2, 0, 3),
        piece(2, 4, 0, 1),
        piece(2, 4, 1, 2, "glass"),
        piece(2, 4, 2, 3),
        piece(5, 4, 2, 3),
        piece(5, 8, 0, 3),
        piece(8, 12, 0, 3, "glass"),
    ]
    walls = sorted(of_pieces(pieces), key=lambda wall: wall.length_m)

    assert [("glass", 4.0, ()), ("concrete", 8.0, walls[1].openings)] == [(w.material, w.length_m, w.openings) for w in walls]
    assert {(2.0, 4.0, 1.0, 2.0, "glass"), (4.0, 5.0, 0.0, 2.0, None)} == {
        (hole.u0_m, hole.u1_m, hole.z0_m, hole.z1_m, hole.material) for hole in walls[1].openings
    }


def test_walls_of_their_own_height_or_off_the_line_stay_as_they_are() -> None:
    walls = [
        Wall(start_m=(0.0, 0.0), end_m=(5.0, 0.0), z0_m=0.0, z1_m=3.0, material="concrete"),
        Wall(start_m=(5.0, 0.0), end_m=(9.0, 0.0), z0_m=0.0, z1_m=6.0, material="wood"),
        Wall(start_m=(5.0, 0.0), end_m=(5.0, 4.0), z0_m=0.0, z1_m=3.0, material="concrete"),
    ]

    assert sorted(walls, key=str) == sorted(of_pieces(walls), key=str)
