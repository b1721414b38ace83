"""Arrays -> the cheapest set of spots that can work, and a bound on every set that can: the mixed-integer programme.

It sees no map. With spots s, kinds of radio r (a band and a width), demand points p of each load (a scenario) it solves

    minimise    sum_s cost_s y_s + step_yen n
    subject to  sum_rs x_rsg + u_g = 1                                  each group g of points is served, or left out
                sum_g people_g u_g <= left_out_share people             hardly anybody is
                sum_g clients_g x_rsg <= max_clients z_sr               association limit of a radio
                sum_g airtime_rsg x_rsg <= max_busy_share z_sr          a radio's own airtime
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

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Limit = Literal["reach", "clients", "airtime", "access_points", "budget"]
Goal = Literal["cost", "count", "served"]

UNBOUNDED = float(highspy.kHighsInf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One scenario's demand against s spots and r kinds of radio. Every array ends with the demand points p."""

    people: Floats
    clients: Floats
    zone: NDArray[np.intp]
    covers: NDArray[np.bool_]
    """(s, p): signal and SINR as required, in both directions."""
    airtime_share: Floats
    """(r, s, p): busy share of a channel of that width if s alone serves all clients of p; inf where no rate reaches."""
    signal_dbm: Floats
    """(s, p): to choose between sets of equal cost."""
    group: NDArray[np.intp] | None = None
    """(p,): points that are served together, by number from 0; each alone where not given. Coverage is always of each."""

    def grouped(self) -> tuple[Floats, Floats, Floats]:
        """`people` (g,), `clients` (g,) and `airtime_share` (r, s, g) of the groups.

        A group needs no more airtime than if all its clients stood at the place that is best for that spot: a relaxation.
        """
        if self.group is None:
            return self.people, self.clients, self.airtime_share
        count = int(self.group.max()) + 1
        people = _summed(self.people, self.group)
        clients = _summed(self.clients, self.group)
        each = np.full((*self.airtime_share.shape[:2], count), np.inf)
        per_client = np.where(self.clients > 0, self.airtime_share / np.maximum(self.clients, 1e-12), 0.0)
        per_client = np.where(np.isfinite(self.airtime_share), per_client, np.inf)
        order = np.argsort(self.group, kind="stable")
        first = np.flatnonzero(np.diff(self.group[order], prepend=-1))
        each[..., self.group[order][first]] = np.minimum.reduceat(per_client[..., order], first, axis=-1)
        return people, clients, np.where(np.isfinite(each), each * clients, np.inf)

    def merged_covers(self) -> tuple[Floats, NDArray[np.intp], NDArray[np.bool_]]:
        """`people`, `zone` and `covers` with points of one zone that the same spots cover taken as one."""
        key = np.vstack([self.zone[None], self.covers])
        _, first, to = np.unique(key, axis=1, return_index=True, return_inverse=True)
        return _summed(self.people, to.ravel()), self.zone[first], self.covers[:, first]


