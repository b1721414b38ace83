"""Maps of path gain: against ray tracing, with people, under bad input, and how they are cut into tiles."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import floorplans
from floorplans.plan import FloorPlan, Wall
from wifiplan.errors import DesignError, OutOfRangeError
from wifiplan.model import AccessPoint, Radio
from wifiplan.radio import radiomap
from wifiplan.radio.body_loss import Bodies, loss_by_elevation_db
from wifiplan.radio.coverage import read_job
from wifiplan.radio.radiomap import RadioMap, gains_db, preview, radio_map

F_MHZ = 5200.0
REFERENCE = Path(__file__).parent
Box = Callable[..., FloorPlan]
Isotropic = Callable[..., AccessPoint]


# --- against ray tracing ----------------------------------------------------------------------------------------------------

BARS = {  # scene, MHz, K: RMSE, |mean|, P95 of |error|, all in dB
    ("gym", 5200, 3): (1.0, 0.5, 2.0),
    ("gym", 5200, 2): (1.2, 99.0, 99.0),
    ("gym", 2440, 3): (1.2, 99.0, 99.0),
    ("community", 5200, 3): (1.0, 0.5, 2.5),
    ("community", 5200, 2): (2.0, 99.0, 99.0),
    ("community", 2440, 3): (1.2, 99.0, 99.0),
}


@pytest.mark.parametrize(("scene", "frequency_mhz", "reflections"), sorted(BARS))
def test_maps_agree_with_ray_tracing(scene: str, frequency_mhz: int, reflections: int) -> None:
    """Cells above -90 dB, the mean over the cell; tests/wifiplan/radio says how the reference was made."""
    job = read_job(REFERENCE / f"{scene}.json", band="5", frequency_mhz=float(frequency_mhz))
    gain_db = job.gain_db(reflections=reflections, samples=2)
    names = [ap.name for ap in job.access_points]
    x0, y0, nx, _ = job.grid
    with (REFERENCE / f"{scene}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row[f"gain_{frequency_mhz}_db"]]
    truth = np.array([float(row[f"gain_{frequency_mhz}_db"]) for row in rows])
    cells = [
        (names.index(r["ap"]), int((float(r["y_m"]) - y0) / job.grid_m) * nx + int((float(r["x_m"]) - x0) / job.grid_m))
        for r in rows
    ]
    error = np.array([gain_db[cell] for cell in cells])[truth > -90] - truth[truth > -90]

    rmse, mean, p95 = BARS[scene, frequency_mhz, reflections]
    assert len(error) > 900
    assert np.sqrt(np.mean(error**2)) <= rmse
    assert abs(np.mean(error)) <= mean
    assert np.percentile(abs(error), 95) <= p95


@pytest.mark.parametrize("scene", ["gym", "community"])
@pytest.mark.parametrize("frequency_mhz", [5200.0, 2440.0])
def test_the_best_access_point_is_the_ray_tracers(shared: Path, scene: str, frequency_mhz: float) -> None:
    """97 % of the cells, and 99 % where the tracer's first is more than 3 dB above its second."""
    folder = shared / "reference" / "radio" / scene
    job = read_job(folder / "scene.json", band="5", frequency_mhz=frequency_mhz)
    gain_db = job.gain_db(reflections=3, samples=2)
    truth = np.full(gain_db.shape, -np.inf)
    names = [ap.name for ap in job.access_points]
    x0, y0, nx, _ = job.grid
    with (folder / ("ref_5.2_avg.csv" if frequency_mhz == F_MHZ else "ref_2.44.csv")).open() as file:
        for row in csv.DictReader(file):
            if row["path_gain_db"]:
                i, j = int((float(row["x"]) - x0) / job.grid_m), int((float(row["y"]) - y0) / job.grid_m)
                truth[names.index(row["ap"]), j * nx + i] = float(row["path_gain_db"])
    first, second = np.sort(truth, axis=0)[[-1, -2]]
    heard = first > -90
    same = truth.argmax(axis=0) == gain_db.argmax(axis=0)

    assert same[heard].mean() >= 0.97
    assert same[heard & (first > second + 3)].mean() >= 0.99


