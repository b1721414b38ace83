"""802.11 and national tables: rates, thresholds, timing, channels. Every figure cites its clause.

Clauses are those of IEEE Std 802.11-2020 (HT 19, VHT 21, OFDM 17, ERP 18, DSSS 15, HR/DSSS 16), 802.11ax-2021 (HE 27) and
802.11be-2024 (EHT 36). Channels are data: `channels.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wifiplan.errors import DesignError, OutOfRangeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Standard = Literal["n", "ac", "ax", "be"]
Floats = "NDArray[np.float64]"

WIDTHS_MHZ: dict[str, tuple[int, ...]] = {
    "n": (20, 40),
    "ac": (20, 40, 80, 160),
    "ax": (20, 40, 80, 160),
    "be": (20, 40, 80, 160, 320),
}
"""Channel widths per standard (HT 19.3.15, VHT 21.3.14, HE 27.3.24, EHT 36.3.24)."""

GI_NS: dict[str, tuple[int, ...]] = {"n": (800, 400), "ac": (800, 400), "ax": (800, 1600, 3200), "be": (800, 1600, 3200)}
"""Guard intervals per standard, the usual one first."""

BANDS: dict[str, tuple[str, ...]] = {"n": ("2.4", "5"), "ac": ("5",), "ax": ("2.4", "5", "6"), "be": ("2.4", "5", "6")}
"""Bands per standard: VHT is for 5 GHz only, 6 GHz begins with HE."""

MAX_MCS: dict[str, int] = {"n": 7, "ac": 9, "ax": 11, "be": 13}
"""Highest MCS per stream. HT's MCS 8-31 are 0-7 with 2-4 streams."""

MAX_STREAMS: dict[str, int] = {"n": 4, "ac": 8, "ax": 8, "be": 8}

_DATA_TONES: dict[str, dict[int, int]] = {
    "n": {20: 52, 40: 108},  # Table 19-6
    "ac": {20: 52, 40: 108, 80: 234, 160: 468},  # Table 21-5
    "ax": {20: 234, 40: 468, 80: 980, 160: 1960},  # Table 27-15: one RU of 242, 484, 996, 2x996 tones
    "be": {20: 234, 40: 468, 80: 980, 160: 1960, 320: 3920},  # Table 36-18
}
_BITS = np.array([1, 2, 2, 4, 4, 6, 6, 6, 8, 8, 10, 10, 12, 12])
_CODE = np.array([1 / 2, 1 / 2, 3 / 4, 1 / 2, 3 / 4, 2 / 3, 3 / 4, 5 / 6, 3 / 4, 5 / 6, 3 / 4, 5 / 6, 3 / 4, 5 / 6])

_SENSITIVITY_DBM = np.array([-82, -79, -77, -74, -70, -66, -65, -64, -59, -57, -54, -52, -49, -46], dtype=np.float64)
"""Receiver minimum input level at 20 MHz, PER 10 % (Tables 19-23, 21-25, 27-51, 36-67)."""

SINR_THRESHOLD_DB = _SENSITIVITY_DBM - (-101.0 + 10.0) - 5.0
"""SINR per stream at which a packet fails one time in ten, by MCS 0-13.

Derived from the standards' receiver sensitivities, which assume (17.3.10.2) a noise figure of 10 dB and 5 dB of implementation
loss over the thermal noise of 20 MHz, -101 dBm. Levels and noise both rise 3 dB per doubling of width: one table serves all.
"""

PACKET_ERROR_SHARE = 0.10
"""Of the thresholds above. Charged to airtime as retries: every packet is sent 1 / (1 - 0.10) times on average."""

LINK_MARGIN_DB = 3.0
"""Kept between the SINR planned and the threshold used. Assumption: rate control backs off about one MCS in a moving crowd."""

# ---------------------------------------------------------------------------------------------------------- timing

