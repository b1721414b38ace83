"""Models weighted by what they are wrong by where they have not been, and what is left kriged: value and deviation of a place."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from wifiplan.radio import evidence, fading, residuals
from wifiplan.radio.evidence import KINDS
from wifiplan.radio.fit import CONFIDENCE_SHARE
from wifiplan.radio.links import LEAST_LINKS, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wifiplan.radio.evidence import Kind, Split
    from wifiplan.radio.links import Links
    from wifiplan.radio.models import Model
    from wifiplan.radio.residuals import Residuals, Silent

    Floats = NDArray[np.float64]

YARDSTICK = "p1238"
"""No weighting may be worse than this model on what was held out."""

MOST_EVIDENCE = 6000
"""Links that are held out in turn; of more, places are drawn: so many say what a model is wrong by to some hundredths of a dB."""

STRETCH = (0.9, 1.3)
"""How far the deviation of a place may be narrowed or widened by what held-out places showed."""

MOST_WORSE_DB = 0.6
"""What an access point's links share is not carried far where that makes whole halves worse by more than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Root mean square error in dB on links that were held out, by how; None where it could not be done."""

    halves_db: float | None
    checkerboards_db: float | None
    access_points_db: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFit:
    """One model: where it is from, its fitted numbers, its share in the map (0 to 1), and its error where it has not been."""

    name: str
    source: str
    numbers: dict[str, float]
    weight: float
    held_out: HeldOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Strongest:
    """Measured less mapped, in dB, of the strongest access point of held-out places, in the mean.

    The strongest of several uncertain signals is stronger than the largest of their means, which gives `bias_db`. With the mean
    of the largest (`fading.strongest_mean_dbm`) `expected_bias_db` is left.
    """

    places: int
    bias_db: float
    expected_bias_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """What `blend` found; errors (n,) are modelled less measured of every link, NaN where it was never held out.

    `after_db` are on colours of a checkerboard that were held out, `used_db` on links that were used; `sigma_db` is what is left
    at a held-out place, `kept_share` the share of held-out links with what was promised with `CONFIDENCE_SHARE`.
    """

    fits: tuple[ModelFit, ...]
    residuals: Residuals | None
    chosen: HeldOut
    after_db: Floats
    used_db: Floats
    sigma_db: float
    kept_share: float
    strongest: Strongest | None


def blend(names: Sequence[str], models: Sequence[Model], heard: Links, unheard: Links, *, seed: int = 0) -> Blend:
    """Fit models to the links of a survey, weigh them, and krige what is left.

    Parameters
    ----------
    names : sequence of str
        Of the access points, as `Links.access_point` counts them.
    models : sequence of Model
        `YARDSTICK` among them.
    heard, unheard : Links
        What was measured, and the other access points at the same places.
    seed : int
        Of where checkerboards begin, and of which access points are held out together.
    """
    rng = np.random.default_rng(seed)
    few, silent = _drawn(heard, unheard, rng)
    parts = evidence.splits(few.points_m, few.access_point, least=LEAST_LINKS, rng=rng)

    def alone(model: Model) -> dict[Kind, Floats]:
        return evidence.held_out_errors_db(parts, lambda learn: model.rssi_dbm(few, model.fit(few.only(learn))), few.rssi_dbm)

    errors = [alone(model) for model in models]
    yardstick = next(index for index, model in enumerate(models) if model.name == YARDSTICK)
    share = evidence.weights(errors, never_worse_than=yardstick) if parts else np.eye(len(models))[yardstick]
    values = [model.fit(heard) for model in models]
    mean_dbm = weighted_dbm([model.rssi_dbm(heard, one) for model, one in zip(models, values, strict=True)], share)
    found = residuals.fit(names, heard.points_m, heard.access_point, heard.rssi_dbm - mean_dbm)
    trial = _Trial(names, models, share, (few, silent), parts, found=found)
    if trial.worse_far_away():
        # What an access point's links share here is not what they share there: nothing is carried to places far away.
        found = replace(found, access_point_db=0.0)
        trial = _Trial(names, models, share, (few, silent), parts, found=found)
    kept = None
    if trial.better_with():
        spread_db = _between_access_points_db(few.access_point, trial.of_access_points(errors))
        not_heard = _silent(found, names, (heard, mean_dbm), unheard, (models, values, share), spread_db=spread_db)
        kept = replace(found, stretch=trial.stretch(), silent=not_heard)
    used_dbm = mean_dbm + (0.0 if kept is None else _at_links(kept, names, heard)[0])
    return Blend(
        fits=tuple(
            ModelFit(
                name=model.name,
                source=model.source,
                numbers={name: round(float(value), 3) for name, value in zip(model.numbers, one, strict=True)},
                weight=round(float(weight), 4),
                held_out=held_out(error),
            )
            for model, one, weight, error in zip(models, values, share, errors, strict=True)
        ),
        residuals=kept,
        chosen=held_out(trial.errors_db(with_residuals=kept is not None) | trial.of_access_points(errors)),
        after_db=trial.errors_db(with_residuals=kept is not None).get("checkerboards", np.array([])),
        used_db=used_dbm - heard.rssi_dbm,
        sigma_db=trial.sigma_db(with_residuals=kept is not None),
        kept_share=trial.kept_share(with_residuals=kept is not None),
        strongest=trial.strongest(with_residuals=kept is not None),
    )


