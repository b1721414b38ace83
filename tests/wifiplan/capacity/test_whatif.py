"""What people get wrong: each change shows what it does to a crowded hall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan.answer import Link, WhatIf
from wifiplan.capacity import demand, occupancy, whatif
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.scene import Behaviour
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Design, Network, Radio, Uplink
from wifiplan.radio import radiomap

TRACED: list[str] = []
"""Access points whose paths to the people were asked for, a band at a time."""


def _gains(_plan, access_points, points_m, **_options):
    points = np.asarray(points_m)
    if len(points) > 50:
        TRACED.extend(ap.name for ap in access_points)
    places = np.array([(ap.x_m, ap.y_m, ap.height_m) for ap in access_points])
    distance = np.linalg.norm(points[None] - places[:, None], axis=2)
    return -47.0 - 22.0 * np.log10(np.maximum(distance, 1.0))


@pytest.fixture(scope="module", autouse=True)
def _by_distance() -> Iterator[None]:
    """Paths by distance alone: all access points hear each other. Fewer places, for speed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(occupancy, "POINTS", 120)
        patch.setattr(radiomap, "gains_db", _gains)
        yield


@pytest.fixture(scope="module")
def hall() -> Design:
    """Four access points in a hall of spectators, at 5 GHz."""
    plan = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
    points = tuple(
        AccessPoint(
            name=f"AP-{i}",
            x_m=5.0 + 6.5 * i,
            y_m=7.5,
            height_m=6.0,
            radios=(Radio(band="5", channel=(36, 44, 100, 108)[i], client_limit=100),),
        )
        for i in range(4)
    )
    who = demand.demands(plan, "spectators", persons=250)
    network = Network(uplinks=(Uplink(name="fibre", down_mbps=2000.0, up_mbps=1000.0),))
    return Design(floor_plan=plan, access_points=points, demands=who, scenario="spectators", network=network)


@pytest.fixture(scope="module")
def rows(hall: Design) -> dict[str, WhatIf]:
    TRACED.clear()
    return {row.change: row for row in whatif.what_if(hall)}


def _people(link: Link | None) -> float:
    return 0.0 if link is None else link.people


def test_what_people_get_wrong(rows: dict[str, WhatIf]) -> None:
    """More access points on the same channels, wide channels, many SSIDs, one channel for all: each carries less."""
    base = rows["as_designed"]

    for change in ("doubled", "one_channel", "ssids_8", "hotspots"):
        assert rows[change].goodput_mbps < base.goodput_mbps, change
    for change in ("one_more", "wide_80", "one_channel", "ssids_8", "hotspots", "failure"):
        # Places on the radios end first in this hall; what leaves them as they are cannot make them fewer.
        fewer = _people(rows[change].radio_weakest) < _people(base.radio_weakest)
        same = rows[change].radio_weakest == base.radio_weakest
        assert fewer or (same and change in {"wide_80", "ssids_8", "hotspots"}), change
    assert rows["one_more"].goodput_mbps <= 1.02 * base.goodput_mbps


def test_2_4_ghz(hall: Design) -> None:
    """Beside a full 5 GHz radio: an old device near costs, a higher basic rate gains, and without it there is less."""
    radios = (Radio(band="2.4", channel=1, client_limit=100), Radio(band="5", channel=36, client_limit=20))
    single = replace(hall.access_points[1], radios=radios)
    who = demand.demands(hall.floor_plan, "spectators", persons=60)
    design = replace(hall, access_points=(single,), demands=who)
    base = capacity(design, with_links=False)
    found = {
        one.name: capacity(one.design, behaviour=one.behaviour, with_links=False)
        for one in whatif._changes(design, Behaviour(), base)
    }

    assert found["with_11b"].goodput_mbps < base.goodput_mbps < found["basic_rate"].goodput_mbps
    assert found["no_2g4"].served < base.served
    assert "failure" not in found


def test_a_line_that_is_too_thin_is_the_weakest_link(rows: dict[str, WhatIf]) -> None:
    """The radios are as before; LTE carries far fewer people, and is named."""
    base, lte = rows["as_designed"], rows["lte"]

    assert (base.radio_weakest, base.goodput_mbps) == (lte.radio_weakest, lte.goodput_mbps)
    assert lte.weakest is not None
    assert "uplink" == lte.weakest.kind
    assert lte.weakest.people < _people(base.weakest)


def test_only_changes_that_the_design_can_have(hall: Design) -> None:
    """One band has no other to switch off; a single access point none to lose; a second line is tried first."""
    two_lines = replace(hall.network, uplinks=(*hall.network.uplinks, whatif.LTE))
    design = replace(hall, access_points=hall.access_points[:1], network=two_lines)
    found = {one.name for one in whatif._changes(design, Behaviour(), capacity(design, with_links=False))}

    assert not {"no_2g4", "failure", "basic_rate", "with_11b"} & found
    assert {"one_more", "uplink_fails"} <= found
    assert found <= set(whatif.SAYS)


def test_each_says_what_it_changes(rows: dict[str, WhatIf]) -> None:
    """Each with its sentence, and the change against the design as it is."""
    base, more = rows["as_designed"], rows["one_more"]

    assert 0.0 == base.goodput_change
    assert all(row.what == whatif.SAYS[row.change] for row in rows.values())
    assert more.goodput_change == pytest.approx(more.goodput_mbps / base.goodput_mbps - 1, abs=1e-3)


def test_paths_are_traced_once(rows: dict[str, WhatIf]) -> None:
    """Of the changes, only the access points that they add are traced, and these once."""
    assert len(rows) > 10
    assert {f"AP-{i}{more}" for i in range(4) for more in ("", " again")} == set(TRACED[:8])


def test_more_people_and_more_devices_are_served_less_whole(hall: Design) -> None:
    """A row each; the served share never rises with the crowd, and the design's own row is its own answer."""
    rows = whatif.crowds(hall, ((0.5, 1.0), (1.0, 1.0), (4.0, 1.0), (1.0, 3.0)), draws=20)
    own = capacity(hall)

    assert [125.0, 250.0, 1000.0, 250.0] == [row.people for row in rows]
    assert own.served == pytest.approx(rows[1].served, abs=0.1)
    assert rows[0].served / 125.0 >= rows[1].served / 250.0 >= rows[2].served / 1000.0
    assert rows[3].devices_per_person == pytest.approx(3 * rows[1].devices_per_person)
    assert rows[3].served <= rows[1].served
    with pytest.raises(DesignError, match="nobody is in the design"):
        whatif.crowds(replace(hall, demands=()))
