"""Bytes from a file that somebody gave us: one bound on size, one way to say that it is no use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from floorplans.errors import FloorPlanError

MAX_BYTES = 100_000_000
"""A drawing above this is a city, or a mistake."""


def must_be_file(path: Path) -> None:
    """Raise `FloorPlanError` for what is missing, a directory or a device."""
    if path.is_dir():
        raise FloorPlanError(f"{path}: is a directory; give the drawing in it")
    if not path.exists():
        raise FloorPlanError(f"{path}: no such file; give a drawing, or make a plan with `wifiplan gym`")
    if not path.is_file():
        raise FloorPlanError(f"{path}: is not a file; save the drawing first")


def read_bytes(path: Path) -> bytes:
    """What is in the file; raises `FloorPlanError` when there is no such file, or it is empty or far too large."""
    must_be_file(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FloorPlanError(f"{path}: {size / 1e6:.0f} MB is more than {MAX_BYTES / 1e6:.0f} MB; export one building only")
        data = path.read_bytes()
    except OSError as error:
        raise FloorPlanError(f"{path}: {(error.strerror or str(error)).lower()}; give a file that can be read") from None
    if not data.strip():
        raise FloorPlanError(f"{path}: the file is empty; save or download it again")
    return data


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in the file; a BOM is allowed, NaN and Infinity are not."""

    def not_a_number(text: str) -> float:
        raise FloorPlanError(f"{path}: holds {text}, which is not a number; mend the coordinate")

    try:
        value = json.loads(read_bytes(path).decode("utf-8-sig"), parse_constant=not_a_number)
    except UnicodeDecodeError:
        raise FloorPlanError(f"{path}: not UTF-8 text; save it as JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        raise FloorPlanError(
            f"{path}: not JSON at line {error.lineno}, column {error.colno} ({error.msg.lower()}); save or download it again"
        ) from None
    except RecursionError:
        raise FloorPlanError(f"{path}: nested too deeply to be a drawing") from None
    if not isinstance(value, dict):
        raise FloorPlanError(f"{path}: a plan is a JSON object, this is a {type(value).__name__}")
    return value
