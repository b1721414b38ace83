"""Minutes and hours: what is known is summed, what is not known is not made 0."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from collectors.metrics import ROLLUPS, Sample
from collectors.stores.rollup import Rollup, Rollups, fitting, recover, under_way_since
from collectors.stores.store import open_store
from tests.collectors.cli.run import wifiplan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NOON = datetime(2026, 8, 30, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def total(seconds: float, clients: float, device: str = "wlc", site: str = "s", **fields: float) -> Sample:
    tags = {"site": site, "device": device, "source": "ap"}
    return Sample(measurement="wifi_total", time=at(seconds), tags=tags, fields={"clients": clients, **fields})


def ap(seconds: float, name: str = "AP-1", **fields: float) -> Sample:
    tags = {"site": "s", "device": "wlc", "ap": name, "ap_key": "k"}
    return Sample(measurement="wifi_ap", time=at(seconds), tags=tags, fields=fields)


def radio(seconds: float, busy_share: float, number: str = "0") -> Sample:
    tags = {"site": "s", "device": "wlc", "ap": "AP-1", "ap_key": "k", "radio": number, "band": "5"}
    return Sample(measurement="wifi_radio", time=at(seconds), tags=tags, fields={"clients": 1.0, "busy_share": busy_share})


def rollup(interval_s: float = 60.0) -> Rollup:
    return Rollup(lambda _: interval_s)


def of(found: list[Sample], measurement: str) -> list[tuple[float, dict[str, float]]]:
    return [((s.time - NOON).total_seconds(), s.fields) for s in found if s.measurement == measurement]


def test_five_minutes_of_an_access_point() -> None:
    """Mean and largest of its polls, the share in which it was up, its busiest radio; under the bucket's start."""
    sums = rollup()
    sums.add([ap(0, clients=10, up=1), ap(60, clients=20, up=1), ap(299.9, clients=0, up=0), radio(0, 0.2), radio(60, 0.7)])
    sums.add([ap(300, clients=99, up=1)])
    assert [] == of(sums.closed(at(300)), "wifi_ap_5m")
    found = sums.closed(at(303))

    expected = {"clients_mean": 10.0, "clients_max": 20.0, "up_share": pytest.approx(2 / 3), "busy_share_max": 0.7, "polls": 3.0}
    assert [(0.0, expected)] == of(found, "wifi_ap_5m")
    assert [{"site": "s", "device": "wlc", "ap": "AP-1", "ap_key": "k"}] == [
        s.tags for s in found if s.measurement == "wifi_ap_5m"
    ]
    assert [] == of(sums.closed(at(304)), "wifi_ap_5m")


def test_an_access_point_that_is_counted_by_radio_only_has_their_sum() -> None:
    """Poll by poll; where the device counts the access point itself, that count is taken."""
    sums = rollup()
    sums.add([ap(s, up=1) for s in (0, 60)] + [radio(s, 0.1, number) for s in (0, 60) for number in ("0", "1")])
    assert [2.0] == [fields["clients_mean"] for _, fields in of(sums.closed(at(303)), "wifi_ap_5m")]

    sums.add([radio(310, 0.1), ap(310, clients=7)])
    assert [7.0] == [fields["clients_mean"] for _, fields in of(sums.closed(at(603)), "wifi_ap_5m")]


def test_an_hour_of_an_access_point() -> None:
    """From the polls themselves, not from means of means."""
    sums = rollup()
    sums.add([ap(0, clients=10), ap(1, clients=10), ap(2, clients=10), ap(3500, clients=50)])
    found = sums.closed(at(3603))

    assert [(0.0, {"polls": 4.0, "clients_mean": 20.0, "clients_max": 50.0})] == of(found, "wifi_ap_1h")


def test_a_sites_minute_is_the_sum_of_its_devices() -> None:
    """Of each the mean in that minute; other sites apart."""
    sums = rollup()
    sums.add(
        [total(0, 10, aps=2, aps_up=2), total(30, 20, aps=2, aps_up=1), total(10, 5, "lone"), total(10, 7, site="t", device="x")]
    )
    found = sums.closed(at(62.1))

    assert [{"site": "s"}, {"site": "t"}] == [s.tags for s in found]
    assert [
        (0.0, {"devices": 2.0, "clients": 20.0, "aps": 2.0, "aps_up": 1.5}),
        (0.0, {"devices": 1.0, "clients": 7.0}),
    ] == of(found, "wifi_site_1m")


