"""What is left of a survey after the model, kriged for each access point: a value and a deviation for every place.

A Gaussian process with Gudmundson's exponential correlation: near what was measured it says what was measured, far from it
nothing, and the deviation grows to that of the model alone. By scikit-learn's `GaussianProcessRegressor`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ACCESS_POINT_DB = 1.75
"""Standard deviation of what all links of one access point share beyond the design: data sheets give transmit power to within
2 dB or so, and antennas ripple as much (assumed). A controller that sets another power than the design's changes more."""

SHADOWING_DB = 7.0
"""Of shadowing before any link is seen: 3GPP TR 38.901 table 7.4.1-1, indoor office: 3 dB in sight, 8.03 dB not."""

CORRELATION_M = 7.75
"""Distance over which shadowing is alike, before any link is seen: 3GPP TR 38.901 table 7.5-6, indoor office, 10 m in sight and
6 m not; the mean of their logarithms."""

PLACE_DB = 4.0
"""What is left at one place: docs/benchmarks/calibration.md."""

STOREY_STRETCH = 3.0
"""A metre upwards parts links as so many along the floor do (assumed: shadowing is hardly alike a storey away)."""

MOST_PLACES = 400
"""Of one access point; more are gathered in squares until they are no more: 1,600 take 64 times as long and say little more."""

MOST_FITTED = 120
"""Links of an access point from which the deviations and the distance are fitted."""

_SPREAD = {"shadowing": 1.0, "correlation": 0.25, "place": 1.0}
"""Standard deviations of the logarithms (of variances, of the distance) before any link is seen."""

_MOST_SIGMAS = 3.0

