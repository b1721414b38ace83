"""The radios of a design with all that lies between them and the places where people stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wifiplan import equipment
from wifiplan.airtime import wifi
from wifiplan.airtime.cells import MAX_CLIENTS
from wifiplan.capacity import hearing, rates
from wifiplan.errors import DesignError

Floats = NDArray[np.float64]
Gains = Callable[..., Floats]
"""Path gains (access point, point) in dB, called as `wifiplan.radio.radiomap.gains_db` is."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wifiplan.capacity.occupancy import Occupants
    from wifiplan.capacity.rates import Rates
    from wifiplan.model import AccessPoint, Design, Network, Radio


BAND_PREFERENCE_DB = {"2.4": 0.0, "5": 8.0, "6": 8.0}
"""Added to a band's signal when a client chooses: phones leave 2.4 GHz while 5 GHz is not much weaker. Assumed."""


SAME_DEVICE_DB = -50.0
"""Path gain between the antennas of two radios of one access point. Assumed: they share a case and have filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How devices and access points behave; the defaults take nothing for granted that helps.

    `band_preference_db` is what 5 and 6 GHz are better liked than 2.4 GHz; `sticky_share` of the devices stay with the access
    point that was best where they came from. `obss_pd` lets 802.11ax talk over frames of other cells (26.10.2.4).
    `packet_error_share` is that of `wifi.SINR_THRESHOLD_DB`, charged to airtime; `overhead` counts probes and broadcasts.
    `only_2g4_share` of the devices are old ones, besides those of the scenario's list. With `steering` a full access point sends
    those whom it turns away to the next one; without, they find no service, for all join the strongest signal.
    """

    band_preference_db: float = BAND_PREFERENCE_DB["5"]
    sticky_share: float = 0.0
    obss_pd: bool = False
    packet_error_share: float = wifi.PACKET_ERROR_SHARE
    overhead: bool = True
    client_limits: bool = True
    steering: bool = True
    only_2g4_share: float = 0.0


@dataclass(frozen=True, slots=True)
class RadioScene:
    """The radios (r,) of a design, with all that is between them and the places (p,) where people stand."""

    design: Design
    occupants: Occupants
    behaviour: Behaviour
    radios: list[tuple[AccessPoint, Radio]]
    ap: NDArray[np.intp]
    power_dbm: Floats
    limit: Floats
    """Clients that each radio may have, (r,), or of each draw (draw, r)."""
    preference_db: Floats
    noise_dbm: Floats
    gain_db: Floats
    """Path gain from radio to place, (r, p)."""
    usable: NDArray[np.bool_]
    """Whether the kind has the band, and the band an SSID for it, (r, kind)."""
    ap_power_dbm: Floats
    """Power of q at access point r, as far as it is in r's channel, (r, q)."""
    spill_db: Floats
    """Share of q's power in r's channel, (r, q); -inf where none, or on the diagonal."""
    threshold_dbm: Floats
    """Level at which stations on r's channel wait for q's frames, (r, q); inf where they need not."""
    hears: Floats
    """1 where access point r waits for access point q, (r, q)."""
    talks_over: Floats
    """1 where one of the two access points does not wait for the other, (r, q)."""
    group: NDArray[np.intp]
    groups: list[tuple[str, int]]
    """Band and width of each group; `rates` has a row for each, and `group` (r,) says which is a radio's."""
    rates: Rates
    foreign_share: Floats

    @property
    def guarantees(self) -> bool:
        """Whether some people are served before others."""
        return any(one.guaranteed for one in self.occupants.demands)

    def part(self, which: NDArray[np.intp]) -> RadioScene:
        """The same with only these radios."""
        square = np.ix_(which, which)
        return replace(
            self,
            radios=[self.radios[i] for i in which],
            ap=self.ap[which],
            power_dbm=self.power_dbm[which],
            limit=self.limit[which],
            preference_db=self.preference_db[which],
            noise_dbm=self.noise_dbm[which],
            gain_db=self.gain_db[which],
            usable=self.usable[which],
            ap_power_dbm=self.ap_power_dbm[square],
            spill_db=self.spill_db[square],
            threshold_dbm=self.threshold_dbm[square],
            hears=self.hears[square],
            talks_over=self.talks_over[square],
            group=self.group[which],
            foreign_share=self.foreign_share[which],
        )


