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
