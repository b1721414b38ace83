"""Files that people and other programs give: read, and complained of, in one way.

Every reader raises a `DesignError`, or the error class that is given, in one line: the file, what is wrong with it, the way out.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from wifiplan.errors import DesignError, RadioError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 << 20
"""No list, survey or design of one city is larger; what is, is a mistake (assumed)."""


def read_octets(path: Path, way_out: str, *, error: type[RadioError] = DesignError) -> bytes:
    """All bytes of a file of at most `MAX_BYTES`; `way_out` says what to give where there is none.

    Raises
    ------
    RadioError
        Of the class `error`: no such file, not readable, too large.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise error(f"{path}: {size >> 20} MB are more than {MAX_BYTES >> 20}; {way_out}")
        return path.read_bytes()
    except FileNotFoundError:
        raise error(f"{path}: no such file; {way_out}") from None
    except OSError as trouble:
        raise error(f"{path}: {(trouble.strerror or 'cannot be read').lower()}; {way_out}") from None


def read_text(path: Path, way_out: str, *, error: type[RadioError] = DesignError) -> str:
    """A text in UTF-8, in Shift_JIS as spreadsheets in Japan write it, or in UTF-16 as their "Unicode text" is.

    Raises
    ------
    RadioError
        As `read_octets`; or it is none of them, or no text.
    """
    octets = read_octets(path, way_out, error=error)
    is_utf_16 = octets[:2] in {b"\xff\xfe", b"\xfe\xff"}
    without_mark = "utf-16-le" if octets[1::2].count(0) > octets[::2].count(0) else "utf-16-be"
    for encoding in ("utf-16",) if is_utf_16 else (without_mark,) if b"\0" in octets else ("utf-8-sig", "cp932"):
        try:
            text = octets.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise error(f"{path}: not text in UTF-8, Shift_JIS or UTF-16; save it as one of these")


def read_json(path: Path, way_out: str, *, error: type[RadioError] = DesignError) -> Any:
    """What a JSON file holds.

    Raises
    ------
    RadioError
        As `read_octets`; or it is no JSON.
    """
    octets = read_octets(path, way_out, error=error)
    try:
        return json.loads(octets)
    except (ValueError, RecursionError) as trouble:
        raise error(f"{path}: not readable as JSON ({trouble}); {way_out}") from None


def read_toml(path: Path, way_out: str, *, error: type[RadioError] = DesignError) -> dict[str, Any]:
    """What a TOML file holds.

    Raises
    ------
    RadioError
        As `read_octets`; or it is not UTF-8, or no TOML.
    """
    octets = read_octets(path, way_out, error=error)
    try:
        return tomllib.loads(octets.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise error(f"{path}: not readable as UTF-8; save it as a TOML in UTF-8") from None
    except tomllib.TOMLDecodeError as trouble:
        raise error(f"{path}: not TOML ({trouble}); mend that line") from None
