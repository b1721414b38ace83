"""What a device's answers mean by its profile: rows of samples, totals, and warnings of what is not understood. It is pure."""

from __future__ import annotations

from collections import Counter as Counts
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.metrics import Sample, Source
from collectors.profile.convert import NONE, number_of, text_of
from collectors.profile.counting import Counter, Read, Serving, rows_without_count, ways_of
from collectors.profile.index import split_index, split_loosely, under, write_index
from collectors.profile.library import ABOUT, MAX_CLIENTS_OF_AP, load
from collectors.profile.match import identity
from collectors.profile.memo import Memo
from collectors.profile.rows import Row, Series
from collectors.totals import of_device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from collectors.profile.known_rows import Gone
    from collectors.profile.library import CellPlan, Profile, TablePlan
    from collectors.profile.recording import Walk
    from collectors.profile.schema import Cell, What
    from collectors.snmp.message import Value
    from collectors.totals import DeviceTotal, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a device said. A column that it answered with nothing is there and empty; one it did not answer is absent."""

    scalars: Mapping[str, Value]
    columns: Mapping[str, Mapping[str, Value]]
    layout: object = None
    """The same object as in other answers that have the same rows in every column; None says nothing."""

    def any_under(self, root: str) -> bool:
        """Whether the device said anything at or under an OID."""
        return any(under(oid, root) for oid in self.scalars) or any(
            rows and under(oid, root) for oid, rows in self.columns.items()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What the answers mean. Tags `site` and `device` are the poller's to add."""

    rows: tuple[Row, ...]
    totals: tuple[Total, ...]
    warnings: tuple[str, ...]
    gone: tuple[Gone, ...] = ()
    """What was there in earlier polls and is missing now."""

    def samples(self, time: datetime, tags: dict[str, str]) -> list[Sample]:
        """Give the rows that know something as samples."""
        return [row.sample(time, tags) for row in self.rows if row.fields]


_UNKNOWN = object()


def decode(
    profile: Profile,
    answers: Answers,
    *,
    ap: str,
    uptime_s: float | None = None,
    memo: Memo | None = None,
    at_s: float = 0.0,
) -> Decoded:
    """Turn a device's answers into rows, totals and warnings.

    Parameters
    ----------
    ap : str
        The name of the access point where the device is one itself.
    uptime_s : float, optional
        How long the device has run, for the same case.
    memo : Memo, optional
        The device's own: it makes the next time quicker, and misses what was there before.
    at_s : float, optional
        When the answers came, by a clock that is never put.
    """
    return _Decoder(profile, answers, ap, uptime_s, memo or Memo(), at_s).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A profile and what it made of a recorded device."""

    profile: Profile
    decoded: Decoded


def on_walk(name: str, walk: Walk, *, ap: str = "AP") -> Tried:
    """Decode a recorded device with a profile."""
    sys_object_id, _ = identity(walk)
    profile = load(name, sys_object_id or "0.0")
    ticks = walk.values.get("1.3.6.1.2.1.1.3.0")
    uptime_s = ticks / 100 if isinstance(ticks, int) else None
    return Tried(profile=profile, decoded=decode(profile, pick(profile, walk), ap=ap, uptime_s=uptime_s))


def model_of(profile: Profile, answers: Answers) -> str | None:
    """Name the device's model, where the profile knows how."""
    for cell, convert in profile.model:
        value = None if cell.scalar is None else answers.scalars.get(cell.scalar)
        found = None if value is None else convert(value)
        if found:
            return str(found)
    return None


_NO_COUNTERS: dict[str, Counter] = {}
_NUMBERS: tuple[What, ...] = ("aps", "aps_up")
_MOST_KNOWN = 4096
"""Values of one column whose meaning is remembered (assumed)."""


def _tags_refer(read: Read) -> bool:
    return read.plan.tags_refer


def _fields_refer(read: Read) -> bool:
    return read.plan.fields_refer


