"""The facility's figures: speed, the bars against one cell, one access point more, and what if. Run it alone."""

from __future__ import annotations

import itertools
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

import floorplans
from wifiplan.airtime import cell_file
from wifiplan.capacity import demand, whatif
from wifiplan.capacity.demand import Application, ClientKind, Figure, Scenario
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.scene import Behaviour
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.radio.gains import GainMemory


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def gym(people: float = 500.0, scenario: str = "shelter-day1") -> Design:
    """The sample gym with six access points on two bands."""
    plan = floorplans.sample("gym")
    places = [(8, 6), (8, 17), (17, 6), (17, 17), (26, 6), (26, 17)]
    channels = [(1, 36), (6, 40), (11, 44), (1, 48), (6, 52), (11, 56)]
    points = tuple(
        AccessPoint(
            name=f"AP-{i}",
            x_m=x,
            y_m=y,
            height_m=8.5,
            radios=(Radio(band="2.4", channel=low), Radio(band="5", channel=high)),
        )
        for i, ((x, y), (low, high)) in enumerate(zip(places, channels, strict=True))
    )
    who = demand.demands(plan, scenario, persons=people)
    return Design(floor_plan=plan, access_points=points, demands=who, scenario=scenario)


def storeys() -> Design:
    """The community centre three times on top of itself, twenty access points on two bands."""
    plan = floorplans.sample("community-centre")
    ground = plan.levels[0]
    high_m = ground.ceiling_m - ground.floor_m
    ups = [number * high_m for number in range(3)]
    plan = replace(
        plan,
        levels=tuple(replace(ground, name=f"{i + 1}F", floor_m=up, ceiling_m=up + high_m) for i, up in enumerate(ups)),
        walls=tuple(replace(wall, z0_m=up, z1_m=up + high_m, openings=()) for up in ups for wall in plan.walls),
        slabs=(),
        zones=tuple(replace(zone, level=i, name=f"{zone.name} {i}") for i in range(3) for zone in plan.zones),
    )
    radios = (Radio(band="2.4", channel=1, client_limit=50), Radio(band="5", channel=36, client_limit=50))
    points = tuple(
        AccessPoint(name=f"AP-{i}", x_m=2 + 1.35 * i, y_m=3 + 5 * (i % 4), height_m=2.6, level=i % 3, radios=radios)
        for i in range(20)
    )
    return Design(floor_plan=plan, access_points=points, demands=demand.demands(plan, "shelter-day1"), scenario="shelter-day1")


def timed(label: str, work: Any, times: int = 5) -> None:
    seconds = []
    for _ in range(times):
        started_s = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started_s)
    say(f"{label}: {', '.join(f'{one:.2f}' for one in seconds)} s")


def speed() -> None:
    """Seconds; the first of each row traces the paths."""
    design, gains = gym(), GainMemory()
    timed(
        "gym, 500 people, 6 access points, 200 draws",
        lambda: capacity(design, gains_db=gains, obstruction_db=4.0, draws=200, with_links=False),
    )
    timed("the same with its links", lambda: capacity(design, gains_db=gains, obstruction_db=4.0, draws=200))
    timed("the same without draws", lambda: capacity(design, gains_db=gains, obstruction_db=4.0))
    timed(
        "the same without draws and links",
        lambda: capacity(design, gains_db=gains, obstruction_db=4.0, with_links=False),
    )
    building, more = storeys(), GainMemory()
    timed("three storeys, 20 access points, no draws", lambda: capacity(building, gains_db=more, obstruction_db=4.0), 3)
    timed("what-if table of the gym", lambda: whatif.what_if(design), 1)


class _Halves:
    """Paths by hand: near in an access point's own half of the hall, far in the other."""

    def __init__(self, near: float, far: float, between: float) -> None:
        self.near, self.far, self.between = near, far, between

    def __call__(self, _plan: Any, access_points: Any, points_m: Any, **_options: Any) -> Any:
        points = np.asarray(points_m)
        if (points[:, 2] > 3).all():
            return np.full((len(access_points), len(points)), self.between)
        return np.array([np.where((points[:, 0] < 15) == (ap.x_m < 15), self.near, self.far) for ap in access_points])


