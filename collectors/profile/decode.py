"""Vendor profiles: a YAML file says which OIDs a family of devices has and what they mean. Decoding is pure.

A profile names tables. A table has rows; a row gives one sample. Where a value comes from is a `Cell`: a column, a part of the
row's index, another table's row, a sum, or a constant; cells may be listed as alternatives, and the first that knows wins.
"""

from __future__ import annotations

import functools
import importlib.resources
import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from collectors.config import first_fault
from collectors.errors import ConfigError
from collectors.metrics import MEASUREMENTS, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from collectors.profile.recording import Walk
    from collectors.snmp.session import Value

Event = Literal["ap_up", "ap_down", "link_up", "link_down", "on_battery", "on_mains", "ups_alarm", "auth_failure", "restarted"]
"""What a notification of a device says."""
What = Literal["clients", "aps", "aps_up"]
Source = Literal["scalar", "ap", "radio", "ssid"]

RULE: tuple[Source, ...] = ("scalar", "ssid", "ap", "radio")
"""Which total `wifi_total` carries: the device's own count if it has one; else the sum over networks, which counts every
client once; else over access points; else over radios. A profile may state another order."""

_RANGE: dict[str, tuple[float, float]] = {
    "clients": (0, math.inf),
    "up": (0, 1),
    "uptime_s": (0, math.inf),
    "channel": (1, 233),
    "width_mhz": (5, 320),
    "tx_power_dbm": (-20, 40),
    "busy_share": (0, 1),
    "noise_dbm": (-127, -30),
    "minutes_left": (0, math.inf),
    "charge_share": (0, 1),
    "load_share": (0, 2),
    "on_battery": (0, 1),
    "used_w": (0, math.inf),
    "power_w": (0, math.inf),
    "speed_bps": (1, math.inf),
}
"""Field -> what it can be at all. What lies outside is a device's way to say that it does not know (noise 0, channel 0)."""
_MAX_AID = 2007
"""The largest association identifier (IEEE 802.11-2020, 9.4.1.8), so the most clients that one radio's network can have."""

# ------------------------------------------------------------------------------------------------------- what a file may say


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_OID_TEXT = re.compile(r"\d+(\.\d+)*")
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
_Part = Literal["int", "mac", "string", "rest", "rest_text", "ip"]


class Table(_Section):
    """One SNMP table, or (without `oid`) a single row made of scalars."""

    name: str | None = None
    measurement: str | None = Field(default=None, description="absent: other tables refer to it, but it gives no samples")
    oid: _Oid | None = Field(default=None, description="the table's entry")
    rows: _Oid | None = Field(default=None, description="the column that says which rows there are")
    index: dict[str, _Part] = {"index": "rest"}
    need: tuple[str, ...] = Field(default=(), description="only rows that have these tags")
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="only rows whose tag or field is one of these")
    tags: dict[str, _Cells] = Field(default_factory=dict)
    fields: dict[str, _Cells] = Field(default_factory=dict)
    count: str | None = Field(default=None, description="this field counts rows of equal tags; the index is never shown")
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


class _Totals(_Section):
    """The device's own totals; the first that is answered counts. `client_table` is counted where nothing else gives clients."""

    clients: _TotalCells = ()
    aps: _TotalCells = ()
    aps_up: _TotalCells = ()
    client_table: _Oid | None = None
    rule: tuple[Source, ...] = RULE


class _File(_Section):
    vendor: str
    device: str = Field(description="what kind of device, for people")
    recorded: tuple[str, ...] = Field(default=(), description="recordings of real devices that this reads rightly")
    unverified: bool = Field(default=False, description="written from the MIB alone: no recording of a real device was at hand")
    source: str = Field(description="the MIBs")
    lone: bool = Field(default=False, description="the device is itself one access point")
    root: _Oid | None = Field(default=None, description="if the device answers anything under here, its empty tables are empty")
    alive: tuple[_Oid, ...] = Field(
        default=(), description="values asked for only to see whether the device answers under `root`"
    )
    match: tuple[Match, ...] = ()
    include: tuple[str, ...] = Field(default=(), description="other profiles whose tables are read too")
    model: _Cells = ()
    totals: _Totals = _Totals()
    traps: dict[_Oid, Event] = Field(
        default_factory=dict, description="what notifications say (snmpTrapOID); others are not heeded"
    )
    tables: tuple[Table, ...] = ()

    @model_validator(mode="after")
    def _checked_or_not(self) -> Self:
        if self.unverified == bool(self.recorded):
            raise ValueError("say either which recordings it was checked on (`recorded`), or `unverified: true`")
        return self


# ------------------------------------------------------------------------------------------------------------------ a profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A checked profile with its included tables."""

    name: str
    vendor: str
    device: str
    unverified: bool
    recorded: tuple[str, ...]
    source: str
    lone: bool
    match: tuple[Match, ...]
    model: tuple[Cell, ...]
    totals: _Totals
    traps: Mapping[str, Event]
    tables: tuple[_Plan, ...]
    scalars: tuple[str, ...]
    """The single values to ask for, each once."""
    columns: tuple[str, ...]
    """The columns to walk, each once, those of a table together."""

    def fits(self, walk: Walk) -> bool:
        """Whether its `match` fits a recorded device."""
        matches = [match for match in self.match if _fits(match, *_identity(walk))]
        return any(match.answers is None or walk.answers(match.answers) for match in matches)


