"""How often the bounds of people hold, and how wide they are, on crowds that `simulate` draws.

    python tests/benchmarks/people.py [--cities 40] [--json]

A crowd is people with devices, some of which are associated: the simulated network (`collectors.simulate.people.Network`) has
planned clients = people x devices a person x share associated, and gives clients. The estimator is given the clients and, in
some cities, counts of heads at some shelters; never the devices a person nor the share. Four kinds of city:

narrow     devices 1.0 to 1.2, share 0.78 to 0.88
scenarios  devices 1.1 to 1.5, share 0.8 to 0.9: what the shelter scenarios have between them
broad      devices 0.8 to 1.6, share 0.6 to 0.95
two kinds  half of the shelters are families (1.5), half are elderly (0.75), share 0.8 to 0.9

Each is drawn for a city and again for each shelter and day around it. `held_share` must be 0.85 to 0.95 and `width_share`, half
of the interval at 300 people against 300, at most 0.4.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np

from collectors.simulate.people import AccessPoint, Network, Radio, made_mac
from dashboards.people import HeadCount, calibrated, estimate

NOW = datetime(2026, 11, 27, tzinfo=UTC)
SHELTERS, COUNTED, DAYS = 12, 8, 4

Draw = Callable[[np.random.Generator, int], tuple[float, float]]

KINDS: dict[str, Draw] = {
    "narrow": lambda rng, _shelter: (rng.uniform(1.0, 1.2), rng.uniform(0.78, 0.88)),
    "scenarios": lambda rng, _shelter: (rng.uniform(1.1, 1.5), rng.uniform(0.8, 0.9)),
    "broad": lambda rng, _shelter: (rng.uniform(0.8, 1.6), rng.uniform(0.6, 0.95)),
    "two kinds": lambda rng, shelter: ((1.5, 0.75)[shelter % 2], rng.uniform(0.8, 0.9)),
}


def clients_of(people: int, devices: float, share: float, seed: int) -> int:
    """What a simulated network of four access points counts of these people after some minutes."""
    planned = people * devices * share / 8
    radios = tuple(
        Radio(band=band, channel=channel, width_mhz=20, tx_power_dbm=15.0, planned_clients=planned, client_limit=100)
        for band, channel in (("2.4", 1), ("5", 36))
    )
    at_s = 0.0
    aps = tuple(AccessPoint(name=f"AP-{n}", mac=made_mac(f"{seed}-{n}"), radios=radios) for n in range(4))
    network = Network(aps, seed=seed, clock=lambda: at_s)
    at_s = 120.0
    return sum(sum(row) for row in network.clients().values())


def measured(kind: str, cities: int, seed: int = 1) -> dict[str, dict[str, float]]:
    """Basis -> share of bounds that held, median half width against the value at 300 people, and how many."""
    rng = np.random.default_rng(seed)
    held: dict[str, list[bool]] = {}
    widths: dict[str, list[float]] = {}
    for _ in range(cities):
        of_shelter = [KINDS[kind](rng, shelter) for shelter in range(SHELTERS)]

        def today(shelter: int, people: int) -> int:
            devices, share = of_shelter[shelter]  # noqa: B023  (used within the turn)
            day = float(np.exp(rng.normal(0.0, 0.06)))
            return clients_of(people, devices * day, share, int(rng.integers(1 << 31)))

        counts = [
            HeadCount(site=str(shelter), time=NOW - timedelta(days=day), people=people, clients=today(shelter, people))
            for shelter in range(COUNTED)
            for day in range(1, DAYS + 1)
            for people in (int(rng.integers(40, 400)),)
        ]
        for known in (calibrated([], NOW), calibrated(counts, NOW)):
            for shelter in range(SHELTERS):
                people = 300 if shelter % 2 else int(rng.integers(100, 500))
                found = estimate(str(shelter), today(shelter, people), known)
                assert found.high is not None
                held.setdefault(found.basis, []).append(found.low <= people <= found.high)
                if people == 300:
                    widths.setdefault(found.basis, []).append(
                        max(found.high - found.value, found.value - found.low) / found.value
                    )
    return {
        basis: {
            "held_share": round(sum(rows) / len(rows), 3),
            "width_share": round(statistics.median(widths[basis]), 3),
            "cases": len(rows),
        }
        for basis, rows in held.items()
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cities", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = {kind: measured(kind, given.cities) for kind in KINDS}
    if given.json:
        print(json.dumps(found))
        return
    for kind, rows in found.items():
        for basis, row in rows.items():
            print(f"{kind:10} {basis:16} held {row['held_share']:.1%}  width ±{row['width_share']:.0%}  of {row['cases']:.0f}")


if __name__ == "__main__":
    main()
