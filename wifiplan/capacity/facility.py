"""The whole facility: who associates where, how full each channel is, who is served, and what breaks first.

Path gains are traced once; everything after them is arrays of (draw, device) or (draw, radio). One draw with fractions of
devices at every place gives the mean; many draws with whole devices at random places give the spread. Both take the same steps:
association, SINR both ways, what a radio hears of the others, and then, for the cell that each radio lives in,
`wifiplan.airtime`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from wifiplan.airtime import wifi
from wifiplan.answer import Capacity
from wifiplan.capacity import chain, paths
from wifiplan.capacity.cell_groups import Direction
from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.limits import derated, links_of
from wifiplan.capacity.occupancy import occupants_of
from wifiplan.capacity.scene import Behaviour, Gains, RadioScene, scene_of
from wifiplan.capacity.service import carried_load, goodput_of, radio_loads, zone_services
from wifiplan.capacity.spread import spread_of
from wifiplan.capacity.state import state_of
from wifiplan.capacity.wanted import PerPerson, hours_of, person_of, wanted_of
from wifiplan.errors import DesignError
from wifiplan.model import inputs_hash
from wifiplan.radio.gains import GainMemory

if TYPE_CHECKING:
    from collections.abc import Callable

    from wifiplan.capacity.demand import Scenario
    from wifiplan.model import Design, Radio


def capacity(
    design: Design,
    *,
    scenario: Scenario | str | None = None,
    persons: float | None = None,
    persons_per_m2: float | None = None,
    usable_share: float = 1.0,
    points_per_zone: int | None = None,
    gains_db: Gains | None = None,
    obstruction_db: float | None = None,
    behaviour: Behaviour | None = None,
    direction: Direction = "down",
    draws: int = 0,
    seed: int = 0,
    least_served: float = 0.0,
    with_links: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Capacity:
    """What the design carries at the peak of its demand, or of another scenario's.

    Parameters
    ----------
    scenario : Scenario or name, optional
        Instead of `design.demands`; "shelter-day1+staff" is both at once.
    persons, persons_per_m2 : float, optional
        With a scenario: all people in the building, or how densely they stand.
    usable_share : float
        With a scenario: of the floor, where people are so dense.
    points_per_zone : int, optional
        Places in each zone; by default `POINTS` in all, by area.
    gains_db : callable, optional
        Path gains (access point, point) in dB; by default those of `capacity.paths.gains_of`, with the people in the way. One
        that is given brings its own losses, and may remember what it has traced.
    obstruction_db : float, optional
        One figure of what people and partitions cost every path to a client, instead of crowds path by path.
    direction : {"down", "up", "both"}
        What is saturated for `goodput_mbps`.
    draws, seed : int
        Monte Carlo draws of positions, devices, activity and fading; with the same seed the same answer.
    least_served : float
        People that nine of ten draws are to serve: no more are drawn, and `Capacity.draws` is less, once that cannot be.
    with_links : bool
        Look for the people at which each link breaks, which takes most of the time without draws.

    Raises
    ------
    DesignError
        No access point, no demand, a demand for a zone that the plan does not have, an absurd number.

    Notes
    -----
    With nobody there, nothing is loaded and no link breaks. Who is not reached at the lowest rate is not served (`no_signal`).
    """
    wanted = wanted_of(design, scenario, persons, persons_per_m2, usable_share)
    if not any(ap.radios for ap in design.access_points):
        raise DesignError("the design has no access point with a radio; place some with `wifiplan place`")
    if draws < 0 or draws > 100_000:
        raise DesignError(f"draws is {draws}; give 0 to 100000")
    behaviour = behaviour or Behaviour()
    occupants = occupants_of(design.floor_plan, wanted, points_per_zone, behaviour.only_2g4_share)
    if gains_db is None:
        if obstruction_db is None:
            chosen = next((one for one in wanted.scenarios if one is not None), None) if scenario is not None else None
            gains_db = paths.gains_of(design, demands=wanted.demands, scenario=chosen)
        else:
            gains_db = GainMemory(reflections=paths.DEFAULT_REFLECTIONS if design.reflections is None else design.reflections)
    scene = scene_of(design, occupants, behaviour, gains_db, obstruction_db or 0.0)
    if progress is not None:
        progress(0.5)
    state = state_of(scene, mean_devices(occupants), direction=direction)
    carried = carried_load(state, admission=scene.guarantees)
    goodput = goodput_of(state, direction)
    loads = radio_loads(scene, state, carried, goodput)
    zones = zone_services(scene, state, carried)
    people = float(sum(one.people for one in wanted.demands))
    each = person_of(wanted)
    links = links_of(scene, state, each) if people > 0 and with_links else ()
    spread, drawn = (
        spread_of(scene, draws=draws, seed=seed, direction=direction, progress=progress, least_served=least_served)
        if draws
        else ({}, 0)
    )
    # An answer without links is a step of a search, which nobody keeps.
    computed_from = inputs_hash(replace(design, demands=wanted.demands, scenario=wanted.name)) if with_links else ""
    return Capacity(
        scenario=wanted.name,
        people=round(people, 1),
        radios=loads,
        zones=zones,
        links=links,
        served=round(sum(zone.served for zone in zones), 1),
        served_share=design.requirement.served_share,
        goodput_mbps=round(float(goodput.sum()), 3),
        unknown_links=chain.unknown(design.network),
        margins=derated(scene, state) if people > 0 else (),
        uplinks=chain.failover(design.network, each, people),
        warnings=_warnings(scene, each, people),
        day=hours_of(wanted),
        draws=drawn,
        seed=seed,
        spread=spread,
        computed_from=computed_from,
    )


def _warnings(scene: RadioScene, each: PerPerson, people: float) -> tuple[str, ...]:
    network = scene.design.network
    found = []
    connected = each.connected * people
    if network.dhcp_addresses is not None:
        needed = chain.leased(connected, lease_s=network.dhcp_lease_s, stay_h=each.stay_h)
        if needed > network.dhcp_addresses:
            found.append(
                f"{math.ceil(needed)} addresses are needed (devices, and those that left within the lease time) and "
                f"{network.dhcp_addresses} there are: {math.ceil(needed - network.dhcp_addresses)} devices get none"
            )
    if (
        any(radio.band == "6" for _, radio in scene.radios)
        and not scene.usable[[index for index, (_, radio) in enumerate(scene.radios) if radio.band == "6"]].any()
    ):
        found.append("nobody can use the 6 GHz radios: an open SSID does not exist there, and these devices may lack the band")
    if people <= 0:
        found.append("nobody is there: nothing is loaded, and no link can be named")
    silent = sorted({f"{ap.name} channel {radio.channel}" for ap, radio in scene.radios if _radar(radio)})
    if silent:
        found.append(f"silent for {wifi.DFS_CHECK_S:.0f} s after start or radar: {', '.join(silent)} (DFS channels)")
    return tuple(found)


def _radar(radio: Radio) -> bool:
    return wifi.is_dfs(radio.band, radio.channel, radio.width_mhz)