class _Decoder:
    def __init__(  # noqa: PLR0917
        self, profile: Profile, answers: Answers, ap: str, uptime_s: float | None, memo: Memo, at_s: float
    ) -> None:
        self.memo = memo
        self.at_s = at_s
        self.is_known = False
        self.gone: list[Gone] = []
        self.profile = profile
        self.answers = answers
        self.ap = ap
        self.uptime_s = uptime_s
        self.warnings: list[str] = []
        self.read: dict[str, Read] = {}
        self.chosen: DeviceTotal | None = None
        self._bad: dict[tuple[str, str], int] = defaultdict(int)

    def run(self) -> Decoded:
        # A row may take another's tag and sum another's field, so what refers to others is read after them.
        self.is_known = self.memo.fits(self.profile, self.answers)
        again = self._again() if self.is_known else None
        if again is not None:
            return again
        if self.is_known:
            reads = self.memo.reads()
            self.read = {read.table.name: read for read in reads if read.table.name is not None}
            self.warnings, bad = self.memo.take_up()
            self._bad.update(bad)
        else:
            reads = [self._open(plan) for plan in self.profile.tables]
            self.read = {read.table.name: read for read in reads if read.table.name is not None}
            for read in sorted(reads, key=_tags_refer):
                self._read_tags(read)
            self.memo.keep(self.profile, self.answers, reads, self.warnings, self._bad)
        for read in sorted(reads, key=_fields_refer):
            self._read_fields(read)
        rows = self._merge(reads)
        totals = self._totals(reads, rows)
        rows += self._total_row(totals)
        for (place, reason), count in sorted(self._bad.items()):
            self.warnings.append(f"{place}: {reason}{f' ({count} rows)' if count > 1 else ''}")
        return Decoded(rows=tuple(rows), totals=tuple(totals), warnings=tuple(self.warnings), gone=tuple(self.gone))

    def _again(self) -> Decoded | None:
        """Read only the numbers of a device whose rows are those of its last poll, if it is plain and there is nothing to say."""
        again = self.memo.again()
        if again is None or not self.memo.known.is_whole:
            return None
        totals = self._own_totals()
        own = {total.what: total.value for total in totals}
        read = None if self._bad or "aps_up" in own else again.read(self.answers, own.get("clients"))
        if read is None:
            self._bad.clear()
            return None
        rows, ways = read
        counts = [way.counted for way in ways]
        if self.memo.choice is not None and self.memo.choice[0] == (counts, own):
            _, self.chosen, totals, last = self.memo.choice
            if self.profile.lone:
                self._lone([], rows)
            rows += [Row(row.measurement, row.tags, dict(row.fields), _NO_COUNTERS) for row in last]
            return Decoded(rows=tuple(rows), totals=tuple(totals), warnings=self.memo.warnings)
        chosen = self._choose(ways, serves=self.profile.lone, has_own="clients" in own)
        if chosen is None or chosen.uncounted:
            self._bad.clear()
            return None
        totals = self._beside(totals, ways)
        if self.profile.lone:
            self._lone(totals, rows)
        last = self._total_row(totals)
        self.memo.choice = (counts, own), chosen, totals, last
        return Decoded(rows=(*rows, *last), totals=tuple(totals), warnings=self.memo.warnings)

    # -- one table

    def _open(self, plan: TablePlan) -> Read:
        indexes, answered = self._rows_of(plan)
        parts = self._parts(plan, indexes)
        return Read(plan, plan.table, parts, {i: {} for i in parts}, {i: {} for i in parts}, {i: {} for i in parts}, answered)

    def _read_tags(self, read: Read) -> None:
        tags, need = read.tags, read.table.need
        closed: set[tuple[str, str]] = set()
        for source in read.plan.tags:
            name, is_mapped = source.name, source.cell.map is not None
            for index, value in self._values(source, read, as_text=True).items():
                if value == NONE:
                    if is_mapped:
                        closed.add((index, name))
                elif name not in tags[index] and (index, name) not in closed:
                    tags[index][name] = value
        if need:
            for index in [i for i, given in tags.items() if any(tag not in given for tag in need)]:
                self._drop(read, index)
        if read.table.where:
            self._keep(read, read.table.tags, tags)
        if read.table.virtual is not None:
            self._to_real_ones(read, read.table.virtual)

    @staticmethod
    def _to_real_ones(read: Read, lacks: str) -> None:
        """Give a virtual access point the tags of the one that it runs on: NAME-1 of NAME, where it lacks a tag that this has."""
        real = {tags["ap"]: tags for tags in read.tags.values() if "ap" in tags and lacks in tags}
        for index, tags in read.tags.items():
            name, dash, number = tags.get("ap", "").rpartition("-")
            if lacks not in tags and dash and number.isdigit() and name in real:
                read.tags[index] = dict(real[name])

    def _read_fields(self, read: Read) -> None:
        fields = read.fields
        for source in read.plan.fields:
            name, cell = source.name, source.cell
            if cell.rate is not None:
                self._count_up(source, read)
                continue
            if source.is_plain:
                self._read_plainly(source, read)
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

    def _read_plainly(self, source: CellPlan, read: Read) -> None:
        """Read a column of numbers: what each value means is remembered, for most of them come again and again."""
        name, known, fields = source.name, source.known, read.fields
        for index, value in self._raw(source, read).items():
            number = known.get(value, _UNKNOWN)
            if number is _UNKNOWN:
                number = source.number(value)
                if len(known) < _MOST_KNOWN:
                    known[value] = number
            if type(number) is float:
                row = fields[index]
                if name not in row:
                    row[name] = number
            elif number is not None:
                self._bad[source.place, str(number)] += 1

    def _rows_of(self, plan: TablePlan) -> tuple[list[str], bool]:
        if plan.table.oid is None:
            return ["0"], True
        there = [self.answers.columns[oid] for oid in plan.rows if oid in self.answers.columns]
        indexes = list(dict.fromkeys(index for rows in there for index in rows)) if len(there) != 1 else list(there[0])
        if indexes or not there or not plan.table.empty_is_zero or plan.root is None:
            return indexes, bool(indexes)
        # An agent says the same of an empty table and of one it never had: it is empty where its neighbours answer.
        return indexes, self.answers.any_under(plan.root)

    def _parts(self, plan: TablePlan, indexes: Iterable[str]) -> dict[str, dict[str, str]]:
        if plan.kinds is None:
            return {index: {"index": index} for index in indexes}
        parts: dict[str, dict[str, str]] = {}
        strange: list[str] = []
        for index in indexes:
            split = split_index(index, plan.kinds)
            if split is None:
                strange.append(index)
            else:
                parts[index] = split
        if strange and not parts:  # not a broken row, but a firmware that numbers its rows in another way
            loosely = {index: split for index in strange if (split := split_loosely(index, plan.kinds)) is not None}
            if len(loosely) == len(strange):
                self.warnings.append(f"{plan.table.oid}: its index is not of the expected form; rows are told apart by all of it")
                return loosely
        if strange:
            self._bad[f"{plan.table.oid}", "an index is not of the expected form; the row is left out"] += len(strange)
        return parts

    def _keep(self, read: Read, names: Iterable[str], values: Mapping[str, Mapping[str, Any]]) -> None:
        """Drop the rows that `where` does not want."""
        for name in set(names) & set(read.table.where):
            wanted = read.table.where[name]
            for index in list(read.parts):
                if text_of(values[index].get(name, "")) not in wanted:
                    self._drop(read, index)

    @staticmethod
    def _drop(read: Read, index: str) -> None:
        del read.parts[index], read.tags[index], read.fields[index], read.counters[index]

    def _count_up(self, source: CellPlan, read: Read) -> None:
        bits, scale = source.cell.rate or 64, source.cell.scale
        broken_at = self.answers.columns.get(source.cell.broken_at or "", {})
        for index, raw in self._raw(source, read).items():
            if isinstance(raw, int) and source.name not in read.counters[index]:
                read.counters[index][source.name] = Counter(raw, bits, scale, broken_at.get(index))

    # -- one cell, for all rows

    def _raw(self, source: CellPlan, read: Read) -> Mapping[str, Value]:
        cell, parts = source.cell, read.parts
        if source.column is not None:
            column = self.answers.columns.get(source.column, {})
            if cell.by is not None:
                keys = {i: ".".join(write_index(split, cell.by, read.table.index)) for i, split in parts.items()}
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
        numbers = [value if type(value) is int else number_of(value, numeric_text=cell.numeric_text) for value in values]
        known = [number for number in numbers if number is not None]
        if not known or len(known) < len(numbers):
            return None
        return max(known) if cell.max_of is not None else sum(known)

    def _values(self, source: CellPlan, read: Read, *, as_text: bool) -> Mapping[str, Any]:
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

    def _joined(self, cell: Cell, read: Read) -> dict[str, Any]:
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

    def _summed(self, cell: Cell, read: Read, name: str) -> dict[str, Any]:
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
        if what == "clients" and other.plan.kinds is not None:
            split = (split_index(index, other.plan.kinds) for index in rows_without_count(self.answers.columns, other))
            unknown |= {tuple(parts[k] for k in keys) for parts in split if parts is not None}
        values = {i: tuple(parts[k] for k in keys) for i, parts in read.parts.items()}
        return {i: sums[key] for i, key in values.items() if key in sums and key not in unknown}

    def _counted(self, cell: Cell, read: Read) -> dict[str, Any]:
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

    def _merge(self, reads: Sequence[Read]) -> list[Row]:
        """Make one row of those with the same tags: clients add up, of the rest the first known counts."""
        merged: dict[tuple[Any, ...], Row] = {}
        found: list[Row] = []
        for place, read in enumerate(reads):
            if read.table.measurement is None:
                continue
            rows = self._rows(place, read, read.table.measurement)
            if read.table.measurement not in self.profile.shared:
                found += rows
                continue
            for row in rows:
                first = merged.setdefault(row.key, row)
                if first is row:
                    found.append(row)
                else:
                    first.fields = {**row.fields, **first.fields}
                    first.counters = {**row.counters, **first.counters}
        return found

    def _rows(self, place: int, read: Read, measurement: str) -> list[Row]:
        known = self.memo.series.get(place)
        if known is None:
            return self._rows_anew(place, read, measurement)
        fields, counters, count = read.fields, read.counters, read.table.count
        if count is not None:
            for row in fields.values():
                row[count] = 1.0
        return [Row(measurement, one.tags, fields[one.index], counters[one.index], one.key, one.about, one) for one in known]

    def _rows_anew(self, place: int, read: Read, measurement: str) -> list[Row]:
        allowed = read.plan.allowed
        doubles = _doubles(read) if measurement == "link" else frozenset()
        rows: dict[tuple[Any, ...], Row] = {}
        series: list[Series] = []
        is_one_each = True
        named = measurement in ("wifi_ap", "wifi_radio")
        for index, tags in read.tags.items():
            about = {}
            if read.plan.hides:
                about = {name: tags[f"_{name}"] for name in ABOUT if f"_{name}" in tags}
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
                rows[key] = Row(measurement, tags, fields, read.counters[index], key, about)
                series.append(Series(index=index, tags=tags, key=key, about=about))
                continue
            is_one_each = False
            row.fields = _together(row.fields, fields, adds="clients" not in read.counted)
        if is_one_each and not (read.table.where.keys() & read.table.fields.keys()):
            self.memo.series[place] = series
        return list(rows.values())

    def _name_ap(self, tags: dict[str, str]) -> None:
        if self.profile.lone:
            tags.setdefault("ap", self.ap)
            tags.setdefault("ap_key", "0")
        elif "ap_key" in tags:
            tags.setdefault("ap", tags["ap_key"])

    def _own_totals(self) -> list[Total]:
        totals: list[Total] = []
        for what, cells in self.profile.own_totals:
            for cell, convert in cells:
                value = self._own_total(cell, convert)
                if value is not None and what == "clients" and self.profile.lone and value > MAX_CLIENTS_OF_AP:
                    self._bad["the device's own number of clients", "impossible, so no clients"] += 1
                elif value is not None:
                    totals.append(Total(what=what, source="scalar", value=value))
                    break
        return totals

    def _totals(self, reads: Sequence[Read], rows: list[Row]) -> list[Total]:
        ap_tables = [read for read in reads if read.table.measurement == "wifi_ap" and read.table.total and read.answered]
        aps = [row for read in ap_tables for row in read.fields.values()]
        totals = self._clients(reads, self._own_totals(), ap_tables)
        is_list = aps or not any(row.measurement == "wifi_radio" for row in rows)  # none does not deny those of listed radios
        if ap_tables and is_list and not self.profile.lone:
            totals.append(Total(what="aps", source="ap", value=float(len(aps))))
            ups = [row.get("up") for row in aps]
            if None not in ups:
                totals.append(Total(what="aps_up", source="ap", value=float(sum(up for up in ups if up is not None))))
        if self.profile.lone:
            self._lone(totals, rows)
        return totals

    def _clients(self, reads: Sequence[Read], totals: list[Total], ap_tables: list[Read]) -> list[Total]:
        """Count the clients in every way that the device has, and choose one; the others are given beside it."""
        own = {total.what: total.value for total in totals}
        serving = Serving.of(ap_tables, own.get("aps_up", 0.0))
        self.gone = self.memo.known.gone(reads, serving, self.at_s, unchanged=self.is_known)
        lacks: Counts[Source] = Counts()
        for one in self.gone:
            lacks[one.source] += one.rows
        ways, impossible = ways_of(self.profile, self.answers.columns, reads, own.get("clients"), serving, lacks)
        for place in impossible:
            self._bad[place, "impossible, so no clients"] += 1
        may_serve = serving.is_sure or own.get("aps", 0.0) > len(
            serving.down
        )  # it knows some, and does not say that all are down
        chosen = self._choose(ways, serves=may_serve or self.profile.lone or bool(lacks), has_own="clients" in own)
        if chosen is not None and chosen.uncounted:
            what = "are not counted" if chosen.uncounted > 1 else "is not counted"
            missed = dict.fromkeys(one.tags.get("ap") or one.tags.get("ssid") or "" for one in self.gone)
            without = [name for name in (*missed, *serving.without) if name]
            names = f" ({', '.join(without[:5])})" if without else ""
            self.warnings.append(
                f"{chosen.uncounted} of its access points or rows {what}{names}: "
                f"the total of {chosen.clients:g} clients is a lower bound"
            )
        elif chosen is None and (serving.is_sure or any(way.rows for way in ways)):
            self.warnings.append("access points serve, and the device counts nobody's clients: they are unknown")
        return self._beside(totals, ways)

    def _choose(self, ways: Sequence[Way], *, serves: bool, has_own: bool) -> DeviceTotal | None:
        chosen = of_device(ways, self.profile.totals.rule, serves=serves)
        self.chosen = self.memo.known.judged(chosen, ways, self.at_s, has_own=has_own)
        return self.chosen

    def _beside(self, totals: Sequence[Total], ways: Sequence[Way]) -> list[Total]:
        """Give the device's own totals and what each way comes to that is whole, its own number of clients first."""
        nobody = self.chosen is not None and not self.chosen.clients  # then tables that are empty say so too
        said = [way for way in ways if way.complete or (nobody and not way.rows)]
        found = [Total(what="clients", source=way.source, value=way.counted or 0.0) for way in said]
        scalar = [total for total in found if total.source == "scalar"]
        others = [total for total in totals if total.what != "clients"]
        return scalar + others + [total for total in found if total.source != "scalar"]

    def _own_total(self, cell: Cell, convert: Callable[[Value], Any]) -> float | None:
        raw = self._over_column(cell) if cell.scalar is None else self.answers.scalars.get(cell.scalar)
        if raw is None:
            return None
        value = convert(raw)
        if value is None or value < 0:
            self._bad[cell.scalar or cell.sum_of or "", "not a number, so no total"] += 1
            return None
        return float(value)

    def _lone(self, totals: list[Total], rows: list[Row]) -> None:
        """Give a lone access point its own row: it answered, so it is up."""
        for row in rows:
            if row.measurement == "wifi_ap":
                row.fields.setdefault("up", 1.0)
                break
        else:
            row = Row(measurement="wifi_ap", tags={"ap": self.ap, "ap_key": self._key(rows)}, fields={"up": 1.0})
            rows.append(row)
        if self.chosen is not None and not self.chosen.uncounted:
            row.fields.setdefault("clients", self.chosen.clients)
        if self.uptime_s is not None:
            row.fields.setdefault("uptime_s", self.uptime_s)
        totals.append(Total(what="aps", source="ap", value=1.0))
        totals.append(Total(what="aps_up", source="ap", value=1.0))

    @staticmethod
    def _key(rows: list[Row]) -> str:
        return next((row.tags["ap_key"] for row in rows if "ap_key" in row.tags), "0")

    def _total_row(self, totals: list[Total]) -> list[Row]:
        chosen: dict[What, Total] = {}
        rank = self.profile.rank
        for total in totals:
            if total.what != "clients":
                before = chosen.get(total.what)
                if before is None or rank[total.source] < rank[before.source]:
                    chosen[total.what] = total
        fields: dict[str, float] = {what: chosen[what].value for what in _NUMBERS if what in chosen}
        source = next((chosen[what].source for what in _NUMBERS if what in chosen), None)
        if self.chosen is not None:
            source, fields = self.chosen.source, {"clients": self.chosen.clients, **fields}
            if self.chosen.uncounted:
                fields["uncounted"] = float(self.chosen.uncounted)
                gone = sum(one.rows for one in self.gone if one.source == source)
                if gone:
                    fields["gone"] = float(gone)
        return [] if source is None else [Row("wifi_total", {"source": source}, fields, _NO_COUNTERS)]


def _together(first: dict[str, float], second: dict[str, float], *, adds: bool) -> dict[str, float]:
    """Put two rows of the same tags together: clients add up and are unknown if one is; of the rest the first known counts."""
    both = {**second, **first}
    if adds:
        both.pop("clients", None)
        if "clients" in first and "clients" in second:
            both["clients"] = first["clients"] + second["clients"]
    return both


def _doubles(read: Read) -> frozenset[str]:
    seen: set[str] = set()
    double: set[str] = set()
    for tags in read.tags.values():
        name = tags.get("interface")
        if name is not None:
            (double if name in seen else seen).add(name)
    return frozenset(double)
