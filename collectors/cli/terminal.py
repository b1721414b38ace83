"""What the commands share: one JSON value on standard output, times as they are printed, and the option of the targets file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime

ConfigOption = Annotated[Path, typer.Option("--config", help="The targets.toml that names the store.")]


def print_json(value: Any) -> None:
    """One JSON value on standard output, and nothing else there. A NaN raises rather than leave the program."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def rfc3339(time: datetime) -> str:
    """Write a time in RFC 3339, UTC, to the microsecond."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
