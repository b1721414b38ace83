"""What can go wrong in collecting.

CollectError          base: one line that names what, where and the way out
├── ConfigError       targets.toml or a profile is wrong (bad input: exit 2)
├── StoreError        the store is not there, refuses, or is of an unknown version (exit 1)
└── SnmpError         a device did not give an answer; `kind` is timeout, auth, refused or protocol (exit 1)
"""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["timeout", "auth", "refused", "protocol"]
Why = Literal["resolve", "refused", "port_closed", "auth", "silent", "unreadable", "collector"]
"""Why a device gave no answer, each with a first step of its own: its name was not resolved; the network or the device
refuses; nothing listens at its port; it does not accept the credentials; it says nothing; what it says cannot be read; or
the collector itself has no network."""
WHY_CODES: Mapping[Why, int] = {
    "resolve": 1,
    "refused": 2,
    "port_closed": 3,
    "auth": 4,
    "silent": 5,
    "unreadable": 6,
    "collector": 7,
}
"""What stands for it in the field `why` of a `poll` sample; a poll with an answer has none. Never renumbered: stores keep it."""
_WHY_OF: Mapping[Kind, Why] = {"timeout": "silent", "auth": "auth", "refused": "refused", "protocol": "unreadable"}


class CollectError(Exception):
    """Collecting cannot go on."""

    exit_code = 1


class ConfigError(CollectError):
    """A file that people write says something wrong."""

    exit_code = 2


class StoreError(CollectError):
    """The store did not take or give samples."""


class SnmpError(CollectError):
    """A device did not answer as it should."""

    def __init__(self, kind: Kind, message: str, *, why: Why | None = None) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.why: Why = why or _WHY_OF[kind]


def reason(error: OSError) -> str:
    """Why the system refused, in its own words: "no such file or directory"."""
    return (error.strerror or str(error)).lower()