# --- people -----------------------------------------------------------------------------------------------------------------


def test_a_building_is_cut_into_planes_once(box: Box, isotropic: Isotropic, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is asked, at any frequency; an equal building that was changed on the way is another one."""
    cut: list[FloorPlan] = []
    planes = radiomap.planes
    monkeypatch.setattr(radiomap, "planes", lambda plan: (cut.append(plan), planes(plan))[1])
    plan, point = box(), np.array([[3.0, 3.0, 1.0]])
    first, *again = (gains_db(plan, [isotropic(2.0, 2.0, 2.0)], point, frequency_mhz=f) for f in (5500.0, 2440.0, 5500.0))
    gains_db(replace(plan, walls=plan.walls[1:]), [isotropic(2.0, 2.0, 2.0)], point, frequency_mhz=5500.0)

    assert 2 == len(cut)
    np.testing.assert_array_equal(first, again[1])


def test_without_people_a_crowd_takes_nothing(isotropic: Isotropic) -> None:
    """Not a little: exactly 0."""
    plan, ap = floorplans.sample("gym"), isotropic(8.0, 6.0, 8.5)

    free = radio_map(plan, [ap], frequency_mhz=F_MHZ, grid_m=2.0)
    with_none = radio_map(plan, [ap], frequency_mhz=F_MHZ, grid_m=2.0, bodies=Bodies.of(0.0))

    assert with_none.crowd_loss_db is None
    assert np.array_equal(free.rssi_dbm(17.0), with_none.rssi_dbm(17.0))


def test_a_crowd_takes_more_the_denser_it_is(isotropic: Isotropic) -> None:
    plan, ap = floorplans.sample("gym"), isotropic(8.0, 6.0, 4.0)
    losses = []
    for density in (0.1, 0.5, 1.0, 2.0, 4.0):
        found = radio_map(plan, [ap], frequency_mhz=F_MHZ, grid_m=2.0, height_m=1.2, bodies=Bodies.of(density))
        assert found.crowd_loss_db is not None
        assert found.gain_db - found.crowd_loss_db + 17.0 == pytest.approx(found.rssi_dbm(17.0))
        losses.append(found.crowd_loss_db)

    assert np.all(losses[0] >= 0)
    for less, more in itertools.pairwise(losses):
        assert np.all(more >= less)
        assert more.mean() > less.mean() + 0.3


@pytest.mark.parametrize("density", [0.5, 2.0])
@pytest.mark.parametrize("distance_m", [5.0, 10.0, 15.0, 20.0, 25.0])
def test_people_take_more_from_a_wall_mount_than_from_a_roof(isotropic: Isotropic, density: float, distance_m: float) -> None:
    """At 3 m on a wall and at 9 m under the roof, the same distance away, in the sample gym with all its reflections."""
    plan, y = floorplans.sample("gym"), 12.0
    aps = [isotropic(2.0, y, 3.0), isotropic(2.0, y, 9.0)]
    crowd, points = Bodies.of(density), [(2.0 + distance_m, y, 1.2)]

    free, through = (gains_db(plan, aps, points, frequency_mhz=F_MHZ, bodies=one)[:, 0] for one in (None, crowd))

    wall, roof = free - through
    assert wall > roof > 0


@pytest.mark.parametrize("density", [0.5, 2.0])
@pytest.mark.parametrize("height_m", [1.5, 2.5, 4.0, 9.0])
def test_one_path_loses_what_its_angle_does(box: Box, isotropic: Isotropic, density: float, height_m: float) -> None:
    """The kernels' steps of elevation against the formula itself; nothing but the direct path. Beyond 30 dB nothing is left."""
    plan, crowd, distance_m = replace(box(lid=False), walls=()), Bodies.of(density), 10.0
    points = [(distance_m, 0.0, crowd.client_height_m)]

    free, through = (
        gains_db(plan, [isotropic(0.0, 0.0, height_m)], points, frequency_mhz=F_MHZ, reflections=0, bodies=one)[0, 0]
        for one in (None, crowd)
    )

    angle_deg = np.degrees(np.arctan2(height_m - crowd.client_height_m, distance_m))
    expected = min(loss_by_elevation_db(crowd, angle_deg, frequency_mhz=F_MHZ)[0], 30.0)
    assert expected == pytest.approx(min(free - through, 30.0), abs=0.15, rel=0.02)


def test_a_crowd_may_stand_in_one_place_only(box: Box, isotropic: Isotropic) -> None:
    points = [(5.0, 5.0, 1.2), (6.0, 5.0, 1.2)]
    ap = isotropic(15.0, 5.0, 3.0)

    free, some = (gains_db(box(), [ap], points, frequency_mhz=F_MHZ, bodies=who)[0] for who in (None, [None, Bodies.of(2.0)]))

    assert free[0] == some[0]
    assert free[1] > some[1] + 1


def test_an_impossible_crowd_is_refused(box: Box, isotropic: Isotropic) -> None:
    for density in (-1.0, 60.0, float("nan")):
        with pytest.raises(OutOfRangeError, match="people/m2 is outside 0 to 6"):
            gains_db(box(), [isotropic(5, 5, 3)], [(1, 1, 1)], frequency_mhz=F_MHZ, bodies=Bodies.of(density))


# --- bad input, and rules ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "match"),
    [
        ((float("nan"), 1.0, 3.0), "access point AP: its place .* is not finite"),
        ((1.0, float("inf"), 3.0), "access point AP: its place .* is not finite"),
        ((1000.0, 1.0, 3.0), "access point AP: .* more than 200 m from the walls"),
        ((1.0, 1.0, 3000.0), "access point AP: .* more than 200 m from the walls"),
    ],
)
def test_an_access_point_that_is_nowhere_is_refused(
    box: Box, isotropic: Isotropic, place: tuple[float, float, float], match: str
) -> None:
    with pytest.raises(DesignError, match=match):
        gains_db(box(), [isotropic(*place)], [(1, 1, 1)], frequency_mhz=F_MHZ)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"frequency_mhz": float("nan")}, "frequency nan MHz is no frequency"),
        ({"frequency_mhz": -5.0}, "frequency -5.0 MHz is no frequency"),
        ({"reflections": 4}, "reflections 4: give 0, 1, 2 or 3"),
        ({"grid_m": 0.0}, "grid of 0.0 m"),
        ({"grid_m": float("nan")}, "grid of nan m"),
        ({"height_m": float("nan")}, "height of nan m"),
        ({"level": 3}, "level 3 does not exist; there are 1"),
        ({"samples": 0}, "samples 0: give 1 to 8"),
        ({"grid": (0.0, 0.0, 100_000, 100_000)}, "give larger cells"),
    ],
)
def test_a_map_that_cannot_be_is_refused(box: Box, isotropic: Isotropic, asked: dict[str, object], match: str) -> None:
    with pytest.raises(DesignError, match=match):
        radio_map(box(), [isotropic(5, 5, 3)], **{"frequency_mhz": F_MHZ, **asked})  # type: ignore[arg-type]


