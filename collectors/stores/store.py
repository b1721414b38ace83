"""The one interface to where samples live; `open_store(url)` gives the store that a URL names.

- `sqlite:PATH`: one file in WAL mode, the default
- `influx1://[USER:PASS@]HOST:PORT/DB`: InfluxDB 1.x (better: WIFIPLAN_INFLUX_USER and WIFIPLAN_INFLUX_PASSWORD)
- `influx2://HOST:PORT/ORG/BUCKET`: InfluxDB 2.x and 3.x (token in WIFIPLAN_INFLUX_TOKEN)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from collectors.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from collectors.metrics import Sample


class Store(Protocol):
    """What every store does. Times are aware UTC, kept to the microsecond; fields are floats.

    A sample is known by measurement, tags and time: writing it twice keeps one, and fields written later are added to it.
    A tag with an empty value is a tag that is not there.
    """

    def write(self, samples: Sequence[Sample]) -> int:
        """Store all of them or raise `StoreError`; the number stored (fewer where the store refused some for ever)."""

    def read(
        self,
        measurement: str | None = None,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterable[Sample]:
        """Samples by time, then series; `since` inclusive, `until` exclusive; None is no limit, but rollups only by name."""

    def latest(self, measurement: str | None = None, *, site: str | None = None) -> list[Sample]:
        """The newest sample of every series, by series; rollups only by name.

        One from the future is given only where nothing was written since: see `AHEAD_S`.
        """

    def prune(self, measurements: Collection[str], before: datetime) -> int:
        """Delete their samples older than that, while others read and write; how many, as far as the store says."""

    def backup(self, path: Path) -> None:
        """Write a whole copy to a new file while others read and write; the file appears complete or not at all."""

    def close(self) -> None:
        """Give back what is open. Idempotent."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close."""


def open_store(url: str, *, read_only: bool = False, clock: Callable[[], float] = time.time) -> Store:
    """Open the store that `url` names; safe to share between threads.

    Parameters
    ----------
    url : str
        One of the three forms above.
    read_only : bool
        For dashboards and reports: nothing is made or changed, and a store that is not there is a `StoreError`.
    clock : callable
        Seconds since 1970, by which a sample is from the future.

    Raises
    ------
    ConfigError
        The URL is of no known form.
    StoreError
        The store is not there, cannot be opened or is of an unknown version.
    """
    must_be_known(url)
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        from collectors.stores._sqlite import SqliteStore

        return SqliteStore(rest, read_only=read_only, clock=clock)
    from collectors.stores._influx import InfluxStore

    return InfluxStore(url, read_only=read_only, clock=clock)


def must_be_known(url: str) -> None:
    """Check that a store's URL is of a known form, without opening it.

    Raises
    ------
    ConfigError
        It is not.
    """
    scheme, colon, rest = url.partition(":")
    if colon and scheme in {"influx1", "influx2"}:
        from collectors.stores._influx import parsed

        parsed(url)
    elif not (colon and scheme == "sqlite" and rest):
        shown = f"{scheme}:" if colon else f'"{url}"'  # what follows the scheme may hold a password
        raise ConfigError(
            f"store url {shown} is of no known kind; give sqlite:PATH, influx1://HOST:PORT/DB or influx2://HOST:PORT/ORG/BUCKET"
        )
