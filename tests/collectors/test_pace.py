"""How often a device is polled: on its own grid, seldom while it is dead."""

from __future__ import annotations

import pytest

from collectors.pace import Grid


def test_a_poll_comes_on_the_grid_and_never_twice_within_half_an_interval() -> None:
    grid = Grid(share=0.25, start_s=1000.0)

    assert 1001.25 == grid.first_s(60.0)
    assert 1075.0 == grid.next_s(1001.25, 1001.5, 60.0, 0)  # 1015 would be too soon
    assert 1135.0 == grid.next_s(1075.0, 1075.1, 60.0, 0)
    assert 1255.0 == grid.next_s(1075.0, 1200.0, 60.0, 0)  # after a poll of more than two minutes


@pytest.mark.parametrize(("failures", "next_s"), [(0, 1135.0), (2, 1135.0), (3, 1195.0), (50, 1195.0)])
def test_a_dead_device_is_asked_every_other_time(failures: int, next_s: float) -> None:
    """No more seldom, else its state would be stale: unknown after three intervals."""
    assert next_s == Grid(share=0.25, start_s=1000.0).next_s(1075.0, 1075.1, 60.0, failures)


def test_devices_are_spread_over_their_interval_and_keep_their_phase() -> None:
    shares = [Grid.of(f"AP-{number}", 0.0).share for number in range(1000)]
    tenths = [sum(tenth <= share * 10 < tenth + 1 for share in shares) for tenth in range(10)]

    assert all(70 < count < 130 for count in tenths)
    assert Grid.of("AP-7", 5.0).share == shares[7]
