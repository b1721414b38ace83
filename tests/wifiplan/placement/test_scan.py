"""What a scan heard of others, as load on channels."""

from __future__ import annotations

from pathlib import Path

import pytest

from wifiplan.errors import DesignError
from wifiplan.model import ForeignBusy
from wifiplan.placement.scan import HEARD_SHARE, read_scan


def _scan(tmp_path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = tmp_path / "scan.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_networks_that_are_heard_add_up_and_each_counts_once(tmp_path: Path) -> None:
    """Two on channel 36, one of them heard at two places; one too weak to be waited for; our own is not foreign."""
    path = _scan(
        tmp_path,
        "bssid,ssid,channel,rssi_dbm\n02:00:00:00:00:01,a,36,-60\n02-00-00-00-00-01,a,36,-70\n02:00:00:00:00:02,b,36,-80\n"
        "02:00:00:00:00:03,c,44,-90\n02:00:00:00:00:09,own,40,-50\n",
    )
    found = read_scan(path, own=["02:00:00:00:00:09"])

    assert (ForeignBusy(band="5", channel=36, busy_share=round(1 - (1 - HEARD_SHARE) ** 2, 4)),) == found


def test_what_the_channel_itself_says_is_taken_and_names_are_not_kept(tmp_path: Path) -> None:
    """A busy share in per cent, Japanese headings in Shift_JIS, a width, a frequency of 6 GHz."""
    path = _scan(tmp_path, "SSID,周波数,帯域幅,使用率(%)\nとなりの店,5180,80,35\nx,5955,20,10\n", encoding="cp932")
    found = read_scan(path)

    assert (
        ForeignBusy(band="5", channel=36, width_mhz=80, busy_share=0.35),
        ForeignBusy(band="6", channel=1, busy_share=0.1),
    ) == found
    assert "となり" not in repr(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ssid,rssi\na,-60\n", "line 1: no column for the channel"),
        ("channel,rssi\n35,-60\n", "line 2: 5 GHz has no channel 35"),
        ("channel,rssi\nsix,-60\n", "line 2: channel is 'six'; give a number"),
        ("channel,busy_share\n36,1.5\n", "line 2: busy_share is 1.5; give a share from 0 to 1"),
        ("channel,rssi\n36,60\n", "line 2: rssi_dbm is 60; give the received power in dBm, which is below 0"),
        ("channel,band\n36,7\n", "line 2: band is 7; give 2.4, 5 or 6"),
    ],
)
def test_bad_scans_are_one_clear_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """Each names the line and the way out."""
    with pytest.raises(DesignError, match=sentence):
        read_scan(_scan(tmp_path, text))


def test_no_such_scan_is_said(tmp_path: Path) -> None:
    """The file is named."""
    with pytest.raises(DesignError, match=r"nothing\.csv: no such file"):
        read_scan(tmp_path / "nothing.csv")
