"""Models of a link's signal side by side: image method, ITU-R P.1238-11, log-distance, a mixture; each with few fitted numbers.

Every model is asked alike: `fit` gives its numbers from links that were measured, `rssi_dbm` what they make of any links. All
take off people's loss as the image method models it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wifiplan.radio.links import Links

    Floats = NDArray[np.float64]

TUKEY = 4.685
"""Of the bisquare weights, for 95 % efficiency under normal noise."""

_LEAST_SIGMA_DB = 0.5
_FEWEST_DB = 1e-3

P1238_OFFICE = {True: (1.46, 34.62, 2.03), False: (2.46, 29.53, 2.38)}
"""In sight or not -> alpha, beta, gamma of ITU-R P.1238-11, table 2 (office, 0.3 to 83.5 GHz in sight, 0.3 to 82 GHz not)."""

SLOPE, SLOPE_SPREAD = 2.0, 1.0
"""Distance exponent that a log-distance fit starts from, and its standard deviation before any link is seen: free space, and 1.2
(corridors) to 4 or more (many walls), Rappaport, "Wireless Communications", 2nd ed., table 4.2."""

APART_SPREAD_DB = 10.0
"""How far the two levels of the mixture are from each other before any link is seen, standard deviation (assumed)."""


class Model(Protocol):
    """One way to say what a link receives."""

    @property
    def name(self) -> str:
        """As it is printed."""

    @property
    def source(self) -> str:
        """Where it is from, and the range it is known for."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """What is fitted, with units."""

    def fit(self, links: Links) -> Floats:
        """(p,): the numbers that links with a measured RSSI give."""

    def rssi_dbm(self, links: Links, values: Sequence[float] | Floats) -> Floats:
        """(n,): received power with these numbers."""


@dataclass(frozen=True, slots=True)
class ImageMethod:
    """Paths by reflection on the plan's walls with the table's losses, and one offset."""

    name: str = "image"
    source: str = "ITU-R P.2040-4 slabs, reflections of the plan (docs/decisions/0012); 1 to 7.1 GHz; as true as the plan is"
    numbers: tuple[str, ...] = ("offset_db",)

    def fit(self, links: Links) -> Floats:
        """(1,): the offset."""
        return _line(np.ones((len(links.rssi_dbm), 1)), links.residual_db)

    def rssi_dbm(self, links: Links, values: Sequence[float] | Floats) -> Floats:
        """(n,): -inf where the plan lets no path through."""
        return np.asarray(links.model_dbm + values[0])


@dataclass(frozen=True, slots=True)
class SightByPlan:
    """ITU-R P.1238-11 of an office, in sight or not by the plan's walls, and one offset."""

    name: str = "p1238"
    source: str = "ITU-R P.1238-11 table 2, office; 2 to 27 m in sight, 4 to 30 m not in sight, 0.3 to 82 GHz"
    numbers: tuple[str, ...] = ("offset_db",)

    def fit(self, links: Links) -> Floats:
        """(1,): the offset."""
        return _line(np.ones((len(links.rssi_dbm), 1)), links.rssi_dbm - self.rssi_dbm(links, (0.0,)))

    def rssi_dbm(self, links: Links, values: Sequence[float] | Floats) -> Floats:
        """(n,)."""
        sight = links.walls == 0
        loss_db = np.where(sight, _p1238_loss_db(links, sight=True), _p1238_loss_db(links, sight=False))
        return np.asarray(links.free_dbm - loss_db - links.crowd_db + values[0])


@dataclass(frozen=True, slots=True)
class LogDistance:
    """Loss by distance alone: a level at 10 m and an exponent."""

    name: str = "log-distance"
    source: str = "Rappaport, Wireless Communications, 2nd ed., 4.9.1; any distance in the survey's range"
    numbers: tuple[str, ...] = ("level_at_10_m_dbm", "exponent")

    def fit(self, links: Links) -> Floats:
        """(2,): level at 10 m less transmit power, and exponent."""
        away = -10.0 * np.log10(links.distance_m / 10.0)
        known = links.rssi_dbm + links.crowd_db - links.free_dbm + 20.0 * np.log10(links.frequency_mhz / 1e3)
        columns = np.column_stack([np.ones(len(away)), away])
        return _line(columns, known, middle=(None, SLOPE), spread=(np.inf, SLOPE_SPREAD))

    def rssi_dbm(self, links: Links, values: Sequence[float] | Floats) -> Floats:
        """(n,)."""
        loss_db = 10.0 * values[1] * np.log10(links.distance_m / 10.0) + 20.0 * np.log10(links.frequency_mhz / 1e3)
        return np.asarray(links.free_dbm - links.crowd_db + values[0] - loss_db)


