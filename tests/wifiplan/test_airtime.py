"""One cell against a packet simulation, against Bianchi's own tables, and against what must hold for any cell."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from wifiplan.airtime import cell_file, wifi
from wifiplan.airtime.cells import cells_of
from wifiplan.airtime.contention import attempt_share, bianchi_tau
from wifiplan.airtime.flows import LIFETIME_MS
from wifiplan.airtime.frames import exchange, ppdu, subframe_bytes
from wifiplan.airtime.overhead import overhead_of
from wifiplan.airtime.saturated import saturated_goodput
from wifiplan.commands.commands import app
from wifiplan.errors import DesignError

TABLES = Path(__file__).parent / "capacity"
BANDS = {"24": 2.4, "5": 5, "6": 6}
DIRECTIONS = {"dl": "down", "ul": "up", "both": "both"}


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_cell(row: dict[str, str]) -> dict[str, Any]:
    count = int(row["nsta"])
    second = round(count * float(row["frac2"])) if row["mcs2"] != "-1" else 0
    groups = [{"mcs": int(row["mcs"]), "count": count - second}]
    if second:
        groups.append({"mcs": int(row["mcs2"]), "count": second})
    return {
        "standard": row["std"],
        "band_ghz": BANDS[row["band"]],
        "width_mhz": int(row["bw"]),
        "gi_ns": int(row["gi"]),
        "streams": int(row["nss"]),
        "bss": int(row["nbss"]),
        "idle_bss": int(row["idle"]),
        "clients": groups,
        "direction": DIRECTIONS[row["dir"]],
        "payload_bytes": int(row["payload"]),
        "aggregation": row["ampdu"] != "0",
        "max_ampdu_bytes": int(row["ampdu"]) or None,
        "ba_window": int(row["buf"]),
        "rts": row["rts"] == "1",
        "beacon_interval_ms": float(row["bi"]),
    }


SATURATED = table("saturated.csv")


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

    def test_clients_supported(self) -> None:
        """The largest count lies between the last that fitted and the first that did not, give or take 10 % or two clients."""
        found = 0
        for row in table("clients_supported.csv"):
            if not row["n_last_ok"] or not row["n_first_bad"]:
                continue
            direction, *co_channel = row["dir"].split(" (")
            answer = cell_file.answer(
                {
                    "clients": [{"mcs": int(row["mcs"]), "count": 1}],
                    "direction": DIRECTIONS[direction],
                    "bss": 2 if co_channel else 1,
                    "payload_bytes": int(row["payload"]),
                    "rate_mbps": float(row["rate_mbps_each_way"]),
                    "solve": "clients",
                }
            )
            low, high = int(row["n_last_ok"]), int(row["n_first_bad"])
            found += 1

            assert low - max(2, 0.1 * low) <= answer["max_clients"] <= high + max(2, 0.1 * high), row
        assert found == 6

    def test_counts_that_fitted_do_fit(self) -> None:
        """Rows where the simulation did not find the edge: no fewer than the largest that fitted, give or take the same."""
        for row in table("clients_supported.csv"):
            if row["n_first_bad"]:
                continue
            answer = cell_file.answer(
                {
                    "clients": [{"mcs": int(row["mcs"]), "count": 1}],
                    "direction": DIRECTIONS[row["dir"]],
                    "payload_bytes": int(row["payload"]),
                    "rate_mbps": float(row["rate_mbps_each_way"]),
                    "solve": "clients",
                }
            )
            most = int(row["n_last_ok"])

            assert answer["max_clients"] >= most - max(2, 0.1 * most), row

    def test_uplink_fits_far_fewer_clients_than_downlink(self) -> None:
        """MCS 3, 20 MHz, 1 Mbit/s each: contention among clients, not the rate, is what uplink runs out of."""
        down, up = cell_file.answers(
            [
                {"clients": [{"mcs": 3, "count": 1}], "rate_mbps": 1, "solve": "clients", "direction": direction}
                for direction in ("down", "up")
            ]
        )

        assert up["max_clients"] < 0.7 * down["max_clients"]


class TestAgainstQueues:
    """`tests/benchmarks/airtime_queues.py` simulates backoff and queues packet by packet, without a formula of the model."""

    def test_clients_that_fit(self) -> None:
        """All kinds of cells: at most 10 % or two clients from the simulation, and no direction wrong on average."""
        rows = table("queues.csv")
        answers = cell_file.answers(
            [
                {
                    "standard": row["standard"],
                    "band_ghz": float(row["band_ghz"]),
                    "width_mhz": int(row["width_mhz"]),
                    "streams": int(row["streams"]),
                    "aggregation": row["aggregation"] == "True",
                    "direction": row["direction"],
                    "bss": int(row["bss"]),
                    "clients": [{"mcs": int(row["mcs"]), "count": 1}],
                    "payload_bytes": int(row["payload_bytes"]),
                    "rate_mbps": float(row["rate_mbps"]),
                    "rts": row["rts"] == "True",
                    "solve": "clients",
                }
                for row in rows
            ]
        )
        pairs = [(row, int(row["max_clients"]), answer["max_clients"]) for row, answer in zip(rows, answers, strict=True)]

        assert [] == [pair for pair in pairs if abs(pair[2] - pair[1]) > max(2, 0.1 * pair[1])]
        for direction in ("down", "up", "both"):
            errors = [model / most - 1 for row, most, model in pairs if row["direction"] == direction and most >= 8]

            assert len(errors) > 20
            assert abs(np.mean(errors)) < 0.04
            assert np.sqrt(np.mean(np.square(errors))) < 0.08

    @pytest.mark.parametrize(
        ("count", "rate_mbps", "mbps"), [(20, 2.6, 44.7), (20, 3, 46.7), (20, 6, 55.6), (60, 1, 34.6), (100, 1, 32.1)]
    )
    def test_too_much_of_uplink(self, count: int, rate_mbps: float, mbps: float) -> None:
        """30 s of the simulation at MCS 7: what still gets through when too many send, packets too old being dropped."""
        answer = cell_file.answer({"clients": [{"mcs": 7, "count": count}], "direction": "up", "rate_mbps": rate_mbps})

        assert answer["goodput_mbps"] == pytest.approx(mbps, rel=0.06)
        assert answer["loss_share"] == pytest.approx(1 - answer["goodput_mbps"] / (count * rate_mbps))

    @pytest.mark.parametrize(
        ("cell", "busy", "mean_ms"),
        [
            (("down", 7, 1.0, 50), 0.767, 11.7),
            (("up", 3, 1.0, 13), 0.497, 0.9),
            (("up", 7, 0.1, 201), 0.397, 0.4),
            (("up", 7, 1.0, 32), 0.682, 2.5),
            (("both", 3, 1.0, 8), 0.610, 1.4),
            (("both", 7, 1.0, 19), 0.741, 6.3),
        ],
    )
    def test_busy_and_delay(self, cell: tuple[str, int, float, int], busy: float, mean_ms: float) -> None:
        """8 s of the simulation: time on the air within two points, mean delay of the worse direction within a third."""
        direction, mcs, rate_mbps, count = cell
        answer = cell_file.answer({"clients": [{"mcs": mcs, "count": count}], "direction": direction, "rate_mbps": rate_mbps})

        assert answer["busy_share"] == pytest.approx(busy, abs=0.02)
        assert answer["delay_mean_ms"] == pytest.approx(mean_ms, rel=0.34)


class TestAgainstBianchi:
    @pytest.mark.parametrize(
        "row", table("bianchi2000.csv"), ids=lambda row: f"W{row['W']}-m{row['m']}-n{row['n']}-{row['access']}"
    )
    def test_tau_of_the_paper(self, row: dict[str, str]) -> None:
        """IEEE JSAC 18(3) 2000: the fixed point of equations (7) and (9)."""
        tau = bianchi_tau(float(row["n"]), window=int(row["W"]), stages=int(row["m"]))

        assert float(tau) == pytest.approx(float(row["tau"]), rel=2e-3)
        assert float(1 - (1 - tau) ** (int(row["n"]) - 1)) == pytest.approx(float(row["p"]), rel=2e-3)

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

    def test_interpolated_tau_is_the_fixed_point(self) -> None:
        """The table that makes a million cells a second possible costs no accuracy."""
        n = np.array([1.0, 1.5, 2.0, 7.3, 50.0, 2000.0])

        assert attempt_share(n) == pytest.approx(bianchi_tau(n, window=16, stages=6), rel=1e-6)


class TestWhatMustHold:
    def test_frames(self) -> None:
        """1472 B of payload is a subframe of 1,544 B, the last one 1,542 B; 37 of them fill 5.484 ms at HE20 MCS 7."""
        count, on_air = ppdu(1170, 13.6, 44.0, mpdu_bytes=1538, max_ampdu_bytes=4_194_303, ba_window=64)

        assert subframe_bytes(1538) == 1544
        assert count == 37
        assert on_air == pytest.approx(44 + 13.6 * np.ceil((22 + 8 * (36 * 1544 + 1542)) / 1170))

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

    def test_airtime_fairness_of_too_much_load(self) -> None:
        """Too much of a slow client: in one FIFO all lose alike; with equal time the fast ones keep all, and no time is lost."""
        cell = {"clients": [{"mcs": 9, "count": 5}, {"mcs": 0, "count": 5}], "rate_mbps": 2.5}
        packet, fair = (cell_file.answer(cell | {"fairness": fairness}) for fairness in ("packet", "airtime"))
        lost = [1 - group["goodput_mbps"] / 12.5 for group in packet["groups"]]

        assert lost[0] == pytest.approx(lost[1])
        assert lost[0] > 0.3
        assert fair["groups"][0]["goodput_mbps"] == pytest.approx(12.5)
        assert packet["groups"][1]["goodput_mbps"] * 0.7 < fair["groups"][1]["goodput_mbps"] < packet["groups"][1]["goodput_mbps"]
        assert fair["loss_share"] == pytest.approx(1 - fair["goodput_mbps"] / 25)

    def test_little_load_is_carried_whole_and_soon(self) -> None:
        """Ten clients with 0.1 Mbit/s each at MCS 7: nothing lost, milliseconds, almost idle air."""
        answer = cell_file.answer({"clients": [{"mcs": 7, "count": 10}], "rate_mbps": 0.1, "direction": "both"})

        assert answer["offered_mbps"] == pytest.approx(2.0)
        assert answer["goodput_mbps"] == pytest.approx(2.0, rel=1e-3)
        assert answer["stable"]
        assert answer["delay_p95_ms"] < 2
        assert answer["busy_share"] < 0.1

    def test_more_than_the_channel_carries_is_lost(self) -> None:
        """Offered twice what saturates: goodput stops at the saturated one, half is lost, and `stable` says so."""
        full = cell_file.answer({"clients": [{"mcs": 7, "count": 20}]})["goodput_mbps"]
        answer = cell_file.answer({"clients": [{"mcs": 7, "count": 20}], "rate_mbps": 2 * full / 20})

        assert not answer["stable"]
        assert answer["goodput_mbps"] == pytest.approx(full, rel=0.01)
        assert answer["loss_share"] == pytest.approx(0.5, abs=0.01)

    def test_nobody_gets_nothing(self) -> None:
        """A count of 0 is a cell with beacons only."""
        answer = cell_file.answer({"clients": [{"mcs": 7, "count": 0}], "direction": "both"})

        assert answer["goodput_mbps"] == 0
        assert 0 < answer["busy_share"] < 0.01

    def test_no_client_fits_where_one_is_too_many(self) -> None:
        """30 Mbit/s at MCS 0: `max_clients` is 0, not an error."""
        answer = cell_file.answer({"clients": [{"mcs": 0, "count": 1}], "rate_mbps": 30, "solve": "clients"})

        assert answer["max_clients"] == 0

    def test_max_clients_is_the_edge(self) -> None:
        """The count found meets the criterion, one more does not."""
        cell: dict[str, Any] = {"clients": [{"mcs": 5, "count": 1}], "rate_mbps": 0.7, "direction": "both"}
        most = cell_file.answer(cell | {"solve": "clients"})["max_clients"]
        fits, not_any_more = (cell_file.answer(cell | {"clients": [{"mcs": 5, "count": n}]}) for n in (most, most + 1))

        assert fits["delay_p95_ms"] <= 100
        assert fits["loss_share"] <= 0.01
        assert not_any_more["delay_p95_ms"] > 100 or not_any_more["loss_share"] > 0.01

    @settings(deadline=None, max_examples=60)
    @given(
        standard=st.sampled_from(["n", "ac", "ax", "be"]),
        mcs=st.integers(0, 7),
        count=st.integers(1, 300),
        bss=st.integers(1, 4),
        direction=st.sampled_from(["down", "up", "both"]),
        rate=st.one_of(st.none(), st.floats(0.01, 50)),
        rts=st.booleans(),
        transport=st.sampled_from(["udp", "tcp"]),
    )
    def test_any_cell_makes_sense(self, **drawn: Any) -> None:
        """Shares stay shares, sums are sums, and nothing is carried beyond the PHY or beyond what is offered."""
        cell = {
            "standard": drawn["standard"],
            "clients": [{"mcs": drawn["mcs"], "count": drawn["count"]}],
            "bss": drawn["bss"],
            "direction": drawn["direction"],
            "rate_mbps": drawn["rate"],
            "rts": drawn["rts"],
            "transport": drawn["transport"],
        }
        answer = cell_file.answer(cell)

        assert 0 <= answer["busy_share"] <= 1
        assert answer["goodput_mbps"] == pytest.approx(answer["down_mbps"] + answer["up_mbps"])
        assert answer["goodput_mbps"] == pytest.approx(sum(group["goodput_mbps"] for group in answer["groups"]))
        assert 0 < answer["goodput_mbps"] < 90
        if drawn["rate"] is not None:
            assert answer["goodput_mbps"] <= answer["offered_mbps"] * (1 + 1e-9)
            assert 0 <= answer["loss_share"] <= 1
            assert 0 < answer["delay_mean_ms"] <= LIFETIME_MS
        json.dumps(answer, allow_nan=False)

    def test_an_array_answers_as_its_cells_do(self) -> None:
        """Order and values do not depend on company: padding of groups changes nothing."""
        cells = [
            {"clients": [{"mcs": 3, "count": 4}]},
            {"clients": [{"mcs": 9, "count": 4}, {"mcs": 1, "count": 2}], "direction": "both"},
            {"clients": [{"mcs": 7, "count": 9}], "rate_mbps": 1.0, "direction": "up"},
            {"clients": [{"mcs": 7, "count": 9}], "transport": "tcp"},
        ]
        for one, among in zip(cells, cell_file.answers(cells), strict=True):
            alone = cell_file.answer(one)

            assert among["goodput_mbps"] == pytest.approx(alone["goodput_mbps"], rel=1e-6)
            assert among["busy_share"] == pytest.approx(alone["busy_share"], rel=1e-6)
        assert cell_file.answers([]) == []


class TestArraysForAFacility:
    """What `capacity.py` calls: the same model as `wifiplan airtime`, from arrays."""

    def test_the_same_answer_as_a_cell_in_words(self) -> None:
        """One model: groups by MCS, two BSSs, both directions."""
        words = cell_file.answer({"clients": [{"mcs": 9, "count": 5}, {"mcs": 2, "count": 3}], "bss": 2, "direction": "both"})
        arrays = cells_of([[9, 2]], [[5, 3]], bss=2, packet_error_share=0)

        found = saturated_goodput(arrays)

        assert words["down_mbps"] == pytest.approx(float(found.down_mbps.sum()))
        assert words["up_mbps"] == pytest.approx(float(found.up_mbps.sum()))

    @pytest.mark.parametrize(("mcs", "width_mhz", "streams", "band"), [(0, 20, 1, "5"), (7, 20, 2, "2.4"), (9, 80, 2, "6")])
    def test_a_lone_sender_is_an_exchange(self, mcs: int, width_mhz: int, streams: int, band: str) -> None:
        """`exchange` is the cell model's own exchange: a cell of one sender carries it for all the time but beacons."""
        megabits, seconds = exchange(mcs, width_mhz=width_mhz, streams=streams, band=band)
        alone = cells_of([mcs], [1], width_mhz=width_mhz, streams=streams, band=band, up=False, packet_error_share=0, ssids=0)

        assert float(megabits / seconds) == pytest.approx(saturated_goodput(alone).down_mbps[0, 0])

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

    def test_overhead_of_a_hall(self) -> None:
        """Three SSIDs on four access points at 2.4 GHz: 12 beacons of 1,640 us and PIFS (19 us) each 102.4 ms are 19 %."""
        found = overhead_of(band="2.4", bss=4, ssids=3)

        assert float(found.beacons_share) == pytest.approx(12 * (1640 + 19) / 102_400)

    def test_overhead_grows_with_people(self) -> None:
        """500 phones that only look around: a probe a minute, answered by every SSID; more of it at the low basic rate."""
        none, crowd = overhead_of(band="2.4", ssids=2), overhead_of(band="2.4", ssids=2, devices=500, clients=300)
        fast = overhead_of(band="2.4", ssids=2, devices=500, clients=300, basic_rate_mbps=12)

        assert none.share == 0
        assert 0.03 < crowd.probes_share < 0.06
        assert 0.03 < crowd.broadcasts_share < 0.09
        assert fast.share < crowd.share / 4
        assert overhead_of(band="2.4", devices=[0, 10]).share.shape == (2,)


