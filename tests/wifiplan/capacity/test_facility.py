"""The facility against one cell, what radios and clients hear of each other, crowds drawn at random, and bad input."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import floorplans
from wifiplan import model
from wifiplan.airtime import cell_file, wifi
from wifiplan.answer import Capacity, capacity_to_json
from wifiplan.capacity import demand, spread
from wifiplan.capacity.demand import Application, ClientKind, Figure, Scenario
from wifiplan.capacity.devices import drawn_devices
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.occupancy import occupants_of
from wifiplan.capacity.scene import Behaviour
from wifiplan.capacity.wanted import wanted_of
from wifiplan.cli import main
from wifiplan.errors import DesignError, RadioError
from wifiplan.model import AccessPoint, Demand, Design, ForeignBusy, Network, Radio, Requirement, Ssid

PLAN = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
PLAIN = Behaviour(packet_error_share=0.0, overhead=False)
"""As a cell of `airtime` is: no retries, nothing of probes and broadcasts."""


def _figure(value: float) -> Figure:
    return Figure(value=value, assumption="test")


def _kind(standard: str = "ax", streams: int = 2, bands: tuple[str, ...] = ("2.4", "5", "6"), power: float = 17.0) -> ClientKind:
    return ClientKind(
        name=f"{standard}{streams}",
        share=_figure(1.0),
        standard=standard,  # type: ignore[arg-type]
        streams=streams,
        bands=bands,  # type: ignore[arg-type]
        tx_power_dbm=_figure(power),
    )


def _scenario(
    *kinds: ClientKind, down: float = 1.0, up: float = 0.5, active: float = 1.0, name: str = "test", **more: object
) -> Scenario:
    """Everybody with one device, all alike, all at one application."""
    kinds = kinds or (_kind(),)
    one = Application(name="all", share=_figure(1.0), down_mbps=_figure(down), up_mbps=_figure(up))
    return Scenario(
        title_ja="試験",
        title_en="test",
        persons_per_m2=_figure(0.1),
        devices_per_person=_figure(1.0),
        associated_share=_figure(1.0),
        active_share=_figure(active),
        client_height_m=_figure(1.0),
        obstruction_db=_figure(0.0),
        applications=(one,),
        hours=(1.0,) * 24,
        clients=tuple(replace(kind, share=_figure(1 / len(kinds))) for kind in kinds),
        name=name,
        **more,  # type: ignore[arg-type]
    )


def _access_point(
    name: str, x_m: float, channel: int = 36, *, band: str = "5", width_mhz: int = 20, power: float = 17.0, limit: int = 2000
) -> AccessPoint:
    radio = Radio(band=band, channel=channel, width_mhz=width_mhz, tx_power_dbm=power, client_limit=limit)  # type: ignore[arg-type]
    return AccessPoint(name=name, x_m=x_m, y_m=7.5, height_m=6.0, radios=(radio,))


def _design(*access_points: AccessPoint, **more: object) -> Design:
    return Design(floor_plan=PLAN, access_points=access_points, **more)  # type: ignore[arg-type]


class _Gains:
    """Path gains by hand: `near` in an access point's own half of the hall, `far` in the other, `between` access points."""

    def __init__(self, near: float = -50.0, far: float = -55.0, between: float = -50.0) -> None:
        self.near, self.far, self.between = near, far, between

    def __call__(self, _plan, access_points, points_m, **_options):
        points = np.asarray(points_m)
        if (points[:, 2] > 3).all():
            return np.full((len(access_points), len(points)), self.between)
        return np.array([np.where((points[:, 0] < 15) == (ap.x_m < 15), self.near, self.far) for ap in access_points])


def _of(design: Design, people: float, gains: object = None, **options: object) -> Capacity:
    options.setdefault("scenario", _scenario())
    options.setdefault("behaviour", PLAIN)
    return capacity(design, persons=people, gains_db=gains or _Gains(), points_per_zone=50, **options)  # type: ignore[arg-type]


PAIR = (_access_point("a", 5.0), _access_point("b", 25.0))