@dataclass(frozen=True, slots=True)
class Mixture:
    """Power of the image method, which carries what the plan knows, and a diffuse term by P.1238 not in sight for the rest.

    Furniture, doors that stand open, walls that the plan lacks or has of another material: behind many walls they leave more
    than the plan lets through. Each of the two has its own level.
    """

    name: str = "mixture"
    source: str = "sum of powers: image method, and ITU-R P.1238-11 table 2 office not in sight; levels fitted"
    numbers: tuple[str, ...] = ("image_offset_db", "diffuse_offset_db")

    def fit(self, links: Links) -> Floats:
        """(2,): both levels, by Gauss-Newton with bisquare weights."""
        image_dbm, diffuse_dbm = self._parts_dbm(links)
        half = 10.0 * np.log10(2.0)
        both = np.stack([np.where(np.isfinite(image_dbm), image_dbm, -300.0), diffuse_dbm])
        values = np.full(2, float(np.median(links.rssi_dbm - both.max(axis=0))) - half)
        for _ in range(30):
            total, share = _sum_dbm(both + values[:, None])
            residual = links.rssi_dbm - total
            sigma = _sigma_db(residual)
            weight = _bisquare(residual, sigma) / sigma**2
            apart = np.array([1.0, -1.0]) / APART_SPREAD_DB
            normal = (share * weight) @ share.T + np.outer(apart, apart) + 1e-6 * np.eye(2)
            step = np.linalg.solve(normal, share @ (weight * residual) - apart * (apart @ values))
            values = values + np.clip(step, -6.0, 6.0)
            if np.max(np.abs(step)) < _FEWEST_DB:
                break
        return np.asarray(values)

    def rssi_dbm(self, links: Links, values: Sequence[float] | Floats) -> Floats:
        """(n,)."""
        image_dbm, diffuse_dbm = self._parts_dbm(links)
        both = np.stack([np.where(np.isfinite(image_dbm), image_dbm, -300.0), diffuse_dbm])
        return _sum_dbm(both + np.asarray(values)[:, None])[0]

    @staticmethod
    def _parts_dbm(links: Links) -> tuple[Floats, Floats]:
        return links.model_dbm, links.free_dbm - _p1238_loss_db(links, sight=False) - links.crowd_db


SIMPLE: tuple[Model, ...] = (ImageMethod(), SightByPlan(), LogDistance(), Mixture())
"""Models of few numbers; calibration has beside them the image method with fitted losses of walls."""


def _p1238_loss_db(links: Links, *, sight: bool) -> Floats:
    alpha, beta, gamma = P1238_OFFICE[sight]
    return np.asarray(10.0 * alpha * np.log10(links.distance_m) + beta + 10.0 * gamma * np.log10(links.frequency_mhz / 1e3))


def _sum_dbm(parts_dbm: Floats) -> tuple[Floats, Floats]:
    """Sum of powers (n,) of parts (k, n), and each one's share of it (k, n)."""
    most = parts_dbm.max(axis=0)
    powers = 10.0 ** ((parts_dbm - most) / 10.0)
    total = powers.sum(axis=0)
    return most + 10.0 * np.log10(total), powers / total


def _line(
    columns: Floats,
    response: Floats,
    *,
    middle: Sequence[float | None] | None = None,
    spread: Sequence[float] | None = None,
) -> Floats:
    """Bisquare regression (p,) from a median start; `middle` and `spread` are what is known of the numbers before."""
    p = columns.shape[1]
    known = np.zeros(p) if spread is None else 1.0 / np.asarray(spread) ** 2
    centre = np.array([0.0 if middle is None or one is None else one for one in middle or (None,) * p])
    values = centre.copy()
    values[0] = np.median(response - columns @ centre)
    for _ in range(30):
        residual = response - columns @ values
        sigma = _sigma_db(residual)
        weight = _bisquare(residual, sigma) / sigma**2
        weighted = columns * weight[:, None]
        before = values
        values = np.linalg.solve(columns.T @ weighted + np.diag(known) + 1e-9 * np.eye(p), weighted.T @ response + known * centre)
        if np.max(np.abs(values - before)) < _FEWEST_DB:
            break
    return np.asarray(values)


def _sigma_db(residual: Floats) -> float:
    return max(float(1.4826 * np.median(np.abs(residual - np.median(residual)))), _LEAST_SIGMA_DB)


def _bisquare(residual: Floats, sigma: float) -> Floats:
    return np.asarray((1.0 - np.minimum(np.abs(residual) / (TUKEY * sigma), 1.0) ** 2) ** 2)
