"""Targets files that collect takes, whatever the names."""

from __future__ import annotations

import tomllib

from collectors.simulate.serve import targets_toml


def test_names_that_toml_must_escape_come_back() -> None:
    """Quotes, backslashes, control characters."""
    name = 'A"\\\n\x7f髙'
    text = targets_toml({name: 161}, site=name, design="d", store_url="sqlite:s", interval_s=5)

    assert [name, name] == [tomllib.loads(text)["target"][0][key] for key in ("name", "site")]
