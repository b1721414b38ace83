"""Profiles: one fits each device, and what it decodes is what the device meant."""

from __future__ import annotations

import json
import math
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collectors.metrics import MEASUREMENTS
from collectors.profile import library, match, recording
from collectors.profile.convert import channel_of_mhz
from collectors.profile.decode import Answers, decode, on_walk, pick
from collectors.profile.known_rows import KnownRows
from collectors.profile.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.profile.decode import Decoded
    from collectors.snmp.message import Value

HERE = Path(__file__).resolve().parent.parent
OURS = sorted((HERE.parent / "snmp").glob("*.snmprec"))
GOLDEN = HERE.parent / "golden" / "snmp"
SHARED = HERE.parent.parent.parent / "shared" / "data" / "snmp"
RECORDED = sorted(path.name.removesuffix(".snmprec") for path in SHARED.glob("*.snmprec"))


def decoded(walk: recording.Walk, name: str | None = None) -> Decoded:
    name = name or match.chosen(walk)
    assert name is not None
    return on_walk(name, walk, ap="the AP").decoded


def as_json(result: Decoded) -> dict[str, Any]:
    return {
        "rows": [[row.measurement, row.tags, row.fields] for row in result.rows],
        "totals": [[total.what, total.source, total.value] for total in result.totals],
        "warnings": list(result.warnings),
    }


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_a_hand_written_device_selects_its_profile_and_decodes_to_its_golden_samples(path: Path, *, update_golden: bool) -> None:
    walk = recording.read(path)
    result = as_json(decoded(walk))
    golden = GOLDEN / f"{path.stem}.json"
    if update_golden:
        rows = {key: [json.dumps(row, ensure_ascii=False) for row in value] for key, value in result.items()}
        text = ",\n".join(f'"{key}": [\n' + ",\n".join(value) + "\n]" for key, value in rows.items())
        golden.write_text("{\n" + text + "\n}\n", encoding="utf-8")

    assert path.stem == match.chosen(walk)
    assert json.loads(golden.read_text(encoding="utf-8")) == result


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_samples_keep_to_the_metric_table(path: Path) -> None:
    result = decoded(recording.read(path))
    samples = result.samples(datetime(2026, 1, 1, tzinfo=UTC), {"site": "s", "device": "d"})
    series = [sample.series for sample in samples]

    assert len(series) == len(set(series))
    for sample in samples:
        known = MEASUREMENTS[sample.measurement]
        assert set(sample.fields) <= {metric.name for metric in known.fields}
        assert set(sample.tags) <= {"site", "device", *known.tags}
        assert "" not in sample.tags.values()


# ---------------------------------------------------------------------------------------------------------- single rules

CISCO = "1.3.6.1.4.1.14179.2.2.2.1.15.0.17.34.51.68.80."
"""Clients of the two radios of the first access point in tests/snmp/cisco-wlc.snmprec."""


def cisco(**changes: Value | None) -> recording.Walk:
    values = dict(recording.read(HERE.parent / "snmp" / "cisco-wlc.snmprec").values)
    for oid, value in changes.items():
        if value is None:
            del values[oid]
        else:
            values[oid] = value
    return recording.Walk(values)


def field(result: Decoded, measurement: str, name: str, **tags: str) -> list[float | None]:
    rows = [row for row in result.rows if row.measurement == measurement and tags.items() <= row.tags.items()]
    return [row.fields.get(name) for row in rows]


def totals(result: Decoded, what: str) -> dict[str, float]:
    return {total.source: total.value for total in result.totals if total.what == what}


