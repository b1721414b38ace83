"""Calibration: surveys of known truth, what cannot be told from them, and what the command says."""

from __future__ import annotations

import csv
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from floorplans.plan import FloorPlan, Level, Slab, Wall
from wifiplan import cli, model
from wifiplan.errors import DesignError, OutOfRangeError, SurveyError
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.radio import calibrate, radiomap, residuals
from wifiplan.radio.coverage import Job
from wifiplan.radio.crossings import crossings
from wifiplan.radio.next_places import next_places
from wifiplan.radio.propagation import free_space_gain_db
from wifiplan.radio.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RADIO = Radio(band="5", channel=36, tx_power_dbm=17.0)


@pytest.fixture(scope="module")
def known() -> ModuleType:
    """The surveys of known truth that the benchmark is made of."""
    path = Path(__file__).parents[2] / "benchmarks" / "calibrate.py"
    spec = importlib.util.spec_from_file_location("benchmark_calibrate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def free_space(
    plan: FloorPlan, access_points: Sequence[AccessPoint], points_m: np.ndarray, *, bodies: np.ndarray, **_: object
) -> tuple[np.ndarray, np.ndarray]:
    """A radio model without walls, so that every wall's loss is beyond it; 5 dB for anybody's people."""
    sources_m = radiomap.positions_m(plan, access_points)
    distance_m = np.linalg.norm(sources_m[:, None] - points_m[None], axis=-1)
    loss_db = np.array([0.0 if one is None else 5.0 * one.density_per_m2 for one in bodies])
    return free_space_gain_db(distance_m, 5180.0), np.broadcast_to(loss_db, distance_m.shape)


def hall(*inner: Wall, places: Sequence[tuple[float, float]] = ((5.0, 10.0), (25.0, 10.0), (11.0, 3.0))) -> Job:
    """30 x 20 m, concrete around, three access points; `inner` walls divide it."""
    corners = ((0.0, 0.0), (30.0, 0.0), (30.0, 20.0), (0.0, 20.0))
    outer = tuple(
        Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=3.0, material="concrete")
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    )
    slabs = tuple(Slab(polygon_m=tuple((x, y, z) for x, y in corners), material="wood") for z in (0.0, 3.0))
    level = Level(name="1F", floor_m=0.0, ceiling_m=3.0, outline_m=corners)
    plan = FloorPlan(name="hall", levels=(level,), walls=(*outer, *inner), slabs=slabs)
    access_points = tuple(
        AccessPoint(name=f"AP-{n}", x_m=x, y_m=y, height_m=2.5, antenna="isotropic", radios=(RADIO,))
        for n, (x, y) in enumerate(places, 1)
    )
    return Job(
        floor_plan=plan,
        access_points=access_points,
        radios=(RADIO,) * len(places),
        frequencies_mhz=(5180.0,) * len(places),
        band="5",
        level=0,
        height_m=1.0,
        grid_m=0.5,
        grid=radiomap.grid_of(plan, 0.5),
    )


def across(x_m: float, material: str, y0_m: float = 0.0, y1_m: float = 20.0) -> Wall:
    return Wall(start_m=(x_m, y0_m), end_m=(x_m, y1_m), z0_m=0.0, z1_m=3.0, material=material)


def walked(
    job: Job, loss_db: dict[str, float], *, places: int = 100, offset_db: float = -5.0, sigma_db: float = 2.0, seed: int = 0,
    box: tuple[float, float, float, float] = (0.5, 0.5, 29.5, 19.5), people: np.ndarray | None = None,
) -> Survey:  # fmt: skip
    """Every access point read at so many places of a box, in free space with the given losses per crossing."""
    rng = np.random.default_rng(seed)
    points_m = np.column_stack([rng.uniform(box[0], box[2], places), rng.uniform(box[1], box[3], places), np.ones(places)])
    gain_db, _ = free_space(job.floor_plan, job.access_points, points_m, bodies=np.full(places, None))
    rssi_dbm = 17.0 + gain_db + offset_db + rng.normal(0.0, sigma_db, gain_db.shape)
    sources_m = radiomap.positions_m(job.floor_plan, job.access_points)
    for name, count in crossings(job.floor_plan, sources_m[:, None], points_m[None]).items():
        rssi_dbm -= loss_db.get(name, 0.0) * count
    aps = len(job.access_points)
    density = np.full(places, np.nan) if people is None else people
    return Survey(
        points_m=np.tile(points_m, (aps, 1)),
        access_point=np.repeat(np.arange(aps), places),
        height_m=np.ones(aps * places),
        rssi_dbm=rssi_dbm.ravel(),
        people_per_m2=np.tile(density, aps),
    )


def fitted(job: Job, survey: Survey, **options: object) -> calibrate.Calibration:
    return calibrate.calibrate(job, survey, gains=free_space, **options)  # type: ignore[arg-type]


def reasons(found: calibrate.Calibration) -> dict[str, str]:
    return {one.name: one.reason for one in found.refused}


