"""People come and go as told."""

from __future__ import annotations

import numpy as np
import pytest

from collectors.errors import ConfigError
from collectors.simulate.people import Attendance, Network
from tests.collectors.simulate.network import Clock, four_aps

SECOND_WEEK = Attendance(present=((0, 0.9), (7, 0.9), (10, 0.35), (16, 0.45), (19, 1.0)), first_hour=20)


def test_the_same_seed_gives_the_same_people_however_often_they_are_looked_at() -> None:
    """One network is looked at every second, one only at the end."""
    clocks = Clock(), Clock(), Clock()
    often, once, other = (Network(four_aps(), seed=s, clock=c) for s, c in zip((1, 1, 2), clocks, strict=True))
    for _ in range(300):
        clocks[0].now_s += 1.0
        often.clients()
    clocks[1].now_s += 300.0
    clocks[2].now_s += 300.0

    assert often.clients() == once.clients()
    assert often.clients() != other.clients()


def test_people_keep_to_the_planned_number_times_who_is_there() -> None:
    """M/M/inf: in the long run the count is Poisson around the target, so mean and variance are both the target."""
    clock = Clock()
    network = Network(four_aps(planned_clients=60.0), seed=3, stay_s=10.0, clock=clock)
    counts = []
    for _ in range(4000):
        clock.now_s += 5.0
        counts.append([own[1] for own in network.clients().values()])
    seen = np.array(counts)

    assert 60.0 == pytest.approx(seen.mean(), rel=0.02)
    assert 60.0 == pytest.approx(seen.var(axis=0).mean(), rel=0.1)
    assert abs(np.diff(seen, axis=0)).max() > 0


def test_a_day_has_its_hours() -> None:
    """A shelter in its second week is full at night and half empty in the day; a day takes `day_s`."""
    clock = Clock()
    network = Network(four_aps(planned_clients=300.0), attendance=SECOND_WEEK, day_s=240.0, stay_s=1.0, clock=clock)
    evening = sum(map(sum, network.clients().values()))
    clock.now_s += 140.0  # from 20 h, 14 of 24 h later: 10 h
    morning = sum(map(sum, network.clients().values()))

    assert 1600 * 0.9 < evening < 1600 * 1.1  # 4 x (300 + 100)
    assert 0.35 == pytest.approx(morning / 1600, abs=0.05)


def test_what_is_taken_in_hand_stays_and_what_is_let_go_moves_again() -> None:
    """A test, or a person who shows it, sets one access point's count."""
    clock = Clock()
    network = Network(four_aps(), clock=clock)
    network.control(clients={"体育館-1": 57}, down=["体育館-2"])
    clock.now_s += 100.0

    assert (29, 28) == network.clients()["体育館-1"]
    assert (0, 0) == network.clients()["体育館-2"]
    network.control()
    assert (29, 28) != network.clients()["体育館-1"]
    with pytest.raises(ConfigError, match="体育館-9: no such access point; there are 体育館-1"):
        network.control(clients={"体育館-9": 1})
    with pytest.raises(ConfigError, match="whole numbers"):
        network.control(clients={"体育館-1": -1})
