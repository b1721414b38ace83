"""One poll: what it gives, what it says when it cannot, and that it never raises for a device."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collectors.config import Secret, Target
from collectors.poll import Poller, rate_per_s
from collectors.profile import recording
from collectors.profile.counting import Counter

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.poll import PollResult

HERE = Path(__file__).resolve().parent


def target(port: int = 161, **changes: Any) -> Target:
    basic: dict[str, Any] = {"name": "dev", "site": "gym", "host": "127.0.0.1", "port": port, "timeout_s": 1.0, "retries": 0}
    return Target(**{**basic, **changes})


def polled(target: Target, engine: Any = "own", times: int = 1, between: Callable[[], None] | None = None) -> list[PollResult]:
    async def go() -> list[PollResult]:
        results = []
        async with Poller(engine) as poller:
            for number in range(times):
                if number and between is not None:
                    between()
                results.append(await poller.poll(target))
        return results

    return asyncio.run(go())


def recorded(name: str) -> dict[str, Any]:
    return dict(recording.read(HERE.parent / "snmp" / f"{name}.snmprec").values)


# ------------------------------------------------------------------------------------------------------------ what it gives


@pytest.mark.parametrize("name", ["cisco-aireos-5508", "aruba-7210", "ruckuswireless_zd1200", "unifi_nanohd"])
def test_a_real_device_polled_over_udp_gives_its_counts(snmpsim: int, shared: Path, name: str) -> None:
    """Every `clients` and `ap_count` row of the recording, by its own access point, radio or network."""
    (result,) = polled(target(snmpsim, community=Secret(value=name), timeout_s=5.0))
    expected = json.loads((shared / "data" / "snmp" / f"{name}.expected.json").read_text(encoding="utf-8"))["expected"]
    radios = {(s.tags["ap_key"], s.tags["radio"]): s.fields["clients"] for s in result.samples if s.measurement == "wifi_radio"}
    ssids: dict[str, float] = {}
    for sample in result.samples:
        if sample.measurement == "wifi_ssid":
            ssids[sample.tags["ssid"]] = ssids.get(sample.tags["ssid"], 0.0) + sample.fields["clients"]
    wanted: dict[str, dict[Any, float]] = {"radio": {}, "ssid": {}}
    for row in expected:
        if row["what"] == "ap_count":
            assert row["value"] in [total.value for total in result.totals if total.what in ("aps", "aps_up")]
        elif row["what"] != "clients":
            continue
        elif row["scope"] == "total":
            assert row["value"] in [total.value for total in result.totals if total.what == "clients"]
        elif row["scope"] == "radio" and name == "unifi_nanohd":
            wanted["radio"]["0", row["index"]] = row["value"]
        elif row["scope"] == "radio":
            *mac, slot = row["index"].split(".")
            wanted["radio"][":".join(f"{int(part):02x}" for part in mac), slot] = row["value"]
        elif row["scope"] == "ssid":
            ssid = row["name"].removeprefix("SSID: ")
            wanted["ssid"][ssid] = wanted["ssid"].get(ssid, 0.0) + row["value"]

    assert result.error is None
    assert wanted == {"radio": radios, "ssid": ssids}
    assert 1 == len([sample for sample in result.samples if sample.measurement == "wifi_total"])


def test_a_lone_access_point_bears_the_name_of_its_target(scripted: Any) -> None:
    for wanted, changes in (("dev", {}), ("AP-3", {"ap": "AP-3"})):
        (result,) = polled(target(**changes), scripted(recorded("unifi")))
        (ap,) = [sample for sample in result.samples if sample.measurement == "wifi_ap"]

        assert {"site": "gym", "device": "dev", "ap": wanted, "ap_key": "0"} == ap.tags
        assert {"clients": 31.0, "up": 1.0, "uptime_s": 123.45} == ap.fields


def test_a_device_that_no_profile_knows_is_reachable_and_no_more(scripted: Any) -> None:
    (result,) = polled(target(), scripted({"1.3.6.1.2.1.1.1.0": b"NAS", "1.3.6.1.2.1.1.3.0": 500}))

    assert result.error is None
    assert result.device["profile"] is None
    assert [("device", {"reachable": 1.0, "uptime_s": 5.0})] == [(s.measurement, s.fields) for s in result.samples]


def test_the_second_poll_asks_no_more_who_the_device_is(scripted: Any) -> None:
    first, second = polled(target(), scripted(recorded("unifi")), times=2)

    assert first.requests > second.requests
    assert [(s.series, s.fields) for s in first.samples] == [(s.series, s.fields) for s in second.samples]


def test_another_device_at_the_same_address_is_noticed(scripted: Any) -> None:
    agent = scripted(recorded("unifi"))
    other = scripted(recorded("ups"))

    first, second = polled(target(), agent, times=2, between=lambda: setattr(agent, "order", other.order))

    assert ["unifi", "ups"] == [first.device["profile"], second.device["profile"]]


# ------------------------------------------------------------------------------------------------------- when it cannot


def test_a_slow_value_and_a_general_error_do_not_lose_the_rest(snmpsim: int, shared: Path, tmp_path: Path) -> None:
    """The fault recording of the references: one scalar comes after 2.5 s, one is a genErr whose index names another."""
    assert shared
    profile = tmp_path / "scalars.yaml"
    tree = "1.3.6.1.4.1.25053.1.2.1.1.1.15"
    profile.write_text(
        "vendor: v\ndevice: d\nsource: s\nunverified: true\n"
        f"totals: {{clients: {tree}.2.0, aps: {tree}.15.0, aps_up: {tree}.1.0}}\n"
    )
    (result,) = polled(target(snmpsim, community=Secret(value="vary"), timeout_s=4.0, profile=str(profile)))

    assert {"clients": 23.0, "aps_up": 11.0} == {t.what: t.value for t in result.totals}
    assert ["1.3.6.1.4.1.25053.1.2.1.1.1.15.15.0: the device answered genErr"] == list(result.warnings)


def test_whatever_an_engine_raises_stays_in_the_result(scripted: Any, caplog: pytest.LogCaptureFixture) -> None:
    agent = scripted(recorded("unifi"))

    async def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    agent.exchange = broken
    (result,) = polled(target(), agent)

    assert result.error is not None
    assert "protocol" == result.error.kind
    assert () == result.samples
    assert "polling dev failed" in caplog.text


def test_a_device_that_dies_in_mid_poll_gives_no_samples(scripted: Any) -> None:
    agent = scripted(recorded("cisco-wlc"))
    ask = agent.exchange

    async def dying(*arguments: Any, **options: Any) -> Any:
        if len(agent.asked) > 3:
            agent.lost = 10**6
        return await ask(*arguments, **options)

    agent.exchange = dying
    (result,) = polled(target(), agent)

    assert result.error is not None
    assert "timeout" == result.error.kind
    assert () == result.samples


STATION = "1.3.6.1.4.1.207.8.42.6.2.1.1.2.10.0.0.0.0.1"
"""A row of a table of clients: its index is the MAC address of one."""


@pytest.mark.parametrize("fault", [{"gen_err": {STATION}}, {"loop_at": STATION}, {"silent": {STATION}}, {"too_big_above": 1}, {}])
def test_a_clients_mac_address_is_in_no_warning_error_or_log(
    scripted: Any, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    """Whatever goes wrong with the table whose rows are counted."""
    with caplog.at_level(logging.DEBUG):
        results = polled(target(timeout_s=0.1), scripted(recorded("allied-tq"), **fault), times=2)
    said = json.dumps([result.to_json() for result in results]) + caplog.text

    assert "1.3.6.1.4.1.207.8.42.6.2.1.1.2" in said or not fault.keys() & {"gen_err", "loop_at"}
    assert "10.0.0.0.0" not in said
    assert "0a:00:00" not in said.lower()


# -------------------------------------------------------------------------------------------------------------- rates


def octets(value: int, bits: int = 64, broken_at: int | None = None) -> Counter:
    return Counter(value=value, bits=bits, scale=8.0, broken_at=broken_at)


@pytest.mark.parametrize(
    ("rate", "why", "counter", "last", "last_rate", "limit"),
    [
        (8000.0, "plain", octets(11_000), octets(1000), None, 1e9),
        (0.0, "nothing moved", octets(1000), octets(1000), None, 1e9),
        (None, "64 bits went down: a reset", octets(10), octets(1000), 800.0, 1e9),
        (8000.0, "64 bits ran over", octets(9_000), octets((1 << 64) - 1000), 8000.0, 1e9),
        (8000.0, "32 bits ran over", octets(9_000, 32), octets((1 << 32) - 1000, 32), 8000.0, 1e9),
        (None, "32 bits, but a reset", octets(10, 32), octets(3_000_000_000, 32), 8000.0, 1e9),
        (None, "32 bits, nothing known", octets(10, 32), octets(4_294_967_000, 32), None, 1e9),
        (None, "32 bits ran over, but beyond the link", octets(9_000, 32), octets((1 << 32) - 1000, 32), 8000.0, 7000.0),
        (None, "beyond the link", octets(10**9), octets(0), None, 1e8),
        (1e8, "a full link, its reading somewhat late", octets(128_000_000), octets(0), None, 1e8),
        (None, "a discontinuity that the device states", octets(11_000, 64, 77), octets(1000, 64, 5), None, 1e9),
        (8000.0, "the same discontinuity as before", octets(11_000, 64, 77), octets(1000, 64, 77), None, 1e9),
        (None, "32 bits could have run over twice on 10 Gbit/s in 10 s", octets(9_000, 32), octets(1000, 32), None, 1e10),
        (6400.0, "32 bits could not on 1 Gbit/s", octets(9_000, 32), octets(1000, 32), None, 1e9),
        (None, "another counter answers", octets(11_000, 32), octets(1000, 64), None, 1e9),
    ],
)
def test_rates_tell_running_over_from_starting_again(
    *, rate: float | None, why: str, counter: Counter, last: Counter, last_rate: float | None, limit: float
) -> None:
    assert rate == rate_per_s(counter, last, 10.0, last_rate, limit), why


IN, UP_TIME = "1.3.6.1.2.1.31.1.1.1.6.1", "1.3.6.1.2.1.1.3.0"


def rates(scripted: Any, changes: dict[str, Any], before: dict[str, Any] | None = None) -> list[float | None]:
    agent = scripted({**recorded("if-mib"), **(before or {})})
    after = scripted({**recorded("if-mib"), **changes})
    results = polled(target(), agent, times=2, between=lambda: setattr(agent, "order", after.order))
    return [s.fields.get("in_bps") for r in results for s in r.samples if s.tags.get("interface") == "ge1"]


def test_a_rate_needs_two_polls(scripted: Any) -> None:
    first, second = rates(scripted, {IN: 1_000_010, UP_TIME: 301})

    assert first is None
    assert second is not None
    assert second > 0


def test_a_reboot_gives_no_rate(scripted: Any) -> None:
    assert [None, None] == rates(scripted, {IN: 1_000_010, UP_TIME: 3}, {UP_TIME: 10_000_000})


def test_a_discontinuity_that_the_device_states_gives_no_rate(scripted: Any) -> None:
    """ifCounterDiscontinuityTime: its counters began anew at that uptime (RFC 2863, 3.1.5)."""
    since = "1.3.6.1.2.1.31.1.1.1.19.1"

    assert rates(scripted, {IN: 1_000_010, UP_TIME: 301, since: 250}, {since: 0})[1] is None
    assert rates(scripted, {IN: 1_000_010, UP_TIME: 301, since: 0}, {since: 0})[1] is not None


def test_a_speed_that_does_not_fit_is_no_speed(scripted: Any) -> None:
    """ifSpeed 4294967295 says that ifHighSpeed has it (RFC 2863, ifSpeed)."""
    values = {oid: value for oid, value in recorded("if-mib").items() if not oid.startswith("1.3.6.1.2.1.31.1.1.1.15.")}
    agent = scripted({**values, "1.3.6.1.2.1.2.2.1.5.1": (1 << 32) - 1, "1.3.6.1.2.1.2.2.1.5.2": 10**9})
    (result,) = polled(target(), agent)
    speeds = [sample.fields.get("speed_bps") for sample in result.samples if sample.measurement == "link"]

    assert [None, 1e9] == speeds[:2]


def test_the_clock_that_runs_over_after_497_days_is_no_reboot(scripted: Any) -> None:
    assert rates(scripted, {IN: 1_000_010, UP_TIME: 20}, {UP_TIME: (1 << 32) - 10})[1] is not None
