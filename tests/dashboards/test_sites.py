"""One controller, many sites: each site its own plan, state and reasons; what has no site is said; why a site is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.config import Config, Site, Target
from collectors.errors import WHY_CODES, Why
from collectors.metrics import Sample
from collectors.sites import UNASSIGNED, Rule, SiteRules
from dashboards import watch
from dashboards.states import Facility
from wifiplan.model import Design

Say = Callable[..., Sample]
RULES = SiteRules((Rule(by="ap", value="N-*", site="north"), Rule(by="ap", value="S-*", site="south")))
NORTH, SOUTH = Path("north.json"), Path("south.json")


@pytest.fixture
def served(config: Config) -> Config:
    wlc = Target(name="wlc", site=UNASSIGNED, host="192.0.2.1", rules=RULES)
    return replace(config, targets=(wlc,), sites=(Site(name="north", design=NORTH), Site(name="south", design=SOUTH)))


@pytest.fixture
def designs(design: Design) -> dict[Path, Design | str]:
    def named(letter: str) -> Design:
        return replace(
            design, access_points=tuple(replace(ap, name=ap.name.replace("AP", letter)) for ap in design.access_points[:2])
        )

    return {NORTH: named("N"), SOUTH: named("S")}


@pytest.fixture
def both(say: Say) -> list[Sample]:
    """Two sites of two access points each, and one access point that no rule fits."""
    samples = [say("device", site=UNASSIGNED, reachable=1), say("poll", site=UNASSIGNED, seconds=0.1)]
    for site, letter, clients in (("north", "N", 10), ("south", "S", 20), (UNASSIGNED, "X", 3)):
        for number in (1, 2) if letter != "X" else (1,):
            ap = {"ap": f"{letter}-{number}", "ap_key": f"02:00:00:00:{ord(letter):02x}:{number:02x}"}
            samples.append(say("wifi_ap", site=site, clients=clients, up=1, **ap))
        samples.append(say("wifi_total", site=site, source="ap", clients=2 * clients, aps=2, aps_up=2))
    return samples


def by_site(found: tuple[Facility, ...]) -> dict[str, Facility]:
    return {one.site: one for one in found}


def test_each_site_of_a_controller_has_its_own_plan_clients_and_state(
    served: Config, designs: dict[Path, Design | str], both: list[Sample], now: datetime
) -> None:
    found = by_site(watch.status(served, designs, both, now=now))

    assert {"north": ("ok", 20, 80.0, 2, 2), "south": ("ok", 40, 80.0, 2, 2)} == {
        site: (one.state, one.clients, one.planned, one.aps, one.aps_up) for site, one in found.items()
    }


def test_an_access_point_that_is_down_concerns_its_own_site_only(
    served: Config, designs: dict[Path, Design | str], both: list[Sample], say: Say, now: datetime
) -> None:
    down = say("wifi_ap", age_s=1, site="south", ap="S-1", ap_key="02:00:00:00:53:01", clients=0, up=0)
    found = by_site(watch.status(served, designs, [*both, down], now=now))

    assert ("ok", "degraded") == (found["north"].state, found["south"].state)


def test_what_no_rule_fits_is_told_with_its_clients(served: Config, both: list[Sample], now: datetime) -> None:
    (stray,) = watch.unassigned(served, both, now=now)

    assert {"device": "wlc", "ap": "X-1", "ap_key": "02:00:00:00:58:01", "clients": 3} == watch.unassigned_json(stray)


def test_a_controller_that_is_silent_makes_each_of_its_sites_not_ok_with_its_reason(
    served: Config, designs: dict[Path, Design | str], both: list[Sample], say: Say, now: datetime
) -> None:
    old = [replace(sample, time=sample.time.replace(hour=0)) for sample in both]
    dead = [
        say("device", site=UNASSIGNED, reachable=0),
        say("poll", site=UNASSIGNED, seconds=4.0, why=WHY_CODES["silent"]),
    ]
    found = by_site(watch.status(served, designs, [*old, *dead], now=now))

    assert {"north", "south"} == found.keys()
    for one in found.values():
        assert ("down", "silent", False) == (one.state, one.why, one.complete)
        assert "not_answering" in [reason.code for reason in one.reasons]


@pytest.mark.parametrize(
    ("why", "code", "state"),
    [
        ("resolve", "why_resolve", "unknown"),
        ("refused", "why_refused", "down"),
        ("port_closed", "why_port_closed", "down"),
        ("auth", "why_auth", "unknown"),
        ("silent", "never_answered", "down"),
        ("unreadable", "not_readable", "unknown"),
    ],
)
def test_each_way_to_give_no_answer_has_a_reason_of_its_own(  # noqa: PLR0917
    config: Config, say: Say, now: datetime, why: Why, code: str, state: str
) -> None:
    samples = [say("poll", seconds=1.0, why=WHY_CODES[why])]
    samples += [say("device", reachable=0)] if state == "down" else []
    other = Target(name="other", site="elsewhere", host="192.0.2.9")
    answers = say("poll", site="elsewhere", device="other", seconds=0.1)
    both = replace(config, targets=(*config.targets, other))
    found = by_site(watch.status(both, {}, [*samples, answers], now=now))[config.targets[0].site]

    assert (why, state, [code]) == (found.why, found.state, [reason.code for reason in found.reasons if reason.code == code])


def test_a_collector_without_a_network_says_so_of_itself_and_every_site_is_unknown(
    config: Config, say: Say, now: datetime
) -> None:
    two = (config.targets[0], Target(name="b", site="b", host="192.0.2.2"))
    samples = [say("poll", seconds=0.0, why=WHY_CODES["collector"]), say("device", reachable=0)]
    samples += [replace(sample, tags={"site": "b", "device": "b"}) for sample in samples]
    found = watch.status(replace(config, targets=two), {}, samples, now=now)

    assert [("unknown", "collector"), ("unknown", "collector")] == [(one.state, one.why) for one in found]


def test_where_no_name_at_all_is_resolved_the_name_server_is_what_is_wrong(config: Config, say: Say, now: datetime) -> None:
    two = tuple(Target(name=name, site=name, host=f"{name}.example") for name in ("a", "b"))
    samples = [say("poll", site=name, device=name, seconds=0.0, why=WHY_CODES["resolve"]) for name in ("a", "b")]
    both = watch.status(replace(config, targets=two), {}, samples, now=now)
    one = watch.status(replace(config, targets=two[:1]), {}, samples, now=now)

    assert ["collector", "collector"] == [found.why for found in both]
    assert ["resolve"] == [found.why for found in one]


def test_of_a_pair_of_which_one_is_silent_the_site_is_ok_while_the_other_counts_all(
    config: Config, design: Design, all_well: list[Sample], say: Say, now: datetime
) -> None:
    spare = replace(config.targets[0], name="wlc-2", backup_of="wlc")
    samples = [*all_well, say("device", device="wlc-2", reachable=0), say("poll", device="wlc-2", seconds=4.0, why=5)]
    (found,) = watch.status(replace(config, targets=(*config.targets, spare)), {Path("design.json"): design}, samples, now=now)

    assert ("ok", 60, 3, 3, True) == (found.state, found.clients, found.aps, found.aps_up, found.complete)
    assert ["covered"] == [reason.code for reason in found.reasons]


def test_wires_that_the_file_names_are_watched(config: Config, all_well: list[Sample], say: Say, now: datetime) -> None:
    switch = Target(name="sw", site=config.targets[0].site, host="192.0.2.3", uplinks=frozenset({"24"}), ap_ports={"1": "AP-1"})
    samples = [
        *all_well,
        say("link", device="sw", interface="24", up=0),
        say("link", device="sw", interface="1", up=0),
        say("link", device="sw", interface="2", up=0),
        say("poe", device="sw", group="1", used_w=360, power_w=370),
    ]
    (found,) = watch.status(replace(config, targets=(*config.targets, switch)), {}, samples, now=now)

    assert {"uplink_down", "ap_port_down", "poe_near_budget"} <= {reason.code for reason in found.reasons}
    assert "degraded" == found.state


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"measurement": "dhcp", "pool": "192.0.2.0", "used": 254, "free": 0}, "addresses_out"),
        ({"measurement": "dhcp", "pool": "192.0.2.0", "used": 240, "free": 14}, "addresses_low"),
        ({"measurement": "dhcp", "used": 92}, "addresses_low"),
        ({"measurement": "sessions", "used": 950}, "sessions_low"),
        ({"measurement": "sessions", "used": 950, "limit": 950}, "sessions_out"),
        ({"measurement": "sessions", "used": 950, "limit": 9500}, None),
        ({"measurement": "dhcp", "used": 92, "age_s": 900}, None),
    ],
)
def test_what_a_device_lends_is_said_before_it_is_gone(
    config: Config, say: Say, now: datetime, said: dict[str, Any], wanted: str | None
) -> None:
    """By the size that it says, else by that of targets.toml."""
    site = config.targets[0].site
    router = Target(name="rt", site=site, host="192.0.2.3", addresses=100, sessions=1000)
    samples = [say("device", device="rt", reachable=1), say(**{"device": "rt", **said})]
    found = watch.facility(site, (router,), {}, samples, now=now)

    assert {wanted} - {None} == {reason.code for reason in found.reasons} & {
        "addresses_out",
        "addresses_low",
        "sessions_out",
        "sessions_low",
    }


def test_sizes_need_a_use_that_is_known(config: Config, say: Say, now: datetime) -> None:
    site = config.targets[0].site
    router = Target(name="rt", site=site, host="192.0.2.3")
    found = watch.facility(site, (router,), {}, [say("sessions", device="rt", used=10**6)], now=now)

    assert "sessions_out" not in {reason.code for reason in found.reasons}
