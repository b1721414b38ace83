"""A design made by hand, whose every figure a test of figures and report can know beforehand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import floorplans
from floorplans.plan import FloorPlan, Level, Slab, Wall
from wifiplan.answer import Bound, Capacity, Link, Placement, RadioLoad, Reason, Seconds, ZoneService
from wifiplan.capacity import demand
from wifiplan.model import AccessPoint, Design, Radio


def _access_point(number: int, x_m: float, y_m: float, planned: float, **more: object) -> AccessPoint:
    radios = (
        Radio(band="2.4", channel=(1, 6, 11, 1)[number - 1], planned_clients=10.0, client_limit=30),
        Radio(band="5", channel=32 + 4 * number, planned_clients=planned, client_limit=50),
    )
    return AccessPoint(name=f"AP-{number:02d}", x_m=x_m, y_m=y_m, height_m=8.5, radios=radios, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def gym_design() -> Design:
    """Four access points in the sample gym for 266 people; one of the radios has more clients planned than its limit."""
    plan = floorplans.sample("gym")
    points = (
        _access_point(1, 8.0, 6.0, 41.0, why="hand-made"),
        _access_point(2, 8.0, 17.0, 42.0, antenna="patch", azimuth_deg=60.0, tilt_deg=30.0),
        _access_point(3, 26.0, 6.0, 56.0),
        _access_point(4, 26.0, 17.0, 43.0),
    )
    radios = tuple(
        RadioLoad(
            ap=point.name,
            band=radio.band,
            channel=radio.channel,
            width_mhz=20,
            clients=radio.planned_clients or 0.0,
            client_limit=radio.client_limit,
            busy_share=0.12 if radio.band == "5" else 0.75,
            own_busy_share=0.1,
            offered_mbps=12.5,
            carried_mbps=12.345,
            median_rate_mbps=86.0,
            shares_air_with=(),
        )
        for point in points
        for radio in point.radios
    )
    hall = ZoneService(zone="hall", people=266.0, devices=266.0, served=250.0, unserved=16.0, median_mbps=0.3, p10_mbps=0.25)
    capacity = Capacity(
        scenario="shelter-day1",
        people=266.0,
        radios=radios,
        zones=(hall,),
        links=(
            Link(kind="airtime", band="5", people=251),
            Link(kind="associations", people=300),
            Link(kind="a link of the future", people=99999),
        ),
    )
    reasons = (
        Reason(ap="AP-02", zone="hall", uncovered_people=0.0, unserved_people=21.4, weaker_db=2.3),
        Reason(ap="AP-03", zone="hall", uncovered_people=30.0, unserved_people=40.0, weaker_db=9.0),
        Reason(ap="AP-04", zone="stage", uncovered_people=0.0, unserved_people=0.0, weaker_db=1.2),
    )
    placement = Placement(
        access_points=4,
        coverage_share=1.0,
        served_share=0.94,
        served_share_p10=0.9,
        cost_yen=1470000,
        bound=Bound(cost_yen=1470000, access_points=4, valid_for="this test"),
        gap_share=0.0,
        seconds=Seconds(gains=0.0, solve=0.0, check=0.0),
        reasons=reasons,
    )
    return Design(
        floor_plan=plan,
        access_points=points,
        demands=demand.demands(plan, "shelter-day1", persons=266.0),
        scenario="shelter-day1",
        capacity=capacity,
        placement=placement,
        assumptions=demand.assumptions(demand.find_scenario("shelter-day1")),
    )


@pytest.fixture(scope="session")
def box() -> Callable[..., FloorPlan]:
    """`box(length_m, width_m, height_m, material)`: a room with floor and ceiling of one material, and `more` walls and slabs."""

    def built(
        length_m: float = 20.0,
        width_m: float = 12.0,
        height_m: float = 4.0,
        material: str = "concrete",
        *,
        lid: bool = True,
        more: tuple[Wall | Slab, ...] = (),
    ) -> FloorPlan:
        corners = [(0.0, 0.0), (length_m, 0.0), (length_m, width_m), (0.0, width_m)]
        walls = [
            Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=height_m, material=material)
            for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        ]
        flat = [Slab(polygon_m=tuple((x, y, z) for x, y in corners), material=material) for z in (0.0, height_m) if lid]
        return FloorPlan(
            name="box",
            levels=(Level(name="1F", floor_m=0.0, ceiling_m=height_m, outline_m=tuple(corners)),),
            walls=(*walls, *(piece for piece in more if isinstance(piece, Wall))),
            slabs=(*flat, *(piece for piece in more if isinstance(piece, Slab))),
        )

    return built


@pytest.fixture(scope="session")
def isotropic() -> Callable[..., AccessPoint]:
    """`isotropic(x_m, y_m, height_m)`: an access point that sends alike everywhere, on 5 GHz with 0 dBi."""

    def built(x_m: float, y_m: float, height_m: float, **more: Any) -> AccessPoint:
        radios = (Radio(band="5", channel=36),)
        known = {"name": "AP", "antenna": "isotropic", "radios": radios} | more
        return AccessPoint(x_m=x_m, y_m=y_m, height_m=height_m, **known)

    return built
