"""Bytes from a file that somebody gave us: one bound on size, one way to say that it is no use."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from floorplans.errors import FloorPlanError

MAX_BYTES = 100_000_000
"""A drawing above this is a city, or a mistake."""


MAX_UNPACKED_BYTES = 200_000_000
"""All members of an archive together: what unpacks to more is a bomb, or a city."""

MAX_MEMBERS = 10_000


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


def read_zip(path: Path) -> dict[str, bytes]:
    """Name -> bytes of every file in a ZIP archive, unpacked in memory and nowhere else: a name is a key, never a path.

    Raises `FloorPlanError` for what is no archive, is locked, is damaged, or unpacks to more than `MAX_UNPACKED_BYTES`.
    """
    data = read_bytes(path)
    members: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_MEMBERS:
                raise FloorPlanError(
                    f"{path}: {len(entries)} files in the archive are more than {MAX_MEMBERS}; pack one building"
                )
            for entry in entries:
                if entry.flag_bits & 1:
                    raise FloorPlanError(f"{path}: {entry.filename[:80]!r} is locked with a password; unlock the archive first")
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise FloorPlanError(
                        f"{path}: {entry.filename[:80]!r} is packed in an unusual way; pack it again as plain ZIP"
                    )
                with archive.open(entry) as member:
                    # What the directory says of the size may be false: no more than is left is ever unpacked.
                    members[entry.filename] = member.read(left + 1)
                left -= len(members[entry.filename])
                if left < 0:
                    raise FloorPlanError(
                        f"{path}: unpacks to more than {MAX_UNPACKED_BYTES / 1e6:.0f} MB; pack one building without pictures"
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError) as error:
        raise FloorPlanError(
            f"{path}: not a readable ZIP archive ({str(error)[:80] or 'damaged'}); save or pack it again"
        ) from None
    except (KeyError, IndexError, OverflowError, MemoryError):
        raise FloorPlanError(f"{path}: not a readable ZIP archive (damaged); save or pack it again") from None
    return members


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in the file; a BOM is allowed, NaN and Infinity are not."""
    return parse_json(read_bytes(path), path)


def parse_json(data: bytes, path: Path | str) -> dict[str, Any]:
    """The JSON object in these bytes; `path` names them in errors."""

    def not_a_number(text: str) -> float:
        raise FloorPlanError(f"{path}: holds {text}, which is not a number; mend the coordinate")

    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=not_a_number)
    except UnicodeDecodeError:
        raise FloorPlanError(f"{path}: not UTF-8 text; save it as JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        raise FloorPlanError(
            f"{path}: not JSON at line {error.lineno}, column {error.colno} ({error.msg.lower()}); save or download it again"
        ) from None
    except RecursionError:
        raise FloorPlanError(f"{path}: nested too deeply to be a drawing") from None
    except ValueError:  # A whole number of thousands of digits.
        raise FloorPlanError(f"{path}: holds a number that is far too long; mend the coordinate") from None
    if b"\\ud" in data or b"\\uD" in data:
        value = _without_halves(value)
    if not isinstance(value, dict):
        raise FloorPlanError(f"{path}: a plan is a JSON object, this is a {type(value).__name__}")
    return value


def _without_halves(value: Any) -> Any:
    """The same with halves of letters beyond 65,535, which no text can hold, as the sign for what is unreadable."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_halves(key): _without_halves(one) for key, one in value.items()}
    return [_without_halves(one) for one in value] if isinstance(value, list) else value