def test_finds_what_the_survey_was_made_with() -> None:
    """Offset and the loss of the wall between, each within its interval, and less error afterwards, on held-out links too."""
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}))
    values = {one.name: one for one in found.parameters}

    assert ["offset", "brick"] == list(values)
    assert values["offset"].low < -5.0 < values["offset"].high
    assert values["brick"].low < 6.0 < values["brick"].high
    assert values["brick"].high - values["brick"].low < 2.0
    assert 4.0 == pytest.approx(values["brick"].table_loss_db, abs=0.2)  # brick of 120 mm, ../shared/reference/radio
    assert values["brick"].loss_db == pytest.approx(values["brick"].table_loss_db + values["brick"].value, abs=0.01)
    assert (300, 100) == (found.links, found.places)
    assert 2.0 == pytest.approx(found.sigma_db, abs=0.4)
    assert 0.84 <= found.kept_share <= 0.96
    assert found.error.before.mean_error_db > 6.0
    assert abs(found.error.after.mean_error_db) < 0.5
    assert 2.0 == pytest.approx(found.error.after.standard_deviation_db, abs=0.4)
    assert (
        found.error.fitted.standard_deviation_db
        < found.error.after.standard_deviation_db
        < found.error.before.standard_deviation_db
    )
    assert () == found.warnings


def test_gross_errors_do_not_move_it() -> None:
    """One reading in ten 25 dB too low, as from a laptop in a bag: the offset stays, and they are counted as out of line."""
    job = hall(across(15.0, "brick"))
    survey = walked(job, {"brick": 6.0})
    wrong = survey.rssi_dbm.copy()
    wrong[::10] -= 25.0
    clean, dirty = fitted(job, survey), fitted(job, replace(survey, rssi_dbm=wrong))

    assert 30 <= dirty.outliers <= 39
    for one, other in zip(clean.parameters, dirty.parameters, strict=True):
        assert one.value == pytest.approx(other.value, abs=0.4)


def test_error_of_what_was_not_used_is_honest() -> None:
    """With as many columns as the survey can carry, the error on links that were used is too small, on others not."""
    materials = ("brick", "glass", "plasterboard", "marble", "plywood", "chipboard")
    job = hall(*(across(4.0 + 4.0 * n, name) for n, name in enumerate(materials)))
    errors = [fitted(job, walked(job, {}, places=15, sigma_db=4.0, seed=seed)).error for seed in range(30)]

    used, held_out = (np.mean([getattr(error, name).standard_deviation_db for error in errors]) for name in ("fitted", "after"))
    assert 3.85 < held_out  # 4 dB about each survey's own mean
    assert used + 0.1 < held_out


def test_material_of_few_links_is_refused_by_name() -> None:
    """Fewer than 10 links say nothing of glass; they are left out of the fit, so that they do not move the rest."""
    job = hall(across(15.0, "brick"), across(28.0, "glass", 0.0, 5.0))
    survey = walked(job, {"brick": 6.0, "glass": 40.0})
    through = int(np.sum(crossings(job.floor_plan, radiomap.positions_m(job.floor_plan, job.access_points)[survey.access_point],
                                   survey.points_m)["glass"]))  # fmt: skip
    found = fitted(job, survey)

    assert 0 < through < 10
    assert f"crossed by {through} links; 10 are needed" == reasons(found)["glass"]
    assert through == next(one.links for one in found.refused if one.name == "glass")
    assert 6.0 == pytest.approx(found.parameters[1].value, abs=1.0)


def test_materials_always_crossed_together_are_refused() -> None:
    """Glass and plasterboard back to back: only their sum shows, and both are told of the other; brick is not affected."""
    job = hall(across(10.0, "brick"), across(18.0, "glass"), across(18.1, "plasterboard"))
    found = fitted(job, walked(job, {"brick": 6.0, "glass": 3.0, "plasterboard": 4.0}))

    assert ["offset", "brick"] == [one.name for one in found.parameters]
    assert 6.0 == pytest.approx(found.parameters[1].value, abs=1.0)
    assert "with plasterboard: only the sum" in reasons(found)["glass"]
    assert "with glass: only the sum" in reasons(found)["plasterboard"]


def test_links_that_do_not_agree_are_refused() -> None:
    """Twelve links behind glass that say anything between 0 and 120 dB: no loss fits them, so none is given."""
    job = hall(across(15.0, "brick"), across(27.0, "glass", 0.0, 9.0))
    survey = walked(job, {"brick": 6.0}, places=140)
    sources_m = radiomap.positions_m(job.floor_plan, job.access_points)[survey.access_point]
    behind = np.flatnonzero(crossings(job.floor_plan, sources_m, survey.points_m)["glass"])
    wild = survey.rssi_dbm.copy()
    wild[behind] -= np.linspace(0.0, 120.0, len(behind))
    found = fitted(job, replace(survey, rssi_dbm=wild))

    assert 10 <= len(behind) < 20
    assert ["offset", "brick"] == [one.name for one in found.parameters]
    assert f"of its {len(behind)} links agree" in reasons(found)["glass"]
    assert found.parameters[1].low < 6.0 < found.parameters[1].high


