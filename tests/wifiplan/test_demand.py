"""Scenarios: every figure with its source, sums that match the published table, and what a wrong file is told."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import floorplans
from wifiplan import demand
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
        assert all(row["source"] for row in rows)
        assert all(math.isfinite(row["value"]) for row in rows)

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
