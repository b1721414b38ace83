"""Gain matrix and people -> the cheapest set of access points, with a proof of how near to the best it is.

The optimiser sees arrays (`Matrix`), never a map. With spots s and demand points p it solves

    minimise    sum_s cost_s y_s
    subject to  sum_s x_sp = 1                                  everybody within reach is served
                sum_p clients_p x_sp <= max_clients y_s         association limit of a radio
                sum_p airtime_sp x_sp <= max_busy_share y_s     one radio's airtime
                sum_{s in G} sum_p airtime_sp x_sp <= max_busy_share channels    for each group G that hears each other
                c_p <= sum_{s covers p} y_s                     signal
                sum_{p in z} people_p c_p >= coverage_share people_z             for each zone z
                y_s + y_t <= 1                                  closer than the least spacing
                 y, c in {0, 1},   0 <= x <= 1

with airtime at the best rate that no interference and full power allow. Every design that works meets these rows, so that the
programme's lower bound holds for the whole problem, channels and powers included.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from shapely.geometry import Polygon, box

from floorplans.plan import FloorPlan
from wifiplan import airtime, capacity, radiomap, wifi
from wifiplan import spots as sites
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import Band, Demand, Design, Radio, Requirement
from wifiplan.spots import People, Spot

Progress = Callable[[str, float], None]
"""Called with the stage's name and the share of it that is done."""

CLIENT_POWER_DBM = 13.0
"""A phone's (issue 5; 12 to 15 dBm seen). Editable by `client_power_dbm=`."""

POWER_ABOVE_CLIENT_DB = 6.0
"""An access point louder than this over its clients is heard where it does not hear."""

MIN_SPACING_M = 4.0
"""Between access points of one level: closer, their transmitters raise each other's noise on any channel. Assumption."""

POWER_SPAN_DB = 10.0
"""Access points are turned down by at most this to share clients evenly."""

Limit = Literal["reach", "clients", "airtime", "access_points", "budget"]

_UNBOUNDED = float(highspy.kHighsInf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All that the programme sees: s spots, p demand points. Shares of airtime are of one channel."""

    cost_yen: NDArray[np.float64]
    too_near: NDArray[np.bool_]
    """(s, s): so close to each other that only one of the two may be used."""
    covers: NDArray[np.bool_]
    airtime_share: NDArray[np.float64]
    """(s, p): busy share of a channel if s alone serves all clients of p; inf where no rate reaches."""
    rssi_dbm: NDArray[np.float64]
    people: NDArray[np.float64]
    clients: NDArray[np.float64]
    zone: NDArray[np.intp]
    hears: NDArray[np.bool_]
    """(s, s): two radios on one channel would share its airtime."""
    channels: int
    coverage_share: float
    max_busy_share: float
    max_clients: int
    max_cost_yen: float = _UNBOUNDED
    max_access_points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The programme's answer. `share` (chosen, p) says how much of each point each chosen spot serves."""

    chosen: tuple[int, ...]
    share: NDArray[np.float64]
    cost_yen: float
    bound_yen: float
    bound_access_points: int
    coverage_share: float
    served_share: float
    stopped_by: Limit | None
    nodes: int
    goal: float
    """What the programme minimised, at its answer."""


class _Programme:
    """A mixed-integer programme as rows, solved by HiGHS on one thread: same input, same answer on every machine."""

    def __init__(
        self, cost: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64], integer: NDArray[np.bool_]
    ) -> None:
        self.cost, self.lower, self.upper, self.integer = cost, lower, upper, integer
        self.rows: list[sparse.csr_array] = []
        self.low: list[NDArray[np.float64]] = []
        self.high: list[NDArray[np.float64]] = []

    def add(self, block: Any, low: Any, high: Any) -> None:
        """Rows `low <= block @ x <= high`."""
        block = sparse.csr_array(block)
        self.rows.append(block)
        self.low.append(np.broadcast_to(np.asarray(low, dtype=np.float64), block.shape[0]))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), block.shape[0]))

    def solve(self, *, seed: int, max_nodes: int, gap_share: float = 1e-6) -> _Solution:
        """Minimise; `found` is False where no point meets the rows."""
        matrix = sparse.csr_array(sparse.vstack(self.rows, format="csr"))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
        model.col_cost_, model.col_lower_, model.col_upper_ = self.cost, self.lower, self.upper
        model.row_lower_ = np.where(np.isinf(low := np.concatenate(self.low)), -_UNBOUNDED, low)
        model.row_upper_ = np.where(np.isinf(high := np.concatenate(self.high)), _UNBOUNDED, high)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in self.integer]
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("random_seed", seed)
        solver.setOptionValue("mip_max_nodes", max_nodes)
        solver.setOptionValue("mip_rel_gap", gap_share)
        solver.passModel(model)
        solver.run()
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        mixed = bool(self.integer.any())
        return _Solution(
            found=found,
            x=np.array(solver.getSolution().col_value) if found else np.zeros(0),
            bound=float(info.mip_dual_bound if mixed else info.objective_function_value),
            nodes=int(info.mip_node_count) if mixed else 0,
            price=np.zeros(0) if mixed else np.array(solver.getSolution().row_dual),
        )