def test_wall_that_every_link_crosses_is_refused() -> None:
    """From one side of a wall to the other only: its loss is the offset, whatever the number of links."""
    job = hall(across(15.0, "brick"), places=((5.0, 10.0), (8.0, 4.0)))
    found = fitted(job, walked(job, {"brick": 6.0}, box=(16.0, 0.5, 29.5, 19.5)))

    assert ["offset"] == [one.name for one in found.parameters]
    assert "cannot be told from the offset" in reasons(found)["brick"]
    assert -11.0 == pytest.approx(found.parameters[0].value, abs=0.5)
    assert any("no wall loss can be identified" in warning for warning in found.warnings)


def test_wall_that_is_one_access_points_own_is_refused() -> None:
    """One access point behind a wall, the other not: a weaker transmitter would look the same."""
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}, box=(16.0, 0.5, 29.5, 19.5)))

    assert "access point's power" in reasons(found)["brick"]


def test_room_without_inner_walls_says_so() -> None:
    """Nothing between: every material of the plan is refused, and the whole is said in one line."""
    job = hall()
    found = fitted(job, walked(job, {}))

    assert {"concrete", "wood", "crowd"} == reasons(found).keys()
    assert any("no wall loss can be identified" in warning for warning in found.warnings)


def test_people_are_fitted_where_the_survey_counts_them() -> None:
    """Before and during an event: 5 dB per person and m2 modelled, 2 measured, is a factor of 0.4; without a count, unknown."""
    job = hall()
    people = np.tile([0.0, 0.5, 1.0, 1.5], 25)
    survey = walked(job, {}, people=people)
    found = fitted(job, replace(survey, rssi_dbm=survey.rssi_dbm - 2.0 * survey.people_per_m2))
    crowd = found.parameters[1]

    assert ("crowd", "x modelled loss") == (crowd.what, crowd.unit)
    assert crowd.low < 0.4 < crowd.high
    assert crowd.value == found.crowd_factor
    assert "does not say how many people" in reasons(fitted(job, walked(job, {})))["crowd"]
    assert "0 links lose" in reasons(fitted(job, walked(job, {}, people=np.zeros(100))))["crowd"]
    assert 1.0 == fitted(job, walked(job, {})).crowd_factor


def test_refuses_more_people_than_can_stand() -> None:
    job = hall()
    with pytest.raises(OutOfRangeError, match="people/m2"):
        calibrate.calibrate(job, walked(job, {}, people=np.full(100, 60.0)))


def test_repeats_at_one_place_are_one_link() -> None:
    """Sixty scans at a place say once what they say, and their median."""
    job = hall(across(15.0, "brick"))
    survey = walked(job, {"brick": 6.0})
    scans = replace(
        survey,
        points_m=np.repeat(survey.points_m, 3, axis=0),
        access_point=np.repeat(survey.access_point, 3),
        height_m=np.repeat(survey.height_m, 3),
        rssi_dbm=(survey.rssi_dbm[:, None] + np.array([0.0, -30.0, 0.0])).ravel(),
        people_per_m2=np.repeat(survey.people_per_m2, 3),
    )
    one, three = fitted(job, survey), fitted(job, scans)

    assert (900, 300) == (three.readings, three.links)
    assert one.parameters == three.parameters


@pytest.mark.parametrize("outliers", ["anything within 30 dB", "10 to 30 dB too low"])
def test_intervals_hold_the_truth_in_a_building(known: ModuleType, outliers: str) -> None:
    """200 readings, 4 dB, one in ten wrong, 40 of the benchmark's 200 seeds: 75 % or more for each, 80 to 97 % in all."""
    held = known.held(known.survey(seed, outliers) for seed in range(40))
    shares = {name: np.mean([width > 0 for width in widths]) for name, widths in held.items() if len(widths) >= 36}

    assert {"offset", "brick", "partition", "wood", "concrete", "crowd"} == shares.keys()
    assert 0.75 <= min(shares.values())
    assert 0.80 <= np.mean(list(shares.values())) <= 0.97


def test_what_was_not_heard_does_not_hide_losses(known: ModuleType) -> None:
    """A receiver deaf below -80 dBm hears of weak links only the lucky ones: the others count as weaker, and it is said."""
    surveys = [known.survey(seed, "nothing", 400, people=False, whole=True, floor_dbm=-80.0) for seed in range(40)]
    held = known.held(surveys)
    found = calibrate.calibrate(known.job(), surveys[0], gains=known.known_gains)

    for name in ("offset", "brick", "concrete", "partition", "wood"):
        assert 40 == len(held[name])
        assert 0.75 <= np.mean([width > 0 for width in held[name]])
    assert any("only lucky ones were heard" in warning for warning in found.warnings)