class TestAgainstTheCell:
    @pytest.mark.parametrize("direction", ["down", "up", "both"])
    @pytest.mark.parametrize(
        ("standard", "streams", "mcs", "width_mhz"), [("ax", 2, 11, 20), ("ac", 1, 8, 20), ("ax", 1, 11, 80)]
    )
    def test_one_access_point_is_one_cell(self, direction: str, standard: str, streams: int, mcs: int, width_mhz: int) -> None:
        """20 identical clients, all queues full: the goodput of `airtime`, within 1 %."""
        who = _scenario(_kind(standard, streams))
        found = _of(_design(_access_point("a", 5.0, width_mhz=width_mhz)), 20, scenario=who, direction=direction)
        cell = {"standard": standard, "streams": streams, "width_mhz": width_mhz, "clients": [{"mcs": mcs, "count": 20}]}

        assert cell_file.answer(cell | {"direction": direction})["goodput_mbps"] == pytest.approx(found.goodput_mbps, rel=0.01)

    @pytest.mark.parametrize(("people", "rate"), [(20, 0.5), (60, 1.0), (90, 1.5), (400, 1.0)])
    def test_offered_load_is_one_cell(self, people: int, rate: float) -> None:
        """Carried, time on the air and delay of so many clients at so many Mbit/s each are those of `airtime`, within 1 %."""
        found = _of(_design(_access_point("a", 5.0)), people, scenario=_scenario(down=rate, up=0.0)).radios[0]
        cell = cell_file.answer({"streams": 2, "clients": [{"mcs": 11, "count": people}], "rate_mbps": rate})

        assert cell["goodput_mbps"] == pytest.approx(found.carried_mbps, rel=0.01)
        # An access point's counter sees others' frames up to 4 us after they begin.
        assert found.on_air_share == pytest.approx(cell["busy_share"], rel=0.06)
        assert found.on_air_share <= cell["busy_share"]
        assert cell["delay_p95_ms"] == pytest.approx(found.delay_p95_ms, rel=0.02, abs=0.1)

    @pytest.mark.parametrize("direction", ["down", "up", "both"])
    def test_two_that_hear_each_other_are_two_bss_of_a_cell(self, direction: str) -> None:
        """20 clients each, on one channel: `bss: 2`, within 1 %."""
        found = _of(_design(*PAIR), 40, direction=direction)
        cell = cell_file.answer({"streams": 2, "clients": [{"mcs": 11, "count": 20}], "bss": 2, "direction": direction})

        assert cell["goodput_mbps"] == pytest.approx(found.goodput_mbps, rel=0.01)
        assert ("b",) == found.radios[0].shares_air_with

    @pytest.mark.parametrize("direction", ["down", "up", "both"])
    def test_two_that_are_deaf_to_each_other_are_two_cells(self, direction: str) -> None:
        """Nothing of one reaches the other or its clients: twice one cell, within 1 %."""
        found = _of(_design(*PAIR), 40, _Gains(far=-250.0, between=-250.0), direction=direction)
        cell = cell_file.answer({"streams": 2, "clients": [{"mcs": 11, "count": 20}], "direction": direction})

        assert 2 * cell["goodput_mbps"] == pytest.approx(found.goodput_mbps, rel=0.01)
        assert () == found.radios[0].shares_air_with

    def test_a_different_load_in_each_cell(self) -> None:
        """32 clients on one, 8 on the other, equally often on the air: each carries half of `bss: 2` down."""

        def uneven(_plan, access_points, points_m, **_options):
            points = np.asarray(points_m)
            if (points[:, 2] > 3).all():
                return np.full((len(access_points), len(points)), -50.0)
            return np.array([np.where((points[:, 0] < 24.0) == (ap.x_m < 15), -50.0, -55.0) for ap in access_points])

        found = _of(_design(*PAIR), 40, uneven)
        cell = cell_file.answer({"streams": 2, "clients": [{"mcs": 11, "count": 20}], "bss": 2})

        assert [32, 8] == [pytest.approx(radio.clients, abs=0.5) for radio in found.radios]
        for radio in found.radios:
            assert cell["goodput_mbps"] / 2 == pytest.approx(radio.goodput_mbps, rel=0.01)

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(
        st.integers(1, 6), st.sampled_from([20, 40, 80]), st.sampled_from([("ax", 2), ("ac", 2), ("n", 1)]), st.integers(5, 60)
    )
    def test_one_more_on_a_used_channel_adds_nothing(
        self, count: int, width_mhz: int, kind: tuple[str, int], people: int
    ) -> None:
        """In a hall where all hear each other and every signal is good: at most 2 % more than before, at fixed channels."""
        who = _scenario(_kind(*kind))
        points = tuple(_access_point(f"a{i}", 1.0 + 4 * i, width_mhz=width_mhz) for i in range(count + 1))
        before, after = (
            _of(_design(*points[:some]), people, _Gains(far=-50.0), scenario=who, with_links=False).goodput_mbps
            for some in (count, count + 1)
        )

        assert after <= 1.02 * before

    def test_in_a_traced_hall_too(self) -> None:
        """The sample gym with real paths, one to four access points all on channel 36: each takes from the whole."""
        plan = floorplans.sample("gym")
        points = tuple(
            AccessPoint(name=f"a{i}", x_m=x, y_m=y, height_m=6.0, radios=(Radio(band="5", channel=36, client_limit=2000),))
            for i, (x, y) in enumerate([(14, 12), (24, 8), (8, 18), (28, 20)])
        )
        who = demand.demands(plan, "shelter-day1", persons=200)
        design = Design(floor_plan=plan, access_points=points, demands=who, scenario="shelter-day1")
        total = [
            capacity(replace(design, access_points=points[:count]), points_per_zone=60, with_links=False).goodput_mbps
            for count in (1, 2, 3, 4)
        ]

        assert all(after <= 1.02 * before for before, after in itertools.pairwise(total))


