"""Wi-Fi cells as arrays, and the making of them: the one place where keys become frames.

Contention is Bianchi's fixed point over whole PPDUs: every contender sends in a slot with the same probability tau, the air time
of a success, a collision and an idle slot follow from 802.11's frames, and goodput is payload per mean slot. Array in, array out:
`c` cells by `g` groups of clients. Nothing is gained from OFDMA, MU-MIMO or OBSS-PD. `docs/decisions` says why.

A facility makes its cells with `cells_of` and asks `saturated.saturated_goodput`, `offered.steady_state` and
`offered.clients_that_fit`: there is no other model.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.frames import (
    ACK_BYTES,
    CTS_BYTES,
    DSSS_MBPS,
    HEADER_BYTES,
    RTS_BYTES,
    RTS_RATE_MBPS,
    TCP_ACK_BYTES,
    TCP_HEADER_BYTES,
    ppdu,
    subframe_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

MAX_CLIENTS = 2007
"""Association identifiers of a BSS (9.4.1.8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells as arrays: (c,) each, or (c, g) per group of clients. Times in us; padding has `clients` 0.

    `down_` is what an access point sends to a client of a group, `up_` what the client sends: a full PPDU, the MPDUs in it,
    what one MPDU more costs, its answer, and the payload of an MPDU that arrives, in bits (retries are charged here).
    """

    access_points: NDArray[np.float64]
    clients: NDArray[np.float64]
    down: NDArray[np.bool_]
    up: NDArray[np.bool_]
    down_ppdu_us: NDArray[np.float64]
    down_mpdus: NDArray[np.float64]
    down_mpdu_us: NDArray[np.float64]
    down_ack_us: NDArray[np.float64]
    down_bits: NDArray[np.float64]
    up_ppdu_us: NDArray[np.float64]
    up_mpdus: NDArray[np.float64]
    up_mpdu_us: NDArray[np.float64]
    up_ack_us: NDArray[np.float64]
    up_bits: NDArray[np.float64]
    airtime_fair: NDArray[np.bool_]
    sifs_us: NDArray[np.float64]
    rts_us: NDArray[np.float64]
    """0 without RTS."""
    cts_us: NDArray[np.float64]
    eifs_extra_us: NDArray[np.float64]
    """EIFS less AIFS: SIFS and an ACK at the lowest rate."""
    beacon_us: NDArray[np.float64]
    beacon_sources: NDArray[np.float64]
    beacons_each: NDArray[np.float64]
    beacon_interval_us: NDArray[np.float64]
    tcp_ack_us: NDArray[np.float64]
    """What a TCP acknowledgement adds to an A-MPDU; 0 with UDP."""
    taken_share: NDArray[np.float64]
    """Time that is not the cell's: foreign networks, broadcasts, probes (`Overhead.share`)."""
    lost_share: NDArray[np.float64]
    """Chance that an MPDU is lost by itself and sent again, in its sender's next access; `down_bits`, `up_bits` are after it."""
    down_hit_share: NDArray[np.float64]
    up_hit_share: NDArray[np.float64]
    """Chance that a PPDU is hit by a station that its sender does not hear: it is sent again, after a doubled backoff."""


def take(some: Cells, which: NDArray[np.intp]) -> Cells:
    """The cells at these indices."""
    return subset(some, which)


T = TypeVar("T")


def subset(some: T, which: NDArray[np.intp]) -> T:
    """A dataclass of arrays, or of such dataclasses, at these indices of the first axis."""
    parts = {field.name: getattr(some, field.name) for field in fields(some)}  # type: ignore[arg-type]
    return type(some)(
        **{name: part[which] if isinstance(part, np.ndarray) else subset(part, which) for name, part in parts.items()}
    )


def cells_of(
    mcs: ArrayLike,
    clients: ArrayLike,
    *,
    standard: str | Sequence[str] = "ax",
    band: str = "5",
    width_mhz: int = 20,
    gi_ns: int | None = None,
    streams: ArrayLike = 1,
    bss: ArrayLike = 1.0,
    idle_bss: ArrayLike = 0.0,
    ssids: ArrayLike = 1.0,
    down: ArrayLike = True,
    up: ArrayLike = True,
    payload_bytes: ArrayLike = 1472.0,
    rts: ArrayLike = False,
    airtime_fair: ArrayLike = False,
    tcp: ArrayLike = False,
    basic_rate_mbps: float | None = None,
    packet_error_share: ArrayLike = wifi.PACKET_ERROR_SHARE,
    protection_us: ArrayLike = 0.0,
    taken_share: ArrayLike = 0.0,
) -> Cells:
    """Cells of one band and width from arrays, for `saturated`, `offered` and `clients_that_fit`: the facility's door.

    Parameters
    ----------
    mcs : (c, g)
        Of each group of clients, as `wifi.mcs_and_streams` gives it; -1 is no service, and its clients then count for nothing.
    clients : (c, g)
        Associated clients of one BSS, fractions allowed.
    standard : name, or g names
        Of each group of clients. An access point talks to each in its own generation, at that one's width and usual guard
        interval where it does not have the cell's.
    streams : (c, g)
    bss, idle_bss, ssids : (c,)
        Co-channel BSSs alike that hear each other, further ones that only beacon, SSIDs of each.
    packet_error_share : (c,)
        Packets sent again, charged to airtime.
    protection_us : (c,)
        Put before every data PPDU, `wifi.protection_us`.
    taken_share : (c,)
        Time that others take: `Overhead.share` and the busy share of foreign networks, from a scan or from the collectors.

    Notes
    -----
    An uplink slower than the downlink (a phone sends with less power) is a `replace` of the `up_` arrays by those of a second
    call with the uplink's MCS.
    """
    index, count, nss = np.broadcast_arrays(
        np.atleast_2d(np.asarray(mcs, dtype=np.int64)), np.asarray(clients, dtype=np.float64), np.asarray(streams, dtype=np.int64)
    )
    names = [standard] * index.shape[1] if isinstance(standard, str) else list(standard)
    bits, symbol, preamble, limit, window = (np.empty(index.shape) for _ in range(5))
    for name in set(names):
        of = np.array([one == name for one in names])
        gi = gi_ns if gi_ns in wifi.GI_NS[name] else wifi.GI_NS[name][0]
        symbol[:, of] = wifi.symbol_us(name, gi)
        widest = min(width_mhz, wifi.WIDTHS_MHZ[name][-1])
        rate = wifi.phy_rate_mbps(np.maximum(index[:, of], 0), width_mhz=widest, streams=nss[:, of], standard=name, gi_ns=gi)
        bits[:, of] = np.round(rate * symbol[:, of], 6)
        preamble[:, of] = wifi.preamble_us(name, nss[:, of])
        limit[:, of], window[:, of] = wifi.MAX_AMPDU_BYTES[name], 64.0
    shape = (len(index),)

    def row(value: ArrayLike, kind: type = float) -> Any:
        return np.broadcast_to(np.asarray(value, dtype=kind), shape)

    dead = (index < 0) | (bits <= 0)
    return assemble(
        bits_per_symbol=np.where(dead, 1.0, bits),
        symbol_us=symbol,
        preamble_us=preamble,
        mcs=np.maximum(index, 0),
        clients=np.where(dead, 0.0, count),
        max_ampdu_bytes=limit,
        ba_window=window,
        low_band=row(band == "2.4", bool),
        bss=row(bss),
        idle_bss=row(idle_bss),
        ssids=row(ssids),
        down=row(down, bool),
        up=row(up, bool),
        payload_bytes=row(payload_bytes),
        aggregation=row(True, bool),
        rts=row(rts, bool),
        airtime_fair=row(airtime_fair, bool),
        tcp=row(tcp, bool),
        beacon_interval_ms=row(wifi.BEACON_INTERVAL_MS),
        basic_rate_mbps=row(basic_rate_mbps or wifi.basic_rate_mbps(band)),
        beacon_bytes=row(wifi.beacon_bytes(band, names[0])),
        packet_error_share=row(packet_error_share),
        protection_us=row(protection_us),
        taken_share=row(taken_share),
    )


def assemble(
    *,
    bits_per_symbol: Floats,
    symbol_us: Floats,
    preamble_us: Floats,
    mcs: NDArray[np.int64],
    clients: Floats,
    max_ampdu_bytes: Floats,
    ba_window: Floats,
    low_band: NDArray[np.bool_],
    bss: Floats,
    idle_bss: Floats,
    ssids: Floats,
    down: NDArray[np.bool_],
    up: NDArray[np.bool_],
    payload_bytes: Floats,
    aggregation: NDArray[np.bool_],
    rts: NDArray[np.bool_],
    airtime_fair: NDArray[np.bool_],
    tcp: NDArray[np.bool_],
    beacon_interval_ms: Floats,
    basic_rate_mbps: Floats,
    beacon_bytes: Floats,
    packet_error_share: Floats,
    protection_us: Floats,
    taken_share: Floats,
) -> Cells:
    """The one place where keys become frames. (c, g) for PHY, `mcs` and `clients` of a BSS, (c,) for the rest."""
    sifs = np.where(low_band, wifi.sifs_us("2.4"), wifi.sifs_us("5"))
    extension = np.where(low_band, wifi.SIGNAL_EXTENSION_US, 0.0)
    mpdu = (payload_bytes + HEADER_BYTES)[:, None]
    mpdus, on_air = ppdu(
        bits_per_symbol, symbol_us, preamble_us, mpdu_bytes=mpdu, max_ampdu_bytes=max_ampdu_bytes, ba_window=ba_window
    )
    on_air = on_air + extension[:, None] + protection_us[:, None]
    each = symbol_us * 8 * subframe_bytes(mpdu) / np.maximum(bits_per_symbol, 1e-9)
    answer_bytes = np.where(aggregation[:, None], wifi.block_ack_bytes(ba_window), ACK_BYTES)
    answer = wifi.legacy_us(answer_bytes, wifi.control_rate_mbps(mcs)) + extension[:, None]
    beacon = wifi.legacy_us(beacon_bytes, basic_rate_mbps) + np.where(np.isin(basic_rate_mbps, DSSS_MBPS), 0.0, extension)
    payload = 8 * (payload_bytes - np.where(tcp, TCP_HEADER_BYTES, 0)) * (1 - packet_error_share)
    bits_each = np.broadcast_to(payload[:, None], mpdus.shape)
    return Cells(
        access_points=bss,
        clients=clients * bss[:, None],
        down=down,
        up=up,
        down_ppdu_us=on_air,
        down_mpdus=mpdus,
        down_mpdu_us=each,
        down_ack_us=answer,
        down_bits=bits_each,
        up_ppdu_us=on_air,
        up_mpdus=mpdus,
        up_mpdu_us=each,
        up_ack_us=answer,
        up_bits=bits_each,
        airtime_fair=airtime_fair,
        sifs_us=sifs,
        rts_us=np.where(rts, wifi.legacy_us(RTS_BYTES, RTS_RATE_MBPS) + extension, 0.0),
        cts_us=np.where(rts, wifi.legacy_us(CTS_BYTES, RTS_RATE_MBPS) + extension, 0.0),
        eifs_extra_us=sifs + wifi.legacy_us(ACK_BYTES, 6.0) + extension,
        beacon_us=beacon,
        beacon_sources=bss + idle_bss,
        beacons_each=ssids,
        beacon_interval_us=beacon_interval_ms * 1e3,
        tcp_ack_us=np.where(tcp[:, None], symbol_us * 8 * subframe_bytes(TCP_ACK_BYTES) / np.maximum(bits_per_symbol, 1e-9), 0.0),
        taken_share=taken_share,
        lost_share=np.broadcast_to(packet_error_share, np.shape(bss)),
        down_hit_share=np.zeros(taken_share.shape),
        up_hit_share=np.zeros(taken_share.shape),
    )
