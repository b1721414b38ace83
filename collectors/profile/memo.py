"""What is remembered of a device between its polls, so that decoding reads only its numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from collectors.profile.again import Again
from collectors.profile.counting import Counter, Read
from collectors.profile.known_rows import KnownRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.profile.decode import Answers, Total
    from collectors.profile.library import Profile
    from collectors.profile.rows import Row, Series
    from collectors.profile.schema import What
    from collectors.totals import DeviceTotal

_NO_COUNTERS: dict[str, Counter] = {}


class Memo:
    """What one device's last answers came to, but for their numbers: most polls bring the same rows under the same names.

    It holds as long as the rows, and all that tags are made of, are what they were. `known` remembers for longer which rows there
    were, so that one that is gone is missed.
    """

    def __init__(self) -> None:
        self._profile: Profile | None = None
        self._answers: Answers | None = None
        self._reads: list[Read] = []
        self._warnings: list[str] = []
        self._bad: dict[tuple[str, str], int] = {}
        self.choice: tuple[tuple[list[float | None], dict[What, float]], DeviceTotal, list[Total], list[Row]] | None = None
        """What was counted last in each way, and what was made of it: the same counts come to the same."""
        self._again: Again | Literal[False] | None = None
        self.series: dict[int, list[Series]] = {}
        """Place of a table -> its rows; where a field decides which there are, they are not kept."""
        self.known = KnownRows()

    def fits(self, profile: Profile, answers: Answers) -> bool:
        """Whether these answers have the rows and tags of the last ones."""
        if profile is not self._profile or self._answers is None:
            return False
        old, new = self._answers.columns, answers.columns
        for oid in profile.tag_scalars:
            if self._answers.scalars.get(oid) != answers.scalars.get(oid):
                return False
        if answers.layout is None or answers.layout is not self._answers.layout:
            if old.keys() != new.keys():
                return False
            for oid in profile.table_columns:
                if oid in old and old[oid].keys() != new[oid].keys():
                    return False
            self._answers = answers
        return not any(oid in old and old[oid] != new[oid] for oid in profile.tag_columns)

    def reads(self) -> list[Read]:
        """The tables with their rows and tags, ready for fields; what may drop rows gets tables of its own."""
        reads = []
        for read in self._reads:
            plan, parts, tags = read.plan, read.parts, read.tags
            if read.table.where:
                parts, tags = dict(parts), dict(tags)
            counters = {index: {} for index in parts} if plan.has_rates else read.counters  # which are empty, and stay so
            reads.append(Read(plan, read.table, parts, tags, {index: {} for index in parts}, counters, read.answered))
        return reads

    def again(self) -> Again | None:
        """How to read only the numbers of the same rows; None where that is not plain, or something was said of the tags."""
        if self._again is None:
            found = None
            if self._profile is not None and self._answers is not None and not self._bad:
                found = Again.of(self._profile, self._answers, self._reads, self.series)
            self._again = found or False
        return self._again or None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was said of the tables."""
        return tuple(self._warnings)

    def take_up(self) -> tuple[list[str], dict[tuple[str, str], int]]:
        """What was said of the tags."""
        return list(self._warnings), dict(self._bad)

    def keep(
        self,
        profile: Profile,
        answers: Answers,
        reads: Sequence[Read],
        warnings: Sequence[str],
        bad: Mapping[tuple[str, str], int],
    ) -> None:
        """Remember what the tags came to; nothing where a table is empty or its neighbours tell whether it is."""
        self.series = {}
        self._profile = profile if all(read.parts or not read.plan.table.empty_is_zero for read in reads) else None
        self._answers, self._warnings, self._bad = answers, list(warnings), dict(bad)
        self._reads = [
            replace(read, parts=dict(read.parts), tags=dict(read.tags), counters=dict.fromkeys(read.parts, _NO_COUNTERS))
            for read in reads
        ]
        self._again = self.choice = None
