"""Where the values of an answer stand, as long as it names what the last one did: then only its numbers are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.snmp.message import Response, Value


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The object identifiers of an answer in their order, and what each place is. It is the same object while they stay."""

    names: Sequence[str]
    single: dict[str, int]
    columns: dict[str, tuple[tuple[str, ...], slice]]
    """Column -> its rows' indexes, and where their values are."""

    @classmethod
    def of(cls, response: Response, single: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> Layout:
        """Lay out an answer with all that was asked for: single values, then row by row the columns, in this order."""
        known, width = len(single), len(columns)
        return cls(
            names=response.names or [oid for oid, _ in response.varbinds],
            single={oid: at for at, oid in enumerate(single)},
            columns={
                oid: (rows, slice(known + place, known + place + width * len(rows), width))
                for place, (oid, rows) in enumerate(columns.items())
            },
        )

    def read(self, response: Response) -> tuple[dict[str, Value], dict[str, dict[str, Value]]] | None:
        """Give single values and columns; None where the answer names anything else, or lacks a value."""
        if response.names is not self.names and self.names != [oid for oid, _ in response.varbinds]:
            return None
        values = response.values or [value for _, value in response.varbinds]
        scalars = {oid: values[at] for oid, at in self.single.items()}
        columns = {oid: dict(zip(rows, values[at], strict=True)) for oid, (rows, at) in self.columns.items()}
        if None in values and (None in scalars.values() or any(None in column.values() for column in columns.values())):
            return None
        return scalars, columns  # type: ignore[return-value]


@dataclass(slots=True, kw_only=True)
class Plan:
    """How a device that is known is read: values and the smallest columns at once, then the other columns."""

    scalars: tuple[str, ...]
    columns: tuple[str, ...]
    single: tuple[str, ...]
    first: tuple[str, ...]
    oids: tuple[str, ...]
    repetitions: int
    batches: tuple[tuple[str, ...], ...]
    polls_left: int
    layout: Layout | None = None
    """How the last answer was laid out, where it had everything."""