@pytest.mark.parametrize("bad", [b"", b"53S", b"116E", b"388", b"\xff", "1.3.6", 2008, -1])
def test_what_is_no_number_of_clients_is_unknown_and_no_sum_pretends_to_know(bad: Value) -> None:
    result = decoded(cisco(**{CISCO + "0": bad}))

    assert [None, 18.0] == field(result, "wifi_radio", "clients", ap="体育館-1")
    assert {"ssid": 32.0, "ap": 35.0} == totals(result, "clients")
    assert any("no clients" in warning for warning in result.warnings)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_no_profile_makes_a_number_of_clients_from_what_is_none(path: Path) -> None:
    """Whatever number of a device is replaced by an empty text, by 53S or by 388 in a text, no count of clients comes of it."""
    walk = recording.read(path)
    before = {_key(row): row.fields.get("clients") for row in decoded(walk).rows}
    profile = library.load(path.stem)
    as_text = {cell.scalar for cell in profile.totals.clients if cell.numeric_text}
    as_text |= {source.column for plan in profile.tables for source in plan.fields if source.cell.numeric_text}
    for oid, value in walk.values.items():
        if not isinstance(value, int) and not oid.startswith(tuple(f"{column}." for column in as_text if column)):
            continue
        for bad in (b"", b"53S", b"388"):
            if bad == b"388" and (oid in as_text or oid.startswith(tuple(f"{column}." for column in as_text if column))):
                continue  # this make writes its numbers as text
            after = decoded(recording.Walk({**walk.values, oid: bad}), path.stem)
            for row in after.rows:
                clients = row.fields.get("clients")

                assert clients not in (53.0, 388.0), oid
                assert clients != 0 or before.get(_key(row), 0.0) == 0, oid


def test_a_down_ap_without_a_number_serves_nobody_so_the_sum_stands() -> None:
    walk = recording.read(HERE.parent / "snmp" / "ruckus-zonedirector.snmprec")
    result = decoded(walk)

    assert [None] == field(result, "wifi_ap", "clients", ap_key="00:22:7f:00:00:03")
    assert 14.0 == totals(result, "clients")["ap"]


def test_a_table_answered_empty_is_zero_and_one_not_answered_is_nothing() -> None:
    ess = "1.3.6.1.4.1.14179.2.1.1.1."
    radios = "1.3.6.1.4.1.14179.2.2"
    walk = recording.read(HERE.parent / "snmp" / "cisco-wlc.snmprec")
    no_aps = {oid: value for oid, value in walk.values.items() if not oid.startswith(radios)}
    nobody = no_aps | {f"{ess}38.1": 0, f"{ess}38.2": 0}
    nothing = {oid: value for oid, value in no_aps.items() if not oid.startswith(ess)}
    profile = library.load("cisco-wlc")
    silent = Answers(scalars={}, columns={})

    assert 0.0 == totals(decoded(recording.Walk(no_aps)), "aps")["ap"]
    assert {"ssid": 0.0, "ap": 0.0, "radio": 0.0} == totals(decoded(recording.Walk(nobody)), "clients")
    assert {} == totals(decoded(recording.Walk(nothing), "cisco-wlc"), "clients")
    assert () == decode(profile, silent, ap="x").rows


def test_a_table_that_a_firmware_does_not_fill_denies_nobody() -> None:
    walk = recording.read(HERE.parent / "snmp" / "cisco-wlc.snmprec")
    no_ess = recording.Walk(
        {oid: value for oid, value in walk.values.items() if not oid.startswith("1.3.6.1.4.1.14179.2.1.1.1.")}
    )
    result = decoded(no_ess, "cisco-wlc")

    assert {"ap": 35.0, "radio": 34.0} == totals(result, "clients")
    assert [35.0] == field(result, "wifi_total", "clients", source="ap")


def test_where_no_counter_exists_the_rows_of_the_client_table_are_counted_and_no_client_is_named() -> None:
    for name, counts in (("grandstream", [3.0, 0.0]), ("ale-stellar", [2.0, 0.0]), ("allied-tq", [1.0, 1.0, 1.0])):
        result = decoded(recording.read(HERE.parent / "snmp" / f"{name}.snmprec"))

        assert counts == field(result, "wifi_ssid", "clients")
        assert "10.0.0.0.0" not in repr(result)
        assert "0a:00" not in repr(result)


