"""A hall with two access points, everything between them and the people set by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan.capacity.occupancy import occupants_of
from wifiplan.capacity.scene import Behaviour, RadioScene, scene_of
from wifiplan.capacity.wanted import wanted_of
from wifiplan.model import AccessPoint, Demand, Design, Radio

SceneMaker = Callable[..., RadioScene]


@pytest.fixture
def two_radios() -> Design:
    """30 x 15 m, an access point in each half on one channel, 80 people with a device each, 2 Mbit/s down at once."""
    plan = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
    points = tuple(
        AccessPoint(name=name, x_m=x_m, y_m=7.5, height_m=6.0, radios=(Radio(band="5", channel=36, client_limit=100),))
        for name, x_m in (("west", 7.5), ("east", 22.5))
    )
    who = Demand(
        zone="hall",
        people=80.0,
        devices_per_person=1.0,
        associated_share=1.0,
        active_share=0.5,
        down_mbps=1.0,
        up_mbps=0.2,
    )
    return Design(floor_plan=plan, access_points=points, demands=(who,))


@pytest.fixture
def scene(two_radios: Design) -> SceneMaker:
    """A scene of these radios: `near` and `far` are the paths into their own and the other half, `between` that of the two."""

    def made(
        *, near: float = -50.0, far: float = -60.0, between: float = -60.0, limit: int | None = None, people: float = 80.0
    ) -> RadioScene:
        design = replace(two_radios, demands=tuple(replace(one, people=people) for one in two_radios.demands))
        if limit is not None:
            design = replace(
                design,
                access_points=tuple(
                    replace(ap, radios=tuple(replace(radio, client_limit=limit) for radio in ap.radios))
                    for ap in design.access_points
                ),
            )

        def gains_db(_plan: object, aps: list[AccessPoint], points_m: np.ndarray, **_options: object) -> np.ndarray:
            points = np.asarray(points_m)
            if (points[:, 2] > 3).all():
                return np.full((len(aps), len(points)), between)
            return np.array([np.where((points[:, 0] < 15) == (ap.x_m < 15), near, far) for ap in aps])

        occupants = occupants_of(design.floor_plan, wanted_of(design, None, None, None), 50, 0.0)
        return scene_of(design, occupants, Behaviour(), gains_db, 0.0)

    return made
