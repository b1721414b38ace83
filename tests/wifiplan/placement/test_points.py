"""The people as points: how many stand where, and how points become groups."""

from __future__ import annotations

import numpy as np
import pytest

import floorplans
from wifiplan.capacity import demand
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import Demand
from wifiplan.placement.points import groups, people_points


def _demand(zone: str, people: float = 100.0) -> Demand:
    return Demand(
        zone=zone,
        people=people,
        devices_per_person=1.1,
        associated_share=0.8,
        active_share=0.35,
        down_mbps=0.3,
        up_mbps=0.2,
        client_height_m=0.3,
    )


def test_points_hold_exactly_the_people_of_each_zone() -> None:
    """Sums over a zone's points are its demand, however its shape cuts the grid; heights are the clients'."""
    plan = floorplans.sample("community-centre")
    demands = demand.demands(plan, "shelter-day1")
    crowd = people_points(plan, demands, max_points=150)

    for row in demands:
        mine = crowd.zone == crowd.zones.index(row.zone)
        assert row.people == pytest.approx(crowd.people[mine].sum())
        clients = row.people * row.devices_per_person * row.associated_share
        assert clients == pytest.approx(crowd.clients[mine].sum())
        assert clients * row.active_share == pytest.approx(crowd.active[mine].sum())
    assert {0.3} == set(np.round(crowd.points_m[:, 2], 6))


def test_nobody_to_serve_is_an_error() -> None:
    """Zero people: one sentence with the way out."""
    with pytest.raises(PlacementError, match="0 people"):
        people_points(floorplans.sample("gym"), [_demand("hall", 0.0)])


def test_demand_for_an_unknown_zone_names_those_there_are() -> None:
    """A misspelt zone is answered with the plan's own."""
    with pytest.raises(DesignError, match=r"'hal'.*hall, stage, store"):
        people_points(floorplans.sample("gym"), [_demand("hal")])


def test_groups_are_neighbours_of_one_zone_with_about_as_many_people() -> None:
    """No group has people of two zones; every zone has one; within a zone the largest has at most twice the mean."""
    plan = floorplans.sample("community-centre")
    crowd = people_points(plan, demand.demands(plan, "shelter-day1"), max_points=400)
    group = groups(crowd, 24)

    assert set(range(int(group.max()) + 1)) == set(group.tolist())
    for number in range(int(group.max()) + 1):
        assert 1 == len(set(crowd.zone[group == number].tolist()))
    for zone in set(crowd.zone.tolist()):
        mine = np.unique(group[crowd.zone == zone])
        people = [crowd.people[group == number].sum() for number in mine]
        assert max(people) <= 2.0 * np.mean(people)
