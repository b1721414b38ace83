"""What every command says and hears on its terminal: JSON, progress, notes, and the wish to stop."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from wifiplan.model import Design

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


def print_json(value: Any) -> None:
    """One JSON value on standard output, and nothing else there. A NaN raises rather than leave the program."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def note(subject: object, text: str) -> None:
    """One line on standard error about a file, beside what was asked for."""
    sys.stderr.write(f"wifiplan: {subject}: {' '.join(text.split())}\n")


def note_stale(design: Design, path: Path) -> None:
    """One line where answers of a design were computed for something else than it holds now."""
    from wifiplan.model import stale

    if old := stale(design):
        found, ways = " and ".join(old), " and ".join(f"`wifiplan {_COMPUTES[name]}`" for name in old)
        note(path, f"computed for another plan, access points, people, requirement or equipment: {found}; run {ways} again")


_COMPUTES = {"capacity": "capacity --out", "placement": "place"}


@contextmanager
def stop_when(max_seconds: float | None) -> Iterator[Callable[[], bool]]:
    """A context whose value says whether to stop with what there is: at the first Ctrl-C, or when the time is up."""
    stop = threading.Event()
    deadline_s = None if max_seconds is None else time.monotonic() + max_seconds

    def on_signal(_number: int, _frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt  # The second Ctrl-C does not wait for an answer.
        stop.set()

    here = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, on_signal) if here else None
    try:
        yield lambda: stop.is_set() or (deadline_s is not None and time.monotonic() > deadline_s)
    finally:
        if here:
            signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[float], None] | None]:
    """A context whose value takes the share done, 0 to 1, and draws it on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with typer.progressbar(length=1000, label=label, file=sys.stderr) as bar:
        yield lambda share: bar.update(max(0, int(share * 1000) - bar.pos))
