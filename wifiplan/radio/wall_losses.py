"""Offset, losses of materials and of people from a survey, with intervals; what it cannot tell is refused by name.

    RSSI = transmit power + path gain + offset - sum over materials of (crossings x extra loss) - factor x crowd loss

The gain is the image method's with its table of materials; what is fitted is what the table has wrong. A loss is given only where
the survey can tell it from everything else. Links that a receiver is too deaf for count by the probability of not being heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from wifiplan.errors import SurveyError
from wifiplan.radio.fit import RobustFit, Unheard, adds, collinear, robust_fit
from wifiplan.radio.links import LEAST_LINKS
from wifiplan.radio.materials import layers
from wifiplan.radio.propagation import slab_loss_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.radio.coverage import Job
    from wifiplan.radio.links import Links

FITTED = "image-fitted"

LEAST_ACCESS_POINTS = 3
"""Of fewer that cross a material, one's own power and surroundings cannot be told from its loss."""

CLEAR_OF_FLOOR = 2.0
"""Standard deviations above the weakest reading from which a link tells what the noise is, where the receiver's floor shows: of
such links one in 40 goes unheard."""

REGION_M = 10.0
"""Side of the squares within which errors of links may be alike, for intervals."""

_FAR = 1 << 16  # more squares than any building has along one side

MOST_MORE_OUTLIERS = 0.1
"""Where counting links that nobody heard makes so much more of what was heard look wrong, the model cannot say why they were not
heard (another plan, radios that were off), and they are not counted: with a bisquare, the many would else outvote the few."""


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


OFFSET, CROWD = "offset", "crowd"


def correction_db(links: Links, names: Sequence[str], values: NDArray[np.float64] | Sequence[float]) -> NDArray[np.float64]:
    """(n,): what parameters add to the image method; what is refused stays as in the table."""
    total = np.zeros(len(links.rssi_dbm))
    for name, value in zip(names, values, strict=False):
        total += value * (1.0 if name == OFFSET else -links.crowd_db if name == CROWD else -links.counts[name])
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What links say of offset, materials and people.

    `names` are those of `values` (p,); `usable` (n,) are the links that were fitted, `weights` those of the usable ones;
    `floor_dbm` is that of a receiver whose deafness shows, and `below_floor` how many links are counted as not heard: none where
    the model cannot say why they were not (`MOST_MORE_OUTLIERS`), and `usable` are then links that are well above the floor.
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    parameters: tuple[Parameter, ...]
    refused: tuple[Refused, ...]
    sigma_db: float
    usable: NDArray[np.bool_]
    outliers: int
    floor_dbm: float | None
    below_floor: int
    columns: _Columns

    @property
    def has_materials(self) -> bool:
        """Whether the loss of any material is told."""
        return any(parameter.what == "material" for parameter in self.parameters)


