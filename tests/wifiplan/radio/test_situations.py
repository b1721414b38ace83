"""What a map may be off by before anybody has measured, place by place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from floorplans.plan import FloorPlan, Level, Wall, Zone
from wifiplan.model import AccessPoint, Radio
from wifiplan.radio import radiomap
from wifiplan.radio.coverage import Job
from wifiplan.radio.situations import SITUATIONS, deviation_db, situation_of


def job() -> Job:
    """A hall of 200 m2 at the left, then rooms behind one, two and three walls; the second access point is a storey up."""
    corners = ((0.0, 0.0), (40.0, 0.0), (40.0, 10.0), (0.0, 10.0))
    walls = tuple(Wall(start_m=(x, 0.0), end_m=(x, 10.0), z0_m=0.0, z1_m=3.0, material="brick") for x in (20.0, 25.0, 30.0, 35.0))
    levels = tuple(Level(name=f"{n + 1}F", floor_m=3.0 * n, ceiling_m=3.0 * n + 3.0, outline_m=corners) for n in range(2))
    hall = Zone(name="hall", level=0, polygon_m=((0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)), kind="people")
    plan = FloorPlan(name="rooms", levels=levels, walls=walls, slabs=(), zones=(hall,))
    radio = Radio(band="5", channel=36, tx_power_dbm=17.0)
    aps = tuple(
        AccessPoint(name=f"AP-{n}", x_m=10.0, y_m=5.0, height_m=2.5, level=n, antenna="isotropic", radios=(radio,))
        for n in range(2)
    )
    places = np.array([[x, 5.0, 1.0] for x in (5.0, 22.0, 27.0, 32.0, 38.0)])
    return Job(
        floor_plan=plan,
        access_points=aps,
        radios=(radio, radio),
        frequencies_mhz=(5180.0, 5180.0),
        band="5",
        level=0,
        height_m=1.0,
        grid_m=0.5,
        grid=radiomap.grid_of(plan, 0.5),
        points_m=places,
    )


def test_situation_is_hall_walls_or_storey() -> None:
    names = [[SITUATIONS[index].name for index in row] for row in situation_of(job())]

    assert ["hall", "one_wall", "two_walls", "three_walls", "three_walls"] == names[0]
    assert ["other_storey"] * 5 == names[1]


def test_a_small_room_is_no_hall() -> None:
    one = job()
    small = replace(
        one.floor_plan,
        zones=tuple(replace(zone, polygon_m=((0, 0), (12, 0), (12, 10), (0, 10))) for zone in one.floor_plan.zones),
    )

    assert "same_room" == SITUATIONS[situation_of(replace(one, floor_plan=small))[0, 0]].name


def test_deviation_is_the_measured_one() -> None:
    deviation = deviation_db(job())

    assert SITUATIONS[0].deviation_db == deviation[0, 0]
    assert np.all(deviation[1] == SITUATIONS[-1].deviation_db)
    assert all(one.low_db <= one.deviation_db <= one.high_db for one in SITUATIONS)
    assert ["other_storey"] == [one.name for one in SITUATIONS if not one.links]