def test_access_points_of_one_name_keep_their_own_numbers() -> None:
    walk = recording.read(HERE.parent / "snmp" / "ruckus-zonedirector.snmprec")

    assert [9.0, 5.0] == field(decoded(walk), "wifi_ap", "clients", ap="RuckusAP")


def test_the_total_follows_the_stated_rule_and_the_others_are_kept() -> None:
    result = decoded(recording.read(HERE.parent / "snmp" / "cisco-wlc.snmprec"))

    assert [35.0] == field(result, "wifi_total", "clients", source="ap")
    assert {"ssid": 32.0, "ap": 35.0, "radio": 34.0} == totals(result, "clients")
    assert {"scalar": 1.0, "ap": 2.0} == totals(result, "aps_up")


def test_names_come_as_the_device_gives_them() -> None:
    aps = [
        row.tags["ap"]
        for row in decoded(recording.read(HERE.parent / "snmp" / "cisco-wlc.snmprec")).rows
        if row.measurement == "wifi_ap"
    ]

    assert ["体育館-1", "gym\\xff2", "gym-3"] == aps


def test_an_index_of_another_form_loses_its_row_only() -> None:
    result = decoded(cisco(**{"1.3.6.1.4.1.14179.2.2.1.1.3.1.2": b"odd"}))

    assert 3 == len([row for row in result.rows if row.measurement == "wifi_ap"])
    assert any("not of the expected form" in warning for warning in result.warnings)


def test_an_h3c_controller_without_the_table_of_configured_aps_still_counts_each_ap() -> None:
    whole = recording.read(HERE.parent / "snmp" / "h3c-ac.snmprec").values
    older = {oid: value for oid, value in whole.items() if not oid.startswith("1.3.6.1.4.1.25506.2.75.2.1.10.")}
    counted = {key: clients for key, clients in by_ap(decoded(recording.Walk(whole))).items() if clients is not None}

    assert counted
    assert counted == by_ap(decoded(recording.Walk(older), "h3c-ac"))


def by_ap(result: Decoded) -> dict[str, float | None]:
    return {row.tags["ap_key"]: row.fields.get("clients") for row in result.rows if row.measurement == "wifi_ap"}


def test_a_ups_that_answers_both_is_read_by_the_standard() -> None:
    """The others' own numbers are in other units and of other rounding."""
    own = recording.read(HERE.parent / "snmp" / "apc-ups.snmprec").values
    standard: dict[str, Value] = {
        "1.3.6.1.2.1.33.1.2.3.0": 41,
        "1.3.6.1.2.1.33.1.2.4.0": 97,
        "1.3.6.1.2.1.33.1.4.1.0": 5,
        "1.3.6.1.2.1.33.1.4.4.1.5.1": 24,
    }
    result = decoded(recording.Walk({**own, **standard}))

    assert [41.0] == field(result, "ups", "minutes_left")
    assert [0.97] == field(result, "ups", "charge_share")
    assert [1.0] == field(result, "ups", "on_battery")
    assert [0.24] == field(result, "ups", "load_share")


