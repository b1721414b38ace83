"""When a device is polled: on a grid of its own at its interval, and every other time while it is dead."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

DEAD_AFTER = 3
"""Failed polls in a row after which a device is asked only every other interval: often enough that its state stays known."""
SOON_S = 5.0
"""From one poll to the next that a notification asks for, at the least: many of them give one more poll."""
FIRST_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The times at which one target is polled: a phase of its own, so that not all come at once. Seconds are monotonic."""

    share: float
    start_s: float

    @classmethod
    def of(cls, name: str, start_s: float) -> Grid:
        """Give a target its phase by its name: it keeps it over restarts."""
        return cls(share=int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32, start_s=start_s)

    def first_s(self, interval_s: float) -> float:
        """When it is polled first: soon after the start."""
        return self.start_s + self.share * min(interval_s, FIRST_WITHIN_S)

    def next_s(self, began_s: float, now_s: float, interval_s: float, failures: int) -> float:
        """When it is polled next after a poll that began then; never twice within half an interval."""
        earliest_s = max(now_s, began_s + interval_s * (1.5 if failures >= DEAD_AFTER else 0.5))
        grid_s = self.start_s + self.share * interval_s
        return grid_s + math.ceil((earliest_s - grid_s) / interval_s) * interval_s
