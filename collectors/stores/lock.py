"""Who may write: one collector a store and a spool, held by a file that says who has it."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.errors import StoreError, reason

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """Held from its making to its closing, or to the end of the process, however that comes.

    Parameters
    ----------
    path : Path
        The file; it stays when the lock is given back.
    what : str
        What it is for, as a message names it.
    way_out : str
        What to do where another has it.

    Raises
    ------
    StoreError
        Another has it, or the file cannot be made.
    """

    def __init__(self, path: Path, *, what: str, way_out: str) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        except OSError as error:
            raise StoreError(f"{path}: {reason(error)}; give {what} a folder to write in") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 200, 0).decode(errors="replace").strip()
            self.close()
            who = f" ({holder})" if holder else ""
            raise StoreError(f"{what}: in use by another collector{who}; {way_out}") from None
        with suppress(OSError):  # a full disk: it is held all the same
            os.ftruncate(self._file, 0)
            since = datetime.now(UTC).isoformat(timespec="seconds")
            os.pwrite(self._file, f"process {os.getpid()} on {socket.gethostname()} since {since}\n".encode(), 0)

    def close(self) -> None:
        """Give it back. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
