"""The profiles that come with the package, and a user's own: read, checked and made ready to decode with."""

from __future__ import annotations

import functools
import importlib.resources
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from collectors.config import first_fault
from collectors.errors import ConfigError
from collectors.metrics import MEASUREMENTS
from collectors.profile.convert import converter
from collectors.profile.schema import ProfileFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collectors.metrics import Source
    from collectors.profile.schema import Cell, Event, Match, Part, Table, Totals, What
    from collectors.snmp.message import Value

_WHATS: tuple[What, ...] = ("clients", "aps", "aps_up")
_OID_TEXT = re.compile(r"\d+(\.\d+)*")
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
    "used": (0, math.inf),
    "free": (0, math.inf),
    "limit": (1, math.inf),
    "speed_bps": (1, math.inf),
}
"""Field -> what it can be at all. What lies outside is a device's way to say that it does not know (noise 0, channel 0)."""
_MAX_AID = 2007
"""The largest association identifier (IEEE 802.11-2020, 9.4.1.8), so the most clients that one radio's network can have."""

MAX_CLIENTS_OF_AP = 3.0 * _MAX_AID
"""No access point has more than three radios with clients: what says more is a counter that ran over, or noise (assumed)."""
MAX_CLIENTS_OF_DEVICE = 1e6
"""The same where nobody says how many access points a device has: no controller takes a tenth of that (assumed)."""

ABOUT = ("serial", "group", "location")
"""What a profile may say of an access point beside its sample, as the tags `_serial`, `_group` and `_location`."""


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
    macs: tuple[str, ...]
    match: tuple[Match, ...]
    model: tuple[tuple[Cell, Callable[[Value], Any]], ...]
    """Where the device's model stands, and how it is read."""
    totals: Totals
    traps: Mapping[str, Event]
    tables: tuple[TablePlan, ...]
    scalars: tuple[str, ...]
    """The single values to ask for, each once."""
    columns: tuple[str, ...]
    """The columns to walk, each once, those of a table together."""
    tag_scalars: tuple[str, ...]
    tag_columns: tuple[str, ...]
    """Of these, what tags are made of."""
    shared: frozenset[str]
    """Measurements that several tables give."""
    rank: Mapping[Source, int]
    """Which way of counting is named first where several are there."""
    own_totals: tuple[tuple[What, tuple[tuple[Cell, Callable[[Value], Any]], ...]], ...]
    """What the device counts itself: of each, its cells and how they are read."""
    table_columns: frozenset[str]
    """Of these, what tables are made of; lists that are only counted come and go with every client."""


def _cells(table: Table) -> list[Cell]:
    return [cell for cells in (*table.tags.values(), *table.fields.values()) for cell in cells]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPlan:
    """A cell made ready: which column it reads, how, and between which limits."""

    name: str
    cell: Cell
    column: str | None
    convert: Callable[[Value], Any]
    low: float
    high: float

    is_plain: bool = False
    """Whether it reads one number a row from its own column, or one for all rows."""
    known: dict[Value, float | str | None] = field(default_factory=dict, compare=False, repr=False)
    """What `number` made of values."""

    def number(self, value: Value) -> float | str | None:
        """Read a field's value: a number, None where it is unknown, or in words why it cannot be one."""
        converted = self.convert(value)
        if converted is None:
            says_why = self.cell.map is None and self.cell.pattern is None and not isinstance(value, int | float)
            return f"not a number, so no {self.name}" if says_why else None
        if self.low <= converted <= self.high:
            return float(converted)
        return "impossible, so no clients" if self.name == "clients" else None

    @property
    def place(self) -> str:
        """Name the OID in a warning."""
        return self.column or self.cell.scalar or self.cell.max_of or self.cell.sum_of or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """A table made ready, with the root of its own file."""

    table: Table
    root: str | None
    rows: tuple[str, ...]
    tags: tuple[CellPlan, ...]
    fields: tuple[CellPlan, ...]
    kinds: tuple[tuple[str, Part], ...] | None
    """Of the index parts; None where the whole index is one."""
    allowed: frozenset[str]
    hides: bool
    """Whether it has tags that are for joining only."""
    has_rates: bool
    tags_refer: bool
    fields_refer: bool
    """Whether a cell takes from another table, which must be read before."""


def _table_plan(table: Table, root: str | None, *, lone: bool) -> TablePlan:
    if table.oid is None:
        rows: list[str] = []
    elif table.rows is not None:
        rows = [f"{table.oid}.{table.rows}"]
    else:
        rows = [f"{table.oid}.{cell.column}" for cell in _cells(table) if cell.column is not None]
        rows = rows or [cell.oid for cell in _cells(table) if cell.oid is not None]
    kinds = tuple(table.index.items())
    allowed = set(() if table.measurement is None else MEASUREMENTS[table.measurement].tags)
    return TablePlan(
        table=table,
        root=root,
        rows=tuple(dict.fromkeys(rows)),
        tags=tuple(
            _cell_plan(table, name, cell, as_text=True, lone=lone) for name, cells in table.tags.items() for cell in cells
        ),
        fields=tuple(
            _cell_plan(table, name, cell, as_text=False, lone=lone) for name, cells in table.fields.items() for cell in cells
        ),
        kinds=None if kinds == (("index", "rest"),) else kinds,
        allowed=frozenset(allowed),
        hides=not allowed.issuperset(table.tags),
        has_rates=any(cell.rate is not None for cells in table.fields.values() for cell in cells),
        tags_refer=any(cell.of is not None for cells in table.tags.values() for cell in cells),
        fields_refer=any(cell.sum or cell.count or cell.of for cells in table.fields.values() for cell in cells),
    )