def test_polls_that_straddle_a_minute_leave_no_dip_in_it() -> None:
    """At 59.9 s and at 120.1 s: the minute between counts the device with what was known."""
    sums = rollup(interval_s=60.2)
    sums.add([total(59.9, 10), total(0, 1, "other"), total(61, 1, "other")])
    first = sums.closed(at(62.5))
    sums.add([total(120.1, 30)])
    second = sums.closed(at(122.5)) + sums.closed(at(182.5))

    assert [(0.0, {"devices": 2.0, "clients": 11.0})] == of(first, "wifi_site_1m")
    assert [(60.0, {"devices": 2.0, "clients": 11.0}), (120.0, {"devices": 2.0, "clients": 31.0})] == of(second, "wifi_site_1m")


def test_a_device_that_falls_silent_becomes_unknown_not_zero() -> None:
    """After three of its intervals it is no longer in the sum, and `devices` says so; a silent site gives nothing."""
    sums = rollup(interval_s=60)
    for minute in range(8):
        sums.add([total(60 * minute + 1, 5, "lives")])
        if minute < 2:
            sums.add([total(60 * minute + 2, 40, "dies")])
    found = of(sums.closed(at(482.1)), "wifi_site_1m")
    later = of(sums.closed(at(3600)), "wifi_site_1m")

    assert [45.0] * 5 + [5.0] * 3 == [fields["clients"] for _, fields in found]
    assert [2.0] * 5 + [1.0] * 3 == [fields["devices"] for _, fields in found]
    assert [(60.0 * m, {"devices": 1.0, "clients": 5.0}) for m in (8, 9, 10)] == later


def test_a_sites_hour_has_the_mean_and_the_largest_of_its_minutes() -> None:
    """And how many minutes are known."""
    sums = rollup()
    sums.add([total(60 * minute, clients=minute) for minute in range(30, 60)])
    sums.add([total(3600, 0)])
    found = of(sums.closed(at(3663)), "wifi_site_1h")

    assert [(0.0, {"clients_mean": 44.5, "clients_max": 59.0, "devices_mean": 1.0, "minutes": 30.0})] == found


def test_a_clock_put_back_does_not_overwrite_what_was_closed() -> None:
    """The bucket was made of all its polls; the few that come again are left out."""
    sums = rollup()
    sums.add([ap(0, clients=10), total(0, 10)])
    assert [(0.0, {"clients_mean": 10.0, "clients_max": 10.0, "polls": 1.0})] == of(sums.closed(at(400)), "wifi_ap_5m")
    sums.add([ap(100, clients=99), total(100, 99)])

    assert [] == of(sums.closed(at(401)), "wifi_ap_5m")
    assert [] == of(sums.closed(at(402)), "wifi_site_1m")


def test_a_long_pause_is_no_long_loop() -> None:
    """A collector that slept for a month closes what it had, and goes on."""
    sums = rollup()
    sums.add([total(0, 10)])
    sums.closed(at(100))
    month_s = 30 * 86400
    sums.add([total(month_s, 20)])
    found = of(sums.closed(at(month_s + 63)), "wifi_site_1m")

    assert (float(month_s), {"devices": 1.0, "clients": 20.0}) == found[-1]
    assert len(found) <= 5


@pytest.mark.parametrize("stopped_at", [30, 77])
def test_a_restart_makes_the_buckets_under_way_again(tmp_path: Path, stopped_at: int) -> None:
    """Killed within an hour and just after one: the same rollups as without, and each once."""
    polls = [sample for s in range(0, 4000, 50) for sample in (ap(s, clients=s % 97), total(s, s % 89))]
    before, after = polls[: 2 * stopped_at], polls[2 * stopped_at :]
    whole = rollup()
    whole.add(polls)
    with open_store(f"sqlite:{tmp_path / 'store'}") as store:
        first, second = rollup(), rollup()
        first.add(before)
        given = first.closed(before[-1].time)
        store.write(before + given)
        second.resume(recover(store, after[0].time))
        second.add(after)

        assert by_series(whole.closed(at(4000))) == by_series(given + second.closed(at(4000)))


def test_buckets_under_way_begin_with_the_hour_in_which_polling_stopped() -> None:
    """Without knowing when that was, with this hour's; and never more than a day back."""
    assert NOON == under_way_since(at(3599), None)
    assert NOON == under_way_since(at(3600 + 599), None)
    assert at(3600) == under_way_since(at(3600 + 600), None)
    assert NOON == under_way_since(at(3 * 3600), at(1800))
    assert at(86400) == under_way_since(at(2 * 86400), at(-9 * 86400))