def _cells(table: Table) -> list[Cell]:
    return [cell for cells in (*table.tags.values(), *table.fields.values()) for cell in cells]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A cell made ready: which column it reads, how, and between which limits."""

    name: str
    cell: Cell
    column: str | None
    convert: Callable[[Value], Any]
    low: float
    high: float

    @property
    def place(self) -> str:
        """Name the OID in a warning."""
        return self.column or self.cell.scalar or self.cell.max_of or self.cell.sum_of or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A table made ready, with the root of its own file."""

    table: Table
    root: str | None
    rows: tuple[str, ...]
    tags: tuple[_Source, ...]
    fields: tuple[_Source, ...]
    kinds: tuple[tuple[str, _Part], ...] | None
    """Of the index parts; None where the whole index is one."""
    allowed: frozenset[str]
    hides: bool
    """Whether it has tags that are for joining only."""
    tags_refer: bool
    fields_refer: bool
    """Whether a cell takes from another table, which must be read before."""


def _plan(table: Table, root: str | None) -> _Plan:
    if table.oid is None:
        rows: list[str] = []
    elif table.rows is not None:
        rows = [f"{table.oid}.{table.rows}"]
    else:
        rows = [f"{table.oid}.{cell.column}" for cell in _cells(table) if cell.column is not None]
        rows = rows or [cell.oid for cell in _cells(table) if cell.oid is not None]
    kinds = tuple(table.index.items())
    allowed = set(() if table.measurement is None else MEASUREMENTS[table.measurement].tags)
    return _Plan(
        table=table,
        root=root,
        rows=tuple(dict.fromkeys(rows)),
        tags=tuple(_source(table, name, cell, as_text=True) for name, cells in table.tags.items() for cell in cells),
        fields=tuple(_source(table, name, cell, as_text=False) for name, cells in table.fields.items() for cell in cells),
        kinds=None if kinds == (("index", "rest"),) else kinds,
        allowed=frozenset(allowed),
        hides=not allowed.issuperset(table.tags),
        tags_refer=any(cell.of is not None for cells in table.tags.values() for cell in cells),
        fields_refer=any(cell.sum or cell.count or cell.of for cells in table.fields.values() for cell in cells),
    )


def _source(table: Table, name: str, cell: Cell, *, as_text: bool) -> _Source:
    low, high = (-math.inf, math.inf) if as_text else _RANGE.get(name, (-math.inf, math.inf))
    if name == "clients" and table.measurement == "wifi_radio":
        high = _MAX_AID
    column = cell.oid if cell.column is None else f"{table.oid}.{cell.column}"
    return _Source(name=name, cell=cell, column=column, convert=_converter(cell, as_text=as_text), low=low, high=high)


def _asked(file: _File, plans: Sequence[_Plan]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the scalars and the columns that a profile needs."""
    totals = file.totals
    loose = [*file.model, *totals.clients, *totals.aps, *totals.aps_up]
    columns = [oid for plan in plans for oid in (*plan.rows, *(source.column for source in (*plan.tags, *plan.fields)))]
    cells = [*loose, *(source.cell for plan in plans for source in (*plan.tags, *plan.fields))]
    columns += [oid for cell in cells for oid in (cell.max_of, cell.sum_of, cell.broken_at)]
    columns.append(totals.client_table)
    scalars = [*(cell.scalar for cell in cells), *file.alive]
    return (
        tuple(dict.fromkeys(oid for oid in scalars if oid is not None)),
        tuple(dict.fromkeys(oid for oid in columns if oid is not None)),
    )


@functools.cache
def names() -> tuple[str, ...]:
    """Name every profile that comes with the package."""
    folder = importlib.resources.files("collectors") / "profiles"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@functools.lru_cache(maxsize=128)  # a device may answer a damaged identifier at each poll
def load(name: str, sys_object_id: str = "0.0") -> Profile:
    """Load a profile by its name, or by the path of a YAML file.

    Parameters
    ----------
    sys_object_id : str
        What stands for SYS_OBJECT_ID in the file: some makes hang each model's tables under its own identifier.

    Raises
    ------
    ConfigError
        There is none of that name, or its file says something wrong; the message names file and place.
    """
    if _OID_TEXT.fullmatch(sys_object_id) is None:
        sys_object_id = "0.0"  # a device may say anything
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        try:
            written = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: the profile cannot be read ({error}); give the path of a YAML file") from None
        return _parse(written.replace("SYS_OBJECT_ID", sys_object_id), str(path), path.stem)
    if name not in names():
        raise ConfigError(f"there is no profile {name}; there are {', '.join(names())}, or give the path of a YAML file")
    written = (importlib.resources.files("collectors") / "profiles" / f"{name}.yaml").read_text(encoding="utf-8")
    return _parse(written.replace("SYS_OBJECT_ID", sys_object_id), f"profiles/{name}.yaml", name)


def _parse(written: str, where: str, name: str) -> Profile:
    try:
        raw = yaml.load(written, Loader=_Loader)  # noqa: S506  (it makes nothing but text, lists and mappings)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}" if mark is not None else ""
        raise ConfigError(f"{where}:{place} not YAML: {getattr(error, 'problem', error)}") from None
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{where}: {first_fault(error)}") from None
    plans = [_plan(table, file.root) for table in file.tables]
    for other in file.include:
        plans += load(other).tables
    known = {plan.table.name for plan in plans}
    for plan in plans:
        for cell in _cells(plan.table):
            for wanted in (cell.of, cell.sum, cell.count):
                if wanted is not None and wanted not in known:
                    raise ConfigError(f"{where}: a cell refers to the table {wanted}, which is not there; give one that name")
    scalars, columns = _asked(file, plans)
    return Profile(
        name=name,
        vendor=file.vendor,
        device=file.device,
        unverified=file.unverified,
        recorded=file.recorded,
        source=file.source,
        lone=file.lone,
        match=file.match,
        model=file.model,
        totals=file.totals,
        traps=file.traps,
        tables=tuple(plans),
        scalars=scalars,
        columns=columns,
    )


@functools.cache
def events() -> Mapping[str, Event]:
    """Give what notifications mean, of every make: snmpTrapOID -> event."""
    return {oid: event for name in names() for oid, event in load(name).traps.items()}


def table() -> str:
    """Give the table of vendors for people, in Markdown."""
    lines = ["| Profile | Make | Device | MIBs | Checked on a recorded device |", "|---|---|---|---|---|"]
    for name in names():
        profile = load(name)
        checked = "**unverified**" if profile.unverified else ", ".join(profile.recorded)
        lines.append(f"| `{name}` | {profile.vendor} | {profile.device} | {profile.source} | {checked} |")
    return "\n".join(lines)


class _Loader(yaml.BaseLoader):
    """Reads every scalar as text, so that OID 1.30 stays what it is; the schema makes numbers. A key there twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value} is there twice", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


