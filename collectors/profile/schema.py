"""What a profile's file may say. A profile names tables; a table has rows; a row gives one sample.

Where a value comes from is a `Cell`: a column, a part of the row's index, another table's row, a sum, or a constant; cells may
be listed as alternatives, and the first that knows wins.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from collectors.metrics import MEASUREMENTS, Source

Event = Literal["ap_up", "ap_down", "link_up", "link_down", "on_battery", "on_mains", "ups_alarm", "auth_failure", "restarted"]
"""What a notification of a device says."""
What = Literal["clients", "aps", "aps_up"]

RULE: tuple[Source, ...] = ("scalar", "ssid", "ap", "radio")
"""Which source `wifi_total` names where several ways of counting say the same; the rule is `collectors.totals.of_device`."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Oid = Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")]
_Format = Literal["mac", "noise", "channel_of_mhz", "band_of_mhz", "band_of_channel"]


_SOURCES = ("column", "oid", "index", "scalar", "max_of", "sum_of", "of", "sum", "count", "value")


class Cell(_Section):
    """Where one tag or field comes from (exactly one source), and how it is read."""

    column: _Oid | None = Field(default=None, description="under the table's OID, by the row's index")
    oid: _Oid | None = Field(default=None, description="another column, by the row's index or by the parts in `by`")
    index: str | None = Field(default=None, description="a part of the index")
    scalar: _Oid | None = Field(default=None, description="a single value of the device")
    max_of: _Oid | None = Field(default=None, description="the largest value of a column")
    sum_of: _Oid | None = Field(default=None, description="the sum of a column")
    of: str | None = Field(default=None, description="table: the tag `tag` of its row with the same index parts")
    tag: str | None = None
    sum: str | None = Field(default=None, description="table: the sum of its field `field` over rows with this row's index parts")
    count: str | None = Field(default=None, description="table: how many of its rows have this row's tag `tag`")
    value: str | float | None = Field(default=None, description="a constant")

    field: str | None = None
    by: tuple[str, ...] | None = Field(default=None, description="index parts that make the index of `oid`, in order")
    on: str | None = Field(default=None, description="`of` by this tag, which both tables have, in place of index parts")
    map: dict[str, str | float] | None = Field(default=None, description="what each value means; others are unknown")
    other: str | float | None = Field(default=None, description="what values that `map` lacks mean")
    scale: float = 1.0
    offset: float = 0.0
    min: float | None = Field(default=None, description="smaller is unknown")
    max: float | None = Field(default=None, description="larger is unknown")
    numeric_text: bool = Field(default=False, description="the device writes this number as text")
    pattern: str | None = Field(default=None, description="text: what the first group catches, if it matches")
    format: _Format | None = None
    rate: Annotated[Literal[32, 64], BeforeValidator(int)] | None = Field(
        default=None, description="a counter of so many bits: the field is its rate"
    )
    broken_at: _Oid | None = Field(
        default=None, description="`rate`: the column of the uptime at which the counter last began anew"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [n for n in _SOURCES if getattr(self, n) is not None]
        if len(sources) != 1:
            raise ValueError(f"one of {', '.join(_SOURCES)} is needed, not {len(sources)}")
        if self.of is not None and self.tag is None:
            raise ValueError("`of` needs `tag`")
        if self.pattern is not None:
            re.compile(self.pattern)
        return self


def _as_totals(value: Any) -> Any:
    """An OID alone is a scalar if it ends in .0, else a column to be added up."""
    return [{"scalar" if item.endswith(".0") else "sum_of": item} if isinstance(item, str) else item for item in _as_list(value)]


_Cells = Annotated[tuple[Cell, ...], BeforeValidator(_as_list)]
_TotalCells = Annotated[tuple[Cell, ...], BeforeValidator(_as_totals)]
Part = Literal["int", "mac", "string", "rest", "rest_text", "ip"]


class Table(_Section):
    """One SNMP table, or (without `oid`) a single row made of scalars."""

    name: str | None = None
    measurement: str | None = Field(default=None, description="absent: other tables refer to it, but it gives no samples")
    oid: _Oid | None = Field(default=None, description="the table's entry")
    rows: _Oid | None = Field(default=None, description="the column that says which rows there are")
    index: dict[str, Part] = {"index": "rest"}
    need: tuple[str, ...] = Field(default=(), description="only rows that have these tags")
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="only rows whose tag or field is one of these")
    tags: dict[str, _Cells] = Field(default_factory=dict)
    fields: dict[str, _Cells] = Field(default_factory=dict)
    count: str | None = Field(default=None, description="this field counts rows of equal tags; the index is never shown")
    virtual: str | None = Field(default=None, description="a row without this tag, of an AP named NAME-1, belongs to the AP NAME")
    total: bool = Field(default=True, description="its clients and rows enter the device's totals")
    empty_is_zero: bool = Field(default=True, description="no rows, in a tree that the device answers, means none")

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        if self.measurement is not None:
            known = MEASUREMENTS.get(self.measurement)
            if known is None:
                raise ValueError(f"there is no measurement {self.measurement}")
            names = {metric.name for metric in known.fields}
            for name in [*self.fields, *([self.count] if self.count else [])]:
                if name not in names:
                    raise ValueError(f"{self.measurement} has no field {name}; it has {', '.join(sorted(names))}")
            for name in self.tags:
                if name not in known.tags and not name.startswith("_"):
                    raise ValueError(f"{self.measurement} has no tag {name}; it has {', '.join(known.tags) or 'none'}")
        return self


