"""Frames and exchanges, against figures by hand."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.airtime.cells import cells_of
from wifiplan.airtime.frames import exchange, ppdu, subframe_bytes
from wifiplan.airtime.saturated import saturated_goodput


def test_frames() -> None:
    """1472 B of payload is a subframe of 1,544 B, the last one 1,542 B; 37 of them fill 5.484 ms at HE20 MCS 7."""
    count, on_air = ppdu(1170, 13.6, 44.0, mpdu_bytes=1538, max_ampdu_bytes=4_194_303, ba_window=64)

    assert subframe_bytes(1538) == 1544
    assert count == 37
    assert on_air == pytest.approx(44 + 13.6 * np.ceil((22 + 8 * (36 * 1544 + 1542)) / 1170))


@pytest.mark.parametrize(("mcs", "width_mhz", "streams", "band"), [(0, 20, 1, "5"), (7, 20, 2, "2.4"), (9, 80, 2, "6")])
def test_a_lone_sender_is_an_exchange(mcs: int, width_mhz: int, streams: int, band: str) -> None:
    """`exchange` is the cell model's own exchange: a cell of one sender carries it for all the time but beacons."""
    megabits, seconds = exchange(mcs, width_mhz=width_mhz, streams=streams, band=band)
    alone = cells_of([mcs], [1], width_mhz=width_mhz, streams=streams, band=band, up=False, packet_error_share=0, ssids=0)

    assert float(megabits / seconds) == pytest.approx(saturated_goodput(alone).down_mbps[0, 0])