BAD: list[Value] = [
    b"",
    b"\0",
    b"\xff" * 6,
    b"53S",
    b"9" * 400,
    b"-",
    -1,
    0,
    1 << 63,
    (1 << 64) - 1,
    "1.3.6.1",
    float("nan"),
    1e300,
]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_whatever_a_device_says_it_is_decoded_to_finite_numbers_or_nothing(path: Path) -> None:
    """Values of any kind, rows that are gone, indexes of another form: 40 devices made so of each recording."""
    whole = recording.read(path).values
    rng = random.Random(path.stem)
    for _ in range(40):
        values = dict(whole)
        for oid in rng.sample(sorted(values), min(len(values), rng.choice([1, 1, 3, 10]))):
            said = values.pop(oid)
            how = rng.randrange(4)
            if how < 2:
                values[oid] = rng.choice(BAD)
            elif how == 2:
                head, _, last = oid.rpartition(".")
                values[rng.choice([f"{oid}.{1 << 32}", f"{head}.{1 << 40}", f"{head}.3.1.2", f"{head}.256.{last}"])] = said
        walk = recording.Walk(values)
        match.chosen(walk)
        result = decoded(walk, path.stem)
        numbers = [value for row in result.rows for value in row.fields.values()] + [total.value for total in result.totals]

        assert all(math.isfinite(number) for number in numbers)
        assert all(total.value >= 0 for total in result.totals)
        assert all(row.fields.get("clients", 0.0) >= 0 for row in result.rows)


def test_a_firmware_that_numbers_its_rows_in_another_way_keeps_each_aps_own_numbers() -> None:
    """Where every index of a table is of another form, rows are told apart by all of it, and tables still join."""
    whole = recording.read(HERE.parent / "snmp" / "cisco-wlc.snmprec").values
    macs = {"0.17.34.51.68.80": "1", "0.17.34.51.68.96": "2", "0.17.34.51.68.112": "3"}
    tables = ("1.3.6.1.4.1.14179.2.2.", "1.3.6.1.4.1.9.9.513.1.1.1.1.")
    renumbered = {}
    for oid, value in whole.items():
        name = oid
        for mac, number in macs.items():
            if oid.startswith(tables):
                name = name.replace(f".{mac}", f".{number}")
        renumbered[name] = value
    before, after = decoded(recording.Walk(whole)), decoded(recording.Walk(renumbered), "cisco-wlc")

    def numbers(result: Decoded) -> list[Any]:
        wifi = [row for row in result.rows if row.measurement in ("wifi_ap", "wifi_radio", "wifi_total")]
        return [(row.tags.get("ap"), row.tags.get("radio"), row.tags.get("band"), row.fields) for row in wifi]

    assert set(macs.values()) >= {row.tags["ap_key"] for row in after.rows if row.measurement == "wifi_ap"}
    assert numbers(before) == numbers(after)
    assert any("rows are told apart by all of it" in warning for warning in after.warnings)


# -------------------------------------------------------------------------------------------------------------- bad files


# ------------------------------------------------------------------------------------------------------- recorded devices


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("name", RECORDED or ["none"])
def test_a_real_device_gives_every_expected_count(name: str) -> None:
    """Every `clients` and `ap_count` row with an OID is equal, and so are the row-counted totals."""
    walk = recording.read(SHARED / f"{name}.snmprec")
    expected = json.loads((SHARED / f"{name}.expected.json").read_text(encoding="utf-8"))["expected"]
    wanted = [row for row in expected if row["what"] in ("clients", "ap_count")]
    if len(wanted) > 100:  # the test below takes each of the many radios
        wanted = [row for row in wanted if row["scope"] != "radio"]
    if not wanted and match.chosen(walk) is None:
        return
    result = decoded(walk)

    assert [] == [row for row in wanted if not _is_given(row, result, walk, wanted)]


def _is_given(row: dict[str, Any], result: Decoded, walk: recording.Walk, wanted: list[dict[str, Any]]) -> bool:
    """Whether an expected row is among the decoded ones; where names are withheld or doubled, their sum is."""
    if row["scope"] == "total":
        whats = ("clients",) if row["what"] == "clients" else ("aps", "aps_up")
        return row["value"] in [total.value for total in result.totals if total.what in whats]
    measurement = {"ssid": "wifi_ssid", "radio": "wifi_radio", "interface": "wifi_radio", "ap": "wifi_ap"}[row["scope"]]
    oids = row.get("oids") or ([row["oid"]] if "oid" in row else [])
    if not oids:  # counted rows
        return row["value"] == sum(value or 0 for value in field(result, measurement, "clients", ssid=row["name"].split()[1]))
    moved = _rows_that_move(walk, result, measurement, oids)
    shown = sum(r.fields["clients"] for r in result.rows if _key(r) in moved)
    if moved and shown == row["value"]:
        return True
    peers = [other for other in wanted if other["scope"] == row["scope"]]
    peers = [other for other in peers if moved & _rows_that_move(walk, result, measurement, other.get("oids") or [other["oid"]])]
    return bool(moved) and len({peer["name"] for peer in peers}) == 1 and shown == sum(peer["value"] for peer in peers)