def weighted_dbm(parts_dbm: Sequence[Floats], share: Sequence[float] | Floats) -> Floats:
    """Weighted mean (n,) of models' RSSI; one that has no path somewhere has no say there, and -inf where none has."""
    stack, weight = np.stack(list(parts_dbm)), np.asarray(share, dtype=np.float64)[:, None]
    there = np.isfinite(stack)
    total = (weight * there).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weight * np.where(there, stack, 0.0)).sum(axis=0) / total
    return np.where(total > 0.0, mean, -np.inf)


def held_out(errors_db: dict[Kind, Floats]) -> HeldOut:
    """Root mean squares of errors by kind."""
    halves, checkerboards, access_points = (
        round(evidence.rmse_db(errors_db[kind]), 2) if kind in errors_db else None for kind in KINDS
    )
    return HeldOut(halves_db=halves, checkerboards_db=checkerboards, access_points_db=access_points)


def _drawn(heard: Links, unheard: Links, rng: np.random.Generator) -> tuple[Links, Links]:
    """Whole places, so many that their links are about `MOST_EVIDENCE`."""
    if len(heard.rssi_dbm) <= MOST_EVIDENCE:
        return heard, unheard
    _, place = np.unique(np.concatenate([heard.points_m, unheard.points_m]), axis=0, return_inverse=True)
    count = int(place.max()) + 1
    chosen = rng.random(count) < MOST_EVIDENCE / len(heard.rssi_dbm)
    taken = chosen[place.ravel()]
    return heard.only(taken[: len(heard.rssi_dbm)]), unheard.only(taken[len(heard.rssi_dbm) :])


def _between_access_points_db(access_point: NDArray[np.intp], errors_db: dict[Kind, Floats]) -> float:
    """How far the links of one access point are off together: standard deviation of the means of those that were held out."""
    error_db = errors_db.get("access points", np.full(len(access_point), np.nan))
    means = [
        float(np.mean(own))
        for index in np.unique(access_point)
        if len(own := error_db[(access_point == index) & np.isfinite(error_db)]) >= LEAST_LINKS
    ]
    return max(float(np.std(means)), residuals.ACCESS_POINT_DB) if len(means) > 2 else residuals.ACCESS_POINT_DB


