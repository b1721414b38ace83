"""Formulas against their own limits and the figures of their sources."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.radio.materials import layers, materials, permittivity
from wifiplan.radio.propagation import free_space_gain_db, slab_coefficients, slab_loss_db

COS = np.array([0.0, 1e-3, 0.05, 0.2, 0.5, 0.8, 1.0])


@pytest.mark.parametrize(("distance_m", "loss_db"), [(1.0, 46.77), (10.0, 66.77), (30.0, 76.31)])
def test_free_space_is_that_of_p525(distance_m: float, loss_db: float) -> None:
    """ITU-R P.525: 32.45 + 20 log f (MHz) + 20 log d (km)."""
    assert -loss_db == pytest.approx(free_space_gain_db(distance_m, 5200.0), abs=0.01)


@pytest.mark.parametrize(
    ("name", "thickness_m", "loss_db"),
    [("concrete", 0.2, 25.4), ("brick", 0.12, 4.1), ("plasterboard", 0.026, 2.0), ("glass", 0.006, 3.3), ("wood", 0.04, 1.3)],
)
def test_slabs_lose_what_p2040_gives_at_normal_incidence(name: str, thickness_m: float, loss_db: float) -> None:
    """The figures at 5.2 GHz that came with the reference maps."""
    assert loss_db == pytest.approx(slab_loss_db(layers(name, thickness_m, 5200.0), 1.0, 5200.0), abs=0.06)


@pytest.mark.parametrize("slab", [[(4.0 + 0j, 0.05)], [(2.7 + 0j, 0.0125), (1.0 + 0j, 0.065), (6.3 + 0j, 0.006)]])
def test_a_slab_without_loss_keeps_the_energy(slab: list[tuple[complex, float]]) -> None:
    """R + T = 1 in both polarisations at every angle, for one layer and for several."""
    found = slab_coefficients(slab, COS, 5200.0)

    assert np.ones(len(COS)) == pytest.approx(abs(found.reflection_te) ** 2 + abs(found.transmission_te) ** 2, abs=1e-9)
    assert np.ones(len(COS)) == pytest.approx(abs(found.reflection_tm) ** 2 + abs(found.transmission_tm) ** 2, abs=1e-9)


@pytest.mark.parametrize("name", sorted(materials()))
@pytest.mark.parametrize("frequency_mhz", [2412.0, 5955.0, 7115.0])
def test_no_slab_gives_more_than_it_gets(name: str, frequency_mhz: float) -> None:
    """R + T <= 1, finite at grazing incidence too, where everything is reflected (but by air)."""
    found = slab_coefficients(layers(name, None, frequency_mhz), COS, frequency_mhz)

    assert np.all(np.isfinite(np.array(found)))
    assert np.all(abs(found.reflection_te) ** 2 + abs(found.transmission_te) ** 2 <= 1 + 1e-9)
    assert np.all(abs(found.reflection_tm) ** 2 + abs(found.transmission_tm) ** 2 <= 1 + 1e-9)
    assert (0.0 if name == "air" else 1.0) == pytest.approx(abs(found.reflection_te[0]), abs=1e-3)


def test_a_thick_lossy_slab_reflects_as_its_surface_does() -> None:
    """Fresnel: r_te = (cos - w) / (cos + w), r_tm = (eta cos - w) / (eta cos + w), w = sqrt(eta - sin^2)."""
    eta, cos = 5.24 - 2.0j, np.array([0.2, 0.6, 1.0])
    w = np.sqrt(eta - (1 - cos**2))

    found = slab_coefficients([(eta, 2.0)], cos, 5200.0)

    assert (cos - w) / (cos + w) == pytest.approx(found.reflection_te, abs=1e-6)
    assert (eta * cos - w) / (eta * cos + w) == pytest.approx(found.reflection_tm, abs=1e-6)


def test_at_normal_incidence_both_polarisations_are_one() -> None:
    """P.2040's signs: the TM reflection is the TE one turned round."""
    found = slab_coefficients(layers("concrete", 0.2, 5200.0), 1.0, 5200.0)

    assert complex(found.reflection_te) == pytest.approx(-complex(found.reflection_tm))
    assert complex(found.transmission_te) == pytest.approx(complex(found.transmission_tm))


def test_tm_passes_whole_at_brewsters_angle() -> None:
    """tan(theta) = n, whatever the thickness."""
    n = 2.0

    found = slab_coefficients([(complex(n**2), 0.0137)], np.cos(np.arctan(n)), 5200.0)

    assert abs(found.reflection_tm) == pytest.approx(0.0, abs=1e-9)
    assert abs(found.transmission_tm) == pytest.approx(1.0, abs=1e-9)


def test_a_half_wave_pane_is_clear() -> None:
    """Thickness lambda / (2 n): the passes inside cancel what the surfaces reflect."""
    n, wavelength_m = 2.5, 299_792_458.0 / 5.2e9

    assert abs(slab_coefficients([(complex(n**2), wavelength_m / 2 / n)], 1.0, 5200.0).reflection_te) == pytest.approx(
        0.0, abs=1e-9
    )


def test_layers_of_one_material_are_one_layer() -> None:
    """Cutting a slab in its depth changes nothing."""
    eta = permittivity("brick", 5200.0)

    whole, cut = (np.array(slab_coefficients(slab, COS, 5200.0)) for slab in ([(eta, 0.12)], [(eta, 0.05), (eta, 0.07)]))

    assert whole == pytest.approx(cut, abs=1e-9)


def test_metal_lets_nothing_through_and_reflects_all() -> None:
    found = slab_coefficients(layers("metal", 0.002, 5200.0), np.array([0.3, 1.0]), 5200.0)

    assert np.all(abs(found.transmission_te) < 1e-6)
    assert np.ones(2) == pytest.approx(abs(found.reflection_te), abs=1e-3)