def test_a_frequency_no_material_is_known_at_is_refused(box: Box, isotropic: Isotropic) -> None:
    with pytest.raises(OutOfRangeError, match="concrete is known from 1 to 100 GHz"):
        gains_db(box(), [isotropic(5, 5, 3)], [(1, 1, 1)], frequency_mhz=430.0)


def test_a_point_that_is_nowhere_is_refused(box: Box, isotropic: Isotropic) -> None:
    with pytest.raises(DesignError, match="row 1 is not finite"):
        gains_db(box(), [isotropic(5, 5, 3)], [(1, 1, 1), (1, float("nan"), 1)], frequency_mhz=F_MHZ)


@pytest.mark.parametrize("height_m", [0.0, 2.0, 4.0])
@pytest.mark.parametrize("place", [(10.0, 6.0), (10.05, 6.0), (0.0, 0.0), (20.0, 3.3), (-5.0, 3.0), (9.9, 6.0)])
def test_no_map_has_a_nan_wherever_the_access_point_is(
    box: Box, isotropic: Isotropic, place: tuple[float, float], height_m: float
) -> None:
    """On a wall's centre line, within it, in a corner, on the floor, in the ceiling, outside; walls crossing and overlapping."""
    walls = (
        Wall(start_m=(10.0, 0.0), end_m=(10.0, 12.0), z0_m=0.0, z1_m=4.0, material="partition"),
        Wall(start_m=(10.0, 3.0), end_m=(10.0, 9.0), z0_m=0.0, z1_m=4.0, material="brick"),
        Wall(start_m=(7.0, 6.0), end_m=(13.0, 6.0), z0_m=0.0, z1_m=4.0, material="metal"),
        Wall(start_m=(3.0, 3.0), end_m=(3.0, 3.0), z0_m=0.0, z1_m=4.0, material="brick"),
        Wall(start_m=(3.0, 3.0), end_m=(4.0, 3.0), z0_m=2.0, z1_m=2.0, material="brick"),
    )
    ap = isotropic(*place, height_m)

    found = radio_map(box(more=walls), [ap], frequency_mhz=F_MHZ, grid_m=1.0, height_m=1.0, bodies=Bodies.of(1.0))

    assert not np.any(np.isnan(found.gain_db))
    assert np.all(found.gain_db < 0)
    assert np.all(np.isfinite(found.crowd_loss_db))
    assert not np.any(np.isnan(gains_db(box(more=walls), [ap], [(*place, height_m)], frequency_mhz=F_MHZ)))