# ------------------------------------------------------------------------------------------------------------------- matching


def choose(
    sys_object_id: str | None, sys_descr: str, answers: Callable[[str], bool], profiles: Iterable[str] | None = None
) -> str | None:
    """Name the profile that fits a device best, or None.

    Parameters
    ----------
    answers : callable
        Whether the device has something at or under an OID.
    """
    best: tuple[tuple[bool, int, bool, bool], str] | None = None
    for name in profiles if profiles is not None else names():
        for match in load(name).match:
            if (best is None or match.weight > best[0]) and _fits(match, sys_object_id, sys_descr):
                if match.answers is not None and not answers(match.answers):
                    continue
                best = (match.weight, name)
    return None if best is None else best[1]


def chosen(walk: Walk) -> str | None:
    """Name the profile that fits a recorded device best, or None."""
    return choose(*_identity(walk), walk.answers)


def _identity(walk: Walk) -> tuple[str | None, str]:
    sys_object_id = walk.values.get("1.3.6.1.2.1.1.2.0")
    return None if sys_object_id is None else text(sys_object_id), text(walk.values.get("1.3.6.1.2.1.1.1.0", b""))


def probes(sys_object_id: str | None, sys_descr: str) -> list[str]:
    """List the OIDs that must be looked for to choose."""
    oids = [
        match.answers
        for name in names()
        for match in load(name).match
        if match.answers is not None and _fits(match, sys_object_id, sys_descr)
    ]
    return list(dict.fromkeys(oids))


def _fits(match: Match, sys_object_id: str | None, sys_descr: str) -> bool:
    if match.sys_object_id is not None and not _under(sys_object_id or "", match.sys_object_id):
        return False
    return match.sys_descr is None or re.search(match.sys_descr, sys_descr) is not None


def _under(oid: str, prefix: str) -> bool:
    return oid == prefix or oid.startswith(prefix + ".")


# ------------------------------------------------------------------------------------------------------------------- decoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a device said. A column that it answered with nothing is there and empty; one it did not answer is absent."""

    scalars: Mapping[str, Value]
    columns: Mapping[str, Mapping[str, Value]]

    def any_under(self, root: str) -> bool:
        """Whether the device said anything at or under an OID."""
        return any(_under(oid, root) for oid in self.scalars) or any(
            rows and _under(oid, root) for oid, rows in self.columns.items()
        )