def _rows_that_move(walk: recording.Walk, result: Decoded, measurement: str, oids: list[str]) -> frozenset[Any]:
    """Which rows change by one when the device says one more at an OID: the value stands in its own row, and only there."""
    before = {_key(row): row.fields.get("clients") for row in result.rows if row.measurement == measurement}
    moved: set[Any] = set()
    for oid in oids:
        value = walk.values[oid]
        one_more = value + 1 if isinstance(value, int) else str(int(value) + 1).encode()
        after = decoded(recording.Walk({**walk.values, oid: one_more}))
        here = {_key(row): row.fields.get("clients") for row in after.rows if row.measurement == measurement}
        moved |= {key for key, clients in here.items() if clients is not None and clients - (before.get(key) or 0) == 1}
    return frozenset(moved)


def _key(row: Any) -> tuple[Any, ...]:
    return (row.measurement, *sorted(row.tags.items()))


def test_counts_by_index_of_the_two_largest_controllers(shared: Path) -> None:
    """Each radio has its own number, joined to its own access point, for every row of the Cisco 5508 and the Aruba 7210."""
    for name in ("cisco-aireos-5508", "aruba-7210"):
        result = decoded(recording.read(shared / "data" / "snmp" / f"{name}.snmprec"))
        expected = json.loads((shared / "data" / "snmp" / f"{name}.expected.json").read_text(encoding="utf-8"))["expected"]
        names = {"clients": "clients", "channel": "channel", "util_pct": "busy_share", "radio_oper(1=down,2=up)": "up"}
        wanted: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        for row in expected:
            if row["scope"] == "radio":
                *mac, radio = row["index"].split(".")
                value = {"util_pct": row["value"] / 100, "radio_oper(1=down,2=up)": row["value"] - 1}.get(
                    row["what"], row["value"]
                )
                key = ":".join(f"{int(part):02x}" for part in mac), radio
                wanted[key].update({names[row["what"]]: value, "ap": row["name"]})
        got = {
            (row.tags["ap_key"], row.tags["radio"]): {"ap": row.tags["ap"], **row.fields}
            for row in result.rows
            if row.measurement == "wifi_radio"
        }

        assert set(wanted) == set(got)
        for key, fields in wanted.items():
            assert fields == {name: value for name, value in got[key].items() if name in fields}