_MOST_SPREADS = 2.0
"""Of access points, that one which nobody heard may be off by: beyond that it was off, not weak, which no deviation tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlaces:
    """Residuals of one access point: places gathered in squares, and how many links each stands for."""

    access_point: str
    x_m: tuple[float, ...]
    y_m: tuple[float, ...]
    z_m: tuple[float, ...]
    residual_db: tuple[float, ...]
    links: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """An access point that a survey did not hear: how far all its links may be off together, beside the deviation of a place."""

    access_point: str
    deviation_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Residuals:
    """Deviations of what is left (dB), the distance over which it is alike (m), and where it is known.

    `stretch` widens the deviation to what held-out places showed.
    """

    access_point_db: float
    shadowing_db: float
    correlation_m: float
    place_db: float
    stretch: float
    places: tuple[KnownPlaces, ...]
    silent: tuple[Silent, ...] = ()

    def at(self, names: Sequence[str], points_m: Floats) -> tuple[Floats, Floats]:
        """What to add to the model (ap, n), and the standard deviation of a place's signal (ap, n), at points (n, 3)."""
        known = {one.access_point: one for one in self.places}
        silent = {one.access_point: one for one in self.silent}
        value = np.zeros((len(names), len(points_m)))
        deviation = np.full((len(names), len(points_m)), self.far_db)
        alike: dict[tuple[tuple[float, ...], ...], list[int]] = {}
        for row, name in enumerate(names):
            one = known.get(name)
            if one is not None and one.links:
                # What was heard at the same places is kriged by one solution: only the residuals differ.
                alike.setdefault((one.x_m, one.y_m, one.z_m, tuple(map(float, one.links))), []).append(row)
            elif (not_heard := silent.get(name)) is not None:
                deviation[row] = math.hypot(self.far_db, not_heard.deviation_db)
        for rows in alike.values():
            value[rows], deviation[rows] = self._krige([known[names[row]] for row in rows], points_m)
        return value, deviation

    @property
    def far_db(self) -> float:
        """Deviation away from all that was measured."""
        return self.stretch * math.hypot(self.access_point_db, self.shadowing_db, self.place_db)

    def margin(self, confidence_share: float) -> float:
        """How many deviations a promise takes off: Student's t, for the deviations are from few places that tell of their own."""
        from scipy import special

        every = np.concatenate([np.column_stack([one.x_m, one.y_m, one.z_m]) for one in self.places])
        return float(special.stdtrit(max(independent_places(self, every), 3) - 1, confidence_share))

    def covariance(self, name: str, points_m: Floats) -> Floats:
        """What is not known of an access point's shadowing at points (n, 3), and how it goes together (n, n)."""
        known = next((one for one in self.places if one.access_point == name and one.links), None)
        if known is None:
            return np.asarray(_kernel(self)(_scaled(points_m)))
        return np.asarray(self._process([known]).predict(_scaled(points_m), return_cov=True)[1])

    def _krige(self, known: Sequence[KnownPlaces], points_m: Floats) -> tuple[Floats, Floats]:
        """What is left (ap, n) of access points that were heard at the same places, and the deviation (n,) of all of them."""
        process = self._process(known)
        parts = [process.predict(_scaled(part), return_std=True) for part in np.array_split(points_m, len(points_m) // 4000 + 1)]
        value, spread = (np.concatenate([part[index] for part in parts]).reshape(len(points_m), -1) for index in (0, 1))
        return value.T, self.stretch * np.hypot(spread[:, 0], self.place_db)

    def _process(self, known: Sequence[KnownPlaces]) -> Any:
        """Of access points that were heard at the same places, a column of residuals each."""
        from sklearn.gaussian_process import GaussianProcessRegressor

        first = known[0]
        alpha = self.place_db**2 / np.asarray(first.links, dtype=np.float64)
        process = GaussianProcessRegressor(_kernel(self), alpha=alpha, optimizer=None)
        places = _scaled(np.column_stack([first.x_m, first.y_m, first.z_m]))
        return process.fit(places, np.column_stack([one.residual_db for one in known]))


def fit(
    names: Sequence[str], points_m: Floats, access_point: NDArray[np.intp], residual_db: Floats, *, like: Residuals | None = None
) -> Residuals:
    """Residuals (n,) of links at points (n, 3), with deviations and distance fitted, or as in `like`.

    The three numbers are those of the largest posterior density over all access points together.
    """
    if like is None:
        shadowing_db, correlation_m, place_db = _numbers(points_m, access_point, residual_db)
    else:
        shadowing_db, correlation_m, place_db = like.shadowing_db, like.correlation_m, like.place_db
    most_db = _MOST_SIGMAS * math.hypot(ACCESS_POINT_DB, shadowing_db, place_db)
    places = []
    for index, name in enumerate(names):
        own = access_point == index
        if own.any():
            where, value, count = _gathered(points_m[own], np.clip(residual_db[own], -most_db, most_db))
            columns = [tuple(column) for column in where.round(3).T.tolist()]
            places.append(
                KnownPlaces(
                    access_point=name,
                    x_m=columns[0],
                    y_m=columns[1],
                    z_m=columns[2],
                    residual_db=tuple(value.round(2).tolist()),
                    links=tuple(count.tolist()),
                )
            )
    return Residuals(
        access_point_db=ACCESS_POINT_DB if like is None else like.access_point_db,
        shadowing_db=round(shadowing_db, 3),
        correlation_m=round(correlation_m, 3),
        place_db=round(place_db, 3),
        stretch=1.0,
        places=tuple(places),
    )


def independent_places(one: Residuals, points_m: Floats) -> int:
    """How many of places (n, 3) tell something of their own: squares of the distance over which shadowing is alike."""
    return len(np.unique(np.floor(_scaled(points_m) / one.correlation_m), axis=0))


def silent(
    one: Residuals, name: str, points_m: Floats, above_floor_db: Floats, *, missed_share: float, spread_db: float
) -> Silent:
    """What it says of an access point that nobody heard it at places (n, 3).

    Parameters
    ----------
    above_floor_db : array (n,)
        What the models make of it there, above the weakest reading of the survey.
    missed_share : float
        Of links well above the weakest reading, those that nobody heard: a scan misses some.
    spread_db : float
        Standard deviation between access points of what all links of one share.

    Notes
    -----
    Bayes over what its links share: normal with `spread_db` before, and a link is not heard when shadowing leaves it below the
    weakest reading, or by chance. Places that are alike count as one. What is given is the distance from the model and not a
    shift: of three such access points of a measured floor one was as weak as that, and two were as modelled.
    """
    from scipy import special

    shift_db = np.linspace(-10.0 * spread_db, 10.0 * spread_db, 401)
    below = special.ndtr(-(above_floor_db[:, None] + shift_db) / math.hypot(one.shadowing_db, one.place_db))
    likelihood = np.log(missed_share + (1.0 - missed_share) * below).sum(axis=0)
    likelihood *= independent_places(one, points_m) / len(points_m)
    density = likelihood - 0.5 * (shift_db / spread_db) ** 2
    share = np.exp(density - density.max())
    share /= share.sum()
    return Silent(access_point=name, deviation_db=round(min(math.sqrt(float(share @ shift_db**2)), _MOST_SPREADS * spread_db), 2))


def _kernel(one: Residuals) -> Any:
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern

    shared, shadowing = ConstantKernel(max(one.access_point_db, 1e-3) ** 2, "fixed"), ConstantKernel(one.shadowing_db**2)
    return shared + shadowing * Matern(one.correlation_m, nu=0.5)


def _scaled(points_m: Floats) -> Floats:
    return np.asarray(points_m * np.array([1.0, 1.0, STOREY_STRETCH]))


def _gathered(points_m: Floats, values: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Means over squares that are as small as `MOST_PLACES` allows."""
    side_m = 0.0
    while True:
        cell = points_m if side_m == 0.0 else np.floor(points_m / side_m)
        _, member = np.unique(cell, axis=0, return_inverse=True)
        count = np.bincount(member.ravel())
        if len(count) <= MOST_PLACES:
            break
        side_m = max(2.0 * side_m, 0.5)
    where = np.stack([np.bincount(member.ravel(), column) for column in points_m.T], axis=-1) / count[:, None]
    return where, np.bincount(member.ravel(), values) / count, count


def _numbers(points_m: Floats, access_point: NDArray[np.intp], residual_db: Floats) -> tuple[float, float, float]:
    """Shadowing, correlation distance and what is left at a place."""
    from scipy import optimize
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    kernel = ConstantKernel(ACCESS_POINT_DB**2, "fixed") + ConstantKernel(SHADOWING_DB**2) * Matern(CORRELATION_M, nu=0.5)
    kernel += WhiteKernel(PLACE_DB**2)
    middle = np.log([SHADOWING_DB**2, CORRELATION_M, PLACE_DB**2])
    spread = np.array([_SPREAD["shadowing"], _SPREAD["correlation"], _SPREAD["place"]])
    most_db = _MOST_SIGMAS * 1.4826 * float(np.median(np.abs(residual_db))) + 1.0
    processes = []
    for index in np.unique(access_point):
        own = np.flatnonzero(access_point == index)
        own = own[:: len(own) // MOST_FITTED + 1]
        processes.append(
            GaussianProcessRegressor(kernel, alpha=1e-6, optimizer=None).fit(
                _scaled(points_m[own]), np.clip(residual_db[own], -most_db, most_db)
            )
        )

    def against(theta: Floats) -> tuple[float, Floats]:
        away = (theta - middle) / spread
        value, slope = 0.5 * float(away @ away), away / spread
        for one in processes:
            likelihood, gradient = one.log_marginal_likelihood(theta, eval_gradient=True, clone_kernel=False)
            value, slope = value - likelihood, slope - gradient
        return value, slope

    bounds = [(math.log(0.25), math.log(900.0)), (math.log(1.0), math.log(50.0)), (math.log(0.25), math.log(400.0))]
    found = optimize.minimize(against, middle, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 25, "ftol": 1e-5})
    shadowing, correlation_m, place = np.exp(found.x).tolist()
    return math.sqrt(shadowing), correlation_m, math.sqrt(place)
