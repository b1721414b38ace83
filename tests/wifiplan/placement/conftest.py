"""A small problem of placement in arrays, and whether a set of spots solves it, found by another route than the programme's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from wifiplan.placement.matrix import Load, Matrix


def _small_matrix(rng: np.random.Generator, **changes: object) -> Matrix:
    """Eight spots and fourteen points on a line of two zones, tight enough that reach, clients and airtime all bind somewhere."""
    spots, points = 8, 14
    distance = np.abs(rng.uniform(0, 40, spots)[:, None] - rng.uniform(0, 40, points)[None])
    rssi = np.round(-50 - 1.0 * distance - rng.uniform(0, 6, distance.shape), 2)
    clients = rng.integers(2, 8, points).astype(float)
    load = Load(
        people=clients,
        clients=clients,
        zone=np.repeat([0, 1], points // 2),
        covers=rssi >= -70,
        airtime_share=np.where(rssi >= -80, np.round(clients * 0.01 * (1 + distance / 20), 6), np.inf)[None],
        signal_dbm=rssi,
    )
    made = Matrix(
        cost_yen=rng.integers(10, 14, spots) * 1000.0,
        loads=(load,),
        too_near=np.zeros((spots, spots), dtype=bool),
        hears=np.ones((spots, spots), dtype=bool),
        band=(0,),
        units=(1,),
        spectrum=(int(rng.integers(1, 4)),),
        coverage_share=0.9,
        max_busy_share=0.6,
        max_clients=int(rng.integers(22, 40)),
    )
    in_load = {name: value for name, value in changes.items() if name in {"covers", "airtime_share"}}
    rest = {name: value for name, value in changes.items() if name not in in_load}
    return replace(made, loads=(replace(load, **in_load),), **rest)


def _feasible(matrix: Matrix, chosen: tuple[int, ...]) -> bool:
    """By another route than the programme's rows: coverage counted, load by scipy's linprog."""
    load, at = matrix.loads[0], list(chosen)
    covered = load.covers[at].sum(axis=0) >= matrix.cover_times
    for zone in np.unique(load.zone):
        here = load.zone == zone
        if load.people[here & covered].sum() < matrix.coverage_share * load.people[here].sum() - 1e-9:
            return False
    if matrix.too_near[np.ix_(at, at)].any():
        return False
    count, points = len(at), len(load.people)
    airtime = load.airtime_share[0][at]
    reachable = np.isfinite(load.airtime_share[0]).any(axis=0)
    if not np.isfinite(airtime).any(axis=0)[reachable].all():
        return False
    busy = np.where(np.isfinite(airtime), airtime, 0.0)
    rows, limits = [], []
    for ap in range(count):
        for per_point, limit in ((load.clients, matrix.max_clients), (busy[ap], matrix.max_busy_share)):
            row = np.zeros((count, points))
            row[ap] = per_point
            rows.append(row.ravel())
            limits.append(limit)
    if count > matrix.spectrum[0]:
        rows.append(busy.ravel())
        limits.append(matrix.spectrum[0] * matrix.max_busy_share)
    whole = np.tile(np.eye(points), count)[reachable]
    upper = np.where(np.isfinite(airtime), 1.0, 0.0).ravel()
    answer = linprog(
        np.zeros(count * points), np.array(rows), limits, whole, np.ones(len(whole)), [(0, top) for top in upper], method="highs"
    )
    return bool(answer.success)


@pytest.fixture(scope="session")
def small_matrix() -> Callable[..., Matrix]:
    """`small_matrix(rng, **changes)`: eight spots and fourteen points, tight enough that every limit binds somewhere."""
    return _small_matrix


@pytest.fixture(scope="session")
def feasible() -> Callable[[Matrix, tuple[int, ...]], bool]:
    """`feasible(matrix, chosen)`: whether a set of spots meets the demand, by linprog instead of the programme's rows."""
    return _feasible
