"""`wifiplan.answer`: the JSON that others read, and the way back."""

from __future__ import annotations

from dataclasses import replace

from wifiplan.answer import Alternative, Capacity, Link, Placement, Reached, capacity_fields, capacity_to_json, placement_to_json
from wifiplan.model import Design


def test_a_link_has_one_name() -> None:
    assert "airtime 5 GHz" == Link(kind="airtime", band="5", people=1).link
    assert "nat MAP-E" == Link(kind="nat", method="MAP-E", people=1).link
    assert "coverage" == Link(kind="coverage", people=1).link


def test_capacity_keeps_the_keys_that_others_read(gym_design: Design) -> None:
    """The weakest link with those after it, sums by access point; both are for readers only and left out on the way back."""
    assert gym_design.capacity is not None
    told = capacity_to_json(gym_design.capacity)
    fields = capacity_fields(told)

    assert ("airtime 5 GHz", 251) == (told["weakest_link"]["link"], told["weakest_link"]["people"])
    assert ["associations", "a link of the future"] == [link["link"] for link in told["weakest_link"]["next"]]
    assert {"ap": "AP-01", "clients": 51.0, "busy_share": 0.75, "offered_mbps": 25.0, "carried_mbps": 24.69} == told[
        "access_points"
    ][0]
    assert {"kind": "airtime", "band": "5", "people": 251, "what_moves_it": ""} == fields["links"][0]
    assert not {"access_points", "weakest_link"} & set(fields)


def test_no_link_is_told_as_unknown() -> None:
    told = capacity_to_json(Capacity(scenario="", people=0.0, radios=(), zones=(), links=()))

    assert {"link": "unknown", "people": None, "next": [], "what_moves_it": ""} == told["weakest_link"]
    assert [] == capacity_fields(told)["links"]


def test_alternatives_are_told_where_they_were_asked_for(gym_design: Design) -> None:
    """One that reached nothing says why instead of its figures."""
    plain = gym_design.placement
    assert isinstance(plain, Placement)
    reached = Reached(access_points=3, cost_yen=900, served_share=0.9, coverage_share=1.0)
    more = replace(
        plain,
        curve=(reached,),
        alternatives=(
            Alternative(what="one access point fewer", reached=reached, stopped_by="access_points"),
            Alternative(what="only wall mounts", stopped_by="reach", says="no wall"),
        ),
    )

    assert not {"curve", "alternatives"} & set(placement_to_json(plain))
    assert [
        {
            "what": "one access point fewer",
            "access_points": 3,
            "cost_yen": 900,
            "served_share": 0.9,
            "coverage_share": 1.0,
            "stopped_by": "access_points",
        },
        {"what": "only wall mounts", "stopped_by": "reach", "says": "no wall"},
    ] == placement_to_json(more)["alternatives"]
