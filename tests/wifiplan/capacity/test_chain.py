"""The links behind the radios: published examples, shaping, and for each link a design that just it holds back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan import model
from wifiplan.capacity import chain, demand
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.wanted import PerPerson
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Demand, Design, Network, Radio, Requirement, Uplink


class TestTurnover:
    def test_addresses_of_those_who_left(self) -> None:
        """200 devices that stay 2 h with a lease of 1 h hold 100 addresses more."""
        assert 300.0 == chain.leased(200, lease_s=3600, stay_h=2.0)

    def test_a_short_lease_wastes_little(self) -> None:
        assert chain.leased(100, lease_s=600, stay_h=24.0) == pytest.approx(100.7, abs=0.01)


MIX = {"text": (0.01, 0.01), "voice": (0.02, 0.02), "web": (0.3, 0.02), "upload": (0.0, 0.2), "video": (1.0, 0.05)}


class TestShaping:
    def test_a_full_line_carries_text_and_voice_first(self) -> None:
        """Satellite for 300 people: 3 and 6 Mbit/s of text and voice up fit into 9; the rest is cut, video first."""
        offered = {kind: (300 * down, 300 * up) for kind, (down, up) in MIX.items()}
        shares = chain.shaped(offered, down_mbps=100.0, up_mbps=18.0)

        assert 1.0 == shares["text"] == shares["voice"]
        assert shares["video"] < shares["upload"] < 1.0

    def test_nothing_is_cut_on_a_wide_line(self) -> None:
        assert {1.0} == set(chain.shaped(MIX, down_mbps=10.0, up_mbps=10.0).values())

    def test_no_more_is_carried_than_the_line_has(self) -> None:
        """On random lines: the sum of what is carried fits, and a lower class gets nothing while a higher one is cut."""
        rng = np.random.default_rng(0)
        for _ in range(50):
            offered = {kind: tuple(rng.uniform(0, 50, 2)) for kind in MIX}
            down, up = rng.uniform(0, 100, 2)
            shares = chain.shaped(offered, down_mbps=down, up_mbps=up)

            assert sum(share * offered[kind][0] for kind, share in shares.items()) <= down + 0.02
            assert sum(share * offered[kind][1] for kind, share in shares.items()) <= up + 0.02
            assert all(0 <= share <= 1 for share in shares.values())

    def test_a_dead_line_carries_nothing(self) -> None:
        assert {0.0} == set(chain.shaped(MIX, down_mbps=0.0, up_mbps=0.0).values())

    def test_failing_over(self) -> None:
        """Each line in order of preference: fewer people whole, but text and voice of many more."""
        each = PerPerson(connected=1.0, sessions=200.0, stay_h=12.0, mbps=MIX)
        network = Network(
            uplinks=(
                Uplink(name="fibre", down_mbps=900.0, up_mbps=300.0),
                Uplink(name="satellite", kind="satellite", down_mbps=166.0, up_mbps=18.0),
            )
        )
        fibre, satellite = chain.failover(network, each, 500)

        assert {1.0} == set(fibre.carried.values())
        assert satellite.people == int(0.9 * 18.0 / 0.3)
        assert satellite.people_text_voice == int(0.9 * 18.0 / 0.03)
        assert 1.0 == satellite.carried["voice"]


class TestPower:
    def test_poe(self) -> None:
        """A switch of 124 W feeds eight access points of 15.4 W."""
        assert 8 == chain.powered(Network(poe_w=124.0))
        assert chain.powered(Network()) is None

    def test_battery(self) -> None:
        """1,000 Wh at 90 % for 12 h are 75 W: less 30 W for switch and router, two access points of 15.4 W."""
        network = Network(battery_wh=1000.0, battery_hours=12.0)

        assert 2 == chain.lasting(network)
        assert chain.battery_hours(network, 2) == pytest.approx(900 / 60.8)
        assert 0 == chain.lasting(replace(network, battery_wh=100.0))
        assert chain.battery_hours(Network(), 2) is None


# ---------------------------------------------------------------------------------------- the link that just holds back

AMPLE = Network(
    dhcp_addresses=10_000,
    nat_sessions=2_000_000,
    uplinks=(Uplink(name="fibre", down_mbps=5_000.0, up_mbps=5_000.0),),
    poe_w=1_000.0,
    battery_wh=100_000.0,
)
"""Every link known, none near."""


def _flat(_plan: object, access_points: list[AccessPoint], points: np.ndarray, **_options: object) -> np.ndarray:
    return np.full((len(access_points), len(points)), -55.0)


def _design(network: Network = AMPLE, *, limit: int = 100, people: float = 100.0, **asked: float) -> Design:
    """Four access points on channels of their own in one hall, everybody near."""
    radios = [Radio(band="5", channel=channel, client_limit=limit) for channel in (36, 44, 52, 60)]
    points = tuple(
        AccessPoint(name=f"AP-{i}", x_m=5 + 6 * i, y_m=7.5, height_m=6.0, radios=(radio,)) for i, radio in enumerate(radios)
    )
    one = Demand(
        zone="hall",
        people=people,
        devices_per_person=1.0,
        associated_share=1.0,
        active_share=asked.get("active_share", 0.2),
        down_mbps=asked.get("down_mbps", 0.3),
        up_mbps=asked.get("up_mbps", 0.1),
    )
    plan = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
    return Design(floor_plan=plan, access_points=points, demands=(one,), requirement=Requirement(), network=network)


def _links(design: Design) -> list[tuple[str, float]]:
    return [(link.link, link.people) for link in capacity(design, gains_db=_flat, points_per_zone=60).links]


BINDING = {
    "dhcp": (replace(AMPLE, dhcp_addresses=130), AMPLE, 120),
    "nat": (replace(AMPLE, nat_sessions=20_000), AMPLE, 100),
    "nat MAP-E": (replace(AMPLE, map_e_ports=24_000), AMPLE, 120),
    "uplink": (replace(AMPLE, uplinks=(Uplink(name="LTE", kind="lte", down_mbps=10.0, up_mbps=5.0),)), AMPLE, 150),
    "poe": (replace(AMPLE, poe_w=35.0), AMPLE, 200),
    "battery": (replace(AMPLE, battery_wh=800.0, battery_hours=18.0, other_w=20.0), AMPLE, 100),
}
"""Link -> a network in which just it binds, the one in which it is raised, and the people that it carries."""


class TestWeakestLink:
    @pytest.mark.parametrize("link", BINDING)
    def test_just_this_one_binds_and_raising_it_names_the_next(self, link: str) -> None:
        """The people are those of the arithmetic: 130 addresses at 1 + 1 h / 12 h each, 20,000 sessions of 200, ..."""
        network, raised, people = BINDING[link]
        before, after = _links(_design(network)), _links(_design(raised))

        assert link == before[0][0]
        assert people == pytest.approx(before[0][1], rel=0.02)
        assert before[1] == after[0]
        assert "associations" == after[0][0]
        assert after[0][1] == pytest.approx(400, rel=0.01)

    def test_associations(self) -> None:
        """Four radios of 30 clients hold 120; with 60 each, 240; with plenty, airtime is next."""
        for limit in (30, 60):
            link, people = _links(_design(limit=limit))[0]

            assert "associations" == link
            assert people == pytest.approx(4 * limit, rel=0.01)
        assert "airtime 5 GHz" == _links(_design(limit=2000))[0][0]

    def test_airtime(self) -> None:
        """Heavy use fills the air first; lighter use names the client limit."""
        heavy = _links(_design(active_share=1.0, down_mbps=3.0, up_mbps=1.0))

        assert "airtime 5 GHz" == heavy[0][0]
        assert heavy[0][1] < 100
        assert "associations" == _links(_design())[0][0]

    def test_coverage(self) -> None:
        """A tenth of the people in no radio's reach: those covered are carried, and a nearer access point names the next."""

        def dark(_plan: object, access_points: list[AccessPoint], points: np.ndarray, **_options: object) -> np.ndarray:
            points = np.asarray(points)
            reached = (points[:, 2] > 3) | (points[:, 0] < 26.9)
            return np.where(reached, -55.0, -200.0) * np.ones((len(access_points), 1))

        found = capacity(_design(), gains_db=dark, points_per_zone=400).links

        assert "coverage" == found[0].link
        assert found[0].people == pytest.approx(90, abs=2)
        assert "nearer" in found[0].what_moves_it

    def test_what_nobody_told_is_unknown(self) -> None:
        """Not ample: listed by name, and judged when told."""
        assert ("dhcp", "nat", "uplink", "poe", "battery") == chain.unknown(Network())
        assert () == chain.unknown(AMPLE)
        assert ("dhcp", "uplink", "poe", "battery") == chain.unknown(Network(map_e_ports=240))

    def test_more_clients_than_addresses(self) -> None:
        """Said in words, with the number that gets none."""
        found = capacity(_design(replace(AMPLE, dhcp_addresses=50)), gains_db=_flat, points_per_zone=60)

        assert any("109 addresses are needed" in warning and "59 devices get none" in warning for warning in found.warnings)


