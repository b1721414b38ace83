"""What a device counted by before: rows that were there in earlier polls and are gone are missed until that is explained."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from collectors.profile.counting import ROWS, counts_by
from collectors.totals import FORGET_S, DeviceTotal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.metrics import Source
    from collectors.profile.counting import Read, Serving
    from collectors.totals import Way

_Group = tuple["Source", str]
"""Rows that belong together: those of one kind and access point, or of the whole device where they name none."""


MOST_KEPT = 60_000
"""Rows of one device that are kept over a restart: access point, radios and networks of the largest controllers (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An access point (or the device itself) with fewer rows of a kind than it had: what it was, and how many are missing."""

    source: Source
    measurement: str
    tags: Mapping[str, str]
    rows: int


@dataclass(slots=True)
class _Known:
    rows: int
    tags: Mapping[str, str]
    missed_since_s: float | None = None


class KnownRows:
    """The rows by which one device counted, and what each of its ways of counting came to when all were whole.

    A row that is gone is explained where its access point was down, where another one has its name (it was replaced), where the
    device itself says that it has as many fewer, or after `FORGET_S`.
    """

    def __init__(self) -> None:
        self._known: dict[_Group, _Known] = {}
        self._down: frozenset[str] = frozenset()
        self._told_all = False
        self._counts: dict[Source, float] = {}
        self._counts_at_s = 0.0
        self._missing: list[Gone] = []
        self.version = 0
        """Another number whenever other rows are known, or other ones are missing."""

    def to_json(self, at_s: float) -> dict[str, Any]:
        """What is kept over a restart; times are seconds before `at_s`, by the clock that is never put."""
        rows = [
            [source, ap, one.rows, dict(one.tags), None if one.missed_since_s is None else round(at_s - one.missed_since_s, 1)]
            for (source, ap), one in self._known.items()
        ]
        return {
            "rows": rows,
            "down": sorted(self._down),
            "told_all": self._told_all,
            "counts": self._counts,
            "counts_s": round(at_s - self._counts_at_s, 1),
        }

    @classmethod
    def of_json(cls, written: Mapping[str, Any], at_s: float) -> KnownRows:
        """Go on with what was kept; `at_s` is now, less the seconds since it was written.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            It is nothing that `to_json` gives.
        """
        found = cls()
        sources = {source for source, _ in ROWS}
        for source, ap, rows, tags, missed_s in written["rows"][:MOST_KEPT]:
            if source not in sources:
                raise ValueError(source)
            missed_since_s = None if missed_s is None else at_s - float(missed_s)
            own = {str(name): str(text) for name, text in tags.items()}
            found._known[source, str(ap)] = _Known(int(rows), own, missed_since_s)
        found._down = frozenset(str(ap) for ap in written["down"][:MOST_KEPT])
        found._told_all = bool(written["told_all"])
        found._counts = {source: float(count) for source, count in written["counts"].items()}
        found._counts_at_s = at_s - float(written["counts_s"])
        return found

    @property
    def is_whole(self) -> bool:
        """Whether nothing was missing at the last poll."""
        return not self._missing

    def gone(self, reads: Sequence[Read], serving: Serving, at_s: float, *, unchanged: bool) -> list[Gone]:
        """Say what is missing beside earlier polls.

        Parameters
        ----------
        at_s : float
            When the rows were read, by a clock that is never put.
        unchanged : bool
            Whether they are those of the poll before.
        """
        down_before, self._down = self._down, serving.down
        if unchanged and not self._missing:
            return []
        there: Counter[_Group] = Counter()
        tags: dict[_Group, Mapping[str, str]] = {}
        measurements = dict(ROWS)
        for source, measurement in ROWS:
            for read in reads:
                if counts_by(read, measurement) and read.table.count != "clients" and "clients" not in read.counted:
                    for index in read.parts:
                        group = source, _of(read.tags[index])
                        there[group] += 1
                        tags.setdefault(group, read.tags[index])
        names = {row.get("ap") for row in tags.values()} - {None}
        told_all_before, self._told_all = self._told_all, _is_told(there, serving)
        is_told = told_all_before and self._told_all
        missing: list[Gone] = []
        for group in [*self._known]:
            source, ap = group
            known = self._known[group]
            short = known.rows - there[group]
            if short <= 0:
                continue
            if known.missed_since_s is None:
                known.missed_since_s = at_s
            explained = (
                (ap and ap in serving.down | down_before)
                or (not there[group] and known.tags.get("ap") in names and not _is_listed(ap, there))
                or (is_told and source != "ssid" and not _is_listed(ap, there))
                or at_s - known.missed_since_s > FORGET_S
            )
            if explained:
                del self._known[group]
            else:
                missing.append(Gone(source=source, measurement=measurements[source], tags=known.tags, rows=short))
        for group, rows in there.items():
            known_before = self._known.get(group)
            if known_before is None or rows >= known_before.rows:
                self._known[group] = _Known(rows, tags[group])
        self._missing = missing
        self.version += 1
        return missing

    def judged(self, chosen: DeviceTotal | None, ways: Sequence[Way], at_s: float, *, has_own: bool) -> DeviceTotal | None:
        """See whether the way that was chosen is known to leave out clients whom another counted, which is not whole now.

        `has_own` is whether the device gives a number of its own; else `scalar` is its list of clients, which stands in for it.
        """
        whole = {way.source: way.counted or 0.0 for way in ways if way.complete and (has_own or way.source != "scalar")}
        if whole.keys() >= self._counts.keys() or at_s - self._counts_at_s > FORGET_S:
            self._counts, self._counts_at_s = whole, at_s
            return chosen
        if chosen is None or chosen.uncounted:
            return chosen
        uncounted = {way.source: way.uncounted for way in ways}
        lacks = self._counts.get(chosen.source, 0.0)
        lost = [source for source, count in self._counts.items() if source not in whole and count > lacks]
        if not lost:
            return chosen
        if not chosen.clients:
            return None  # at least nobody: that says nothing
        return replace(chosen, uncounted=max(1, *(uncounted.get(source, 0) for source in lost)))


def _of(tags: Mapping[str, str]) -> str:
    return tags.get("ap_key") or tags.get("ap") or ""


def _is_listed(ap: str, there: Mapping[_Group, int]) -> bool:
    """Whether some row of an access point is still there: then it has lost a row, and has not left."""
    return any((source, ap) in there for source, _ in ROWS)


def _is_told(there: Mapping[_Group, int], serving: Serving) -> bool:
    """Whether the device itself gives the number of access points that serve, and each of them has a row."""
    if not serving.told:
        return False
    found = [{ap for source, ap in there if source == kind} - serving.down for kind in ("ap", "radio")]
    return any(len(aps) == round(serving.told) for aps in found)