def test_radios_that_were_off_are_not_walls(known: ModuleType) -> None:
    """Two of four access points off through most of the walk: what nobody heard is not put down to walls, and it is said."""
    survey = known.survey(1, "nothing", 400, people=False, whole=True, floor_dbm=-75.0)
    on = (survey.access_point < 2) | (np.arange(len(survey.rssi_dbm)) % 10 == 0)
    part = replace(
        survey,
        **{name: getattr(survey, name)[on] for name in ("points_m", "access_point", "height_m", "rssi_dbm", "people_per_m2")},
    )
    found = calibrate.calibrate(known.job(), part, gains=known.known_gains)
    offset = found.parameters[0]

    assert known.OFFSET_DB == pytest.approx(offset.value, abs=1.0)
    assert found.outliers < 0.05 * found.links
    assert any("cannot say why many links were not heard" in warning for warning in found.warnings)


def test_gaps_in_a_survey_are_not_a_floor(known: ModuleType) -> None:
    """Places where not every access point was written down, strong or weak alike: every link is fitted."""
    found = calibrate.calibrate(known.job(), known.survey(0), gains=known.known_gains)

    assert 200 == found.links
    assert () == found.warnings


@pytest.mark.parametrize(
    ("places", "box", "says"), [(3, (1.0, 1.0, 29.0, 19.0), "9 links"), (30, (1.0, 1.0, 1.9, 1.9), "1 squares")]
)
def test_too_little_is_refused(places: int, box: tuple[float, float, float, float], says: str) -> None:
    """Ten links in five places, or an error that says so."""
    job = hall()
    with pytest.raises(SurveyError, match=says):
        fitted(job, walked(job, {}, places=places, box=box))


def test_same_seed_same_answer() -> None:
    """The folds are the only chance in it."""
    job = hall(across(15.0, "brick"))
    survey = walked(job, {"brick": 6.0})

    assert fitted(job, survey) == fitted(job, survey)
    assert fitted(job, survey).parameters == fitted(job, survey, seed=1).parameters
    assert fitted(job, survey).error.after != fitted(job, survey, seed=1).error.after


def test_calibration_corrects_a_map() -> None:
    """What the survey was made with, on both sides of the wall, to the error of one place; less sure where nobody measured."""
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}, places=200, box=(0.5, 0.5, 29.5, 12.0)))
    places = replace(job, points_m=np.array([[4.0, 6.0, 1.0], [26.0, 6.0, 1.0], [26.0, 19.9, 1.0]]))
    gain_db, crowd_db = free_space(job.floor_plan, job.access_points, places.points_m, bodies=np.full(3, None))
    truth_dbm = 17.0 - 5.0 + gain_db - 6.0 * np.array([[0, 1, 1], [1, 0, 0], [0, 1, 1]])
    rssi_dbm, deviation_db = calibrate.received_dbm(found, places, gain_db, crowd_db, reflections=2)

    np.testing.assert_allclose(truth_dbm, rssi_dbm, atol=2.0)
    assert np.all(deviation_db >= 1.5)
    assert np.all(deviation_db[:, 2] >= deviation_db[:, 0])


def test_calibration_of_format_1_still_corrects(tmp_path: Path) -> None:
    """A file of before models and residuals: offset everywhere, the extra loss behind the wall, its deviation for all places."""
    job = hall(across(15.0, "brick"))
    data = calibrate.to_json(fitted(job, walked(job, {"brick": 6.0}))) | {"format": 1}
    for name in ("models", "chosen", "residuals", "strongest", "receivers"):
        del data[name]
    (tmp_path / "old.json").write_text(json.dumps(data), encoding="utf-8")
    old = calibrate.load(tmp_path / "old.json")
    offset, brick = (one.value for one in old.parameters)
    places = replace(job, points_m=np.array([[4.0, 10.0, 1.0], [26.0, 10.0, 1.0]]))
    rssi_dbm, deviation_db = calibrate.received_dbm(old, places, np.zeros((3, 2)), np.zeros((3, 2)), reflections=2)

    np.testing.assert_allclose(17.0 + offset - brick * np.array([[0, 1], [1, 0], [0, 1]]), rssi_dbm)
    assert {old.sigma_db} == set(deviation_db.ravel())


def test_calibration_is_for_its_own_model() -> None:
    """Another building, band or number of reflections is refused."""
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}))
    for other, reflections, says in (
        (replace(job, floor_plan=replace(job.floor_plan, name="other")), 2, "building hall, the map of other"),
        (replace(job, band="6"), 2, "band 5, the map of 6"),
        (job, 3, "reflections 2, the map of 3"),
    ):
        with pytest.raises(DesignError, match=says):
            calibrate.received_dbm(found, other, np.zeros((3, 1)), np.zeros((3, 1)), reflections=reflections)


