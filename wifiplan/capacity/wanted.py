"""What a facility is asked for: its demands with their scenarios, its mean person, and its day."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.answer import Hour
from wifiplan.capacity import demand
from wifiplan.capacity.demand import Scenario, demands
from wifiplan.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wifiplan.model import Demand, Design


SESSIONS_PER_DEVICE, STAY_H = 200.0, 12.0
"""Sessions that a connected device holds, and hours that it stays, where its scenario is not known. Assumed, as the defaults of
`demand.Scenario` are; the sessions are the lower end of 200 to 500."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPerson:
    """What one person asks of the network at the peak: connected devices, sessions, and (down, up) Mbit/s by kind of use."""

    connected: float
    sessions: float
    stay_h: float
    mbps: Mapping[str, tuple[float, float]]

    @property
    def down_mbps(self) -> float:
        """Mbit/s of all kinds of use, down."""
        return sum(down for down, _ in self.mbps.values())

    @property
    def up_mbps(self) -> float:
        """Mbit/s of all kinds of use, up."""
        return sum(up for _, up in self.mbps.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """A facility's demands with the scenario of each, where it is known. `name` is that of all of them."""

    name: str
    demands: tuple[Demand, ...]
    scenarios: tuple[Scenario | None, ...]


def wanted_of(
    design: Design,
    scenario: Scenario | str | None,
    persons: float | None,
    persons_per_m2: float | None,
    usable_share: float = 1.0,
) -> Wanted:
    """What a scenario asks for ("a+b" is both at once) of so many people; without a scenario, the design's own demands.

    Raises
    ------
    DesignError
        A design without demand, or a scenario that does not exist.
    """
    if scenario is None:
        if not design.demands:
            raise DesignError("the design has no demand; give --scenario NAME")
        names = [name.strip() for name in design.scenario.replace("+", ",").split(",") if name.strip()]
        known = [demand.scenarios()[name] for name in names if name in demand.scenarios()]
        of = {one.guaranteed: one for one in reversed(known)}
        return Wanted(design.scenario, design.demands, tuple(of.get(one.guaranteed) for one in design.demands))
    wanted = [demand.find_scenario(name.strip()) for name in scenario.split("+")] if isinstance(scenario, str) else [scenario]
    rows: list[tuple[Demand, Scenario]] = []
    for one in wanted:
        # A number of people is that of the crowd; a scenario with a number of its own keeps it beside another one.
        own = len(wanted) > 1 and one.persons is not None
        count, density = (None, None) if own else (persons, persons_per_m2)
        found = demands(design.floor_plan, one, persons=count, persons_per_m2=density, usable_share=usable_share)
        rows += [(each, one) for each in found]
    return Wanted("+".join(one.name for one in wanted), tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def person_of(wanted: Wanted) -> PerPerson:
    """The mean person of all demands."""
    people = sum(one.people for one in wanted.demands) or 1.0
    connected = sessions = stayed = 0.0
    mbps: dict[str, list[float]] = {}
    for one, scenario in zip(wanted.demands, wanted.scenarios, strict=True):
        devices = one.people * one.devices_per_person * one.associated_share
        connected += devices
        sessions += devices * (scenario.sessions_per_device.value if scenario else SESSIONS_PER_DEVICE)
        stayed += devices * (scenario.stay_h.value if scenario else STAY_H)
        active = devices * one.active_share
        parts = [("web", 1.0, 1.0)]
        if scenario is not None and scenario.down_mbps and scenario.up_mbps:
            parts = [
                (
                    app.kind,
                    app.share.value * app.down_mbps.value / scenario.down_mbps,
                    app.share.value * app.up_mbps.value / scenario.up_mbps,
                )
                for app in scenario.applications
            ]
        for kind, down_part, up_part in parts:
            row = mbps.setdefault(kind, [0.0, 0.0])
            row[0] += active * one.down_mbps * down_part / people
            row[1] += active * one.up_mbps * up_part / people
    return PerPerson(
        connected=connected / people,
        sessions=sessions / people,
        stay_h=stayed / connected if connected else STAY_H,
        mbps={kind: (row[0], row[1]) for kind, row in mbps.items()},
    )


def hours_of(wanted: Wanted) -> tuple[Hour, ...]:
    """The day of all demands together, hour by hour from midnight; empty where a scenario is not known."""
    rows: list[tuple[Hour, ...]] = []
    for one, scenario in zip(wanted.demands, wanted.scenarios, strict=True):
        if scenario is None:
            return ()
        # People come before the hour in which most of them are active.
        peak = int(np.argmax(scenario.hours))
        first = (peak - math.ceil(scenario.arrive_h.value)) % 24
        rows.append(tuple(sorted(demand.day(scenario, one.people, first_hour=first), key=lambda row: row.hour)))
    return tuple(
        replace(
            hours[0],
            **{
                name: round(sum(getattr(hour, name) for hour in hours), 3)
                for name in ("people", "devices", "active", "down_mbps", "up_mbps", "joins_per_min")
            },
        )
        for hours in zip(*rows, strict=True)
    )
