"""Cells as people write them in `CELL.json`, and what the model answers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from wifiplan.airtime import wifi
from wifiplan.airtime.cells import MAX_CLIENTS, assemble, take
from wifiplan.airtime.frames import DSSS_MBPS, MAX_MSDU_BYTES, OFDM_MBPS, TCP_HEADER_BYTES
from wifiplan.airtime.offered import clients_that_fit, steady_state
from wifiplan.airtime.saturated import saturated_goodput
from wifiplan.errors import DesignError, OutOfRangeError
from wifiplan.files import read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.airtime.cells import Cells

    Floats = NDArray[np.float64]

_BANDS = {2.4: "2.4", 5.0: "5", 6.0: "6"}

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class GroupDescription(BaseModel):
    """Clients of one MCS: the keys of an entry of `clients`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    mcs: Annotated[int, Field(ge=0, le=13)]
    count: Count


class CellDescription(BaseModel):
    """`CELL.json`: the keys and what they are when left out."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    standard: Literal["n", "ac", "ax", "be"] = "ax"
    band_ghz: float = 5.0
    width_mhz: int = 20
    gi_ns: int | None = None
    streams: Annotated[int, Field(ge=1, le=8)] = 1
    bss: Annotated[int, Field(ge=1, le=1000)] = 1
    idle_bss: Annotated[int, Field(ge=0, le=1000)] = 0
    clients: Annotated[list[GroupDescription], Field(min_length=1, max_length=1000)] = [GroupDescription(mcs=7, count=10)]
    direction: Literal["down", "up", "both"] = "down"
    payload_bytes: Annotated[int, Field(ge=1, le=MAX_MSDU_BYTES - 36)] = 1472
    aggregation: bool = True
    max_ampdu_bytes: Annotated[int, Field(ge=0)] | None = None
    ba_window: Annotated[int, Field(ge=1)] | None = 64
    rts: bool = False
    beacon_interval_ms: Annotated[float, Field(gt=0, le=65_535 * 1.024)] = 102.4
    ssids: Annotated[int, Field(ge=1, le=64)] = 1
    basic_rate_mbps: float | None = None
    beacon_bytes: Annotated[int, Field(ge=24, le=4095)] | None = None
    fairness: Literal["packet", "airtime"] = "packet"
    transport: Literal["udp", "tcp"] = "udp"
    rate_mbps: Annotated[float, Field(ge=0, le=1e5)] | None = None
    solve: Literal["clients"] | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.band_ghz not in _BANDS:
            raise ValueError(f"band_ghz is {self.band_ghz:g}; use 2.4, 5 or 6")
        band = _BANDS[self.band_ghz]
        if band not in wifi.BANDS[self.standard]:
            raise ValueError(f"802.11{self.standard} has no {band} GHz; use {' or '.join(wifi.BANDS[self.standard])}")
        if (band == "2.4" and self.width_mhz > 40) or (band == "5" and self.width_mhz > 160):
            raise ValueError(f"{band} GHz has no channel of {self.width_mhz} MHz")
        count = sum(group.count for group in self.clients)
        if count > MAX_CLIENTS and self.solve is None:
            raise ValueError(f"clients: {count:,} in a BSS; an access point can hold {MAX_CLIENTS:,}, use more BSSs")
        for index, group in enumerate(self.clients):
            try:
                bits, _, _ = _phy(self.standard, self.width_mhz, self.gi_ns, self.streams, group.mcs)
            except OutOfRangeError as error:
                raise ValueError(str(error)) from None
            if not bits:
                raise ValueError(
                    f"clients.{index}: 802.11{self.standard} excludes MCS {group.mcs} with {self.streams} streams at "
                    f"{self.width_mhz} MHz; use MCS {group.mcs - 1}"
                )
        rates = OFDM_MBPS + DSSS_MBPS if band == "2.4" else OFDM_MBPS
        if self.basic_rate_mbps is not None and self.basic_rate_mbps not in rates:
            raise ValueError(f"basic_rate_mbps is {self.basic_rate_mbps:g}; {band} GHz has {', '.join(f'{r:g}' for r in rates)}")
        if self.solve is not None and (not self.rate_mbps or len(self.clients) != 1):
            raise ValueError('"solve": "clients" needs rate_mbps above 0 and one entry of clients')
        if self.transport == "tcp" and self.payload_bytes <= TCP_HEADER_BYTES:
            raise ValueError(f"payload_bytes must be above {TCP_HEADER_BYTES} with tcp: its header is longer by that")
        return self


_CELLS: TypeAdapter[list[CellDescription]] = TypeAdapter(list[CellDescription])


@cache
def _phy(standard: str, width_mhz: int, gi_ns: int | None, streams: int, mcs: int) -> tuple[float, float, float]:
    """(bits per symbol, 0 if the standard excludes it; symbol in us; preamble in us)."""
    if streams > wifi.MAX_STREAMS[standard]:
        raise OutOfRangeError(f"802.11{standard} has 1 to {wifi.MAX_STREAMS[standard]} streams")
    rate = wifi.phy_rate_mbps(mcs, width_mhz=width_mhz, streams=streams, standard=standard, gi_ns=gi_ns)
    symbol = wifi.symbol_us(standard, gi_ns or wifi.GI_NS[standard][0])
    return round(float(rate) * symbol, 6), symbol, float(wifi.preamble_us(standard, streams))


_SLICE = 2000  # cells checked at a time


def answer(description: dict[str, Any]) -> dict[str, Any]:
    """The answer to one cell, both as `COMMANDS.md` describes them; raises `DesignError` that names the key."""
    return answers([description], where="")[0]


def answers(descriptions: list[dict[str, Any]], *, where: str = "cells") -> list[dict[str, Any]]:
    """The answers to many cells at once, in order. A bad one raises `DesignError` with its index; `where` begins the message."""
    found: list[dict[str, Any]] = []
    # In slices: a million cells need not be a million checked objects at once.
    for start in range(0, len(descriptions), _SLICE):
        found += _answers(checked(descriptions[start : start + _SLICE], where=where, start=start))
    return found


def answer_file(path: str | Path) -> dict[str, Any] | list[dict[str, Any]]:
    """The answer to a file that holds one cell, or an array of them."""
    path = Path(path)
    data = read_json(path, "give a JSON of one cell or an array of cells")
    if isinstance(data, dict):
        return _answers(checked([data], where=str(path), start=None))[0]
    if not isinstance(data, list):
        raise DesignError(f"{path}: a cell is a JSON object, this is a {type(data).__name__}")
    return answers(data, where=str(path))


def checked(descriptions: list[Any], *, where: str, start: int | None = 0) -> list[CellDescription]:
    """Cells from what JSON gave; an error names the index counted from `start`, or none for a cell that is alone."""
    try:
        return _CELLS.validate_python(descriptions)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        index, *place = first["loc"]
        shown = repr(first["input"])
        message = first["msg"].removeprefix("Value error, ").replace("Input should", f"{shown[:40]} should")
        if first["type"] == "model_type":
            message = f"a {'cell' if len(place) == 0 else 'group of clients'} is a JSON object, this is {shown[:40]}"
        if place[-1:] == ["mcs"] and first["type"] == "greater_than_equal":
            message = f"MCS {first['input']} is below the lowest: such a client has no service; give 0 or more"
        if first["type"] == "extra_forbidden":
            known = (CellDescription if len(place) == 1 else GroupDescription).model_fields
            message = f"unknown key; use {', '.join(known)}"
        number = "" if start is None or not where else f"[{start + int(index)}]"
        raise DesignError(": ".join(filter(None, [where, number, ".".join(map(str, place)), message]))) from None


def _answers(asked: list[CellDescription]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{}] * len(asked)
    # Cells of like numbers of groups together: one with a thousand must not make a thousand columns for all.
    alike: dict[tuple[int, bool], list[int]] = {}
    for index, one in enumerate(asked):
        alike.setdefault(((len(one.clients) - 1).bit_length(), one.rate_mbps is None), []).append(index)
    for (_, full), where in alike.items():
        rows = (_saturated_answers if full else _offered_answers)([asked[index] for index in where])
        for index, row in zip(where, rows, strict=True):
            found[index] = row
    return found


def _saturated_answers(asked: list[CellDescription]) -> list[dict[str, Any]]:
    found = saturated_goodput(cell_arrays(asked))
    return _rows(asked, found.down_mbps, found.up_mbps, found.busy_share)


def _offered_answers(asked: list[CellDescription]) -> list[dict[str, Any]]:
    some = cell_arrays(asked)
    rate = np.array([one.rate_mbps for one in asked], dtype=np.float64)[:, None]
    down, up = (np.where(on[:, None], rate, 0.0) for on in (some.down, some.up))
    solve = np.array([one.solve is not None for one in asked])
    most = np.zeros(len(asked))
    if solve.any():
        bss = some.access_points[solve]
        most[solve] = clients_that_fit(take(some, np.flatnonzero(solve)), down[solve], up[solve])
        clients = some.clients.copy()
        clients[solve, 0] = most[solve] * bss
        some = replace(some, clients=clients)
    found = steady_state(some, down, up)
    rows = _rows(asked, found.down_mbps, found.up_mbps, found.busy_share)
    more = ("offered_mbps", "loss_share", "delay_mean_ms", "delay_p95_ms", "stable")
    for name in more:
        for row, value in zip(rows, getattr(found, name).tolist(), strict=True):
            row[name] = value
    for index in np.flatnonzero(solve):
        rows[index]["max_clients"] = int(most[index])
    return rows


def _rows(asked: list[CellDescription], down: Floats, up: Floats, busy: Floats) -> list[dict[str, Any]]:
    groups, down_sum, up_sum = (down + up).tolist(), down.sum(axis=1).tolist(), up.sum(axis=1).tolist()
    return [
        {
            "goodput_mbps": d + u,
            "down_mbps": d,
            "up_mbps": u,
            "groups": [{"mcs": group.mcs, "goodput_mbps": mbps} for group, mbps in zip(one.clients, row, strict=False)],
            "busy_share": share,
        }
        for one, row, d, u, share in zip(asked, groups, down_sum, up_sum, busy.tolist(), strict=True)
    ]


def cell_arrays(asked: list[CellDescription]) -> Cells:
    """Arrays of checked cells; groups are padded with `clients` 0."""
    names = tuple(CellDescription.model_fields)
    column = dict(zip(names, zip(*map(attrgetter(*names), asked), strict=True), strict=True))
    standards, groups, bands = column["standard"], column["clients"], [_BANDS[band] for band in column["band_ghz"]]
    width = max(map(len, groups))
    mcs, count = np.zeros((len(asked), width), dtype=np.int64), np.zeros((len(asked), width))
    phy = np.empty((len(asked), width, 3))
    for row, (cell_groups, *one) in enumerate(
        zip(groups, standards, column["width_mhz"], column["gi_ns"], column["streams"], strict=True)
    ):
        phy[row] = _phy(*one, cell_groups[0].mcs)
        for place, group in enumerate(cell_groups):
            mcs[row, place], count[row, place] = group.mcs, group.count
            if place:
                phy[row, place] = _phy(*one, group.mcs)
    directions = np.array(column["direction"])
    aggregation = np.array(column["aggregation"])
    most_bytes = np.minimum(
        [wifi.MAX_AMPDU_BYTES[name] for name in standards],
        [np.inf if size is None else size for size in column["max_ampdu_bytes"]],
    )
    window = np.minimum([wifi.MAX_BA_WINDOW[name] for name in standards], [size or np.inf for size in column["ba_window"]])
    basic_rates = zip(column["basic_rate_mbps"], bands, strict=True)
    beacons = zip(column["beacon_bytes"], bands, standards, strict=True)
    return assemble(
        bits_per_symbol=phy[:, :, 0],
        symbol_us=phy[:, :, 1],
        preamble_us=phy[:, :, 2],
        mcs=mcs,
        clients=count,
        max_ampdu_bytes=most_bytes[:, None],
        ba_window=np.where(aggregation, window, 1.0)[:, None],
        low_band=np.array(bands) == "2.4",
        bss=np.array(column["bss"], dtype=np.float64),
        idle_bss=np.array(column["idle_bss"], dtype=np.float64),
        ssids=np.array(column["ssids"], dtype=np.float64),
        down=directions != "up",
        up=directions != "down",
        payload_bytes=np.array(column["payload_bytes"], dtype=np.float64),
        aggregation=aggregation,
        rts=np.array(column["rts"]),
        airtime_fair=np.array(column["fairness"]) == "airtime",
        tcp=np.array(column["transport"]) == "tcp",
        beacon_interval_ms=np.array(column["beacon_interval_ms"]),
        basic_rate_mbps=np.array([rate or wifi.basic_rate_mbps(band) for rate, band in basic_rates]),
        beacon_bytes=np.array([size or wifi.beacon_bytes(band, name) for size, band, name in beacons], dtype=np.float64),
        packet_error_share=np.zeros(1),
        protection_us=np.zeros(1),
        taken_share=np.zeros(len(asked)),
    )
