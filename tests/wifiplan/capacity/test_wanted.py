"""What a facility is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wifiplan.capacity.wanted import SESSIONS_PER_DEVICE, STAY_H, hours_of, person_of, wanted_of
from wifiplan.errors import DesignError
from wifiplan.model import Design


def test_a_design_without_scenario_asks_for_its_demands(two_radios: Design) -> None:
    """Its mean person browses, with the assumed sessions and stay; its day is not known."""
    wanted = wanted_of(two_radios, None, None, None)
    each = person_of(wanted)

    assert two_radios.demands == wanted.demands
    assert (1.0, SESSIONS_PER_DEVICE, STAY_H) == (each.connected, each.sessions, each.stay_h)
    assert {"web": (0.5, 0.1)} == {kind: pytest.approx(mbps) for kind, mbps in each.mbps.items()}
    assert () == hours_of(wanted)


def test_two_scenarios_at_once(two_radios: Design) -> None:
    """Persons are those of the crowd: staff keep their own number beside it."""
    wanted = wanted_of(two_radios, "shelter-day1+staff", 50, None)
    staff = wanted.scenarios[-1]

    assert "shelter-day1+staff" == wanted.name
    assert staff is not None
    assert staff.persons is not None
    assert [50.0, staff.persons.value] == [one.people for one in wanted.demands]
    assert [*range(24)] == [hour.hour for hour in hours_of(wanted)]


def test_nobody_asks(two_radios: Design) -> None:
    with pytest.raises(DesignError, match="give --scenario"):
        wanted_of(replace(two_radios, demands=()), None, None, None)
