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


_UNSEEN = {
    **{number: f"\\x{number:02X}" for number in (*range(0x20), *range(0x7F, 0xA0))},
    **{number: f"\\u{number:04X}" for number in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)},
}
"""Characters that move a terminal's cursor, colour it, end its line or turn its letters round, and how they are shown."""


def shown(text: str) -> str:
    """Write what a device or a file says so that it is only read: no control characters, no change of direction."""
    return text.translate(_UNSEEN)


def print_json(value: Any) -> None:
    """One JSON value on standard output, and nothing else there. A NaN raises rather than leave the program."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def rfc3339(time: datetime) -> str:
    """Write a time in RFC 3339, UTC, to the microsecond."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
