"""People in the way: one person against 3GPP's blockage model B, and how the loss of many grows. Modelled, not measured."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.errors import OutOfRangeError
from wifiplan.radio import body_loss
from wifiplan.radio.body_loss import Bodies

FREQUENCIES_MHZ = (2440.0, 5200.0, 6200.0)


def link_loss_db(people: Bodies, distance_m: float, height_m: float, frequency_mhz: float) -> float:
    """Of a straight link from an access point to a client among people, by its elevation."""
    elevation_deg = np.degrees(np.arctan2(height_m - people.client_height_m, distance_m))
    return float(body_loss.loss_by_elevation_db(people, elevation_deg, frequency_mhz=frequency_mhz)[0])


def blockage_model_b_db(  # noqa: PLR0917
    wave_m: float, along_m: float, distance_m: float, height_m: float, body_m: float, width_m: float
) -> float:
    """TR 38.901 clause 7.6.4.2 for a screen across the middle of a level link, written out edge by edge."""

    def edge(off_m: float) -> float:
        detour = np.hypot(along_m, off_m) + np.hypot(distance_m - along_m, off_m) - distance_m
        return float(np.arctan(np.pi / 2 * np.sqrt(np.pi / wave_m * detour)) / np.pi)

    tall, wide = edge(body_m - height_m) + edge(height_m), 2 * edge(width_m / 2)
    return float(-20 * np.log10(1 - tall * wide))


@pytest.mark.parametrize("frequency_mhz", FREQUENCIES_MHZ)
@pytest.mark.parametrize("along_m", [0.5, 2.0, 5.0])
def test_one_person_is_blockage_model_b(frequency_mhz: float, along_m: float) -> None:
    """A person 0.4 m wide and 1.7 m tall on a level 10 m link."""
    wave_m = 299.792458 / frequency_mhz
    loss_db = body_loss.screen_loss_db(
        along_m, 0.0, distance_m=10.0, tx_height_m=1.0, rx_height_m=1.0, frequency_mhz=frequency_mhz
    )
    assert blockage_model_b_db(wave_m, along_m, 10.0, 1.0, 1.7, 0.4) == pytest.approx(float(loss_db))


@pytest.mark.parametrize(("frequency_mhz", "least_db", "most_db"), [(2440, 3, 7), (5200, 5, 10), (6200, 5.5, 11)])
def test_one_person_gives_the_figures_of_the_reference(frequency_mhz: float, least_db: float, most_db: float) -> None:
    """From the middle of the link to half a metre before the receiver: the range of ../shared/reference/radio within 1 dB."""
    along_m = np.linspace(0.5, 9.5, 181)
    loss_db = body_loss.screen_loss_db(
        along_m, 0.0, distance_m=10.0, tx_height_m=1.0, rx_height_m=1.0, frequency_mhz=frequency_mhz
    )
    assert least_db == pytest.approx(loss_db.min(), abs=1.0)
    assert most_db == pytest.approx(loss_db.max(), abs=1.0)


def test_person_is_seen_the_same_from_both_ends() -> None:
    """A path has no direction."""
    ends = {"distance_m": 10.0, "frequency_mhz": 5200.0}
    there = body_loss.screen_loss_db([1.0, 4.0], 0.1, tx_height_m=3.0, rx_height_m=1.2, **ends)
    back = body_loss.screen_loss_db([9.0, 6.0], -0.1, tx_height_m=1.2, rx_height_m=3.0, **ends)
    np.testing.assert_allclose(there, back)


def test_person_beside_or_under_the_path_costs_nothing() -> None:
    """Far off the line, or with the path metres above the head, the loss goes to 0."""
    loss_db = body_loss.screen_loss_db(
        [5.0, 8.0], [3.0, 0.0], distance_m=10.0, tx_height_m=9.0, rx_height_m=1.0, frequency_mhz=5200
    )
    assert np.all(loss_db < 0.3)


@pytest.mark.parametrize("posture", body_loss.POSTURES)
def test_nobody_costs_nothing(posture: str) -> None:
    """Without people the crowd loss is 0, at every angle."""
    assert 0.0 == body_loss.loss_by_elevation_db(Bodies.of(0.0, posture), np.arange(0.0, 91.0, 10.0), frequency_mhz=5200).max()


@pytest.mark.parametrize("frequency_mhz", FREQUENCIES_MHZ)
@pytest.mark.parametrize("posture", body_loss.POSTURES)
def test_loss_grows_with_density_and_falls_with_angle(posture: str, frequency_mhz: float) -> None:
    """More people never help; neither does a flatter path."""
    angles_deg = np.arange(2.0, 60.0, 2.0)
    losses_db = np.stack(
        [
            body_loss.loss_by_elevation_db(Bodies.of(density, posture), angles_deg, frequency_mhz=frequency_mhz)
            for density in (0.25, 0.5, 1.0, 2.0, 4.0)
        ]
    )
    assert np.all(losses_db >= 0.0)
    assert np.all(np.diff(losses_db, axis=0) >= 0.0)
    assert np.all(np.diff(losses_db[:, 0]) > 0.0)
    assert np.all(np.diff(losses_db, axis=1) <= 1e-9)


@pytest.mark.parametrize("frequency_mhz", FREQUENCIES_MHZ)
@pytest.mark.parametrize("density_per_m2", [0.5, 2.0])
@pytest.mark.parametrize("posture", body_loss.POSTURES)
def test_wall_loses_more_than_roof(posture: str, density_per_m2: float, frequency_mhz: float) -> None:
    """At the same distance an access point on the wall at 3 m loses more than one under the roof at 9 m."""
    people = Bodies.of(density_per_m2, posture)
    for distance_m in (8.0, 12.0, 20.0):
        assert link_loss_db(people, distance_m, 3.0, frequency_mhz) > link_loss_db(people, distance_m, 9.0, frequency_mhz)


def test_client_among_people_lying_is_at_the_floor() -> None:
    """0.3 m above the floor, as the shelter's night is planned; and people lying cost less than seated, seated than standing."""
    assert 0.3 == Bodies.of(1.0, "lying").client_height_m
    lying, seated, standing = (link_loss_db(Bodies.of(1.0, name), 15.0, 3.0, 5200.0) for name in ("lying", "seated", "standing"))
    assert lying < seated < standing


@pytest.mark.parametrize("density", [-0.1, 6.1, float("nan")])
def test_refuses_a_crowd_that_cannot_stand(density: float) -> None:
    """People per square metre, 0 to 6."""
    with pytest.raises(OutOfRangeError, match="people/m2"):
        body_loss.loss_by_elevation_db(Bodies.of(density), [10.0], frequency_mhz=5200)


def test_refuses_an_unknown_posture() -> None:
    """The error lists what there is."""
    with pytest.raises(OutOfRangeError, match="standing, seated, lying"):
        Bodies.of(1.0, "jumping")


def test_label_says_what_it_is() -> None:
    """Shown with every crowd figure."""
    assert "modelled, not measured" == body_loss.LABEL