def _silent(
    found: Residuals,
    names: Sequence[str],
    heard: tuple[Links, Floats],
    unheard: Links,
    fitted: tuple[Sequence[Model], Sequence[Floats], Floats],
    *,
    spread_db: float,
) -> tuple[Silent, ...]:
    """Of access points that no place heard."""
    links, mean_dbm = heard
    quiet = sorted(set(unheard.access_point.tolist()) - set(links.access_point.tolist()))
    if not quiet:
        return ()
    models, values, share = fitted
    floor_dbm, wide_db = float(links.rssi_dbm.min()), math.hypot(found.shadowing_db, found.place_db)
    expected = weighted_dbm([model.rssi_dbm(unheard, one) for model, one in zip(models, values, strict=True)], share)
    others = ~np.isin(unheard.access_point, quiet)
    strong = np.sum(mean_dbm > floor_dbm + 2.0 * wide_db)
    missed = np.sum(expected[others] > floor_dbm + 2.0 * wide_db)
    result = []
    for index in quiet:
        own = (unheard.access_point == index) & np.isfinite(expected)
        if own.any():
            one = residuals.silent(
                found,
                names[index],
                unheard.points_m[own],
                expected[own] - floor_dbm,
                missed_share=float((missed + 1) / (strong + missed + 2)),
                spread_db=spread_db,
            )
            result.append(one)
    return tuple(result)


def _at_links(found: Residuals, names: Sequence[str], links: Links) -> tuple[Floats, Floats]:
    """What residuals say of links (n,) each: value and deviation."""
    value, deviation = np.zeros(len(links.rssi_dbm)), np.zeros(len(links.rssi_dbm))
    for index in np.unique(links.access_point):
        own = links.access_point == index
        (value[own],), (deviation[own],) = found.at([names[index]], links.points_m[own])
    return value, deviation


