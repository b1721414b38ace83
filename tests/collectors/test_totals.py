"""One rule counts: a total is never below what the rows add up to, never 0 beside clients, and says when it is not all."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.profile import match, recording
from collectors.profile.decode import Decoded, decode, on_walk, pick
from collectors.profile.memo import Memo
from collectors.totals import ApCount, DeviceCount, Way, of_device, of_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.profile.library import Profile
    from collectors.snmp.message import Value

HERE = Path(__file__).resolve().parent
OURS = sorted((HERE.parent / "snmp").glob("*.snmprec"))
REPORTED = HERE.parent / "snmp" / "reported"
"""Recordings of kinds of faults that users of this and neighbouring programs report, made for this project."""
SHARED = HERE.parent.parent.parent / "shared" / "data" / "snmp"
OTHERS = sorted(SHARED.glob("*.snmprec"))

WRAPPED = 4294967295


def total(result: Decoded) -> dict[str, float]:
    """The fields of the one total."""
    return next((row.fields for row in result.rows if row.measurement == "wifi_total"), {})


def sums(result: Decoded, profile: Profile) -> dict[str, float]:
    """What the rows of each kind add up to."""
    apart = {plan.table.measurement for plan in profile.tables if not plan.table.total}
    found: dict[str, float] = defaultdict(float)
    for row in result.rows:
        if row.measurement in ("wifi_ap", "wifi_radio", "wifi_ssid") and row.measurement not in apart:
            found[row.measurement] += row.fields.get("clients", 0.0)
    return found


def counts(walk: recording.Walk, profile: Profile) -> dict[str, list[str]]:
    """Where a device says how many clients there are: column -> its OIDs, and each number of its own as a column of one."""
    columns = {c.column for plan in profile.tables for c in plan.fields if c.name == "clients" and c.column is not None}
    scalars = {cell.scalar for cell in profile.totals.clients if cell.scalar is not None}
    scalars |= {c.cell.scalar for plan in profile.tables for c in plan.fields if c.name == "clients" and c.cell.scalar}
    found = {oid: [oid] for oid in scalars if oid in walk.values}
    for column in columns:
        oids = [oid for oid in walk.values if oid.startswith(f"{column}.")]
        if oids:
            found[column] = oids
    return found


def changed(walk: recording.Walk, oids: list[str], how: str) -> recording.Walk:
    values: dict[str, Value] = dict(walk.values)
    for oid in oids:
        if how == "dropped":
            del values[oid]
        else:
            values[oid] = b"" if how == "emptied" else WRAPPED
    return recording.Walk(values)


def leaves_no_trace(broken: recording.Walk, before: recording.Walk, profile: Profile) -> bool:
    """Whether a row is gone that nothing else of the device shows: one poll alone cannot know that there was one."""
    gone = before.values.keys() - broken.values.keys()
    for plan in profile.tables:
        table = f"{plan.table.oid}."
        for oid in gone:
            if plan.table.oid is not None and oid.startswith(table):
                _, _, index = oid.removeprefix(table).partition(".")
                asked = {f"{column}.{index}" for column in profile.columns if column.startswith(table)}
                if not asked & broken.values.keys():
                    return True
    return False


def faults(walk: recording.Walk, profile: Profile, few: int) -> Iterator[tuple[str, recording.Walk]]:
    """The device with any one or two counts, whole columns or whole tables dropped, emptied or wrapped; of many some."""
    found = counts(walk, profile)
    cells = [[oid] for oids in found.values() for oid in oids]
    tables = [
        [oid for oid in walk.values if oid.startswith(f"{plan.table.oid}.")]
        for plan in profile.tables
        if plan.table.oid is not None
    ]
    wifi = [oids for oids in tables if oids]
    rng = random.Random(profile.name)
    for kind, things in (("count", cells), ("column", list(found.values())), ("table", wifi)):
        pairs = [*((one,) for one in things), *itertools.combinations(things, 2)]
        for chosen in rng.sample(pairs, min(len(pairs), few)):
            oids = sorted({oid for one in chosen for oid in one})
            for how in ("dropped", "emptied", "wrapped") if kind != "table" else ("dropped",):
                yield f"{kind} {how}: {oids[:3]}", changed(walk, oids, how)


@pytest.mark.parametrize(
    "path", [*OURS, *sorted(REPORTED.glob("*.snmprec")), *OTHERS], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_no_fault_makes_a_total_that_is_below_the_rows_or_nobody_beside_clients_or_complete(path: Path) -> None:
    """Whatever counts are missing: never below the rows, never 0 where rows have clients, not "complete" where it lost some."""
    walk = recording.read(path)
    name = match.chosen(walk)
    if name is None:
        assert "clients" not in total(on_walk("if-mib", walk).decoded)
        return
    before = on_walk(name, walk)
    whole = total(before.decoded).get("clients")
    few = 4 if len(walk.values) > 3000 else 40

    for what, broken in [("as it is", walk), *faults(walk, before.profile, few)]:
        result = on_walk(name, broken).decoded
        clients = total(result).get("clients")
        rows = sums(result, before.profile)

        if clients is None:
            continue
        assert clients >= max(rows.values(), default=0.0), what
        assert clients > 0 or not any(rows.values()), what
        if whole is not None and clients < whole and not leaves_no_trace(broken, walk, before.profile):
            elsewhere = {t.value for t in before.decoded.totals if t.what == "clients"}
            assert "uncounted" in total(result) or clients in elsewhere, f"{what}: {whole - clients:g} are lost without a word"


def polled_twice(profile: Profile, first: recording.Walk, second: recording.Walk) -> Decoded:
    """What the second of two polls says, a minute after the first."""
    memo = Memo()
    decode(profile, pick(profile, first), ap="AP", memo=memo)
    return decode(profile, pick(profile, second), ap="AP", memo=memo, at_s=60.0)


def clients_themselves(walk: recording.Walk, profile: Profile) -> set[str]:
    """What stands in tables whose rows are clients."""
    counted = {c.cell.count for plan in profile.tables for c in plan.fields if c.cell.count is not None}
    lists = [plan.table for plan in profile.tables if plan.table.count == "clients" or plan.table.name in counted]
    return {oid for table in lists for oid in walk.values if oid.startswith(f"{table.oid}.")}


@pytest.mark.parametrize(
    "path", [*OURS, *sorted(REPORTED.glob("*.snmprec")), *OTHERS], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_what_the_poll_before_counted_is_never_lost_without_a_word(path: Path) -> None:
    """With a poll before that was whole there is no exception: fewer than then are a lower bound that says so, or unknown."""
    walk = recording.read(path)
    name = match.chosen(walk)
    before = on_walk(name or "if-mib", walk)
    whole = total(before.decoded).get("clients")
    assert total(polled_twice(before.profile, walk, walk)) == total(before.decoded)

    for what, broken in faults(walk, before.profile, 4 if len(walk.values) > 3000 else 40):
        if clients_themselves(walk, before.profile) & (walk.values.keys() - broken.values.keys()):
            continue  # a list of clients from which all are gone: they left
        result = polled_twice(before.profile, walk, broken)
        clients = total(result).get("clients")
        rows = sums(result, before.profile)

        if clients is None:
            continue
        assert clients >= max(rows.values(), default=0.0), what
        assert clients > 0 or not any(rows.values()), what
        if whole is not None and clients < whole:
            assert "uncounted" in total(result), f"{what}: {whole - clients:g} are lost without a word"


REPORTED_TOTALS = {
    "c9800-aps-only": (None, False),
    "c9800-two-radio-rows-apcount": (120.0, False),
    "c9800-two-radio-rows-noess": (12.0, True),
    "c9800-apcount-no-radio-1missing": (83.0, True),
    "c9800-one-radio-no-number": (174.0, True),
    "err-radio-row": (174.0, True),
    "c9800-two-radio-rows": (120.0, False),
}
"""Recording -> the clients that are known, and whether that is a lower bound only."""


@pytest.mark.parametrize(("name", "wanted"), REPORTED_TOTALS.items())
def test_a_reported_false_total_is_right_or_a_lower_bound_that_says_so(name: str, wanted: tuple[float | None, bool]) -> None:
    result = on_walk("cisco-wlc", recording.read(REPORTED / f"{name}.snmprec")).decoded
    clients, is_bound = wanted

    assert clients == total(result).get("clients")
    assert is_bound == ("uncounted" in total(result))
    assert is_bound == any("lower bound" in warning for warning in result.warnings)


# ------------------------------------------------------------------------------------------------------------- one device


def way(source: str, counted: float | None, uncounted: int = 0, *, rows: bool = True) -> Way:
    return Way(source=source, counted=counted, uncounted=uncounted, rows=rows)  # type: ignore[arg-type]


ORDER = ("scalar", "ssid", "ap", "radio")


@pytest.mark.parametrize(
    ("ways", "serves", "wanted"),
    [
        pytest.param([way("scalar", 67.0), way("radio", 69.0)], True, ("radio", 69.0, 0), id="the largest wins"),
        pytest.param([way("scalar", 9.0), way("ssid", 9.0)], True, ("scalar", 9.0, 0), id="of equals the first by order"),
        pytest.param([way("ssid", None, rows=False), way("ap", 83.0, 1)], True, ("ap", 83.0, 1), id="an empty table has no vote"),
        pytest.param([way("ap", 20.0, 2), way("ssid", 20.0)], True, ("ssid", 20.0, 0), id="of equals one that is complete"),
        pytest.param([way("ap", None, 4)], True, None, id="nobody counted is unknown"),
        pytest.param([way("ap", 0.0, 1)], True, None, id="at least nobody is unknown"),
        pytest.param([way("ssid", None, rows=False)], True, None, id="an empty table beside access points that serve"),
        pytest.param([way("ssid", None, rows=False)], False, ("ssid", 0.0, 0), id="an empty table where nothing serves"),
        pytest.param([], False, None, id="no way to count"),
    ],
)
def test_the_total_of_a_device(ways: list[Way], *, serves: bool, wanted: tuple[str, float, int] | None) -> None:
    chosen = of_device(ways, ORDER, serves=serves)

    assert wanted == (None if chosen is None else (chosen.source, chosen.clients, chosen.uncounted))


# --------------------------------------------------------------------------------------------------------------- one site


def ap(number: int, clients: float | None = 10.0, *, up: bool | None = True) -> ApCount:
    return ApCount(name=f"AP-{number:02d}", key=f"02:00:00:00:00:{number:02x}", clients=clients, up=up)


def controller(name: str, aps: list[ApCount], **given: object) -> DeviceCount:
    total: dict[str, float] = {"aps": float(len(aps)), "aps_up": float(sum(one.up is True for one in aps))}
    if aps and all(one.clients is not None for one in aps):
        total["clients"] = sum(one.clients or 0.0 for one in aps)
    return DeviceCount(**{"name": name, "aps": tuple(aps), "total": total, **given})  # type: ignore[arg-type]


def test_two_controllers_that_both_list_everything_count_once() -> None:
    everything = [ap(number) for number in range(1, 8)]
    found = of_site([controller("wlc-a", everything), controller("wlc-b", everything)])

    assert (70.0, 7, 7, True) == (found.clients, found.aps, found.aps_up, found.complete)
    assert (("wlc-a", "wlc-b"),) == found.same


def test_a_failover_with_all_clients_counted_is_complete() -> None:
    everything = [ap(number) for number in range(1, 8)]
    found = of_site([controller("wlc-a", everything, heard=False), controller("wlc-b", everything)])

    assert (70.0, 7, 7, True) == (found.clients, found.aps, found.aps_up, found.complete)
    assert ("wlc-a",) == found.covered


def test_a_silent_controller_whose_access_points_nobody_else_lists_is_missing() -> None:
    found = of_site([controller("wlc-a", [ap(1), ap(2)], heard=False), controller("wlc-b", [ap(3)])])

    assert (10.0, False, ("wlc-a",)) == (found.clients, found.complete, found.missing)


def test_each_half_of_a_pair_serves_its_own_and_lists_the_others_as_down() -> None:
    first = [ap(1), ap(2), ap(3, None, up=False)]
    second = [ap(1, None, up=False), ap(2, None, up=False), ap(3)]
    found = of_site([controller("wlc-a", first), controller("wlc-b", second)])

    assert (30.0, 3, 3, True) == (found.clients, found.aps, found.aps_up, found.complete)


def test_a_spare_that_lists_nothing_yet_is_covered_by_the_one_it_stands_by_for() -> None:
    found = of_site([controller("wlc-a", [ap(1)]), controller("wlc-b", [], heard=False, backup_of="wlc-a")])

    assert (10.0, True, ("wlc-b",)) == (found.clients, found.complete, found.covered)


@pytest.mark.parametrize(
    "alone",
    [
        {"macs": frozenset({"02:00:00:00:00:01"})},
        {"names": frozenset({"ap 01"})},
    ],
)
def test_an_access_point_by_itself_and_by_its_controller_is_one(alone: dict[str, frozenset[str]]) -> None:
    itself = DeviceCount(
        name="gym-ap", aps=(ApCount(name="gym-ap", key="0", clients=10.0, up=True),), total={"clients": 10.0, "aps": 1.0}, **alone
    )
    found = of_site([controller("wlc", [ap(1), ap(2)]), itself])

    assert (20.0, 2, 2, True) == (found.clients, found.aps, found.aps_up, found.complete)


def test_one_device_at_two_addresses_counts_once_with_what_it_counts_beyond_its_access_points() -> None:
    rows = [ap(1, 12.0), *(ap(number, None) for number in (2, 3, 4))]
    total = {"clients": 120.0, "aps": 4.0, "aps_up": 4.0}
    found = of_site([DeviceCount(name=name, aps=tuple(rows), total=total) for name in ("one", "two")])

    assert (120.0, 4, 4, True) == (found.clients, found.aps, found.aps_up, found.complete)


def test_devices_that_share_nothing_add_up() -> None:
    found = of_site([controller("a", [ap(1)]), controller("b", [ap(2), ap(3)])])

    assert (30.0, 3, 3, ()) == (found.clients, found.aps, found.aps_up, found.same)


def test_a_target_that_does_not_count_is_left_out() -> None:
    found = of_site([controller("a", [ap(1)]), controller("b", [ap(2)], counts=False)])

    assert (10.0, 1) == (found.clients, found.aps)


def test_an_access_point_that_is_gone_is_missing_and_named() -> None:
    gone = ApCount(name="AP-03", key="02:00:00:00:00:03", clients=None, up=None, gone=True)
    total = {"clients": 20.0, "uncounted": 1.0, "gone": 1.0, "aps": 2.0}
    found = of_site([DeviceCount(name="wlc", aps=(ap(1), ap(2), gone), total=total)])

    assert (20.0, ("AP-03",)) == (found.clients, found.missing)


def test_an_access_point_that_went_to_another_controller_is_counted_there() -> None:
    gone = ApCount(name="AP-03", key="02:00:00:00:00:03", clients=None, up=None, gone=True)
    total = {"clients": 20.0, "uncounted": 1.0, "gone": 1.0, "aps": 2.0}
    found = of_site([DeviceCount(name="wlc", aps=(ap(1), ap(2), gone), total=total), controller("other", [ap(3)])])

    assert (30.0, 3, ()) == (found.clients, found.aps, found.missing)
    assert () == found.same


def test_what_is_missing_is_named() -> None:
    found = of_site([controller("a", [ap(1), ap(2, None)])])

    assert (10.0, ("AP-02",)) == (found.clients, found.missing)


def test_nobody_counted_is_unknown() -> None:
    found = of_site([controller("a", [ap(1, None), ap(2, None)])])

    assert (None, 2, False) == (found.clients, found.aps_up, found.complete)