def _alike() -> Scenario:
    figure = lambda value: Figure(value=value, assumption="benchmark")  # noqa: E731
    return Scenario(
        title_ja="試験",
        title_en="benchmark",
        persons_per_m2=figure(0.1),
        devices_per_person=figure(1.0),
        associated_share=figure(1.0),
        active_share=figure(1.0),
        client_height_m=figure(1.0),
        obstruction_db=figure(0.0),
        applications=(Application(name="all", share=figure(1.0), down_mbps=figure(1.0), up_mbps=figure(0.5)),),
        hours=(1.0,) * 24,
        clients=(
            ClientKind(
                name="alike", share=figure(1.0), standard="ax", streams=2, bands=("2.4", "5", "6"), tx_power_dbm=figure(17.0)
            ),
        ),
        name="alike",
    )


def bars() -> None:
    """Facility over cell, less one, saturated each way."""
    plan = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
    points = tuple(
        AccessPoint(name=name, x_m=x, y_m=7.5, height_m=6.0, radios=(Radio(band="5", channel=36, client_limit=2000),))
        for name, x in (("a", 5.0), ("b", 25.0))
    )
    plain = Behaviour(packet_error_share=0.0, overhead=False)
    cases = {
        "one access point, 20 clients": (points[:1], 20, _Halves(-50.0, -50.0, -50.0), {}, 1.0),
        "two that hear each other, 20 each": (points, 40, _Halves(-50.0, -55.0, -50.0), {"bss": 2}, 1.0),
        "two deaf to each other, 20 each": (points, 40, _Halves(-50.0, -250.0, -250.0), {}, 2.0),
    }
    for label, (some, people, gains, more, factor) in cases.items():
        for direction in ("down", "up", "both"):
            design = Design(floor_plan=plan, access_points=some)
            found = capacity(
                design,
                scenario=_alike(),
                persons=people,
                points_per_zone=50,
                gains_db=gains,
                behaviour=plain,
                direction=direction,  # type: ignore[arg-type]
                with_links=False,
            )
            cell = cell_file.answer({"streams": 2, "clients": [{"mcs": 11, "count": 20}], "direction": direction} | more)
            say(f"{label}, {direction}: {found.goodput_mbps / (factor * cell['goodput_mbps']) - 1:+.5%}")


def one_more() -> None:
    """Total goodput as access points are added on one channel at random places, every sample; gain of each step."""
    gains = GainMemory()
    for sample in ("gym", "community-centre", "school-corridor"):
        plan = floorplans.sample(sample)
        x0, y0, x1, y1 = plan.extent_m
        rng = np.random.default_rng(1)
        steps: list[float] = []
        for _ in range(10):
            places = rng.uniform((x0 + 1, y0 + 1), (x1 - 1, y1 - 1), (6, 2))
            total = []
            for count in range(1, 7):
                points = tuple(
                    AccessPoint(
                        name=f"a{i}",
                        x_m=x,
                        y_m=y,
                        height_m=min(6.0, plan.levels[0].height_m - 0.3),
                        radios=(Radio(band="5", channel=36, client_limit=2000),),
                    )
                    for i, (x, y) in enumerate(places[:count].tolist())
                )
                design = Design(
                    floor_plan=plan, access_points=points, demands=demand.demands(plan, "shelter-day1"), scenario="shelter-day1"
                )
                found = capacity(design, gains_db=gains, obstruction_db=4.0, points_per_zone=60, with_links=False)
                total.append(found.goodput_mbps)
            steps += [after / before - 1 for before, after in itertools.pairwise(total)]
        over = sum(step > 0.02 for step in steps)
        say(f"{sample}: median {np.median(steps):+.1%}, largest {max(steps):+.1%}, above +2 %: {over} of {len(steps)} steps")


def carries() -> None:
    """What the gym's design carries in every scenario."""
    gains = GainMemory()
    for name, scenario in demand.scenarios().items():
        found = capacity(
            gym(15.0 if scenario.persons else 400.0, name), gains_db=gains, obstruction_db=scenario.obstruction_db.value
        )
        links = ", ".join(f"{link.link} {link.people:.0f}" for link in found.links[:3])
        say(
            f"{name}: {links}; busiest channel {max(radio.busy_share for radio in found.radios):.0%} at {found.people:.0f} people"
        )


def table() -> None:
    """The what-if table of the gym."""
    for row in whatif.to_json(whatif.what_if(gym())):
        say(
            f"{row['what']:<50} {row['radio_people']:>6} people by {row['radio_link']:<16} {row['goodput_mbps']:6.0f} Mbit/s "
            f"({row['goodput_change']:+.0%})"
        )


def main() -> None:
    parts = {"speed": speed, "bars": bars, "one-more": one_more, "carries": carries, "what-if": table}
    for name in sys.argv[1:] or parts:
        say(f"== {name}")
        parts[name]()


if __name__ == "__main__":
    main()
