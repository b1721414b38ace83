"""The radio model fitted to a survey: several models side by side, weighted by what each is wrong by where it has not been.

Offset and losses are those of `wall_losses`, models those of `models`; `evidence` holds out regions and access points, and
`residuals` krige what is left. What a survey cannot tell is refused by name, with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from floorplans import plan as floorplan
from wifiplan.errors import DesignError, SurveyError
from wifiplan.files import read_json
from wifiplan.radio import blend as blending
from wifiplan.radio import fading, locate, radiomap, receivers, surroundings, wall_losses
from wifiplan.radio import links as linked
from wifiplan.radio.blend import HeldOut, ModelFit, Strongest, blend
from wifiplan.radio.body_loss import Bodies
from wifiplan.radio.fit import CONFIDENCE_SHARE
from wifiplan.radio.links import LEAST_LINKS
from wifiplan.radio.locate import Placed
from wifiplan.radio.models import SIMPLE
from wifiplan.radio.receivers import Receiver
from wifiplan.radio.residuals import KnownPlaces, Residuals, Silent
from wifiplan.radio.wall_losses import Parameter, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wifiplan.radio.coverage import Job
    from wifiplan.radio.links import Links
    from wifiplan.radio.survey import Survey
    from wifiplan.radio.wall_losses import Losses

    Floats = NDArray[np.float64]
    Gains = Callable[..., tuple[Floats, Floats]]

FORMAT = 2
"""Version of the calibration file. A file with a higher one is refused by name; one of 1 has neither models nor residuals."""

PLAN_BASED = ("image", wall_losses.FITTED)
"""Models that are as good as the plan."""

MOST_LEFT_OUT_SHARE = 0.25
"""From this share of links that no fit could use, a warning says so."""

_NO_WALLS = (
    "no wall loss can be identified from this survey and plan: what walls cost beyond the table, and walls that the plan lacks, "
    "are in the offset"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelError:
    """Modelled less measured RSSI over links."""

    links: int
    mean_error_db: float
    mean_absolute_error_db: float
    standard_deviation_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """`before`: the image method as it was. `after`: the map, on links that were not used for it. `fitted`: on those that were.

    Each link is held out once, with all links of its colour of a checkerboard (see `evidence.BOARD_M`).
    """

    before: ModelError
    after: ModelError
    fitted: ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a survey says about the radio model in one building and band.

    `parameters` and `refused` are of the image method. `models` are weighted for the map; `chosen` is the map's error, with its
    kriged `residuals`. `sigma_db` is what is left at a held-out place, `kept_share` the share of held-out links that had the
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
    models: tuple[ModelFit, ...] = ()
    chosen: HeldOut | None = None
    residuals: Residuals | None = None
    strongest: Strongest | None = None
    receivers: tuple[Receiver, ...] = ()
    placed: tuple[Placed, ...] = ()
    format: int = FORMAT

    @property
    def crowd_factor(self) -> float:
        """What the modelled loss of people is to be multiplied by; 1 where the survey says nothing."""
        return next((parameter.value for parameter in self.parameters if parameter.what == "crowd"), 1.0)

    def margin(self, confidence_share: float) -> float:
        """How many standard deviations of a place a promise takes off the map."""
        if self.residuals is None or not self.residuals.places:
            return fading.margin_db(confidence_share, 1.0)
        return self.residuals.margin(confidence_share)


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
    """Fit models of a building's radio in one band to a survey of it, and weigh them by what they do where they have not been.

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
        Of the checkerboards' place and of which access points are held out together.
    gains : callable
        Path gains and crowd losses (ap, n), called as `wifiplan.radio.radiomap.gains_and_crowd_loss_db`.

    Raises
    ------
    SurveyError
        Fewer than `LEAST_LINKS` links, all of them in fewer than `LEAST_PATCHES` places, or all with one value.
    """
    Bodies.of(0.0, posture)  # refuses a posture that is not known, also where the survey says nothing of people
    if len(survey.rssi_dbm) >= LEAST_LINKS and np.ptp(survey.rssi_dbm) == 0.0:
        raise SurveyError(
            f"{job.floor_plan.name}: all {len(survey.rssi_dbm)} readings are {survey.rssi_dbm[0]:g} dBm, which no walk measures; "
            "export the survey with the signal of each place"
        )
    trace = partial(gains, reflections=reflections, progress=progress)
    survey, told, heard, unheard, no_path = receivers.even(job, survey, trace, posture)
    told_of_people = bool(np.any(np.isfinite(survey.people_per_m2)))
    losses = wall_losses.identify(job, heard, unheard, told_of_people=told_of_people)
    people = next((one.value for one in losses.parameters if one.what == "crowd"), 1.0)
    found = blend(
        [ap.name for ap in job.access_points],
        (*SIMPLE, wall_losses.FittedLosses(losses)) if losses.has_materials else SIMPLE,
        heard.with_people(people),
        unheard.with_people(people),
        seed=seed,
    )
    warnings = [f"{no_path} links without any path in the model are left out"] if no_path else []
    warnings += [*_of_fit(losses, heard), *_of_models(found.fits), *surroundings.warnings(job, heard)]
    return Calibration(
        floor_plan=job.floor_plan.name,
        band=job.band,
        frequencies_mhz=job.frequencies_mhz,
        reflections=reflections,
        readings=len(survey.rssi_dbm),
        links=len(heard.rssi_dbm),
        places=len(np.unique(heard.points_m, axis=0)),
        outliers=losses.outliers,
        parameters=losses.parameters,
        refused=losses.refused,
        error=Errors(
            before=_model_error(-heard.residual_db), after=_model_error(found.after_db), fitted=_model_error(found.used_db)
        ),
        sigma_db=round(found.sigma_db, 2),
        kept_share=round(found.kept_share, 4),
        warnings=(*survey.warnings, *warnings),
        models=found.fits,
        chosen=found.chosen,
        residuals=found.residuals,
        strongest=found.strongest,
        receivers=told,
        placed=locate.place_unknown(job, survey, heard, sigma_db=max(found.sigma_db, fading.FADING_DB)) if survey.unknown else (),
    )


def _of_fit(losses: Losses, links: Links) -> list[str]:
    """What a reader must know of the fit of offset and losses."""
    found = []
    left_out = int(np.sum(~losses.usable))
    deaf = losses.floor_dbm is not None and not losses.below_floor
    if left_out > MOST_LEFT_OUT_SHARE * len(links.rssi_dbm):
        why = "they are near the receiver's floor or cross" if deaf else "they cross"
        found.append(
            f"{left_out} of {len(links.rssi_dbm)} links are left out of the fit of losses, because {why} what too few links "
            "do: offset and losses are those of the rest"
        )
    if deaf:
        found.append(
            f"the receiver hears nothing below about {losses.floor_dbm:.0f} dBm, and the model cannot say why many links were "
            "not heard: losses are those of links well above that; look whether all access points were on, and the plan's walls"
        )
    elif losses.floor_dbm is not None:
        found.append(
            f"the receiver hears nothing below about {losses.floor_dbm:.0f} dBm, so of weak links only lucky ones were heard, "
            f"and {losses.below_floor} links that were not heard count as weaker than that"
        )
    if not any(parameter.what == "material" for parameter in losses.parameters):
        found.append(_NO_WALLS)
    return found


def _of_models(fits: tuple[ModelFit, ...]) -> list[str]:
    """In words where the plan is worth less than distance and sight."""
    plain = next(one for one in fits if one.name == blending.YARDSTICK)
    plan = [one for one in fits if one.name in PLAN_BASED]
    worse = [
        (kind, min(values), own)
        for kind, own in (
            ("halves", plain.held_out.halves_db),
            ("checkerboards", plain.held_out.checkerboards_db),
            ("access points", plain.held_out.access_points_db),
        )
        if own is not None
        and (values := [value for one in plan if (value := getattr(one.held_out, f"{kind.replace(' ', '_')}_db")) is not None])
        and min(values) > own
    ]
    if not worse:
        return []
    said = ", ".join(f"{kind} {best:.1f} dB against {own:.1f}" for kind, best, own in worse)
    weight = sum(one.weight for one in plan)
    text = f"the model that follows the plan loses to ITU-R P.1238 with one offset where it has not been (held out: {said}): "
    return [f"{text}the plan lacks walls, or they are of something else; it has {weight:.0%} of the map"]


def _model_error(error_db: Floats) -> ModelError:
    known = error_db[np.isfinite(error_db)]
    if not len(known):
        return ModelError(links=0, mean_error_db=0.0, mean_absolute_error_db=0.0, standard_deviation_db=0.0)
    return ModelError(
        links=len(known),
        mean_error_db=round(float(np.mean(known)), 2),
        mean_absolute_error_db=round(float(np.mean(np.abs(known))), 2),
        standard_deviation_db=round(float(np.std(known)), 2),
    )


def received_dbm(
    calibration: Calibration, job: Job, gain_db: Floats, crowd_db: Floats, *, reflections: int
) -> tuple[Floats, Floats]:
    """RSSI (ap, n) at a job's places as the calibration has it, and the standard deviation of a place's signal (ap, n).

    Parameters
    ----------
    gain_db, crowd_db : array (ap, n)
        Path gain of the image method, and people's loss as modelled.
    reflections : int
        Of that gain.

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
    points_m = job.receivers_m()
    links = linked.of_places(job, points_m, gain_db, calibration.crowd_factor * crowd_db)
    names = [one.name for one in calibration.parameters if one.what != "crowd"]
    fitted = wall_losses.fitted_dbm(links, names, [one.value for one in calibration.parameters if one.what != "crowd"])
    parts, shares = [fitted], [1.0]
    if calibration.models:
        simple = {model.name: model for model in SIMPLE}
        shares = [one.weight for one in calibration.models]
        parts = [
            simple[one.name].rssi_dbm(links, tuple(one.numbers.values()))
            if one.name in simple
            else wall_losses.fitted_dbm(links, [name.removesuffix("_db") for name in one.numbers], tuple(one.numbers.values()))
            for one in calibration.models
        ]
    value = blending.weighted_dbm(parts, shares).reshape(len(points_m), -1).T
    deviation = np.full(value.shape, calibration.sigma_db)
    if calibration.residuals is not None:
        added, deviation = calibration.residuals.at([ap.name for ap in job.access_points], points_m)
        value = value + added
    return value, deviation