SLOT_US = 9.0  # Tables 17-21, 18-5 (short slot)
CCA_US = 4.0  # a station finds the air busy within this time, Table 17-21
AIFSN_BEST_EFFORT = 3  # Table 9-155, AC_BE
CW_MIN = 15  # aCWmin of OFDM PHYs, Table 17-21
SIGNAL_EXTENSION_US = 6.0  # 18.3.2.4: OFDM frames at 2.4 GHz end with 6 us of silence
MAX_PPDU_US = 5484.0  # aPPDUMaxTime, Tables 19-25, 21-28, 27-54, 36-70
MAX_AMPDU_BYTES: dict[str, int] = {"n": 65_535, "ac": 1_048_575, "ax": 4_194_303, "be": 15_523_200}  # 9.4.2.55 to .313
MAX_BA_WINDOW: dict[str, int] = {"n": 64, "ac": 64, "ax": 256, "be": 1024}  # 9.3.1.8.6 and 802.11be 9.3.1.8

DFS_CHECK_S = 60.0
"""Channel availability check: a DFS channel is silent this long before first use and after radar (ITU-R M.1652-1 annex 1;
EN 301 893 4.2.6; 47 CFR 15.407(h)(2)(ii)); in Japan on W53 and W56."""


def sifs_us(band: str) -> float:
    """Short inter-frame space: 16 us at 5 and 6 GHz (Table 17-21), 10 us at 2.4 GHz (Table 18-5)."""
    return 10.0 if band == "2.4" else 16.0


def extension_us(band: str) -> float:
    """Silence that ends an OFDM frame at 2.4 GHz (18.3.2.4)."""
    return SIGNAL_EXTENSION_US if band == "2.4" else 0.0


def preamble_us(standard: str, streams: ArrayLike = 1) -> NDArray[np.float64]:
    """PHY preamble and header of a single-user PPDU, any shape of `streams`.

    HT-mixed 36 us, VHT 40, HE SU 44, EHT MU to one user 48, each with one stream; every training symbol more adds 4 us, or 8 us
    for HE and EHT (2x LTF of 6.4 us + 1.6 us GI). Training symbols per stream: 1, 2, 4, 4, 6, 6, 8, 8 (Table 19-13, 21-13).
    """
    symbols = np.array([0, 1, 2, 4, 4, 6, 6, 8, 8])[np.asarray(streams)]
    fixed = {"n": 32.0, "ac": 36.0, "ax": 36.0, "be": 40.0}[standard]
    return np.asarray(fixed + symbols * (4.0 if standard in {"n", "ac"} else 8.0))


def legacy_us(size_bytes: ArrayLike, rate_mbps: ArrayLike, *, band: str = "5") -> NDArray[np.float64]:
    """Air time of a frame in non-HT OFDM (17.4.3), or DSSS/CCK with long preamble (16.2.2) at 1, 2, 5.5 and 11 Mbit/s; any shape.

    At 2.4 GHz OFDM frames carry the 6 us signal extension.

    Examples
    --------
    >>> legacy_us([32, 32, 201], [24.0, 6.0, 6.0])
    array([ 32.,  68., 292.])
    >>> float(legacy_us(148, 1.0, band="2.4"))
    1376.0
    """
    size, rate = np.broadcast_arrays(np.asarray(size_bytes, dtype=np.float64), np.asarray(rate_mbps, dtype=np.float64))
    dsss = np.isin(rate, (1.0, 2.0, 5.5, 11.0))
    ofdm_us = 20.0 + 4.0 * np.ceil((16 + 8 * size + 6) / (4.0 * rate)) + extension_us(band)
    return np.where(dsss, 192.0 + np.ceil(8 * size / rate), ofdm_us)


def basic_rate_mbps(band: str) -> float:
    """Lowest mandatory rate, that of beacons and broadcasts unless raised: 1 Mbit/s DSSS at 2.4 GHz, else 6 Mbit/s OFDM."""
    return 1.0 if band == "2.4" else 6.0


BEACON_INTERVAL_MS = 102.4
"""100 time units of 1,024 us: what access points come with."""


