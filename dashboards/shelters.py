"""Every facility as a shelter: opened or not, people and how crowded, the network and the internet, power: what offices ask.

What is known live (`dashboards.watch`) meets what cities and staff say (`dashboards.opened`) and becomes one typed answer, from
which the office's page, the public folder and `wifiplan status` all take their words. Nothing here is a word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from collectors.errors import CollectError
from collectors.files import add_rows
from dashboards import opened as opened_shelters
from dashboards.opened import Opened, OpenedList, Shelter
from dashboards.people import (
    CROWDING_JA,
    Calibration,
    Crowding,
    HeadCount,
    People,
    calibrated,
    crowding,
    people_at,
)

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.config import Config
    from collectors.stores.store import Store
    from dashboards.states import Facility

Usable = Literal["usable", "crowded", "down", "unknown"]
"""What the Wi-Fi is good for now: it works; it works and is full; it does not work; nobody knows."""

_PAIR_S = 600.0
"""Clients are those of the minutes so far before and after heads were counted: the mean of what is known. Assumed."""
_MOST_COUNTS = 20_000
_FULL_SHARE = 0.95
"""From this share of its limit on a site takes nobody more in some corner of it: more people may be there. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelterNow:
    """One facility as a shelter, now. What nobody knows is None.

    `since` is since when it is opened or closed, `room_people` how many more fit, `age_s` how old the newest live news is.
    """

    site: str
    opened: bool | None
    since: datetime | None
    people: People | None
    crowding: Crowding | None
    usable: Usable
    internet: bool | None
    on_battery: bool | None
    battery_minutes: float | None
    capacity_people: int | None
    room_people: int | None
    age_s: float | None
    latitude: float | None = None
    longitude: float | None = None
    district: str = ""

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan status --json` adds to a facility."""
        return {
            "people": None if self.people is None else self.people.to_json(),
            "opened": self.opened,
            "crowding": None if self.crowding is None else CROWDING_JA[self.crowding],
        }


def shelters_now(
    config: Config,
    facilities: Iterable[Facility],
    opened: Opened,
    counts: Iterable[HeadCount],
    now: datetime,
) -> tuple[ShelterNow, ...]:
    """Every facility as a shelter, in the order of `facilities`.

    Parameters
    ----------
    opened : Opened
        Of `known`.
    counts : iterable of HeadCount
        All counts of heads there ever were, with the clients of that time: `load_counts`.
    """
    calibration = calibrated(counts, now, prior=config.shelters.clients_per_person)
    found = []
    for one in facilities:
        known = opened.shelters.get(one.site, Shelter(site=one.site))
        found.append(_shelter(one, known, calibration, config.shelters.crowded_shares, now))
    return tuple(found)


def _shelter(one: Facility, known: Shelter, calibration: Calibration, shares: tuple[float, ...], now: datetime) -> ShelterNow:
    clients = one.clients if one.complete and one.state not in ("down", "unknown") else None
    people = people_at(
        one.site,
        clients=clients,
        count=known.count,
        calibration=calibration,
        now=now,
        at_limit=clients is not None and one.limit is not None and clients >= _FULL_SHARE * one.limit,
    )
    is_closed = known.opened is False
    capacity = known.capacity_people
    return ShelterNow(
        site=one.site,
        opened=known.opened,
        since=known.since,
        people=people,
        crowding=None if is_closed else crowding(people, capacity, shares, full=known.full),
        usable=_usable(one),
        internet=one.internet if _usable(one) != "unknown" else one.internet or None,
        on_battery=one.on_battery,
        battery_minutes=one.battery_minutes,
        capacity_people=capacity,
        room_people=None if people is None or capacity is None or people.high is None else max(0, capacity - people.value),
        age_s=one.age_s,
        latitude=known.latitude,
        longitude=known.longitude,
        district=known.district,
    )


def _usable(one: Facility) -> Usable:
    if one.state in ("down", "unknown"):
        return "down" if one.state == "down" else "unknown"
    is_crowded = one.state == "busy" or any(why.code in ("aps_over", "aps_full") for why in one.reasons)
    return "crowded" if is_crowded else "usable"


def known(config: Config, now: datetime) -> Opened:
    """What the list of opened shelters and the staff say; a list that cannot be read is a fault, and the staff's word holds."""
    path = config.shelters.opened_file
    listed: OpenedList | None = None
    fault: tuple[str, ...] = ()
    if path is not None:
        zone = config.time_zone
        try:
            read_at = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else now
            listed = opened_shelters.read_list(path, zone, read_at=read_at)
        except CollectError as error:
            fault = (str(error),)
    found = opened_shelters.merged(config, listed, opened_shelters.load_said(config), now)
    unknown = tuple(f"{path}: {name} is no site of {config.path.name}; add a [[site]] of that name" for name in found.unknown)
    return Opened(shelters=found.shelters, unknown=found.unknown, faults=(*fault, *found.faults, *unknown))


# --- counts of heads, with the clients of their time ----------------------------------------------------------------


def counts_path(config: Config) -> Path:
    """Where counts of heads stand with the clients of their time."""
    return config.spool / "headcounts.jsonl"


def load_counts(config: Config) -> tuple[HeadCount, ...]:
    """All counts of heads; a line that is broken is left out."""
    try:
        lines = counts_path(config).read_text(encoding="utf-8", errors="replace").splitlines()[-_MOST_COUNTS:]
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            written = json.loads(line)
            found.append(
                HeadCount(
                    site=str(written["site"]),
                    time=datetime.fromisoformat(written["time"]).astimezone(UTC),
                    people=int(written["people"]),
                    clients=int(written["clients"]),
                )
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return tuple(found)


def paired(count: HeadCount, store: Store) -> HeadCount | None:
    """A count of heads with the clients of the minutes around it, by the sums; None where they are not known whole."""
    around = timedelta(seconds=_PAIR_S)
    samples = store.read("wifi_site_1m", site=count.site, since=count.time - around, until=count.time + around)
    clients = [sample.fields["clients"] for sample in samples if "clients" in sample.fields and not sample.fields.get("missing")]
    if not clients:
        return None
    mean = round(sum(clients) / len(clients))
    return HeadCount(site=count.site, time=count.time, people=count.people, clients=mean)


def add_counts(config: Config, counts: Sequence[HeadCount]) -> None:
    """Add counts of heads that have clients.

    Raises
    ------
    CollectError
        The file cannot be written.
    """
    rows = [{"site": c.site, "time": c.time.isoformat(), "people": c.people, "clients": c.clients} for c in counts]
    add_rows(counts_path(config), rows)
