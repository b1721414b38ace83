"""What radios and their clients hear of each other."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.capacity.association import rssi_at
from wifiplan.capacity.devices import drawn_devices, mean_devices
from wifiplan.capacity.overheard import interference_mw, overheard_of, waits_of
from wifiplan.capacity.tallies import sums_of


@pytest.mark.parametrize(("between", "disturbs"), [(-60.0, False), (-150.0, True)])
def test_only_those_that_do_not_wait_disturb(scene, between: float, disturbs: bool) -> None:
    """Two access points whose clients hear both: power of the other reaches a client where the two do not take turns."""
    found = scene(between=between)
    devices = mean_devices(found.occupants)
    rssi = rssi_at(found, devices, devices.place)
    serving = rssi.argmax(axis=0)
    sums = sums_of(serving, 2)
    heard = overheard_of(found, devices, sums=sums, rssi=rssi, power_up=devices.kind_power_dbm[devices.kind])
    ones = np.ones((1, 2))
    given = {"sums": sums, "heard": heard, "activity": ones, "down_part": ones}
    down_mw, _ = interference_mw(found, serving, rssi, **given, adjacent_only=False)
    left_mw, _ = interference_mw(found, serving, rssi, **given, adjacent_only=True)

    assert disturbs == bool((down_mw > 0).all())
    assert (left_mw == 0).all()  # on one channel they collide, which is no noise
    assert (not disturbs) == bool((down_mw == 0).all())
    assert (0.0 if disturbs else 1.0) == waits_of(found, heard, np.ones((1, 2)))[0, 0, 1]


def test_what_is_overheard_is_counted_client_by_client(scene) -> None:
    """Of whole devices behind their own fading: the same shares and powers as when each is asked by itself."""
    found = scene(near=-70.0, far=-95.0, between=-150.0)
    devices = drawn_devices(found.occupants, sticky_share=0.0, aps=2, draws=range(3), seed=0, fading_db=6.0)
    rssi = rssi_at(found, devices, devices.place)
    serving = np.where(devices.weight > 0, rssi.argmax(axis=0), -1)
    sent = devices.kind_power_dbm[devices.kind]
    heard = overheard_of(found, devices, sums=sums_of(serving, 2), rssi=rssi, power_up=sent)
    spill, level = found.spill_db[0, 1], found.threshold_dbm[0, 1]
    for draw in range(3):
        mine, theirs = (np.flatnonzero((serving[draw] == r) & (devices.active[draw] > 0)) for r in (0, 1))
        at_me = rssi[0, draw, theirs] - found.power_dbm[0] + sent[draw, theirs] + spill
        waiting = rssi[1, draw, mine] + spill >= level

        assert np.mean(at_me >= level) == pytest.approx(heard.of_clients[draw, 0, 1])
        assert np.mean(waiting) == pytest.approx(heard.by_clients[draw, 0, 1])
        assert np.mean(np.where(at_me >= level, 0.0, 10 ** (at_me / 10))) == pytest.approx(heard.hidden_mw[draw, 0, 1])
    assert 0 < heard.by_clients[:, 0, 1].max()
    assert heard.of_clients[:, 0, 1].min() < 1
    assert 0.0 == heard.by_clients[0, 0, 0]
