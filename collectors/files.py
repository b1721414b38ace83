"""Files that people and other programs give, and those that are written for them: read and complained of in one way."""

from __future__ import annotations

import json
import os
import tomllib
from typing import TYPE_CHECKING, Any

from collectors.errors import CollectError, ConfigError, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def read_octets(path: Path, way_out: str) -> bytes:
    """Read a whole file.

    Raises
    ------
    ConfigError
        It cannot be read; `way_out` says what to give.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {reason(error)}; {way_out}") from None


def read_json(path: Path, way_out: str) -> Any:
    """Read a JSON file.

    Raises
    ------
    ConfigError
        It cannot be read, or is no JSON.
    """
    try:
        return json.loads(read_octets(path, way_out))
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON ({error}); {way_out}") from None


def read_toml(path: Path, way_out: str) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    ConfigError
        It cannot be read, is not UTF-8, or is no TOML.
    """
    try:
        return tomllib.loads(read_octets(path, way_out).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None


def read_text(path: Path, way_out: str) -> str:
    """Read a text in UTF-8, in Shift_JIS as spreadsheets in Japan write it, or in UTF-16 as their "Unicode text" is.

    Raises
    ------
    ConfigError
        It cannot be read, or is in neither.
    """
    octets = read_octets(path, way_out)
    is_utf_16 = octets[:2] in (b"\xff\xfe", b"\xfe\xff")
    without_mark = "utf-16-le" if octets[1::2].count(0) > octets[::2].count(0) else "utf-16-be"
    for encoding in ("utf-16",) if is_utf_16 else (without_mark,) if b"\0" in octets else ("utf-8-sig", "cp932"):
        try:
            text = octets.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ConfigError(f"{path}: neither UTF-8 nor Shift_JIS; save it as one of these")


def write_whole(path: Path, text: str, way_out: str = "give another path") -> None:
    """Write a file that appears complete or not at all, and that strangers may not read.

    Raises
    ------
    CollectError
        It cannot be written there.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except OSError as error:
        raise CollectError(f"{path}: cannot be written ({reason(error)}); {way_out}") from None
    finally:
        part.unlink(missing_ok=True)


def add_rows(path: Path, rows: Iterable[Mapping[str, Any]], way_out: str = "check the folder") -> None:
    """Add JSON objects to a log, one a line, all or none of them; strangers may not read it.

    A last line that a power cut left without its end stays by itself, and takes no later one with it.

    Raises
    ------
    CollectError
        The log cannot be written.
    """
    octets = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640), "r+b", buffering=0) as log:
            end = log.seek(0, os.SEEK_END)
            is_whole = not end or os.pread(log.fileno(), 1, end - 1) == b"\n"
            log.write(octets if is_whole else b"\n" + octets)
    except OSError as error:
        raise CollectError(f"{path}: cannot be written ({reason(error)}); {way_out}") from None
