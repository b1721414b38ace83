"""The table of materials, and what it refuses."""

from __future__ import annotations

import math

import pytest

from wifiplan.errors import DesignError, OutOfRangeError
from wifiplan.radio.materials import layers, material, materials, permittivity
from wifiplan.radio.propagation import slab_loss_db

P2040_4 = {
    "concrete": (5.24, 0.0462, 0.7822),
    "brick": (3.91, 0.0238, 0.16),
    "plasterboard": (2.73, 0.0085, 0.9395),
    "wood": (1.99, 0.0047, 1.0718),
    "glass": (6.31, 0.0036, 1.3394),
    "ceiling_board": (1.48, 0.0011, 1.0750),
    "chipboard": (2.58, 0.0217, 0.78),
    "plywood": (2.71, 0.33, 0.0),
    "marble": (7.074, 0.0055, 0.9262),
}


@pytest.mark.parametrize("name", sorted(P2040_4))
def test_constants_are_those_of_p2040(name: str) -> None:
    """ITU-R P.2040-4 table 3: real part a, conductivity c f^d."""
    a, c, d = P2040_4[name]
    f_ghz = 5.2

    eta = permittivity(name, f_ghz * 1000)

    assert a == pytest.approx(eta.real)
    assert 17.98 * c * f_ghz**d / f_ghz == pytest.approx(-eta.imag, rel=1e-3)  # 17.98 = 1 / (2 pi eps0 1 GHz), P.2040 equation 12


def test_every_material_has_a_source_and_a_thickness() -> None:
    for row in materials().values():
        assert row.source
        assert row.thickness_m > 0


@pytest.mark.parametrize(
    ("name", "least_db", "most_db"),
    [
        ("rc_150", 12.0, 35.0), ("rc_200", 16.0, 45.0), ("alc", 0.5, 8.0), ("lgs_plasterboard", 0.2, 6.0),
        ("wooden_panel", 0.5, 8.0),
        ("wired_glass", 0.5, 8.0), ("steel_door", 60.0, math.inf), ("folding_partition", 60.0, math.inf),
        ("roof_deck", 60.0, math.inf), ("curtain", 0.0, 0.5),
    ],
)  # fmt: skip
def test_what_gyms_and_schools_are_made_of_loses_as_it_must(name: str, least_db: float, most_db: float) -> None:
    """At 5.2 GHz, straight through: metal lets nothing through, a curtain all, aerated concrete less than concrete."""
    assert least_db <= float(slab_loss_db(layers(name, None, 5200.0), 1.0, 5200.0)) <= most_db


def test_a_partition_keeps_its_boards_and_stretches_its_air() -> None:
    found = layers("partition", 0.125, 5200.0)

    assert [0.0125, 0.1, 0.0125] == pytest.approx([depth for _, depth in found])
    assert 0.125 == pytest.approx(sum(depth for _, depth in found))
    assert (1 + 0j) == found[1][0]


def test_a_partition_too_thin_for_its_boards_keeps_its_usual_air() -> None:
    assert [0.0125, 0.065, 0.0125] == pytest.approx([depth for _, depth in layers("partition", 0.02, 5200.0)])


def test_an_unknown_material_is_refused_with_those_there_are() -> None:
    with pytest.raises(DesignError, match=r"'unobtainium' is not known; use one of: air, concrete, brick"):
        material("unobtainium")


@pytest.mark.parametrize("frequency_mhz", [500.0, 150_000.0])
def test_a_frequency_out_of_the_table_is_refused(frequency_mhz: float) -> None:
    with pytest.raises(OutOfRangeError, match="concrete is known from 1 to 100 GHz"):
        layers("concrete", 0.2, frequency_mhz)


@pytest.mark.parametrize("thickness_m", [0.0, -0.1, float("nan"), float("inf")])
def test_no_thickness_is_refused(thickness_m: float) -> None:
    with pytest.raises(DesignError, match="no thickness"):
        layers("brick", thickness_m, 5200.0)
