"""Cells from arrays, as a facility makes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wifiplan.airtime import cell_file, wifi
from wifiplan.airtime.cells import cells_of
from wifiplan.airtime.frames import exchange
from wifiplan.airtime.saturated import saturated_goodput


class TestArraysForAFacility:
    def test_the_same_answer_as_a_cell_in_words(self) -> None:
        """One model: groups by MCS, two BSSs, both directions."""
        words = cell_file.answer({"clients": [{"mcs": 9, "count": 5}, {"mcs": 2, "count": 3}], "bss": 2, "direction": "both"})
        arrays = cells_of([[9, 2]], [[5, 3]], bss=2, packet_error_share=0)

        found = saturated_goodput(arrays)

        assert words["down_mbps"] == pytest.approx(float(found.down_mbps.sum()))
        assert words["up_mbps"] == pytest.approx(float(found.up_mbps.sum()))

    def test_retries_take_their_air(self) -> None:
        """One packet in ten fails: a tenth less arrives, in a cell and for a client alone."""
        whole, failing = (saturated_goodput(cells_of([7], [4], packet_error_share=p)).down_mbps.sum() for p in (0, 0.1))
        alone, retried = (exchange(7, packet_error_share=p)[0] for p in (0, 0.1))

        assert failing == pytest.approx(0.9 * whole)
        assert float(retried) == pytest.approx(0.9 * float(alone))

    def test_no_service_is_nobody(self) -> None:
        """MCS -1 (below the lowest rate) leaves the cell to the others."""
        with_one_lost = saturated_goodput(cells_of([[7, -1]], [[4, 3]]))
        without = saturated_goodput(cells_of([[7]], [[4]]))

        assert with_one_lost.down_mbps.sum() == pytest.approx(without.down_mbps.sum())
        assert with_one_lost.up_mbps[0, 1] == 0

    def test_generations_share_a_cell(self) -> None:
        """A tablet of 802.11n on an 80 MHz cell is served at 40 MHz, in HT: it sinks the FIFO as a slow client does."""
        new = saturated_goodput(cells_of([[7]], [[10]], width_mhz=80, up=False)).down_mbps.sum()
        mixed = saturated_goodput(cells_of([[7, 7]], [[5, 5]], width_mhz=80, up=False, standard=["ax", "n"]))

        assert mixed.down_mbps.sum() < 0.7 * new
        assert mixed.down_mbps[0, 0] == pytest.approx(mixed.down_mbps[0, 1])

    def test_foreign_air_is_not_ours(self) -> None:
        """A third of the time taken by others leaves two thirds of the goodput, and counts as busy."""
        free, shared = (saturated_goodput(cells_of([7], [4], taken_share=share)) for share in (0, 1 / 3))

        beacons = 0.003
        assert shared.down_mbps.sum() == pytest.approx(free.down_mbps.sum() * 2 / 3, rel=beacons)
        assert shared.busy_share[0] > free.busy_share[0]
        assert saturated_goodput(cells_of([7], [4], taken_share=1.0)).down_mbps.sum() == 0

    def test_a_slow_uplink(self) -> None:
        """A phone that is heard at MCS 2 sends at MCS 2, and is sent to at MCS 9."""
        down = cells_of([9], [5])
        slow = cells_of([2], [5])
        up = {name: getattr(slow, name) for name in slow.__slots__ if name.startswith("up_")}
        found = saturated_goodput(replace(down, **up))
        fast = saturated_goodput(down)

        assert found.up_mbps.sum() < 0.3 * fast.up_mbps.sum()

    def test_protection_of_80211b(self) -> None:
        """CTS-to-self at 11 Mbit/s, long preamble: 192 + 14 x 8 / 11 = 203 us, and SIFS 10 us, before every PPDU."""
        plain, guarded = (
            float(saturated_goodput(cells_of([7], [1], standard="n", band="2.4", up=False, protection_us=us)).down_mbps[0, 0])
            for us in (0.0, wifi.protection_us())
        )

        assert wifi.protection_us() == 213
        assert 0.95 < guarded / plain < 0.975
