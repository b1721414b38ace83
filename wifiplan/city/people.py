"""Who goes to which shelter: population to shelters by way and room, as one linear programme with its bound.

    min  sum way_m[i, j] * x[i, j] + FAR_M * left[i]
    s.t. sum_j x[i, j] + left[i] = people[i];   sum_i x[i, j] <= room[j];   x, left >= 0

A way is the straight one times 1.3, since no network of paths is read. Nearest only would fill the middle twice over; this fills
each to its room. HiGHS solves it, and its dual is the bound: no assignment has a shorter sum of ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from wifiplan.capacity import demand
from wifiplan.city import places
from wifiplan.errors import PlacementError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wifiplan.city.layers import Homes
    from wifiplan.city.listing import Facility

    Floats = NDArray[np.float64]

DETOUR = 1.3
"""Way by road over the straight one (assumed: 1.2 to 1.4 in Japanese towns); said wherever a way is shown."""

SHELTERED_SHARE = 0.10
"""Of the population, who go to a shelter on the first day (assumed; Nanao 2024: 4 % were still there on the ninth day)."""

FAR_M = 20_000.0
"""Nobody goes farther: who has no room within this is left without a shelter, and counted (assumed)."""

MOST_WAYS = 2_000_000
NEAREST = 40
"""Above `MOST_WAYS` pairs each home has its nearest shelters only; the bound is then of those, and it is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """How many people a facility takes by each rule, None where it is unknown: as published, at 3.5 and at 2 m2 a person."""

    published: int | None
    at_3_5_m2: int | None
    at_2_m2: int | None

    @property
    def most(self) -> int | None:
        """What the assignment fills: as published, else at 2 m2."""
        return self.published if self.published is not None else self.at_2_m2


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who goes where: people by facility (m,), their mean way in m (m,), nan where nobody comes; who is left, and the bound."""

    people: Floats
    way_m: Floats
    left: float
    total: float
    mean_way_m: float
    person_m: float
    bound_person_m: float
    nearest_only: int | None
    overfull_if_nearest: float
    """People more than there is room for, if all went to the nearest."""

    @property
    def gap_share(self) -> float:
        """How much shorter all ways together could be at most."""
        return max(0.0, 1.0 - self.bound_person_m / self.person_m) if self.person_m > 0 else 0.0


def rooms(facility: Facility, *, usable_share: float = demand.KASHIWA_USABLE_SHARE) -> Rooms:
    """Room by each rule, side by side; the rules are those of `wifiplan.capacity.demand.persons`.

    Examples
    --------
    >>> from wifiplan.city.listing import Facility
    >>> rooms(Facility(number=1, name="北小", area_m2=760.0, persons=266.0))
    Rooms(published=266, at_3_5_m2=152, at_2_m2=266)
    """
    floor_m2 = facility.floor_m2
    if floor_m2 is None or floor_m2 * usable_share < 3.5:
        few = None if facility.persons is None else int(facility.persons)
        return Rooms(published=few, at_3_5_m2=None, at_2_m2=None)
    return Rooms(
        published=None if facility.persons is None else int(facility.persons),
        at_3_5_m2=demand.persons(floor_m2, demand.M2_PER_PERSON["guideline-2024"], usable_share=usable_share),
        at_2_m2=demand.persons(floor_m2, demand.M2_PER_PERSON["before-2024"], usable_share=usable_share),
    )


def assigned(homes: Homes, shelters_deg: Floats, room: Floats, *, sheltered_share: float = SHELTERED_SHARE) -> Assignment:
    """The assignment of least way.

    Parameters
    ----------
    homes : Homes
    shelters_deg : (m, 2) array
        Longitude and latitude; nan where unknown: nobody is sent there.
    room : (m,) array
        People that each takes; 0 for one that is closed.
    sheltered_share : float
        Of the population.

    Raises
    ------
    PlacementError
        HiGHS found none, which there always is.
    """
    people = homes.people * sheltered_share
    open_ = np.flatnonzero((room > 0) & np.isfinite(shelters_deg).all(axis=1))
    count = len(room)
    if not len(open_):
        return Assignment(
            people=np.zeros(count),
            way_m=np.full(count, np.nan),
            left=float(people.sum()),
            total=float(people.sum()),
            mean_way_m=float("nan"),
            person_m=0.0,
            bound_person_m=0.0,
            nearest_only=None,
            overfull_if_nearest=0.0,
        )
    way_m = DETOUR * places.distances_m(homes.at_deg[:, 0], homes.at_deg[:, 1], shelters_deg[open_])
    allowed = way_m <= FAR_M
    nearest_only = None
    if allowed.sum() > MOST_WAYS:
        nearest_only = min(NEAREST, len(open_))
        rank = np.argsort(np.argsort(way_m, axis=1), axis=1)
        allowed &= rank < nearest_only
    home, shelter = np.nonzero(allowed)
    pairs, n, m = len(home), len(people), len(open_)
    columns = np.arange(pairs)
    equal = sp.hstack([sp.csr_matrix((np.ones(pairs), (home, columns)), shape=(n, pairs)), sp.eye(n, format="csr")], format="csr")
    upper = sp.hstack(
        [sp.csr_matrix((np.ones(pairs), (shelter, columns)), shape=(m, pairs)), sp.csr_matrix((m, n))], format="csr"
    )
    cost = np.concatenate([way_m[home, shelter], np.full(n, FAR_M)])
    found = linprog(cost, A_ub=upper, b_ub=room[open_], A_eq=equal, b_eq=people, bounds=(0, None), method="highs")
    if found.x is None:
        raise PlacementError(f"who goes where: {found.message}; give a smaller layer")
    x = found.x[:pairs]
    come = np.bincount(shelter, weights=x, minlength=m)
    walked = np.bincount(shelter, weights=x * way_m[home, shelter], minlength=m)
    all_people, all_ways = np.zeros(count), np.full(count, np.nan)
    all_people[open_] = come
    all_ways[open_] = np.divide(walked, come, out=np.full(m, np.nan), where=come > 1e-9)
    bound = float(found.eqlin.marginals @ people + found.ineqlin.marginals @ room[open_])
    nearest = np.bincount(way_m.argmin(axis=1), weights=people, minlength=m)
    return Assignment(
        people=all_people,
        way_m=all_ways,
        left=float(found.x[pairs:].sum()),
        total=float(people.sum()),
        mean_way_m=float(walked.sum() / come.sum()) if come.sum() > 0 else float("nan"),
        person_m=float(found.fun or 0.0),
        bound_person_m=bound,
        nearest_only=nearest_only,
        overfull_if_nearest=float(np.maximum(nearest - room[open_], 0.0).sum()),
    )


def shelters_deg(found: Sequence[Facility]) -> Floats:
    """Places of facilities, (m, 2) longitude and latitude; nan where unknown."""
    unknown = (float("nan"), float("nan"))
    return np.array([one.place_deg or unknown for one in found], dtype=float).reshape(-1, 2)