def scene_of(design: Design, occupants: Occupants, behaviour: Behaviour, gains_db: Gains, obstruction_db: float) -> RadioScene:
    """The design's radios among these people, with every path from `gains_db` less `obstruction_db` where it ends at a person.

    Raises
    ------
    DesignError
        A radio with a power, a limit or a channel that cannot be; a busy share of a foreign network that is none.
    """
    radios = [(ap, radio) for ap in design.access_points for radio in ap.radios]
    for ap, radio in radios:
        _check_radio(ap, radio)
    names = {id(ap): index for index, ap in enumerate(design.access_points)}
    device = np.array([names[id(one)] for one, _ in radios])
    band = [radio.band for _, radio in radios]
    power = np.array([radio.tx_power_dbm for _, radio in radios], dtype=np.float64)
    gain, between = np.empty((len(radios), len(occupants.points_m))), np.full((len(radios), len(radios)), -np.inf)
    floors = [level.floor_m for level in design.floor_plan.levels]
    spill = hearing.spill_db([radio for _, radio in radios])
    for name in dict.fromkeys(band):
        mine = np.array([index for index, one in enumerate(band) if one == name])
        used = [design.access_points[index] for index in dict.fromkeys(device[mine].tolist())]
        row = {id(one): index for index, one in enumerate(used)}
        rows = [row[id(radios[index][0])] for index in mine]
        frequency = wifi.FREQUENCY_MHZ[name]
        gain[mine] = gains_db(design.floor_plan, used, occupants.points_m, frequency_mhz=frequency)[rows] - obstruction_db
        if len(used) > 1 and np.isfinite(spill[np.ix_(mine, mine)]).any():
            places_m = np.array([[one.x_m, one.y_m, floors[one.level] + one.height_m] for one in used])
            at = gains_db(design.floor_plan, used, places_m, frequency_mhz=frequency)
            between[np.ix_(mine, mine)] = at[np.ix_(rows, rows)].T
    between[device[:, None] == device[None, :]] = SAME_DEVICE_DB
    np.fill_diagonal(between, -np.inf)
    threshold = hearing.busy_level_dbm([radio for _, radio in radios], obss_pd=behaviour.obss_pd)
    at_ap = power[None, :] + between + spill
    width = np.array([radio.width_mhz for _, radio in radios])
    groups = list(dict.fromkeys((str(radio.band), radio.width_mhz) for _, radio in radios))
    kinds = occupants.kinds
    sixth = _sixth_band_open(design, occupants)
    requirement, known = design.requirement, equipment.known_to(design)
    return RadioScene(
        design=design,
        occupants=occupants,
        behaviour=behaviour,
        radios=radios,
        ap=device,
        power_dbm=power,
        limit=np.array(
            [
                min(
                    MAX_CLIENTS,
                    equipment.client_limit(ap, radio, requirement, known),
                )
                for ap, radio in radios
            ],
            dtype=np.float64,
        ),
        preference_db=np.array([0.0 if one == "2.4" else behaviour.band_preference_db for one in band]),
        noise_dbm=wifi.noise_dbm(width),
        gain_db=gain,
        usable=np.array([[one in kind.bands and (one != "6" or sixth) for kind in kinds] for one in band]),
        ap_power_dbm=at_ap,
        spill_db=spill,
        threshold_dbm=threshold,
        hears=(at_ap >= threshold).astype(np.float64),
        talks_over=hearing.talks_over(at_ap >= threshold).astype(np.float64),
        group=np.array([groups.index((str(radio.band), radio.width_mhz)) for _, radio in radios]),
        groups=groups,
        rates=rates.stacked(
            groups,
            kinds,
            packet_error_share=behaviour.packet_error_share,
            protection_us=wifi.protection_us("2.4") if design.network.protection_11b else 0.0,
        ),
        foreign_share=_foreign_share(design.network, radios),
    )


def _check_radio(ap: AccessPoint, radio: Radio) -> None:
    where = f"access point {ap.name}, {radio.band} GHz"
    if not -30 <= radio.tx_power_dbm <= 36:
        raise DesignError(f"{where}: tx_power_dbm is {radio.tx_power_dbm:g}; give -30 to 36")
    if radio.client_limit is not None and radio.client_limit < 0:
        raise DesignError(f"{where}: client_limit is {radio.client_limit}; give 0 or more, or leave it out")
    wifi.members(radio.band, radio.channel, radio.width_mhz)  # raises for a channel that does not exist


def _sixth_band_open(design: Design, occupants: Occupants) -> bool:
    """Whether anybody may use 6 GHz: an open 00000JAPAN does not exist there."""
    if design.network.ssids:
        return any(one.security in wifi.SECURITY_AT_6_GHZ for one in design.network.ssids)
    return any(one is not None and one.security in wifi.SECURITY_AT_6_GHZ for one in occupants.scenarios)


def _foreign_share(network: Network, radios: Sequence[tuple[AccessPoint, Radio]]) -> Floats:
    """What networks on overlapping channels that are not ours take of each radio's time, (r,)."""
    left = np.ones(len(radios))
    for index, one in enumerate(network.foreign):
        if not 0 <= one.busy_share <= 1:
            raise DesignError(f"network.foreign[{index}].busy_share is {one.busy_share:g}; give a share from 0 to 1")
        for r, (_, radio) in enumerate(radios):
            if radio.band == one.band and wifi.overlap_share(
                one.band, radio.channel, radio.width_mhz, one.channel, one.width_mhz
            ):
                left[r] *= 1 - one.busy_share
    return 1 - left


def basic_rate_mbps(network: Network, band: str) -> float:
    """The rate in Mbit/s at which this network sends its beacons and broadcasts in a band."""
    return network.basic_rate_2g4_mbps if band == "2.4" else network.basic_rate_mbps