READ: dict[str, tuple[str, str, Callable[[float], float | None]]] = {
    "channel": ("wifi_radio", "channel", float),
    "freq_mhz": ("wifi_radio", "channel", channel_of_mhz),
    "util_pct": ("wifi_radio", "busy_share", lambda percent: percent / 100),
    "noise_dbm": ("wifi_radio", "noise_dbm", lambda level: level or None),
    "noise_raw(minus 256 = dBm)": ("wifi_radio", "noise_dbm", lambda level: level - 256),
    "txpower_dbm": ("wifi_radio", "tx_power_dbm", float),
    "radio_oper(1=down,2=up)": ("wifi_radio", "up", lambda state: float(state == 2)),
    "ap_status(1=up,2=down)": ("wifi_ap", "up", lambda state: float(state == 1)),
    "ap_status(1=associated)": ("wifi_ap", "up", lambda state: float(state == 1)),
    "ap_status(1=online,0=offline)": ("wifi_ap", "up", float),
    "ap_oper(2=not up)": ("wifi_ap", "up", lambda state: float(state != 2)),
    "minutes_remaining": ("ups", "minutes_left", float),
    "charge_pct": ("ups", "charge_share", lambda percent: percent / 100),
    "output_source(3=normal,5=battery)": ("ups", "on_battery", lambda source: float(source == 5)),
    "output_load_pct": ("ups", "load_share", lambda percent: percent / 100),
    "poe_budget_w": ("poe", "power_w", float),
    "poe_used_w": ("poe", "used_w", float),
}
"""What the references expect -> measurement, field, and what the number means there."""
NOT_READ = {
    ("cambium-pmp", "util_pct"): "the downlink of the last minute alone is the channel's; uplink and longer means are not",
    ("unifi", "util_pct"): "a radio's own share and that of others are parts of the whole, which is read",
    ("airos", "txpower_dbm"): "one of its two rows is the signal that it hears, which is no transmit power",
    ("meraki-ap", "freq_mhz"): "a row for each network of each radio, and nothing says which radio",
}
"""Profile and expectation of which it reads a part only, or nothing."""


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("name", RECORDED or ["none"])
def test_a_real_device_gives_every_expected_state_of_radio_ups_and_poe(name: str) -> None:
    """Each expected number is there as often as it is due; a level of 0 and a frequency that is none are unknown."""
    walk = recording.read(SHARED / f"{name}.snmprec")
    expected = json.loads((SHARED / f"{name}.expected.json").read_text(encoding="utf-8"))["expected"]
    profile = match.chosen(walk)
    rows = [] if profile is None else decoded(walk, profile).rows
    for what, (measurement, field_name, meaning) in READ.items():
        due = [meaning(row["value"]) for row in expected if row["what"] == what and row["value"] is not None]
        if what == "output_load_pct":
            due = [max(value for value in due if value is not None)] if due else []  # of a UPS's fullest line
        wanted = Counter(round(value, 6) for value in due if value is not None)
        given = Counter(
            round(row.fields[field_name], 6) for row in rows if row.measurement == measurement if field_name in row.fields
        )

        if (profile, what) in NOT_READ:
            assert wanted != wanted & given or not wanted, f"{what} is read: take it from the list"
        else:
            assert wanted == wanted & given, what


# ---------------------------------------------------------------------------------------- kinds of faults that people report

REPORTED = HERE.parent / "snmp" / "reported"


def reported(name: str) -> Decoded:
    return decoded(recording.read(REPORTED / f"{name}.snmprec"))


def test_a_radio_of_6_ghz_is_of_6_ghz_or_of_no_band_whatever_its_channel_would_be_elsewhere() -> None:
    result = reported("c9800-type3-6ghz")
    radios = {(r.tags["ap"], r.tags["radio"]): r.tags.get("band") for r in result.rows if r.measurement == "wifi_radio"}

    assert ["6", "6", "6"] == [radios[ap, "2"] for ap in ("AP-1", "AP-2", "AP-3")]
    assert ["2.4", "5"] == [radios["AP-1", "0"], radios["AP-2", "0"]]


def test_a_radio_of_a_type_that_nobody_knows_has_no_band() -> None:
    walk = recording.read(REPORTED / "c9800-type3-6ghz.snmprec").values
    result = decoded(recording.Walk({**walk, "1.3.6.1.4.1.14179.2.2.2.1.2.0.17.34.0.1.0.2": 9}))

    assert [None] == [r.tags.get("band") for r in result.rows if r.tags.get("ap") == "AP-1" and r.tags.get("radio") == "2"]


def test_a_virtual_access_point_counts_on_the_one_that_it_runs_on() -> None:
    result = reported("capsman-virtual")

    assert {"31": 8.0, "33": 11.0, "35": 3.0} == {
        row.tags["ap_key"]: row.fields["clients"] for row in result.rows if row.measurement == "wifi_radio"
    }
    assert [22.0] == field(result, "wifi_total", "clients")