def _summed(weight: Floats, to: NDArray[np.intp]) -> Floats:
    return np.asarray(np.bincount(to, weights=weight), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All that the programme sees. A radio kind's `units` are its channel's 20 MHz parts; `spectrum` is that of each band."""

    cost_yen: Floats
    loads: tuple[Load, ...]
    too_near: NDArray[np.bool_]
    """(s, s): so close to each other that only one of the two may be used."""
    hears: NDArray[np.bool_]
    """(s, s): two radios on one channel share its airtime, in every design."""
    band: tuple[int, ...]
    units: tuple[int, ...]
    spectrum: tuple[int, ...]
    coverage_share: float
    max_busy_share: float
    max_clients: float
    cover_times: int = 1
    must: tuple[int, ...] = ()
    """Spots that are in every answer."""
    movable: tuple[int, ...] = ()
    """Spots whose access point, when left, saves `reuse_yen` on another one."""
    reuse_yen: float = 0.0
    kept: tuple[int, ...] = ()
    """Spots whose access point hangs there already."""
    step_yen: float = 0.0
    step_ports: int = 0
    """What every further so many new access points cost together (their switch); 0: nothing."""
    left_out_share: float = 0.0
    """Of the people that need not be served."""
    max_cost_yen: float = UNBOUNDED
    max_access_points: int | None = None
    least_access_points: int = 0
    """Known of every set that works: spares the search for the least cost what that for the least count has found out."""
    tried: tuple[tuple[int, ...], ...] = ()
    """Sets of spots that do not work, sorted."""

    def subset(self, spots: Sequence[int]) -> Matrix:
        """These spots alone, under the same limits; what was found out of all of them is forgotten."""
        at = list(spots)
        row = {spot: index for index, spot in enumerate(at)}
        return replace(
            self,
            cost_yen=self.cost_yen[at],
            loads=tuple(
                replace(
                    load,
                    covers=load.covers[at],
                    airtime_share=load.airtime_share[:, at],
                    signal_dbm=load.signal_dbm[at],
                )
                for load in self.loads
            ),
            too_near=self.too_near[np.ix_(at, at)],
            hears=self.hears[np.ix_(at, at)],
            must=tuple(row[spot] for spot in self.must if spot in row),
            movable=tuple(row[spot] for spot in self.movable if spot in row),
            kept=tuple(row[spot] for spot in self.kept if spot in row),
            least_access_points=0,
            tried=(),
        )

    def steps_yen(self, new: int) -> float:
        """What so many new access points need together."""
        return self.step_yen * -(-new // self.step_ports) if self.step_ports else 0.0

    def cost_of(self, chosen: Sequence[int]) -> float:
        """What a set costs with its switches, reused access points taken off."""
        left = len(set(self.movable) - set(chosen))
        new = len(set(chosen) - {*self.movable, *self.must, *self.kept})
        return float(self.cost_yen[list(chosen)].sum()) + self.steps_yen(new) - self.reuse_yen * min(left, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A set of spots. `kinds` are the radios used, one a band and spot; `share[load]` (r, chosen, g) who serves how much."""

    chosen: tuple[int, ...]
    kinds: NDArray[np.bool_]
    share: tuple[Floats, ...]
    cost_yen: float
    bound: float
    """Of the goal: no set is better than this."""
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

    def minimise(self, rows: _Rows, *, gap_share: float = 1e-6, max_nodes: int | None = None) -> _Solution:
        """The least cost of x within its bounds and rows."""
        matrix = sparse.csr_array(sparse.vstack(rows.blocks, format="csr"))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
        model.col_cost_, model.col_lower_, model.col_upper_ = rows.cost, rows.lower, rows.upper
        low, high = np.concatenate(rows.low), np.concatenate(rows.high)
        model.row_lower_ = np.where(np.isinf(low), -UNBOUNDED, low)
        model.row_upper_ = np.where(np.isinf(high), UNBOUNDED, high)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in rows.integer]
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
        solver.passModel(model)
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
            cancelled=stopped.is_set(),
        )


def _stop_when(solver: Any, cancelled: Callable[[], bool], stopped: threading.Event) -> None:
    def ask(event: Any) -> None:
        if stopped.is_set() or cancelled():
            stopped.set()
            event.interrupt()

    solver.cbMipInterrupt.subscribe(ask)
    solver.cbSimplexInterrupt.subscribe(ask)


class _Rows:
    """Columns with cost, bounds and kind, and rows added block by block."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One load in the programme: its groups and merged points, and which columns are theirs."""

    people: Floats
    clients: Floats
    airtime_share: Floats
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
            of_radio=of_radio,
            of_spot=of_spot,
            of_group=of_group,
            cover_people=cover_people,
            cover_zone=cover_zone,
            covers=covers,
            start=start,
        )

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
    """Of each row, for a programme without integers."""
    bound: float
    nodes: int
    cancelled: bool


