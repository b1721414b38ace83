"""Rows of a device on their way to samples, and what is remembered of each for the next poll."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collectors.metrics import Sample

if TYPE_CHECKING:
    from datetime import datetime

    from collectors.profile.counting import Counter


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


@dataclass(slots=True)
class Row:
    """One row on its way to a sample."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, float]
    counters: dict[str, Counter] = field(default_factory=dict)
    key: tuple[Any, ...] = ()
    """Measurement and sorted tags."""
    about: dict[str, str] = field(default_factory=dict)
    """Of an access point: its serial, group and location, where the profile reads them; no tags of a sample."""
    series: Series | None = None
    """Where it is remembered, if it is."""

    def sample(self, time: datetime, tags: dict[str, str]) -> Sample:
        """Give the row as a sample of a device, whose `tags` are site and device."""
        whole = {**tags, **self.tags} if self.series is None else self.series.whole_tags(tags)
        return Sample(measurement=self.measurement, time=time, tags=whole, fields=self.fields)
