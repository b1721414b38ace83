"""The one interface to where samples live; `open_store(url)` gives the store that a URL names.

    sqlite:PATH                       one file in WAL mode, the default
    influx1://[USER:PASS@]HOST:PORT/DB   InfluxDB 1.x
    influx2://HOST:PORT/ORG/BUCKET    InfluxDB 2.x and 3.x (token in WIFIPLAN_INFLUX_TOKEN)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from collectors.metrics import Sample


class Store(Protocol):
    """What every store does. Times are aware UTC; fields are floats; writing the same sample twice keeps one."""

    def write(self, samples: Sequence[Sample]) -> int:
        """Store all of them or raise `StoreError`; the number stored."""

    def read(
        self,
        measurement: str | None = None,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterable[Sample]:
        """Samples by time, then series; `since` inclusive, `until` exclusive; None is no limit."""

    def latest(self, measurement: str | None = None, *, site: str | None = None) -> list[Sample]:
        """The newest sample of every series."""

    def close(self) -> None:
        """Give back what is open. Idempotent."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close."""
