"""What the channel plan of placement is worth: goodput with every device receiving, beside the best of all plans.

    python tests/benchmarks/placement_channels.py [--room school-corridor] [--spots DESIGN.json]

Shelter on day 1, 20 MHz at 5 GHz, 50 clients a radio, once with radar channels last and once like any. Every way to give the four
clean channels that uses as many of them as it can is tried beside it. With --spots the access points of a design are given new
channels, so that the plan alone is compared.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import floorplans
from wifiplan import model
from wifiplan.airtime import wifi
from wifiplan.capacity import demand
from wifiplan.capacity.facility import capacity
from wifiplan.model import Design
from wifiplan.placement.ask import Ask
from wifiplan.placement.milp import Solver
from wifiplan.placement.place import place
from wifiplan.placement.polish import tuned
from wifiplan.placement.problem import posed
from wifiplan.placement.spot import Spot
from wifiplan.radio.gains import GainMemory

BARS = {"community-centre": (284.0, 1.6, 1.6), "school-corridor": (301.0, 1.4, 1.5)}
"""Goodput in Mbit/s of the plan of 2026-11-23, and how many times it is asked for: without radar channels, and with them."""


def with_channels(design: Design, channels: Sequence[int]) -> Design:
    return replace(
        design,
        access_points=tuple(
            replace(ap, radios=tuple(replace(radio, channel=channel) for radio in ap.radios))
            for ap, channel in zip(design.access_points, channels, strict=True)
        ),
    )


def planned(room: str, spots: Path | None, *, avoid_dfs: bool | None) -> Design:
    who = demand.find_scenario("shelter-day1")
    plan = floorplans.sample(room)
    asked = {who.name: demand.demands(plan, who)}
    ask = Ask(
        requirement=model.Requirement(max_clients_per_radio=50),
        bands=("5",),
        avoid_dfs=avoid_dfs,
        obstruction_db=who.obstruction_db.value,
    )
    if spots is None:
        return place(plan, asked, ask)
    given = [
        Spot(x_m=ap.x_m, y_m=ap.y_m, height_m=ap.height_m, level=ap.level, antenna=ap.antenna, azimuth_deg=ap.azimuth_deg)
        for ap in model.load(spots).access_points
    ]
    return tuned(posed(plan, asked, given, ask), range(len(given)), Solver())[0]


def goodput_mbps(design: Design, gains: GainMemory) -> float:
    return capacity(design, gains_db=gains, draws=0, with_links=False).goodput_mbps


def idle_while_shared(design: Design) -> bool:
    """Whether a clean channel is idle while another one is shared."""
    used = [radio.channel for ap in design.access_points for radio in ap.radios]
    clean = set(wifi.channels("5", 20, avoid_dfs=True))
    return len(set(used)) < len(used) and bool(clean - set(used))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--room", nargs="*", default=list(BARS))
    arguments.add_argument("--spots", type=Path)
    asked = arguments.parse_args()
    met = True
    print(
        "| room | radar channels | channels | Mbit/s | bar | of the best with clean ones | clean one idle while one is shared |"
    )
    print("|---|---|---|---|---|---|---|")
    for room in asked.room:
        was, without, with_ = BARS[room]
        for said, avoid_dfs, times in (("last", None, without), ("like any", False, with_)):
            design = planned(room, asked.spots, avoid_dfs=avoid_dfs)
            gains = GainMemory(obstruction_db=demand.find_scenario("shelter-day1").obstruction_db.value)
            ours = goodput_mbps(design, gains)
            clean, count = wifi.channels("5", 20, avoid_dfs=True), len(design.access_points)
            best = max(
                goodput_mbps(with_channels(design, way), gains)
                for way in itertools.product(clean, repeat=count)
                if len(set(way)) == min(count, len(clean))
            )
            idle = idle_while_shared(design)
            met &= ours >= times * was and not idle
            channels = ", ".join(str(radio.channel) for ap in design.access_points for radio in ap.radios)
            figures = f"{ours:.0f} | {times * was:.0f} | {ours / best:.2f}"
            print(f"| {room} | {said} | {channels} | {figures} | {'yes' if idle else 'no'} |", flush=True)
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