for _type in (
    Parameter, Refused, ModelError, Errors, HeldOut, ModelFit, Strongest, Receiver, Placed, KnownPlaces, Silent, Residuals,
    Calibration,
):  # fmt: skip
    setattr(_type, "__pydantic_config__", ConfigDict(extra="forbid", allow_inf_nan=False))  # noqa: B010
_ADAPTER: TypeAdapter[Calibration] = TypeAdapter(Calibration)


def to_json(calibration: Calibration, *, whole: bool = True) -> dict[str, Any]:
    """Plain JSON that `load` reads back; less than whole, for each access point how many places are kriged instead of all."""
    data = dict(json.loads(_ADAPTER.dump_json(calibration)))
    if not whole and calibration.residuals is not None:
        data["residuals"]["places"] = [
            {
                "access_point": one.access_point,
                "places": len(one.links),
                "links": sum(one.links),
                "mean_db": round(float(np.average(one.residual_db, weights=one.links)), 2),
            }
            for one in calibration.residuals.places
        ]
    return data


def save(calibration: Calibration, path: str | Path) -> None:
    """Write a calibration whole or not at all."""
    floorplan.write_whole(Path(path), json.dumps(to_json(calibration), ensure_ascii=False, indent=1))


def load(path: str | Path) -> Calibration:
    """Read a file that `save` wrote; raises `DesignError` that names the file, the place in it and the way out."""
    path = Path(path)
    data = read_json(path, "give a file written by `wifiplan calibrate --out`")
    version = data.get("format", FORMAT) if isinstance(data, dict) else FORMAT
    if isinstance(version, int) and version > FORMAT:
        raise DesignError(f"{path}: format {version} is newer than this program's {FORMAT}; update wifiplan")
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        raise DesignError(f"{path}: {floorplan.first_error(error)}; give a file written by `wifiplan calibrate --out`") from None
