"""What a planner may ask: the question refuses what cannot be, and says which field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wifiplan.equipment import models
from wifiplan.errors import DesignError
from wifiplan.model import Requirement
from wifiplan.placement.ask import Ask

INDOOR = replace(models()["Generic Wi-Fi 6"], weather="indoor")


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
        ({"bands": ("6",)}, "Generic Wi-Fi 6: no 6 GHz radio; use 2.4, 5 GHz"),
        (
            {"poe": "af", "models": (models()["Generic Wi-Fi 6E"],)},
            "Generic Wi-Fi 6E: needs 802.3at and the switch gives 802.3af",
        ),
        (
            {"mounts": ("truss",), "models": (models()["Generic Wi-Fi 6 outdoor"],)},
            "outdoor: cannot hang on truss; it goes on wall",
        ),
        ({"mounts": ("pole",), "models": (INDOOR,)}, "Generic Wi-Fi 6: cannot hang outdoors on pole"),
        ({"bands": ("2.4",), "widths_mhz": (80,)}, "Generic Wi-Fi 6: its 2.4 GHz radio has channels of 20, 40 MHz"),
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


def test_every_radio_of_the_model_is_planned_unless_bands_are_chosen() -> None:
    """2.4 GHz is off only by choice; of several models each brings its own bands."""
    known = models()

    assert ("2.4", "5") == Ask().bands
    assert ("5",) == Ask(bands=("5",)).bands
    assert ("2.4", "5", "6") == Ask(models=(known["Generic Wi-Fi 6E"],)).bands
    several = Ask(models=(known["Generic Wi-Fi 5"], known["Generic Wi-Fi 6E"]))
    assert ("2.4", "5") == replace(several, models=several.models[:1]).bands
    assert ("2.4", "5", "6") == replace(several, models=several.models[1:]).bands


def test_the_limit_is_the_models_unless_one_is_required() -> None:
    """50 is no constant any more: the model says, and a requirement overrides it."""
    assert 100 == Ask().client_limit
    assert 64 == Ask(models=(models()["Generic Wi-Fi 5"],)).client_limit
    assert 50 == Ask(requirement=Requirement(max_clients_per_radio=50)).client_limit
    shared = replace(models()["Generic Wi-Fi 6"], clients=90)
    assert 45 == Ask(models=(shared,)).client_limit
    assert 90 == Ask(models=(shared,), bands=("5",)).client_limit
