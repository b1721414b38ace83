"""Offered loads against a packet simulation, a simulation of queues, and what must hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.wifiplan.airtime.tables import DIRECTIONS, table
from wifiplan.airtime import cell_file


class TestAgainstPacketSimulation:
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


class TestWhatMustHold:
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
