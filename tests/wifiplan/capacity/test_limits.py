"""The people at which the links of the radios break."""

from __future__ import annotations

import pytest

from wifiplan.answer import Link
from wifiplan.capacity import chain
from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.limits import MARGIN_SHARES, RADIO_LINKS, derated, is_radio_link, links_of
from wifiplan.capacity.state import state_of
from wifiplan.capacity.wanted import PerPerson
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


def test_deratings_are_in_proportion(scene) -> None:
    """Half of the rate carries half the people, 65 % that much more."""
    found = scene()
    rows = derated(found, state_of(found, mean_devices(found.occupants)))
    people = {row.share: row.people for row in rows}

    assert set(MARGIN_SHARES) == set(people)
    assert 0.65 / 0.5 == pytest.approx(people[0.65] / people[0.5], rel=0.02)