class TestWhoHearsWhom:
    def test_hidden_access_points_hit_each_others_frames(self) -> None:
        """On one channel, deaf to each other, 19 dB between own and other: frames go again and wait, as they do not on two."""
        hidden = _Gains(near=-85.0, far=-104.0, between=-150.0)
        same = _of(_design(*PAIR), 40, hidden)
        apart = _of(_design(PAIR[0], _access_point("b", 25.0, 104)), 40, hidden)

        assert same.radios[0].on_air_share > 1.3 * apart.radios[0].on_air_share
        assert same.radios[0].delay_p95_ms > 3 * apart.radios[0].delay_p95_ms
        assert same.served < apart.served
        assert () == same.radios[0].shares_air_with
        assert same.goodput_mbps < 0.8 * apart.goodput_mbps

    @pytest.mark.parametrize(("level_dbm", "waits"), [(-81.0, True), (-83.0, False)])
    def test_a_preamble_is_heard_down_to_82_dbm(self, level_dbm: float, waits: bool) -> None:
        """-82 dBm at 20 MHz (17.3.10.6)."""
        found = _of(_design(*PAIR), 40, _Gains(far=-200.0, between=level_dbm - 17.0))

        assert waits == bool(found.radios[0].shares_air_with)

    @pytest.mark.parametrize(("level_dbm", "waits"), [(-61.0, True), (-63.0, False)])
    def test_what_overlaps_off_the_raster_is_energy(self, level_dbm: float, waits: bool) -> None:
        """2.4 GHz channels 1 and 3 share half of their spectrum: only above -62 dBm, of the half that overlaps."""
        pair = (_access_point("a", 5.0, 1, band="2.4"), _access_point("b", 25.0, 3, band="2.4"))
        half_db = 10 * math.log10(wifi.overlap_share("2.4", 1, 20, 3, 20))
        found = _of(_design(*pair), 40, _Gains(far=-200.0, between=level_dbm - 17.0 - half_db))

        assert waits == bool(found.radios[0].shares_air_with)

    @pytest.mark.parametrize(("level_dbm", "waits"), [(-71.0, True), (-73.0, False)])
    def test_a_frame_on_a_secondary_channel(self, level_dbm: float, waits: bool) -> None:
        """An 80 MHz radio on 36 waits for one on 48 from -72 dBm (21.3.18.5.4)."""
        pair = (_access_point("a", 5.0, 36, width_mhz=80), _access_point("b", 25.0, 48))
        found = _of(_design(*pair), 40, _Gains(far=-200.0, between=level_dbm - 17.0))

        assert waits == bool(found.radios[0].shares_air_with)

    def test_obss_pd_is_off_unless_asked_for(self) -> None:
        """At -80 dBm it is heard; with OBSS-PD at 17 dBm, the threshold is -82 + 21 - 17 = -78 dBm (26.10.2.4)."""
        gains = _Gains(far=-200.0, between=-97.0)
        talking_over = replace(PLAIN, obss_pd=True)

        assert ("b",) == _of(_design(*PAIR), 40, gains).radios[0].shares_air_with
        assert () == _of(_design(*PAIR), 40, gains, behaviour=talking_over).radios[0].shares_air_with

    def test_clients_between_two_deaf_access_points_share_the_air_in_part(self) -> None:
        """Access points are deaf, clients hear both: only their uplink waits, so part of the other's airtime counts."""
        heard = _of(_design(*PAIR), 40, _Gains(near=-60.0, far=-95.0, between=-200.0)).radios[0]
        alone = _of(_design(*PAIR), 40, _Gains(near=-60.0, far=-200.0, between=-200.0)).radios[0]

        assert ("b",) == heard.shares_air_with
        assert alone.busy_share < heard.busy_share < 2 * alone.busy_share

    def test_adjacent_channels_cost_some_rate(self) -> None:
        """36 beside 40 spills -28 dB, which leaves 29 dB of signal; beside 44 -40 dB, which are not missed at 41 dB."""
        rates = [
            _of(_design(PAIR[0], _access_point("b", 25.0, channel)), 40, _Gains(near=-55.0, far=-56.0)).goodput_mbps
            for channel in (40, 44, 64)
        ]

        assert rates[0] < 0.7 * rates[1]
        assert rates[1] == rates[2]


