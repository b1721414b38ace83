"""The channel plan: none is shared while a clean one is idle, neighbours differ, reuse is far apart."""

from __future__ import annotations

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.capacity import demand, rates
from wifiplan.placement.channels import Harm, channel_plan, harm_of

CLEAN = (36, 40, 44, 48)


def _on_a_line(places_m: list[float], *, wall_db: float = 0.0, airtime: list[float] | None = None) -> Harm:
    """Access points on a line, ten clients beside each; a wall between each two of them where asked for."""
    at = np.array(places_m)
    order = np.arange(len(at))
    away_m = np.abs(at[:, None] - at[None])
    lost_db = 47 + 30 * np.log10(np.maximum(away_m, 1.0)) + wall_db * np.abs(order[:, None] - order[None])
    return harm_of(
        -lost_db,
        np.where(np.eye(len(at), dtype=bool), -np.inf, -lost_db),
        np.full(len(at), 19.0),
        np.full(len(at), 10.0),
        np.array(airtime or [0.3] * len(at)),
        noise_dbm=float(wifi.noise_dbm(20)),
        s_per_mbit=lambda sinr_db: rates.s_per_mbit(sinr_db, demand.clients()[0], band="5", width_mhz=20),
    )


def test_idle_clean_channels_are_used_before_any_is_shared() -> None:
    """Four that hear each other on four channels, and four that walls keep apart: each has one of its own."""
    for wall_db in (0.0, 60.0):
        assert 4 == len(set(channel_plan(_on_a_line([0, 10, 20, 30], wall_db=wall_db), [CLEAN] * 4)))


def test_reuse_is_as_far_apart_as_it_can_be() -> None:
    """Eight in a row on four channels: each channel is used twice, never by neighbours, and no closer than four apart."""
    given = np.array(channel_plan(_on_a_line([10.0 * index for index in range(8)]), [CLEAN] * 8))
    pairs = [np.flatnonzero(given == channel) for channel in CLEAN]

    assert [2, 2, 2, 2] == [len(pair) for pair in pairs]
    assert min(pair[1] - pair[0] for pair in pairs) >= 3


def test_neighbours_are_not_on_the_next_channel_where_another_is_free() -> None:
    """Two beside each other, one far away: the channel between is given to the far one."""
    near_a, near_b, far = channel_plan(_on_a_line([0.0, 5.0, 60.0]), [(36, 40, 44)] * 3)

    assert (8, 40) == (abs(near_a - near_b), far)


def test_with_too_few_channels_the_lightest_share() -> None:
    """Of three that all hear each other on two channels, the two with least airtime are together."""
    given = channel_plan(_on_a_line([0.0, 5.0, 10.0], airtime=[0.1, 0.5, 0.2]), [(36, 40)] * 3)

    assert given[0] == given[2] != given[1]


def test_an_outdoor_radio_takes_an_outdoor_channel() -> None:
    """Each has its own list."""
    assert 100 == channel_plan(_on_a_line([0.0, 9.0]), [CLEAN, (100,)])[1]


def test_a_foreign_network_is_avoided_while_a_clean_channel_is_idle() -> None:
    """Others take a third of channel 36: nobody is there with three access points, one is with four."""
    burden = {(36, 20): 0.3}
    three = channel_plan(_on_a_line([0.0, 10.0, 20.0]), [CLEAN] * 3, burden=burden)
    four = channel_plan(_on_a_line([0.0, 10.0, 20.0, 30.0]), [CLEAN] * 4, burden=burden)

    assert {40, 44, 48} == set(three)
    assert set(CLEAN) == set(four)


def test_wide_channels_do_not_overlap_while_one_is_idle() -> None:
    """Two of 40 MHz take both halves of W52."""
    a, b = channel_plan(_on_a_line([0.0, 10.0]), [(36, 44)] * 2, widths_mhz=[40, 40])

    assert 0 == wifi.overlap_share("5", a, 40, b, 40)


def test_of_sixty_in_a_row_no_neighbours_share() -> None:
    """On four channels each differs from the next one, and the plan is the same each time."""
    harm = _on_a_line([4.0 * index for index in range(60)])
    given = channel_plan(harm, [CLEAN] * 60)

    assert given == channel_plan(harm, [CLEAN] * 60)
    assert all(given[index] != given[index + 1] for index in range(59))
