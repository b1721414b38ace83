"""What the deviation of the place does to the answer: `python tests/benchmarks/placement_deviation.py [SHARED] [--rooms gym]`.

The samples are placed for 4 dB of fading everywhere and for what maps of measured buildings were off by at such a place. A
measured floor is asked as it hangs: what either promises, what a survey of one part promises of the other, and what was measured
there. That floor is other people's and not in this repository (docs/benchmarks/radio_truth.md).
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

import floorplans
from wifiplan.capacity import demand
from wifiplan.model import Requirement
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place
from wifiplan.radio import calibrate, fading, situations

SCENARIO = "shelter-day1"


def samples(rooms: list[str], least_dbm: list[float]) -> None:
    """Counts, costs and promises of each room."""
    sys.stdout.write(
        "| room | signal, dBm | allowed for | access points | yen | lower bound | covered | served | worse tenth | s |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n"
    )
    who = demand.find_scenario(SCENARIO)
    for room in rooms:
        plan = floorplans.sample(room)
        people = demand.demands(plan, who)
        for dbm in least_dbm:
            for name, fading_db in (("4 dB", fading.FADING_DB), ("the place", None)):
                start_s = time.perf_counter()
                asked = Requirement(fading_db=fading_db, min_rssi_dbm=dbm)
                ask = Ask(requirement=asked, obstruction_db=who.obstruction_db.value, with_limits=False)
                found = place(plan, {SCENARIO: people}, ask).placement
                assert found is not None
                sys.stdout.write(
                    f"| {room} | {dbm:g} | {name} | {found.access_points} | {found.cost_yen:,} | {found.bound.cost_yen:,} | "
                    f"{found.coverage_share:.1%} | {found.served_share:.1%} | {found.served_share_p10:.1%} | "
                    f"{time.perf_counter() - start_s:.0f} |\n"
                )
                sys.stdout.flush()


def measured_floor(folder: Path) -> None:
    """Shares of places of a measured floor that have -67 dBm, promised three ways and measured."""
    truth = _module("radio_truth")
    sys.stdout.write(
        "\n| band, survey > asked | signal, dBm | 4 dB | the place | calibrated | measured |\n|---|---|---|---|---|---|\n"
    )
    for band in ("5", "2.4"):
        one = truth.floor(folder, band)
        for name, known in truth.splits(one).items():
            asked = one.only(~known)
            places_m, place_of = np.unique(asked.points_m, axis=0, return_inverse=True)
            there = replace(one.job, points_m=places_m)
            gain_db, crowd_db = one.gains(None, None, places_m)
            found = calibrate.calibrate(one.job, one.only(known), gains=one.gains)
            map_dbm = gain_db + np.array([[radio.tx_power_dbm] for radio in one.job.radios])
            fitted_dbm, deviation_db = calibrate.received_dbm(found, there, gain_db, crowd_db, reflections=2)
            strongest = np.full(len(places_m), -np.inf)
            np.maximum.at(strongest, place_of.ravel(), asked.rssi_dbm)
            for dbm in (-67.0, -60.0):
                shares = [
                    float(np.mean(fading.strongest_probability(rssi, deviation, dbm) >= 0.9))
                    for rssi, deviation in (
                        (map_dbm, np.full(map_dbm.shape, fading.FADING_DB)),
                        (map_dbm, situations.deviation_db(there)),
                        (fitted_dbm, deviation_db),
                    )
                ]
                shares[2] = min(shares[2], fading.most_share(0.9, found.places))
                told = " | ".join(f"{share:.1%}" for share in (*shares, float(np.mean(strongest >= dbm))))
                sys.stdout.write(f"| {band} GHz, {name} | {dbm:g} | {told} |\n")
                sys.stdout.flush()


def _module(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Both tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("shared", nargs="?", type=Path, default=Path(__file__).resolve().parents[3] / "shared")
    arguments.add_argument("--rooms", nargs="*", default=["gym", "community-centre", "school-corridor"])
    arguments.add_argument("--min-rssi-dbm", nargs="*", type=float, default=[-67.0, -60.0])
    asked = arguments.parse_args()
    samples(asked.rooms, asked.min_rssi_dbm)
    folder = asked.shared / "reference" / "measured" / "syl" / "survey"
    if folder.is_dir():
        measured_floor(folder)
    else:
        sys.stdout.write(f"skipped: the measured floor is not there ({folder})\n")


if __name__ == "__main__":
    main()
