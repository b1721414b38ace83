"""What can go wrong in collecting.

CollectError          base: one line that names what, where and the way out
├── ConfigError       targets.toml or a profile is wrong (bad input: exit 2)
├── StoreError        the store is not there, refuses, or is of an unknown version (exit 1)
└── SnmpError         a device did not give an answer; `kind` is timeout, auth, refused or protocol (exit 1)
"""

from typing import Literal

Kind = Literal["timeout", "auth", "refused", "protocol"]


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

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind


def reason(error: OSError) -> str:
    """Why the system refused, in its own words: "no such file or directory"."""
    return (error.strerror or str(error)).lower()