def pick(profile: Profile, walk: Walk) -> Answers:
    """Take from a recorded walk what a poll with this profile would have got."""
    return Answers(
        scalars={oid: walk.values[oid] for oid in profile.scalars if oid in walk.values},
        columns={oid: walk.column(oid) for oid in profile.columns},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A total and where it comes from: a scalar of the device, or the sum over its APs, radios or SSIDs."""

    what: What
    source: Source
    value: float


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter of `bits` that will be a rate of `scale` times its units a second. It began anew at uptime `broken_at`."""

    value: int
    bits: int
    scale: float
    broken_at: Value | None = None


@dataclass(slots=True, kw_only=True)
class Row:
    """One row on its way to a sample."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, float]
    counters: dict[str, Counter] = field(default_factory=dict)
    key: tuple[Any, ...] = ()
    """Measurement and sorted tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What the answers mean. Tags `site` and `device` are the poller's to add."""

    rows: tuple[Row, ...]
    totals: tuple[Total, ...]
    warnings: tuple[str, ...]

    def samples(self, time: datetime, tags: Mapping[str, str]) -> list[Sample]:
        """Give the rows that know something as samples."""
        return [
            Sample(measurement=row.measurement, time=time, tags={**tags, **row.tags}, fields=row.fields)
            for row in self.rows
            if row.fields
        ]


def decode(profile: Profile, answers: Answers, *, ap: str, uptime_s: float | None = None) -> Decoded:
    """Turn a device's answers into rows, totals and warnings.

    Parameters
    ----------
    ap : str
        The name of the access point where the device is one itself.
    uptime_s : float, optional
        How long the device has run, for the same case.
    """
    return _Decoder(profile, answers, ap, uptime_s).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A profile and what it made of a recorded device."""

    profile: Profile
    decoded: Decoded


def on_walk(name: str, walk: Walk, *, ap: str = "AP") -> Tried:
    """Decode a recorded device with a profile."""
    sys_object_id, _ = _identity(walk)
    profile = load(name, sys_object_id or "0.0")
    ticks = walk.values.get("1.3.6.1.2.1.1.3.0")
    uptime_s = ticks / 100 if isinstance(ticks, int) else None
    return Tried(profile=profile, decoded=decode(profile, pick(profile, walk), ap=ap, uptime_s=uptime_s))


@dataclass(slots=True)
class _Read:
    """A table as it was read: its rows' indexes and their parts, tags and fields, by index."""

    plan: _Plan
    table: Table
    parts: dict[str, dict[str, str]]
    tags: dict[str, dict[str, str]]
    fields: dict[str, dict[str, float]]
    counters: dict[str, dict[str, Counter]]
    answered: bool
    summed: set[str] = field(default_factory=set)
    """Fields that are sums of another table's, which has its own total."""
    counted: dict[str, str] = field(default_factory=dict)
    """Field -> the table whose rows it counts: the same for all rows of the same tags."""


def _tags_refer(read: _Read) -> bool:
    return read.plan.tags_refer


def _fields_refer(read: _Read) -> bool:
    return read.plan.fields_refer


class _Decoder:
    def __init__(self, profile: Profile, answers: Answers, ap: str, uptime_s: float | None) -> None:
        self.profile = profile
        self.answers = answers
        self.ap = ap
        self.uptime_s = uptime_s
        self.warnings: list[str] = []
        self.read: dict[str, _Read] = {}
        self._bad: dict[tuple[str, str], int] = defaultdict(int)

    def run(self) -> Decoded:
        reads = [self._open(plan) for plan in self.profile.tables]
        self.read = {read.table.name: read for read in reads if read.table.name is not None}
        # A row may take another's tag and sum another's field, so what refers to others is read after them.
        for read in sorted(reads, key=_tags_refer):
            self._read_tags(read)
        for read in sorted(reads, key=_fields_refer):
            self._read_fields(read)
        rows = self._merge(reads)
        totals = self._totals(reads, rows)
        rows += self._total_row(totals)
        for (place, reason), count in sorted(self._bad.items()):
            self.warnings.append(f"{place}: {reason}{f' ({count} rows)' if count > 1 else ''}")
        return Decoded(rows=tuple(rows), totals=tuple(totals), warnings=tuple(self.warnings))

    # -- one table

    def _open(self, plan: _Plan) -> _Read:
        indexes, answered = self._rows_of(plan)
        parts = self._parts(plan, indexes)
        return _Read(plan, plan.table, parts, {i: {} for i in parts}, {i: {} for i in parts}, {i: {} for i in parts}, answered)

    def _read_tags(self, read: _Read) -> None:
        tags, need = read.tags, read.table.need
        for source in read.plan.tags:
            name = source.name
            for index, value in self._values(source, read, as_text=True).items():
                if value != "" and name not in tags[index]:
                    tags[index][name] = value
        if need:
            for index in [i for i, given in tags.items() if any(tag not in given for tag in need)]:
                self._drop(read, index)
        if read.table.where:
            self._keep(read, read.table.tags, tags)

    def _read_fields(self, read: _Read) -> None:
        fields = read.fields
        for source in read.plan.fields:
            name, cell = source.name, source.cell
            if cell.rate is not None:
                self._count_up(source, read)
                continue
            for index, value in self._values(source, read, as_text=False).items():
                if name not in fields[index]:
                    fields[index][name] = float(value)
                if cell.sum is not None:
                    read.summed.add(name)
                elif cell.count is not None:
                    read.counted[name] = cell.count
        if read.table.where:
            self._keep(read, read.table.fields, fields)

    def _rows_of(self, plan: _Plan) -> tuple[list[str], bool]:
        if plan.table.oid is None:
            return ["0"], True
        there = [self.answers.columns[oid] for oid in plan.rows if oid in self.answers.columns]
        indexes = list(dict.fromkeys(index for rows in there for index in rows)) if len(there) != 1 else list(there[0])
        if indexes or not there or not plan.table.empty_is_zero or plan.root is None:
            return indexes, bool(indexes)
        # An agent says the same of an empty table and of one it never had: it is empty where its neighbours answer.
        return indexes, self.answers.any_under(plan.root)

    def _parts(self, plan: _Plan, indexes: Iterable[str]) -> dict[str, dict[str, str]]:
        if plan.kinds is None:
            return {index: {"index": index} for index in indexes}
        parts: dict[str, dict[str, str]] = {}
        strange: list[str] = []
        for index in indexes:
            split = _split(index, plan.kinds)
            if split is None:
                strange.append(index)
            else:
                parts[index] = split
        if strange and not parts:  # not a broken row, but a firmware that numbers its rows in another way
            loosely = {index: split for index in strange if (split := _split_loosely(index, plan.kinds)) is not None}
            if len(loosely) == len(strange):
                self.warnings.append(f"{plan.table.oid}: its index is not of the expected form; rows are told apart by all of it")
                return loosely
        if strange:
            self._bad[f"{plan.table.oid}", "an index is not of the expected form; the row is left out"] += len(strange)
        return parts

    def _keep(self, read: _Read, names: Iterable[str], values: Mapping[str, Mapping[str, Any]]) -> None:
        """Drop the rows that `where` does not want."""
        for name in set(names) & set(read.table.where):
            wanted = read.table.where[name]
            for index in list(read.parts):
                if text(values[index].get(name, "")) not in wanted:
                    self._drop(read, index)

    @staticmethod
    def _drop(read: _Read, index: str) -> None:
        del read.parts[index], read.tags[index], read.fields[index], read.counters[index]

    def _count_up(self, source: _Source, read: _Read) -> None:
        bits, scale = source.cell.rate or 64, source.cell.scale
        broken_at = self.answers.columns.get(source.cell.broken_at or "", {})
        for index, raw in self._raw(source, read).items():
            if isinstance(raw, int) and source.name not in read.counters[index]:
                read.counters[index][source.name] = Counter(raw, bits, scale, broken_at.get(index))

    # -- one cell, for all rows

    def _raw(self, source: _Source, read: _Read) -> Mapping[str, Value]:
        cell, parts = source.cell, read.parts
        if source.column is not None:
            column = self.answers.columns.get(source.column, {})
            if cell.by is not None:
                keys = {i: ".".join(_joined(split, cell.by, read.table.index)) for i, split in parts.items()}
                return {i: column[key] for i, key in keys.items() if key in column}
            return column if column.keys() == parts.keys() else {i: column[i] for i in parts if i in column}
        if cell.index is not None:
            return {i: split[cell.index] for i, split in parts.items()}
        if cell.scalar is not None:
            value = self.answers.scalars.get(cell.scalar)
        elif cell.value is not None:
            value = cell.value
        else:
            value = self._over_column(cell)
        return {} if value is None else dict.fromkeys(parts, value)

    def _over_column(self, cell: Cell) -> Value | None:
        """The largest of a column, or its sum; None if it is empty or one of its values is no number."""
        values = self.answers.columns.get(cell.max_of or cell.sum_of or "", {}).values()
        numbers = [_number(value, numeric_text=cell.numeric_text) for value in values]
        known = [number for number in numbers if number is not None]
        if not known or len(known) < len(numbers):
            return None
        return max(known) if cell.max_of is not None else sum(known)

    def _values(self, source: _Source, read: _Read, *, as_text: bool) -> Mapping[str, Any]:
        cell = source.cell
        if cell.of is not None:
            return self._joined(cell, read)
        if cell.sum is not None:
            return self._summed(cell, read, source.name)
        if cell.count is not None:
            return self._counted(cell, read)
        convert, low, high = source.convert, source.low, source.high
        values: dict[str, Any] = {}
        for index, value in self._raw(source, read).items():
            converted = convert(value)
            if converted is None:
                if not as_text and cell.map is None and cell.pattern is None and not isinstance(value, int | float):
                    self._bad[source.place, f"not a number, so no {source.name}"] += 1
            elif as_text or low <= converted <= high:
                values[index] = converted
            elif source.name == "clients":
                self._bad[source.place, "impossible, so no clients"] += 1
        return values

    def _joined(self, cell: Cell, read: _Read) -> dict[str, Any]:
        """Take a tag of another table's row: the one whose index parts this row has too."""
        assert cell.of is not None
        assert cell.tag is not None
        other = self.read.get(cell.of)
        if other is None:
            return {}
        if cell.on is not None:
            by_tag = {tags.get(cell.on): tags.get(cell.tag) for tags in other.tags.values()}
            named = {i: by_tag.get(tags[cell.on]) for i, tags in read.tags.items() if cell.on in tags}
            return {i: value for i, value in named.items() if value is not None}
        keys = cell.by or [part for part in other.table.index if part in read.table.index]
        found = {tuple(parts[key] for key in keys): other.tags[i].get(cell.tag) for i, parts in other.parts.items()}
        values = {i: found.get(tuple(parts[key] for key in keys)) for i, parts in read.parts.items()}
        return {i: value for i, value in values.items() if value is not None}

    def _summed(self, cell: Cell, read: _Read, name: str) -> dict[str, Any]:
        """Add a field of another table over the rows that belong to each row; unknown if one of them is."""
        assert cell.sum is not None
        other = self.read.get(cell.sum)
        if other is None or not other.answered:
            return {}
        what = cell.field or name
        keys = cell.by or tuple(part for part in read.table.index if part in other.table.index)
        sums: dict[tuple[str, ...], float] = {}
        unknown: set[tuple[str, ...]] = set()
        for index, parts in other.parts.items():
            key = tuple(parts[k] for k in keys)
            value = other.fields[index].get(what)
            if value is None:
                unknown.add(key)
            else:
                sums[key] = sums.get(key, 0.0) + value
        values = {i: tuple(parts[k] for k in keys) for i, parts in read.parts.items()}
        return {i: sums[key] for i, key in values.items() if key in sums and key not in unknown}

    def _counted(self, cell: Cell, read: _Read) -> dict[str, Any]:
        """Count the rows of another table that carry each row's tag."""
        assert cell.count is not None
        other = self.read.get(cell.count)
        if other is None or not other.answered:
            return {}
        tag = cell.tag or "ssid"
        counts: dict[str, int] = defaultdict(int)
        for tags in other.tags.values():
            counts[tags.get(tag, "")] += 1
        return {i: counts.get(read.tags[i].get(tag, ""), 0) for i in read.parts}

    # -- the whole device

    def _merge(self, reads: Sequence[_Read]) -> list[Row]:
        """Make one row of those with the same tags: clients add up, of the rest the first known counts."""
        merged: dict[tuple[Any, ...], Row] = {}
        for read in reads:
            if read.table.measurement is None:
                continue
            for key, row in self._rows(read, read.table.measurement).items():
                first = merged.setdefault(key, row)
                if first is not row:
                    first.fields = {**row.fields, **first.fields}
                    first.counters = {**row.counters, **first.counters}
        return list(merged.values())

    def _rows(self, read: _Read, measurement: str) -> dict[tuple[Any, ...], Row]:
        allowed = read.plan.allowed
        doubles = _doubles(read) if measurement == "link" else frozenset()
        rows: dict[tuple[Any, ...], Row] = {}
        named = measurement in ("wifi_ap", "wifi_radio")
        for index, tags in read.tags.items():
            if read.plan.hides:
                tags = {name: value for name, value in tags.items() if name in allowed}  # noqa: PLW2901
            if measurement == "wifi_ssid" and "ssid" not in tags:
                continue  # a slot without a network; its clients are in the total
            if named:
                self._name_ap(tags)
            if doubles and tags.get("interface") in doubles:
                tags["interface"] += f"#{index}"
            fields = read.fields[index]
            if read.table.count is not None:
                fields[read.table.count] = 1.0
            key = (measurement, *sorted(tags.items()))
            row = rows.get(key)
            if row is None:
                rows[key] = Row(measurement=measurement, tags=tags, fields=fields, counters=read.counters[index], key=key)
                continue
            row.fields = _together(row.fields, fields, adds="clients" not in read.counted)
        return rows

    def _name_ap(self, tags: dict[str, str]) -> None:
        if self.profile.lone:
            tags.setdefault("ap", self.ap)
            tags.setdefault("ap_key", "0")
        elif "ap_key" in tags:
            tags.setdefault("ap", tags["ap_key"])

    def _totals(self, reads: Sequence[_Read], rows: list[Row]) -> list[Total]:
        totals: list[Total] = []
        empty: list[Total] = []
        whats: tuple[What, ...] = ("clients", "aps", "aps_up")
        for what in whats:
            for cell in getattr(self.profile.totals, what):
                value = self._own_total(cell)
                if value is not None:
                    totals.append(Total(what=what, source="scalar", value=value))
                    break
        sums: tuple[tuple[Source, str], ...] = (("ssid", "wifi_ssid"), ("ap", "wifi_ap"), ("radio", "wifi_radio"))
        for source, measurement in sums:
            tables = [read for read in reads if read.table.measurement == measurement and read.table.total and read.answered]
            tables = [
                r for r in tables if r.table.count == "clients" or ("clients" in r.table.fields and "clients" not in r.summed)
            ]
            if tables:
                self._sum_clients(totals, source, tables)
                if not any(read.parts for read in tables) and totals and totals[-1].source == source:
                    empty.append(totals[-1])
        stations = self.answers.columns.get(self.profile.totals.client_table or "")
        if stations and not any(total.what == "clients" and total not in empty for total in totals):
            totals.insert(0, Total(what="clients", source="scalar", value=float(len(stations))))
        if any(total.what == "clients" and total.value > 0 for total in totals):
            totals = [total for total in totals if total not in empty]  # a table that this firmware does not fill
        ap_tables = [read for read in reads if read.table.measurement == "wifi_ap" and read.table.total and read.answered]
        if ap_tables and not self.profile.lone:
            fields = [row for read in ap_tables for row in read.fields.values()]
            totals.append(Total(what="aps", source="ap", value=float(len(fields))))
            ups = [row.get("up") for row in fields]
            if None not in ups:
                totals.append(Total(what="aps_up", source="ap", value=float(sum(up for up in ups if up is not None))))
        if self.profile.lone:
            self._lone(totals, rows)
        return totals

    def _own_total(self, cell: Cell) -> float | None:
        raw = self._over_column(cell) if cell.scalar is None else self.answers.scalars.get(cell.scalar)
        if raw is None:
            return None
        value = _converter(cell, as_text=False)(raw)
        if value is None or value < 0:
            self._bad[cell.scalar or cell.sum_of or "", "not a number, so no total"] += 1
            return None
        return float(value)

    def _sum_clients(self, totals: list[Total], source: Source, tables: list[_Read]) -> None:
        """Add up one kind of row. An AP that is down and gives no number serves nobody; one that is up makes the sum unknown."""
        total, unknown, known = 0.0, 0, 0
        for read in tables:
            if "clients" in read.counted:
                total += len(self.read[read.counted["clients"]].parts)
                continue
            for index in read.parts:
                fields = read.fields[index]
                if read.table.count == "clients":
                    total += 1
                elif "clients" in fields:
                    total += fields["clients"]
                    known += 1
                elif fields.get("up") != 0:
                    unknown += 1
        if unknown:
            if known:  # else the device does not have this column at all
                self.warnings.append(f"clients of {unknown} rows are unknown, so their sum by {source} is too")
        else:
            totals.append(Total(what="clients", source=source, value=total))

    def _lone(self, totals: list[Total], rows: list[Row]) -> None:
        """Give a lone access point its own row: it answered, so it is up."""
        clients = self._chosen(totals, "clients")
        for row in rows:
            if row.measurement == "wifi_ap":
                row.fields.setdefault("up", 1.0)
                break
        else:
            row = Row(measurement="wifi_ap", tags={"ap": self.ap, "ap_key": self._key(rows)}, fields={"up": 1.0})
            rows.append(row)
        if clients is not None:
            row.fields.setdefault("clients", clients.value)
        if self.uptime_s is not None:
            row.fields.setdefault("uptime_s", self.uptime_s)
        totals.append(Total(what="aps", source="ap", value=1.0))
        totals.append(Total(what="aps_up", source="ap", value=1.0))

    @staticmethod
    def _key(rows: list[Row]) -> str:
        return next((row.tags["ap_key"] for row in rows if "ap_key" in row.tags), "0")

    def _chosen(self, totals: list[Total], what: What) -> Total | None:
        for source in (*self.profile.totals.rule, "ap", "radio"):
            for total in totals:
                if total.what == what and total.source == source:
                    return total
        return None

    def _total_row(self, totals: list[Total]) -> list[Row]:
        chosen = {what: self._chosen(totals, what) for what in ("clients", "aps", "aps_up")}
        fields = {what: total.value for what, total in chosen.items() if total is not None}
        if not fields:
            return []
        main = chosen["clients"] or chosen["aps"] or chosen["aps_up"]
        assert main is not None
        return [Row(measurement="wifi_total", tags={"source": main.source}, fields=fields)]


def _together(first: dict[str, float], second: dict[str, float], *, adds: bool) -> dict[str, float]:
    """Put two rows of the same tags together: clients add up and are unknown if one is; of the rest the first known counts."""
    both = {**second, **first}
    if adds:
        both.pop("clients", None)
        if "clients" in first and "clients" in second:
            both["clients"] = first["clients"] + second["clients"]
    return both


def _doubles(read: _Read) -> frozenset[str]:
    seen: set[str] = set()
    double: set[str] = set()
    for tags in read.tags.values():
        name = tags.get("interface")
        if name is not None:
            (double if name in seen else seen).add(name)
    return frozenset(double)


# ------------------------------------------------------------------------------------------------------------------ conversion

_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*")


@functools.lru_cache(maxsize=1 << 15)
def _split(index: str, kinds: tuple[tuple[str, _Part], ...]) -> dict[str, str] | None:
    """Cut an index into its parts; None if it has another form. Some agents write the length before a MAC, most do not."""
    numbers = index.split(".")
    parts = _split_numbers(numbers, kinds, 0)
    return _split_numbers(numbers, kinds, 1) if parts is None else parts


def _split_numbers(numbers: list[str], kinds: Sequence[tuple[str, _Part]], before_mac: int) -> dict[str, str] | None:
    parts: dict[str, str] = {}
    at = 0
    for name, kind in kinds:
        if kind == "rest":
            parts[name] = ".".join(numbers[at:])
            at = len(numbers)
        elif kind == "rest_text":
            parts[name] = text(bytes(int(n) & 0xFF for n in numbers[at:]))
            at = len(numbers)
        else:
            length = {"int": 1, "mac": 6, "ip": 4}.get(kind)
            if kind == "mac":
                at += before_mac
            if length is None:
                if at >= len(numbers):
                    return None
                length = int(numbers[at])
                at += 1
            if at + length > len(numbers):
                return None
            taken = numbers[at : at + length]
            at += length
            if kind == "mac":
                if any(int(n) > 255 for n in taken):
                    return None
                parts[name] = ":".join(f"{int(n):02x}" for n in taken)
            elif kind == "string":
                parts[name] = text(bytes(int(n) & 0xFF for n in taken))
            else:
                parts[name] = ".".join(taken)
    return parts if at == len(numbers) else None


def _split_loosely(index: str, kinds: Sequence[tuple[str, _Part]]) -> dict[str, str] | None:
    """Cut an index whose one part that is no number has another form than it should: it is what the numbers leave."""
    numbers = index.split(".")
    wide = [place for place, (_, kind) in enumerate(kinds) if kind != "int"]
    if len(wide) != 1 or len(numbers) < len(kinds):
        return None
    behind = len(kinds) - wide[0] - 1
    taken = numbers[wide[0] : len(numbers) - behind]
    middle = ".".join(taken)
    if kinds[wide[0]][1] == "string" and len(taken) > 1 and all(31 < int(number) < 256 for number in taken):
        middle = text(bytes(map(int, taken)))  # a text without its length before it
    values = [*numbers[: wide[0]], middle, *numbers[len(numbers) - behind :]]
    return {name: value for (name, _), value in zip(kinds, values, strict=True)}


def _joined(parts: Mapping[str, str], by: Iterable[str], kinds: Mapping[str, str]) -> list[str]:
    """Write index parts as OID numbers again."""
    numbers: list[str] = []
    for name in by:
        text, kind = parts[name], kinds[name]
        if kind == "mac":
            numbers += [str(int(octet, 16)) for octet in text.split(":")]
        elif kind == "string":
            octets = text.encode()
            numbers += [str(len(octets)), *(str(octet) for octet in octets)]
        else:
            numbers.append(text)
    return numbers


def model(profile: Profile, answers: Answers) -> str | None:
    """Name the device's model, where the profile knows how."""
    for cell in profile.model:
        value = None if cell.scalar is None else answers.scalars.get(cell.scalar)
        found = None if value is None else _converter(cell, as_text=True)(value)
        if found:
            return str(found)
    return None


def text(value: Value) -> str:
    """UTF-8, with bad bytes as escapes; padding zeros are no text."""
    if isinstance(value, bytes):
        return value.rstrip(b"\0").decode("utf-8", errors="backslashreplace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _mac(value: Value) -> str | None:
    """Six octets, or their text in any of the usual forms, in lower case with colons."""
    if isinstance(value, bytes) and len(value) == 6:
        return ":".join(f"{octet:02x}" for octet in value)
    digits = re.sub(r"[^0-9a-fA-F]", "", text(value))
    if len(digits) != 12:
        return None
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2)).lower()


