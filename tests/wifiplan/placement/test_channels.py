"""The channel plan: who shares with whom."""

from __future__ import annotations

import numpy as np

from wifiplan.placement.channels import channel_plan


def test_a_channel_is_shared_last() -> None:
    """Three that hear each other get three channels; a fourth that hears nobody takes the first again."""
    hears = np.ones((4, 4), dtype=bool)
    hears[3, :3] = hears[:3, 3] = False
    given = channel_plan(np.array([0.5, 0.4, 0.3, 0.2]), hears, [(36, 40, 44)] * 4)

    assert (36, 40, 44, 36) == given


def test_with_too_few_channels_the_lightest_share() -> None:
    """Of three that all hear each other on two channels, the two with least airtime are together."""
    given = channel_plan(np.array([0.1, 0.5, 0.2]), np.ones((3, 3), dtype=bool), [(36, 40)] * 3)

    assert given[0] == given[2] != given[1]


def test_an_outdoor_radio_takes_an_outdoor_channel() -> None:
    """Each has its own list."""
    assert (36, 100) == channel_plan(np.array([0.1, 0.1]), np.ones((2, 2), dtype=bool), [(36, 40), (100, 104)])


def test_neighbours_are_not_on_the_next_channel_where_another_is_free() -> None:
    """Two beside each other, one far away: the channel between is given to the far one."""
    nearness = np.array([[0.0, 1.0, 0.1], [1.0, 0.0, 0.1], [0.1, 0.1, 0.0]])
    given = channel_plan(np.array([0.5, 0.4, 0.3]), np.ones((3, 3), dtype=bool), [(36, 40, 44)] * 3, nearness=nearness)

    assert (36, 44, 40) == given