def test_after_an_outage_the_hour_in_which_it_began_is_given_and_the_one_before_is_not(tmp_path: Path) -> None:
    """Killed at 12:58 and back at 13:15: 12 o'clock is whole as far as it went, 11 o'clock is not made of its last minutes."""
    before = [sample for s in range(-3600, 3480, 60) for sample in (ap(s, clients=5), total(s, 5))]
    with open_store(f"sqlite:{tmp_path / 'store'}") as store:
        store.write(before)
        sums = rollup()
        sums.resume(recover(store, at(3600 + 900), stopped=at(3480)))
        sums.add([ap(3600 + 900, clients=7)])
        found = sums.closed(at(3600 + 960))

    assert [(0.0, {"polls": 58.0, "clients_mean": 5.0, "clients_max": 5.0})] == of(found, "wifi_ap_1h")
    assert 0.0 == min(at_s for at_s, _ in of(found, "wifi_ap_5m"))
    assert 0.0 == min(at_s for at_s, _ in of(found, "wifi_site_1m"))
    assert [0.0] == [at_s for at_s, _ in of(found, "wifi_site_1h")]


def by_series(found: list[Sample]) -> list[Any]:
    return sorted((sample.series, sample.time, sorted(sample.fields.items())) for sample in found)


def test_without_the_store_sums_begin_with_the_next_whole_bucket() -> None:
    """A minute, five and an hour of which only a part is known are not given as if they were whole."""
    sums = Rollups(lambda _: 60.0)
    sums.open(0)
    found = sums.take(0, [ap(30, clients=1), total(30, 1)], at(30)) + sums.take(0, [ap(90, clients=1), total(90, 1)], at(400))
    sums.begin(0, at(30))
    found += sums.take(0, [ap(s, clients=2) for s in range(400, 4000, 60)], at(4000))
    names = {(s.measurement, (s.time - NOON).total_seconds()) for s in found}

    assert ("wifi_site_1m", 60.0) in names
    assert ("wifi_ap_5m", 300.0) in names
    assert not {("wifi_site_1m", 0.0), ("wifi_ap_5m", 0.0), ("wifi_ap_1h", 0.0), ("wifi_site_1h", 0.0)} & names


def test_a_share_that_leaves_takes_its_buckets_along() -> None:
    """Another collector gives them; what comes late for it is not summed here."""
    sums = Rollups(lambda _: 60.0)
    for share, site in ((1, "a"), (2, "b")):
        sums.open(share)
        sums.begin(share, NOON)
        sums.take(share, [total(10, 5, device=site, site=site)], at(10))
    sums.drop(1)
    sums.take(1, [total(20, 5, device="a", site="a")], at(10.5))

    assert [{"site": "b"}] == [s.tags for s in sums.closed(at(63))]


def test_a_long_span_is_read_by_the_hour(tmp_path: Path) -> None:
    """Two days finely, a month by the hour; of one site, by the command too."""
    assert ["wifi_site_1m", "wifi_ap_5m"] == [fitting(kind, NOON, at(2 * 86400)) for kind in ("site", "ap")]
    assert ["wifi_site_1h", "wifi_ap_1h"] == [fitting(kind, NOON, at(2 * 86400 + 1)) for kind in ("site", "ap")]
    assert "wifi_site_1h" == fitting("site", None)
    sums = rollup()
    sums.add([total(60 * minute, minute % 50, device=site, site=site) for minute in range(4 * 60) for site in ("s", "t")])
    (tmp_path / "t.toml").write_text("[store]\nurl = 'sqlite:store'\n")
    with open_store(f"sqlite:{tmp_path / 'store'}") as store:
        store.write(sums.closed(at(4 * 3600 + 3)))

    def read(until: str) -> list[dict[str, Any]]:
        line = ["samples", "--config", str(tmp_path / "t.toml"), "--sums", "site", "--site", "s", "--since", NOON.isoformat()]
        done = wifiplan(*line, "--until", until, "--json")
        assert 0 == done.returncode, done.stderr
        return json.loads(done.stdout)["samples"]  # type: ignore[no-any-return]

    fine, coarse = read(at(2 * 86400).isoformat()), read(at(30 * 86400).isoformat())
    assert (240, {"wifi_site_1m"}) == (len(fine), {row["measurement"] for row in fine})
    assert [60.0] * 4 == [row["fields"]["minutes"] for row in coarse]
    assert (sum(range(50)) + sum(range(10))) / 60 == coarse[0]["fields"]["clients_mean"]


def test_every_field_written_is_in_the_table_of_metrics() -> None:
    """The one place where names and units are."""
    sums = rollup()
    sums.add([ap(0, clients=1, up=1), radio(0, 0.5), total(0, 1, aps=1, aps_up=1)])
    found = sums.closed(at(4000))

    assert set(ROLLUPS) == {s.measurement for s in found}
    for s in found:
        names = {metric.name for metric in ROLLUPS[s.measurement].fields} - {"missing"}  # which is only where something is
        assert names == set(s.fields)
        assert {"site", "device", *ROLLUPS[s.measurement].tags} >= set(s.tags)