def channel_of_mhz(mhz: float) -> int | None:
    """Channel number of a centre frequency (IEEE 802.11-2020, 15.4.4.3, 17.3.8.4.2; IEEE 802.11ax, 27.3.23.2).

    >>> channel_of_mhz(2437), channel_of_mhz(5180), channel_of_mhz(5955), channel_of_mhz(0)
    (6, 36, 1, None)
    """
    if mhz == 2484:
        return 14
    if 2412 <= mhz <= 2472:
        return round((mhz - 2407) / 5)
    if 5160 <= mhz <= 5895:
        return round((mhz - 5000) / 5)
    if 5955 <= mhz <= 7115:
        return round((mhz - 5950) / 5)
    return None


def band_of_mhz(mhz: float) -> str | None:
    """Band of a centre frequency: "2.4", "5" or "6".

    >>> band_of_mhz(2484), band_of_mhz(5745), band_of_mhz(6115)
    ('2.4', '5', '6')
    """
    if 2400 <= mhz <= 2500:
        return "2.4"
    if 5150 <= mhz <= 5925:
        return "5"
    return "6" if 5925 < mhz <= 7125 else None


def _band_of_channel(channel: float) -> str | None:
    """Band of a channel number, for devices that know 2.4 and 5 GHz only."""
    if 1 <= channel <= 14:
        return "2.4"
    if 34 <= channel <= 144:
        return "5" if channel % 2 == 0 else None
    return "5" if 149 <= channel <= 177 and channel % 2 == 1 else None


