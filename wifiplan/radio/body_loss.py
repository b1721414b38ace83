"""What people do to a path. Modelled, not measured: say so wherever a figure from here is shown.

One person is an upright absorbing screen (3GPP TR 38.901 blockage model B). A crowd is a random field of such screens, so
that the mean power that comes through a path follows from the density, from how tall people are in their posture and from
how steeply the path comes down to the client: a path from a high roof is over people's heads after a step or two, one from
a wall at 3 m runs through them for metres. The loss is therefore a property of each path, not of the access point, and a
reflection from the roof is weakened less than the direct path beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.errors import OutOfRangeError
from wifiplan.model import MAX_PEOPLE_PER_M2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LABEL = "modelled, not measured"
"""To be shown with every crowd figure."""

LIGHT_MHZ_M = 299.792458
"""Wavelength in metres times frequency in MHz."""

SCREEN_WIDTH_M = 0.4
"""Width of a person as a screen, with the 1.7 m of `POSTURES["standing"]` the person of the reference figures."""

OWN_SPACE_M = 0.35
"""Nobody else stands nearer to the client than this: half of a body's depth and arm's length to the device (assumption)."""

REACH_M = 25.0
"""Longest crowded part of a path: a hall's length; beyond it a level path would lose without bound."""

BESIDE_M = 1.5
"""People further off the path than this add nothing: the first Fresnel zone of 40 m at 2.4 GHz is 1.1 m wide."""

CLEAR_ABOVE_M = 0.3
"""A path this far above the heads is out of the crowd: some Fresnel widths of the last metres."""

_STRIPS_BESIDE = 40
_STEP_ALONG_M = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """How tall a person is as a screen, and how high the device in hand is. Both assumptions, both editable."""

    body_height_m: float
    client_height_m: float


