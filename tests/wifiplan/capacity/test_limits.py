"""The people at which the links of the radios break."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wifiplan.answer import Link
from wifiplan.capacity import chain
from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.limits import MARGIN_SHARES, RADIO_LINKS, _breaks_at, derated, is_radio_link, links_of
from wifiplan.capacity.scene import Behaviour
from wifiplan.capacity.service import carried_load
from wifiplan.capacity.state import state_of
from wifiplan.capacity.wanted import PerPerson
from wifiplan.model import Design, Radio
from wifiplan.report import wording

EACH = PerPerson(connected=1.0, sessions=200.0, stay_h=12.0, mbps={"web": (0.5, 0.1)})


def test_every_link_has_its_words() -> None:
    """In both languages: what it is, and what moves it. `wording` refuses a key with one of them."""
    codes = {row.kind for row in RADIO_LINKS} | {row.kind for row in chain.CHAIN_LINKS}

    assert codes == {key.partition(".")[2] for key in wording.table() if key.startswith("moves.")}
    assert codes <= {key.partition(".")[2] for key in wording.table() if key.startswith("link.")}


def test_links_come_in_the_order_in_which_they_break(scene) -> None:
    """Two radios of 30 hold 60 people before anything else gives way; coverage holds."""
    found = scene(limit=30)
    links = links_of(found, state_of(found, mean_devices(found.occupants)), EACH)

    assert ("associations", pytest.approx(60, abs=1)) == (links[0].link, links[0].people)
    assert sorted(link.people for link in links) == [link.people for link in links]
    assert all(is_radio_link(link) for link in links)
    assert not is_radio_link(Link(kind="nat", method="MAP-E", people=1.0))


def test_air_beyond_full_radios_is_found_by_raising_their_limits(scene) -> None:
    """Two radios of 40 hold 80 people; with as many places as it takes, the air holds so many and no more."""
    full = scene(limit=40)
    links = {link.kind: link.people for link in links_of(full, state_of(full, mean_devices(full.occupants)), EACH)}
    air = links["airtime"]

    def holds(people: float) -> bool:
        """The answer for that crowd itself, at radios that nobody finds full."""
        larger = scene(limit=2000, people=people)
        busiest = state_of(larger, mean_devices(larger.occupants))
        carried = carried_load(busiest)
        return bool(busiest.busy.max() <= larger.design.requirement.max_busy_share and carried.keeps.all())

    assert 1.2 * links["associations"] < air
    assert holds(0.97 * air)
    assert not holds(1.05 * air)


def test_air_of_the_second_band_is_found_by_raising_the_first(two_radios: Design) -> None:
    """2.4 GHz breaks long after 5 GHz has: its figure is that of the crowd that breaks it, not of the one at 5 GHz's limit."""
    both = tuple(
        replace(
            ap, radios=(*(replace(one, client_limit=2000) for one in ap.radios), Radio(band="2.4", channel=1, client_limit=2000))
        )
        for ap in two_radios.access_points
    )
    design = replace(two_radios, access_points=both)
    mixed = Behaviour(only_2g4_share=0.1)
    people = {link.band: link.people for link in capacity(design, behaviour=mixed).links if link.kind == "airtime"}

    def busiest(share: float, band: str) -> float:
        crowd = tuple(replace(one, people=people[band] * share) for one in design.demands)
        found = capacity(replace(design, demands=crowd), behaviour=mixed, with_links=False)
        return max(max(one.busy_share / 0.7, one.delay_p95_ms / 100.0) for one in found.radios if one.band == band)

    assert {"2.4", "5"} == set(people)
    assert 1.1 * min(people.values()) < max(people.values())
    for band in people:
        assert busiest(0.97, band) < 1.0 < busiest(1.06, band)


def test_air_of_a_band_that_nobody_takes_yet_is_that_of_the_crowd_that_fills_the_others(two_radios: Design) -> None:
    """60 at 5 GHz, and then at 2.4 GHz whoever is left: its air has its limit, too."""
    both = tuple(
        replace(ap, radios=(Radio(band="5", channel=36, client_limit=50), Radio(band="2.4", channel=1, client_limit=50)))
        for ap in two_radios.access_points
    )
    design = replace(two_radios, access_points=both, demands=tuple(replace(one, people=20.0) for one in two_radios.demands))
    found = capacity(design)
    links = {(link.kind, link.band): link.people for link in found.links}

    assert [0.0, 0.0] == [load.clients for load in found.radios if load.band == "2.4"]
    assert links["associations", ""] > 80
    assert 20 < links["airtime", "2.4"]


@pytest.mark.parametrize("true", [0.002, 0.3, 1.0, 3.7, 20.0])
def test_where_a_band_breaks_is_found_from_a_guess_that_is_off(true: float) -> None:
    """Whatever the guess, what is told holds and a hundredth more does not; nothing holds a crowd for whom there is no room."""
    tried: list[int] = []

    def holds(factors: np.ndarray) -> np.ndarray:
        tried.append(len(factors))
        return factors <= true

    found = _breaks_at(holds, 1.0)

    assert true / 1.011 <= found <= true
    assert len(tried) <= 6
    assert 0.0 == _breaks_at(holds, 0.0)


def test_deratings_are_in_proportion(scene) -> None:
    """Half of the rate carries half the people, 65 % that much more."""
    found = scene()
    rows = derated(found, state_of(found, mean_devices(found.occupants)))
    people = {row.share: row.people for row in rows}

    assert set(MARGIN_SHARES) == set(people)
    assert 0.65 / 0.5 == pytest.approx(people[0.65] / people[0.5], rel=0.02)
