"""What is remembered of a device between its polls, so that decoding reads only its numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from collectors.profile.counting import Counter, Read
from collectors.profile.known_rows import KnownRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.profile.decode import Answers
    from collectors.profile.library import Profile

_NO_COUNTERS: dict[str, Counter] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A row of a table as it always comes out: its tags, its key and what is beside them."""

    index: str
    tags: dict[str, str]
    key: tuple[Any, ...]
    about: dict[str, str]


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
        self.series: dict[int, list[Series]] = {}
        """Place of a table -> its rows; where a field decides which there are, they are not kept."""
        self.known = KnownRows()

    def fits(self, profile: Profile, answers: Answers) -> bool:
        """Whether these answers have the rows and tags of the last ones."""
        if profile is not self._profile or self._answers is None:
            return False
        old, new = self._answers.columns, answers.columns
        if any(self._answers.scalars.get(oid) != answers.scalars.get(oid) for oid in profile.tag_scalars):
            return False
        if old.keys() != new.keys() or any(old[oid].keys() != new[oid].keys() for oid in old if oid in profile.table_columns):
            return False
        return all(old[oid] == new[oid] for oid in profile.tag_columns if oid in old)

    def reads(self) -> list[Read]:
        """The tables with their rows and tags, ready for fields; what may drop rows gets tables of its own."""
        return [
            Read(
                read.plan,
                read.table,
                dict(read.parts) if read.table.where else read.parts,
                dict(read.tags) if read.table.where else read.tags,
                {index: {} for index in read.parts},
                {index: {} for index in read.parts} if read.plan.has_rates else dict.fromkeys(read.parts, _NO_COUNTERS),
                read.answered,
            )
            for read in self._reads
        ]

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
        self._reads = [replace(read, parts=dict(read.parts), tags=dict(read.tags)) for read in reads]
