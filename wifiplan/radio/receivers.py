"""Receivers of a survey beside each other: an offset for each that it names, so that two phones are not taken for two rooms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.radio import links as linked
from wifiplan.radio.fit import robust_fit
from wifiplan.radio.models import Mixture

if TYPE_CHECKING:
    from wifiplan.radio.coverage import Job
    from wifiplan.radio.links import Gains, Links
    from wifiplan.radio.survey import Survey

LEAST_READINGS = 10
"""Of a receiver, for an offset of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A receiver that the survey names, and how much stronger it reads than the one with the most readings (90 % interval)."""

    name: str
    readings: int
    offset_db: float
    low_db: float
    high_db: float


def even(job: Job, survey: Survey, gains: Gains, posture: str) -> tuple[Survey, tuple[Receiver, ...], Links, Links, int]:
    """Survey with all receivers on the scale of the commonest, their offsets, and its links as `links.of_survey` gives them."""
    traced = _once(gains)
    heard, unheard, no_path = linked.of_survey(job, survey, traced, posture)
    if survey.receiver is None or len(np.unique(survey.receiver)) < 2:
        return survey, (), heard, unheard, no_path
    model = Mixture()
    expected = model.rssi_dbm(heard, model.fit(heard))
    known = {
        (*place, ap): value
        for place, ap, value in zip(heard.points_m.tolist(), heard.access_point.tolist(), expected.tolist(), strict=True)
    }
    own = np.array([
        known.get((*place, ap), np.nan)
        for place, ap in zip(survey.points_m.tolist(), survey.access_point.tolist(), strict=True)
    ])  # fmt: skip
    residual = survey.rssi_dbm - own
    count = np.bincount(survey.receiver)
    first = int(np.argmax(count))
    others = [index for index in range(len(count)) if index != first and count[index] >= LEAST_READINGS]
    told = np.isfinite(residual) & np.isin(survey.receiver, [first, *others])
    columns = np.column_stack([np.ones(int(told.sum())), *(survey.receiver[told] == index for index in others)]).astype(float)
    patch = np.unique(np.floor(survey.points_m[told] / linked.PATCH_M), axis=0, return_inverse=True)[1].ravel()
    fit = robust_fit(columns, residual[told], patch, shared=(survey.access_point[told], patch))
    offsets = np.zeros(len(count))
    found = [Receiver(name=survey.receivers[first], readings=int(count[first]), offset_db=0.0, low_db=0.0, high_db=0.0)]
    for index, value, (low, high) in zip(others, fit.values[1:], fit.interval()[1:], strict=True):
        offsets[index] = value
        found.append(
            Receiver(
                name=survey.receivers[index],
                readings=int(count[index]),
                offset_db=round(float(value), 2),
                low_db=round(float(low), 2),
                high_db=round(float(high), 2),
            )
        )
    evened = replace(survey, rssi_dbm=survey.rssi_dbm - offsets[survey.receiver])
    heard, unheard, no_path = linked.of_survey(job, evened, traced, posture)
    return evened, tuple(found), heard, unheard, no_path


def _once(gains: Gains) -> Gains:
    """The same gains for the same places, traced once."""
    found: list[tuple[np.ndarray, np.ndarray]] = []

    def known(*arguments: object, **options: object) -> tuple[np.ndarray, np.ndarray]:
        if not found:
            found.append(gains(*arguments, **options))
        return found[0]

    return known