def test_wrong_materials_are_made_good(known: ModuleType) -> None:
    """The plan says brick where concrete stands, and board where brick does: elsewhere, 10 dB off become less than 1."""
    job = known.job()
    truth = {"brick": ("concrete", 0.15), "partition": ("brick", None)}
    real = replace(
        job.floor_plan,
        walls=tuple(
            replace(wall, material=truth[wall.material][0], thickness_m=truth[wall.material][1])
            if wall.material in truth
            else wall
            for wall in job.floor_plan.walls
        ),
    )
    rng = np.random.default_rng(0)
    points_m = np.column_stack([rng.uniform(0.5, 29.5, 300), rng.uniform(0.5, 19.5, 300), np.ones(300)])
    options = {"frequency_mhz": 5180.0, "reflections": 1}
    rssi_dbm = 13.0 + radiomap.gains_db(real, job.access_points, points_m, **options) + rng.normal(0.0, 4.0, (4, 300))
    ap, place = np.nonzero(rssi_dbm[:, :100] > -95.0)
    survey = Survey(
        points_m=points_m[place],
        access_point=ap,
        height_m=np.ones(len(ap)),
        rssi_dbm=rssi_dbm[ap, place],
        people_per_m2=np.full(len(ap), np.nan),
    )
    found = calibrate.calibrate(job, survey, reflections=1)
    others = replace(job, points_m=points_m[100:])
    before_db = 17.0 + radiomap.gains_db(job.floor_plan, job.access_points, others.points_m, **options) - rssi_dbm[:, 100:]
    gain_db = radiomap.gains_db(job.floor_plan, job.access_points, others.points_m, **options)
    mapped_dbm, _ = calibrate.received_dbm(found, others, gain_db, np.zeros(gain_db.shape), reflections=1)
    heard = rssi_dbm[:, 100:] > -95.0
    before_db, after_db = before_db[heard], (mapped_dbm - rssi_dbm[:, 100:])[heard]

    assert before_db.mean() > 8.0
    assert abs(after_db.mean()) < 1.0
    assert after_db.std() < before_db.std() - 1.0
    assert found.error.after.mean_absolute_error_db == pytest.approx(np.mean(np.abs(after_db)), abs=0.7)


def test_file_reads_back(tmp_path: Path) -> None:
    """What was saved, and an error for what was not."""
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}))
    file = tmp_path / "cal.json"
    calibrate.save(found, file)
    data = json.loads(file.read_text(encoding="utf-8"))

    assert found == calibrate.load(file)
    for text, says in (
        ("{", "JSON"),
        ("[]", "cal.json"),
        (json.dumps(data | {"format": 99}), "newer"),
        (json.dumps(data | {"secret": 1}), "secret"),
        (json.dumps({key: value for key, value in data.items() if key != "parameters"}), "parameters"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(DesignError, match=says):
            calibrate.load(file)


def says(found: calibrate.Calibration, text: str) -> bool:
    return any(text in warning for warning in found.warnings)


def test_models_stand_side_by_side() -> None:
    """Each with its error by halves, boards and access points, weights that are 1 together; the true model has most of it."""
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}, places=200))
    weights = {one.name: one.weight for one in found.models}

    assert ["image", "p1238", "log-distance", "mixture", "image-fitted"] == list(weights)
    assert 1.0 == pytest.approx(sum(weights.values()), abs=0.001)
    assert "image-fitted" == max(weights, key=lambda name: weights[name])
    assert all(one.held_out.halves_db and one.held_out.checkerboards_db and one.held_out.access_points_db for one in found.models)
    assert found.chosen is not None
    assert not says(found, "loses to ITU-R P.1238")


def test_says_in_words_when_the_plan_loses() -> None:
    """Signals as by P.1238 where the plan has metal walls that nothing shows: no worse than that model on what was held out."""
    job = hall(across(10.0, "metal", 2.0, 20.0), across(20.0, "metal", 0.0, 18.0))
    survey = walked(job, {}, places=200)
    places, aps = survey.points_m, survey.access_point
    away_m = np.linalg.norm(radiomap.positions_m(job.floor_plan, job.access_points)[aps] - places, axis=1)
    rng = np.random.default_rng(1)
    rssi_dbm = 17.0 - 24.6 * np.log10(away_m) - 29.53 - 17.0 + rng.normal(0.0, 3.0, len(aps))
    crossed = {"metal": 12.0}

    def by_plan(
        plan: FloorPlan, points: Sequence[AccessPoint], points_m: np.ndarray, **more: object
    ) -> tuple[np.ndarray, np.ndarray]:
        gain_db, loss_db = free_space(plan, points, points_m, bodies=np.full(len(points_m), None))
        sources_m = radiomap.positions_m(plan, points)
        for name, count in crossings(plan, sources_m[:, None], points_m[None]).items():
            gain_db = gain_db - crossed.get(name, 0.0) * count * np.random.default_rng(2).uniform(0.0, 3.0, count.shape)
        return gain_db, loss_db

    found = calibrate.calibrate(job, replace(survey, rssi_dbm=rssi_dbm), gains=by_plan)
    p1238 = next(one for one in found.models if one.name == "p1238")

    assert says(found, "loses to ITU-R P.1238 with one offset where it has not been")
    assert found.chosen is not None
    assert found.chosen.checkerboards_db <= p1238.held_out.checkerboards_db + 0.1  # type: ignore[operator]


