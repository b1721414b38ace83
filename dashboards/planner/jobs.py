"""Work in processes of their own, so that a page stays quick, a cancel works, and a closed tab stops nothing.

A lane is one process that does one kind of work after the other, warm after the first. What it finds is handed to `then` in the
server, so that it reaches the project whether or not a window still looks.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import multiprocessing
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dashboards.errors import DashboardError
from dashboards.planner.work import WORK, Told
from floorplans.errors import FloorPlanError
from wifiplan.errors import RadioError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

State = Literal["waiting", "running", "done", "failed", "cancelled"]

GRACE_S = 20.0
"""Work that is cancelled may end with the best so far within this; then its process is ended."""
_POLL_S = 0.2

_log = logging.getLogger(__name__)
_numbers = itertools.count(1)


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work. `said` is why it failed, in one line for people; `about` is the hash of the design it was asked for."""

    kind: str
    of: str
    about: str = ""
    number: int = field(default_factory=lambda: next(_numbers))
    state: State = "waiting"
    share: float = 0.0
    stage: str = ""
    result: Any = None
    said: str = ""
    started_s: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """End it soon, with the best so far where there is one."""
        self._stop.set()

    @property
    def active(self) -> bool:
        """It has not ended."""
        return not self.ended.is_set()


class Lane:
    """A process that works one thing after the other, started when there is something to do."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._waiting: queue.Queue[tuple[Job, tuple[Any, ...], Callable[[Any], object] | None]] = queue.Queue()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._ours: Connection | None = None
        self._stopping: Event | None = None
        threading.Thread(target=self._run, name=f"lane-{name}", daemon=True).start()

    def put(self, job: Job, arguments: tuple[Any, ...], then: Callable[[Any], object] | None) -> None:
        """Do it when all before it is done."""
        self._waiting.put((job, arguments, then))

    def _run(self) -> None:
        while True:
            job, arguments, then = self._waiting.get()
            try:
                self._work(job, arguments)
                if job.state == "done" and then is not None:
                    then(job.result)
            except (DashboardError, RadioError, FloorPlanError, OSError) as error:
                job.state, job.said = "failed", str(error)
            except Exception:  # noqa: BLE001  one job must not stop the lane
                _log.exception("planner: %s of %s", job.kind, job.of)
                job.state, job.said = "failed", "unexpected"
            finally:
                job.ended.set()

    def _work(self, job: Job, arguments: tuple[Any, ...]) -> None:
        if job._stop.is_set():  # noqa: SLF001
            job.state = "cancelled"
            return
        ours, stopping = self._started()
        stopping.clear()
        job.state = "running"
        ours.send((job.kind, arguments))
        asked_s = None
        while True:
            if job._stop.is_set():  # noqa: SLF001
                stopping.set()
                asked_s = asked_s or time.monotonic()
                if time.monotonic() - asked_s > GRACE_S:
                    self.end()
                    job.state = "cancelled"
                    return
            try:
                if not ours.poll(_POLL_S):
                    continue
                what, value = ours.recv()
            except (EOFError, OSError):
                self.end()
                job.state, job.said = "failed", "the work ended by itself: there may be too little memory; try again"
                return
            if what == "progress":
                job.share, job.stage = value
            elif what == "done":
                job.state, job.result, job.share = "done", value, 1.0
                return
            else:
                job.state, job.said = ("cancelled", "") if job._stop.is_set() else ("failed", value)  # noqa: SLF001
                return

    def _started(self) -> tuple[Connection, Event]:
        if self._process is None or not self._process.is_alive() or self._ours is None or self._stopping is None:
            context = multiprocessing.get_context("spawn")
            self._ours, theirs = context.Pipe()
            self._stopping = context.Event()
            self._process = context.Process(
                target=_serve, args=(theirs, self._stopping), name=f"wifiplan-{self.name}", daemon=True
            )
            self._process.start()
            theirs.close()
        return self._ours, self._stopping

    def end(self) -> None:
        """End the process; the next work starts a new one."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(5)
            if self._process.is_alive():
                self._process.kill()
        self._process = None


def _serve(theirs: Connection, stopping: Event) -> None:
    """What the process does, until the server is gone."""
    with contextlib.suppress(BrokenPipeError, ConnectionError):
        _work_on(theirs, stopping)


def _work_on(theirs: Connection, stopping: Event) -> None:
    """Work, tell, wait for more."""
    import os

    with contextlib.suppress(OSError):
        os.nice(15)  # a hand that drags comes first
    last_s = 0.0

    def progress(share: float, stage: str) -> None:
        nonlocal last_s
        if time.monotonic() - last_s > 0.2:
            last_s = time.monotonic()
            theirs.send(("progress", (share, stage)))

    while True:
        try:
            kind, arguments = theirs.recv()
        except (EOFError, OSError):
            return
        try:
            found = WORK[kind](Told(progress=progress, cancelled=stopping.is_set), *arguments)
            theirs.send(("done", found))
        except (DashboardError, RadioError, FloorPlanError, OSError) as error:
            theirs.send(("failed", str(error)))
        except Exception as error:  # noqa: BLE001  said as one line; the process goes on
            theirs.send(("failed", f"unexpected {type(error).__name__}: {str(error)[:200]}"))


class Jobs:
    """All work of the process, by lane: checks never wait for a placement."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}
        self._latest: dict[tuple[str, str], Job] = {}
        self._lock = threading.Lock()

    def start(
        self,
        kind: str,
        of: str,
        *arguments: object,
        then: Callable[[Any], object] | None = None,
        instead: bool = False,
        about: str = "",
    ) -> Job:
        """Have it done for a project. With `instead`, what of its kind still waits or works for the project is cancelled."""
        job = Job(kind=kind, of=of, about=about)
        with self._lock:
            lane = self._lanes.setdefault(kind, Lane(kind))
            before = self._latest.get((kind, of))
            if instead and before is not None and before.active:
                before.cancel()
            self._latest[kind, of] = job
        lane.put(job, arguments, then)
        return job

    def latest(self, kind: str, of: str) -> Job | None:
        """The newest of its kind for a project."""
        return self._latest.get((kind, of))

    def end(self) -> None:
        """End every process."""
        for lane in self._lanes.values():
            lane.end()


JOBS = Jobs()
"""Of this process, for all sessions."""