POSTURES: dict[str, Posture] = {
    "standing": Posture(body_height_m=1.7, client_height_m=1.2),
    "seated": Posture(body_height_m=1.2, client_height_m=0.8),
    "lying": Posture(body_height_m=0.35, client_height_m=0.3),
}
"""On the floor unless said otherwise. Lying: the device lies beside the pillow (domain assumption of shelter, day 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """People around and between: `density_per_m2` of them in one posture, the device at `client_height_m`."""

    density_per_m2: float
    body_height_m: float = POSTURES["standing"].body_height_m
    client_height_m: float = POSTURES["standing"].client_height_m

    @classmethod
    def of(cls, density_per_m2: float, posture: str = "standing") -> Bodies:
        """People of `density_per_m2` in one of `POSTURES`."""
        if posture not in POSTURES:
            raise OutOfRangeError(f"posture {posture!r} is not known; one of {', '.join(POSTURES)}")
        known = POSTURES[posture]
        return cls(density_per_m2=density_per_m2, body_height_m=known.body_height_m, client_height_m=known.client_height_m)

    def check(self) -> None:
        """Raise `OutOfRangeError` for more people than can stand."""
        if not 0.0 <= self.density_per_m2 <= MAX_PEOPLE_PER_M2:
            raise OutOfRangeError(f"crowd of {self.density_per_m2:g} people/m2 is outside 0 to {MAX_PEOPLE_PER_M2:g}")


def screen_loss_db(
    along_m: ArrayLike,
    beside_m: ArrayLike,
    *,
    distance_m: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    body_height_m: float = POSTURES["standing"].body_height_m,
    width_m: float = SCREEN_WIDTH_M,
) -> NDArray[np.float64]:
    """Loss behind one person who stands in or beside a link.

    Parameters
    ----------
    along_m : array-like, any shape
        Horizontal distance of the person from the receiver, between 0 and `distance_m`.
    beside_m : array-like, shape that broadcasts with `along_m`
        How far the person's middle is off the line, to either side.
    distance_m : float
        Horizontal length of the link.

    Returns
    -------
    array of the broadcast shape, dB, never below 0.

    Notes
    -----
    The screen's four edges are taken two by two, seen from the side (top and foot) and from above (left and right): an edge adds
    ``arctan(±π/2 √(π/λ (D1+D2−r)))/π``, where D1+D2−r is the detour over that edge; the sign is minus for the edge that is
    passed where the line of sight is clear in that view.

    References
    ----------
    .. [1] 3GPP TR 38.901, clause 7.6.4.2 "Blockage model B".
    """
    along, beside = np.broadcast_arrays(np.asarray(along_m, float), np.asarray(beside_m, float))
    beyond = distance_m - along
    wave_m = LIGHT_MHZ_M / frequency_mhz

    def edges(tx: float, rx: float, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
        straight = float(np.hypot(distance_m, tx - rx))
        line = rx + (tx - rx) * along / distance_m
        detours = [np.hypot(along, edge - rx) + np.hypot(beyond, edge - tx) - straight for edge in (low, high)]
        parts = [np.arctan(np.pi / 2 * np.sqrt(np.pi / wave_m * np.maximum(detour, 0.0))) / np.pi for detour in detours]
        clear_low, clear_high = line < low, line > high
        sum_: NDArray[np.float64] = np.where(clear_low, -parts[0], parts[0]) + np.where(clear_high, -parts[1], parts[1])
        return sum_

    from_side = edges(tx_height_m, rx_height_m, np.zeros_like(along), np.full_like(along, body_height_m))
    from_above = edges(0.0, 0.0, beside - width_m / 2, beside + width_m / 2)
    return np.maximum(-20.0 * np.log10(np.maximum(1.0 - from_side * from_above, 1e-6)), 0.0)


def loss_by_elevation_db(bodies: Bodies, elevation_deg: ArrayLike, *, frequency_mhz: float) -> NDArray[np.float64]:
    """Mean loss of a path that comes down to a client in a crowd at a given angle.

    Parameters
    ----------
    elevation_deg : array-like, shape (n,)
        Angle of the path above the horizontal at the client. Below it the same loss as at 0: nothing is known of basements.

    Returns
    -------
    array (n,), dB: what the mean power loses. 0 without people; proportional to the density.

    Notes
    -----
    For a Poisson field of screens the mean power transmission is ``exp(−ρ ∬ (1 − 10^(−L/10)) ds dy)``, with L of one screen at
    distance s along and y beside the path (Campbell's theorem). Only the part of the path below the heads, and within some
    Fresnel widths of it, counts; the link is taken as long against that part, at most `REACH_M`.

    References
    ----------
    .. [1] 3GPP TR 38.901, clause 7.6.4.2, for one screen. The field of screens is our own step, hence `LABEL`.
    """
    bodies.check()
    angles = np.clip(np.atleast_1d(np.asarray(elevation_deg, float)), 0.0, 90.0)
    if bodies.density_per_m2 == 0.0:
        return np.zeros_like(angles)
    beside = (np.arange(_STRIPS_BESIDE) + 0.5) * (BESIDE_M / _STRIPS_BESIDE)
    areas = np.zeros_like(angles)
    for index, angle in enumerate(angles):
        slope = float(np.tan(np.radians(min(angle, 89.0))))
        over_heads_m = bodies.body_height_m + CLEAR_ABOVE_M - bodies.client_height_m
        crowded_m = float(np.clip(over_heads_m / max(slope, 1e-9), 0.0, REACH_M))
        if crowded_m <= OWN_SPACE_M:
            continue
        steps = max(int((crowded_m - OWN_SPACE_M) / _STEP_ALONG_M), 8)
        step = (crowded_m - OWN_SPACE_M) / steps
        along = OWN_SPACE_M + (np.arange(steps) + 0.5) * step
        distance = crowded_m + 2.0  # the link goes on well beyond its crowded part
        loss = screen_loss_db(
            along[:, None],
            beside[None, :],
            distance_m=distance,
            tx_height_m=bodies.client_height_m + slope * distance,
            rx_height_m=bodies.client_height_m,
            frequency_mhz=frequency_mhz,
            body_height_m=bodies.body_height_m,
        )
        # Twice: to both sides of the path.
        areas[index] = 2.0 * float((1.0 - 10.0 ** (-loss / 10.0)).sum()) * step * (BESIDE_M / _STRIPS_BESIDE)
    return np.asarray(10.0 / np.log(10.0) * bodies.density_per_m2 * areas, dtype=np.float64)