@dataclass(frozen=True, slots=True)
class FittedLosses:
    """The image method with an offset and losses of those materials that a survey tells: a `models.Model`.

    People's loss is that of the links.
    """

    losses: Losses
    name: str = FITTED
    source: str = "the image method, with losses per crossing beyond the table fitted to the survey"

    @property
    def numbers(self) -> tuple[str, ...]:
        """Offset, and each material beyond the table."""
        return tuple(f"{name}_db" for name in self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name in self.losses.names if name != CROWD)

    def fit(self, links: Links) -> NDArray[np.float64]:
        """(p,): of these links; 0 for a material that they do not tell of."""
        columns = self.losses.columns
        across = [links.counts[name] for name in columns.rare]
        chosen = np.all([count == 0 for count in across], axis=0) if across else np.ones(len(links.rssi_dbm), dtype=bool)
        if chosen.sum() < LEAST_LINKS:
            chosen = np.ones(len(links.rssi_dbm), dtype=bool)
        names = (*self._names, *(name for name in columns.aside if name != CROWD))
        design = np.column_stack([_column(links, name)[chosen] for name in names])
        told = [0, *(index for index in range(1, len(names)) if np.sum(design[:, index] != design[0, index]) >= LEAST_LINKS // 2)]
        values = np.zeros(len(names))
        values[told] = robust_fit(design[:, told], links.residual_db[chosen], links.patch[chosen]).values
        return np.asarray(values[: len(self._names)])

    def rssi_dbm(self, links: Links, values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,): -inf where the plan lets no path through."""
        return fitted_dbm(links, self._names, values)


def fitted_dbm(links: Links, names: Sequence[str], values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """RSSI (n,) by the image method with these numbers."""
    return np.asarray(links.model_dbm + correction_db(links, names, values))


def identify(job: Job, links: Links, unheard: Links, *, told_of_people: bool) -> Losses:
    """Fit offset, material losses and the crowd's factor to the links of a survey.

    Parameters
    ----------
    unheard : Links
        Of the same places, those that nobody heard. They count where the receiver's floor shows: see `robust_fit`.

    Raises
    ------
    SurveyError
        Fewer than `LEAST_LINKS` links are left beside materials that are crossed too rarely.
    """
    everything = np.ones(len(links.rssi_dbm), dtype=bool)
    columns, fit = _fit(links, _columns(links, everything, told_of_people=told_of_people))
    floor_dbm, explained = None, False
    if _is_cut_off(links, unheard, columns, fit):
        floor_dbm = float(links.rssi_dbm.min())
        for _ in range(3):
            strong = _expected_dbm(links, columns, fit) > floor_dbm + CLEAR_OF_FLOOR * fit.sigma
            if strong.sum() < 2 * LEAST_LINKS:
                break
            columns, fit = _fit(links, _columns(links, strong, told_of_people=told_of_people))
        deaf = _fit(links, _columns(links, everything, told_of_people=told_of_people), (unheard, floor_dbm, fit.sigma))
        explained = np.mean(deaf[1].weights == 0.0) <= np.mean(fit.weights == 0.0) + MOST_MORE_OUTLIERS
        if explained:
            columns, fit = deaf
    return Losses(
        names=columns.names,
        values=tuple(fit.values[: len(columns.names)].tolist()),
        parameters=_parameters(job, links, columns, fit),
        refused=columns.refused,
        sigma_db=float(fit.sigma),
        usable=columns.usable,
        outliers=int(np.sum(fit.weights == 0.0)),
        floor_dbm=floor_dbm,
        below_floor=len(unheard.rssi_dbm) if explained else 0,
        columns=columns,
    )


def _expected_dbm(links: Links, columns: _Columns, fit: RobustFit) -> NDArray[np.float64]:
    return links.model_dbm + correction_db(links, columns.names, fit.values)


def _is_cut_off(links: Links, unheard: Links, columns: _Columns, fit: RobustFit) -> bool:
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
    """What is fitted: `names` are parameters, `aside` takes up what is refused, so that it does not move them."""

    names: tuple[str, ...]
    aside: tuple[str, ...]
    usable: NDArray[np.bool_]  # (n,): across nothing that is crossed too rarely
    rare: tuple[str, ...]
    refused: tuple[Refused, ...]

    def design(self, links: Links) -> NDArray[np.float64]:
        """(n, p)."""
        return np.column_stack([_column(links, name) for name in (*self.names, *self.aside)])


def _column(links: Links, name: str) -> NDArray[np.float64]:
    if name == OFFSET:
        return np.ones(len(links.rssi_dbm))
    return -links.crowd_db if name == CROWD else -links.counts[name].astype(np.float64)


def _fit(links: Links, columns: _Columns, deaf: tuple[Links, float, float] | None = None) -> tuple[_Columns, RobustFit]:
    """The fit, without parameters whose own links do not agree with each other; `deaf`: links not heard, floor, deviation."""
    while True:
        chosen = columns.usable
        design = columns.design(links)[chosen]
        shared = links.access_point[chosen], _region(links)[chosen]
        unheard = None
        if deaf is not None:
            out = deaf[0].only(np.all([deaf[0].counts[name] == 0 for name in columns.rare], axis=0)) if columns.rare else deaf[0]
            unheard = Unheard(
                columns=columns.design(out),
                below=deaf[1] - out.model_dbm,
                groups=out.patch,
                sigma=deaf[2],
                shared=(out.access_point, _region(out)),
            )
        fit = robust_fit(design, links.residual_db[chosen], links.patch[chosen], shared=shared, unheard=unheard)
        for index in range(1, len(columns.names)):
            told = design[:, index] != 0.0
            counted = int(np.sum(told & (fit.weights > 0.0)))
            if counted < LEAST_LINKS // 2:
                break
        else:
            return columns, fit
        name = columns.names[index]
        reason = f"only {counted} of its {int(np.sum(told))} links agree on one loss"
        columns = _Columns(
            names=tuple(one for one in columns.names if one != name),
            aside=(*columns.aside, name),
            usable=chosen,
            rare=columns.rare,
            refused=(*columns.refused, _refused(name, links, reason)),
        )


def _region(links: Links) -> NDArray[np.intp]:
    """Which square each link's place is in, numbered alike for all links of a plan (n,)."""
    square = np.floor(links.points_m / REGION_M).astype(np.intp)
    return np.asarray((square[:, 0] * _FAR + square[:, 1]) * _FAR + square[:, 2])


def _columns(links: Links, strong: NDArray[np.bool_], *, told_of_people: bool) -> _Columns:
    """Every parameter that the strong links can tell from all others, and why not for the rest."""
    refused, usable = _too_few(links, strong)
    rare = tuple(refused)
    if usable.sum() < LEAST_LINKS:
        raise SurveyError(
            f"only {int(usable.sum())} links cross no material that is crossed too rarely ({', '.join(sorted(refused))}); "
            f"measure more places, {LEAST_LINKS} or more behind each"
        )
    columns = {name: _column(links, name) for name in links.counts if name not in refused}
    for name in columns:
        aps = len(np.unique(links.access_point[usable & (links.counts[name] > 0)]))
        odd = _not_usual(links.counts[name], links.access_point, usable)
        if odd < LEAST_LINKS:
            some = f" but {odd}" if odd else ""
            reason = (
                f"all links of an access point{some} cross it equally often: its loss cannot be told from the offset or from an "
                "access point's power"
            )
            refused[name] = _refused(name, links, reason)
        elif aps < LEAST_ACCESS_POINTS:
            reason = (
                f"crossed by links of {aps} access point{'s' * (aps > 1)}; {LEAST_ACCESS_POINTS} are needed, or one's own power "
                "and surroundings look like its loss"
            )
            refused[name] = _refused(name, links, reason)
    crowded = int(np.sum(links.crowd_db[usable] > 0.5))
    if crowded >= LEAST_LINKS:
        columns[CROWD] = _column(links, CROWD)
    else:
        reason = (
            f"{crowded} links lose more than 0.5 dB to people; {LEAST_LINKS} are needed"
            if told_of_people
            else "the survey does not say how many people were there (column people_per_m2)"
        )
        refused[CROWD] = Refused(name=CROWD, what="crowd", links=crowded, reason=reason)
    for name, partners in collinear({name: column[usable] for name, column in columns.items()}).items():
        if name not in refused:
            reason = f"it goes together with {' and '.join(partners)}: only the sum of their losses shows"
            refused[name] = _refused(name, links, reason)
    names = (OFFSET, *(name for name in columns if name not in refused))
    aside: list[str] = []
    for name, column in columns.items():
        told = [_column(links, one)[usable] for one in (*names, *aside)]
        if name in refused and adds(column[usable], told):
            aside.append(name)
    return _Columns(
        names=names,
        aside=tuple(aside),
        usable=usable,
        rare=rare,
        refused=tuple(refused[name] for name in (*links.counts, CROWD) if name in refused),
    )


def _refused(name: str, links: Links, reason: str) -> Refused:
    if name == CROWD:
        return Refused(name=name, what="crowd", links=int(np.sum(links.crowd_db > 0.5)), reason=reason)
    return Refused(name=name, what="material", links=int(np.sum(links.counts[name] > 0)), reason=reason)


def _too_few(links: Links, strong: NDArray[np.bool_]) -> tuple[dict[str, Refused], NDArray[np.bool_]]:
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


def _parameters(job: Job, links: Links, columns: _Columns, fit: RobustFit) -> tuple[Parameter, ...]:
    parameters = []
    for name, value, (low, high) in zip(columns.names, fit.values.tolist(), fit.interval().tolist(), strict=False):
        if name == OFFSET:
            count, what, unit, table_db, base = len(links.residual_db), "offset", "dB", None, 0.0
        elif name == CROWD:
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
    """Loss of a material at normal incidence, as thick as most of it in the plan is; None where nothing comes through."""
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
