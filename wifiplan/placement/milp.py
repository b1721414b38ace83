"""The mixed-integer programme: the cheapest set of spots that can work, and a bound on every set that can.

It sees no map. With spots s, kinds of radio r (a band and a width), demand points p of each load (a scenario) it solves

    minimise    sum_s cost_s y_s + step_yen n
    subject to  sum_rs x_rsg + u_g = 1                                  each group g of points is served, or left out
                sum_g people_g u_g <= left_out_share people             hardly anybody is
                sum_g clients_g x_rsg <= max_clients z_sr               association limit of a radio
                sum_g airtime_rsg x_rsg <= max_busy_share z_sr          a radio's own airtime
                sum_g room_rg x_rsg <= most_room z_sr                   its packets come in time, at the very best
                sum_{s in G, r in b} units_r sum_g airtime_rsg x_rsg <= max_busy_share spectrum_b
                                                                        each set G that hears each other, each band b
                sum_{r in b} z_sr <= y_s                                one radio a band
                c_p <= sum_{s covers p} y_s                             signal (twice that where a second one is asked for)
                sum_{p in z} people_p c_p >= coverage_share people_z    each zone z
                y_s + y_t <= 1                                          closer than the least spacing
                sum_{s new} y_s <= step_ports n                         a switch for every so many new ones
                sum_{s in S} (1 - y_s) + sum_{s not in S} y_s >= 1      each set S that was tried and does not work
                y, z in {0, 1},   n whole,   0 <= c, x, u <= 1

with airtime at the best rate that no interference and full power allow, for a group that of its best placed client, in shares of
one channel, and spectrum in 20 MHz units. Points and tolerances are those of `verdict`. Every design that works meets
these rows, whatever its channels, powers and association, so that the programme's lower bound holds for the whole problem.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from wifiplan.placement.matrix import UNBOUNDED, Load, Matrix, cliques

Floats = NDArray[np.float64]
Limit = Literal["reach", "clients", "airtime", "access_points", "budget", "crowds"]
Goal = Literal["cost", "count", "served"]

_HIGHS_INF = float(highspy.kHighsInf)
_GAP_SHARE = 1e-6
"""Gap between answer and bound at which a search ends: rounding only."""
_SERVED_GAP_SHARE = 2e-3
"""The same of the search for most people: fractions of a per cent of them are not worth minutes (assumed)."""
_PART_NODES = 200
"""Nodes of the search for the largest part that can be served, which nothing is proved of (assumed)."""
_LARGE = 100_000
"""Spots x radios x groups above which the search for the largest part begins with few groups (assumed: some ten seconds)."""
_LIFTED_CLIENTS = 10**6
"""More clients than any hall holds: an association limit that does not bind."""
_FEW = 8
"""So many groups are one in the small programme (assumed: a dozen groups tell where people are)."""
_LESS_SHARE = 1e-3
"""Share of the people by which lifting one limit must serve more, to be named (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A set of spots. `kinds` are the radios used, one a band and spot; `share[load]` (r, chosen, g) who serves how much."""

    chosen: tuple[int, ...]
    kinds: NDArray[np.bool_]
    share: tuple[Floats, ...]
    cost_yen: float
    bound: float
    """Least value of the goal: no set is better than this."""
    coverage_share: float
    served_share: float
    nodes: int
    cancelled: bool


class Solver:
    """HiGHS on one thread with a fixed seed and a budget in nodes: same input, same answer on every machine.

    Parameters
    ----------
    seed : int
        Of HiGHS.
    max_nodes : int
        Of one search.
    cancelled : callable, optional
        Asked now and then; True ends the search with the best so far.
    """

    def __init__(self, *, seed: int = 0, max_nodes: int = 20_000, cancelled: Callable[[], bool] | None = None) -> None:
        self.seed, self.max_nodes, self.cancelled = seed, max_nodes, cancelled
        self.nodes = 0

    @property
    def stopped(self) -> bool:
        """Whether to end with what there is."""
        return self.cancelled is not None and self.cancelled()

    def minimise(self, rows: Rows, *, gap_share: float = _GAP_SHARE, max_nodes: int | None = None) -> _Solution:
        """The least cost of x within its bounds and rows."""
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        options = {
            "output_flag": False,
            "threads": 1,
            "random_seed": self.seed,
            "mip_max_nodes": self.max_nodes if max_nodes is None else max_nodes,
            "mip_rel_gap": gap_share,
        }
        for name, value in options.items():
            solver.setOptionValue(name, value)
        # The root of a large programme is not left to ask whether to stop: it is told its time.
        left_s = getattr(self.cancelled, "left_s", None)
        if left_s is not None and math.isfinite(left_s()):
            solver.setOptionValue("time_limit", max(left_s(), 0.1))
        solver.passModel(rows.model())
        stopped = threading.Event()
        if self.cancelled is not None:
            _stop_when(solver, self.cancelled, stopped)
        solver.run()
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        mixed = bool(rows.integer.any())
        solution = solver.getSolution()
        nodes = int(info.mip_node_count) if mixed else 0
        self.nodes += nodes
        return _Solution(
            found=found,
            x=np.array(solution.col_value) if found else np.zeros(0),
            price=np.array(solution.row_dual) if found and not mixed else np.zeros(0),
            bound=float(info.mip_dual_bound if mixed else info.objective_function_value),
            nodes=nodes,
            cancelled=stopped.is_set() or solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit,
        )


def _stop_when(solver: Any, cancelled: Callable[[], bool], stopped: threading.Event) -> None:
    def ask(event: Any) -> None:
        if stopped.is_set() or cancelled():
            stopped.set()
            event.interrupt()

    solver.cbMipInterrupt.subscribe(ask)
    solver.cbSimplexInterrupt.subscribe(ask)


class Rows:
    """A linear programme as it is built: columns with cost, bounds and kind, and rows added block by block."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.cost, self.lower, self.upper = np.zeros(columns), np.zeros(columns), np.ones(columns)
        self.integer = np.zeros(columns, dtype=bool)
        self.blocks: list[Any] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []

    def add(self, low: Any, high: Any, count: int, *terms: tuple[Any, Any, Any]) -> None:
        """`count` rows between low and high; each term is (row, column, value), arrays or one value for all."""
        row, column, value = [], [], []
        for of, column_of, worth in terms:
            at = np.atleast_1d(column_of)
            row.append(np.broadcast_to(of, at.shape))
            column.append(at)
            value.append(np.broadcast_to(np.asarray(worth, dtype=np.float64), at.shape))
        entries = (np.concatenate(value), (np.concatenate(row).astype(np.intp), np.concatenate(column).astype(np.intp)))
        self.blocks.append(sparse.csr_array(sparse.coo_array(entries, shape=(count, self.columns))))
        self.low.append(np.broadcast_to(np.asarray(low, dtype=np.float64), count))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), count))

    def model(self) -> highspy.HighsLp:
        """The programme as HiGHS takes it."""
        matrix = sparse.csr_array(sparse.vstack(self.blocks, format="csr"))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
        model.col_cost_, model.col_lower_, model.col_upper_ = self.cost, self.lower, self.upper
        low, high = np.concatenate(self.low), np.concatenate(self.high)
        model.row_lower_ = np.where(np.isinf(low), -_HIGHS_INF, low)
        model.row_upper_ = np.where(np.isinf(high), _HIGHS_INF, high)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in self.integer]
        return model


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One load in the programme: its groups and merged points, and which columns are theirs."""

    people: Floats
    clients: Floats
    airtime_share: Floats
    room_share: Floats | None
    of_radio: NDArray[np.intp]
    of_spot: NDArray[np.intp]
    of_group: NDArray[np.intp]
    cover_people: Floats
    cover_zone: NDArray[np.intp]
    covers: NDArray[np.bool_]
    start: int

    @classmethod
    def of(cls, load: Load, start: int) -> _Part:
        people, clients, airtime_share = load.grouped()
        of_radio, of_spot, of_group = np.nonzero(np.isfinite(airtime_share))
        cover_people, cover_zone, covers = load.merged_covers()
        return cls(
            people=people,
            clients=clients,
            airtime_share=airtime_share,
            room_share=load.grouped_room(),
            of_radio=of_radio,
            of_spot=of_spot,
            of_group=of_group,
            cover_people=cover_people,
            cover_zone=cover_zone,
            covers=covers,
            start=start,
        )

    @property
    def airtime(self) -> Floats:
        """Busy share of each x column."""
        return self.airtime_share[self.of_radio, self.of_spot, self.of_group]

    @property
    def c(self) -> NDArray[np.intp]:
        return self.start + np.arange(len(self.cover_people))

    @property
    def x(self) -> NDArray[np.intp]:
        return self.start + len(self.cover_people) + np.arange(len(self.of_group))

    @property
    def u(self) -> NDArray[np.intp]:
        return self.start + len(self.cover_people) + len(self.of_group) + np.arange(len(self.people))

    @property
    def end(self) -> int:
        return self.start + len(self.cover_people) + len(self.of_group) + len(self.people)


@dataclass(frozen=True, slots=True)
class _Solution:
    found: bool
    x: Floats
    price: Floats
    """Dual price of each row, for a programme without integers."""
    bound: float
    nodes: int
    cancelled: bool


def solve_by_few(matrix: Matrix, solver: Solver, *, goal: Goal = "cost") -> Answer | None:
    """An answer that `solve` could give as well, with the same bound, mostly in a tenth of its time; None where there is none.

    The programme with few groups of people is a relaxation, and small. Where its spots alone meet every row of the whole
    programme, they are an answer to that one too; else the whole one is solved. Of equal sets it may be another one; of a search
    that is cancelled, its `share` is of the small programme's groups.
    """
    if matrix.movable:
        return solve(matrix, solver, goal=goal)
    neighbours = cliques(matrix.hears, every_pair=False)
    few = solve(_with_few_groups(matrix), solver, goal=goal, neighbours=neighbours)
    if few is None or few.cancelled:
        # Of a search that was stopped, the small programme's best so far is as good as any; its bound holds.
        return few
    row = {spot: index for index, spot in enumerate(few.chosen)}
    alone = replace(matrix.subset(few.chosen), must=tuple(range(len(row))))
    inside = [np.array([row[spot] for spot in group.tolist() if spot in row], dtype=np.intp) for group in neighbours]
    found = solve(alone, solver, goal=goal, neighbours=[group for group in inside if len(group)])
    if found is None:
        return solve(matrix, solver, goal=goal, neighbours=neighbours)
    return replace(found, chosen=few.chosen, bound=few.bound, cost_yen=few.cost_yen, nodes=few.nodes + found.nodes)


def _with_few_groups(matrix: Matrix) -> Matrix:
    """A relaxation: neighbouring groups are one, served as if all stood at the place that is best; what its size holds is kept.

    Groups of other devices are merged with them, so that a radio's room is left to the number of access points.
    """
    few = _merged(matrix)
    loads = tuple(replace(load, room_share=None) for load in few.loads)
    return replace(few, loads=loads, least_access_points=least_access_points(matrix))


def _merged(matrix: Matrix) -> Matrix:
    """The programme with neighbouring groups taken as one."""
    loads = tuple(
        replace(load, group=(np.arange(len(load.people)) if load.group is None else load.group) // _FEW) for load in matrix.loads
    )
    return replace(matrix, loads=loads)


def solve(
    matrix: Matrix,
    solver: Solver,
    *,
    goal: Goal = "cost",
    relaxed: bool = False,
    max_nodes: int | None = None,
    neighbours: Sequence[NDArray[np.intp]] | None = None,
) -> Answer | None:
    """The best set of spots, or None where none meets the rows.

    Parameters
    ----------
    goal : "cost", "count" or "served"
        Least cost; least access points; or, with nothing required, most people served and covered within the upper limits.
    relaxed : bool
        Allow parts of access points: quicker, and a bound on the goal.
    neighbours : sets of spots, optional
        That hear each other, where they are known (`matrix.cliques`).
    """
    columns = _Columns.of(matrix)
    rows = Rows(columns.count)
    _bounds(rows, matrix, columns, relaxed=relaxed)
    _objective(rows, matrix, columns, goal)
    _one_radio_a_band(rows, matrix, columns)
    neighbours = cliques(matrix.hears, every_pair=False) if neighbours is None else neighbours
    for part in columns.parts:
        _service(rows, matrix, part, goal)
        _radio_limits(rows, matrix, columns, part)
        _air(rows, matrix, part, neighbours)
        _coverage(rows, matrix, part, goal)
    if goal != "served":
        rows.add(float(least_access_points(matrix)), np.inf, 1, (0, columns.y, 1.0))
    _spacing(rows, matrix)
    _not_again(rows, matrix, columns)
    _reuse_and_switches(rows, matrix, columns)
    _upper_limits(rows, matrix, columns)
    gap_share = _SERVED_GAP_SHARE if goal == "served" else _GAP_SHARE
    solution = solver.minimise(rows, gap_share=gap_share, max_nodes=max_nodes)
    return _answer(matrix, columns, solution) if solution.found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Which column is which: y of each spot, z of each spot and kind of radio, each load's own, then what is counted whole."""

    spots: int
    radios: int
    parts: tuple[_Part, ...]
    reused: int | None
    """How many access points that hang elsewhere are used again."""
    steps: int | None
    """How many switches are bought."""
    count: int

    @classmethod
    def of(cls, matrix: Matrix) -> _Columns:
        spots, radios = len(matrix.cost_yen), len(matrix.units)
        count = spots if radios == 1 else spots + spots * radios
        parts: list[_Part] = []
        for load in matrix.loads:
            parts.append(_Part.of(load, count))
            count = parts[-1].end
        moving = bool(matrix.movable) and matrix.reuse_yen > 0
        stepping = matrix.step_ports > 0 and matrix.step_yen > 0
        return cls(
            spots=spots,
            radios=radios,
            parts=tuple(parts),
            reused=count if moving else None,
            steps=count + int(moving) if stepping else None,
            count=count + int(moving) + int(stepping),
        )

    @property
    def y(self) -> NDArray[np.intp]:
        return np.arange(self.spots)

    def z(self, spot: Any, radio: Any) -> Any:
        """Where there is one kind of radio only, a spot's is used when the spot is."""
        return spot if self.radios == 1 else self.spots + spot * self.radios + radio


