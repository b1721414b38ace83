"""What fails and who is then without service: each case against what the design says it must be."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import floorplans
from wifiplan import model
from wifiplan.capacity import demand, resilience
from wifiplan.capacity.facility import capacity
from wifiplan.cli import app
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Design, Network, Radio, Uplink


def access_point(number: int, x_m: float, channel: int = 36, **more: object) -> AccessPoint:
    radio = Radio(band="5", channel=channel, tx_power_dbm=17.0, client_limit=50, **more)  # type: ignore[arg-type]
    return AccessPoint(name=f"AP-{number}", x_m=x_m, y_m=6.0, height_m=4.5, radios=(radio,))


@pytest.fixture(scope="module")
def design() -> Design:
    """120 people with 96 devices in a small hall: two access points of 50 each, one of them on a radar channel."""
    plan = floorplans.gym(20.0, 12.0, 6.0, stage=False, store_room=False)
    who = demand.demands(plan, "shelter-day1", persons=109.0)
    return Design(
        floor_plan=plan,
        access_points=(access_point(1, 5.0), access_point(2, 15.0, 52)),
        demands=who,
        scenario="shelter-day1",
        network=Network(
            uplinks=(Uplink(name="fibre", down_mbps=900, up_mbps=900), Uplink(name="lte", down_mbps=3, up_mbps=2, kind="lte")),
            battery_wh=400.0,
            access_point_w=15.0,
            other_w=30.0,
        ),
    )


@pytest.fixture(scope="module")
def found(design: Design) -> resilience.Resilience:
    return resilience.resilience_of(design, reflections=1)


def one(found: resilience.Resilience, cause: str) -> resilience.Loss:
    return next(loss for loss in found.losses if loss.cause == cause)


def test_the_loss_of_an_access_point_is_what_the_capacity_model_says_without_it(
    design: Design, found: resilience.Resilience
) -> None:
    whole = capacity(design)
    rest = capacity(replace(design, access_points=design.access_points[:1]))
    lost = next(loss for loss in found.losses if loss.what == "AP-2")

    assert whole.served - rest.served == pytest.approx(lost.people, abs=0.03 * whole.people)
    assert 20 < lost.people
    assert lost.seconds is None
    assert ("AP-2",) == lost.access_points


def test_a_lost_switch_takes_all_that_hang_on_it(design: Design, found: resilience.Resilience) -> None:
    """One switch: everybody, and all of the floor that had signal. One port each: as the access points one by one."""
    lost = one(found, "switch")
    floor_m2 = design.floor_plan.zones[0].area_m2

    assert found.served == pytest.approx(lost.people, abs=0.2)
    assert floor_m2 == pytest.approx(lost.area_m2, rel=0.01)
    single = resilience.resilience_of(design, reflections=1, switch_ports=1)
    assert [1, 1] == [len(loss.access_points) for loss in single.losses if loss.cause == "switch"]


def test_radar_silences_its_channel_for_a_minute(found: resilience.Resilience) -> None:
    """60 s channel availability check; a channel beside it is not a case."""
    radar = [loss for loss in found.losses if loss.cause == "radar"]

    assert [("radar on channel 52", ("AP-2",), 60.0)] == [(loss.what, loss.access_points, loss.seconds) for loss in radar]
    assert radar[0].people == pytest.approx(next(loss.people for loss in found.losses if loss.what == "AP-2"))


def test_after_a_power_cut_radar_channels_come_last(found: resilience.Resilience) -> None:
    restart = one(found, "restart")

    assert (("AP-2",), 60.0) == (restart.access_points, restart.seconds)


def test_a_design_without_radar_channels_has_no_such_case(design: Design) -> None:
    calm = replace(design, access_points=(access_point(1, 5.0), access_point(2, 15.0, 44)))

    assert not {"radar", "restart"} & {loss.cause for loss in resilience.resilience_of(calm, reflections=1).losses}


def test_radar_on_part_of_a_wide_channel_silences_all_of_it(design: Design) -> None:
    wide = replace(design, access_points=(access_point(1, 5.0), access_point(2, 15.0, 52, width_mhz=40)))
    radar = [loss for loss in resilience.resilience_of(wide, reflections=1).losses if loss.cause == "radar"]

    assert [("AP-2",)] == [loss.access_points for loss in radar]


def test_when_fibre_fails_the_next_line_carries_text_and_voice(found: resilience.Resilience) -> None:
    fibre, lte = sorted((loss for loss in found.losses if loss.cause == "uplink"), key=lambda loss: loss.what)

    assert fibre.people < lte.people == pytest.approx(found.served)
    assert (fibre.people_text_voice or 0) > found.served - fibre.people
    assert 0 == lte.people_text_voice


def test_the_battery_is_stretched_to_the_hour_and_no_longer(design: Design) -> None:
    """0.9 x 400 Wh: with 2 x 15 + 30 W 6 h, with one 8 h. For 7 h one stays on until 360 = 60 t + 45 (7 - t)."""
    battery = resilience.resilience_of(design, reflections=1, battery_hours=7.0).battery

    assert battery is not None
    assert (6.0, 7.0, True) == (battery.hours, battery.reached_hours, battery.lasts)
    assert [0.0, 3.0] == [step.from_hour for step in battery.steps]
    assert [2, 1] == [step.on for step in battery.steps]
    assert 360.0 == pytest.approx(60 * 3.0 + 45 * 4.0)


def test_a_battery_that_is_too_small_says_how_long_it_lasts(design: Design) -> None:
    battery = resilience.resilience_of(design, reflections=1, battery_hours=24.0).battery

    assert battery is not None
    assert (8.0, False) == (battery.reached_hours, battery.lasts)


def test_what_nobody_has_told_is_unknown(design: Design) -> None:
    found = resilience.resilience_of(replace(design, network=Network()), reflections=1)

    assert ("uplink", "battery") == found.unknown
    assert found.battery is None
    assert "uplink" not in {loss.cause for loss in found.losses}


@pytest.mark.parametrize(("more", "says"), [({"battery_hours": 0.0}, "battery hours"), ({"switch_ports": 0}, "ports")])
def test_absurd_figures_are_refused(design: Design, more: dict[str, float], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        resilience.resilience_of(design, **more)  # type: ignore[arg-type]


def test_the_command_prints_one_json_value(design: Design, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("resilience") / "design.json"
    model.save(design, path)
    done = CliRunner().invoke(app, ["resilience", str(path), "--battery-hours", "7", "--json"])

    assert 0 == done.exit_code
    assert 7.0 == json.loads(done.stdout)["battery"]["reached_hours"]