class TestAssociation:
    def test_the_strongest_serves(self) -> None:
        """Half of the hall each."""
        found = _of(_design(_access_point("a", 5.0), _access_point("b", 25.0, 44)), 40)

        assert [20, 20] == [pytest.approx(radio.clients, abs=0.1) for radio in found.radios]

    @pytest.mark.parametrize(("preference_db", "on_5"), [(8.0, 40), (0.0, 0)])
    def test_5_ghz_is_preferred(self, preference_db: float, on_5: float) -> None:
        """It is 6 dB weaker here: liked better by 8 dB it is taken by all, without preference by none."""
        radios = (Radio(band="2.4", channel=1, client_limit=999), Radio(band="5", channel=36, client_limit=999))
        ap = AccessPoint(name="a", x_m=15.0, y_m=7.5, height_m=6.0, radios=radios)

        def by_band(_plan, access_points, points_m, *, frequency_mhz):
            return np.full((len(access_points), len(points_m)), -50.0 if frequency_mhz < 3000 else -56.0)

        found = _of(_design(ap), 40, by_band, behaviour=replace(PLAIN, band_preference_db=preference_db))

        assert on_5 == pytest.approx(found.radios[1].clients)

    def test_a_full_radio_turns_away_to_the_next(self) -> None:
        """60 people: 25 at the first of 25, the others where there is room; 20 too many find none."""
        pair = (_access_point("a", 5.0, limit=25), _access_point("b", 25.0, 44, power=10.0, limit=15))
        found = _of(_design(*pair), 60, _Gains(far=-50.0))

        assert [25, 15] == [pytest.approx(radio.clients, abs=1.6) for radio in found.radios]
        assert all(radio.clients <= (radio.client_limit or 0) for radio in found.radios)
        assert found.zones[0].turned_away == pytest.approx(20, abs=3)
        assert found.zones[0].no_signal == 0.0

    def test_sticky_devices_stay_where_they_came_in(self) -> None:
        """All sticky: half of those in each half came from the other one, and are lost in what the nearer one spills."""
        design = _design(_access_point("a", 5.0), _access_point("b", 25.0, 44))
        gains = _Gains(near=-50.0, far=-90.0)
        free, sticky = (
            _of(design, 60, gains, draws=20, behaviour=replace(PLAIN, sticky_share=share)).spread["served"].p50
            for share in (0.0, 1.0)
        )

        assert 60 == free
        assert sticky < 45

    def test_below_the_lowest_rate_is_no_service(self) -> None:
        """A phone of -10 dBm hears its access point well but is not heard: all without service, and said so."""
        found = _of(_design(_access_point("a", 5.0)), 20, _Gains(near=-85.0, far=-85.0), scenario=_scenario(_kind(power=-10.0)))

        assert 20.0 == found.zones[0].no_signal == found.zones[0].unserved
        assert 0.0 == found.served
        assert ("coverage", 0) == (found.links[0].link, found.links[0].people)

    def test_uplink_and_downlink_apart(self) -> None:
        """A weaker phone costs airtime on the way up only."""
        strong, weak = (
            _of(_design(_access_point("a", 5.0)), 20, _Gains(near=-75.0, far=-75.0), scenario=_scenario(_kind(power=power)))
            for power in (17.0, 5.0)
        )

        assert weak.radios[0].own_busy_share > 1.1 * strong.radios[0].own_busy_share
        assert weak.goodput_mbps == pytest.approx(strong.goodput_mbps)


