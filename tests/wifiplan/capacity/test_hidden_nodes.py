"""How often frames are hit by stations that their senders do not hear."""

from __future__ import annotations

from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.service import carried_load
from wifiplan.capacity.state import state_of


def test_where_all_hear_all_nothing_is_hit(scene) -> None:
    """Two access points on one channel that hear each other and each other's clients."""
    near = scene()

    assert state_of(near, mean_devices(near.occupants)).hits is None


def test_deaf_access_points_hit_those_between_them(scene) -> None:
    """Each other's signal reaches the clients, not the access points: frames down are lost and sent again."""
    hidden, apart = scene(between=-150.0), scene(far=-250.0, between=-250.0)
    found, calm = (state_of(one, mean_devices(one.occupants)) for one in (hidden, apart))
    (group,) = found.offered

    assert calm.hits is None
    assert found.hits is not None
    assert 0.0 < found.hits.down.max() < 1.0
    assert (group.cells.down_hit_share > 0).all()
    assert carried_load(found).on_air.min() > carried_load(calm).on_air.max()
