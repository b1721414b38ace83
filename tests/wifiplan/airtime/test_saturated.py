"""Full queues against a packet simulation, against Bianchi's own tables, and what must hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.wifiplan.airtime.tables import DIRECTIONS, SATURATED, as_cell, table
from wifiplan.airtime import cell_file, wifi


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    return cell_file.answers([as_cell(row) for row in SATURATED])


class TestAgainstPacketSimulation:
    def test_every_row_is_within_its_tolerance(self, answers: list[dict[str, Any]]) -> None:
        """Goodput of each simulated cell, n/ac/ax, 2.4/5/6 GHz, 20 to 160 MHz, up, down and both."""
        wrong = [
            (row["set"], row["mcs"], row["nsta"], row["dir"], answer["goodput_mbps"], row["agg"])
            for row, answer in zip(SATURATED, answers, strict=True)
            if abs(answer["goodput_mbps"] / float(row["agg"]) - 1) > float(row["tol"])
        ]

        assert [] == wrong
        assert len(SATURATED) >= 100

    def test_an_access_point_gets_its_share_beside_its_clients(self, answers: list[dict[str, Any]]) -> None:
        """Downlink of a cell that is full both ways, within a quarter: 1, 5 and 20 clients."""
        both = [(row, answer) for row, answer in zip(SATURATED, answers, strict=True) if row["dir"] == "both"]

        assert len(both) == 3
        for row, answer in both:
            assert answer["down_mbps"] == pytest.approx(float(row["dl"]), rel=0.25)

    @pytest.mark.parametrize(
        ("name", "most"), [("S1_dl_nocontention", 0.005), ("S2_contention", 0.02), ("S3_rts", 0.02), ("S4_cochannel_cs", 0.02)]
    )
    def test_the_median_error_of_a_set_is_small(self, answers: list[dict[str, Any]], name: str, most: float) -> None:
        """Half of the rows are nearer than this: the tolerance of a row allows for the simulation's own noise."""
        errors = [
            abs(answer["goodput_mbps"] / float(row["agg"]) - 1)
            for row, answer in zip(SATURATED, answers, strict=True)
            if row["set"] == name
        ]

        assert most >= np.median(errors)

    def test_airtime_without_contention_fails_every_contended_row(self) -> None:
        """The table tells models apart: one sender's goodput, less beacons, is wrong wherever two or more contend."""
        contended = [
            row
            for row in SATURATED
            if row["set"] == "S2_contention" and int(row["nsta"]) * int(row["nbss"]) + (row["dir"] == "both") >= 2
        ]
        alone = cell_file.answers([as_cell(row) | {"direction": "down", "bss": 1} for row in contended])
        passing = [
            row
            for row, answer in zip(contended, alone, strict=True)
            if abs(answer["goodput_mbps"] / float(row["agg"]) - 1) <= float(row["tol"])
        ]

        assert len(contended) >= 35
        assert [] == passing

    def test_groups_of_one_queue_get_equal_packets(self, answers: list[dict[str, Any]]) -> None:
        """A FIFO gives a fast and a slow client the same packets; uplink gives them the same number of accesses."""
        for row, answer in zip(SATURATED, answers, strict=True):
            if row["set"] == "S6_mixed_dl_fifo" and row["frac2"] == "0.5":
                fast, slow = (group["goodput_mbps"] for group in answer["groups"])

                assert fast == pytest.approx(slow)
            if row["set"] == "S6_mixed_ul":
                assert answer["groups"][0]["goodput_mbps"] == pytest.approx(float(row["agg_grp1"]), rel=0.2)
                assert answer["groups"][1]["goodput_mbps"] == pytest.approx(float(row["agg_grp2"]), rel=0.2)

    def test_tcp_cells(self) -> None:
        """Acknowledgements, and windows that run out: down within 10 %, up and both within 15 %."""
        rows = table("tcp.csv")
        answers = cell_file.answers(
            [
                {
                    "clients": [{"mcs": int(row["mcs"]), "count": int(row["nsta"])}],
                    "width_mhz": int(row["bw"]),
                    "direction": DIRECTIONS[row["dir"]],
                    "transport": "tcp",
                }
                for row in rows
            ]
        )
        for row, answer in zip(rows, answers, strict=True):
            most = 0.10 if row["dir"] == "dl" else 0.15

            assert answer["goodput_mbps"] == pytest.approx(float(row["agg_mbps"]), rel=most), row