class TestDevices:
    def test_older_devices_take_more_air(self) -> None:
        """802.11n with one stream against 802.11ax with two."""
        old, new = (
            _of(_design(_access_point("a", 5.0)), 20, scenario=_scenario(_kind(standard, streams))).radios[0].own_busy_share
            for standard, streams in (("n", 1), ("ax", 2))
        )

        assert old > 2.5 * new

    def test_calls_take_air_by_the_packet(self) -> None:
        """Ten calls of 40 kbit/s in packets of 100 B: 1,000 PPDUs a second of 52 + 13.6 us, BlockAck 32, spaces 59."""
        web = _scenario(down=0.04, up=0.04)
        call = replace(web, applications=(replace(web.applications[0], kind="voice", packet_bytes=_figure(100)),))
        calls, pages = (_of(_design(_access_point("a", 5.0)), 10, scenario=who).radios[0] for who in (call, web))

        assert 1000 * (52 + 13.6 + 32 + 59) * 1e-6 == pytest.approx(calls.own_busy_share, rel=0.03)
        assert pages.own_busy_share < 0.03 * calls.own_busy_share
        assert calls.offered_mbps == pages.offered_mbps
        assert calls.on_air_share > pages.on_air_share

    def test_a_share_with_2_4_ghz_only_needs_a_radio_there(self) -> None:
        """One in ten: without service at 5 GHz alone."""
        found = _of(_design(_access_point("a", 5.0)), 50, behaviour=replace(PLAIN, only_2g4_share=0.1))

        assert 5.0 == pytest.approx(found.zones[0].no_signal)

    @pytest.mark.parametrize(
        ("security", "ssids", "served"),
        [
            ("open", (), 0.0),
            ("wpa3", (), 20.0),
            ("open", (Ssid(name="city", security="owe"),), 20.0),
            ("wpa3", (Ssid(name="00000JAPAN"),), 0.0),
        ],
    )
    def test_an_open_ssid_does_not_exist_on_6_ghz(self, security: str, ssids: tuple[Ssid, ...], served: float) -> None:
        """WPA3 or OWE only (802.11ax-2021, 12.12.2): 00000JAPAN lives on 2.4 and 5 GHz."""
        design = _design(_access_point("a", 5.0, 1, band="6"), network=Network(ssids=ssids))
        found = _of(design, 20, scenario=_scenario(security=security))

        assert served == found.served
        assert (served == 0.0) == any("6 GHz" in warning for warning in found.warnings)

    def test_a_guarantee_is_kept_while_the_public_goes_without(self) -> None:
        """Staff with 10 devices beside a public that asks for far too much."""
        design = _design(
            _access_point("a", 5.0),
            demands=(
                Demand(zone="hall", people=200, devices_per_person=1, associated_share=1, active_share=1, down_mbps=5, up_mbps=1),
                replace(
                    Demand(
                        zone="hall", people=10, devices_per_person=1, associated_share=1, active_share=1, down_mbps=1, up_mbps=1
                    ),
                    guaranteed=True,
                ),
            ),
        )
        public, staff = capacity(design, gains_db=_Gains(), points_per_zone=50, behaviour=PLAIN).zones

        assert 10.0 == staff.served
        assert public.served < 60.0

    def test_scenarios_joined(self) -> None:
        """A crowd of 200 and, beside it, the 15 devices of the headquarters."""
        found = _of(_design(_access_point("a", 5.0)), 200, scenario="shelter-day1+staff")

        assert "shelter-day1+staff" == found.scenario
        assert [200.0, 15.0] == [zone.people for zone in found.zones]

    def test_partitions_count_when_gains_are_traced(self) -> None:
        """The scenario's 60 dB of partitions in the way: nobody is reached."""
        plan = floorplans.gym(12.0, 8.0, 5.0, stage=False, store_room=False)
        ap = AccessPoint(name="a", x_m=6.0, y_m=4.0, height_m=4.0, radios=(Radio(band="5", channel=36),))
        design = Design(floor_plan=plan, access_points=(ap,))
        clear, dense = (
            capacity(design, scenario=replace(_scenario(), partitions_db=_figure(loss)), persons=10, points_per_zone=9)
            for loss in (0.0, 60.0)
        )

        assert 10.0 == clear.served
        assert 0.0 == dense.served


class TestOverhead:
    OPEN = replace(PLAIN, overhead=True)

    def test_it_grows_with_people(self) -> None:
        """Probes and broadcasts of three times the people take three times the air, whatever is asked for."""
        few, many = (
            _of(_design(_access_point("a", 5.0, 1, band="2.4")), people, behaviour=self.OPEN).radios[0].overhead_share
            for people in (20, 60)
        )

        assert many == pytest.approx(3 * few, rel=0.01)

    def test_devices_off_the_network_probe_too(self) -> None:
        """The same 20 clients among 20 or 100 devices."""
        alone = _of(_design(_access_point("a", 5.0)), 20, behaviour=self.OPEN).radios[0]
        among = replace(_scenario(), associated_share=_figure(0.2))
        crowded = _of(_design(_access_point("a", 5.0)), 100, scenario=among, behaviour=self.OPEN).radios[0]

        assert alone.clients == pytest.approx(crowded.clients)
        assert crowded.overhead_share > 1.3 * alone.overhead_share

    def test_ssids_and_the_basic_rate(self) -> None:
        """Eight names take more than one, and a higher basic rate takes less."""

        def share(**network: object) -> float:
            design = _design(_access_point("a", 5.0, 1, band="2.4"), network=Network(**network))  # type: ignore[arg-type]
            return _of(design, 20, behaviour=self.OPEN).radios[0].busy_share

        eight = tuple(Ssid(name=str(number)) for number in range(8))

        assert share(ssids=eight) > share() > share(basic_rate_2g4_mbps=12.0)
        assert share(protection_11b=True) > share()

    def test_foreign_networks_are_subtracted(self) -> None:
        """A channel 40 % busy by others: 40 % less goodput on it, none less on another."""
        foreign = Network(foreign=(ForeignBusy(band="5", channel=36, busy_share=0.4),))
        points = (_access_point("a", 5.0, 36), _access_point("b", 25.0, 100))
        clean, shared = (_of(_design(*points, network=network), 40) for network in (Network(), foreign))

        assert shared.radios[0].goodput_mbps == pytest.approx(0.6 * clean.radios[0].goodput_mbps, rel=0.01)
        assert shared.radios[1].goodput_mbps == clean.radios[1].goodput_mbps

    def test_the_published_derating_stands_beside(self) -> None:
        """By 65 % of the PHY rate (286.8): 186 Mbit/s for 1.5 Mbit/s each; the model's own answer is not touched by it."""
        found = _of(_design(_access_point("a", 5.0)), 20)
        by_share = {margin.share: margin.people for margin in found.margins}

        assert math.floor(0.65 * 286.8 / 1.5) == pytest.approx(by_share[0.65], abs=1)
        assert math.floor(0.5 * 286.8 / 1.5) == pytest.approx(by_share[0.5], abs=1)


