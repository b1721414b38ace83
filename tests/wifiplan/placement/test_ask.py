"""What a planner may ask: the question refuses what cannot be, and says which field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wifiplan.errors import DesignError
from wifiplan.model import Requirement
from wifiplan.placement.ask import Ask


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"requirement": Requirement(coverage_share=1.2)}, "coverage_share is 1.2"),
        ({"requirement": Requirement(max_busy_share=0.0)}, "max_busy_share is 0"),
        ({"requirement": Requirement(max_clients_per_radio=0)}, "max_clients_per_radio is 0"),
        ({"requirement": Requirement(min_rssi_dbm=10)}, "min_rssi_dbm is 10"),
        ({"requirement": Requirement(confidence_share=0.3)}, "confidence_share is 0.3"),
        ({"max_access_points": 0}, "at most 0 access points"),
        ({"max_access_points": 1, "requirement": Requirement(second_access_point=True)}, "at most 1 access points"),
        ({"bands": ()}, "band: none is given"),
        ({"bands": ("7",)}, "band 7: no such thing; use 2.4, 5, 6"),
        ({"bands": ("5", "5")}, "band 5, 5: one is given twice"),
        ({"widths_mhz": (30,)}, "channel width 30: no such thing"),
        ({"mounts": ("roof",)}, "mount roof: no such thing"),
        ({"antennas": ("dish",)}, "antenna dish: no such thing"),
        ({"existing_may": "fly"}, "existing access points may fly: no such thing; use stay, move, go"),
        ({"pitch_m": 0.0}, "pitch between candidate spots: 0 m"),
        ({"obstruction_db": -1.0}, "obstruction db: -1; give 0 or more"),
        ({"min_spacing_m": float("nan")}, "min spacing m: nan"),
        ({"client_power_dbm": float("inf")}, "client power: inf dBm"),
        ({"budget_yen": -5.0}, "budget: -5 yen"),
        ({"max_nodes": 0}, "max nodes: 0; give 1 or more"),
    ],
)
def test_what_cannot_be_is_one_sentence_that_names_the_field(changes: dict[str, object], sentence: str) -> None:
    """Also where only one field of a good question is replaced."""
    with pytest.raises(DesignError, match=sentence):
        replace(Ask(), **changes)


def test_an_access_point_sends_six_decibels_more_than_a_phone() -> None:
    """13 dBm and 6 dB; a planner who knows louder phones says so."""
    assert 19.0 == Ask().power_dbm
    assert 22.0 == Ask(client_power_dbm=16.0).power_dbm
