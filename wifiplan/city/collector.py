"""The collector's side of a plan: a targets.toml to fill in, and which access point is whose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wifiplan.city.tables import bought, csv_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from wifiplan.city.outcome import CityPlan, Row

HEAD = """\
# Made by `wifiplan city`. One controller for all sites: put its address in, and its community into the environment.
# Each access point is to be called as in sites.csv: the shelter's number and the plan's name.
# `wifiplan check targets.toml` reads all of it; `wifiplan match` joins the names once they are live.

[store]
url = "sqlite:store.sqlite"
interval_s = 60

[[target]]
name = "controller"
host = "192.0.2.1"                    # nobody's address: yours here
community_env = "SNMP_COMMUNITY"
sites_file = "sites.csv"
"""


def site_names(rows: tuple[Row, ...]) -> dict[int, str]:
    """Facility's number to the name of its site: its own, with the number where two are called alike."""
    names = [row.name for row in rows]
    return {row.number: row.name if names.count(row.name) == 1 else f"{row.name} ({row.number})" for row in rows}


def targets_toml(answer: CityPlan) -> str:
    """A targets.toml that the collector reads as it is, with a site for each facility that is to be built."""
    rows = bought(answer)
    names = site_names(rows)
    sites = [
        "\n".join(
            (
                "",
                "[[site]]",
                f"name = {_text(names[row.number])}",
                f"design = {_text(f'designs/{row.design}')}",
                'target = "controller"',
                f"aps = [{_text(prefix(row) + '*')}]",
                *([f"telephone = {_text(row.telephone)}"] if row.telephone else []),
            )
        )
        for row in rows
    ]
    return HEAD + "\n".join(sites) + "\n"


def _text(text: str) -> str:
    # JSON's strings are TOML's basic strings, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def prefix(row: Row) -> str:
    """What a facility's access points are called by: its number, so that no two of a controller are alike."""
    return f"{row.number:04d}-"


def sites_csv(answer: CityPlan, access_points: Callable[[Row], tuple[str, ...]]) -> str:
    """Which access point is whose, as `sites_file` reads it; keys and serials are filled in when the boxes are there."""
    rows = bought(answer)
    names = site_names(rows)
    return csv_text(
        [
            {"site": names[row.number], "ap": prefix(row) + name, "ap_key": "", "serial": ""}
            for row in rows
            for name in access_points(row)
        ],
        ("site", "ap", "ap_key", "serial"),
    )
