"""The radio model fitted to a survey: one offset, losses of materials and of people, and an error on places that were not used.

    RSSI = transmit power + path gain + offset - sum over materials of (crossings x extra loss) - factor x crowd loss

The gain is the radio model's with its table of materials; what is fitted is what the table has wrong. A loss is given only
where the survey can tell it from everything else; what it cannot tell is refused by name, with the reason, and stays as in
the table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from floorplans import plan as floorplan
from wifiplan.errors import DesignError, SurveyError
from wifiplan.radio import fading, radiomap
from wifiplan.radio.body_loss import Crowd
from wifiplan.radio.crossings import crossings
from wifiplan.radio.fit import CONFIDENCE_SHARE, RobustFit, adds, collinear, robust_fit
from wifiplan.radio.materials import layers
from wifiplan.radio.propagation import slab_loss_db

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.radio.coverage import Job
    from wifiplan.radio.survey import Survey

    Gains = Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]

FORMAT = 1
"""Version of the calibration file. A file with a higher one is refused by name."""

LEAST_LINKS = 10
"""Fewer links across a material, or beside it, say nothing about it: with 4 dB a link its loss would be known to 2 dB at best."""

PATCH_M = 2.0
"""Readings within one square of this side count as one when intervals are made and when points are held out: shadowing is
alike over a metre or two (docs/benchmarks/), and so is where the surveyor's body stood."""

FOLDS = 5

CLEAR_OF_FLOOR = 2.0
"""Standard deviations above the weakest reading from which a link is fitted, where the receiver's floor shows: of such links one
in 40 goes unheard."""