def _without(table: Table, about: frozenset[str]) -> Table:
    """Leave out what of an access point nobody looks at."""
    spare = {f"_{name}" for name in ABOUT if name not in about} & table.tags.keys()
    return table.model_copy(update={"tags": {k: v for k, v in table.tags.items() if k not in spare}}) if spare else table


def _cell_plan(table: Table, name: str, cell: Cell, *, as_text: bool, lone: bool) -> CellPlan:
    low, high = (-math.inf, math.inf) if as_text else _RANGE.get(name, (-math.inf, math.inf))
    if name == "clients" and table.measurement == "wifi_radio":
        high = _MAX_AID
    elif name == "clients":
        of_one_ap = lone or "ap" in table.tags or table.measurement == "wifi_ap"
        high = MAX_CLIENTS_OF_AP if of_one_ap else MAX_CLIENTS_OF_DEVICE
    column = cell.oid if cell.column is None else f"{table.oid}.{cell.column}"
    is_plain = not as_text and not (cell.of or cell.sum or cell.count or cell.index or cell.rate)
    return CellPlan(
        name=name, cell=cell, column=column, convert=converter(cell, as_text=as_text), low=low, high=high, is_plain=is_plain
    )


def _asked(file: ProfileFile, plans: Sequence[TablePlan]) -> tuple[tuple[str, ...], tuple[str, ...]]:
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
def load(name: str, sys_object_id: str = "0.0", about: frozenset[str] = frozenset()) -> Profile:
    """Load a profile by its name, or by the path of a YAML file.

    Parameters
    ----------
    sys_object_id : str
        What stands for SYS_OBJECT_ID in the file: some makes hang each model's tables under its own identifier.
    about : frozenset of str
        What of `ABOUT` is needed of each access point: it costs a column each, so it is only asked for where a rule looks at it.

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
        return _parse(written.replace("SYS_OBJECT_ID", sys_object_id), str(path), path.stem, about)
    if name not in names():
        raise ConfigError(f"there is no profile {name}; there are {', '.join(names())}, or give the path of a YAML file")
    written = (importlib.resources.files("collectors") / "profiles" / f"{name}.yaml").read_text(encoding="utf-8")
    return _parse(written.replace("SYS_OBJECT_ID", sys_object_id), f"profiles/{name}.yaml", name, about)


def _parse(written: str, where: str, name: str, about: frozenset[str]) -> Profile:
    try:
        raw = yaml.load(written, Loader=_Loader)  # noqa: S506  (it makes nothing but text, lists and mappings)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}" if mark is not None else ""
        raise ConfigError(f"{where}:{place} not YAML: {getattr(error, 'problem', error)}") from None
    try:
        file = ProfileFile.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{where}: {first_fault(error)}") from None
    plans = [_table_plan(_without(table, about), file.root, lone=file.lone) for table in file.tables]
    for other in file.include:
        plans += load(other).tables
    known = {plan.table.name for plan in plans}
    for plan in plans:
        for cell in _cells(plan.table):
            for wanted in (cell.of, cell.sum, cell.count):
                if wanted is not None and wanted not in known:
                    raise ConfigError(f"{where}: a cell refers to the table {wanted}, which is not there; give one that name")
    scalars, columns = _asked(file, plans)
    sources = [source for plan in plans for source in plan.tags]
    tags = [source.cell for source in sources]
    of_tags = [*(source.column for source in sources), *(oid for cell in tags for oid in (cell.max_of, cell.sum_of))]
    return Profile(
        name=name,
        vendor=file.vendor,
        device=file.device,
        unverified=file.unverified,
        recorded=file.recorded,
        source=file.source,
        lone=file.lone,
        macs=file.macs,
        match=file.match,
        model=tuple((cell, converter(cell, as_text=True)) for cell in file.model),
        totals=file.totals,
        traps=file.traps,
        tables=tuple(plans),
        scalars=scalars,
        columns=columns,
        tag_scalars=tuple({cell.scalar for cell in tags if cell.scalar is not None}),
        tag_columns=tuple({oid for oid in of_tags if oid is not None}),
        shared=frozenset(name for name, count in Counter(plan.table.measurement for plan in plans).items() if name and count > 1),
        rank={source: rank for rank, source in enumerate(dict.fromkeys((*file.totals.rule, "ap", "radio", "scalar", "ssid")))},
        own_totals=tuple(
            (what, tuple((cell, converter(cell, as_text=False)) for cell in getattr(file.totals, what))) for what in _WHATS
        ),
        table_columns=frozenset(columns) - ({file.totals.client_table} - {oid for plan in plans for oid in plan.rows}),
    )


@functools.cache
def events() -> Mapping[str, Event]:
    """Give what notifications mean, of every make: snmpTrapOID -> event."""
    return {oid: event for name in names() for oid, event in load(name).traps.items()}


def vendors_table() -> str:
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