def solve(
    matrix: Matrix, solver: Solver, *, goal: Goal = "cost", relaxed: bool = False, max_nodes: int | None = None
) -> Answer | None:
    """The best set of spots, or None where none meets the rows.

    Parameters
    ----------
    goal : "cost", "count" or "served"
        Least cost; least access points; or, with nothing required, most people served and covered within the upper limits.
    relaxed : bool
        Allow parts of access points: quicker, and a bound on the goal.
    """
    spots, radios = len(matrix.cost_yen), len(matrix.units)
    one_kind = radios == 1
    first_z, columns = spots, spots + (0 if one_kind else spots * radios)
    parts: list[_Part] = []
    for load in matrix.loads:
        parts.append(_Part.of(load, columns))
        columns = parts[-1].end
    moving = bool(matrix.movable) and matrix.reuse_yen > 0
    stepping = matrix.step_ports > 0 and matrix.step_yen > 0
    rows = _Rows(columns + int(moving) + int(stepping))
    every = np.arange(spots)

    def z_of(spot: Any, radio: Any) -> Any:
        return spot if one_kind else first_z + spot * radios + radio

    rows.integer[: spots if one_kind else spots + spots * radios] = not relaxed
    rows.lower[list(matrix.must)] = 1.0
    if goal == "cost":
        rows.cost[:spots] = matrix.cost_yen
    elif goal == "count":
        rows.cost[:spots] = 1.0
    else:
        # A thousandth of everybody for all spots together: enough to leave out those that serve nobody.
        rows.cost[:spots] = 1e-3 * matrix.cost_yen / max(float(matrix.cost_yen.sum()), 1.0)
    if not one_kind:
        for b in range(len(matrix.spectrum)):
            own = [r for r in range(radios) if matrix.band[r] == b]
            of = np.repeat(every, len(own))
            rows.add(-np.inf, 0.0, spots, (of, z_of(of, np.tile(own, spots)), 1.0), (every, every, -1.0))

    least = matrix.least_access_points
    neighbours = cliques(matrix.hears, every_pair=False)
    for part in parts:
        groups = len(part.people)
        x, u, each_group = part.x, part.u, np.arange(groups)
        airtime = part.airtime_share[part.of_radio, part.of_spot, part.of_group]
        rows.add(0.0 if goal == "served" else 1.0, 1.0, groups, (part.of_group, x, 1.0), (each_group, u, 1.0))
        if goal != "served":
            rows.add(-np.inf, matrix.left_out_share * part.people.sum(), 1, (0, u, part.people))
        of_pair = part.of_spot * radios + part.of_radio
        each = np.arange(spots * radios)
        z = z_of(each // radios, each % radios)
        rows.add(-np.inf, 0.0, len(each), (of_pair, x, part.clients[part.of_group]), (each, z, -float(matrix.max_clients)))
        rows.add(-np.inf, 0.0, len(each), (of_pair, x, airtime), (each, z, -matrix.max_busy_share))
        units = np.array(matrix.units, dtype=np.float64)[part.of_radio]
        for b, spectrum in enumerate(matrix.spectrum):
            in_band = np.array(matrix.band)[part.of_radio] == b
            for hearing in neighbours:
                if len(hearing) * max(matrix.units) > spectrum:
                    inside = in_band & np.isin(part.of_spot, hearing)
                    if inside.any():
                        rows.add(-np.inf, matrix.max_busy_share * spectrum, 1, (0, x[inside], (units * airtime)[inside]))
        cover_spot, cover_point = np.nonzero(part.covers)
        each_point = np.arange(len(part.cover_people))
        rows.add(
            -np.inf,
            0.0,
            len(each_point),
            (each_point, part.c, float(matrix.cover_times)),
            (cover_point, cover_spot, -1.0),
        )
        total = part.people.sum()
        if goal == "served":
            rows.cost[x] = -part.people[part.of_group] / total
            rows.cost[part.c] = -part.cover_people / total
        else:
            zone_people = np.bincount(part.cover_zone, weights=part.cover_people)
            rows.add(matrix.coverage_share * zone_people, np.inf, len(zone_people), (part.cover_zone, part.c, part.cover_people))
            # Implied once y is whole; as a row of its own it lets the solver round the count up at the root.
            left_out = matrix.left_out_share * total * float((part.clients / np.maximum(part.people, 1e-12)).max())
            served = float(part.clients.sum()) - left_out
            least = max(least, int(np.ceil(served / (matrix.max_clients * len(matrix.spectrum)) - 1e-9)))
    if goal != "served":
        rows.add(float(max(least, 0)), np.inf, 1, (0, every, 1.0))
    for group in cliques(matrix.too_near, every_pair=True):
        rows.add(-np.inf, 1.0, 1, (0, group, 1.0))
    for tried in matrix.tried:
        inside = np.isin(every, tried)
        rows.add(1.0 - len(tried), np.inf, 1, (0, every, np.where(inside, -1.0, 1.0)))
    spending: list[tuple[Any, Any, Any]] = [(0, every, matrix.cost_yen)]
    new = np.setdiff1d(every, [*matrix.movable, *matrix.must, *matrix.kept])
    if moving:
        reused, movable = columns, list(matrix.movable)
        rows.upper[reused] = len(movable)
        rows.integer[reused] = not relaxed
        rows.add(-np.inf, float(len(movable)), 1, (0, reused, 1.0), (0, movable, 1.0))
        rows.add(-np.inf, 0.0, 1, (0, reused, 1.0), (0, new, -1.0))
        spending.append((0, reused, -matrix.reuse_yen))
        if goal == "cost":
            rows.cost[reused] = -matrix.reuse_yen
    if stepping:
        steps = columns + int(moving)
        rows.upper[steps] = spots
        rows.integer[steps] = not relaxed
        rows.add(-np.inf, 0.0, 1, (0, new, 1.0), (0, steps, -float(matrix.step_ports)))
        spending.append((0, steps, matrix.step_yen))
        if goal == "cost":
            rows.cost[steps] = matrix.step_yen
    if matrix.max_cost_yen < UNBOUNDED:
        rows.add(-np.inf, matrix.max_cost_yen, 1, *spending)
    if matrix.max_access_points is not None:
        rows.add(-np.inf, matrix.max_access_points, 1, (0, every, 1.0))

    # Fractions of a per cent of the people are not worth minutes of search.
    solution = solver.minimise(rows, gap_share=2e-3 if goal == "served" else 1e-6, max_nodes=max_nodes)
    if not solution.found:
        return None
    chosen = np.flatnonzero(solution.x[:spots] > 0.5)
    kinds = solution.x[z_of(chosen[:, None], np.arange(radios)[None])] > 0.5
    shares, covered, served, people = [], 0.0, 0.0, 0.0
    for part in parts:
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


def largest_part(matrix: Matrix, solver: Solver) -> tuple[Answer | None, Limit]:
    """Where nothing meets every row: those spots that serve and cover most people, and the limit that stops the rest."""
    generous = replace(matrix, tried=())
    best = solve(generous, solver, goal="served", max_nodes=200)
    no_airtime = tuple(replace(load, airtime_share=np.where(np.isinf(load.airtime_share), np.inf, 0.0)) for load in matrix.loads)
    # Where lifting either of two would do, the one that the planner set is named: those come first.
    lifted: dict[Limit, Matrix] = {
        "budget": replace(generous, max_cost_yen=UNBOUNDED),
        "access_points": replace(generous, max_access_points=None),
        "clients": replace(generous, max_clients=10**6),
        "airtime": replace(generous, loads=no_airtime),
    }
    now = _served_at_most(generous, solver)
    served = {name: _served_at_most(looser, solver) for name, looser in lifted.items()}
    top = max(served, key=lambda name: served[name])
    return best, top if served[top] > now + 1e-3 else "reach"


def _served_at_most(matrix: Matrix, solver: Solver) -> float:
    """Served plus covered share if parts of access points could be used."""
    best = solve(matrix, solver, goal="served", relaxed=True)
    return round(-best.bound, 3) if best else 0.0


def greedy(matrix: Matrix) -> tuple[int, ...]:
    """A set found by taking, again and again, the spot that covers most people not yet covered: quick, and without any proof.

    It goes on until every zone is covered as required and the radios have room for all clients and their airtime, or no spot is
    left. Among equals the strongest mean signal wins, then spot order.
    """
    chosen: list[int] = list(matrix.must)
    signal = np.zeros(len(matrix.cost_yen))
    for load in matrix.loads:
        signal += np.maximum(load.signal_dbm, -100.0) @ load.people / load.people.sum()

    def enough() -> bool:
        for load in matrix.loads:
            covered = load.people * (load.covers[chosen].sum(axis=0) >= matrix.cover_times)
            zones = np.bincount(load.zone, weights=load.people)
            if (np.bincount(load.zone, weights=covered) < matrix.coverage_share * zones - 1e-9).any():
                return False
            if load.clients.sum() > matrix.max_clients * len(matrix.spectrum) * len(chosen):
                return False
            best = load.airtime_share[0][chosen].min(axis=0) if chosen else np.full(len(load.people), np.inf)
            if best[np.isfinite(best)].sum() > matrix.max_busy_share * len(chosen):
                return False
        return True

    while not enough():
        free = [
            spot
            for spot in range(len(matrix.cost_yen))
            if spot not in chosen
            and not matrix.too_near[spot, chosen].any()
            and matrix.cost_of([*chosen, spot]) <= matrix.max_cost_yen
        ]
        if not free or (matrix.max_access_points is not None and len(chosen) >= matrix.max_access_points):
            break
        gained = np.zeros(len(free))
        for load in matrix.loads:
            open_ = load.people * (load.covers[chosen].sum(axis=0) < matrix.cover_times)
            gained += load.covers[free] @ open_
        chosen.append(
            min(free, key=lambda spot: (-round(float(gained[free.index(spot)]), 2), -round(float(signal[spot]), 2), spot))
        )
    return tuple(sorted(chosen))


def spread(matrix: Matrix, chosen: Sequence[int]) -> tuple[int, ...]:
    """Move the spots of a set one by one, at no more cost, towards even cells and strong signals, which cost does not see.

    Clients take the strongest signal at equal powers. Fewer of them above the radios' limits comes first, in tenths of a radio,
    for powers and full radios even out the rest; then the people's mean signal. Coverage, spacing and the sets already tried are
    respected.
    """
    signal = [np.where(np.isfinite(load.signal_dbm), load.signal_dbm, -200.0) for load in matrix.loads]
    airtime = [np.where(np.isfinite(load.airtime_share[0]), load.airtime_share[0], 0.0) for load in matrix.loads]
    zones = [np.eye(int(load.zone.max()) + 1)[load.zone].T * load.people for load in matrix.loads]
    fixed = {*matrix.must, *matrix.movable}
    most_clients, most_busy = matrix.max_clients, matrix.max_busy_share

    def merits(rest: list[int], candidates: NDArray[np.intp]) -> list[tuple[float, float]]:
        """(over the limits, minus mean signal) of rest plus each candidate."""
        over, mean = np.zeros(len(candidates)), np.zeros(len(candidates))
        for load, dbm, busy in zip(matrix.loads, signal, airtime, strict=True):
            best = dbm[rest].max(axis=0) if rest else np.full(dbm.shape[1], -np.inf)
            owner = np.array(rest)[dbm[rest].argmax(axis=0)] if rest else np.zeros(dbm.shape[1], dtype=np.intp)
            takes = dbm[candidates] > best
            mean += np.maximum(dbm[candidates], best) @ load.people
            for weight, limit in ((np.broadcast_to(load.clients, busy.shape), most_clients), (busy, most_busy)):
                own = (takes * weight[candidates]).sum(axis=1)
                over += np.maximum(own - limit, 0.0) / limit
                for spot in rest:
                    mine = np.where(owner == spot, weight[spot], 0.0)
                    over += np.maximum((~takes * mine).sum(axis=1) - limit, 0.0) / limit
        return [(round(float(o), 1), -round(float(m), 2)) for o, m in zip(over, mean, strict=True)]

    def allowed(rest: list[int], spot: int) -> NDArray[np.intp]:
        ok = (matrix.cost_yen <= matrix.cost_yen[spot]) & ~matrix.too_near[:, rest].any(axis=1)
        for load, zone in zip(matrix.loads, zones, strict=True):
            times = load.covers.astype(np.intp) + load.covers[rest].sum(axis=0)
            covered = (times >= matrix.cover_times) @ zone.T
            ok &= (covered >= matrix.coverage_share * zone.sum(axis=1) - 1e-9).all(axis=1)
        ok[[spot, *rest]] = False
        ok[list(fixed)] = False
        return np.flatnonzero(ok)

    now = sorted(chosen)
    merit = merits(now[1:], np.array(now[:1]))[0]
    while True:
        best: tuple[tuple[float, float], int, int] | None = None
        for row, spot in enumerate(now):
            if spot in fixed:
                continue
            rest = now[:row] + now[row + 1 :]
            candidates = allowed(rest, spot)
            for candidate, found in zip(candidates, merits(rest, candidates), strict=True):
                move = (found, row, int(candidate))
                if found < merit and (best is None or move < best) and tuple(sorted([*rest, int(candidate)])) not in matrix.tried:
                    best = move
        if best is None:
            return tuple(now)
        merit, row, candidate = best
        now = sorted([*now[:row], candidate, *now[row + 1 :]])


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


EVENING = 1e9
"""Signals compared in one evening of powers: bounds the search in halls of dozens of access points, by steps and not by time."""


def even_powers_db(gain_db: Floats, clients: Floats, max_clients: float, solver: Solver, *, span_db: float) -> Floats:
    """How far to turn each access point down (n,), so that clients who take the strongest signal fill none above its limit.

    The prices of the limits in the transport of clients at the greatest sum of dB are those powers: a client moves to the next
    access point just where that one is as strong. In steps of half a dB, at most `span_db` apart, the loudest at 0.

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
    rows = _Rows(gain.size)
    rows.cost[:] = -np.round((gain - gain.max(axis=0)) * clients, 3).ravel()
    at_ap, at_point = (ends.ravel() for ends in np.indices(gain.shape))
    pairs = np.arange(gain.size)
    rows.add(1.0, 1.0, points, (at_point, pairs, 1.0))
    # A little above an even share: a tighter limit could not be met by whole points.
    limit = max(max_clients, 1.02 * float(clients.sum()) / count)
    rows.add(-np.inf, limit, count, (at_ap, pairs, clients[at_point]))
    solution = solver.minimise(rows)
    priced = np.round(2 * np.clip(solution.price[points:], -span_db, 0.0)) / 2 if solution.found else np.zeros(count)

    best_db = _evened(gain, clients, max_clients, np.zeros(count), span_db)
    if _excess(gain, clients, max_clients, best_db[None])[0] > 0:
        other_db = _evened(gain, clients, max_clients, priced, span_db)
        both = _excess(gain, clients, max_clients, np.array([best_db, other_db]))
        best_db = best_db if both[0] <= both[1] else other_db
    return best_db


def _excess(gain: Floats, clients: Floats, max_clients: float, power_db: Floats) -> Floats:
    """Clients above the limits (t,) for each row of powers (t, n)."""
    tries, count = power_db.shape
    best = np.argmax(gain[None] + power_db[:, :, None], axis=1)
    at = best + np.arange(tries)[:, None] * count
    loads = np.bincount(at.ravel(), weights=np.tile(clients, tries), minlength=tries * count).reshape(tries, count)
    return np.asarray(np.round(np.maximum(loads - max_clients, 0.0).sum(axis=1), 6), dtype=np.float64)


def _evened(gain: Floats, clients: Floats, max_clients: float, start_db: Floats, span_db: float) -> Floats:
    """Downhill from some powers in steps of one, then of two access points, with kicks out of dead ends."""
    count = len(start_db)
    rng = np.random.default_rng(0)  # The same kicks always: part of the rule, not of chance.
    steps = np.array([-0.5, 0.5, -1.0, 1.0, -2.0, 2.0])
    single = np.zeros((count * len(steps), count))
    single[np.arange(len(single)), np.repeat(np.arange(count), len(steps))] = np.tile(steps, count)

    def inside(power_db: Floats) -> Floats:
        return np.asarray(np.clip(power_db - power_db.max(axis=-1, keepdims=True), -span_db, 0.0))

    best = now = inside(start_db)
    least = excess = float(_excess(gain, clients, max_clients, now[None])[0])
    left = max(40, int(EVENING // (single.size * len(clients))))
    for _ in range(30):
        while excess > 0 and left > 0:
            left -= 1
            tries = inside(now + single)
            found = _excess(gain, clients, max_clients, tries)
            top = int(np.argmin(found))
            if found[top] >= excess:
                break
            now, excess = tries[top], float(found[top])
        if excess < least:
            best, least = now, excess
        if least == 0 or left == 0:
            break
        now = inside(best + rng.choice(steps[:4], count) * (rng.random(count) < 0.4))
        excess = float(_excess(gain, clients, max_clients, now[None])[0])
    return best
