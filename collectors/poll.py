"""Target in, PollResult out: one device, once, and nothing that a device does ever raises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

    from collectors.config import Target
    from collectors.errors import SnmpError
    from collectors.metrics import Sample

What = Literal["clients", "aps", "aps_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A total and where it comes from: a scalar of the device, or the sum over its APs, radios or SSIDs."""

    what: What
    source: Literal["scalar", "ap", "radio", "ssid"]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll gave. With an `error` there are no samples; partial trouble is in `warnings`."""

    target: Target
    time: datetime
    device: dict[str, str | None]
    samples: tuple[Sample, ...] = ()
    totals: tuple[Total, ...] = ()
    warnings: tuple[str, ...] = ()
    error: SnmpError | None = None
    requests: int = 0
    elapsed_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the object that `wifiplan poll --json` prints."""
        return {
            "device": self.device,
            "samples": [sample_json(sample) for sample in self.samples],
            "totals": [{"what": total.what, "source": total.source, "value": total.value} for total in self.totals],
            "warnings": list(self.warnings),
            "error": None if self.error is None else {"kind": self.error.kind, "message": str(self.error)},
            "requests": self.requests,
            "seconds": round(self.elapsed_s, 3),
        }


def sample_json(sample: Sample) -> dict[str, Any]:
    """Give a sample as JSON has it: the time in RFC 3339, UTC."""
    return {
        "measurement": sample.measurement,
        "time": sample.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "tags": sample.tags,
        "fields": sample.fields,
    }


class Poller:
    """Polls any number of targets over one shared engine, and remembers what each has taught it."""

    async def poll(self, target: Target) -> PollResult:
        """Poll one target now. Never raises for what the device does."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give the sockets back. Idempotent."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