def _noise_dbm(level: float) -> float | None:
    """Noise in dBm, whichever way the device lost its sign: as 32 or 8 bits unsigned, or left out.

    >>> _noise_dbm(-95), _noise_dbm(4294967201), _noise_dbm(161), _noise_dbm(86), _noise_dbm(0)
    (-95.0, -95.0, -95.0, -86.0, None)
    """
    if level >= 1 << 31:
        level -= 1 << 32
    elif 128 <= level <= 255:
        level -= 256
    elif level > 0:
        level = -level
    return float(level) if level < 0 else None


def _number(value: Value, *, numeric_text: bool) -> float | None:
    """A number, if it is one: text is not, but where the profile says that this device writes numbers so."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if numeric_text and _NUMBER.fullmatch(text(value)):
        number = float(text(value))
        return number if math.isfinite(number) else None
    return None


def _converter(cell: Cell, *, as_text: bool) -> Callable[[Value], Any]:
    """Make the function that reads one cell's values; None is unknown. It is made once and called for every row."""
    read = _mapped(cell, as_text=as_text) if cell.map is not None else _formatted(cell, as_text=as_text)
    if cell.pattern is None:
        return read
    search, group = re.compile(cell.pattern).search, min(re.compile(cell.pattern).groups, 1)

    def caught(value: Value) -> Any:
        hit = search(text(value))
        return None if hit is None else read(hit.group(group))

    return caught