class _Trial:
    """Regions held out of the whole: models refitted, residuals kriged anew, with the deviations of all."""

    def __init__(
        self, names: Sequence[str], models: Sequence[Model], share: Floats, links: tuple[Links, Links], parts: Sequence[Split],
        *, found: Residuals,
    ) -> None:  # fmt: skip
        few, silent = links
        self._few, self._parts = few, [one for one in parts if one.kind != "access points"]
        self._share, self._place = share, np.zeros(0, dtype=np.intp)
        every, count = joined(few, silent), len(few.rssi_dbm)
        self._place = np.unique(every.points_m, axis=0, return_inverse=True)[1].ravel()
        self._access_point = every.access_point
        self._mean: list[Floats] = []
        self._added: list[Floats] = []
        self._deviation: list[Floats] = []
        for one in self._parts:
            learn = ~one.held_out
            taught = few.only(learn)
            mean_dbm = weighted_dbm([model.rssi_dbm(every, model.fit(taught)) for model in models], share)
            left_db = taught.rssi_dbm - mean_dbm[:count][learn]
            there = residuals.fit(names, taught.points_m, taught.access_point, left_db, like=found)
            added, deviation = _at_links(there, names, every)
            self._mean.append(mean_dbm)
            self._added.append(added)
            self._deviation.append(deviation)
        self._found, self._stretch = found, 1.0
        self._stretch = self.stretch()

    def errors_db(self, *, with_residuals: bool) -> dict[Kind, Floats]:
        """By kind, of the links that are held out; NaN for those that never are."""
        found: dict[Kind, Floats] = {one.kind: np.full(len(self._few.rssi_dbm), np.nan) for one in self._parts}
        for number, one in enumerate(self._parts):
            found[one.kind][one.held_out] = self._error_db(number, with_residuals=with_residuals)[one.held_out]
        return found

    def of_access_points(self, errors: Sequence[dict[Kind, Floats]]) -> dict[Kind, Floats]:
        """Of access points that were held out, which have no residuals: the weighted models alone."""
        kind: Kind = "access points"
        if kind not in errors[0]:
            return {}
        return {kind: np.asarray(self._share @ np.stack([one[kind] for one in errors]))}

    def worse_far_away(self) -> bool:
        """Whether kriging what is left makes whole halves, seen from the other, worse by more than `MOST_WORSE_DB`."""
        with_db, without_db = self._rmse_db("halves")
        return with_db > without_db + MOST_WORSE_DB

    def better_with(self) -> bool:
        """Whether kriging what is left makes places better that lie among those that were measured."""
        with_db, without_db = self._rmse_db("checkerboards")
        return with_db < without_db

    def _rmse_db(self, kind: Kind) -> tuple[float, float]:
        """With and without residuals; NaN where nothing was held out so."""
        return tuple(  # type: ignore[return-value]  # two
            evidence.rmse_db(self.errors_db(with_residuals=one).get(kind, np.zeros(0))) for one in (True, False)
        )

    def stretch(self) -> float:
        """By how much deviations must be widened for the promise to hold at held-out places, within `STRETCH`."""
        if not self._parts:
            return 1.0
        away = np.concatenate(
            [
                (self._error_db(number, with_residuals=True) / self._deviation[number][: len(self._few.rssi_dbm)])[one.held_out]
                for number, one in enumerate(self._parts)
            ]
        )
        return float(np.clip(np.quantile(away, CONFIDENCE_SHARE) / stats.norm.ppf(CONFIDENCE_SHARE), *STRETCH))

    def sigma_db(self, *, with_residuals: bool) -> float:
        """Standard deviation of what is left at held-out places, gross errors counted little."""
        errors = list(self.errors_db(with_residuals=with_residuals).values())
        every = np.concatenate(errors) if errors else np.zeros(0)
        every = every[np.isfinite(every)]
        return max(float(stats.median_abs_deviation(every, scale="normal")), 0.5) if len(every) else fading.FADING_DB

    def kept_share(self, *, with_residuals: bool) -> float:
        """Share of held-out links that had what was promised."""
        count, margin = len(self._few.rssi_dbm), float(stats.norm.ppf(CONFIDENCE_SHARE))
        if with_residuals:
            margin = self._found.margin(CONFIDENCE_SHARE)
        kept = [np.zeros(0, dtype=bool)]
        for number, one in enumerate(self._parts):
            wide = self._stretch * self._deviation[number][:count] if with_residuals else self.sigma_db(with_residuals=False)
            kept.append((self._error_db(number, with_residuals=with_residuals) <= margin * wide)[one.held_out])
        every = np.concatenate(kept)
        return float(np.mean(every)) if len(every) else float("nan")

    def strongest(self, *, with_residuals: bool) -> Strongest | None:
        """Of held-out places, over all access points, heard or not."""
        count = len(self._few.rssi_dbm)
        measured, mapped, expected = [], [], []
        for number, one in enumerate(self._parts):
            value = self._mean[number] + (self._added[number] if with_residuals else 0.0)
            wide = (
                self._stretch * self._deviation[number]
                if with_residuals
                else np.full(len(value), self.sigma_db(with_residuals=False))
            )
            asked, column = np.unique(self._place[:count][one.held_out], return_inverse=True)
            strongest_dbm = np.full(len(asked), -np.inf)
            np.maximum.at(strongest_dbm, column.ravel(), self._few.rssi_dbm[one.held_out])
            here = np.isin(self._place, asked)
            pick = self._access_point[here], np.searchsorted(asked, self._place[here])
            value_dbm = np.full((int(self._access_point.max()) + 1, len(asked)), -np.inf)
            wide_db = np.ones(value_dbm.shape)
            value_dbm[pick], wide_db[pick] = value[here], wide[here]
            measured += strongest_dbm.tolist()
            mapped += value_dbm.max(axis=0).tolist()
            expected += fading.strongest_mean_dbm(value_dbm, wide_db).tolist()
        if not measured:
            return None
        return Strongest(
            places=len(measured),
            bias_db=round(float(np.mean(measured) - np.mean(mapped)), 2),
            expected_bias_db=round(float(np.mean(measured) - np.mean(expected)), 2),
        )

    def _error_db(self, number: int, *, with_residuals: bool) -> Floats:
        value = self._mean[number] + (self._added[number] if with_residuals else 0.0)
        return np.asarray(value[: len(self._few.rssi_dbm)] - self._few.rssi_dbm)
