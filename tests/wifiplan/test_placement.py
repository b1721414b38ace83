"""Placement: against brute force on matrices, and on the samples from drawing to design."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

import floorplans
from wifiplan import demand, model, placement, wifi
from wifiplan.cli import main
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import Requirement


def _matrix(rng: np.random.Generator, **changes: object) -> placement.Matrix:
    """Eight spots and fourteen points on a line of rooms, tight enough that reach, clients and airtime all bind somewhere."""
    spots, points = 8, 14
    distance = np.abs(rng.uniform(0, 40, spots)[:, None] - rng.uniform(0, 40, points)[None])
    rssi = np.round(-50 - 1.0 * distance - rng.uniform(0, 6, distance.shape), 2)
    clients = rng.integers(2, 8, points).astype(float)
    made = placement.Matrix(
        cost_yen=rng.integers(10, 14, spots) * 1000.0,
        too_near=np.zeros((spots, spots), dtype=bool),
        covers=rssi >= -70,
        airtime_share=np.where(rssi >= -80, np.round(clients * 0.01 * (1 + distance / 20), 6), np.inf),
        rssi_dbm=rssi,
        people=clients,
        clients=clients,
        zone=np.repeat([0, 1], points // 2),
        hears=np.ones((spots, spots), dtype=bool),
        channels=int(rng.integers(1, 4)),
        coverage_share=0.9,
        max_busy_share=0.6,
        max_clients=int(rng.integers(22, 40)),
    )
    return replace(made, **changes)


def _feasible(matrix: placement.Matrix, chosen: tuple[int, ...]) -> bool:
    """By another route than the programme's rows: coverage counted, load by scipy's linprog."""
    at = list(chosen)
    covered = matrix.covers[at].any(axis=0)
    for zone in np.unique(matrix.zone):
        here = matrix.zone == zone
        if matrix.people[here & covered].sum() < matrix.coverage_share * matrix.people[here].sum() - 1e-9:
            return False
    if matrix.too_near[np.ix_(at, at)].any():
        return False
    count, points = len(at), len(matrix.people)
    airtime = matrix.airtime_share[at]
    reachable = np.isfinite(matrix.airtime_share).any(axis=0)
    if not np.isfinite(airtime).any(axis=0)[reachable].all():
        return False
    busy = np.where(np.isfinite(airtime), airtime, 0.0)
    rows, limits = [], []
    for ap in range(count):
        for per_point, limit in ((matrix.clients, matrix.max_clients), (busy[ap], matrix.max_busy_share)):
            row = np.zeros((count, points))
            row[ap] = per_point
            rows.append(row.ravel())
            limits.append(limit)
    if count > matrix.channels:
        rows.append(busy.ravel())
        limits.append(matrix.channels * matrix.max_busy_share)
    whole = np.tile(np.eye(points), count)[reachable]
    upper = np.where(np.isfinite(airtime), 1.0, 0.0).ravel()
    answer = linprog(
        np.zeros(count * points), np.array(rows), limits, whole, np.ones(len(whole)), [(0, top) for top in upper], method="highs"
    )
    return bool(answer.success)


def _cheapest(matrix: placement.Matrix) -> float | None:
    subsets = (
        subset
        for size in range(1, len(matrix.cost_yen) + 1)
        for subset in itertools.combinations(range(len(matrix.cost_yen)), size)
    )
    costs = [float(matrix.cost_yen[list(subset)].sum()) for subset in subsets if _feasible(matrix, subset)]
    return min(costs, default=None)


def test_the_programme_finds_what_enumeration_finds() -> None:
    """Cost equals that of the best of all 255 sets, the bound proves it, and where no set works none is claimed."""
    answered = 0
    for seed in range(8):
        matrix = _matrix(np.random.default_rng(seed))
        best = _cheapest(matrix)
        found = placement.optimum(matrix)
        if best is None:
            assert found.stopped_by is not None
            continue
        answered += 1
        assert best == found.cost_yen
        assert best == pytest.approx(found.bound_yen)
        assert _feasible(matrix, found.chosen)
        assert found.bound_access_points <= len(found.chosen)
    assert answered >= 4


def test_every_share_of_a_point_is_served_within_the_limits() -> None:
    """The assignment serves each point whole, no radio above its clients or its airtime."""
    matrix = _matrix(np.random.default_rng(1), channels=8)
    found = placement.optimum(matrix)
    busy = np.where(np.isfinite(matrix.airtime_share), matrix.airtime_share, 0.0)[list(found.chosen)]

    np.testing.assert_allclose(1.0, found.share.sum(axis=0), atol=1e-6)
    assert (found.share @ matrix.clients <= matrix.max_clients + 1e-6).all()
    assert ((found.share * busy).sum(axis=1) <= matrix.max_busy_share + 1e-6).all()


def test_spots_too_near_each_other_are_not_used_together() -> None:
    """All spots within the least spacing: one access point at most, and the demand cannot be met whole."""
    matrix = _matrix(np.random.default_rng(0), too_near=~np.eye(8, dtype=bool))

    assert 1 == len(placement.optimum(matrix).chosen)


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"max_cost_yen": 14_000.0}, "budget"),
        ({"max_access_points": 1}, "access_points"),
        ({"max_clients": 5}, "clients"),
        ({"channels": 1, "max_busy_share": 0.1}, "airtime"),
        ({"covers": np.zeros((8, 14), dtype=bool)}, "reach"),
    ],
)
def test_the_limit_that_stops_the_rest_is_named(changes: dict[str, object], limit: str) -> None:
    """With one limit made too tight, part of the demand is served and that limit is named."""
    generous = {"channels": 8, "max_clients": 200, "max_busy_share": 1.0}
    found = placement.optimum(_matrix(np.random.default_rng(3), **(generous | changes)))

    assert limit == found.stopped_by
    assert found.served_share > 0


def test_a_channel_is_shared_last() -> None:
    """Three that hear each other get three channels; a fourth that hears nobody takes the first again."""
    hears = np.ones((4, 4), dtype=bool)
    hears[3, :3] = hears[:3, 3] = False
    given = placement.channels_for(np.array([0.5, 0.4, 0.3, 0.2]), hears, (36, 40, 44))

    assert (36, 40, 44, 36) == given


def test_with_too_few_channels_the_lightest_share() -> None:
    """Of three that all hear each other on two channels, the two with least airtime are together."""
    given = placement.channels_for(np.array([0.1, 0.5, 0.2]), np.ones((3, 3), dtype=bool), (36, 40))

    assert given[0] == given[2] != given[1]


def test_powers_move_the_border_between_two_cells() -> None:
    """Nine in ten clients hear the first one better, by 1 to 4 dB: turned down by about 2 dB, it keeps the six it may have."""
    gain_db = np.array(
        [[-60.0, -60, -60, -60, -60, -60, -60, -60, -60, -80], [-64, -63.6, -63.2, -62.8, -62.4, -62, -61.6, -61.2, -60.8, -60]]
    )
    clients = np.full(10, 10.0)
    down_db = placement.powers_db(gain_db, clients, 60.0)
    loads = np.bincount(np.argmax(gain_db + down_db[:, None], axis=0), weights=clients)

    assert loads.max() <= 60.0
    assert -2.5 <= down_db[0] <= -1.5


def test_powers_stay_where_no_limit_binds() -> None:
    """Nobody is turned down for nothing."""
    np.testing.assert_array_equal(
        0.0, placement.powers_db(np.array([[-60.0, -70.0], [-70.0, -60.0]]), np.array([5.0, 5.0]), 50.0)
    )


def test_cliques_hold_every_pair_and_only_adjacent_nodes() -> None:
    """On a random graph: each set is complete, each edge is in one of them, and each node where only nodes are asked for."""
    rng = np.random.default_rng(7)
    graph = np.triu(rng.random((20, 20)) < 0.4, 1)
    graph |= graph.T
    pairs = placement.cliques(graph, every_pair=True)

    for group in pairs:
        assert graph[np.ix_(group, group)].sum() == len(group) * (len(group) - 1)
    assert all(any({a, b} <= set(group) for group in pairs) for a, b in np.argwhere(graph))
    assert set(range(20)) == {node for group in placement.cliques(graph, every_pair=False) for node in group}


@pytest.fixture(scope="module")
def gym_design() -> model.Design:
    plan = floorplans.sample("gym")
    return placement.place(plan, demand.demands(plan, "shelter-day1"), scenario="shelter-day1")


def test_a_gym_as_shelter_is_served_whole(gym_design: model.Design) -> None:
    """Day 1, 362 people: everybody covered and served, the cost proven least, each radio within its client limit."""
    summary = gym_design.placement

    assert summary["coverage_share"] == summary["served_share"] == 1.0
    assert summary["stopped_by"] is None
    assert 0.0 == summary["gap_share"]
    assert summary["access_points"] == summary["bound"]["access_points"] == len(gym_design.access_points)
    assert sum(row.people for row in gym_design.demands) * 1.1 * 0.8 == pytest.approx(
        sum(radio.planned_clients or 0 for ap in gym_design.access_points for radio in ap.radios), rel=0.02
    )
    assert all(
        (radio.planned_clients or 0) <= (radio.client_limit or 0) for ap in gym_design.access_points for radio in ap.radios
    )


def test_a_shelter_stays_off_radar_channels_and_within_the_law(gym_design: model.Design) -> None:
    """Its load fits W52, so that no radar can silence it; powers keep e.i.r.p. and 6 dB over a phone."""
    radios = [radio for ap in gym_design.access_points for radio in ap.radios]

    assert not any(wifi.is_dfs(radio.band, radio.channel, radio.width_mhz) for radio in radios)
    for radio in radios:
        assert radio.tx_power_dbm + radio.antenna_gain_dbi <= wifi.max_eirp_dbm(radio.band, radio.channel, radio.width_mhz)
        assert radio.tx_power_dbm <= placement.CLIENT_POWER_DBM + placement.POWER_ABOVE_CLIENT_DB


def test_same_input_same_design(gym_design: model.Design) -> None:
    """Everything but the seconds is equal the second time."""
    again = placement.place(gym_design.floor_plan, gym_design.demands, scenario="shelter-day1")

    assert gym_design.access_points == again.access_points
    assert {**gym_design.placement, "seconds": 0} == {**again.placement, "seconds": 0}


def test_each_access_point_says_why_it_is_there(gym_design: model.Design) -> None:
    """One sentence each, with the people and the zone that lose without it."""
    for ap, reason in zip(gym_design.access_points, gym_design.placement["reasons"], strict=True):
        assert ap.name == reason["ap"]
        assert reason["zone"] in ap.why
        assert reason["unserved_people"] > 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"requirement": Requirement(coverage_share=1.2)}, "coverage_share is 1.2"),
        ({"requirement": Requirement(max_clients_per_radio=0)}, "max_clients_per_radio is 0"),
        ({"requirement": Requirement(min_rssi_dbm=10)}, "min_rssi_dbm is 10"),
        ({"budget_yen": 5_000.0}, "below one access point"),
        ({"max_access_points": 0}, "at most 0 access points"),
        ({"width_mhz": 160, "avoid_dfs": True}, "no 160 MHz channel"),
    ],
)
def test_bad_input_is_one_clear_sentence(gym_design: model.Design, changes: dict[str, object], sentence: str) -> None:
    """What contradicts itself, and a budget below one access point."""
    with pytest.raises(DesignError, match=sentence):
        placement.place(gym_design.floor_plan, gym_design.demands, **changes)


def test_people_out_of_reach_of_everything(gym_design: model.Design) -> None:
    """Clients that whisper are served by no spot: said so."""
    with pytest.raises(PlacementError, match="no spot serves anybody"):
        placement.place(gym_design.floor_plan, gym_design.demands, client_power_dbm=-100.0)


def test_the_command_writes_a_design_that_loads(tmp_path, capsys, monkeypatch) -> None:
    """`place` takes a plan of ours, writes design.json, prints the promised keys, and says when a budget stops it."""
    plan, out = tmp_path / "plan.json", tmp_path / "design.json"
    floorplans.save(floorplans.gym(20.0, 15.0, 8.0), plan)
    arguments = [
        "wifiplan",
        "place",
        str(plan),
        "--scenario",
        "assembly",
        "--max-access-points",
        "2",
        "--out",
        str(out),
        "--json",
    ]
    monkeypatch.setattr("sys.argv", arguments)
    main()
    printed = capsys.readouterr()
    answer = json.loads(printed.out)

    assert {"access_points", "coverage_share", "served_share", "cost_yen", "bound", "gap_share", "seconds", "seed"} <= set(answer)
    assert {"cost_yen", "access_points", "valid_for"} == set(answer["bound"])
    assert {"gains", "solve", "check"} == set(answer["seconds"])
    assert "access_points" == answer["stopped_by"]
    assert "number of access points allowed" in printed.err
    assert 2 == len(model.load(out).access_points)
