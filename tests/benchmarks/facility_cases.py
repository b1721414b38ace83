"""The facility model on whole buildings that were simulated packet by packet: `facility_cases.py CASE… [--json]`.

A case gives access points, stations with their association, MCS and traffic, and the gains between all nodes; the format and the
packet simulator's answers are described in `reference/capacity/facility` beside the project. So the air alone is compared.
Without arguments every case of that folder is set beside `ns3.csv`, with the bars of the project.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.capacity import hearing, rates
from wifiplan.capacity.cell_groups import LinkQuality
from wifiplan.capacity.devices import Devices
from wifiplan.capacity.scene import Behaviour, RadioScene
from wifiplan.capacity.service import carried_load, served_share
from wifiplan.capacity.state import state_of
from wifiplan.model import AccessPoint, Network, Radio

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference" / "capacity" / "facility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station of a case."""

    node: int
    ap: int
    standard: str
    power_dbm: float
    down: tuple[int, int]
    up: tuple[int, int]
    flows: tuple[tuple[str, str, float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as its file has it; `gain_db` is (node, node), -inf without a path."""

    band: str
    radios: tuple[Radio, ...]
    stations: tuple[Station, ...]
    gain_db: np.ndarray


def read_case(path: Path) -> Case:
    """The case of a file; a line that is not of its format raises with its number."""
    band, radios, stations, flows, gains = "5", {}, {}, {}, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match line.split():
            case ["band", name]:
                band = {"24": "2.4"}.get(name, name)
            case ["ap", node, centre, width, primary, power]:
                channel = int(centre) - 2 * (int(width) // 20 - 1) + 4 * int(primary)
                radios[int(node)] = Radio(band=band, channel=channel, width_mhz=int(width), tx_power_dbm=float(power))
            case ["sta", node, ap, standard, power, mcs_down, nss_down, mcs_up, nss_up]:
                links = (int(mcs_down), int(nss_down)), (int(mcs_up), int(nss_up))
                stations[int(node)] = (int(ap), standard, float(power), *links)
            case ["flow", node, way, kind, mbps, size]:
                flows.setdefault(int(node), []).append((way, kind, float(mbps), int(size)))
            case ["g", a, b, gain]:
                gains.append((int(a), int(b), float(gain)))
            case []:
                pass
            case _:
                raise SystemExit(f"{path}:{number}: {line!r} is no line of a facility case")
    count = len(radios) + len(stations)
    gain_db = np.full((count, count), -np.inf)
    for a, b, gain in gains:
        gain_db[a, b] = gain_db[b, a] = gain
    found = tuple(
        Station(node=node, ap=ap, standard=standard, power_dbm=power, down=down, up=up, flows=tuple(flows.get(node, ())))
        for node, (ap, standard, power, down, up) in sorted(stations.items())
    )
    return Case(band=band, radios=tuple(radios[node] for node in sorted(radios)), stations=found, gain_db=gain_db)


def _rates_of(case: Case, network: Network) -> tuple[rates.Rates, dict[tuple[str, int, int], int]]:
    """A table whose last axis is not SINR but the links that occur, and the row of each (standard, MCS, streams)."""
    links = sorted({(one.standard, *link) for one in case.stations for link in (one.down, one.up)})
    groups = list(dict.fromkeys(radio.width_mhz for radio in case.radios))
    del network
    rows: dict[str, list[list[float]]] = {name: [] for name in rates.Rates.__slots__}
    for width_mhz in groups:
        parts: dict[str, list[float]] = {name: [] for name in rows}
        for standard, mcs, streams in links:
            spoken = rates.standard_at(standard, case.band)
            table = rates.table_of(
                np.array([mcs]),
                np.array([streams]),
                band=case.band,
                width_mhz=min(width_mhz, wifi.WIDTHS_MHZ[spoken][-1]),
                standard=spoken,
            )
            for name in rows:
                parts[name].append(float(getattr(table, name)[0]))
        for name, values in parts.items():
            rows[name].append(values)
    arrays = {name: np.array(values)[:, None, :] for name, values in rows.items()}
    arrays["ok"] = arrays["ok"].astype(bool)
    return rates.Rates(**arrays), {link: row for row, link in enumerate(links)}


def scene_of(case: Case) -> tuple[RadioScene, Devices, np.ndarray, LinkQuality]:
    """What the facility model takes, with the association and the links of the case."""
    network = Network()
    table, row = _rates_of(case, network)
    count, stations = len(case.radios), case.stations
    power = np.array([radio.tx_power_dbm for radio in case.radios])
    spill = hearing.spill_db(case.radios)
    level = hearing.busy_level_dbm(case.radios)
    at_ap = power[None, :] + case.gain_db[:count, :count] + spill
    np.fill_diagonal(at_ap, -np.inf)
    groups = list(dict.fromkeys((case.band, radio.width_mhz) for radio in case.radios))
    group = np.array([groups.index((case.band, radio.width_mhz)) for radio in case.radios])
    nodes = np.array([one.node for one in stations])
    aps = [AccessPoint(name=f"ap{i}", x_m=0, y_m=0, height_m=0, radios=(radio,)) for i, radio in enumerate(case.radios)]
    scene = RadioScene(
        design=SimpleNamespace(network=network),  # type: ignore[arg-type]  # nothing else of a design is asked for
        occupants=SimpleNamespace(demands=[]),  # type: ignore[arg-type]
        behaviour=Behaviour(overhead=False),
        radios=list(zip(aps, case.radios, strict=True)),
        ap=np.arange(count),
        power_dbm=power,
        limit=np.full(count, 2007.0),
        preference_db=np.zeros(count),
        noise_dbm=np.asarray(wifi.noise_dbm([radio.width_mhz for radio in case.radios])),
        gain_db=case.gain_db[:count][:, nodes],
        usable=np.ones((count, len(stations)), dtype=bool),
        ap_power_dbm=at_ap,
        spill_db=spill,
        threshold_dbm=level,
        hears=(at_ap >= level).astype(np.float64),
        talks_over=hearing.talks_over(at_ap >= level).astype(np.float64),
        group=group,
        groups=groups,
        rates=table,
        foreign_share=np.zeros(count),
    )

    def asked(way: str, kind: str) -> np.ndarray:
        return np.array([[sum(mbps for w, k, mbps, _ in one.flows if w == way and k in kind) for one in stations]])

    def calls(way: str) -> np.ndarray:
        return np.array([[sum(m * 1e6 / (8 * size) for w, k, m, size in one.flows if w == way and k == "c") for one in stations]])

    ones = np.ones((1, len(stations)))
    devices = Devices(
        place=np.arange(len(stations))[None, :],
        kind=np.arange(len(stations))[None, :],
        owner=np.zeros((1, len(stations)), dtype=np.intp),
        weight=ones,
        active=np.array([[float(bool(one.flows)) for one in stations]]),
        down_mbps=asked("d", "pc"),
        up_mbps=asked("u", "pc"),
        calls_down=calls("d"),
        calls_up=calls("u"),
        down_uneven=ones,
        up_uneven=ones,
        shadow_db=np.zeros((1, 1, 1)),
        came_from=np.arange(len(stations))[None, :],
        sticky=np.zeros((1, len(stations)), dtype=bool),
        kind_power_dbm=np.array([one.power_dbm for one in stations]),
    )
    serving = np.array([[one.ap for one in stations]])
    base = group[serving] * len(row)
    down = base + np.array([[row[one.standard, *one.down] for one in stations]])
    up = base + np.array([[row[one.standard, *one.up] for one in stations]])
    return scene, devices, serving, LinkQuality(down, up, np.ones(serving.shape, dtype=bool))


def answer(path: Path) -> dict[str, Any]:
    """What the facility model says of one case, in the words of COMMANDS.md."""
    scene, devices, serving, links = scene_of(read_case(path))
    scene = _with_demand(scene)
    state = state_of(scene, devices, direction=None, given=(serving, links))
    carried = carried_load(state)
    active = devices.active[0] > 0
    offered = state.sums.of(devices.down_mbps + devices.up_mbps)[0]
    used = offered > 0
    share = served_share(scene, state, carried)[0]
    return {
        "case": path.name,
        "on_air_share": round(float(np.minimum(carried.on_air[0], 1.0).mean()), 4),
        "carried_mbps": round(float((offered * (1 - carried.loss[0])).sum()), 2),
        "worst_delay_p95_ms": round(float(carried.delay_p95_ms[0].max()), 2),
        "cells_ok_share": round(float(carried.keeps[0][used].mean()), 3) if used.any() else 1.0,
        "served_share": round(float(share[active].mean()), 3) if active.any() else 1.0,
    }


def _with_demand(scene: RadioScene) -> RadioScene:
    scene.occupants.demands = [SimpleNamespace(guaranteed=False, people=0.0, devices_per_person=0.0, associated_share=0.0)]  # type: ignore[misc]
    return scene


def beside(found: dict[str, Any], measured: dict[str, str]) -> list[str]:
    """The bars that a case misses against the packet simulation, by name; empty where it keeps all."""
    truth = {name: float(value) for name, value in measured.items() if name != "case"}
    missed = []
    delay, on_air, carried = truth["worst_delay_p95_ms"], truth["on_air_share"], truth["carried_mbps"]
    if not 70 <= delay <= 140 and (found["cells_ok_share"] == 1) != (truth["cells_that_keep_the_rule_share"] == 1):
        missed.append("cells")
    if abs(found["on_air_share"] - on_air) > max(0.15 * on_air, 0.02):
        missed.append("air")
    if abs(found["carried_mbps"] - carried) > (0.1 if carried >= 0.95 * truth["offered_mbps"] else 0.2) * carried:
        missed.append("carried")
    if abs(found["served_share"] - truth["clients_served_share"]) > 0.15:
        missed.append("served")
    if 5 <= delay <= 100 and not 0.5 <= found["worst_delay_p95_ms"] / delay <= 2:
        missed.append("delay")
    return missed


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the answers as JSON, or set the reference folder's cases beside the packet simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    asked = parser.parse_args(arguments)
    if asked.cases:
        found = [answer(path) for path in asked.cases]
        sys.stdout.write(json.dumps(found) + "\n" if asked.json else "".join(f"{row}\n" for row in found))
        return
    if not FOLDER.is_dir():
        sys.stdout.write(f"skipped: {FOLDER} is not there\n")
        return
    known: dict[str, dict[str, Any]] = {}
    errors = []
    with (FOLDER / "ns3.csv").open(encoding="utf-8") as file:
        # One row is of the whole building, whose case file was not kept.
        table = [row for row in csv.DictReader(file) if int(row["aps"]) == len(read_case(FOLDER / "cases" / row["case"]).radios)]
    for row in table:
        found = known.setdefault(row["case"], answer(FOLDER / "cases" / row["case"]))
        errors.append(found["on_air_share"] / float(row["on_air_share"]) - 1)
        sys.stdout.write(
            f"{row['case'][:52]:52} air {found['on_air_share']:.3f} ({float(row['on_air_share']):.3f}) "
            f"carried {found['carried_mbps']:6.1f} ({float(row['carried_mbps']):6.1f}) "
            f"p95 {found['worst_delay_p95_ms']:6.1f} ({float(row['worst_delay_p95_ms']):6.1f}) "
            f"ok {found['cells_ok_share']:.2f} ({float(row['cells_that_keep_the_rule_share']):.2f}) "
            f"served {found['served_share']:.2f} ({float(row['clients_served_share']):.2f}) {' '.join(beside(found, row))}\n"
        )
    missed = [name for row in table for name in beside(known[row["case"]], row)]
    worst = {name: missed.count(name) for name in ("cells", "air", "carried", "served", "delay")}
    sys.stdout.write(f"{len(table)} runs; missed {worst}; on-air error median {np.median(np.abs(errors)):.3f}\n")


if __name__ == "__main__":
    main()
