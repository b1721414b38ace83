"""Scenarios: every figure with its source, sums that match the published table, and what a wrong file is told."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import floorplans
from wifiplan.capacity import demand
from wifiplan.errors import DesignError

TABLE = {  # scenario: persons/m2, associated, active, Mbit/s down, up, as shipped in domain/japan.md section 3
    "assembly": (0.8, 1.0, 0.7, 2.0, 0.5),
    "spectators": (0.8, 0.5, 0.2, 1.5, 1.5),
    "shelter-day1": (0.5, 0.8, 0.35, 0.3, 0.2),
    "shelter-day3": (0.29, 0.9, 0.3, 1.0, 0.3),
    "shelter-week2": (0.17, 0.9, 0.35, 2.5, 0.3),
    "staff": (None, 1.0, 0.5, 2.0, 2.0),
}

GOOD = """
[x]
title_ja = "x"
title_en = "x"
persons = { value = 10, assumption = "a" }
devices_per_person = { value = 1, assumption = "a" }
associated_share = { value = 1, assumption = "a" }
active_share = { value = 0.5, assumption = "a" }
client_height_m = { value = 1, assumption = "a" }
obstruction_db = { value = 0, assumption = "a" }
hours = [0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0]
[[x.applications]]
name = "web"
share = { value = 1, assumption = "a" }
down_mbps = { value = 1, source = "s" }
up_mbps = { value = 1, source = "s" }
"""


class TestScenarios:
    @pytest.mark.parametrize("name", TABLE)
    def test_the_mix_of_applications_adds_up_to_the_table(self, name: str) -> None:
        """Rates of an active device are the sum of its applications, within 3 % of the published defaults."""
        density, associated, active, down, up = TABLE[name]
        one = demand.find_scenario(name)

        assert density == (one.persons_per_m2.value if one.persons_per_m2 else None)
        assert (associated, active) == (one.associated_share.value, one.active_share.value)
        assert one.down_mbps == pytest.approx(down, rel=0.03)
        assert one.up_mbps == pytest.approx(up, rel=0.03)

    @pytest.mark.parametrize("name", demand.scenarios())
    def test_every_figure_has_a_source_or_says_that_it_is_assumed(self, name: str) -> None:
        """The report prints them: none may be empty."""
        rows = demand.assumptions(demand.find_scenario(name))

        assert len(rows) > 10
        assert all(row.source for row in rows)
        assert all(math.isfinite(row.value) for row in rows)

    def test_spectators_send_a_fifth_of_the_time(self) -> None:
        """As at Cisco Live 2011: a duty cycle of 20 %."""
        assert 0.2 == demand.find_scenario("spectators").active_share.value

    def test_a_name_that_is_not_there(self) -> None:
        """Lists those that are."""
        with pytest.raises(DesignError, match="shelter-day1"):
            demand.find_scenario("shelter")


class TestPersons:
    @pytest.mark.parametrize(
        ("persons", "area_m2", "m2"),
        [(300, 600, 2.0), (400, 800, 2.0), (500, 1000, 2.0), (171, 600, 3.5), (228, 800, 3.5), (285, 1000, 3.5)],
    )
    def test_from_area(self, persons: int, area_m2: float, m2: float) -> None:
        """Derived from 2 m2 (before 2024) and 3.5 m2 (guideline of 2024-12-13) a person, rounded down."""
        assert m2 in {demand.M2_PER_PERSON["before-2024"], demand.M2_PER_PERSON["guideline-2024"]}
        assert persons == demand.persons(area_m2, m2)

    def test_kashiwa(self) -> None:
        """A 760 m2 gym is published as 133 and 266 people: floor(area x 0.70 / 4) and / 2."""
        assert demand.persons(760, 4.0, usable_share=demand.KASHIWA_USABLE_SHARE) == 133
        assert demand.persons(760, 2.0, usable_share=demand.KASHIWA_USABLE_SHARE) == 266

    def test_nonsense(self) -> None:
        """No area, no people: refused."""
        with pytest.raises(DesignError):
            demand.persons(0, 2.0)


class TestDemands:
    def test_density_times_area(self) -> None:
        """People stand in the hall, at the scenario's density; the stage and the store are empty."""
        plan = floorplans.sample("gym")
        (hall,) = (zone for zone in plan.zones if zone.kind == "hall")
        found = demand.demands(plan, "shelter-day1")

        assert [hall.name] == [one.zone for one in found]
        assert found[0].people == pytest.approx(0.5 * hall.area_m2, abs=0.1)
        assert found[0].client_height_m == 0.3

    def test_a_number_of_people_is_spread_by_area(self) -> None:
        """Whatever the scenario's density."""
        found = demand.demands(floorplans.sample("school-corridor"), "assembly", persons=500)

        assert sum(one.people for one in found) == pytest.approx(500, abs=0.5)
        assert len(found) > 1

    def test_another_density(self) -> None:
        """Per square metre instead of the scenario's."""
        plan = floorplans.sample("gym")

        assert (
            demand.demands(plan, "shelter-day3", persons_per_m2=0.5)[0].people == demand.demands(plan, "shelter-day1")[0].people
        )

    def test_staff_is_a_number_of_devices_in_one_place(self) -> None:
        """Fifteen devices, wherever the plan has room for the desk."""
        found = demand.demands(floorplans.sample("community-centre"), "staff")

        assert [15] == [one.people for one in found]

    @pytest.mark.parametrize("persons", [0, -3, math.nan, math.inf])
    def test_nonsense_is_refused(self, persons: float) -> None:
        """A crowd is a number above 0."""
        with pytest.raises(DesignError, match="persons"):
            demand.demands(floorplans.sample("gym"), "assembly", persons=persons)