class Match(_Section):
    """All that is given must hold."""

    sys_object_id: _Oid | None = None
    sys_descr: str | None = None
    answers: _Oid | None = Field(default=None, description="the device has something at or under this OID")
    fallback: bool = Field(default=False, description="only if nothing else fits")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.sys_object_id is None and self.sys_descr is None and self.answers is None:
            raise ValueError("one of sys_object_id, sys_descr, answers is needed")
        if self.sys_descr is not None:
            re.compile(self.sys_descr)
        return self

    @property
    def weight(self) -> tuple[bool, int, bool, bool]:
        """The more exact, the heavier."""
        return not self.fallback, (self.sys_object_id or "").count("."), self.answers is not None, self.sys_descr is not None


class Totals(_Section):
    """The device's own totals; the first that is answered counts. `client_table` is counted where nothing else gives clients."""

    clients: _TotalCells = ()
    aps: _TotalCells = ()
    aps_up: _TotalCells = ()
    client_table: _Oid | None = None
    rule: tuple[Source, ...] = RULE


class ProfileFile(_Section):
    """A profile as it is written: one YAML file."""

    vendor: str
    device: str = Field(description="what kind of device, for people")
    recorded: tuple[str, ...] = Field(default=(), description="recordings of real devices that this reads rightly")
    unverified: bool = Field(default=False, description="written from the MIB alone: no recording of a real device was at hand")
    source: str = Field(description="the MIBs")
    lone: bool = Field(default=False, description="the device is itself one access point")
    macs: tuple[_Oid, ...] = Field(default=(), description="`lone`: columns of its own addresses, beside ifPhysAddress")
    root: _Oid | None = Field(default=None, description="if the device answers anything under here, its empty tables are empty")
    alive: tuple[_Oid, ...] = Field(
        default=(), description="values asked for only to see whether the device answers under `root`"
    )
    match: tuple[Match, ...] = ()
    include: tuple[str, ...] = Field(default=(), description="other profiles whose tables are read too")
    model: _Cells = ()
    totals: Totals = Totals()
    traps: dict[_Oid, Event] = Field(
        default_factory=dict, description="what notifications say (snmpTrapOID); others are not heeded"
    )
    tables: tuple[Table, ...] = ()

    @model_validator(mode="after")
    def _checked_or_not(self) -> Self:
        if self.unverified == bool(self.recorded):
            raise ValueError("say either which recordings it was checked on (`recorded`), or `unverified: true`")
        return self