def test_a_material_needs_three_access_points() -> None:
    """Many links through brick, all of two access points: refused by name."""
    job = hall(across(15.0, "brick"), places=((5.0, 10.0), (25.0, 10.0)))
    found = fitted(job, walked(job, {"brick": 6.0}))

    assert ["offset"] == [one.name for one in found.parameters]
    assert reasons(found)["brick"].startswith("crossed by links of 2 access points; 3 are needed")


def test_two_receivers_that_differ_are_told() -> None:
    """A phone that reads 8 dB less than the other: its offset within its interval, and the map is that of the commoner one."""
    job = hall(across(15.0, "brick"))
    survey = walked(job, {"brick": 6.0}, places=150)
    second = np.arange(len(survey.rssi_dbm)) % 3 == 0
    mixed = replace(
        survey,
        rssi_dbm=np.where(second, survey.rssi_dbm - 8.0, survey.rssi_dbm),
        receiver=second.astype(np.intp),
        receivers=("tablet", "phone"),
    )
    found = fitted(job, mixed)
    commonest, phone = found.receivers

    assert ("tablet", 0.0) == (commonest.name, commonest.offset_db)
    assert phone.low_db < -8.0 < phone.high_db
    assert -8.0 == pytest.approx(phone.offset_db, abs=1.0)
    assert -5.0 == pytest.approx(found.parameters[0].value, abs=1.0)


def test_all_alike_is_no_survey() -> None:
    """Every reading -100 dBm."""
    job = hall()
    survey = walked(job, {})
    with pytest.raises(SurveyError, match="all 300 readings are -100 dBm"):
        fitted(job, replace(survey, rssi_dbm=np.full(300, -100.0)))


def test_one_corridor_says_how_little_it_saw() -> None:
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}, box=(0.5, 0.2, 11.0, 1.2)))

    assert says(found, "of the floor (within 4 m of a place)")


def test_one_access_point_is_enough_for_a_map_but_not_for_walls() -> None:
    job = hall(across(15.0, "brick"), places=((5.0, 10.0),))
    found = fitted(job, walked(job, {"brick": 6.0}))

    assert ["offset"] == [one.name for one in found.parameters]
    assert says(found, "hears one access point")
    assert found.chosen is not None
    assert found.chosen.access_points_db is None or found.chosen.halves_db is not None


@pytest.mark.parametrize(
    ("how", "points"),
    [
        ("mirrored left to right", lambda xy: np.column_stack([30.0 - xy[:, 0], xy[:, 1]])),
        ("in feet (--metres-per-unit 0.3048)", lambda xy: xy / 0.3048),
    ],
)
def test_a_plan_that_lies_otherwise_shows_in_the_residuals(how: str, points: Callable[[np.ndarray], np.ndarray]) -> None:
    """Mirrored, or in feet, the survey says so, and how much better it would be."""
    job = hall(places=((3.0, 4.0), (8.0, 16.0), (12.0, 9.0)))
    survey = walked(job, {}, places=200, box=(0.5, 0.5, 9.0, 6.0) if "feet" in how else (0.5, 0.5, 29.5, 19.5))
    moved = survey.points_m.copy()
    moved[:, :2] = points(moved[:, :2])

    assert says(fitted(job, replace(survey, points_m=moved)), how)
    assert not says(fitted(job, survey), "signals fall with distance far better")


def test_an_access_point_that_the_design_has_not_is_placed() -> None:
    """Where it hung, within its radius; one that is heard here and there is foreign; nothing is aborted."""
    job = hall(places=((5.0, 10.0), (25.0, 10.0), (11.0, 3.0), (20.0, 15.0)))
    survey = walked(job, {}, places=120, sigma_db=3.0)
    other = survey.access_point == 3
    rows = np.column_stack([survey.points_m, survey.rssi_dbm])
    design = replace(job, access_points=job.access_points[:3], radios=job.radios[:3], frequencies_mhz=job.frequencies_mhz[:3])
    known = replace(
        survey,
        points_m=survey.points_m[~other],
        access_point=survey.access_point[~other],
        height_m=survey.height_m[~other],
        rssi_dbm=survey.rssi_dbm[~other],
        people_per_m2=survey.people_per_m2[~other],
        unknown={"AP-new": tuple(map(tuple, rows[other].tolist())), "guest": ((1.0, 1.0, 1.0, -80.0),)},
    )
    placed, guest = fitted(design, known).placed

    assert ("AP-new", False, 120) == (placed.name, placed.foreign, placed.readings)
    assert np.hypot(placed.x_m - 20.0, placed.y_m - 15.0) <= placed.radius_m <= 17.0  # type: ignore[operator]
    assert guest.foreign
    assert guest.x_m is None
    assert "1 readings" in guest.why