class TestDraws:
    DESIGN = _design(_access_point("a", 5.0, limit=50), _access_point("b", 25.0, 44, limit=50))

    def test_same_seed_same_answer(self) -> None:
        """And another one with another seed."""
        first, again, other = (_of(self.DESIGN, 60, scenario="shelter-day1", draws=20, seed=seed) for seed in (3, 3, 4))

        assert first == again
        assert first.spread != other.spread

    def test_percentiles_are_in_order_and_around_the_mean(self) -> None:
        """Of clients, load and service; the mean of the deterministic answer lies in the spread of the draws."""
        found = _of(self.DESIGN, 80, scenario=_scenario(active=0.3), draws=100)

        assert all(one.p10 <= one.p50 <= one.p90 for one in found.spread.values())
        offered = found.spread["offered_mbps"]
        assert offered.p10 < 80 * 0.3 * 1.5 < offered.p90
        assert offered.p10 < offered.p90
        assert found.spread["a 5 GHz: clients"].p50 == pytest.approx(40, abs=3)

    def test_a_draw_does_not_depend_on_the_others(self) -> None:
        """Twenty draws are the first twenty of a hundred, however many are held at a time: designs meet equal crowds."""
        occupants = occupants_of(PLAN, wanted_of(self.DESIGN, _scenario(), 30, None), 20, 0.0)
        two = drawn_devices(occupants, sticky_share=0.0, aps=2, draws=range(5, 7), seed=1, fading_db=4.0)
        three = drawn_devices(occupants, sticky_share=0.0, aps=3, draws=range(6, 7), seed=1, fading_db=4.0)

        np.testing.assert_array_equal(two.place[1], three.place[0])
        np.testing.assert_array_equal(two.shadow_db[:2, 1], three.shadow_db[:2, 0])

    def test_chunks_do_not_change_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One draw at a time gives what all at once give."""
        whole = _of(self.DESIGN, 60, draws=6)
        monkeypatch.setattr(spread, "CHUNK_SIZE", 1)

        assert whole.spread == _of(self.DESIGN, 60, draws=6).spread

    def test_a_radio_never_has_more_than_its_limit(self) -> None:
        found = _of(self.DESIGN, 200, draws=20)

        assert found.spread["a 5 GHz: clients"].p90 <= 50
        assert found.spread["served"].p90 <= 100

    def test_nobody(self) -> None:
        """Zero people: no load, nothing served, no link, no error; in draws too."""
        design = replace(self.DESIGN, demands=(replace(_people(0.0)),))
        found = capacity(design, gains_db=_Gains(), points_per_zone=10, draws=3)

        assert () == found.links
        assert 0.0 == found.served == found.radios[0].clients == found.radios[0].offered_mbps
        assert any("nobody" in warning for warning in found.warnings)
        assert "unknown" == capacity_to_json(found)["weakest_link"]["link"]


def _people(count: float, **more: float) -> Demand:
    values = {"devices_per_person": 1.0, "associated_share": 1.0, "active_share": 0.5, "down_mbps": 1.0, "up_mbps": 0.2}
    return Demand(zone="hall", people=count, **(values | more))  # type: ignore[arg-type]


def _any_radio(rng: np.random.Generator, band: str) -> Radio:
    widths = {"2.4": (20, 40), "5": (20, 80, 160), "6": (20, 80, 320)}[band]
    channels = {"2.4": (1, 3, 11), "5": (36, 40, 100), "6": (1, 5, 33)}[band]
    return Radio(
        band=band,  # type: ignore[arg-type]
        channel=int(rng.choice(channels)),
        width_mhz=int(rng.choice(widths)),
        tx_power_dbm=float(rng.choice([-30, 17, 30])),
        client_limit=rng.choice([None, 0, 1, 30]),
    )


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_design_nothing_is_made_of_nothing(seed: int) -> None:
    """Random designs, crowds, networks and paths, extremes too: people and Mbit/s add up, shares are shares, JSON is plain."""
    rng = np.random.default_rng(seed)
    points = tuple(
        AccessPoint(
            name=f"a{i}",
            x_m=float(rng.uniform(1, 29)),
            y_m=7.5,
            height_m=6.0,
            radios=tuple(_any_radio(rng, band) for band in rng.permutation(["2.4", "5", "6"])[: rng.integers(1, 4)]),
        )
        for i in range(rng.integers(1, 5))
    )
    who = tuple(
        replace(
            _people(
                float(rng.choice([0, 0.3, 40, 900])),
                devices_per_person=float(rng.choice([0, 1, 3])),
                active_share=float(rng.choice([0, 0.3, 1])),
                down_mbps=float(rng.choice([0, 0.1, 50])),
                up_mbps=float(rng.choice([0, 0.1, 20])),
            ),
            guaranteed=bool(rng.random() < 0.3),
        )
        for _ in range(rng.integers(1, 3))
    )
    network = Network(poe_w=float(rng.choice([0, 20, 300])), battery_wh=float(rng.choice([0, 5000])), dhcp_addresses=0)
    levels = np.where(rng.random(3) < 0.9, rng.uniform(-140, -30, 3), -np.inf)
    design = _design(*points, demands=who, network=network, scenario=str(rng.choice(["", "shelter-day1", "assembly+staff"])))
    found = capacity(design, gains_db=_Gains(*levels), points_per_zone=12, draws=int(rng.choice([0, 2])))

    json.dumps(capacity_to_json(found), allow_nan=False)
    for zone in found.zones:
        assert zone.people == pytest.approx(zone.served + zone.unserved, abs=0.2)
        assert zone.no_signal + zone.turned_away <= zone.unserved + 0.2
    for radio in found.radios:
        assert 0 <= radio.carried_mbps <= radio.offered_mbps + 1e-6
        assert 0 <= radio.own_busy_share <= radio.busy_share <= 1
        assert 0 <= radio.on_air_share <= 1
        assert radio.clients <= (1e9 if radio.client_limit is None else radio.client_limit)
    assert [link.people for link in found.links] == sorted(link.people for link in found.links)


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"people": -1.0}, r"demands\[0\]\.people is -1"),
            ({"people": math.nan}, r"demands\[0\]\.people is nan"),
            ({"people": 5000.0}, "cannot stand"),
            ({"active_share": 1.5}, r"active_share is 1\.5"),
            ({"down_mbps": -0.1}, r"down_mbps is -0\.1"),
            ({"zone": "attic"}, "no zone 'attic'"),
        ],
    )
    def test_absurd_demand(self, change: dict[str, object], says: str) -> None:
        design = _design(_access_point("a", 5.0), demands=(replace(_people(10.0), **change),))
        with pytest.raises(DesignError, match=says):
            capacity(design, gains_db=_Gains())

    @pytest.mark.parametrize(
        ("radio", "says"),
        [
            (Radio(band="5", channel=36, tx_power_dbm=90.0), "tx_power_dbm is 90"),
            (Radio(band="5", channel=36, client_limit=-1), "client_limit is -1"),
            (Radio(band="5", channel=37), "no channel 37"),
            (Radio(band="2.4", channel=6, width_mhz=80), "2.4 GHz"),
        ],
    )
    def test_absurd_radio(self, radio: Radio, says: str) -> None:
        ap = AccessPoint(name="a", x_m=5.0, y_m=7.5, height_m=6.0, radios=(radio,))
        with pytest.raises(RadioError, match=says):
            capacity(_design(ap, demands=(_people(10.0),)), gains_db=_Gains())

    def test_nothing_to_reckon_with(self) -> None:
        with pytest.raises(DesignError, match="no access point"):
            capacity(_design(demands=(_people(10.0),)), gains_db=_Gains())
        with pytest.raises(DesignError, match="no demand"):
            capacity(_design(_access_point("a", 5.0)), gains_db=_Gains())
        with pytest.raises(DesignError, match="draws"):
            _of(_design(_access_point("a", 5.0)), 10, draws=-1)
        foreign = Network(foreign=(ForeignBusy(band="5", channel=36, busy_share=2.0),))
        with pytest.raises(DesignError, match="busy_share"):
            _of(_design(_access_point("a", 5.0), network=foreign), 10)

    def test_a_radar_channel_is_named(self) -> None:
        """Silent for 60 s after start or radar; 36 is not, 52 is."""
        silent = _of(_design(_access_point("a", 5.0, 52)), 10).warnings

        assert any("60 s" in warning and "a channel 52" in warning for warning in silent)
        assert () == _of(_design(_access_point("a", 5.0, 36)), 10).warnings


class TestCommand:
    @pytest.fixture
    def path(self, tmp_path):
        plan = floorplans.gym(12.0, 8.0, 5.0, stage=False, store_room=False)
        ap = AccessPoint(name="a", x_m=6.0, y_m=4.0, height_m=4.0, radios=(Radio(band="5", channel=36),))
        design = Design(
            floor_plan=plan, access_points=(ap,), demands=demand.demands(plan, "shelter-day1"), scenario="shelter-day1"
        )
        model.save(design, tmp_path / "design.json")
        return tmp_path / "design.json"

    def _run(self, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
        monkeypatch.setattr("sys.argv", ["wifiplan", "capacity", *arguments])
        main()

    def test_json(self, path, capsys, monkeypatch) -> None:
        """The promised keys, in one value, twice the same; written into the design on request."""
        answers = []
        for _ in range(2):
            self._run(monkeypatch, str(path), "--draws", "10", "--json", "--out", str(path.parent / "out.json"))
            answers.append(capsys.readouterr().out)
        answer = json.loads(answers[0])

        assert answers[0] == answers[1]
        assert {"access_points", "radios", "zones", "weakest_link", "spread", "margins", "unknown_links"} <= set(answer)
        assert {"link", "people", "next", "what_moves_it"} <= set(answer["weakest_link"])
        assert answer == json.loads((path.parent / "out.json").read_text("utf-8"))["capacity"]
        assert model.load(path.parent / "out.json").capacity is not None

    def test_what_if_and_network(self, path, capsys, monkeypatch) -> None:
        """In words: the table, the lines that are not known, and what the network file says."""
        network = path.parent / "net.toml"
        network.write_text("nat_sessions = 2000\ndhcp_addresses = 5\n", encoding="utf-8")
        self._run(monkeypatch, str(path), "--network", str(network), "--what-if", "--draws", "5")
        said = capsys.readouterr().out

        assert "carries 5 people, limited by dhcp" in said
        assert "not known, so not judged: uplink, poe, battery" in said
        assert "8 network names" in said

    def test_people_by_the_floor_they_have(self, path, capsys, monkeypatch) -> None:
        """96 m2 at 2 m2 a person, 70 % of them used, as Kashiwa counts: 33.6; its day is told hour by hour."""
        options = ["--scenario", "shelter-day1", "--m2-per-person", "2", "--usable-share", "0.7", "--draws", "0", "--json"]
        self._run(monkeypatch, str(path), *options)
        answer = json.loads(capsys.readouterr().out)

        assert 33.6 == pytest.approx(answer["people"])
        assert [*range(24)] == [hour["hour"] for hour in answer["day"]]
        assert max(hour["people"] for hour in answer["day"]) == pytest.approx(33.6)
        assert max(hour["active"] for hour in answer["day"]) == pytest.approx(33.6 * 1.1 * 0.8 * 0.35, abs=0.1)

    def test_own_scenarios(self, path, capsys, monkeypatch) -> None:
        """One of ours as a file of one's own, renamed."""
        own = path.parent / "own.toml"
        text = (demand.files("wifiplan.capacity") / "scenarios.toml").read_text(encoding="utf-8")
        own.write_text(text.replace("[spectators]", "[festival]").replace("[[spectators.", "[[festival."), encoding="utf-8")
        self._run(
            monkeypatch, str(path), "--scenarios", str(own), "--scenario", "festival", "--persons", "20", "--draws", "0", "--json"
        )

        assert "festival" == json.loads(capsys.readouterr().out)["scenario"]

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--persons", "5"], "--scenario"),
            (["--scenario", "staff", "--m2-per-person", "0"], "--m2-per-person"),
            (["--scenario", "nonsense"], "no scenario 'nonsense'"),
            (["--scenario", "staff", "--persons", "-5"], "persons is -5"),
            (["--network", "nowhere.toml"], "no such file"),
        ],
    )
    def test_bad_input_is_one_line(self, path, capsys, monkeypatch, arguments: list[str], says: str) -> None:
        with pytest.raises(SystemExit) as stop:
            self._run(monkeypatch, str(path), *arguments)
        said = capsys.readouterr().err

        assert 2 == stop.value.code
        assert says in said
        assert 1 == said.count("\n")


def test_requirement_limits_clients_where_the_radio_says_nothing() -> None:
    """50 by default."""
    ap = AccessPoint(name="a", x_m=5.0, y_m=7.5, height_m=6.0, radios=(Radio(band="5", channel=36),))
    design = _design(ap, requirement=Requirement(max_clients_per_radio=12))

    assert _of(design, 40).radios[0].clients <= 12
