"""What is asked of a device and what it says, in the words that every engine shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, overload

from collectors.errors import SnmpError

if TYPE_CHECKING:
    from collectors.config import User

Value = int | float | bytes | str
"""What a device can say: integers and counters, octets, and object identifiers and IP addresses as dotted text."""

Operation = Literal["get", "next", "bulk"]

MAX_IN_FLIGHT = 100
"""Requests at once on a socket: at 1000 most replies were lost (measured with pysnmp 7.1.30), at 100 none."""
MAX_DOUBTFUL_IN_FLIGHT = 400
"""Requests at once, beside those, to devices that did not answer last: most of them will bring no reply (assumed)."""
TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS, AUTHORIZATION_ERROR = 1, 2, 5, 6, 16
"""Error states of a response (RFC 3416 section 3)."""


@dataclass(slots=True)
class Tally:
    """What became of the requests of one asker: datagrams sent so far, and why replies were dropped since somebody looked."""

    sent: int = 0
    trouble: SnmpError | None = None
    shape: object = None
    """The engine's own: the form of the last answer that is asked for at each poll."""

    def take_trouble(self) -> SnmpError | None:
        """Give what went wrong, and forget it."""
        trouble, self.trouble = self.trouble, None
        return trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where and how one device is asked. `sources` are the addresses that may answer.

    Several devices may be behind one address, told apart by community or context: each has a `tally` of its own.
    """

    address: tuple[str, int]
    sources: frozenset[str]
    version: Literal["1", "2c", "3"]
    community: str = field(default="", repr=False)
    user: User | None = None
    auth_secret: str = field(default="", repr=False)
    priv_secret: str = field(default="", repr=False)
    timeout_s: float = 2.0
    doubtful: bool = False
    """It did not answer last, or was never asked: it waits among its like, and takes no room from those that answer."""
    tally: Tally = field(default_factory=Tally, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What one request got: error state and index, and the pairs of OID and value (None: no value there)."""

    error_status: int
    error_index: int
    varbinds: Sequence[tuple[str, Value | None]]
    octets: int = 0
    """Size of the datagram."""
    names: Sequence[str] | None = None
    """The identifiers in `varbinds`, the same object as in the last answer that had the same; None says nothing."""
    values: Sequence[Value | None] | None = None
    """The values in `varbinds`, where they were read by themselves."""


class Pairs(Sequence[tuple[str, Value | None]]):
    """Names and values that were read by themselves, as the pairs that they are: made where somebody looks at them."""

    __slots__ = ("_names", "_values")

    def __init__(self, names: Sequence[str], values: Sequence[Value | None]) -> None:
        self._names, self._values = names, values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[tuple[str, Value | None]]:
        return zip(self._names, self._values, strict=True)

    @overload
    def __getitem__(self, at: int) -> tuple[str, Value | None]: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[str, Value | None]]: ...

    def __getitem__(self, at: int | slice) -> tuple[str, Value | None] | Sequence[tuple[str, Value | None]]:
        if isinstance(at, slice):
            return Pairs(self._names[at], self._values[at])
        return self._names[at], self._values[at]


class Engine(Protocol):
    """Sends requests, and keeps each peer's tally. One engine serves every device."""

    async def exchange(
        self, peer: Peer, operation: Operation, oids: Sequence[str], repetitions: int = 0, *, non_repeaters: int = 0
    ) -> Response:
        """Send once and wait for the answer.

        Raises
        ------
        SnmpError
            timeout, auth, refused or protocol.
        """

    async def close(self) -> None:
        """End every exchange in flight with an error and give the sockets back. Idempotent."""


def auth_error(peer: Peer, about: str) -> SnmpError:
    """Say what is wrong with a user's credentials: user, level, digest or decryption."""
    name = peer.user.name if peer.user is not None else ""
    texts = {
        "user": f"the device does not know the user {name}; check --v3-user",
        "level": f"the device does not offer {name} this security level; check --v3-auth and --v3-priv",
        "decryption": f"the privacy key of {name} is not the device's; check WIFIPLAN_V3_PRIV and --v3-priv",
        "digest": f"the authentication key of {name} is not the device's; check WIFIPLAN_V3_AUTH and --v3-auth",
    }
    if about not in texts:
        return SnmpError("protocol", f"{peer.address[0]}: the device refuses with an SNMPv3 report that is not known here")
    return SnmpError("auth", f"{peer.address[0]}: {texts[about]}")


def wrong_source(asked: str, source: str) -> SnmpError:
    """Say that an answer came from an address that may not give it."""
    return SnmpError("timeout", f"the answer came from {source}, not from {asked}, and was dropped; name it in answers_from")


def status_text(status: int) -> str:
    """Name an error state of a response."""
    names = {1: "tooBig", 2: "noSuchName", 3: "badValue", 4: "readOnly", 5: "genErr", 6: "noAccess", 16: "authorizationError"}
    return names.get(status, f"error {status}")
