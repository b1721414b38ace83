"""The ways in which a decoded device counts its clients, for the rule of `collectors.totals` to choose from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from collectors.profile.index import under
from collectors.profile.library import MAX_CLIENTS_OF_AP, MAX_CLIENTS_OF_DEVICE
from collectors.totals import Way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.metrics import Source
    from collectors.profile.library import Profile, TablePlan
    from collectors.profile.schema import Table
    from collectors.snmp.message import Value

    Columns = Mapping[str, Mapping[str, Value]]

ROWS: tuple[tuple[Source, str], ...] = (("ssid", "wifi_ssid"), ("ap", "wifi_ap"), ("radio", "wifi_radio"))
"""The kinds of rows that count clients."""


class Counter(NamedTuple):
    """A counter of `bits` that will be a rate of `scale` times its units a second. It began anew at uptime `broken_at`."""

    value: int
    bits: int
    scale: float
    broken_at: Value | None = None


@dataclass(slots=True)
class Read:
    """A table as it was read: its rows' indexes and their parts, tags and fields, by index."""

    plan: TablePlan
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The access points of a device by what their rows say: keys of all, of those down, and of those that may serve.

    `told` is how many the device itself says are connected, `without` the names of those that serve and have no count.
    """

    known: frozenset[str]
    down: frozenset[str]
    up: frozenset[str]
    told: float
    without: tuple[str, ...]

    @classmethod
    def of(cls, tables: Sequence[Read], told: float) -> Serving:
        """Gather it from the tables of access points."""
        rows = [(read.tags[index], read.fields[index]) for read in tables for index in read.parts]
        up = [(tags, fields) for tags, fields in rows if fields.get("up") != 0]
        return cls(
            known=frozenset(tags.get("ap_key", "") for tags, _ in rows),
            down=frozenset(tags.get("ap_key", "") for tags, fields in rows if fields.get("up") == 0),
            up=frozenset(tags.get("ap_key", "") for tags, _ in up),
            told=told,
            without=tuple(tags.get("ap", tags.get("ap_key", "")) for tags, fields in up if "clients" not in fields),
        )

    @property
    def is_sure(self) -> bool:
        """Whether some access point serves."""
        return bool(self.up) or self.told > 0

    @property
    def most_clients(self) -> float:
        """How many clients the device can have at all: what says more is a counter that ran over."""
        count = max(len(self.known), round(self.told))
        return MAX_CLIENTS_OF_AP * count if count else MAX_CLIENTS_OF_DEVICE


def counts_by(read: Read, measurement: str) -> bool:
    """Whether a table's rows count clients towards the device's total."""
    table = read.table
    return table.measurement == measurement and table.total and (table.count == "clients" or "clients" in table.fields)


def ways_of(  # noqa: PLR0917
    profile: Profile,
    columns: Columns,
    reads: Sequence[Read],
    own: float | None,
    serving: Serving,
    gone: Mapping[Source, int],
) -> tuple[list[Way], list[str]]:
    """Count a device's clients in every way that it has.

    Parameters
    ----------
    own : float or None
        The number that the device itself gives.
    gone : mapping
        Kind of row -> how many were there in earlier polls and are missing now.

    Returns
    -------
    ways : list of Way
        One of each source that the device has; what is impossible is taken out of the rows.
    impossible : list of str
        The places where that was, once for each row.
    """
    impossible: list[str] = []
    ways: list[Way] = []
    if own is not None and own > serving.most_clients:
        impossible.append("the device's own number of clients")
    elif own is not None:
        ways.append(Way(source="scalar", counted=own, uncounted=0, rows=True))
    by_name = {read.table.name: read for read in reads}
    for source, measurement in ROWS:
        tables = [read for read in reads if counts_by(read, measurement)]
        tables = [read for read in tables if read.answered or rows_without_count(columns, read)]
        if tables:
            way = _way(source, tables, by_name, columns, serving, impossible)
            lacks = gone.get(source, 0)
            # A row without a count may be one that is missed, so the two are not added up.
            ways.append(replace(way, uncounted=max(way.uncounted, lacks), rows=True) if lacks else way)
    stations = columns.get(profile.totals.client_table or "")
    if stations and not any(way.complete for way in ways):
        # Firmware without counters has only this list; what has lost its counters looks the same.
        lost = max((way.uncounted for way in ways), default=0)
        ways.insert(0, Way(source="scalar", counted=float(len(stations)), uncounted=lost, rows=True))
    return _without_doubles(reads, ways), impossible


def plain_tables(profile: Profile, columns: Columns, reads: Sequence[Read]) -> list[tuple[Source, list[int]]] | None:
    """Say which tables count, as kind and places, where nothing but their rows' counts has to be looked at.

    That is a device without rows of access points, lists of clients and rows that only other columns show; None for any other.
    """
    if columns.get(profile.totals.client_table or ""):
        return None
    found: list[tuple[Source, list[int]]] = []
    for source, measurement in ROWS:
        places = [place for place, read in enumerate(reads) if counts_by(read, measurement) and read.answered]
        if measurement == "wifi_ap" and any(read.table.measurement == measurement for read in reads):
            return None
        for place in places:
            table = reads[place].table
            if (
                table.count is not None
                or table.where
                or reads[place].plan.fields_refer
                or rows_without_count(columns, reads[place])
            ):
                return None
        if places:
            found.append((source, places))
    return found


def rows_without_count(columns: Columns, read: Read) -> set[str]:
    """Rows that only their other columns show, of a table whose rows are told by the column of counts itself."""
    by = read.plan.rows
    counts = {source.column for source in read.plan.fields if source.name == "clients"}
    if len(by) != 1 or by[0] not in counts or read.table.count == "clients":
        return set()
    beside = [rows for oid, rows in columns.items() if under(oid, read.table.oid or "") and oid != by[0]]
    return {index for rows in beside for index in rows} - columns.get(by[0], {}).keys()


def _without_doubles(reads: Sequence[Read], ways: list[Way]) -> list[Way]:
    """Leave out the sum by access point where it is only that by radio again."""
    by = {way.source: way for way in ways}
    ap, radio = by.get("ap"), by.get("radio")
    if ap is None or radio is None or not any("clients" in r.summed for r in reads if r.table.measurement == "wifi_ap"):
        return ways
    is_same = (ap.counted, ap.complete) == (radio.counted, radio.complete)
    return [way for way in ways if way is not ap] if is_same else ways


def _way(  # noqa: PLR0917
    source: Source,
    tables: Sequence[Read],
    by_name: Mapping[str | None, Read],
    columns: Columns,
    serving: Serving,
    impossible: list[str],
) -> Way:
    """Add up one kind of row. An AP that is down and gives no number serves nobody; any other without one is not counted."""
    total, unknown, known, rows = 0.0, 0, 0, False
    covered: set[str] = set()
    most_clients = serving.most_clients
    for read in tables:
        if "clients" in read.counted:  # counted once for all rows of the same name, which add nothing to each other
            total += len(by_name[read.counted["clients"]].parts)
            known, rows = known + 1, True
            continue
        lost = rows_without_count(columns, read)
        rows, unknown = rows or bool(read.parts or lost) or read.table.count == "clients", unknown + len(lost)
        for index in read.parts:
            fields, key = read.fields[index], read.tags[index].get("ap_key", "")
            covered.add(key)
            if fields.get("clients", 0.0) > most_clients:
                del fields["clients"]
                impossible.append(read.table.oid or source)
            if read.table.count == "clients":
                total, known = total + 1, known + 1
            elif "clients" in fields:
                total += fields["clients"]
                known += 1
            elif fields.get("up") != 0 and key not in serving.down:
                unknown += 1
    if source == "radio" and rows and covered & serving.known:
        unknown = max(unknown, len(serving.up - covered))
    if source in ("ap", "radio") and rows:
        unknown = max(unknown, round(serving.told) - len(covered - serving.down))
    return Way(source=source, counted=total if known else None, uncounted=unknown, rows=rows)
