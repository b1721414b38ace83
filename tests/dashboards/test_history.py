"""What was: gaps are gaps, plan and limit are where they belong, and each access point is as it was at that time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from collectors.metrics import Sample
from dashboards import history
from dashboards.history import at_time, chart, counts, times
from dashboards.locale import words
from dashboards.states import ApState

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


def minutes(*ago: int, clients: float = 10.0, **fields: float) -> list[Sample]:
    return [
        Sample(
            measurement="wifi_site_1m",
            time=NOW - timedelta(minutes=n),
            tags={"site": "北"},
            fields={"clients": clients, **fields},
        )
        for n in ago
    ]


def drawn(
    samples: Sequence[Sample], span: history.Span = "hour", planned: float | None = 40.0, limit: int | None = 80
) -> ET.Element:
    return ET.fromstring(chart(counts(samples), span, NOW, TOKYO, "ja", planned=planned, limit=limit))


def runs(figure: ET.Element) -> list[list[tuple[float, float]]]:
    found = [line.get("points", "").split() for line in figure.iter("polyline")]
    return [[(float(pair.split(",")[0]), float(pair.split(",")[1])) for pair in line] for line in found]


def test_what_nobody_counted_is_a_gap() -> None:
    figure = drawn(minutes(*range(50, 30, -1), *range(10, 0, -1)))

    assert [20, 10] == [len(run) for run in runs(figure)]
    assert "50" in words("history.caption", "ja", most="10", time="", share="50")
    assert "：50%" in "".join(figure.itertext())


def test_a_lost_minute_is_no_gap_and_one_alone_is_seen() -> None:
    whole, alone = runs(drawn(minutes(*range(50, 30, -1), *range(29, 20, -1)))), runs(drawn(minutes(30)))

    assert [29] == [len(run) for run in whole]
    assert [2] == [len(run) for run in alone]


def test_plan_and_limit_stand_at_their_heights() -> None:
    """80 is the top of the scale, 0 its base: 40 lies in their middle, and so do 40 clients."""
    figure = drawn(minutes(*range(50, 30, -1), clients=40))
    lines = {
        line.get("stroke-dasharray"): float(line.get("y1", "")) for line in figure.iter("line") if line.get("stroke-dasharray")
    }
    middle = (history.TOP + history.HEIGHT - history.BOTTOM) / 2

    assert (middle, history.TOP) == (pytest.approx(lines["10 6"]), pytest.approx(lines["2 5"]))
    assert pytest.approx(middle) == runs(figure)[0][0][1]


def test_an_hour_without_a_record_is_said_to_be_one() -> None:
    assert words("history.none", "ja") in chart((), "hour", NOW, TOKYO, "ja", planned=None, limit=None)


def test_a_sum_that_lacks_a_device_is_said_to_be_a_lower_bound() -> None:
    assert words("history.lower", "ja") in "".join(drawn(minutes(5, 4, 3, missing=1)).itertext())
    assert words("history.lower", "ja") not in "".join(drawn(minutes(5, 4, 3)).itertext())


def test_a_week_has_the_days_of_the_city_below_it() -> None:
    hours = [
        Sample(
            measurement="wifi_site_1h", time=NOW - timedelta(hours=n), tags={}, fields={"clients_mean": 5.0, "clients_max": 9.0}
        )
        for n in range(1, 160)
    ]
    texts = [text.text for text in drawn(hours, "week").iter("text")]

    assert "11/17" in texts
    assert "11/23" in texts


AP = ApState(name="AP-1", key="k1", state="ok", clients=99, planned=20.0, limit=30, age_s=1.0)


def bucket(ap: str, key: str, **fields: float) -> Sample:
    return Sample(measurement="wifi_ap_5m", time=NOW, tags={"ap": ap, "ap_key": key}, fields=fields)


@pytest.mark.parametrize(
    ("samples", "state", "clients"),
    [
        ([], "unknown", None),
        ([bucket("AP-1", "k1", clients_mean=12.4, up_share=1.0)], "ok", 12),
        ([bucket("AP-1", "k1", clients_mean=29.6, up_share=1.0)], "busy", 30),
        ([bucket("AP-1", "k1", clients_mean=2.0, up_share=0.5)], "degraded", 2),
        ([bucket("AP-1", "k1", up_share=0.0)], "down", None),
        ([bucket("renamed", "k1", clients_mean=3.0)], "ok", 3),
        ([bucket("AP-1", "x", clients_mean=3.0)], "ok", 3),
        ([bucket("AP-1", "x", clients_mean=3.0), bucket("AP-1", "y", clients_mean=4.0)], "unknown", None),
    ],
)
def test_an_access_point_is_as_it_was(samples: list[Sample], state: str, clients: int | None) -> None:
    (found,) = at_time([AP], samples, NOW)

    assert (state, clients) == (found.state, found.clients)
    assert at_time([AP], samples, NOW - timedelta(minutes=5)) == at_time([AP], [], NOW)


def test_times_are_those_of_any_access_point() -> None:
    later = replace(bucket("AP-2", "k2", up_share=1.0), time=NOW + timedelta(minutes=5))

    assert (NOW, later.time) == times([later, bucket("AP-1", "k1", up_share=1.0), bucket("AP-3", "k3", up_share=1.0)])
