"""One controller, many sites: key, serial, exact name, pattern, group, location, in this order; the rest is said, not hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.config import load
from collectors.errors import ConfigError
from collectors.poll import _samples
from collectors.profile import recording
from collectors.profile.by_site import by_site
from collectors.profile.decode import on_walk
from collectors.profile.library import ABOUT
from collectors.profile.library import load as load_profile
from collectors.profile.rows import Row
from collectors.sites import UNASSIGNED, Rule, SiteRules, read_list

HERE = Path(__file__).resolve().parent
WLC = HERE.parent / "snmp" / "reported" / "c9800-two-radio-rows-apcount.snmprec"

HEAD = '[store]\nurl = "sqlite:store.sqlite"\n[[target]]\nname = "wlc"\nhost = "192.0.2.1"\ncommunity_env = "C"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")
    return path


RULES = SiteRules(
    (
        Rule(by="location", value="3F", site="by location"),
        Rule(by="group", value="school-3", site="by group"),
        Rule(by="ap", value="AP-*", site="by pattern"),
        Rule(by="ap", value="AP-3", site="by name"),
        Rule(by="serial", value="FCW1", site="by serial"),
        Rule(by="ap_key", value="00-11-22-00-04-00", site="by key"),
    )
)
EVERYTHING = {"ap_key": "00:11:22:00:04:00", "serial": "fcw1", "ap": "AP-3", "group": "school-3", "location": "3F"}


def test_the_first_that_fits_wins_in_the_stated_order_whatever_the_order_in_the_file() -> None:
    wanted = ["by key", "by serial", "by name", "by group", "by location"]
    found = []
    left = dict(EVERYTHING)
    for by in ("ap_key", "serial", "ap", "group", "location"):
        found.append(RULES.site_of(left))  # type: ignore[arg-type]
        del left[by]

    assert wanted == found
    assert RULES.site_of({}) is None
    assert "by pattern" == RULES.site_of({"ap": "AP-9", "group": "school-3"})


@pytest.mark.parametrize("key", ["00:11:22:00:04:00", "00-11-22-00-04-00", "0011.2200.0400", "001122000400", "0:11:22:0:4:0"])
def test_a_mac_fits_in_any_spelling(key: str) -> None:
    assert "by key" == RULES.site_of({"ap_key": key})


def test_each_site_has_one_total_of_its_own_rows_and_the_rest_is_unassigned() -> None:
    rows = on_walk("cisco-wlc", recording.read(WLC)).decoded.rows
    rules = SiteRules((Rule(by="ap", value="AP-1", site="north"), Rule(by="ap", value="AP-[23]*", site="south")))
    placed = by_site(rows, rules, UNASSIGNED)
    totals = {site: row.fields for site, row in placed if row.measurement == "wifi_total"}

    assert {
        "north": {"clients": 12.0, "aps": 1.0, "aps_up": 1.0},
        "south": {"clients": 71.0, "aps": 2.0, "aps_up": 2.0},
        UNASSIGNED: {"clients": 37.0, "aps": 1.0, "aps_up": 1.0},
    } == totals
    assert ["AP-4"] == [row.tags["ap"] for site, row in placed if site == UNASSIGNED and row.measurement == "wifi_ap"]
    assert {"north"} == {site for site, row in placed if row.measurement == "wifi_radio"}


def test_what_the_device_counts_beyond_its_rows_is_under_unassigned_only() -> None:
    rows = [
        Row(measurement="wifi_ap", tags={"ap": "AP-1", "ap_key": "1"}, fields={"clients": 10.0, "up": 1.0}),
        Row(measurement="wifi_total", tags={"source": "scalar"}, fields={"clients": 14.0, "aps": 1.0}),
    ]
    placed = by_site(rows, SiteRules((Rule(by="ap", value="AP-1", site="north"),)), UNASSIGNED)

    assert {"north": 10.0, UNASSIGNED: 4.0} == {
        site: row.fields["clients"] for site, row in placed if row.measurement == "wifi_total"
    }


def test_access_points_that_nobody_counted_make_their_own_site_a_lower_bound_and_no_other() -> None:
    rows = [
        Row(measurement="wifi_ap", tags={"ap": name, "ap_key": name}, fields=fields)
        for name, fields in (("a1", {"clients": 5.0, "up": 1.0}), ("a2", {"up": 1.0}), ("b1", {"clients": 7.0, "up": 1.0}))
    ]
    rules = SiteRules((Rule(by="ap", value="a*", site="a"), Rule(by="ap", value="b*", site="b")))
    totals = {site: row.fields for site, row in by_site(rows, rules, UNASSIGNED) if row.measurement == "wifi_total"}

    assert {"clients": 5.0, "uncounted": 1.0, "aps": 2.0, "aps_up": 2.0} == totals["a"]
    assert "uncounted" not in totals["b"]


def test_a_device_with_a_site_of_its_own_whose_access_points_no_rule_fits_is_all_of_that_site() -> None:
    rows = [Row(measurement="wifi_total", tags={"source": "scalar"}, fields={"clients": 14.0})]

    assert [("here", rows[0])] == by_site(rows, RULES, "here")


def test_serial_group_and_location_are_asked_for_only_where_a_rule_looks_at_them() -> None:
    for name in ("cisco-wlc", "aruba-controller", "huawei-ac", "ruckus-zonedirector"):
        plain, whole = load_profile(name), load_profile(name, about=frozenset(ABOUT))

        assert set(plain.columns) < set(whole.columns)
        assert {"_serial"} <= {tag.name for plan in whole.tables for tag in plan.tags}


def test_an_access_point_goes_by_the_controllers_group(tmp_path: Path) -> None:
    walk = recording.read(WLC).values
    groups = {f"1.3.6.1.4.1.14179.2.2.1.1.30.0.17.34.0.{n}.0": b"school-3" for n in (1, 2)}
    config = load(written(tmp_path, f'{HEAD}[[site]]\nname = "north"\ngroups = ["school-3"]\n'))
    (target,) = config.targets
    assert target.rules is not None
    profile = load_profile("cisco-wlc", about=target.rules.looks_at)
    from collectors.profile.decode import decode, pick  # the two halves of `on_walk`, with what the rules look at

    decoded = decode(profile, pick(profile, recording.Walk({**walk, **groups})), ap="x")
    samples = _samples(target, decoded, datetime(2026, 1, 1, tzinfo=UTC), {})

    assert {"north": 42.0, UNASSIGNED: 78.0} == {
        s.tags["site"]: s.fields["clients"] for s in samples if s.measurement == "wifi_total"
    }


# ------------------------------------------------------------------------------------------------------------ targets.toml


def test_sites_of_targets_of_rules_and_of_lists_are_all_sites(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("site,ap,ap_key,serial\n西小学校,AP-W1,,\n", encoding="cp932")
    text = HEAD.replace('host = "192', 'sites_file = "sites.csv"\nhost = "192')
    text += '[[target]]\nname = "ups"\nsite = "office"\nhost = "192.0.2.2"\n'
    text += '[[site]]\nname = "north"\ntarget = "wlc"\ndesign = "north.json"\naps = ["N-*"]\ncontact = "山田"\n'
    config = load(written(tmp_path, text))

    assert ("西小学校", "north", "office") == config.site_names
    assert (UNASSIGNED, ("西小学校", "north")) == (config.targets[0].site, config.targets[0].sites)
    assert ["wlc"] == [target.name for target in config.serving("north")]
    assert (config.path.parent / "north.json",) == config.designs_of("north")
    assert "山田" == config.sites[0].contact


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD, "target[0].site: missing; add it"),
        (f'{HEAD}[[site]]\nname = "north"\ntarget = "wlc-9"\naps = ["*"]\n', "there is no target wlc-9; there are wlc"),
        (f'{HEAD}[[site]]\nname = "unassigned"\naps = ["*"]\n', "give another name"),
        (f'{HEAD}[[site]]\nname = "a\\tb"\naps = ["*"]\n', "control character"),
        (f'{HEAD}[[site]]\nname = "a\\\\"\naps = ["*"]\n', "ends with a backslash"),
        (f'{HEAD}site = "a\\nb"\n', "control character"),
        (f'{HEAD}site = "a"\nbackup_of = "wlc"\n', "cannot stand by for itself"),
        (f'{HEAD}site = "a"\nbackup_of = "b"\n', "there is no target b"),
        (f'{HEAD}[[site]]\nname = "n"\naps = ["*"]\n[[site]]\nname = "n"\n', "n is also site[0]; names must differ"),
        (f'{HEAD}[[site]]\nname = "n"\naps = ["*"]\nroom = "1"\n', "site[0].room: unknown key"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_the_way_out(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ap\nx\n", "the first line must name the columns"),
        ("site\nx\n", "the first line must name the columns"),
        ("site,ap\n,AP-1\n", "line 2"),
        ("site,ap\nnorth,\n", "line 2: no access point"),
        ("site,ap_key\nn,00:11:22:33:44:55\ns,0011.2233.4455\n", "is of n and of s"),
    ],
)
def test_a_bad_list_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "sites.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        read_list(path)

    assert told in str(caught.value)


def test_an_address_with_leading_zeros_is_the_one_that_is_written_and_no_octal_one(tmp_path: Path) -> None:
    text = f'{HEAD.replace("192.0.2.1", "127.000.0.010")}site = "a"\n'

    assert "127.0.0.10" == load(written(tmp_path, text)).targets[0].host


def test_a_list_may_have_japanese_headings(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text("施設名,AP名,MACアドレス\n北校,AP-1,00-11-22-33-44-55\n", encoding="cp932")

    assert [("ap_key", "00-11-22-33-44-55", "北校"), ("ap", "AP-1", "北校")] == [(r.by, r.value, r.site) for r in read_list(path)]
