"""The answer of `dashboards.watch`: a state with its reasons for every access point and every facility.

States, worst first:

down      nothing of it answers, or it says itself that it does not serve
unknown   nobody has said anything about it within three poll intervals
degraded  it serves, but a part of it is down, silent, on battery or without its uplink
busy      clearly more clients than planned, or close to a limit; or a channel as full as the plan allows at most
ok        none of these
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from collectors.errors import Why

State = Literal["down", "unknown", "degraded", "busy", "ok"]
STATES: tuple[State, ...] = get_args(State)
"""Worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a state is what it is: the code of a row of `dashboards.rules`, and the values and names that go into its words."""

    code: str
    values: Mapping[str, str | float] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLoad:
    """One band of an access point. What is not known is None."""

    band: str
    clients: int | None = None
    up: bool | None = None
    busy_share: float | None = None
    planned: float | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApState:
    """One access point. `x_m`, `y_m` are None and `design` too where no plan has it; `age_s` None: never heard of.

    `last_clients` is the newest count there is, however old; `clients` is None as soon as that count is stale.
    """

    name: str
    key: str | None
    state: State
    up: bool | None = None
    clients: int | None = None
    last_clients: int | None = None
    planned: float | None = None
    limit: int | None = None
    age_s: float | None = None
    stale: bool = False
    bands: tuple[BandLoad, ...] = ()
    reasons: tuple[Reason, ...] = ()
    device: str = ""
    design: Path | None = None
    level: int = 0
    x_m: float | None = None
    y_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """One site. `complete` False: some device or access point is not in `clients`, which is then a lower bound.

    `missing` names what is not in it, `why` says why a device of it gives no answer. `internet` is whether the internet is
    reached from there, `on_battery` whether it lives on its battery and for how many minutes more; None: nobody has said.
    """

    site: str
    state: State
    clients: int | None = None
    complete: bool = True
    planned: float | None = None
    limit: int | None = None
    aps: int | None = None
    aps_up: int | None = None
    age_s: float | None = None
    reasons: tuple[Reason, ...] = ()
    access_points: tuple[ApState, ...] = ()
    unplanned: tuple[ApState, ...] = ()
    missing: tuple[str, ...] = ()
    why: Why | None = None
    internet: bool | None = None
    on_battery: bool | None = None
    battery_minutes: float | None = None


def by_need(one: Facility) -> tuple[int, int, str]:
    """Order by what needs a hand first: down, crowded, partly down, fallen silent, never heard, and well.

    Sites that nobody has ever heard (they are still to be connected) do not hide the one that is crowded. Of equals the one with
    more people comes first.
    """
    rank = ("down", "busy", "degraded", "unknown", "", "ok").index(one.state)
    if one.state == "unknown" and one.age_s is None:
        rank += 1
    return rank, -(one.clients or 0), one.site


def sums(found: Iterable[Facility]) -> Facility:
    """Several facilities as if they were one: what is known, added up. It has no name, and its state says nothing.

    A sum is None where nobody knows any part of it; `complete` is False where a part is not known.
    """
    every = list(found)

    def added(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    def whole(values: list[int | None]) -> int | None:
        total = added([*values])
        return None if total is None else int(total)

    return Facility(
        site="",
        state="unknown",
        clients=whole([one.clients for one in every]),
        complete=all(one.complete and one.clients is not None for one in every),
        planned=added([one.planned for one in every]),
        limit=whole([one.limit for one in every]),
        aps=whole([one.aps for one in every]),
        aps_up=whole([one.aps_up for one in every]),
    )