class TestNetworkFile:
    def test_it_reads(self, tmp_path) -> None:
        path = tmp_path / "net.toml"
        path.write_text('nat_sessions = 4096\n[[uplinks]]\nname = "fibre"\ndown_mbps = 300\nup_mbps = 100\n', encoding="utf-8")

        assert (4096, 300.0) == (model.load_network(path).nat_sessions, model.load_network(path).uplinks[0].down_mbps)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("nat_session = 1", "nat_session"),
            ("dhcp_addresses = -1", "dhcp_addresses"),
            ("dhcp_lease_s = 0", "dhcp_lease_s"),
            ("battery_wh = nan", "battery_wh"),
            ("poe_w = 1e12", "poe_w"),
            ("[[uplinks]]\nname = 'x'\ndown_mbps = -5\nup_mbps = 1", "down_mbps"),
            ("[[foreign]]\nband = '5'\nchannel = 36\nbusy_share = 1.4", "busy_share"),
            ("poe_w = ", "not TOML"),
        ],
    )
    def test_a_wrong_one_says_where(self, tmp_path, text: str, says: str) -> None:
        path = tmp_path / "net.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DesignError, match=r"net\.toml") as error:
            model.load_network(path)

        assert says in str(error.value)

    def test_a_design_keeps_it(self, tmp_path) -> None:
        """And one written before there was a network reads with none known."""
        design = _design()
        model.save(design, tmp_path / "d.json")

        assert design == model.load(tmp_path / "d.json")
        data = model.to_json(design)
        del data["network"]
        (tmp_path / "old.json").write_text(json.dumps(data), encoding="utf-8")
        assert Network() == model.load(tmp_path / "old.json").network


def test_per_person_figures_follow_the_scenario() -> None:
    """A shelter's day 1 per person: 0.88 connected devices, 176 sessions, its applications' mix."""
    plan = floorplans.sample("gym")
    design = Design(
        floor_plan=plan,
        access_points=_design().access_points,
        demands=demand.demands(plan, "shelter-day1", persons=100),
        scenario="shelter-day1",
        network=AMPLE,
    )
    found = dict(_links(design))
    one = demand.find_scenario("shelter-day1")

    assert found["nat"] == int(2_000_000 / (1.1 * 0.8 * 200))
    assert found["uplink"] == int(0.9 * 5_000 / (1.1 * 0.8 * 0.35 * one.down_mbps) + 1e-6)
