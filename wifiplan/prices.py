"""What is bought and what it costs: the table prices.toml, and a planner's own figures over it."""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from wifiplan.errors import DesignError
from wifiplan.files import read_toml

Prices = Mapping[str, Mapping[str, Any]]
"""What is bought -> `yen`, `low`, `high`, `per`, `tag`, `source`, and what else prices.toml has, such as a switch's `ports`."""


@functools.cache
def price_list(path: str | Path | None = None) -> Prices:
    """What each thing costs, from prices.toml; a file of the planner's own replaces the figures that it gives.

    Raises
    ------
    DesignError
        A thing or figure that prices.toml does not have, or not a number of 0 or more; names the place.
    """
    table = tomllib.loads(resources.files("wifiplan").joinpath("prices.toml").read_text("utf-8"))
    if path is not None:
        for name, row in read_toml(Path(path), "give a TOML of prices").items():
            if name not in table:
                raise DesignError(f"{path}: {name}: nothing that is bought; use {', '.join(table)}")
            if not isinstance(row, dict):
                raise DesignError(f"{path}: {name}: give a table, such as [{name}] with yen = 100000")
            for figure, value in row.items():
                if figure not in table[name]:
                    raise DesignError(f"{path}: {name}.{figure}: no such figure; use {', '.join(table[name])}")
                number = isinstance(table[name][figure], int | float)
                if number and (
                    isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value >= 0)
                ):
                    raise DesignError(f"{path}: {name}.{figure}: {value} is not a number of 0 or more")
                if not number and not isinstance(value, str):
                    raise DesignError(f"{path}: {name}.{figure}: {value} is not a text")
            table[name] |= row
            _keep_range(table[name], row, f"{path}: {name}")
        if table["switch"]["poe_class"] not in {"af", "at", "bt3", "bt4"}:
            raise DesignError(f"{path}: switch.poe_class: {table['switch']['poe_class']}; use af, at, bt3 or bt4")
        if ports_per_switch(table) < 1:
            raise DesignError(f"{path}: switch: {table['switch']['poe_w']} W feed no access point; give more")
    for row in table.values():
        if "above_m" in row:
            row["per"] = row["per"].replace("{above_m}", f"{row['above_m']:g}")
    return table


def _keep_range(entry: dict[str, Any], row: Mapping[str, Any], place: str) -> None:
    """Widen the usual range to a price of one's own; raises where the range is one's own too, and does not hold it."""
    if not {"yen", "low", "high"} <= entry.keys():
        return
    low, yen, high = (entry[name] for name in ("low", "yen", "high"))
    entry["low"] = low if "low" in row else min(low, yen)
    entry["high"] = high if "high" in row else max(high, yen)
    if not entry["low"] <= yen <= entry["high"]:
        raise DesignError(f"{place}: yen {yen:g} is not between low {entry['low']:g} and high {entry['high']:g}")


def batteries_for(price: Prices, hours: float) -> Prices:
    """The list with as many batteries for a switch as keep it and all that hangs on it for these hours.

    `ups` is then what is bought for one switch: `batteries` of them, at so many times the price.
    """
    ups = price["ups"]
    watts = ups["switch_w"] + ports_per_switch(price) * price["access_point"]["poe_w"]
    count = math.ceil(watts * hours / (ups["usable_share"] * ups["energy_wh"]) - 1e-9)
    scaled = {name: ups[name] * count for name in ("yen", "low", "high", "energy_wh", "battery_yen")}
    return {**price, "ups": {**ups, **scaled, "batteries": count, "hours": hours}}


def ports_per_switch(price: Prices) -> int:
    """How many access points one switch takes: by its ports, and by the power that it must keep for each."""
    switch = price["switch"]
    return int(min(switch["ports"], switch["poe_w"] // max(price["access_point"]["poe_w"], 1e-9)))
