"""What is remembered of a device between its polls, so that decoding reads only its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from collectors.profile.counting import Counter, Read, plain_tables
from collectors.profile.known_rows import KnownRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.metrics import Source
    from collectors.profile.decode import Answers
    from collectors.profile.library import Profile

_NO_COUNTERS: dict[str, Counter] = {}


@dataclass(slots=True, kw_only=True)
class Series:
    """A row of a table as it always comes out: its tags, its key and what is beside them."""

    index: str
    tags: dict[str, str]
    key: tuple[Any, ...]
    about: dict[str, str]
    _of: dict[str, str] | None = None
    _whole: dict[str, str] = field(default_factory=dict)

    def whole_tags(self, of: dict[str, str]) -> dict[str, str]:
        """Give its tags with those of its device, which are made once as long as `of` is the same object."""
        if of is not self._of:
            self._of, self._whole = of, {**of, **self.tags}
        return self._whole


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
        self.counting: list[tuple[Source, list[int]]] | None = None
        """What counts clients and is as plain as can be: kind -> places of its tables; None where it is not."""
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
        for oid in profile.tag_columns:
            if oid in old and old[oid] != new[oid]:
                return False
        return True

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
        self.counting = plain_tables(profile, answers.columns, reads)