def _bounds(rows: Rows, matrix: Matrix, columns: _Columns, *, relaxed: bool) -> None:
    """Whole columns and their bounds: spots and radios are used or not, what hangs and stays is used."""
    rows.integer[: columns.spots if columns.radios == 1 else columns.spots * (1 + columns.radios)] = not relaxed
    rows.lower[list(matrix.must)] = 1.0
    if columns.reused is not None:
        rows.upper[columns.reused] = len(matrix.movable)
        rows.integer[columns.reused] = not relaxed
    if columns.steps is not None:
        rows.upper[columns.steps] = columns.spots
        rows.integer[columns.steps] = not relaxed


def _objective(rows: Rows, matrix: Matrix, columns: _Columns, goal: Goal) -> None:
    """What is minimised: yen, access points, or people without service and coverage."""
    if goal == "count":
        rows.cost[columns.y] = 1.0
    elif goal == "cost":
        rows.cost[columns.y] = matrix.cost_yen
        if columns.reused is not None:
            rows.cost[columns.reused] = -matrix.reuse_yen
        if columns.steps is not None:
            rows.cost[columns.steps] = matrix.step_yen
    else:
        # A thousandth of everybody for all spots together: enough to leave out those that serve nobody.
        rows.cost[columns.y] = 1e-3 * matrix.cost_yen / max(float(matrix.cost_yen.sum()), 1.0)
        for part in columns.parts:
            total = part.people.sum()
            rows.cost[part.x] = -part.people[part.of_group] / total
            rows.cost[part.c] = -part.cover_people / total


