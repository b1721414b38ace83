"""A row's index is cut into its parts, whatever firmware wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.profile.index import split_loosely


@pytest.mark.parametrize(
    ("index", "kinds", "parts"),
    [
        ("5.1", (("mac", "mac"), ("slot", "int")), {"mac": "5", "slot": "1"}),
        ("1.7.8.2", (("vdom", "int"), ("wtp", "string"), ("radio", "int")), {"vdom": "1", "wtp": "7.8", "radio": "2"}),
        ("112.117.98", (("ssid", "string"),), {"ssid": "pub"}),
        ("65", (("serial", "string"),), {"serial": "65"}),
        ("5", (("mac", "mac"), ("slot", "int")), None),
        ("1.2.3", (("one", "mac"), ("other", "string")), None),
    ],
)
def test_an_index_of_another_form_is_cut_by_its_numbers(index: str, kinds: Any, parts: dict[str, str] | None) -> None:
    assert parts == split_loosely(index, kinds)