class TestClients:
    @pytest.mark.parametrize("name", demand.scenarios())
    def test_every_scenario_has_its_devices(self, name: str) -> None:
        """Shares of the kinds add up to one; a school's tablets are not a shelter's phones."""
        kinds = demand.find_scenario(name).clients

        assert 1.0 == pytest.approx(sum(kind.share.value for kind in kinds))
        assert all(12 <= kind.tx_power_dbm.value <= 15 for kind in kinds)
        assert ("GIGA" in kinds[0].share.assumption) == (name == "assembly")

    def test_a_list_of_ones_own(self, tmp_path: Path) -> None:
        """Beside those that come with the program."""
        path = tmp_path / "mine.toml"
        kind = """[[clients.watches]]
name = "watch"
share = { value = 1, assumption = "a" }
standard = "n"
streams = 1
bands = ["2.4"]
tx_power_dbm = { value = 5, assumption = "a" }
"""
        path.write_text(kind + GOOD.replace("hours =", 'clients = "watches"\nhours =', 1), encoding="utf-8")

        assert ["watch"] == [one.name for one in demand.find_scenario("x", path).clients]
        assert demand.find_scenario("assembly").clients == demand.clients("tablets")

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("hours =", 'clients = "robots"\nhours =', "no list of devices 'robots'; use one of phones, tablets"),
            ("hours =", "stay_h = { value = 0, assumption = 'a' }\nhours =", "stay_h: must be above 0"),
            ("hours =", "stay_h = { value = 1e9, assumption = 'a' }\nhours =", "absurd"),
            ('name = "web"', 'name = "web"\nkind = "gossip"', "kind"),
            ("persons = { value = 10", "persons = { value = 1e12", "absurd"),
            ("hours =", "present = [[9, 1], [8, 0.5]]\nhours =", "present: give [hour, share]"),
            ("hours =", "present = [[9, 1.5]]\nhours =", "present: give [hour, share]"),
            ("hours =", "busiest_hour = 24\nhours =", "busiest_hour: 24 is no hour of a day"),
            ("hours =", "ssids = ['free']\nhours =", "ssids: give two names"),
        ],
    )
    def test_a_wrong_one_says_where(self, tmp_path: Path, old: str, new: str, says: str) -> None:
        path = tmp_path / "mine.toml"
        path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DesignError, match=r"mine\.toml") as error:
            demand.read_scenarios(path)

        assert says in str(error.value)

    def test_shares_that_do_not_add_up(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.toml"
        kind = '[[clients.half]]\nname = "x"\nshare = { value = 0.5, assumption = "a" }\nstandard = "ax"\nstreams = 2\n'
        kind += 'bands = ["5"]\ntx_power_dbm = { value = 13, assumption = "a" }\n'
        path.write_text(kind + GOOD.replace("hours =", 'clients = "half"\nhours =', 1), encoding="utf-8")
        with pytest.raises(DesignError, match="must add up to 1"):
            demand.read_scenarios(path)


class TestSimulatedDay:
    @pytest.mark.parametrize("name", demand.scenarios())
    def test_a_day_begins_when_nearly_everybody_is_there(self, name: str) -> None:
        """What a simulated network shows first is the network as it was planned for: one in twenty may be missing."""
        one = demand.find_scenario(name)
        hours, shares = zip(*one.present, strict=True)

        assert 0.95 <= np.interp(one.busiest_hour, hours, shares, period=24.0)

    def test_a_shelter_shows_the_networks_name_of_disasters(self) -> None:
        """00000JAPAN is opened in a disaster, and in no other case (guideline of Wi-Biz, v3.0 of 2016-03-01)."""
        named = {name for name, one in demand.scenarios().items() if "00000JAPAN" in one.ssids}

        assert {name for name in demand.scenarios() if name.startswith("shelter")} == named


class TestDay:
    def test_the_peak_hour_asks_for_what_the_scenario_says(self) -> None:
        """400 people of day 1: 352 connected devices, 123.2 active at 19:00, at 0.3 and 0.2 Mbit/s each."""
        one = demand.find_scenario("shelter-day1")
        hours = demand.day(replace(one, arrive_h=demand.Figure(value=0, assumption="a")), 400)

        assert [*range(24)] == [row.hour for row in hours]
        assert 123.2 == pytest.approx(hours[19].active)
        assert hours[19].down_mbps == pytest.approx(123.2 * one.down_mbps, abs=0.01)
        assert hours[3].active < hours[19].active

    def test_people_arrive_over_time(self) -> None:
        """Of day 1 within six hours, evenly; joins stop growing when all are there but for those who come back."""
        hours = demand.day(demand.find_scenario("shelter-day1"), 360, first_hour=15)

        assert [60, 120, 180, 240, 300, 360, 360] == [row.people for row in hours[:7]]
        assert [15, 16, 17] == [row.hour for row in hours[:3]]
        assert hours[5].joins_per_min > 4 * hours[6].joins_per_min

    def test_a_crowd_that_comes_at_once(self) -> None:
        """A school within a quarter of an hour: 300 tablets in 15 minutes are 20 a minute."""
        first = demand.day(demand.find_scenario("assembly"), 300, first_hour=8)[0]

        assert 300 == first.people
        assert first.joins_per_min == pytest.approx(20, abs=4)


class TestFiles:
    def test_one_of_ones_own(self, tmp_path: Path) -> None:
        """The same format as the one that comes with the program."""
        path = tmp_path / "mine.toml"
        path.write_text(GOOD, encoding="utf-8")

        assert demand.find_scenario("x", path).down_mbps == 1

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ('title_en = "x"', 'title_en = "x"\ncolour = "red"', "colour"),
            ('active_share = { value = 0.5, assumption = "a" }', "active_share = { value = 0.5 }", "active_share: say either"),
            ('active_share = { value = 0.5, assumption = "a" }', 'active_share = { value = 5, assumption = "a" }', "is a share"),
            ('persons = { value = 10, assumption = "a" }', "", "persons_per_m2 or persons"),
            ('down_mbps = { value = 1, source = "s" }', 'down_mbps = { value = -1, source = "s" }', "negative"),
            ("hours = [0,0,0,", "hours = [0,0,", "24 shares"),
            ("[x]", "[x", "not TOML"),
            ('active_share = { value = 0.5, assumption = "a" }', "", "active_share"),
            ('down_mbps = { value = 1, source = "s" }', 'down_mbps = { value = nan, source = "s" }', "down_mbps"),
        ],
    )
    def test_a_wrong_one_says_where(self, tmp_path: Path, old: str, new: str, says: str) -> None:
        """File, place in it, and what is wrong."""
        path = tmp_path / "mine.toml"
        assert old in GOOD
        path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DesignError, match=r"mine\.toml") as error:
            demand.read_scenarios(path)

        assert says in str(error.value)

    def test_one_that_is_not_there(self, tmp_path: Path) -> None:
        """Named."""
        with pytest.raises(DesignError, match="no such file"):
            demand.read_scenarios(tmp_path / "none.toml")