def test_next_places_are_where_nobody_measured() -> None:
    """A survey of the left half: the next places are in the right one, and the deviation falls."""
    job = hall(across(15.0, "brick"))
    rng = np.random.default_rng(5)
    survey = walked(job, {"brick": 6.0}, places=120, box=(0.5, 0.5, 14.0, 19.5))
    # Shadowing that is alike over some metres, so that a place tells of its neighbours.
    waves = 5.0 * np.sin(survey.points_m[:, 0] / 3.0 + survey.access_point) * np.cos(survey.points_m[:, 1] / 4.0)
    found = fitted(job, replace(survey, rssi_dbm=survey.rssi_dbm + waves + rng.normal(0.0, 1.0, len(waves))))
    wanted = next_places(job, found, 4, reflections=2)

    assert 4 == len(wanted.places)
    assert all(place.x_m > 14.0 for place in wanted.places)
    assert 2.0 < wanted.places[0].y_m < 18.0  # in the middle of what nobody saw: a corner would tell least of the rest
    assert wanted.places[0].x_m < 28.0
    assert wanted.after_db < wanted.before_db


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["wifiplan", *map(str, arguments)])
    try:
        cli.main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def files(tmp_path: Path, known: ModuleType) -> tuple[Path, Path]:
    """A design and a survey of it, as a user has them."""
    job, survey = known.job(), known.survey(3)
    design, table = tmp_path / "design.json", tmp_path / "survey.csv"
    model.save(Design(floor_plan=job.floor_plan, access_points=job.access_points), design)
    rows = zip(survey.points_m, survey.access_point, survey.rssi_dbm, survey.people_per_m2, strict=True)
    lines = [f"{x},{y},{job.access_points[ap].name},{rssi:.0f},{people}" for (x, y, _), ap, rssi, people in rows]
    table.write_text("\n".join(["x_m,y_m,ap,rssi_dbm,people_per_m2", *lines]), encoding="utf-8")
    return design, table


def test_command_prints_one_json(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[Path, Path],
    tmp_path: Path,
    known: ModuleType,
) -> None:
    """The real radio map: parameters with intervals that hold the truth, what is refused, errors; and the file for `coverage`."""
    code, out, _ = run(capsys, monkeypatch, "calibrate", *files, "--json", "--out", tmp_path / "cal.json")
    answer = json.loads(out)

    assert 0 == code
    values = {one["name"]: one for one in answer["parameters"]}
    assert {"offset", "brick", "concrete", "partition", "wood", "crowd"} == values.keys()
    for name, truth in {"offset": known.OFFSET_DB, **known.EXTRA_DB, "crowd": known.CROWD_FACTOR}.items():
        margin = values[name]["high"] - values[name]["low"]
        assert values[name]["low"] - margin < truth < values[name]["high"] + margin
    assert {"glass", "metal"} == {one["name"] for one in answer["refused"]}
    assert answer["error"]["after"]["mean_absolute_error_db"] < answer["error"]["before"]["mean_absolute_error_db"]
    assert int(np.sum(known.survey(3).rssi_dbm.round() > -110.0)) == answer["links"]  # the rest was not heard
    loaded = calibrate.load(tmp_path / "cal.json")
    assert answer == calibrate.to_json(loaded, whole=False)

    code, out, _ = run(capsys, monkeypatch, "calibrate", *files, "--json", "--residuals")
    assert calibrate.to_json(loaded) == json.loads(out)


def test_what_is_printed_of_residuals_is_bounded() -> None:
    """Of each access point one line: how many places and links, and their mean; the file has every place."""
    job = hall(across(15.0, "brick"))
    found = fitted(job, walked(job, {"brick": 6.0}))
    known = residuals.KnownPlaces(
        access_point="AP-1", x_m=(1.0, 2.0), y_m=(1.0, 1.0), z_m=(1.0, 1.0), residual_db=(3.0, 6.0), links=(2, 1)
    )
    kriged = residuals.Residuals(
        access_point_db=1.0, shadowing_db=6.0, correlation_m=8.0, place_db=3.0, stretch=1.0, places=(known,)
    )
    short = calibrate.to_json(replace(found, residuals=kriged), whole=False)

    assert [{"access_point": "AP-1", "places": 2, "links": 3, "mean_db": 4.0}] == short["residuals"]["places"]