def _mapped(cell: Cell, *, as_text: bool) -> Callable[[Value], Any]:
    """Read by `map`; a field's meaning `unknown` is unknown."""
    assert cell.map is not None

    def meaning(value: str | float | None) -> Any:
        if value is None or (not as_text and value == "unknown"):
            return None
        return text(value) if as_text else float(value)

    meanings = {key: meaning(value) for key, value in cell.map.items()}
    other = meaning(cell.other)

    def mapped(value: Value) -> Any:
        return meanings.get(str(value) if isinstance(value, int) else text(value), other)

    return mapped


def _formatted(cell: Cell, *, as_text: bool) -> Callable[[Value], Any]:
    numeric_text = cell.numeric_text or cell.pattern is not None or cell.index is not None or cell.value is not None
    formats: dict[str, Callable[[float], Any]] = {
        "noise": _noise_dbm,
        "channel_of_mhz": channel_of_mhz,
        "band_of_mhz": band_of_mhz,
        "band_of_channel": _band_of_channel,
    }
    if cell.format == "mac":
        return _mac
    if cell.format is None and as_text:
        return text
    form = None if cell.format is None else formats[cell.format]
    scale, offset, low, high = cell.scale, cell.offset, cell.min, cell.max
    exact = scale == 1.0 and offset == 0.0

    def number(value: Value) -> Any:
        found: float | None = value if type(value) is int else _number(value, numeric_text=numeric_text)
        if found is None:
            return None
        if not exact:
            found = round(found * scale + offset, 6)
        if (low is not None and found < low) or (high is not None and found > high):
            return None
        return found if form is None else form(found)

    return number