def test_an_access_point_within_a_wall_is_on_the_side_of_its_centre(box: Box, isotropic: Isotropic) -> None:
    """A wall 0.2 m thick at x = 10: 5 mm west of its centre line there is a wall to the east, and on the line to neither side."""
    wall = Wall(start_m=(10.0, -50.0), end_m=(10.0, 50.0), z0_m=-9.0, z1_m=9.0, material="metal")
    plan = replace(box(lid=False), walls=(wall,))
    points = [(5.0, 0.0, 1.0), (15.0, 0.0, 1.0)]

    west, on = (gains_db(plan, [isotropic(x, 0.0, 1.0)], points, frequency_mhz=F_MHZ, reflections=0)[0] for x in (9.995, 10.0))

    assert west[0] > -70 > -150 > west[1]
    assert on[0] == pytest.approx(on[1])


def test_an_empty_design_has_an_empty_map(box: Box) -> None:
    found = radio_map(box(), [], frequency_mhz=F_MHZ, grid_m=1.0)

    assert (0, 12, 20) == found.gain_db.shape
    assert np.all(found.best() == -1)
    assert (0, 1) == gains_db(box(), [], [(1, 1, 1)], frequency_mhz=F_MHZ).shape


# --- maps -------------------------------------------------------------------------------------------------------------------


def test_rssi_and_the_best_access_point() -> None:
    """No path is -inf in all that follows from it, and nobody is best there."""
    gain_db = np.array([[[-60.0, -np.inf]], [[-70.0, -np.inf]]])
    ap = AccessPoint(name="A", x_m=0, y_m=0, height_m=3)
    found = RadioMap(
        x_m=np.arange(2.0), y_m=np.arange(1.0), inside=np.ones((1, 2), bool), access_points=(ap, ap), gain_db=gain_db
    )

    assert [[-43.0, -np.inf]] == found.rssi_dbm([17.0, 20.0], client_gain_dbi=1.0, body_loss_db=1.0)[0].tolist()
    assert [[0, -1]] == found.best().tolist()
    assert [[1, -1]] == found.best([0.0, 20.0]).tolist()


def test_the_radios_antenna_gain_is_in_the_path_gain(box: Box, isotropic: Isotropic) -> None:
    plain = isotropic(5, 5, 3)
    strong = isotropic(
        5, 5, 3, radios=(Radio(band="2.4", channel=1, antenna_gain_dbi=9.0), Radio(band="5", channel=36, antenna_gain_dbi=3.0))
    )

    a, b = (gains_db(box(), [ap], [(1, 1, 1)], frequency_mhz=F_MHZ)[0, 0] for ap in (plain, strong))

    assert 3.0 == pytest.approx(b - a)


