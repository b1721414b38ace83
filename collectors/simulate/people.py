"""Who is associated where in a simulated network, now.

How people come and go is an assumption, not a measurement: at every radio clients arrive at random and stay for a random
time (a queue with endless servers, M/M/inf), around the radio's planned clients times the share of people who are there
at that hour. A day is compressed to `day_s`.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from collectors.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

Band = Literal["2.4", "5", "6"]


_STEP_S = 1.0
"""How often people come and go: as often as an agent looks at them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """One radio of the simulated network. `client_limit` only sets how busy its channel looks."""

    band: Band
    channel: int
    width_mhz: int
    tx_power_dbm: float
    planned_clients: float
    client_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """One access point; `mac` has six bytes."""

    name: str
    mac: bytes
    radios: tuple[Radio, ...]


def made_mac(seed: str) -> bytes:
    """Make up a MAC address, marked as locally administered and the same at every start."""
    return b"\x02" + hashlib.sha256(seed.encode()).digest()[:5]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Who is there in the course of a day, and the names of the networks that are shown to them.

    `present` is (hour, share of the planned clients), joined by straight lines; a simulated day begins at `first_hour`; `ssids`
    are the public network's name and the staff's. Without arguments it is a day on which everybody stays.
    """

    present: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    first_hour: float = 20.0
    ssids: tuple[str, ...] = ("city-free-wifi", "staff")


class Network:
    """Who is associated where, now. The same seed gives the same people, however often it is looked at.

    Parameters
    ----------
    access_points : sequence of AccessPoint
        The network.
    attendance : Attendance
        Who is there when.
    day_s : float
        Seconds that a simulated day takes.
    stay_s : float
        Mean seconds that a client stays at a radio.
    clock : callable
        Seconds, never backwards.
    """

    def __init__(
        self,
        access_points: Sequence[AccessPoint],
        *,
        attendance: Attendance = Attendance(),
        seed: int = 0,
        day_s: float = 1200.0,
        stay_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.access_points = tuple(access_points)
        self.attendance = attendance
        self.started_s = clock()
        self._clock = clock
        self._rng = np.random.default_rng(seed)
        self._day_s, self._stay_s = day_s, stay_s
        self._planned = np.array([r.planned_clients for ap in access_points for r in ap.radios])
        self._ends = np.cumsum([0, *(len(ap.radios) for ap in access_points)])
        self._step = 0
        self._clients: NDArray[np.int64] = self._rng.poisson(self._planned * self._present_share(0.0))
        self._held: dict[str, int] = {}
        self.down: set[str] = set()
        self.silent: set[str] = set()
        self.on_battery = False
        self.version = 0

    def _present_share(self, elapsed_s: float) -> float:
        hour = (self.attendance.first_hour + 24.0 * elapsed_s / self._day_s) % 24.0
        hours, shares = zip(*self.attendance.present, strict=True)
        return float(np.interp(hour, hours, shares, period=24.0))

    def now_s(self) -> float:
        """Seconds since the start."""
        return self._clock() - self.started_s

    def clients(self) -> dict[str, tuple[int, ...]]:
        """Clients of each radio, by the name of its access point; all 0 where that is down."""
        leave_share = 1.0 - np.exp(-_STEP_S / self._stay_s)
        for step in range(self._step + 1, int(self.now_s() / _STEP_S) + 1):
            wanted = self._planned * self._present_share(step * _STEP_S)
            left = self._rng.binomial(self._clients, leave_share)
            self._clients = self._clients - left + self._rng.poisson(wanted * leave_share)
            self._step = step
        return {ap.name: self._at(index, ap) for index, ap in enumerate(self.access_points)}

    def _at(self, index: int, ap: AccessPoint) -> tuple[int, ...]:
        if ap.name in self.down:
            return (0,) * len(ap.radios)
        held = self._held.get(ap.name)
        if held is None:
            return tuple(int(n) for n in self._clients[self._ends[index] : self._ends[index + 1]])
        return _spread(held, len(ap.radios))

    def control(
        self,
        *,
        clients: dict[str, int] | None = None,
        down: Iterable[str] = (),
        silent: Iterable[str] = (),
        on_battery: bool = False,
    ) -> None:
        """Take things in hand; what is not named goes its own way again.

        Parameters
        ----------
        clients : dict
            Access point -> the number of its clients, spread evenly over its radios.
        down : iterable of str
            Access points that are down: the controller says so; one that stands alone is silent.
        silent : iterable of str
            Agents (`controller`, `switch`, `ups` or an access point that stands alone) that do not answer.
        on_battery : bool
            The mains have failed.
        """
        names = {ap.name for ap in self.access_points}
        unknown = {*(clients or {}), *down} - names
        if not isinstance(on_battery, bool) or not all(isinstance(n, int) and n >= 0 for n in (clients or {}).values()):
            raise ConfigError("control: clients are whole numbers from 0, on_battery is true or false")
        if unknown:
            raise ConfigError(f"{min(unknown)}: no such access point; there are {', '.join(sorted(names))}")
        self._held = dict(clients or {})
        self.down, self.silent, self.on_battery = set(down), set(silent), on_battery
        self.version += 1


def _spread(total: int, parts: int) -> tuple[int, ...]:
    """As evenly as whole clients go, the first parts getting what is left over."""
    even, rest = divmod(total, max(parts, 1))
    return tuple(even + (part < rest) for part in range(parts))