def test_a_speed_in_bits_or_run_over_32_bits_is_the_ports_own_or_unknown() -> None:
    result = reported("switch-highspeed-in-bps")
    speeds = {row.tags["interface"]: row.fields.get("speed_bps") for row in result.rows if row.measurement == "link"}

    assert {"1/1": 1e8, "1/2": 1e9, "gre1": None, "xe1": 4e10, "xe2": None, "xe3": 1e10} == speeds


@pytest.mark.parametrize(
    ("high_speed", "speed", "speed_bps"),
    [
        *((1000, 10**9, 1e9), (1000000, 10**9, 1e9), (100000, 10**8, 1e8), (1000000000, 10**9, 1e9), (2500, 2500000000, 2.5e9)),
        *((10000, 4294967295, 1e10), (10000, 1410065408, 1e10), (0, 0, None), (10000000, 4294967295, None)),
    ],
)
def test_a_port_is_as_fast_as_it_says_in_whatever_unit(high_speed: int, speed: int, speed_bps: float | None) -> None:
    """ifHighSpeed in Mbit/s, kbit/s and bit/s."""
    walk = recording.read(REPORTED / "switch-highspeed-in-bps.snmprec").values
    said = {"1.3.6.1.2.1.31.1.1.1.15.1": high_speed, "1.3.6.1.2.1.2.2.1.5.1": speed}
    result = decoded(recording.Walk({**walk, **said}), "if-mib")

    assert [speed_bps] == field(result, "link", "speed_bps", interface="1/1")


@pytest.mark.parametrize("name", ["ups", "jema-ups", "apc-ups", "cyberpower-ups", "eaton-ups", "mge-ups"])
def test_a_ups_that_does_not_know_its_source_is_not_on_mains(name: str) -> None:
    """Source "other" (1 of all of them but MGE, which has no such state) is unknown."""
    walk = recording.read(HERE.parent / "snmp" / f"{name}.snmprec")
    sources = [plan.cell.scalar for table in library.load(name).tables for plan in table.fields if plan.name == "on_battery"]
    said = {oid: 9999 if name == "mge-ups" else 1 for oid in sources if oid in walk.values}
    result = decoded(recording.Walk({**walk.values, **said}), name)

    assert said
    assert [None] == field(result, "ups", "on_battery")


def test_more_clients_than_an_access_point_can_have_are_unknown() -> None:
    walk = recording.read(REPORTED / "c9800-two-radio-rows-apcount.snmprec").values
    result = decoded(recording.Walk({**walk, "1.3.6.1.4.1.9.9.513.1.1.1.1.54.0.17.34.0.2.0": 70000}))

    assert [None] == field(result, "wifi_ap", "clients", ap="AP-2")
    assert [90.0] == field(result, "wifi_total", "clients")
    assert [1.0] == field(result, "wifi_total", "uncounted")


@pytest.mark.parametrize(
    ("name", "oid"),
    [
        ("unifi", "1.3.6.1.4.1.41112.1.6.1.2.1.8"),
        ("fortiap", "1.3.6.1.4.1.12356.120.7.1.1.45"),
        ("mikrotik", "1.3.6.1.4.1.14988.1.1.1.3.1.6"),
        ("tplink-eap", "1.3.6.1.4.1.11863.10.1.1.1"),
    ],
)
def test_a_16_bit_minus_one_is_nobodys_number_of_clients(name: str, oid: str) -> None:
    """A lone access point has three radios at most, in whichever row or number it counts."""
    walk = recording.read(HERE.parent / "snmp" / f"{name}.snmprec")
    first = next(iter(walk.column(oid)))
    result = decoded(recording.Walk({**walk.values, f"{oid}.{first}": 65535}), name)

    assert all(row.fields.get("clients", 0.0) < 6100 for row in result.rows)


