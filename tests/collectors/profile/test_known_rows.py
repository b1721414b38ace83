"""A row that was there before and is gone is missed, until something explains it."""

from __future__ import annotations

import pytest

from collectors.profile import recording
from collectors.profile.by_site import by_site
from collectors.profile.decode import Decoded, decode, pick
from collectors.profile.library import Profile, load
from collectors.profile.memo import Memo
from collectors.sites import Rule, SiteRules
from collectors.totals import FORGET_S

PROFILE = """
vendor: test
device: controller
source: test
unverified: true
totals: {aps_up: {scalar: 1.3.6.1.4.1.99.1.0}}
tables:
  - measurement: wifi_ap
    name: aps
    oid: 1.3.6.1.4.1.99.2
    tags: {ap: {column: 1}, ap_key: {column: 2}}
    fields: {clients: {column: 3}, up: {column: 4, map: {1: 1, 2: 0}}}
"""
TABLE = "1.3.6.1.4.1.99.2"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    path = tmp_path_factory.mktemp("profile") / "test.yaml"
    path.write_text(PROFILE)
    return load(str(path))


def walk(*aps: tuple[str, int, int, int], told: int | None = None) -> recording.Walk:
    """A controller with access points (name, number, clients, 1 up or 2 down), and how many it says serve."""
    values: dict[str, object] = {} if told is None else {"1.3.6.1.4.1.99.1.0": told}
    for name, number, clients, up in aps:
        for column, value in enumerate((name.encode(), bytes((2, 0, 0, 0, 0, number)), clients, up), start=1):
            values[f"{TABLE}.{column}.{number}"] = value
    return recording.Walk(values)  # type: ignore[arg-type]


A, B, C = ("A", 1, 10, 1), ("B", 2, 20, 1), ("C", 3, 30, 1)


class Polls:
    """One device, poll after poll, a minute apart unless said otherwise."""

    def __init__(self, profile: Profile) -> None:
        self.profile, self.memo, self.at_s = profile, Memo(), 0.0

    def __call__(self, said: recording.Walk, after_s: float = 60.0) -> Decoded:
        self.at_s += after_s
        return decode(self.profile, pick(self.profile, said), ap="AP", memo=self.memo, at_s=self.at_s)


def fields(decoded: Decoded) -> dict[str, float]:
    return next(row.fields for row in decoded.rows if row.measurement == "wifi_total")


def test_one_that_is_gone_makes_the_total_a_lower_bound_and_is_named(profile: Profile) -> None:
    poll = Polls(profile)
    assert {"clients": 60.0, "aps": 3.0, "aps_up": 3.0} == fields(poll(walk(A, B, C)))

    found = poll(walk(A, B))

    assert {"clients": 30.0, "uncounted": 1.0, "gone": 1.0, "aps": 2.0, "aps_up": 2.0} == fields(found)
    assert ["1 of its access points or rows is not counted (C): the total of 30 clients is a lower bound"] == list(found.warnings)


def test_it_stays_one_until_it_is_back(profile: Profile) -> None:
    poll = Polls(profile)
    poll(walk(A, B, C))
    bounds = [fields(poll(walk(*aps))).get("uncounted") for aps in ((A, B), (A, B), (A,), (A, B), (A, B, C), (A, B, C))]

    assert [1.0, 1.0, 2.0, 1.0, None, None] == bounds


def test_it_is_forgotten_after_a_day(profile: Profile) -> None:
    poll = Polls(profile)
    poll(walk(A, B, C))
    assert 1.0 == fields(poll(walk(A, B)))["uncounted"]

    assert "uncounted" in fields(poll(walk(A, B), FORGET_S - 60.0))
    assert "uncounted" not in fields(poll(walk(A, B), 120.0))


def test_one_that_was_down_leaves_nothing_behind(profile: Profile) -> None:
    poll = Polls(profile)
    poll(walk(A, B, C))
    poll(walk(A, B, ("C", 3, 0, 2)))

    assert "uncounted" not in fields(poll(walk(A, B)))


def test_one_that_was_replaced_under_its_name_is_explained(profile: Profile) -> None:
    poll = Polls(profile)
    poll(walk(A, B, C))

    assert "uncounted" not in fields(poll(walk(A, B, ("C", 9, 0, 1))))


def test_the_devices_own_number_of_those_that_serve_explains_it(profile: Profile) -> None:
    poll = Polls(profile)
    poll(walk(A, B, C, told=3))

    assert "uncounted" not in fields(poll(walk(A, B, told=2)))


def test_a_number_that_stays_does_not(profile: Profile) -> None:
    poll = Polls(profile)
    poll(walk(A, B, C, told=3))

    assert 1.0 == fields(poll(walk(A, B, told=3)))["uncounted"]


def test_all_gone_is_unknown_and_not_nobody(profile: Profile) -> None:
    poll = Polls(profile)
    poll(walk(A, B, C))

    assert not [row for row in poll(walk()).rows if row.measurement == "wifi_total" and "clients" in row.fields]


def test_what_is_gone_is_missing_at_its_own_site_only(profile: Profile) -> None:
    rules = SiteRules((Rule(by="ap", value="A", site="east"), Rule(by="ap", value="[BC]*", site="west")))
    poll = Polls(profile)
    poll(walk(A, B, C))
    found = poll(walk(A, B))
    placed = by_site(found.rows, rules, "unassigned", found.gone)
    totals = {site: row.fields for site, row in placed if row.measurement == "wifi_total"}

    assert {"clients": 10.0, "aps": 1.0, "aps_up": 1.0} == totals["east"]
    assert {"clients": 20.0, "uncounted": 1.0, "gone": 1.0, "aps": 1.0, "aps_up": 1.0} == totals["west"]