def beacon_bytes(band: str, standard: str) -> int:
    """Length of a beacon or probe response: 148 B of 802.11n and 181 B of 802.11ax at 2.4 GHz, else 201 B.

    It grows with every capability element; as in the packet simulation of `tests/wifiplan/capacity/README.md`.
    """
    return {("2.4", "n"): 148, ("2.4", "ax"): 181, ("2.4", "be"): 181}.get((band, standard), 201)


def protection_us(band: str = "2.4", *, rate_mbps: float = 11.0) -> float:
    """CTS-to-self and SIFS before an OFDM frame while an 802.11b device is near (10.27): 14 B with the long DSSS preamble.

    Examples
    --------
    >>> protection_us(), protection_us(rate_mbps=1.0)
    (213.0, 314.0)
    """
    return float(legacy_us(14, rate_mbps)) + sifs_us(band)


def block_ack_bytes(ba_window: ArrayLike) -> NDArray[np.float64]:
    """Length of a compressed BlockAck (9.3.1.8.2): 24 B and a bitmap of 8, 32, 64 or 128 B, as the agreed window needs.

    Examples
    --------
    >>> block_ack_bytes([64, 256, 1024])
    array([ 32.,  56., 152.])
    """
    window = np.asarray(ba_window, dtype=np.float64)
    return np.asarray(24.0 + np.select([window <= 64, window <= 256, window <= 512], [8.0, 32.0, 64.0], 128.0))


def control_rate_mbps(mcs: ArrayLike) -> NDArray[np.float64]:
    """Rate of the BlockAck to `mcs`: the highest of 6, 12, 24 Mbit/s not above its non-HT reference rate (10.6.6.5.2)."""
    return np.asarray(np.array([6.0, 12.0, 12.0] + [24.0] * 11)[np.asarray(mcs)])


# ----------------------------------------------------------------------------------------------------------- rates


def symbol_us(standard: str, gi_ns: int) -> float:
    """OFDM symbol with its guard interval: 3.2 us + GI (HT, VHT), 12.8 us + GI (HE, EHT)."""
    return (3.2 if standard in {"n", "ac"} else 12.8) + gi_ns / 1000.0


def phy_rate_mbps(
    mcs: ArrayLike, *, width_mhz: int = 20, streams: ArrayLike = 1, standard: str = "ax", gi_ns: int | None = None
) -> NDArray[np.float64]:
    """Data rate of the PHY: tones x bits x coding rate x streams / symbol time, any shape of `mcs` and `streams`.

    Combinations that VHT excludes (Tables 21-29 to 21-60, such as MCS 9 with one stream at 20 MHz) give 0.

    Raises
    ------
    OutOfRangeError
        A width, GI or MCS that the standard does not have.

    Examples
    --------
    >>> phy_rate_mbps(11, streams=[1, 2, 3]).round(1)
    array([143.4, 286.8, 430.1])
    """
    check_phy(standard, width_mhz=width_mhz, gi_ns=gi_ns)
    index, nss = np.broadcast_arrays(np.asarray(mcs), np.asarray(streams))
    if index.size and (index.min() < 0 or index.max() > MAX_MCS[standard]):
        raise OutOfRangeError(f"802.11{standard} has MCS 0 to {MAX_MCS[standard]} per stream")
    bits = _DATA_TONES[standard][width_mhz] * _BITS[index] * _CODE[index] * nss
    rate = bits / symbol_us(standard, gi_ns or GI_NS[standard][0])
    if standard == "ac":
        rate = np.where(_vht_excluded(index, nss, width_mhz), 0.0, rate)
    return np.asarray(rate)


def _vht_excluded(mcs: NDArray[np.int64], streams: NDArray[np.int64], width_mhz: int) -> NDArray[np.bool_]:
    none: frozenset[int] = frozenset()
    by_mcs = {
        20: {9: frozenset({1, 2, 4, 5, 7, 8})},
        40: {},
        80: {6: frozenset({3, 7}), 9: frozenset({6})},
        160: {9: frozenset({3})},
    }[width_mhz]
    excluded = np.zeros(mcs.shape, dtype=bool)
    for index, counts in by_mcs.items():
        excluded |= (mcs == index) & np.isin(streams, list(counts or none))
    return excluded