@dataclass(frozen=True, slots=True)
class _Solution:
    found: bool
    x: NDArray[np.float64]
    bound: float
    nodes: int
    price: NDArray[np.float64]
    """Of each row, for a programme without integers."""


def cliques(adjacent: NDArray[np.bool_], *, every_pair: bool) -> tuple[NDArray[np.intp], ...]:
    """Sets in which everybody is adjacent to everybody, each as large as it gets, that together hold every node, or every pair.

    Greedy, in node order: the same sets on every machine.
    """
    both = adjacent & adjacent.T
    np.fill_diagonal(both, val=False)
    left = np.triu(both) if every_pair else np.eye(len(both), dtype=bool)
    groups: list[NDArray[np.intp]] = []
    while left.any():
        group = sorted({int(end) for end in np.argwhere(left)[0]})
        common = both[group].all(axis=0)
        while common.any():
            # Whom most is left to do with first, then by order.
            todo = (left[group] | left[:, group].T).sum(axis=0) + left.diagonal()
            nodes = np.flatnonzero(common)
            node = int(nodes[np.argmax(todo[nodes])])
            group.append(node)
            common &= both[node]
        group.sort()
        left[np.ix_(group, group)] = False
        groups.append(np.array(group))
    return tuple(groups)


def optimum(matrix: Matrix, *, seed: int = 0, max_nodes: int = 20_000) -> Placement:
    """The cheapest spots that meet every row; where none does, those that serve most people, and what stops the rest.

    Among sets of the same cost the one with the strongest signals wins, then the one whose spots come first.
    """
    cheapest = _solve(matrix, goal="cost", seed=seed, max_nodes=max_nodes)
    if cheapest is None:
        return _largest_part(matrix, seed=seed, max_nodes=max_nodes)
    # The least cost says nothing of the least count: a dear spot may save one.
    fewest = _solve(matrix, goal="count", seed=seed, max_nodes=max_nodes)
    best = _stronger(matrix, cheapest, seed=seed)
    return replace(
        best,
        bound_yen=min(cheapest.bound_yen, best.cost_yen),
        bound_access_points=fewest.bound_access_points if fewest else 0,
        nodes=cheapest.nodes,
    )


def _subset(matrix: Matrix, rows: Sequence[int]) -> Matrix:
    """Only these spots, without limits on their cost or count."""
    at = list(rows)
    return replace(
        matrix,
        cost_yen=matrix.cost_yen[at],
        too_near=np.zeros((len(at), len(at)), dtype=bool),
        covers=matrix.covers[at],
        airtime_share=matrix.airtime_share[at],
        rssi_dbm=matrix.rssi_dbm[at],
        hears=matrix.hears[np.ix_(at, at)],
        max_cost_yen=_UNBOUNDED,
        max_access_points=None,
    )


def _stronger(matrix: Matrix, placement: Placement, *, seed: int) -> Placement:
    """Move access points one by one, at no more cost, while people's mean signal grows: a spread that cost does not see."""
    chosen = list(placement.chosen)
    zone_people = np.bincount(matrix.zone, weights=matrix.people)
    # A point that nobody reaches has no signal to improve.
    rssi_dbm = np.where(np.isfinite(matrix.rssi_dbm), matrix.rssi_dbm, -200.0)
    best = placement
    refused: set[tuple[int, ...]] = set()
    while True:
        moves: list[tuple[float, int, int]] = []
        now = round(float(rssi_dbm[chosen].max(axis=0) @ matrix.people), 2)
        for row, spot in enumerate(chosen):
            rest = chosen[:row] + chosen[row + 1 :]
            signal = (np.maximum(rssi_dbm, rssi_dbm[rest].max(axis=0)) if rest else rssi_dbm) @ matrix.people
            covered = matrix.covers | matrix.covers[rest].any(axis=0)
            zones = np.stack(
                [(covered * matrix.people)[:, matrix.zone == z].sum(axis=1) for z in range(len(zone_people))], axis=1
            )
            allowed = (zones >= matrix.coverage_share * zone_people - 1e-9).all(axis=1)
            allowed &= (matrix.cost_yen <= matrix.cost_yen[spot]) & ~matrix.too_near[:, rest].any(axis=1)
            moves += [
                (-round(float(signal[other]), 2), row, int(other))
                for other in np.flatnonzero(allowed)
                if other not in chosen and signal[other] > now + 0.01
            ]
        for _, row, other in sorted(moves):
            moved = sorted([*chosen[:row], other, *chosen[row + 1 :]])
            if tuple(moved) in refused:
                continue
            found = _solve(_subset(matrix, moved), goal="signal", seed=seed, max_nodes=10)
            if found is not None and len(found.chosen) == len(moved):
                chosen = moved
                best = replace(found, chosen=tuple(moved), cost_yen=float(matrix.cost_yen[moved].sum()))
                break
            refused.add(tuple(moved))
        else:
            return best


