"""Prices of one's own: a file replaces what it names."""

from __future__ import annotations

import pytest

from wifiplan.errors import DesignError
from wifiplan.prices import price_list


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[antenna]\nyen = 1\n", "antenna: nothing that is bought"),
        ("[mount]\ncolour = 1\n", "mount.colour: no such figure"),
        ("[mount]\nyen = -1\n", "mount.yen: -1 is not a number of 0 or more"),
        ("mount = 3\n", "mount: give a table"),
        ("[switch]\npoe_w = 10\n", "10 W feed no access point"),
        ("[mount\n", "not TOML"),
    ],
)
def test_bad_prices_are_one_sentence(tmp_path, text: str, sentence: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DesignError, match=sentence):
        price_list(path)


def test_a_price_of_ones_own_stays_in_its_range(tmp_path) -> None:
    """The usual range is widened to it; a range of one's own has to hold it."""
    path = tmp_path / "prices.toml"
    path.write_text("[access_point]\nyen = 50000\n")

    assert (50000, 200000) == (price_list(path)["access_point"]["low"], price_list(path)["access_point"]["high"])
    other = tmp_path / "other.toml"
    other.write_text("[access_point]\nyen = 50000\nlow = 60000\n")
    with pytest.raises(DesignError, match="yen 50000 is not between low 60000 and high 200000"):
        price_list(other)
