"""What every command says and hears on its terminal: JSON, progress, notes, and the wish to stop."""

from __future__ import annotations

import json
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wifiplan.errors import StoppedError

if TYPE_CHECKING:
    from pathlib import Path

    from wifiplan.model import Design

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
MaxSeconds = Annotated[float | None, typer.Option(min=0.0, help="end then without an answer, and with nothing written")]

LINE_EVERY_S = 10.0
"""Where there is no terminal, progress is a line, at most so often: logs stay short, and short work says nothing (assumed)."""


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


class _Wish:
    """Whether to stop, when called; `left_s` tells work that cannot be asked for long how much time it has."""

    def __init__(self, stop: threading.Event, deadline_s: float | None) -> None:
        self._stop, self._deadline_s = stop, deadline_s

    def __call__(self) -> bool:
        return self._stop.is_set() or self.left_s() < 0

    def left_s(self) -> float:
        """Seconds until the time is up; without a limit, infinitely many."""
        return math.inf if self._deadline_s is None else self._deadline_s - time.monotonic()


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
        yield _Wish(stop, deadline_s)
    finally:
        if here:
            signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(label: str, max_seconds: float | None = None) -> Iterator[Callable[[float], None]]:
    """A context whose value takes the share done, 0 to 1: a bar on a terminal, elsewhere a line on standard error now and then.

    With `max_seconds` that value raises StoppedError once they are over, for work that has no best so far.
    """
    started_s = time.monotonic()

    def in_time() -> None:
        if max_seconds is not None and time.monotonic() - started_s > max_seconds:
            raise StoppedError(
                f"{label}: stopped after {max_seconds:g} s without an answer; allow more (--max-seconds) or ask for less"
            )

    if sys.stderr.isatty():
        with typer.progressbar(length=1000, label=label, file=sys.stderr) as bar:

            def drawn(share: float) -> None:
                in_time()
                bar.update(max(0, int(share * 1000) - bar.pos))

            yield drawn
        return
    said_s, said_share = started_s, 0.0

    def written(share: float) -> None:
        nonlocal said_s, said_share
        in_time()
        now_s = time.monotonic()
        if now_s - said_s >= LINE_EVERY_S and share > said_share:
            said_s, said_share = now_s, share
            sys.stderr.write(f"wifiplan: {label}: {share:.0%} after {now_s - started_s:.0f} s\n")
            sys.stderr.flush()

    yield written
