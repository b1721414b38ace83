"""The answer of `dashboards.watch`: a state with its reasons for every access point and every facility.

States, worst first:

down      nothing of it answers, or it says itself that it does not serve
unknown   nobody has said anything about it within three poll intervals
degraded  it serves, but a part of it is down, silent, on battery or without its uplink
busy      clearly more clients than planned, or close to a limit; or a channel as full as the plan allows at most
ok        none of these
"""

from __future__ import annotations

from collections.abc import Mapping
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