def test_command_prints_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, files: tuple[Path, Path]
) -> None:
    """For people: each parameter, each refusal with its reason, errors before and after."""
    code, out, _ = run(capsys, monkeypatch, "calibrate", *files)

    assert 0 == code
    assert "glass          cannot be told: crossed by 0 links; 10 are needed" in out
    for start in ("offset ", "brick ", "before ", "after, held out "):
        assert any(line.startswith(start) for line in out.splitlines())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("x,y,ap,rssi\n1,1,AP-1,70\n", "line 2"),
        ("x,y,ap,rssi\n99,1,AP-1,-70\n", "outside the plan"),
        ("x,y,ap,rssi\n1,1,AP-7,-70\n", "none of 1 readings is of an access point of the design"),
        ("x,y,ap,rssi\n1,1,AP-1,-70\n", "10 or more"),
    ],
)
def test_command_fails_with_one_line(  # noqa: PLR0917  fixtures and two parameters
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[Path, Path],
    tmp_path: Path,
    text: str,
    says: str,
) -> None:
    """Exit 2, one line on standard error, nothing written."""
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    code, out, err = run(
        capsys, monkeypatch, "calibrate", files[0], tmp_path / "bad.csv", "--json", "--out", tmp_path / "cal.json"
    )

    assert (2, "") == (code, out)
    assert says in err
    assert 1 == len(err.splitlines())
    assert not (tmp_path / "cal.json").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--posture", "jumping"), "posture"),
        (("--reflections", "7"), "reflections"),
        (("--seed", "-1"), "seed"),
        (("--band", "7"), "band"),
        (("--level", "3"), "level"),
        (("--metres-per-unit", "nan"), "metres-per-unit"),
        (("--band", "2.4"), "no access point has a 2.4 GHz radio"),
    ],
)
def test_command_refuses_options(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[Path, Path],
    options: tuple[str, str],
    says: str,
) -> None:
    """Exit 2 and one line, whatever the option."""
    code, out, err = run(capsys, monkeypatch, "calibrate", *files, *options)

    assert (2, "") == (code, out)
    assert says in err
    assert 1 == len(err.splitlines())


def test_command_names_a_missing_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """Design or survey."""
    for arguments in ((files[0], tmp_path / "none.csv"), (tmp_path / "none.json", files[1])):
        code, _, err = run(capsys, monkeypatch, "calibrate", *arguments)
        assert 2 == code
        assert "none." in err
        assert 1 == len(err.splitlines())


def test_coverage_takes_the_calibration(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """The received power has offset and extra losses, the path gain has not; and what is left at a place is its fading."""
    points = tmp_path / "points.csv"
    points.write_text("x_m,y_m\n4.0,4.5\n25.0,5.5\n", encoding="utf-8")
    run(capsys, monkeypatch, "calibrate", *files, "--out", tmp_path / "cal.json")
    found = calibrate.load(tmp_path / "cal.json")
    maps = []
    for more in ((), ("--calibration", tmp_path / "cal.json")):
        code, out, _ = run(capsys, monkeypatch, "coverage", files[0], "--points", points, *more)
        assert 0 == code
        maps.append([line.split(",") for line in out.splitlines()[1:]])
    plain, corrected = maps

    assert [row[:5] for row in plain] == [row[:5] for row in corrected]
    added = {tuple(row[:3]): float(row[5]) - float(other[5]) for row, other in zip(corrected, plain, strict=True)}
    assert found.parameters[0].value == pytest.approx(added["4", "4.5", "AP-1"], abs=3.0)  # in sight: about the offset
    assert min(added.values()) < found.parameters[0].value - 1.0  # through walls

    code, out, err = run(
        capsys, monkeypatch, "coverage", files[0], "--points", points, "--calibration", tmp_path / "cal.json", "--json",
        "--confidence", "0.9", "--min-rssi-dbm", "-60",
    )  # fmt: skip
    covered = json.loads(out)["covered"]
    assert 2 == covered["places"]
    assert covered["strongest_mapped_dbm"] < covered["strongest_expected_dbm"]
    code, out, _ = run(
        capsys, monkeypatch, "coverage", files[0], "--points", points, "--calibration", tmp_path / "cal.json",
        "--confidence", "0.9",
    )  # fmt: skip
    rows = list(csv.DictReader(out.splitlines()))
    assert ["deviation_db", "promised_rssi_dbm", "strongest_dbm"] == list(rows[0])[-3:]
    for place in ("4", "25"):
        here = [row for row in rows if row["x_m"] == place]
        assert 1 == len({row["strongest_dbm"] for row in here})
        assert max(float(row["rssi_dbm"]) for row in here) < float(here[0]["strongest_dbm"])
        assert all(float(row["promised_rssi_dbm"]) < float(row["rssi_dbm"]) for row in here)
    assert 0 == code
    assert "90% confidence" in err


def test_coverage_with_confidence_is_less_than_in_the_middle(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, files: tuple[Path, Path]
) -> None:
    """Nine in ten sure of -60 dBm is fewer places than even chances; without fading it is the same."""
    options = ("--grid-m", "1", "--reflections", "1", "--json", "--confidence", "0.9", "--min-rssi-dbm", "-60")
    covered = [
        json.loads(run(capsys, monkeypatch, "coverage", files[0], *options, "--sigma-db", sigma_db)[1])["covered"]
        for sigma_db in (4.0, 0.0)
    ]

    assert 0.0 < covered[0]["share"] < covered[0]["share_without_fading"] <= 1.0
    assert covered[1]["share"] == covered[1]["share_without_fading"] == covered[0]["share_without_fading"]
    assert 600 == covered[0]["places"]
    assert 2 == run(capsys, monkeypatch, "coverage", files[0], *options, "--confidence", "1.5")[0]