class TestBadInput:
    @pytest.mark.parametrize(
        ("bad", "says"),
        [
            ({"chanel": 36}, "chanel: unknown key; use standard"),
            ({"clients": [{"mcs": 7, "count": 3, "speed": 1}]}, "clients.0.speed: unknown key; use mcs, count"),
            ({"clients": []}, "clients"),
            ({"clients": [{"mcs": 12, "count": 1}]}, "802.11ax has MCS 0 to 11"),
            ({"clients": [{"mcs": -1, "count": 1}]}, "clients.0.mcs: MCS -1 is below the lowest: such a client has no service"),
            ({"clients": [{"mcs": 7, "count": 2000}, {"mcs": 3, "count": 8}]}, "2,008 in a BSS; an access point can hold 2,007"),
            ({"beacon_interval_ms": 1e9}, "beacon_interval_ms"),
            ({"width_mhz": "20"}, "width_mhz"),
            ({"clients": [{"mcs": 7, "count": -2}]}, "clients.0.count"),
            ({"standard": "ac", "clients": [{"mcs": 9, "count": 1}]}, "excludes MCS 9 with 1 streams at 20 MHz"),
            ({"standard": "ac", "band_ghz": 2.4}, "802.11ac has no 2.4 GHz"),
            ({"standard": "n", "width_mhz": 80}, "802.11n has no 80 MHz channel"),
            ({"standard": "n", "streams": 5}, "802.11n has 1 to 4 streams"),
            ({"band_ghz": 2.4, "width_mhz": 80}, "2.4 GHz has no channel of 80 MHz"),
            ({"gi_ns": 400}, "802.11ax has no guard interval of 400 ns"),
            ({"payload_bytes": 0}, "payload_bytes"),
            ({"payload_bytes": 10**9}, "payload_bytes"),
            ({"rate_mbps": -1}, "rate_mbps: -1 should be greater than or equal to 0"),
            ({"clients": [7]}, "clients.0: a group of clients is a JSON object, this is 7"),
            ({"rate_mbps": float("nan")}, "rate_mbps"),
            ({"basic_rate_mbps": 1}, "basic_rate_mbps is 1; 5 GHz has 6"),
            ({"solve": "clients"}, "needs rate_mbps"),
            ({"standard": "ag"}, "standard"),
            ({"direction": "sideways"}, "direction"),
        ],
    )
    def test_a_bad_cell_says_where(self, bad: dict[str, Any], says: str) -> None:
        """The key, what is wrong and what to give instead."""
        with pytest.raises(DesignError) as error:
            cell_file.answer(bad)

        assert says in str(error.value)

    def test_a_cell_that_is_none(self) -> None:
        """Named by its index, without the program's own names."""
        with pytest.raises(DesignError, match=r"cells: \[1\]: a cell is a JSON object, this is 'x'"):
            cell_file.answers([{}, "x"])  # type: ignore[list-item]

    def test_a_bad_cell_in_an_array_is_named_by_its_index(self, tmp_path: Path) -> None:
        """One line with file, index and key."""
        path = tmp_path / "cells.json"
        path.write_text(json.dumps([{}, {}, {"bss": 0}]))
        with pytest.raises(DesignError, match=r"cells\.json: \[2\]: bss"):
            cell_file.answer_file(path)
        path.write_text(json.dumps([{}] * 5000 + [{"bss": 0}]))
        with pytest.raises(DesignError, match=r"cells\.json: \[5000\]: bss"):
            cell_file.answer_file(path)

    @pytest.mark.parametrize("text", ["", "{", "7", '"cell"', "null"])
    def test_a_file_that_is_no_cell(self, tmp_path: Path, text: str) -> None:
        """Named, with what it should hold."""
        path = tmp_path / "cell.json"
        path.write_text(text)
        with pytest.raises(DesignError, match="cell"):
            cell_file.answer_file(path)

    def test_a_cell_of_a_thousand_groups_among_others(self) -> None:
        """Cells of few groups are not widened to it; order and answers stay."""
        many = {"clients": [{"mcs": index % 10, "count": 2} for index in range(1000)]}
        plain = {"clients": [{"mcs": 5, "count": 3}]}
        first, long, last = cell_file.answers([plain, many, plain])

        assert first == last == cell_file.answer(plain)
        assert len(long["groups"]) == 1000

    def test_the_command_prints_one_value(self, tmp_path: Path) -> None:
        """An object in, an object out; an array in, an array out; in words without --json, and no service is said so."""
        cell = {"clients": [{"mcs": 0, "count": 1}], "rate_mbps": 30, "solve": "clients"}
        path = tmp_path / "cell.json"
        path.write_text(json.dumps(cell))
        one = CliRunner().invoke(app, ["airtime", str(path), "--json"])
        words = CliRunner().invoke(app, ["airtime", str(path)])
        path.write_text(json.dumps([cell, {}]), encoding="utf-8-sig")
        both = CliRunner().invoke(app, ["airtime", str(path), "--json"])

        assert json.loads(one.stdout)["max_clients"] == 0
        assert 2 == len(json.loads(both.stdout))
        assert json.loads(one.stdout) == json.loads(both.stdout)[0]
        assert "no client fits: no service" in words.stdout

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """Says so, and what to give."""
        with pytest.raises(DesignError, match="no such file"):
            cell_file.answer_file(tmp_path / "none.json")