def check_phy(standard: str, *, width_mhz: int = 20, gi_ns: int | None = None) -> None:
    """Raise `OutOfRangeError` for a width or guard interval that the standard does not have."""
    if standard not in WIDTHS_MHZ:
        raise OutOfRangeError(f"unknown standard {standard!r}; use one of {', '.join(WIDTHS_MHZ)}")
    if width_mhz not in WIDTHS_MHZ[standard]:
        raise OutOfRangeError(f"802.11{standard} has no {width_mhz} MHz channel; use {_either(WIDTHS_MHZ[standard])} MHz")
    if gi_ns is not None and gi_ns not in GI_NS[standard]:
        raise OutOfRangeError(f"802.11{standard} has no guard interval of {gi_ns} ns; use {_either(GI_NS[standard])} ns")


def _either(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))


def mcs_and_streams(
    sinr_db: ArrayLike,
    *,
    width_mhz: int = 20,
    streams: ArrayLike = 2,
    standard: str = "ax",
    max_mcs: ArrayLike | None = None,
    link_margin_db: float = LINK_MARGIN_DB,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The fastest MCS and number of streams that the SINR carries; MCS -1 where not even MCS 0 does. Any shape.

    Parameters
    ----------
    sinr_db : array-like
        Of the whole signal, over the channel's width.
    streams : array-like
        The most that both ends can. k streams share the power: each needs its threshold at `sinr_db` - 10 log10 k.
    max_mcs : array-like, optional
        The highest MCS that both ends can, if lower than the standard's.
    """
    sinr, most, top = np.broadcast_arrays(
        np.asarray(sinr_db, dtype=np.float64),
        np.asarray(streams, dtype=np.int64),
        np.asarray(MAX_MCS[standard] if max_mcs is None else max_mcs, dtype=np.int64),
    )
    best_rate = np.zeros(sinr.shape)
    best_mcs = np.full(sinr.shape, -1, dtype=np.int64)
    best_streams = np.ones(sinr.shape, dtype=np.int64)
    for count in range(1, int(most.max(initial=1)) + 1):
        rates = phy_rate_mbps(np.arange(MAX_MCS[standard] + 1), width_mhz=width_mhz, streams=count, standard=standard)
        per_stream_db = sinr - 10 * np.log10(count) - link_margin_db
        reached = np.minimum(np.searchsorted(SINR_THRESHOLD_DB[: MAX_MCS[standard] + 1], per_stream_db, "right") - 1, top)
        # An excluded VHT combination falls back to the next MCS below.
        reached = np.where((reached >= 0) & (rates[reached] == 0), reached - 1, reached)
        rate = np.where((reached >= 0) & (count <= most), rates[reached], 0.0)
        better = rate > best_rate
        best_rate = np.where(better, rate, best_rate)
        best_mcs = np.where(better, reached, best_mcs)
        best_streams = np.where(better, count, best_streams)
    return best_mcs, best_streams


def rate_mbps(
    sinr_db: ArrayLike,
    *,
    width_mhz: int = 20,
    streams: ArrayLike = 2,
    standard: str = "ax",
    link_margin_db: float = LINK_MARGIN_DB,
) -> NDArray[np.float64]:
    """PHY rate that an SINR carries at a packet error of 10 %, 0 below MCS 0 (no service). Same shape as `sinr_db`.

    Examples
    --------
    >>> rate_mbps([0.0, 7.0, 60.0], streams=1).round(1)
    array([  0. ,   8.6, 143.4])
    """
    mcs, used = mcs_and_streams(sinr_db, width_mhz=width_mhz, streams=streams, standard=standard, link_margin_db=link_margin_db)
    rate = phy_rate_mbps(np.maximum(mcs, 0), width_mhz=width_mhz, streams=used, standard=standard)
    return np.where(mcs >= 0, rate, 0.0)


FREQUENCY_MHZ = {"2.4": 2442.0, "5": 5500.0, "6": 6185.0}
"""Where a band's path gains are computed, whatever the channel: the difference inside a band is below 0.5 dB."""

SECURITY_AT_6_GHZ = frozenset({"owe", "wpa3"})
"""What an SSID needs to exist at 6 GHz (IEEE 802.11ax-2021, 12.12.2; Cisco, "WLAN SSID Security Migration into 6GHz")."""


def noise_dbm(width_mhz: ArrayLike, noise_figure_db: float = 7.0) -> NDArray[np.float64]:
    """Receiver noise: -174 dBm/Hz (kT at 290 K) over the width, plus the noise figure. Any shape.

    Examples
    --------
    >>> noise_dbm([20, 40, 80]).round()
    array([-94., -91., -88.])
    """
    return np.asarray(-174.0 + 60.0 + 10 * np.log10(np.asarray(width_mhz, dtype=np.float64)) + noise_figure_db)


# -------------------------------------------------------------------------------------------------------- channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Neighbouring 20 MHz channels under one legal rule."""

    band: str
    name: str
    channels: tuple[int, ...]
    dfs: bool
    outdoor: bool
    max_eirp_dbm: float
    per_mhz_dbm: float | None
    apart: dict[int, tuple[int, ...]]


@cache
def _blocks(country: str) -> tuple[Block, ...]:
    data: dict[str, Any] = tomllib.loads(files("wifiplan.airtime").joinpath("channels.toml").read_text(encoding="utf-8"))
    if country not in data:
        raise DesignError(f"no channel table for country {country!r}; use one of {', '.join(data)}, or add it to channels.toml")
    return tuple(
        Block(
            band=block["band"],
            name=block["name"],
            channels=tuple(block["channels"]),
            dfs=block["dfs"],
            outdoor=block["outdoor"],
            max_eirp_dbm=block["max_eirp_dbm"],
            per_mhz_dbm=block.get("per_mhz_dbm"),
            apart={int(width): tuple(first) for width, first in block.get("apart", {}).items()},
        )
        for block in data[country]["block"]
    )


@cache
def members(band: str, channel: int, width_mhz: int = 20) -> tuple[int, ...]:
    """The 20 MHz channels that a wider channel occupies; `channel` is its primary channel or its centre number.

    5 and 6 GHz by the fixed bonding of Annex E; at 2.4 GHz 40 MHz takes the channel four above, or below from channel 10 on.

    Examples
    --------
    >>> members("5", 48, 80), members("5", 42, 80), members("6", 1, 160)
    ((36, 40, 44, 48), (36, 40, 44, 48), (1, 5, 9, 13, 17, 21, 25, 29))
    """
    count = width_mhz // 20
    if width_mhz not in {20, 40, 80, 160, 320}:
        raise OutOfRangeError(f"no {width_mhz} MHz channels; use 20, 40, 80, 160 or 320")
    if band == "2.4":
        if not 1 <= channel <= 14 or count > 2:
            raise OutOfRangeError(f"2.4 GHz has channels 1 to 14 of 20 or 40 MHz, not channel {channel} at {width_mhz} MHz")
        return (channel,) if count == 1 else ((channel, channel + 4) if channel < 10 else (channel - 4, channel))
    if band == "6":
        runs = [tuple(range(1, 234, 4))]
    elif band == "5":
        runs = [tuple(range(36, 65, 4)), tuple(range(100, 145, 4)), tuple(range(149, 178, 4))]
    else:
        raise OutOfRangeError(f"unknown band {band!r}; use 2.4, 5 or 6")
    for run in runs:
        for start in range(0, len(run) - count + 1, count):
            group = run[start : start + count]
            if channel in group or (count > 1 and channel == (group[0] + group[-1]) // 2):
                return group
    raise OutOfRangeError(f"{band} GHz has no channel {channel} at {width_mhz} MHz")


@cache
def frequency_mhz(band: str, channel: int, width_mhz: int = 20) -> float:
    """Centre of a channel (Annex E): `channel` is its primary 20 MHz channel, or its centre number.

    Examples
    --------
    >>> frequency_mhz("2.4", 6), frequency_mhz("5", 36, 80), frequency_mhz("6", 1)
    (2437.0, 5210.0, 5955.0)
    """
    group = members(band, channel, width_mhz)
    centre = (group[0] + group[-1]) / 2
    if band == "2.4":
        return 2484.0 if channel == 14 else 2407.0 + 5.0 * centre
    return (5000.0 if band == "5" else 5950.0) + 5.0 * centre


@cache
def overlap_share(band: str, channel_a: int, width_a_mhz: int, channel_b: int, width_b_mhz: int) -> float:
    """Share of b's spectrum that lies inside a's channel: 0 apart, 1 covered.

    Examples
    --------
    >>> overlap_share("5", 36, 80, 48, 20), overlap_share("5", 36, 20, 36, 40), overlap_share("2.4", 1, 20, 6, 20)
    (1.0, 0.5, 0.0)
    """
    centre_a, centre_b = frequency_mhz(band, channel_a, width_a_mhz), frequency_mhz(band, channel_b, width_b_mhz)
    low = max(centre_a - width_a_mhz / 2, centre_b - width_b_mhz / 2)
    high = min(centre_a + width_a_mhz / 2, centre_b + width_b_mhz / 2)
    return max(0.0, high - low) / width_b_mhz


def channels(
    band: str, width_mhz: int = 20, *, country: str = "JP", avoid_dfs: bool = False, indoor: bool = True
) -> tuple[int, ...]:
    """Channels that may be used together without overlapping, each by its lowest 20 MHz channel.

    Parameters
    ----------
    avoid_dfs : bool
        Leave out every channel of which a part must watch for radar: it is silent for `DFS_CHECK_S` after start or radar.
    indoor : bool
        False leaves out what may be used indoors only.

    Examples
    --------
    >>> channels("5", 80), channels("5", 20, avoid_dfs=True), channels("5", 160, avoid_dfs=True)
    ((36, 52, 100, 116, 132), (36, 40, 44, 48), ())
    """
    allowed: set[int] = set()
    for block in _blocks(country):
        if block.band != band or (avoid_dfs and block.dfs) or not (indoor or block.outdoor):
            continue
        if block.apart:
            return block.apart.get(width_mhz, ())
        allowed |= set(block.channels)
    found: list[int] = []
    for channel in sorted(allowed):
        try:
            group = members(band, channel, width_mhz)
        except OutOfRangeError:
            continue
        if group[0] == channel and set(group) <= allowed:
            found.append(channel)
    return tuple(found)


def is_dfs(band: str, channel: int, width_mhz: int = 20, *, country: str = "JP") -> bool:
    """Whether any part of the channel must watch for radar."""
    group = set(members(band, channel, width_mhz))
    return any(block.dfs and group & set(block.channels) for block in _blocks(country) if block.band == band)


def max_eirp_dbm(band: str, channel: int, width_mhz: int = 20, *, country: str = "JP") -> float:
    """The legal ceiling of an access point on this channel; raises `OutOfRangeError` where the channel may not be used."""
    group = set(members(band, channel, width_mhz))
    ceilings: list[float] = []
    covered: set[int] = set()
    for block in _blocks(country):
        if block.band == band and group & set(block.channels):
            density = np.inf if block.per_mhz_dbm is None else block.per_mhz_dbm + 10 * np.log10(width_mhz)
            ceilings.append(float(min(block.max_eirp_dbm, density)))
            covered |= set(block.channels)
    if not group <= covered:
        raise OutOfRangeError(f"channel {channel} ({width_mhz} MHz) of {band} GHz may not be used in {country}")
    return min(ceilings)
