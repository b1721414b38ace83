"""802.11 and national tables against figures of the standards and of published examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wifiplan.airtime import wifi
from wifiplan.errors import DesignError, OutOfRangeError


class TestRates:
    @pytest.mark.parametrize(
        ("mbps", "mcs", "keys"),
        [
            (143.4, 11, {"streams": 1}),  # published HE20 rates
            (286.8, 11, {"streams": 2}),
            (430.1, 11, {"streams": 3}),
            (1201.0, 11, {"streams": 2, "width_mhz": 80}),
            (86.7, 8, {"standard": "ac", "gi_ns": 400}),
            (866.7, 9, {"standard": "ac", "width_mhz": 80, "streams": 2, "gi_ns": 400}),
            (433.3, 9, {"standard": "ac", "width_mhz": 80, "gi_ns": 400}),
            (65.0, 7, {"standard": "n"}),
            (150.0, 7, {"standard": "n", "width_mhz": 40, "gi_ns": 400}),
            (300.0, 7, {"standard": "n", "width_mhz": 40, "gi_ns": 400, "streams": 2}),
            (8.6, 0, {}),
            (7.3, 0, {"gi_ns": 3200}),
            (172.1, 13, {"standard": "be"}),
            (2882.4, 13, {"standard": "be", "width_mhz": 320, "streams": 1}),
        ],
    )
    def test_phy_rates(self, mbps: float, mcs: int, keys: dict[str, object]) -> None:
        """T10: tones x bits x coding rate x streams / symbol, as data sheets print them."""
        assert mbps == pytest.approx(float(wifi.phy_rate_mbps(mcs, **keys)), abs=0.06)  # type: ignore[arg-type]

    def test_combinations_that_vht_excludes(self) -> None:
        """Tables 21-29 ff.: MCS 9 at 20 MHz exists with 3 streams, not with 1, 2 or 4."""
        rates = wifi.phy_rate_mbps(9, streams=[1, 2, 3, 4], standard="ac")

        assert [False, False, True, False] == list(rates > 0)
        assert float(wifi.phy_rate_mbps(6, streams=3, width_mhz=80, standard="ac")) == 0

    @pytest.mark.parametrize("keys", [{"standard": "ad"}, {"standard": "n", "width_mhz": 80}, {"standard": "ax", "gi_ns": 400}])
    def test_what_a_standard_does_not_have(self, keys: dict[str, object]) -> None:
        """Refused, with what to use instead."""
        with pytest.raises(OutOfRangeError, match="use"):
            wifi.phy_rate_mbps(0, **keys)  # type: ignore[arg-type]


class TestThresholds:
    def test_they_are_the_sensitivities_over_the_noise_of_the_standard(self) -> None:
        """-82 dBm for MCS 0 at 20 MHz, with 10 dB noise figure and 5 dB of loss over -101 dBm: 4 dB. And 34 dB for MCS 11."""
        assert wifi.SINR_THRESHOLD_DB[0] == -82 + 101 - 10 - 5
        assert wifi.SINR_THRESHOLD_DB[11] == 34

    def test_no_service_below_the_lowest(self) -> None:
        """Below MCS 0 the rate is 0, not the lowest rate."""
        threshold = float(wifi.SINR_THRESHOLD_DB[0] + wifi.LINK_MARGIN_DB)

        assert float(wifi.rate_mbps(threshold - 0.01, streams=1)) == 0
        assert float(wifi.rate_mbps(threshold, streams=1)) == pytest.approx(8.6, abs=0.01)
        assert float(wifi.rate_mbps(-np.inf)) == 0

    def test_a_stream_more_costs_its_share_of_power(self) -> None:
        """Two streams need 3 dB more than one for the same MCS, and are used only where they carry more."""
        top = float(wifi.SINR_THRESHOLD_DB[11] + wifi.LINK_MARGIN_DB)

        assert float(wifi.rate_mbps(top + 3.02, streams=2)) == pytest.approx(286.8, abs=0.05)
        assert float(wifi.rate_mbps(7.0, streams=2)) == float(wifi.rate_mbps(7.0, streams=1))

    @given(st.floats(-20, 60), st.sampled_from([20, 40, 80]), st.sampled_from(["n", "ac", "ax", "be"]), st.integers(1, 4))
    def test_more_signal_never_carries_less(self, sinr_db: float, width_mhz: int, standard: str, streams: int) -> None:
        """The rate grows with SINR, and one number gives what an array does."""
        if width_mhz not in wifi.WIDTHS_MHZ[standard]:
            return
        rates = wifi.rate_mbps([sinr_db, sinr_db + 1], width_mhz=width_mhz, standard=standard, streams=streams)

        assert rates[0] <= rates[1]
        assert float(wifi.rate_mbps(sinr_db, width_mhz=width_mhz, standard=standard, streams=streams)) == rates[0]

    def test_noise(self) -> None:
        """T10: -94, -91, -88 dBm at 20, 40, 80 MHz with a noise figure of 7 dB."""
        assert [-94, -91, -88] == list(wifi.noise_dbm([20, 40, 80]).round())


class TestTiming:
    def test_preambles(self) -> None:
        """HE SU 44, VHT 40, HT-mixed 36 us with one stream; HE with two 52."""
        assert [44, 40, 36] == [float(wifi.preamble_us(standard)) for standard in ("ax", "ac", "n")]
        assert float(wifi.preamble_us("ax", 2)) == 52

    def test_control_frames(self) -> None:
        """BlockAck of 32 B: 32 us at 24 Mbit/s, 68 at 6; RTS 28; beacon 292 us at 6 Mbit/s, 1,376 at 1."""
        assert [32, 68, 28, 292] == list(wifi.legacy_us([32, 32, 20, 201], [24, 6, 24, 6]))
        assert float(wifi.legacy_us(148, 1.0, band="2.4")) == 1376

    def test_block_ack(self) -> None:
        """9.3.1.8.2: a bit a packet of the window: 32 B for 64, 56 B (40 us at 24 Mbit/s) for 256, 152 B for 1,024."""
        assert [32, 32, 56, 88, 152] == list(wifi.block_ack_bytes([1, 64, 256, 512, 1024]))
        assert 40 == float(wifi.legacy_us(wifi.block_ack_bytes(256), 24))

    def test_an_answer_is_not_faster_than_what_it_answers(self) -> None:
        """6 Mbit/s for MCS 0, 12 for 1 and 2, 24 from 3 on."""
        assert [6, 12, 12, 24, 24] == list(wifi.control_rate_mbps([0, 1, 2, 3, 11]))


class TestChannels:
    @pytest.mark.parametrize(("band", "counts"), [("2.4", (3, 2, 0, 0)), ("5", (20, 10, 5, 2)), ("6", (24, 12, 6, 3))])
    def test_how_many_there_are_in_japan(self, band: str, counts: tuple[int, ...]) -> None:
        """W52 4/2/1, W53 4/2/1 (160 MHz with W52), W56 12/6/3/1, 6 GHz 24/12/6/3 at 20/40/80/160 MHz."""
        assert counts == tuple(len(wifi.channels(band, width)) for width in (20, 40, 80, 160))

    def test_without_radar(self) -> None:
        """Only W52 and 6 GHz need not listen for radar."""
        assert wifi.channels("5", 20, avoid_dfs=True) == (36, 40, 44, 48)
        assert wifi.channels("5", 80, avoid_dfs=True) == (36,)
        assert wifi.channels("5", 160, avoid_dfs=True) == ()
        assert not any(wifi.is_dfs("6", channel) for channel in wifi.channels("6"))
        assert wifi.is_dfs("5", 36, 160)

    def test_outdoors(self) -> None:
        """W56 alone: W52 needs a registration, W53 is for indoors, 6 GHz too."""
        assert wifi.channels("5", 20, indoor=False)[0] == 100
        assert wifi.channels("6", 20, indoor=False) == ()

    def test_centres(self) -> None:
        """Annex E: 5000 + 5 n MHz, 5950 + 5 n at 6 GHz, 2407 + 5 n at 2.4 GHz; a centre number says the same as a primary."""
        assert wifi.frequency_mhz("5", 36) == 5180
        assert wifi.frequency_mhz("5", 100, 80) == wifi.frequency_mhz("5", 106, 80) == 5530
        assert wifi.frequency_mhz("6", 93) == 6415
        assert wifi.frequency_mhz("2.4", 13) == 2472
        assert wifi.frequency_mhz("2.4", 14) == 2484

    def test_overlap(self) -> None:
        """2.4 GHz channels 1 and 5 touch, 1 and 3 share half; 5 GHz neighbours share nothing."""
        assert wifi.overlap_share("2.4", 1, 20, 5, 20) == 0
        assert wifi.overlap_share("2.4", 1, 20, 3, 20) == 0.5
        assert wifi.overlap_share("5", 36, 20, 40, 20) == 0
        assert wifi.overlap_share("5", 36, 40, 40, 20) == 1

    def test_power(self) -> None:
        """W52 and W53 200 mW, W56 1 W; at 2.4 GHz 10 mW/MHz."""
        assert wifi.max_eirp_dbm("5", 36) == pytest.approx(23.0, abs=0.1)
        assert wifi.max_eirp_dbm("5", 100) == pytest.approx(30.0, abs=0.1)
        assert wifi.max_eirp_dbm("2.4", 6) == pytest.approx(23.0, abs=0.1)

    @pytest.mark.parametrize("country", ["JP", "ETSI", "FCC"])
    @pytest.mark.parametrize("band", ["2.4", "5", "6"])
    @pytest.mark.parametrize("width_mhz", [20, 40, 80, 160])
    def test_channels_of_a_country_do_not_overlap(self, country: str, band: str, width_mhz: int) -> None:
        """What may be used together is legal and shares no spectrum."""
        found = wifi.channels(band, width_mhz, country=country)
        for channel in found:
            assert wifi.max_eirp_dbm(band, channel, width_mhz, country=country) > 15
            assert [] == [
                other
                for other in found
                if other != channel and wifi.overlap_share(band, channel, width_mhz, other, width_mhz) > 0
            ]

    @pytest.mark.parametrize(
        ("band", "channel", "width"), [("5", 37, 20), ("6", 2, 20), ("2.4", 15, 20), ("5", 144, 160), ("7", 1, 20)]
    )
    def test_a_channel_that_is_none(self, band: str, channel: int, width: int) -> None:
        """Refused by name."""
        with pytest.raises(OutOfRangeError):
            wifi.frequency_mhz(band, channel, width)

    def test_a_country_without_a_table(self) -> None:
        """Says which there are."""
        with pytest.raises(DesignError, match="JP"):
            wifi.channels("5", country="XX")

    def test_a_channel_that_is_not_allowed(self) -> None:
        """149 is for the FCC, not for Japan."""
        assert wifi.max_eirp_dbm("5", 149, country="FCC") == 36
        with pytest.raises(OutOfRangeError, match="JP"):
            wifi.max_eirp_dbm("5", 149)
