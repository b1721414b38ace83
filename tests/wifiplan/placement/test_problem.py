"""The problem that is solved: its matrix from a radio map, its costs, its names."""

from __future__ import annotations

import numpy as np
import pytest

import floorplans
from wifiplan.airtime import wifi
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Demand, Radio, Requirement
from wifiplan.placement import bill
from wifiplan.placement.ask import Ask
from wifiplan.placement.problem import Problem, posed, radio, without
from wifiplan.placement.spot import Spot, hanging

PLAN = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
WHO = Demand(
    zone="hall",
    people=40.0,
    devices_per_person=1.0,
    associated_share=1.0,
    active_share=0.3,
    down_mbps=0.3,
    up_mbps=0.1,
)
OLD = AccessPoint(name="old", x_m=28.0, y_m=12.0, height_m=4.0)


def _problem(**asked: object) -> Problem:
    """Three new spots, the second 2 m from the first, and one where an access point hangs."""
    new = [Spot(x_m=x, y_m=7.0, height_m=6.0) for x in (5.0, 7.0, 20.0)]
    ask = Ask(
        **{
            "bands": ("5",),
            "requirement": Requirement(max_clients_per_radio=50),
            "existing": (OLD,),
            "reflections": 0,
            "max_points": 40,
            **asked,
        }
    )
    return posed(PLAN, {"shelter-day1": (WHO,)}, bill.priced(PLAN, [*new, hanging(OLD)]), ask)


@pytest.fixture(scope="module")
def task() -> Problem:
    return _problem()


def test_only_spots_within_the_least_spacing_exclude_each_other(task: Problem) -> None:
    """2 m apart: one or the other; what hangs already excludes nobody that is far; a spot does exclude itself elsewhere."""
    near = task.matrix.too_near

    assert near[0, 1]
    assert not near[0, 2]
    assert not near[3].any()


def test_a_signal_falls_with_distance_and_every_person_is_in_the_matrix(task: Problem) -> None:
    """The nearest of the spots is the strongest for most people at either end; kinds of device add up to the people."""
    load = task.matrix.loads[0]
    crowd = task.site.crowds()[0]
    west = crowd.points_m[:, 0] < 5.0
    signal = load.signal_dbm[:, : len(crowd.people)]

    assert WHO.people == pytest.approx(load.people.sum())
    assert (signal[0, west] > signal[2, west]).all()


def test_a_stronger_requirement_covers_less(task: Problem) -> None:
    """Covered at -45 dBm is covered at -67 dBm, and not the other way round."""
    strict = _problem(requirement=Requirement(min_rssi_dbm=-45.0)).matrix.loads[0].covers
    usual = task.matrix.loads[0].covers

    assert (usual | ~strict).all()
    assert strict.sum() < usual.sum()


@pytest.mark.parametrize(("may", "must", "movable"), [("stay", (3,), ()), ("move", (), (3,)), ("go", (), ())])
def test_what_hangs_stays_moves_or_goes(may: str, must: tuple[int, ...], movable: tuple[int, ...]) -> None:
    """The fourth spot is in every answer, or its hardware may serve elsewhere, or neither; it costs nothing where it is."""
    matrix = _problem(existing_may=may).matrix

    assert (must, movable, (3,)) == (matrix.must, matrix.movable, matrix.kept)
    assert 0.0 == matrix.cost_yen[3]


def test_a_set_costs_the_same_as_spots_and_as_rows_of_the_matrix() -> None:
    """Also where what hangs is taken down and used again."""
    task = _problem(existing_may="move")
    for chosen in ((0,), (0, 2), (0, 3), (0, 2, 3)):
        assert task.matrix.cost_of(chosen) == pytest.approx(task.cost_yen([task.site.spots[row] for row in chosen]))


def test_access_points_are_named_from_west_to_east_and_what_hangs_keeps_its_name(task: Problem) -> None:
    """Whatever the order in which spots were chosen."""
    radios = [(Radio(band="5", channel=channel),) for channel in (36, 40, 44)]
    design = task.design((2, 3, 0), radios)

    assert [("AP-01", 44), ("AP-02", 36), ("old", 40)] == [(ap.name, ap.radios[0].channel) for ap in design.access_points]
    assert ["AP-01", "old"] == [ap.name for ap in without(design, 1).access_points]


def test_no_radio_is_louder_than_the_law(task: Problem) -> None:
    """Power that would break the limit of a channel with a 6 dBi antenna is cut: the matrix reckons with no more than that."""
    loud = _problem(client_power_dbm=30.0, antennas=("omni", "patch"))
    most_dbm = max(wifi.max_eirp_dbm("5", channel) for channel in loud.site.channels("5", 20))

    assert 36.0 == loud.ask.power_dbm > most_dbm
    louder_db = loud.matrix.loads[0].signal_dbm[0] - task.matrix.loads[0].signal_dbm[0]
    np.testing.assert_allclose(most_dbm - task.ask.power_dbm, louder_db)


def test_a_crowd_that_survives_one_is_checked_without_each(task: Problem) -> None:
    """One access point alone does for 40 people, but not when it fails."""
    spot = task.site.spots[2]
    design = task.design((2,), [(radio(spot, "5", 36, 20, tx_power_dbm=19.0, client_limit=50),)])

    assert task.checked(design).ok
    assert not task.asking(survives_one=True).checked(design).ok


def test_a_channel_that_does_not_exist_is_said_with_the_way_out() -> None:
    """160 MHz without radar: allow it, or be narrower."""
    with pytest.raises(DesignError, match=r"no 160 MHz channel at 5 GHz in JP; allow radar"):
        _problem(widths_mhz=(160,), avoid_dfs=True)


def test_fewer_candidates_are_the_same_problem_otherwise(task: Problem) -> None:
    """Costs and signals of those that are left."""
    only = task.only([0, 2])

    assert (task.site.spots[0], task.site.spots[2]) == only.site.spots
    np.testing.assert_array_equal(task.matrix.cost_yen[[0, 2]], only.matrix.cost_yen)
    assert task.ask == only.ask