def _largest_part(matrix: Matrix, *, seed: int, max_nodes: int) -> Placement:
    best = _solve(matrix, goal="served", seed=seed, max_nodes=min(max_nodes, 200))
    if best is None or not best.chosen:
        raise PlacementError(
            "no spot serves anybody: the people are out of reach of all of them; allow other mounts or more power"
        )
    # What stops the rest: the one limit without which most more would be served.
    # Where two would do, the one that the planner set: those first.
    lifted: dict[Limit, Matrix] = {
        "budget": replace(matrix, max_cost_yen=_UNBOUNDED),
        "access_points": replace(matrix, max_access_points=None),
        "clients": replace(matrix, max_clients=10**6),
        "airtime": replace(matrix, channels=10**3, airtime_share=np.where(np.isinf(matrix.airtime_share), np.inf, 0.0)),
    }
    served = {name: _served_at_most(looser, seed=seed) for name, looser in lifted.items()}
    now = _served_at_most(matrix, seed=seed)
    top = max(served, key=lambda name: served[name])
    return replace(best, stopped_by=top if served[top] > now + 1e-4 else "reach")


def _served_at_most(matrix: Matrix, *, seed: int) -> float:
    """Served plus covered share if parts of access points could be used."""
    best = _solve(matrix, goal="served", seed=seed, max_nodes=0, relaxed=True)
    return round(-best.goal, 3) if best else 0.0


def _solve(
    matrix: Matrix,
    *,
    goal: Literal["cost", "count", "signal", "served"],
    seed: int,
    max_nodes: int,
    relaxed: bool = False,
) -> Placement | None:
    """Nothing where no set of spots meets the rows. `relaxed` allows parts of access points: quicker, and no worse a goal."""
    spot_count, point_count = matrix.covers.shape
    pair_spot, pair_point = np.nonzero(np.isfinite(matrix.airtime_share))
    pairs = np.arange(len(pair_spot))
    # Columns: y of every spot, c of every point, x of every pair that has a rate.
    first_c, first_x = spot_count, spot_count + point_count
    columns = first_x + len(pairs)
    reached = np.zeros(point_count, dtype=bool)
    reached[pair_point] = True
    clients = matrix.clients[pair_point]
    airtime = matrix.airtime_share[pair_spot, pair_point]

    cost = np.zeros(columns)
    if goal == "cost":
        cost[:spot_count] = matrix.cost_yen
    elif goal == "count":
        cost[:spot_count] = 1.0
    elif goal == "signal":
        # People times dB: the mean signal of a client. Rounded, so that no machine's last bit decides.
        cost[first_x:] = -np.round(matrix.people[pair_point] * (matrix.rssi_dbm[pair_spot, pair_point] + 100.0), 2)
    else:
        weight = matrix.people / matrix.people.sum()
        cost[first_x:] = -weight[pair_point]
        cost[first_c:first_x] = -weight
        cost[:spot_count] = matrix.cost_yen / max(matrix.cost_yen.sum(), 1.0) * 1e-3
    lower = np.zeros(columns)
    lower[:spot_count] = 1.0 if goal == "signal" else 0.0
    integer = np.zeros(columns, dtype=bool)
    integer[:spot_count] = not relaxed
    programme = _Programme(cost, lower, np.ones(columns), integer)

    def rows(of: NDArray[np.intp], at: NDArray[np.intp], value: Any, count: int) -> sparse.csr_array:
        return sparse.csr_array((np.broadcast_to(value, of.shape).astype(np.float64), (of, at)), shape=(count, columns))

    whole = rows(pair_point, first_x + pairs, 1.0, point_count)[reached]
    programme.add(whole, 0.0 if goal == "served" else 1.0, 1.0)
    every = np.arange(spot_count)
    programme.add(
        rows(pair_spot, first_x + pairs, clients, spot_count) - rows(every, every, matrix.max_clients, spot_count), -np.inf, 0.0
    )
    programme.add(
        rows(pair_spot, first_x + pairs, airtime, spot_count) - rows(every, every, matrix.max_busy_share, spot_count),
        -np.inf,
        0.0,
    )
    for group in cliques(matrix.hears, every_pair=False):
        if len(group) > matrix.channels:
            inside = np.isin(pair_spot, group)
            programme.add(
                rows(np.zeros(inside.sum(), dtype=np.intp), first_x + pairs[inside], airtime[inside], 1),
                -np.inf,
                matrix.max_busy_share * matrix.channels,
            )
    cover_spot, cover_point = np.nonzero(matrix.covers)
    points = np.arange(point_count)
    programme.add(
        rows(points, first_c + points, 1.0, point_count) - rows(cover_point, cover_spot, 1.0, point_count), -np.inf, 0.0
    )
    zone_people = np.bincount(matrix.zone, weights=matrix.people)
    if goal != "served":
        programme.add(
            rows(matrix.zone, first_c + points, matrix.people, len(zone_people)), matrix.coverage_share * zone_people, np.inf
        )
    for group in cliques(matrix.too_near, every_pair=True):
        if len(group) > 1:
            programme.add(rows(np.zeros(len(group), dtype=np.intp), group, 1.0, 1), 0.0, 1.0)
    if matrix.max_cost_yen < _UNBOUNDED:
        programme.add(rows(np.zeros(spot_count, dtype=np.intp), every, matrix.cost_yen, 1), -np.inf, matrix.max_cost_yen)
    if matrix.max_access_points is not None:
        programme.add(rows(np.zeros(spot_count, dtype=np.intp), every, 1.0, 1), -np.inf, matrix.max_access_points)
    if goal != "served":
        # Implied by the rows above once y is whole; as a row it lets the solver round the count up at the root.
        need = int(np.ceil(matrix.clients[reached].sum() / matrix.max_clients - 1e-9))
        programme.add(rows(np.zeros(spot_count, dtype=np.intp), every, 1.0, 1), need, np.inf)

    # Parts of a per cent of the people are not worth minutes of search.
    solution = programme.solve(seed=seed, max_nodes=max_nodes, gap_share=2e-3 if goal == "served" else 1e-6)
    if not solution.found:
        return None
    chosen = tuple(int(spot) for spot in np.flatnonzero(solution.x[:spot_count] > 0.5))
    share = np.zeros((spot_count, point_count))
    share[pair_spot, pair_point] = solution.x[first_x:].clip(0.0, 1.0)
    covered = matrix.covers[list(chosen)].any(axis=0) if chosen else np.zeros(point_count, dtype=bool)
    return Placement(
        chosen=chosen,
        share=share[list(chosen)],
        cost_yen=float(matrix.cost_yen[list(chosen)].sum()),
        bound_yen=solution.bound if goal == "cost" else 0.0,
        bound_access_points=int(np.ceil(solution.bound - 1e-6)) if goal == "count" else 0,
        coverage_share=float(matrix.people[covered].sum() / matrix.people.sum()),
        served_share=float((share.sum(axis=0) * matrix.people).sum() / matrix.people.sum()),
        stopped_by=None,
        nodes=solution.nodes,
        goal=float(cost @ solution.x),
    )


