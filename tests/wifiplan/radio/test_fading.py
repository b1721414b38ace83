"""Coverage as a probability, checked against shadowing that the functions never saw."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft, stats

from wifiplan.errors import OutOfRangeError
from wifiplan.radio import fading
from wifiplan.radio.propagation import free_space_gain_db

ROOMS_M = {"classroom": (9.0, 7.0), "gym": (36.0, 24.0), "corridor": (60.0, 3.0), "hall": (20.0, 20.0)}


def shadowing_db(rng: np.random.Generator, shape: tuple[int, int], step_m: float, sigma_db: float, reach_m: float) -> np.ndarray:
    """A Gaussian field whose correlation falls as exp(-d / reach_m) (Gudmundson's), by circulant embedding; 0 is none."""
    if reach_m == 0.0:
        return rng.normal(0.0, sigma_db, shape)
    far = [2 * n + int(8 * reach_m / step_m) for n in shape]  # so large that the far ends do not meet in the torus
    y, x = (np.minimum(np.arange(n), n - np.arange(n)) * step_m for n in far)
    spectrum = np.maximum(fft.fft2(np.exp(-np.hypot(y[:, None], x[None, :]) / reach_m)).real, 0.0)
    noise = rng.normal(size=far) + 1j * rng.normal(size=far)
    field = fft.ifft2(np.sqrt(spectrum) * noise).real * np.sqrt(np.prod(far))
    return sigma_db * field[: shape[0], : shape[1]]


def room_rssi_dbm(size_m: tuple[float, float], step_m: float = 0.5) -> np.ndarray:
    """Free space from one access point at a third of the room, 3 m up."""
    x = np.arange(step_m / 2, size_m[0], step_m)[None, :]
    y = np.arange(step_m / 2, size_m[1], step_m)[:, None]
    distance_m = np.sqrt((x - size_m[0] / 3) ** 2 + (y - size_m[1] / 3) ** 2 + 4.0)
    return 17.0 + free_space_gain_db(distance_m, 5500.0)


def test_margin_of_the_normal_distribution() -> None:
    """1.2816 standard deviations for nine in ten, 1.6449 for nineteen in twenty (any table); none for the middle."""
    assert 1.2816 * 4 == pytest.approx(fading.margin_db(0.9, 4.0), abs=1e-3)
    assert 1.6449 * 5 == pytest.approx(fading.margin_db(0.95, 5.0), abs=1e-3)
    assert 0.0 == fading.margin_db(0.5, 4.0)
    assert 0.0 == fading.margin_db(0.9, 0.0)


def test_margin_from_few_links_is_students() -> None:
    """t(0.9, 9 degrees) is 1.3830 (any table), over ten links; with many it becomes the normal one."""
    assert 1.3830 * 4 * np.sqrt(1.1) == pytest.approx(fading.margin_db(0.9, 4.0, measured_links=10), abs=1e-3)
    assert fading.margin_db(0.9, 4.0) == pytest.approx(fading.margin_db(0.9, 4.0, measured_links=10**6), abs=1e-3)


@pytest.mark.parametrize(
    ("confidence", "sigma", "links", "says"),
    [
        (0.4, 4.0, None, "0.5"),
        (1.0, 4.0, None, "below 1"),
        (float("nan"), 4.0, None, "confidence"),
        (0.9, -1.0, None, "0 or more"),
        (0.9, float("nan"), None, "deviation"),
        (0.9, 4.0, 2, "3 or more"),
    ],
)
def test_refuses_what_is_no_confidence(confidence: float, sigma: float, links: int | None, says: str) -> None:
    """One line that names the way out."""
    with pytest.raises(OutOfRangeError, match=says):
        fading.margin_db(confidence, sigma, measured_links=links)


def test_share_is_that_of_probable_places() -> None:
    """A place counts when the normal distribution gives its signal the asked confidence of being above the threshold."""
    rssi_dbm = np.linspace(-90.0, -50.0, 401)
    probable = float(np.mean(stats.norm.cdf((rssi_dbm + 67.0) / 4.0) >= 0.9))

    assert 0.2 < probable < 0.5
    assert probable == fading.covered_share(rssi_dbm[None], -67.0, confidence_share=0.9, sigma_db=4.0)


def test_share_takes_the_strongest_and_weights() -> None:
    """Two access points, three places: the strongest counts, the third place has no people."""
    rssi_dbm = np.array([[-50.0, -80.0, -np.inf], [-60.0, -55.0, -np.inf]])
    assert 2 / 3 == pytest.approx(fading.covered_share(rssi_dbm, -67.0))
    assert 1.0 == fading.covered_share(rssi_dbm, -67.0, weights=[3.0, 1.0, 0.0])
    assert 0.0 == fading.covered_share(np.empty((0, 4)), -67.0)
    with pytest.raises(OutOfRangeError, match="no place"):
        fading.covered_share(rssi_dbm, -67.0, weights=[0.0, 0.0, 0.0])


def test_field_is_correlated_as_said() -> None:
    """The fields of these tests: standard deviation 4 dB, correlation 1/e at the reach and 1/e^2 at twice it."""
    rng = np.random.default_rng(5)
    fields = np.stack([shadowing_db(rng, (40, 40), 0.5, 4.0, 2.0) for _ in range(200)])
    assert 4.0 == pytest.approx(fields.std(), rel=0.05)
    for cells, expected in ((4, np.exp(-1)), (8, np.exp(-2))):
        correlation = np.mean(fields[:, :, :-cells] * fields[:, :, cells:]) / fields.var()
        assert expected == pytest.approx(correlation, abs=0.04)


@pytest.mark.parametrize("reach_m", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("room", ROOMS_M)
def test_promise_holds_on_shadowing_held_out(room: str, reach_m: float) -> None:
    """Nine in ten promised is kept in 88 to 92 % of places, whether shadowing is of one place or of metres."""
    rng = np.random.default_rng(20261123)
    rssi_dbm = room_rssi_dbm(ROOMS_M[room])
    promised_dbm = fading.promised_dbm(rssi_dbm, 0.9, 4.0)
    kept = [np.mean(rssi_dbm + shadowing_db(rng, rssi_dbm.shape, 0.5, 4.0, reach_m) >= promised_dbm) for _ in range(150)]
    assert 0.88 <= np.mean(kept) <= 0.92


@pytest.mark.parametrize("links", [8, 40])
def test_promise_holds_when_the_deviation_was_measured(links: int) -> None:
    """Offset and deviation estimated from few links, then held against others: still 88 to 92 %, not less."""
    rng = np.random.default_rng(7)
    kept = []
    for _ in range(4000):
        train_db, held_out_db = rng.normal(-3.0, 4.0, links), rng.normal(-3.0, 4.0, 20)
        promised_db = fading.promised_dbm(train_db.mean(), 0.9, train_db.std(ddof=1), measured_links=links)
        kept.append(np.mean(held_out_db >= promised_db))
    assert 0.88 <= np.mean(kept) <= 0.92


def test_strongest_of_several_uncertain_signals() -> None:
    """Two alike at -60 dBm, 8 dB each: the mean of the larger is 8 x sqrt(0.9 / pi) above; far apart, the larger alone."""
    alike = fading.strongest_mean_dbm([[-60.0], [-60.0]], [[8.0], [8.0]])
    apart = fading.strongest_mean_dbm([[-40.0], [-90.0], [-np.inf]], [[4.0], [4.0], [4.0]])

    assert -60.0 + 8.0 * np.sqrt(0.9 / np.pi) == pytest.approx(alike[0], abs=0.05)
    assert -40.0 == pytest.approx(apart[0], abs=0.01)


def test_probability_of_the_strongest() -> None:
    """One signal: the normal distribution's; a second one adds, but less than if it were independent."""
    one = fading.strongest_probability([[-62.0]], [[5.0]], -67.0)
    two = fading.strongest_probability([[-62.0], [-62.0]], [[5.0], [5.0]], -67.0)

    assert 0.8413 == pytest.approx(one[0], abs=0.005)
    assert one[0] + 0.02 < two[0] < 1.0 - (1.0 - one[0]) ** 2


def test_a_survey_of_n_places_proves_no_more_than_wilks_says() -> None:
    """With nine in ten sure, 22 places without a failure speak for 90 % of places (Wilks 1941: n = 22), 230 for 99 %."""
    assert 0.9 == pytest.approx(fading.most_share(0.9, 22), abs=1e-3)
    assert 0.99 == pytest.approx(fading.most_share(0.9, 230), abs=1e-3)
    assert 0.1 == pytest.approx(fading.most_share(0.9, 0))
