"""Files that people and other programs give, and those that are written for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.errors import CollectError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all.

    Raises
    ------
    CollectError
        It cannot be written there.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CollectError(f"{path}: cannot be written ({(error.strerror or str(error)).lower()}); give another path") from None
    finally:
        part.unlink(missing_ok=True)