class TestAgainstBianchi:
    def test_single_packets_in_he(self) -> None:
        """Saturation throughput without aggregation, all MCS and widths: median within 1.2 %, worst within 4 %."""
        rows = [row for row in table("bianchi_single_mpdu.csv") if row["mode"].startswith("HeMcs")]
        modes = [row["mode"].removeprefix("HeMcs").removesuffix("MHz").split("_") for row in rows]
        answers = cell_file.answers(
            [
                {
                    "clients": [{"mcs": int(mcs), "count": int(row["n"])}],
                    "width_mhz": int(width),
                    "direction": "up",
                    "aggregation": False,
                }
                for row, (mcs, width) in zip(rows, modes, strict=True)
            ]
        )
        # The table's packet of 1,500 B is 1,472 B of payload and 28 B of UDP/IP; it counts all of it.
        errors = [
            abs(answer["goodput_mbps"] * 1500 / 1472 / float(row["throughput_mbps"]) - 1)
            for row, answer in zip(rows, answers, strict=True)
        ]

        assert 140 <= len(errors)
        assert 0.012 >= np.median(errors)
        assert 0.04 >= max(errors)


class TestWhatMustHold:
    def test_more_access_points_on_a_channel_carry_less(self) -> None:
        """Co-channel BSSs that hear each other share one channel and add collisions: never more than one alone."""
        goodput = [cell_file.answer({"bss": bss})["goodput_mbps"] for bss in range(1, 9)]

        assert goodput == sorted(goodput, reverse=True)
        assert goodput[7] < 0.9 * goodput[0]

    def test_ssids_take_air(self) -> None:
        """Seven SSIDs more on 2.4 GHz cost a tenth of a channel in beacons at 1 Mbit/s; at 24 Mbit/s next to nothing."""
        cell = {"standard": "n", "band_ghz": 2.4, "clients": [{"mcs": 7, "count": 5}]}
        one, eight = (cell_file.answer(cell | {"ssids": ssids})["goodput_mbps"] for ssids in (1, 8))
        fast = cell_file.answer(cell | {"ssids": 8, "basic_rate_mbps": 24})["goodput_mbps"]

        assert eight == pytest.approx(0.9 * one, rel=0.01)
        assert fast > one

    def test_wide_channels_in_a_crowded_hall(self) -> None:
        """80 MHz of spectrum, four access points, ten phones each: four narrow channels carry more than one wide one shared.

        At the same power 80 MHz has 6 dB more noise, so a lower MCS; and all forty phones contend with each other.
        """
        mcs = {width: int(wifi.mcs_and_streams(29.0 - 10 * np.log10(width / 20), streams=1)[0]) for width in (20, 80)}
        phones = {width: [{"mcs": mcs[width], "count": 10}] for width in mcs}
        narrow = 4 * cell_file.answer({"clients": phones[20], "direction": "both"})["goodput_mbps"]
        wide = cell_file.answer({"clients": phones[80], "direction": "both", "width_mhz": 80, "bss": 4})["goodput_mbps"]

        assert mcs[20] > mcs[80]
        assert wide < 0.85 * narrow

    def test_airtime_fairness_spares_fast_clients_the_slow_ones(self) -> None:
        """Equal packets drag everyone to the slow client; equal time gives each its own rate's share."""
        cell = {"clients": [{"mcs": 9, "count": 5}, {"mcs": 0, "count": 5}]}
        packet, fair = (cell_file.answer(cell | {"fairness": fairness}) for fairness in ("packet", "airtime"))
        alone = cell_file.answer({"clients": [{"mcs": 9, "count": 5}]})

        assert packet["goodput_mbps"] < 0.2 * alone["goodput_mbps"]
        assert fair["groups"][0]["goodput_mbps"] == pytest.approx(alone["goodput_mbps"] / 2, rel=0.1)
