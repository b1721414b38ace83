"""Rules of thumb that vendors and consultants publish, each by its name: to set beside the model's answer, never mixed into it.

`RULES` maps a name to a function of (devices, active devices, Mbit/s an active device, PHY rate) that returns access points or
radios; `compare` gives all of them for a facility.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from wifiplan.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise DesignError(f"{name} is {value:g}; give a number above 0")


def meraki_throughput_mbps(phy_rate_mbps: float) -> float:
    """What an access point carries: half of the PHY rate, less 30 % kept in hand.

    Examples
    --------
    >>> [round(meraki_throughput_mbps(rate)) for rate in (54, 72, 144, 173, 287)]
    [19, 25, 50, 61, 100]

    References
    ----------
    .. [1] Cisco Meraki, "High Density Wi-Fi Deployments", table of estimated throughput.
    """
    _positive(phy_rate_mbps=phy_rate_mbps)
    return phy_rate_mbps * 0.5 * 0.7


def meraki_access_points(
    devices: int, mbps_each: float, *, throughput_mbps: float, share_5ghz: float = 0.7, per_radio: int = 25
) -> int:
    """The larger of throughput (all devices active) and association (25 on a 5 GHz radio, 70 % of devices there).

    Examples
    --------
    >>> meraki_access_points(600, 3, throughput_mbps=101)
    18

    References
    ----------
    .. [1] Cisco Meraki, "High Density Wi-Fi Deployments".
    """
    _positive(devices=devices, mbps_each=mbps_each, throughput_mbps=throughput_mbps, per_radio=per_radio)
    return max(math.ceil(devices * mbps_each / throughput_mbps), math.ceil(devices * share_5ghz / per_radio))


def efficiency_access_points(devices: int, mbps_each: float, phy_rate_mbps: float, *, efficiency: float = 0.45) -> int:
    """Need over what is left of the PHY rate: 0.45 of it after MAC and contention, 0.35 where it is crowded.

    Examples
    --------
    >>> efficiency_access_points(500, 5, 500), efficiency_access_points(500, 6, 350, efficiency=0.35)
    (12, 25)

    References
    ----------
    .. [1] Teaching notes on wireless LAN dimensioning; the same efficiency as Apple's 0.45 without and 0.65 with aggregation.
    """
    _positive(devices=devices, mbps_each=mbps_each, phy_rate_mbps=phy_rate_mbps, efficiency=efficiency)
    return math.ceil(devices * mbps_each / (phy_rate_mbps * efficiency) - 1e-9)


def multi_link_mbps(*links_mbps: float, kept_share: float = 0.85) -> float:
    """Several links of one Wi-Fi 7 device at once: their sum, less 15 % for keeping them together. Never in a default figure.

    Examples
    --------
    >>> multi_link_mbps(400, 600)
    850.0
    """
    _positive(kept_share=kept_share, **{f"links_mbps[{index}]": link for index, link in enumerate(links_mbps)})
    return kept_share * sum(links_mbps)


def airtime_radios(devices: int, mbps_each: float, real_mbps: float, *, full_share: float = 0.8) -> float:
    """Radios by airtime: each device takes its rate over what the channel really carries, and a channel is full at 80 %.

    Examples
    --------
    >>> airtime_radios(100, 3, 50), round(airtime_radios(100, 1, 260 / 2), 2)
    (7.5, 0.96)

    References
    ----------
    .. [1] Revolution Wi-Fi, "Capacity planning": need / (PHY / 2) x devices / 0.8.
    """
    _positive(devices=devices, mbps_each=mbps_each, real_mbps=real_mbps, full_share=full_share)
    return mbps_each / real_mbps * devices / full_share


def seats_access_points(seats: int, *, per_access_point: int = 30) -> int:
    """Seats over 30, the way a city's design standard counts for council chambers and classrooms.

    Examples
    --------
    >>> seats_access_points(150), seats_access_points(145, per_access_point=50)
    (5, 3)
    """
    _positive(seats=seats, per_access_point=per_access_point)
    return math.ceil(seats / per_access_point)


def redundant_access_points(access_points: int, *, more_share: float = 0.4) -> int:
    """With a second access point heard everywhere (-67 dBm from the second, SNR 25 dB), 40 % more are needed.

    Examples
    --------
    >>> redundant_access_points(20)
    28
    """
    _positive(access_points=access_points)
    return math.ceil(access_points * (1 + more_share) - 1e-9)


def area_access_points(area_m2: float, radius_m: float, *, overlap: float = 0.7) -> int:
    """Floor over the circle that an access point covers, of which 70 % counts.

    Examples
    --------
    >>> area_access_points(800, 8.50)
    6
    """
    _positive(area_m2=area_m2, radius_m=radius_m, overlap=overlap)
    return math.ceil(area_m2 / (overlap * math.pi * radius_m**2))


def floor_access_points(area_m2: float, *, m2_each: float = 488.0) -> int:
    """Floor over a floor each: 488 m2 (5,250 square feet) in a convention centre with a duty cycle of 20 %.

    Examples
    --------
    >>> floor_access_points(1022, m2_each=255.5)
    4

    References
    ----------
    .. [1] Cisco blog on Cisco Live 2011: 190 access points in 1,000,000 square feet.
    """
    _positive(area_m2=area_m2, m2_each=m2_each)
    return math.ceil(area_m2 / m2_each - 1e-9)


def p1238_radius_m(
    frequency_mhz: float,
    *,
    tx_power_dbm: float = 20.0,
    sensitivity_dbm: float = -67.0,
    margin_db: float = 10.0,
    distance_coefficient: float = 28.0,
    obstacle_db: float = 0.0,
) -> float:
    """How far an access point reaches by the site-general form 20 log f + N log d + Lf - 28.

    Examples
    --------
    >>> [round(p1238_radius_m(f), 2) for f in (2400, 5000, 6000)]
    [21.66, 12.82, 11.25]

    References
    ----------
    .. [1] ITU-R P.1238, site-general model; N = 28 residential, 30 office at 5 GHz.
    """
    _positive(frequency_mhz=frequency_mhz, distance_coefficient=distance_coefficient)
    allowed_db = tx_power_dbm - margin_db - sensitivity_dbm - obstacle_db
    return float(10 ** ((allowed_db - 20 * math.log10(frequency_mhz) + 28) / distance_coefficient))


def event_devices(visitors: int, *, per_visitor: float = 2.0) -> int:
    """Devices that visitors of an event bring: two each at least.

    Examples
    --------
    >>> event_devices(100)
    200

    References
    ----------
    .. [1] CONBU, the network team of Japanese conferences: 100 visitors, 200 devices and more.
    """
    _positive(visitors=visitors, per_visitor=per_visitor)
    return math.ceil(visitors * per_visitor)


def backhaul_gbps(people: int, *, active_share: float = 0.7, mbps_each: float = 6.0) -> float:
    """Uplink of an event: people x active share x Mbit/s.

    Examples
    --------
    >>> round(backhaul_gbps(3000), 1)
    12.6
    """
    _positive(people=people, active_share=active_share, mbps_each=mbps_each)
    return people * active_share * mbps_each / 1000


RULES: dict[str, Callable[[int, int, float, float], float]] = {
    "meraki": lambda devices, active, mbps, phy: meraki_access_points(
        devices, mbps * active / devices, throughput_mbps=meraki_throughput_mbps(phy)
    ),
    "efficiency": lambda _devices, active, mbps, phy: efficiency_access_points(active, mbps, phy),
    "airtime": lambda _devices, active, mbps, phy: math.ceil(airtime_radios(active, mbps, phy / 2) - 1e-9),
    "seats-30": lambda devices, _active, _mbps, _phy: seats_access_points(devices),
    "clients-50": lambda devices, _active, _mbps, _phy: seats_access_points(devices, per_access_point=50),
}
"""By name: access points (or 5 GHz radios) for devices, active devices, Mbit/s per active device, PHY rate in Mbit/s."""


def compare(devices: int, active: int, mbps_each: float, phy_rate_mbps: float) -> dict[str, Any]:
    """What each rule would hang, side by side; the model's own number is not among them."""
    return {name: int(rule(devices, active, mbps_each, phy_rate_mbps)) for name, rule in RULES.items()}