def test_each_access_point_may_have_its_own_frequency(box: Box, isotropic: Isotropic) -> None:
    aps = [isotropic(5, 5, 3), isotropic(6, 7, 3)]

    together = gains_db(box(), aps, [(1, 1, 1)], frequency_mhz=[2442.0, 5500.0])
    alone = [gains_db(box(), [ap], [(1, 1, 1)], frequency_mhz=f)[0, 0] for ap, f in zip(aps, (2442.0, 5500.0), strict=True)]

    assert alone == pytest.approx(together[:, 0], abs=1e-9)


def test_how_a_map_is_cut_changes_it_by_less_than_it_says(
    box: Box, isotropic: Isotropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tiles and blocks of beams are for memory and progress only; what is negligible is decided tile by tile."""
    plan, aps = box(), [isotropic(5, 5, 3), isotropic(15, 4, 3)]
    whole = radio_map(plan, aps, frequency_mhz=F_MHZ, reflections=3).gain_db
    monkeypatch.setattr(radiomap, "_CELLS_A_SIDE", 5)
    monkeypatch.setattr(radiomap, "_MOST_BEAMS", 10)
    monkeypatch.setattr(radiomap, "_TASKS_A_CALL", 3)

    assert whole == pytest.approx(radio_map(plan, aps, frequency_mhz=F_MHZ, reflections=3).gain_db, abs=0.02)


@pytest.mark.parametrize("reflections", [1, 3])
def test_boxes_of_cells_give_what_single_points_do(isotropic: Isotropic, reflections: int) -> None:
    """Two routes to one figure: at the centres of cells, each point in a box of its own (K = 1 has no estimate of the rest)."""
    plan, ap = floorplans.sample("community-centre"), isotropic(6.3, 4.1, 2.6)
    found = radio_map(plan, [ap], frequency_mhz=F_MHZ, grid_m=0.7, reflections=reflections, samples=1)
    x, y = np.meshgrid(found.x_m[::8], found.y_m[::8])
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, plan.levels[0].floor_m + 1.0)], axis=-1)

    alone = np.array([gains_db(plan, [ap], [point], frequency_mhz=F_MHZ, reflections=reflections)[0, 0] for point in points])

    assert alone == pytest.approx(found.gain_db[0, ::8, ::8].ravel(), abs=0.1)


def test_progress_grows_to_1_and_may_end_the_work(box: Box, isotropic: Isotropic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radiomap, "_CELLS_A_SIDE", 5)
    monkeypatch.setattr(radiomap, "_TASKS_A_CALL", 4)
    told: list[float] = []
    radio_map(box(), [isotropic(5, 5, 3)], frequency_mhz=F_MHZ, progress=told.append)

    assert told == sorted(told)
    assert 1.0 == told[-1]
    assert len(set(told)) > 3

    class _StopError(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.3:
            raise _StopError

    with pytest.raises(_StopError):
        radio_map(box(), [isotropic(5, 5, 3)], frequency_mhz=F_MHZ, progress=stop)
    assert np.all(np.isfinite(gains_db(box(), [isotropic(5, 5, 3)], [(1, 1, 1)], frequency_mhz=F_MHZ)))  # and can work again


def test_a_preview_is_the_coarse_map(box: Box, isotropic: Isotropic) -> None:
    """Within a few dB of the map that refines it: one reflection, cells twice as wide."""
    coarse = preview(box(), [isotropic(5, 5, 3)], frequency_mhz=F_MHZ, grid_m=0.5)
    fine = radio_map(box(), [isotropic(5, 5, 3)], frequency_mhz=F_MHZ, grid_m=1.0)

    assert (1, 12, 20) == coarse.gain_db.shape
    assert np.all(coarse.gain_db < fine.gain_db + 0.5)
    assert np.median(fine.gain_db - coarse.gain_db) < 4