_NO_WALLS = (
    "no wall loss can be identified from this survey and plan: what walls cost beyond the table, and walls that the plan lacks, "
    "are in the offset"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing that was fitted, with its interval of `CONFIDENCE_SHARE`.

    `what` is `offset` (dB, added to every link), `material` (dB lost per crossing beyond the table; `table_loss_db` is the
    table's at normal incidence and `loss_db` their sum) or `crowd` (factor on the modelled loss).
    """

    name: str
    what: Literal["offset", "material", "crowd"]
    unit: str
    value: float
    low: float
    high: float
    links: int
    table_loss_db: float | None = None
    loss_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One thing that the survey cannot tell, and why."""

    name: str
    what: Literal["material", "crowd"]
    links: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelError:
    """Modelled less measured RSSI over links."""

    links: int
    mean_error_db: float
    mean_absolute_error_db: float
    standard_deviation_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """`before`: the model as it was. `after`: fitted, on links that were not used for it. `fitted`: on those that were.

    Each link is held out once, with its whole patch, in one of `FOLDS` folds, so that `before` and `after` are of the same links.
    """

    before: ModelError
    after: ModelError
    fitted: ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a survey says about the radio model in one building and band.

    `sigma_db` is what is left at a place, for coverage with a confidence; `kept_share` the share of held-out links that had the
    RSSI promised with `confidence_share`.
    """

    floor_plan: str
    band: str
    frequencies_mhz: tuple[float, ...]
    reflections: int
    readings: int
    links: int
    places: int
    outliers: int
    parameters: tuple[Parameter, ...]
    refused: tuple[Refused, ...]
    error: Errors
    sigma_db: float
    kept_share: float
    confidence_share: float = CONFIDENCE_SHARE
    warnings: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def crowd_factor(self) -> float:
        """What the modelled loss of people is to be multiplied by; 1 where the survey says nothing."""
        return next((parameter.value for parameter in self.parameters if parameter.what == "crowd"), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Links:
    """Places and access points; what a survey says again of the same two counts once, as the median."""

    points_m: NDArray[np.float64]  # (n, 3)
    access_point: NDArray[np.intp]  # (n,)
    rssi_dbm: NDArray[np.float64]  # (n,): NaN where nothing was heard
    model_dbm: NDArray[np.float64]  # (n,): people included as modelled
    counts: dict[str, NDArray[np.int64]]  # material -> (n,)
    crowd_db: NDArray[np.float64]  # (n,): as modelled, 0 where the survey says nothing
    patch: NDArray[np.intp]  # (n,)

    @property
    def residual_db(self) -> NDArray[np.float64]:
        """Measured less modelled (n,)."""
        return self.rssi_dbm - self.model_dbm

    def only(self, chosen: NDArray[np.bool_]) -> _Links:
        return _Links(
            points_m=self.points_m[chosen],
            access_point=self.access_point[chosen],
            rssi_dbm=self.rssi_dbm[chosen],
            model_dbm=self.model_dbm[chosen],
            counts={name: count[chosen] for name, count in self.counts.items()},
            crowd_db=self.crowd_db[chosen],
            patch=self.patch[chosen],
        )

    def correction_db(self, names: Sequence[str], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,): what parameters add to the model; what is refused stays as in the table."""
        total = np.zeros(len(self.rssi_dbm))
        for name, value in zip(names, values, strict=False):
            total += value * (1.0 if name == _OFFSET else -self.crowd_db if name == _CROWD else -self.counts[name])
        return total


_OFFSET, _CROWD = "offset", "crowd"


def calibrate(
    job: Job,
    survey: Survey,
    *,
    posture: str = "standing",
    reflections: int = 2,
    seed: int = 0,
    gains: Gains = radiomap.gains_and_crowd_loss_db,
    progress: Callable[[float], None] | None = None,
) -> Calibration:
    """Fit the model of a building's radio in one band to a survey of it.

    Parameters
    ----------
    job : Job
        Building, access points and frequencies, as `wifiplan.radio.coverage.read_job` gives them.
    survey : Survey
        Its `access_point` counts the job's.
    posture : str
        Of the people that the survey tells of: see `wifiplan.radio.body_loss.POSTURES`.
    reflections : int
        Of the radio map that is corrected; use the same for maps with this calibration.
    seed : int
        Of the folds.
    gains : callable
        Path gains and crowd losses (ap, n), called as `wifiplan.radio.radiomap.gains_and_crowd_loss_db`.

    Raises
    ------
    SurveyError
        Fewer than `LEAST_LINKS` links, or all of them in fewer than `FOLDS` places.
    """
    Crowd.of(0.0, posture)  # refuses a posture that is not known, also where the survey says nothing of people
    links, unheard, no_path = _links(job, survey, partial(gains, reflections=reflections, progress=progress), posture)
    told_of_people = bool(np.any(np.isfinite(survey.people_per_m2)))
    columns, fit = _fit(links, _columns(links, np.ones(len(links.rssi_dbm), dtype=bool), told_of_people=told_of_people))
    for _ in range(3 if _is_cut_off(links, unheard, columns, fit) else 0):
        strong = _expected_dbm(links, columns, fit) > float(links.rssi_dbm.min()) + CLEAR_OF_FLOOR * fit.sigma
        columns, fit = _fit(links, _columns(links, strong, told_of_people=told_of_people))
    parameters = _parameters(job, links, columns, fit)
    after_db, kept_share = _held_out(links, columns, seed)
    warnings = [f"{no_path} links without any path in the model are left out"] if no_path else []
    if not columns.strong.all():
        warnings.append(
            f"{int(np.sum(~columns.strong))} links near the weakest reading ({links.rssi_dbm.min():.0f} dBm) are left out of the "
            "fit: of such links only the lucky ones were heard"
        )
    if not any(parameter.what == "material" for parameter in parameters):
        warnings.append(_NO_WALLS)
    return Calibration(
        floor_plan=job.floor_plan.name,
        band=job.band,
        frequencies_mhz=job.frequencies_mhz,
        reflections=reflections,
        readings=len(survey.rssi_dbm),
        links=len(links.residual_db),
        places=len(np.unique(links.points_m, axis=0)),
        outliers=int(np.sum(fit.weights == 0.0)),
        parameters=parameters,
        refused=columns.refused,
        error=Errors(
            before=_model_error(-links.residual_db),
            after=_model_error(after_db),
            fitted=_model_error(links.correction_db(columns.names, fit.values) - links.residual_db),
        ),
        sigma_db=round(float(fit.sigma), 2),
        kept_share=round(kept_share, 4),
        warnings=(*survey.warnings, *warnings),
    )


def _links(job: Job, survey: Survey, gains: Gains, posture: str) -> tuple[_Links, _Links, int]:
    """What was heard, what was not heard at the same places, and how many readings have no path in the model."""
    people = np.nan_to_num(survey.people_per_m2)
    where, which = np.unique(np.column_stack([survey.points_m, survey.height_m, people]), axis=0, return_inverse=True)
    aps = len(job.access_points)
    pair = which.ravel() * aps + survey.access_point
    heard, member = np.unique(pair, return_inverse=True)
    repeats = np.split(survey.rssi_dbm[np.argsort(member, kind="stable")], np.cumsum(np.bincount(member))[:-1])
    rssi_dbm = np.full(len(where) * aps, np.nan)
    rssi_dbm[heard] = [np.median(one) for one in repeats]

    crowds = np.full(len(where), None, dtype=object)
    for index in np.flatnonzero(where[:, 4]):
        one = Crowd.of(float(where[index, 4]), posture)
        # The crowd is around the receiver as it was held, but no lower than any posture holds it.
        crowds[index] = replace(one, client_height_m=float(np.clip(where[index, 3], 0.3, one.body_height_m)))
    points_m = np.ascontiguousarray(where[:, :3])
    gain_db, crowd_db = gains(job.floor_plan, job.access_points, points_m, frequency_mhz=job.frequencies_mhz, crowd=crowds)
    power_dbm = np.array([[radio.tx_power_dbm] for radio in job.radios])
    transmitters_m = radiomap.positions_m(job.floor_plan, job.access_points)
    every = _Links(
        points_m=np.repeat(points_m, aps, axis=0),
        access_point=np.tile(np.arange(aps), len(where)),
        rssi_dbm=rssi_dbm,
        model_dbm=(power_dbm + gain_db - crowd_db).T.ravel(),
        counts={
            name: count.ravel() for name, count in crossings(job.floor_plan, transmitters_m[None], points_m[:, None]).items()
        },
        crowd_db=np.asarray(crowd_db).T.ravel(),
        patch=np.repeat(np.unique(np.floor(points_m / PATCH_M), axis=0, return_inverse=True)[1].ravel(), aps),
    )
    path, told = np.isfinite(every.model_dbm), np.isfinite(rssi_dbm)
    links = every.only(path & told)
    if len(links.rssi_dbm) < LEAST_LINKS:
        raise SurveyError(
            f"{job.floor_plan.name}: {len(links.rssi_dbm)} links (places x access points) with a signal in survey and model; "
            f"{LEAST_LINKS} or more are needed"
        )
    if (patches := len(np.unique(links.patch))) < FOLDS:
        raise SurveyError(
            f"{job.floor_plan.name}: all readings are within {patches} squares of {PATCH_M:g} m; measure in {FOLDS} or more, all "
            "over the building, so that some can be held back"
        )
    return links, every.only(path & ~told), int(np.sum(told & ~path))


def _expected_dbm(links: _Links, columns: _Columns, fit: RobustFit) -> NDArray[np.float64]:
    return links.model_dbm + links.correction_db(columns.names, fit.values)


def _is_cut_off(links: _Links, unheard: _Links, columns: _Columns, fit: RobustFit) -> bool:
    """Whether the receiver's floor shows: links that should be weak are missing far more often than strong ones.

    Links that should be weak are then in the survey only where they were better than that, which hides part of what walls cost.
    """
    floor_dbm = float(links.rssi_dbm.min())
    there, missing = (_expected_dbm(one, columns, fit) - floor_dbm for one in (links, unheard))
    weak, weak_missing = int(np.sum(there < fit.sigma)), int(np.sum(missing < fit.sigma))
    strong, strong_missing = int(np.sum(there > 4.0 * fit.sigma)), int(np.sum(missing > 4.0 * fit.sigma))
    often = weak_missing / max(weak + weak_missing, 1) - strong_missing / max(strong + strong_missing, 1)
    return weak_missing >= LEAST_LINKS // 2 and often > 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What is fitted: the first `len(names)` columns of `design` are parameters, the rest take up what is refused."""

    names: tuple[str, ...]
    design: NDArray[np.float64]  # (n, p)
    strong: NDArray[np.bool_]  # (n,): well above the receiver's floor
    usable: NDArray[np.bool_]  # (n,): and across nothing that is crossed too rarely
    refused: tuple[Refused, ...]


def _fit(links: _Links, columns: _Columns) -> tuple[_Columns, RobustFit]:
    """The fit, without parameters whose own links do not agree with each other."""
    while True:
        chosen = columns.usable
        fit = robust_fit(columns.design[chosen], links.residual_db[chosen], links.patch[chosen])
        for index in range(1, len(columns.names)):
            told = columns.design[chosen, index] != 0.0
            counted = int(np.sum(told & (fit.weights > 0.0)))
            if counted < LEAST_LINKS // 2:
                break
        else:
            return columns, fit
        name = columns.names[index]
        reason = f"only {counted} of its {int(np.sum(told))} links agree on one loss"
        # The column stays, behind those that are parameters, so that it does not move them.
        order = [*(one for one in range(columns.design.shape[1]) if one != index), index]
        columns = _Columns(
            names=tuple(one for one in columns.names if one != name),
            design=columns.design[:, order],
            strong=columns.strong,
            usable=chosen,
            refused=(*columns.refused, _refused(name, links, reason)),
        )


def _columns(links: _Links, strong: NDArray[np.bool_], *, told_of_people: bool) -> _Columns:
    """Every parameter that the strong links can tell from all others, and why not for the rest."""
    refused, usable = _too_few(links, strong)
    if usable.sum() < LEAST_LINKS:
        raise SurveyError(
            f"only {int(usable.sum())} links cross no material that is crossed too rarely ({', '.join(sorted(refused))}); "
            f"measure more places, {LEAST_LINKS} or more behind each"
        )
    columns = {name: -count.astype(np.float64) for name, count in links.counts.items() if name not in refused}
    for name in columns:
        odd = _not_usual(links.counts[name], links.access_point, usable)
        if odd < LEAST_LINKS:
            some = f" but {odd}" if odd else ""
            reason = (
                f"all links of an access point{some} cross it equally often: its loss cannot be told from the offset or from an "
                "access point's power"
            )
            refused[name] = _refused(name, links, reason)
    crowded = int(np.sum(links.crowd_db[usable] > 0.5))
    if crowded >= LEAST_LINKS:
        columns[_CROWD] = -links.crowd_db
    else:
        reason = (
            f"{crowded} links lose more than 0.5 dB to people; {LEAST_LINKS} are needed"
            if told_of_people
            else "the survey does not say how many people were there (column people_per_m2)"
        )
        refused[_CROWD] = Refused(name=_CROWD, what="crowd", links=crowded, reason=reason)
    for name, partners in collinear({name: column[usable] for name, column in columns.items()}).items():
        if name not in refused:
            reason = f"it goes together with {' and '.join(partners)}: only the sum of their losses shows"
            refused[name] = _refused(name, links, reason)
    names = tuple(name for name in columns if name not in refused)
    design = [np.ones(len(usable)), *(columns[name] for name in names)]
    for name, column in columns.items():
        if name in refused and adds(column[usable], [other[usable] for other in design]):
            design.append(column)
    return _Columns(
        names=(_OFFSET, *names),
        design=np.column_stack(design),
        strong=strong,
        usable=usable,
        refused=tuple(refused[name] for name in (*links.counts, _CROWD) if name in refused),
    )


def _refused(name: str, links: _Links, reason: str) -> Refused:
    if name == _CROWD:
        return Refused(name=name, what="crowd", links=int(np.sum(links.crowd_db > 0.5)), reason=reason)
    return Refused(name=name, what="material", links=int(np.sum(links.counts[name] > 0)), reason=reason)


def _too_few(links: _Links, strong: NDArray[np.bool_]) -> tuple[dict[str, Refused], NDArray[np.bool_]]:
    """Materials that fewer than `LEAST_LINKS` links cross, and the links that cross none of them, until nothing changes."""
    refused: dict[str, Refused] = {}
    usable = strong.copy()
    while True:
        few = {
            name: int(np.sum(count[usable] > 0))
            for name, count in links.counts.items()
            if name not in refused and np.sum(count[usable] > 0) < LEAST_LINKS
        }
        if not few:
            return refused, usable
        for name, left in few.items():
            total = int(np.sum(links.counts[name] > 0))
            others = f", {total - left} of them too weak or across what is refused" if total > left else ""
            reason = f"crossed by {total} links{others}; {LEAST_LINKS} are needed"
            refused[name] = _refused(name, links, reason)
            usable &= links.counts[name] == 0


def _not_usual(count: NDArray[np.int64], access_point: NDArray[np.intp], usable: NDArray[np.bool_]) -> int:
    """Links that cross a material another number of times than most of their access point's."""
    odd = 0
    for index in np.unique(access_point[usable]):
        own = count[usable & (access_point == index)]
        odd += len(own) - int(np.bincount(own).max())
    return odd


def _parameters(job: Job, links: _Links, columns: _Columns, fit: RobustFit) -> tuple[Parameter, ...]:
    parameters = []
    for name, value, (low, high) in zip(columns.names, fit.values.tolist(), fit.interval().tolist(), strict=False):
        if name == _OFFSET:
            count, what, unit, table_db, base = len(links.residual_db), "offset", "dB", None, 0.0
        elif name == _CROWD:
            # The column is what the model already takes off: its factor is one more than what is fitted.
            count, what, unit, table_db, base = int(np.sum(links.crowd_db > 0.5)), "crowd", "x modelled loss", None, 1.0
        else:
            count, what, unit, base = int(np.sum(links.counts[name] > 0)), "material", "dB a crossing beyond the table", 0.0
            table_db = _table_loss_db(job.floor_plan, name, float(np.median(job.frequencies_mhz)))
        parameters.append(
            Parameter(
                name=name,
                what=what,  # type: ignore[arg-type]  # one of the three, above
                unit=unit,
                value=round(base + value, 3),
                low=round(base + low, 3),
                high=round(base + high, 3),
                links=count,
                table_loss_db=None if table_db is None else round(table_db, 2),
                loss_db=None if table_db is None else round(table_db + value, 2),
            )
        )
    return tuple(parameters)


def _table_loss_db(floor_plan: FloorPlan, name: str, frequency_mhz: float) -> float | None:
    """Of a material at normal incidence, as thick as most of it in the plan is; None where nothing comes through."""
    amount: dict[float | None, float] = {}
    for wall in floor_plan.walls:
        parts = [(wall.material, wall.thickness_m, wall.length_m)]
        parts += [(hole.material or "", hole.thickness_m, hole.u1_m - hole.u0_m) for hole in wall.openings]
        for material, thickness_m, length_m in parts:
            if material == name:
                amount[thickness_m] = amount.get(thickness_m, 0.0) + length_m
    for slab in floor_plan.slabs:
        if slab.material == name:
            amount.setdefault(slab.thickness_m, 0.0)
    thickness_m = max(amount, key=lambda one: amount[one])
    loss_db = float(slab_loss_db(layers(name, thickness_m, frequency_mhz), 1.0, frequency_mhz))
    return loss_db if loss_db < 200.0 else None


def _held_out(links: _Links, columns: _Columns, seed: int) -> tuple[NDArray[np.float64], float]:
    """Model error (n,) of each link by a fit without its patch and a fifth of the others; share that had what was promised."""
    patches = np.random.default_rng(seed).permutation(int(links.patch.max()) + 1)
    fold = patches[links.patch] % FOLDS
    error_db = np.empty(len(fold))
    kept = np.empty(len(fold), dtype=bool)
    for number in range(FOLDS):
        train, out = columns.usable & (fold != number), fold == number
        if not out.any():
            continue
        fit = robust_fit(columns.design[train], links.residual_db[train], links.patch[train])
        error_db[out] = (links.correction_db(columns.names, fit.values) - links.residual_db)[out]
        margin_db = fading.margin_db(CONFIDENCE_SHARE, fit.sigma, measured_links=max(int(train.sum()), 3))
        kept[out] = error_db[out] <= margin_db
    return error_db, float(np.mean(kept))


def _model_error(error_db: NDArray[np.float64]) -> ModelError:
    return ModelError(
        links=len(error_db),
        mean_error_db=round(float(np.mean(error_db)), 2),
        mean_absolute_error_db=round(float(np.mean(np.abs(error_db))), 2),
        standard_deviation_db=round(float(np.std(error_db)), 2),
    )


def correction_db(calibration: Calibration, job: Job, *, reflections: int) -> NDArray[np.float64]:
    """What a calibration adds to the modelled RSSI (ap, n) at a job's places: offset, and extra losses of what is crossed.

    The loss of people is not in it: multiply that by `Calibration.crowd_factor`.

    Raises
    ------
    DesignError
        The calibration is of another building, of another band, or of a model with other reflections.
    """
    for what, own, asked in (
        ("building", calibration.floor_plan, job.floor_plan.name),
        ("band", calibration.band, job.band),
        ("number of reflections", calibration.reflections, reflections),
    ):
        if own != asked:
            raise DesignError(f"the calibration is of {what} {own}, the map of {asked}; calibrate for the same")
    transmitters_m = radiomap.positions_m(job.floor_plan, job.access_points)[:, None]
    receivers_m = job.points_m
    if receivers_m is None:
        places_m = job.places_m()
        z_m = job.floor_plan.levels[job.level].floor_m + job.height_m
        receivers_m = np.column_stack([places_m, np.full(len(places_m), z_m)])
    total = np.zeros((len(job.access_points), len(receivers_m)))
    through = crossings(job.floor_plan, transmitters_m, receivers_m[None])
    for parameter in calibration.parameters:
        if parameter.what == "offset":
            total += parameter.value
        elif parameter.what == "material" and parameter.name in through:
            total -= parameter.value * through[parameter.name]
    return total


for _type in (Parameter, Refused, ModelError, Errors, Calibration):
    setattr(_type, "__pydantic_config__", ConfigDict(extra="forbid", allow_inf_nan=False))  # noqa: B010
_ADAPTER: TypeAdapter[Calibration] = TypeAdapter(Calibration)


def to_json(calibration: Calibration) -> dict[str, Any]:
    """Plain JSON, as `wifiplan calibrate --json` prints it and `load` reads it back."""
    return dict(json.loads(_ADAPTER.dump_json(calibration)))


def save(calibration: Calibration, path: str | Path) -> None:
    """Write a calibration whole or not at all."""
    floorplan.write_whole(Path(path), json.dumps(to_json(calibration), ensure_ascii=False, indent=1))


def load(path: str | Path) -> Calibration:
    """Read a file that `save` wrote; raises `DesignError` that names the file, the place in it and the way out."""
    path = Path(path)
    try:
        data = json.loads(path.read_bytes())
    except ValueError as error:
        raise DesignError(f"{path}: not readable as JSON ({error}); give a file written by `wifiplan calibrate --out`") from None
    version = data.get("format", FORMAT) if isinstance(data, dict) else FORMAT
    if isinstance(version, int) and version > FORMAT:
        raise DesignError(f"{path}: format {version} is newer than this program's {FORMAT}; update wifiplan")
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        raise DesignError(f"{path}: {floorplan.first_error(error)}; give a file written by `wifiplan calibrate --out`") from None
