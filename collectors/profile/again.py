"""A device once more, with the rows that it had: where its tables are plain, only their numbers are read.

It says what `collectors.profile.decode` would, or nothing at all: what is odd in any way is left to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.profile.counting import Counter, plain_tables
from collectors.profile.library import MAX_CLIENTS_OF_DEVICE
from collectors.profile.rows import Row
from collectors.totals import Way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.metrics import Source
    from collectors.profile.counting import Read
    from collectors.profile.decode import Answers
    from collectors.profile.library import CellPlan, Profile
    from collectors.profile.rows import Series
    from collectors.snmp.message import Value

_UNKNOWN = object()
_NOTHING: Mapping[str, Value] = {}
_NO_COUNTERS: dict[str, Counter] = {}
_MOST_KNOWN = 4096
"""Values of one column whose meaning is remembered (assumed)."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table: its rows as they always come out, its columns of numbers and of counters, and the kind of row it counts by."""

    measurement: str
    series: Sequence[Series]
    numbers: Sequence[CellPlan]
    rates: Sequence[CellPlan]
    source: Source | None


class Again:
    """What is to be read of a device whose rows and tags are those of its last poll."""

    def __init__(self, tables: Sequence[_Table]) -> None:
        self._tables = tables

    @classmethod
    def of(
        cls, profile: Profile, answers: Answers, reads: Sequence[Read], series: Mapping[int, Sequence[Series]]
    ) -> Again | None:  # fmt: skip
        """Make it ready; None where a table is not plain: a field is of another table, a field decides on rows, and so on.

        Parameters
        ----------
        reads, series
            The tables and the rows that came of them, by their places, as `collectors.profile.memo` keeps them.
        """
        counting = plain_tables(profile, answers.columns, reads)
        if counting is None or profile.shared:
            return None
        source_of = {place: source for source, places in counting for place in places}
        tables = []
        for place, read in enumerate(reads):
            table, plan = read.table, read.plan
            if table.measurement is None:
                continue
            if place not in series or table.where or table.count is not None or plan.fields_refer:
                return None
            rates = [cell for cell in plan.fields if cell.cell.rate is not None]
            numbers = [cell for cell in plan.fields if cell.cell.rate is None]
            if any(cell.cell.by is not None or not (cell.column or cell.cell.scalar) for cell in plan.fields):
                return None
            if not all(cell.is_plain for cell in numbers) or any(cell.column is None for cell in rates):
                return None
            tables.append(_Table(table.measurement, series[place], numbers, rates, source_of.get(place)))
        return cls(tables)

    def read(self, answers: Answers, own: float | None) -> tuple[list[Row], list[Way]] | None:
        """Give the rows and the ways in which clients are counted; None where there is more to say, or anything is amiss.

        Parameters
        ----------
        own : float or None
            The device's own number of clients.
        """
        rows: list[Row] = []
        sums: dict[Source, float | None] = {}
        columns = answers.columns
        for table in self._tables:
            counted = bool(table.rates)
            found = [
                Row(table.measurement, one.tags, {}, {} if counted else _NO_COUNTERS, one.key, one.about, one)
                for one in table.series
            ]
            for cell in table.numbers:
                if cell.column is None:
                    value = answers.scalars.get(cell.cell.scalar or "")
                    column = _NOTHING if value is None else dict.fromkeys([one.index for one in table.series], value)
                else:
                    column = columns.get(cell.column, _NOTHING)
                if column and not _read(cell, column, table.series, found):
                    return None
            for cell in table.rates:
                _count_up(cell, columns, table.series, found)
            if table.source is not None and not _add_up(table.source, found, sums):
                return None
            rows += found
        if own is not None and own > MAX_CLIENTS_OF_DEVICE:
            return None
        ways = [] if own is None else [Way(source="scalar", counted=own, uncounted=0, rows=True)]
        ways += [Way(source=source, counted=total, uncounted=0, rows=total is not None) for source, total in sums.items()]
        return rows, ways


def _read(cell: CellPlan, column: Mapping[str, Value], series: Sequence[Series], rows: Sequence[Row]) -> bool:
    """Read a column of numbers into its rows; whether each of them is one, or is known to be none."""
    name, known = cell.name, cell.known
    for one, row in zip(series, rows, strict=True):
        value = column.get(one.index)
        if value is None:
            continue
        number = known.get(value, _UNKNOWN)
        if number is _UNKNOWN:
            number = cell.number(value)
            if len(known) < _MOST_KNOWN:
                known[value] = number
        if number.__class__ is float:
            row.fields.setdefault(name, number)
        elif number is not None:
            return False
    return True


def _count_up(cell: CellPlan, columns: Mapping[str, Mapping[str, Value]], series: Sequence[Series], rows: Sequence[Row]) -> None:
    """Read a column of counters into its rows."""
    name, bits, scale, broken_at = cell.name, cell.cell.rate or 64, cell.cell.scale, cell.cell.broken_at
    column = columns.get(cell.column or "", _NOTHING)
    breaks = _NOTHING if broken_at is None else columns.get(broken_at, _NOTHING)
    for one, row in zip(series, rows, strict=True):
        value = column.get(one.index)
        if isinstance(value, int) and name not in row.counters:
            row.counters[name] = Counter(value, bits, scale, breaks.get(one.index))


def _add_up(source: Source, rows: Sequence[Row], sums: dict[Source, float | None]) -> bool:
    """Add the clients of rows to their kind's sum; whether each row has a count that can be."""
    total = sums.get(source) or 0.0
    for row in rows:
        clients = row.fields.get("clients")
        if clients is None or clients > MAX_CLIENTS_OF_DEVICE:
            return False
        total += clients
    if rows or source not in sums:
        sums[source] = total if rows else None
    return True
