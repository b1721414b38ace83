"""What is there at every place of a map: strengths, signal over noise both ways, who shares the channel, rate, airtime, people.

Arrays of (radio, y, x) come in and (y, x) go out, NaN where nothing is known. A preview has other gains only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import shapely
from shapely.geometry import Polygon

from wifiplan.airtime import wifi
from wifiplan.capacity import demand, hearing, rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wifiplan.capacity.demand import ClientKind
    from wifiplan.model import AccessPoint, Band, Design, Radio

    Floats = NDArray[np.float64]

Layer = Literal["signal", "second", "snr_down", "snr_up", "co_channel", "rate", "airtime", "people_p10"]
LAYERS: tuple[Layer, ...] = get_args(Layer)

CLIENT_POWER_DBM = 13.0
"""What a client sends with where the design does not say (assumed; 12 to 15 dBm were seen)."""


def radios_of(design: Design, band: Band, *, level: int | None = None) -> tuple[tuple[AccessPoint, Radio], ...]:
    """Each access point with a radio in the band, and that radio: the first axis of the gains. `level`: only of that storey."""
    found = ((ap, next((radio for radio in ap.radios if radio.band == band), None)) for ap in design.access_points)
    return tuple((ap, radio) for ap, radio in found if radio is not None and level in {None, ap.level})


def layer(
    design: Design,
    pairs: Sequence[tuple[AccessPoint, Radio]],
    gain_db: Floats,
    what: Layer,
    *,
    x_m: Floats,
    y_m: Floats,
    level: int = 0,
    crowd: bool = True,
) -> Floats:
    """One layer of a storey, (y, x).

    Parameters
    ----------
    design : Design
        Its obstruction, scenario, and, for airtime and people, its capacity.
    pairs, gain_db
        From `radios_of`, and the path gains of their access points, (radio, y, x) in dB.
    what : Layer
        "signal" and "second": dBm of the strongest and the next access point. "snr_down", "snr_up": dB over noise, a client
        sending `client_power_dbm`. "co_channel": how many others are heard on its channel. "rate": PHY Mbit/s down of the
        scenario's most frequent device. "airtime": share of time that the strongest one's channel is busy. "people_p10":
        share of the zone's people that is served or more in nine of ten crowds.
    x_m, y_m : arrays (x,), (y,)
        Centres of the cells.
    level : int
        The storey whose zones hold the people.
    crowd : bool
        With the loss by people in the way.
    """
    blank = np.full((len(y_m), len(x_m)), np.nan)
    if what == "people_p10":
        return _people_p10(design, blank, x_m, y_m, level)
    if not pairs:
        return blank
    lost_db = demand.obstruction_db(design) if crowd else 0.0
    power_dbm = np.array([radio.tx_power_dbm for _, radio in pairs])
    rssi_dbm = power_dbm[:, None, None] + gain_db - lost_db
    best = np.argmax(rssi_dbm, axis=0)
    strongest = np.take_along_axis(rssi_dbm, best[None], axis=0)[0]
    if what == "signal":
        found = strongest
    elif what == "second":
        found = np.partition(rssi_dbm, -2, axis=0)[-2] if len(pairs) > 1 else np.full_like(strongest, -np.inf)
    elif what == "co_channel":
        found = _co_channel([radio for _, radio in pairs], rssi_dbm, best)
    elif what == "airtime":
        found = _busy_share(design, pairs)[best]
    else:
        noise_dbm = wifi.noise_dbm(np.array([radio.width_mhz for _, radio in pairs]))[best]
        if what == "snr_up":
            client_dbm = CLIENT_POWER_DBM if design.client_power_dbm is None else design.client_power_dbm
            found = client_dbm + strongest - power_dbm[best] - noise_dbm
        elif what == "snr_down":
            found = strongest - noise_dbm
        else:
            found = _rate_mbps(design, [radio for _, radio in pairs], strongest - noise_dbm, best)
    return np.where(np.isneginf(strongest), np.nan, found)


def _co_channel(radios: Sequence[Radio], rssi_dbm: Floats, best: NDArray[np.intp]) -> Floats:
    """(y, x): those whose frames a station on the channel of the strongest would wait for."""
    in_channel_dbm = rssi_dbm[None] + hearing.spill_db(radios)[:, :, None, None]
    heard = (in_channel_dbm >= hearing.busy_level_dbm(radios)[:, :, None, None]).sum(axis=1)
    return np.asarray(np.take_along_axis(heard, best[None], axis=0)[0], dtype=np.float64)


def _busy_share(design: Design, pairs: Sequence[tuple[AccessPoint, Radio]]) -> Floats:
    """(radio,): NaN where the design's capacity does not say it."""
    loads = [None if design.capacity is None else design.capacity.of_radio(ap.name, radio.band) for ap, radio in pairs]
    return np.array([np.nan if load is None else load.busy_share for load in loads])


def _rate_mbps(design: Design, radios: Sequence[Radio], snr_db: Floats, best: NDArray[np.intp]) -> Floats:
    found = np.zeros_like(snr_db)
    for width_mhz in {radio.width_mhz for radio in radios}:
        kind = usual_kind(design, radios[0].band)
        table = rates.rate_table(radios[0].band, width_mhz, kind.standard, kind.streams)
        wide = np.array([radio.width_mhz == width_mhz for radio in radios])[best]
        found = np.where(wide, table.rate_mbps[rates.sinr_step(snr_db)], found)
    return found


def usual_kind(design: Design, band: Band) -> ClientKind:
    """The kind of device that most people of the design's scenario have, of those that know the band."""
    scenario = demand.of_design(design)
    kinds = demand.clients() if scenario is None else scenario.clients
    able = [kind for kind in kinds if band in kind.bands] or list(kinds)
    return max(able, key=lambda kind: kind.share.value)


def _people_p10(design: Design, blank: Floats, x_m: Floats, y_m: Floats, level: int) -> Floats:
    found = blank.copy()
    if design.capacity is None:
        return found
    people = {zone.zone: zone.people for zone in design.capacity.zones}
    for zone in design.floor_plan.zones:
        spread = design.capacity.spread.get(f"{zone.name}: served")
        if zone.level == level and spread is not None and people.get(zone.name, 0.0) > 0:
            inside = shapely.contains_xy(Polygon(zone.polygon_m), *np.meshgrid(x_m, y_m))
            found[inside] = min(1.0, spread.p10 / people[zone.name])
    return found
