"""Every measurement, tag and field there is, with its unit: profiles, stores, dashboards and docs are checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FieldKind = Literal["gauge", "state", "counter"]

AHEAD_S = 5.0
"""A sample so far in the future was written while a clock was wrong (assumed: NTP slews less, machines are slower)."""
Source = Literal["scalar", "ap", "radio", "ssid"]
"""Which way of counting gave a total: a number of the device's own, or the sum over its access points, radios or networks."""


@dataclass(slots=True, kw_only=True)
class Sample:
    """One measurement of one thing at one time. `time` is aware and in UTC; fields are finite floats, absent when unknown.

    Nobody changes one; it is not frozen because so many are made, and a frozen one takes twice as long to make.
    """

    measurement: str
    time: datetime
    tags: dict[str, str]
    fields: dict[str, float]

    @property
    def series(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Identity of the time series: measurement and sorted tags."""
        return self.measurement, tuple(sorted(self.tags.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A field: its unit ("" is a count), whether it is a level, a 0/1 state or a counter, and what it means."""

    name: str
    unit: str
    kind: FieldKind
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A kind of sample: the tags beside site and device, and its fields."""

    name: str
    tags: tuple[str, ...]
    fields: tuple[Metric, ...]
    help: str


def _gauge(name: str, unit: str, text: str) -> Metric:
    return Metric(name=name, unit=unit, kind="gauge", help=text)


def _state(name: str, text: str) -> Metric:
    return Metric(name=name, unit="", kind="state", help=text)


def _counter(name: str, text: str) -> Metric:
    return Metric(name=name, unit="", kind="counter", help=text)


_CLIENTS = _gauge("clients", "", "associated clients")

MEASUREMENTS: dict[str, Measurement] = {
    m.name: m
    for m in (
        Measurement(
            name="wifi_ap",
            tags=("ap", "ap_key"),
            fields=(_CLIENTS, _state("up", "serving"), _gauge("uptime_s", "s", "since the AP started")),
            help="one access point",
        ),
        Measurement(
            name="wifi_radio",
            tags=("ap", "ap_key", "radio", "band"),
            fields=(
                _CLIENTS,
                _state("up", "transmitting"),
                _gauge("channel", "", "primary channel number"),
                _gauge("width_mhz", "MHz", "channel width"),
                _gauge("tx_power_dbm", "dBm", "transmit power"),
                _gauge("busy_share", "share", "time the channel is busy, 0 to 1"),
                _gauge("noise_dbm", "dBm", "noise floor"),
            ),
            help="one radio of an access point",
        ),
        Measurement(name="wifi_ssid", tags=("ssid", "ap", "ap_key", "band"), fields=(_CLIENTS,), help="one network name"),
        Measurement(
            name="wifi_total",
            tags=("source",),
            fields=(
                _CLIENTS,
                _gauge("uncounted", "", "access points or rows without a count, where `clients` is a lower bound; else absent"),
                _gauge("gone", "", "of these, rows that were there in earlier polls and are missing now; else absent"),
                _gauge("aps", "", "access points known"),
                _gauge("aps_up", "", "access points connected"),
            ),
            help="the device's total by its stated rule, exactly one a poll",
        ),
        Measurement(
            name="wifi_site",
            tags=(),
            fields=(
                _CLIENTS,
                _gauge("aps", "", "access points known"),
                _gauge("aps_up", "", "access points connected"),
                _gauge("devices", "", "devices whose counts are in it"),
                _gauge("missing", "", "access points and devices that are not in `clients`, a lower bound then; else absent"),
            ),
            help="a whole site, each access point once, after each poll of one of its devices; it has no tag `device`",
        ),
        Measurement(
            name="wifi_site_ssid",
            tags=("ssid",),
            fields=(_CLIENTS,),
            help="one network name at a whole site, beside `wifi_site`; devices that report the same access points count once",
        ),
        Measurement(
            name="link",
            tags=("interface",),
            fields=(
                _state("up", "operational"),
                _gauge("in_bps", "bit/s", "received since the last poll"),
                _gauge("out_bps", "bit/s", "sent since the last poll"),
                _gauge("speed_bps", "bit/s", "nominal speed"),
            ),
            help="one interface",
        ),
        Measurement(
            name="ups",
            tags=(),
            fields=(
                _state("on_battery", "fed by its battery"),
                _gauge("minutes_left", "min", "at this load"),
                _gauge("charge_share", "share", "battery charge, 0 to 1"),
                _gauge("load_share", "share", "load, 0 to 1"),
            ),
            help="uninterruptible power supply",
        ),
        Measurement(
            name="poe",
            tags=("group",),
            fields=(_gauge("used_w", "W", "delivered"), _gauge("power_w", "W", "budget")),
            help="power over Ethernet of one switch group",
        ),
        Measurement(
            name="dhcp",
            tags=("pool",),
            fields=(_gauge("used", "", "addresses that are lent"), _gauge("free", "", "addresses that are left")),
            help="addresses of one network, where the device lends them",
        ),
        Measurement(
            name="sessions",
            tags=(),
            fields=(_gauge("used", "", "sessions under way"), _gauge("limit", "", "sessions that it can have")),
            help="sessions of a firewall or router, or address translations",
        ),
        Measurement(
            name="device",
            tags=(),
            fields=(_gauge("uptime_s", "s", "since the agent started"), _state("reachable", "answered this poll")),
            help="the device itself",
        ),
        Measurement(
            name="probe",
            tags=("target",),
            fields=(_state("reachable", "answered"), _gauge("latency_s", "s", "round trip")),
            help="reachability of gateway, DNS and internet",
        ),
        Measurement(
            name="poll",
            tags=(),
            fields=(
                _gauge("seconds", "s", "of the poll"),
                _gauge("requests", "", "SNMP requests sent"),
                _gauge("errors", "", "errors met"),
                _state("why", "why it gave no answer: the codes of `collectors.errors.WHY_CODES`"),
            ),
            help="the collector's own work",
        ),
        Measurement(
            name="about",
            tags=("model", "firmware", "serial", "sys_name", "macs"),
            fields=(_gauge("uptime_s", "s", "since the agent started"),),
            help="what a device is, whenever that changes and once an hour; `macs` of an AP that is polled itself",
        ),
        Measurement(
            name="trap",
            tags=("event",),
            fields=(_gauge("count", "", "notifications since the last sample"),),
            help="what a device sent by itself: ap_up, ap_down, link_up, link_down, on_battery, on_mains, auth_failure, ...",
        ),
        Measurement(
            name="collector",
            tags=(),
            fields=(
                _counter("polls_total", "polls since the start"),
                _counter("failed_total", "polls that got no answer"),
                _gauge("slowest_s", "s", "longest poll since the last sample"),
                _gauge("late_s", "s", "longest wait of a due poll since the last sample"),
                _gauge("dead", "", "devices that do not answer"),
                _counter("samples_total", "samples made"),
                _counter("lost_total", "samples that neither store nor spool took; the ledger has them"),
                _gauge("held", "", "samples in memory, not yet written"),
                _gauge("spooled", "", "samples on disk, not yet in the store"),
                _gauge("spool_bytes", "B", "size of the spool"),
                _counter("traps_total", "notifications heard"),
                _counter("traps_dropped_total", "notifications dropped: floods, strangers, wrong credentials, broken ones"),
            ),
            help="the collector as a whole",
        ),
    )
}
"""By name. Every sample has also the tags `site` and `device`."""

_AP_ROLLUP = (
    _gauge("clients_mean", "", "mean of its polls"),
    _gauge("clients_max", "", "largest of its polls"),
    _gauge("up_share", "share", "part of its polls in which it served"),
    _gauge("busy_share_max", "share", "busiest radio of its polls"),
    _gauge("polls", "", "polls that told of it"),
)

ROLLUPS: dict[str, Measurement] = {
    m.name: m
    for m in (
        Measurement(name="wifi_ap_5m", tags=("ap", "ap_key"), fields=_AP_ROLLUP, help="one access point, 5 minutes"),
        Measurement(name="wifi_ap_1h", tags=("ap", "ap_key"), fields=_AP_ROLLUP, help="one access point, an hour"),
        Measurement(
            name="wifi_site_1m",
            tags=(),
            fields=(
                _CLIENTS,
                _gauge("aps", "", "access points known"),
                _gauge("aps_up", "", "access points connected"),
                _gauge("devices", "", "devices whose totals are in it; a silent one is not"),
                _gauge("missing", "", "access points and devices that are not in `clients`, a lower bound then; else absent"),
            ),
            help="sum of a site's totals, a minute",
        ),
        Measurement(
            name="wifi_site_1h",
            tags=(),
            fields=(
                _gauge("clients_mean", "", "mean of its minutes"),
                _gauge("clients_max", "", "largest of its minutes"),
                _gauge("devices_mean", "", "devices whose totals are in it, mean of its minutes"),
                _gauge("minutes", "", "minutes that are known"),
            ),
            help="sum of a site's totals, an hour",
        ),
    )
}
"""Written by the collector once a bucket of time has ended, under its start. Those of a site have no tag `device`."""