# ------------------------------------------------------------------------------------------------- nothing is counted twice


def of_device(sample: Sample, device: str) -> Sample:
    return Sample(measurement=sample.measurement, time=sample.time, tags={**sample.tags, "device": device}, fields=sample.fields)


def test_two_controllers_that_list_the_same_access_point_count_it_once() -> None:
    sums = rollup()
    for device in ("a", "b"):
        listed = ap(5, clients=10, up=1)
        keyed = Sample(
            measurement="wifi_ap", time=listed.time, tags={**listed.tags, "ap_key": "02:00:00:00:00:01"}, fields=listed.fields
        )
        sums.add([of_device(keyed, device), of_device(total(5, 10, aps=1, aps_up=1), device)])

    assert [(0.0, {"devices": 2.0, "clients": 10.0, "aps": 1.0, "aps_up": 1.0})] == of(sums.closed(at(65)), "wifi_site_1m")


def test_a_minute_says_how_many_are_not_in_its_clients() -> None:
    sums = rollup()
    lone = total(5, 10, aps=2, aps_up=2)
    sums.add([ap(5, clients=10, up=1), Sample(**{**_parts(lone), "fields": {**lone.fields, "uncounted": 1.0}})])

    assert [1.0] == [fields["missing"] for _, fields in of(sums.closed(at(65)), "wifi_site_1m")]


def poll_of(device: str, at_s: float, *aps: int, ssid: str = "shelter", **total_fields: float) -> list[Sample]:
    """One poll of a controller whose access points have ten clients each."""
    tags = {"site": "s", "device": device}
    found = [
        Sample(
            measurement="wifi_ap",
            time=at(at_s),
            tags={**tags, "ap": f"AP-{number}", "ap_key": f"02:00:00:00:00:{number:02x}"},
            fields={"clients": 10.0, "up": 1.0},
        )
        for number in aps
    ]
    fields = {"clients": 10.0 * len(aps), "aps": float(len(aps)), "aps_up": float(len(aps)), **total_fields}
    return [
        *found,
        Sample(measurement="wifi_total", time=at(at_s), tags={**tags, "source": "ap"}, fields=fields),
        Sample(measurement="wifi_ssid", time=at(at_s), tags={**tags, "ssid": ssid}, fields={"clients": 10.0 * len(aps)}),
        Sample(measurement="poll", time=at(at_s), tags=tags, fields={"seconds": 0.1}),
    ]


def fields_of(samples: Iterable[Sample], measurement: str) -> list[dict[str, float]]:
    return [sample.fields for sample in samples if sample.measurement == measurement]


def test_an_access_point_that_went_to_another_controller_is_missing_until_that_one_was_asked() -> None:
    sums = Rollup(lambda _: 60.0, serving=lambda _: frozenset(("a", "b")))
    sums.now(poll_of("a", 0, 1, 2))
    sums.now(poll_of("b", 1, 3))
    (between,) = fields_of(sums.now(poll_of("a", 60, 1, uncounted=1.0, gone=1.0)), "wifi_site")
    (after,) = fields_of(sums.now(poll_of("b", 61, 2, 3)), "wifi_site")
    (later,) = fields_of(sums.now(poll_of("a", 120, 1, uncounted=1.0, gone=1.0)), "wifi_site")

    assert {"devices": 2.0, "clients": 20.0, "aps": 2.0, "aps_up": 2.0, "missing": 1.0} == between
    assert {"devices": 2.0, "clients": 30.0, "aps": 3.0, "aps_up": 3.0} == after == later


def test_a_network_of_two_controllers_that_list_the_same_counts_once_and_those_of_others_add_up() -> None:
    sums = Rollup(lambda _: 60.0, serving=lambda _: frozenset(("a", "b", "c")))
    for device in ("a", "b"):
        assert [] == fields_of(sums.now(poll_of(device, 0, 1, 2)), "wifi_site_ssid")

    given = sums.now(poll_of("c", 1, 9))

    assert [{"clients": 30.0}] == fields_of(given, "wifi_site_ssid")
    assert [{"site": "s", "ssid": "shelter"}] == [s.tags for s in given if s.measurement == "wifi_site_ssid"]


def _parts(sample: Sample) -> dict[str, Any]:
    return {name: getattr(sample, name) for name in ("measurement", "time", "tags", "fields")}