def test_an_empty_list_of_access_points_does_not_deny_those_whose_radios_have_clients() -> None:
    """33 clients on no access point would be a false figure: how many there are is unknown."""
    walk = recording.read(HERE.parent / "snmp" / "aruba-instant.snmprec").values
    result = decoded(
        recording.Walk({oid: v for oid, v in walk.items() if not oid.startswith("1.3.6.1.4.1.14823.2.3.3.1.2.1.1.")})
    )

    assert [33.0] == field(result, "wifi_total", "clients")
    assert [(None, None)] == [(r.fields.get("aps"), r.fields.get("aps_up")) for r in result.rows if r.measurement == "wifi_total"]


def test_networks_that_are_not_listed_are_not_nobody_while_access_points_are_known() -> None:
    walk = recording.read(HERE.parent / "snmp" / "ruckus-scg.snmprec").values
    told = "1.3.6.1.4.1.25053.1.3.1.1.1.15"
    left = {oid: v for oid, v in walk.items() if not oid.startswith("1.3.6.1.4.1.25053.") or oid == f"{told}.1.0"}
    result = decoded(recording.Walk(left), "ruckus-scg")

    assert [None] == field(result, "wifi_total", "clients")


def test_a_third_radio_of_a_fortiap_has_no_band_by_its_channel() -> None:
    """Channel 5 of 6 GHz is not 2.4 GHz, and the device names no band."""
    row = "1.3.6.1.4.1.12356.101.14.4.5.1.{column}.1.3.65.80.49.{radio}"
    channels = {1: 1, 2: 36, 3: 5}
    walk = {row.format(column=7, radio=radio): channel for radio, channel in channels.items()}
    walk |= {row.format(column=9, radio=radio): 5 for radio in channels}
    result = decoded(recording.Walk({"1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.12356.101.1.643", **walk}), "fortigate")

    assert ["2.4", "5", None] == [row.tags.get("band") for row in result.rows if row.measurement == "wifi_radio"]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_what_a_memo_remembers_of_a_device_changes_nothing_in_what_it_says(path: Path) -> None:
    """The same memo over polls in which numbers, names, rows and whole columns change, come and go."""
    walk = recording.read(path)
    name = match.chosen(walk)
    assert name is not None
    profile = library.load(name, match.identity(walk)[0] or "0.0")
    rng, memo, plain = random.Random(5), Memo(), pick(profile, walk)
    for turn in range(24):
        columns = {oid: dict(rows) for oid, rows in plain.columns.items()}
        scalars = dict(plain.scalars)
        if turn % 3:
            for rows in columns.values():
                for index, value in rows.items():
                    if isinstance(value, int) and rng.random() < 0.5:
                        rows[index] = rng.choice((value, value + 1, 0, 1, 2, 70_000))
        if turn % 6 == 3:
            rows = columns[rng.choice(list(columns))] if columns else {}
            rows.update({index: rng.choice((b"", b"other", 5)) for index in rng.sample(sorted(rows), min(1, len(rows)))})
        if turn % 6 == 4 and columns:
            rows = columns[rng.choice(list(columns))]
            for index in rng.sample(sorted(rows), min(1, len(rows))):
                del rows[index]
        if turn % 6 == 5 and columns:
            oid = rng.choice(list(columns))
            columns[oid] = {}
            if rng.random() < 0.5:
                del columns[oid]
        if turn % 8 == 7 and scalars:
            del scalars[rng.choice(list(scalars))]
        answers = Answers(scalars=scalars, columns=columns)
        alone = decode(profile, answers, ap="the AP", uptime_s=5.0)
        memo.known = KnownRows()  # what is missed beside earlier polls: test_known_rows.py
        remembered = decode(profile, answers, ap="the AP", uptime_s=5.0, memo=memo)

        assert as_json(alone) == as_json(remembered)
        assert [row.counters for row in alone.rows] == [row.counters for row in remembered.rows]