def channels_for(airtime_share: NDArray[np.float64], hears: NDArray[np.bool_], channels: Sequence[int]) -> tuple[int, ...]:
    """A channel for each access point, so that those that hear each other share one last, and then with the least airtime.

    Parameters
    ----------
    airtime_share : (n,)
        Each access point's own.
    hears : (n, n)
        Who shares airtime with whom on one channel.
    channels : sequence
        The preferred ones first.
    """
    order = sorted(range(len(airtime_share)), key=lambda ap: (-airtime_share[ap], ap))
    given: dict[int, int] = {}
    for ap in order:

        def cost(choice: int, ap: int = ap) -> tuple[float, int]:
            others = [other for other, channel in given.items() if channel == channels[choice] and hears[ap, other]]
            # Rounded: the solver's last bits must not choose a channel.
            return round(sum(float(airtime_share[other]) for other in others) + 1e-3 * len(others), 6), choice

        given[ap] = channels[min(range(len(channels)), key=cost)]
    return tuple(given[ap] for ap in range(len(airtime_share)))


def powers_db(gain_db: NDArray[np.float64], clients: NDArray[np.float64], max_clients: float) -> NDArray[np.float64]:
    """How far to turn each access point down (n,), so that clients who take the strongest signal fill none above its limit.

    The prices of the limits in the transport of clients at the greatest sum of dB are those powers: a client moves to the next
    access point just where that one is as strong. Cut to `POWER_SPAN_DB`; no change (0 dB) where the limit does not bind or
    changing helps nobody.

    Parameters
    ----------
    gain_db : (n, p)
        Path gain at equal powers.
    clients : (p,)
        At each point.
    max_clients : float
        Of one access point.
    """
    count, points = gain_db.shape
    gain = np.where(np.isfinite(gain_db), gain_db, -300.0)
    at_ap, at_point = (ends.ravel() for ends in np.indices(gain.shape))
    pairs = np.arange(gain.size)
    programme = _Programme(
        -np.round((gain - gain.max(axis=0)) * clients, 3).ravel(),
        np.zeros(gain.size),
        np.ones(gain.size),
        np.zeros(gain.size, dtype=bool),
    )
    programme.add(sparse.csr_array((np.ones(gain.size), (at_point, pairs)), shape=(points, gain.size)), 1.0, 1.0)
    # A few per cent above an even share: a tighter limit could not be met by whole points.
    limit = max(max_clients, 1.02 * float(clients.sum()) / count)
    programme.add(sparse.csr_array((clients[at_point], (at_ap, pairs)), shape=(count, gain.size)), -np.inf, limit)
    solution = programme.solve(seed=0, max_nodes=0)

    def excess(power_db: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        best = np.argmax(gain + power_db[:, None], axis=0)
        over = np.asarray(np.bincount(best, weights=clients, minlength=count) - max_clients, dtype=np.float64)
        return round(float(np.maximum(over, 0.0).sum()), 6), over

    # Half a dB is the finest step that access points have: step on from the rounded prices while it helps.
    priced = np.round(2 * np.clip(solution.price[points:], -POWER_SPAN_DB, 0.0)) / 2
    best_db = min((np.zeros(count), priced), key=lambda power_db: excess(power_db)[0])
    stepped = True
    while stepped:
        stepped = False
        now, over = excess(best_db)
        for ap in (*np.argsort(-over, kind="stable"), *np.argsort(over, kind="stable")):
            for step_db in (-0.5, 0.5):
                tried = best_db.copy()
                tried[ap] += step_db
                tried -= tried.max()
                if tried.min() >= -POWER_SPAN_DB and excess(tried)[0] < now:
                    best_db, stepped = tried, True
                    break
            if stepped:
                break
    return best_db


def place(
    floor_plan: FloorPlan,
    demands: Sequence[Demand],
    requirement: Requirement = Requirement(),  # noqa: B008  (frozen)
    *,
    scenario: str = "",
    bands: Sequence[Band] = ("5",),
    width_mhz: int = 20,
    country: str = "JP",
    avoid_dfs: bool | None = None,
    client_power_dbm: float = CLIENT_POWER_DBM,
    obstruction_db: float = 0.0,
    mounts: Sequence[sites.Mount] = ("truss", "ceiling", "wall"),
    forbidden_m: Sequence[Polygon] = (),
    switch_m: tuple[float, float] | None = None,
    budget_yen: float | None = None,
    max_access_points: int | None = None,
    pitch_m: float = 5.0,
    reflections: int = 2,
    seed: int = 0,
    max_nodes: int = 20_000,
    assumptions: Sequence[dict[str, Any]] = (),
    progress: Progress | None = None,
) -> Design:
    """The design of least cost that serves the people of a scenario.

    Parameters
    ----------
    floor_plan : FloorPlan
        With zones that the demands name.
    demands : sequence of Demand
        Of one scenario (`wifiplan.demand.demands`).
    requirement : Requirement
        Signal, airtime and client limits.
    bands : sequence of "2.4", "5", "6"
        A radio each in every access point. The first carries the plan; 2.4 GHz only where asked for.
    avoid_dfs : bool, optional
        True never uses a channel that radar can silence; False takes them like any other; None only where the load needs them.
    client_power_dbm : float
        What a client sends with; no access point is more than 6 dB louder.
    obstruction_db : float
        What people in the way cost every path (`Scenario.obstruction_db`).
    mounts : sequence of "truss", "ceiling", "wall"
        What may be used.
    forbidden_m : sequence of polygons
        Nothing hangs here, beside the plan's keepout zones.
    switch_m : (x, y), optional
        Of the PoE switch; see `wifiplan.spots.spots`.
    budget_yen, max_access_points : optional
        Upper limits. Where they bind, the design is the largest part that can be served.
    pitch_m : float
        Between candidate spots.
    reflections : int
        Greatest number of reflections on a path.
    seed : int
        Of the solver. The same input gives the same design on every machine.
    max_nodes : int
        Budget of the search; the bound and gap say how far it came.
    assumptions : sequence of {what, value, unit, source}
        Kept in the design, before placement's own.
    progress : callable, optional
        Told (stage, share done).

    Returns
    -------
    Design
        With `placement` as `wifiplan place --json` prints it, and the reasons of each access point under `reasons`. Where the
        demand cannot be met whole, `placement["stopped_by"]` names the limit that stops the rest.

    Raises
    ------
    DesignError
        For a requirement that contradicts itself or a budget below one access point.
    PlacementError
        Where nothing can be hung, or nobody is to be served.
    """
    _check_requirement(requirement, max_access_points)
    tell = progress or (lambda _stage, _share: None)
    crowd = sites.people(floor_plan, demands)
    spots = sites.spots(floor_plan, pitch_m=pitch_m, mounts=mounts, forbidden_m=forbidden_m, switch_m=switch_m)
    cheapest_yen = min(spot.cost_yen for spot in spots)
    if budget_yen is not None and budget_yen < cheapest_yen:
        raise DesignError(f"the budget of {budget_yen:,.0f} yen is below one access point ({cheapest_yen:,.0f} yen); raise it")
    channel_sets = {band: _channels(band, width_mhz, country, avoid_dfs=bool(avoid_dfs)) for band in bands}
    band = bands[0]

    def gains(where: Sequence[Spot], points_m: NDArray[np.float64], most: int, stage: str) -> NDArray[np.float64]:
        probe = (Radio(band=band, channel=channel_sets[band][0], width_mhz=width_mhz),)
        gain_db = radiomap.gains_db(
            floor_plan,
            [spot.access_point(str(index), probe) for index, spot in enumerate(where)],
            points_m,
            frequency_mhz=capacity.FREQUENCY_MHZ[band],
            reflections=most,
            progress=lambda share: tell(stage, share),
        )
        # To 0.01 dB: above what two machines' sums differ by, far below what the model knows.
        return np.round(gain_db, 2)

    started_s = time.perf_counter()
    floors_m = [level.floor_m for level in floor_plan.levels]
    spots_m = np.array([(spot.x_m, spot.y_m, floors_m[spot.level] + spot.height_m) for spot in spots])
    gain_db = gains(spots, crowd.points_m, reflections, "gains")
    # Who hears whom decides about a channel, not a rate: the direct path will do.
    between_db = gains(spots, spots_m, 0, "gains")
    gains_s = time.perf_counter() - started_s

    tell("solve", 0.0)
    started_s = time.perf_counter()
    power_dbm = client_power_dbm + POWER_ABOVE_CLIENT_DB
    for b in bands:
        power_dbm = min(power_dbm, *(wifi.max_eirp_dbm(b, channel, width_mhz, country=country) for channel in channel_sets[b]))
    power_dbm = float(np.floor(2 * power_dbm) / 2)
    matrix = _matrix(
        spots,
        crowd,
        gain_db - obstruction_db,
        between_db,
        requirement,
        band=band,
        width_mhz=width_mhz,
        power_dbm=power_dbm,
        client_power_dbm=client_power_dbm,
        channels=len(channel_sets[band]),
        budget_yen=budget_yen,
        max_access_points=max_access_points,
    )
    placement = optimum(matrix, seed=seed, max_nodes=max_nodes)
    solve_s = time.perf_counter() - started_s

    tell("check", 0.0)
    started_s = time.perf_counter()
    # West to east: names that a person with the drawing finds.
    order = sorted(placement.chosen, key=lambda spot: (spots[spot].level, spots[spot].x_m, spots[spot].y_m, spots[spot].height_m))
    hears = matrix.hears[np.ix_(order, order)]
    fine = sites.people(floor_plan, demands, max_points=800)
    fine_db = gains([spots[spot] for spot in order], fine.points_m, reflections, "check") - obstruction_db
    # The mean crowd fills 92 % of the limit at most, for nobody stands on the grid.
    tx_dbm = power_dbm + powers_db(fine_db, fine.clients, 0.92 * requirement.max_clients_per_radio)
    airtime_share = _airtime(matrix, placement, order)
    channel_of = {
        b: _assigned_channels(
            airtime_share,
            hears,
            b,
            channel_sets[b],
            width_mhz=width_mhz,
            country=country,
            avoid_dfs=avoid_dfs,
            max_busy_share=requirement.max_busy_share,
        )
        for b in bands
    }
    reasons = [
        {"ap": f"AP-{n:02d}", **_reason(matrix, placement, spot, crowd.zones, seed=seed)} for n, spot in enumerate(order, 1)
    ]
    design = Design(
        floor_plan=floor_plan,
        access_points=tuple(
            replace(
                spots[spot].access_point(
                    reason["ap"],
                    tuple(
                        Radio(
                            band=b,
                            channel=channel_of[b][row],
                            width_mhz=width_mhz,
                            tx_power_dbm=float(tx_dbm[row]),
                            client_limit=requirement.max_clients_per_radio,
                        )
                        for b in bands
                    ),
                ),
                why=why(reason),
            )
            for row, (spot, reason) in enumerate(zip(order, reasons, strict=True))
        ),
        demands=tuple(demands),
        requirement=requirement,
        scenario=scenario,
        assumptions=(*assumptions, *_assumptions(spots, obstruction_db, client_power_dbm)),
    )
    checked = capacity.capacity(design)
    load_of = {(load.ap, load.band): load for load in checked.radios}
    design = replace(
        design,
        access_points=tuple(
            replace(ap, radios=tuple(replace(r, planned_clients=round(load_of[ap.name, r.band].clients, 1)) for r in ap.radios))
            for ap in design.access_points
        ),
        capacity=capacity.to_json(checked),
    )
    signal_dbm = (tx_dbm[:, None] + fine_db).max(axis=0)
    covered = (signal_dbm >= requirement.min_rssi_dbm) & (
        signal_dbm - (power_dbm - client_power_dbm) - wifi.noise_dbm(width_mhz) >= requirement.min_sinr_db
    )
    check_s = time.perf_counter() - started_s
    tell("check", 1.0)
    return replace(
        design,
        placement={
            "access_points": len(order),
            "coverage_share": round(float(fine.people[covered].sum() / fine.people.sum()), 4),
            "served_share": round(sum(zone.served for zone in checked.zones) / checked.people, 4),
            "cost_yen": round(placement.cost_yen),
            "bound": {
                "cost_yen": round(placement.bound_yen),
                "access_points": placement.bound_access_points,
                "valid_for": _valid_for(
                    placement,
                    spots=len(spots),
                    bands=bands,
                    width_mhz=width_mhz,
                    channels=len(channel_sets[band]),
                    power_dbm=power_dbm,
                ),
            },
            "gap_share": round(1.0 - placement.bound_yen / placement.cost_yen, 4),
            "seconds": {"gains": round(gains_s, 3), "solve": round(solve_s, 3), "check": round(check_s, 3)},
            "seed": seed,
            "stopped_by": placement.stopped_by,
            "spots": len(spots),
            "points": len(crowd.people),
            "nodes": placement.nodes,
            "reasons": reasons,
        },
    )


def why(reason: dict[str, Any]) -> str:
    """One sentence for one entry of `reasons`."""
    lost, dark = reason["unserved_people"], reason["uncovered_people"]
    if dark >= 0.5:
        return f"Without it about {dark:.0f} people in {reason['zone']} have too weak a signal and {lost:.0f} are not served."
    if lost >= 0.5:
        return f"Without it about {lost:.0f} people, mostly in {reason['zone']}, find no free place or airtime on the others."
    return f"Without it the others still serve everybody, with a signal {reason['weaker_db']:.1f} dB weaker in {reason['zone']}."


_STOPPED = {
    "reach": "some people are out of reach of every spot; allow other mounts or a lower signal",
    "clients": "the association limit of the radios; raise max_clients_per_radio or add a band",
    "airtime": "the airtime of the channels there are; allow more channels (DFS, 6 GHz) or ask for less",
    "access_points": "the number of access points allowed; raise it",
    "budget": "the budget; raise it",
}


def stopped(placement: dict[str, Any]) -> str:
    """What stops the rest, in one sentence, for the `placement` of a design whose demand is not met whole."""
    return (
        f"signal for {placement['coverage_share']:.0%} and service for {placement['served_share']:.0%} of the people; "
        f"what stops the rest: {_STOPPED[placement['stopped_by']]}"
    )


def checked_bands(bands: Sequence[str]) -> tuple[Band, ...]:
    """As typed; raises `DesignError` for one that does not exist or is named twice."""
    for band in bands:
        if band not in get_args(Band):
            raise DesignError(f"--band {band}: no such band; use {', '.join(get_args(Band))}")
    if len(set(bands)) < len(bands):
        raise DesignError(f"--band {bands[0]}: given twice; an access point has one radio a band")
    return tuple(cast("Band", band) for band in bands)


def checked_mounts(mounts: Sequence[str]) -> tuple[sites.Mount, ...]:
    """As typed; raises `DesignError` for one that does not exist."""
    for mount in mounts:
        if mount not in get_args(sites.Mount):
            raise DesignError(f"--mount {mount}: no such mount; use {', '.join(get_args(sites.Mount))}")
    return tuple(cast("sites.Mount", mount) for mount in mounts)


def checked_dfs(word: str) -> bool | None:
    """`avoid_dfs` for the word of a command line."""
    meaning = {"last": None, "never": True, "like-any": False}
    if word not in meaning:
        raise DesignError(f"--dfs {word}: use {', '.join(meaning)}")
    return meaning[word]


def rectangle_m(text: str) -> Polygon:
    """`x0,y0,x1,y1` in metres as a polygon."""
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        raise DesignError(f"--forbid {text}: give x0,y0,x1,y1 in metres, such as 0,0,5,8") from None
    return box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _assumptions(spots: Sequence[Spot], obstruction_db: float, client_power_dbm: float) -> tuple[dict[str, Any], ...]:
    rows: list[dict[str, Any]] = [
        {"what": "client power", "value": client_power_dbm, "unit": "dBm", "source": "12 to 15 dBm seen in phones"},
        {
            "what": "access point above client power, at most",
            "value": POWER_ABOVE_CLIENT_DB,
            "unit": "dB",
            "source": "assumption",
        },
        {"what": "loss by people in the way", "value": obstruction_db, "unit": "dB", "source": "assumption of the scenario"},
        {"what": "spacing of access points, at least", "value": MIN_SPACING_M, "unit": "m", "source": "assumption"},
        {
            "what": "mounting height, at most",
            "value": sites.MAX_HEIGHT_M,
            "unit": "m",
            "source": "assumption: service from a lift",
        },
    ]
    if any(spot.guard for spot in spots):
        rows.append(
            {"what": "guard below", "value": sites.BALL_HEIGHT_M, "unit": "m", "source": "assumption: ball play in halls"}
        )
    prices = sites.prices()
    rows += [
        {
            "what": f"price: {name.replace('_', ' ')}",
            "value": row["yen"],
            "unit": f"yen per {row['per']}",
            "source": row["source"],
        }
        for name, row in prices.items()
    ]
    return tuple(rows)


def _check_requirement(requirement: Requirement, max_access_points: int | None) -> None:
    for name in ("coverage_share", "max_busy_share"):
        share = getattr(requirement, name)
        if not 0.0 < share <= 1.0:
            raise DesignError(f"requirement: {name} is {share:g}; it must be above 0 and at most 1")
    if requirement.max_clients_per_radio < 1:
        raise DesignError(f"requirement: max_clients_per_radio is {requirement.max_clients_per_radio}; one client must fit")
    if requirement.min_rssi_dbm > 0:
        raise DesignError(f"requirement: min_rssi_dbm is {requirement.min_rssi_dbm:g}; no client receives that: use -67 or so")
    if max_access_points is not None and max_access_points < 1:
        raise DesignError(f"at most {max_access_points} access points can serve nobody; allow 1 or more")


def _channels(band: Band, width_mhz: int, country: str, *, avoid_dfs: bool) -> tuple[int, ...]:
    """Those without radar first."""
    found = wifi.channels(band, width_mhz, country=country, avoid_dfs=avoid_dfs)
    if not found:
        way = "allow radar (DFS) channels or a narrower one" if avoid_dfs else "take a narrower one"
        raise DesignError(f"no {width_mhz} MHz channel at {band} GHz in {country}; {way}")
    return tuple(sorted(found, key=lambda channel: (wifi.is_dfs(band, channel, width_mhz, country=country), channel)))


def _assigned_channels(
    airtime_share: NDArray[np.float64],
    hears: NDArray[np.bool_],
    band: Band,
    channels: tuple[int, ...],
    *,
    width_mhz: int,
    country: str,
    avoid_dfs: bool | None,
    max_busy_share: float,
) -> tuple[int, ...]:
    """On the radar-free channels alone where the load fits them and nobody wants the others; on all otherwise."""
    clean = tuple(channel for channel in channels if not wifi.is_dfs(band, channel, width_mhz, country=country))
    if avoid_dfs is None and clean and len(clean) < len(channels):
        given = channels_for(airtime_share, hears, clean)
        same = np.equal.outer(given, given) & (hears | np.eye(len(airtime_share), dtype=bool))
        if bool(np.all(same @ airtime_share <= max_busy_share)):
            return given
    return channels_for(airtime_share, hears, channels)


def _matrix(
    spots: Sequence[Spot],
    crowd: People,
    gain_db: NDArray[np.float64],
    between_db: NDArray[np.float64],
    requirement: Requirement,
    *,
    band: Band,
    width_mhz: int,
    power_dbm: float,
    client_power_dbm: float,
    channels: int,
    budget_yen: float | None,
    max_access_points: int | None,
) -> Matrix:
    noise_dbm = float(wifi.noise_dbm(width_mhz))
    rssi_dbm = power_dbm + gain_db
    down_db, up_db = rssi_dbm - noise_dbm, client_power_dbm + gain_db - noise_dbm
    with np.errstate(divide="ignore"):
        seconds = crowd.active * (
            crowd.down_mbps / _goodput_mbps(down_db, band, width_mhz) + crowd.up_mbps / _goodput_mbps(up_db, band, width_mhz)
        )
    served = np.isfinite(seconds)
    place_m = np.array([(spot.x_m, spot.y_m, spot.height_m) for spot in spots])
    level = np.array([spot.level for spot in spots])
    spacing_m = np.linalg.norm(place_m[:, None] - place_m[None], axis=-1)
    # Quiet ones may not hear each other: only those that do at the lowest power share air in every design.
    hears = power_dbm - POWER_SPAN_DB + np.minimum(between_db, between_db.T) >= float(wifi.cca_preamble_dbm(width_mhz))
    np.fill_diagonal(hears, val=True)
    return Matrix(
        cost_yen=np.array([spot.cost_yen for spot in spots]),
        too_near=(spacing_m < MIN_SPACING_M) & (level[:, None] == level[None]),
        covers=served & (rssi_dbm >= requirement.min_rssi_dbm) & (np.minimum(down_db, up_db) >= requirement.min_sinr_db),
        airtime_share=np.where(served, np.round(seconds, 8), np.inf),
        rssi_dbm=rssi_dbm,
        people=crowd.people,
        clients=crowd.clients,
        zone=crowd.zone,
        hears=hears,
        channels=channels,
        coverage_share=requirement.coverage_share,
        max_busy_share=requirement.max_busy_share,
        max_clients=requirement.max_clients_per_radio,
        max_cost_yen=_UNBOUNDED if budget_yen is None else budget_yen,
        max_access_points=max_access_points,
    )


def _goodput_mbps(sinr_db: NDArray[np.float64], band: Band, width_mhz: int) -> NDArray[np.float64]:
    """Payload per second of air, alone on the channel; 0 below MCS 0."""
    mcs, streams = wifi.mcs_and_streams(
        sinr_db, width_mhz=width_mhz, streams=capacity.CLIENT_STREAMS, standard=capacity.CLIENT_STANDARD
    )
    megabits, seconds = airtime.exchange(np.maximum(mcs, 0), band=band, width_mhz=width_mhz, streams=streams)
    return np.asarray(np.where(mcs >= 0, megabits / seconds * (1 - wifi.PACKET_ERROR_SHARE), 0.0))


def _airtime(matrix: Matrix, placement: Placement, order: Sequence[int]) -> NDArray[np.float64]:
    """Each access point's own, in the order given."""
    rows = [placement.chosen.index(spot) for spot in order]
    of_chosen = matrix.airtime_share[list(order)]
    return np.asarray((placement.share[rows] * np.where(np.isfinite(of_chosen), of_chosen, 0.0)).sum(axis=1))


def _reason(matrix: Matrix, placement: Placement, spot: int, zones: Sequence[str], *, seed: int) -> dict[str, Any]:
    """What is lost without one access point, the others taking over what they can."""
    rest = [other for other in placement.chosen if other != spot]
    mine = placement.share[placement.chosen.index(spot)] * matrix.people
    everybody = float(matrix.people.sum())
    if rest:
        other = _solve(_subset(matrix, rest), goal="served", seed=seed, max_nodes=100)
        unserved = (placement.served_share - (other.served_share if other else 0.0)) * everybody
        dark = np.where(matrix.covers[spot] & ~matrix.covers[rest].any(axis=0), matrix.people, 0.0)
        weaker_db = np.maximum(0.0, matrix.rssi_dbm[spot] - matrix.rssi_dbm[rest].max(axis=0))
    else:
        unserved = placement.served_share * everybody
        dark = np.where(matrix.covers[spot], matrix.people, 0.0)
        weaker_db = np.zeros(len(matrix.people))
    zone = int(np.argmax(np.bincount(matrix.zone, weights=dark if dark.any() else mine, minlength=len(zones))))
    own = mine * (matrix.zone == zone) * np.isfinite(weaker_db)
    weaker = float((np.where(own > 0, weaker_db, 0.0) * own).sum() / own.sum()) if own.sum() > 0 else 0.0
    return {
        "zone": zones[zone],
        "uncovered_people": round(float(dark.sum()), 1),
        "unserved_people": round(max(0.0, unserved), 1),
        "weaker_db": round(weaker, 1),
    }


def _valid_for(
    placement: Placement, *, spots: int, bands: Sequence[Band], width_mhz: int, channels: int, power_dbm: float
) -> str:
    if placement.stopped_by:
        return "nothing: the demand cannot be met whole"
    return (
        f"every choice among {spots} spots at least {MIN_SPACING_M:g} m apart, {' and '.join(bands)} GHz at {width_mhz} MHz, "
        f"any of {channels} channels, powers up to {power_dbm:g} dBm, any association of clients"
    )
