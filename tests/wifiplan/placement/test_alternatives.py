"""What other answers cost and serve, and why each access point is there."""

from __future__ import annotations

import itertools

import pytest

import floorplans
from wifiplan.answer import Reason
from wifiplan.capacity import demand
from wifiplan.model import Requirement
from wifiplan.placement.alternatives import why
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place


def test_alternatives_tell_what_less_and_more_would_do() -> None:
    """One fewer serves fewer people for less; the curve falls with each access point taken away."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    asked = {"shelter-day3": demand.demands(plan, "shelter-day3")}
    design = place(
        plan, asked, Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50), refine=0, with_alternatives=True)
    )
    told = {row.what: row for row in design.placement.alternatives}
    curve = design.placement.curve

    assert "access_points" == told["one access point fewer"].stopped_by
    assert told["one access point fewer"].reached.served_share < design.placement.served_share
    assert told["survives the loss of any one access point"].reached.access_points > len(design.access_points)
    assert told["only wall mounts"].reached.cost_yen >= design.placement.cost_yen
    assert curve[0].cost_yen == design.placement.cost_yen
    assert [row.access_points for row in curve] == list(range(len(design.access_points), 0, -1))
    assert all(a.served_share >= b.served_share for a, b in itertools.pairwise(curve))


@pytest.mark.parametrize(
    ("uncovered", "unserved", "sentence"),
    [
        (30.0, 40.0, "Without it about 30 people, first in hall, have too weak a signal and 40 are not served."),
        (30.0, 0.2, "Without it about 30 people, first in hall, have a signal below the required one."),
        (0.2, 40.0, "Without it about 40 people, first in hall, find no free place or airtime on the others."),
        (0.2, 0.2, "Without it the others still serve everybody, with a signal 9.0 dB weaker in hall."),
    ],
)
def test_a_reason_is_one_sentence_about_those_who_lose(uncovered: float, unserved: float, sentence: str) -> None:
    """Fewer than half a person is nobody."""
    lost = Reason(ap="AP-01", zone="hall", uncovered_people=uncovered, unserved_people=unserved, weaker_db=9.0)

    assert sentence == why(lost)
