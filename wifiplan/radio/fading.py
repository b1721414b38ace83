"""Coverage as a probability: fading and shadowing as a stated standard deviation around what the radio model gives.

A map says what a place gets in the middle; a wave field in a room spreads around that by some 4 dB from step to step, and no
drawing holds what makes it. So a place counts as covered when its signal stays above what is asked with the stated confidence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy import special  # scipy.stats would cost half a second at each start

from wifiplan.errors import OutOfRangeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wifiplan.radio.coverage import Job

FADING_DB = 4.0
"""What is left at a place after the model and one fitted offset: 3.8 dB in a measured lecture theatre, 4.5 in an office
(docs/benchmarks/); 3.76 in sight and 5.04 not in sight in the offices of ITU-R P.1238-11."""


def margin_db(confidence_share: float, sigma_db: float = FADING_DB, *, measured_links: int | None = None) -> float:
    """What the signal in the middle must have over what is asked, so that it is met with this confidence.

    Parameters
    ----------
    confidence_share : float
        0.5 (no margin) to below 1.
    sigma_db : float
        Standard deviation at a place.
    measured_links : int, optional
        `sigma_db` and the middle were estimated from so many links and not stated: Student's t instead of the normal
        distribution, and the offset's own uncertainty on top.

    Raises
    ------
    OutOfRangeError
        A confidence below 0.5 or not below 1, a deviation that is negative or not finite, less than 3 links.

    Examples
    --------
    >>> round(margin_db(0.9, 4.0), 2)
    5.13
    """
    if not 0.5 <= confidence_share < 1.0:
        raise OutOfRangeError(f"confidence of {confidence_share:g}: give a share of 0.5 (the middle, no margin) to below 1")
    if not 0.0 <= sigma_db < np.inf:
        raise OutOfRangeError(f"standard deviation of {sigma_db:g} dB: give 0 or more; {FADING_DB:g} is usual indoors")
    if measured_links is None:
        return float(special.ndtri(confidence_share) * sigma_db)
    if measured_links < 3:
        raise OutOfRangeError(f"a deviation estimated from {measured_links} links says nothing; measure 3 or more")
    return float(special.stdtrit(measured_links - 1, confidence_share) * sigma_db * np.sqrt(1.0 + 1.0 / measured_links))


def strongest_dbm(rssi_dbm: ArrayLike) -> NDArray[np.float64]:
    """RSSI (ap, ...) of the strongest access point of each place (...); -inf without any.

    A second access point adds nothing here: a client stays on one, and promises too much if it could always pick the better.
    """
    rssi = np.asarray(rssi_dbm, dtype=np.float64)
    return np.asarray(np.max(rssi, axis=0, initial=-np.inf))


SHARED_SHARE = 0.1
"""Of the variance of a place's signals, what all access points have in common there: 0.05 to 0.09 in measured rooms
(docs/benchmarks/calibration.md)."""


CAUTIOUS_SHARED_SHARE = 0.5
"""The same where something is promised: 3GPP TR 36.942 takes half of the variance of shadowing to be common to all sites. With
the measured share, one place in 150 of a measured floor was promised that had less."""


def strongest_mean_dbm(rssi_dbm: ArrayLike, deviation_db: ArrayLike) -> NDArray[np.float64]:
    """Mean (n,) of the strongest of uncertain signals (ap, n): more than the largest of their means.

    References
    ----------
    .. [1] Clark, "The greatest of a finite set of random variables", Operations Research 9 (1961), 145-162.
    """
    means = np.asarray(rssi_dbm, dtype=np.float64)
    order = np.argsort(means, axis=0)
    means = np.take_along_axis(means, order, axis=0)
    variances = np.take_along_axis(np.broadcast_to(np.asarray(deviation_db, np.float64), means.shape), order, axis=0) ** 2
    mean, variance = means[0].copy(), variances[0].copy()
    for other, spread in zip(means[1:], variances[1:], strict=True):
        apart = np.sqrt(np.maximum((variance + spread) * (1.0 - SHARED_SHARE), 1e-12))
        with np.errstate(invalid="ignore"):  # -inf where there is no path: replaced below
            alpha = (other - mean) / apart
            above, density = special.ndtr(alpha), np.exp(-0.5 * alpha**2) / math.sqrt(2.0 * math.pi)
            both = mean * (1.0 - above) + other * above + apart * density
            square = (mean**2 + variance) * (1.0 - above) + (other**2 + spread) * above + (mean + other) * apart * density
            left = square - both**2
        none = np.isneginf(mean)
        mean = np.where(none, other, both)
        variance = np.where(none, spread, np.maximum(left, 1e-12))
    return np.asarray(mean)


def strongest_probability(rssi_dbm: ArrayLike, deviation_db: ArrayLike, threshold_dbm: float) -> NDArray[np.float64]:
    """Probability (n,) that the strongest access point of a place, of signals (ap, n), has at least `threshold_dbm`.

    Access points are taken to be uncertain independently of each other but for `CAUTIOUS_SHARED_SHARE` of the variance.
    """
    means = np.asarray(rssi_dbm, dtype=np.float64)
    spread = np.maximum(np.broadcast_to(np.asarray(deviation_db, dtype=np.float64), means.shape), 1e-9)
    nodes, shares = np.polynomial.hermite_e.hermegauss(7)
    total = np.zeros(means.shape[1:])
    for node, share in zip(nodes, shares / shares.sum(), strict=True):
        away = (threshold_dbm - means - node * np.sqrt(CAUTIOUS_SHARED_SHARE) * spread) / (
            np.sqrt(1.0 - CAUTIOUS_SHARED_SHARE) * spread
        )
        total += share * (1.0 - np.prod(special.ndtr(away), axis=0))
    return total


def promised_dbm(
    rssi_dbm: ArrayLike, confidence_share: float, sigma_db: float = FADING_DB, *, measured_links: int | None = None
) -> NDArray[np.float64]:
    """The RSSI, of any shape, that places have or exceed with this confidence. No signal stays -inf."""
    margin = margin_db(confidence_share, sigma_db, measured_links=measured_links)
    return np.asarray(np.asarray(rssi_dbm, dtype=np.float64) - margin)


def covered_share(
    rssi_dbm: ArrayLike,
    threshold_dbm: float,
    *,
    confidence_share: float = 0.9,
    sigma_db: float = FADING_DB,
    measured_links: int | None = None,
    weights: ArrayLike | None = None,
) -> float:
    """Share of places whose strongest signal is at least `threshold_dbm` with the stated confidence.

    Parameters
    ----------
    rssi_dbm : array-like, shape (ap, ...)
        -inf where there is no path.
    weights : array-like, shape (...), optional
        People or area of each place, or whether it counts.

    Raises
    ------
    OutOfRangeError
        As `margin_db`; and when no place counts.
    """
    promised = promised_dbm(strongest_dbm(rssi_dbm), confidence_share, sigma_db, measured_links=measured_links)
    count = np.ones(promised.shape) if weights is None else np.broadcast_to(np.asarray(weights, np.float64), promised.shape)
    if count.sum() <= 0.0:
        raise OutOfRangeError("no place counts, so no share of them is covered; give places inside the building")
    return float(count[promised >= threshold_dbm].sum() / count.sum())


def most_share(confidence_share: float, surveyed_places: int) -> float:
    """The largest share of places of which a survey can say, with this confidence, that they have what all its places had.

    One place in some hundred is weaker than any normal distribution allows for; that a survey of n places met none is no proof.

    Examples
    --------
    >>> round(most_share(0.9, 150), 3)
    0.985

    References
    ----------
    .. [1] Wilks, "Determination of sample sizes for setting tolerance limits", Annals of Math. Statistics 12 (1941), 91-96.
    """
    return float((1.0 - confidence_share) ** (1.0 / max(surveyed_places, 1)))


def covered(
    job: Job,
    received_db: ArrayLike,
    min_rssi_dbm: float,
    *,
    confidence_share: float = 0.9,
    sigma_db: float = FADING_DB,
    deviation_db: ArrayLike | None = None,
    surveyed_places: int | None = None,
) -> dict[str, Any]:
    """What `wifiplan coverage --confidence` says of a map: the share of places inside the building that are covered.

    Parameters
    ----------
    job : Job
        Of `wifiplan.radio.coverage`: its places, and the transmit power of each radio.
    received_db : array-like, shape (ap, n)
        RSSI without transmit power; -inf where there is no path.
    deviation_db : array-like, shape (ap, n), optional
        Of each place's signals, from a survey, instead of one `sigma_db` for all. A place is then covered where the strongest
        of them has `min_rssi_dbm` with that probability.
    surveyed_places : int, optional
        What the deviations are from: no survey of so many places can promise a larger share than `most_share`.
    """
    rssi_dbm = np.asarray(received_db, dtype=np.float64) + np.array([[radio.tx_power_dbm] for radio in job.radios])
    outline = shapely.Polygon(job.floor_plan.levels[job.level].outline_m)
    inside = shapely.contains_xy(outline, *job.places_m().T)
    share, without_fading = (
        covered_share(rssi_dbm, min_rssi_dbm, confidence_share=asked, sigma_db=sigma_db, weights=inside)
        for asked in (confidence_share, 0.5)
    )
    strongest = {}
    if deviation_db is not None:
        spread = np.asarray(deviation_db, dtype=np.float64)
        margin_db(confidence_share)  # refuses a confidence that is none
        probability = strongest_probability(rssi_dbm, spread, min_rssi_dbm)
        share = float(np.mean(probability[inside] >= confidence_share))
        if surveyed_places is not None:
            share = min(share, most_share(confidence_share, surveyed_places))
        sigma_db = round(float(np.median(spread[:, inside])), 2)
        strongest = {
            "strongest_mapped_dbm": round(float(np.mean(strongest_dbm(rssi_dbm)[inside])), 2),
            "strongest_expected_dbm": round(float(np.mean(strongest_mean_dbm(rssi_dbm, spread)[inside])), 2),
        }
    return {
        "min_rssi_dbm": min_rssi_dbm,
        "confidence_share": confidence_share,
        "sigma_db": sigma_db,
        "places": int(inside.sum()),
        "share": share,
        "share_without_fading": without_fading,
        **strongest,
    }