def _one_radio_a_band(rows: Rows, matrix: Matrix, columns: _Columns) -> None:
    """A spot that is used has at most one radio in each band."""
    if columns.radios == 1:
        return
    for band in range(len(matrix.spectrum)):
        own = [radio for radio in range(columns.radios) if matrix.band[radio] == band]
        of = np.repeat(columns.y, len(own))
        z = columns.z(of, np.tile(own, columns.spots))
        rows.add(-np.inf, 0.0, columns.spots, (of, z, 1.0), (columns.y, columns.y, -1.0))


def _service(rows: Rows, matrix: Matrix, part: _Part, goal: Goal) -> None:
    """Each group is served whole or left out, and hardly anybody is left out."""
    groups = len(part.people)
    least = 0.0 if goal == "served" else 1.0
    rows.add(least, 1.0, groups, (part.of_group, part.x, 1.0), (np.arange(groups), part.u, 1.0))
    if goal != "served":
        rows.add(-np.inf, matrix.left_out_share * part.people.sum(), 1, (0, part.u, part.people))


def _radio_limits(rows: Rows, matrix: Matrix, columns: _Columns, part: _Part) -> None:
    """No radio has more clients, or a busier channel, than it may."""
    of_pair = part.of_spot * columns.radios + part.of_radio
    each = np.arange(columns.spots * columns.radios)
    z = columns.z(each // columns.radios, each % columns.radios)
    clients = part.clients[part.of_group]
    rows.add(-np.inf, 0.0, len(each), (of_pair, part.x, clients), (each, z, -float(matrix.max_clients)))
    rows.add(-np.inf, 0.0, len(each), (of_pair, part.x, part.airtime), (each, z, -matrix.max_busy_share))
    if part.room_share is not None:
        room = part.room_share[part.of_radio, part.of_group]
        rows.add(-np.inf, 0.0, len(each), (of_pair, part.x, room), (each, z, -matrix.most_room))


def _air(rows: Rows, matrix: Matrix, part: _Part, neighbours: Sequence[NDArray[np.intp]]) -> None:
    """Spots that all hear each other have the band's spectrum among them, once."""
    units = np.array(matrix.units, dtype=np.float64)[part.of_radio]
    for band, spectrum in enumerate(matrix.spectrum):
        in_band = np.array(matrix.band)[part.of_radio] == band
        for hearing in neighbours:
            if len(hearing) * max(matrix.units) > spectrum:
                inside = in_band & np.isin(part.of_spot, hearing)
                if inside.any():
                    rows.add(-np.inf, matrix.max_busy_share * spectrum, 1, (0, part.x[inside], (units * part.airtime)[inside]))


def _coverage(rows: Rows, matrix: Matrix, part: _Part, goal: Goal) -> None:
    """A point is covered by the spots that reach it, and each zone is covered as required."""
    cover_spot, cover_point = np.nonzero(part.covers)
    each = np.arange(len(part.cover_people))
    rows.add(-np.inf, 0.0, len(each), (each, part.c, float(matrix.cover_times)), (cover_point, cover_spot, -1.0))
    if goal != "served":
        zone_people = np.bincount(part.cover_zone, weights=part.cover_people)
        required = matrix.coverage_share * zone_people
        rows.add(required, np.inf, len(zone_people), (part.cover_zone, part.c, part.cover_people))


def least_access_points(matrix: Matrix) -> int:
    """The number that the clients alone need, wherever access points hang.

    Implied once y is whole; as a row of its own it lets the solver round the count up at the root.
    """
    least = matrix.least_access_points
    for load in matrix.loads:
        left_out = matrix.left_out_share * load.people.sum() * float((load.clients / np.maximum(load.people, 1e-12)).max())
        served = float(load.clients.sum()) - left_out
        least = max(least, int(np.ceil(served / (matrix.max_clients * len(matrix.spectrum)) - 1e-9)))
        if load.room_share is not None:
            room = load.room_share.min(axis=0)
            # Who is left out is at most those that take most room.
            spared = matrix.left_out_share * load.people.sum() * float((room / np.maximum(load.people, 1e-12)).max())
            least = max(least, int(np.ceil((float(room.sum()) - spared) / (matrix.most_room * len(matrix.spectrum)) - 1e-9)))
    return max(least, 0)


def _spacing(rows: Rows, matrix: Matrix) -> None:
    """Of spots that are all too near to each other, one is used."""
    for group in cliques(matrix.too_near, every_pair=True):
        rows.add(-np.inf, 1.0, 1, (0, group, 1.0))


def _not_again(rows: Rows, matrix: Matrix, columns: _Columns) -> None:
    """A set that was tried and does not work is not proposed again."""
    for tried in matrix.tried:
        inside = np.isin(columns.y, tried)
        rows.add(1.0 - len(tried), np.inf, 1, (0, columns.y, np.where(inside, -1.0, 1.0)))


def _new(matrix: Matrix, columns: _Columns) -> NDArray[np.intp]:
    """The spots where nothing hangs yet."""
    return np.setdiff1d(columns.y, [*matrix.movable, *matrix.must, *matrix.kept])


def _reuse_and_switches(rows: Rows, matrix: Matrix, columns: _Columns) -> None:
    """What hangs and is left can be used at a new spot, once; and a switch feeds so many new ones."""
    new = _new(matrix, columns)
    if columns.reused is not None:
        movable = list(matrix.movable)
        rows.add(-np.inf, float(len(movable)), 1, (0, columns.reused, 1.0), (0, movable, 1.0))
        rows.add(-np.inf, 0.0, 1, (0, columns.reused, 1.0), (0, new, -1.0))
    if columns.steps is not None:
        rows.add(-np.inf, 0.0, 1, (0, new, 1.0), (0, columns.steps, -float(matrix.step_ports)))


def _upper_limits(rows: Rows, matrix: Matrix, columns: _Columns) -> None:
    """The budget and the number of access points, where they are limited."""
    if matrix.max_cost_yen < UNBOUNDED:
        spending: list[tuple[Any, Any, Any]] = [(0, columns.y, matrix.cost_yen)]
        if columns.reused is not None:
            spending.append((0, columns.reused, -matrix.reuse_yen))
        if columns.steps is not None:
            spending.append((0, columns.steps, matrix.step_yen))
        rows.add(-np.inf, matrix.max_cost_yen, 1, *spending)
    if matrix.max_access_points is not None:
        rows.add(-np.inf, matrix.max_access_points, 1, (0, columns.y, 1.0))


def _answer(matrix: Matrix, columns: _Columns, solution: _Solution) -> Answer:
    """The set of spots that a solution means, who serves whom, and how many are covered and served."""
    chosen = np.flatnonzero(solution.x[: columns.spots] > 0.5)
    kinds = solution.x[columns.z(chosen[:, None], np.arange(columns.radios)[None])] > 0.5
    shares, covered, served, people = [], 0.0, 0.0, 0.0
    for part in columns.parts:
        share = np.zeros(part.airtime_share.shape)
        share[part.of_radio, part.of_spot, part.of_group] = solution.x[part.x].clip(0.0, 1.0)
        shares.append(share[:, chosen])
        covered += float(part.cover_people[part.covers[chosen].sum(axis=0) >= matrix.cover_times].sum())
        served += float(share.sum(axis=(0, 1)) @ part.people)
        people += float(part.people.sum())
    return Answer(
        chosen=tuple(int(spot) for spot in chosen),
        kinds=kinds,
        share=tuple(shares),
        cost_yen=matrix.cost_of([int(spot) for spot in chosen]),
        bound=solution.bound,
        coverage_share=covered / people,
        served_share=served / people,
        nodes=solution.nodes,
        cancelled=solution.cancelled,
    )


def largest_part(matrix: Matrix, solver: Solver) -> tuple[Answer | None, Limit | None]:
    """The spots that serve and cover most people where nothing meets every row, and the limit that stops the rest.

    No limit is named where the search was stopped before it was known: programmes that were cut short say nothing of it.
    """
    generous = replace(matrix, tried=())
    best = _most_served(generous, solver)
    if _is_large(generous):
        generous = _merged(generous)
    no_airtime = tuple(
        replace(load, airtime_share=np.where(np.isinf(load.airtime_share), np.inf, 0.0), room_share=None)
        for load in generous.loads
    )
    # Where lifting either of two would do, the one that the planner set is named: those come first.
    lifted: dict[Limit, Matrix] = {
        "budget": replace(generous, max_cost_yen=UNBOUNDED),
        "access_points": replace(generous, max_access_points=None),
        "clients": replace(generous, max_clients=_LIFTED_CLIENTS),
        "airtime": replace(generous, loads=no_airtime),
    }
    served: dict[Limit, float] = {}
    now = 0.0 if solver.stopped else _served_at_most(generous, solver)
    for name, looser in lifted.items():
        if solver.stopped:
            return best, None
        served[name] = _served_at_most(looser, solver)
    if solver.stopped:
        return best, None
    top = max(served, key=lambda name: served[name])
    return best, top if served[top] > now + _LESS_SHARE else "reach"


def _is_large(matrix: Matrix) -> bool:
    """Whether so much may be chosen that a search for the largest part would not leave its root in a minute."""
    groups = sum(len(load.people) if load.group is None else int(load.group.max()) + 1 for load in matrix.loads)
    return len(matrix.cost_yen) * len(matrix.units) * groups > _LARGE and not matrix.movable


def _most_served(matrix: Matrix, solver: Solver) -> Answer | None:
    """The spots that serve and cover most people; of many spots, the best use of those that are chosen with few groups."""
    if not _is_large(matrix):
        return solve(matrix, solver, goal="served", max_nodes=_PART_NODES)
    few = solve(_merged(matrix), solver, goal="served", max_nodes=_PART_NODES)
    if few is None or not few.chosen:
        return few
    found = solve(matrix.subset(few.chosen), solver, goal="served", max_nodes=_PART_NODES)
    if found is None:
        return few
    return replace(found, chosen=tuple(few.chosen[row] for row in found.chosen), nodes=few.nodes + found.nodes)


def _served_at_most(matrix: Matrix, solver: Solver) -> float:
    """The served plus the covered share if parts of access points could be used."""
    best = solve(matrix, solver, goal="served", relaxed=True)
    return round(-best.bound, 3) if best else 0.0
